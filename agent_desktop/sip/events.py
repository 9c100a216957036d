"""What a `UserAgent` reports: something happened, in the past participle, as a frozen value.

`message` is the SIP message that brought it, for extra headers such as `X-Interaction`
(`event.message.header("X-Interaction")`); texts in it are the peer's and never trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from agent_desktop.sip.address import Address, LegId, RegistrationId, RequestId, SubscriptionId
from agent_desktop.sip.media import Agreement, MediaOffer
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.replaces import Replaces
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
    legs puts that leg in `replaces`.  `asserted` is who the caller is in the word of a trusted network.
    """

    leg: LegId
    caller: NameAddr
    called: Uri
    source: Address
    offer: MediaOffer | None
    user: str | None
    message: Request
    replaces: LegId | None = None
    asserted: NameAddr | None = None


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


@dataclass(frozen=True, slots=True)
class Redirected:
    """Our call was sent on (3xx) and follows to `target`."""

    leg: LegId
    status: int
    target: Uri


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
    """The call is over; the leg's name means nothing from now on.  Sent exactly once for each leg.

    `reason` is the SIP phrase; `cause` says why in the words of the Reason header (RFC 3326), "" when
    nobody gave one.
    """

    leg: LegId
    by: EndedBy
    status: int
    reason: str
    message: Request | Response | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class IdentityChanged:
    """A trusted network says that somebody else speaks now, for example after a transfer."""

    leg: LegId
    asserted: NameAddr


@dataclass(frozen=True, slots=True)
class DigitRelayed:
    """The peer's gateway sent a key in INFO; `duration_ms` is 0 when it was not told."""

    leg: LegId
    digit: str
    duration_ms: int


# ---------------------------------------------------------------- transfers


@dataclass(frozen=True, slots=True)
class ReferProgressed:
    """The peer that we asked to transfer tells how far it is (a status of 100 to 199)."""

    leg: LegId
    request: RequestId
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReferEnded:
    """The end of a transfer that we asked for, sent once: 2xx it succeeded, else it failed.

    202 with `is_told` False: the peer took it and will say no more (norefersub).  `status` 0: the peer
    stopped telling.  408: nothing was heard.  Our own call goes on until somebody ends it.
    """

    leg: LegId
    request: RequestId
    status: int
    reason: str
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """The peer asks us to call `target`, in place of the call `replaces` when that is given.

    Answer with `accept_transfer` and tell how it goes with `refer_progress`, or with `refuse_transfer`.
    Within 30 s, else it is refused with 500.
    """

    request: RequestId
    leg: LegId
    target: Uri
    replaces: Replaces | None
    referred_by: NameAddr | None
    message: Request


# ---------------------------------------------------------------- watching and being watched


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Somebody watches `package` of `target` here; tell the present state with `notify` at once.

    `user` is the account that was proved.  A refresh is not reported: the last state is sent again.
    """

    subscription: SubscriptionId
    package: str
    target: Uri
    subscriber: NameAddr
    user: str | None
    source: Address
    expires_s: int
    message: Request


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """A watcher is gone: `reason` is "left", "timeout", "lost" or what `end_subscription` was given."""

    subscription: SubscriptionId
    reason: str


@dataclass(frozen=True, slots=True)
class Notified:
    """What we watch changed.  `subscription` is None for news that nobody asked for (from our server only).

    For message-summary read `body` with `bodies.read_summary`.
    """

    subscription: SubscriptionId | None
    package: str
    body: bytes
    content_type: str
    message: Request


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """We watch no more: `status` of the refusal, 200 for an end.  `retry_at` None: it is not tried again."""

    subscription: SubscriptionId
    status: int
    reason: str
    retry_at: float | None


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
    realm: str = ""
    """Of the account, named or learnt."""


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
    | Redirected
    | Answered
    | MediaChanged
    | ReinviteRefused
    | Ended
    | IdentityChanged
    | DigitRelayed
    | ReferProgressed
    | ReferEnded
    | TransferAsked
    | Subscribed
    | Unsubscribed
    | Notified
    | SubscriptionEnded
    | RequestArrived
    | ResponseArrived
    | Registered
    | RegistrationFailed
    | Unregistered
    | Bound
    | Unbound
)
