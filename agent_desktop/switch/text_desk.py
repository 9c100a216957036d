"""The text of every leg, beside its sound: which leg is read, and what carries its text.

Real-time text has ports of its own, which are opened where SDP may speak of it.  A leg whose sound is G.711
is listened to for the tones of a textphone where one may be (`read_tones`).

Rules: all methods belong to the signalling thread; the media thread ticks the `TextLeg` itself, between the
two halves of its sound (`mixing`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from agent_desktop.media.text_leg import TextLeg
from agent_desktop.media.text_news import NO_LOSSES, Carrier, TextLosses, TextNews
from agent_desktop.media.udp import NoPortError, UdpPort
from agent_desktop.sip.media import Agreement
from agent_desktop.voice.text import PlannedText, route_of

OnText = Callable[[TextNews | None], None]
"""Told what was typed at a leg; None when no more will be."""


@dataclass(slots=True)
class _Text:
    leg: TextLeg
    planned: PlannedText = field(default_factory=PlannedText)
    reads_tones: bool = False
    offered: tuple[UdpPort, UdpPort] | None = None
    """Ports that stand in an offer, or in its answer, until it is agreed on."""
    spare: tuple[UdpPort, UdpPort] | None = None
    """Ports for text that nobody has agreed on."""


class TextDesk:
    """Every leg that can be typed to."""

    def __init__(
        self,
        tell: Callable[[Callable[[], None]], None],
        bind: Callable[[], tuple[UdpPort, UdpPort]],
        *,
        spare: int,
    ) -> None:
        """`bind` gives a fresh pair of ports, or raises `NoPortError`.

        So many pairs at most, `spare`, are kept for text that is not agreed on; sound takes them when it
        has no others, and `given_up` is told whose they were.
        """
        self._spare = spare
        self.given_up: Callable[[str], None] = lambda _leg: None
        self._tell = tell
        self._bind = bind
        self._texts: dict[str, _Text] = {}

    def open(self, leg: str, told: OnText, fix_delay: Callable[..., None]) -> TextLeg:
        """A leg begins; `told` is called in the signalling thread."""
        text = TextLeg(lambda news: self._tell(partial(told, news)), fix_delay=fix_delay)
        self._texts[leg] = _Text(text)
        return text

    def open_stream(self, leg: str, *, is_needed: bool = True, is_offered: bool = False) -> int:
        """Open ports for real-time text; the port for SDP.  Raises `NoPortError`.

        What is not needed yet, and only may be, leaves most of the ports to the sound of others, and is
        given up for that; but not while it stands in an offer of ours (`is_offered`).
        """
        text = self._texts.get(leg)
        if text is None:
            raise NoPortError("The text of this leg has failed; its sound goes on.")
        kept = sum((one.spare or one.offered) is not None for one in self._texts.values() if one is not text)
        if not is_needed and kept >= self._spare:
            raise NoPortError("The ports that are left are for the sound of calls.")
        ports = self._bind()
        text.offered, text.spare = (ports, None) if is_needed or is_offered else (None, ports)
        text.leg.open(ports)
        return ports[0].address[1]

    def give_up(self) -> bool:
        """Free the ports of text that nobody has agreed on, of one leg; False when there are none."""
        for name, text in self._texts.items():
            if text.spare is not None:
                for port in text.spare:
                    port.close()
                text.spare = None
                self.given_up(name)
                return True
        return False

    def of(self, leg: str) -> TextLeg | None:
        """Writes to whoever is at this leg."""
        text = self._texts.get(leg)
        return text.leg if text is not None else None

    def losses(self, leg: str) -> TextLosses:
        """What of its real-time text nobody read."""
        text = self._texts.get(leg)
        return NO_LOSSES if text is None else text.leg.state.losses

    def read_tones(self, leg: str) -> None:
        """A textphone may be there."""
        text = self._texts.get(leg)
        if text is not None and not text.reads_tones:
            text.reads_tones = True
            _follow(text)

    def agreed(self, leg: str, agreement: Agreement) -> None:
        """Follow what SDP agreed on."""
        text = self._texts.get(leg)
        if text is not None:
            text.planned = route_of(agreement, text.planned)
            text.spare = (text.offered or text.spare) if text.planned.route.stream is None else None
            text.offered = None
            _follow(text)

    def close(self, leg: str) -> None:
        """The leg is over."""
        self._texts.pop(leg, None)

    def failed(self, leg: str, closed: TextLeg) -> None:
        """The text of a leg is closed; another may have begun under its name."""
        text = self._texts.get(leg)
        if text is not None and text.leg is closed:
            del self._texts[leg]


def carrier_of(agreement: Agreement | None) -> Carrier:
    """What can carry the text of a leg, by what SDP agreed on."""
    route = route_of(agreement).route
    if route.stream is not None:
        return "rtt"
    return "tty" if route.has_tty else ""


def _follow(text: _Text) -> None:
    route = text.planned.route
    text.leg.configure(replace(route, has_tty=route.has_tty and text.reads_tones))
