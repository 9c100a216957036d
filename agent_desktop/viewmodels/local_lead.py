"""The local acts of the explanation and of a supervisor's form: they open, fill in, confirm and close."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agent_desktop.errors import RefusedError
from agent_desktop.viewmodels.leading import ACTIONS, arguments_of, begun

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

Given = Mapping[str, str]


def _why(d: Desktop, a: Given) -> None:
    about = a.get("id", "")
    if about != d.workspace.explaining:
        d.workspace.explained.pop(about, None)  # asked anew: what was said before may be true no more
    d.workspace.explaining, d.workspace.changing = about, None
    d.changed("explanation", "lead")


def _why_close(d: Desktop, _a: Given) -> None:
    d.workspace.explaining = ""
    d.changed("explanation")


def _open(d: Desktop, a: Given) -> None:
    d.workspace.changing = begun(d.situation(), a)
    d.workspace.explaining = ""
    d.changed("explanation", "lead")


def _field(d: Desktop, a: Given) -> None:
    if d.workspace.changing is not None:
        d.workspace.changing = d.workspace.changing.with_value(a.get("field", ""), a.get("value", ""))
        d.changed("lead")


def _confirm(d: Desktop, _a: Given) -> None:
    """Send it.  What was refused at once leaves the form open; a later refusal is a notice."""
    changing = d.workspace.changing
    if changing is None:
        return
    done = d.perform(ACTIONS[changing.kind], arguments_of(d.situation(), changing))
    if done.reason:
        raise RefusedError(done.reason, code=done.code)
    _close(d, {})


def _close(d: Desktop, _a: Given) -> None:
    d.workspace.changing = None
    d.changed("lead")


LEAD: dict[str, Callable[[Desktop, Given], None]] = {
    "why.open": _why,
    "why.close": _why_close,
    "lead.open": _open,
    "lead.field": _field,
    "lead.confirm": _confirm,
    "lead.close": _close,
}
