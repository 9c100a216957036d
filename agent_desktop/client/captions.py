"""Captions on their way: what was said in my calls goes to the record, and nothing while card data is given.

So does the line that says that text and voice share a call in another way (VCO, HCO).  The phone makes them
and knows nothing of the record; the router keeps what it is told.  A line goes when it stands, also when its
call is over by then, waits while the server is away, and is kept once however often it is told.

Rules: the phone is told of every call whether card data is given now, at once and first of all; whether a
line may be kept is the router's to decide, not ours.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from agent_desktop.client.news import CallMoved, CallTextMoved, News
from agent_desktop.client.phone_updates import CAPTIONS
from agent_desktop.wire.access import KeepCaption
from agent_desktop.wire.calls import CAPTION, CARRY
from agent_desktop.wire.phone import PauseCaptions

if TYPE_CHECKING:
    from agent_desktop.client.runtime import Runtime

_MOST: Final = 1000  # lines that wait for the server
_OVER: Final = 20  # calls whose last words may still come


class Captions:
    """A listener of the runtime."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: deque[KeepCaption] = deque(maxlen=_MOST)
        self._interactions: dict[str, str] = {}
        self._over: deque[str] = deque()
        self._paused: dict[str, bool] = {}

    def told(self, news: tuple[News, ...]) -> None:
        """Something happened."""
        self._pause()
        for one in news:
            match one:
                case CallMoved(after=call) if call.state == "ended":
                    self._paused.pop(call.id, None)
                    self._forget_late(call.id)
                case CallMoved(after=call):
                    self._interactions[call.id] = call.interaction
                case CallTextMoved(call=key, changed=changed) if interaction := self._interactions.get(key):
                    self._waiting.extend(
                        KeepCaption(interaction=interaction, call=key, line=line)
                        for line in changed
                        if line.medium in {CAPTION, CARRY} and line.finished and line.text
                    )
                case _:
                    pass
        while self._waiting and self._runtime.store.connection.state == "online":
            self._runtime.ask(self._waiting.popleft())

    def _forget_late(self, call: str) -> None:
        self._over.append(call)
        while len(self._over) > _OVER:
            self._interactions.pop(self._over.popleft(), None)

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
