"""From what SDP agreed on to what carries a call's text: a stream of its own, or the tones in its sound.

    planned = route_of(agreement, planned)
    leg.configure(planned.route)

Rules of the file: as in `plan`, what has a memory (SRTP's packet counters) lives as long as the call agrees
on the same keys; what the peer takes and what we take may carry different numbers; a peer that names no
redundancy gets none, and one whose speed (cps) is none reads 30 signs a second (RFC 4103 section 6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.media.rtt import DEFAULT_CPS, TextPlan
from agent_desktop.media.srtp import Cipher
from agent_desktop.media.text_leg import TextRoute
from agent_desktop.media.text_stream import StreamPlan
from agent_desktop.sip.media import RED, T140, Agreement, Codec
from agent_desktop.voice.plan import Keys, cipher_of

_TONES: Final = frozenset({"pcmu", "pcma"})
_CPS: Final = re.compile(r"(?:^|[;\s])cps=(\d{1,5})(?:$|[;\s])", re.ASCII)
_FASTEST_CPS: Final = 1000


@dataclass(frozen=True, slots=True)
class PlannedText:
    """A route, and what the next one of the same call may use again."""

    route: TextRoute = field(default_factory=TextRoute)
    keys: Keys | None = field(default=None, repr=False)
    cipher: Cipher | None = field(default=None, repr=False)


def route_of(agreement: Agreement | None, before: PlannedText | None = None) -> PlannedText:
    """What may carry the text now; `before` is what the same call did until now.

    ConfigError when an encryption was agreed on that this computer does not have.
    """
    before = before or PlannedText()
    if agreement is None:
        return before
    sound = agreement.audio
    has_tty = sound is not None and sound.codec.name.lower() in _TONES
    stream = agreement.text
    sending = None if stream is None else _plan(stream.formats)
    if stream is None or sending is None:
        return PlannedText(TextRoute(None, has_tty=has_tty))
    keys, cipher = cipher_of(stream, before.keys, before.cipher)
    plan = StreamPlan(
        text=sending,
        takes=_plan(stream.accepts) or sending,
        remote=(stream.address, stream.port) if stream.port else None,
        sends=stream.direction.sends,
        remote_rtcp=(stream.address, stream.port) if stream.rtcp_mux else stream.rtcp,
        cipher=cipher,
    )
    return PlannedText(TextRoute(plan, has_tty=has_tty), keys, cipher)


def _plan(formats: tuple[Codec, ...]) -> TextPlan | None:
    text = next((codec for codec in formats if codec.is_same_format(T140)), None)
    if text is None:
        return None
    redundancy = next((codec for codec in formats if codec.is_same_format(RED)), None)
    if redundancy is None:
        return TextPlan(text.payload_type, cps=_speed(text.fmtp))
    generations = redundancy.fmtp.partition(" ")[0].count("/")
    return TextPlan(text.payload_type, redundancy.payload_type, generations, _speed(text.fmtp))


def _speed(fmtp: str) -> int:
    """Characters a second that a side reads."""
    found = _CPS.search(fmtp)
    cps = int(found[1]) if found else 0
    return min(cps, _FASTEST_CPS) or DEFAULT_CPS
