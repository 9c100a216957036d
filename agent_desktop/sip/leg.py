"""Legs: one call at our end each, and the table that finds them by name and by dialog.

`LegTable.end` reports the end exactly once.  A leg that has ended stays findable by its dialog for a
while, because the peer's messages may still cross ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from agent_desktop.errors import IllegalStepError, RefusedError
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId
from agent_desktop.sip.core import Core
from agent_desktop.sip.dialog import Dialog
from agent_desktop.sip.digest import Refused
from agent_desktop.sip.events import Ended, EndedBy
from agent_desktop.sip.layer import ClientTransaction, ServerTransaction
from agent_desktop.sip.media import Agreement, LocalMedia, MediaOffer
from agent_desktop.sip.message import REASONS, Message, Request, Response
from agent_desktop.sip.parser import tokens
from agent_desktop.sip.reason import Reason, cause_of
from agent_desktop.sip.sdp import MIME, Origin, build_sdp
from agent_desktop.sip.uri import NameAddr


class LegState(Enum):
    """Where a call stands."""

    CALLING = "calling"  # our INVITE waits for the peer
    RINGING = "ringing"  # the peer's INVITE waits for us
    UP = "up"  # answered
    GONE = "gone"  # reported as ended


@dataclass(slots=True)
class Unacked:
    """A 2xx of ours that is repeated until its ACK comes."""

    data: bytes
    back: Address
    interval: float
    until: float


@dataclass(slots=True)
class Early:
    """A dialog that the peer's provisional answer made; a forked call has several.

    `rseq` is the last reliable provisional answer that we acknowledged.  `is_settled` tells that our offer
    was answered reliably: the next offer may go out before the call is answered (RFC 3262 section 5).
    """

    dialog: Dialog
    rseq: int = 0
    agreement: Agreement | None = None
    is_settled: bool = False


@dataclass(slots=True)
class Reliable:
    """A provisional answer of ours that is repeated until its PRACK comes."""

    rseq: int
    data: bytes
    back: Address
    interval: float
    until: float
    has_sdp: bool


@dataclass(slots=True, eq=False)
class Offer:
    """What we propose in a re-INVITE or UPDATE, until its answer.

    `wished` is what was asked for, `written` what it became on the wire.  A refresh changes nothing.
    """

    method: str
    wished: LocalMedia
    written: LocalMedia
    dialog: Dialog
    is_refresh: bool = False
    attempts: int = 0
    client: ClientTransaction | None = None


@dataclass(slots=True)
class Session:
    """The session timer (RFC 4028): how long the call lives without a refresh, and who refreshes."""

    interval_s: int
    is_ours: bool


@dataclass(slots=True, eq=False)
class Leg:
    """One call at our end.

    `contact_user` is the user in our Contact, who this end of the call is: a transfer by another phone points
    there, and a proxy finds us by it.
    """

    id: LegId
    is_outgoing: bool
    state: LegState
    invite: Request
    call_id: str
    local_tag: str
    origin: Origin
    media: LocalMedia | None = None
    account: Account | None = None
    contact_user: str = ""
    destination: Address | None = None
    client: ClientTransaction | None = None
    server: ServerTransaction | None = None
    dialog: Dialog | None = None
    early: dict[str, Early] = field(default_factory=dict)
    peer_offer: MediaOffer | None = None
    offered: LocalMedia | None = None
    agreement: Agreement | None = None
    last_sdp: bytes = b""
    acks: dict[tuple[str, int], tuple[bytes, Address]] = field(default_factory=dict)
    unacked: dict[int, Unacked] = field(default_factory=dict)
    is_confirmed: bool = False
    has_progressed: bool = False
    wants_cancel: bool = False
    end_headers: Headers = ()
    wants_bye: bool = False
    offer: Offer | None = None
    next_media: LocalMedia | None = None
    glares: int = 0
    attempts: int = 0
    refusal: Refused | None = None
    tried: list[str] = field(default_factory=list)
    allows: frozenset[str] = frozenset()
    supports: frozenset[str] = frozenset()
    asserted: NameAddr | None = None
    session: Session | None = None
    asked_interval_s: int = 0
    least_interval_s: int = 0
    rseq: int = 0
    reliable: Reliable | None = None
    unsent: list[tuple[int, Headers, bytes]] = field(default_factory=list)
    is_settled: bool = False
    on_settled: Callable[[float], None] | None = None
    awaited: int = 0  # transfers of which the peer still has to tell the end

    def dialog_with(self, remote_tag: str) -> Dialog | None:
        """The dialog whose peer has that tag: the call's own, or an early one."""
        if self.dialog is not None:
            return self.dialog if self.dialog.belongs(remote_tag) else None
        early = self.early.get(remote_tag)
        return early.dialog if early else None

    def learn(self, message: Message) -> None:
        """Take what the peer says of its abilities."""
        if message.has("Allow"):
            self.allows = frozenset(word.upper() for word in tokens(message, "Allow"))
        if message.has("Supported"):
            self.supports = frozenset(word.lower() for word in tokens(message, "Supported"))

    def describe(self, media: LocalMedia) -> bytes:
        """Our description of `media`; its version rises when it says something new (RFC 3264)."""
        body = build_sdp(self.origin, media)
        if self.last_sdp and body != self.last_sdp:
            self.origin = self.origin.raised()
            body = build_sdp(self.origin, media)
        self.last_sdp = body
        return body


_DEADLINES = ("ring", "reinvite", "reliable", "refresh", "session")
SDP_HEADERS: Headers = (("Content-Type", MIME),)


class LegTable:
    """Every leg, by its name and by the (Call-ID, local tag) that its peer repeats."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._legs: dict[LegId, Leg] = {}
        self._dialogs: dict[tuple[str, str], Leg] = {}

    def __len__(self) -> int:
        return len(self._legs)

    @property
    def names(self) -> tuple[LegId, ...]:
        return tuple(self._legs)

    def new_name(self) -> LegId:
        return LegId(self._core.name("leg"))

    def new_origin(self, address: str) -> Origin:
        """A session id of our own (numeric by RFC 8866), version 1."""
        number = int.from_bytes(self._core.randomness.token().encode()[:7], "big")
        return Origin(str(number), 1, address)

    def add(self, leg: Leg) -> None:
        self._legs[leg.id] = leg
        self._dialogs[leg.call_id, leg.local_tag] = leg

    def find(self, name: LegId) -> Leg | None:
        return self._legs.get(name)

    def get(self, name: LegId, *states: LegState) -> Leg:
        """The leg of that name, in one of the states that the caller needs."""
        leg = self._legs.get(name)
        if leg is None:
            raise RefusedError("There is no such call any more.", code="no_such_call")
        if states and leg.state not in states:
            raise IllegalStepError(f"This is not possible while the call is {leg.state.value}.")
        return leg

    def by_dialog(self, call_id: str, local_tag: str) -> Leg | None:
        """The leg that a request or a Replaces header names, also one that has just ended."""
        return self._dialogs.get((call_id, local_tag))

    def end(
        self,
        leg: Leg,
        by: EndedBy,
        now: float,
        *,
        status: int = 0,
        reason: str = "",
        message: Request | Response | None = None,
        cause: Reason | None = None,
    ) -> None:
        """Report the end, once, and forget the leg when nothing of it can still be on its way."""
        if leg.state is LegState.GONE:
            return
        leg.state = LegState.GONE
        leg.next_media = None
        self._legs.pop(leg.id, None)
        leg.reliable, leg.on_settled = None, None
        leg.unsent.clear()
        for name in _DEADLINES:
            self._core.deadlines.clear((name, leg))
        words = cause_of(message) or (cause.words if cause else "")
        self._core.emit(Ended(leg.id, by, status, reason or REASONS.get(status, ""), message, words))
        self._forget_later(leg, now)

    def _forget_later(self, leg: Leg, now: float) -> None:
        patience = 64 * self._core.settings.timers.t1
        self._core.deadlines.set(("forget", leg), now + patience, lambda then: self._forget(leg, then))

    def _forget(self, leg: Leg, now: float) -> None:
        if leg.awaited:
            self._forget_later(leg, now)
            return
        self._dialogs.pop((leg.call_id, leg.local_tag), None)
        for cseq in leg.unacked:
            self._core.deadlines.clear(("2xx", leg, cseq))
        if leg.client is not None:
            self._core.layer.drop(leg.client)
