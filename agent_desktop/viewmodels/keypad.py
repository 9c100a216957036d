"""The keypad: keys in a call, or a number to dial when there is none."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Button

KEYS: tuple[tuple[str, str], ...] = (
    ("1", ""), ("2", "ABC"), ("3", "DEF"),
    ("4", "GHI"), ("5", "JKL"), ("6", "MNO"),
    ("7", "PQRS"), ("8", "TUV"), ("9", "WXYZ"),
    ("*", ""), ("0", "+"), ("#", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeypadView:
    """The open keypad; the surface gives None while it is closed.

    In a call (`in_call`) a key is sent at once by `act("call.dtmf", digits=...)` and `entered` shows what
    was pressed.  Otherwise keys and typing fill the number (`act("keypad.type", text=...)`), `dial` calls
    it, `queues` are the caller IDs to choose from (`act("keypad.queue", id=...)`).
    """

    title: str
    in_call: bool
    entered: str
    dial: Button
    close: Button
    queues: tuple[Button, ...] = ()  # `checked` is the chosen one
