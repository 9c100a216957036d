"""Offer and answer (RFC 3264) with encryption (RFC 4568): every way that two policies can meet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent_desktop.errors import SipError
from agent_desktop.sip.media import (
    COMFORT_NOISE,
    G722,
    OPUS,
    PCMA,
    PCMU,
    TELEPHONE_EVENT,
    TELEPHONE_EVENT_48000,
    Codec,
    Direction,
    LocalMedia,
    Stream,
)
from agent_desktop.sip.negotiation import NO_ENCRYPTION, accept_answer, answer_offer, offer_again
from agent_desktop.sip.sdes import Crypto, Srtp
from agent_desktop.sip.sdp import Origin, build_sdp, parse_sdp

A, B = "10.0.0.1", "10.0.0.2"
S80, S32 = "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"
ALL = (OPUS, G722, PCMA, PCMU, COMFORT_NOISE, TELEPHONE_EVENT_48000, TELEPHONE_EVENT)


def side(address: str, port: int, letter: str, **wishes) -> LocalMedia:
    policy = wishes.pop("srtp", Srtp.OFF)
    protocol = "RTP/SAVP" if wishes.pop("savp", False) or policy is Srtp.MANDATORY else "RTP/AVP"
    keys = (
        ()
        if policy is Srtp.OFF
        else tuple(
            Crypto(tag, suite, (letter * 30).encode()[:29] + bytes([tag]))
            for tag, suite in ((1, S80), (2, S32))
        )
    )
    return LocalMedia(address, (Stream(port, protocol=protocol, crypto=keys, srtp=policy, **wishes),))


def over_the_wire(media: LocalMedia):
    return parse_sdp(build_sdp(Origin("1", 1, media.address), media))


def talk(caller: LocalMedia, callee: LocalMedia):
    """Both sides' view of one exchange."""
    answer = answer_offer(over_the_wire(caller), callee)
    return accept_answer(caller, over_the_wire(answer.media)), answer


# ---------------------------------------------------------------- codecs


@pytest.mark.parametrize(("prefer", "first"), [("ours", "PCMU"), ("theirs", "opus")])
def test_the_order_of_codecs_is_ours_or_the_peers(prefer, first):
    caller = side(A, 4000, "a", codecs=ALL)
    callee = side(B, 5000, "b", codecs=(PCMU, OPUS, TELEPHONE_EVENT), prefer=prefer)
    at_caller, answer = talk(caller, callee)
    assert answer.agreement.audio.codec.name == first
    assert at_caller.audio.codec.name == first


def test_touch_tones_are_in_the_clock_of_the_sound_where_both_have_them():
    at_caller, answer = talk(side(A, 4000, "a", codecs=ALL), side(B, 5000, "b", codecs=ALL))
    for agreed in (at_caller.audio, answer.agreement.audio):
        assert agreed.codec.name == "opus"
        assert agreed.dtmf == TELEPHONE_EVENT_48000
        assert agreed.comfort_noise is None
    at_caller, _ = talk(side(A, 4000, "a", codecs=ALL), side(B, 5000, "b", codecs=(OPUS, TELEPHONE_EVENT)))
    assert at_caller.audio.dtmf == TELEPHONE_EVENT
    at_caller, _ = talk(side(A, 4000, "a", codecs=ALL), side(B, 5000, "b", codecs=(PCMA, COMFORT_NOISE)))
    assert at_caller.audio.dtmf is None
    assert at_caller.audio.comfort_noise == COMFORT_NOISE


def test_we_send_with_the_parameters_that_the_peer_asked_for_and_take_our_own():
    theirs = replace(OPUS, payload_type=96, fmtp="maxaveragebitrate=20000")
    _, answer = talk(side(A, 4000, "a", codecs=(theirs,)), side(B, 5000, "b", codecs=(OPUS,)))
    agreed = answer.agreement.audio
    assert (agreed.codec.payload_type, agreed.codec.fmtp) == (96, "maxaveragebitrate=20000")
    assert [(codec.payload_type, codec.fmtp) for codec in agreed.accepts] == [(96, "useinbandfec=1")]


def test_opus_without_its_two_channels_is_still_opus():
    odd = Codec("OPUS", 100, 48000)
    at_caller, _ = talk(side(A, 4000, "a", codecs=(odd,)), side(B, 5000, "b", codecs=ALL))
    assert at_caller.audio.codec.name.lower() == "opus"


def test_the_redundancy_of_text_keeps_the_offerers_numbers():
    text = Stream(0, kind="text")
    theirs = (Codec("red", 99, 1000, fmtp="98/98/98"), Codec("t140", 98, 1000))
    ours = (Codec("red", 112, 1000, fmtp="111/111/111"), Codec("t140", 111, 1000))
    answer = answer_offer(
        over_the_wire(LocalMedia(A, (replace(text, port=4000, codecs=theirs),))),
        LocalMedia(B, (replace(text, port=5000, codecs=ours),)),
    )
    assert answer.media.streams[0].codecs[0].fmtp == "98/98/98"


def test_the_peer_hears_how_long_our_packets_are_and_we_keep_to_its_limit():
    caller = side(A, 4000, "a", ptime_ms=40)
    _, answer = talk(caller, side(B, 5000, "b"))
    assert answer.agreement.audio.ptime_ms == 40
    assert answer.media.audio.ptime_ms == 20
    offer = over_the_wire(caller)
    short = replace(offer, streams=(replace(offer.streams[0], max_ptime_ms=30),))
    assert answer_offer(short, side(B, 5000, "b")).agreement.audio.ptime_ms == 30


# ---------------------------------------------------------------- streams


def test_other_streams_are_refused_in_their_place_with_their_format():
    offer = parse_sdp(
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
        b"m=image 3998 udptl t38\r\nm=video 3996 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 0\r\n"
        b"m=text 4002 RTP/AVP 98\r\n"
    )
    text = build_sdp(Origin("1", 1, B), answer_offer(offer, side(B, 5000, "b")).media).decode()
    lines = [line for line in text.split("\r\n") if line.startswith("m=")]
    assert lines == [
        "m=image 0 udptl t38",
        "m=video 0 RTP/AVP 31",
        "m=audio 5000 RTP/AVP 0",
        "m=text 0 RTP/AVP 98",
    ]


def test_a_stream_with_an_address_that_cannot_be_used_is_refused():
    offer = parse_sdp(b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 a.example\r\nm=audio 4000 RTP/AVP 0\r\n")
    with pytest.raises(SipError) as refused:
        answer_offer(offer, side(B, 5000, "b"))
    assert refused.value.status == 488
    with pytest.raises(SipError):
        accept_answer(side(B, 5000, "b"), offer)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [(Direction.SENDONLY, Direction.RECVONLY), (Direction.INACTIVE, Direction.INACTIVE)],
)
def test_a_hold_is_answered_with_its_mirror(held, wanted):
    _, answer = talk(side(A, 4000, "a").with_direction(held), side(B, 5000, "b"))
    assert answer.agreement.audio.direction is wanted
    assert answer.agreement.is_held_by_peer


@pytest.mark.parametrize(("wish", "agreed"), [(True, True), (False, False)])
def test_reports_share_the_port_only_where_we_can(wish, agreed):
    caller = LocalMedia(A, (Stream(4000, rtcp_mux=True, takes_rtcp_mux=True),))
    at_caller, answer = talk(caller, LocalMedia(B, (Stream(5000, takes_rtcp_mux=wish),)))
    assert at_caller.audio.rtcp_mux is answer.agreement.audio.rtcp_mux is agreed
    assert not over_the_wire(side(A, 4000, "a")).streams[0].rtcp_mux  # never asked for by ourselves


# ---------------------------------------------------------------- encryption

OFF, OPTIONAL, MANDATORY = Srtp.OFF, Srtp.OPTIONAL, Srtp.MANDATORY


@pytest.mark.parametrize(
    ("caller", "savp", "callee", "outcome"),
    [
        (OFF, False, OFF, "plain"),
        (OFF, False, OPTIONAL, "plain"),
        (OFF, False, MANDATORY, "refused"),
        (OPTIONAL, False, OFF, "plain"),
        (OPTIONAL, False, OPTIONAL, "encrypted"),
        (OPTIONAL, False, MANDATORY, "refused"),
        (OPTIONAL, True, OFF, "refused"),
        (OPTIONAL, True, OPTIONAL, "encrypted"),
        (OPTIONAL, True, MANDATORY, "encrypted"),
        (MANDATORY, True, OFF, "refused"),
        (MANDATORY, True, OPTIONAL, "encrypted"),
        (MANDATORY, True, MANDATORY, "encrypted"),
    ],
)
def test_two_policies_meet(caller, savp, callee, outcome):
    ours = side(A, 4000, "a", srtp=caller, savp=savp)
    theirs = side(B, 5000, "b", srtp=callee)
    if outcome == "refused":
        with pytest.raises(SipError, match=NO_ENCRYPTION) as refused:
            talk(ours, theirs)
        assert refused.value.status == 488
        return
    at_caller, answer = talk(ours, theirs)
    at_callee = answer.agreement
    assert at_caller.audio.is_encrypted is at_callee.audio.is_encrypted is (outcome == "encrypted")
    assert answer.media.audio.protocol == ours.audio.protocol
    if outcome == "encrypted":
        assert (at_caller.audio.seal, at_caller.audio.open) == (at_callee.audio.open, at_callee.audio.seal)
        assert at_caller.audio.seal == ours.audio.crypto[0]
        assert at_callee.audio.seal.key == theirs.audio.crypto[0].key


def test_the_suite_is_the_first_of_the_offer_that_we_have():
    caller = side(A, 4000, "a", srtp=MANDATORY)
    callee = side(B, 5000, "b", srtp=MANDATORY)
    only32 = replace(callee, streams=(replace(callee.audio, crypto=callee.audio.crypto[1:]),))
    at_caller, answer = talk(caller, only32)
    assert at_caller.audio.seal.suite == S32
    assert [line.tag for line in answer.media.audio.crypto] == [2]


def answered(caller: LocalMedia, *lines: str, profile: str = "RTP/SAVP"):
    text = f"v=0\r\no=- 1 1 IN IP4 {B}\r\nc=IN IP4 {B}\r\nm=audio 5000 {profile} 0\r\n"
    return accept_answer(
        caller, parse_sdp((text + "".join(f"a=crypto:{line}\r\n" for line in lines)).encode())
    )


GOOD = "inline:" + "A" * 40


@pytest.mark.parametrize(
    ("lines", "profile"),
    [
        ((), "RTP/SAVP"),  # no key at all
        ((f"3 {S80} {GOOD}",), "RTP/SAVP"),  # a tag that was not offered
        ((f"1 {S32} {GOOD}",), "RTP/SAVP"),  # the suite of another tag
        ((f"1 AEAD_AES_128_GCM inline:{'A' * 37}",), "RTP/SAVP"),
        ((f"1 {S80} {GOOD}", f"2 {S32} {GOOD}"), "RTP/SAVP"),  # exactly one is an answer
        ((f"1 {S80} {GOOD} UNENCRYPTED_SRTP",), "RTP/SAVP"),
        ((f"1 {S80} {GOOD}|2^31|1:1",), "RTP/SAVP"),
        ((f"1 {S80} {GOOD}",), "RTP/AVP"),  # another profile than the one demanded
        ((), "RTP/AVP"),
    ],
)
def test_an_answer_that_takes_what_was_not_offered_is_refused(lines, profile):
    with pytest.raises(SipError, match=NO_ENCRYPTION):
        answered(side(A, 4000, "a", srtp=MANDATORY), *lines, profile=profile)


def test_a_best_effort_offer_takes_any_right_answer_and_no_wrong_one():
    caller = side(A, 4000, "a", srtp=OPTIONAL)
    assert not answered(caller, profile="RTP/AVP").audio.is_encrypted
    assert answered(caller, f"2 {S32} {GOOD}", profile="RTP/AVP").audio.is_encrypted
    assert answered(caller, f"1 {S80} {GOOD}", profile="RTP/SAVP").audio.is_encrypted
    for lines, profile in (((f"9 {S80} {GOOD}",), "RTP/AVP"), ((), "RTP/SAVP")):
        with pytest.raises(SipError, match=NO_ENCRYPTION):
            answered(caller, *lines, profile=profile)
    with pytest.raises(SipError, match=NO_ENCRYPTION):  # keys that nobody asked for: it would be noise
        answered(side(A, 4000, "a"), f"1 {S80} {GOOD}", profile="RTP/AVP")


def test_dtls_is_refused():
    offer = parse_sdp(
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n"
    )
    with pytest.raises(SipError, match=NO_ENCRYPTION):
        answer_offer(offer, side(B, 5000, "b", srtp=OPTIONAL))


# ---------------------------------------------------------------- again within a call


def test_an_offer_within_a_call_keeps_lines_numbers_and_keys():
    """RFC 3264 section 8: never fewer m= lines, and a payload type means one thing for the whole call."""
    offer = parse_sdp(
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=video 3996 RTP/AVP 31\r\n"
        b"m=audio 4000 RTP/SAVP 96 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 PCMA/8000\r\n"
        + f"a=crypto:7 {S80} {GOOD}\r\n".encode()
    )
    ours = side(B, 5000, "b", codecs=ALL, srtp=OPTIONAL)
    answer = answer_offer(offer, ours)
    again = offer_again(ours.with_direction(Direction.SENDONLY), answer.agreement)
    video, audio = again.streams
    assert (video.kind, video.port) == ("video", 0)
    assert (audio.protocol, audio.direction) == ("RTP/SAVP", Direction.SENDONLY)
    assert [key.key for key in audio.crypto] == [ours.audio.crypto[0].key]
    numbers = {(codec.name, codec.rate): codec.payload_type for codec in audio.codecs}
    assert numbers["opus", 48000] == 96
    assert numbers["PCMA", 8000] == 101
    assert numbers["telephone-event", 8000] not in {96, 101}
    assert len(set(numbers.values())) == len(numbers)


def test_an_offer_within_a_plain_call_stays_plain():
    ours = side(A, 4000, "a", srtp=OPTIONAL)
    at_caller, _ = talk(ours, side(B, 5000, "b"))
    assert offer_again(ours, at_caller).audio.crypto == ()


def test_a_new_key_of_ours_is_offered_within_the_call():
    ours = side(A, 4000, "a", srtp=MANDATORY)
    at_caller, _ = talk(ours, side(B, 5000, "b", srtp=MANDATORY))
    assert [key.key for key in offer_again(ours, at_caller).audio.crypto] == [ours.audio.crypto[0].key]
    rekeyed = side(A, 4000, "z", srtp=MANDATORY)
    assert offer_again(rekeyed, at_caller).audio.crypto == rekeyed.audio.crypto


def test_a_stream_that_the_answer_refused_stays_refused_and_a_new_one_comes_last():
    audio = side(A, 4000, "a").audio
    text = Stream(4002, (Codec("t140", 98, 1000),), kind="text")
    at_caller, _ = talk(LocalMedia(A, (audio, text)), side(B, 5000, "b"))
    again = offer_again(LocalMedia(A, (audio, text)), at_caller)
    assert [(s.kind, s.port) for s in again.streams] == [("audio", 4000), ("text", 0)]
    video = Stream(4004, (Codec("H264", 97, 90000),), kind="video")
    again = offer_again(LocalMedia(A, (audio, text, video)), at_caller)
    assert [(s.kind, s.port) for s in again.streams] == [("audio", 4000), ("text", 0), ("video", 4004)]


def test_a_refused_stream_is_offered_again_in_its_own_line_where_ours_insists():
    audio = side(A, 4000, "a").audio
    text = Stream(4002, (Codec("t140", 98, 1000),), kind="text")
    at_caller, _ = talk(LocalMedia(A, (audio, text)), side(B, 5000, "b"))
    wished = LocalMedia(A, (audio, replace(text, insists=True)))
    again = offer_again(wished, at_caller)
    assert [(s.kind, s.port) for s in again.streams] == [("audio", 4000), ("text", 4002)]
    twice = accept_answer(
        again, over_the_wire(LocalMedia(B, (side(B, 5000, "b").audio, replace(text, port=0))))
    )
    assert [(s.kind, s.port) for s in offer_again(wished, twice).streams] == [("audio", 4000), ("text", 4002)]


def test_without_an_agreement_an_offer_is_as_it_is():
    ours = side(A, 4000, "a")
    assert offer_again(ours, None) is ours
