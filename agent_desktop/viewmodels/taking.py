"""Who took my work: "Sue took over your call with Jordan Lee." as a notice, spoken, and one line.

The notice stays until it is dismissed, or until the same customer is with the agent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.events import TakenOver

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop


def told(d: Desktop, taken: TakenOver) -> None:
    """It stands on the screen: who was away from it reads it later."""
    d.notice(_notice(taken.interaction), words(d.situation(), taken), Tone.WARNING)


def back(d: Desktop, interaction: str) -> None:
    """The work is in my hands again: what was said of it is over."""
    if d.workspace.notices.pop(_notice(interaction), None) is not None:
        d.changed("notices")


def words(s: Situation, taken: TakenOver) -> str:
    """One sentence; a call is not a conversation, and who takes a conversation need not keep it."""
    customer = taken.customer or _("Unknown customer")
    said = {"name": taken.name, "customer": customer, "to": taken.to_name}
    talk = s.store.medium(taken.medium).talk  # a call is transferred, so it can only be taken over
    match taken.how:
        case "given":
            return _("{name} gave your conversation with {customer} to {to}.", **said)
        case "queued":
            return _("{name} sent your conversation with {customer} back to {to}.", **said)
        case "merged":
            return _("{name} merged your conversation with {customer} into another one.", **said)
        case _ if talk:
            return _("{name} took over your call with {customer}.", **said)
        case _:
            return _("{name} took over your conversation with {customer}.", **said)


def _notice(interaction: str) -> str:
    return f"taken:{interaction}"
