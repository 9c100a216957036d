"""Challenges that we meet: 401 and 407, answered for our own realms alone (RFC 3261 section 22, trap T10).

Whoever else challenges us wants the hash of the password (EnableSecurity ES2021-05).  One request may meet
a proxy's 407 and then its server's 401, each with a stale nonce once: it is sent at most `MAX_ATTEMPTS`
more times, and a second challenge of the same realm that is not stale means a wrong password.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers
from agent_desktop.sip.core import Core
from agent_desktop.sip.digest import Challenge, parse_challenge, parse_credentials, respond, strongest
from agent_desktop.sip.layer import OnResponse
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import cseq_of

MAX_ATTEMPTS = 4
_FIELDS = {"WWW-Authenticate": "Authorization", "Proxy-Authenticate": "Proxy-Authorization"}


def answered(
    core: Core,
    request: Request,
    response: Response,
    account: Account | None,
    *,
    destination: Address,
    cseq: int,
) -> Request | None:
    """The same request with an answer to each challenge of our realms; None when none may be given."""
    if account is None or not account.may_ask(core.place(destination)):
        return None
    given: Headers = ()
    for ask, give in _FIELDS.items():
        challenges = _read(response.all(ask))
        for realm in account.trusted_realms:
            best = strongest(challenges, realm)
            if best is None or (_holds(request, give, realm) and not best.stale):
                continue
            given += ((give, _proof(core, best, account, request)),)
    return _with_proofs(request, given, cseq) if given else None


def first_realm(response: Response) -> str:
    """The realm that a 401 or 407 names first; "" when it names none that we could answer."""
    found = [challenge.realm for ask in _FIELDS for challenge in _read(response.all(ask))]
    return next((realm for realm in found if realm), "")


def _read(texts: tuple[str, ...]) -> list[Challenge]:
    found: list[Challenge] = []
    for text in texts:
        try:
            challenge = parse_challenge(text)
        except SipError:
            continue
        if challenge:
            found.append(challenge)
    return found


def _proof(core: Core, challenge: Challenge, account: Account, request: Request) -> str:
    return respond(
        challenge,
        user=account.auth_user or account.user,
        password=account.password,
        method=request.method,
        uri=request.uri,
        cnonce=core.randomness.token(),
        count=1,
    )


def _realm_of(text: str) -> str | None:
    credentials = parse_credentials(text)
    return credentials.realm if credentials else None


def _holds(request: Request, name: str, realm: str) -> bool:
    return any(_realm_of(value) == realm for value in request.all(name))


def _with_proofs(request: Request, given: Headers, cseq: int) -> Request:
    """A CSeq of its own; proofs for other realms stay, an older one for the same realm goes."""
    replaced = {(name, _realm_of(value)) for name, value in given}
    headers = tuple(
        (name, f"{cseq} {request.method}") if name == "CSeq" else (name, value)
        for name, value in request.headers
        if name not in {"Via", "User-Agent"}
        and not (name in _FIELDS.values() and (name, _realm_of(value)) in replaced)
    )
    return replace(request, headers=(*headers, *given))


def _one_more(request: Request) -> int:
    return cseq_of(request).number + 1


@dataclass(slots=True, eq=False)
class Asked:
    """A request outside INVITE and REGISTER on its way through challenges to its final answer.

    `next_cseq` gives the number of the repetition: the dialog's next one, or simply one more.
    """

    core: Core
    request: Request
    account: Account | None
    destination: Address
    on_response: OnResponse
    next_cseq: Callable[[Request], int] = _one_more
    numbers: list[int] = field(default_factory=list)

    def send(self, now: float) -> Asked:
        self.numbers.append(cseq_of(self.request).number)
        self.core.send(self.request, self.destination, now, self._answered)
        return self

    def _answered(self, response: Response, now: float) -> None:
        if response.status in {401, 407} and len(self.numbers) <= MAX_ATTEMPTS:
            number = self.next_cseq(self.request)
            again = answered(
                self.core, self.request, response, self.account, destination=self.destination, cseq=number
            )
            if again is not None:
                self.request = again
                self.send(now)
                return
        self.on_response(response, now)
