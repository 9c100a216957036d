"""Captions on their way: what was said in my calls goes to the record, and nothing while card data is given.

The phone makes them and knows nothing of the record; the router keeps what it is told.  A line goes when it
stands, waits while the server is away, and is kept once however often it is told.

Rules: the phone is told of every call whether card data is given now, at once and first of all; whether a
line may be kept is the router's to decide, not ours.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from agent_desktop.client.news import CallMoved, CallTextMoved, News
from agent_desktop.wire.access import KeepCaption
from agent_desktop.wire.calls import CAPTION
from agent_desktop.wire.phone import PauseCaptions

if TYPE_CHECKING:
    from agent_desktop.client.runtime import Runtime

CAPTIONS: Final = "captions"
"""The word among the phone's capabilities."""
_MOST: Final = 1000  # lines that wait for the server


class Captions:
    """A listener of the runtime."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: deque[KeepCaption] = deque(maxlen=_MOST)
        self._interactions: dict[str, str] = {}
        self._paused: dict[str, bool] = {}

    def told(self, news: tuple[News, ...]) -> None:
        """Something happened."""
        self._pause()
        for one in news:
            match one:
                case CallMoved(after=call) if call.state == "ended":
                    self._interactions.pop(call.id, None)
                    self._paused.pop(call.id, None)
                case CallMoved(after=call):
                    self._interactions[call.id] = call.interaction
                case CallTextMoved(call=key, changed=changed) if interaction := self._interactions.get(key):
                    self._waiting.extend(
                        KeepCaption(interaction=interaction, call=key, line=line)
                        for line in changed
                        if line.medium == CAPTION and line.finished and line.text
                    )
                case _:
                    pass
        while self._waiting and self._runtime.store.connection.state == "online":
            self._runtime.ask(self._waiting.popleft())

    def _pause(self) -> None:
        store = self._runtime.store
        if CAPTIONS not in store.phone.told.capabilities:
            return
        for call in store.phone.calls.values():
            talk = store.replica.interactions.get(call.interaction)
            is_secure = talk is not None and talk.call is not None and talk.call.secure
            if call.state in {"up", "held"} and self._paused.get(call.id) != is_secure:
                self._paused[call.id] = is_secure
                self._runtime.ask_phone(PauseCaptions(call=call.id, on=is_secure))
