"""What a front end asks of the router: one tagged struct per command.

Every command travels in a `Request` with a UUID made by the client.  The router stores the UUID and
its reply in the same transaction as the effect: a resend gives the same reply and acts once.  A
query changes nothing, so its reply is not stored.
"""

from __future__ import annotations

from agent_desktop.wire import command
from agent_desktop.wire.access import AccessCommand
from agent_desktop.wire.inbox import INBOX_QUERIES, InboxCommand

Command = command.Command


class SetReady(Command, frozen=True, kw_only=True, tag=True):
    """Be offered work; during a call or a wrap-up it is the next state."""


class SetNotReady(Command, frozen=True, kw_only=True, tag=True):
    """Be offered nothing new; `reason` is a reason code that agents may pick."""

    reason: str


class SignOut(Command, frozen=True, kw_only=True, tag=True):
    """End the session and its shift."""


class AcceptOffer(Command, frozen=True, kw_only=True, tag=True):
    """Take the interaction offered; refused when the lease is over."""

    offer: str


class DeclineOffer(Command, frozen=True, kw_only=True, tag=True):
    """Give the interaction back with its age; `reason` is a decline reason."""

    offer: str
    reason: str = ""


class TakeInteraction(Command, frozen=True, kw_only=True, tag=True):
    """Pull a waiting interaction by hand (text media)."""

    interaction: str


class HoldInteraction(Command, frozen=True, kw_only=True, tag=True):
    """The customer hears music; the agent may do something else."""

    interaction: str


class ResumeInteraction(Command, frozen=True, kw_only=True, tag=True):
    """Go on with a held interaction."""

    interaction: str


class EndInteraction(Command, frozen=True, kw_only=True, tag=True):
    """Hang up, leave the chat, or be done with the message: wrap-up starts."""

    interaction: str


class ParkInteraction(Command, frozen=True, kw_only=True, tag=True):
    """Free the capacity until the customer writes again; a parked call hears music until it is taken."""

    interaction: str


class TransferInteraction(Command, frozen=True, kw_only=True, tag=True):
    """Blind transfer to a queue or an agent (an id of either), or of a call to a number; age is kept."""

    interaction: str
    target: str
    note: str = ""


class Consult(Command, frozen=True, kw_only=True, tag=True):
    """Ask an agent, a queue or a number first; the customer hears music.  One consult in a call."""

    interaction: str
    target: str
    note: str = ""


class TalkWith(Command, frozen=True, kw_only=True, tag=True):
    """Swap in a consult, or make it a conference: `with_whom` is customer, guest or all."""

    interaction: str
    with_whom: str


class CompleteTransfer(Command, frozen=True, kw_only=True, tag=True):
    """Put the customer through to the consulted; also leaves a conference without ending it."""

    interaction: str
    leg: str = ""  # who goes on with it, when there are several


class DropLeg(Command, frozen=True, kw_only=True, tag=True):
    """Take a guest out of the call."""

    interaction: str
    leg: str


class SetLegMute(Command, frozen=True, kw_only=True, tag=True):
    """The others do not hear this leg, or do again."""

    interaction: str
    leg: str
    on: bool = True


class SetRecording(Command, frozen=True, kw_only=True, tag=True):
    """`act` is start, pause, resume or stop; each leaves an audit entry."""

    interaction: str
    act: str


class SetSecure(Command, frozen=True, kw_only=True, tag=True):
    """Card data begins or is over; `collect` sends the customer's keys to the payment connector alone."""

    interaction: str
    on: bool
    field: str = ""  # the payment field that has the focus
    collect: int = 0


class Supervise(Command, frozen=True, kw_only=True, tag=True):
    """Listen to an agent's call, whisper to the agent, barge in, or `off`; the mode changes at once.

    Names the agent, or an interaction.  On hold only `hears` is heard: agent, customer or both.
    """

    agent: str = ""
    interaction: str = ""
    mode: str = "listen"
    hears: str = "both"


class TakeOver(Command, frozen=True, kw_only=True, tag=True):
    """The supervisor who is in the call takes the agent's place."""

    interaction: str


class AskCallback(Command, frozen=True, kw_only=True, tag=True):
    """Call the customer back, at once or not before `at`: a task that keeps the age of this interaction."""

    interaction: str
    number: str = ""
    at: float = 0.0
    mine: bool = False  # only this agent


class ReportSelfTest(Command, frozen=True, kw_only=True, tag=True):
    """How the self-test before the shift went: the checks that passed and those that failed."""

    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class FindTargets(Command, frozen=True, kw_only=True, tag=True):
    """Query: agents, queues, parked calls and numbers to transfer to, for the letters typed so far."""

    text: str = ""
    interaction: str = ""
    limit: int = 20


class DialNumber(Command, frozen=True, kw_only=True, tag=True):
    """Start an outbound voice interaction; `queue` gives the caller ID, the script and the form."""

    number: str
    queue: str = ""


class SendMessage(Command, frozen=True, kw_only=True, tag=True):
    """Reply in a conversation.  `message` is the client-made id; a resend never sends twice."""

    message: str
    conversation: str
    text: str
    interaction: str = ""
    subject: str = ""
    after_message: str = ""  # the last message the writer saw: the reply interlock
    to_address: str = ""  # whom the writer saw as the one who gets it; another one now is refused
    copy_addresses: tuple[str, ...] = ()
    channel: str = ""  # another one than the conversation's own: go on in another medium
    files: tuple[str, ...] = ()  # ids of what was uploaded
    held_s: float = 0.0  # can be called back for so long
    despite: tuple[str, ...] = ()  # interlocks that the writer was told of: newer_message, other_draft, bot


class AddNote(Command, frozen=True, kw_only=True, tag=True):
    """A note that only the team sees; who is mentioned follows the conversation from now on."""

    message: str
    conversation: str
    text: str
    interaction: str = ""
    mentions: tuple[str, ...] = ()  # agents' ids
    files: tuple[str, ...] = ()


class SetTyping(Command, frozen=True, kw_only=True, tag=True):
    """The agent writes, or stopped."""

    conversation: str
    typing: bool


class MarkRead(Command, frozen=True, kw_only=True, tag=True):
    """The agent has seen the conversation up to now."""

    interaction: str


class WrapUp(Command, frozen=True, kw_only=True, tag=True):
    """Finish the interaction with a disposition code; `values` are the form's (field, value) pairs."""

    interaction: str
    code: str
    note: str = ""
    values: tuple[tuple[str, str], ...] = ()
    survey: bool = False


class ExtendWrapUp(Command, frozen=True, kw_only=True, tag=True):
    """Lengthen the wrap-up timer; counted."""

    interaction: str


class LinkCustomer(Command, frozen=True, kw_only=True, tag=True):
    """Say who it is: ties the interaction and its address to a customer."""

    interaction: str
    customer: str


class CreateCustomer(Command, frozen=True, kw_only=True, tag=True):
    """Make a customer card from the interaction's address. `customer` is a client-made id."""

    interaction: str
    customer: str
    name: str


class Watch(Command, frozen=True, kw_only=True, tag=True):
    """Choose what the stream carries: mine, queue (my queues' waiting work) or all."""

    scope: str = "mine"


class SearchEverything(Command, frozen=True, kw_only=True, tag=True):
    """Query: messages, notes, calls, customers and articles with the words of `text`, newest first.

    Words in quotes are a phrase; `kinds`, `media`, `customer` and `before_at` narrow; `after` is the last
    page's `cursor`.
    """

    text: str
    limit: int = 20
    kinds: tuple[str, ...] = ()  # message, note, call, customer, article
    media: tuple[str, ...] = ()
    customer: str = ""
    before_at: float = 0.0
    best: bool = False  # ranked by how well they match, among the newest
    after: str = ""


class FetchTimeline(Command, frozen=True, kw_only=True, tag=True):
    """Query: a page of the customer's timeline (all media) around a conversation, older than `before_at`."""

    conversation: str
    before_at: float = 0.0
    limit: int = 50


class FetchCustomer(Command, frozen=True, kw_only=True, tag=True):
    """Query: the whole card."""

    customer: str


class SuggestArticles(Command, frozen=True, kw_only=True, tag=True):
    """Query: knowledge articles for the text so far."""

    text: str
    limit: int = 5


class ListInteractions(Command, frozen=True, kw_only=True, tag=True):
    """Query: a page of interactions of a scope (mine, queue, all), newest first, by keyset."""

    scope: str = "mine"
    before_at: float = 0.0
    limit: int = 100


class ExplainInteraction(Command, frozen=True, kw_only=True, tag=True):
    """Query: why did I get this, or why is nobody taking it: the decision's reasons in words."""

    interaction: str


class SetAgentState(Command, frozen=True, kw_only=True, tag=True):
    """A supervisor sets an agent's state: ready, not_ready, logged_out; or the next state during work."""

    agent: str
    state: str
    reason: str = ""


class ForceWrapUp(Command, frozen=True, kw_only=True, tag=True):
    """A supervisor ends a wrap-up that is stuck; `reason` says why."""

    interaction: str
    code: str
    reason: str = ""


class MoveInQueue(Command, frozen=True, kw_only=True, tag=True):
    """A supervisor changes a waiting interaction's priority (1 to 99) and how old it counts."""

    interaction: str
    priority: int
    older_s: float = 0.0
    reason: str = ""


AnyCommand = (
    SetReady
    | SetNotReady
    | SignOut
    | AcceptOffer
    | DeclineOffer
    | TakeInteraction
    | HoldInteraction
    | ResumeInteraction
    | EndInteraction
    | ParkInteraction
    | TransferInteraction
    | Consult
    | TalkWith
    | CompleteTransfer
    | DropLeg
    | SetLegMute
    | SetRecording
    | SetSecure
    | Supervise
    | TakeOver
    | AskCallback
    | ReportSelfTest
    | FindTargets
    | DialNumber
    | SendMessage
    | AddNote
    | SetTyping
    | MarkRead
    | WrapUp
    | ExtendWrapUp
    | LinkCustomer
    | CreateCustomer
    | Watch
    | SearchEverything
    | FetchTimeline
    | FetchCustomer
    | SuggestArticles
    | ListInteractions
    | ExplainInteraction
    | SetAgentState
    | ForceWrapUp
    | MoveInQueue
    | InboxCommand
    | AccessCommand
)

QUERIES: tuple[type[Command], ...] = (
    SearchEverything,
    FetchTimeline,
    FetchCustomer,
    SuggestArticles,
    ListInteractions,
    ExplainInteraction,
    FindTargets,
    *INBOX_QUERIES,
)
