"""The echo number: whoever calls it from a registered phone hears a beep, and then oneself.

It proves the whole way of the sound, there and back, before the shift (the phone's self-test listens for
what it sent).  Such a call is no work of anybody's: the router hears nothing of it.

Rules: registered phones alone; one such call for each extension; it ends after `LASTS_S` by itself; what is
sent back is the caller's own sound and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.media.tones import zip_tone
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import LocalMedia
from agent_desktop.switch.outside import Surroundings, Timer
from agent_desktop.switch.treatments import Prompts

log = logging.getLogger(__name__)

LASTS_S: Final = 30.0
_MOST: Final = 50


@dataclass(slots=True, eq=False)
class _Echo:
    """One call to the echo number."""

    name: str
    extension: str
    timer: Timer | None = None

    @property
    def beep(self) -> str:
        return f"{self.name}/beep"


class Echo:
    """Every call to the echo number.  All methods belong to the signalling thread."""

    def __init__(self, around: Surroundings, media: Callable[[str, int], LocalMedia]) -> None:
        """`media` is our side of a call at an address."""
        self._around = around
        self._media = media
        self._calls: dict[LegId, _Echo] = {}
        self._made = 0

    def called(self, event: sip.CallArrived, extension: str) -> None:
        """A registered phone called the number."""
        signalling, now = self._around.signalling(), self._around.monotonic()
        if len(self._calls) >= _MOST or any(echo.extension == extension for echo in self._calls.values()):
            signalling.reject(event.leg, now, 486)
            return
        self._made += 1
        echo = _Echo(f"echo/{self._made}", extension)
        try:
            host, port = self._around.desk.open_leg(echo.name, lambda _digit: None)
        except AgentDesktopError as error:
            log.warning("a test call cannot be answered: %s", error)
            signalling.reject(event.leg, now, 503)
            return
        self._calls[event.leg] = echo
        try:
            agreement = signalling.answer(event.leg, self._media(host, port), now)
        except RefusedError:  # no shared codec; the stack has refused the call
            self._over(event.leg)
            return
        if agreement is not None:
            self._around.desk.configure(echo.name, agreement)
        echo.timer = self._around.later(LASTS_S, partial(self._hang_up, event.leg))
        over = partial(self._around.soon, partial(self._speak, event.leg))
        self._around.desk.add_source(echo.beep, Prompts([zip_tone()], over))
        self._around.desk.hear(echo.name, {echo.beep: 1.0})

    def happened(self, event: sip.Event) -> bool:
        """Take in an event of one of these calls; False when it is of another."""
        match event:
            case sip.MediaChanged() if event.leg in self._calls:
                self._around.desk.configure(self._calls[event.leg].name, event.agreement)
            case sip.Ended() if event.leg in self._calls:
                self._over(event.leg)
            case _:
                return False
        return True

    def end_all(self) -> None:
        """The switch goes down."""
        for leg in tuple(self._calls):
            self._hang_up(leg)

    def _speak(self, leg: LegId) -> None:
        """The beep is over: from here on the caller hears itself."""
        echo = self._calls.get(leg)
        if echo is not None:
            self._around.desk.remove_source(echo.beep)
            self._around.desk.hear(echo.name, {echo.name: 1.0})

    def _hang_up(self, leg: LegId) -> None:
        if leg in self._calls:
            with contextlib.suppress(RefusedError):  # the stack knows already that the leg is over
                self._around.signalling().hang_up(leg, self._around.monotonic())
            self._over(leg)

    def _over(self, leg: LegId) -> None:
        echo = self._calls.pop(leg)
        if echo.timer is not None:
            echo.timer.cancel()
        self._around.desk.remove_source(echo.beep)
        self._around.desk.close_leg(echo.name)
