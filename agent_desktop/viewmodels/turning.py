"""What the screen turns to by itself, and when it must not: never away under the hands of who writes.

Work comes and goes unasked: a call is accepted by itself, a supervisor takes one over, a wrap-up runs out.
If the screen then went on to another customer, the rest of a note about one of them would become a reply to
the other (R36).  So it turns to another customer after an act of the agent, and otherwise only where nobody
writes; what is gone leaves nothing open, and nothing that is sent goes to somebody who is guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.local_phone import go
from agent_desktop.viewmodels.siding import tab_for
from agent_desktop.wire.models import InteractionModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop


def moved(d: Desktop, before: str, interaction_id: str) -> None:
    """An interaction is in another state: it is shown where a customer waits now, or nothing else is open."""
    store = d.runtime.store
    interaction = store.replica.interactions.get(interaction_id)
    if interaction is None:
        return
    d.changed("topbar")
    if store.is_mine(interaction) and before != interaction.state:
        newly_mine = interaction.state == "active" and before not in {"active", "held", "parked"}
        comes = newly_mine and store.medium(interaction.medium).live  # a customer is there now
        writes = d.watching.writes(d.runtime.now)
        comes = comes and writes in {"", interaction.conversation}
        if comes and d.workspace.place != "inbox":
            go(d, "inbox")
        here = d.workspace.selected or d.workspace.browsed
        if not here or comes or interaction.conversation == here:
            d.select(interaction_id)
    if interaction_id == d.workspace.selected:
        d.changed("conversation", "side")
        if before != interaction.state:
            show_tab(d)
            d.opened()


def left(d: Desktop, gone: InteractionModel) -> None:
    """An interaction is out of view: what belongs to it is looked at, another one only if that was asked."""
    for mode in ("script", "wrapup"):
        d.drafts.clear(d.key(gone.id, mode))
    d.workspace.explained.pop(gone.id, None)
    if gone.id == d.workspace.selected:
        wrote = d.watching.writes(d.runtime.now) == gone.conversation != ""
        following = _after(d, gone)
        d.workspace.selected = ""
        d.select(following.id if following is not None else "")
        show_tab(d)
        if wrote and following is None:
            text = _("{name} is with you no more. What you wrote is in Drafts.", name=words.who(gone))
            d.notice(f"left:{gone.id}", text)
    d.changed("topbar", "conversation", "side")


def show_tab(d: Desktop) -> None:
    """The tab of the moment, unless the agent keeps one."""
    interaction = d.situation().looked_at
    if interaction is not None and not d.workspace.pinned:
        d.workspace.side_tab = tab_for(d.situation(), interaction)
        d.changed("side")


def _after(d: Desktop, gone: InteractionModel) -> InteractionModel | None:
    """What is looked at next: of the same conversation; another one only after an act."""
    mine = [i for i in d.situation().mine() if i.id != gone.id]
    same = next((i for i in mine if gone.conversation and i.conversation == gone.conversation), None)
    return same or next(iter(mine if d.watching.is_asked(d.runtime.now) else ()), None)
