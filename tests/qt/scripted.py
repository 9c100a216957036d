"""A desktop that says what it is told: the people of the drawings, for the window's tests and pictures.

It keeps the rules of `viewmodels.surface.Surface`: `act` records what the agent did, `change` replaces
views and tells the listeners once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from agent_desktop.viewmodels.conversation import (
    AttachmentView,
    ComposerView,
    ConversationView,
    ItemKind,
    Mode,
    Template,
    TimelineItemView,
)
from agent_desktop.viewmodels.inbox import Chip, InboxRow, InboxView, RowChange, Tab
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.offers import OfferCard
from agent_desktop.viewmodels.palette import PaletteItem, PaletteView
from agent_desktop.viewmodels.parts import Badge, Button, Empty, Field, Tone
from agent_desktop.viewmodels.side import (
    Article,
    Code,
    CustomerCard,
    Fact,
    HistoryLine,
    KnowledgeView,
    Order,
    ScriptView,
    SideTab,
    SideView,
    Tick,
    WrapUpView,
)
from agent_desktop.viewmodels.signin import Check, SignInView
from agent_desktop.viewmodels.surface import Part, Refresh
from agent_desktop.viewmodels.topbar import CallCard, StateView, StatusView, TopBarView
from agent_desktop.viewmodels.window import DesktopView, MainView, RailItem

ALL_PARTS: frozenset[Part] = frozenset(
    {
        "window",
        "signin",
        "topbar",
        "inbox",
        "conversation",
        "side",
        "offers",
        "notices",
        "palette",
        "composer",
    }
)


def row(  # noqa: PLR0917 - a table of rows reads best without names
    number: int,
    title: str,
    initials: str,
    medium: str,
    age: str,
    line: str,
    tags: Sequence[str],
    badge: Badge | None = None,
    *,
    unread: int = 0,
    selected: bool = False,
    typing: bool = False,
) -> InboxRow:
    words = ", ".join([title, medium, age, line, *tags, badge.text if badge else ""])
    return InboxRow(
        f"i{number}",
        f"c{number}",
        medium,
        medium,
        initials,
        title,
        age,
        line,
        tuple(tags),
        badge,
        unread,
        typing,
        selected,
        medium == "voice",
        words,
    )


ROWS = (
    row(
        1,
        "Amina Yusuf",
        "AY",
        "voice",
        "now",
        "On call · delivery of order 48213",
        ("Support", "VIP"),
        Badge("on call", Tone.OK),
        selected=True,
    ),
    row(
        2,
        "Jordan Diaz",
        "JD",
        "chat",
        "1 min",
        "Is the blue one back in stock?",
        ("Web chat",),
        Badge("-0:12", Tone.DANGER),
        unread=2,
    ),
    row(
        3,
        "Priya Kulkarni",
        "PK",
        "email",
        "12 min",
        "Re: Invoice 2231 charged twice",
        ("Billing",),
        Badge("18:04", Tone.WARNING),
        unread=1,
    ),
    row(
        4,
        "+44 7700 900123",
        "+4",
        "sms",
        "25 min",
        "YES please move it to Friday",
        ("SMS",),
        Badge("2:35:00", Tone.OK),
    ),
    row(
        5,
        "@lena_craft",
        "@L",
        "social",
        "1 h",
        "Third day without an answer, really?",
        ("Social", "negative"),
        Badge("24:10", Tone.WARNING),
    ),
    row(
        6,
        "Tom Meyer",
        "TM",
        "tty",
        "2 h",
        "TTY call · 3 min · wrap-up open",
        ("Relay",),
        Badge("wrap-up", Tone.WARNING),
    ),
)

CALL_BUTTONS = (
    Button("call.mute", "Mute", "mute", "Ctrl+M"),
    Button("call.hold", "Hold", "hold", "Ctrl+H"),
    Button("call.transfer", "Transfer", "transfer", "Ctrl+T"),
    Button("call.dtmf", "Keypad", "keypad", "Ctrl+Shift+K"),
    Button("text.on", "TTY", "tty", reason="The centre's server does not offer this yet."),
    Button("call.end", "End", "end", "Ctrl+Shift+End", tone=Tone.DANGER),
)
AMINA = CallCard(
    "i1",
    "call-1",
    "Amina Yusuf",
    "04:27",
    (Badge("● REC", Tone.PLAIN, "Recording"),),
    Tone.OK,
    quiet=False,
    muted=False,
    spoken="Call with Amina Yusuf, 4 minutes 27 seconds, recording",
    buttons=CALL_BUTTONS,
    sent_db=-18.0,
    received_db=-24.0,
)
OKAFOR = CallCard(
    "i9",
    "call-2",
    "D. Okafor",
    "0:48",
    (Badge("held", Tone.PLAIN),),
    Tone.WARNING,
    quiet=True,
    muted=False,
    spoken="Call with D. Okafor, on hold for 48 seconds",
    buttons=(Button("call.resume", "Resume", "resume", "Ctrl+H"),),
)

TOPBAR = TopBarView(
    "Mateo Rossi",
    "MR",
    StateView(
        "Ready",
        Tone.OK,
        "check",
        "02:13",
        "",
        "Ready for 2 minutes 13 seconds",
        (
            Button("agent.ready", "Ready", "check", checked=True),
            Button("agent.not_ready", "Break", "clock", args=(("reason", "break"),)),
            Button("agent.not_ready", "Lunch", "clock", args=(("reason", "lunch"),)),
            Button("agent.not_ready", "Training", "clock", args=(("reason", "training"),)),
        ),
    ),
    (Badge("3 waiting · 0:41", Tone.PLAIN, "3 waiting, oldest 41 seconds"), Badge("SL 86 %", Tone.OK)),
    StatusView("Connected", Tone.OK, "connected", "The server answers in 12 ms."),
    StatusView("6001", Tone.OK, "phone", "The phone is registered as 6001."),
    (AMINA,),
    Button("palette.open", "Search or run…", "search", "Ctrl+K"),
    Button("session.end", "Sign out", "close"),
)

RAIL = (
    RailItem("inbox", "Inbox", "inbox", "Ctrl+1", selected=True),
    RailItem("phone", "Phone", "phone", "", selected=False),
    RailItem("customers", "Customers", "customers", "", selected=False),
    RailItem("knowledge", "Knowledge", "knowledge", "", selected=False),
    RailItem("supervisor", "Supervisor", "supervisor", "", selected=False, reason="For supervisors only."),
    RailItem("reports", "Reports", "reports", "", selected=False, reason="Not there yet."),
    RailItem("settings", "Settings", "settings", "", selected=False),
)

INBOX = InboxView(
    (
        Tab("mine", "Mine", 6, selected=True),
        Tab("queue", "Queue", 14, selected=False),
        Tab("all", "All", None, selected=False),
    ),
    (
        Chip("", "All", "", selected=True),
        Chip("voice", "Calls", "voice", selected=False),
        Chip("email", "Email", "email", selected=False),
        Chip("chat", "Chat", "chat", selected=False),
        Chip("sms", "SMS", "sms", selected=False),
        Chip("social", "Social", "social", selected=False),
    ),
    6,
    0,
    loading=False,
    empty=None,
)

ITEMS = (
    TimelineItemView(ItemKind.DAY, "d1", "Yesterday", accessible="Yesterday"),
    TimelineItemView(
        ItemKind.IN,
        "m1",
        "Hello, my parcel shows “delivered” but nothing arrived. Order 48213.",
        "Amina Yusuf",
        "Email · 16:02",
        "email",
        attachments=(AttachmentView("f1", "tracking.pdf", "84 KB", "application/pdf"),),
        quoted="> Your order is on its way",
        accessible="Amina Yusuf, email, 16:02: Hello, my parcel…",
    ),
    TimelineItemView(
        ItemKind.OUT,
        "m2",
        "I'm sorry, Amina. I have opened a search with the courier and will call you tomorrow.",
        "You",
        "You · 16:20 · read",
        "email",
        accessible="You, email, 16:20: I'm sorry, Amina…",
    ),
    TimelineItemView(ItemKind.DAY, "d2", "Today", accessible="Today"),
    TimelineItemView(
        ItemKind.CALL,
        "k1",
        "Inbound · 2 Orders → 1 Delivery · waited 0:22",
        "",
        "09:38",
        "voice",
        badges=(Badge("Call", Tone.OK), Badge("04:27", Tone.PLAIN, "length 4 minutes 27 seconds")),
        accessible="Call, inbound, waited 22 seconds, 4 minutes 27 seconds so far",
    ),
    TimelineItemView(
        ItemKind.SYSTEM, "s1", "Amina Yusuf was recognised by her number", accessible="Amina Yusuf was…"
    ),
    TimelineItemView(
        ItemKind.NOTE,
        "n1",
        "Courier ref CX-99120. Refund limit without approval: 50 €.",
        "You",
        "Note · you · only the team sees this",
        "note",
        accessible="Note, you: Courier ref CX-99120…",
    ),
)

COMPOSER = ComposerView(
    "Reply by email to amina@example.com",
    "Write a reply…",
    (
        Mode("email", "Reply by email", "email", selected=True),
        Mode("sms", "SMS", "sms", selected=False),
        Mode("note", "Note", "note", selected=False),
    ),
    "c1:email",
    "Dear Amina, as just discussed a replacement leaves today and will reach you on Friday.",
    "Draft saved 09:41",
    "",
    Button("composer.send", "Send", "send", "Ctrl+Return", tone=Tone.ACCENT),
    (Template("t1", "Parcel search opened", "…"), Template("t2", "Refund sent", "…", ("order.value",))),
)

CONVERSATION = ConversationView(
    "i1",
    "c1",
    "Delivery of order 48213",
    "Amina Yusuf · Support · routed to you: Arabic ≥ 3, last spoke with you",
    "voice",
    Tone.OK,
    ("Arabic at level 3 or better", "She last spoke with you", "You were idle longest"),
    (
        Button("why", "Why did I get this?", "help", "Ctrl+Shift+W"),
        Button("interaction.park", "Park", "snooze", "Ctrl+Shift+P"),
        Button("call.transfer", "Transfer", "assign", "Ctrl+T"),
        Button("interaction.end", "Done", "resolve", "Ctrl+Shift+D", tone=Tone.ACCENT),
    ),
    ITEMS,
    COMPOSER,
)

ARTICLES = (
    Article(
        "a1",
        "Parcel marked delivered, not received",
        "Ask both neighbours, open a courier search, replace after 24 h.",
        "1. Ask whether a neighbour or the porter took it.\n2. Open a search with the courier: CX number.\n"
        "3. After 24 hours without a trace send a replacement.",
        Button("knowledge.insert", "Insert", "article", args=(("id", "a1"),)),
    ),
    Article(
        "a2",
        "Refund limits per role",
        "Agents up to 50 €, team leads up to 250 €.",
        "",
        Button("knowledge.insert", "Insert", "article", args=(("id", "a2"),)),
    ),
)

CUSTOMER = CustomerCard(
    "u1",
    known=True,
    name="Amina Yusuf",
    initials="AY",
    line="Customer since 2019 · Casablanca 10:42",
    alerts=(),
    tags=("VIP",),
    facts=(
        Fact("Phone", "+212 522 000 147", Badge("verified", Tone.PLAIN)),
        Fact("Email", "amina@example.com"),
        Fact("Language", "Arabic, French"),
        Fact("Lifetime", "2 184 €"),
        Fact("Churn risk", "", Badge("elevated 0.61", Tone.WARNING)),
        Fact("CSAT / NPS", "4.2 / 9"),
    ),
    orders=(
        Order("48213", "48213 · Lamp “Nour”", Badge("missing", Tone.DANGER)),
        Order("47120", "47120 · Rug 160 by 230", Badge("delivered", Tone.OK)),
    ),
    history=(
        HistoryLine(
            "h1",
            "c5",
            "email",
            "14 Mar · Where is my invoice? · 4 min",
            "14 March, email: Where is my invoice?",
        ),
        HistoryLine("h2", "c6", "chat", "02 Feb · Size exchange · CSAT 5", "2 February, chat: Size exchange"),
        HistoryLine("h3", "c7", "voice", "11 Jan · Late delivery · 6:12", "11 January, call: Late delivery"),
    ),
)

SCRIPT = ScriptView(
    "s1",
    "Delivery problems · version 3",
    "p2",
    "Parcel is missing",
    "“I am sorry that your parcel has not reached you, Amina. I will look for it right now. May I ask if "
    "a neighbour took it?”",
    (
        Tick("l1", "This call is recorded for quality.", ticked=True, at="09:38"),
        Tick(
            "l2",
            "The refund takes up to five working days after we have received the parcel back.",
            ticked=False,
        ),
    ),
    (
        Field("neighbour", "Asked neighbours", "check", "yes"),
        Field("ref", "Courier reference", "text", "CX-99120"),
    ),
    (
        Button("script.go", "Neighbour has it", "chevron-right", args=(("page", "p3"),)),
        Button("script.go", "Nobody has it", "chevron-right", args=(("page", "p4"),)),
    ),
    Button("script.back", "Back", "back"),
)

WRAPUP = WrapUpView(
    "i1",
    "Wrap-up",
    "0:48 left",
    Tone.WARNING,
    warn=False,
    extend=Button("wrapup.extend", "+30 s", "plus", "Ctrl+Shift+E"),
    query="",
    codes=(
        Code("sent", "Replacement sent", "1", 0, selectable=True, selected=True),
        Code("refund", "Refund", "2", 0, selectable=True, selected=False),
        Code("callback", "Call back", "3", 0, selectable=True, selected=False),
        Code("courier", "Passed to courier", "4", 0, selectable=True, selected=False),
    ),
    fields=(
        Field("order", "Order", "text", "48213", required=True),
        Field("ship", "Ship by", "date", "2026-11-27", required=True),
        Field("why", "Reason", "choice", "Lost on the way", choices=("Broken on arrival", "Lost on the way")),
    ),
    note="Courier cannot find it. Replacement leaves today, not before Friday.",
    survey_offered=True,
    survey=True,
    errors=(),
    finish=Button("wrapup.finish", "Finish", "check", "Ctrl+Return", tone=Tone.ACCENT),
)


def side(tab: str) -> SideView:
    names = (
        ("customer", "Customer"),
        ("script", "Script"),
        ("knowledge", "Knowledge"),
        ("wrapup", "Wrap-up"),
    )
    return SideView(
        tab,
        tuple(SideTab(i, label, selected=i == tab) for i, label in names),
        pinned=False,
        pin=Button("side.pin", "Keep this tab", "star", checked=False),
        customer=CUSTOMER,
        script=SCRIPT,
        knowledge=KnowledgeView("", ARTICLES),
        wrapup=WRAPUP,
    )


OFFER = OfferCard(
    "o1",
    "i20",
    "voice",
    "voice",
    "Lena Brandt",
    "LB",
    "Support · waited 0:22 · German · knows you",
    "2 Orders → 1 Delivery · last contact yesterday by email",
    ("German at level 4", "She last spoke with you"),
    "0:22",
    14,
    0.7,
    expired=False,
    answer=Button("offer.accept", "Answer", "answer", "F2", args=(("id", "o1"),), tone=Tone.OK),
    decline=Button("offer.decline", "Decline", "decline", "F3", args=(("id", "o1"),)),
    decline_reasons=(
        Button("offer.decline", "Wrong skill", args=(("id", "o1"), ("reason", "skill"))),
        Button("offer.decline", "Not at my desk", args=(("id", "o1"), ("reason", "away"))),
    ),
    spoken="Incoming call from Lena Brandt, Support, waited 22 seconds",
)

PALETTE = PaletteView(
    "",
    (
        PaletteItem(
            "My state",
            "Ready",
            "Be offered work.",
            Button("agent.ready", "Ready", "check", "Ctrl+Shift+R"),
            "Ready, my state",
        ),
        PaletteItem(
            "Call", "Call", "Call a number.", Button("call.dial", "Call", "phone", "Ctrl+D"), "Call a number"
        ),
        PaletteItem(
            "Call",
            "Hold",
            "The customer hears music.",
            Button("call.hold", "Hold", "hold", "Ctrl+H"),
            "Hold, call",
        ),
        PaletteItem(
            "Customer",
            "Amina Yusuf",
            "amina@example.com · Casablanca",
            Button("customer.open", "Amina", "customers"),
            "Customer Amina Yusuf",
        ),
        PaletteItem(
            "Article",
            "Refund limits per role",
            "Agents up to 50 €",
            Button("article.open", "Refund", "article"),
            "Article Refund limits per role",
        ),
        PaletteItem(
            "View",
            "Script",
            "Show what to say.",
            Button("go.script", "Script", "article", "Ctrl+3", reason="This queue has no script."),
            "Script",
        ),
    ),
)


def _target(group: str, title: str, detail: str, target: str) -> PaletteItem:
    press = Button("call.transfer", title, args=(("target", target),))
    return PaletteItem(group, title, detail, press, f"{title}, {detail}")


TARGETS = (
    _target("Queues", "Support", "3 ready, 2 waiting", "support"),
    _target("Queues", "Billing", "1 ready, 0 waiting", "billing"),
    _target("Agents", "Chen Wei", "Ready", "chen"),
    _target("Agents", "Sara Lind", "Lunch", "sara"),
)

SIGNIN = SignInView(
    "Sign in",
    "nordlight.example · version 0.1",
    "http://127.0.0.1:8080",
    "mateo",
    remember=True,
    can_remember=True,
    remember_note="The password is kept in this computer's keyring.",
    password_known=False,
    busy=False,
    error="",
    sign_in=Button("signin", "Sign in", tone=Tone.ACCENT),
    checks=(
        Check("headset", "Headset · Jabra Evolve2", Badge("hears you", Tone.OK)),
        Check("phone", "Phone · 6001", Badge("registered", Tone.OK)),
        Check("router", "Router", Badge("connected, 12 ms", Tone.OK)),
        Check("echo", "Echo test", Badge("not yet", Tone.WARNING)),
    ),
)

EMPTY_CONVERSATION = ConversationView(
    "",
    "",
    "",
    "",
    "",
    Tone.PLAIN,
    (),
    (),
    (),
    None,
    empty=Empty(
        "Nothing is open",
        "Choose a conversation from the inbox. A new offer opens by itself when you answer it.",
        Button("go.inbox", "Go to the inbox", "inbox", "Ctrl+1"),
    ),
)


@dataclass
class Scripted:
    """The surface; every view can be replaced by `change`."""

    signed_in: bool = True
    signin_view: SignInView = SIGNIN
    topbar_view: TopBarView = TOPBAR
    inbox_view: InboxView = INBOX
    rows: Sequence[InboxRow] = ROWS
    conversation_view: ConversationView = CONVERSATION
    side_view: SideView = field(default_factory=lambda: side("customer"))
    offers_view: tuple[OfferCard, ...] = ()
    notices_view: tuple[Notice, ...] = ()
    palette_view: PaletteView | None = None
    rail: tuple[RailItem, ...] = RAIL
    refusal: str = ""
    acts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    signed: list[dict[str, object]] = field(default_factory=list)
    listeners: list[Callable[[Refresh], None]] = field(default_factory=list)
    pumped: int = 0

    def change(
        self,
        rows_changed: tuple[RowChange, ...] = (),
        announcements: tuple[Announcement, ...] = (),
        parts: frozenset[Part] = ALL_PARTS - {"composer"},
        **views: object,
    ) -> None:
        for name, value in views.items():
            setattr(self, name, value)
        for listener in list(self.listeners):
            listener(Refresh(parts, rows_changed, announcements))

    def subscribe(self, listener: Callable[[Refresh], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def pump(self) -> None:
        self.pumped += 1

    def close(self) -> None:
        self.listeners.clear()

    def act(self, action: str, **arguments: str) -> str:
        self.acts.append((action, arguments))
        return self.refusal

    def write(self, text: str) -> None:
        self.written.append(text)

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        self.signed.append({"server": server, "user": user, "password": password, "remember": remember})

    def view(self) -> DesktopView:
        if not self.signed_in:
            return DesktopView("Sign in · agent-desktop", self.signin_view, None)
        main = MainView(
            self.rail,
            self.topbar_view,
            self.inbox_view,
            self.conversation_view,
            self.side_view,
            self.offers_view,
            self.notices_view,
            self.palette_view,
        )
        return DesktopView("Delivery of order 48213 · agent-desktop", None, main)

    def signin(self) -> SignInView:
        return self.signin_view

    def topbar(self) -> TopBarView:
        return self.topbar_view

    def inbox(self) -> InboxView:
        return self.inbox_view

    def inbox_row(self, index: int) -> InboxRow:
        return self.rows[index]

    def conversation(self) -> ConversationView:
        return self.conversation_view

    def side(self) -> SideView:
        return self.side_view

    def offers(self) -> tuple[OfferCard, ...]:
        return self.offers_view

    def notices(self) -> tuple[Notice, ...]:
        return self.notices_view

    def palette(self) -> PaletteView | None:
        return self.palette_view

    def transfer_targets(self, query: str = "") -> tuple[PaletteItem, ...]:
        wanted = query.casefold()
        return tuple(item for item in TARGETS if wanted in item.title.casefold())


def two_calls() -> TopBarView:
    state = replace(
        TOPBAR.state, label="On a call", tone=Tone.DANGER, timer="03:12", next_label="next: Lunch"
    )
    return replace(TOPBAR, state=state, calls=(OKAFOR, AMINA))
