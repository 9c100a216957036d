"""Who hears whom: the table, and what must be so after any history."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.sip.media import Direction
from agent_desktop.switch.calls import Call, Hears, Leg, Mode, Secret, Side, Talk
from agent_desktop.switch.hearing import circle, is_kept_waiting, rows

from .fakes import agreement

C, A, G, H, S, T = "c/customer1", "c/agent2", "c/guest3", "c/guest4", "c/supervisor3", "c/supervisor4"
MUSIC, RINGING, WORDS = "music", "ringback", "c/prompts"


def joined() -> Call:
    """A customer and an agent who talk."""
    call = Call(id="c", direction="in", music=True)
    for side in (Side.CUSTOMER, Side.AGENT):
        up(call.new_leg(side, ours=side is Side.AGENT, extension="201" if side is Side.AGENT else ""))
    return call


def up(leg: Leg, direction: Direction = Direction.SENDRECV) -> Leg:
    leg.up, leg.agreement = True, agreement(direction)
    return leg


def guest(call: Call, *, joins: bool = False, rings: bool = False, early: bool = False) -> Leg:
    leg = call.new_leg(Side.GUEST, ours=True, label=f"g{call.legs_made}", extension="202")
    if early:
        leg.agreement = agreement()
    if not rings:
        up(leg)
    leg.joined = joins
    return leg


def supervisor(call: Call, mode: Mode, hears: Hears = Hears.BOTH) -> Leg:
    leg = up(call.new_leg(Side.SUPERVISOR, ours=True, label=f"s{call.legs_made}", extension="209"))
    leg.mode, leg.hears = mode, hears
    return leg


def heard(call: Call, prompts: str | None = None) -> dict[str, set[str]]:
    found = rows(call, prompts)
    assert all(gain == 1.0 for row in found.values() for gain in row.values())
    return {listener: set(row) for listener, row in found.items()}


@dataclass(frozen=True)
class Line:
    """One line of the table of talk, hold and a guest's place."""

    talk: Talk
    held: bool
    joins: bool
    customer: set[str]
    agent: set[str]
    guest: set[str]


TABLE = (
    Line(Talk.CUSTOMER, held=False, joins=False, customer={A}, agent={C}, guest={MUSIC}),
    Line(Talk.CUSTOMER, held=True, joins=False, customer={MUSIC}, agent=set(), guest={MUSIC}),
    Line(Talk.CUSTOMER, held=False, joins=True, customer={A, G}, agent={C, G}, guest={A, C}),
    Line(Talk.CUSTOMER, held=True, joins=True, customer={MUSIC}, agent={G}, guest={A}),
    Line(Talk.GUEST, held=False, joins=False, customer={MUSIC}, agent={G}, guest={A}),
    Line(Talk.GUEST, held=True, joins=False, customer={MUSIC}, agent={G}, guest={A}),
    Line(Talk.ALL, held=False, joins=True, customer={A, G}, agent={C, G}, guest={A, C}),
    Line(Talk.ALL, held=True, joins=True, customer={MUSIC}, agent={G}, guest={A}),
)


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.talk.value}-{line.held=}-{line.joins=}")
def test_talk_and_hold_say_who_hears_whom(line: Line) -> None:
    call = joined()
    guest(call, joins=line.joins)
    call.talk, call.held = line.talk, line.held
    assert heard(call) == {C: line.customer, A: line.agent, G: line.guest}


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.talk.value}-{line.held=}-{line.joins=}")
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("hears", Hears)
def test_a_supervisor_adds_to_that_table_only_what_the_mode_lets_be_heard(
    line: Line, mode: Mode, hears: Hears
) -> None:
    call = joined()
    guest(call, joins=line.joins)
    call.talk, call.held = line.talk, line.held
    name = supervisor(call, mode, hears).name
    to_agent = {name} if mode is not Mode.LISTEN else set()
    to_circle = {name} if mode is Mode.BARGE else set()
    waits = line.customer == {MUSIC}
    found = heard(call)
    assert found[C] == line.customer | (set() if waits else to_circle)
    assert found[A] == line.agent | to_agent
    assert found[G] == line.guest | (set() if line.guest == {MUSIC} else to_circle)
    centre = {A, G} if line.guest != {MUSIC} else {A}
    if not waits:
        assert found[name] == (centre | {C})
    else:
        assert found[name] == {Hears.AGENT: centre, Hears.CUSTOMER: {C}, Hears.BOTH: centre | {C}}[hears]


def test_a_consult_begins_with_ringing_for_the_agent_and_music_for_the_customer() -> None:
    call = joined()
    guest(call, rings=True)
    call.talk = Talk.GUEST
    assert heard(call) == {C: {MUSIC}, A: {RINGING}}


def test_early_sound_of_the_guest_goes_before_our_ringing() -> None:
    call = joined()
    guest(call, rings=True, early=True)
    call.talk = Talk.GUEST
    assert heard(call) == {C: {MUSIC}, A: {G}, G: set()}


def test_a_second_consult_leaves_the_conference_with_music() -> None:
    call = joined()
    guest(call, joins=True)
    guest(call)
    call.talk = Talk.GUEST
    assert heard(call) == {C: {MUSIC}, A: {H}, G: {MUSIC}, H: {A}}


def test_four_confer() -> None:
    call = joined()
    guest(call, joins=True)
    guest(call, joins=True)
    call.talk = Talk.ALL
    everybody = {C, A, G, H}
    assert heard(call) == {name: everybody - {name} for name in everybody}


def test_an_agent_whose_phone_holds_leaves_the_others_talking_and_a_lone_customer_with_music() -> None:
    call = joined()
    assert call.agent is not None
    up(call.agent, Direction.RECVONLY)
    assert heard(call) == {C: {MUSIC}, A: set()}
    guest(call, joins=True)
    call.talk = Talk.ALL
    assert heard(call) == {C: {G}, A: set(), G: {C}}


def test_a_guest_is_left_alone_with_the_customer() -> None:
    call = joined()
    guest(call, joins=True)
    call.agent, call.talk = None, Talk.ALL
    assert heard(call) == {C: {G}, G: {C}}
    assert call.state == "bridged"


def test_whoever_is_muted_is_heard_by_nobody() -> None:
    call = joined()
    muted = guest(call, joins=True)
    listener = supervisor(call, Mode.LISTEN)
    call.talk, muted.muted = Talk.ALL, True
    assert heard(call) == {C: {A}, A: {C}, G: {A, C}, listener.name: {A, C}}
    supervisor(call, Mode.BARGE).muted = True
    assert heard(call)[C] == {A}


def test_in_a_secure_call_supervisors_hear_nothing_and_secret_keys_are_heard_by_nobody() -> None:
    call = joined()
    listener = supervisor(call, Mode.BARGE)
    call.secure = True
    assert heard(call) == {C: {A, S}, A: {C, S}, listener.name: set()}
    call.secret = Secret(16, 20.0, "#")
    assert heard(call) == {C: {A, S}, A: {S}, listener.name: set()}


def test_supervisors_hear_one_another_only_when_they_barge() -> None:
    call = joined()
    supervisor(call, Mode.BARGE)
    supervisor(call, Mode.WHISPER)
    assert heard(call) == {C: {A, S}, A: {C, S, T}, S: {A, C}, T: {A, C, S}}


def test_prompts_are_for_the_customer_and_announcements_for_both() -> None:
    call = joined()
    supervisor(call, Mode.LISTEN)
    assert heard(call, WORDS) == {C: {WORDS}, A: {C}, S: {A, C}}
    call.announcement = "c/announcement"
    assert heard(call) == {C: {"c/announcement"}, A: {"c/announcement"}, S: {A, C}}


def test_a_waiting_customer_hears_what_the_flow_says_music_or_nothing() -> None:
    call = joined()
    call.agent = None
    assert heard(call) == {C: {MUSIC}}
    call.play = "being made"
    assert heard(call) == {C: set()}
    call.play, call.music = "", False
    assert heard(call) == {C: set()}


def test_a_supervisor_of_a_waiting_customer_hears_the_customer_and_not_the_music() -> None:
    call = joined()
    call.agent = None
    supervisor(call, Mode.BARGE)
    assert heard(call) == {C: {MUSIC}, S: {C}}


def test_an_agent_who_dials_hears_ringing_or_the_far_end() -> None:
    call = Call(id="c", direction="out")
    agent = up(call.new_leg(Side.AGENT, ours=True, extension="201"))
    assert heard(call) == {agent.name: {RINGING}}
    far = call.new_leg(Side.CUSTOMER, ours=True)
    assert heard(call) == {agent.name: {RINGING}}
    far.agreement = agreement()
    assert heard(call) == {agent.name: {far.name}, far.name: set()}


def test_a_centre_may_want_no_music() -> None:
    call = joined()
    call.held = True
    assert rows(call, hold_music=False) == {C: {}, A: {}}


# -- any history ----------------------------------------------------------------------------------------

DIRECTIONS = st.sampled_from([Direction.SENDRECV, Direction.RECVONLY, Direction.INACTIVE])


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Any record of a call, whether or not an act leads to it."""
    call = Call(id="c", direction=draw(st.sampled_from(["in", "out", "internal"])))
    yes = st.booleans()
    customer = call.new_leg(Side.CUSTOMER, ours=draw(yes))
    if draw(yes):
        call.new_leg(Side.AGENT, ours=draw(yes), extension="201")
    for number in range(draw(st.integers(0, 3))):
        leg = call.new_leg(
            Side.GUEST, ours=True, label=f"g{number}", extension=draw(st.sampled_from(["", "2"]))
        )
        leg.joined, leg.alone = draw(yes), draw(yes)
    for number in range(draw(st.integers(0, 3))):
        leg = call.new_leg(Side.SUPERVISOR, ours=True, label=f"s{number}", extension="209")
        leg.mode, leg.hears = draw(st.sampled_from(Mode)), draw(st.sampled_from(Hears))
    for leg in call.legs:
        leg.up, leg.muted = draw(yes), draw(yes)
        if leg.up or draw(yes):
            leg.agreement = agreement(Direction.SENDRECV if leg is customer else draw(DIRECTIONS))
    call.talk, call.held, call.music = draw(st.sampled_from(Talk)), draw(yes), draw(yes)
    call.secure, call.play = draw(yes), draw(st.sampled_from(["", "p"]))
    if draw(yes):
        call.secret = Secret(4, 20.0, "#")
    return call


@given(calls(), st.sampled_from([None, WORDS]))
def test_for_any_call_nobody_hears_what_is_not_meant_for_them(call: Call, prompts: str | None) -> None:
    found = heard(call, prompts)
    hidden = {leg.name for leg in call.supervisors if leg.mode is not Mode.BARGE}
    silent = {leg.name for leg in call.supervisors if leg.mode is Mode.LISTEN}
    muted = {leg.name for leg in call.legs if leg.muted}
    for leg in call.legs:
        if leg.name not in found:
            assert not leg.sounds
            continue
        row = found[leg.name]
        assert leg.name not in row
        assert not row & (silent | muted)
        if leg.side is not Side.AGENT:
            assert not row & hidden
        if leg.side is Side.SUPERVISOR:
            assert MUSIC not in row
            assert not (call.secure and row)
        if call.secret is not None and call.customer is not None:
            assert call.customer.name not in row


@given(calls(), st.sampled_from([None, WORDS]))
def test_for_any_call_a_customer_who_waits_hears_music_or_the_prompts_and_no_person(
    call: Call, prompts: str | None
) -> None:
    found = heard(call, prompts)
    customer = call.customer
    assert customer is not None
    if not customer.up:
        return
    if prompts is not None:
        assert found[customer.name] == {prompts}
    elif is_kept_waiting(call):
        wanted = {MUSIC} if call.bridged or (call.music and not call.play) else set()
        assert found[customer.name] == wanted
    for leg in call.guests:
        if leg.up and not (len(circle(call)) > 1 and leg in circle(call)):
            assert found[leg.name] == {MUSIC}


@given(calls())
def test_for_any_call_the_circle_hears_one_another_and_nobody_else_does(call: Call) -> None:
    found = heard(call)
    talking = circle(call)
    hidden = {call.customer.name} if call.secret is not None and call.customer else set()
    for one, other in itertools.permutations(talking, 2):
        assert (other.name in found[one.name]) == (not other.muted and other.name not in hidden)
    inside = {leg.name for leg in talking}
    for leg in (*call.guests, *((call.customer,) if call.customer else ())):
        if leg.up and leg not in talking:
            assert not found[leg.name] & inside
