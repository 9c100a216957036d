"""What the router tells a front end about: one frozen struct per thing.

Every struct is a whole: a change is sent as the new whole, so that applying the same event twice
gives the same replica.  Times end in `_at` (seconds since the Unix epoch, UTC), lengths of time in
`_s`.  Unknown fields are skipped on decoding, new fields must have defaults: an old program reads
a new one.  Text fields are plain text from outside, hostile until shown as plain text.
"""

from __future__ import annotations

from agent_desktop.wire.calls import CallModel, RecordingModel
from agent_desktop.wire.customer import AddressModel, HistoryModel, OrderModel
from agent_desktop.wire.listing import ChannelInfo, MacroModel, ViewModel, WatcherModel
from agent_desktop.wire.model import Model
from agent_desktop.wire.routing import PromiseModel


class MediumInfo(Model, frozen=True, kw_only=True):
    """One medium as data: what it can do and what it costs (capacity units)."""

    id: str
    name: str
    icon: str = ""
    live: bool = False  # the customer is present now (voice, chat)
    talk: bool = False  # handled with the phone
    text: bool = False  # handled by writing messages
    subject: bool = False  # messages carry a subject
    typing: bool = False
    exclusive: bool = False
    units: int = 1


class ReasonInfo(Model, frozen=True, kw_only=True):
    """A reason code for not ready or for declining; `system` ones cannot be picked."""

    code: str
    label: str
    system: bool = False
    number: int = 0  # for reports and other systems
    team: str = ""  # only that team may pick it; empty: everybody
    media: tuple[str, ...] = ()  # still offered meanwhile
    transfers: bool = False  # still taken: what a person transfers


class FieldInfo(Model, frozen=True, kw_only=True):
    """One field of a disposition form; `kind`: text, number, date, choice, check, payment (never kept)."""

    id: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


class DispositionInfo(Model, frozen=True, kw_only=True):
    """One disposition code an agent may choose; `key` is its digit, `parent` its branch of the tree."""

    code: str
    label: str
    key: str = ""
    parent: str = ""
    fields: tuple[FieldInfo, ...] = ()
    survey: bool = False
    confirm: bool = False  # the form asks once more
    effects: tuple[str, ...] = ()  # what choosing it does, in words


class WrapUpInfo(Model, frozen=True, kw_only=True):
    """How one medium's work is wrapped up in a queue, where it differs from the queue's own rules."""

    medium: str
    mode: str
    wrapup_s: float = 0.0


class QueueInfo(Model, frozen=True, kw_only=True):
    """What is configured for a queue; the live numbers are in `QueueModel`."""

    id: str
    name: str
    media: tuple[str, ...] = ()
    wrapup_mode: str = "mandatory_timed"
    wrapup_s: float = 60.0
    service_level_s: float = 20.0
    script: str = ""
    recording: str = "off"  # off, on_demand, always
    answer_tone: str = "zip"  # what the agent hears before a call that is answered by itself
    dispositions: tuple[DispositionInfo, ...] = ()
    wrapups: tuple[WrapUpInfo, ...] = ()
    extend_s: float = 30.0
    extend_times: int = 3


class ScriptPage(Model, frozen=True, kw_only=True):
    """One page of a script; `choices` are (label, page) pairs; `must_read` lines are ticked."""

    id: str
    title: str
    text: str
    must_read: tuple[str, ...] = ()
    fields: tuple[FieldInfo, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()


class ScriptInfo(Model, frozen=True, kw_only=True):
    """What the agent reads; opens by queue."""

    id: str
    title: str
    version: int = 1
    language: str = "en"
    pages: tuple[ScriptPage, ...] = ()


class TemplateInfo(Model, frozen=True, kw_only=True):
    """A canned reply; `{customer.name}` style variables are filled from the card."""

    id: str
    label: str
    text: str
    language: str = ""  # of this variant; variants share their label
    media: tuple[str, ...] = ()  # empty: every one
    files: tuple[AttachmentModel, ...] = ()


class CentreInfo(Model, frozen=True, kw_only=True):
    """The configuration that every front end needs to draw its screens."""

    name: str
    media: tuple[MediumInfo, ...] = ()
    queues: tuple[QueueInfo, ...] = ()
    reasons: tuple[ReasonInfo, ...] = ()
    decline_reasons: tuple[ReasonInfo, ...] = ()
    scripts: tuple[ScriptInfo, ...] = ()
    templates: tuple[TemplateInfo, ...] = ()
    macros: tuple[MacroModel, ...] = ()
    channels: tuple[ChannelInfo, ...] = ()
    views: tuple[ViewModel, ...] = ()  # those of the configuration: for everybody
    languages: tuple[str, ...] = ("en",)
    supervision: str = "told"  # told: agents see who listens; private: they do not
    self_test: str = "offered"  # off, offered, required (before the first "ready" of a shift)
    text_greeting: str = "HELLO, HOW CAN I HELP Q GA"  # typed into a silent call
    keep_captions: bool = True  # captions of calls go to the record


class TroubleModel(Model, frozen=True, kw_only=True):
    """A channel or a trunk that does not work, for who leads."""

    id: str
    name: str
    text: str  # why, and what to do
    since_at: float


class PhoneAccount(Model, frozen=True, kw_only=True):
    """What the agent's own phone needs to register at the switch."""

    extension: str
    server: str  # host:port
    transport: str = "udp"
    realm: str = ""
    password: str = ""
    display_name: str = ""
    srtp: str = "optional"  # off, optional, mandatory
    codecs: tuple[str, ...] = ()  # most wanted first; empty: the phone's own order
    fingerprint: str = ""  # SHA-256 of the server's certificate, for centres without a public one
    echo_number: str = ""  # answers and sends back what it hears: the self-test's call


class AgentModel(Model, frozen=True, kw_only=True):
    """A person who serves.  `state` is logged_out, ready or not_ready; `activity` is derived."""

    id: str
    name: str
    role: str = "agent"
    extension: str = ""
    state: str = "logged_out"
    reason: str = ""
    since_at: float = 0.0
    next_state: str = ""
    next_reason: str = ""
    cause: str = ""  # by whom or what the state is so: agent, supervisor, login, offer_expired, ...
    team: str = ""
    offered_media: tuple[str, ...] = ()  # offered although not ready
    transfers: bool = False  # takes what people transfer although not ready
    next_media: tuple[str, ...] = ()  # the same of the next state
    next_transfers: bool = False
    handled: int = 0  # accepts in this shift
    handled_s: float = 0.0  # with work in hand in this shift, up to `filled_at`
    waited_s: float = 0.0  # ready and without work in this shift, up to `free_at`
    filled_at: float = 0.0  # work is in hand, in `handled_s` up to here; 0: there is none
    free_at: float = 0.0  # since when ready and without work; 0: it is not so
    activity: str = ""  # idle, ringing, busy, held, wrap_up
    activity_since_at: float = 0.0
    load: tuple[tuple[str, int], ...] = ()  # (medium, interactions in hand)
    online: bool = False
    phone: bool = False  # the agent's phone is registered
    tested_at: float = 0.0  # the self-test was passed in this shift


class InteractionModel(Model, frozen=True, kw_only=True):
    """One piece of work in one medium, with every instant that a report needs."""

    id: str
    medium: str
    state: str
    queue: str = ""
    agent: str = ""
    customer: str = ""
    customer_name: str = ""
    conversation: str = ""
    channel: str = ""
    direction: str = "in"
    from_address: str = ""
    to_address: str = ""
    subject: str = ""
    last_line: str = ""
    priority: int = 50
    path: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    unread: int = 0
    arrived_at: float = 0.0
    queued_at: float = 0.0
    offered_at: float = 0.0
    accepted_at: float = 0.0
    held_at: float = 0.0
    held_s: float = 0.0
    ended_at: float = 0.0
    wrapup_at: float = 0.0
    wrapup_deadline_at: float = 0.0
    wrapup_extensions: int = 0
    closed_at: float = 0.0
    promise_at: float = 0.0  # the next promise that is due; 0: none runs
    promises: tuple[PromiseModel, ...] = ()
    stage: int = 0  # the skill step that is asked
    disposition: str = ""
    disposition_note: str = ""
    ended_by: str = ""
    reasons: tuple[str, ...] = ()  # why the agent got it
    call: CallModel | None = None
    callback_number: str = ""  # the customer asked to be called back there, and keeps the place
    callback_at: float = 0.0  # not before
    callback_tries: int = 0
    recordings: tuple[RecordingModel, ...] = ()
    updated_at: float = 0.0
    watchers: tuple[WatcherModel, ...] = ()  # who is at its conversation


class OfferModel(Model, frozen=True, kw_only=True):
    """An interaction shown to one agent, with a deadline: a lease."""

    id: str
    interaction: str
    agent: str
    medium: str
    queue: str = ""
    customer: str = ""
    customer_name: str = ""
    from_address: str = ""
    subject: str = ""
    path: tuple[str, ...] = ()
    queued_at: float = 0.0
    offered_at: float = 0.0
    expires_at: float = 0.0
    auto_accept: bool = False
    from_agent: str = ""  # who transfers it, or asks for a consult
    from_name: str = ""  # the same by name: agents do not see one another
    kind: str = ""  # empty: work for this agent; consult: a colleague asks; callback: to be called back
    reasons: tuple[str, ...] = ()  # why this agent: the rule's steps, the clock last
    more_s: float = 0.0  # what one "more time" gives; 0: nothing
    more_times: int = 0


class AttachmentModel(Model, frozen=True, kw_only=True):
    """A file of a message; fetched by id over HTTP, never opened on its own."""

    id: str
    name: str
    media_type: str = "application/octet-stream"
    size_bytes: int = 0
    content_id: str = ""  # an inline image's name in the HTML
    blocked: str = ""  # why it may not be fetched, in words


class MessageModel(Model, frozen=True, kw_only=True):
    """One item of a conversation.  `direction` is in, out, note or system."""

    id: str
    conversation: str
    medium: str
    direction: str
    at: float
    text: str
    interaction: str = ""
    author: str = ""  # an agent's id, or empty
    author_name: str = ""
    from_address: str = ""
    to_addresses: tuple[str, ...] = ()
    subject: str = ""
    html: str = ""  # sanitised by the router; shown only in the one viewer
    quoted: str = ""  # the quoted text, kept apart
    attachments: tuple[AttachmentModel, ...] = ()
    delivery: str = ""  # queued, sent, delivered, read, failed (direction out)
    delivery_detail: str = ""
    threading_reason: str = ""
    channel: str = ""
    copy_addresses: tuple[str, ...] = ()
    held_until_at: float = 0.0  # can be called back until then
    mentions: tuple[str, ...] = ()
    forwarded_of: str = ""
    automatic: bool = False  # no person wrote it
    protection: str = ""  # signed or encrypted: its status in words
    warnings: tuple[str, ...] = ()  # what is odd about the sender, in words
    carrier: str = ""  # typed in a call: tty, rtt, caption
    damaged: tuple[int, ...] = ()  # places in the text whose sound came damaged
    confidence: float = 0.0  # of a caption, see `CallTextLine`; 0: nothing is known of it


class ConversationModel(Model, frozen=True, kw_only=True):
    """The asynchronous thread; may hold many interactions."""

    id: str
    medium: str
    channel: str = ""
    customer: str = ""
    customer_name: str = ""
    subject: str = ""
    state: str = "open"  # open, snoozed, resolved
    agent: str = ""
    queue: str = ""
    last_line: str = ""
    messages: int = 0
    customer_typing: bool = False
    agent_typing: str = ""
    customer_present: bool = False
    viewers: tuple[str, ...] = ()
    updated_at: float = 0.0
    address: str = ""  # where replies go
    owner: str = ""  # whose it is
    owner_name: str = ""
    tags: tuple[str, ...] = ()
    unread: int = 0
    snoozed_until_at: float = 0.0
    promise_at: float = 0.0  # the next promise of its work; 0: none runs
    watchers: tuple[WatcherModel, ...] = ()
    followers: tuple[str, ...] = ()
    merged_into: str = ""  # its messages are there now
    merged: tuple[str, ...] = ()  # conversations that came into this one
    split_from: str = ""
    bot: str = ""  # the bot that speaks now
    reply_until_at: float = 0.0  # the channel takes free replies until then; 0: always
    channels: tuple[str, ...] = ()  # where else this customer can be reached


class CustomerModel(Model, frozen=True, kw_only=True):
    """The person or firm served, with the card's contents."""

    id: str
    name: str
    addresses: tuple[AddressModel, ...] = ()
    language: str = ""
    timezone: str = ""
    city: str = ""
    since_year: int = 0
    tags: tuple[str, ...] = ()
    access_needs: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()  # label, value
    alerts: tuple[str, ...] = ()
    orders: tuple[OrderModel, ...] = ()
    history: tuple[HistoryModel, ...] = ()


class QueueModel(Model, frozen=True, kw_only=True):
    """A queue's live numbers."""

    id: str
    waiting: int = 0
    oldest_at: float = 0.0
    ready: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    estimated_s: float = 0.0  # what somebody who comes now will wait


class ArticleModel(Model, frozen=True, kw_only=True):
    """A knowledge article; `public` ones are on the help centre too."""

    id: str
    title: str
    summary: str = ""
    body: str = ""
    tags: tuple[str, ...] = ()
    public: bool = True
    updated_at: float = 0.0
