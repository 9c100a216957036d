"""Prompts and touch-tones at the edges, with doubles and a clock of our own."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.media.pcm import Pcm
from agent_desktop.wire import switch as wire

from .fakes import CUSTOMER, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_what_was_asked_for_last_is_played(scene: Scene) -> None:
    scene.waiting()
    prompt = (wire.Prompt(text="a"),)
    scene.do(wire.Play(call="c1", play="one", prompts=prompt))
    scene.do(wire.Play(call="c1", play="two", prompts=prompt, then_music=True))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert scene.desk.rows[CUSTOMER] == {"c1/prompts": 1.0}
    scene.hear_all()
    assert [event.play for event in scene.all(wire.PlayEnded)] == ["two"]
    assert scene.desk.rows[CUSTOMER] == {"music": 1.0}
    assert set(scene.desk.sources) == {"ringback"}


async def test_keys_are_waited_for_after_the_prompt_and_each_key_gives_more_time(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.Play(call="c1", play="p", prompts=(wire.Prompt(text="a"),), collect=3, collect_s=4))
    await asyncio.sleep(0)
    scene.wait(60)
    assert not scene.all(wire.DigitsCollected)
    scene.hear_all()
    scene.wait(3)
    scene.desk.open[CUSTOMER]("1")
    scene.wait(3)
    scene.desk.open[CUSTOMER]("2")
    scene.wait(4)
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["12"]
    scene.desk.open[CUSTOMER]("3")
    scene.wait(60)
    assert len(scene.all(wire.DigitsCollected)) == 1


async def test_stopping_gives_silence_and_waits_for_no_digits(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.Play(call="c1", play="p", prompts=(wire.Prompt(text="a"),), then_music=True, collect=1))
    await asyncio.sleep(0)
    scene.do(wire.StopPlay(call="c1"))
    assert scene.desk.rows[CUSTOMER] == {}
    scene.wait(60)
    assert not scene.all(wire.DigitsCollected)


async def test_a_key_before_the_words_are_made_counts_and_skips_them(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.Play(call="c1", play="p", prompts=(wire.Prompt(text="a"),), collect=2))
    scene.desk.open[CUSTOMER]("1")
    await asyncio.sleep(0)
    scene.hear_all()
    scene.desk.open[CUSTOMER]("2")
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["12"]
    assert [event.play for event in scene.all(wire.PlayEnded)] == ["p"]


async def test_all_keys_before_the_words_are_made_need_no_words(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.Play(call="c1", play="p", prompts=(wire.Prompt(text="a"),), collect=1, then_music=True))
    scene.desk.open[CUSTOMER]("1")
    await asyncio.sleep(0)
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["1"]
    assert [event.play for event in scene.all(wire.PlayEnded)] == ["p"]
    assert scene.desk.rows[CUSTOMER] == {"music": 1.0}


async def test_words_that_cannot_be_made_do_not_stop_the_flow(scene: Scene) -> None:
    async def broken(prompts: object) -> list[Pcm]:
        raise ValueError("broken")

    scene.waiting()
    scene.speaking.sound_of = broken  # type: ignore[method-assign]  # breaks it on purpose
    scene.do(wire.Play(call="c1", play="p", prompts=(wire.Prompt(text="a"),)))
    await asyncio.sleep(0)
    assert [event.play for event in scene.all(wire.PlayEnded)] == ["p"]


async def test_an_end_key_ends_the_gathering_and_is_no_digit(scene: Scene) -> None:
    scene.waiting()
    prompts = (wire.Prompt(text="a"),)
    scene.do(wire.Play(call="c1", play="p", prompts=prompts, collect=9, end_key="#"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for key in "12#":
        scene.desk.open[CUSTOMER](key)
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["12"]
    assert not scene.all(wire.KeysPressed)


async def test_words_that_must_be_heard_are_not_cut_short_by_a_key(scene: Scene) -> None:
    scene.waiting()
    prompts = (wire.Prompt(text="a"),)
    scene.do(wire.Play(call="c1", play="p", prompts=prompts, collect=2, barge_in=False))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    scene.desk.open[CUSTOMER]("1")
    assert scene.desk.sources["c1/prompts"].frame() is not None
    scene.hear_all()
    scene.desk.open[CUSTOMER]("2")
    assert [event.digits for event in scene.all(wire.DigitsCollected)] == ["12"]
