"""What happened, as the screens are told: one value for each thing that is different now.

The runtime turns events of both links, and the difference between two snapshots, into news.  View-models
choose by it what to draw again, the text mode makes its lines of it, the window its announcements.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.client.store import Asked
from agent_desktop.links.connection import Connection
from agent_desktop.wire.calls import CallTextLine
from agent_desktop.wire.events import DraftShared, TakenOver
from agent_desktop.wire.models import (
    AgentModel,
    AttachmentModel,
    ConversationModel,
    InteractionModel,
    MessageModel,
    OfferModel,
    TroubleModel,
)
from agent_desktop.wire.phone import FilePlayed, PhoneCall, Registration


@dataclass(frozen=True, slots=True)
class Synced:
    """A snapshot came: everything may be different.  `first`: for the first time since signing in."""

    first: bool


@dataclass(frozen=True, slots=True)
class MeChanged:
    """My own state."""

    before: AgentModel
    after: AgentModel


@dataclass(frozen=True, slots=True)
class OfferRang:
    """Work is offered to me."""

    offer: OfferModel


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """The offer is gone; `why` is the wire's word, empty when it was gone after a reconnect."""

    offer: OfferModel
    why: str


@dataclass(frozen=True, slots=True)
class InteractionMoved:
    """An interaction is new or different."""

    before: InteractionModel | None
    after: InteractionModel


@dataclass(frozen=True, slots=True)
class InteractionLeft:
    """An interaction is out of view."""

    interaction: InteractionModel


@dataclass(frozen=True, slots=True)
class WorkTaken:
    """Somebody took work out of my hands; said once, however often the router tells it."""

    taken: TakenOver


@dataclass(frozen=True, slots=True)
class ConversationMoved:
    """A conversation is new or different (typing, presence, last line), or out of view (`after` None)."""

    before: ConversationModel | None
    after: ConversationModel | None


@dataclass(frozen=True, slots=True)
class MessageCame:
    """A message is there (`new`), or its delivery moved on."""

    message: MessageModel
    new: bool


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """A message is not in its conversation any more: called back, or moved by a split or a merge."""

    conversation: str
    message: str


@dataclass(frozen=True, slots=True)
class DraftMoved:
    """A colleague shows a draft as it is now, or not any more (its text is empty)."""

    draft: DraftShared


@dataclass(frozen=True, slots=True)
class CustomerMoved:
    """A customer's card is different or out of view."""

    customer: str


@dataclass(frozen=True, slots=True)
class QueueMoved:
    """A queue's live numbers."""

    queue: str


@dataclass(frozen=True, slots=True)
class TroublesMoved:
    """What of the centre does not work is something else now."""

    before: tuple[TroubleModel, ...]
    after: tuple[TroubleModel, ...]


@dataclass(frozen=True, slots=True)
class CentreMoved:
    """The centre's configuration, or another agent."""


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """The answer to something asked came, once."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class UnsentMoved:
    """The list of unsent acts: one more, one less, or one in another state."""


@dataclass(frozen=True, slots=True)
class ConnectionMoved:
    """The link to the router."""

    before: Connection
    after: Connection


@dataclass(frozen=True, slots=True)
class PhoneMoved:
    """The phone's registration or the link to it, and its devices."""

    before: Registration
    after: Registration


@dataclass(frozen=True, slots=True)
class CallMoved:
    """A call at the own phone is new, different, or ended."""

    before: PhoneCall | None
    after: PhoneCall


@dataclass(frozen=True, slots=True)
class CallTextMoved:
    """Something was typed in a call, or its state changed; `changed` are the lines as they stand now."""

    call: str
    changed: tuple[CallTextLine, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelsMoved:
    """Level meters and quality of a call."""

    call: str


@dataclass(frozen=True, slots=True)
class SelfTestMoved:
    """The self-test goes on, or is `over`."""

    over: bool


@dataclass(frozen=True, slots=True)
class HeadsetActed:
    """A headset button for what the phone alone cannot do: answer, end or swap."""

    act: str
    call: str


@dataclass(frozen=True, slots=True)
class FileMoved:
    """A recording plays, or is over; `detail` says why it failed."""

    played: FilePlayed


@dataclass(frozen=True, slots=True)
class PlayingFailed:
    """A recording could not be fetched or played; `why` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class FilesMoved:
    """A file goes on: `added` belongs to a draft now, `saved` is on the disk, `picture` came.

    `name` is the file's, or the path of what was saved; `error` says why it could not be.
    """

    conversation: str = ""
    mode: str = ""
    added: AttachmentModel | None = None
    saved: str = ""
    picture: str = ""
    name: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class SignInMoved:
    """Signing in began, failed with a sentence, or worked."""

    busy: bool
    error: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """I am signed out; `reason` is the wire's word and `message` a sentence."""

    reason: str
    message: str


News = (
    Synced
    | MeChanged
    | OfferRang
    | OfferEnded
    | InteractionMoved
    | InteractionLeft
    | WorkTaken
    | ConversationMoved
    | MessageCame
    | MessageLeft
    | DraftMoved
    | CustomerMoved
    | QueueMoved
    | CentreMoved
    | TroublesMoved
    | RequestEnded
    | UnsentMoved
    | ConnectionMoved
    | PhoneMoved
    | CallMoved
    | CallTextMoved
    | LevelsMoved
    | SelfTestMoved
    | HeadsetActed
    | FileMoved
    | PlayingFailed
    | FilesMoved
    | SignInMoved
    | SessionEnded
)
