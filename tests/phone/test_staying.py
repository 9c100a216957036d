"""Signed in whatever the network does: a lost server, sleep, another address in the middle of a call."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest

from agent_desktop.media import tones, wav
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from agent_desktop.phone import network, signing
from agent_desktop.phone.softphone import Softphone
from agent_desktop.sip import events as sip
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount
from tests.phone.cards import Files

VOICE_HZ, FAR_HZ = 600, 440
ELSEWHERE = "127.0.0.2"


@pytest.fixture
async def softphone(tmp_path):
    voice, ear = tmp_path / "voice.wav", tmp_path / "ear.wav"
    wav.write(voice, tones.sine(VOICE_HZ, 2.0))
    events = []
    made = Softphone(
        events.append,
        devices=wire.SelectDevices(microphone=str(voice), speaker=str(ear)),
        backend=Files(),
    )
    await made.start()
    made.events, made.ear = events, ear
    yield made
    await made.close()


def account(server, **more):
    return PhoneAccount(extension="201", server=server, realm="centre.test", password="secret", **more)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(signing, "PROBE_S", 0.3)
    monkeypatch.setattr(signing, "ANSWER_S", 0.5)


def states(softphone):
    return [e.registration.state for e in softphone.events if isinstance(e, wire.RegistrationChanged)]


async def signed_in(softphone, server, eventually, **more):
    softphone.handle("1", wire.SetAccount(account=account(server, **more)))
    await eventually(lambda: states(softphone)[-1:] == ["registered"], why=lambda: states(softphone))


async def test_a_server_that_says_nothing_is_told_within_five_seconds_and_found_when_it_comes(
    softphone, exchange, eventually, new_exchange
):
    server = await exchange.open()
    port = int(server.rpartition(":")[2])
    await exchange.transport.close()
    asked_at = time.monotonic()
    softphone.handle("1", wire.SetAccount(account=account(server)))
    await eventually(lambda: states(softphone)[-1:] == ["failed"])
    assert time.monotonic() - asked_at < 5.0
    assert softphone.snapshot().registration.detail == signing.NO_ANSWER
    back = await new_exchange(port)
    back_at = time.monotonic()
    await eventually(lambda: states(softphone)[-1] == "registered")
    assert time.monotonic() - back_at < 5.0
    assert back.agent.bindings("201", back.transport.now())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.usefixtures("impatient")
async def test_a_server_that_was_killed_is_missed_and_found_again(
    softphone, exchange, eventually, new_exchange, transport
):
    server = await exchange.open()
    await signed_in(softphone, server, eventually, transport=transport)
    await exchange.transport.close()
    await eventually(lambda: states(softphone)[-1] == "failed", why=lambda: states(softphone))
    await asyncio.sleep(6.0)  # long enough for the waits to have grown to their first limit
    back = await new_exchange(int(server.rpartition(":")[2]))
    back_at = time.monotonic()
    await back.see(sip.Bound)
    await eventually(lambda: states(softphone)[-1] == "registered")
    assert time.monotonic() - back_at < 5.0
    await back.call("i1")
    await eventually(lambda: softphone.snapshot().calls)


async def test_after_sleep_we_register_at_once(softphone, exchange, eventually):
    server = await exchange.open()
    await signed_in(softphone, server, eventually)
    exchange.events.clear()
    watch = softphone._engine._signing._watch
    wall = time.time
    watch._wall = lambda: wall() + 3600
    slept_at = time.monotonic()
    bound = await exchange.see(sip.Bound)
    assert not bound.is_new
    assert time.monotonic() - slept_at < 5.0
    await eventually(lambda: softphone.snapshot().registration.state == "registered")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_an_address_that_changes_in_a_call_takes_the_call_with_it(
    softphone, exchange, eventually, monkeypatch, transport
):
    server = await exchange.open()
    await signed_in(softphone, server, eventually, transport=transport)
    softphone.handle("2", wire.Expect(interaction="i1"))
    leg = await exchange.call("i1")
    first = (await exchange.see(sip.Answered)).agreement.audio
    assert first.address == "127.0.0.1"
    exchange.speak(first.address, first.port, FAR_HZ)
    await eventually(lambda: tones.tone_dbfs(exchange.voice(), VOICE_HZ) > -20)
    exchange.events.clear()
    monkeypatch.setattr(network, "own_address", lambda _there, _port: ELSEWHERE)
    moved_at = time.monotonic()
    moved = await exchange.see(sip.MediaChanged)
    assert moved.by_peer
    assert moved.agreement.audio.address == ELSEWHERE
    exchange.speak(moved.agreement.audio.address, moved.agreement.audio.port, FAR_HZ)
    bound = await exchange.see(sip.Bound, lambda e: e.contact.host == ELSEWHERE)
    if transport == "udp":  # on loopback the system sends TCP from where it likes
        assert bound.source.host == ELSEWHERE
    assert time.monotonic() - moved_at < 5.0
    # Both directions go on, from and to the new address, without a gap that is heard.
    since = time.monotonic()
    await eventually(lambda: len([at for at, _ in exchange.packets if at > since + 0.3]) > 60)
    assert tones.tone_dbfs(exchange.voice(0.5), VOICE_HZ) > -20
    numbers = [packet.sequence for _, packet in exchange.packets]
    assert all((b - a) & 0xFFFF == 1 for a, b in itertools.pairwise(numbers))
    stamps = [packet.timestamp for _, packet in exchange.packets]
    assert {(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(stamps)} == {160}
    await eventually(lambda: tones.tone_dbfs(wav.read(softphone.ear)[-SAMPLE_RATE_HZ // 2 :], FAR_HZ) > -25)
    # The call can still be ended from both sides' view.
    assert exchange.agent.is_up(leg)
    (call,) = softphone.snapshot().calls
    assert softphone.handle("3", wire.HangUp(call=call.id)).ok
    assert (await exchange.see(sip.Ended)).by is sip.EndedBy.REMOTE


async def test_without_a_network_it_says_so_and_comes_back_with_it(
    softphone, exchange, eventually, monkeypatch
):
    server = await exchange.open()
    await signed_in(softphone, server, eventually)
    real = network.own_address

    def gone(there, port):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(network, "own_address", gone)
    await eventually(lambda: states(softphone)[-1] == "failed")
    assert softphone.snapshot().registration.detail == signing.NO_NETWORK
    monkeypatch.setattr(network, "own_address", real)
    exchange.events.clear()
    await exchange.see(sip.Bound)
    await eventually(lambda: states(softphone)[-1] == "registered")


async def test_words_that_mean_nothing_are_told_and_not_tried(softphone, exchange, eventually):
    server = await exchange.open()
    for wrong in (
        {"srtp": "perhaps"},
        {"codecs": ("mp3",)},
        {"transport": "tls", "fingerprint": "not a fingerprint"},
    ):
        softphone.handle("1", wire.SetAccount(account=account(server, **wrong)))
        await eventually(lambda: states(softphone)[-1:] == ["failed"])
        assert "tried again" not in softphone.snapshot().registration.detail
        softphone.events.clear()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_server_with_an_ipv6_address_is_called_and_calls(softphone, exchange, eventually, transport):
    far = type(exchange)("::1")
    try:
        server = await far.open()
        assert server.startswith("[::1]:")
        await signed_in(softphone, server, eventually, transport=transport)
        softphone.handle("2", wire.Expect(interaction="i1"))
        leg = await far.call("i1")
        agreed = (await far.see(sip.Answered)).agreement.audio
        assert agreed.address == "::1"
        far.speak(agreed.address, agreed.port, FAR_HZ)
        await eventually(lambda: tones.tone_dbfs(far.voice(), VOICE_HZ) > -20)
        await eventually(
            lambda: tones.tone_dbfs(wav.read(softphone.ear)[-SAMPLE_RATE_HZ // 2 :], FAR_HZ) > -25
        )
        far.agent.hang_up(leg, far.transport.now())
        far.transport.flush()
        await eventually(lambda: not softphone.has_calls)
        assert softphone.handle("3", wire.Dial(target="300")).ok
        assert (await far.see(sip.CallArrived)).called.user == "300"
    finally:
        await far.close()
