"""The form of what a supervisor changes: an agent's state, a stuck wrap-up, the place of who waits (J5, G3).

The form is the confirmation: it says what will happen, and to whom, before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent_desktop.client.action import Arguments
from agent_desktop.client.actions_floor import LOGGED_OUT, PLACE, READY, STATE, WRAP_UP, stuck
from agent_desktop.client.situation import Situation
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import activity, words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Button, Field, Tone

ACTIONS = {STATE: "lead.state", WRAP_UP: "lead.wrapup", PLACE: "lead.move"}


@dataclass(frozen=True, slots=True)
class Changing:
    """The open form: what it is about, and what is filled in."""

    kind: str
    agent: str = ""
    interaction: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def with_value(self, name: str, value: str) -> Changing:
        """The form with a field filled in."""
        return replace(self, values={**self.values, name: value})


@dataclass(frozen=True, slots=True)
class LeadView:
    """The panel; the surface gives None while it is closed.

    A field is changed by `act("lead.field", field=..., value=...)`; `confirm` says why it cannot be pressed.
    """

    key: str  # another one: another form
    title: str
    sentence: str
    fields: tuple[Field, ...]
    confirm: Button
    close: Button


def lead_view(s: Situation, changing: Changing) -> LeadView | None:
    """The form of this moment; None when what it is about has gone."""
    match changing.kind:
        case "state":
            return _state(s, changing)
        case "wrap_up":
            return _wrap_up(s, changing)
        case "place":
            return _place(s, changing)
        case _:
            return None


def arguments_of(s: Situation, changing: Changing) -> dict[str, str]:
    """What the action is given when it is confirmed."""
    values = changing.values
    match changing.kind:
        case "state":
            state, reason = _states(s).get(values.get("state", ""), ("", ""))
            return {"agent": changing.agent, "state": state, "reason": reason}
        case "wrap_up":
            code = _codes(s, changing).get(values.get("code", ""), "")
            return {"id": changing.interaction, "code": code, "reason": values.get("reason", "")}
        case _:
            told = {name: values.get(name, "") for name in ("priority", "older", "reason")}
            return {"id": changing.interaction, **told}


def begun(s: Situation, a: Arguments) -> Changing:
    """The form as it opens.  Raises `RefusedError`."""
    kind = a.get("kind", "")
    if kind not in ACTIONS:
        raise RefusedError(_("There is no such form."), code="unknown")
    if kind == STATE:
        return Changing(kind, agent=a.get("agent", ""))
    if kind == WRAP_UP:
        return Changing(kind, interaction=stuck(s, a.get("id", "")).id)
    interaction = s.interaction(a.get("id", ""))
    return Changing(kind, interaction=interaction.id, values={"priority": str(interaction.priority)})


def _key(changing: Changing) -> str:
    return f"{changing.kind}:{changing.agent}{changing.interaction}"


def _states(s: Situation) -> dict[str, tuple[str, str]]:
    """The states that a supervisor may set, by their words."""
    picked = [r for r in s.store.replica.centre.reasons if not r.system]
    return {
        _("Ready"): (READY, ""),
        **{words.offered_meanwhile(s, r): ("not_ready", r.code) for r in picked},
        _("Not ready, set by a supervisor"): ("not_ready", ""),
        _("Sign out"): (LOGGED_OUT, ""),
    }


def _state(s: Situation, changing: Changing) -> LeadView | None:
    agent = s.store.replica.agents.get(changing.agent)
    if agent is None:
        return None
    chosen = changing.values.get("state", "")
    state, _reason = _states(s).get(chosen, ("", ""))
    label = activity.state_of(s, agent)[0]
    at_work = agent.activity not in {"", "idle"}
    sentence = _("{name} is now: {state}.", name=agent.name, state=label)
    if state == LOGGED_OUT:
        sentence = _(
            "{name} is signed out; work in hand goes back to its queue with its age.", name=agent.name
        )
    elif state == READY and at_work and agent.state != READY:
        sentence = _(
            "{name} is at work ({state}): ready at once if it is only written work, else after it.",
            name=agent.name,
            state=label,
        )
    elif state and at_work:
        sentence = _("{name} is at work ({state}): it becomes the next state.", name=agent.name, state=label)
    elif state:
        sentence = _("{name} is told that a supervisor did it.", name=agent.name)
    asked = Field("state", _("State"), "choice", chosen, required=True, choices=tuple(_states(s)))
    reason = "" if state else _("Choose a state.")
    title = _("Set the state of {name}", name=agent.name)
    return _whole(s, changing, (title, sentence), (asked,), reason, danger=state == LOGGED_OUT)


def _codes(s: Situation, changing: Changing) -> dict[str, str]:
    interaction = s.store.replica.interactions.get(changing.interaction)
    infos = s.store.queue(interaction.queue).dispositions if interaction is not None else ()
    parents = {i.parent for i in infos}
    return {i.label: i.code for i in infos if i.code not in parents}


def _wrap_up(s: Situation, changing: Changing) -> LeadView | None:
    interaction = s.store.replica.interactions.get(changing.interaction)
    if interaction is None or interaction.state != "wrap_up":
        return None
    agent = s.store.replica.agents.get(interaction.agent)
    name = agent.name if agent is not None else _("the agent")
    past = words.spoken(s.now - interaction.wrapup_at) if interaction.wrapup_at else ""
    sentence = _("{name} has been in it for {time}. What is written in the form is not sent.", name=name,
                 time=past or _("a while"))  # fmt: skip
    code = changing.values.get("code", "")
    fields = (
        Field("code", _("Code"), "choice", code, required=True, choices=tuple(_codes(s, changing))),
        Field("reason", _("Why"), "text", changing.values.get("reason", ""), required=True),
    )
    title = _("Finish the wrap-up of {customer}", customer=words.who(interaction))
    return _whole(s, changing, (title, sentence), fields, _missing(fields))


def _place(s: Situation, changing: Changing) -> LeadView | None:
    interaction = s.store.replica.interactions.get(changing.interaction)
    if interaction is None or interaction.state != "queued":
        return None
    since = interaction.queued_at or interaction.arrived_at
    waits = words.spoken(s.now - since) if since else _("a while")
    queue = s.store.queue(interaction.queue).name if interaction.queue else ""
    sentence = _("Waits in {queue} for {time}. Reports go on showing the true wait.", queue=queue, time=waits)
    values = changing.values
    fields = (
        Field("priority", _("Priority, 1 to 99"), "number", values.get("priority", ""), required=True),
        Field("older", _("Counts as older, minutes"), "number", values.get("older", "")),
        Field("reason", _("Why"), "text", values.get("reason", "")),
    )
    title = _("Move {customer} in the queue", customer=words.who(interaction))
    return _whole(s, changing, (title, sentence), fields, _missing(fields))


def _missing(fields: tuple[Field, ...]) -> str:
    empty = [f.label for f in fields if f.required and not f.value.strip()]
    return _("Fill in first: {fields}.", fields=", ".join(empty)) if empty else ""


def _whole(
    s: Situation,
    changing: Changing,
    words_of: tuple[str, str],
    fields: tuple[Field, ...],
    reason: str,
    *,
    danger: bool = False,
) -> LeadView:
    """The form with its title and sentence; `reason` is why it cannot be confirmed yet."""
    title, sentence = words_of
    labels = {STATE: _("Set the state"), WRAP_UP: _("Finish the wrap-up"), PLACE: _("Change the place")}
    confirm = button("lead.confirm", s, label=labels[changing.kind],
                     tone=Tone.DANGER if danger else Tone.ACCENT, reason=reason)  # fmt: skip
    return LeadView(_key(changing), title, sentence, fields, confirm, button("lead.close", s))
