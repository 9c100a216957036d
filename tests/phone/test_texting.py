"""What a front end is told of the text of a call, and what is refused, with an engine that only remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent_desktop.media.baudot import TurnPassed
from agent_desktop.media.quality import Quality
from agent_desktop.media.text_news import NO_LOSSES, LegLine, TextLosses, TextNews, TextState
from agent_desktop.phone import texting
from agent_desktop.phone.engine import Arrived, Gone
from agent_desktop.wire import phone as wire
from agent_desktop.wire.calls import CARRIED, CARRY
from tests.phone.conftest import until
from tests.phone.fake_engine import FakeEngine, softphone

TTY = TextState("tty", is_found=True)
RTT = TextState("rtt", is_found=True)


class Leg:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.state = TTY
        self.told: list[tuple[str, ...]] = []

    def __getattr__(self, name: str):
        return lambda *what: self.told.append((name, *what))


@pytest.fixture
async def phone(monkeypatch):
    monkeypatch.setattr(FakeEngine, "capabilities", ("hold", "dtmf", "text"))
    async with softphone(monkeypatch) as made:
        made.leg = Leg()
        made.engine.report(Arrived("a", "1", "Grace", ""))
        made._sound.texts.keep("a", made.leg)
        made.handle("1", wire.Answer(call="a"))
        yield made


def line(number: int, text: str, speaker: str = "customer", **more) -> LegLine:
    return LegLine(number, speaker, "tty", text, 1.0, 2.0, **more)


def told(phone) -> list:
    return [event.text for event in phone.events if isinstance(event, wire.CallTextChanged)]


def tell(phone, state: TextState, *lines: LegLine, **more) -> None:
    phone._typed("a", TextNews(state, lines, **more))


def test_commands_reach_the_leg(phone):
    assert phone.handle("2", wire.TypeText(call="a", text="hello\b")).ok
    assert phone.handle("3", wire.InterruptText(call="a")).ok
    assert phone.handle("4", wire.FixShift(call="a")).ok
    assert phone.leg.told == [("write", "hello\b"), ("interrupt",), ("fix_shift",)]


def test_the_end_of_a_turn_ends_the_agents_line_where_the_exchange_is_the_modem(phone):
    for state in (TTY, RTT):
        phone.leg.state = state
        assert phone.handle("2", wire.TypeText(call="a", text="YES GA", ends_turn=True)).ok
    # Our own modem ends the line itself, when the tones are out.
    assert phone.leg.told == [("write", "YES GA"), ("write", "YES GA"), ("finish_lines", "agent")]


def test_text_is_asked_of_the_other_side_where_there_is_no_stream_of_it(phone):
    for mode in ("off", "vco"):
        assert phone.handle("2", wire.SetText(call="a", mode=mode)).ok
    assert phone.leg.told == [("set_mode", "off"), ("set_mode", "vco")]
    assert phone.engine.told[1:] == [("add_text", "a")]
    phone.leg.state = RTT
    assert phone.handle("2", wire.SetText(call="a", mode="text")).ok
    assert len(phone.engine.told) == 2


@pytest.mark.parametrize(
    ("command", "state", "code"),
    [
        (wire.TypeText(call="nobody", text="x"), TTY, "no_such_call"),
        (wire.TypeText(call="a", text="x"), TextState(), "no_text"),
        (wire.TypeText(call="a", text="x"), TextState("tty", "off"), "text_off"),
        (wire.TypeText(call="a", text="x" * 4001), TTY, "too_long"),
        (wire.SetText(call="a", mode="loud"), TTY, "bad_mode"),
    ],
)
def test_what_cannot_be_is_refused_in_words(phone, command, state, code):
    phone.leg.state = state
    reply = phone.handle("2", command)
    assert (reply.ok, reply.code) == (False, code)
    assert reply.message
    assert phone.leg.told == []


def test_a_long_paste_is_taken_in_pieces_and_what_cannot_wait_is_refused_whole_and_in_words(phone):
    phone.leg.state = RTT
    replies = [phone.handle(f"{number}", wire.TypeText(call="a", text="x" * 4000)) for number in range(5)]
    assert [reply.ok for reply in replies] == [True] * 4 + [False]
    assert replies[-1].code == "too_much"
    assert "16,000 characters still wait" in replies[-1].message
    assert len(phone.leg.told) == 4
    for waiting, fits in ((13_000, False), (12_000, True)):
        phone.leg.state = replace(RTT, waiting=waiting)
        tell(phone, phone.leg.state)
        assert phone.handle("9", wire.TypeText(call="a", text="x" * 4000)).ok is fits


def test_an_engine_that_cannot_write_says_so(phone, monkeypatch):
    monkeypatch.setattr(FakeEngine, "capabilities", ("hold",))
    for command in (wire.SetText(call="a"), wire.TypeText(call="a", text="x"), wire.InterruptText(call="a")):
        assert phone.handle("2", command).code == "not_supported"


async def test_letters_are_gathered_and_the_last_state_of_a_line_is_told(phone, monkeypatch):
    monkeypatch.setattr(texting, "GATHERED_S", 0.02)
    tell(phone, TTY, line(1, "H"))
    await until(lambda: told(phone))
    for text in ("HE", "HEL", "HELL", "HELLO"):
        tell(phone, TTY, line(1, text))
    await until(lambda: len(told(phone)) > 1)
    assert [[each.text for each in text.lines] for text in told(phone)] == [["H"], ["HELLO"]]


class Timers:
    """A loop on which time passes when the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.work = []

    def call_later(self, seconds, work, *what):
        self.asked.append(seconds)
        self.work.append(lambda: work(*what))
        return self

    def cancel(self) -> None:
        self.work.clear()


def test_letters_are_told_at_most_ten_times_a_second(phone):
    timers = phone._calling.texting._loop = Timers()
    for number in range(1, 21):
        tell(phone, TTY, line(1, "x" * number))
        if number in {1, 10, 20}:
            timers.work[-1]()
    assert timers.asked == [0.0, 0.1, 0.1]
    assert [text.lines[0].text for text in told(phone)] == ["x", "x" * 10, "x" * 20]


def test_a_found_textphone_and_a_passed_turn_do_not_wait(phone):
    tell(phone, TTY, line(1, "HEL"), found=True)
    assert [text.found for text in told(phone)] == [True]
    assert ("favour_tones", "a") in phone.engine.told
    tell(phone, TTY, line(1, "HELLO"))
    near = TextState("tty", is_found=True, turn="near", baud=45.4545)
    tell(phone, near, line(1, "HELLO GA", is_finished=True), passed=TurnPassed(("GA",), ours=False))
    assert (told(phone)[-1].turn, told(phone)[-1].baud) == ("agent", 45.45)
    assert [each.text for each in told(phone)[-1].lines] == ["HELLO GA"]


def test_real_time_text_asks_for_no_short_packets(phone):
    tell(phone, RTT, line(1, "h"), found=True)
    assert ("favour_tones", "a") not in phone.engine.told


def test_a_window_that_attaches_again_gets_the_last_lines(phone):
    for number in range(1, 251):
        tell(phone, TTY, line(number, f"line {number}", is_finished=True))
    tell(phone, TTY, line(250, ""))
    (text,) = phone.snapshot().texts
    assert [each.number for each in text.lines] == list(range(51, 250))
    assert text.lines[0].text == "line 51"


def test_an_ended_call_leaves_finished_lines_and_then_nothing(phone):
    tell(phone, TTY, line(1, "BYE", damaged=(1,)))
    phone.engine.report(Gone("a", "remote", 0, ""))
    (last,) = told(phone)[-1].lines
    assert (last.text, last.finished, last.damaged) == ("BYE", True, (1,))
    kinds = [type(event) for event in phone.events]
    ended = next(
        number
        for number, event in enumerate(phone.events)
        if isinstance(event, wire.PhoneCallChanged) and event.call.state == "ended"
    )
    assert kinds.index(wire.CallTextChanged) < ended
    assert phone.snapshot().texts == ()
    before = len(phone.events)
    tell(phone, TTY, line(2, "LATE"))
    assert len(phone.events) == before


def test_text_that_nobody_read_is_logged_as_it_begins_and_in_the_end_and_told_with_the_quality(phone, caplog):
    for flooded in (0, 7, 70):
        state = replace(RTT, losses=TextLosses(lost=1, flooded=flooded) if flooded else NO_LOSSES)
        phone.leg.state = state
        tell(phone, state)
    phone._quality("a", Quality(r=90.0, mos=4.3, loss=0.0, jitter_s=0.0, delay_s=0.0))
    (measured,) = (event for event in phone.events if isinstance(event, wire.QualityMeasured))
    assert (measured.text_lost, measured.text_flooded, measured.text_dropped) == (1, 70, 0)
    phone.engine.report(Gone("a", "remote", 200, ""))
    assert [record.flooded for record in caplog.records if "lost" in record.message] == [7, 70]


def test_each_other_way_of_sharing_the_call_is_a_line_of_the_system(phone):
    for mode in ("vco", "vco", "off", "text", "hco", "vco"):
        tell(phone, replace(TTY, mode=mode))
    found = [one for text in told(phone) for one in text.lines]
    assert [one.text for one in found] == [CARRIED[mode] for mode in ("vco", "text", "hco", "vco")]
    assert {(one.speaker, one.medium, one.finished) for one in found} == {("system", CARRY, True)}
    assert len({one.number for one in found}) == len(found)
    assert [one.mode for one in told(phone) if one.lines] == ["vco", "off", "hco", "vco"]
    assert phone.snapshot().texts[0].lines == tuple(found)
