"""From what SDP agreed on to what a media session does: the one place where the two meet.

Rules of the file: what has a memory (Opus, G.722, SRTP's packet counters) is made once and lives as long as
the call agrees on the same thing, however often it is agreed again; a new key of one side makes a new
context for that direction alone, because the peer goes on counting in the other (RFC 3711 section 3.3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.errors import ConfigError
from agent_desktop.media import codecs
from agent_desktop.media.session import Plan
from agent_desktop.media.srtp import Cipher, KeyParams, Srtp
from agent_desktop.sip.media import AgreedStream, Codec
from agent_desktop.sip.sdes import Crypto

_SPOKEN: Final = frozenset({"pcmu", "pcma", "g722", "opus"})
_Made = Mapping[tuple[str, int, str], codecs.Codec]
Keys = tuple[str, bytes, str, bytes]
"""Suite and key of ours, and of the peer's."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what the next one of the same call may use again."""

    plan: Plan = field(default_factory=lambda: Plan(sends=False, receives=False))
    made: _Made = field(default_factory=dict, repr=False)
    keys: Keys | None = field(default=None, repr=False)
    cipher: Cipher | None = field(default=None, repr=False)

    @property
    def is_encrypted(self) -> bool:
        return self.cipher is not None


def plan_of(stream: AgreedStream | None, before: Planned | None = None) -> Planned:
    """What a session must do for an agreed stream; `before` is what the same call did until now.

        planned = plan_of(agreement.audio, planned)
        session.configure(planned.plan)

    Without a stream the session neither sends nor takes anything.  ConfigError when a codec or the
    encryption was agreed on that this computer does not have (`voice.offer` offers none such).
    """
    before = before or Planned()
    if stream is None:
        return Planned()
    made: dict[tuple[str, int, str], codecs.Codec] = {}
    sending = _codec(stream.codec, before.made, made)
    if sending is None:
        raise ConfigError(f"This computer has no codec {stream.codec.name}.")
    accepted: dict[int, codecs.Codec] = {}
    for agreed in stream.accepts or (stream.codec,):
        both_ways = agreed.payload_type == stream.codec.payload_type and agreed.is_same_format(stream.codec)
        found = sending if both_ways else _codec(agreed, before.made, made)
        if found is not None:
            accepted[agreed.payload_type] = found
    keys, cipher = cipher_of(stream, before.keys, before.cipher)
    plan = Plan(
        remote=(stream.address, stream.port) if stream.port else None,
        codec=sending,
        accepted=accepted,
        dtmf_payload_type=_number(stream.dtmf),
        sends=stream.direction.sends,
        receives=stream.direction.receives,
        remote_rtcp=(stream.address, stream.port) if stream.rtcp_mux else stream.rtcp,
        cipher=cipher,
        comfort_noise_payload_type=_number(stream.comfort_noise),
    )
    return Planned(plan, made, keys, cipher)


def _number(codec: Codec | None) -> int | None:
    return None if codec is None else codec.payload_type


def _codec(
    agreed: Codec, before: _Made, made: dict[tuple[str, int, str], codecs.Codec]
) -> codecs.Codec | None:
    """The codec of the call so far, or a fresh one; None for a format that carries no sound."""
    if agreed.name.lower() not in _SPOKEN:
        return None
    key = (agreed.name.lower(), agreed.payload_type, agreed.fmtp)
    if key not in made:
        made[key] = before.get(key) or codecs.make(agreed.name, agreed.payload_type, agreed.fmtp)
    return made[key]


def cipher_of(
    stream: AgreedStream, before: Keys | None, cipher: Cipher | None
) -> tuple[Keys | None, Cipher | None]:
    """The cipher of the call so far while both keys stay; the tag of a key says nothing of it."""
    if stream.seal is None or stream.open is None:
        return None, None
    keys = (*_named(stream.seal), *_named(stream.open))
    if keys == before:
        return keys, cipher
    fresh = Srtp(KeyParams(*_named(stream.seal)), KeyParams(*_named(stream.open)))
    return keys, fresh.continuing(cipher)


def _named(crypto: Crypto) -> tuple[str, bytes]:
    return crypto.suite, crypto.key
