from __future__ import annotations

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.switch import reading, texts
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene
from .typist import Typist, told, with_text


@pytest.fixture
def scene() -> Scene:
    return Scene()


def upgraded(scene: Scene, leg: str = "out1") -> None:
    """The phone adds real-time text to the running call."""
    scene.b2bua.happened(sip.MediaChanged(LegId(leg), with_text(), by_peer=True))


def joined(scene: Scene, customer: str = "tty", agent: str = "rtt") -> tuple[Typist, Typist]:
    """A call whose two sides type so."""
    scene.joined()
    for leg, carrier in (("in1", customer), ("out1", agent)):
        if carrier == "rtt":
            upgraded(scene, leg)
    return Typist(scene, CUSTOMER, customer), Typist(scene, AGENT, agent)  # type: ignore[arg-type]  # a carrier


def test_a_customer_is_listened_to_for_tones_and_an_agent_only_when_text_is_there(scene: Scene) -> None:
    scene.joined()
    assert scene.desk.texts.reading == {CUSTOMER}
    Typist(scene, CUSTOMER).types("HELLO")
    assert scene.desk.texts.reading == {CUSTOMER, AGENT}


def test_the_first_signs_are_told_as_how_the_customer_types(scene: Scene) -> None:
    customer, _ = joined(scene)
    assert scene.all(wire.CallChanged)[-1].call.text == ""
    customer.types("HEL")
    assert scene.all(wire.CallChanged)[-1].call.text == "tty"


def test_between_a_textphone_and_letters_each_is_written_to_in_its_own_way(scene: Scene) -> None:
    customer, agent = joined(scene)
    customer.types("HELLO GA", passes=True)
    agent.types("Good day. GA\n")
    assert agent.desk.text == "HELLO GA\n"
    assert customer.desk.text == "Good day. GA\n"
    assert {speaker for speaker, _ in (*agent.desk.written, *customer.desk.written)} == {texts.BRIDGED}


def test_between_two_textphones_the_tones_pass_and_nothing_is_written(scene: Scene) -> None:
    customer, agent = joined(scene, agent="tty")
    customer.types("HELLO GA", passes=True)
    agent.types("GOOD DAY GA", passes=True)
    customer.types("AGAIN GA", passes=True)
    assert (customer.desk.text, agent.desk.text) == ("", "")
    assert [text for _, _, text in told(scene)] == ["HELLO GA", "GOOD DAY GA", "AGAIN GA"]


def test_an_echo_between_two_textphones_is_not_told_as_the_customers(scene: Scene) -> None:
    customer, agent = joined(scene, agent="tty")
    customer.types("HELLO GA", passes=True)
    agent.types("GOOD DAY GA", passes=True)
    scene.now += 20
    agent.types("YOUR ORDER IS ON ITS WAY")
    scene.now += 0.4
    customer.types("YOUR O?DER IS ON ITS WAY GA", passes=True)
    agent.types(" GA", passes=True)
    scene.now += 20
    customer.types("THANKS SK", passes=True)
    assert [text for _, _, text in told(scene)] == [
        "HELLO GA",
        "GOOD DAY GA",
        "YOUR ORDER IS ON ITS WAY GA",
        "THANKS SK",
    ]


def test_an_ear_gets_no_tones_and_a_textphone_that_is_found_gets_what_waited(scene: Scene) -> None:
    customer, agent = joined(scene, customer="rtt", agent="tty")
    customer.types("hello, ")
    customer.types("are you there?\n")
    assert agent.desk.text == ""
    agent.types("YES GA", passes=True)
    assert agent.desk.text == "hello, are you there?\n"
    customer.types("good")
    assert agent.desk.text.endswith("good")


def test_an_ear_is_spared_tones_only_where_everybody_reads(scene: Scene) -> None:
    customer, _ = joined(scene, agent="tty")
    customer.types("HELLO")
    assert scene.desk.spared == set()
    upgraded(scene)
    assert scene.desk.spared == {CUSTOMER}


def test_the_end_of_a_line_of_a_textphone_waits_to_be_read_better(scene: Scene) -> None:
    customer, _ = joined(scene)
    customer.types("ORDER QW\n")
    customer.types("\b\b\b12\n")
    assert told(scene) == []
    scene.wait(texts.READ_BETTER_S)
    assert told(scene) == [("customer", "customer", "ORDER 12")]


def test_each_finished_line_is_told_once_with_numbers_of_the_call(scene: Scene) -> None:
    customer, agent = joined(scene, customer="rtt")
    customer.types("one\n")
    agent.types("two\nthree")
    agent.ends_line()
    assert told(scene) == [
        ("customer", "customer", "one"),
        ("agent", "agent", "two"),
        ("agent", "agent", "three"),
    ]
    lines = [said.line for said in scene.all(wire.TextSaid)]
    assert [line.number for line in lines] == [1, 2, 3]
    assert {(line.medium, line.finished) for line in lines} == {("rtt", True)}


def test_the_lines_of_the_next_agent_have_other_numbers(scene: Scene) -> None:
    _, agent = joined(scene)
    agent.types("first\n")
    scene.do(wire.Unbridge(call="c1"))
    scene.do(wire.ConnectAgent(call="c1", extension="202", interaction="i1"))
    scene.answers("out2")
    Typist(scene, "c1/agent3", "rtt").types("second\n")
    assert [(said.leg, said.line.number) for said in scene.all(wire.TextSaid)] == [("agent", 1), ("agent", 2)]


def test_the_line_that_is_open_when_a_leg_goes_is_told(scene: Scene) -> None:
    customer, _ = joined(scene)
    customer.types("BYE SK\n")
    scene.ends("in1")
    assert ("customer", "customer", "BYE SK") in told(scene)


def test_a_customer_on_hold_types_into_the_record_alone(scene: Scene) -> None:
    customer, agent = joined(scene, customer="rtt")
    scene.do(wire.HoldCall(call="c1"))
    customer.types("still there?\n")
    agent.types("aside\n")
    assert (agent.desk.text, customer.desk.text) == ("", "")
    assert len(told(scene)) == 2


def test_a_whisper_is_read_by_the_agent_and_a_barge_by_both(scene: Scene) -> None:
    customer, agent = joined(scene, customer="rtt")
    scene.do(wire.Supervise(call="c1", leg="s1", mode="whisper", extension="203", name="Sue"))
    scene.answers("out2")
    sue = Typist(scene, "c1/supervisor3", "rtt")
    sue.types("offer a refund\n")
    assert (agent.desk.text, customer.desk.text) == ("offer a refund\n", "")
    customer.types("my lamp is broken\n")
    assert agent.desk.text.endswith("Caller: my lamp is broken\n")
    assert sue.desk.text == "my lamp is broken\n"
    agent.types("I am sorry\n")
    assert sue.desk.text.endswith("a201: I am sorry\n") or sue.desk.text.endswith("Agent: I am sorry\n")
    scene.do(wire.Supervise(call="c1", leg="s1", mode="barge"))
    sue.types("we replace it\n")
    assert customer.desk.text.endswith("Sue: we replace it\n")


def test_nothing_typed_while_the_call_is_secure_is_told_however_late_it_ends(scene: Scene) -> None:
    customer, agent = joined(scene, customer="rtt")
    scene.do(wire.Supervise(call="c1", leg="s1", mode="listen", extension="203"))
    scene.answers("out2")
    sue = Typist(scene, "c1/supervisor3", "rtt")
    customer.types("before")
    scene.do(wire.SetSecure(call="c1", on=True))
    assert customer.desk.finished == 1
    customer.ends_line()
    customer.types("4111 1111")
    assert sue.desk.text == "before"
    assert agent.desk.text.endswith("4111 1111")
    scene.do(wire.SetSecure(call="c1", on=False))
    customer.types(" 1111 1111\n")
    customer.types("after\n")
    assert told(scene) == [
        ("customer", "customer", "before"),
        ("switch", "system", texts.SECURE_WORDS),
        ("customer", "customer", "after"),
    ]


def test_secret_keys_that_are_typed_reach_the_router_alone(scene: Scene) -> None:
    customer, agent = joined(scene, customer="rtt")
    scene.do(wire.SetSecure(call="c1", on=True, collect=4))
    customer.types("4111")
    assert agent.desk.text == ""
    assert scene.all(wire.SecureDigits)[-1].digits == "4111"
    assert all("4111" not in text for _, _, text in told(scene))


def test_a_router_that_comes_back_is_given_the_lines_of_calls_that_it_did_not_see_end(scene: Scene) -> None:
    customer, _ = joined(scene, customer="rtt")
    customer.types("one\n")
    scene.attended = False
    customer.types("two\n")
    scene.ends("in1")
    assert [said.line.text for said in scene.table.texts.said.lines] == ["one", "two"]


def test_the_lines_of_a_call_whose_end_was_seen_are_forgotten(scene: Scene) -> None:
    customer, _ = joined(scene, customer="rtt")
    customer.types("one\n")
    scene.ends("in1")
    assert scene.table.texts.said.lines == ()


def test_typing_that_the_router_expects_is_announced_and_told(scene: Scene) -> None:
    scene.arrives()
    scene.do(wire.SetCallText(call="c1", carrier="tty"))
    assert scene.all(wire.CallChanged)[-1].call.text == "tty"
    scene.do(wire.AnswerCall(call="c1"))
    assert scene.desk.texts.legs[CUSTOMER].announced


def test_a_customer_who_was_expected_to_tty_and_brings_letters_has_letters(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.SetCallText(call="c1", carrier="tty"))
    upgraded(scene, "in1")
    Typist(scene, CUSTOMER, "rtt")
    assert scene.all(wire.CallChanged)[-1].call.text == "rtt"


def test_where_a_textphone_is_only_expected_an_ear_on_hold_hears_music(scene: Scene) -> None:
    scene.joined()
    scene.do(wire.SetCallText(call="c1", carrier="tty"))
    scene.do(wire.HoldCall(call="c1"))
    assert scene.desk.rows[CUSTOMER] == {"music": 1.0}
    Typist(scene, CUSTOMER).types("STILL THERE Q")
    assert scene.desk.rows[CUSTOMER] == {}


def test_a_textphone_that_was_known_of_before_the_answer_is_played_no_music(scene: Scene) -> None:
    scene.arrives()
    scene.do(wire.SetCallText(call="c1", carrier="tty"))
    scene.do(wire.AnswerCall(call="c1"))
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i1"))
    scene.answers("out1")
    scene.do(wire.HoldCall(call="c1"))
    assert scene.desk.rows[CUSTOMER] == {}


def test_there_is_no_other_way_of_typing(scene: Scene) -> None:
    scene.waiting()
    with pytest.raises(RefusedError):
        scene.do(wire.SetCallText(call="c1", carrier="fax"))


def test_the_agents_phone_is_offered_letters_where_the_customer_types(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i1"))
    assert scene.sip.offers[-1].text is None
    scene.ends("out1", sip.EndedBy.REFUSED, 486)
    Typist(scene, CUSTOMER).types("HELLO GA")
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i1"))
    assert scene.sip.offers[-1].text is not None


def test_text_may_be_added_to_a_running_call(scene: Scene) -> None:
    scene.joined()
    assert {leg for leg, media in scene.sip.media.items() if media.text is not None} == {"in1", "out1"}


def test_keys_at_the_beginning_of_a_line_are_keys() -> None:
    assert [reading.keys_in(text) for text in ("1", " 12 3 GA", "HELLO 1", "", "0\n")] == [
        "1",
        "123",
        "",
        "",
        "0",
    ]


def test_a_line_of_letters_is_over_when_it_gives_a_textphone_the_turn(scene: Scene) -> None:
    customer, agent = joined(scene)
    customer.types("HELLO GA", passes=True)
    agent.types("good day")
    assert agent.desk.finished == 0
    agent.types(" ga")
    assert agent.desk.finished == 1


def test_who_has_stopped_has_said_a_line_when_somebody_else_begins(scene: Scene) -> None:
    customer, agent = joined(scene, customer="rtt")
    agent.types("where is")
    agent.state = type(agent.state)(carrier="rtt", is_found=True, is_typing=True)
    agent.types(" it")
    customer.types("h")
    assert agent.desk.finished == 0
    agent.state = type(agent.state)(carrier="rtt", is_found=True)
    agent.types("?")
    customer.types("ere")
    assert agent.desk.finished == 1


def test_text_that_was_only_possible_gives_its_ports_to_the_sound_of_another(scene: Scene) -> None:
    scene.joined()
    scene.desk.texts.given_up(AGENT)
    assert scene.sip.media["out1"].text is None  # type: ignore[index]  # a LegId is a str
    assert scene.sip.media["in1"].text is not None  # type: ignore[index]  # the same


def test_what_a_textphone_said_before_stands_before_the_answer(scene: Scene) -> None:
    customer, agent = joined(scene)
    customer.types("3")
    agent.types("good day ga\n")
    customer.ends_line()
    scene.wait(texts.READ_BETTER_S)
    assert [text for _, _, text in told(scene)] == ["3", "good day ga"]
