"""Why did I get this?  Why is nobody taking this?  A short sentence, then the steps of the decision (U-3).

The router tells the decision as it lies in its log; here it becomes words.  Until the answer is there, what
the offer itself said of its reasons is shown.  A reason of an older router, which has only sentences, is
shown as those sentences.
"""

from __future__ import annotations

from collections import Counter
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
TO_AGENT = "this agent"  # how the router calls the one that was chosen
MANY = 12  # so many agents are named at most
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
        mine = offer is not None or interaction is None or interaction.agent == s.store.replica.me.id
        sentence = headline(model, queue, mine=mine)
        steps, considered = steps_of(model, queue, zone, mine=mine), considered_of(s, model)
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


def headline(model: ExplanationModel, queue: str, *, mine: bool = True) -> str:
    """The decision in one short sentence.  `mine`: it is told to the agent who got it."""
    if model.nobody:
        return _nobody(model)
    if TO_AGENT in model.selection:
        return _to_me(model.selection, mine=mine)
    if (
        model.considered and model.considered[0].id == model.interaction
    ):  # an agent came free, work was chosen
        if model.waiting > 1:
            came = _("First of {n} waiting when you came free", n=model.waiting)
            return came if mine else _("First of {n} waiting when the agent came free", n=model.waiting)
        return _("You came free while it waited") if mine else _("The agent came free while it waited")
    if model.free > 1:
        first = model.tie_break or model.selection
        return _("{rule} of {n} free agents", rule=_capital(first), n=model.free)
    if model.free == 1:
        return _("You were the only free agent") if mine else _("The only free agent")
    if model.lines:
        return model.lines[0]
    return _capital(model.selection or model.rule) or _("Waited in {queue}", queue=queue)


def _nobody(model: ExplanationModel) -> str:
    if model.free:
        return plural(
            "{n} agent is free and is asked next", "{n} agents are free and are asked next", model.free
        )
    if not model.considered:
        return model.lines[-1] if model.lines else _("Nobody serves this queue with the skills asked for.")
    if len(model.considered) >= MANY:  # there may be more than are named
        return _("Nobody can take it now")
    return plural(
        "The only agent of this queue cannot take it now", "None of {n} agents can take it now",
        len(model.considered),
    )  # fmt: skip


def _to_me(selection: str, *, mine: bool) -> str:
    """The router says "this agent"; to that agent it is you."""
    return _capital(selection.replace(TO_AGENT, _("you")) if mine else selection)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def steps_of(
    model: ExplanationModel, queue: str, zone: tzinfo | None = None, *, mine: bool = True
) -> tuple[StepRow, ...]:
    """Waiting work, candidates, rule step, score, tie-break, clock: in the order of the decision."""
    waiting = plural("{n} waiting", "{n} waiting", model.waiting)
    if model.waiting <= 1:
        waiting = _("only this one")
    free = plural("{n} free agent", "{n} free agents", model.free)
    rows = (
        StepRow(_("Waiting work"), f"{waiting} · {queue}" if queue else waiting),
        StepRow(_("Candidates"), " · ".join((free, *_summary(model)))),
        StepRow(_("Rule step"), _capital(model.rule) or _("No skills are asked for")),
        StepRow(_("Chosen by"), _to_me(model.selection, mine=mine)),
        StepRow(_("Score"), _capital(model.score)),
        StepRow(_("Tie-break"), "" if model.nobody else _capital(model.tie_break) or _("None was needed")),
        StepRow(_("Clock"), _clock(model, zone)),
    )
    return tuple(row for row in rows if row.value)


def _summary(model: ExplanationModel) -> tuple[str, ...]:
    """What the router counts of everybody, where only the first few are named: "4 on calls"."""
    if not model.nobody:
        return ()
    named = {f"{one.name}: {one.score}" for one in model.considered}
    return tuple(
        line for line in model.lines[1:]
        if line != _capital(model.rule) and line not in named and model.considered
    )  # fmt: skip


def _clock(model: ExplanationModel, zone: tzinfo | None) -> str:
    if not model.decided_at:
        return ""
    at = words.local(model.decided_at, zone).strftime("%H:%M:%S")
    waited = words.spoken(model.waited_s)
    if model.nobody:
        return _("{time}, waits for {waited}", time=at, waited=waited)
    return _("{time}, after {waited} of waiting", time=at, waited=waited)


def considered_of(s: Situation, model: ExplanationModel) -> tuple[ConsideredRow, ...]:
    """The chosen one first, marked in words; of who could not take it there is no chosen one."""
    if model.nobody:
        return _away(s, model)
    return tuple(
        ConsideredRow(
            _named(s, model, one), one.score, one.why if number else "", "" if number else _("Chosen")
        )
        for number, one in enumerate(model.considered)
    )


def _away(s: Situation, model: ExplanationModel) -> tuple[ConsideredRow, ...]:
    """What keeps each away; those without a name for this agent are counted, not repeated."""
    nameless = Counter(_capital(one.why or one.score) for one in model.considered if not one.id)
    rows = [
        ConsideredRow(_named(s, model, one), "", _capital(one.why or one.score))
        for one in model.considered
        if one.id
    ]
    rows += [
        ConsideredRow(plural("{n} agent", "{n} agents", n) if rows or n > 1 else _("An agent"), "", why)
        for why, n in nameless.most_common()
    ]
    return tuple(rows)


def _named(s: Situation, model: ExplanationModel, one: ConsideredModel) -> str:
    """Who or what it is, as far as this agent may know it."""
    me = s.store.replica.me
    if one.id and one.id == me.id:
        return _("{name} (you)", name=me.name)
    if one.id and one.id == model.interaction:
        return _("This one")
    seen = s.store.replica.interactions.get(one.id)
    return one.name or (words.who(seen) if seen is not None else _("Other waiting work"))
