"""Text for calls that run: a stream is offered by re-INVITE, or else sound that a textphone's tones pass.

Rules: what is offered beside the text is the sound as it was agreed on, so that the voice goes on
undisturbed and the request fits in a datagram; who refuses text is asked again only when the agent says so,
once a call; a refusal takes nothing away.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent_desktop.errors import ConfigError, IllegalStepError, RefusedError
from agent_desktop.phone.callmedia import CallMedia
from agent_desktop.sip.media import Agreement, Direction, LocalMedia
from agent_desktop.voice.offer import adding_text, as_agreed, for_textphone

if TYPE_CHECKING:
    from agent_desktop.phone.native import Line

log = logging.getLogger(__name__)

_TONES: Final = frozenset({"pcmu", "pcma"})


@dataclass(slots=True)
class TextOffer:
    """What was asked of the other side of a call."""

    is_under_way: bool = False
    was_asked: bool = False
    """By the agent, for a stream of text."""
    has_short_packets: bool = False
    """G.711 in short packets was asked for."""


class TextOffers:
    """Lives on the event loop."""

    def __init__(self, media: CallMedia) -> None:
        self._media = media

    def add(self, line: Line) -> None:
        """The agent wants to type: offer a stream of text where there is none."""
        agent = line.station.transport.agent
        if not agent.is_up(line.leg):
            raise IllegalStepError("Text can be added to a call that is up.")
        agreement = agent.agreement(line.leg)
        if agreement is None or agreement.text is not None or line.text.was_asked:
            return
        line.text.was_asked = True
        wider = self._media.with_text(line.name, line.station, line.media)
        if wider.text is None:
            return
        line.media = wider
        self._offer(line, adding_text(wider, agreement))

    def favour_tones(self, line: Line) -> None:
        """A textphone is there: G.711 in short packets, of which a lost one tears less."""
        if line.text.has_short_packets or not line.station.transport.agent.is_up(line.leg):
            return
        line.text.has_short_packets = True
        with contextlib.suppress(ConfigError):
            self._offer(line, for_textphone(line.media))

    def changed(self, line: Line, agreement: Agreement | None) -> bool:
        """An offer of ours was answered; whether it was one of these."""
        if not line.text.is_under_way:
            return False
        self._over(line)
        if agreement is not None and agreement.text is None and line.text.was_asked:
            self._try_tones(line, agreement)
        return True

    def refused(self, line: Line) -> bool:
        """An offer of ours was refused; whether it was one of these."""
        if not line.text.is_under_way:
            return False
        self._over(line)
        agreement = line.station.transport.agent.agreement(line.leg)
        if agreement is not None and line.text.was_asked:
            self._try_tones(line, agreement)
        return True

    # -- inside -----------------------------------------------------------------------------------------

    def _offer(self, line: Line, media: LocalMedia) -> None:
        agent, now = line.station.transport.agent, line.station.transport.now()
        agreement = agent.agreement(line.leg)
        with contextlib.suppress(RefusedError):  # it ended meanwhile; its end was reported
            line.text.is_under_way = True
            agent.reinvite(line.leg, _facing(line, as_agreed(media, agreement)), now)
            line.station.transport.flush()

    def _over(self, line: Line) -> None:
        line.text.is_under_way = False
        # What the peer may ask for later, and what a hold offers: everything, and nothing that was refused.
        media = for_textphone(line.media) if line.text.has_short_packets else line.media
        with contextlib.suppress(RefusedError):
            line.station.transport.agent.set_media(line.leg, _facing(line, media))

    def _try_tones(self, line: Line, agreement: Agreement) -> None:
        """There is no stream of text: let the sound be one that tones pass."""
        if agreement.audio is not None and agreement.audio.codec.name.lower() not in _TONES:
            self.favour_tones(line)


def _facing(line: Line, media: LocalMedia) -> LocalMedia:
    return media.with_direction(Direction.SENDONLY if line.holds else Direction.SENDRECV)
