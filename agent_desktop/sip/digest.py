"""Digest authentication, both sides (RFC 3261 section 22, RFC 7616, RFC 8760).

Rules of the file: a client answers only the realm that its account names, so that no foreign server gets a
hash of the password; a server proves its own nonces without keeping them, sees a repeated nonce count as
stale, answers known and unknown users alike in words and in work, and slows guessing (`guessing`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Ha1, PasswordOf
from agent_desktop.sip.guessing import Guessing
from agent_desktop.sip.uri import split_quoted

_ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}
_PAIR = re.compile(r"[ \t]*([A-Za-z0-9\-_.!%*+`'~]+)[ \t]*=[ \t]*(.*)", re.DOTALL)
NONCE_LIFETIME_S = 300.0
MAX_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a 401 or 407 asks for."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str = ""
    qop: bool = True
    stale: bool = False

    def __str__(self) -> str:
        text = f'Digest realm="{self.realm}", nonce="{self.nonce}", algorithm={self.algorithm}, qop="auth"'
        return text + (", stale=true" if self.stale else "")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an Authorization or Proxy-Authorization header says."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str = ""
    nc: str = ""
    cnonce: str = ""


def parse_auth(text: str) -> dict[str, str] | None:
    """The parameters of a Digest header; None for another scheme; SipError when it is broken."""
    scheme, _, rest = text.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    found: dict[str, str] = {}
    for raw in split_quoted(rest, ","):
        match = _PAIR.fullmatch(raw.strip())
        if not match:
            raise SipError("The authentication header is not readable.")
        value = match.group(2).strip()
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value.strip('"'))
        found[match.group(1).lower()] = value
    return found


def parse_challenge(text: str) -> Challenge | None:
    """Read a challenge; None when we cannot answer its kind (RFC 4475 section 3.3.6)."""
    pairs = parse_auth(text)
    if not pairs or "nonce" not in pairs:
        return None
    algorithm = pairs.get("algorithm", "MD5").upper()
    qop = [word.strip().lower() for word in pairs.get("qop", "").split(",") if word.strip()]
    if algorithm not in _ALGORITHMS or (qop and "auth" not in qop):
        return None
    return Challenge(
        realm=pairs.get("realm", ""),
        nonce=pairs["nonce"],
        algorithm=algorithm,
        opaque=pairs.get("opaque", ""),
        qop=bool(qop),
        stale=pairs.get("stale", "").lower() == "true",
    )


def strongest(challenges: list[Challenge], realm: str) -> Challenge | None:
    """The best challenge of our own realm; None when there is none of it."""
    ours = [challenge for challenge in challenges if challenge.realm == realm]
    return max(ours, key=lambda challenge: challenge.algorithm == "SHA-256", default=None)


def respond(
    challenge: Challenge, *, user: str, password: str, method: str, uri: str, cnonce: str, count: int
) -> str:
    """The value of the Authorization header that answers a challenge."""
    nc = f"{count:08x}"
    qop = "auth" if challenge.qop else ""
    ours = Credentials(user, challenge.realm, challenge.nonce, uri, "", challenge.algorithm, qop, nc, cnonce)
    response = _response(ours, password, method)
    parts = [
        f'username="{_escaped(user)}"',
        f'realm="{_escaped(challenge.realm)}"',
        f'nonce="{_escaped(challenge.nonce)}"',
        f'uri="{uri}"',
        f'response="{response}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.opaque:
        parts.append(f'opaque="{_escaped(challenge.opaque)}"')
    if qop:
        parts += [f"qop={qop}", f"nc={nc}", f'cnonce="{cnonce}"']
    return "Digest " + ", ".join(parts)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _response(credentials: Credentials, password: str | Ha1, method: str) -> str:
    digest = _ALGORITHMS[credentials.algorithm]

    def hashed(*parts: str) -> str:
        return digest(":".join(parts).encode("utf-8", "surrogateescape"))

    c = credentials
    known = password.of(c.algorithm) if isinstance(password, Ha1) else ""
    secret = known or hashed(c.username, c.realm, "" if isinstance(password, Ha1) else password)
    middle = (c.nonce, c.nc, c.cnonce, c.qop) if c.qop else (c.nonce,)
    return hashed(secret, *middle, hashed(method, c.uri))


def parse_credentials(text: str) -> Credentials | None:
    """Read credentials; None when they are of another scheme or not whole."""
    try:
        pairs = parse_auth(text)
    except SipError:
        return None
    if not pairs or not {"username", "realm", "nonce", "uri", "response"} <= pairs.keys():
        return None
    return Credentials(
        username=pairs["username"],
        realm=pairs["realm"],
        nonce=pairs["nonce"],
        uri=pairs["uri"],
        response=pairs["response"].lower(),
        algorithm=pairs.get("algorithm", "MD5").upper(),
        qop=pairs.get("qop", "").lower(),
        nc=pairs.get("nc", ""),
        cnonce=pairs.get("cnonce", ""),
    )


@dataclass(frozen=True, slots=True)
class Proved:
    """The password was right."""

    user: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Ask (again), with these values of WWW-Authenticate; `wait_s` above 0 means: not now (403)."""

    challenges: tuple[str, ...]
    wait_s: float = 0.0


@dataclass(slots=True)
class DigestServer:
    """Checks credentials for one realm."""

    realm: str
    password_of: PasswordOf
    secret: str
    algorithms: tuple[str, ...] = ("MD5",)
    _made: int = 0
    _counts: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _guessing: Guessing = field(default_factory=Guessing)

    def check(self, headers: tuple[str, ...], method: str, host: str, now: float) -> Proved | Refused:
        """Judge the Authorization values of a request from `host`."""
        given = [c for text in headers if (c := parse_credentials(text)) and c.realm == self.realm]
        if not given:
            return Refused(self.challenges(now))
        credentials = given[0]
        wait = self._guessing.wait_s(host, credentials.username, now)
        if wait > 0:
            return Refused((), wait_s=wait)
        if not self._is_right(credentials, method):
            self._guessing.wrong(host, credentials.username, now)
            return Refused(self.challenges(now))
        if not self._is_fresh(credentials, now):
            return Refused(self.challenges(now, stale=True))
        self._guessing.right(host, credentials.username)
        return Proved(credentials.username)

    def challenges(self, now: float, *, stale: bool = False) -> tuple[str, ...]:
        """One challenge for each algorithm, all with one nonce."""
        nonce = self._nonce(now)
        return tuple(str(Challenge(self.realm, nonce, name, stale=stale)) for name in self.algorithms)

    def _is_right(self, credentials: Credentials, method: str) -> bool:
        password = self.password_of(credentials.username)
        if credentials.algorithm not in self.algorithms:
            return False
        if isinstance(password, Ha1) and not password.of(credentials.algorithm):
            password = None  # no hash of this algorithm was given: nothing can prove it
        wanted = _response(credentials, self.secret if password is None else password, method)
        same = hmac.compare_digest(wanted.encode(), credentials.response.encode("utf-8", "replace"))
        return same and password is not None

    def _is_fresh(self, credentials: Credentials, now: float) -> bool:
        stamp, _, _ = credentials.nonce.partition(".")
        if not hmac.compare_digest(
            self._signed(stamp).encode(), credentials.nonce.encode("utf-8", "replace")
        ):
            return False
        made_at = int(stamp.partition("-")[0], 16) / 1000
        if not -1 <= now - made_at <= NONCE_LIFETIME_S:
            return False
        count = int(credentials.nc, 16) if re.fullmatch(r"[0-9a-fA-F]{8}", credentials.nc) else 0
        if count <= self._counts.get(credentials.nonce, -1):
            return False  # a replay, or a phone that does not count: both get a new nonce
        self._counts[credentials.nonce] = count
        self._counts.move_to_end(credentials.nonce)
        if len(self._counts) > MAX_REMEMBERED:
            self._counts.popitem(last=False)
        return True

    def _nonce(self, now: float) -> str:
        self._made += 1  # two phones in one millisecond must not share a count
        return self._signed(f"{round(now * 1000):x}-{self._made:x}")

    def _signed(self, stamp: str) -> str:
        proof = hmac.new(self.secret.encode(), stamp.encode("utf-8", "replace"), "sha256").hexdigest()
        return f"{stamp}.{proof[:32]}"
