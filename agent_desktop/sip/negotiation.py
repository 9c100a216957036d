"""Offer and answer (RFC 3264): what two sides can do becomes what the call does.

Rules of the file: an answer has as many m= lines as its offer, in its order; a stream that we cannot do
gets port 0; the answer to `sendonly` is `recvonly` or `inactive`; payload types are the offerer's and mean
the same for the whole call (section 8.3.2); encryption is as the policy of our stream says, and an answer
whose key was not asked for is no answer (RFC 4568 section 5.1.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.errors import SipError
from agent_desktop.sip.media import T140, TEXT, AgreedStream, Agreement, Codec, LocalMedia, MediaOffer, Stream
from agent_desktop.sip.sdes import Crypto, Srtp

DTMF = "telephone-event"
NOISE = "cn"
REDUNDANCY = "red"
_PLAIN = frozenset({"RTP/AVP", "RTP/AVPF"})
_SECURE = frozenset({"RTP/SAVP", "RTP/SAVPF"})
_DYNAMIC = range(96, 128)
NO_CODEC = "The two sides share no codec."
NO_ENCRYPTION = "The two sides do not agree about encrypting the call."


@dataclass(frozen=True, slots=True)
class Answer:
    """What we write back, and what it means."""

    media: LocalMedia
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class _Keys:
    """Ours and the peer's, or none: then the stream is plain."""

    ours: Crypto | None = None
    theirs: Crypto | None = None


def answer_offer(offer: MediaOffer, ours: LocalMedia) -> Answer:
    """Answer the peer's offer from what we can do; SipError 488 when nothing is left."""
    free = list(ours.streams)
    written: list[Stream] = []
    agreed: list[AgreedStream | None] = []
    trouble = NO_CODEC
    for theirs in offer.streams:
        mine = next((stream for stream in free if stream.kind == theirs.kind), None)
        keys = None if mine is None else _keys_of_answer(theirs, mine)
        if mine is not None and keys is None and not theirs.is_refused:
            trouble = NO_ENCRYPTION
        stream = _answer_stream(theirs, mine, keys, ours.address) if mine and keys else None
        if mine is None or keys is None or stream is None:
            written.append(_refused(theirs))
            agreed.append(None)
            continue
        free.remove(mine)
        written.append(stream)
        agreed.append(_agreed(theirs, stream, stream.codecs, stream.codecs, keys))
    # Who offers text alone is served in text; a call that was to have sound is none without it.
    wants_sound = any(theirs.kind == "audio" and not theirs.is_refused for theirs in offer.streams)
    if not any(stream for stream in agreed if stream and not (wants_sound and stream.kind == TEXT)):
        raise SipError(trouble, status=488)
    return Answer(LocalMedia(ours.address, tuple(written)), Agreement(tuple(agreed), tuple(written)))


def _refused(theirs: Stream) -> Stream:
    formats = theirs.formats[:1]
    return Stream(0, (), theirs.direction, theirs.kind, theirs.protocol, formats=formats)


def _keys_of_answer(theirs: Stream, mine: Stream) -> _Keys | None:
    """How the offered stream is encrypted by our policy; None when it must be refused."""
    protocol = theirs.protocol.upper()
    shared = None
    if mine.srtp is not Srtp.OFF:
        for line in theirs.crypto:
            own = next((key for key in mine.crypto if key.suite == line.suite), None)
            if own is not None:
                # Our key keeps its place in the answer under the offer's tag (section 5.1.2).
                shared = _Keys(replace(own, tag=line.tag), line)
                break
    if protocol in _PLAIN and mine.srtp is not Srtp.MANDATORY:
        return shared or _Keys()
    return shared if protocol in _SECURE else None


def _answer_stream(theirs: Stream, mine: Stream, keys: _Keys, address: str) -> Stream | None:
    if theirs.is_refused or not theirs.address:
        return None
    # The offerer's number, our parameters: both sides then use one payload type (section 6.1).
    shared = [
        (codec, own)
        for codec in theirs.codecs
        if (own := next((c for c in mine.codecs if c.is_same_format(codec)), None))
    ]
    if theirs.kind == TEXT:
        shared = [pair for pair in shared if _repeats_text(pair[0], theirs.codecs)]
    if not any(_says_something(codec) for codec, _ in shared):
        return None
    if mine.prefer == "ours":
        shared.sort(key=lambda pair: mine.codecs.index(pair[1]))
    return replace(
        mine,
        codecs=tuple(replace(codec, fmtp=_fmtp(codec, own)) for codec, own in shared),
        direction=mine.direction & theirs.direction.mirrored,
        protocol=theirs.protocol,
        address=mine.address or address,
        crypto=(keys.ours,) if keys.ours else (),
        rtcp_mux=theirs.rtcp_mux and mine.takes_rtcp_mux,
    )


def _fmtp(codec: Codec, own: Codec) -> str:
    # The parameters of `red` are the offerer's payload types (RFC 2198); ours would name others.
    if codec.name.lower() == REDUNDANCY:
        return codec.fmtp
    # How fast the offerer reads (cps, RFC 4103 section 6) says nothing of us.
    return own.fmtp if codec.is_same_format(T140) else own.fmtp or codec.fmtp


def accept_answer(offered: LocalMedia, answer: MediaOffer) -> Agreement:
    """What the peer's answer to our offer means; SipError 488 when it leaves nothing."""
    agreed: list[AgreedStream | None] = []
    trouble = NO_CODEC
    for index, mine in enumerate(offered.streams):
        theirs = answer.streams[index] if index < len(answer.streams) else None
        if theirs is None or theirs.is_refused or theirs.kind != mine.kind:
            agreed.append(None)
            continue
        keys = _keys_of_offer(mine, theirs)
        if keys is None:
            trouble = NO_ENCRYPTION
        agreed.append(_accept_stream(mine, theirs, keys) if keys else None)
    if not any(agreed):
        raise SipError(trouble, status=488)
    lines = tuple(
        mine if stream else replace(mine, port=0)
        for mine, stream in zip(offered.streams, agreed, strict=True)
    )
    return Agreement(tuple(agreed), lines)


def _keys_of_offer(mine: Stream, theirs: Stream) -> _Keys | None:
    """The keys that an answer settles; None when it took what was not offered."""
    offered, answered = mine.protocol.upper(), theirs.protocol.upper()
    if theirs.crypto_lines == 0:
        both_plain = offered in _PLAIN and answered in _PLAIN
        return _Keys() if both_plain and mine.srtp is not Srtp.MANDATORY else None
    if theirs.crypto_lines != 1 or len(theirs.crypto) != 1 or (offered in _SECURE) > (answered in _SECURE):
        return None
    line = theirs.crypto[0]
    own = next((key for key in mine.crypto if (key.tag, key.suite) == (line.tag, line.suite)), None)
    return _Keys(own, line) if own is not None else None


def _accept_stream(mine: Stream, theirs: Stream, keys: _Keys) -> AgreedStream | None:
    shared = tuple(codec for codec in theirs.codecs if any(codec.is_same_format(own) for own in mine.codecs))
    if mine.kind == TEXT:
        shared = tuple(codec for codec in shared if _repeats_text(codec, theirs.codecs))
    if not any(_says_something(codec) for codec in shared) or not theirs.address:
        return None
    narrowed = replace(
        mine,
        direction=mine.direction & theirs.direction.mirrored,
        rtcp_mux=mine.rtcp_mux and theirs.rtcp_mux,
    )
    incoming = tuple(own for own in mine.codecs if any(own.is_same_format(codec) for codec in shared))
    return _agreed(theirs, narrowed, shared, incoming, keys)


def _agreed(
    theirs: Stream, mine: Stream, answer: tuple[Codec, ...], accepts: tuple[Codec, ...], keys: _Keys
) -> AgreedStream:
    """What both do: the first codec of the answer, with the numbers and parameters of the peer."""
    usable = [
        codec for own in answer if (codec := next((c for c in theirs.codecs if c.is_same_format(own)), None))
    ]
    speech = next(codec for codec in usable if _says_something(codec))
    # Where the peer has no events in the clock of the sound, those that it has are better than none.
    events = sorted(
        (codec for codec in usable if codec.name.lower() == DTMF), key=lambda codec: codec.rate != speech.rate
    )
    noise = (codec for codec in usable if codec.name.lower() == NOISE and codec.rate == speech.rate)
    return AgreedStream(
        kind=mine.kind,
        address=theirs.address,
        port=theirs.port,
        codec=speech,
        dtmf=events[0] if events else None,
        direction=mine.direction,
        ptime_ms=min(theirs.ptime_ms, theirs.max_ptime_ms or theirs.ptime_ms),
        accepts=accepts,
        attributes=theirs.attributes,
        comfort_noise=next(noise, None),
        seal=keys.ours,
        open=keys.theirs,
        rtcp=theirs.rtcp,
        rtcp_mux=mine.rtcp_mux,
        formats=tuple(usable),
    )


def offer_again(media: LocalMedia, before: Agreement | None) -> LocalMedia:
    """An offer inside a call (RFC 3264 section 8): what is agreed keeps its line, its numbers and its keys.

    A stream that was refused stays refused, unless ours insists: then it is offered in the same line.  A new
    stream comes last, so that the lines are never fewer and stay in their order.
    """
    if before is None or not before.lines:
        return media
    free = list(media.streams)
    written: list[Stream] = []
    for line, agreed in zip(before.lines, before.streams, strict=True):
        mine = next((stream for stream in free if stream.kind == line.kind), None)
        if mine is not None and (agreed or not _is_agreed(before, line.kind)):
            free.remove(mine)
        if mine is not None and agreed:
            written.append(_offer_stream_again(mine, line, agreed))
        elif mine is not None and mine.insists and mine not in free:
            written.append(mine)
        else:
            written.append(replace(line, port=0, crypto=()))
    return LocalMedia(media.address, (*written, *free))


def _is_agreed(agreement: Agreement, kind: str) -> bool:
    return any(stream is not None and stream.kind == kind for stream in agreement.streams)


def _offer_stream_again(mine: Stream, line: Stream, agreed: AgreedStream) -> Stream:
    is_secure = line.protocol.upper() in _SECURE or agreed.is_encrypted
    crypto: tuple[Crypto, ...] = ()
    if is_secure and agreed.seal:
        known = {key.key for key in mine.crypto}
        crypto = (agreed.seal,) if not mine.crypto or agreed.seal.key in known else mine.crypto
    return replace(
        mine,
        codecs=_renumbered(mine.codecs, (*agreed.accepts, *line.codecs)),
        protocol=line.protocol,
        crypto=crypto,
        rtcp_mux=agreed.rtcp_mux,
    )


def _renumbered(codecs: tuple[Codec, ...], known: tuple[Codec, ...]) -> tuple[Codec, ...]:
    """Payload types of the call for formats that it has; numbers of its own for the others."""
    taken = {codec.payload_type for codec in known}
    found: list[Codec] = []
    for codec in codecs:
        same = next((old for old in known if old.is_same_format(codec)), None)
        number = codec.payload_type if same is None else same.payload_type
        if same is None and number in taken:
            number = next((free for free in reversed(_DYNAMIC) if free not in taken), number)
        taken.add(number)
        found.append(replace(codec, payload_type=number))
    return tuple(found)


def _says_something(codec: Codec) -> bool:
    return codec.name.lower() not in {DTMF, NOISE, REDUNDANCY}


def _repeats_text(codec: Codec, offered: tuple[Codec, ...]) -> bool:
    """It is no redundancy, or one of a text format of the same line (RFC 2198, RFC 4103 section 10)."""
    if codec.name.lower() != REDUNDANCY:
        return True
    named = codec.fmtp.partition(" ")[0].split("/")
    text = {str(each.payload_type) for each in offered if each.is_same_format(T140)}
    return bool(set(named) & text) and set(named) <= text
