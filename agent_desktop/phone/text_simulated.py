r"""The text of a simulated call: what the agent types is kept, and the other side types when it is told to.

It stands where `media.text_leg.TextLeg` stands in a real call, without packets and tones: real-time text that
arrives at once.  For tests and the demonstration.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from functools import partial

from agent_desktop.media import t140
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.text_leg import FAR, NEAR
from agent_desktop.media.text_news import LegLine, Mode, TextNews, TextState
from agent_desktop.media.text_written import WrittenLines


class SimulatedText:
    """`tell` is called in the sound thread; `sent` is what the agent typed."""

    is_far_carrier = False

    def __init__(self, tell: Callable[[TextNews], None]) -> None:
        self._tell = tell
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._written = WrittenLines()
        self._lines: dict[int, LegLine] = {}
        self._told: TextState | None = None
        self._heard = ""
        self._finds = False
        self.sent = ""
        self.state = TextState("rtt")

    # ------------------------------------------------------------ any thread

    def set_mode(self, mode: Mode) -> None:
        self._orders.put(partial(self._set_mode, mode))

    def write(self, text: str) -> None:
        self._orders.put(partial(self._write, text))

    def finish_lines(self, speaker: str | None = None) -> None:
        self._orders.put(lambda: self._show(self._written.finish(speaker, time.time())))

    def type_there(self, text: str) -> None:
        """The other side types."""
        self._orders.put(partial(self._type_there, text))

    def interrupt(self) -> None:
        """Nobody has to wait."""

    def fix_shift(self) -> None:
        """There are no shifts."""

    def announce(self) -> None:
        """It is no textphone."""

    # ------------------------------------------------------------ the sound thread

    def receive_due(self) -> None:
        while not self._orders.empty():
            self._orders.get_nowait()()

    def send_due(self, *, is_held: bool = False) -> Pcm | None:
        _ = is_held
        self._show(self._written.tick(time.time()))
        if self.state != self._told or self._lines:
            self._told = self.state
            lines = tuple(self._lines[number] for number in sorted(self._lines))
            news = TextNews(self.state, lines, self._heard, None, self._finds)
            self._lines, self._heard, self._finds = {}, "", False
            self._tell(news)
        return None

    def close(self) -> None:
        """There is nothing to free."""

    def _set_mode(self, mode: Mode) -> None:
        self.state = TextState("rtt", mode, is_found=self.state.is_found)

    def _write(self, text: str) -> None:
        self.sent = t140.applied(self.sent + text)
        self._show(self._written.write(NEAR, text, "rtt", time.time()))

    def _type_there(self, text: str) -> None:
        if self.state.mode == "off":
            return
        self._finds = not self.state.is_found
        self.state = TextState("rtt", self.state.mode, is_found=True)
        self._heard += text
        self._show(self._written.write(FAR, text, "rtt", time.time()))

    def _show(self, lines: tuple[LegLine, ...]) -> None:
        for line in lines:
            self._lines[line.number] = line
