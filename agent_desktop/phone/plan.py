"""From what SDP agreed on to what a media session does: the one place where the two meet in the phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from agent_desktop.media import codecs
from agent_desktop.media.session import Plan
from agent_desktop.sip.media import AgreedStream, Codec

_CODECS: Final[Mapping[str, codecs.TableCodec]] = {"pcmu": codecs.PCMU, "pcma": codecs.PCMA}


def plan_of(stream: AgreedStream) -> Plan:
    """What a session must do for an agreed stream."""
    accepted = {codec.payload_type: codec for codec in map(_codec, stream.accepts) if codec is not None}
    wanted = _codec(stream.codec) or codecs.PCMU
    return Plan(
        remote=(stream.address, stream.port) if stream.port else None,
        codec=wanted,
        accepted=accepted or {wanted.payload_type: wanted},
        dtmf_payload_type=None if stream.dtmf is None else stream.dtmf.payload_type,
        sends=stream.direction.sends,
        receives=stream.direction.receives,
    )


def _codec(agreed: Codec) -> codecs.TableCodec | None:
    known = _CODECS.get(agreed.name.lower())
    return None if known is None else replace(known, payload_type=agreed.payload_type)
