"""The second engine in the softphone: what it can, what it refuses in words, and when its child hangs."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import rtp
from agent_desktop.media.dtmf import EventPayload
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from agent_desktop.phone import pyvoip_engine
from agent_desktop.phone.engine import DTMF_RECEIVE, DigitHeard
from agent_desktop.phone.pyvoip_child import missing_words
from agent_desktop.phone.softphone import Softphone
from agent_desktop.sip import events as sip
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount
from tests.phone.cards import NoCards
from tests.phone.pyvoip_peer import sine, tone_db

pytestmark = pytest.mark.peer
NARROW = 160


@pytest.fixture
async def softphone():
    events = []
    silent = wire.SelectDevices(microphone="silent", speaker="silent")
    made = Softphone(events.append, devices=silent, engine="pyvoip", backend=NoCards())
    await made.start()
    made.events = events
    yield made
    await made.close()


def account(server, **more):
    return PhoneAccount(extension="201", server=server, realm="centre.test", **{"password": "secret", **more})


async def signed_in(softphone, server, eventually):
    assert softphone.handle("1", wire.SetAccount(account=account(server))).ok
    await eventually(lambda: softphone.snapshot().registration.state == "registered", 20)
    return softphone


@pytest.fixture
async def registered(softphone, exchange, eventually):
    return await signed_in(softphone, await exchange.open(), eventually)


def states(softphone):
    return [e.call.state for e in softphone.events if isinstance(e, wire.PhoneCallChanged)]


def registrations(softphone):
    return [e.registration for e in softphone.events if isinstance(e, wire.RegistrationChanged)]


async def in_a_call(registered, exchange, eventually):
    registered.handle("2", wire.Expect(interaction="i1"))
    await exchange.call("i1")
    agreed = (await exchange.see(sip.Answered)).agreement.audio
    await eventually(lambda: "up" in states(registered))
    (call,) = registered.snapshot().calls
    assert call.interaction == "i1"
    return call.id, (agreed.address, agreed.port)


async def test_it_declares_what_it_can_and_refuses_the_rest_in_words(registered, exchange, eventually):
    snapshot = registered.snapshot()
    assert (snapshot.engine, snapshot.capabilities) == ("pyvoip", (DTMF_RECEIVE,))
    call, _ = await in_a_call(registered, exchange, eventually)
    for command in (wire.SetHold(call=call, on=True), wire.SendDtmf(call=call, digits="1")):
        reply = registered.handle("3", command)
        assert (reply.ok, reply.code) == (False, "not_supported")
        assert "native" in reply.message
    second = registered.handle("4", wire.Dial(target="100"))
    assert (second.ok, second.code) == (False, "too_many")


@pytest.mark.parametrize(
    ("more", "word"), [({"transport": "tls"}, "UDP"), ({"srtp": "mandatory"}, "encrypt")]
)
async def test_an_account_that_it_cannot_serve_is_refused_in_words(softphone, eventually, more, word):
    softphone.handle("1", wire.SetAccount(account=account("127.0.0.1:9", **more)))
    await eventually(lambda: softphone.snapshot().registration.state == "failed")
    assert word in softphone.snapshot().registration.detail
    assert not softphone.handle("2", wire.Dial(target="100")).ok


async def test_the_phone_hears_of_keys_that_the_other_side_presses(registered, exchange, eventually):
    digits = []
    told = registered._engine._report
    registered._engine._report = lambda news: (
        digits.append(news.digit) if isinstance(news, DigitHeard) else told(news)
    )
    _, where = await in_a_call(registered, exchange, eventually)
    sender = rtp.RtpSender(ssrc=7, sequence=1, timestamp=1)
    for event in (4, 2, 11):
        for number in range(5):
            payload = EventPayload(event, number > 2, 10, NARROW * min(number + 1, 3)).encode()
            if number:  # the one with the marker is lost
                exchange.ears.sendto(sender.packet(101, payload, timestamp=1000 * event).encode(), where)
    await eventually(lambda: digits == ["4", "2", "#"], why=lambda: digits)


async def test_a_child_that_gives_no_sign_of_life_is_replaced_and_registers_again(
    registered, exchange, eventually, monkeypatch
):
    monkeypatch.setattr(pyvoip_engine, "PATIENCE_S", 0.5)
    monkeypatch.setattr(pyvoip_engine, "BEAT_S", 0.1)
    await in_a_call(registered, exchange, eventually)
    child = registered._engine._child
    os.kill(child.pid, signal.SIGSTOP)
    await eventually(lambda: "ended" in states(registered))
    last = [e for e in registered.events if isinstance(e, wire.PhoneCallChanged)][-1].call
    assert (last.ended_by, last.detail) == ("network", pyvoip_engine._HUNG)
    monkeypatch.setattr(pyvoip_engine, "PATIENCE_S", 20.0)
    await eventually(lambda: registered.snapshot().registration.state == "registered", 30)
    assert registered._engine._child not in {None, child}
    assert child.returncode is not None
    assert pyvoip_engine._HUNG in [told.detail for told in registrations(registered)]
    assert registered.snapshot().engine == "pyvoip"


async def test_a_child_that_ends_by_itself_is_replaced(registered, eventually, monkeypatch):
    monkeypatch.setattr(pyvoip_engine, "RETRY_S", 0.05)
    child = registered._engine._child
    child.kill()
    await eventually(lambda: pyvoip_engine._HUNG in [told.detail for told in registrations(registered)])
    await eventually(lambda: registered.snapshot().registration.state == "registered", 30)
    assert registered._engine._child not in {None, child}


async def test_a_python_without_audioop_is_said_in_words_and_not_tried_again(
    softphone, exchange, eventually, monkeypatch, tmp_path
):
    """Python 3.13 left it out, and pyVoIP imports it."""
    (tmp_path / "audioop.py").write_text("raise ModuleNotFoundError('gone', name='audioop')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(Path.cwd())]))
    softphone.handle("1", wire.SetAccount(account=account(await exchange.open())))
    await eventually(lambda: softphone.snapshot().registration.state == "failed", 20)
    assert softphone.snapshot().registration.detail == missing_words("audioop")
    await eventually(lambda: softphone._engine._child is None)
    reply = softphone.handle("2", wire.Dial(target="100"))
    assert (reply.ok, reply.code) == (False, "not_registered")


def test_the_words_say_what_to_install():
    assert "audioop-lts" in missing_words("audioop")
    assert "pyVoIP" in missing_words("pyVoIP")


async def test_a_server_without_an_address_is_looked_for_again(softphone, exchange, eventually, monkeypatch):
    monkeypatch.setattr(pyvoip_engine, "RETRY_S", 0.05)
    server, there, tries = await exchange.open(), pyvoip_engine.plan_for, []

    async def not_yet(wanted):
        tries.append(wanted)
        if len(tries) < 3:
            raise OSError("Temporary failure in name resolution")
        return await there(wanted)

    monkeypatch.setattr(pyvoip_engine, "plan_for", not_yet)
    await signed_in(softphone, server, eventually)
    assert len(tries) == 3


async def test_signing_off_takes_the_address_away(registered, exchange, eventually):
    registered.handle("2", wire.ClearAccount())
    await exchange.see(sip.Unbound)
    await eventually(lambda: registered.snapshot().registration.state == "none")
    assert registered._engine._child is None


async def test_a_second_caller_is_busy_and_the_first_call_goes_on(registered, exchange, eventually):
    await in_a_call(registered, exchange, eventually)
    leg = await exchange.call()
    assert (await exchange.see(sip.Ended, lambda e: e.leg == leg)).status == 486
    assert states(registered)[-1] == "up"


async def test_a_target_that_is_none_is_refused(registered):
    reply = registered.handle("2", wire.Dial(target=" - "))
    assert (reply.ok, reply.code) == (False, "bad_target")


async def test_what_cannot_be_dialled_ends_with_words(registered, eventually):
    assert registered.handle("3", wire.Dial(target="sips:a@b.test")).ok
    await eventually(lambda: states(registered)[-1:] == ["ended"])
    last = [e for e in registered.events if isinstance(e, wire.PhoneCallChanged)][-1].call
    assert "sip:" in last.detail


async def test_frames_are_taken_from_the_child_alone(exchange):
    sound = pyvoip_engine.LoopbackSound()
    child, stranger = exchange.ears, socket.socket(type=socket.SOCK_DGRAM)
    with stranger:
        frame = sine(440, 0.02, SAMPLE_RATE_HZ)
        here = ("127.0.0.1", sound.port)
        stranger.sendto(frame.tobytes(), here)
        sound.receive_due()
        sound.write_frame(frame)
        assert not sound.read_frame().any()
        child.sendto(bytes.fromhex(sound.secret), here)
        for _ in range(9):
            child.sendto(frame.tobytes(), here)
        stranger.sendto(np.zeros_like(frame).tobytes(), here)
        sound.receive_due()
        assert tone_db(sound.read_frame(), 440, SAMPLE_RATE_HZ) > -20
        assert not sound.read_frame().any()  # old frames were dropped
    assert not sound.press("1")
    assert sound.quality() is None
    sound.close()
    sound.receive_due()
