"""Offer and answer (RFC 3264): what two sides can do becomes what the call does.

Rules of the file: an answer has as many m= lines as its offer, in its order; a stream that we cannot do
gets port 0; the answer to `sendonly` is `recvonly` or `inactive`; payload types are the offerer's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.errors import SipError
from agent_desktop.sip.media import AgreedStream, Agreement, Codec, LocalMedia, MediaOffer, Stream

DTMF = "telephone-event"


@dataclass(frozen=True, slots=True)
class Answer:
    """What we write back, and what it means."""

    media: LocalMedia
    agreement: Agreement


def answer_offer(offer: MediaOffer, ours: LocalMedia) -> Answer:
    """Answer the peer's offer from what we can do; SipError 488 when nothing is left."""
    free = list(ours.streams)
    written: list[Stream] = []
    agreed: list[AgreedStream | None] = []
    for theirs in offer.streams:
        mine = next((s for s in free if s.kind == theirs.kind and s.protocol == theirs.protocol), None)
        stream = _answer_stream(theirs, mine, ours.address) if mine else None
        if mine is None or stream is None:
            refused = replace(theirs, port=0, address="", attributes=(), codecs=theirs.codecs[:1])
            written.append(refused)
            agreed.append(None)
            continue
        free.remove(mine)
        written.append(stream)
        agreed.append(_agreed(theirs, stream, stream.codecs))
    if not any(agreed):
        raise SipError("The two sides share no codec.", status=488)
    return Answer(LocalMedia(ours.address, tuple(written)), Agreement(tuple(agreed)))


def _answer_stream(theirs: Stream, mine: Stream, address: str) -> Stream | None:
    if theirs.is_refused:
        return None
    # The offerer's number, our parameters: both sides then use one payload type (section 6.1).
    shared = tuple(
        replace(codec, fmtp=own.fmtp or codec.fmtp)
        for codec in theirs.codecs
        if (own := next((c for c in mine.codecs if c.is_same_format(codec)), None))
    )
    if not any(_is_speech(codec) for codec in shared):
        return None
    return replace(
        mine,
        codecs=shared,
        direction=mine.direction & theirs.direction.mirrored,
        ptime_ms=theirs.ptime_ms,
        address=mine.address or address,
    )


def accept_answer(offered: LocalMedia, answer: MediaOffer) -> Agreement:
    """What the peer's answer to our offer means; SipError 488 when it leaves nothing."""
    agreed: list[AgreedStream | None] = []
    for index, mine in enumerate(offered.streams):
        theirs = answer.streams[index] if index < len(answer.streams) else None
        agreed.append(_accept_stream(mine, theirs) if theirs else None)
    if not any(agreed):
        raise SipError("The two sides share no codec.", status=488)
    return Agreement(tuple(agreed))


def _accept_stream(mine: Stream, theirs: Stream) -> AgreedStream | None:
    if theirs.is_refused or theirs.kind != mine.kind:
        return None
    shared = tuple(codec for codec in theirs.codecs if any(codec.is_same_format(own) for own in mine.codecs))
    if not any(_is_speech(codec) for codec in shared):
        return None
    narrowed = replace(mine, direction=mine.direction & theirs.direction.mirrored)
    incoming = tuple(own for own in mine.codecs if any(own.is_same_format(codec) for codec in shared))
    return _agreed(replace(theirs, codecs=shared), narrowed, incoming)


def _agreed(theirs: Stream, mine: Stream, accepts: tuple[Codec, ...]) -> AgreedStream:
    usable = [codec for codec in theirs.codecs if any(codec.is_same_format(own) for own in mine.codecs)]
    speech = next(codec for codec in usable if _is_speech(codec))
    events = [codec for codec in usable if not _is_speech(codec) and codec.rate == speech.rate]
    return AgreedStream(
        kind=mine.kind,
        address=theirs.address,
        port=theirs.port,
        codec=speech,
        dtmf=events[0] if events else None,
        direction=mine.direction,
        ptime_ms=theirs.ptime_ms,
        accepts=accepts,
        attributes=theirs.attributes,
    )


def _is_speech(codec: Codec) -> bool:
    return codec.name.lower() not in {DTMF, "cn"}
