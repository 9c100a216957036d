# ruff: noqa: E501 - the tables below read best as one case a row
"""The rules of routing as tables: situation, who is asked, why.  The tests run them; the guide shows them.

`TABLES` holds every table; `markdown(table)` gives one as the operating guide prints it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from agent_desktop.domain.agent import NOT_READY, READY, Agent
from agent_desktop.domain.centre import OfferRules, Queue
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import CHAT, EMAIL, SMS, VOICE
from agent_desktop.domain.skills import Place, SkillStep, parse
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId, Seconds, SkillId

NOW = Instant(1000.0)
SUPPORT = QueueId("support")
NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: what the guide shows, and the values that the test puts in."""

    situation: str
    asked: str
    why: str
    queue: Queue
    work: Interaction
    agents: tuple[Agent, ...] = ()
    in_hand: dict[MediumId, int] = field(default_factory=dict)  # of the first agent
    waited_s: float = 0.0
    others: tuple[Interaction, ...] = ()  # what waits beside the work


@dataclass(frozen=True, kw_only=True)
class Table:
    """One rule; `kind` says what its test looks at."""

    name: str
    title: str
    kind: str  # agent, work, reach, offer
    rows: tuple[Row, ...]


def agent(key: str, **said: Any) -> Agent:
    """Give a ready agent of the support queue who has been free for a minute."""
    made = Agent(
        id=AgentId(key),
        name=key.capitalize(),
        queues=frozenset({SUPPORT}),
        state=READY,
        idle_since_at=Instant(NOW - said.pop("idle", 60.0)),
        skills={SkillId(skill): level for skill, level in said.pop("skills", {}).items()},
    )
    return replace(made, **said)


def work(key: str = "i1", medium: MediumId = VOICE, **said: Any) -> Interaction:
    """Give a call that waits in support, for a minute."""
    at = Instant(NOW - said.pop("age", 60.0))
    skills = {SkillId(skill): level for skill, level in said.pop("skills", {}).items()}
    made = Interaction(
        id=InteractionId(key), medium=medium, queue=SUPPORT, queued_at=at, entered_at=at, skills=skills
    )
    return replace(made, **said)


def queue(*steps: SkillStep, **said: Any) -> Queue:
    """Give the support queue."""
    return replace(Queue(id=SUPPORT, name="Support", steps=steps), **said)


def step(wish: str = "", expires: float = 0.0, only: str = "") -> SkillStep:
    """Give one step of a queue."""
    return SkillStep(wish=parse(wish), expires_s=Seconds(expires), agent=AgentId(only))


def row(situation: str, asked: str, why: str, *agents: Agent, **said: Any) -> Row:
    """Give a row about plain work in the plain queue, but for what is said."""
    said = {"queue": queue(), "work": work(), **said}
    return Row(situation=situation, asked=asked, why=why, agents=agents, **said)


def place(priority: int = 50, delay: float = 0.0) -> dict[QueueId, Place]:
    """Give a place in support."""
    return {SUPPORT: Place(priority=priority, delay_s=Seconds(delay))}


STEPS = queue(step("french >= 3 and (billing or sales) and not trainee", 20), step("french", 30))
ANY = queue(select="longest_idle")

SKILLS = Table(
    name="skills",
    title="Skill steps",
    kind="agent",
    rows=(
        row(
            "step 1 asks for french ≥ 3, billing or sales, and no trainee: Ana has it all",
            "ana",
            "only one",
            agent("ana", skills={"french": 3, "sales": 1}),
            queue=STEPS,
        ),
        row(
            "the same, Ana's French is 2",
            NOBODY,
            "does not meet: french ≥ 3",
            agent("ana", skills={"french": 2, "sales": 5}),
            queue=STEPS,
        ),
        row(
            "the same, Ana has neither billing nor sales",
            NOBODY,
            "does not meet: billing or sales",
            agent("ana", skills={"french": 5}),
            queue=STEPS,
        ),
        row(
            "the same, Ana is a trainee",
            NOBODY,
            "does not meet: not trainee",
            agent("ana", skills={"french": 5, "billing": 2, "trainee": 1}),
            queue=STEPS,
        ),
        row(
            "step 2 asks for french at any level",
            "ana",
            "only one",
            agent("ana", skills={"french": 1}),
            queue=STEPS,
            work=work(stage=1),
        ),
        row("after the last step: anybody in the queue", "ana", "only one", agent("ana"), queue=STEPS, work=work(stage=2)),
        row(
            "the customer chose German too: it is asked in every step",
            NOBODY,
            "german below 2",
            agent("ana", skills={"french": 1}),
            queue=STEPS,
            work=work(stage=1, skills={"german": 2}),
        ),
        row(
            "after the last step the customer's own choice falls too",
            "ana",
            "only one",
            agent("ana"),
            queue=STEPS,
            work=work(stage=2, skills={"german": 2}),
        ),
        row(
            "a queue without steps never lets go of a skill",
            NOBODY,
            "german below 2",
            agent("ana"),
            work=work(skills={"german": 2}, age=5000.0),
        ),
        row(
            "a step names Ben: nobody else is asked",
            "ben",
            "only one",
            agent("ana"),
            agent("ben"),
            queue=queue(step(only="ben", expires=15)),
        ),
    ),
)  # fmt: skip

PLACES = Table(
    name="places",
    title="Delay of a place",
    kind="agent",
    rows=(
        row("Ana's place has a delay of 30 s, the call is younger", NOBODY, "asked after 0:30", agent("ana", places=place(delay=30))),
        row("the delay is over", "ana", "only one", agent("ana", places=place(delay=30)), work=work(delay_s=Seconds(30.0))),
        row("Ben has no delay: he is asked meanwhile", "ben", "only one", agent("ana", places=place(delay=30)), agent("ben")),
        row(
            "transferred to Ana herself: no delay counts",
            "ana",
            "only one",
            agent("ana", places=place(delay=30)),
            work=work(reserved=AgentId("ana"), sent_by=AgentId("ben")),
        ),
    ),
)  # fmt: skip

SELECTION = Table(
    name="selection",
    title="Which of the free agents",
    kind="agent",
    rows=(
        row("longest idle", "ben", "longest idle", agent("ana", idle=10.0), agent("ben", idle=20.0), queue=ANY),
        row(
            "longest idle: Ana's last call is just over, a mail lies open in her hands",
            "ben",
            "longest idle",
            agent("ana", idle=10.0),
            agent("ben", idle=20.0),
            queue=ANY,
            in_hand={EMAIL: 1},
        ),
        row("longest idle, both equal", "ana", "first by id", agent("ana"), agent("ben"), queue=ANY),
        row(
            "least occupied: Ana worked half of her shift, Ben a third",
            "ben",
            "least occupied",
            agent("ana", handled_s=Seconds(50.0), waited_s=Seconds(50.0)),
            agent("ben", handled_s=Seconds(30.0), waited_s=Seconds(60.0), idle=5.0),
            queue=queue(select="least_occupied"),
        ),
        row(
            "least occupied, both equal",
            "ben",
            "longest idle",
            agent("ana", idle=5.0),
            agent("ben"),
            queue=queue(select="least_occupied"),
        ),
        row(
            "round robin: Ana had work more lately",
            "ben",
            "next in turn",
            agent("ana", served_at=Instant(900.0)),
            agent("ben", served_at=Instant(800.0), idle=5.0),
            queue=queue(select="round_robin"),
        ),
        row(
            "weighted: Ana took 4 with weight 2, Ben 3 with weight 1",
            "ana",
            "least work for the weight",
            agent("ana", handled=4, weight=2, idle=5.0),
            agent("ben", handled=3),
            queue=queue(select="weighted"),
        ),
        row(
            "proficiency: the best in what is asked for",
            "ben",
            "best skilled",
            agent("ana", skills={"french": 3}),
            agent("ben", skills={"french": 5}, idle=5.0),
            queue=queue(step("french")),
        ),
        row(
            "proficiency, both equal",
            "ana",
            "longest idle",
            agent("ana", skills={"french": 3, "lamps": 1}),
            agent("ben", skills={"french": 3, "lamps": 5}, idle=5.0),
            queue=queue(step("french")),
        ),
        row(
            "the last agent of the customer is free",
            "ben",
            "last served by this agent",
            agent("ana"),
            agent("ben", idle=5.0),
            work=work(preferred=AgentId("ben")),
        ),
        row(
            "the last agent of the customer did not take it",
            "ana",
            "only one",
            agent("ana"),
            agent("ben", idle=5.0),
            work=work(preferred=AgentId("ben"), refused_by=(AgentId("ben"),)),
        ),
        row(
            "kept for the customer's last agent, who is busy",
            NOBODY,
            "no free capacity",
            agent("ben"),
            agent("ana"),
            work=work(reserved=AgentId("ben")),
            in_hand={VOICE: 1},
        ),
    ),
)  # fmt: skip

CAPACITY = Table(
    name="capacity",
    title="Room in an agent's hands",
    kind="agent",
    rows=(
        row("a call, with two emails in hand", "ana", "only one", agent("ana"), in_hand={EMAIL: 2}),
        row("a call, with a chat in hand", NOBODY, "no free capacity", agent("ana"), in_hand={CHAT: 1}),
        row("a call, with a call in hand or in wrap-up", NOBODY, "no free capacity", agent("ana"), in_hand={VOICE: 1}),
        row("an email, with a call in hand", NOBODY, "no free capacity", agent("ana"), in_hand={VOICE: 1}, work=work(medium=EMAIL)),
        row("a second email", "ana", "only one", agent("ana"), in_hand={EMAIL: 1}, work=work(medium=EMAIL)),
        row("a third email", NOBODY, "no free capacity", agent("ana"), in_hand={EMAIL: 2}, work=work(medium=EMAIL)),
        row("a third email, Ana's own limit is 3", "ana", "only one", agent("ana", limits={EMAIL: 3}), in_hand={EMAIL: 2}, work=work(medium=EMAIL)),
        row("an email, Ana's own limit is 0", NOBODY, "no free capacity", agent("ana", limits={EMAIL: 0}), work=work(medium=EMAIL)),
        row("capacity 2 units: a message beside an email", "ana", "only one", agent("ana", capacity=2), in_hand={EMAIL: 1}, work=work(medium=SMS)),
        row("capacity 2 units: a message beside two emails", NOBODY, "no free capacity", agent("ana", capacity=2), in_hand={EMAIL: 2}, work=work(medium=SMS)),
        row("capacity 2 units: a call (2 units) interrupts two emails", "ana", "only one", agent("ana", capacity=2), in_hand={EMAIL: 2}),
        row("capacity 1 unit: a call never fits", NOBODY, "no free capacity", agent("ana", capacity=1)),
        row("capacity 2 units: a chat interrupts two emails, but not two chats", NOBODY, "no free capacity", agent("ana", capacity=2), in_hand={EMAIL: 2, CHAT: 2}, work=work(medium=CHAT)),
    ),
)  # fmt: skip

AWAY: dict[str, Any] = {"state": NOT_READY, "reason": "away", "offered_media": frozenset({EMAIL})}
SENT: dict[str, Any] = {"reserved": AgentId("ana"), "sent_by": AgentId("ben")}

STATES = Table(
    name="states",
    title="States",
    kind="agent",
    rows=(
        row("signed out", NOBODY, "logged out", agent("ana", state="logged_out")),
        row("not ready", NOBODY, "not ready", agent("ana", state=NOT_READY)),
        row("ready, a break chosen next", NOBODY, "break next", agent("ana", next_state=NOT_READY)),
        row("not ready with a reason that leaves email: an email", "ana", "only one", agent("ana", **AWAY), work=work(medium=EMAIL)),
        row("the same: a call", NOBODY, "not ready", agent("ana", **AWAY)),
        row("transfer only: a call from the queue", NOBODY, "not ready", agent("ana", state=NOT_READY, transfers=True)),
        row("transfer only: a call that Ben transferred to Ana", "ana", "only one", agent("ana", state=NOT_READY, transfers=True), work=work(**SENT)),
        row("not ready: a call that Ben transferred to Ana", NOBODY, "not ready", agent("ana", state=NOT_READY), work=work(**SENT)),
        row("paused in this queue after a missed offer", NOBODY, "paused in this queue after a missed offer", agent("ana", paused=frozenset({SUPPORT}))),
        row("the same: a call that Ben transferred to Ana", "ana", "only one", agent("ana", paused=frozenset({SUPPORT})), work=work(**SENT)),
        row("no phone: a call", NOBODY, "no phone", agent("ana", phone=False)),
        row("no phone: an email", "ana", "only one", agent("ana", phone=False), work=work(medium=EMAIL)),
        row("in other queues", NOBODY, "not in this queue", agent("ana", queues=frozenset())),
    ),
)  # fmt: skip

OTHER = QueueId("other")


def _two(first: Interaction, second: Interaction, **said: Any) -> dict[str, Any]:
    return {"work": first, "others": (second,), **said}


WORK = Table(
    name="work",
    title="What a free agent takes",
    kind="work",
    rows=(
        row("the place in a queue goes first", "i2", "a place of lower priority", agent("ana", places={OTHER: Place(priority=80)}),
            **_two(work("i1", priority=99), work("i2", queue=OTHER, age=1.0))),
        row("then the priority of the work", "i2", "lower priority", agent("ana"), **_two(work("i1"), work("i2", priority=60, age=1.0))),
        row("then the age, over all queues", "i2", "came later", agent("ana"), **_two(work("i1", age=59.0), work("i2", queue=OTHER))),
        row("a supervisor moved it: it ranks as if it were older", "i2", "came later", agent("ana"),
            **_two(work("i1"), work("i2", age=1.0, older_s=Seconds(100.0)))),
        row("all equal: the id decides", "i1", "same, but later by id", agent("ana"), **_two(work("i2"), work("i1"))),
    ),
)  # fmt: skip

WIDE = queue(step("french >= 3", 20), step("french", 30))
REACH = Table(
    name="reach",
    title="How far a queue reaches",
    kind="reach",
    rows=(
        row("at once", "step 1, delay 0:00", "changes in 0:10", agent("ana", places=place(delay=10)), queue=WIDE, waited_s=0.0),
        row("10 s: places with a delay of 10 s", "step 1, delay 0:10", "changes in 0:10", agent("ana", places=place(delay=10)), queue=WIDE, waited_s=10.0),
        row("20 s: step 1 is over", "step 2, delay 0:10", "changes in 0:30", agent("ana", places=place(delay=10)), queue=WIDE, waited_s=20.0),
        row("49.9 s", "step 2, delay 0:10", "changes in 0:00", agent("ana", places=place(delay=10)), queue=WIDE, waited_s=49.9),
        row("50 s: the last step is over", "anybody, delay 0:10", "nothing changes any more", agent("ana", places=place(delay=10)), queue=WIDE, waited_s=50.0),
        row("a step without expiry holds for ever", "step 1, delay 0:00", "nothing changes any more", queue=queue(step("french")), waited_s=9999.0),
        row("no steps, no delays", "anybody, delay 0:00", "nothing changes any more", waited_s=0.0),
    ),
)  # fmt: skip

OFFERS = Table(
    name="offers",
    title="How long an offer lasts",
    kind="offer",
    rows=(
        row("a call", "20 s", "answered by hand"),
        row("an email", "60 s", "answered by hand", work=work(medium=EMAIL)),
        row("a chat: the customer is there", "20 s", "answered by hand", work=work(medium=CHAT)),
        row("the queue answers for its agents", "20 s", "answered by itself", queue=queue(auto_accept=True)),
        row("the queue has a rule of its own for calls", "9 s", "answered by itself",
            queue=queue(offers={VOICE: OfferRules(offer_s=Seconds(9.0), auto_accept=True)})),
        row("the same, an email", "60 s", "answered by hand", work=work(medium=EMAIL),
            queue=queue(offers={VOICE: OfferRules(offer_s=Seconds(9.0), auto_accept=True)})),
    ),
)  # fmt: skip

TABLES = (SKILLS, PLACES, SELECTION, CAPACITY, STATES, WORK, REACH, OFFERS)


def markdown(table: Table) -> str:
    """Give a table as the guide prints it."""
    heads = {
        "agent": ("Situation", "Who is asked", "Why"),
        "work": ("Rule", "What is offered", "The other"),
        "reach": ("Waited", "Who is asked", "Next"),
        "offer": ("Work", "Lasts", "Accepted"),
    }
    rows = [heads[table.kind], ("---", "---", "---"), *((r.situation, r.asked, r.why) for r in table.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
