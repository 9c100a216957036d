from __future__ import annotations

import asyncio

import numpy as np

from agent_desktop.media.pcm import Pcm
from agent_desktop.switch.hearing import DUCKED, MUSIC
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene

ONE = [np.ones(320, np.int16)]


async def ticks() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def told(scene: Scene) -> list[str]:
    over: list[str] = []
    call = scene.table.calls[0]
    for name in ("a", "b"):
        scene.table.announcing.say(call, ONE, lambda name=name: over.append(name))  # type: ignore[misc]
    return over


def test_announcements_come_one_after_the_other() -> None:
    scene = Scene()
    scene.joined()
    over = told(scene)
    assert scene.desk.rows[CUSTOMER] == scene.desk.rows[AGENT] == {"c1/announcement1": 1.0}
    scene.hear_all()
    assert over == ["a"]
    assert scene.desk.rows[AGENT] == {"c1/announcement2": 1.0}
    scene.hear_all()
    assert over == ["a", "b"]
    assert scene.desk.rows[AGENT] == {CUSTOMER: 1.0}
    assert not [name for name in scene.desk.sources if "announcement" in name]


def test_an_announcement_is_over_when_its_call_is() -> None:
    scene = Scene()
    scene.joined()
    call = scene.table.calls[0]
    over = told(scene)
    source = scene.desk.sources["c1/announcement1"]
    scene.ends("in1")
    assert over == ["a", "b"]
    for _ in range(3):
        source.frame()  # its end comes late
    scene.table.announcing.say(call, ONE, lambda: over.append("late"))
    assert over == ["a", "b", "late"]
    nothing: list[Pcm] = []
    scene.table.announcing.say(call, nothing, lambda: over.append("nothing"))
    assert over[-1] == "nothing"


async def test_words_in_the_queue_duck_the_music_and_do_not_cut_it() -> None:
    scene = Scene()
    call = scene.waiting()
    scene.do(wire.Play(call=call, play="p1", then_music=True))
    await ticks()
    assert scene.desk.rows[CUSTOMER] == {MUSIC: 1.0}
    scene.do(wire.Play(call=call, play="p2", prompts=(wire.Prompt(text="x"),), then_music=True))
    assert scene.desk.rows[CUSTOMER] == {MUSIC: 1.0}  # until the words are made
    await ticks()
    assert scene.desk.rows[CUSTOMER] == {"c1/prompts": 1.0, MUSIC: DUCKED}
    scene.hear_all()
    assert scene.desk.rows[CUSTOMER] == {MUSIC: 1.0}
    assert [e.play for e in scene.all(wire.PlayEnded)] == ["p1", "p2"]


async def test_the_greeting_has_no_music_beneath_it() -> None:
    scene = Scene()
    call = scene.waiting()
    scene.do(wire.Play(call=call, play="p", prompts=(wire.Prompt(text="x"),), then_music=True))
    await ticks()
    assert scene.desk.rows[CUSTOMER] == {"c1/prompts": 1.0}
    scene.hear_all()
    scene.do(wire.Play(call=call, play="menu", prompts=(wire.Prompt(text="x"),), collect=1))
    await ticks()
    assert scene.desk.rows[CUSTOMER] == {"c1/prompts": 1.0}  # a menu is no announcement


async def test_a_code_is_gathered_to_its_end_key_and_words_need_not_be_cut() -> None:
    scene = Scene()
    call = scene.waiting()
    scene.do(
        wire.Play(
            call=call, play="p", prompts=(wire.Prompt(text="x"),), collect=8, collect_s=4, end_key="#",
            barge_in=False,
        )
    )  # fmt: skip
    await ticks()
    press = scene.desk.open[CUSTOMER]
    press("4")
    assert scene.desk.rows[CUSTOMER] == {"c1/prompts": 1.0}
    scene.hear_all()
    for digit in "711":
        scene.wait(3.9)  # the time is between the digits
        press(digit)
    press("#")
    (gathered,) = scene.all(wire.DigitsCollected)
    assert gathered.digits == "4711"
