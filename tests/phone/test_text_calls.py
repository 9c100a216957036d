"""Typing in calls of the whole phone over real SIP and RTP: a textphone (minimodem) and real-time text."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from agent_desktop.wire import phone as wire
from agent_desktop.wire.calls import CallText
from tests.media.test_text_leg_minimodem import plain, read_by_minimodem, typed_by_minimodem

from .conftest import until
from .text_caller import TextCaller
from .text_peers import Reader

pytestmark = pytest.mark.peer


@pytest.fixture
async def make_caller(exchange):
    made: list[TextCaller] = []

    def make(**how) -> TextCaller:
        made.append(TextCaller(exchange, **how))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def up(phone, exchange, caller, **more) -> tuple[object, str, Reader]:
    front = await phone.front_end()
    await front.register(await exchange.open(), **more)
    await caller.call()
    ringing = await front.call("ringing")
    assert (await front.ask(wire.Answer(call=ringing.id))).ok
    await front.call("up")
    return front, ringing.id, Reader(front.events)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
async def test_a_textphone_caller_is_found_read_and_answered(phone, exchange, make_caller, tmp_path, codec):
    caller = make_caller(codec=codec)
    front, call, reader = await up(phone, exchange, caller)
    assert (await front.ask(wire.SetMute(call=call, on=True))).ok  # a muted voice keeps no text back
    caller.say(typed_by_minimodem("HELLO, ORDER 4711 Q GA", tmp_path))
    await front.see(wire.CallTextChanged, lambda e: e.text.found)
    await front.see(wire.CallTextChanged, lambda e: e.text.turn == "agent")
    await until(lambda: reader.said("customer") == ["HELLO, ORDER 4711 Q GA"], why=lambda: reader.all)
    # The textphone was found: its sound comes in short packets of G.711 alone from now on.
    agreement = await caller.agreed(lambda one: one.audio.ptime_ms == 10)
    assert agreement.audio.codec.name == codec
    assert (await front.ask(wire.TypeText(call=call, text="yes, 12x\b pieces"))).ok
    assert (await front.ask(wire.TypeText(call=call, text=" ga"))).ok
    await front.see(wire.CallTextChanged, lambda e: e.text.sending and e.text.waiting > 5)
    await until(lambda: reader.last.turn == "customer" and not reader.last.sending, why=lambda: reader.all)
    await until(lambda: reader.said("agent") == ["YES, 12 PIECES GA"], why=lambda: reader.all)
    assert plain(read_by_minimodem(np.concatenate(caller.tape), tmp_path)) == "YES, 12 PIECES GA"
    # A window that attaches again has the whole text.
    again = await phone.front_end()
    snapshot = next(event for event in again.events if isinstance(event, wire.PhoneSnapshot))
    assert "text" in snapshot.capabilities
    (text,) = snapshot.texts
    assert [line.text for line in text.lines] == ["HELLO, ORDER 4711 Q GA", "YES, 12 PIECES GA"]
    assert (text.carrier, text.found, text.damaged) == ("tty", True, 0)


async def typed_both_ways(front, call: str, reader: Reader, caller: TextCaller) -> None:
    caller.text.write("Grüße 你好 x\b!\nzwei")
    for sign in "ok 世界 é z\by":
        assert (await front.ask(wire.TypeText(call=call, text=sign))).ok
        await asyncio.sleep(0.02)
    await until(lambda: caller.said("agent") == ["ok 世界 é y"], why=lambda: caller.lines)
    await until(lambda: reader.said("customer") == ["Grüße 你好 !", "zwei"], why=lambda: reader.all)
    await until(lambda: reader.said("agent") == ["ok 世界 é y"], why=lambda: reader.all)
    assert caller.session.lost == 0  # the text has cost the voice not one packet (G13)


def carriers(texts: list[CallText]) -> list[str]:
    return list(dict.fromkeys(text.carrier for text in texts))


async def test_text_is_added_to_a_running_call_by_the_agent(phone, exchange, make_caller):
    caller = make_caller()
    front, call, reader = await up(phone, exchange, caller)
    caller.answer_with(caller.takes_text())
    assert (await front.ask(wire.SetText(call=call))).ok
    await caller.agreed(lambda one: one.text is not None)
    await front.see(wire.CallTextChanged, lambda e: e.text.carrier == "rtt")
    await typed_both_ways(front, call, reader, caller)
    assert carriers(reader.all) == ["tty", "rtt"]
    assert len(caller.agreements) == 2
    assert all(one.audio is not None for one in caller.agreements)


async def test_text_is_added_to_a_running_call_by_the_customer(phone, exchange, make_caller):
    caller = make_caller()
    front, call, reader = await up(phone, exchange, caller)
    caller.offer(caller.takes_text())
    await front.see(wire.CallTextChanged, lambda e: e.text.carrier == "rtt")
    await typed_both_ways(front, call, reader, caller)


async def test_encrypted_text_beside_encrypted_sound(phone, exchange, make_caller):
    caller = make_caller(codec="PCMU", srtp="mandatory")
    caller.media = caller.takes_text()
    front, call, reader = await up(phone, exchange, caller, srtp="mandatory")
    await typed_both_ways(front, call, reader, caller)
    agreement = caller.agreements[-1]
    assert agreement.text.is_encrypted
    assert agreement.text.seal.key != agreement.audio.seal.key


async def test_who_takes_no_text_is_asked_for_sound_that_tones_pass(phone, exchange, make_caller):
    caller = make_caller(codec="G722 PCMU", reads_tones=True)
    front, call, reader = await up(phone, exchange, caller)
    assert caller.agreements[-1].audio.codec.name == "G722"
    assert reader.all == [] or not reader.last.carrier
    assert (await front.ask(wire.TypeText(call=call, text="x"))).code == "no_text"
    assert (await front.ask(wire.SetText(call=call, mode="vco"))).ok
    await caller.agreed(lambda one: one.audio.codec.name == "PCMU")
    await front.see(wire.CallTextChanged, lambda e: e.text.carrier == "tty" and e.text.mode == "vco")
    assert (await front.ask(wire.TypeText(call=call, text="hi ga"))).ok
    await until(lambda: caller.said("agent") == ["HI GA"], why=lambda: caller.lines)


async def test_a_call_of_the_agents_own_offers_text_from_the_beginning(phone, exchange, make_caller):
    caller = make_caller()
    caller.media = caller.takes_text()
    front = await phone.front_end()
    await front.register(await exchange.open())
    assert (await front.ask(wire.Dial(target="300"))).ok
    dialled = await front.call("up")
    reader = Reader(front.events)
    await front.see(wire.CallTextChanged, lambda e: e.text.carrier == "rtt")
    assert caller.agreements[0].text is not None
    await typed_both_ways(front, dialled.id, reader, caller)
