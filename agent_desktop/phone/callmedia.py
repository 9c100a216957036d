"""The sound and the text of the native engine's calls: opened, described for SDP, moved, and what was agreed.

Rules: text is offered in every call beside the sound, but for an INVITE that would not fit in a datagram
with it: then it is offered when the agent wants to type (a re-INVITE right after the answer is more than
simple telephones bear); a call without a free port for text is one without text.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from agent_desktop.errors import ConfigError
from agent_desktop.media.udp import NoPortError
from agent_desktop.phone.engine import SoundAgreed
from agent_desktop.phone.sound import Sound
from agent_desktop.phone.station import Station
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.sip.uri import Uri
from agent_desktop.voice.offer import text_stream

if TYPE_CHECKING:
    from agent_desktop.phone.native import Line

log = logging.getLogger(__name__)


class CallMedia:
    """Lives on the event loop."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound

    def open(
        self, call: str, station: Station, on_digit: Callable[[str], None], target: Uri | None = None
    ) -> LocalMedia:
        """Ports and our side of a new call, of one that we make to `target`.  NoPortError, ConfigError."""
        _, port = self._sound.open_call(call, station.host, on_digit)
        try:
            media = station.media(port, is_offer=target is not None)
        except ConfigError:
            self._sound.close_call(call)
            raise
        wider = self.with_text(call, station, media)
        return wider if target is None or station.fits(wider, target) else media

    def with_text(self, call: str, station: Station, media: LocalMedia) -> LocalMedia:
        """The same with a stream of text, where there is a port for it."""
        place = None
        with contextlib.suppress(NoPortError):
            place = self._sound.texts.open(call, station.host)
        if place is None:
            return media
        return media.with_text(text_stream(media, place[1], secrets.token_bytes))

    def configure(self, line: Line, agreement: Agreement | None) -> SoundAgreed | None:
        """Follow what was agreed on; what the sound is now, if that is to be told."""
        if agreement is None:
            return None
        try:
            self._sound.configure(line.name, agreement.audio)
            self._sound.texts.configure(line.name, agreement)
        except ConfigError:
            log.exception("the agreed sound cannot be made")
            return None
        stream = agreement.audio
        return SoundAgreed(
            line.name,
            stream.codec.name if stream is not None else "",
            encrypted=stream is not None and stream.is_encrypted,
            held_by_remote=agreement.is_held_by_peer,
        )

    def moved(self, line: Line, host: str) -> LocalMedia | None:
        """The call's media at another address of this computer; keys stay.  NoPortError."""
        place = self._sound.move_call(line.name, host)
        if place is None:
            return None
        audio = replace(line.media.audio, port=place[1])
        media = replace(line.media, address=host, streams=(audio, *line.media.streams[1:]))
        if line.media.text is None:
            return media
        text = self._sound.texts.open(line.name, host)
        return media.with_text(None if text is None else replace(line.media.text, port=text[1]))
