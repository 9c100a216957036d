"""What was said apart stays apart, whoever reads later: holds, consults, whispers, card data, transfers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.errors import RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.switch import reading
from agent_desktop.switch.audience import Audience, Trail
from agent_desktop.switch.said import CENTRE
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene
from .typist import Typist, with_text


def up(scene: Scene, leg: str) -> None:
    scene.b2bua.happened(sip.MediaChanged(LegId(leg), with_text(), by_peer=True))


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.joined()
    up(made, "in1")
    up(made, "out1")
    return made


@pytest.fixture
def customer(scene: Scene) -> Typist:
    return Typist(scene, CUSTOMER, "rtt")


@pytest.fixture
def agent(scene: Scene) -> Typist:
    return Typist(scene, AGENT, "rtt")


def guest(scene: Scene) -> Typist:
    scene.do(wire.AddLeg(call="c1", leg="g1", extension="202"))
    scene.answers("out2")
    up(scene, "out2")
    return Typist(scene, "c1/guest3", "rtt")


def supervisor(scene: Scene, mode: str) -> Typist:
    scene.do(wire.Supervise(call="c1", leg="s1", mode=mode, extension="203", name="Sue"))
    scene.answers("out2")
    up(scene, "out2")
    return Typist(scene, "c1/supervisor3", "rtt")


def to(scene: Scene, whom: str) -> None:
    scene.do(wire.SetTalk(call="c1", with_whom=whom))


def test_card_digits_never_reach_the_agent_however_the_line_goes_on(
    scene: Scene, customer: Typist, agent: Typist
) -> None:
    customer.types("ready\n")
    scene.do(wire.SetSecure(call="c1", on=True, collect=16, collect_s=30, end_key="#"))
    for sign in "4111 1111 1111 1111":
        customer.types(sign)
    customer.types(" is it")
    assert agent.desk.text == "ready\n is it"


def test_card_digits_that_were_broken_off_never_reach_the_agent(
    scene: Scene, customer: Typist, agent: Typist
) -> None:
    scene.do(wire.SetSecure(call="c1", on=True, collect=16, collect_s=30, end_key="#"))
    for sign in "4111 1111":
        customer.types(sign)
    scene.do(wire.SetSecure(call="c1", on=False))
    customer.types("sorry\n")
    assert agent.desk.text == "sorry\n"


def test_words_of_a_consult_never_reach_the_customer(scene: Scene, customer: Typist, agent: Typist) -> None:
    ben = guest(scene)
    to(scene, "guest")
    agent.types("he is a pain")
    finished = agent.desk.finished
    to(scene, "customer")
    assert agent.desk.finished == finished + 1
    agent.types(" Hello again")
    assert ben.desk.text == "he is a pain"
    assert customer.desk.text == " Hello again"


def test_a_whisper_never_reaches_the_customer_though_the_supervisor_barges(
    scene: Scene, customer: Typist, agent: Typist
) -> None:
    sue = supervisor(scene, "whisper")
    sue.types("do not refund")
    scene.do(wire.Supervise(call="c1", leg="s1", mode="barge", extension="203"))
    assert sue.desk.finished
    sue.types(" Good day")
    assert customer.desk.text == " Good day"
    assert agent.desk.text == "do not refund Good day"


def test_a_remark_on_hold_never_reaches_the_customer(scene: Scene, customer: Typist, agent: Typist) -> None:
    agent.types("One moment\n")
    scene.do(wire.HoldCall(call="c1"))
    agent.types("idiot")
    scene.do(wire.ResumeCall(call="c1"))
    assert agent.desk.finished
    agent.types(" Hello")
    assert customer.desk.text == "One moment\n Hello"


def test_of_a_line_begun_apart_the_customer_is_given_the_open_part_alone(
    scene: Scene, customer: Typist, agent: Typist
) -> None:
    ben = guest(scene)
    to(scene, "all")
    agent.types("one\n")
    ben.types("two\n")
    to(scene, "guest")
    agent.types("private remark")
    to(scene, "all")
    agent.types(", hello")
    agent.ends_line()
    assert "private" not in customer.desk.text
    assert customer.desk.text.endswith(": , hello\n")
    assert ben.desk.text.endswith("private remark, hello")


def test_a_line_wholly_whispered_is_nothing_to_the_customer(
    scene: Scene, customer: Typist, agent: Typist
) -> None:
    sue = supervisor(scene, "barge")
    agent.types("hi\n")
    sue.types("hi too\n")
    scene.do(wire.Supervise(call="c1", leg="s1", mode="whisper", extension="203"))
    sue.types("do not refund")
    scene.do(wire.Supervise(call="c1", leg="s1", mode="barge", extension="203"))
    sue.ends_line()
    assert customer.desk.text == "hi\nSue: hi too\n"
    assert agent.desk.text.endswith("do not refund")


@pytest.mark.parametrize("others", [True, False])
def test_what_was_typed_while_secure_never_reaches_a_supervisor(
    scene: Scene, customer: Typist, agent: Typist, *, others: bool
) -> None:
    sue = supervisor(scene, "listen")
    if others:
        customer.types("hi\n")
        agent.types("hi too\n")
    scene.do(wire.SetSecure(call="c1", on=True))
    customer.types("my pin is 4321")
    scene.do(wire.SetSecure(call="c1", on=False))
    customer.types(" bye\n")
    assert "4321" not in sue.desk.text
    assert sue.desk.text.endswith(" bye\n")


def test_who_is_transferred_to_reads_the_beginning_of_the_customers_open_line(
    scene: Scene, customer: Typist
) -> None:
    customer.types("my order is 47")
    scene.do(wire.Unbridge(call="c1"))
    scene.do(wire.ConnectAgent(call="c1", extension="202", interaction="i1"))
    scene.answers("out2")
    up(scene, "out2")
    assert customer.desk.finished == 0
    ben = Typist(scene, "c1/agent3", "rtt")
    customer.types("11\n")
    assert ben.desk.text == "my order is 4711\n"


def test_who_joins_reads_nothing_of_a_line_that_was_begun_on_hold(scene: Scene, customer: Typist) -> None:
    scene.do(wire.HoldCall(call="c1"))
    customer.types("these people!")
    scene.do(wire.Unbridge(call="c1"))
    scene.do(wire.ConnectAgent(call="c1", extension="202", interaction="i1"))
    scene.answers("out2")
    up(scene, "out2")
    ben = Typist(scene, "c1/agent3", "rtt")
    customer.types(" Hello\n")
    assert ben.desk.text == " Hello\n"


def test_erasing_what_was_said_apart_erases_nothing_elsewhere(
    scene: Scene, customer: Typist, agent: Typist
) -> None:
    agent.types("One moment")
    scene.do(wire.HoldCall(call="c1"))
    agent.types("idi")
    scene.do(wire.ResumeCall(call="c1"))
    agent.types("\b\b\b")
    agent.types("\b, please")
    assert customer.desk.text == "One moment\b, please"


def test_a_conference_goes_on_by_names_after_a_line_that_ended_unread(
    scene: Scene, customer: Typist, agent: Typist
) -> None:
    agent.types("One moment")
    ben = guest(scene)
    to(scene, "guest")
    agent.ends_line()
    agent.types("is he in debt\n")
    to(scene, "all")
    ben.types("hello\n")
    assert customer.desk.text == "One moment\nGuest: hello\n"


def test_mute_silences_the_sound_and_not_the_text(scene: Scene, customer: Typist, agent: Typist) -> None:
    scene.do(wire.MuteLeg(call="c1", leg="agent"))
    assert AGENT not in scene.desk.rows[CUSTOMER]
    agent.types("hello\n")
    assert customer.desk.text == "hello\n"


def test_what_was_said_in_a_call_that_is_joined_stays_with_that_call(scene: Scene, customer: Typist) -> None:
    scene.arrives("in2", caller="201", called="202", user="201")
    scene.answers("out2")
    up(scene, "in2")
    up(scene, "out2")
    ben = Typist(scene, "c2/customer2", "rtt")
    ben.types("fine\n")
    ben.types("she is a pain,")
    scene.do(wire.PromoteLeg(call="c1", leg="g1", from_call="c2"))
    ben.types(" good day")
    ben.ends_line()
    ben.types("how are you\n")
    assert customer.desk.text == " good dayhow are you\n"
    assert [(said.call, said.line.text) for said in scene.all(wire.TextSaid)] == [
        ("c2", "fine"),
        ("c2", "she is a pain,"),
        ("c1", "how are you"),
    ]


OPEN = Audience(frozenset({"c"}), frozenset({"a", "c"}), is_open=True, is_public=True)
APART = Audience(frozenset({"g"}), frozenset({"a", "c", "g"}))


def test_who_was_there_and_did_not_read_never_reads_and_who_joins_reads_what_was_open() -> None:
    assert [OPEN.lets(one) for one in ("a", "c", "new")] == [False, True, True]
    assert [APART.lets(one) for one in ("c", "g", "new")] == [False, True, False]
    both = OPEN.narrowed(APART)
    assert [both.lets(one) for one in ("c", "g", "new")] == [False, True, False]


def test_what_is_read_better_is_for_those_alone_who_could_read_it_before() -> None:
    trail = Trail()
    trail.typed("CARD QW", APART)
    assert [(sign, one.lets("c")) for sign, one in trail.typed("\b\b12", OPEN)] == [
        ("\b", False),
        ("\b", False),
        ("1", False),
        ("2", False),
    ]
    assert [one.lets("c") for _, one in trail.typed(" ok", OPEN)] == [True] * 3
    assert trail.standing("c") == (1, " ok")


def test_an_erasure_goes_back_over_ends_of_lines_and_no_further_than_the_beginning() -> None:
    trail = Trail()
    trail.typed("ab\ne\u0301", OPEN)
    assert trail.standing("c") == (2, "e\u0301")
    assert len(trail.typed("\b\b", OPEN)) == 2
    assert trail.standing("c") == (1, "ab")
    assert len(trail.typed("\b\b\b", OPEN)) == 2


def test_in_another_call_nobody_gets_what_was_typed_before() -> None:
    trail = Trail()
    trail.typed("hello", OPEN)
    assert trail.standing("new")[1] == "hello"
    trail.close()
    trail.typed("!", OPEN)
    assert trail.standing("new")[1] == "!"


ACTS = (
    wire.HoldCall(call="c1"),
    wire.ResumeCall(call="c1"),
    *(wire.SetTalk(call="c1", with_whom=whom) for whom in ("customer", "guest", "all")),
    *(
        wire.Supervise(call="c1", leg="s1", mode=mode, extension="203")
        for mode in ("listen", "whisper", "barge")
    ),
    wire.SetSecure(call="c1", on=True),
    wire.SetSecure(call="c1", on=True, collect=16),
    wire.SetSecure(call="c1", on=False),
    wire.MuteLeg(call="c1", leg="agent"),
)
WAYS = ("sign", "sign", "sign", "new line", "erase", "read anew", "end")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(("rtt", "tty")),
    st.lists(
        st.one_of(st.sampled_from(ACTS), st.tuples(st.integers(0, 3), st.sampled_from(WAYS))), max_size=40
    ),
)
def test_over_any_history_nobody_reads_a_sign_that_was_not_for_them(
    carrier: str, history: list[wire.AnySwitchCommand | tuple[int, str]]
) -> None:
    scene = Scene()
    scene.joined()
    up(scene, "out1")
    if carrier == "rtt":
        up(scene, "in1")
    people = [Typist(scene, CUSTOMER, carrier), Typist(scene, AGENT, "rtt")]  # type: ignore[arg-type]  # one of two
    people.append(guest(scene))
    scene.do(wire.Supervise(call="c1", leg="s1", mode="listen", extension="203", name="Sue"))
    scene.answers("out3")
    up(scene, "out3")
    people.append(Typist(scene, "c1/supervisor4", "rtt"))
    call = scene.table.calls_by_id["c1"]
    typed_for: dict[str, set[str]] = {}
    secure: set[str] = set()
    for act in history:
        if not isinstance(act, tuple):
            try:
                scene.do(act)
            except RefusedError:
                continue
            continue
        who, way = people[act[0]], act[1]
        sign = chr(0x4E00 + len(typed_for))
        leg = next(one for one in call.legs if one.name == who.leg)
        typed_for[sign] = {one.name for one in reading.readers(call, leg)}
        secure |= {sign} if call.secure else set()
        match way:
            case "sign":
                who.types(sign)
            case "new line":
                who.types(f"{sign}\n")
            case "erase":
                who.types("\b")
            case "read anew":
                who.types(f"\b{sign}")
            case _:
                who.ends_line()
    for one in people:
        strange = {sign for sign in one.desk.text if one.leg not in typed_for.get(sign, {one.leg})}
        assert strange == set()
    scene.wait(10)
    for said in scene.all(wire.TextSaid):
        assert secure.isdisjoint(said.line.text)
        for sign in said.line.text if said.line.speaker == "agent" else "":
            assert CUSTOMER in typed_for[sign] or said.audience == CENTRE
