"""What every part of a `UserAgent` shares: settings, identifiers, deadlines, transactions and events."""

from __future__ import annotations

from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address, Headers, Randomness, Transport
from agent_desktop.sip.deadlines import Deadlines
from agent_desktop.sip.dialog import address_of
from agent_desktop.sip.events import Event
from agent_desktop.sip.layer import (
    ClientTransaction,
    OnResponse,
    RequestUser,
    ServerTransaction,
    TransactionLayer,
    response_to,
)
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.sip.via import COOKIE, Via

MAX_PLACES = 256
ALWAYS_ALLOWED = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "PRACK", "UPDATE", "INFO", "NOTIFY")


class Core:
    """The shared middle.  Its parts hold state of their own and nothing of one another's."""

    def __init__(self, settings: Settings, randomness: Randomness, user: RequestUser) -> None:
        self.settings = settings
        self.randomness = randomness
        self.deadlines = Deadlines()
        self.layer = TransactionLayer(settings.timers, self.deadlines, user)
        self.events: list[Event] = []
        self._names = 0
        self._places: dict[Address, Address] = {}

    def name(self, prefix: str) -> str:
        """A name for one thing that this agent hands out; unique within it."""
        self._names += 1
        return f"{prefix}{self._names}-{self.randomness.token()[:6]}"

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def found(self, server: Address, place: Address | None) -> None:
        """A server of ours, perhaps configured by name, has answered from `place`.

        Only an answer that repeats our branch tells this, so nobody off the path can claim it.
        """
        if place is not None and place != server:
            if len(self._places) >= MAX_PLACES:
                self._places.clear()
            self._places[place] = server

    def place(self, address: Address) -> Address:
        """The server, as it was configured, that has answered from an address; else the address itself."""
        return self._places.get(address, address)

    # ------------------------------------------------------------ what we say of ourselves

    def local(self, transport: Transport) -> Address:
        """Our address for a transport; the first one's host when that transport is not listened on."""
        for address in self.settings.local:
            if address.transport == transport:
                return address
        return Address(transport, self.settings.local[0].host, self.settings.local[0].port)

    def via(self, destination: Address) -> Via:
        here = self.local(destination.transport)
        branch = COOKIE + self.randomness.token()
        return Via(destination.transport.upper(), here.host, here.port, (("branch", branch), ("rport", None)))

    def contact(self, towards: Address, user: str = "") -> str:
        here = self.local(towards.transport)
        parameters = () if towards.transport == "udp" else (("transport", towards.transport),)
        return f"<{Uri('sip', user or self.settings.user, here.host, here.port, parameters)}>"

    @property
    def allow(self) -> tuple[str, ...]:
        extra = set(self.settings.handled)
        extra |= {"REFER"} if self.settings.takes_transfers else set()
        extra |= {"MESSAGE"} if self.settings.takes_messages else set()
        extra |= {"SUBSCRIBE"} if self.settings.packages else set()
        extra |= {"REGISTER"} if self.settings.registrar else set()
        return (*ALWAYS_ALLOWED, *sorted(extra - set(ALWAYS_ALLOWED)))

    @property
    def abilities(self) -> Headers:
        """Allow, Supported and Allow-Events, for INVITE and its answers and for OPTIONS."""
        headers = [("Allow", ", ".join(self.allow))]
        if self.settings.supported:
            headers.append(("Supported", ", ".join(self.settings.supported)))
        if self.settings.packages:
            headers.append(("Allow-Events", ", ".join(sorted(self.settings.packages))))
        return tuple(headers)

    # ------------------------------------------------------------ sending and answering

    def send(
        self, request: Request, destination: Address, now: float, on_response: OnResponse
    ) -> ClientTransaction:
        named = Request(
            (*request.headers, ("User-Agent", self.settings.product)),
            request.body,
            request.method,
            request.uri,
        )
        return self.layer.send(named, self.via(destination), destination, now, on_response)

    def answer(
        self,
        transaction: ServerTransaction,
        status: int,
        now: float,
        *,
        reason: str = "",
        headers: Headers = (),
        body: bytes = b"",
    ) -> Response:
        """Answer a request; every answer above 100 carries our tag, the same one each time."""
        if status > 100 and not transaction.to_tag:
            transaction.to_tag = self.randomness.token()
        response = response_to(
            transaction.request,
            status,
            reason=reason,
            to_tag=transaction.to_tag,
            headers=(*headers, ("Server", self.settings.product)),
            body=body,
        )
        self.layer.respond(transaction, response, now)
        return response


def destination_of(target: Uri, account: Account | None, asked: Address | None) -> Address:
    """Through what the caller asked for, else the account's server, else where the address points."""
    if asked is not None:
        return asked
    return account.server if account else address_of(target)


def local_name(core: Core, account: Account | None, caller: NameAddr | None, towards: Address) -> NameAddr:
    """What From shows, with a fresh tag."""
    if caller is None and account is not None:
        caller = NameAddr(account.uri, account.display_name)
    if caller is None:
        here = core.local(towards.transport)
        caller = NameAddr(Uri("sip", core.settings.user, here.host, here.port))
    return caller.with_tag(core.randomness.token())
