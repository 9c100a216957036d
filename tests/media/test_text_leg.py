from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

import pytest

from agent_desktop.media import rtt_send, tones
from agent_desktop.media.baudot import TurnPassed
from agent_desktop.media.pcm import frames_of
from agent_desktop.media.text_leg import TextRoute
from agent_desktop.media.text_news import NO_LOSSES
from agent_desktop.media.tty_carrier import TtyCarrier
from agent_desktop.media.tty_send import BAUD_EUROPE
from tests.media.textcall import TextCall


@pytest.fixture
def call() -> Iterator[TextCall]:
    made = TextCall()
    yield made
    made.close()


def test_what_the_caller_types_on_a_textphone_is_read_and_the_turn_passes(call: TextCall) -> None:
    call.with_tones()
    call.caller.leg.write("order 4711 q ga")
    call.go_on(4.6)
    state = call.agent.leg.state
    assert call.agent.reader.said("customer") == ["ORDER 4711 Q GA"]
    assert call.agent.reader.turns == [TurnPassed(("Q", "GA"), ours=False)]
    assert (state.carrier, state.is_found, state.turn) == ("tty", True, "near")
    assert [news.found for news in call.agent.reader.news].count(True) == 1
    assert call.agent.reader.heard == "ORDER 4711 Q GA"
    call.agent.leg.write("One moment, GA")
    call.go_on(4.6)
    assert call.caller.reader.said("customer") == ["ONE MOMENT, GA"]
    assert call.agent.reader.said("agent") == ["ONE MOMENT, GA"]
    assert call.agent.leg.state.turn == "far"


def test_lines_are_finished_when_the_turn_passes(call: TextCall) -> None:
    call.with_tones()
    call.caller.leg.write("hi ga")
    call.go_on(2.8)
    assert [line.is_finished for line in call.agent.reader.lines.values()] == [True]


def test_a_turn_without_a_new_line_ends_the_line_of_who_wrote_it_and_no_other(call: TextCall) -> None:
    call.with_stream()
    call.caller.leg.write("hi ga")
    call.go_on(1.0)
    call.agent.leg.write("first ga")
    call.agent.leg.finish_lines("agent")
    call.agent.leg.write("second ga")
    call.caller.leg.write(" or not")
    call.go_on(1.0)
    assert call.agent.reader.said("agent") == ["first ga", "second ga"]
    assert call.agent.reader.said("customer") == ["hi ga or not"]
    assert call.caller.reader.said("customer") == ["first gasecond ga"]  # nothing was sent of it


def test_nothing_is_read_while_the_mode_is_off_and_at_once_after_it(call: TextCall) -> None:
    call.with_tones()
    call.agent.leg.set_mode("off")
    call.caller.leg.write("hello there ")
    call.go_on(3.5)
    assert call.agent.reader.said("customer") == []
    assert not call.agent.leg.state.is_found
    call.agent.leg.set_mode("hco")
    call.caller.leg.write("are you there ga")
    call.go_on(4.5)
    assert call.agent.reader.said("customer") == ["ARE YOU THERE GA"]
    assert call.agent.leg.state.mode == "hco"


def test_the_voice_is_replaced_only_while_tones_are_sent_and_comes_back_at_once(call: TextCall) -> None:
    call.with_tones()
    call.agent.voice = frames_of(tones.sine(600, 0.02))[0]
    call.agent.leg.write("yes")
    call.go_on(2.0)
    sending = [tone is not None for tone in call.agent.tones]
    first, last = sending.index(True), len(sending) - 1 - sending[::-1].index(True)
    assert all(sending[first : last + 1])
    assert first <= 1
    heard = [tones.tone_dbfs(frame, 600) for frame in call.caller.ear]
    assert max(heard[first + 4 : last]) < -40  # never beside the tones
    assert min(heard[last + 5 :]) > -16  # and within 100 ms after them


def test_the_callers_tones_may_be_kept_from_the_ear_and_the_voice_after_them_not(call: TextCall) -> None:
    call.with_tones()
    call.caller.voice = frames_of(tones.sine(600, 0.02))[0]
    call.caller.leg.write("i speak now ga")
    call.go_on(5.0)
    sent = [tone is not None for tone in call.caller.tones]
    last = len(sent) - 1 - sent[::-1].index(True)
    assert sum(call.agent.spared) > 100
    after = call.agent.spared[last:].index(False)
    assert after <= 7  # 100 ms, and what the road and the buffer need
    assert not any(call.agent.spared[last + after :])


def test_an_erased_sign_is_taken_back_while_it_waits_and_crossed_out_when_it_is_on_the_line(
    call: TextCall,
) -> None:
    call.with_tones()
    call.agent.leg.write("abcx\bd ")
    call.go_on(2.5)
    call.agent.leg.write("\b\bz")
    call.go_on(4.0)
    assert call.caller.reader.said("customer") == ["ABCD  XXX Z"]
    assert call.agent.reader.said("agent") == ["ABCD  XXX Z"]


def test_what_waits_for_a_textphone_is_counted_with_its_time(call: TextCall) -> None:
    call.with_tones()
    call.agent.leg.write("x" * 100)
    call.go_on(1.0)
    state = call.agent.leg.state
    assert 94 <= state.waiting < 100
    assert state.waiting_s == pytest.approx(state.waiting / 5.05, rel=0.05)
    assert state.is_sending


def test_a_lost_packet_marks_the_place_in_its_line(call: TextCall) -> None:
    call.with_tones()
    call.agent.leg.write("first line\nsecond line ga")
    call.sound.lost = set(range(168, 173))  # in the sixth sign of the second line
    call.go_on(8.0)
    lines = [line for line in call.caller.reader.lines.values() if line.speaker == "customer"]
    assert [line.text for line in lines if not line.damaged] == ["FIRST LINE"]
    (hurt,) = (line for line in lines if line.damaged)
    intact = [sign for place, sign in enumerate(hurt.text) if place not in hurt.damaged]
    assert "".join(intact) in {"SECND LINE GA", "SECON LINE GA", "SECO LINE GA", "SECOD LINE GA"}
    assert call.caller.leg.state.damaged == len(hurt.damaged)


def test_text_waits_until_something_carries_it(call: TextCall) -> None:
    call.agent.leg.write("hello ga")
    call.go_on(0.5)
    assert call.agent.leg.state.carrier == ""
    assert call.agent.leg.state.waiting == 8
    call.with_tones()
    call.go_on(3.5)
    assert call.caller.reader.said("customer") == ["HELLO GA"]


def test_an_announced_textphone_is_read_from_its_first_character(call: TextCall) -> None:
    call.with_tones()
    call.agent.leg.announce()
    call.caller.leg.write("e")
    call.go_on(1.5)
    assert call.agent.reader.said("customer") == ["E"]


def test_real_time_text_is_exact_both_ways_at_once(call: TextCall) -> None:
    call.with_stream()
    for one, other in zip_longest("Grüße 你好 x\b!\nzwei", "ok 世界 é z\by", fillvalue=""):
        call.agent.leg.write(one)
        call.caller.leg.write(other)
        call.go_on(0.1)
    call.go_on(1.5)
    assert call.caller.reader.said("customer") == ["Grüße 你好 !", "zwei"]
    assert call.agent.reader.said("customer") == ["ok 世界 é y"]
    state = call.agent.leg.state
    assert (state.carrier, state.is_found, state.turn, state.waiting) == ("rtt", True, "", 0)
    assert all(tone is None for tone in call.agent.tones)


def test_a_stream_added_in_the_call_takes_over_what_waited_for_the_tones(call: TextCall) -> None:
    call.with_tones()
    call.agent.leg.write("abcdefghijklmnop")
    call.go_on(1.0)
    call.with_stream()
    call.go_on(1.5)
    read = call.caller.reader.heard
    assert read.endswith("GHIJKLMNOP")
    assert call.caller.leg.state.carrier == "rtt"


def test_without_g711_and_without_a_stream_there_is_no_text() -> None:
    call = TextCall("G722")
    call.with_tones()
    call.caller.leg.write("hello")
    call.go_on(1.0)
    assert call.agent.leg.state.carrier == ""
    assert call.agent.reader.said("customer") == []
    call.close()


def test_a_gateway_is_one_leg_writing_what_the_other_heard(call: TextCall) -> None:
    """A caller with real-time text and an agent with a textphone: 400 characters, in order."""
    call.with_stream()
    tty = TextCall()
    tty.with_tones()
    text = "".join(f"{number:03d} " for number in range(30))
    call.caller.leg.write(text)
    call.go_on(1.0)
    tty.agent.leg.write(call.agent.reader.heard)
    tty.go_on(36.0)
    assert tty.caller.reader.heard == text
    tty.close()


def test_a_caller_on_hold_is_sent_no_tones_and_gets_the_text_after_it(call: TextCall) -> None:
    call.with_tones()
    call.agent.is_held = True
    call.agent.leg.write("hello ga")
    call.go_on(1.5)
    assert all(tone is None for tone in call.agent.tones)
    assert call.agent.leg.state.waiting == 8
    call.agent.is_held = False
    call.go_on(3.0)
    assert call.caller.reader.said("customer") == ["HELLO GA"]


def test_our_own_echo_is_never_the_callers_text_however_long_the_way_is(call: TextCall) -> None:
    call.with_tones()
    call.caller.echo_db, call.caller.echo_frames = -12.0, 20  # the caller's machine sends ours back
    call.agent.leg.announce()
    call.agent.leg.write("hello 42 ga")
    call.go_on(5.0)
    assert call.agent.reader.said("customer") == []
    call.caller.leg.write("yes ga")
    call.go_on(3.5)
    assert call.agent.reader.said("customer") == ["YES GA"]


def test_an_interruption_is_sent_beside_what_the_caller_types(call: TextCall) -> None:
    call.with_tones()
    call.caller.leg.write("a very long story that goes on")
    call.go_on(2.0)
    call.agent.leg.write("stop")
    call.go_on(0.5)
    assert not call.agent.leg.state.is_sending
    call.agent.leg.interrupt()
    call.go_on(0.1)
    assert call.agent.leg.state.is_sending


def test_a_turn_is_read_again_in_the_other_shift(call: TextCall) -> None:
    call.with_tones()
    call.caller.leg.write("tea at 5")
    call.go_on(2.6)
    call.agent.leg.fix_shift()
    call.go_on(0.1)
    assert call.agent.reader.said("customer") == ["TEA AT T"]
    assert call.agent.reader.heard == "TEA AT T"


def test_what_of_the_text_nobody_read_is_told_with_how_it_stands(call: TextCall) -> None:
    call.with_stream()
    call.go_on(0.5)
    assert call.agent.leg.state.losses == NO_LOSSES
    call.agent.leg.write("x" * (rtt_send.MOST_WAITING + 10))
    call.go_on(0.1)
    assert call.agent.leg.state.losses.dropped == pytest.approx(10, abs=2)
    assert call.caller.leg.state.losses == NO_LOSSES


def test_a_stream_that_is_taken_out_of_the_call_is_read_no_more(call: TextCall) -> None:
    call.with_stream()
    call.caller.leg.write("one")
    call.go_on(1.0)
    call.agent.leg.configure(TextRoute(has_tty=True))
    call.caller.leg.write(" two")
    call.go_on(1.0)
    assert call.agent.reader.said("customer") == ["one"]
    assert call.agent.leg.state.carrier == "tty"


def test_the_end_finishes_every_line_and_frees_the_ports(call: TextCall) -> None:
    call.with_stream()
    call.caller.leg.write("half a li")
    call.go_on(0.4)
    call.agent.leg.write("yes")
    call.go_on(0.1)
    call.agent.leg.close()
    assert all(line.is_finished for line in call.agent.reader.lines.values())
    assert call.agent.reader.said("customer") == ["half a li"]
    call.agent.leg.close()  # a second time is no harm


def test_the_sound_is_played_out_evenly_once_a_textphone_is_found() -> None:
    asked: list[bool] = []
    call = TextCall(fix_delay=lambda *, now: asked.append(now))
    call.with_tones()
    call.go_on(0.5)
    assert asked == []
    call.caller.leg.write("hello")
    call.go_on(0.9)
    assert asked == [False]  # the caller types: no gap now
    call.go_on(2.0)
    assert asked == [False, True]
    call.close()


def test_text_of_another_speaker_of_our_side_has_its_own_line(call: TextCall) -> None:
    call.with_stream()
    call.agent.leg.write("Please wait.\n", speaker="system")
    call.agent.leg.write("Hello")
    call.go_on(0.5)
    assert call.agent.reader.said("system") == ["Please wait."]
    assert call.agent.reader.said("agent") == ["Hello"]
    call.go_on(1.0)
    assert call.caller.reader.heard == "Please wait.\nHello"


def test_a_machine_of_fifty_baud_is_answered_at_its_speed(call: TextCall) -> None:
    call.with_tones()
    call.go_on(0.1)
    call.caller.leg._tty = TtyCarrier(baud=BAUD_EUROPE)
    call.caller.leg.write("good day ga")
    call.go_on(3.5)
    assert call.agent.leg.state.baud == BAUD_EUROPE
    call.agent.leg.write("good day to you ga")
    call.go_on(5.0)
    assert call.caller.reader.said("customer") == ["GOOD DAY TO YOU GA"]
    assert call.caller.leg.state.baud == BAUD_EUROPE
