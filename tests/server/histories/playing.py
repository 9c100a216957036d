"""Histories: made from a number, played on the rooms, and cut down to what is needed when one fails."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agent_desktop.domain.invariants import Violation
from agent_desktop.ports.storage import Store
from tests.server.histories.acts import EVERY
from tests.server.histories.centres import Dice
from tests.server.histories.rooms import Rooms
from tests.server.histories.scene import Scene

LEAST, MOST = 34, 50  # acts of one history; some find nothing to do
OPENING = ("a_shift_begins", "a_call_comes", "a_customer_writes")
NAMES = tuple(EVERY)
WEIGHTS = tuple(weight for _, weight in EVERY.values())
BITS = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """Which centre, and which acts with the numbers that they draw their choices from."""

    centre: int
    acts: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Played:
    """What happened: the script, and what was wrong after its last act."""

    script: list[str] = field(default_factory=list)
    wrong: list[Violation] = field(default_factory=list)
    error: str = ""

    @property
    def kind(self) -> str:
        """What kind of failure it is; empty: none."""
        return self.error or (self.wrong[0].rule if self.wrong else "")

    def told(self) -> str:
        """The script as a person reads it."""
        last = [f"  !! {v.rule}: {v.words} ({v.interaction} {v.agent})" for v in self.wrong]
        return "\n".join([*self.script, *last, *([f"  !! {self.error}"] if self.error else [])])


def plan(seed: int) -> Plan:
    """The history of a number."""
    dice = random.Random(seed)  # no secret: it is to be the same again
    names = (*OPENING, *dice.choices(NAMES, WEIGHTS, k=dice.randint(LEAST, MOST)))
    return Plan(dice.getrandbits(4 * BITS), tuple((name, dice.getrandbits(BITS)) for name in names))


async def play(what: Plan, folder: Path, record: Callable[[], Store] | None = None) -> Played:
    """Play a history to its end, or until something is wrong."""
    rooms, played = Rooms(folder / "record.db", what.centre, record), Played()
    scene, restarts = Scene(rooms), 0
    await rooms.start()
    try:
        for name, number in what.acts:
            words = await EVERY[name][0](scene, Dice(number))
            if number >> (BITS - 1) and rooms.line.deliver():  # half of the news come at once
                await rooms.settle()
            if words:
                played.script.append(f"{rooms.clock.at - 1_800_000_000:9.1f}  {words}")
            scene.note_offers()
            played.wrong = [*scene.broken, *rooms.wrong()]
            if rooms.restarts > restarts:
                restarts = rooms.restarts
                played.wrong += rooms.unlike_after_a_restart()
            if played.wrong:
                return played
        played.wrong = [*rooms.unlike_after_a_restart(), *rooms.unlike_the_log()]
    except Exception as error:  # noqa: BLE001  # an act that raises is a finding
        played.error = f"{type(error).__name__}: {error}"
    finally:
        await rooms.end()
    return played


async def shortest(what: Plan, folder: Path, tries: int = 400) -> tuple[Plan, Played]:
    """The same failure with as few acts as can be found."""
    played = await play(what, folder)
    size = len(what.acts) // 2
    while size and tries:
        start = 0
        while start < len(what.acts) and tries:
            tries -= 1
            less = Plan(what.centre, what.acts[:start] + what.acts[start + size :])
            again = await play(less, folder)
            if again.kind == played.kind:
                what, played = less, again
            else:
                start += size
        size //= 2
    return what, played


async def first_failure(
    seeds: range, folder: Path, caught: Callable[[Played], bool] = lambda played: bool(played.kind)
) -> tuple[int, Played] | None:
    """The first of these histories that goes wrong, cut down."""
    for seed in seeds:
        played = await play(plan(seed), folder)
        if caught(played):
            _, cut = await shortest(plan(seed), folder)
            return seed, cut
    return None
