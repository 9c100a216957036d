"""Captions of calls: whose words become lines, when they may not, and what happens when the engine fails."""

from __future__ import annotations

import pytest

from agent_desktop.phone import captioning
from agent_desktop.phone.captioning import FIRST_LINE, Captioned
from agent_desktop.phone.engine import Arrived
from agent_desktop.ports.captioner import Utterance
from agent_desktop.wire import phone as wire
from tests.contract import speech
from tests.phone.conftest import until
from tests.phone.fake_captions import FakeCaptions
from tests.phone.fake_engine import FakeEngine, softphone

BABBLE = speech.babble(0.02).tobytes()


class Taps:
    """Who reads which call, instead of a sound thread."""

    def __init__(self, phone) -> None:
        self.now = {}
        phone._sound.caption = lambda call, far, near: self.now.update({call: (far, near)})


async def made(monkeypatch, **wanted):
    engine = FakeCaptions()
    monkeypatch.setattr(FakeEngine, "capabilities", ("hold", "dtmf", "text"))
    async with softphone(monkeypatch, captions=Captioned(engine, "", **wanted)) as phone:
        phone.captions, phone.taps = engine, Taps(phone)
        yield phone
    assert engine.is_closed


@pytest.fixture
async def phone(monkeypatch):
    async for phone in made(monkeypatch):
        up(phone)
        yield phone


def up(phone, call: str = "a", kind: str = "") -> None:
    phone.engine.report(Arrived(call, "1", "Grace", "", kind))
    phone.handle("1", wire.Answer(call=call))


def told(phone) -> list:
    return [event.text for event in phone.events if isinstance(event, wire.CallTextChanged)]


def lines(phone) -> list:
    """Every line as it stood last."""
    found = {line.number: line for text in told(phone) for line in text.lines}
    return [found[number] for number in sorted(found)]


async def says(phone, text: str, number: int = 1, *, final: bool = False, stream: int = -1) -> None:
    before = len(told(phone))
    phone.captions.streams[stream].heard(Utterance(number, text, 1.5, final, 0.8))
    await until(lambda: len(told(phone)) > before)


async def test_what_is_said_is_a_line_that_changes_until_it_stands(phone):
    assert "captions" in phone.snapshot().capabilities
    assert phone.handle("2", wire.SetCaptions(call="a")).ok
    assert told(phone)[-1].captions == "far"
    await says(phone, "My lamp")
    await says(phone, "My lamp is broken.", final=True)
    await says(phone, "Hello?", 2, final=True)
    first, second = lines(phone)
    assert (first.number, first.text, first.finished) == (FIRST_LINE + 1, "My lamp is broken.", True)
    assert (first.speaker, first.medium, first.confidence) == ("customer", "caption", 0.8)
    assert second.text == "Hello?"
    assert phone.snapshot().texts[0].lines == (first, second)


async def test_only_the_far_side_is_read_unless_both_are_asked_for(phone):
    phone.handle("2", wire.SetCaptions(call="a"))
    far, near = phone.taps.now["a"]
    assert far is not None
    assert near is None
    phone.handle("3", wire.SetCaptions(call="a", mode="both"))
    assert phone.taps.now["a"] == (phone.captions.streams[0].hear, phone.captions.streams[1].hear)
    await says(phone, "I look for it.", final=True)
    assert lines(phone)[-1].speaker == "agent"
    phone.handle("4", wire.SetCaptions(call="a", mode="off"))
    assert phone.taps.now["a"] == (None, None)
    assert all(stream.is_closed for stream in phone.captions.streams)
    assert told(phone)[-1].captions == "off"


async def test_card_data_never_becomes_a_line_and_captions_go_on_behind_it(phone):
    phone.handle("2", wire.SetCaptions(call="a"))
    await says(phone, "My card is")
    assert phone.handle("3", wire.PauseCaptions(call="a", on=True)).ok
    assert phone.taps.now["a"] == (None, None)
    assert [(line.text, line.finished) for line in lines(phone)] == [("", True)]
    phone.captions.streams[0].heard(Utterance(1, "My card is four one one one", 1.5, is_final=True))
    phone.handle("4", wire.PauseCaptions(call="a", on=False))
    await says(phone, "Thank you.", final=True)
    assert [line.text for line in lines(phone) if line.text] == ["Thank you."]
    assert len(phone.captions.streams) == 2


async def test_captions_that_begin_while_card_data_is_given_wait_for_its_end(phone):
    phone.handle("2", wire.PauseCaptions(call="a", on=True))
    assert told(phone) == []
    phone.handle("3", wire.SetCaptions(call="a"))
    assert phone.captions.streams == []
    phone.handle("4", wire.PauseCaptions(call="a", on=False))
    assert len(phone.captions.streams) == 1


async def test_an_engine_that_fails_is_told_in_words_and_the_call_goes_on(phone):
    phone.handle("2", wire.SetCaptions(call="a"))
    await says(phone, "My lamp")
    phone.captions.streams[0].failed("The model is gone.")
    await until(lambda: told(phone)[-1].captions_detail == "The model is gone.")
    assert told(phone)[-1].captions == "off"
    assert [(line.text, line.finished) for line in lines(phone)] == [("My lamp", True)]
    assert phone.snapshot().calls[0].state == "up"
    phone.handle("3", wire.SetCaptions(call="a"))
    assert (told(phone)[-1].captions, told(phone)[-1].captions_detail) == ("far", "")


async def test_what_is_being_said_when_a_call_ends_is_read_to_its_end(phone):
    phone.handle("2", wire.SetCaptions(call="a"))
    stream = phone.captions.streams[0]
    for _ in range(60):
        stream.hear(BABBLE)
    await says(phone, "Good", 7)
    phone.handle("3", wire.HangUp(call="a"))
    assert phone.snapshot().texts == ()
    assert not any(line.finished for line in lines(phone) if line.text == "Good")
    await until(lambda: lines(phone)[-1].finished)  # what the engine heard last, by itself
    assert lines(phone)[-1].text.startswith("word")
    await says(phone, "Good bye.", 7, final=True)
    assert (lines(phone)[0].text, lines(phone)[0].finished) == ("Good bye.", True)
    assert not stream.is_closed


async def test_last_words_that_nobody_reads_any_more_stand_as_far_as_they_were_read(phone, monkeypatch):
    monkeypatch.setattr(captioning, "LATE_S", 0.05)
    phone.handle("2", wire.SetCaptions(call="a"))
    await says(phone, "Good bye")
    phone.handle("3", wire.HangUp(call="a"))
    await until(lambda: phone.captions.streams[0].is_closed)
    assert [(line.text, line.finished) for line in lines(phone)] == [("Good bye", True)]


async def test_the_end_of_a_call_brings_back_nothing_of_a_card(phone):
    phone.handle("2", wire.SetCaptions(call="a"))
    await says(phone, "My card is")
    phone.handle("3", wire.PauseCaptions(call="a", on=True))
    phone.handle("4", wire.HangUp(call="a"))
    assert phone.captions.streams[0].is_closed
    assert [line.text for line in lines(phone)] == [""]


async def test_captions_are_turned_on_and_off_in_the_settings_while_the_phone_runs(monkeypatch):
    made_now = FakeCaptions()
    asked = []

    def find(name, model):
        asked.append((name, model))
        return (made_now, "") if name == "whisper" else (None, "Off.")

    monkeypatch.setattr(FakeEngine, "capabilities", ("hold", "text"))
    async with softphone(monkeypatch, captions_for=find) as phone:
        phone.captions, phone.taps = made_now, Taps(phone)
        assert phone.handle("1", wire.ChooseCaptions(engine="whisper", start=True)).ok
        assert phone.events[-1] == wire.CaptionsChanged(able=True)
        assert "captions" in phone.snapshot().capabilities
        up(phone)
        await says(phone, "My lamp")
        phone.handle("2", wire.ChooseCaptions(engine="whisper"))  # the same one goes on
        assert (len(made_now.streams), asked) == (1, [("whisper", "")])
        assert phone.handle("3", wire.ChooseCaptions()).ok
        assert phone.events[-1] == wire.CaptionsChanged(able=False, detail="Off.")
        assert (told(phone)[-1].captions, phone.taps.now["a"]) == ("off", (None, None))
        assert [(line.text, line.finished) for line in lines(phone)] == [("My lamp", True)]
        await until(lambda: made_now.is_closed)
        assert phone.handle("4", wire.SetCaptions(call="a")).message == "Off."


async def test_another_model_goes_on_with_the_calls_that_are_read(monkeypatch):
    engines = {"one": FakeCaptions(), "two": FakeCaptions()}
    monkeypatch.setattr(FakeEngine, "capabilities", ("hold", "text"))
    async with softphone(monkeypatch, captions_for=lambda _name, model: (engines[model], "")) as phone:
        phone.taps = Taps(phone)
        phone.handle("1", wire.ChooseCaptions(engine="whisper", model="one"))
        up(phone)
        phone.handle("2", wire.SetCaptions(call="a", mode="both"))
        phone.handle("3", wire.ChooseCaptions(engine="whisper", model="two"))
        assert told(phone)[-1].captions == "both"
        assert phone.taps.now["a"] == tuple(stream.hear for stream in engines["two"].streams)
        await until(lambda: engines["one"].is_closed)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (wire.SetCaptions(call="nobody"), "no_such_call"),
        (wire.PauseCaptions(call="nobody", on=True), "no_such_call"),
        (wire.SetCaptions(call="a", mode="loud"), "bad_mode"),
    ],
)
async def test_what_makes_no_sense_is_refused(phone, command, code):
    assert phone.handle("2", command).code == code


async def test_who_wants_captions_of_every_call_gets_them_but_not_of_a_call_that_is_listened_to(monkeypatch):
    async for phone in made(monkeypatch, starts=True):
        up(phone, "b", "supervisor")
        assert phone.captions.streams == []
        up(phone, "a")
        assert len(phone.captions.streams) == 1


async def test_a_phone_without_an_engine_says_why(monkeypatch):
    async with softphone(monkeypatch, captions=Captioned(None, "No package.")) as phone:
        up(phone)
        assert phone.snapshot().captions_detail == "No package."
        assert captioning.CAPTIONS not in phone.snapshot().capabilities
        refused = phone.handle("2", wire.SetCaptions(call="a"))
        assert (refused.code, refused.message) == ("not_supported", "No package.")
