from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.errors import RefusedError
from agent_desktop.server import auth as module
from agent_desktop.server.auth import HASHER, SESSION_S, Auth, Backoff
from agent_desktop.server.storage.store import SqliteStore, open_store

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
MATEO, SARA = AgentId("mateo"), AgentId("sara")
NOW = Instant(1_000_000.0)
RIGHT = "correct horse"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = open_store(tmp_path / "record.db")
    yield opened
    await opened.close()


@pytest.fixture
async def auth(store: SqliteStore) -> Auth:
    made = Auth(store, hasher=QUICK)
    await made.create_user(MATEO, RIGHT)
    return made


async def tried(
    auth: Auth, password: str, *, user: str = "mateo", address: str = "a", at: float = NOW
) -> str:
    """Try to sign in; the code of the answer."""
    try:
        await auth.sign_in(user, password, address=address, client="test", now=Instant(at))
    except RefusedError as error:
        return error.code
    return "signed_in"


async def test_the_right_password_begins_a_session_of_twelve_hours(auth: Auth) -> None:
    signed = await auth.sign_in("mateo", RIGHT, address="a", client="desktop", now=NOW)
    assert signed.session.agent == MATEO
    assert signed.session.client == "desktop"
    assert auth.session_of(signed.token, NOW) == signed.session
    assert auth.session_of(signed.token, Instant(NOW + SESSION_S - 1)) == signed.session
    assert auth.session_of(signed.token, Instant(NOW + SESSION_S)) is None


async def test_a_name_may_be_written_with_capitals_and_spaces(auth: Auth) -> None:
    assert await tried(auth, RIGHT, user=" Mateo ") == "signed_in"


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(auth: Auth) -> None:
    errors = []
    for user in ("mateo", "nobody", "", "x" * 100_000, "\ud800"):
        with pytest.raises(RefusedError) as caught:
            await auth.sign_in(user, "wrong horse", address="a", client="", now=NOW)
        errors.append((caught.value.code, str(caught.value)))
    assert set(errors) == {("wrong_password", "The name or the password is wrong.")}


@pytest.mark.parametrize(
    "password", ["", "\x00", "correct hors", "correct horse ", "\ud800", "x" * 1_000_000]
)
async def test_no_other_password_is_right(auth: Auth, password: str) -> None:
    assert await tried(auth, password) == "wrong_password"


async def test_the_same_letters_from_another_keyboard_are_the_same_password(auth: Auth) -> None:
    await auth.create_user(SARA, "smörgåsbord")
    assert await tried(auth, "smo\u0308rga\u030asbord", user="sara") == "signed_in"


class Listening(PasswordHasher):
    """Remembers what it was asked to check."""

    asked: list[str]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's own name
        self.asked.append(str(hash))
        return super().verify(hash, password)


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(store: SqliteStore) -> None:
    hasher = Listening(time_cost=2, memory_cost=64, parallelism=1)
    hasher.asked = []
    auth = Auth(store, hasher=hasher)
    await auth.create_user(MATEO, RIGHT)
    for user in ("mateo", "nobody"):
        assert await tried(auth, "wrong horse", user=user) == "wrong_password"
    known, unknown = hasher.asked
    assert known != unknown
    assert extract_parameters(known) == extract_parameters(unknown)
    assert len(known) == len(unknown)


def test_a_hash_costs_at_least_what_is_advised() -> None:
    """OWASP: argon2id with 19 MiB, two passes, one lane or more."""
    parameters = extract_parameters(HASHER.hash("x"))
    assert parameters.type.name == "ID"
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2


async def test_the_loop_goes_on_while_passwords_are_checked(store: SqliteStore) -> None:
    auth = Auth(store)
    pending = [asyncio.ensure_future(tried(auth, "wrong", address=f"{n}")) for n in range(6)]
    turns = 0
    while not all(one.done() for one in pending):
        await asyncio.sleep(0)
        turns += 1
    assert turns > 20


async def test_a_crowd_at_the_door_is_bounded(auth: Auth) -> None:
    auth._checking = asyncio.Semaphore(0)
    pending = [
        asyncio.ensure_future(tried(auth, RIGHT, address=f"{n}")) for n in range(module.WAITING_MOST + 10)
    ]
    await asyncio.sleep(0)
    done = [one for one in pending if one.done()]
    assert [one.result() for one in done] == ["too_many"] * 10
    for _ in pending:
        auth._checking.release()
    assert (await asyncio.gather(*pending)).count("signed_in") == module.WAITING_MOST
    # Being turned away by the crowd is no failure of the person's.
    assert await tried(auth, "wrong horse", address="55") == "wrong_password"
    assert await tried(auth, RIGHT, address="55") == "signed_in"


async def test_only_hashes_are_kept(auth: Auth, store: SqliteStore) -> None:
    signed = await auth.sign_in("mateo", RIGHT, address="a", client="", now=NOW)
    kept = b"".join(file.read_bytes() for file in store._path.parent.glob("record.db*"))
    assert signed.session.token_hash.encode() in kept
    assert signed.token.encode() not in kept
    assert RIGHT.encode() not in kept


async def test_an_agent_has_one_session_and_the_newest_wins(auth: Auth, store: SqliteStore) -> None:
    await auth.create_user(SARA, RIGHT)
    other = await auth.sign_in("sara", RIGHT, address="a", client="", now=NOW)
    signed = await asyncio.gather(
        *(auth.sign_in("mateo", RIGHT, address=f"{n}", client="", now=NOW) for n in range(5))
    )
    assert sum(auth.session_of(one.token, NOW) is not None for one in signed) == 1
    assert len(store.sessions_of(MATEO)) == 1
    assert auth.session_of(other.token, NOW) is not None


async def test_signing_out_ends_the_session(auth: Auth) -> None:
    signed = await auth.sign_in("mateo", RIGHT, address="a", client="", now=NOW)
    await auth.sign_out(MATEO)
    assert auth.session_of(signed.token, NOW) is None
    await auth.sign_out(MATEO)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "'; DROP TABLE sessions; --"])
async def test_a_token_that_was_never_given_is_nobodys(auth: Auth, token: str) -> None:
    assert auth.session_of(token, NOW) is None


async def test_a_new_password_ends_the_sessions_and_keeps_the_phones_secret(
    auth: Auth, store: SqliteStore
) -> None:
    before = store.user(MATEO)
    signed = await auth.sign_in("mateo", RIGHT, address="a", client="", now=NOW)
    await auth.set_password(MATEO, "battery staple")
    after = store.user(MATEO)
    assert auth.session_of(signed.token, NOW) is None
    assert await tried(auth, RIGHT) == "wrong_password"
    assert await tried(auth, "battery staple") == "signed_in"
    assert before is not None
    assert after is not None
    assert after.sip_secret == before.sip_secret
    assert len(after.sip_secret) >= 32


async def test_users_are_not_made_twice_nor_with_a_weak_password(auth: Auth) -> None:
    for user, password, code in ((MATEO, RIGHT, "user_exists"), (SARA, "short", "weak_password")):
        with pytest.raises(RefusedError) as caught:
            await auth.create_user(user, password)
        assert caught.value.code == code
    with pytest.raises(RefusedError) as caught:
        await auth.set_password(SARA, RIGHT)
    assert caught.value.code == "unknown_user"


async def test_a_cheaper_hash_is_renewed_at_the_next_sign_in(auth: Auth, store: SqliteStore) -> None:
    dearer = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    strict = Auth(store, hasher=dearer)
    assert await tried(strict, RIGHT) == "signed_in"
    renewed = store.user(MATEO)
    assert renewed is not None
    assert not dearer.check_needs_rehash(renewed.password_hash)
    assert await tried(strict, RIGHT) == "signed_in"


# --- guessing -------------------------------------------------------------------------------------


async def test_guessing_gets_ten_tries_an_hour_and_locks_nobody_out(auth: Auth) -> None:
    answers = [await tried(auth, "wrong horse", at=NOW + second) for second in range(0, 3600, 5)]
    assert answers.count("wrong_password") <= 10
    assert await tried(auth, RIGHT, at=NOW + 3600) == "too_many"
    assert await tried(auth, RIGHT, at=NOW + 3600, address="b") == "signed_in"


async def test_guesses_at_the_same_time_do_not_slip_through_together(auth: Auth) -> None:
    answers = await asyncio.gather(*(tried(auth, "wrong horse") for _ in range(40)))
    assert answers.count("wrong_password") == module.FREE_TRIES


async def test_the_wait_is_said_and_over_when_it_is_over(auth: Auth) -> None:
    for _ in range(module.FREE_TRIES):
        await tried(auth, "wrong horse")
    with pytest.raises(RefusedError, match=r"Too many tries\. Try again in 60 s\."):
        await auth.sign_in("mateo", RIGHT, address="a", client="", now=NOW)
    assert await tried(auth, RIGHT, at=NOW + 60) == "signed_in"
    assert await tried(auth, "wrong horse", at=NOW + 60) == "wrong_password"


async def test_an_unknown_name_is_slowed_down_like_a_known_one(auth: Auth) -> None:
    known = [await tried(auth, "wrong horse") for _ in range(8)]
    unknown = [await tried(auth, "wrong horse", user="nobody") for _ in range(8)]
    assert known == unknown


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1e6)), max_size=60))
def test_a_wait_never_exceeds_an_hour_nor_touches_another_address(tries: list[tuple[str, float]]) -> None:
    backoff = Backoff()
    for address, at in sorted(tries, key=lambda one: one[1]):
        backoff.failed("mateo", address, Instant(at))
        assert 0 <= backoff.wait_s("mateo", address, Instant(at)) <= module.LONGEST_WAIT_S
    assert backoff.wait_s("mateo", "c", Instant(0)) == 0.0
    assert backoff.wait_s("sara", "a", Instant(0)) == 0.0


def test_what_is_remembered_is_bounded() -> None:
    backoff = Backoff()
    for n in range(module.REMEMBERED_MOST + 100):
        backoff.failed(f"user{n}", "a", NOW)
    assert len(backoff._tries) == module.REMEMBERED_MOST
