"""The second engine: what it can, what it says it cannot, and what happens when pyVoIP hangs."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from agent_desktop.media import rtp, tones, wav
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES, NARROW_RATE_HZ, SAMPLE_RATE_HZ, frames_of
from agent_desktop.phone import pyvoip_engine
from agent_desktop.phone.pyvoip_child import from_bytes, to_bytes
from agent_desktop.phone.softphone import Softphone
from agent_desktop.sip import events as sip
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount

pytestmark = pytest.mark.peer
VOICE_HZ = 600
PROOF = 'Digest realm="centre.test", nonce="n", algorithm=MD5, qop="auth"'


@pytest.fixture
async def softphone(tmp_path):
    wav.write(tmp_path / "voice.wav", tones.sine(VOICE_HZ, 2.0))
    events = []
    made = Softphone(
        events.append,
        microphone=str(tmp_path / "voice.wav"),
        speaker=str(tmp_path / "ear.wav"),
        engine="pyvoip",
    )
    await made.start()
    made.events = events
    yield made
    await made.close()


@pytest.fixture
async def registered(softphone, exchange, eventually):
    server = await exchange.open()
    account = PhoneAccount(extension="201", server=server, realm="centre.test", password="secret")
    assert softphone.handle("1", wire.SetAccount(account=account)).ok
    await eventually(lambda: softphone.snapshot().registration.state == "registered", 15)
    return softphone


def states(softphone):
    return [e.call.state for e in softphone.events if isinstance(e, wire.PhoneCallChanged)]


def speak(exchange, where, hz=440):
    """Send a tone to the phone as the other side would."""
    sender = rtp.RtpSender(ssrc=7, sequence=1, timestamp=1)

    async def send():
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number, frame in enumerate(
            frames_of(tones.sine(hz, 3.0, rate_hz=NARROW_RATE_HZ), NARROW_FRAME_SAMPLES)
        ):
            exchange.ears.sendto(sender.packet(0, PCMU.encode(frame)).encode(), where)
            sender.advance(160)
            await asyncio.sleep(max(0.0, start + (number + 1) * 0.02 - loop.time()))

    return send()


async def test_a_call_in_is_answered_and_heard_both_ways(registered, exchange, eventually, tmp_path):
    registered.handle("2", wire.Expect(interaction="i1"))
    leg = await exchange.call("i1")
    agreed = (await exchange.see(sip.Answered)).agreement.audio
    await eventually(lambda: "up" in states(registered))
    await speak(exchange, (agreed.address, agreed.port))
    assert tones.tone_dbfs(exchange.voice(1.0), VOICE_HZ) > -30
    assert tones.tone_dbfs(wav.read(tmp_path / "ear.wav")[-SAMPLE_RATE_HZ:], 440) > -30
    (call,) = registered.snapshot().calls
    assert call.interaction == "i1"
    reply = registered.handle("3", wire.SetHold(call=call.id, on=True))
    assert (reply.ok, reply.code) == (False, "not_supported")
    assert not registered.handle("4", wire.SendDtmf(call=call.id, digits="1")).ok
    assert registered.handle("5", wire.HangUp(call=call.id)).ok
    assert (await exchange.see(sip.Ended, lambda e: e.leg == leg)).by is sip.EndedBy.REMOTE
    assert states(registered) == ["ringing", "up", "ended"]


async def test_a_call_out_comes_up_and_the_other_side_hangs_up(registered, exchange, eventually):
    assert registered.handle("2", wire.Dial(target="100")).ok
    arrived = await exchange.see(sip.CallArrived)
    exchange.agent.ring(arrived.leg, exchange.transport.now())
    exchange.agent.answer(arrived.leg, exchange.media, exchange.transport.now())
    exchange.transport.flush()
    await eventually(lambda: "up" in states(registered))
    exchange.agent.hang_up(arrived.leg, exchange.transport.now())
    exchange.transport.flush()
    await eventually(
        lambda: states(registered) == ["dialling", "up", "ended"], why=lambda: states(registered)
    )


async def test_a_busy_number_ends_the_call(registered, exchange, eventually):
    """PyVoIP itself would dial for ever; our child sends the ACK and says so."""
    assert registered.handle("2", wire.Dial(target="100")).ok
    arrived = await exchange.see(sip.CallArrived)
    exchange.agent.ring(arrived.leg, exchange.transport.now())
    exchange.agent.reject(arrived.leg, exchange.transport.now(), 486)
    exchange.transport.flush()
    await eventually(lambda: states(registered) == ["dialling", "ended"], why=lambda: states(registered))
    assert [e for e in registered.events if isinstance(e, wire.PhoneCallChanged)][-1].call.status == 486


async def test_a_caller_who_gives_up_stops_the_ringing(registered, exchange, eventually):
    leg = await exchange.call()
    await eventually(lambda: states(registered) == ["ringing"])
    exchange.agent.cancel(leg, exchange.transport.now())
    exchange.transport.flush()
    await eventually(lambda: states(registered) == ["ringing", "ended"])


async def test_a_407_hangs_pyvoip_and_the_watchdog_brings_the_phone_back(
    registered, exchange, eventually, monkeypatch
):
    """Measured: `call()` blocks for ever with the receive lock held."""
    monkeypatch.setattr(pyvoip_engine, "PATIENCE_S", 1.0)
    child = registered._engine._child
    answer = exchange.agent.receive

    def ask_for_a_proof(data, source, now):
        answer(data, source, now)
        if data.startswith(b"INVITE"):
            exchange.agent.take_outgoing()  # no 100: the 407 is the first that pyVoIP hears
            leg = exchange.agent.take_events()[-1].leg
            exchange.agent.reject(leg, now, 407, headers=(("Proxy-Authenticate", PROOF),))

    exchange.agent.receive = ask_for_a_proof
    assert registered.handle("2", wire.Dial(target="100")).ok
    await eventually(lambda: states(registered) == ["dialling", "ended"], why=lambda: states(registered))
    last = [e for e in registered.events if isinstance(e, wire.PhoneCallChanged)][-1].call
    assert (last.ended_by, last.detail) == ("network", pyvoip_engine._HUNG)
    exchange.agent.receive = answer
    await eventually(lambda: registered._engine._child not in {None, child}, 15)
    await eventually(lambda: registered.snapshot().registration.state == "registered", 15)
    assert child.returncode is not None


async def test_a_wrong_password_is_said(softphone, exchange, eventually):
    server = await exchange.open()
    account = PhoneAccount(extension="201", server=server, realm="centre.test", password="wrong")
    softphone.handle("1", wire.SetAccount(account=account))
    await eventually(lambda: softphone.snapshot().registration.state == "failed", 40)


async def test_it_declares_what_it_cannot_do(softphone):
    snapshot = softphone.snapshot()
    assert snapshot.engine == "pyvoip"
    assert snapshot.capabilities == ()


def test_a_gap_of_pyvoip_becomes_silence_and_not_a_bang():
    frame = np.frombuffer(to_bytes(tones.sine(440, 0.02)), dtype=np.uint8).copy()
    frame[40:120] = 0
    heard = from_bytes(frame.tobytes())
    assert (heard[40:120] == 0).all()
    assert np.abs(heard).max() < 10_000


def test_sound_survives_the_eight_bits_as_well_as_they_allow():
    sound = tones.sine(440, 0.02)
    assert np.abs(from_bytes(to_bytes(sound)).astype(int) - sound).max() <= 256
