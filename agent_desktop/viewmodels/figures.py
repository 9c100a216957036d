"""The figures of the supervisor's board, from the queues' live numbers and the agents' states alone.

Nothing here is estimated: what the router does not tell is not shown.
"""

from __future__ import annotations

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.service import level_tone, service_level
from agent_desktop.viewmodels.supervisor import Figure, QueueRow
from agent_desktop.wire.models import AgentModel, InteractionModel, QueueModel

WORKING = frozenset({"busy", "held", "ringing", "wrap_up"})
HIGH_ABANDON_PERCENT, SOME_ABANDON_PERCENT = 10, 5


def figures(
    s: Situation, agents: tuple[AgentModel, ...], calls: tuple[InteractionModel, ...]
) -> tuple[Figure, ...]:
    """Waiting, service level, abandoned, calls, ready, busy."""
    queues = tuple(s.store.replica.queues.values())
    return (
        _waiting(s, queues),
        _level(queues),
        _abandoned(queues),
        _calls(calls),
        _ready(agents),
        _busy(agents),
    )


def _figure(label: str, value: str, detail: str, tone: Tone = Tone.PLAIN) -> Figure:
    return Figure(label, value, detail, tone, ", ".join(p for p in (f"{label}: {value}", detail) if p))


def _waiting(s: Situation, queues: tuple[QueueModel, ...]) -> Figure:
    count = sum(q.waiting for q in queues)
    oldest = min((q.oldest_at for q in queues if q.waiting and q.oldest_at), default=0.0)
    longest = _("longest {time}", time=words.short(s.now - oldest)) if oldest else _("nobody waits")
    return _figure(_("Waiting"), str(count), longest)


def _level(queues: tuple[QueueModel, ...]) -> Figure:
    level = service_level(queues)
    in_time = sum(q.answered_in_time for q in queues)
    total = sum(q.answered + q.abandoned for q in queues)
    if level is None:
        return _figure(_("Service level"), "\N{EN DASH}", _("no calls yet"))
    detail = _("{n} of {total} in time", n=in_time, total=total)
    return _figure(_("Service level"), _("{n} %", n=level), detail, level_tone(level))


def _abandoned(queues: tuple[QueueModel, ...]) -> Figure:
    gone = sum(q.abandoned for q in queues)
    total = sum(q.answered + q.abandoned for q in queues)
    if not total:
        return _figure(_("Abandoned"), "\N{EN DASH}", _("no calls yet"))
    percent = 100 * gone / total
    tone = Tone.PLAIN
    if percent >= SOME_ABANDON_PERCENT:
        tone = Tone.DANGER if percent >= HIGH_ABANDON_PERCENT else Tone.WARNING
    detail = _("{n} of {total}", n=gone, total=total)
    return _figure(_("Abandoned"), _("{n} %", n=f"{percent:.1f}"), detail, tone)


def _calls(calls: tuple[InteractionModel, ...]) -> Figure:
    held = sum(call.state == "held" for call in calls)
    return _figure(_("Calls"), str(len(calls)), plural("{n} on hold", "{n} on hold", held))


def _ready(agents: tuple[AgentModel, ...]) -> Figure:
    free = sum(a.state == "ready" and a.activity not in WORKING for a in agents)
    away = sum(a.state == "not_ready" for a in agents)
    tone = Tone.OK if free else Tone.WARNING
    wrapping = sum(a.activity == "wrap_up" for a in agents)
    detail = plural("{n} not ready", "{n} not ready", away)
    if wrapping:
        detail = _("{away} · {n} in wrap-up", away=detail, n=wrapping)
    return _figure(_("Ready"), str(free), detail, tone)


def _busy(agents: tuple[AgentModel, ...]) -> Figure:
    working = sum(a.activity in WORKING for a in agents)
    serving = sum(a.activity in WORKING or a.state == "ready" for a in agents)
    if not serving:
        return _figure(_("Busy now"), "\N{EN DASH}", _("nobody serves"))
    detail = _("{n} of {total} busy", n=working, total=serving)
    return _figure(_("Busy now"), _("{n} %", n=round(100 * working / serving)), detail)


def queue_rows(s: Situation) -> tuple[QueueRow, ...]:
    """Each queue's live numbers, in the order of the configuration."""
    return tuple(
        _queue(s, info.id, info.name, s.store.replica.queues[info.id])
        for info in s.store.replica.centre.queues
        if info.id in s.store.replica.queues
    )


def _queue(s: Situation, key: str, name: str, live: QueueModel) -> QueueRow:
    level = service_level((live,))
    total = live.answered + live.abandoned
    wrapping = sum(i.queue == key and i.state == "wrap_up" for i in s.store.replica.interactions.values())
    oldest = words.short(s.now - live.oldest_at) if live.waiting and live.oldest_at else "\N{EN DASH}"
    shown = _("{n} %", n=level) if level is not None else "\N{EN DASH}"
    lost = _("{n} %", n=f"{100 * live.abandoned / total:.1f}") if total else "\N{EN DASH}"
    said = [
        name,
        plural("{n} is waiting", "{n} are waiting", live.waiting),
        plural("{n} ready", "{n} ready", live.ready),
        plural("{n} in wrap-up", "{n} in wrap-up", wrapping) if wrapping else "",
        _("service level {n} percent", n=level) if level is not None else "",
    ]
    return QueueRow(
        id=key,
        name=name,
        waiting=str(live.waiting),
        oldest=oldest,
        ready=str(live.ready),
        service_level=shown,
        abandoned=lost,
        tone=Tone.PLAIN if level is None else level_tone(level),
        spoken=", ".join(p for p in said if p),
        wrap_up=str(wrapping),
    )
