"""The supervisor's board put together: six figures, agents, calls, who waits, the call that is heard."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.client.actions_floor import PLACE, STATE, WRAP_UP, wrap_up_of
from agent_desktop.client.actions_lead import HEARS, listened, talk_of
from agent_desktop.client.actions_record import recording_state
from agent_desktop.client.calling import supervisors
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import activity, stating, words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.explaining import why_button
from agent_desktop.viewmodels.figures import figures, queue_rows
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.quality import quality_badge
from agent_desktop.viewmodels.supervisor import (
    AgentRow,
    CallRow,
    ListeningCard,
    SupervisorView,
    WaitingRow,
)
from agent_desktop.wire.models import AgentModel, InteractionModel

LONG_S, TOO_LONG_S = 180.0, 300.0
PLAIN_PRIORITY = 50
_ORDER = {"busy": 0, "held": 0, "ringing": 1, "wrap_up": 2}


def supervisor_view(s: Situation) -> SupervisorView:
    """The whole place."""
    agents = signed_in(s)
    calls = live_calls(s)
    waiting = waiting_rows(s)
    empty = ""
    if not agents and not calls and not waiting:
        empty = _("Nobody is signed in and nobody waits.")
    return SupervisorView(
        figures=figures(s, tuple(a for a in agents if not activity.supervises(s, a)), calls),
        agents=tuple(agent_row(s, agent) for agent in agents),
        calls=tuple(call_row(s, call) for call in calls),
        waiting=waiting,
        queues=queue_rows(s),
        listening=listening_card(s),
        empty=empty,
    )


def signed_in(s: Situation) -> tuple[AgentModel, ...]:
    """The agents of this shift, those on calls first, then by name."""
    here = [a for a in s.store.replica.agents.values() if a.state != "logged_out"]
    return tuple(sorted(here, key=lambda a: (_ORDER.get(a.activity, 3), a.state != "ready", a.name, a.id)))


def live_calls(s: Situation) -> tuple[InteractionModel, ...]:
    """Calls that an agent has, the oldest first."""
    talks = [
        i
        for i in s.store.replica.interactions.values()
        if i.state in {"active", "held"} and s.store.medium(i.medium).talk
    ]
    return tuple(sorted(talks, key=lambda i: (i.accepted_at or i.arrived_at, i.id)))


def agent_row(s: Situation, agent: AgentModel) -> AgentRow:
    """One agent."""
    call = talk_of(s, agent.id)
    label, tone, _icon = activity.state_of(s, agent)
    began = activity.since(s, agent)
    length = s.now - began if began else 0.0
    elsewhere = activity.beside(s, agent)
    phone = Badge(_("phone ready"), Tone.OK) if agent.phone else Badge(_("no phone"), Tone.DANGER)
    work, wrapping = "", wrap_up_of(s, agent.id)
    if call is not None:
        work = " · ".join(
            p for p in (words.who(call), s.store.queue(call.queue).name, words.timer(_age(s, call))) if p
        )
    elif elsewhere is not None:
        other = elsewhere[0]
        work = " · ".join(p for p in (words.who(other), s.store.queue(other.queue).name) if p)
    elif wrapping is not None:
        work = " · ".join(p for p in (words.who(wrapping), s.store.queue(wrapping.queue).name) if p)
    elif agent.load:
        work = ", ".join(
            f"{s.store.medium(medium).name} \N{MULTIPLICATION SIGN}{count}"
            for medium, count in agent.load
            if count
        )
    away = activity.at_work(agent) and agent.state != "ready"  # work in hand, and not ready below it
    under = stating.base_label(s.store.replica.centre, agent) if away else ""
    after = stating.next_words(s, agent) or under
    time = words.spoken(length)
    said = [agent.name, _("{state} for {time}", state=label, time=time), after, work, phone.text]
    which = {"id": call.id} if call is not None else {"agent": agent.id}
    return AgentRow(
        id=agent.id,
        name=agent.name,
        initials=words.initials(agent.name),
        state=Badge(label, tone),
        timer=words.timer(length),
        after=after,
        work=work,
        phone=phone,
        spoken=", ".join(p for p in said if p),
        buttons=(*_modes(s, which, call), *_acts(s, agent)),
    )


def _acts(s: Situation, agent: AgentModel) -> tuple[Button, ...]:
    """What a supervisor changes about an agent: the state; a wrap-up that lasts."""
    made = []
    wrapping = wrap_up_of(s, agent.id)
    if wrapping is not None:
        made.append(button("lead.open", s, label=_("Finish wrap-up…"), kind=WRAP_UP, id=wrapping.id))
    if agent.id != s.store.replica.me.id:
        made.append(button("lead.open", s, label=_("State…"), kind=STATE, agent=agent.id))
    return tuple(made)


def _modes(s: Situation, which: dict[str, str], call: InteractionModel | None) -> tuple[Button, ...]:
    """Listen, whisper, barge; the one that is on is checked."""
    here = listened(s)
    on = here[1].mode if here is not None and call is not None and here[0].id == call.id else ""
    return tuple(
        button(f"lead.{mode}", s, checked=on == mode, given=which) for mode in ("listen", "whisper", "barge")
    )


def call_row(s: Situation, call: InteractionModel) -> CallRow:
    """A live call."""
    agent = s.store.replica.agents.get(call.agent)
    name = agent.name if agent is not None else ""
    held = call.state == "held"
    state = Badge(_("on hold"), Tone.WARNING) if held else Badge(_("talking"), Tone.OK)
    if call.call is not None and call.call.secure:
        state = Badge(_("card data"), Tone.WARNING)
    elif call.call is not None and call.call.state not in {"bridged", "held"}:
        state = Badge(_("connecting"), Tone.ACCENT)
    quality = worst_quality(call)
    recording = {
        "on": Badge(_("REC"), Tone.DANGER, _("recording")),
        "paused": Badge(_("REC paused"), Tone.WARNING, _("recording paused")),
    }.get(recording_state(call))
    heard = ", ".join(f"{leg.name} ({mode_name(leg.mode)})" for leg in supervisors(call))
    queue = s.store.queue(call.queue).name if call.queue else ""
    said = [words.who(call), queue, name, words.spoken(_age(s, call)), state.text]
    said += [b.spoken or b.text for b in (quality, recording) if b is not None]
    return CallRow(
        interaction=call.id,
        customer=words.who(call),
        queue=queue,
        agent=name,
        age=words.timer(_age(s, call)),
        state=state,
        quality=quality,
        recording=recording,
        listeners=heard,
        spoken=", ".join(p for p in (*said, heard) if p),
        buttons=_modes(s, {"id": call.id}, call),
    )


def worst_quality(call: InteractionModel) -> Badge | None:
    """How the call sounds at the leg where it sounds worst."""
    legs = call.call.legs if call.call is not None else ()
    measured = [leg.quality for leg in legs if leg.quality is not None]
    measured = [q for q in measured if q.mos or q.sent_mos]
    if not measured:
        return None
    return quality_badge(min(measured, key=lambda q: min(m for m in (q.mos, q.sent_mos) if m)))


def mode_name(mode: str) -> str:
    """listen, whisper or barge, as a word about somebody."""
    return {"whisper": _("whispers"), "barge": _("talks with both")}.get(mode, _("listens"))


def _age(s: Situation, call: InteractionModel) -> float:
    start = (call.call.bridged_at if call.call is not None else 0.0) or call.accepted_at or call.arrived_at
    return max(0.0, s.now - start) if start else 0.0


def waiting_rows(s: Situation) -> tuple[WaitingRow, ...]:
    """Who waits, in the order in which they are served: priority, then age."""
    queued = [i for i in s.store.replica.interactions.values() if i.state in {"queued", "offered"}]
    queued.sort(key=lambda i: (-i.priority, i.queued_at or i.arrived_at, i.id))
    return tuple(_waiting(s, i) for i in queued)


def _waiting(s: Situation, waits: InteractionModel) -> WaitingRow:
    since = waits.queued_at or waits.arrived_at
    length = s.now - since if since else 0.0
    tone = Tone.PLAIN
    if s.store.medium(waits.medium).live:
        tone = Tone.DANGER if length >= TOO_LONG_S else Tone.WARNING if length >= LONG_S else Tone.PLAIN
    medium = s.store.medium(waits.medium)
    queue = s.store.queue(waits.queue).name if waits.queue else ""
    priority = _("priority {n}", n=waits.priority) if waits.priority != PLAIN_PRIORITY else ""
    said = [words.who(waits), medium.name, queue, priority, _("waits {time}", time=words.spoken(length))]
    return WaitingRow(
        interaction=waits.id,
        icon=medium.icon or waits.medium,
        customer=words.who(waits),
        queue=queue,
        age=words.short(length),
        tone=tone,
        spoken=", ".join(p for p in said if p),
        priority=priority,
        buttons=(
            replace(why_button(s, waits), label=_("Why nobody?") if waits.state == "queued" else _("Why?")),
            button("lead.open", s, label=_("Move…"), kind=PLACE, id=waits.id),
        ),
    )


def listening_card(s: Situation) -> ListeningCard | None:
    """The call that I am in."""
    here = listened(s)
    if here is None:
        return None
    call, leg = here
    agent = s.store.replica.agents.get(call.agent)
    name = agent.name if agent is not None else _("the agent")
    queue = s.store.queue(call.queue).name if call.queue else ""
    up = leg.state == "up"
    state = Badge(_("only you hear"), Tone.MUTED)
    if not up:
        state = Badge(_("connecting"), Tone.ACCENT)
    elif leg.mode == "whisper":
        state = Badge(_("{name} hears you", name=name), Tone.WARNING)
    elif leg.mode == "barge":
        state = Badge(_("both hear you"), Tone.DANGER)
    if call.call is not None and call.call.secure:
        state = Badge(_("card data: you hear nothing"), Tone.WARNING)
    length = s.now - leg.up_at if leg.up_at else 0.0
    title = " · ".join(p for p in (name, words.who(call), queue) if p)
    labels = {"agent": name, "customer": words.who(call), "both": _("Both")}
    hears = tuple(
        button("lead.hears", s, label=labels[word], checked=s.hears == word, hears=word) for word in HEARS
    )
    whom = labels[s.hears] if s.hears != "both" else _("both")
    hold_rule = _("While the customer is on hold you hear: {whom}.", whom=whom)
    modes = tuple(replace(b, label=_mode_label(b.action, name)) for b in _modes(s, {"id": call.id}, call))
    spoken = _("In the call of {title}, {state}, {time}", title=title, state=state.text,
               time=words.spoken(length))  # fmt: skip
    return ListeningCard(
        interaction=call.id,
        title=title,
        timer=words.timer(length),
        state=state,
        modes=modes,
        hears=hears,
        hold_rule=hold_rule,
        take_over=button("lead.take_over", s),
        leave=button("lead.leave", s),
        spoken=spoken,
    )


def _mode_label(action: str, name: str) -> str:
    match action:
        case "lead.whisper":
            return _("Whisper to {name}", name=name.split(" ", maxsplit=1)[0])
        case "lead.barge":
            return _("Barge in")
        case _:
            return _("Listen")
