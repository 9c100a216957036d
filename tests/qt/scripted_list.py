"""The list of the scripted desktop: views and filters, watchers, works on many, what can be chosen."""

from __future__ import annotations

from dataclasses import replace

from scripted_work import INBOX, ROWS

from agent_desktop.viewmodels.bulk import BulkView
from agent_desktop.viewmodels.choosing import Choice, ChooserView
from agent_desktop.viewmodels.conversation_row import Marks
from agent_desktop.viewmodels.filters import FilterChip, FilterView
from agent_desktop.viewmodels.inbox import InboxRow, InboxView, Tab
from agent_desktop.viewmodels.parts import Badge, Button, Field, Tone
from agent_desktop.viewmodels.unsent import UnsentRow, UnsentView
from agent_desktop.viewmodels.views import ViewHead
from agent_desktop.viewmodels.watching import WatcherMark

REPLYING = WatcherMark("SL", "Sara Lindqvist is replying", "SL replying", active=True, idle=False)
VIEWING = WatcherMark("NH", "Noor Haddad is looking at it", "NH viewing", active=False, idle=False)
MARKS = (
    Marks(),
    Marks(watchers=(REPLYING, VIEWING)),
    Marks(watchers=(VIEWING,)),
    Marks(owner="Chen Wei"),
    Marks(waiting="Waits to be sent"),
    Marks(snoozed="Snoozed until 23 Nov, 09:00"),
)
BADGES = (ROWS[0].badge, ROWS[1].badge, ROWS[2].badge, ROWS[3].badge, Badge("resolved", Tone.MUTED),
          Badge("until 23 Nov, 09:00", Tone.MUTED))  # fmt: skip


def _marked(picked: tuple[int, ...] = ()) -> tuple[InboxRow, ...]:
    return tuple(
        replace(row, marks=replace(MARKS[n], picked=n in picked), badge=BADGES[n], typing=n == 3,
                line="writing…" if n == 3 else row.line)
        for n, row in enumerate(ROWS)
    )  # fmt: skip


WATCHED = _marked()
PICKED = _marked((1, 2, 4))
TABS = (
    Tab("mine", "Mine", 6, selected=False),
    Tab("queue", "Queue", 14, selected=False),
    Tab("all", "All", None, selected=False),
    Tab("views", "Views", None, selected=True),
)
LISTS = (*(replace(tab, selected=tab.id == "mine") for tab in TABS[:3]), replace(TABS[3], selected=False))


def _chip(label: str, field: str) -> FilterChip:
    press = Button("filter.set", label, args=(("field", field), ("value", "")))
    return FilterChip(f"Take away: {label}", press)


CHOOSE = Button("views.list", "Unanswered, changed", "inbox", "Ctrl+Shift+V")
FILTER = Button("filter.open", "Filter", "filter", "Ctrl+Shift+F")
HEAD = ViewHead(
    "Unanswered, changed",
    "128",
    (_chip("Open", "states"), _chip("Email", "media"), _chip("#vip", "tags"), _chip("Late", "late")),
    CHOOSE,
    FILTER,
    (
        Button("views.save", "Save as…", "star"),
        Button("views.rename", "Rename…", "note"),
        Button("views.remove", "Remove", "close"),
    ),
    "View Unanswered, changed, 128",
)
PLAIN_HEAD = replace(HEAD, label="Unassigned", count="1000+", chips=(), acts=(),
                     choose=replace(CHOOSE, label="Unassigned"), spoken="View Unassigned, 1000+")  # fmt: skip
VIEW = InboxView(TABS, INBOX.chips, 6, 0, loading=False, empty=None, head=HEAD)
ACTS = (
    Button("conversation.assign", "Assign", "assign", "Ctrl+Shift+A"),
    Button("conversation.tag", "Tag", "tag", "Ctrl+Shift+B"),
    Button("conversation.snooze", "Snooze", "snooze", "Ctrl+Shift+H"),
    Button("conversation.resolve", "Resolve", "resolve", "F9"),
    Button("conversation.reopen", "Reopen", "back", reason="It is open already."),
    Button("conversation.prioritise", "Priority", "up"),
    Button("conversation.annotate", "Note", "note"),
)
PICKING = BulkView(3, "3 picked", ACTS, Button("bulk.none", "Let go", "close"))
GOING_ON = BulkView(
    0, "Resolving: 18 of 40", (), None, 0.45, Button("bulk.stop", "Stop", "stop"),
)  # fmt: skip
DONE = BulkView(
    0,
    "Resolved: 38 conversations. 2 refused.",
    (),
    None,
    undo=Button("bulk.undo", "Undo, 8 s", "back", "F8"),
    refused=(
        "Priya Kulkarni: Invoice 2231: A newer message came. Read it first.",
        "@lena_craft: Sara Lindqvist has taken it since.",
    ),
    dismiss=Button("bulk.dismiss", "Dismiss", "close"),
    tone=Tone.WARNING,
)
CLOSE = Button("choose.close", "Close", "close")


def _choice(key: str, icon: str, name: str, detail: str = "", badge: Badge | None = None) -> Choice:
    press = Button("conversation.snooze", name, args=(("id", "c1"), ("value", key)))
    return Choice(key, icon, name, detail, badge, press, f"{name}, {detail}")


SNOOZE = ChooserView(
    "snooze:c3:", "Snooze", "Priya Kulkarni: Invoice 2231 charged twice", "", "Until when?",
    "tomorrow, 3d, 14:30, 2026-11-27 9:00",
    (
        _choice("later", "snooze", "Later today", "12:30"),
        _choice("tomorrow", "snooze", "Tomorrow, 9:00", "28 Nov, 09:00"),
        _choice("monday", "snooze", "Monday, 9:00", "30 Nov, 09:00"),
        _choice("week", "snooze", "In a week", "4 Dec, 09:00"),
        _choice("reply", "snooze", "Until the customer writes"),
    ),
    "", CLOSE,
)  # fmt: skip
ASSIGN = ChooserView(
    "assign:c3:", "Assign", "3 conversations", "", "Whom to?", "Name or queue",
    (
        _choice("me", "assign", "Me", "Mateo Ruiz"),
        _choice("sara", "customers", "Sara Lindqvist", "", Badge("Ready", Tone.OK)),
        _choice("noor", "customers", "Noor Haddad", "", Badge("Wrap-up", Tone.WARNING)),
        _choice("billing", "inbox", "Billing", "3 ready, 4 waiting"),
        _choice("nobody", "back", "Nobody: back to its queue"),
    ),
    "", CLOSE,
)  # fmt: skip
MERGE = ChooserView(
    "survivor:c3:c9", "Which one stays?", "The messages of the other go into it. It can be undone.", "",
    "Which one stays?", "",
    (
        _choice("c3", "email", "Keep Priya Kulkarni: Invoice 2231 charged twice",
                "Invoice 2231 charged twice · Email · 14 messages · 12m"),
        _choice("c9", "sms", "Keep Priya Kulkarni: Text message",
                "Is my refund on its way? · SMS · 2 messages · 1h"),
    ),
    "", CLOSE,
)  # fmt: skip
VIEWS = ChooserView(
    "views::", "Views", "", "", "Which view?", "Name",
    (
        _choice("v1", "inbox", "Unassigned", "Alt+1", Badge("1000+")),
        _choice("v2", "inbox", "Unanswered", "shown now · Alt+2", Badge("128")),
        _choice("v3", "inbox", "Late", "Alt+3", Badge("4")),
        _choice("v4", "inbox", "VIP by promise", "", Badge("12")),
    ),
    "", CLOSE,
)  # fmt: skip
FORM = FilterView(
    "Filter",
    (
        Field("text", "Words", "text", "invoice"),
        Field("states", "State", "one", "Open", choices=("Any state", "Open", "Snoozed", "Resolved")),
        Field("media", "Medium", "one", "Email", choices=("Any medium", "Email", "Chat", "SMS", "Social")),
        Field("queues", "Queue", "one", "Any queue", choices=("Any queue", "Support", "Billing")),
        Field("agents", "Whose", "one", "Anybody", choices=("Anybody", "Me", "Nobody", "Sara Lindqvist")),
        Field("tags", "Tags", "text", "vip"),
        Field("unread", "Unread", "check", ""),
        Field("late", "Late", "check", "yes"),
        Field("followed", "Followed by me", "check", ""),
        Field("order", "Order", "one", "Newest first",
              choices=("Newest first", "Oldest first", "Promise that is due first")),
    ),
    "128 conversations",
    Button("views.save", "Save as a view…", "star"),
    Button("filter.clear", "Clear the filter", "close"),
    Button("filter.close", "Close", "close"),
)  # fmt: skip


def _unsent(key: str, what: str, whom: str, text: str, badge: Badge, *, error: str = "") -> UnsentRow:
    about = (("id", key),)
    names = ["unsent.retry"] if error else []
    labels = {"unsent.retry": "Send anyway", "unsent.edit": "Edit", "unsent.open": "Open",
              "unsent.discard": "Discard"}  # fmt: skip
    names += ["unsent.edit", "unsent.open", "unsent.discard"]
    acts = tuple(Button(name, labels[name], args=about) for name in names)
    said = f"{what}, {whom}, {badge.text}"
    return UnsentRow(key, what, text, whom, "14:05", badge, error, acts, "c1", said)


UNSENT = UnsentView(
    "Unsent",
    "Offline since 14:05. You can read, search, write, tag, assign and wrap up; it is sent when the "
    "server is back.",
    (
        _unsent("r1", "Reply", "Priya Kulkarni", "Dear Priya, the second charge was taken back today.",
                Badge("not sent", Tone.DANGER), error="A newer message came meanwhile. Read it first."),
        _unsent("r2", "Tags", "Jordan Diaz", "+refund", Badge("waiting to be sent", Tone.WARNING)),
        _unsent("r3", "Resolve", "@lena_craft", "", Badge("waiting to be sent", Tone.WARNING)),
    ),
    2, 1, shown=True, close=Button("unsent.close", "Close", "close"),
)  # fmt: skip


def with_bulk(bulk: BulkView, *, view: bool = False) -> InboxView:
    """The list with the bar under it."""
    return replace(VIEW if view else replace(INBOX, tabs=LISTS), bulk=bulk)
