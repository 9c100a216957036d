"""What waits and what is kept: recordings, card data, flows, callbacks, voice messages, calls to the outside.

The centre has a trunk here: a telephone of the tests stands for the whole network behind it, and a SIPp
that is busy for one number.
"""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent_desktop.media import tones
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from tests.interop.sound import Pcm, for_s, gaps_ms, level

from . import places, recorded
from .caller import Caller, expect
from .listening import CUSTOMER_HZ
from .peers import BusyNumber
from .people import VOICES, Floor
from .programs import Bare, until

pytestmark = pytest.mark.peer

MATEO_HZ, SARA_HZ, LEAD_HZ = VOICES["mateo"], VOICES["sara"], VOICES["astrid"]
OUTSIDE_HZ = 900
BUSY = "+8610"
AMINA, JORDAN = "+212522000147", "+12125550142"
CARD = "4111930875"
numbers = (f"+49407772{n:03}" for n in itertools.count(1))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BusyNumber]:
    made = BusyNumber(tmp_path_factory.mktemp("busy"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def outside() -> Iterator[Caller]:
    """Every telephone behind the trunk."""
    made = Caller("127.0.0.1:5060", OUTSIDE_HZ)
    yield made
    made.close()


@pytest.fixture(scope="module")
def centre(outside: Caller, busy: BusyNumber, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    trunks = f"""
[trunks.network]
host = "127.0.0.1"
port = {outside.port}

[trunks.busy]
host = "127.0.0.1"
port = {busy.port}

[[routes]]
prefix = "{BUSY}"
trunks = ["busy"]

[[routes]]
prefix = "+"
trunks = ["network"]
"""

    def change(text: str) -> str:
        # Who waits is told of the callback at once.
        soon, found = re.subn(r"(?m)^after_s = 30$", "after_s = 1", text, count=1)
        assert found
        # Somebody who is not on the floor may hear every recording.
        soon, found = re.subn(r'(?m)^role = "admin"$', 'role = "supervisor"', soon, count=1)
        assert found
        return soon + trunks

    made = Bare(tmp_path_factory.mktemp("queues") / "data", places.block(), change, _nobody_calls_jordan)
    yield made
    made.stop()


def _nobody_calls_jordan(data: Path) -> None:
    """A customer who asked not to be called."""
    with sqlite3.connect(data / "record.db") as db:
        words = "UPDATE customers SET body = json_set(body, '$.tags', json('[\"do_not_call\"]'))"
        assert db.execute(f"{words} WHERE body LIKE '%Jordan Diaz%'").rowcount == 1


@pytest.fixture(scope="module")
def whole_floor(centre: Bare, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    made = Floor(centre, tmp_path_factory.mktemp("floor"))
    made.all("mateo", "sara", "astrid")
    yield made
    made.end()


@pytest.fixture
def floor(whole_floor: Floor) -> Iterator[Floor]:
    yield whole_floor
    whole_floor.clear()


@pytest.fixture
def customer(centre: Bare) -> Iterator[Caller]:
    made = Caller(centre.sip, CUSTOMER_HZ)
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


def heard_more(customer: Caller, hz: int, seconds: float) -> None:
    """Let so much of the agent's voice reach the customer: the talk goes on for so long."""
    mark = customer.ear.mark()
    until(lambda: for_s(customer.ear.since(mark), hz) > seconds, seconds + 15)


def test_a_recording_on_demand_has_both_voices_apart_and_nothing_where_it_was_paused(
    centre: Bare, floor: Floor, customer: Caller, tmp_path: Path
) -> None:
    mateo = floor["mateo"]
    call = talk(floor, customer)
    for act, state in (("start", "on"), ("pause", "paused"), ("resume", "on"), ("stop", "off")):
        mateo.done(f"record {act}")
        mateo.sees(call, lambda told, state=state: told["recording"] == state, why=state)
        if act != "stop":
            heard_more(customer, MATEO_HZ, 1.5)
    assert mateo.do("record pause")["message"] == "The call is not recorded now."
    mateo.done("hangup")
    kept = mateo.sees(call, lambda told: told.get("recordings") and told["recordings"][0]["length_s"])
    mateo.wraps(call)
    (recording,) = kept["recordings"]
    assert recording["length_s"] > 4
    assert 1 < recording["masked_s"] < recording["length_s"] - 2

    channels = recorded.fetch(centre, call, recording["recording"], tmp_path)
    assert len(channels) == 2
    assert abs(len(channels[0]) / SAMPLE_RATE_HZ - recording["length_s"]) < 0.5
    for sound, own, other in ((channels[0], CUSTOMER_HZ, MATEO_HZ), (channels[1], MATEO_HZ, CUSTOMER_HZ)):
        assert for_s(sound, own) > 2
        assert level(sound, other) < -40, "one voice is on the other's channel"
        longest = max(gaps_ms(sound, own))
        assert abs(longest / 1000 - recording["masked_s"]) < 0.5, "the pause is not silent, or not as long"
    assert not recorded.lies_on_disk(centre.data, lambda data: b"OggS" in data or b"OpusHead" in data)
    acts = [body.get("act") for kind, _at, body in centre.events(call) if kind == "ActNoted"]
    steps = ["recording_start", "recording_pause", "recording_resume", "recording_stop", "recording_heard"]
    assert [act for act in acts if act in steps] == steps


def test_a_queue_that_always_records_says_so_before_it_does(
    centre: Bare, floor: Floor, customer: Caller, tmp_path: Path
) -> None:
    sara = floor["sara"]
    sara.notready_no_more()
    customer.dial("8002", next(numbers))
    call = sara.takes()
    mark = customer.ear.mark()
    sara.sees(call, lambda told: told["recording"] == "on")
    told = customer.ear.since(mark)
    assert spoken_s(told, SARA_HZ) > 1.0, "the customer was not told before the recording ran"
    expect("the customer", customer.ear, SARA_HZ)
    assert sara.do("record stop")["message"] == "Calls of this queue are always recorded; pause it instead."
    heard_more(customer, SARA_HZ, 1.5)
    customer.hang_up()
    kept = sara.sees(call, lambda told: told.get("recordings") and told["recordings"][0]["length_s"])
    sara.wraps(call)
    theirs, hers = recorded.fetch(centre, call, kept["recordings"][0]["recording"], tmp_path)
    assert for_s(theirs, CUSTOMER_HZ) > 1
    assert for_s(hers, SARA_HZ) > 1
    assert spoken_s(theirs, CUSTOMER_HZ) < 0.3, "the announcement stands in the recording"


def spoken_s(sound: Pcm, but: int) -> float:
    """For how long something other than this tone was heard."""
    size = SAMPLE_RATE_HZ // 10
    pieces = [sound[at : at + size] for at in range(0, len(sound) - size + 1, size)]
    loud = [one for one in pieces if tones.level_dbfs(one) > -40]
    return 0.1 * sum(level(one, but) < tones.level_dbfs(one) - 3 for one in loud)


def test_card_data_is_heard_by_no_supervisor_and_its_keys_are_nowhere(
    centre: Bare, floor: Floor, customer: Caller
) -> None:
    mateo, lead = floor.all("mateo", "astrid")
    call = talk(floor, customer)
    lead.done("listen mateo")
    lead.hears(CUSTOMER_HZ, MATEO_HZ)
    customer.press("5")
    mateo.sees(call, lambda told: told["keys"] == "5")
    mateo.done("secure on")
    mateo.sees(call, lambda told: told["secure"])
    customer.press(CARD)
    lead.hears(never=(CUSTOMER_HZ, MATEO_HZ))
    assert mateo.do("transfer sara")["message"] == "Card data is being given. End that first."
    heard_more(customer, MATEO_HZ, 2.0)  # so long the keys are on their way
    mateo.done("secure off")
    mateo.sees(call, lambda told: not told["secure"])
    lead.hears(CUSTOMER_HZ, MATEO_HZ)
    customer.press("7")
    mateo.sees(call, lambda told: told["keys"].endswith("7"))
    assert mateo.now("interaction", interaction=call)["keys"] == "57"
    lead.done("leave")
    mateo.done("hangup")
    mateo.wraps(call)
    for one in (mateo, lead):
        assert not [record for record in one.records if CARD in json.dumps(record)]
    kept = [path for path in centre.data.rglob("*") if path.is_file() and CARD.encode() in path.read_bytes()]
    assert kept == []


def test_the_flow_tells_a_known_customer_how_the_order_stands(
    centre: Bare, floor: Floor, customer: Caller
) -> None:
    customer.dial("8000", AMINA)
    ((call,),) = until(
        lambda: centre.query("SELECT id FROM interactions WHERE live = 1 AND body LIKE ?", f"%{AMINA}%")
    )
    customer.press("2")
    until(lambda: "Orders" in _path(centre, call))
    customer.press("4")
    until(lambda: "How it stands" in _path(centre, call))
    mark = customer.ear.mark()
    until(lambda: spoken_s(customer.ear.since(mark), 0) > 2, 30, "no order was told")
    again = "SELECT id FROM interactions WHERE id = ? AND state = 'queued'"
    impatient(customer, "0", lambda: centre.query(again, call))
    mateo = floor["mateo"]
    mateo.notready_no_more()
    offer = mateo.wait("offer", interaction=call)
    assert offer["customer"] == "Amina Yusuf"
    assert offer["path"] == ["open", "2 Orders", "4 How it stands", "order 48213 found", "0 a person"]
    customer.hang_up()
    until(lambda: centre.query("SELECT state FROM interactions WHERE id = ?", call) == [("abandoned",)])


def impatient(customer: Caller, key: str, until_then: Callable[[], object]) -> None:
    """Press a key again and again, two seconds apart, until something happens."""
    for _time in range(20):
        mark = customer.ear.mark()
        customer.press(key)
        until(lambda mark=mark: until_then() or len(customer.ear.since(mark)) > 2 * SAMPLE_RATE_HZ, 30)
        if until_then():
            return
    raise AssertionError(f"nobody minds the key {key}")


def _path(centre: Bare, call: str) -> str:
    return " ".join(body["step"] for kind, _at, body in centre.events(call) if kind == "PathTaken")


def test_who_waits_asks_to_be_called_back_keeps_the_place_and_is_called(
    centre: Bare, floor: Floor, customer: Caller, outside: Caller
) -> None:
    mateo, number, calls = floor["mateo"], next(numbers), len(outside.lines)
    customer.dial("8001", number)
    words = "SELECT id FROM interactions WHERE state = 'queued' AND body LIKE ?"
    ((call,),) = until(lambda: centre.query(words, f"%{number}%"), 30)
    impatient(customer, "1", lambda: customer.over)
    assert centre.query(words, f"%{number}%") == [(call,)]
    mateo.done("ready")
    offer = mateo.wait("offer", interaction=call)
    assert offer["waited_s"] > 3
    mateo.done(f"accept {offer['interaction']}")
    mateo.sees(call, lambda told: told.get("callback", {}).get("number") == number)
    line = outside.rung(calls + 1)
    expect("the customer who was called back", line.ear, MATEO_HZ)
    mateo.hears(OUTSIDE_HZ)
    outside.hang_up()
    assert mateo.wraps(call)["ended_by"] == "customer"


def test_a_voice_message_is_offered_like_other_work_and_has_the_callers_voice(
    centre: Bare, floor: Floor, customer: Caller, tmp_path: Path
) -> None:
    sara, number = floor["sara"], next(numbers)
    customer.dial("8003", number)
    mark = customer.ear.mark()
    # Spoken words, the beep, and then nothing: now it listens.
    until(lambda: spoken_s(customer.ear.since(mark), 0) > 3, 30, "no greeting")
    until(lambda: tones.level_dbfs(customer.ear.since(mark)[-SAMPLE_RATE_HZ:]) < -55, 30, "it never listened")
    mark = customer.ear.mark()
    until(lambda: len(customer.ear.since(mark)) > 2.5 * SAMPLE_RATE_HZ, 30)
    customer.press("#")
    customer.hang_up()
    sara.notready_no_more()
    offer = sara.wait("offer", 20, media="voicemail")
    assert offer["from"] == number
    sara.done(f"accept {offer['interaction']}")
    call = offer["interaction"]
    told = sara.sees(call, lambda told: told["state"] == "active" and told.get("recordings"))
    (message,) = told["recordings"]
    assert message["kind"] == "voicemail"
    sound = recorded.fetch(centre, call, message["recording"], tmp_path)
    assert for_s(sound[0], CUSTOMER_HZ) > 2
    sara.done("play")
    mark = sara.hearing.mark()
    until(lambda: for_s(sara.hearing.since(mark), CUSTOMER_HZ) > 1, 30, "the message was not heard")
    sara.finish(call)


def test_a_number_outside_is_dialled_and_who_is_busy_or_must_not_be_called_is_said(
    floor: Floor, outside: Caller
) -> None:
    mateo, calls = floor["mateo"], len(outside.lines)
    mateo.done("dial +49 30 555 0100")
    line = outside.rung(calls + 1)
    call = mateo.dialled()
    expect("who was dialled", line.ear, MATEO_HZ)
    mateo.hears(OUTSIDE_HZ)
    mateo.done("dtmf 17#")
    until(lambda: outside.keys == "17#", 30, lambda: outside.keys)
    outside.hang_up()
    assert mateo.wraps(call)["ended_by"] == "customer"

    mateo.done(f"dial {BUSY}555")
    assert mateo.wraps(mateo.dialled())["notice"] == f"{BUSY}555 is busy."
    assert mateo.do(f"dial {JORDAN}")["message"] == f"Jordan Diaz asked not to be called: {JORDAN}."
    mateo.done("dial +870773111632")
    assert mateo.wraps(mateo.dialled())["notice"] == "This centre does not call such numbers."


def test_a_transfer_to_a_busy_number_comes_back_with_words(
    floor: Floor, customer: Caller, outside: Caller
) -> None:
    mateo, calls = floor["mateo"], len(outside.lines)
    call = talk(floor, customer)
    mateo.done(f"transfer {BUSY}556")
    mateo.sees(call, lambda told: told["notice"] == f"{BUSY}556 is busy.")
    expect("the customer", customer.ear, MATEO_HZ)
    mateo.hears(CUSTOMER_HZ)
    mateo.done("transfer +49305550101")
    line = outside.rung(calls + 1)
    expect("who was called", line.ear, CUSTOMER_HZ, never=(MATEO_HZ,))
    expect("the customer", customer.ear, OUTSIDE_HZ, never=(MATEO_HZ,))
    assert mateo.wraps(call)["state"] == "wrap_up"
    assert not customer.over, "the customer's call ended with the agent's work"
