"""Finishing a wrap-up: codes that ask once more, and a press that was meant for the form before.

The second press of a button or a key counts only a moment after the first, so that a double press neither
answers the question nor finishes the next form, which stands where the last one was.  What is typed as a
line cannot be pressed twice by accident.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent_desktop.client.wrapping import rules
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.wrapping import KEY_GUARD_S
from agent_desktop.wire.commands import WrapUp
from agent_desktop.wire.models import InteractionModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.viewing import Views

FINISH = "wrapup.finish"
NOBODY = ("", "", 0.0)


def sure_code(d: Views) -> str:
    """The code that the form looked at was asked once more about."""
    interaction, code = d.workspace.sure[:2]
    return code if interaction and interaction == d.workspace.selected else ""


def is_sure(d: Desktop, interaction: str, code: str, *, typed: bool) -> bool:
    """Whether this answers the question."""
    asked, about, at = d.workspace.sure
    guard = 0.0 if typed else KEY_GUARD_S
    return bool(code) and (asked, about) == (interaction, code) and d.runtime.now - at >= guard


def guard(d: Desktop, action: str, typed: Mapping[str, str]) -> None:
    """Raise `RefusedError` for a press right after another form was finished."""
    interaction, at = d.workspace.finished
    wrapping = d.situation().wrapping() if action == FINISH and "code" not in typed else None
    if wrapping is None or not interaction or wrapping.id == interaction:
        return
    if d.runtime.now - at < KEY_GUARD_S:
        name = words.who(wrapping)
        said = _("The form before was finished just now. Press again to finish {name}.", name=name)
        raise RefusedError(said, code="double_press")


def done(d: Desktop, action: str) -> None:
    """A form was handed in."""
    wrapping = d.situation().wrapping() if action == FINISH else None
    if wrapping is not None:
        d.workspace.finished = (wrapping.id, d.runtime.now)
        d.workspace.sure = NOBODY


def refused(d: Desktop, action: str, given: Mapping[str, str], error: RefusedError) -> None:
    """A code that asks once more: remember that it asked, and say it."""
    wrapping = d.situation().wrapping() if action == FINISH and error.code == "confirm" else None
    if wrapping is None:
        return
    if d.workspace.sure[:2] != (wrapping.id, given.get("code", "")):
        d.workspace.sure = (wrapping.id, given.get("code", ""), d.runtime.now)
        d.say(Announcement(str(error)))
    d.changed("side")


def is_over(d: Desktop, command: WrapUp) -> bool:
    """Whether the form can be thrown away: it was handed in, and cannot be changed until a deadline."""
    interaction = d.runtime.store.replica.interactions.get(command.interaction)
    return interaction is None or rules(d.situation(), interaction).leaves_early


def chose(d: Desktop, interaction: InteractionModel, code: str, *, by_key: bool) -> None:
    """A code was chosen: nothing is asked any more; what cannot be seen at once is said."""
    d.workspace.sure = NOBODY
    infos = d.runtime.store.queue(interaction.queue).dispositions
    info = next((i for i in infos if i.code == code), None)
    if info is None:
        return
    said = [_("{code} chosen", code=info.label)] if by_key else []
    if said or info.effects:
        d.say(Announcement(". ".join([*said, *info.effects])))
