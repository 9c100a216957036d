"""One hour offline by two agents on the same conversations, as a seed draws it, and what must be true after.

The record is the judge: what it says of a request, of the log's entries and of their order is compared with
what each agent was told.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from agent_desktop.client.acts import held
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import AgentId, ConversationId, Seconds
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire.replica import Replica, from_snapshot
from tests.client.inmemory import Computer
from tests.server.floor import ANA, BEN, Floor

HOUR_S = 3600.0
STEPS = 16
CHATS = 2
_REPLY = msgspec.json.Decoder(e.Reply)


@dataclass(frozen=True)
class Done:
    """An act as an agent did it; `mark` is unique in the log where the act leaves one."""

    request: str
    agent: AgentId
    command: c.AnyCommand
    conversation: str
    mark: str


@dataclass
class Schedule:
    """One drawn hour."""

    floor: Floor
    seed: int
    done: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)
        self._count = itertools.count(1)
        self._ids = self._made()
        self.computers = [Computer(lambda: self.floor, agent, self._ids) for agent in (ANA, BEN)]
        self.threads: list[str] = []

    def _made(self) -> Iterator[str]:
        for number in itertools.count(1):
            yield f"{self.seed}.{number}"

    # ── what happens ──

    async def run(self) -> None:
        """Begin together, be apart for an hour with everything that can go wrong, come together."""
        for computer in self.computers:
            await self.floor.presence.came(computer.agent)
        await self._work_comes()
        for computer in self.computers:
            await computer.heal()
        for step in range(STEPS):
            if step == STEPS // 3:
                for computer in self.computers:
                    computer.line.cut()
                    computer.pump()
            if step == 2 * STEPS // 3:
                self.floor.clock.at += HOUR_S
                self.floor.hub.tick()
                await self.floor.settle()
            await self._something()
        for computer in (*self.computers, *self.computers):
            await computer.heal()
        await self.floor.settle()
        for computer in self.computers:
            computer.line.deliver_down()
            computer.pump()

    async def _work_comes(self) -> None:
        for chat in range(CHATS):
            before = set(self.floor.hub.tables.live_of)
            await self.floor.chat(f"Hello {chat}", f"{self.seed}:{chat}", f"v{self.seed}.{chat}")
            self.threads += sorted(set(self.floor.hub.tables.live_of) - before)
        agents = [ANA, BEN]
        self.draw.shuffle(agents)
        for thread, agent in zip(self.threads, agents, strict=False):
            work = self.floor.hub.tables.live_of[ConversationId(thread)]
            take = c.TakeInteraction(interaction=work)
            reply = await self.floor.desk.handle(agent, next(self._ids), take)
            assert reply.ok, reply.message

    async def _something(self) -> None:
        computer = self.draw.choice(self.computers)
        match self.draw.choices(
            ["act", "up", "down", "disk", "connect", "cut", "kill", "router", "customer"],
            [12, 4, 4, 3, 2, 2, 1.5, 0.25, 1],
        )[0]:
            case "act":
                self._act(computer)
            case "up":
                await computer.line.deliver_up(self.draw.randint(1, 4), twice=self.draw.random() < 0.3)
            case "down":
                computer.line.deliver_down(self.draw.randint(1, 6), twice=self.draw.random() < 0.3)
                computer.pump()
            case "disk":
                computer.flush(self.draw.randint(1, 3))
            case "connect":
                computer.line.connect()
                computer.pump()
            case "cut":
                computer.line.cut()
                computer.pump()
            case "kill":
                computer.kill(self.draw.randint(0, 3))
            case "router":
                for one in self.computers:
                    one.line.cut()
                    one.pump()
                await self.floor.restart()
            case _:
                chat = self.draw.randrange(CHATS)
                await self.floor.chat("And?", f"{self.seed}:{next(self._count)}+", f"v{self.seed}.{chat}")

    def _act(self, computer: Computer) -> None:
        thread = self.draw.choice(self.threads)
        number = next(self._count)
        mark = f"{computer.agent}-{self.seed}-{number}"
        replica = computer.runtime.store.replica
        seen = replica.messages.get(thread, ())
        known = replica.conversations.get(thread)
        work = next((w.id for w in replica.interactions.values() if w.conversation == thread), "")
        other = BEN if computer.agent == ANA else ANA
        kinds: list[c.AnyCommand] = [
            c.AddNote(message=mark, conversation=thread, text=mark),
            c.AddNote(message=mark, conversation=thread, text=mark),
            c.SendMessage(
                message=mark, conversation=thread, text=mark, after_message=seen[-1].id if seen else ""
            ),
            c.SendMessage(message=mark, conversation=thread, text=mark),
            i.TagConversation(conversation=thread, add=(mark,)),
            i.TagConversation(conversation=thread, add=(mark,)),
            i.AssignConversation(
                conversation=thread,
                agent=self.draw.choice((computer.agent, other)),
                was=known.owner if known is not None else None,
            ),
            i.SnoozeConversation(conversation=thread, until_at=0.0),
            i.ReopenConversation(conversation=thread),
            i.FollowConversation(conversation=thread, on=self.draw.random() < 0.5),
        ]
        if work:
            kinds += [
                c.WrapUp(interaction=work, code="solved", note=mark),
                i.ResolveConversation(
                    conversation=thread, code="solved", after_message=seen[-1].id if seen else ""
                ),
                c.MarkRead(interaction=work),
            ]
        command = self.draw.choice(kinds)
        marked = isinstance(command, c.AddNote | c.SendMessage | i.TagConversation)
        request = computer.ask(command)
        self.done.append(Done(request, computer.agent, command, thread, mark if marked else ""))

    async def tidy(self) -> None:
        """Leave nobody with work in hand."""
        for agent in (ANA, BEN):
            for work in tuple(self.floor.hub.tables.in_hand.get(agent, ())):
                over = c.WrapUp(interaction=work, code="solved")
                await self.floor.desk.handle(agent, next(self._ids), over)

    # ── what must be true ──

    def judge(self) -> None:
        """Raise `AssertionError` where something was lost, doubled, turned round, or not shown."""
        log = self._log()
        order = {mark: at for at, mark in enumerate(log)}
        for mark, times in Counter(log).items():
            assert times == 1, f"{mark} was carried out {times} times"
        for computer in self.computers:
            self._judge_one(computer, order)
        for done in self.done:
            if done.mark:
                reply = self._answer(done.request)
                carried_out = reply is not None and reply.ok
                assert carried_out == (done.mark in order), f"{done} was answered {reply}"
        self._judge_replicas()

    def _judge_one(self, computer: Computer, order: dict[str, int]) -> None:
        mine = [done for done in self.done if done.agent == computer.agent]
        acts = computer.runtime.store.unsent
        for done in mine:
            reply, listed = self._answer(done.request), acts.get(done.request)
            if reply is None:  # it never came, or was refused before it was looked at
                lost = listed is None and done.request in computer.shown
                assert not lost, f"{done} was shown as waiting and is lost"
                if listed is not None and listed.state != "refused":
                    assert listed.request in held(acts.values()), f"{done} still waits: {listed}"
            elif reply.ok:
                assert listed is None, f"{done} is done and still listed: {listed}"
            elif listed is None:
                told = computer.ended.get(done.request)
                waited = done.request in computer.shown
                assert told == "refused" or not waited, f"{done} was refused and that was not shown"
                assert not waited, f"{done} waited and its refusal is not in the list"
            else:
                assert (listed.state, listed.message) == ("refused", reply.message), f"{done}: {listed}"
        for thread in self.threads:
            marks = [d.mark for d in mine if d.conversation == thread and d.mark in order]
            assert marks == sorted(marks, key=order.__getitem__), (
                f"{computer.agent}: the order is another one"
            )

    def _judge_replicas(self) -> None:
        self.floor.board.tell_queues()
        for computer in self.computers:
            computer.line.deliver_down()
            computer.pump()
            have = computer.runtime.store.replica
            fresh = from_snapshot(self.floor.board.snapshot(computer.agent))
            different = [n for n in Replica.__slots__ if getattr(have, n) != getattr(fresh, n)]
            assert not different, f"{computer.agent}: {different}"

    def _answer(self, request: str) -> e.Reply | None:
        stored = self.floor.store.reply_to(request)
        return None if stored is None else _REPLY.decode(stored.reply)

    def _log(self) -> list[str]:
        """The marks that acts left in the log, in order."""
        found: list[str] = []
        for thread in self.threads:
            for _seq, event in self.floor.store.events(0, 10_000, subject=thread):
                name = type(event).__name__
                if name == "MessageAdded":
                    message = event.message  # type: ignore[union-attr]  # its name says so
                    found += [message.id] if message.author else []
                elif name == "TagsChanged":
                    found += list(event.add)  # type: ignore[union-attr]  # the same
        return found


class Patient(Floor):
    """A floor where work stays with an agent who is away for an hour."""

    def configuration(self) -> Centre:
        return replace(super().configuration(), away_s=Seconds(0.0))


class Floors:
    """A floor for a few schedules at a time: a record that grows is slower.

    On every other one the work of who is away for an hour goes back to its queue.
    """

    def __init__(self, folder: Path, each: int = 20) -> None:
        self._folder = folder
        self._each = each
        self._floor: Floor | None = None
        self._used = 0
        self._count = itertools.count(1)

    async def next(self) -> Floor:
        """A floor whose agents take no offers."""
        if self._floor is None or self._used >= self._each:
            await self.close()
            template = self._folder / "template.db"
            if not template.exists():
                made = await Floor(template).start()
                await made.stop()
            number = next(self._count)
            path = self._folder / f"{number}.db"
            shutil.copy(template, path)
            self._floor = await (Patient if number % 2 else Floor)(path).start()
            self._used = 0
        self._used += 1
        return self._floor

    async def close(self) -> None:
        if self._floor is not None:
            await self._floor.stop()
            self._floor.path.unlink()
            self._floor = None


async def played(floors: Floors, seed: int) -> Schedule:
    """Play one schedule and judge it."""
    schedule = Schedule(await floors.next(), seed)
    await schedule.run()
    schedule.judge()
    await schedule.tidy()
    for computer in schedule.computers:
        computer.line.cut()
    await asyncio.sleep(0)
    return schedule
