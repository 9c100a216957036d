"""The actions of unsent acts: look at them, send a refused one all the same, edit it, let it go.

`id` is the request of an act, or its number in the list.
"""

from __future__ import annotations

from agent_desktop.client.action import Action, Arguments, Locally, Step, Steps
from agent_desktop.client.acts import Act, can_insist
from agent_desktop.client.situation import Situation
from agent_desktop.client.store import Store
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import AddNote, MarkRead, SendMessage

UNSENT = "Unsent"
_DIGITS = 10


def shown(store: Store) -> tuple[Act, ...]:
    """The acts that the list shows, the refused first; that something was read is shown only when refused."""
    found = [
        act
        for act in store.unsent.values()
        if act.state == "refused" or (act.waited and not isinstance(act.command, MarkRead))
    ]
    return tuple(sorted(found, key=lambda act: (act.state != "refused", act.number)))


def meant(s: Situation, reference: str) -> Act:
    """The act of a request or of a number of the list.  Raises `RefusedError`."""
    found = s.store.unsent.get(reference)
    if found is None and reference.isdecimal() and len(reference) < _DIGITS:
        acts = shown(s.store)  # in order only where a number is meant: the list asks this for each button
        found = acts[int(reference) - 1] if 1 <= int(reference) <= len(acts) else None
    if found is None:
        raise RefusedError(
            _("There is no unsent act {reference}. Say unsent for the list.", reference=reference[:40]),
            code="unknown",
        )
    return found


def _signed_in(s: Situation, _a: Arguments) -> str:
    return "" if s.signed_in else _("Sign in first.")


def _can_retry(s: Situation, a: Arguments) -> str:
    act = meant(s, a.get("id", ""))
    if act.state != "refused":
        return _("It waits for the server already.")
    return "" if can_insist(act) else _("Open it and look at who gets it: the address is another one now.")


def _can_discard(s: Situation, a: Arguments) -> str:
    if meant(s, a.get("id", "")).state == "sent":
        return _("It is on its way already and cannot be taken back.")
    return ""


def _can_edit(s: Situation, a: Arguments) -> str:
    act = meant(s, a.get("id", ""))
    if not isinstance(act.command, SendMessage | AddNote):
        return _("Only what you wrote can be edited.")
    return _can_discard(s, a)


def _can_open(s: Situation, a: Arguments) -> str:
    meant(s, a.get("id", ""))
    return ""


def _locally(name: str) -> Steps:
    def steps(s: Situation, a: Arguments) -> tuple[Step, ...]:
        return (Locally(name, (("id", meant(s, a["id"]).request),) if a.get("id") else ()),)

    return steps


ACTS = (
    Action("unsent.show", "Unsent", UNSENT, "Show what waits for the server and what it refused.", _signed_in,
           _locally("unsent.show"), "unsent", "unsent [retry N|edit N|discard N]", icon="clock"),
    Action("unsent.close", "Close", UNSENT, "Close the list of unsent acts.", _signed_in,
           _locally("unsent.close"), icon="close", palette=False),
    Action("unsent.retry", "Send anyway", UNSENT, "Send a refused act all the same.", _can_retry,
           _locally("unsent.retry"), icon="send", palette=False),
    Action("unsent.edit", "Edit", UNSENT, "Put a refused text back into the editor.", _can_edit,
           _locally("unsent.edit"), icon="note", palette=False),
    Action("unsent.discard", "Discard", UNSENT, "Let an unsent act go.", _can_discard,
           _locally("unsent.discard"), icon="close", palette=False),
    Action("unsent.open", "Open", UNSENT, "Look at the conversation of an unsent act.", _can_open,
           _locally("unsent.open"), palette=False),
)  # fmt: skip
