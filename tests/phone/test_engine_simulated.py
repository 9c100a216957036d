"""The simulated engine beyond the contract: what a demonstration can make it do."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.errors import IllegalStepError, RefusedError
from agent_desktop.phone import engine as border
from agent_desktop.phone.calltexts import CallTexts
from agent_desktop.phone.engine_simulated import MAX_CALLS, Script, SimulatedEngine
from agent_desktop.wire.models import PhoneAccount

ACCOUNT = PhoneAccount(extension="201", server="demo.test", password="secret")


class SilentSound:
    """Takes calls in and hears nothing."""

    def __init__(self):
        self.calls = {}
        self.typed = []
        self.texts = CallTexts(lambda call, news: self.typed.append((call, news)))

    def join(self, call, sound, *, text):
        self.calls[call] = sound
        self.texts.keep(call, text)

    def close_call(self, call):
        self.calls.pop(call).close()

    def press(self, call, digits):
        return self.calls[call].press(digits)


@pytest.fixture
async def engine():
    news = []
    made = SimulatedEngine(SilentSound(), news.append, Script(delay_s=0.0))
    await made.use(ACCOUNT)
    made.news = news
    yield made
    await made.close()


async def turns(count=4):
    for _ in range(count):
        await asyncio.sleep(0)


def ends(engine):
    return [(news.by, news.status) for news in engine.news if isinstance(news, border.Gone)]


async def test_both_sides_type_in_a_simulated_call(engine):
    call = engine.call_in("+4930123", "Grace Hopper", "i1")
    engine.answer(call)
    text = engine.text_of(call)
    engine.type_there(call, "hello x\b!")
    text.write("good day")
    text.receive_due()
    text.send_due()
    (told, news) = engine._sound.typed[-1]
    assert told == call
    assert news.found
    assert {line.speaker: line.text for line in news.lines} == {"customer": "hello !", "agent": "good day"}
    text.set_mode("off")
    engine.type_there(call, " unread")
    text.receive_due()
    text.send_due()
    assert engine._sound.typed[-1][1].lines == ()
    assert engine._sound.typed[-1][1].state.mode == "off"


async def test_a_lost_network_ends_every_call_and_the_registration(engine):
    engine.call_in("+4930123", "Grace Hopper", "i1")
    engine.lose_the_network()
    assert ends(engine) == [("network", 408)]
    assert engine.news[-1].state == "failed"
    assert engine.call_in("+4930123") == ""
    with pytest.raises(RefusedError):
        engine.dial("c1", "100", "")


async def test_it_takes_four_calls_and_no_fifth(engine):
    for number in range(MAX_CALLS):
        assert engine.call_in(f"{number}")
    assert engine.call_in("5") == ""
    with pytest.raises(RefusedError, match="too many"):
        engine.dial("c1", "100", "")


async def test_an_empty_number_is_refused(engine):
    with pytest.raises(RefusedError, match="no number"):
        engine.dial("c1", " ", "")


async def test_what_the_state_does_not_allow_is_refused(engine):
    call = engine.call_in("+4930123")
    with pytest.raises(IllegalStepError):
        engine.hold(call, on=True)
    engine.answer(call)
    with pytest.raises(IllegalStepError):
        engine.answer(call)


async def test_keys_that_no_telephone_has_are_not_pressed(engine):
    call = engine.call_in("+4930123")
    engine.answer(call)
    assert not engine.press(call, "x")
    assert engine.press(call, "12#")
    assert engine.sound_of(call).pressed == "12#"
    engine.press_there(call, "7")
    assert engine.news[-1] == border.DigitHeard(call, "7")


async def test_a_call_that_ends_while_something_is_on_its_way_stays_ended(engine):
    engine.dial("c1", "100", "")
    engine.hang_up("c1")
    call = engine.call_in("+4930123")
    engine.answer(call)
    engine.hold(call, on=True)
    engine.hang_up_there(call)
    engine.news.clear()
    await turns()
    assert engine.news == []


async def test_sound_flows_only_while_the_call_is_up_and_not_held(engine):
    call = engine.call_in("+4930123")
    sound = engine.sound_of(call)
    sound.receive_due()
    assert not sound.read_frame().any()
    engine.answer(call)
    assert sound.read_frame().any()
    for _ in range(60):
        sound.write_frame(sound.read_frame())
    assert len(sound.sent) == 50
    engine.hold_there(call, on=True)
    assert not sound.read_frame().any()
    assert sound.quality() is None
    assert not sound.pressing
