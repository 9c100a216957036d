"""What another configuration had done with a recorded period: the real day, that day simulated, the other.

The middle one says how far a simulation of this day is to be trusted: it runs by the configuration that held,
and differs from the real day only by what the script cannot know (`script`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import QueueId
from agent_desktop.errors import RefusedError
from agent_desktop.server.replay import check, daybook
from agent_desktop.server.replay.check import Plausible
from agent_desktop.server.replay.daybook import Day
from agent_desktop.server.replay.measures import Measures, measured
from agent_desktop.server.replay.picture import Bars, picture
from agent_desktop.server.replay.script import script_of
from agent_desktop.server.replay.simulate import simulate

REAL, AS_RECORDED, OTHER = "real", "simulated as recorded", "what-if"
FORMULAS = (
    "wait: of the answered, until the answer. "
    "SL = answered within T / (answered + abandoned - short abandons). "
    "SL2 = (answered within T + abandoned within T) / (answered + abandoned). "
    "T and the short abandon are the queue's service_level_s and short_abandon_s. "
    "Occupancy = handling / (handling + ready and waiting), of the queue's agents over all their work."
)
_HEADS = ("", "offered", "answered", "left", "mean", "median", "p95", "SL", "SL2", "occupancy")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The three days' figures per queue, and the formulas' opinion of the simulated ones."""

    centre: Centre
    days: dict[str, dict[QueueId, Measures]]
    checks: dict[str, dict[QueueId, Plausible]]


async def what_if(day: Day, was: Centre, other: Centre) -> WhatIf:
    """Run the period twice.  Raises `RefusedError` when its work has no place in the other centre."""
    lacking = {t.first_queue for t in day.turns if t.first_queue in was.queues} - set(other.queues)
    if lacking:
        raise RefusedError(
            f"In this period work waited in {', '.join(sorted(lacking))}; the other configuration has no "
            "such queue, so nobody can say where it had waited.",
            code="unknown_queue",
        )
    real = measured(day, was)
    again = await _simulated(day, was, was)
    another = await _simulated(day, was, other)
    figures = {REAL: real, AS_RECORDED: measured(again, was), OTHER: measured(another, other)}
    return WhatIf(
        centre=other,
        days=figures,
        checks={
            AS_RECORDED: check.checked(again, was, figures[AS_RECORDED]),
            OTHER: check.checked(another, other, figures[OTHER]),
        },
    )


async def _simulated(day: Day, was: Centre, centre: Centre) -> Day:
    script = script_of(day, was, centre)
    made = daybook.read(await simulate(script, centre))
    made.since, made.until = script.since, script.until
    return made


def table(made: WhatIf) -> str:
    """The figures for a terminal: a queue, and under it the three days."""
    lines = [_row(_HEADS)]
    for key, queue in made.centre.queues.items():
        lines.append(f"{queue.name} ({key})")
        for name, figures in made.days.items():
            f = figures.get(key)
            if f is None:
                lines.append(_row((f"  {name}", "no such queue")))
                continue
            lines.append(
                _row(
                    (
                        f"  {name}",
                        str(f.offered),
                        str(f.answered),
                        str(f.abandoned),
                        _seconds(f.wait_mean_s),
                        _seconds(f.wait_median_s),
                        _seconds(f.wait_p95_s),
                        _share(f.sl),
                        _share(f.sl2),
                        _share(f.occupancy),
                    )
                )
            )
        for name, checks in made.checks.items():
            if (c := checks.get(key)) is not None:
                hourly, daily = _endless(c.erlang_c_s), _endless(c.erlang_c_day_s)
                erlang_a = f", A {_seconds(c.erlang_a_s)}" if c.erlang_a_s is not None else ""
                lines.append(
                    f"    {name}: {c.load:.1f} erlangs on {c.agents:.1f} agents; "
                    f"Erlang C {hourly} (by the day's mean {daily}){erlang_a}. {c.words}"
                )
    return "\n".join([*lines, "", FORMULAS])


def document(made: WhatIf) -> dict[str, Any]:
    """The same for programs."""
    return {
        "formulas": FORMULAS,
        "days": {name: {key: asdict(f) for key, f in day.items()} for name, day in made.days.items()},
        "erlang": {name: {key: asdict(c) for key, c in day.items()} for name, day in made.checks.items()},
    }


def drawn(made: WhatIf) -> str:
    """The picture: mean wait, service level and occupancy of each queue."""
    groups = []
    for key, queue in made.centre.queues.items():
        found = [day.get(key) for day in made.days.values()]
        rows = [
            Bars(title=title, unit=unit, values=tuple(getattr(f, name) if f else None for f in found))
            for title, unit, name in (
                ("Mean wait", "s", "wait_mean_s"),
                ("Service level (SL)", "%", "sl"),
                ("Occupancy", "%", "occupancy"),
            )
        ]
        groups.append((f"{queue.name}", rows))
    return picture("What another configuration had done", tuple(made.days), groups)


def _row(cells: Sequence[str]) -> str:
    first, rest = cells[0], cells[1:]
    return f"{first:<26}" + "".join(f"{cell:>10}" for cell in rest)


def _seconds(value: float | None) -> str:
    return "none" if value is None else f"{value:.1f} s"


def _endless(value: float | None) -> str:
    return "endless" if value is None else _seconds(value)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1f} %"
