"""How long the acts of a large inbox hold the router's loop: the measured side of `bench inbox`'s last rows.

`python -m agent_desktop.bench._held_child NUMBER` prints one JSON line: for each act the longest turn of the
loop meanwhile, as (CPU milliseconds of the loop's thread, milliseconds by the clock).  The whole router on a
record of its own: so many conversations that wait, and two conversations of so many messages each.  The acts
are asked for as desktops ask, at the desk behind the websocket.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from agent_desktop.bench import _crowd as crowd
from agent_desktop.bench._routing_child import NoExchange
from agent_desktop.domain.agent import NOT_READY
from agent_desktop.domain.centre import Centre, Disposition
from agent_desktop.domain.conversation import IN, OUT, Conversation, Message
from agent_desktop.domain.copying import replace
from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import (
    ChannelId,
    ConversationId,
    DispositionCode,
    Instant,
    MessageId,
)
from agent_desktop.ports.storage import Changes
from agent_desktop.server.beside import settled
from agent_desktop.server.router import Doors, Router
from agent_desktop.server.storage.store import open_store
from agent_desktop.wire import commands, inbox
from agent_desktop.wire.codec import encode_body

LEAD: Final = crowd.agent(0).id
AT_ONCE: Final = 100  # commands of one desktop under way in a bulk act
BULK: Final = 1_000
SPLIT: Final = 500
GROUP: Final = 2_000
DRY: Final = '[rules.lamps]\nwords = ["lamp"]\nsteps = ["tag lamp"]\n'
Figures = dict[str, tuple[float, float]]


@dataclass(slots=True)
class Watch:
    """Looks at every turn of the loop while something is done."""

    longest_cpu_ms: float = 0.0
    longest_ms: float = 0.0
    _beside: asyncio.Task[None] | None = field(default=None)

    async def _look(self) -> None:
        cpu, clock = time.thread_time(), time.perf_counter()
        while True:
            await asyncio.sleep(0)
            cpu_now, clock_now = time.thread_time(), time.perf_counter()
            self.longest_cpu_ms = max(self.longest_cpu_ms, (cpu_now - cpu) * 1000)
            self.longest_ms = max(self.longest_ms, (clock_now - clock) * 1000)
            cpu, clock = cpu_now, clock_now

    async def during(self, act: Awaitable[object]) -> tuple[float, float]:
        """The longest turn, (CPU, clock) in milliseconds, until the act is done and what follows from it."""
        self.longest_cpu_ms = self.longest_ms = 0.0
        beside = asyncio.create_task(self._look())
        await asyncio.sleep(0)  # it looks from now on
        await act
        await asyncio.sleep(0.05)
        beside.cancel()
        with suppress(asyncio.CancelledError):
            await beside
        return self.longest_cpu_ms, self.longest_ms


def main(size: int) -> Figures:
    """Measure every act at one size."""
    with tempfile.TemporaryDirectory(prefix="bench-held-") as folder:
        return asyncio.run(_measured(Path(folder), size))


def centre() -> Centre:
    """One leader who sees everything."""
    made = crowd.centre(1)
    leader = replace(made.agents[LEAD], role="supervisor", queues=tuple(made.queues))
    solved = DispositionCode("solved")
    return replace(
        made, agents={LEAD: leader}, dispositions={solved: Disposition(code=solved, label="Solved")}
    )


async def filled(store_path: Path, size: int) -> None:
    """A record with so many conversations that wait, and two with so many messages."""
    store = open_store(store_path)
    await store.commit(Changes(agents={LEAD: crowd.agent(0, NOT_READY)}))
    for first in range(0, size, GROUP):
        changes = Changes()
        for number in range(first, min(size, first + GROUP)):
            work = replace(crowd.work(number), conversation=_waiting(number))
            changes.interactions[work.id] = work
            changes.conversations[_waiting(number)] = _thread(_waiting(number), 1)
            for key in (ConversationId("one"), ConversationId("other")):
                changes.conversations[key] = _thread(key, size, last=f"{key}-{size - 1}")
                one = _message(key, number)
                changes.messages[one.id] = one
        await store.commit(changes)
    await store.close()


def _waiting(number: int) -> ConversationId:
    return ConversationId(f"v{number:09d}")


def _thread(key: ConversationId, messages: int, last: str = "") -> Conversation:
    return Conversation(
        id=key,
        medium=EMAIL,
        channel=ChannelId("box"),
        address="customer@example.com",
        subject="Where is my lamp?",
        queue=crowd.queue(0),
        messages=messages,
        last_message=MessageId(last),
        updated_at=crowd.BEGIN,
    )


def _message(key: ConversationId, number: int) -> Message:
    return Message(
        id=MessageId(f"{key}-{number}"),
        conversation=key,
        medium=EMAIL,
        direction=OUT if number % 2 else IN,
        at=Instant(crowd.BEGIN + number + (0.5 if key == "other" else 0.0)),
        text="The lamp has not arrived, although the carrier promised it for Monday morning. " * 4,
        from_address="customer@example.com",
        to_addresses=("help@centre.example",),
        subject="Where is my lamp?",
        external_id=f"<{key}-{number}@example.com>",
        threading_reason="In-Reply-To names your reply of 12 March.",
    )


class Desktop:
    """One desktop's requests, each with a name of its own."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self._names: Iterator[int] = count()

    async def ask(self, command: commands.AnyCommand) -> None:
        """Ask for one thing; it must be done."""
        reply = await self.router.desk.handle(LEAD, f"request-{next(self._names)}", command)
        if not reply.ok:
            raise RuntimeError(reply.message)

    async def widen(self, size: int) -> None:
        """See all work, until all of it is in view."""
        await self.ask(commands.Watch(scope="all"))
        receiver = self.router.board.receiver(LEAD)
        for _ in range(size):  # turns: far more than it takes
            if len(receiver.interactions) == size:
                break
            await asyncio.sleep(0)

    async def bulk(self, asked: Callable[[str], commands.AnyCommand], many: int) -> None:
        """The same for many conversations, as a bulk act sends them."""
        coming = iter(range(many))

        async def sender() -> None:
            for number in coming:
                await self.ask(asked(_waiting(number)))

        await asyncio.gather(*(sender() for _ in range(AT_ONCE)))


async def _measured(folder: Path, size: int) -> Figures:
    await filled(folder / "record.db", size)
    router = Router(
        store=open_store(folder / "record.db"), centre=centre(), doors=Doors(), exchange=NoExchange()
    )
    await router.start()
    settled()
    try:
        return await _acts(router, size)
    finally:
        await router.stop()


async def _acts(router: Router, size: int) -> Figures:
    desk, board, watch, found = Desktop(router), router.board, Watch(), Figures()
    await router.presence.came(LEAD)

    async def act(name: str, doing: Awaitable[object]) -> None:
        found[name] = await watch.during(doing)

    async def snapshot() -> None:
        encode_body(board.snapshot(LEAD))

    bulk = min(size, BULK)
    few = tuple(f"one-{number}" for number in range(min(SPLIT, size // 2)))
    await act("wider view", desk.widen(size))
    await act("snapshot at sign-in", snapshot())
    await act("look at a long conversation", desk.ask(inbox.LookAt(conversation="one")))
    await act("merge", desk.ask(inbox.MergeConversations(conversation="one", into="other")))
    await act("unmerge", desk.ask(inbox.UnmergeConversation(conversation="one")))
    await act("split", desk.ask(inbox.SplitConversation(conversation="one", new="new", messages=few)))
    await act("unsplit", desk.ask(inbox.UnsplitConversation(conversation="new")))
    await act("page of a timeline", desk.ask(commands.FetchTimeline(conversation="one", limit=200)))
    await act("page of a list", desk.ask(inbox.ListConversations(limit=200)))
    await act("page of copies", desk.ask(inbox.FetchCopies()))
    await act("search", desk.ask(commands.SearchEverything(text="lamp", limit=50)))
    await act("rules, dry run", desk.ask(inbox.FindPast(days=366, rule=DRY)))
    await act(
        "tags in bulk",
        desk.bulk(lambda key: inbox.TagConversation(conversation=key, add=("seen",)), bulk),
    )
    await act(
        "prioritised in bulk",
        desk.bulk(lambda key: inbox.PrioritiseConversation(conversation=key, priority=90), bulk),
    )
    await act(
        "resolved in bulk",
        desk.bulk(lambda key: inbox.ResolveConversation(conversation=key), bulk),
    )
    return found


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
