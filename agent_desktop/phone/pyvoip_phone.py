"""The phone of the pyVoIP engine: pyVoIP's, with our client and our calls in it.

pyVoIP builds its parts by name, waits a fixed second before it tells of a call, and raises KeyError for an
answer to a call that it does not know.  What is overridden here is just that: which parts, and who hears.

Rules: everything runs in the client's thread; whoever asks about a call that is not there gets 481.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from agent_desktop.errors import SipError
from agent_desktop.media.udp import NoPortError
from agent_desktop.phone.pyvoip_call import Call
from agent_desktop.phone.pyvoip_message import Heard, Place, response_to, with_via
from agent_desktop.phone.pyvoip_parts import CallState, PhoneStatus, SIPMessageType, VoIPCall, VoIPPhone
from agent_desktop.phone.pyvoip_register import Identity
from agent_desktop.phone.pyvoip_sip import Client

MOST_CALLS: Final = 4
_MOST_ENDED: Final = 16


class Listener(Protocol):
    """Who hears what becomes of calls; `digit` comes from the sound's thread."""

    def registered(self, status: int, *, ok: bool) -> None: ...
    def arrived(self, call: Call) -> None: ...
    def rings(self, call: Call, *, has_sound: bool) -> None: ...
    def up(self, call: Call) -> None: ...
    def gone(self, call: Call, by: str, status: int) -> None: ...
    def digit(self, call: Call, digit: str) -> None: ...
    def trouble(self, text: str) -> None: ...


class Phone(VoIPPhone):
    """pyVoIP's phone, which answers everybody."""

    def __init__(
        self, identity: Identity, server: Place, host: str, ports: tuple[int, int], listener: Listener
    ) -> None:
        super().__init__(
            server[0],
            server[1],
            identity.user,
            identity.password,
            myIP=host,
            rtpPortLow=ports[0],
            rtpPortHigh=ports[1],
        )
        self.listener = listener
        self._open: dict[str, Call] = {}
        self._ended: OrderedDict[str, Call] = OrderedDict()
        self.sip = self.client = Client(identity, server, host, self)

    # ------------------------------------------------------------ for our parts

    def port_range(self) -> range:
        """The even ports for sound, from anywhere among them."""
        low, high = self.rtpPortLow, self.rtpPortHigh
        return range(random.randrange(low, max(low + 1, high - 20), 2), high, 2)  # noqa: S311 - spreads ports only

    def trouble(self, text: str) -> None:
        self.listener.trouble(text)

    def told_registration(self, ok: bool, status: int) -> None:  # noqa: FBT001 - told as it is
        self._status = PhoneStatus.REGISTERED if ok else PhoneStatus.FAILED
        self.listener.registered(status, ok=ok)

    def forget(self, call: Call) -> None:
        """The call is over; it is remembered a while for a 2xx that comes again."""
        self._open.pop(call.call_id, None)
        self._ended[call.call_id] = call
        while len(self._ended) > _MOST_ENDED:
            self._ended.popitem(last=False)

    # ------------------------------------------------------------ what is asked of us

    def start(self) -> None:
        """Open the port and ask to be registered; OSError when there is no port."""
        self._status = PhoneStatus.REGISTERING
        self.NSD = True
        self.client.start()

    def stop(self, failed: bool = False) -> None:  # noqa: FBT001, FBT002 - pyVoIP's
        self.NSD = False
        self._status = PhoneStatus.FAILED if failed else PhoneStatus.INACTIVE
        self.client.stop()

    def leave(self, done: Callable[[], None]) -> None:
        """Hang up everything and sign off; `done` within about a second."""
        for call in tuple(self._open.values()):
            call.hangup()
        self._status = PhoneStatus.DEREGISTERING
        self.client.registration.sign_off(done)

    def call(self, number: str, extra: tuple[tuple[str, str], ...] = ()) -> Call:
        """Dial; what becomes of it is told.  SipError or NoPortError when that cannot be."""
        request = self.client.invite_request(number, b"", extra)
        made, _ = with_via(request, self.myIP, self.client.myPort)
        call = Call(self, CallState.DIALING, Heard(bytes(made), (self.myIP, self.client.myPort)))
        self._open[call.call_id] = call
        call.invite(type(request)(request.headers, call.offer, request.method, request.uri))
        return call

    # ------------------------------------------------------------ what comes from the network

    def callback(self, message: Heard) -> None:  # type: ignore[override]  # every message here is one
        """Whatever belongs to a call, or wants to become one."""
        call = self._open.get(message.call_id)
        if message.type == SIPMessageType.RESPONSE:
            known = call or self._ended.get(message.call_id)
            if known is not None and 200 <= message.code < 300 and message.cseq.method == "INVITE":
                known.answered_again(message)
            return
        match message.method:
            case "ACK":
                if call is not None:
                    call.acknowledged(message)
            case "CANCEL" if call is not None and message.branch == call.heard.branch:
                call.cancelled(message)
            case "BYE" if call is not None and message.to_tag == call.tag_here:
                self.client.reply(message, 200)
                call.bye()
            case "INVITE" if call is not None and message.to_tag == call.tag_here:
                call.renegotiate(message)
            case "INVITE" if not message.to_tag:
                self._invited(message, call)
            case _:
                self._no_such_call(message)

    def _no_such_call(self, message: Heard) -> None:
        if message.method == "INVITE":
            self._refuse(message, 481)
        else:
            self.client.reply(message, 481)

    def _invited(self, message: Heard, call: Call | None) -> None:
        if call is not None:
            self._refuse(message, 482)  # the same call by another way (RFC 3261 section 8.2.2.2)
        elif not self.client.is_server(message.source):
            self.trouble(f"a call from {message.source} is refused: it is not the telephone server")
            self._refuse(message, 403)
        elif message.parsed.has("Require"):
            wanted = message.parsed.header("Require")
            self._refuse(message, 420, (("Unsupported", wanted),))
        elif len(self._open) >= MOST_CALLS:
            self._refuse(message, 486)
        else:
            self._ring(message)

    def _ring(self, message: Heard) -> None:
        try:
            call = Call(self, CallState.RINGING, message)
        except NoPortError:
            self._refuse(message, 486)
            return
        try:
            call.ring()
        except SipError as error:
            call.media.stop()
            self._refuse(message, error.status)
            return
        self._open[call.call_id] = call
        self.listener.arrived(call)

    def _refuse(self, message: Heard, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        data = response_to(message, status, headers=headers)
        self.client.transactions.until_ack(message, data, lambda: None)

    # ------------------------------------------------------------ what pyVoIP counts and we do not

    def release_ports(self, call: VoIPCall | None = None) -> None:
        """Ports are closed with their call."""
