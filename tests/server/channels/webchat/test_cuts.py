"""However often the wire breaks and the router restarts, both sides end with the same transcript."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

# The first step does nothing: a failing history shrinks to its point.
STEPS = (
    "wait", "settle", "settle", "visitor says", "visitor says", "agent writes", "agent writes",
    "outbox sends", "cut", "connect", "connect", "restart", "up", "down", "second window",
)  # fmt: skip


async def play(chat: Any, steps: list[str]) -> tuple[Any, list[Any], list[str]]:
    widgets = [chat.visitor()]
    said: list[str] = []
    widgets[0].connect()
    await widgets[0].settle()

    def thread() -> str | None:
        return next(iter(chat.centre.record), None)

    async def send_one() -> None:
        if chat.centre.outbox:
            await chat.channel.send(chat.centre.outbox[0])
            chat.centre.outbox.pop(0)

    for number, step in enumerate(steps):
        widget = widgets[number % len(widgets)]
        match step:
            case "visitor says":
                said.append(f"visitor {number}")
                widgets[0].say(said[-1])
                widgets[0].pump()
            case "agent writes" if (key := thread()) is not None:
                said.append(f"agent {number}")
                chat.centre.agent_writes(key, said[-1])
            case "outbox sends":
                await send_one()
            case "cut":
                await widget.cut()
            case "connect" if widget.connection is None:
                widget.connect()
                await widget.send_up()
            case "restart":
                for one in widgets:
                    await one.cut()
                chat.restart()
                for one in widgets:
                    one.channel = chat.channel
            case "settle":
                chat.clock.now += 60.0
                widget.pump()
                await widget.settle()
            case "up":
                await widget.send_up()
            case "down":
                widget.take_down()
            case "second window" if len(widgets) == 1 and widgets[0].token:
                widgets.append(chat.visitor())
                widgets[1].token = widgets[0].token
                widgets[1].connect()
    # The weather clears: everybody connects, everything is sent.
    while chat.centre.outbox:
        await send_one()
    for widget in widgets:
        if widget.connection is None:
            widget.connect()
    for _ in range(2 + len(said)):
        for widget in widgets:
            chat.clock.now += 60.0
            widget.pump()
            await widget.settle()
    return thread(), widgets, said


@settings(max_examples=200)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=40, max_size=80))
def test_nothing_is_lost_and_nothing_is_doubled_at_any_cut(new_chat: Any, steps: list[str]) -> None:
    chat = new_chat()
    thread, widgets, said = asyncio.run(play(chat, steps))
    record = [one.text for one in chat.centre.record.get(thread, [])]
    assert Counter(record) == Counter(said)
    assert [text for text in record if text.startswith("visitor")] == [
        text for text in said if text.startswith("visitor")
    ], "the visitor's order is kept"
    for widget in widgets:
        assert widget.pending == []
        assert widget.texts == record


@pytest.mark.parametrize("lost", ["up", "down"])
async def test_a_message_whose_frame_or_ack_was_lost_is_said_again_and_acts_once(
    chat: Any, lost: str
) -> None:
    widget = await chat.seated()
    widget.say("Is the blue lamp back?")
    widget.pump()
    if lost == "down":
        await widget.send_up()
    await widget.cut()
    widget.connect()
    await widget.settle()
    assert [one.text for one in chat.centre.record[chat.thread]] == ["Is the blue lamp back?"]
    assert widget.texts == ["Is the blue lamp back?"]
    assert widget.pending == []


async def test_an_answer_that_waited_in_the_outbox_is_not_lost_behind_a_younger_message(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "one")
    late = chat.centre.agent_writes(chat.thread, "two")  # committed, not sent yet
    await chat.say(widget, "three")
    await widget.cut()
    await chat.channel.send(late)
    widget.connect()
    await widget.settle()
    assert widget.texts == ["one", "two", "three"]
    assert not widget.of("welcome")[-1]["reset"]


async def test_a_notice_that_only_the_record_knows_is_shown_to_who_comes_back(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "one")
    chat.centre.agent_writes(chat.thread, "Passed to billing")  # and nobody sends it
    await widget.cut()
    widget.connect()
    await widget.settle()
    assert widget.texts == ["one", "Passed to billing"]
    assert not widget.of("welcome")[-1]["reset"]


async def test_after_a_restart_an_older_answer_that_was_never_shown_is_shown(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "one")
    chat.centre.agent_writes(chat.thread, "two")
    await chat.say(widget, "three")
    await widget.cut()
    chat.restart()
    widget.channel = chat.channel
    widget.connect()
    await widget.settle()
    assert widget.of("welcome")[-1]["reset"]
    assert widget.texts == ["one", "two", "three"]
