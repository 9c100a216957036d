from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import ConfigError
from agent_desktop.media import srtp, tones
from agent_desktop.media.rtp import RtpPacket, RtpSender, parse
from agent_desktop.media.srtp import KeyParams, Srtp

from .leg import Call, plan

CM80 = "AES_CM_128_HMAC_SHA1_80"
SIZES = {CM80: 30, "AES_CM_128_HMAC_SHA1_32": 30, "AEAD_AES_128_GCM": 28}


def key(number: int, suite: str = CM80) -> KeyParams:
    return KeyParams(suite, bytes([number]) * SIZES[suite])


def both(suite: str = CM80, first: int = 1, second: int = 2) -> tuple[Srtp, Srtp]:
    one, other = key(first, suite), key(second, suite)
    return Srtp(one, other), Srtp(other, one)


@pytest.fixture
def call() -> Iterator[Call]:
    made = Call()
    yield made
    made.close()


def agree(call: Call, ciphers: tuple[Srtp, Srtp], name: str = "PCMU") -> None:
    call.one.configure(plan(call.other, name, cipher=ciphers[0]))
    call.other.configure(plan(call.one, name, cipher=ciphers[1]))


def test_the_library_has_every_suite_that_we_name() -> None:
    assert srtp.suites() == tuple(SIZES)


@pytest.mark.parametrize("suite", SIZES)
def test_what_one_side_seals_the_other_opens_and_nobody_else(suite: str) -> None:
    one, other = both(suite)
    packet = RtpPacket(0, 7, 160, 99, b"speech" * 20).encode()
    sealed = one.seal(packet)
    assert b"speech" not in sealed
    assert other.open(sealed) == packet
    assert Srtp(key(5, suite), key(6, suite)).open(sealed) is None
    report = bytes([0x80, 201, 0, 1]) + b"ssrc"
    hidden = one.seal_rtcp(report)
    assert other.open_rtcp(hidden) == report
    assert other.open_rtcp(hidden) is None


def test_a_changed_or_repeated_packet_is_refused_and_the_good_one_still_opens() -> None:
    one, other = both()
    sealed = one.seal(RtpPacket(0, 7, 160, 99, b"x" * 160).encode())
    assert other.open(sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert other.open(sealed) is not None
    assert other.open(sealed) is None


@given(st.binary(max_size=2000))
def test_any_datagram_is_refused(data: bytes) -> None:
    _, other = both()
    assert other.open(data) is None
    assert other.open_rtcp(data) is None


def test_the_sequence_wraps_and_a_reinvite_with_the_same_keys_keeps_the_roll_over() -> None:
    one, other = both()
    stream = RtpSender(ssrc=9, sequence=65_500, timestamp=0)
    for n in range(200):
        if n == 100:  # both sides answered SDP with the same keys again
            fresh = both()
            one, other = fresh[0].continuing(one), fresh[1].continuing(other)  # type: ignore[assignment]  # Srtp
        packet = stream.packet(0, bytes([n])).encode()
        assert other.open(one.seal(packet)) == packet
    joined_late = both()[1]
    assert joined_late.open(one.seal(stream.packet(0, b"x").encode())) is None


def test_a_direction_with_a_new_key_begins_anew_and_the_other_goes_on() -> None:
    first = Srtp(key(1), key(2))
    second = Srtp(key(1), key(3)).continuing(first)
    assert isinstance(second, Srtp)
    assert second.sealing is first.sealing
    assert second.opening is not first.opening


@pytest.mark.parametrize(
    ("suite", "size"), [("AES_CM_128_HMAC_SHA1_80", 16), ("F8_128_HMAC_SHA1_80", 30), ("NULL", 0)]
)
def test_an_unknown_suite_or_a_key_of_the_wrong_length_is_an_error_in_words(suite: str, size: int) -> None:
    with pytest.raises(ConfigError, match=suite):
        Srtp(KeyParams(suite, bytes(size)), key(1))


def test_a_key_is_never_shown() -> None:
    assert repr(KeyParams(CM80, b"secret" * 5)) == f"KeyParams({CM80})"


def test_without_the_library_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(srtp, "pylibsrtp", None)
    srtp.suites.cache_clear()
    assert srtp.suites() == ()
    srtp.suites.cache_clear()
    with pytest.raises(ConfigError, match="pylibsrtp"):
        both()


@pytest.mark.parametrize("name", ["PCMU", "G722", "opus"])
def test_a_call_is_heard_and_its_reports_arrive_sealed(call: Call, name: str) -> None:
    agree(call, both(), name)
    heard = call.say(tones.sine(440, 16.0))
    assert tones.tone_dbfs(heard[8000:], 440) == pytest.approx(-12, abs=1.5)
    assert call.one.counters.forged == call.other.counters.forged == 0
    told = call.one.sent_quality()
    assert told is not None
    assert told.loss < 0.01
    assert call.one._reporting.round_trip_s is not None


def test_with_wrong_keys_nothing_is_heard_and_everything_is_counted(call: Call) -> None:
    agree(call, (both()[0], both(first=7, second=8)[1]))
    heard = call.say(tones.sine(440, 2.0))
    assert not heard.any()
    assert call.other.counters.forged >= 99
    assert call.other.counters.received == 0


def test_keys_may_change_in_the_call(call: Call) -> None:
    agree(call, both())
    call.say(tones.sine(440, 1.0))
    agree(call, both(first=3, second=4))
    call.say(tones.sine(440, 0.1))
    forged = call.other.counters.forged
    heard = call.say(tones.sine(440, 1.0))
    assert tones.tone_dbfs(heard, 440) == pytest.approx(-12, abs=1)
    assert call.other.counters.forged == forged <= 2


def test_a_reinvite_with_the_same_keys_after_the_wrap_is_heard(call: Call) -> None:
    agree(call, both())
    call.one._sending.stream.sequence = 65_500
    call.say(tones.sine(440, 1.0))
    assert call.one._sending.stream.sequence < 100
    agree(call, both())
    heard = call.say(tones.sine(440, 1.0))
    assert tones.tone_dbfs(heard, 440) == pytest.approx(-12, abs=1)
    assert call.other.counters.forged == 0


def test_plain_and_repeated_packets_from_the_peers_own_address_are_not_played(call: Call) -> None:
    agree(call, both())
    call.say(tones.sine(440, 0.5))
    call.tick()
    port, repeated = call.road._port, call.road.last
    for _ in range(30):
        port.send(repeated, call.other.local)
        port.send(RtpPacket(0, 1, 1, call.one._sending.stream.ssrc, bytes(160)).encode(), call.other.local)
    received = call.other.counters.received
    call.tick()
    assert call.other.counters.forged == 60
    assert call.other.counters.received == received + 1


def test_with_srtp_a_peer_that_moves_is_followed_at_once() -> None:
    from agent_desktop.media.source import SourceLock

    lock = SourceLock(("192.0.2.1", 4000))
    packet = parse(RtpPacket(0, 1, 1, 1, b"").encode())
    assert lock.admits(("192.0.2.9", 5000), packet, is_proven=True)
    assert lock.target == ("192.0.2.9", 5000)
    assert lock.admits(("192.0.2.7", 6000), packet, is_proven=True)
    assert lock.target == ("192.0.2.7", 6000)
    assert not lock.admits(("192.0.2.9", 5000), packet)
