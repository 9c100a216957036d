"""How the screen follows what the router decides about me: a state that it set, and why it decided so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent_desktop.i18n import _
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.explaining import AGAIN_S, WAITS, Explained
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.stating import advice_of
from agent_desktop.wire.commands import ExplainInteraction

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.wire.events import Result

NOTICE = "state"
SAID_ELSEWHERE = frozenset({"signed_in"})  # the empty list says it


def told_what_to_do(d: Desktop) -> None:
    """A state that nobody chose has its sentence and its way out, as long as it lasts."""
    s = d.situation()
    me = s.store.replica.me
    advice = "" if me.reason in SAID_ELSEWHERE else advice_of(s, me)
    before = d.workspace.notices.get(NOTICE)
    if (before.text if before is not None else "") == advice:
        return
    if advice:
        ready = button("agent.ready", s)
        d.workspace.notify(
            Notice(NOTICE, advice, Tone.WARNING, d.runtime.now, button=replace(ready, shortcut=""))
        )
        d.say(Announcement(advice))
    else:
        d.workspace.notices.pop(NOTICE, None)
    d.changed("notices")


def answered(d: Desktop, subject: str, result: Result) -> None:
    """The router said why."""
    _keep(d, subject, Explained(result.lines, result.explanation, at=d.runtime.now))


def refused(d: Desktop, subject: str, message: str) -> None:
    """It did not, and says why not."""
    _keep(d, subject, Explained(error=message or _("That was refused."), at=d.runtime.now))


def _keep(d: Desktop, subject: str, answer: Explained) -> None:
    """The first answer is read aloud while it is looked at; a refusal is anyway, the later are figures."""
    first = subject not in d.workspace.explained
    d.workspace.explained[subject] = answer
    d.changed("conversation", "explanation")
    view = d.explanation()
    if first and not answer.error and subject == d.workspace.explaining and view is not None:
        d.say(Announcement(view.spoken))


def ask_again(d: Desktop) -> None:
    """Who waits is asked about again while the answer is looked at: in a moment it may be another one."""
    about = d.workspace.explaining
    interaction = d.runtime.store.replica.interactions.get(about)
    known = d.workspace.explained.get(about)
    if interaction is None or interaction.state not in WAITS or known is None or known.error:
        return
    online = d.runtime.store.connection.state == "online"
    if online and d.runtime.now - known.at >= AGAIN_S and not d.workspace.waits_for(f"why:{about}"):
        d.query(ExplainInteraction(interaction=about), f"why:{about}")
