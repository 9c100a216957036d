"""The text legs of the calls at this phone: their ports, what carries them, and what they tell.

Lives on the signalling thread; the legs themselves belong to the sound thread (`media.text_leg`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Final

from agent_desktop.media.session import MediaSession
from agent_desktop.media.source import Address
from agent_desktop.media.text_leg import TextLeg
from agent_desktop.media.text_news import TextNews
from agent_desktop.media.udp import UdpPort, bind_pair
from agent_desktop.phone.sounding import CallText
from agent_desktop.sip.media import Agreement
from agent_desktop.voice.text import PlannedText, route_of

FIRST_PORT: Final = 33_000
LAST_PORT: Final = 60_000


class CallTexts:
    """`tell` is called in the sound thread with the call's name and its news."""

    def __init__(self, tell: Callable[[str, TextNews], None]) -> None:
        self.tell = tell
        self._legs: dict[str, CallText] = {}
        self._planned: dict[str, PlannedText] = {}

    def make(self, call: str, session: MediaSession) -> TextLeg:
        """The text of a new call beside its sound."""
        leg = TextLeg(partial(self.tell, call), fix_delay=session.fix_delay)
        leg.listen_to(session)
        return leg

    def keep(self, call: str, leg: CallText | None) -> None:
        """Know the text of a call."""
        if leg is not None:
            self._legs[call] = leg

    def find(self, call: str) -> CallText | None:
        """The text of a call that is there; None for one without."""
        return self._legs.get(call)

    def open(self, call: str, host: str) -> Address | None:
        """Ports for real-time text, also at another address than before; NoPortError when none is free."""
        leg = self._legs.get(call)
        if not isinstance(leg, TextLeg):
            return None
        pair = free_ports(host)
        leg.open(pair)
        return pair[0].address

    def configure(self, call: str, agreement: Agreement | None) -> None:
        """Follow what SDP agreed on.  ConfigError for what this computer cannot do."""
        leg = self._legs.get(call)
        if isinstance(leg, TextLeg):
            self._planned[call] = route_of(agreement, self._planned.get(call))
            leg.configure(self._planned[call].route)

    def forget(self, call: str) -> None:
        """The call is over; its leg is closed by the sound thread."""
        self._legs.pop(call, None)
        self._planned.pop(call, None)


def free_ports(host: str) -> tuple[UdpPort, UdpPort]:
    """A pair somewhere in the range of this phone."""
    start = random.randrange(FIRST_PORT, LAST_PORT, 2)  # noqa: S311 - spreads ports, guards nothing
    return bind_pair(host, [*range(start, LAST_PORT, 2), *range(FIRST_PORT, start, 2)])
