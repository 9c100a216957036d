"""The transfer panel: whom the call can go to, by typing; blind or after asking (PRODUCT 3.7)."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Badge, Button, Tone


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One agent, queue, parked call or number.

    `state` is a badge: Ready, On a call, "2 ready, about 1 min".  `blind` is the button of Enter, `consult`
    that of Shift+Enter; a disabled one says why.
    """

    key: str  # kind:id, stable while typing
    icon: str
    name: str
    detail: str
    state: Badge
    spoken: str
    blind: Button
    consult: Button


@dataclass(frozen=True, slots=True)
class TransferView:
    """The open panel; the surface gives None while it is closed.

    `query` is what was typed; `empty` is a sentence when no row fits.  Typing calls
    `act("transfer.find", text=...)`, closing `act("transfer.close")`.
    """

    title: str  # "Transfer Amina Okafor"
    query: str
    rows: tuple[TargetRow, ...] = ()
    empty: str = ""
    tone: Tone = Tone.PLAIN
