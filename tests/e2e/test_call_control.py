"""What an agent does in a call, through the whole house: hold, keys, transfer, consult, conference, park.

Everybody says one tone; whether an act is good is judged by which tones arrive where.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.interop.sound import GrowingFile

from .caller import Caller, expect, expect_music
from .listening import CUSTOMER_HZ
from .peers import Baresip
from .people import VOICES, Floor
from .programs import Demo, until

pytestmark = pytest.mark.peer

MATEO_HZ, SARA_HZ, CHEN_HZ = VOICES["mateo"], VOICES["sara"], VOICES["chen"]
OTHER_HZ = 900
numbers = (f"+49407771{n:03}" for n in itertools.count(1))


@pytest.fixture(scope="module")
def whole_floor(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    made = Floor(demo, tmp_path_factory.mktemp("floor"))
    made.all("mateo", "sara", "chen")
    yield made
    made.end()


@pytest.fixture
def floor(whole_floor: Floor) -> Iterator[Floor]:
    yield whole_floor
    whole_floor.clear()


@pytest.fixture
def customer(demo: Demo) -> Iterator[Caller]:
    made = Caller(demo.sip, CUSTOMER_HZ)
    yield made
    made.close()


@pytest.fixture
def other_customer(demo: Demo) -> Iterator[Caller]:
    made = Caller(demo.sip, OTHER_HZ)
    yield made
    made.close()


def talk(floor: Floor, customer: Caller, user: str = "mateo", number: str = "8001") -> str:
    """A call between a customer and an agent in which both hear each other; gives the interaction."""
    agent = floor[user]
    agent.notready_no_more()
    customer.dial(number, next(numbers))
    interaction = agent.takes()
    agent.done("notready break")
    expect("the customer", customer.ear, agent.hz)
    agent.hears(customer.hz)
    return interaction


def test_hold_music_mute_and_keys_both_ways_with_a_telephone_of_others(
    demo: Demo, floor: Floor, baresip: Callable[..., Baresip]
) -> None:
    mateo, customer = floor["mateo"], baresip(demo)
    ear = GrowingFile(customer.newest_ear)
    mateo.notready_no_more()
    customer.dial("8001")
    call = mateo.takes()
    expect("the customer", ear, MATEO_HZ)
    mateo.hears(CUSTOMER_HZ)

    mateo.done("mute")
    expect("the customer", ear, never=(MATEO_HZ,))
    mateo.done("unmute")
    expect("the customer", ear, MATEO_HZ)

    mateo.done("hold")
    expect_music("the customer", ear, MATEO_HZ)
    mateo.hears(never=(CUSTOMER_HZ,))
    assert mateo.do("hold")["message"] == "The call is on hold already."
    mateo.done("resume")
    expect("the customer", ear, MATEO_HZ)
    mateo.hears(CUSTOMER_HZ)

    for key in "58*":
        customer.press(key)
    mateo.sees(call, lambda told: told["keys"] == "58*", why="the customer's keys")
    mateo.done("dtmf 42#")
    until(lambda: customer.keys_heard().endswith("42#"), 30, customer.keys_heard)
    mateo.done("hangup")
    customer.finished()
    mateo.wraps(call)


def test_a_blind_transfer_to_an_agent_goes_on_with_that_agent(floor: Floor, customer: Caller) -> None:
    mateo, sara = floor.all("mateo", "sara")
    call = talk(floor, customer)
    sara.notready_no_more()
    mateo.done("transfer sara")
    offer = sara.wait("offer", interaction=call)
    expect_music("the customer", customer.ear, MATEO_HZ, SARA_HZ)
    assert "Transferred to you" in offer["reasons"]
    sara.done(f"accept {offer['interaction']}")
    expect("the customer", customer.ear, SARA_HZ, never=(MATEO_HZ,))
    sara.hears(CUSTOMER_HZ)
    sara.done("hangup")
    until(lambda: customer.over)
    sara.wraps(call)


def test_a_blind_transfer_to_a_queue_is_offered_there(floor: Floor, customer: Caller) -> None:
    mateo, sara = floor.all("mateo", "sara")
    call = talk(floor, customer)
    sara.notready_no_more()
    mateo.done("transfer billing")
    offer = sara.wait("offer", interaction=call)
    assert offer["queue"] == "billing"
    sara.done(f"accept {offer['interaction']}")
    expect("the customer", customer.ear, SARA_HZ, never=(MATEO_HZ,))
    customer.hang_up()
    assert sara.wraps(call)["ended_by"] == "customer"


def test_a_transfer_to_a_number_that_does_not_exist_comes_back_with_words(
    floor: Floor, customer: Caller
) -> None:
    mateo = floor["mateo"]
    call = talk(floor, customer)
    refused = mateo.do("transfer nobody at all")
    assert refused["type"] == "error"
    assert "nobody at all" in refused["message"]
    mateo.done("transfer +49401234567")
    mateo.sees(call, lambda told: told["notice"] == "The number cannot be reached from here.")
    mateo.sees(call, lambda told: told["state"] == "active" and told["call_state"] == "bridged")
    expect("the customer", customer.ear, MATEO_HZ)
    mateo.hears(CUSTOMER_HZ)


def test_a_consult_is_swapped_and_completed_and_the_colleague_has_the_customer(
    floor: Floor, customer: Caller
) -> None:
    mateo, sara = floor.all("mateo", "sara")
    call = talk(floor, customer)
    assert mateo.do("complete")["message"] == "There is nobody else in the call. Consult somebody first."
    mateo.done("consult sara")
    assert sara.rung()["remote_name"] == "Mateo Ruiz"
    mateo.has_guest(call, "ringing")
    expect_music("the customer", customer.ear, MATEO_HZ)
    sara.done("accept")
    mateo.hears(SARA_HZ, never=(CUSTOMER_HZ,))
    sara.hears(MATEO_HZ, never=(CUSTOMER_HZ,))
    expect_music("the customer", customer.ear, MATEO_HZ, SARA_HZ)
    assert mateo.has_guest(call)["talk"] == "guest"

    mateo.done("swap")
    mateo.hears(CUSTOMER_HZ, never=(SARA_HZ,))
    expect("the customer", customer.ear, MATEO_HZ, never=(SARA_HZ,))
    sara.hears_music(MATEO_HZ, CUSTOMER_HZ)
    mateo.done("swap")
    mateo.hears(SARA_HZ, never=(CUSTOMER_HZ,))

    mateo.done("complete")
    expect("the customer", customer.ear, SARA_HZ, never=(MATEO_HZ,))
    sara.hears(CUSTOMER_HZ, never=(MATEO_HZ,))
    sara.sees(call, lambda told: told["mine"] and told["agent"] == "sara" and told["state"] == "active")
    until(lambda: mateo.now("call")["state"] in {"ended", "failed"}, 30, lambda: mateo.all("call")[-2:])
    sara.done("hangup")
    until(lambda: customer.over)
    sara.wraps(call)


def test_all_of_a_conference_hear_all_and_it_goes_on_without_who_leaves(
    floor: Floor, customer: Caller
) -> None:
    mateo, sara, chen = floor.all("mateo", "sara", "chen")
    call = talk(floor, customer)
    mateo.done("consult sara")
    sara.answers()
    mateo.has_guest(call)
    mateo.done("conference")
    mateo.hears(CUSTOMER_HZ, SARA_HZ)
    sara.hears(CUSTOMER_HZ, MATEO_HZ)
    expect("the customer", customer.ear, MATEO_HZ, SARA_HZ)

    guest = mateo.legs(call)["sara"]
    mateo.done("mutepart sara on")
    expect("the customer", customer.ear, MATEO_HZ, never=(SARA_HZ,))
    mateo.done("mutepart sara off")
    expect("the customer", customer.ear, MATEO_HZ, SARA_HZ)

    mateo.done("consult chen")
    chen.answers()
    mateo.sees(call, lambda told: sum(x["state"] == "up" for x in told["legs"]) == 4)
    if mateo.now("interaction", interaction=call)["talk"] != "all":
        mateo.done("conference")
    chen.hears(CUSTOMER_HZ, MATEO_HZ, SARA_HZ)
    expect("the customer", customer.ear, MATEO_HZ, SARA_HZ, CHEN_HZ)
    mateo.done(f"drop {guest['name']}")
    mateo.hears(CUSTOMER_HZ, CHEN_HZ, never=(SARA_HZ,))
    expect("the customer", customer.ear, MATEO_HZ, CHEN_HZ, never=(SARA_HZ,))

    mateo.done("complete")
    chen.hears(CUSTOMER_HZ, never=(MATEO_HZ,))
    expect("the customer", customer.ear, CHEN_HZ, never=(MATEO_HZ, SARA_HZ))
    chen.sees(call, lambda told: told["mine"] and told["state"] == "active")
    customer.hang_up()
    chen.wraps(call)


def test_a_colleagues_question_holds_the_own_call_and_gives_it_back(
    floor: Floor, customer: Caller, other_customer: Caller
) -> None:
    mateo, sara = floor.all("mateo", "sara")
    mine = talk(floor, customer)
    hers = talk(floor, other_customer, "sara", "8002")
    sara.done("consult mateo")
    mateo.answers()
    sara.hears(MATEO_HZ, never=(OTHER_HZ, CUSTOMER_HZ))
    mateo.hears(SARA_HZ, never=(OTHER_HZ, CUSTOMER_HZ))
    expect_music("his customer", customer.ear, MATEO_HZ, SARA_HZ)
    expect_music("her customer", other_customer.ear, MATEO_HZ, SARA_HZ)
    mateo.sees(mine, lambda told: told["state"] == "held")

    sara.done("drop")
    sara.hears(OTHER_HZ, never=(MATEO_HZ,))
    expect("her customer", other_customer.ear, SARA_HZ)
    if mateo.now("interaction", interaction=mine)["state"] == "held":
        mateo.done("resume")
    mateo.hears(CUSTOMER_HZ, never=(SARA_HZ,))
    expect("his customer", customer.ear, MATEO_HZ)
    assert sara.now("interaction", interaction=hers)["state"] == "active"


def test_a_parked_call_hears_music_and_is_taken_by_a_colleague(floor: Floor, customer: Caller) -> None:
    mateo, sara = floor.all("mateo", "sara")
    call = talk(floor, customer)
    mateo.done("park")
    expect_music("the customer", customer.ear, MATEO_HZ)
    sara.done("targets")
    parked = sara.now("target", kind="parked")
    assert parked["target"] == call
    sara.done(f"take {call}")
    expect("the customer", customer.ear, SARA_HZ, never=(MATEO_HZ,))
    sara.hears(CUSTOMER_HZ)
    sara.sees(call, lambda told: told["mine"] and told["state"] == "active")
    customer.hang_up()
    sara.wraps(call)


def test_a_colleague_is_dialled_and_who_declines_or_is_not_there_is_told_in_words(floor: Floor) -> None:
    mateo, sara = floor.all("mateo", "sara")
    mateo.done("dial 6002")
    call = mateo.dialled()
    ringing = sara.rung()
    assert (ringing["remote"], ringing["remote_name"]) == ("6001", "Mateo Ruiz")
    sara.done("accept")
    mateo.hears(SARA_HZ)
    sara.hears(MATEO_HZ)
    mateo.done("hangup")
    mateo.wraps(call)
    until(lambda: sara.now("call")["state"] == "ended")

    mateo.done("dial 6002")
    call = mateo.dialled()
    sara.rung()
    sara.done("decline")
    assert mateo.wraps(call)["notice"] == "Sara Lindqvist declined the call."

    for number, words in (
        ("6005", "The extension is not registered."),
        ("+49401234567", "The number cannot be reached from here."),
    ):
        mateo.done(f"dial {number}")
        assert mateo.wraps(mateo.dialled())["notice"] == words
    assert mateo.do("dial what is this")["type"] == "error"
