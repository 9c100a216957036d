"""A caller may say a choice where the centre has a recogniser; the keys work all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agent_desktop.wire import switch as wire
from tests.server.floor import Floor


@dataclass
class FakeRecogniser:
    """Says what a test says that it heard."""

    asked: list[tuple[str, Sequence[tuple[str, str]], str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    heard: asyncio.Future[str] | None = None

    async def start(self, call: str, phrases: Sequence[tuple[str, str]], language: str) -> str:
        self.asked.append((call, phrases, language))
        self.heard = asyncio.get_running_loop().create_future()
        try:
            return await self.heard
        finally:
            self.ended.append(call)


@pytest.fixture
def speech() -> FakeRecogniser:
    return FakeRecogniser()


@pytest.fixture
async def floor(tmp_path: Path, speech: FakeRecogniser):
    made = await Floor(tmp_path / "record.db", speech=speech).start()
    flow = made.hub.centre.flows["welcome"]
    (menu,) = flow.nodes
    choices = (replace(menu.choices[0], speech=("orders", "my order")), *menu.choices[1:])
    made.hub.centre.flows["welcome"] = replace(flow, nodes=(replace(menu, choices=choices),))
    await made.call("c1", number="100")
    yield made
    await made.stop()


def state(floor: Floor) -> str:
    (i,) = floor.hub.tables.interactions.values()
    return i.state


async def settle(floor: Floor) -> None:
    await floor.settle()
    await floor.settle()


async def test_the_recogniser_is_given_the_phrases_of_the_menu(floor: Floor, speech: FakeRecogniser) -> None:
    assert speech.asked == [("c1", (("orders", "1"), ("my order", "1")), "en")]
    assert state(floor) == "arrived"


async def test_a_choice_that_is_said_is_the_same_as_its_key(floor: Floor, speech: FakeRecogniser) -> None:
    assert speech.heard is not None
    speech.heard.set_result("1")
    await settle(floor)
    (i,) = floor.hub.tables.interactions.values()
    assert (i.state, i.path) == ("queued", ("1 Orders",))


async def test_a_key_ends_the_listening(floor: Floor, speech: FakeRecogniser) -> None:
    play = floor.exchange.last(wire.Play)
    assert isinstance(play, wire.Play)
    floor.exchange.on_event(wire.DigitsCollected(call="c1", play=play.play, digits="1"))
    await settle(floor)
    assert (speech.ended, state(floor)) == (["c1"], "queued")


async def test_a_caller_who_hangs_up_is_listened_to_no_more(floor: Floor, speech: FakeRecogniser) -> None:
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended")))
    await settle(floor)
    assert speech.ended == ["c1"]


async def test_a_recogniser_that_fails_or_hears_nothing_leaves_the_keys(
    floor: Floor, speech: FakeRecogniser, caplog: pytest.LogCaptureFixture
) -> None:
    assert speech.heard is not None
    speech.heard.set_exception(RuntimeError("no model"))
    await settle(floor)
    assert state(floor) == "arrived"
    assert "speech could not be recognised" in caplog.text
    play = floor.exchange.last(wire.Play)
    assert isinstance(play, wire.Play)
    floor.exchange.on_event(wire.DigitsCollected(call="c1", play=play.play, digits=""))
    await settle(floor)
    assert len(speech.asked) == 2
    speech.heard.set_result("")
    await settle(floor)
    assert state(floor) == "arrived"
