"""What we say about sound and text when a call begins: codecs, encryption, packets, as the centre wants it.

A call's `LocalMedia` is made once and kept: holding, resuming and answering the peer's re-INVITE go on from
it, so that its keys stay the same.  `again` follows a change of the policy within a call and keeps port,
address and keys.  Keys are made for each call anew.

SDES keys (RFC 4568) are sent where the policy says so, whether or not the signalling is encrypted: without
TLS whoever reads the signalling can hear the call.

Real-time text (RFC 4103) is a stream of its own with keys of its own, under the same policy as the sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from agent_desktop.errors import ConfigError
from agent_desktop.media import codecs, srtp
from agent_desktop.sip import media
from agent_desktop.sip.media import Agreement, Codec, LocalMedia, Prefer, Stream
from agent_desktop.sip.sdes import KEY_BYTES, SUITES, Crypto, Srtp

_CODECS: Final[Mapping[str, Codec]] = {
    "opus": media.OPUS,
    "g722": media.G722,
    "pcma": media.PCMA,
    "pcmu": media.PCMU,
}
CODECS: Final = ("opus", "G722", "PCMA", "PCMU")
"""Every codec, the best sound first."""
_WITH_NOISE: Final = frozenset({"pcma", "pcmu", "g722"})  # Opus fills its pauses itself

_TONES: Final = frozenset({"pcmu", "pcma"})
_CARRY_TONES: Final = _TONES | {"telephone-event"}
TEXTPHONE_MS: Final = 10

_REFUSE_SOUND: Final = frozenset({415, 488, 606})

Randomness = Callable[[int], bytes]
"""So many bytes that nobody can guess: `secrets.token_bytes`."""


@dataclass(frozen=True, slots=True)
class MediaPolicy:
    """What a centre wants of its sound.  ConfigError for a word that is none of those.

    `srtp` is off, optional or mandatory.  Optional offers RTP/AVP with keys, which a peer without encryption
    passes over; with `savp_first` it offers RTP/SAVP, for peers that read keys only there.  Where the one is
    refused the call is made again with the other, once: see `other_way`.
    """

    codecs: tuple[str, ...] = CODECS
    srtp: str = "off"
    ptime_ms: int = 20
    prefer: Prefer = "ours"
    savp_first: bool = False
    suites: tuple[str, ...] = SUITES
    text: bool = True
    """Real-time text is offered beside the sound."""

    def __post_init__(self) -> None:
        unknown = [name for name in self.codecs if name.lower() not in _CODECS]
        if unknown or not self.codecs:
            raise ConfigError(
                f"No such codec: {', '.join(unknown) or 'none is named'}. Use opus, G722, PCMA, PCMU."
            )
        if self.srtp not in {policy.value for policy in Srtp}:
            raise ConfigError(f"Encryption of sound is off, optional or mandatory, not {self.srtp}.")
        if not set(self.suites) <= KEY_BYTES.keys() or not self.suites:
            raise ConfigError("No such way of encrypting sound.")
        if self.prefer not in {"ours", "theirs"}:
            raise ConfigError(f"The order of codecs is ours or theirs, not {self.prefer}.")
        if self.ptime_ms not in {10, 20, 30, 40, 60}:
            raise ConfigError("A packet holds 10, 20, 30, 40 or 60 ms of sound.")


def local_media(policy: MediaPolicy, address: str, port: int, randomness: Randomness) -> LocalMedia:
    """Our side of a new call, with keys of its own, from what the policy wants and this computer has.

    ConfigError when that is nothing: no codec, or no encryption where it is mandatory.
    """
    keys: tuple[Crypto, ...] = ()
    if policy.srtp != Srtp.OFF.value:
        suites = [suite for suite in policy.suites if suite in srtp.suites()]
        keys = tuple(
            Crypto(tag, suite, randomness(KEY_BYTES[suite])) for tag, suite in enumerate(suites, start=1)
        )
        if not keys and policy.srtp == Srtp.MANDATORY.value:
            raise ConfigError("Calls must be encrypted, and this computer cannot (pylibsrtp is missing).")
    return _shaped(policy, LocalMedia(address, (Stream(port, crypto=keys),)))


def text_stream(sound: LocalMedia, port: int, randomness: Randomness) -> Stream:
    """Real-time text beside a call's sound, encrypted as that is."""
    audio = sound.audio
    keys = tuple(replace(key, key=randomness(KEY_BYTES[key.suite])) for key in audio.crypto)
    return Stream(
        port,
        media.REAL_TIME_TEXT,
        audio.direction,
        kind=media.TEXT,
        protocol=audio.protocol,
        crypto=keys,
        srtp=audio.srtp,
        prefer=audio.prefer,
    )


def adding_text(media: LocalMedia, agreement: Agreement) -> LocalMedia:
    """What to offer in a running call so that text comes beside the sound, which goes on as it was agreed.

    `media` has the stream of text.  It is insisted on, and encrypted where the sound is.
    """
    text = media.text
    if text is None:
        return media
    if agreement.audio is not None and not agreement.audio.is_encrypted:
        # As the sound is: what the peer may ask for later is another matter.
        text = replace(text, protocol="RTP/AVP", crypto=(), srtp=Srtp.OFF)
    return as_agreed(media.with_text(replace(text, insists=True)), agreement)


def as_agreed(media: LocalMedia, agreement: Agreement | None) -> LocalMedia:
    """Of the sound that could be offered only what is agreed on already, if any of it is."""
    if agreement is None or agreement.audio is None:
        return media
    known = agreement.audio.accepts
    kept = tuple(codec for codec in media.audio.codecs if any(codec.is_same_format(old) for old in known))
    if not any(codec.is_same_format(agreement.audio.codec) for codec in kept):
        return media
    return replace(media, streams=(replace(media.audio, codecs=kept), *media.streams[1:]))


def for_textphone(sound: LocalMedia, packet_ms: int = TEXTPHONE_MS) -> LocalMedia:
    """The same call for a textphone's tones: G.711 alone, and short packets, of which a lost one tears less.

    ConfigError when the call may not use G.711.
    """
    audio = sound.audio
    narrow = tuple(
        codec for codec in audio.codecs if codec.rate == 8000 and codec.name.lower() in _CARRY_TONES
    )
    if not any(codec.name.lower() in _TONES for codec in narrow):
        raise ConfigError("This call may not use G.711, which a textphone needs.")
    stream = replace(audio, codecs=narrow, ptime_ms=packet_ms)
    return replace(sound, streams=(stream, *sound.streams[1:]))


def again(policy: MediaPolicy, before: LocalMedia, randomness: Randomness) -> LocalMedia:
    """The same call under another policy: port, address, direction and keys stay."""
    fresh = local_media(policy, before.address, before.audio.port, randomness).audio
    known = {key.suite: key for key in before.audio.crypto}
    kept = tuple(replace(known.get(key.suite, key), tag=key.tag) for key in fresh.crypto)
    audio = replace(before.audio, crypto=kept)
    after = _shaped(policy, replace(before, streams=(audio, *before.streams[1:])))
    return after if before.text is None else after.with_text(_text_again(before.text, after, randomness))


def _text_again(before: Stream, after: LocalMedia, randomness: Randomness) -> Stream:
    fresh = text_stream(after, before.port, randomness)
    known = {key.suite: key for key in before.crypto}
    kept = tuple(replace(known.get(key.suite, key), tag=key.tag) for key in fresh.crypto)
    return replace(fresh, crypto=kept, direction=before.direction)


def other_way(media: LocalMedia, status: int, randomness: Randomness) -> LocalMedia | None:
    """What to offer in another call after the last was refused so; None when there is nothing else.

    In this order: the same without text, since a peer that knows no text may refuse all of it, and then the
    voice is all that counts; then, where encryption is optional, RTP/SAVP for a peer that demands it, or none
    at all.  Who calls this changes the encryption once only, so that after three calls it is over.
    """
    audio = media.audio
    if status not in _REFUSE_SOUND:
        return None
    if media.text is not None:
        return _with_fresh_keys(media.with_text(None), randomness)
    if audio.srtp is not Srtp.OPTIONAL or not audio.crypto:
        return None
    if audio.protocol == "RTP/SAVP":
        return in_the_clear(media)
    secured = (replace(stream, protocol="RTP/SAVP") for stream in media.streams)
    return _with_fresh_keys(replace(media, streams=tuple(secured)), randomness)


def _with_fresh_keys(media: LocalMedia, randomness: Randomness) -> LocalMedia:
    """Whoever refused the last offer has seen its keys."""
    streams = tuple(
        replace(
            stream, crypto=tuple(replace(key, key=randomness(KEY_BYTES[key.suite])) for key in stream.crypto)
        )
        for stream in media.streams
    )
    return replace(media, streams=streams)


def in_the_clear(media: LocalMedia) -> LocalMedia:
    """The offer for the second try of `savp_first`: RTP/AVP without keys."""
    streams = (replace(each, protocol="RTP/AVP", crypto=(), srtp=Srtp.OFF) for each in media.streams)
    return replace(media, streams=tuple(streams))


def _shaped(policy: MediaPolicy, local: LocalMedia) -> LocalMedia:
    wanted = Srtp(policy.srtp) if local.audio.crypto else Srtp.OFF
    is_secure = wanted is Srtp.MANDATORY or (wanted is Srtp.OPTIONAL and policy.savp_first)
    audio = replace(
        local.audio,
        codecs=_codecs(policy.codecs),
        protocol="RTP/SAVP" if is_secure else "RTP/AVP",
        ptime_ms=policy.ptime_ms,
        srtp=wanted,
        prefer=policy.prefer,
    )
    return replace(local, streams=(audio, *local.streams[1:]))


def _codecs(names: tuple[str, ...]) -> tuple[Codec, ...]:
    """The formats of an offer: sound, comfort noise, and touch-tones in the clock of each sound."""
    here = {name.lower() for name in codecs.available()}
    wanted = tuple(dict.fromkeys(name.lower() for name in names if name.lower() in here))
    if not wanted:
        raise ConfigError("This computer has none of the codecs that calls may use. Allow PCMA or PCMU.")
    sound = tuple(_CODECS[name] for name in wanted)
    rates = dict.fromkeys(codec.rate for codec in sound)
    rates[8000] = None  # a peer with Opus may still have events in the clock of 8000 only
    noise = (media.COMFORT_NOISE,) if _WITH_NOISE & set(wanted) else ()
    events = {8000: media.TELEPHONE_EVENT, 48000: media.TELEPHONE_EVENT_48000}
    return (*sound, *noise, *(events[rate] for rate in rates))
