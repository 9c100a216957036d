"""Who is asked, as `centre.toml` says it: skill steps, offers by medium, places, capacity, weight.

[[queues.support.steps]]                        # asked first; after 20 s the next step
skills = "french >= 3 and not trainee"
expires_s = 20

[queues.support.offers]
voice = { offer_s = 15, auto_accept = true }

[agents.mateo]
capacity = 3
places = { support = { priority = 80, delay_s = 30 } }
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from agent_desktop.domain import skills
from agent_desktop.domain.centre import MISSED, SELECTIONS, Centre, OfferRules
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.skills import Place, SkillStep
from agent_desktop.domain.timers import LONGEST
from agent_desktop.domain.types import AgentId, MediumId, QueueId, Seconds
from agent_desktop.errors import RefusedError
from agent_desktop.server.tomlfile import Table

OFFER_S: Final = (7.0, 900.0)
DELAY_MOST_S: Final = 9999.0
STEPS_MOST: Final = 20
DELAYS_MOST: Final = 20  # different ones in a queue: each is a change of what waits there
PRIORITY: Final = (1, 99)


def of_queue(
    table: Table,
    media: Collection[str],
    plain: tuple[float, float],
    known: Collection[str],
    agents: Collection[str],
) -> dict[str, Any]:
    """Read the fields of a queue that say who is asked, and how; `plain`: its offer_s and text_offer_s."""
    return {
        "steps": _steps(table, known, agents),
        "select": table.text("select", SELECTIONS[-1], choices=SELECTIONS),
        "missed": table.text("missed", MISSED[-1], choices=MISSED),
        "offers": _offers(table, media, plain),
    }


def of_agent(table: Table, queues: Collection[str]) -> dict[str, Any]:
    """Read the fields of an agent that say what it is asked for, and how much of it."""
    return {
        "places": _places(table.table("places"), queues),
        "capacity": table.whole("capacity", 0, least=0, most=100),
        "weight": table.whole("weight", 1, least=1, most=99),
        "timers": table.number("timers", 1.0, least=1.0, most=LONGEST),
        "auto_accept": table.flag("auto_accept", default=True),
    }


def check_delays(root: Table, places: Collection[tuple[QueueId, Seconds]]) -> None:
    """Few different delays in one queue: every one is a moment at which what waits there is looked at."""
    by_queue: dict[QueueId, set[Seconds]] = {}
    for queue, delay_s in places:
        if delay_s:
            by_queue.setdefault(queue, set()).add(delay_s)
    for queue, delays in by_queue.items():
        if len(delays) > DELAYS_MOST:
            words = f"its agents' places have {len(delays)} different delays; at most {DELAYS_MOST}."
            root.document.blame(("queues", queue), words)


def check_reach(root: Table, centre: Centre) -> None:
    """What would never be offered: a medium that an agent's capacity is too small for, a step to nobody."""
    for key, entry in centre.agents.items():
        media = [
            medium
            for queue in entry.queues
            if queue in centre.queues
            for medium in centre.queues[queue].media
        ]
        too_large = [
            MEDIA[medium] for medium in dict.fromkeys(media) if 0 < entry.capacity < MEDIA[medium].units
        ]
        for medium in too_large:
            words = (
                f"one {medium.name} costs {medium.units} units: with {entry.capacity} none is ever offered. "
                f"Give at least {medium.units}, or take the agent out of the queues for it."
            )
            root.document.blame(("agents", key, "capacity"), words)
    for queue in centre.queues.values():
        for place, step in enumerate(queue.steps):
            named = centre.agents.get(step.agent)
            if named is not None and not named.queues:
                words = f"{named.id} is in no queue, so takes no work: name a queue there, or another agent."
                root.document.blame(("queues", queue.id, "steps", place, "agent"), words)


def _steps(table: Table, known: Collection[str], agents: Collection[str]) -> tuple[SkillStep, ...]:
    made: list[SkillStep] = []
    for row in table.rows("steps"):
        if made and not made[-1].expires_s:
            row.blame("", "nobody comes to this step: the one before never expires; give it expires_s.")
        agent = AgentId(row.text("agent", "", choices=agents) if row.has("agent") else "")
        expires_s = Seconds(row.number("expires_s", 0.0))
        made.append(SkillStep(wish=_wish(row, known), agent=agent, expires_s=expires_s))
        row.done()
    if len(made) > STEPS_MOST:
        table.blame("steps", f"there are {len(made)} steps; at most {STEPS_MOST} are allowed.")
    return tuple(made)


def _wish(row: Table, known: Collection[str]) -> skills.Wish:
    try:
        return skills.parse(row.text("skills", ""), known)
    except RefusedError as error:
        row.blame("skills", str(error))
        return skills.NOTHING


def _offers(queue: Table, media: Collection[str], plain: tuple[float, float]) -> dict[MediumId, OfferRules]:
    table = queue.table("offers")
    by_itself = queue.flag("auto_accept", default=False)
    made: dict[MediumId, OfferRules] = {}
    for name in table.names():
        row = table.table(name)
        if name not in media:
            table.blame(name, f"this queue does not take {name}.")
        live = name in MEDIA and (MEDIA[MediumId(name)].live or MEDIA[MediumId(name)].talk)
        made[MediumId(name)] = OfferRules(
            offer_s=Seconds(row.number("offer_s", plain[not live], least=OFFER_S[0], most=OFFER_S[1])),
            auto_accept=row.flag("auto_accept", default=by_itself),
        )
        row.done()
    return made


def _places(table: Table, queues: Collection[str]) -> dict[QueueId, Place]:
    made: dict[QueueId, Place] = {}
    plain, (least, most) = Place(), PRIORITY
    for name in table.names():
        row = table.table(name)
        if name not in queues:
            table.blame(name, "the agent is not in this queue; name it in queues too.")
        made[QueueId(name)] = Place(
            priority=row.whole("priority", plain.priority, least=least, most=most),
            delay_s=Seconds(row.number("delay_s", plain.delay_s, most=DELAY_MOST_S)),
        )
        row.done()
    return made
