"""Prompts to a customer who types, with doubles and a clock of our own."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.switch import telling
from agent_desktop.switch.hearing import MUSIC
from agent_desktop.switch.said import SYSTEM
from agent_desktop.wire import switch as wire

from .fakes import CUSTOMER, Scene
from .typist import Typist, with_text

MENU = (wire.Prompt(text="Press 1 for orders."), wire.Prompt(text="0 is a person."))
WORDS = "Press 1 for orders. 0 is a person."


@pytest.fixture
def scene() -> Scene:
    return Scene()


def customer(scene: Scene, carrier: str = "tty", *, typed: bool = True) -> Typist:
    """Somebody who waits and types."""
    scene.waiting()
    if carrier == "rtt":
        scene.b2bua.happened(sip.MediaChanged(LegId("in1"), with_text(), by_peer=True))
    made = Typist(scene, CUSTOMER, carrier)  # type: ignore[arg-type]  # a carrier
    if typed:
        made.types("HELLO GA", passes=True)
    return made


async def play(scene: Scene, play: str = "p", **more: object) -> None:
    scene.do(wire.Play(call="c1", play=play, prompts=MENU, **more))  # type: ignore[arg-type]  # keywords of Play
    for _ in range(3):
        await asyncio.sleep(0)


def plays(scene: Scene) -> list[str]:
    return [event.play for event in scene.all(wire.PlayEnded)]


def speaks(scene: Scene) -> bool:
    return "c1/prompts" in scene.desk.sources


async def test_a_textphone_is_told_instead_of_spoken_to_and_given_the_turn(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene, collect=1)
    assert typist.desk.written == [(SYSTEM, f"{WORDS} GA")]
    assert not speaks(scene)
    assert plays(scene) == []
    typist.sending(30)
    typist.sending(0)
    assert plays(scene) == ["p"]


async def test_words_that_ask_for_nothing_end_their_line(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene, then_music=True)
    assert typist.desk.text == f"{WORDS}\n"


async def test_words_that_only_listen_for_a_key_keep_the_turn(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene, collect=1, awaits=False)
    assert typist.desk.text == f"{WORDS}\n"


async def test_letters_stand_beside_the_spoken_words_also_before_anything_was_typed(scene: Scene) -> None:
    typist = customer(scene, "rtt", typed=False)
    await play(scene, collect=1)
    assert typist.desk.written == [(SYSTEM, f"{WORDS}\n")]
    assert speaks(scene)
    scene.hear_all()
    assert plays(scene) == ["p"]


async def test_where_a_textphone_is_only_expected_words_are_typed_and_then_spoken(scene: Scene) -> None:
    typist = customer(scene, typed=False)
    scene.do(wire.SetCallText(call="c1", carrier="tty"))
    await play(scene)
    assert not speaks(scene)
    typist.sending(9)
    typist.sending(0)
    assert speaks(scene)
    assert plays(scene) == []
    scene.hear_all()
    assert plays(scene) == ["p"]


async def test_who_may_have_a_textphone_is_asked_once_by_tones_round_the_words(scene: Scene) -> None:
    typist = customer(scene, typed=False)
    scene.do(wire.SetCallText(call="c1", carrier="ask"))
    await play(scene)
    assert typist.desk.text == telling.HD
    typist.sending(2)
    typist.sending(0)
    scene.hear_all()
    assert typist.desk.text == telling.HD + telling.DIAL_1
    typist.sending(6)
    typist.sending(0)
    assert plays(scene) == ["p"]
    await play(scene, "again")
    assert typist.desk.text == telling.HD + telling.DIAL_1
    assert speaks(scene)


async def test_a_typed_digit_is_the_key_of_a_menu(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene, collect=1)
    typist.sending(9)
    typist.sending(0)
    typist.types("1")
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["1"]
    assert not scene.all(wire.KeysPressed)
    assert typist.desk.finished == 1


async def test_digits_in_a_sentence_are_no_keys(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene, collect=1)
    typist.types("I HAVE 2 LAMPS GA", passes=True)
    assert not scene.all(wire.DigitsCollected)


async def test_the_end_of_a_typed_line_ends_a_number(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene, collect=9, end_key="#")
    typist.types("4711 GA", passes=True)
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["4711"]


async def test_a_key_ends_words_that_are_being_typed(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene, collect=2)
    typist.sending(9)
    scene.desk.open[CUSTOMER]("1")
    assert typist.desk.taken_back == 1
    assert plays(scene) == ["p"]
    scene.desk.open[CUSTOMER]("2")
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["12"]


async def test_who_types_has_twice_the_time_and_is_let_finish(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene, collect=3, collect_s=5)
    typist.sending(9)
    typist.sending(0)
    scene.wait(5.5)
    assert not scene.all(wire.DigitsCollected)
    typist.state = type(typist.state)(carrier="tty", is_found=True, is_typing=True)
    typist.types("1")
    scene.wait(10.5)
    assert not scene.all(wire.DigitsCollected)
    typist.state = type(typist.state)(carrier="tty", is_found=True)
    typist.ends_line()
    scene.wait(10.5)
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["1"]


async def test_words_on_a_line_that_carries_nothing_are_over_after_a_while(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene)
    typist.sending(30)
    scene.wait(120)
    assert plays(scene) == ["p"]


async def test_a_prompt_without_words_is_spoken_also_to_who_types(scene: Scene) -> None:
    typist = customer(scene)
    scene.do(wire.Play(call="c1", play="p", prompts=(wire.Prompt(file="a.wav"),)))
    for _ in range(3):
        await asyncio.sleep(0)
    assert typist.desk.text == ""
    assert speaks(scene)


async def test_a_textphone_that_waits_hears_no_music(scene: Scene) -> None:
    typist = customer(scene, typed=False)
    await play(scene, then_music=True)
    scene.hear_all()
    assert scene.desk.rows[CUSTOMER] == {MUSIC: 1.0}
    typist.types("HELLO GA", passes=True)
    assert scene.desk.rows[CUSTOMER] == {}


async def test_a_later_play_takes_back_what_has_not_gone_out(scene: Scene) -> None:
    typist = customer(scene)
    await play(scene)
    typist.sending(30)
    await play(scene, "two")
    assert typist.desk.taken_back == 1
    typist.sending(0)
    typist.sending(30)
    typist.sending(0)
    assert plays(scene) == ["two"]


async def test_what_everybody_is_told_is_typed_as_well(scene: Scene) -> None:
    typist = customer(scene)
    call = scene.table.calls_by_id["c1"]
    scene.table.telling.tell(call, (wire.Prompt(text="This call is recorded."),))
    assert typist.desk.text == "This call is recorded.\n"


async def test_words_that_a_textphone_did_not_hear_are_typed_from_the_beginning(scene: Scene) -> None:
    typist = customer(scene, typed=False)
    await play(scene, collect=1)
    assert speaks(scene)
    typist.types("HELLO GA", passes=True)
    assert not speaks(scene)
    assert typist.desk.text == f"{WORDS} GA"
    typist.sending(30)
    typist.sending(0)
    assert plays(scene) == ["p"]


async def test_a_question_that_was_spoken_to_a_textphone_is_asked_again_in_tones(scene: Scene) -> None:
    typist = customer(scene, typed=False)
    await play(scene, collect=1, collect_s=5)
    scene.hear_all()
    scene.wait(3)
    typist.types("HELLO GA", passes=True)
    assert typist.desk.text == f"{WORDS} GA"
    scene.wait(20)
    assert not scene.all(wire.DigitsCollected)
    typist.sending(9)
    typist.sending(0)
    typist.types("0")
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["0"]


async def test_who_answers_with_the_first_signs_is_not_told_again(scene: Scene) -> None:
    typist = customer(scene, typed=False)
    await play(scene, collect=1)
    typist.types("1")
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["1"]
    assert typist.desk.taken_back == 1
    assert plays(scene) == ["p"]
