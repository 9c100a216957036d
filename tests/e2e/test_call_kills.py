"""Something dies while more than two are in a call: the talk goes on, and afterwards every act works."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from .caller import Caller, expect
from .listening import CUSTOMER_HZ
from .people import VOICES, Floor
from .programs import Bare, until
from .test_call_control import talk

pytestmark = pytest.mark.peer

MATEO_HZ, SARA_HZ = VOICES["mateo"], VOICES["sara"]


@pytest.fixture(scope="module")
def whole_floor(bare: Bare, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    made = Floor(bare, tmp_path_factory.mktemp("floor"))
    made.all("mateo", "sara")
    yield made
    made.end()


@pytest.fixture
def floor(whole_floor: Floor) -> Iterator[Floor]:
    yield whole_floor
    whole_floor.clear()


@pytest.fixture
def customer(bare: Bare) -> Iterator[Caller]:
    made = Caller(bare.sip, CUSTOMER_HZ)
    yield made
    made.close()


def test_a_front_end_killed_in_a_consult_finds_the_legs_again_and_completes(
    floor: Floor, customer: Caller
) -> None:
    first, sara = floor.all("mateo", "sara")
    call = talk(floor, customer)
    first.done("consult sara")
    sara.answers()
    first.has_guest(call)
    first.hears(SARA_HZ, never=(CUSTOMER_HZ,))
    phone = first.phone_pid
    first.kill()
    sara.hears(MATEO_HZ, never=(CUSTOMER_HZ,))

    mateo = floor.again("mateo").signed_in()
    assert mateo.phone_pid == phone
    told = floor["mateo"].has_guest(call)
    assert (told["talk"], told["mine"]) == ("guest", True)
    assert {leg["kind"] for leg in told["legs"]} == {"customer", "agent", "guest"}
    mateo.done("complete")
    expect("the customer", customer.ear, SARA_HZ, never=(MATEO_HZ,))
    sara.hears(CUSTOMER_HZ, never=(MATEO_HZ,))
    sara.sees(call, lambda told: told["mine"] and told["state"] == "active")
    customer.hang_up()
    sara.wraps(call)


def test_a_router_killed_in_a_conference_is_not_heard_and_all_acts_work_when_it_is_back(
    bare: Bare, floor: Floor, customer: Caller
) -> None:
    mateo, sara = floor.all("mateo", "sara")
    call = talk(floor, customer)
    mateo.done("consult sara")
    sara.answers()
    mateo.has_guest(call)
    mateo.done("conference")
    expect("the customer", customer.ear, MATEO_HZ, SARA_HZ)
    bare.kill_router()
    for who, ear, voices in (
        ("the customer", customer.ear, (MATEO_HZ, SARA_HZ)),
        ("mateo", mateo.hearing, (CUSTOMER_HZ, SARA_HZ)),
        ("sara", sara.hearing, (CUSTOMER_HZ, MATEO_HZ)),
    ):
        expect(who, ear, *voices)
    bare.start()
    for one in (mateo, sara):
        one.had("connection", 30, state="lost")
        until(lambda one=one: one.all("connection")[-1]["state"] == "online", 40)
    expect("the customer", customer.ear, MATEO_HZ, SARA_HZ)
    told = mateo.has_guest(call)
    assert (told["talk"], told["state"]) == ("all", "active")
    mateo.done("drop")
    expect("the customer", customer.ear, MATEO_HZ, never=(SARA_HZ,))
    mateo.done("hold")
    mateo.done("resume")
    mateo.done("hangup")
    until(lambda: customer.over)
    mateo.wraps(call)


def test_the_self_test_says_in_words_what_it_found_and_what_it_could_not_try(floor: Floor) -> None:
    mateo = floor["mateo"]
    mateo.type("selftest")
    told = until(
        lambda: [one for one in mateo.all("selftest") if one["over"]][-1:], 60, mateo.all("selftest")
    )[0]
    checks = {one["check"]: one for one in told["checks"]}
    states = {name: one["state"] for name, one in checks.items()}
    # What speaks here is a file with a steady tone: the test must say that it heard no voice.
    good = dict.fromkeys(("speaker", "echo", "registration", "call"), "ok")
    assert states == {"microphone": "warning"} | good, checks
    assert "Only a steady noise was heard" in checks["microphone"]["words"]
    assert re.search(r"0\.\d % lost, \d+ ms of jitter, \d+ ms there and back", checks["call"]["words"])
