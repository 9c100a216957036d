"""A caller's spoken choice in a menu, where the centre has a recogniser; the keys work all the time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from agent_desktop.ports.speech import SpeechRecogniser

log = logging.getLogger(__name__)


class Listening:
    """Listens to calls that are in a menu; without a recogniser to none."""

    def __init__(self, speech: SpeechRecogniser | None) -> None:
        self._speech = speech
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(
        self, call: str, phrases: Sequence[tuple[str, str]], language: str, heard: Callable[[str], None]
    ) -> None:
        """Listen for these phrases; `heard` is given the key of the one that was said."""
        if self._speech is not None and phrases:
            work = self._listen(self._speech, call, phrases, language, heard)
            self._tasks[call] = asyncio.get_running_loop().create_task(work)

    def end(self, call: str) -> None:
        """Listen no more."""
        task = self._tasks.pop(call, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    async def _listen(
        self,
        speech: SpeechRecogniser,
        call: str,
        phrases: Sequence[tuple[str, str]],
        language: str,
        heard: Callable[[str], None],
    ) -> None:
        try:
            key = await speech.start(call, phrases, language)
        except Exception:  # the keys work without it
            log.exception("speech could not be recognised", extra={"call": call})
            return
        if key:
            heard(key)
