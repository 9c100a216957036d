"""The verb `unsent`: the list of what waits for the server or was refused, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.text import panels
from agent_desktop.viewmodels.desktop import Desktop

if TYPE_CHECKING:
    from agent_desktop.text.records import Record
    from agent_desktop.viewmodels.unsent import UnsentRow

VERB = "unsent"
ACTS = ("retry", "edit", "discard", "open")


def meant(given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The action of `unsent [ACT N]`.  Raises `RefusedError`."""
    act = given.get("act", "")
    if not act:
        return "unsent.show", {}
    if act not in ACTS or not given.get("id"):
        raise RefusedError(
            _("Say unsent alone, or retry, edit, open or discard with a number."), code="usage"
        )
    return f"unsent.{act}", {"id": given["id"]}


def lines(d: Desktop) -> list[str]:
    """The list, numbered as `unsent retry N` takes it."""
    return panels.unsent(d.unsent())


def numbered(d: Desktop) -> list[tuple[int, UnsentRow]]:
    """The rows, each with its number."""
    return list(enumerate(d.unsent().rows, 1))


def records(d: Desktop) -> list[Record]:
    """The list as objects."""
    return [
        {
            "type": "unsent",
            "number": number,
            "request": row.request,
            "conversation": row.conversation,
            "what": row.what,
            "text": row.text,
            "customer": row.whom,
            "since": row.since,
            "state": row.state.text,
            "error": row.error,
        }
        for number, row in numbered(d)
    ]
