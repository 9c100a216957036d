"""Staying registered: the part of pyVoIP's SIP client that keeps the phone reachable.

pyVoIP waits 30 s for a silent server and says nothing, knows no 407, and takes every answer that comes for
its own.  Here a REGISTER is one transaction of at most `LIFE_S`, is refreshed in time, and each change is
told: registered, or failed with a status (408: nobody answered), and then tried again.

Rule: a challenge is answered for our realm only, and one answer to one nonce (trap T10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from agent_desktop.phone.pyvoip_message import Heard, numbered, token
from agent_desktop.sip import digest, parser
from agent_desktop.sip.message import Request
from agent_desktop.sip.uri import NameAddr, Uri, parse_host_port, parse_name_addr

EXPIRES_S: Final = 40
"""Short, because a restarted switch learns where we are from the next REGISTER."""
LIFE_S: Final = 4.5
FIRST_RETRY_S: Final = 5.0
LONGEST_RETRY_S: Final = 60.0
GOODBYE_S: Final = 1.0
MOST_PROOFS: Final = 3
_SILENCE: Final = 408


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are at which server."""

    user: str
    password: str
    domain: str
    realm: str
    display_name: str = ""

    @property
    def uri(self) -> Uri:
        return Uri("sip", self.user, *parse_host_port(self.domain))

    @property
    def name(self) -> NameAddr:
        return NameAddr(self.uri, self.display_name)

    def at_domain(self, number: str) -> Uri:
        """A number at our server, or a SIP address as it stands."""
        if number.lower().startswith(("sip:", "sips:")):
            return parse_name_addr(f"<{number}>").uri
        if "@" in number:
            return parse_name_addr(f"<sip:{number}>").uri
        return Uri("sip", number, *parse_host_port(self.domain))

    def proof(self, message: Heard, method: str, uri: str) -> tuple[str, str] | None:
        """The header that answers a 401 or 407; None when it cannot or must not be answered."""
        asks, gives = (
            ("WWW-Authenticate", "Authorization")
            if message.code == 401
            else ("Proxy-Authenticate", "Proxy-Authorization")
        )
        found = [digest.parse_challenge(value) for value in message.parsed.all(asks)]
        realm = self.realm or self.uri.host
        best = digest.strongest([challenge for challenge in found if challenge], realm)
        if best is None:
            return None
        value = digest.respond(
            best,
            user=self.user,
            password=self.password,
            method=method,
            uri=uri,
            cnonce=token(),
            count=1,
        )
        return gives, value


def is_stale(message: Heard) -> bool:
    """Whether a second challenge only says that the nonce was too old."""
    values = (*message.parsed.all("WWW-Authenticate"), *message.parsed.all("Proxy-Authenticate"))
    return any((c := digest.parse_challenge(value)) is not None and c.stale for value in values)


def proved(request: Request, proof: tuple[str, str]) -> Request:
    """The request again: the next number, and the proof in place of an old one."""
    kept = tuple(pair for pair in request.headers if pair[0] != proof[0])
    made = Request((*kept, proof), request.body, request.method, request.uri)
    return numbered(made, parser.cseq_of(request).number + 1)


class Line(Protocol):
    """What registering needs of the client."""

    def ask(
        self,
        request: Request,
        heard: Callable[[Heard], None],
        silent: Callable[[], None],
        life_s: float,
    ) -> object: ...

    def later(self, seconds: float, work: Callable[[], None]) -> None: ...


class Registration:
    """Registers, refreshes and signs off; `write` gives pyVoIP's REGISTER for an expiry."""

    def __init__(
        self,
        identity: Identity,
        line: Line,
        write: Callable[[int], Request],
        tell: Callable[[bool, int], None],
    ) -> None:
        self._identity = identity
        self._line = line
        self._write = write
        self._tell = tell
        self._told: tuple[bool, int] | None = None
        self._retry_s = FIRST_RETRY_S
        self._turn = 0
        self._proofs = 0
        self._number = 0
        self._expires_s = EXPIRES_S
        self._gone: Callable[[], None] | None = None

    def refresh(self) -> None:
        """Ask (again) to be registered."""
        self._turn += 1
        self._proofs = 0
        self._send(self._write(self._expires_s), LIFE_S)

    def sign_off(self, done: Callable[[], None]) -> None:
        """Take our address away; `done` soon, whatever the server says."""
        if self._told is None or not self._told[0]:
            done()
            return
        self._turn += 1
        self._proofs = 0
        self._gone = done
        self._send(self._write(0), GOODBYE_S)

    def _send(self, request: Request, life_s: float) -> None:
        turn = self._turn
        self._number += 1  # pyVoIP's counter knows nothing of the proofs
        request = numbered(request, self._number)

        def heard(message: Heard) -> None:
            if turn == self._turn:
                self._heard(request, message, life_s)

        def silent() -> None:
            if turn == self._turn:
                self._failed(_SILENCE)

        self._line.ask(request, heard, silent, life_s)

    def _heard(self, request: Request, message: Heard, life_s: float) -> None:
        code = message.code
        if code < 200:
            return
        if code in {401, 407} and (self._proofs == 0 or (is_stale(message) and self._proofs < MOST_PROOFS)):
            proof = self._identity.proof(message, "REGISTER", request.uri)
            if proof is not None:
                self._proofs += 1
                self._send(proved(request, proof), life_s)
                return
        least = parser.seconds(message.parsed.header("Min-Expires"), 3600) or 0
        if code == 423 and least > self._expires_s:
            self._expires_s = least
            self.refresh()
        elif code < 300:
            self._registered(message)
        else:
            self._failed(code)

    def _registered(self, message: Heard) -> None:
        if self._gone is not None:
            self._say_goodbye()
            return
        self._retry_s = FIRST_RETRY_S
        self._report(message.code, ok=True)
        self._again(_granted_s(message, self._expires_s) * 0.75)

    def _failed(self, status: int) -> None:
        if self._gone is not None:
            self._say_goodbye()
            return
        self._report(status, ok=False)
        self._again(self._retry_s)
        self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)

    def _say_goodbye(self) -> None:
        done, self._gone = self._gone, None
        if done is not None:
            done()

    def _report(self, status: int, *, ok: bool) -> None:
        if self._told != (ok, status):
            self._told = (ok, status)
            self._tell(ok, status)

    def _again(self, seconds: float) -> None:
        turn = self._turn

        def refresh() -> None:
            if turn == self._turn:
                self.refresh()

        self._line.later(seconds, refresh)


def _granted_s(message: Heard, asked_s: int) -> int:
    """How long we are registered: what our Contact says, else Expires, else what we asked for."""
    wanted = [parser.seconds(message.parsed.header("Expires"), 3600)]
    wanted += [
        parser.seconds(parse_name_addr(value).parameter("expires") or "", 3600)
        for value in parser.values(message.parsed, "Contact")
        if value != "*"
    ]
    known = [seconds for seconds in wanted if seconds]
    return max(4, min([asked_s, *known]))
