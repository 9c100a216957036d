"""Who may sign in, and for how long.

Passwords are kept as argon2id hashes (RFC 9106), checked in threads, a few at a time, because checking
costs 32 MiB and some 50 ms of a core by design.  An unknown name costs the same and gets the same answer
as a wrong password.  Failures slow down one account from one address: nobody can be locked out by a
stranger elsewhere.  A session is an opaque token of which only the hash is kept; an agent has one, and
the newest wins.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from agent_desktop.domain.types import AgentId, Instant, Seconds
from agent_desktop.errors import RefusedError
from agent_desktop.ports.storage import Changes, Session, Store, User

SESSION_S: Final = Seconds(12 * 3600.0)
PASSWORD_LETTERS: Final = 8
PASSWORD_MOST: Final = 1000
NAME_MOST: Final = 200
AT_ONCE: Final = 2
WAITING_MOST: Final = 50

FREE_TRIES: Final = 5
FIRST_WAIT_S: Final = Seconds(60.0)
LONGEST_WAIT_S: Final = Seconds(3600.0)
FORGOTTEN_S: Final = Seconds(24 * 3600.0)
REMEMBERED_MOST: Final = 10_000

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The answer to a right password: the token is shown once and never again."""

    token: str
    session: Session


@dataclass(frozen=True, slots=True)
class _Tries:
    failed: int
    last_at: Instant

    @property
    def wait_s(self) -> Seconds:
        """How long the next try must wait: nothing for the first five, then twice as long each time."""
        over = self.failed - FREE_TRIES
        return Seconds(0.0) if over < 0 else Seconds(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(over, 20)))


@dataclass(slots=True)
class Backoff:
    """Failures by (account, address), in memory; at most 10 tries an hour get through."""

    _tries: dict[tuple[str, str], _Tries] = field(default_factory=dict)

    def wait_s(self, account: str, address: str, now: Instant) -> Seconds:
        """How long to wait yet; 0 when a try is allowed."""
        tries = self._tries.get((account, address))
        if tries is None or now - tries.last_at > FORGOTTEN_S:
            return Seconds(0.0)
        return Seconds(max(0.0, tries.last_at + tries.wait_s - now))

    def failed(self, account: str, address: str, now: Instant) -> None:
        """Count a failure."""
        before = self._tries.pop((account, address), None)
        known = before.failed if before and now - before.last_at <= FORGOTTEN_S else 0
        self._tries[account, address] = _Tries(known + 1, now)
        while len(self._tries) > REMEMBERED_MOST:
            del self._tries[next(iter(self._tries))]  # the one that failed longest ago

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures."""
        self._tries.pop((account, address), None)


class Auth:
    """Users and sessions over the record; `now` comes from the caller."""

    def __init__(self, store: Store, *, hasher: PasswordHasher = HASHER) -> None:
        self._store = store
        self._hasher = hasher
        self._backoff = Backoff()
        self._checking = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._changing = asyncio.Lock()
        self._nobody = _hash_of_nothing(hasher)

    async def create_user(self, user: AgentId, password: str) -> User:
        """Let a person sign in from now on.  Raises `RefusedError` when there is one, or a weak password."""
        _good_enough(password)
        hashed = await self._in_thread_hash(password)
        async with self._changing:
            if self._store.user(user) is not None:
                raise RefusedError(f"There is a user {user} already.", code="user_exists")
            made = User(id=user, password_hash=hashed, sip_secret=secrets.token_urlsafe(24))
            await self._store.commit(Changes(users={user: made}))
        return made

    async def set_password(self, user: AgentId, password: str) -> None:
        """Give a new password and end the user's sessions.  Raises `RefusedError`."""
        _good_enough(password)
        hashed = await self._in_thread_hash(password)
        async with self._changing:
            known = self._store.user(user)
            if known is None:
                raise RefusedError(f"There is no user {user}.", code="unknown_user")
            changed = User(id=user, password_hash=hashed, sip_secret=known.sip_secret)
            await self._store.commit(Changes(users={user: changed}, sessions=self._ended(user)))

    async def sign_in(self, user: str, password: str, *, address: str, client: str, now: Instant) -> SignedIn:
        """Begin a session and end the agent's earlier one.

        Raises `RefusedError`: `wrong_password` (or no such user: the same), `too_many` tries.
        """
        account = AgentId(user.strip().casefold()[:NAME_MOST])
        if (wait_s := self._backoff.wait_s(account, address, now)) > 0:
            raise RefusedError(f"Too many tries. Try again in {_spoken(wait_s)}.", code="too_many")
        if self._waiting >= WAITING_MOST:
            raise RefusedError("Too many people sign in at this moment. Try again.", code="too_many")
        # Counted before the check: tries made at the same time do not slip through together.
        self._backoff.failed(account, address, now)
        known = self._store.user(account)
        right = await self._verified(known.password_hash if known else self._nobody, password)
        if known is None or not right:
            raise RefusedError("The name or the password is wrong.", code="wrong_password")
        self._backoff.succeeded(account, address)
        if self._hasher.check_needs_rehash(known.password_hash):
            await self._rehash(known, password)
        return await self._begin(known.id, client, now)

    def session_of(self, token: str, now: Instant) -> Session | None:
        """The session of a token, or None when it is over or was never begun."""
        session = self._store.session(_token_hash(token))
        return session if session is not None and now < session.expires_at else None

    async def sign_out(self, agent: AgentId) -> None:
        """End the sessions of an agent."""
        async with self._changing:
            await self._store.commit(Changes(sessions=self._ended(agent)))

    async def _begin(self, agent: AgentId, client: str, now: Instant) -> SignedIn:
        token = secrets.token_urlsafe(32)
        session = Session(
            token_hash=_token_hash(token),
            agent=agent,
            client=client[:NAME_MOST],
            created_at=now,
            expires_at=Instant(now + SESSION_S),
        )
        async with self._changing:
            sessions = {**self._ended(agent), session.token_hash: session}
            await self._store.commit(Changes(sessions=sessions))
        return SignedIn(token=token, session=session)

    def _ended(self, agent: AgentId) -> dict[str, Session | None]:
        return {session.token_hash: None for session in self._store.sessions_of(agent)}

    async def _rehash(self, known: User, password: str) -> None:
        """The cost was raised since this password was set."""
        hashed = await self._in_thread_hash(password)
        async with self._changing:
            if self._store.user(known.id) == known:
                renewed = User(id=known.id, password_hash=hashed, sip_secret=known.sip_secret)
                await self._store.commit(Changes(users={known.id: renewed}))

    async def _verified(self, hashed: str, password: str) -> bool:
        self._waiting += 1
        try:
            async with self._checking:
                return await asyncio.to_thread(self._matches, hashed, _normal(password))
        finally:
            self._waiting -= 1

    def _matches(self, hashed: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread_hash(self, password: str) -> str:
        async with self._checking:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))


def _good_enough(password: str) -> None:
    if not PASSWORD_LETTERS <= len(password) <= PASSWORD_MOST:
        raise RefusedError(
            f"A password has {PASSWORD_LETTERS} to {PASSWORD_MOST} characters.", code="weak_password"
        )


def _normal(password: str) -> bytes:
    """The same password from any keyboard: composed (Unicode, NFC), and not endless."""
    return unicodedata.normalize("NFC", password[:PASSWORD_MOST]).encode("utf-8", "surrogatepass")


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """A hash that no password has, of the same cost: an unknown name takes as long as a known one."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
        for length in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


def _spoken(wait_s: Seconds) -> str:
    minutes = round(wait_s / 60)
    return f"{max(1, round(wait_s))} s" if wait_s < 90 else f"{minutes} minutes"
