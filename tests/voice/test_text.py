"""Real-time text in SDP (RFC 4103 section 10): offered, answered, refused, encrypted, added, hostile."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import ConfigError, SipError
from agent_desktop.media.rtt import TextPlan
from agent_desktop.sip.media import Agreement, Direction, LocalMedia, MediaOffer
from agent_desktop.sip.negotiation import accept_answer, answer_offer, offer_again
from agent_desktop.sip.sdp import Origin, build_sdp, parse_sdp
from agent_desktop.voice.offer import (
    MediaPolicy,
    again,
    for_textphone,
    in_the_clear,
    local_media,
    other_way,
    text_stream,
)
from agent_desktop.voice.text import PlannedText, route_of

A, B = "192.0.2.1", "192.0.2.2"
HEAD = f"v=0\r\no=- 1 1 IN IP4 {B}\r\ns=-\r\nc=IN IP4 {B}\r\nt=0 0\r\n"
SOUND = "m=audio 5000 RTP/AVP 0\r\n"


def side(address: str = A, port: int = 4000, policy: MediaPolicy | None = None) -> LocalMedia:
    sound = local_media(policy or MediaPolicy(), address, port, secrets.token_bytes)
    return sound.with_text(text_stream(sound, port + 2, secrets.token_bytes))


def written(media: LocalMedia) -> str:
    return build_sdp(Origin("1", 1, media.address), media).decode()


def read(media: LocalMedia) -> MediaOffer:
    return parse_sdp(written(media).encode())


def offered(text: str, sound: str = SOUND) -> MediaOffer:
    return parse_sdp((HEAD + sound + text).encode())


def talk(caller: LocalMedia, callee: LocalMedia) -> tuple[Agreement, Agreement, LocalMedia]:
    answer = answer_offer(read(caller), callee)
    return accept_answer(caller, read(answer.media)), answer.agreement, answer.media


def test_text_is_offered_with_three_generations_of_redundancy() -> None:
    text = written(side())
    lines = text[text.index("m=text") :].split("\r\n")[:-1]
    assert lines == [
        "m=text 4002 RTP/AVP 98 99",
        "a=rtpmap:98 red/1000",
        "a=fmtp:98 99/99/99/99",
        "a=rtpmap:99 t140/1000",
        "a=sendrecv",
    ]


def test_two_of_us_agree_on_text_beside_the_sound() -> None:
    at_caller, at_callee, _ = talk(side(), side(B, 5000))
    for agreement, there in ((at_caller, (B, 5002)), (at_callee, (A, 4002))):
        route = route_of(agreement).route
        assert route.stream is not None
        assert route.stream.remote == there
        assert route.stream.text == TextPlan(99, 98, 3, 30)
        assert route.stream.takes == route.stream.text
        assert route.stream.sends


# RFC 4103 section 10, and the last as liblinphone writes it.
@pytest.mark.parametrize(
    ("lines", "sends"),
    [
        (["m=text 11000 RTP/AVP 98", "a=rtpmap:98 t140/1000"], TextPlan(98)),
        (
            [
                "m=text 11000 RTP/AVP 98 100",
                "a=rtpmap:98 t140/1000",
                "a=rtpmap:100 red/1000",
                "a=fmtp:100 98/98/98",
            ],
            TextPlan(98, 100, 2),
        ),
        (
            [
                "m=text 11000 RTP/AVP 98 100",
                "a=rtpmap:98 t140/1000",
                "a=fmtp:98 cps=15",
                "a=rtpmap:100 red/1000",
                "a=fmtp:100 98/98/98/98",
            ],
            TextPlan(98, 100, 3, 15),
        ),
        (
            [
                "m=text 17000 RTP/AVP 96 97",
                "a=rtpmap:96 red/1000",
                "a=fmtp:96 97/97/97",
                "a=rtpmap:97 t140/1000",
            ],
            TextPlan(97, 96, 2),
        ),
    ],
)
def test_the_examples_of_others_are_answered_with_their_numbers(lines: list[str], sends: TextPlan) -> None:
    answer = answer_offer(offered("\r\n".join([*lines, ""])), side())
    route = route_of(answer.agreement).route
    assert route.stream is not None
    assert route.stream.text == sends
    accepted = written(answer.media)
    assert f"a=rtpmap:{sends.t140_payload_type} t140/1000\r\n" in accepted
    assert "cps" not in accepted  # how fast they read says nothing of us
    assert (f"a=rtpmap:{sends.red_payload_type} red/1000\r\n" in accepted) == (
        sends.red_payload_type is not None
    )


@pytest.mark.parametrize("fmtp", ["", "a=fmtp:96 0/0/0\r\n", "a=fmtp:96 97/0\r\n", "a=fmtp:96 96/96\r\n"])
def test_redundancy_of_something_else_is_left_out_and_the_text_is_taken(fmtp: str) -> None:
    text = f"m=text 17000 RTP/AVP 96 97\r\na=rtpmap:96 red/1000\r\n{fmtp}a=rtpmap:97 t140/1000\r\n"
    answer = answer_offer(offered(text), side())
    route = route_of(answer.agreement).route
    assert route.stream is not None
    assert route.stream.text.red_payload_type is None
    assert "red/1000" not in written(answer.media)


@pytest.mark.parametrize(
    "text",
    [
        "m=text 17000 RTP/AVP 96\r\na=rtpmap:96 red/1000\r\na=fmtp:96 97/97/97\r\n",
        "m=text 17000 RTP/AVP 97\r\na=rtpmap:97 t140/8000\r\n",
        "m=text 17000 TCP/TLS/RTP/SAVP 97\r\na=rtpmap:97 t140/1000\r\n",
        "m=text 17000 RTP/AVP 97\r\nc=IN IP4 224.0.0.1\r\na=rtpmap:97 t140/1000\r\n",
        "m=text 0 RTP/AVP 97\r\na=rtpmap:97 t140/1000\r\n",
    ],
)
def test_text_that_cannot_be_used_is_refused_and_the_sound_goes_on(text: str) -> None:
    answer = answer_offer(offered(text), side())
    assert [line.port for line in answer.media.streams] == [4000, 0]
    assert answer.agreement.audio is not None
    assert route_of(answer.agreement).route.stream is None
    assert route_of(answer.agreement).route.has_tty


def test_a_call_that_was_to_have_sound_is_none_without_it_and_text_alone_is_served() -> None:
    text = "m=text 17000 RTP/AVP 97\r\na=rtpmap:97 t140/1000\r\n"
    with pytest.raises(SipError):
        answer_offer(offered(text, "m=audio 5000 RTP/AVP 18\r\n"), side())
    answer = answer_offer(offered(text, ""), side())
    assert route_of(answer.agreement).route.stream is not None


def test_who_does_not_know_text_refuses_it_and_is_not_asked_again() -> None:
    caller = side()
    deaf = local_media(MediaPolicy(), B, 5000, secrets.token_bytes)
    at_caller, _, answer = talk(caller, deaf)
    assert [line.port for line in answer.streams] == [5000, 0]
    held = offer_again(caller.with_direction(Direction.SENDONLY), at_caller)
    assert [(line.kind, line.port) for line in held.streams] == [("audio", 4000), ("text", 0)]


def test_text_is_added_to_a_running_call_by_either_side() -> None:
    sound = local_media(MediaPolicy(), A, 4000, secrets.token_bytes)
    callee = side(B, 5000)
    at_caller, _, _ = talk(sound, callee)
    wished = sound.with_text(replace(text_stream(sound, 4002, secrets.token_bytes), insists=True))
    more = offer_again(wished, at_caller)
    assert [(line.kind, line.port) for line in more.streams] == [("audio", 4000), ("text", 4002)]
    assert talk(more, callee)[0].text is not None


def test_a_hold_holds_the_text_as_well() -> None:
    caller, callee = side(), side(B, 5000)
    at_caller, _, _ = talk(caller, callee)
    held = offer_again(caller.with_direction(Direction.SENDONLY), at_caller)
    _, at_callee, _ = talk(held, callee)
    route = route_of(at_callee).route
    assert route.stream is not None
    assert not route.stream.sends


@pytest.mark.parametrize(
    ("srtp", "savp_first", "protocol"),
    [("optional", False, "RTP/AVP"), ("optional", True, "RTP/SAVP"), ("mandatory", False, "RTP/SAVP")],
)
def test_text_is_encrypted_as_the_sound_is_with_keys_of_its_own(
    srtp: str, savp_first: bool, protocol: str
) -> None:
    policy = MediaPolicy(srtp=srtp, savp_first=savp_first)
    caller, callee = side(policy=policy), side(B, 5000, policy)
    assert caller.text is not None
    assert caller.text.protocol == protocol
    keys = [key.key for line in (*caller.streams, *callee.streams) for key in line.crypto]
    assert len(set(keys)) == len(keys) == 8
    at_caller, at_callee, _ = talk(caller, callee)
    ours, theirs = route_of(at_caller), route_of(at_callee)
    assert ours.cipher is not None
    assert theirs.cipher is not None
    packet = bytes.fromhex("80620001000000000deadbee") + b"text"
    assert theirs.cipher.open(ours.cipher.seal(packet)) == packet
    # The same again keeps the counters.
    assert route_of(at_caller, ours).cipher is ours.cipher


def test_a_second_offer_in_the_clear_holds_for_text_too() -> None:
    media = side(policy=MediaPolicy(srtp="optional"))
    assert media.text is not None
    clear = in_the_clear(media).text
    assert clear is not None
    assert (clear.protocol, clear.crypto) == ("RTP/AVP", ())


@pytest.mark.parametrize("status", [415, 488, 606])
@pytest.mark.parametrize("policy", ["off", "optional", "mandatory"])
def test_an_offer_refused_with_text_is_made_again_without_it_and_else_the_same(
    policy: str, status: int
) -> None:
    media = side(policy=MediaPolicy(srtp=policy))
    assert media.text is not None
    second = other_way(media, status, secrets.token_bytes)
    assert second is not None
    assert second.text is None
    renewed = tuple(
        replace(key, key=old.key)
        for key, old in zip(second.audio.crypto, media.audio.crypto, strict=True)
        if key.key != old.key
    )
    assert replace(second.audio, crypto=renewed) == media.audio
    third = other_way(second, status, secrets.token_bytes)
    assert (third is not None) == (policy == "optional")
    assert third is None or (third.audio.protocol, third.text) == ("RTP/SAVP", None)


def test_a_busy_peer_is_offered_nothing_else_for_its_text() -> None:
    assert other_way(side(), 486, secrets.token_bytes) is None


def test_another_policy_within_the_call_keeps_port_and_keys_of_the_text() -> None:
    before = side(policy=MediaPolicy(srtp="optional"))
    after = again(MediaPolicy(codecs=("PCMU",), srtp="optional"), before, secrets.token_bytes)
    assert before.text is not None
    assert after.text is not None
    assert after.text.port == before.text.port
    assert after.text.crypto == before.text.crypto


def test_a_textphone_is_asked_for_in_g711_with_short_packets_and_without_pauses() -> None:
    text = written(for_textphone(side()))
    assert "m=audio 4000 RTP/AVP 8 0 101\r\n" in text
    assert "a=ptime:10\r\n" in text
    with pytest.raises(ConfigError):
        for_textphone(side(policy=MediaPolicy(codecs=("opus",))))


def test_tones_pass_only_g711() -> None:
    for codec, passes in (("PCMU", True), ("PCMA", True), ("G722", False), ("opus", False)):
        policy = MediaPolicy(codecs=(codec,))
        at_caller, _, _ = talk(
            local_media(policy, A, 4000, secrets.token_bytes),
            local_media(policy, B, 5000, secrets.token_bytes),
        )
        assert route_of(at_caller).route.has_tty is passes
        assert route_of(None, route_of(at_caller)).route.has_tty is passes


def test_a_peer_that_answers_with_other_numbers_is_sent_its_own_and_heard_with_ours() -> None:
    caller = side()
    answer = offered(
        "m=text 6000 RTP/AVP 100 101\r\na=rtpmap:100 red/1000\r\na=fmtp:100 101/101\r\n"
        "a=rtpmap:101 T140/1000\r\n"
    )
    route = route_of(accept_answer(caller, answer)).route
    assert route.stream is not None
    assert route.stream.text == TextPlan(101, 100, 1)
    assert route.stream.takes == TextPlan(99, 98, 3)


@given(
    formats=st.lists(st.integers(0, 300), max_size=5),
    lines=st.lists(
        st.builds(
            lambda name, number, value: f"a={name}:{number} {value}\r\n",
            st.sampled_from(["rtpmap", "fmtp", "crypto", "ptime"]),
            st.integers(-1, 300),
            st.sampled_from(
                [
                    "t140/1000",
                    "red/1000",
                    "T140/1000/2",
                    "97/97/97",
                    "//",
                    "97/" * 900,
                    "cps=0",
                    "cps=99999999",
                    "cps=7;x",
                ]
            ),
        ),
        max_size=8,
    ),
)
def test_no_text_line_breaks_a_call(formats: list[int], lines: list[str]) -> None:
    text = f"m=text 17000 RTP/AVP {' '.join(map(str, formats)) or '0'}\r\n" + "".join(lines)
    answer = answer_offer(offered(text), side())
    assert len(answer.media.streams) == 2
    planned = route_of(answer.agreement, PlannedText())
    assert parse_sdp(written(answer.media).encode()).streams[0].port == 4000
    if planned.route.stream is not None:
        assert 0 <= planned.route.stream.text.sent_generations <= 8
        assert 1 <= planned.route.stream.text.sent_cps <= 1000
