"""A router that starts on a record full of waiting work, as a process of its own.

`fill FOLDER AGENTS WAITING` writes the record; `start FOLDER AGENTS` starts a router on it and prints one
JSON line: seconds from opening the record to the open door, and CPU seconds of the process meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from agent_desktop.bench import _crowd as crowd
from agent_desktop.bench._routing_child import NoExchange
from agent_desktop.domain.agent import NOT_READY
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.copying import replace
from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import ChannelId, ConversationId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.router import Doors, Router
from agent_desktop.server.storage.store import open_store

GROUP = 10_000


def main() -> None:
    """Do what the first word says."""
    act, folder, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if act == "fill":
        asyncio.run(_fill(folder, size, int(sys.argv[4])))
    else:
        asyncio.run(_start(folder, size))


async def _fill(folder: Path, size: int, waiting: int) -> None:
    store = open_store(folder / "record.db")
    people = [crowd.agent(number, NOT_READY) for number in range(size)]
    await store.commit(Changes(agents={agent.id: agent for agent in people}))
    for first in range(0, waiting, GROUP):
        changes = Changes()
        for number in range(first, min(waiting, first + GROUP)):
            key = ConversationId(f"v{number:09d}")
            work = replace(crowd.work(number), conversation=key)
            changes.interactions[work.id] = work
            changes.conversations[key] = Conversation(
                id=key,
                medium=EMAIL,
                channel=ChannelId("box"),
                customer_name=work.customer_name,
                address=work.from_address,
                subject=work.subject,
                queue=work.queue,
                last_line=work.last_line,
                messages=1,
                updated_at=work.arrived_at,
            )
        await store.commit(changes)
    await store.close()


async def _start(folder: Path, size: int) -> None:
    centre = crowd.centre(size)
    began, cpu = time.perf_counter(), time.process_time()
    router = Router(
        store=open_store(folder / "record.db"), centre=centre, doors=Doors(), exchange=NoExchange()
    )
    await router.start()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    waiting = sum(router.hub.index.waiting(queue) for queue in centre.queues)
    print(json.dumps({"s": took, "cpu_s": cpu, "waiting": waiting}), flush=True)
    await router.stop()


if __name__ == "__main__":
    main()
