"""A made day for tests: 2,000 interactions in five media, 60 agents, eight hours, through the router's rooms.

`TOML` is its configuration as a file; `script` what everybody does, drawn once from a seed; `record` lets it
happen on a real record, whose log is then as real as any.
"""

from __future__ import annotations

import random
from pathlib import Path

from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId, SkillId
from agent_desktop.server import tomlfile, versions
from agent_desktop.server.config import centre_of
from agent_desktop.server.replay.daybook import COME, GO, Act
from agent_desktop.server.replay.script import NEVER, Script, Task
from agent_desktop.server.replay.simulate import Simulation
from agent_desktop.server.storage.store import open_store

BEGIN = Instant(1_800_000_000.0)
HOURS = 8
LENGTH_S = HOURS * 3600.0
INTERACTIONS = 2000
STEPS = """
[[queues.{0}.steps]]
skills = "french >= 3 or contracts"
expires_s = 15"""
# queue: name, medium, share of the work, mean handle time, more lines of the table
QUEUES = {
    "billing": ("Billing", "voice", 0.15, 290.0, 'select = "longest_idle"'),
    "support": (
        "Support",
        "voice",
        0.25,
        800.0,
        'overflow = "sales"\noverflow_s = 120' + STEPS.format("support"),
    ),
    "sales": ("Sales", "voice", 0.15, 700.0, 'priority = 60\nselect = "round_robin"'),
    "mail": ("Mail", "email", 0.15, 1300.0, 'text_offer_s = 90\nselect = "least_occupied"'),
    "webchat": ("Chat", "chat", 0.15, 2400.0, 'select = "weighted"'),
    "texts": ("Texts", "sms", 0.08, 500.0, ""),
    "walls": ("Social", "social", 0.07, 2000.0, ""),
}
BILLING_AGENTS = 4
AGENTS = 60


def toml(extra_billing: int = 0) -> str:
    """The configuration; `extra_billing` agents more on Billing."""
    lines = ['name = "A made day"', 'skills = ["french", "contracts"]', "[server]", 'data = "data"']
    lines += ["[dispositions.done]", 'label = "Done"']
    for key, (name, medium, _, _, more) in QUEUES.items():
        lines += [f"[queues.{key}]", f'name = "{name}"', f'media = ["{medium}"]']
        lines += ['wrapup_mode = "mandatory_timed"', "wrapup_s = 90", "offer_s = 20", *more.split("\n")]
    for number in range(AGENTS + extra_billing):
        queues, skills = _place(number)
        lines += [f"[agents.a{number:02d}]", f'name = "Agent {number}"', f'extension = "{600 + number}"']
        lines += [f"queues = [{', '.join(repr(q) for q in queues)}]".replace("'", '"'), f"skills = {skills}"]
        lines += [f"weight = {1 + number % 3}"]
        if len(queues) > 1:
            lines += [f"places = {{ {queues[1]} = {{ priority = 40, delay_s = {10 * (number % 3)} }} }}"]
    return "\n".join(lines) + "\n"


def _place(number: int) -> tuple[list[str], str]:
    """The queues and skills of an agent: the first few and those who come later serve Billing alone."""
    if number < BILLING_AGENTS or number >= AGENTS:
        return ["billing"], "{}"
    groups = (["support", "sales"], ["support"], ["mail", "texts"], ["webchat", "walls"], ["sales", "mail"])
    skills = ("{ french = 3 }", "{ contracts = 2, french = 5 }", "{}", "{ contracts = 4 }")
    return groups[number % len(groups)], skills[number % len(skills)]


def script(seed: int = 7) -> Script:
    """Who comes when, wants what, waits how long; who works when.  The same for the same seed."""
    drawn = random.Random(seed)
    tasks = [_task(drawn, number) for number in range(INTERACTIONS)]
    acts = [act for number in range(AGENTS) for act in _shift(drawn, number)]
    return Script(
        BEGIN,
        Instant(BEGIN + LENGTH_S + 3600),
        tuple(sorted(tasks, key=lambda task: task.at)),
        tuple(sorted(acts, key=lambda act: act.at)),
    )


def _task(drawn: random.Random, number: int) -> Task:
    queue = drawn.choices(list(QUEUES), [row[2] for row in QUEUES.values()])[0]
    _, medium, _, handle, _ = QUEUES[queue]
    live = medium in {"voice", "chat"}
    skills: dict[SkillId, int] = {}
    if queue in {"support", "sales"} and drawn.random() < 0.2:
        skills = {SkillId(drawn.choice(["french", "contracts"])): drawn.choice([1, 2, 3])}
    then = None
    if queue == "support" and drawn.random() < 0.06:
        then = _then(drawn, number)
    return Task(
        id=InteractionId(f"i{number:04d}"),
        medium=MediumId(medium),
        at=Instant(BEGIN + 60 + drawn.random() * (LENGTH_S - 1200)),
        queue=QueueId(queue),
        skills=skills,
        patience_s=drawn.expovariate(1 / 600) if live else NEVER,
        answer_s=1 + drawn.random() * 5,
        handle_s=drawn.expovariate(1 / handle),
        wrap_s=drawn.random() * 60 if drawn.random() < 0.95 else 400.0,  # then the clock closes it
        finish="returned" if then else "parked" if medium == "email" and drawn.random() < 0.05 else "ended",
        missed=1 if queue != "billing" and drawn.random() < 0.02 else 0,
        then=then,
    )


def _then(drawn: random.Random, number: int) -> Task:
    return Task(
        id=InteractionId(f"i{number:04d}"),
        medium=MediumId("voice"),
        at=BEGIN,
        queue=QueueId("sales"),
        patience_s=900.0,
        handle_s=drawn.expovariate(1 / 200),
    )


def _shift(drawn: random.Random, number: int) -> list[Act]:
    agent = AgentId(f"a{number:02d}")
    if number < BILLING_AGENTS:
        begin, end = BEGIN + number, BEGIN + LENGTH_S
        breaks: list[float] = []
    else:
        begin, end = BEGIN + drawn.random() * 1800, BEGIN + LENGTH_S - drawn.random() * 1800
        breaks = sorted(begin + 1800 + drawn.random() * (end - begin - 5400) for _ in range(2))
    acts = [
        Act(at=Instant(begin), agent=agent, what=COME),
        Act(at=Instant(begin + 5), agent=agent, what="ready"),
    ]
    for pause in breaks:
        acts.append(Act(at=Instant(pause), agent=agent, what="not_ready", reason="break"))
        acts.append(Act(at=Instant(pause + 900), agent=agent, what="ready"))
    return [*acts, Act(at=Instant(end), agent=agent, what=GO, reason="signed_out")]


def part(whole: Script, begin_s: float, end_s: float) -> Script:
    """Some hours of a day: what comes in them."""
    since, until = Instant(BEGIN + begin_s), Instant(BEGIN + end_s)
    return Script(
        since,
        until,
        tuple(task for task in whole.tasks if since <= task.at < until),
        tuple(act for act in whole.acts if since <= act.at < until),
    )


async def record(path: Path, made: Script | None = None, text: str = "") -> None:
    """Let the day happen on the record at `path`."""
    text = text or toml()
    centre, _ = centre_of(tomlfile.parse(path.parent / "centre.toml", text.encode()))
    store = open_store(path)
    try:
        await versions.applied(store, text, (made or script()).since)
        await Simulation(made or script(), centre, store, together=300).run()
    finally:
        await store.close()
