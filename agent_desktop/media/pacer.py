"""The clock of the sound: a plain thread that calls `tick` every 20 ms at absolute deadlines.

A loop that is shared with other work sends late (measured: 30 ms behind 30 ms bursts); a thread that
sleeps for a period after its work drifts.  Here every deadline is start + n * period of the monotonic
clock; after a stall all the ticks that are due run at once, so that nothing is missing, unless the stall
was so long that catching up would only add delay.

Rules: the thread sleeps once per deadline, never in a chain; what `tick` raises ends nothing but that
tick and is told to `on_error`; its own lateness is measured, always.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agent_desktop.media.pcm import FRAME_S
from agent_desktop.media.realtime import ask_for_urgency, watch_for_hogs

_LONGEST_CATCH_UP_TICKS: Final = 10  # 200 ms; more is a stopped computer, not a stall
_STEPS_PER_MS: Final = 20
_SLOTS: Final = 2000  # 100 ms in steps of 50 us
_SWITCH_INTERVAL_S: Final = 0.0001


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the ticks were."""

    ticks: int
    skipped: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


def yield_often() -> None:
    """Let other threads of this process take the interpreter after 0.1 ms instead of 5 ms.

    A busy main thread otherwise delays each tick by 5 ms.
    """
    sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL_S))


class Pacer:
    """Runs `tick` in its own thread.  `clock` and `sleep` are arguments for tests only."""

    def __init__(
        self,
        tick: Callable[[], None],
        *,
        period_s: float = FRAME_S,
        on_error: Callable[[Exception], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        name: str = "media",
    ) -> None:
        self._tick = tick
        self._period_s = period_s
        self._on_error = on_error
        self._clock = clock
        self._sleep = sleep
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run_urgently, name=name, daemon=True)
        self._slots = [0] * (_SLOTS + 1)
        self._ticks = 0
        self._skipped = 0
        self._worst_s = 0.0

    def start(self) -> None:
        yield_often()
        watch_for_hogs()
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Ask for the end and wait for it; safe from any thread, more than once."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def _run_urgently(self) -> None:
        ask_for_urgency()
        self.run()

    def run(self) -> None:
        """The thread's work, until `stop`."""
        deadline = self._clock() + self._period_s
        while not self._stop.is_set():
            wait_s = deadline - self._clock()
            if wait_s > 0:
                self._sleep(wait_s)
                if self._stop.is_set():
                    return
            late_s = self._clock() - deadline
            if late_s > _LONGEST_CATCH_UP_TICKS * self._period_s:
                behind = int(late_s / self._period_s)
                self._skipped += behind
                deadline += behind * self._period_s
            self._note(late_s)
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001  one bad tick must not silence every call
                if self._on_error is not None:
                    self._on_error(error)
            deadline += self._period_s

    def _note(self, late_s: float) -> None:
        late_s = max(late_s, 0.0)
        self._ticks += 1
        self._worst_s = max(self._worst_s, late_s)
        self._slots[min(int(late_s * 1000 * _STEPS_PER_MS), _SLOTS)] += 1

    @property
    def lateness(self) -> Lateness:
        return Lateness(
            ticks=self._ticks,
            skipped=self._skipped,
            p50_ms=self._percentile_ms(0.50),
            p99_ms=self._percentile_ms(0.99),
            worst_ms=self._worst_s * 1000,
        )

    def _percentile_ms(self, share: float) -> float:
        """The upper edge of the 50 us step in which this share of the ticks was reached."""
        wanted, seen = share * self._ticks, 0
        for slot, count in enumerate(self._slots):
            seen += count
            if count and seen >= wanted:
                return min((slot + 1) / _STEPS_PER_MS, self._worst_s * 1000)
        return 0.0
