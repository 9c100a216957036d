"""The text call of the scripted desktop: the drawing's TTY call, and one with real-time text."""

from __future__ import annotations

from dataclasses import replace

from scripted_agent import TOPBAR

from agent_desktop.viewmodels.call_text import CallTextView
from agent_desktop.viewmodels.conversation import ItemKind, TimelineItemView
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.topbar import CallCard

CALL = (("call", "phone-7"),)
DAMAGED = "The underlined character was damaged on the line: 8"


def line(number: int, kind: ItemKind, text: str, **more: object) -> TimelineItemView:
    who = {ItemKind.IN: "Caller", ItemKind.OUT: "You"}.get(kind, "System")
    plain = TimelineItemView(
        kind=kind,
        id=f"text:i-7:{number}",
        text=text,
        author=who,
        meta=f"{who} · 14:02",
        typed=True,
        accessible=f"{who}: {text}",
    )
    return replace(plain, **more)  # type: ignore[arg-type] # fields of the view


TTY = CallTextView(
    key="phone-7",
    title="TTY call with Tom Meyer",
    subtitle="Relay queue · voice carry-over on · 2 characters doubtful",
    lines=(
        line(1, ItemKind.IN, "HELLO THIS IS TOM GA"),
        line(2, ItemKind.OUT, "HELLO TOM, MATEO AT NORDLIGHT. HOW CAN I HELP Q GA"),
        line(
            3,
            ItemKind.IN,
            "MY LAMP ARRIVED BROKEN. ORDER 48117. I WANT A NEW ONE GA",
            damaged=(31,),
            warnings=(DAMAGED,),
        ),
        line(4, ItemKind.IN, "PLEASE NOT BEFORE FRI", typing=True, meta="Caller is typing · 14:03"),
    ),
    buttons=(
        Button("text.vco", "VCO", "voice", args=CALL, checked=True),
        Button("text.hco", "HCO", "tty", args=CALL, checked=False),
        Button("text.on", "End text", "tty", args=(*CALL, ("value", "off"))),
    ),
    turn=Badge("The caller's turn", Tone.WARNING),
    says="Your text waits until the caller sends GA, or press Interrupt",
    waiting="18 characters waiting · 4 s",
    label="Type to Tom Meyer",
    macros=(
        Button("text.ga", "GA", "send", "Ctrl+G", args=CALL),
        Button("text.sk", "SK", args=CALL),
        Button("text.q", "Q", args=CALL),
        Button("text.hd", "HD", args=CALL),
        Button("text.interrupt", "Interrupt", args=CALL),
        Button("text.fix_shift", "Fix letters", "back", args=CALL),
    ),
    send=Button("text.ga", "Send and GA", "send", "Ctrl+Return", args=CALL, tone=Tone.ACCENT),
)
RTT = replace(
    TTY,
    title="Text call with 王小明",
    subtitle="Support · voice and text at once",
    lines=(
        line(1, ItemKind.IN, "您好, my order is late"),
        line(2, ItemKind.OUT, "Good morning! I look it up."),
        line(3, ItemKind.IN, "谢谢", typing=True, meta="Caller is typing · 14:03"),
    ),
    buttons=(Button("text.on", "End text", "tty", args=(*CALL, ("value", "off"))),),
    turn=None,
    says="The caller reads every letter as you type it",
    waiting="",
    macros=(),
    send=Button("text.say", "Send", "send", "Ctrl+Return", args=CALL, tone=Tone.ACCENT),
)
SILENT = replace(
    TTY,
    lines=(),
    turn=None,
    waiting="",
    buttons=(Button("text.greet", "Greeting", "tty", args=CALL), *TTY.buttons),
    subtitle="Support",
)


def text_bar() -> object:
    """The bar over a TTY call."""
    cards = tuple(
        replace(card, title="Tom Meyer", badges=(Badge("TTY 45.45", Tone.ACCENT),)) for card in TOPBAR.calls
    )
    assert all(isinstance(card, CallCard) for card in cards)
    return replace(TOPBAR, calls=cards)
