"""What a supervisor does with an agent's shift and with who waits: state, stuck wrap-up, place in the queue.

Rows J5 and G3.  The router decides whether it may be; here is only what is meant by the words, so that a
menu, a form and a typed verb say the same.  An agent at work gets the state as the next one.
"""

from __future__ import annotations

from agent_desktop.client.action import Action, Arguments, Step, ToRouter
from agent_desktop.client.actions_lead import LEAD, agent_meant
from agent_desktop.client.actions_work import disposition, needs_router
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.domain.permissions import can
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import ForceWrapUp, MoveInQueue, SetAgentState
from agent_desktop.wire.models import AgentModel, InteractionModel

STATE, WRAP_UP, PLACE = "state", "wrap_up", "place"  # what the form of these acts is about
READY, NOT_READY, LOGGED_OUT = "ready", "not_ready", "logged_out"
LEAST, MOST, MINUTE_S = 1, 99, 60.0


def _may(s: Situation, a: Arguments, right: str) -> str:
    if reason := needs_router(s, a):
        return reason
    return "" if can(s.store.replica.me.role, right) else _("This is for supervisors.")


def state_meant(s: Situation, word: str, reason: str) -> tuple[str, str]:
    """The state and reason code that are meant; a reason alone means not ready.  Raises `RefusedError`."""
    rows = [
        (READY, _("Ready"), ""),
        (NOT_READY, _("Not ready"), "notready"),
        (LOGGED_OUT, _("Sign out"), "signout"),
    ]
    try:
        state = chosen(word, rows, _("There is no state {word}. Possible: {names}."))[0]
    except RefusedError:
        if reason.strip():
            raise
        try:
            return NOT_READY, s.reason(word)
        except RefusedError:
            pass
        raise
    if state == NOT_READY and reason.strip():
        return state, s.reason(reason)
    return state, reason.strip()


def wrap_up_of(s: Situation, agent: str) -> InteractionModel | None:
    """What an agent is wrapping up, the oldest first; as far as it is in view."""
    found = [i for i in s.store.replica.interactions.values() if i.agent == agent and i.state == "wrap_up"]
    return min(found, key=lambda i: (i.wrapup_at, i.id), default=None)


def _agent(s: Situation, a: Arguments) -> AgentModel:
    if not a.get("agent", "").strip():
        raise RefusedError(_("Say whose state: name the agent."), code="usage")
    return agent_meant(s, a["agent"])


def _can_state(s: Situation, a: Arguments) -> str:
    if reason := _may(s, a, "set_others_state"):
        return reason
    agent = _agent(s, a)
    return _("{name} is signed out.", name=agent.name) if agent.state == LOGGED_OUT else ""


def _state(s: Situation, a: Arguments) -> tuple[Step, ...]:
    state, reason = state_meant(s, a.get("state", ""), a.get("reason", ""))
    return (ToRouter(SetAgentState(agent=_agent(s, a).id, state=state, reason=reason)),)


def stuck(s: Situation, reference: str) -> InteractionModel:
    """The wrap-up that is meant: an interaction, or the agent who is in it.  Raises `RefusedError`."""
    try:
        return s.interaction(reference)
    except RefusedError as unknown:
        try:
            agent = agent_meant(s, reference)
        except RefusedError:
            raise unknown from None
    found = wrap_up_of(s, agent.id)
    if found is None:
        raise RefusedError(_("{name} is in no wrap-up now.", name=agent.name), code="wrong_state")
    return found


def _can_force(s: Situation, a: Arguments) -> str:
    if reason := _may(s, a, "force_wrap_up"):
        return reason
    return "" if stuck(s, a.get("id", "")).state == "wrap_up" else _("It is not in wrap-up.")


def _force(s: Situation, a: Arguments) -> tuple[Step, ...]:
    interaction = stuck(s, a.get("id", ""))
    code = disposition(s, interaction, a.get("code", "")).code
    return (ToRouter(ForceWrapUp(interaction=interaction.id, code=code, reason=a.get("reason", "").strip())),)


def _can_move(s: Situation, a: Arguments) -> str:
    if reason := _may(s, a, "move_in_queue"):
        return reason
    state = s.interaction(a.get("id", "")).state
    return "" if state == "queued" else _("It does not wait in a queue now.")


def _move(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """`older` is minutes; typed, they are the number before the reason."""
    interaction = s.interaction(a.get("id", ""))
    older, reason = a.get("older", ""), a.get("reason", "").strip()
    first, _space, rest = reason.partition(" ")
    if "older" not in a and _is_number(first):
        older, reason = first, rest.strip()
    if older.strip() and not _is_number(older.strip()):
        raise RefusedError(_("Say in minutes how much older it counts."), code="usage")
    return (
        ToRouter(
            MoveInQueue(
                interaction=interaction.id,
                priority=priority_meant(a.get("priority", "")),
                older_s=float(older or 0) * MINUTE_S,
                reason=reason,
            )
        ),
    )


def priority_meant(word: str) -> int:
    """A priority.  Raises `RefusedError`."""
    value = int(word) if word.strip().isdecimal() else 0
    if not LEAST <= value <= MOST:
        raise RefusedError(_("A priority is a number from 1 to 99; 99 is served first."), code="usage")
    return value


def _is_number(word: str) -> bool:
    return word.isascii() and word.replace(".", "", 1).isdecimal()


def can_open(s: Situation, a: Arguments) -> str:
    """Why the form of an act cannot be opened."""
    checks = {STATE: _can_state, WRAP_UP: _can_force, PLACE: _can_move}
    check = checks.get(a.get("kind", ""))
    return check(s, a) if check is not None else ""


FLOOR = (
    Action("lead.state", "Set the state", LEAD, "Set an agent's state; at work it is the next one.",
           _can_state, _state, "setstate", "setstate AGENT ready|notready|signout [REASON]", icon="clock",
           palette=False),
    Action("lead.wrapup", "Finish the wrap-up", LEAD, "Finish an agent's wrap-up that is stuck.",
           _can_force, _force, "forcewrapup", "forcewrapup ID|AGENT CODE [REASON]", icon="check",
           palette=False),
    Action("lead.move", "Change the place", LEAD, "Give who waits another priority, 1 to 99, or more age.",
           _can_move, _move, "prioritise", "prioritise ID PRIORITY [MINUTES OLDER] [REASON]", icon="plus",
           palette=False),
)  # fmt: skip
