"""What a call offers under each policy, and that its keys are its own and stay."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from agent_desktop.errors import ConfigError
from agent_desktop.sip.media import Direction
from agent_desktop.sip.sdp import Origin, build_sdp
from agent_desktop.voice.offer import MediaPolicy, again, in_the_clear, local_media, other_way

HERE = "192.0.2.1"
_numbers = count(1)


def drawn(size: int) -> bytes:
    return next(_numbers).to_bytes(size, "big")


def sdp(media) -> str:
    return build_sdp(Origin("1", 1, HERE), media).decode()


def test_the_best_codec_comes_first_and_touch_tones_come_in_both_clocks():
    text = sdp(local_media(MediaPolicy(), HERE, 4000, drawn))
    assert "m=audio 4000 RTP/AVP 111 9 8 0 13 110 101\r\n" in text
    for line in (
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 useinbandfec=1",
        "a=rtpmap:9 G722/8000",
        "a=rtpmap:13 CN/8000",
        "a=rtpmap:110 telephone-event/48000",
        "a=rtpmap:101 telephone-event/8000",
        "a=ptime:20",
    ):
        assert f"{line}\r\n" in text
    assert "crypto" not in text


def test_opus_alone_needs_no_comfort_noise():
    text = sdp(local_media(MediaPolicy(codecs=("opus",)), HERE, 4000, drawn))
    assert "m=audio 4000 RTP/AVP 111 110 101\r\n" in text


@pytest.mark.parametrize(
    ("policy", "profile", "keys"),
    [
        (MediaPolicy(srtp="off"), "RTP/AVP", 0),
        (MediaPolicy(srtp="optional"), "RTP/AVP", 2),
        (MediaPolicy(srtp="optional", savp_first=True), "RTP/SAVP", 2),
        (MediaPolicy(srtp="mandatory"), "RTP/SAVP", 2),
        (MediaPolicy(srtp="mandatory", suites=("AES_CM_128_HMAC_SHA1_32",)), "RTP/SAVP", 1),
    ],
)
def test_each_policy_offers_its_profile_and_its_keys(policy, profile, keys):
    text = sdp(local_media(policy, HERE, 4000, drawn))
    assert f"m=audio 4000 {profile} " in text
    assert text.count("a=crypto:") == keys


def test_two_calls_and_two_suites_share_no_key():
    policy = MediaPolicy(srtp="mandatory")
    keys = [k.key for _ in range(2) for k in local_media(policy, HERE, 4000, drawn).audio.crypto]
    assert len(set(keys)) == 4


def test_a_new_policy_within_a_call_keeps_port_direction_and_keys():
    policy = MediaPolicy(srtp="optional", suites=("AES_CM_128_HMAC_SHA1_80",))
    before = local_media(policy, HERE, 4000, drawn).with_direction(Direction.SENDONLY)
    after = again(MediaPolicy(codecs=("PCMU",), srtp="mandatory"), before, drawn)
    assert after.audio.port == 4000
    assert after.audio.direction is Direction.SENDONLY
    assert after.audio.protocol == "RTP/SAVP"
    assert [key.tag for key in after.audio.crypto] == [1, 2]
    assert after.audio.crypto[0] == before.audio.crypto[0]
    assert [codec.name for codec in after.audio.codecs] == ["PCMU", "CN", "telephone-event"]


def test_the_second_try_of_a_refused_offer_is_in_the_clear():
    offered = local_media(MediaPolicy(srtp="optional", savp_first=True), HERE, 4000, drawn)
    text = sdp(in_the_clear(offered))
    assert "m=audio 4000 RTP/AVP " in text
    assert "crypto" not in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"codecs": ("speex",)},
        {"codecs": ()},
        {"srtp": "yes"},
        {"suites": ("ROT13",)},
        {"suites": ()},
        {"prefer": "hers"},
        {"ptime_ms": 7},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_in_words(wrong):
    with pytest.raises(ConfigError):
        replace(MediaPolicy(), **wrong)


@pytest.mark.parametrize("status", [415, 488, 606])
def test_a_refused_offer_of_optional_keys_is_made_again_as_savp_with_fresh_ones(status):
    first = local_media(MediaPolicy(srtp="optional"), HERE, 4000, drawn)
    second = other_way(first, status, drawn)
    assert (second.audio.protocol, second.audio.port) == ("RTP/SAVP", 4000)
    assert [key.suite for key in second.audio.crypto] == [key.suite for key in first.audio.crypto]
    assert not {key.key for key in second.audio.crypto} & {key.key for key in first.audio.crypto}


def test_a_refused_savp_of_optional_keys_is_made_again_in_the_clear():
    first = local_media(MediaPolicy(srtp="optional", savp_first=True), HERE, 4000, drawn)
    assert other_way(first, 488, drawn) == in_the_clear(first)
    assert other_way(in_the_clear(first), 488, drawn) is None


@pytest.mark.parametrize(("srtp", "status"), [("off", 488), ("mandatory", 488), ("optional", 486)])
def test_there_is_no_other_way_where_encryption_is_settled_or_something_else_was_wrong(srtp, status):
    assert other_way(local_media(MediaPolicy(srtp=srtp), HERE, 4000, drawn), status, drawn) is None
