"""The work of the scripted desktop: the inbox, and the conversation with the people of the drawings."""

from __future__ import annotations

from collections.abc import Sequence

from agent_desktop.viewmodels.conversation import (
    AttachmentView,
    ComposerView,
    ConversationView,
    ItemKind,
    Mode,
    Template,
    TimelineItemView,
)
from agent_desktop.viewmodels.inbox import Chip, InboxRow, InboxView, Tab
from agent_desktop.viewmodels.parts import Badge, Button, Empty, Tone


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
