"""The native engine with an exchange of our own: transfers, changing hands, keys, mailbox, strangers."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket

import pytest

from agent_desktop.media import rtp, tones, wav
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from agent_desktop.phone.engine import DigitHeard
from agent_desktop.phone.softphone import Softphone
from agent_desktop.sip import events as sip
from agent_desktop.sip.bodies import SUMMARY, MessageSummary
from agent_desktop.sip.media import PCMA as PCMA_FORMAT
from agent_desktop.sip.media import TELEPHONE_EVENT, audio
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount
from tests.phone.cards import Files

VOICE_HZ, FAR_HZ = 600, 440


@pytest.fixture
async def softphone(tmp_path):
    voice, ear = tmp_path / "voice.wav", tmp_path / "ear.wav"
    wav.write(voice, tones.sine(VOICE_HZ, 2.0))
    events = []
    made = Softphone(
        events.append, devices=wire.SelectDevices(microphone=str(voice), speaker=str(ear)), backend=Files()
    )
    await made.start()
    made.events, made.ear = events, ear
    yield made
    await made.close()


@pytest.fixture
def until_heard(softphone, eventually):
    async def wait(hz):
        await eventually(lambda: tones.tone_dbfs(wav.read(softphone.ear)[-SAMPLE_RATE_HZ // 4 :], hz) > -25)

    return wait


async def signed_in(softphone, exchange, eventually, **settings):
    server = await exchange.open(**settings)
    account = PhoneAccount(extension="201", server=server, realm="centre.test", password="secret")
    softphone.handle("1", wire.SetAccount(account=account))
    await eventually(lambda: softphone.snapshot().registration.state == "registered")


async def called(softphone, exchange, interaction):
    """A call from the exchange that is up; its leg there and its name here."""
    softphone.handle("1", wire.Expect(interaction=interaction))
    leg = await exchange.call(interaction)
    await exchange.see(sip.Answered, lambda e: e.leg == leg)
    (name,) = [call.id for call in softphone.snapshot().calls if call.interaction == interaction]
    return leg, name


def call_of(softphone, name):
    return next((call for call in softphone.snapshot().calls if call.id == name), None)


def ended(softphone, name):
    found = [
        e.call
        for e in softphone.events
        if isinstance(e, wire.PhoneCallChanged) and e.call.id == name and e.call.state == "ended"
    ]
    return found[0] if found else None


def now(exchange):
    return exchange.transport.now()


# ---------------------------------------------------------------- calls that are refused for their encryption


@pytest.mark.parametrize(("status", "calls"), [(488, 3), (606, 3), (486, 1)])
async def test_a_dialled_peer_that_refuses_our_offer_is_called_without_text_and_then_with_other_encryption(
    softphone, exchange, eventually, status, calls
):
    server = await exchange.open()
    account = PhoneAccount(
        extension="201", server=server, realm="centre.test", password="secret", srtp="optional"
    )
    softphone.handle("1", wire.SetAccount(account=account))
    await eventually(lambda: softphone.snapshot().registration.state == "registered")
    assert softphone.handle("2", wire.Dial(target="300", interaction="i7")).ok
    (name,) = [call.id for call in softphone.snapshot().calls]
    arrived: list[sip.CallArrived] = []
    for number in range(1, calls + 1):

        def came(number: int = number) -> bool:
            arrived[:] = [e for e in exchange.events if isinstance(e, sip.CallArrived)]
            return len(arrived) == number

        await eventually(came, why=lambda: exchange.events)
        assert call_of(softphone, name).state == "dialling"
        exchange.agent.reject(arrived[-1].leg, now(exchange), status)
        exchange.transport.flush()
    await eventually(lambda: ended(softphone, name))
    assert [e.offer.streams[0].protocol for e in arrived] == ["RTP/AVP", "RTP/AVP", "RTP/SAVP"][:calls]
    assert [len(e.offer.streams) for e in arrived] == [2, 1, 1][:calls]
    assert len({e.message.call_id for e in arrived}) == calls
    assert {e.message.header("X-Interaction") for e in arrived} == {"i7"}


# ---------------------------------------------------------------- transfers that we ask for


async def test_an_attended_transfer_names_the_other_call_and_ends_both(softphone, exchange, eventually):
    await signed_in(softphone, exchange, eventually, takes_transfers=True)
    first_leg, first = await called(softphone, exchange, "i1")
    second_leg, second = await called(softphone, exchange, "i2")
    await eventually(lambda: call_of(softphone, first).state == "held")
    assert softphone.handle("2", wire.Transfer(call=first, other=second)).ok
    asked = await exchange.see(sip.TransferAsked)
    assert asked.leg == first_leg
    # The dialog is named as its peer, which is the exchange itself here, knows it.
    assert str(asked.replaces).split(";")[0] == str(exchange.agent.replaces(second_leg)).split(";")[0]
    assert softphone.handle("3", wire.Transfer(call=first, other=second)).code == "wrong_state"
    exchange.agent.accept_transfer(asked.request, now(exchange))
    exchange.agent.refer_progress(asked.request, 180, now(exchange))
    exchange.transport.flush()
    await eventually(lambda: call_of(softphone, first).detail.endswith("it rings there."))
    exchange.agent.refer_progress(asked.request, 200, now(exchange))
    exchange.transport.flush()
    await eventually(lambda: not softphone.has_calls)
    assert ended(softphone, first).detail == "The call was transferred."


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (486, "The transfer failed. The number is busy."),
        (603, "The transfer failed. It was declined."),
        (404, "The transfer failed. The number is not in use."),
    ],
)
async def test_a_transfer_that_fails_brings_the_call_back(softphone, exchange, eventually, status, words):
    await signed_in(softphone, exchange, eventually, takes_transfers=True)
    _leg, name = await called(softphone, exchange, "i1")
    assert softphone.handle("2", wire.Transfer(call=name, target="300")).ok
    asked = await exchange.see(sip.TransferAsked)
    assert (asked.target.user, asked.replaces) == ("300", None)
    await eventually(lambda: call_of(softphone, name).state == "held")
    exchange.agent.accept_transfer(asked.request, now(exchange))
    exchange.agent.refer_progress(asked.request, status, now(exchange))
    exchange.transport.flush()
    await eventually(lambda: call_of(softphone, name).state == "up")
    assert call_of(softphone, name).detail == words


async def test_a_peer_that_takes_no_transfers_is_told_in_words(softphone, exchange, eventually):
    await signed_in(softphone, exchange, eventually, handled=frozenset({"REFER"}))
    leg, name = await called(softphone, exchange, "i1")
    assert softphone.handle("2", wire.Transfer(call=name, target="300")).ok
    asked = await exchange.see(sip.RequestArrived, lambda e: e.method == "REFER")
    exchange.agent.respond(asked.request, 405, now(exchange))
    exchange.transport.flush()
    await eventually(lambda: call_of(softphone, name).state == "up")
    await eventually(lambda: "cannot be transferred" in call_of(softphone, name).detail)
    assert exchange.agent.is_up(leg)


async def test_a_call_that_ends_during_its_transfer_is_over_for_its_own_reason(
    softphone, exchange, eventually
):
    await signed_in(softphone, exchange, eventually, takes_transfers=True)
    leg, name = await called(softphone, exchange, "i1")
    softphone.handle("2", wire.Transfer(call=name, target="300"))
    await exchange.see(sip.TransferAsked)
    exchange.agent.hang_up(leg, now(exchange))
    exchange.transport.flush()
    await eventually(lambda: ended(softphone, name))
    assert (ended(softphone, name).ended_by, ended(softphone, name).detail) == ("remote", "")


# ---------------------------------------------------------------- calls that change


async def test_a_call_that_takes_the_place_of_ours_keeps_its_name_and_its_sound(
    softphone, exchange, eventually, until_heard
):
    await signed_in(softphone, exchange, eventually)
    leg, name = await called(softphone, exchange, "i1")
    agreed = exchange.agent.agreement(leg).audio
    exchange.speak(agreed.address, agreed.port, FAR_HZ)
    await until_heard(FAR_HZ)
    binding = exchange.agent.bindings("201", now(exchange))[0]
    third = exchange.agent.invite(
        binding.contact,
        exchange.media,
        now(exchange),
        caller=NameAddr(Uri("sip", "300", "centre.test")),
        destination=binding.source,
        replaces=exchange.agent.replaces(leg),
    )
    exchange.transport.flush()
    await exchange.see(sip.Answered, lambda e: e.leg == third)
    over = await exchange.see(sip.Ended)
    assert (over.leg, over.by) == (leg, sip.EndedBy.REMOTE)
    assert [call.id for call in softphone.snapshot().calls] == [name]
    await until_heard(FAR_HZ)
    heard = len(exchange.packets)
    await eventually(lambda: len(exchange.packets) > heard + 20)
    assert softphone.handle("2", wire.HangUp(call=name)).ok
    assert (await exchange.see(sip.Ended, lambda e: e.leg == third)).by is sip.EndedBy.REMOTE


async def test_a_peer_that_asks_again_and_again_and_changes_codecs_makes_no_gap(
    softphone, exchange, eventually
):
    await signed_in(softphone, exchange, eventually)
    leg, _name = await called(softphone, exchange, "i1")
    await eventually(lambda: len(exchange.packets) > 10)
    begun = len(exchange.packets)
    port = exchange.ears.getsockname()[1]
    for turn in range(8):
        exchange.events.clear()
        formats = (PCMA_FORMAT, TELEPHONE_EVENT) if turn % 2 else audio("x", 0).audio.codecs
        exchange.agent.reinvite(leg, audio("127.0.0.1", port, formats), now(exchange))
        exchange.transport.flush()
        await exchange.see(sip.MediaChanged)
        await asyncio.sleep(0.1)
    kept = exchange.packets[begun:]
    numbers = [packet.sequence for _, packet in kept]
    assert len(kept) > 40
    assert all((b - a) & 0xFFFF == 1 for a, b in itertools.pairwise(numbers))
    stamps = [packet.timestamp for _, packet in kept]
    assert {(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(stamps)} == {160}
    assert len({packet.ssrc for _, packet in kept}) == 1


async def test_a_hold_by_the_other_side_is_shown(softphone, exchange, eventually):
    await signed_in(softphone, exchange, eventually)
    leg, name = await called(softphone, exchange, "i1")
    assert call_of(softphone, name).codec == "PCMA"
    for verb, held in ((exchange.agent.hold, True), (exchange.agent.resume, False)):
        verb(leg, now(exchange))
        exchange.transport.flush()
        await eventually(lambda held=held: call_of(softphone, name).held_by_remote is held)
        assert call_of(softphone, name).state == "up"


async def test_why_the_other_side_ended_is_kept(softphone, exchange, eventually):
    await signed_in(softphone, exchange, eventually)
    leg, name = await called(softphone, exchange, "i1")
    reason = (("Reason", 'Q.850;cause=38;text="Network out of order"'),)
    exchange.agent.hang_up(leg, now(exchange), headers=reason)
    exchange.transport.flush()
    over = await eventually(lambda: ended(softphone, name))
    assert over.ended_by == "remote"
    assert "Network out of order" in over.detail


async def test_keys_of_the_other_side_are_heard_in_the_sound_and_beside_it(softphone, exchange, eventually):
    await signed_in(softphone, exchange, eventually)
    leg, _name = await called(softphone, exchange, "i1")
    heard = []
    take = softphone._calling.take
    softphone._calling.take = lambda news: (heard.append(news), take(news))
    agreed = exchange.agent.agreement(leg).audio
    for number in range(6):
        payload = bytes([5, 0x8A if number > 2 else 0x0A, *((number + 1) * 160).to_bytes(2, "big")])
        packet = rtp.RtpPacket(101, number, 1600, 99, payload, marker=number == 0)
        exchange.ears.sendto(packet.encode(), (agreed.address, agreed.port))
    body = b"Signal=7\r\nDuration=160\r\n"
    exchange.agent.request(
        "INFO", now(exchange), leg=leg, headers=(("Content-Type", "application/dtmf-relay"),), body=body
    )
    exchange.transport.flush()
    digits = await eventually(lambda: len([n for n in heard if isinstance(n, DigitHeard)]) == 2 and heard)
    assert {n.digit for n in digits if isinstance(n, DigitHeard)} == {"5", "7"}


async def test_the_mailbox_is_watched_where_there_is_one(softphone, exchange, eventually):
    await signed_in(softphone, exchange, eventually, packages=frozenset({"message-summary"}))
    watcher = await exchange.see(sip.Subscribed)
    assert (watcher.package, watcher.user) == ("message-summary", "201")
    body = bytes(MessageSummary(is_waiting=True, new=2, old=5))
    exchange.agent.notify(watcher.subscription, body, SUMMARY, now(exchange))
    exchange.transport.flush()
    await eventually(lambda: wire.MessagesWaiting(new=2, old=5) in softphone.events)
    assert softphone.snapshot().messages_waiting == 2


# ---------------------------------------------------------------- strangers


async def test_ten_thousand_packets_of_a_stranger_are_not_heard_and_do_not_hurt(
    softphone, exchange, eventually, until_heard
):
    await signed_in(softphone, exchange, eventually)
    leg, _name = await called(softphone, exchange, "i1")
    agreed = exchange.agent.agreement(leg).audio
    exchange.speak(agreed.address, agreed.port, FAR_HZ)
    await until_heard(FAR_HZ)
    loud = PCMU.encode(tones.sine(1000, 0.02, 0.0, rate_hz=8000))
    begun, noise = len(exchange.packets), random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for number in range(10_000):
            packet = rtp.RtpPacket(0, number & 0xFFFF, number * 160, noise.randrange(1 << 32), loud)
            stranger.sendto(packet.encode(), (agreed.address, agreed.port))
            if number % 100 == 0:
                await asyncio.sleep(0.004)
    await eventually(lambda: len(exchange.packets) > begun + 50)
    await until_heard(FAR_HZ)
    ear = wav.read(softphone.ear)
    pieces = [ear[at : at + 1600] for at in range(len(ear) // 2, len(ear) - 1600, 1600)]
    assert max(tones.tone_dbfs(piece, 1000) for piece in pieces) < -40
    numbers = [packet.sequence for _, packet in exchange.packets]
    assert all((b - a) & 0xFFFF == 1 for a, b in itertools.pairwise(numbers))
    assert exchange.agent.is_up(leg)


async def test_a_flood_of_calls_leaves_four_and_refuses_the_rest(softphone, exchange, eventually):
    await signed_in(softphone, exchange, eventually)
    legs = [await exchange.call(f"i{number}") for number in range(12)]
    refused = await eventually(
        lambda: (
            (found := [e for e in exchange.events if isinstance(e, sip.Ended)]) and len(found) == 8 and found
        )
    )
    assert {e.status for e in refused} == {486}
    assert {e.leg for e in refused} <= set(legs)
    assert [call.state for call in softphone.snapshot().calls] == ["ringing"] * 4
    assert len(softphone._sound._opened) == 4
