"""What an action needs and the user does not type: the draft, its id, the form, the place in the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent_desktop.client.actions_work import NEXT_PAGE
from agent_desktop.viewmodels import finishing, holding
from agent_desktop.viewmodels.wrapping import finish_arguments, with_chosen

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop


def completed(d: Desktop, action: str, typed: Mapping[str, str]) -> dict[str, str]:
    """The arguments, whole."""
    given = dict(typed)
    interaction = d.situation().looked_at
    conversation = interaction.conversation if interaction is not None else ""
    match action:
        case "composer.send" | "note.add":
            return holding.completed(d, action, typed)
        case "note.mention" | "message.forward":
            given.setdefault("message", d.runtime.new_id())
            if action == "note.mention":
                holding.meet(d)  # for the next time, if this one is not known yet
        case "conversation.split":
            given.setdefault("new", d.runtime.new_id())
        case "wrapup.finish":
            given = _wrapup(d, given)
        case "customer.create":
            given.setdefault("customer", d.runtime.new_id())
        case "conversation.older":
            items = d.workspace.older.get(conversation, {}).values()
            times = [i.message.at for i in items if i.message is not None]
            times += [i.interaction.arrived_at for i in items if i.interaction is not None]
            given.setdefault("before", str(min(times, default=0.0)))
        case "find" if given.get("text") == NEXT_PAGE:
            typed_last, after = d.workspace.found_last
            if after:
                given = {"text": typed_last, "after": after}
        case _:
            pass
    if action == "find":
        d.workspace.found_last = (given.get("text", ""), "")
    return given


def _wrapup(d: Desktop, given: dict[str, str]) -> dict[str, str]:
    """The form as it stands; a code that was typed takes the answers that are there already."""
    wrapping = d.situation().wrapping()
    if wrapping is None:
        return given
    form, script = d.wrapup(wrapping.id), d.script(wrapping.id)
    typed = "code" in given
    if typed:
        given = {**{f"field.{k}": v for k, v in (script.answers | form.values).items()}, **given}
    else:
        form = with_chosen(form, wrapping)
        infos = d.runtime.store.queue(wrapping.queue).dispositions
        given |= finish_arguments(form, script, next((i for i in infos if i.code == form.code), None))
    if finishing.is_sure(d, wrapping.id, given["code"], typed=typed):
        given["sure"] = "yes"
    return given
