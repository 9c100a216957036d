"""A day run by its script through the router's own rooms: hub, waiting, offering, wrap-up, overflow.

Nothing is imitated but people and time: customers come and leave, agents come, answer, finish and go as the
script says; who meets whom is decided by the very code that decides in production.  Events are carried out
in the order of their times, those of the same time in the order in which they were planned.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable

from agent_desktop.domain import agent as agents
from agent_desktop.domain import choosing
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import LOGGED_OUT, NOT_READY, READY
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, OfferId, QueueId
from agent_desktop.errors import AgentDesktopError
from agent_desktop.ports.storage import DomainEvent, Store
from agent_desktop.server.hub import Step
from agent_desktop.server.overflowing import Overflowing
from agent_desktop.server.replay.daybook import COME, GO, WAITING, WITHDRAWN, Act
from agent_desktop.server.replay.rooms import ToldClock, VirtualHub, nothing
from agent_desktop.server.replay.script import NEVER, Script, Task
from agent_desktop.server.work import Work

READY_AGAIN_S = 60.0  # after a missed offer the agent is back
Change = Callable[[Step], None]


async def simulate(script: Script, centre: Centre) -> list[DomainEvent]:
    """The log of a day that nobody keeps."""
    kept, store = nothing()
    await Simulation(script, centre, store).run()
    return kept.log


class Simulation:
    """One run.  `together` changes are committed at once: 1 lets each one settle before the next."""

    def __init__(self, script: Script, centre: Centre, store: Store, *, together: int = 1) -> None:
        self._script = script
        self._together = together
        self._clock = ToldClock(script.since)
        self._hub = VirtualHub(store, centre, self._clock)
        self._hub.later = self._plan
        self._hub.moved = self._moved
        self._work = Work(self._hub)
        self._overflowing = Overflowing(self._hub, self._work)
        self._plans: list[tuple[Instant, int, Change]] = []
        self._count = itertools.count()
        self._tasks: dict[InteractionId, Task] = {}  # the turn that each one is in
        self._seen: dict[InteractionId, tuple[str, OfferId]] = {}
        self._missed: dict[InteractionId, int] = {}
        self._trouble: list[BaseException] = []

    async def run(self) -> None:
        """Carry out the script.  Raises what went wrong in the rooms: that is a defect."""
        self._hub.load_record()
        self._hub.start()
        for act in self._script.acts:
            self._plan(act.at, self._act(act))
        for task in self._script.tasks:
            self._plan(task.at, self._arrival(task))
        done = 0
        while self._plans and self._plans[0][0] <= self._script.until:
            at, _, change = heapq.heappop(self._plans)
            self._clock.at = max(at, self._clock.at)
            future = self._hub.run(change)
            future.add_done_callback(self._look)
            done += 1
            if done % self._together == 0:
                with contextlib.suppress(AgentDesktopError):  # a refusal is an answer
                    await future
            if self._trouble:
                break
        await self._hub.stop()
        if self._trouble:
            raise self._trouble[0]

    def _plan(self, when: Instant, change: Change) -> None:
        heapq.heappush(self._plans, (when, next(self._count), change))

    def _look(self, future: asyncio.Future[None]) -> None:
        error = future.exception()
        if error is not None and not isinstance(error, AgentDesktopError):
            self._trouble.append(error)

    # --- agents -----------------------------------------------------------------------------------

    def _act(self, act: Act) -> Change:
        def do(step: Step) -> None:
            agent = step.tables.agents.get(act.agent)
            if agent is None:
                return
            if act.what == COME:
                if agent.state == LOGGED_OUT:
                    step.agent(agents.ShiftStarted(agent=agent.id, at=step.now, cause="login"))
                return
            if act.what == GO:
                self._work.offering.release(step, agent.id, "signed_out")
            self._choose(step, agent.id, act, LOGGED_OUT if act.what == GO else act.what)

        return do

    @staticmethod
    def _choose(step: Step, key: AgentId, act: Act, state: str) -> None:
        agent = step.agent_of(key)
        if agent.state == LOGGED_OUT:
            return
        wanted = choosing.Choice(
            state=state,
            reason="" if state == READY else act.reason,
            media=act.media if state == NOT_READY else (),
            transfers=act.transfers,
        )
        cause, work = "supervisor" if act.reason else "agent", step.tables.work_of(key)
        event = choosing.choose(agent, wanted, work=work, now=step.now, cause=cause, media=step.hub.media)
        if event is not None:
            step.agent(event)

    # --- customers --------------------------------------------------------------------------------

    def _arrival(self, task: Task) -> Change:
        def arrive(step: Step) -> None:
            out = bool(task.by)
            value = Interaction(
                id=task.id,
                medium=task.medium,
                arrived_at=step.now,
                updated_at=step.now,
                direction="out" if out else "in",
                queue=task.queue if out else QueueId(""),
            )
            self._tasks[task.id] = task
            if out and (task.by not in step.tables.agents or step.agent_of(task.by).state == LOGGED_OUT):
                return
            step.interaction(interactions.Arrived(interaction=task.id, at=step.now, value=value))
            if out:
                step.interaction(interactions.Accepted(interaction=task.id, at=step.now, agent=task.by))
            else:
                self._work.waiting.queue(step, task.id, task.queue, dict(task.skills))

        return arrive

    def _moved(self, i: Interaction) -> None:
        """Somebody will act on what an interaction is now: planned, never done at once."""
        task = self._tasks.get(i.id)
        offer = i.offer.id if i.offer is not None else OfferId("")
        was = self._seen.get(i.id, ("", OfferId("")))
        if task is None or was == (i.state, offer):
            return
        self._seen[i.id] = (i.state, offer)
        now = self._clock.at
        if i.state in WAITING and was[0] not in WAITING and task.patience_s < NEVER:
            self._plan(Instant(now + task.patience_s), self._leaving(i.id, task))
        if i.state == interactions.OFFERED and i.offer is not None and not i.offer.auto_accept:
            self._answer(i.id, task, i.offer)
        if i.state == interactions.ACTIVE and was[0] != interactions.ACTIVE:
            self._plan(Instant(now + task.handle_s), self._finish(i.id, task))
        if i.state == interactions.WRAP_UP:
            self._plan(Instant(now + task.wrap_s), self._close(i.id))

    def _answer(self, key: InteractionId, task: Task, offer: interactions.Offer) -> None:
        if self._missed.get(key, 0) < task.missed:
            self._missed[key] = self._missed.get(key, 0) + 1
            back = Act(at=Instant(offer.expires_at + READY_AGAIN_S), agent=offer.agent, what=READY)
            self._plan(back.at, self._act(back))
            return

        def accept(step: Step) -> None:
            i = step.tables.interactions.get(key)
            if i is not None and i.offer is not None and i.offer.id == offer.id:
                self._work.offering.accept(step, offer.agent, offer.id)

        # Never slower than the lease: a recorded answer was in time, another configuration may ask for less.
        answer_s = min(task.answer_s, (offer.expires_at - offer.offered_at) * 0.99)
        self._plan(Instant(offer.offered_at + answer_s), accept)

    def _leaving(self, key: InteractionId, task: Task) -> Change:
        def leave(step: Step) -> None:
            i = step.tables.interactions.get(key)
            if i is None or i.state not in WAITING or self._tasks[key] is not task:
                return
            if task.finish == WITHDRAWN and i.state == interactions.QUEUED:
                self._work.wrapping.close(step, key, cause="system")
            else:
                step.interaction(interactions.Abandoned(interaction=key, at=step.now))

        return leave

    def _finish(self, key: InteractionId, task: Task) -> Change:
        def finish(step: Step) -> None:
            i = step.tables.interactions.get(key)
            if i is None or i.state != interactions.ACTIVE or self._tasks[key] is not task:
                return
            match task.finish:
                case "returned" if task.then is not None:
                    self._tasks[key] = task.then
                    self._work.give_back(step, key, task.then.queue, f"transferred by {i.agent}")
                case "parked":
                    self._work.park(step, i.agent, key)
                case "closed":
                    self._work.wrapping.close(step, key)
                case _:
                    self._work.wrapping.end(step, key, "customer")

        return finish

    def _close(self, key: InteractionId) -> Change:
        def close(step: Step) -> None:
            i = step.tables.interactions.get(key)
            if i is not None and i.state == interactions.WRAP_UP:
                self._work.wrapping.close(step, key)

        return close
