from __future__ import annotations

import pytest

from agent_desktop.switch.calls import Call, Leg, Mode, Side, Talk
from agent_desktop.switch.reading import Reader, name_of, readers

from .fakes import agreement


def leg_of(call: Call, side: Side, person: str = "") -> Leg:
    leg = call.new_leg(side, ours=True, label=person)
    leg.up, leg.agreement, leg.person = True, agreement(), person
    return leg


@pytest.fixture
def call() -> Call:
    made = Call(id="c1", direction="in")
    leg_of(made, Side.CUSTOMER, "Amina Cohen")
    leg_of(made, Side.AGENT, "Ana")
    return made


def read_by(call: Call, writer: Leg | None) -> set[str]:
    assert writer is not None
    return {leg.side.value for leg in readers(call, writer)}


def test_who_talks_reads_one_another(call: Call) -> None:
    assert read_by(call, call.customer) == {"agent"}
    assert read_by(call, call.agent) == {"customer"}


def test_a_customer_on_hold_reads_nothing_and_is_read_by_nobody(call: Call) -> None:
    call.held = True
    assert read_by(call, call.customer) == set()
    assert read_by(call, call.agent) == set()


def test_a_consult_is_read_by_the_two_alone(call: Call) -> None:
    guest = leg_of(call, Side.GUEST, "Ben")
    call.talk = Talk.GUEST
    assert read_by(call, call.agent) == {"guest"}
    assert read_by(call, guest) == {"agent"}
    assert read_by(call, call.customer) == set()
    call.talk, guest.joined = Talk.ALL, True
    assert read_by(call, call.customer) == {"agent", "guest"}


@pytest.mark.parametrize(
    ("mode", "reads"),
    [(Mode.LISTEN, set()), (Mode.WHISPER, {"agent"}), (Mode.BARGE, {"agent", "customer"})],
)
def test_a_supervisor_is_read_by_those_who_hear_the_mode(call: Call, mode: Mode, reads: set[str]) -> None:
    supervisor = leg_of(call, Side.SUPERVISOR, "Sue")
    supervisor.mode = mode
    assert read_by(call, supervisor) == reads
    assert "supervisor" in read_by(call, call.customer)


def test_while_the_call_is_secure_no_supervisor_reads(call: Call) -> None:
    leg_of(call, Side.SUPERVISOR, "Sue")
    call.secure = True
    assert read_by(call, call.customer) == {"agent"}


def test_an_announcement_drowns_no_text(call: Call) -> None:
    call.announcement = "c1/announcement1"
    assert read_by(call, call.customer) == {"agent"}


def test_whoever_is_muted_is_read_all_the_same(call: Call) -> None:
    assert call.agent is not None
    call.agent.muted = True
    assert read_by(call, call.agent) == {"customer"}


def test_one_writer_is_passed_on_as_it_is_typed() -> None:
    reader = Reader()
    assert [reader.typed("a", text) for text in ("HE", "\b", "I")] == ["HE", "\b", "I"]
    assert reader.finished("a", "Ana", "HI", is_turn=False) == ""


def test_a_turn_ends_the_line_where_nothing_else_did() -> None:
    reader = Reader()
    reader.typed("a", "HELLO GA")
    assert reader.finished("a", "Ana", "HELLO GA", is_turn=True) == "\n"
    reader.typed("a", "MORE\n")
    assert reader.finished("a", "Ana", "MORE", is_turn=True) == ""


def test_of_several_writers_each_line_comes_whole_with_a_name() -> None:
    reader = Reader()
    assert reader.typed("a", "begun") == "begun"
    assert reader.typed("b", "me too") == ""
    assert reader.typed("a", " and ended") == " and ended"
    assert reader.finished("a", "Ana", "begun and ended", is_turn=False) == "\n"
    assert reader.finished("b", "Ben", "me too", is_turn=False) == "Ben: me too\n"
    assert reader.typed("a", "again") == ""
    assert reader.finished("a", "Ana", "again", is_turn=False) == "Ana: again\n"
    reader.left("b")
    assert reader.typed("a", "alone") == "alone"


def test_the_customer_is_named_by_the_part_and_others_by_name(call: Call) -> None:
    assert call.customer is not None
    assert call.agent is not None
    assert (name_of(call.customer), name_of(call.agent)) == ("Caller", "Ana")


def test_who_joins_in_the_middle_of_a_line_gets_its_beginning() -> None:
    reader = Reader()
    assert reader.typed("a", "lo", (3, "hel"), (3, "hello")) == "hello"
    assert reader.typed("a", "!", (3, "hello"), (3, "hello!")) == "!"
    # Away for a moment, in which the writer changed the end of the line.
    assert reader.typed("a", "?", (3, "help"), (3, "help?")) == "\b\b\bp?"
    assert reader.typed("a", "x", (4, ""), (4, "x")) == "x"
