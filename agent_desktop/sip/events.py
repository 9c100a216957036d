"""What a `UserAgent` reports: something happened, in the past participle, as a frozen value.

`message` is the SIP message that brought it, for extra headers such as `X-Interaction`
(`event.message.header("X-Interaction")`); texts in it are the peer's and never trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from agent_desktop.sip.address import Address, LegId, RegistrationId, RequestId
from agent_desktop.sip.media import Agreement, MediaOffer
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.uri import NameAddr, Uri


class EndedBy(Enum):
    """Why a call is over."""

    LOCAL = "local"  # we hung up, rejected or cancelled
    REMOTE = "remote"  # the peer sent BYE
    CANCELLED = "cancelled"  # the caller gave up before the answer
    REFUSED = "refused"  # our call got a final answer of 300 or more; see `status`
    TIMED_OUT = "timed_out"  # nobody answered, or the peer does not answer our requests any more
    FAILED = "failed"  # the bytes could not be sent, or the two sides share no codec


# ---------------------------------------------------------------- calls that arrive


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A new incoming call.  `ring`, `answer`, `reject` or `challenge` it.

    `user` is the account that a right digest answer proved, None for a caller that proved nothing.
    `offer` is None when the caller leaves the offer to us.  A `Replaces` header that names one of our
    legs puts that leg in `replaces`.
    """

    leg: LegId
    caller: NameAddr
    called: Uri
    source: Address
    offer: MediaOffer | None
    user: str | None
    message: Request
    replaces: LegId | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The ACK for our answer came: the incoming call is up.  Media may flow since `answer`."""

    leg: LegId


# ---------------------------------------------------------------- calls that we make


@dataclass(frozen=True, slots=True)
class Progressed:
    """A provisional answer to our call (180 rings, 183 may carry early media in `agreement`)."""

    leg: LegId
    status: int
    agreement: Agreement | None
    message: Response


@dataclass(frozen=True, slots=True)
class Answered:
    """Our call was answered; the ACK is on its way."""

    leg: LegId
    agreement: Agreement
    message: Response


# ---------------------------------------------------------------- every call


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """The media was agreed anew, by our re-INVITE, the peer's, or the answer in an ACK.

    `agreement.is_held_by_peer` tells a hold.  The peer's re-INVITE is already answered.
    """

    leg: LegId
    agreement: Agreement
    by_peer: bool


@dataclass(frozen=True, slots=True)
class ReinviteRefused:
    """Our hold, resume or re-INVITE was refused or got lost; the call goes on as it was before."""

    leg: LegId
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over; the leg's name means nothing from now on.  Sent exactly once for each leg."""

    leg: LegId
    by: EndedBy
    status: int
    reason: str
    message: Request | Response | None = None


# ---------------------------------------------------------------- other requests


@dataclass(frozen=True, slots=True)
class RequestArrived:
    """REFER, NOTIFY, SUBSCRIBE, INFO or MESSAGE came, inside a call (`leg`) or outside (None).

    With `needs_response` the application must call `respond(request, ...)`; otherwise the request was
    already answered, because its method is not in `Settings.handled`.
    """

    request: RequestId
    method: str
    leg: LegId | None
    source: Address
    message: Request
    needs_response: bool
    user: str | None = None


@dataclass(frozen=True, slots=True)
class ResponseArrived:
    """The final answer to a `request(...)` of ours; 408 when none came."""

    request: RequestId
    leg: LegId | None
    status: int
    reason: str
    message: Response | None


# ---------------------------------------------------------------- registration, as a client


@dataclass(frozen=True, slots=True)
class Registered:
    """The registrar keeps us for `expires_s`; sent for the first success and after a failure."""

    registration: RegistrationId
    expires_s: int


@dataclass(frozen=True, slots=True)
class RegistrationFailed:
    """The registrar refused us or did not answer.

    `retry_at` is None when only new settings can help (a wrong password).
    """

    registration: RegistrationId
    status: int
    reason: str
    retry_at: float | None


@dataclass(frozen=True, slots=True)
class Unregistered:
    """The binding was removed at our wish."""

    registration: RegistrationId


# ---------------------------------------------------------------- registration, as a registrar


@dataclass(frozen=True, slots=True)
class Bound:
    """A phone registered.  `is_new` is False for a refresh."""

    user: str
    contact: Uri
    source: Address
    expires_at: float
    is_new: bool


@dataclass(frozen=True, slots=True)
class Unbound:
    """A phone is not reachable any more: it signed off, or its time ran out."""

    user: str
    contact: Uri
    expired: bool


Event = (
    CallArrived
    | Confirmed
    | Progressed
    | Answered
    | MediaChanged
    | ReinviteRefused
    | Ended
    | RequestArrived
    | ResponseArrived
    | Registered
    | RegistrationFailed
    | Unregistered
    | Bound
    | Unbound
)
