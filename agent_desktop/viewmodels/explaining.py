"""Why did I get this?  Why is nobody taking this?  A short sentence, then the steps of the decision (U-3).

The router tells the decision as it lies in its log; here it becomes words.  Until the answer is there, what
the offer itself said of its reasons is shown.  A reason of an older router, which has only sentences, is
shown as those sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo

from agent_desktop.client.actions_floor import PLACE
from agent_desktop.client.actions_lead import leads
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Button
from agent_desktop.wire.models import InteractionModel
from agent_desktop.wire.routing import ConsideredModel, ExplanationModel

WAITS = frozenset({"queued"})  # nobody has it and nobody is asked
AGAIN_S = 5.0  # how old the answer to "why nobody" may be while it is looked at


@dataclass(frozen=True, slots=True)
class Explained:
    """What the router answered; `error` says in words why it did not."""

    lines: tuple[str, ...] = ()
    model: ExplanationModel | None = None
    error: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the decision; without a label it is a sentence of its own."""

    label: str
    value: str

    @property
    def text(self) -> str:
        """The step as one line."""
        return f"{self.label}: {self.value}" if self.label else self.value


@dataclass(frozen=True, slots=True)
class ConsideredRow:
    """An agent, or an interaction, that was looked at; `mark` says in words that it was chosen."""

    name: str
    score: str
    why: str
    mark: str = ""

    @property
    def text(self) -> str:
        """The row as one line."""
        said = ", ".join(p for p in (self.mark, self.score, self.why) if p)
        return f"{self.name}: {said}" if said else self.name


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """The panel; the surface gives None while it is closed.  `buttons` are what can be done about it."""

    interaction: str
    title: str
    subject: str  # "Amina Yusuf · Support"
    sentence: str
    steps: tuple[StepRow, ...]
    considered: tuple[ConsideredRow, ...]
    considered_title: str
    note: str  # "As of 16:02:33.", "Asking the server…"
    buttons: tuple[Button, ...]
    close: Button
    spoken: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in lines: the sentence, a line a step, a line for each that was considered."""
        rows = [self.sentence, *(step.text for step in self.steps)]
        if self.considered:
            rows.append(f"{self.considered_title}:")
            rows += [row.text for row in self.considered]
        return tuple(row for row in rows if row)


def why_title(interaction: InteractionModel | None) -> str:
    """What the question is called for what waits, and for what somebody has."""
    if interaction is not None and interaction.state in WAITS:
        return _("Why is nobody taking this?")
    return _("Why did I get this?")


def why_button(s: Situation, interaction: InteractionModel) -> Button:
    """The button of the question; another agent's work is not what I got."""
    title = why_title(interaction)
    if interaction.agent and interaction.agent != s.store.replica.me.id:
        title = _("Why did they get this?")
    return button("why", s, label=title, id=interaction.id)


def explanation_view(
    s: Situation, about: str, answer: Explained | None, *, asking: bool, zone: tzinfo | None = None
) -> ExplanationView:
    """The panel of this moment."""
    interaction = s.store.replica.interactions.get(about)
    offer = next((o for o in s.store.replica.offers.values() if o.interaction == about), None)
    name, queue = _("Unknown customer"), ""
    if interaction is not None:
        name, queue = words.who(interaction), interaction.queue
    elif offer is not None:
        name, queue = offer.customer_name or offer.from_address or name, offer.queue
    queue = s.store.queue(queue).name if queue else ""
    known = offer.reasons if offer is not None else interaction.reasons if interaction is not None else ()
    model = answer.model if answer is not None else None
    nobody = model.nobody if model is not None else interaction is not None and interaction.state in WAITS
    if model is not None:
        sentence = headline(model, queue)
        steps, considered = steps_of(model, queue, zone), considered_of(model)
    else:
        lines = (answer.lines if answer is not None else ()) or known
        sentence = lines[0] if lines else ""
        steps, considered = tuple(StepRow("", line) for line in lines[1:]), ()
    if answer is not None and answer.error:
        sentence, steps, considered = answer.error, (), ()
    elif not sentence:
        sentence = _("Asking the server…") if asking else _("Nothing is recorded about that.")
    title = _title(s, interaction, nobody=nobody)
    heading = _("Looked at") if not nobody else _("Who could take it")
    note = _note(answer, asking=asking and answer is None, zone=zone)
    view = ExplanationView(
        interaction=about,
        title=title,
        subject=" · ".join(p for p in (name, queue) if p),
        sentence=sentence,
        steps=steps,
        considered=considered,
        considered_title=heading,
        note=note if sentence != note else "",
        buttons=_buttons(s, interaction),
        close=button("why.close", s),
        spoken="",
    )
    said = (view.title.rstrip("?"), view.subject, *view.lines)
    return replace(view, spoken=". ".join(line.rstrip(".") for line in said if line))


def _title(s: Situation, interaction: InteractionModel | None, *, nobody: bool) -> str:
    if nobody:
        return _("Why is nobody taking this?")
    if interaction is not None and interaction.agent and interaction.agent != s.store.replica.me.id:
        agent = s.store.replica.agents.get(interaction.agent)
        if agent is not None:
            return _("Why did {name} get this?", name=agent.name)
    return _("Why did I get this?")


def _note(answer: Explained | None, *, asking: bool, zone: tzinfo | None) -> str:
    if asking:
        return _("Asking the server…")
    if answer is None or not answer.at:
        return ""
    return _("As of {time}.", time=words.local(answer.at, zone).strftime("%H:%M:%S"))


def _buttons(s: Situation, interaction: InteractionModel | None) -> tuple[Button, ...]:
    """What can be done about somebody who waits."""
    if interaction is None or interaction.state not in WAITS:
        return ()
    made = [button("interaction.take", s, id=interaction.id)]
    if leads(s):
        made.append(button("lead.open", s, label=_("Move up…"), kind=PLACE, id=interaction.id))
    return tuple(made)


def headline(model: ExplanationModel, queue: str) -> str:
    """The decision in one short sentence."""
    if model.nobody:
        if model.lines and not model.considered:
            return model.lines[0]
        if not model.considered:
            return _("Nobody serves this queue with the skills asked for.")
        count = model.free
        if count:
            return plural(
                "{n} agent is free and will be asked next",
                "{n} agents are free and will be asked next",
                count,
            )
        return plural(
            "The only agent of this queue cannot take it now", "None of {n} agents can take it now",
            len(model.considered),
        )  # fmt: skip
    if model.free > 1 and model.selection:
        return _("{rule} of {n} free agents", rule=_capital(model.selection), n=model.free)
    if model.free == 1 and model.waiting > 1:
        return _("First of {n} waiting when you were the only free agent", n=model.waiting)
    if model.free == 1:
        return _("You were the only free agent")
    if model.lines:
        return model.lines[0]
    return _capital(model.selection or model.rule) or _("Waited in {queue}", queue=queue)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def steps_of(model: ExplanationModel, queue: str, zone: tzinfo | None = None) -> tuple[StepRow, ...]:
    """Waiting work, candidates, rule step, score, tie-break, clock: in the order of the decision."""
    waiting = plural("{n} waiting", "{n} waiting", model.waiting)
    if model.waiting <= 1:
        waiting = _("only this one")
    waited = words.spoken(model.waited_s)
    clock = ""
    if model.decided_at:
        at = words.local(model.decided_at, zone).strftime("%H:%M:%S")
        clock = _("{time}, after {waited} of waiting", time=at, waited=waited)
        if model.nobody:
            clock = _("{time}, waits for {waited}", time=at, waited=waited)
    rows = (
        StepRow(_("Waiting work"), f"{waiting} · {queue}" if queue else waiting),
        StepRow(_("Candidates"), plural("{n} free agent", "{n} free agents", model.free)),
        StepRow(_("Rule step"), _capital(model.rule)),
        StepRow(_("Chosen by"), _capital(model.selection)),
        StepRow(_("Score"), model.score),
        StepRow(_("Tie-break"), model.tie_break),
        StepRow(_("Clock"), clock),
    )
    return tuple(row for row in rows if row.value)


def considered_of(model: ExplanationModel) -> tuple[ConsideredRow, ...]:
    """The chosen one first, marked in words; of who could not take it there is no chosen one."""
    return tuple(
        _considered(one, chosen=not model.nobody and number == 0)
        for number, one in enumerate(model.considered)
    )


def _considered(one: ConsideredModel, *, chosen: bool) -> ConsideredRow:
    return ConsideredRow(one.name or one.id, one.score, one.why, _("Chosen") if chosen else "")
