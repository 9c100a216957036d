"""The configuration of a centre as values: what `centre.toml` says, checked and typed."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_desktop.domain.announcing import Announcements
from agent_desktop.domain.dialling import Limits
from agent_desktop.domain.hours import Hours
from agent_desktop.domain.ivr import Flow, Say
from agent_desktop.domain.listing import View
from agent_desktop.domain.macro import Macro
from agent_desktop.domain.messaging import SmsNumber, SocialAccount
from agent_desktop.domain.rules import Rule
from agent_desktop.domain.skills import Place, SkillStep
from agent_desktop.domain.telephony import Exchange, Route, Trunk
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    DispositionCode,
    MediumId,
    QueueId,
    ReasonCode,
    Seconds,
    SkillId,
)

WRAP_UP_MODES = ("none", "optional", "mandatory", "mandatory_timed", "mandatory_fixed")
TIMED_MODES = frozenset({"mandatory_timed", "mandatory_fixed"})
CALLBACKS = ("agent_first", "customer_first")
SUPERVISION = ("told", "private")
SELF_TEST = ("off", "offered", "required")
ANSWER_TONES = ("zip", "low", "rising", "double", "none")
RECORDING = ("off", "on_demand", "always")
SELECTIONS = ("longest_idle", "least_occupied", "round_robin", "weighted", "proficiency")
MISSED = ("off", "queue", "all")
EMPTY_FACTORS = ("logged_out", "not_ready", "busy", "wrap_up", "ringing", "no_phone")
TEXT = ("", "tty", "rtt", "ask")  # how callers type: not, by TTY, in real-time text, they are asked
CONVERSATION_STATES = ("resolved", "open", "snoozed")
ROLES = ("agent", "supervisor", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason code; ids are stable, labels are for people."""

    code: ReasonCode
    label: str
    system: bool = False
    number: int = 0  # 1 to 65535, for reports and other systems; 0: none
    team: str = ""  # only that team may pick it; empty: everybody
    media: tuple[MediumId, ...] = ()  # still offered meanwhile (away: email alone)
    transfers: bool = False  # still taken: what a person transfers (transfer only)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a disposition form; `kind`: text, number, date, choice, check, payment (never kept)."""

    id: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """How an interaction ended, chosen by the agent; `key` is its digit on the form."""

    code: DispositionCode
    label: str
    key: str = ""
    parent: str = ""
    fields: tuple[FormField, ...] = ()
    survey: bool = False
    confirm: bool = False  # the form asks once more
    callback_s: Seconds = Seconds(0.0)  # the customer is called back after so long; 0: not
    do_not_call: bool = False
    conversation: str = "resolved"  # what the conversation is then: one of CONVERSATION_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpRules:
    """How work of one medium is wrapped up in a queue, where it differs from the queue's own rules."""

    mode: str
    wrapup_s: Seconds = Seconds(60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRules:
    """How work of one medium is offered in a queue, where it differs from the queue's own rules."""

    offer_s: Seconds = Seconds(20.0)
    auto_accept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Where interactions wait, and the rules of waiting and of wrap-up there."""

    id: QueueId
    name: str
    media: tuple[MediumId, ...] = ()
    priority: int = 50
    skills: dict[SkillId, int] = field(default_factory=dict)
    offer_s: Seconds = Seconds(20.0)
    text_offer_s: Seconds = Seconds(60.0)
    auto_accept: bool = False
    wrapup_mode: str = "mandatory_timed"
    wrapup_s: Seconds = Seconds(60.0)
    extend_s: Seconds = Seconds(30.0)
    extend_times: int = 3
    offer_extend_s: Seconds = Seconds(0.0)  # "more time" while it rings lengthens it by so much; 0: not
    offer_extend_times: int = 3
    service_level_s: Seconds = Seconds(20.0)
    short_abandon_s: Seconds = Seconds(5.0)
    offers: dict[MediumId, OfferRules] = field(default_factory=dict)
    wrapups: dict[MediumId, WrapUpRules] = field(default_factory=dict)
    steps: tuple[SkillStep, ...] = ()  # who is asked first, then who else
    select: str = "proficiency"  # which of the free agents: one of SELECTIONS
    missed: str = "all"  # after a missed offer the agent is not ready for: off, queue, all
    return_s: Seconds = Seconds(0.0)  # work in hand without a reply goes back after so long; 0: never
    first_reply_s: Seconds = Seconds(0.0)
    next_reply_s: Seconds = Seconds(0.0)
    resolution_s: Seconds = Seconds(0.0)
    promise_hours: str = ""  # the calendar that the promises count; empty: every hour
    join_empty: tuple[str, ...] = ()  # nobody may join when no agent is left but in these: EMPTY_FACTORS
    leave_empty: tuple[str, ...] = ()  # and who waits leaves
    preferred_s: Seconds = Seconds(0.0)  # how long the last agent is waited for
    script: str = ""
    dispositions: tuple[DispositionCode, ...] = ()
    caller_id: str = ""  # what those see whom the queue calls
    signature: str = ""  # under what is written from here; empty: the channel's own
    recording: str = "off"  # off, on_demand, always
    answer_tone: str = "zip"  # what the agent hears before the customer: one of ANSWER_TONES
    consent: str = ""  # said before a recording begins
    callback: str = "agent_first"  # whose phone rings first: agent_first, customer_first
    callback_tries: int = 3
    callback_retry_s: Seconds = Seconds(600.0)
    announcements: Announcements = field(default_factory=Announcements)
    overflow: QueueId = QueueId("")  # where work goes on to wait
    overflow_s: Seconds = Seconds(0.0)  # after so long; 0: never
    overflow_size: int = 0  # calls that come while so many wait; 0: never
    hours: str = ""  # a calendar; outside it no call waits here
    closed_say: tuple[Say, ...] = ()  # then: the words, and
    closed_queue: QueueId = QueueId("")  # another queue, or
    closed_voicemail: QueueId = QueueId("")  # a message for that queue, or good-bye
    text: str = ""  # who waits here types: tty, rtt, or ask


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptPage:
    """One page; `choices` are (label, page id) pairs, `must_read` lines are ticked with a time."""

    id: str
    title: str
    text: str
    must_read: tuple[str, ...] = ()
    fields: tuple[FormField, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the agent reads."""

    id: str
    title: str
    version: int = 1
    language: str = "en"
    pages: tuple[ScriptPage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFile:
    """A file that goes with a canned reply; the router keeps its bytes under `id`."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    path: str = ""  # where it lies, for the router alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A canned reply, or one variant of it: variants share their label."""

    id: str
    label: str
    text: str
    language: str = ""
    media: tuple[str, ...] = ()  # empty: every one
    files: tuple[TemplateFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEntry:
    """A person as the configuration names them; the password is set apart, never in the file."""

    id: AgentId
    name: str
    role: str = "agent"
    extension: str = ""
    team: str = ""
    queues: tuple[QueueId, ...] = ()
    skills: dict[SkillId, int] = field(default_factory=dict)
    limits: dict[MediumId, int] = field(default_factory=dict)
    places: dict[QueueId, Place] = field(default_factory=dict)
    capacity: int = 0  # units in hand at most; 0: only the media's own limits
    weight: int = 1  # the share of work by the selection "weighted": 1 to 99
    timers: float = 1.0  # offers and wrap-ups last so many times as long: 1 to 10
    auto_accept: bool = True  # false: nothing is answered by itself for this agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A telephone number of the centre and the flow it runs."""

    number: str
    flow: str
    text: str = ""  # its callers type: tty, rtt, or ask
    needs: tuple[str, ...] = ()  # what its callers need: relay, more_time, …; the call is tagged with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mail address of the centre: how mail comes in and goes out."""

    id: ChannelId
    address: str
    queue: QueueId
    name: str = ""
    signature: str = ""
    imap_host: str = ""
    imap_port: int = 993
    imap_tls: bool = True
    imap_starttls: bool = False  # with imap_tls off: made safe before the password is said
    imap_user: str = ""
    imap_password_file: str = ""
    imap_folder: str = "INBOX"
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_tls: str = "none"  # none, starttls, tls
    smtp_user: str = ""
    smtp_password_file: str = ""
    ownership: str = "assignee"  # who may reply: open, warn, assignee
    undo_s: Seconds = Seconds(10.0)  # a reply is held back for so long and can be called back
    aliases: tuple[str, ...] = ()  # other addresses of this mailbox
    dkim_selector: str = ""  # replies are signed (RFC 6376) with this key of the address's domain
    dkim_key_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSite:
    """A web chat: the page it may stand on and the queue it feeds."""

    id: ChannelId
    queue: QueueId
    title: str = "Chat with us"
    greeting: str = ""
    origins: tuple[str, ...] = ()
    ownership: str = "assignee"  # who may reply: open, warn, assignee
    mailbox: ChannelId = ChannelId("")  # where a letter goes while nobody is free; empty: nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A whole configuration."""

    name: str
    queues: dict[QueueId, Queue] = field(default_factory=dict)
    agents: dict[AgentId, AgentEntry] = field(default_factory=dict)
    skills: tuple[SkillId, ...] = ()
    reasons: tuple[Reason, ...] = ()
    decline_reasons: tuple[Reason, ...] = ()
    decline_needs_reason: bool = False  # a headset's one button and a bare `decline` cannot say one
    dispositions: dict[DispositionCode, Disposition] = field(default_factory=dict)
    scripts: dict[str, Script] = field(default_factory=dict)
    templates: tuple[Template, ...] = ()
    views: tuple[View, ...] = ()  # for everybody
    numbers: tuple[Number, ...] = ()
    flows: dict[str, Flow] = field(default_factory=dict)
    hours: dict[str, Hours] = field(default_factory=dict)
    mailboxes: tuple[Mailbox, ...] = ()
    chats: tuple[ChatSite, ...] = ()
    sms: tuple[SmsNumber, ...] = ()
    social: tuple[SocialAccount, ...] = ()
    languages: tuple[str, ...] = ("en",)
    trunks: tuple[str, ...] = ()  # addresses that may call besides loopback
    trunk_accounts: tuple[Trunk, ...] = ()
    routes: tuple[Route, ...] = ()
    limits: Limits = field(default_factory=Limits)
    exchange: Exchange = field(default_factory=Exchange)
    music: str = ""
    supervision: str = "told"  # told, private
    self_test: str = "offered"  # off, offered, required
    text_greeting: str = "HELLO, HOW CAN I HELP Q GA"  # typed into a silent call
    keep_captions: bool = True  # captions of calls go to the record
    wrapup_safety_s: Seconds = Seconds(900.0)  # a wrap-up with a limit is over after so long at the latest
    outbound_keeps_idle: bool = False  # calls that agents make leave the idle order alone
    away_s: Seconds = Seconds(1800.0)  # gone for so long without work in hand: logged out; 0: never
    keep_recordings_days: int = 0  # then they are erased; 0: never
    rules: tuple[Rule, ...] = ()  # in the order in which they are tried
    macros: tuple[Macro, ...] = ()
    relay_timers: float = 2.0  # so many times as long for customers who speak through a relay, or type
    text_skill: SkillId = SkillId("text")  # who serves calls in which the customer types; empty: anybody
