from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain import graphemes
from agent_desktop.media import rtt, rtt_send
from agent_desktop.media.rtt import Block, TextPlan

from .keys import PLAIN, drain, heard, primary, sender, typed


def test_the_first_key_goes_at_once_and_the_next_are_gathered_for_300_ms() -> None:
    sent = typed([(5.0, "a"), (5.1, "b"), (5.2, "c"), (5.29, "d")])
    assert [(round(at_s, 3), primary(packet)) for at_s, packet in sent] == [
        (5.0, "a"), (5.3, "bcd"), (5.6, ""), (5.9, "")
    ]  # fmt: skip


def test_the_last_text_is_repeated_twice_and_then_there_is_silence() -> None:
    sent = typed([(0.0, "a")])
    assert [[block.data for block in rtt.unpack(packet.payload)] for _, packet in sent] == [
        [b"", b"", b"a"],
        [b"", b"a", b""],
        [b"a", b"", b""],
    ]
    assert [block.offset for block in rtt.unpack(sent[2][1].payload)] == [600, 300, 0]


def test_the_marker_is_on_the_first_packet_after_silence_alone() -> None:
    sent = typed([(0.0, "a"), (0.1, "b"), (60.0, "c")])
    assert [packet.marker for _, packet in sent] == [True, False, False, False, True, False, False]
    assert rtt.unpack(sent[4][1].payload)[:2] == [Block(97, 16383, b"")] * 2, "no stale redundancy"


def test_the_clock_has_1000_ticks_a_second_and_wraps() -> None:
    sent = typed([(0.0, "a"), (0.1, "b")])
    assert [packet.timestamp for _, packet in sent] == [0xFFFFFE00, 0xFFFFFF2C, 0x58, 0x184]
    assert [packet.sequence for _, packet in sent] == [0xFFFE, 0xFFFF, 0, 1]


def test_without_redundancy_text_is_bare_and_nothing_is_repeated() -> None:
    sent = typed([(0.0, "a"), (0.1, "é")], PLAIN)
    assert [(packet.payload_type, packet.payload) for _, packet in sent] == [(98, b"a"), (98, "é".encode())]


@pytest.mark.parametrize("generations", [0, 1, 3, 5])
def test_as_many_generations_are_sent_as_were_agreed_on(generations: int) -> None:
    plan = TextPlan(97, 96, generations=generations)
    sent = typed([(0.0, "a")], plan)
    assert [len(rtt.unpack(packet.payload)) for _, packet in sent] == [generations + 1] * (generations + 1)
    assert heard(sent[generations:], plan)[0] == "a"


def test_the_session_opens_with_a_byte_order_mark_that_nobody_sees() -> None:
    sent = drain(sender(greets=True))
    assert primary(sent[0][1]) == "\ufeff"
    assert heard(sent)[0] == ""


@given(st.integers(1, 40), st.integers(0, 1200))
@settings(max_examples=20, deadline=None)
def test_no_ten_seconds_hold_more_characters_than_the_other_side_takes(cps: int, length: int) -> None:
    sending = sender(TextPlan(97, 96, cps=cps))
    pasted = ("word " * 240)[:length]
    sending.write(pasted)
    sent = [(at_s, primary(packet)) for at_s, packet in drain(sending)]
    assert "".join(text for _, text in sent) == pasted
    for from_s, _ in sent:
        window = sum(len(text) for at_s, text in sent if from_s <= at_s < from_s + rtt.RATE_WINDOW_S - 1e-5)
        assert window <= 10 * cps


def test_one_sign_that_is_more_than_the_other_side_takes_is_sent_all_the_same() -> None:
    sending = sender(TextPlan(97, 96, cps=1))
    zalgo = "e" + "\u0301" * 40
    sending.write("ab" + zalgo + "c")
    assert [primary(packet) for _, packet in drain(sending) if primary(packet)] == ["ab", zalgo, "c"]


def test_a_limit_of_nothing_is_a_limit_of_one() -> None:
    sending = sender(TextPlan(97, 96, cps=0))
    sending.write("ab")
    assert primary(drain(sending)[0][1]) == "ab"


@given(st.lists(st.sampled_from(["👨‍👩‍👧", "e\u0301", "한", "🇫🇷", "x"]), min_size=1, max_size=300))
@settings(max_examples=30, deadline=None)
def test_no_packet_cuts_a_sign_or_is_too_large(signs: list[str]) -> None:
    sending = sender(TextPlan(97, 96, cps=10_000))
    sending.write("".join(signs))
    sent = drain(sending)
    assert max(len(packet.encode()) for _, packet in sent) <= 1212
    pieces = [graphemes.clusters(primary(packet)) for _, packet in sent]
    assert [sign for piece in pieces for sign in piece] == graphemes.clusters("".join(signs))


def test_half_a_surrogate_pair_waits_for_the_other_half() -> None:
    sending = sender()
    sending.write("a\ud83d")
    assert primary(sending.due(0.0) or pytest.fail("nothing sent")) == "a"
    sending.write("\ude00")
    assert primary(sending.due(0.3) or pytest.fail("nothing sent")) == "😀"


def test_a_key_is_on_its_way_within_300_ms() -> None:
    """Goal G12, by the sender's own deadlines: 300 keys at uneven times."""
    rng = random.Random(4)
    at_s, late = 0.0, []
    sending = sender(TextPlan(97, 96, cps=1000))
    pressed: list[float] = []
    for _ in range(300):
        at_s += rng.choice([0.03, 0.12, 0.2, 0.5, 2.0])
        for sent_s, packet in drain(sending, at_s):
            late += [sent_s - key_s for key_s in pressed[: len(primary(packet))]]
            pressed = pressed[len(primary(packet)) :]
        sending.write("k")
        pressed.append(at_s)
    assert max(late) <= rtt.BUFFERED_S + 1e-6


def test_what_nobody_could_read_is_not_kept_and_one_mark_stands_for_it() -> None:
    sending = sender()
    for _ in range(500):
        sending.write("a" * 22_400)
    assert sending.waiting == rtt_send.MOST_WAITING + 1
    assert sending.dropped == 500 * 22_400 - rtt_send.MOST_WAITING
    sent = "".join(primary(packet) for _, packet in drain(sending))
    assert sent == "a" * rtt_send.MOST_WAITING + "\ufffd"
    assert sending.write("goes on") == "goes on"
    assert "".join(primary(packet) for _, packet in drain(sending)) == "goes on"


def test_text_that_keeps_coming_while_all_is_full_has_no_hole_in_every_line() -> None:
    sending = sender()
    sending.write("a" * rtt_send.MOST_WAITING)
    assert sending.dropped == 0
    now_s, sent = 0.0, ""
    while now_s < 200.0:  # it comes a little faster than it goes
        now_s = max(now_s, sending.deadline_s or 0.0)
        packet = sending.due(now_s)
        sent += primary(packet) if packet is not None else ""
        sending.write("b" * 400)
        assert sending.waiting <= rtt_send.MOST_WAITING + 1
    sent += "".join(primary(packet) for _, packet in drain(sending))
    assert 1 < sent.count("\ufffd") <= 200.0 * 30 / 1000 + 1
    assert sending.dropped > 0


def test_nothing_is_kept_open_while_text_goes_out_and_what_is_typed_after_it_is_first_and_at_once() -> None:
    one = sender()
    one.write("a")
    sent = drain(one)
    last_s = sent[-1][0]
    assert one.keep_alive(last_s + rtt_send.KEPT_ALIVE_S - 0.1) is None
    empty = one.keep_alive(last_s + rtt_send.KEPT_ALIVE_S)
    assert empty is not None
    assert not empty.marker
    assert {block.data for block in rtt.unpack(empty.payload)} == {b""}
    assert one.is_idle
    one.write("b")
    packet = one.due(last_s + rtt_send.KEPT_ALIVE_S + 0.02)
    assert packet is not None
    assert packet.marker
    assert packet.sequence == (empty.sequence + 1) & 0xFFFF
    assert primary(packet) == "b"


@given(st.lists(st.booleans(), min_size=1, max_size=3), st.sampled_from([2, 3]))
def test_a_packet_that_keeps_the_way_open_may_be_lost_and_no_letter_with_it(
    arrive: list[bool], generations: int
) -> None:
    plan = TextPlan(97, 96, generations)
    one = sender(plan)
    one.write("a")
    packets, now_s = drain(one), 5.0
    for arrives in arrive:
        now_s += rtt_send.KEPT_ALIVE_S
        empty = one.keep_alive(now_s)
        assert empty is not None
        packets += [(now_s, empty)] if arrives else []
    one.write("b")
    packets += drain(one)
    lost = arrive[::-1].index(True) if True in arrive else len(arrive)
    text, _ = heard(packets, plan)
    assert text.replace("\ufffd", "") == "ab"
    assert ("\ufffd" in text) == (lost > generations)
