"""The thread that talks to the outside, and the two hand-overs between it and the front end.

Everything with a socket runs on one asyncio loop in one thread of its own: a busy window never delays a
heartbeat and a slow server never freezes a window.  Towards the front end values go through a queue:
`wake` is called (on the network thread) once, and not again until `drain` has been called.  Towards the
network functions go through `call` and coroutines through `spawn`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

_log = logging.getLogger(__name__)


class Network:
    """One loop, one thread.  Start it once; `close` ends its tasks and joins the thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._inbox: deque[object] = deque()
        self._woken = False
        self._lock = threading.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._thread.start()

    def post(self, item: object) -> None:
        """Hand a value to the front end's thread; may be called from any thread."""
        with self._lock:
            self._inbox.append(item)
            wake, self._woken = not self._woken, True
        if wake:
            self._wake()

    def drain(self) -> list[object]:
        """Take everything handed over, oldest first."""
        with self._lock:
            items = list(self._inbox)
            self._inbox.clear()
            self._woken = False
        return items

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Run a function on the network thread soon; after `close` it is not run."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function, *arguments)

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a coroutine on the network thread; a failure is logged, not swallowed."""
        self.call(self._start, work)

    def close(self, timeout_s: float = 5.0) -> None:
        """Cancel what runs, wait for it, end the thread."""
        if self.loop.is_closed():
            return
        done = asyncio.run_coroutine_threadsafe(self._finish(), self.loop)
        try:
            done.result(timeout_s)
        except TimeoutError:
            _log.warning("The network did not end within %s s.", timeout_s)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = self.loop.create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A network task failed.", exc_info=error)

    async def _finish(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
