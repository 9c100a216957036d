"""An agreement becomes a plan, and what has a memory lives through every re-INVITE that changes nothing."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from agent_desktop.errors import ConfigError
from agent_desktop.sip.media import Codec, Direction
from agent_desktop.sip.negotiation import accept_answer, answer_offer, offer_again
from agent_desktop.sip.sdp import Origin, build_sdp, parse_sdp
from agent_desktop.voice import offer
from agent_desktop.voice.offer import MediaPolicy, again, local_media
from agent_desktop.voice.plan import Planned, plan_of

A, B = "192.0.2.1", "192.0.2.2"
PACKET = bytes.fromhex("8000000100000000deadbeef") + b"\x55" * 160


def read(media):
    return parse_sdp(build_sdp(Origin("1", 1, media.address), media))


class Call:
    """Two sides of one call: their media, agreements and plans, offered anew as often as one likes."""

    def __init__(self, caller: MediaPolicy, callee: MediaPolicy) -> None:
        self.media = [
            local_media(caller, A, 4000, secrets.token_bytes),
            local_media(callee, B, 5000, secrets.token_bytes),
        ]
        self.agreements = [None, None]
        self.plans = [Planned(), Planned()]
        self.offer(0)

    def offer(self, by: int) -> None:
        offered = offer_again(self.media[by], self.agreements[by])
        answer = answer_offer(read(offered), self.media[1 - by])
        self.agreements[1 - by] = answer.agreement
        self.agreements[by] = accept_answer(offered, read(answer.media))
        self.plans = [
            plan_of(agreement.audio, planned)
            for agreement, planned in zip(self.agreements, self.plans, strict=True)
        ]

    def hears(self, number: int) -> bool:
        """Whether packet `number` of each side opens at the other."""
        packet = PACKET[:2] + number.to_bytes(2, "big") + PACKET[4:]
        return all(
            self.plans[1 - side].plan.cipher.open(self.plans[side].plan.cipher.seal(packet)) == packet
            for side in (0, 1)
        )


@pytest.mark.parametrize("name", ["opus", "G722", "PCMA", "PCMU"])
def test_every_codec_becomes_a_plan(name):
    call = Call(MediaPolicy(), MediaPolicy(codecs=(name,)))
    for planned, remote in zip(call.plans, ((B, 5000), (A, 4000)), strict=True):
        plan = planned.plan
        assert plan.codec.name == name
        assert plan.remote == remote
        assert plan.accepted[plan.codec.payload_type] is plan.codec
        assert plan.dtmf_payload_type == (110 if name == "opus" else 101)
        assert plan.comfort_noise_payload_type == (None if name == "opus" else 13)
        assert (plan.sends, plan.receives, plan.cipher) == (True, True, None)
    assert not call.plans[0].is_encrypted


def test_a_hold_and_a_resume_keep_codec_and_cipher():
    call = Call(MediaPolicy(srtp="mandatory"), MediaPolicy(srtp="optional"))
    before = [planned.plan for planned in call.plans]
    assert call.hears(1)
    for by, direction in ((0, Direction.SENDONLY), (1, Direction.SENDRECV), (0, Direction.SENDRECV)):
        call.media[by] = call.media[by].with_direction(direction)
        call.offer(by)
        for planned, old in zip(call.plans, before, strict=True):
            assert planned.plan.codec is old.codec
            assert planned.plan.cipher is old.cipher
            assert dict(planned.plan.accepted) == dict(old.accepted)
    assert call.hears(2)
    assert (call.plans[0].plan.sends, call.plans[0].plan.receives) == (True, True)


def test_a_held_side_neither_sends_nor_expects():
    call = Call(MediaPolicy(), MediaPolicy())
    call.media[0] = call.media[0].with_direction(Direction.INACTIVE)
    call.offer(0)
    assert [(p.plan.sends, p.plan.receives) for p in call.plans] == [(False, False)] * 2


def test_codecs_change_within_a_call_and_the_keys_stay():
    """A counter that has wrapped (22 minutes of a call) must not begin again with another codec."""
    call = Call(MediaPolicy(srtp="mandatory"), MediaPolicy(srtp="mandatory"))
    assert call.plans[0].plan.codec.name == "opus"
    cipher = call.plans[0].plan.cipher
    for number in (65_534, 65_535, 0, 1):
        assert call.hears(number)
    call.media[1] = again(MediaPolicy(codecs=("PCMU",), srtp="mandatory"), call.media[1], secrets.token_bytes)
    call.offer(1)
    assert [planned.plan.codec.name for planned in call.plans] == ["PCMU", "PCMU"]
    assert call.plans[0].plan.cipher is cipher
    assert call.hears(2)


def test_a_new_key_of_one_side_leaves_the_other_direction_counting():
    call = Call(MediaPolicy(srtp="mandatory"), MediaPolicy(srtp="mandatory"))
    for number in (65_535, 0):
        assert call.hears(number)
    old = call.plans[0].plan.cipher
    fresh = local_media(MediaPolicy(srtp="mandatory"), B, 5000, secrets.token_bytes)
    call.media[1] = fresh
    call.offer(1)
    assert call.plans[0].plan.cipher is not old
    packet = PACKET[:2] + (7).to_bytes(2, "big") + PACKET[4:]
    # Our direction is past its wrap at both ends, the peer's new one begins at both ends.
    sealed = call.plans[0].plan.cipher.seal(packet)
    assert call.plans[1].plan.cipher.open(sealed) == packet
    assert call.plans[0].plan.cipher.open(call.plans[1].plan.cipher.seal(packet)) == packet


@pytest.mark.parametrize(
    ("caller", "callee", "encrypted"),
    [("optional", "optional", True), ("optional", "off", False), ("mandatory", "optional", True)],
)
def test_a_plan_is_encrypted_where_both_agreed(caller, callee, encrypted):
    call = Call(MediaPolicy(srtp=caller), MediaPolicy(srtp=callee))
    assert [planned.is_encrypted for planned in call.plans] == [encrypted] * 2
    if encrypted:
        assert call.hears(1)
        assert call.plans[0].plan.cipher.open(PACKET) is None


@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM"])
def test_each_suite_carries_sound(suite):
    policy = MediaPolicy(srtp="mandatory", suites=(suite,))
    call = Call(policy, policy)
    assert call.agreements[0].audio.seal.suite == suite
    assert call.hears(1)


def test_reports_go_where_the_peer_wants_them():
    stream = Call(MediaPolicy(), MediaPolicy()).agreements[0].audio
    assert plan_of(stream).plan.remote_rtcp is None
    assert plan_of(replace(stream, rtcp=("192.0.2.9", 7))).plan.remote_rtcp == ("192.0.2.9", 7)
    assert plan_of(replace(stream, rtcp_mux=True)).plan.remote_rtcp == (B, 5000)


def test_without_a_stream_nothing_is_sent_or_taken():
    plan = plan_of(None).plan
    assert (plan.remote, plan.sends, plan.receives) == (None, False, False)


def test_the_peers_numbers_are_sent_and_ours_are_taken():
    stream = Call(MediaPolicy(codecs=("PCMU",)), MediaPolicy()).agreements[0].audio
    odd = replace(stream, codec=Codec("PCMU", 97), accepts=(Codec("PCMU", 0), Codec("telephone-event", 101)))
    plan = plan_of(odd).plan
    assert plan.codec.payload_type == 97
    assert list(plan.accepted) == [0]


def test_a_codec_that_is_not_here_is_refused_in_words():
    stream = Call(MediaPolicy(), MediaPolicy()).agreements[0].audio
    with pytest.raises(ConfigError, match="no codec G729"):
        plan_of(replace(stream, codec=Codec("G729", 18)))


def test_what_this_computer_lacks_is_not_offered(monkeypatch):
    monkeypatch.setattr(offer.codecs, "available", lambda: ("PCMA", "PCMU"))
    monkeypatch.setattr(offer.srtp, "suites", tuple)
    media = local_media(MediaPolicy(srtp="optional"), A, 4000, secrets.token_bytes)
    assert [codec.name for codec in media.audio.codecs] == ["PCMA", "PCMU", "CN", "telephone-event"]
    assert "crypto" not in build_sdp(Origin("1", 1, A), media).decode()
    with pytest.raises(ConfigError, match="pylibsrtp"):
        local_media(MediaPolicy(srtp="mandatory"), A, 4000, secrets.token_bytes)
    with pytest.raises(ConfigError, match="none of the codecs"):
        local_media(MediaPolicy(codecs=("opus",)), A, 4000, secrets.token_bytes)
