"""Writing on the scripted desktop: a reply that is held, what stands in the way, files, a macro, a note."""

from __future__ import annotations

from dataclasses import replace

import scripted_work

from agent_desktop.viewmodels.conversation import (
    AttachmentView,
    ComposerView,
    FileChip,
    Held,
    ItemKind,
    Mode,
    Strip,
    Template,
    TimelineItemView,
)
from agent_desktop.viewmodels.macros import MacroStepView, MacroView
from agent_desktop.viewmodels.parting import ForwardView
from agent_desktop.viewmodels.parts import Badge, Button, Tone

KEY = "c1/reply/0"
MODES = (
    Mode("reply", "Reply by email", "email", selected=True),
    Mode("channel:sms1", "SMS", "sms", selected=False),
    Mode("note", "Note", "note", selected=False),
)
TEMPLATES = (
    Template("t1", "Parcel search opened", "Dear Amina, I have opened a search with the courier.", (),
             "Dear Amina, I have opened a search with the courier.", 12, "en", (), "Parcel search opened"),
    Template("t2", "Refund sent", "Your refund of {order.value} is on its way.", ("order.value",),
             "Your refund of {order.value} is on its way.", 4, "en", (), "Refund sent. without order.value"),
    Template("t3", "Returns form", "The form is attached.", (), "The form is attached.", 0, "en",
             ("returns.pdf",), "Returns form"),
)  # fmt: skip
AFTER = tuple(
    Button("composer.after", label, checked=on, args=(("after", key),))
    for key, label, on in (
        ("stay", "Stay here after sending", True),
        ("next", "Go to the next after sending", False),
        ("close", "Close it after sending", False),
    )
)
COMPOSER = ComposerView(
    "Reply by email to amina@example.com",
    "Write to Amina Yusuf",
    MODES,
    KEY,
    "Dear Amina, as just discussed a replacement leaves today and will reach you on Friday.",
    "Draft saved 09:41",
    "",
    Button("composer.send", "Send", "send", "Ctrl+Return", args=(("draft", KEY),), tone=Tone.ACCENT),
    TEMPLATES,
    conversation="c1",
    recipient="To Amina Yusuf <amina@example.com>, by email from help@nordlight.example",
    copies="",
    attach=Button("file.attach", "Attach", "attach", args=(("draft", KEY),)),
    limits="Files up to 25 MB: pdf, png",
    after=AFTER,
    share=Button("draft.share", "Show my draft to colleagues", "listen", checked=False),
)
ANYWAY = Button("composer.anyway", "Send anyway", args=(("draft", KEY),))
NEWER = Strip(
    "newer_message",
    "Amina Yusuf wrote while you were writing: read it, then send.",
    ("Amina Yusuf, 09:42: Wait, it has just arrived! The neighbour had it. Sorry for the trouble.",),
    (Button("composer.seen", "I have read it", "check", args=(("draft", KEY),)), ANYWAY),
    stops=True,
)
COLLISION = Strip(
    "other_draft",
    "Sara Lindqvist is writing a reply too. Agree who sends.",
    ("Sara Lindqvist: Dear Amina, we have sent a second lamp this morning.",),
    (ANYWAY,),
    stops=True,
)
BOT = Strip(
    "bot",
    "Nora speaks here now. Stop it first, or both of you answer.",
    (),
    (Button("bot.stop", "Stop the bot", "stop"), ANYWAY),
    stops=True,
)
FILES = (
    FileChip("f1", "returns-form.pdf", "84 KB",
             Button("file.remove", "Remove", "close", args=(("file", "f1"),))),
    FileChip("u1", "photo of the parcel at the neighbour's door.png", "uploading, 40 %",
             Button("file.remove", "Remove", "close", args=(("file", "u1"),)), 0.4),
    FileChip("u2", "invoice.pdf", "the scanner found something in it",
             Button("file.remove", "Remove", "close", args=(("file", "u2"),)), 1.0, error=True),
)  # fmt: skip
UNDO = Button(
    "composer.undo", "Undo send", "back", "Ctrl+Z", args=(("conversation", "c1"), ("message", "m9"))
)
HELD = Held("Goes to amina@example.com in 8 s", UNDO, 0.8)
ACTS = (
    Button("forward.open", "Forward", "transfer", args=(("conversation", "c1"), ("message", "m1"))),
    Button("message.why", "Why is this here?", "help", args=(("conversation", "c1"), ("message", "m1"))),
    Button(
        "split.choose", "Does not belong here…", "check", args=(("conversation", "c1"), ("message", "m1"))
    ),
)


def _item(index: int, **changes: object) -> TimelineItemView:
    return replace(scripted_work.ITEMS[index], acts=ACTS, **changes)  # type: ignore[arg-type]  # a row's fields


GOING = _item(2, id="m9", meta="Email · You · 09:42", delivery=Badge("held, 8 s", Tone.WARNING), recover=UNDO,
              text="Dear Amina, a replacement leaves today.")  # fmt: skip
FAILED = _item(
    2, id="m8", text="The tracking number is CX-99120.", meta="Email · You · 16:31",
    delivery=Badge("failed", Tone.DANGER, "failed: No such mailbox."),
    recover=Button("message.retry", "Send again", "swap", args=(("message", "m8"),)),
)  # fmt: skip
ODD = _item(
    1,
    warnings=("The name says “Amina Yusuf”, the address is new for her.",),
    protection="Signed by amina@example.com: the signature is good",
    threading_reason="Joined here because it answers your message of 16:20 (In-Reply-To).",
    attachments=(
        AttachmentView("f1", "tracking.pdf", "84 KB", "application/pdf", state="saved as tracking.pdf"),
        AttachmentView("f2", "label.exe", "1.2 MB", "application/x-msdownload",
                       blocked="kept back: the scanner found something in it"),
    ),
)  # fmt: skip
HERE = Strip(
    "draft:a8", "Sara Lindqvist shows a note that is being written:", ("Courier says: at the neighbour's.",),
    tone=Tone.ACCENT,
)  # fmt: skip
MERGED = Strip(
    "merged", "1 conversation was merged into this one.", (),
    (Button("conversation.unmerge", "Undo the merge"),), Tone.ACCENT,
)  # fmt: skip
SPLITTING = Strip(
    "splitting", "1 message is chosen for a conversation of its own.", (),
    (Button("split.send", "Split", "conference", tone=Tone.ACCENT), Button("split.close", "Cancel", "close")),
    Tone.ACCENT,
)  # fmt: skip
NOTE = replace(
    COMPOSER,
    says="Add a note that only the team sees",
    recipient="Add a note that only the team sees",
    placeholder="Only the team sees this",
    modes=tuple(replace(m, selected=m.id == "note") for m in MODES),
    draft_key="c1/note/0",
    text="@@Sara Lindqvist can you ask the courier?",
    send=Button("note.add", "Add note", "note", "Ctrl+Shift+Return", tone=Tone.ACCENT),
    note=True,
    copies=None,
    attach=None,
    colleagues=(("a8", "Sara Lindqvist"), ("a9", "Chen Wei")),
)
MACRO = MacroView(
    "refund/c1",
    "Refund and close",
    "It sends a reply at the end.",
    (
        MacroStepView(1, "Put the tag refund"),
        MacroStepView(2, "Write into the draft", "Dear Amina, your refund of {order.value} is on its way.",
                      ("order.value",)),
        MacroStepView(3, "Add this note", "Refund promised to Amina Yusuf."),
        MacroStepView(4, "Send the draft", sends=True),
        MacroStepView(5, "Put it aside for 3 days"),
    ),
    Button("macro.run", "Run and send", "play", tone=Tone.ACCENT),
    Button("macro.close", "Close", "close"),
)  # fmt: skip
FORWARD = ForwardView(
    "m1",
    "Forward this message",
    "Amina Yusuf, 16:02: Hello, my parcel shows “delivered” but nothing arrived.\n"
    "Its files go along: tracking.pdf",
    "",
    "",
    Button("forward.send", "Forward", "send", reason="Type an address.", tone=Tone.ACCENT),
    Button("forward.close", "Cancel", "close"),
)
BUTTONS = (
    Button("why", "Why did I get this?", "help", "Ctrl+Shift+W"),
    Button("conversation.follow", "Follow", "bell", "Ctrl+Shift+J", checked=True),
    Button("conversation.snooze", "Snooze", "snooze", "Ctrl+Shift+H"),
    Button("conversation.assign", "Assign", "assign", "Ctrl+Shift+A"),
    Button("interaction.end", "Done", "resolve", "Ctrl+Shift+D", tone=Tone.ACCENT),
)


def composing(
    composer: ComposerView = COMPOSER, *items: TimelineItemView, **changes: object
) -> dict[str, object]:
    """The conversation with a composer, and with further items at its end."""
    view = replace(
        scripted_work.CONVERSATION, composer=composer, buttons=BUTTONS, icon="email",
        items=(*scripted_work.ITEMS, *items), **changes,  # type: ignore[arg-type]  # a view's fields
    )  # fmt: skip
    return {"conversation_view": view}


def choosing() -> dict[str, object]:
    """Messages being chosen for a conversation of their own."""
    kinds = {ItemKind.IN, ItemKind.OUT, ItemKind.NOTE}
    items = tuple(
        replace(item, acts=ACTS, chosen=item.id == "m1") if item.kind in kinds else item
        for item in scripted_work.ITEMS
    )
    view = replace(
        scripted_work.CONVERSATION, composer=COMPOSER, buttons=BUTTONS, items=items, strips=(SPLITTING,)
    )
    return {"conversation_view": view}
