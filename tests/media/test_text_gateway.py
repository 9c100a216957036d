from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import t140
from agent_desktop.media.text_gateway import TextGateway


@dataclass(frozen=True)
class Capitals:
    text: str
    is_changed: bool


class Phone:
    """A TTY that prints ASCII in capitals, and sends when the test lets it."""

    def __init__(self) -> None:
        self.queue: list[str] = []
        self.line = ""

    @property
    def waiting(self) -> int:
        return len(self.queue)

    def say(self, text: str) -> Capitals:
        said = "(AT)" if text == "@" else "".join(sign if sign.isascii() else "?" for sign in text.upper())
        self.queue += said
        return Capitals(said, said != text.upper())

    def take_back(self) -> str | None:
        return self.queue.pop() if self.queue else None

    def send(self, count: int = 1_000_000) -> str:
        sent, self.queue = "".join(self.queue[:count]), self.queue[count:]
        self.line += sent
        return self.line


@pytest.fixture
def phone() -> Phone:
    return Phone()


def test_four_hundred_pasted_characters_arrive_in_order(phone: Phone) -> None:
    """Goal G14, the part of the gateway: nothing lost, and the count of what waits."""
    gateway = TextGateway(phone)
    pasted = "".join(f"{n:03} " for n in range(100))
    gateway.to_tty(pasted)
    assert gateway.waiting == 400
    phone.send(150)
    assert gateway.waiting == 250
    assert phone.send() == pasted
    assert (gateway.dropped, gateway.replaced) == (0, 0)


def test_what_still_waits_is_erased_whole(phone: Phone) -> None:
    gateway = TextGateway(phone)
    gateway.to_tty("a@\b\bb👨‍👩‍👧\bé")
    assert phone.send() == "B?"
    assert gateway.replaced == 3


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (["cat", "\b"], "CAT XXX "),
        (["cat", "\b\b\b", "dog"], "CAT XXX DOG"),
        (["cat", "x\b\b\b", "dog"], "CAT XXX DOG"),
        (["cat", "\bd\b\be"], "CAT XXX E"),
        (["cat", "\b", "\b"], "CAT XXX "),
        (["cat", "\b", "o", "\b"], "CAT XXX O XXX "),
        (["\b", "a"], "A"),
        (["ab\b\b\b", "c"], "C"),
        (["a", "b\b", "\b"], "A XXX "),
    ],
)
def test_what_was_sent_is_corrected_once_for_a_run_of_erasing(
    phone: Phone, typed: list[str], line: str
) -> None:
    gateway = TextGateway(phone)
    for text in typed:
        gateway.to_tty(text)
        phone.send()
    assert phone.line == line


def test_a_sign_of_which_half_is_sent_is_corrected(phone: Phone) -> None:
    gateway = TextGateway(phone)
    gateway.to_tty("@")
    phone.send(2)
    gateway.to_tty("\b")
    assert phone.send() == "(A XXX "


def test_bells_are_not_sent_and_lost_text_is_a_question(phone: Phone) -> None:
    gateway = TextGateway(phone)
    gateway.to_tty("a\a\ufffdb")
    assert phone.send() == "A?B"


def test_a_paste_without_end_is_bounded_and_counted(phone: Phone) -> None:
    gateway = TextGateway(phone)
    phone.queue = ["X"] * 100_000
    gateway.to_tty("ab")
    assert (gateway.waiting, gateway.dropped) == (100_000, 2)


def test_what_a_tty_says_goes_on_at_once_and_what_is_read_better_is_typed_anew(phone: Phone) -> None:
    gateway = TextGateway(phone)
    sent = gateway.to_rtt(0, "HI ") + gateway.to_rtt(3, "%")
    assert sent == "HI %"
    sent += gateway.to_rtt(3, "5 GA") + gateway.to_rtt(0, "OK", is_new_turn=True)
    assert sent == "HI %\b5 GAOK"
    assert t140.applied(sent) == "HI 5 GAOK"


def test_damage_that_nobody_could_read_is_a_mark(phone: Phone) -> None:
    assert TextGateway(phone).to_rtt(0, "ABC", lost={1}) == "A\ufffdC"


@given(st.lists(st.tuples(st.integers(0, 12), st.text("ABC12 ", min_size=1, max_size=6)), max_size=20))
def test_the_other_side_always_reads_what_the_modem_reads(readings: list[tuple[int, str]]) -> None:
    gateway = TextGateway(Phone())
    read = sent = ""
    for wanted, text in readings:
        keep = min(wanted, len(read))
        read = read[:keep] + text
        sent += gateway.to_rtt(keep, text)
    assert t140.applied(sent) == read
