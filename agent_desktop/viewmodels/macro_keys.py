"""The keys of macros: Ctrl+M, then the macro's own digit or letter; as buttons for palette and keys."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.client.situation import Situation
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Button
from agent_desktop.wire.listing import MacroModel


def keys(macro: MacroModel) -> str:
    """The shortcut of a macro: Ctrl+M, then its own key."""
    return f"Ctrl+M, {macro.key.upper()}" if macro.key else ""


def macro_buttons(s: Situation) -> tuple[Button, ...]:
    """Every macro with its shortcut; each opens the preview."""
    return tuple(
        replace(button("macro.open", s, label=m.label, macro=m.id), shortcut=keys(m))
        for m in s.store.replica.centre.macros
    )
