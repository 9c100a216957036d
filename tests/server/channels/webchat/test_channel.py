"""The chat as the router's channel and as the visitor's partner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent_desktop.domain.conversation import NOTE, SYSTEM
from agent_desktop.errors import StorageError
from agent_desktop.server.channels.webchat.protocol import is_token, thread_of


async def test_a_visitor_gets_a_secret_and_the_record_only_its_hash(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    assert is_token(widget.token)
    assert chat.thread == thread_of("demo", widget.token)
    assert widget.token not in repr(chat.centre.record)


async def test_two_visitors_do_not_see_each_other(chat: Any) -> None:
    one, two = await chat.seated(), await chat.seated()
    await chat.say(one, "My address is Fjordgate 1")
    await two.settle()
    assert two.messages == {}
    assert one.token != two.token


async def test_a_token_that_is_not_ours_is_replaced(chat: Any) -> None:
    widget = chat.visitor()
    widget.token = "guess"
    widget.connect()
    await widget.settle()
    assert is_token(widget.token)


async def test_the_welcome_says_who_we_are_and_how_it_stands(chat: Any) -> None:
    welcome = (await chat.seated()).of("welcome")[0]
    assert (welcome["title"], welcome["greeting"]) == ("Nordlight help", "Hello! What can we do for you?")
    assert welcome["queue"] == {"ready": 1, "waiting": 0, "answers_s": None}


async def test_the_ack_comes_after_the_commit_and_not_without_it(chat: Any) -> None:
    widget = await chat.seated()
    chat.centre.full = True
    await chat.say(widget, "Hello")
    refused = widget.of("refused")[0]
    assert (refused["reason"], refused["retry_ms"]) == ("not_saved", 5000)
    assert widget.of("ack") == []
    assert widget.pending
    chat.centre.full = False
    widget.pump()
    await widget.settle()
    assert widget.of("ack")
    assert widget.texts == ["Hello"]


async def test_the_agents_message_appears_and_says_who(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    state = await chat.channel.send(chat.centre.agent_writes(chat.thread, "Hi Jordan"))
    await widget.settle()
    assert state == "sent"
    assert [frame["name"] for frame in widget.of("agent")] == ["Chen Wei"]
    assert widget.of("message")[-1]["name"] == "Chen Wei"
    assert widget.of("read")[-1]["seq"] == 1


async def test_a_message_is_shown_once_however_often_the_outbox_sends_it(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    outgoing = chat.centre.agent_writes(chat.thread, "Hi")
    for _ in range(3):
        await chat.channel.send(outgoing)
    await widget.settle()
    assert [frame["text"] for frame in widget.of("message")] == ["Hello", "Hi"]


async def test_a_message_to_a_visitor_who_is_away_waits_in_the_record(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    await widget.cut()
    chat.restart()
    assert await chat.channel.send(chat.centre.agent_writes(chat.thread, "Hi")) == "sent"
    widget.channel = chat.channel
    widget.connect()
    await widget.settle()
    assert widget.texts == ["Hello", "Hi"]
    assert widget.of("welcome")[-1]["reset"]


async def test_a_note_is_never_shown_and_a_notice_is(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    note = chat.centre.agent_writes(chat.thread, "he was rude", direction=NOTE)
    await chat.channel.send(note)
    await chat.channel.send(chat.centre.agent_writes(chat.thread, "Passed to billing", direction=SYSTEM))
    await widget.settle()
    assert widget.texts == ["Hello", "Passed to billing"]
    assert widget.of("message")[-1]["from"] == "notice"


async def test_typing_goes_both_ways_and_not_too_often(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    for _ in range(5):
        widget.tell("typing", on=True)
    widget.tell("typing", on=False)
    await widget.settle()
    assert [what for what in chat.centre.heard if what[0] == "typing"] == [
        ("typing", True),
        ("typing", False),
    ]
    chat.channel.agent_typing(chat.thread, typing=True)
    await widget.settle()
    assert widget.of("typing")[-1]["on"] is True


async def test_typing_ends_when_the_widget_falls_silent(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    widget.tell("typing", on=True)
    await widget.settle()
    chat.clock.now += 8.0
    await chat.channel.sweep()
    assert chat.centre.heard[-1] == ("typing", False)


async def test_the_agent_learns_whether_the_window_is_open(chat: Any) -> None:
    widget = await chat.seated(open=True)
    await chat.say(widget, "Hello")
    widget.tell("window", open=False)
    await widget.settle()
    widget.tell("window", open=True)
    await widget.settle()
    await widget.cut()
    told = [what[1] for what in chat.centre.heard if what[0] == "present"]
    assert told == [True, False, True, False]


async def test_a_visitor_without_a_word_is_nobody(chat: Any) -> None:
    widget = await chat.seated(open=True)
    widget.tell("typing", on=True)
    widget.tell("leave")
    await widget.settle()
    await widget.cut()
    assert chat.centre.heard == []


async def test_delivered_and_read_come_from_the_widget(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    outgoing = chat.centre.agent_writes(chat.thread, "Hi")
    await chat.channel.send(outgoing)
    for seen in (False, False, True, True):
        widget.tell("have", seq=99, seen=seen)
    await widget.settle()
    known = outgoing.message.external_id
    assert [what for what in chat.centre.heard if what[0] == "delivery"] == [
        ("delivery", known, "delivered"),
        ("delivery", known, "read"),
    ]


async def test_who_leaves_is_told_good_bye(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    widget.tell("leave")
    await widget.settle()
    assert chat.centre.heard[-1] == ("left", chat.thread)
    assert widget.of("left")
    assert widget.connection.outbox.closing == (1000, "Good bye.")


async def test_the_time_to_an_answer_is_measured_and_never_invented(chat: Any) -> None:
    for wait_s in (60.0, 100.0, 300.0):
        assert chat.channel.queue().answers_s is None
        widget = await chat.seated()
        await chat.say(widget, "Hello")
        chat.clock.now += wait_s
        thread = thread_of("demo", widget.token)
        await chat.channel.send(chat.centre.agent_writes(thread, "Hi"))
    assert chat.channel.queue().answers_s == 100


async def test_the_queue_is_told_when_it_moves(chat: Any) -> None:
    widget = await chat.seated()
    chat.centre.answers = (0, 3)
    await chat.channel.sweep()
    await chat.channel.sweep()
    await widget.settle()
    assert widget.of("queue") == [{"type": "queue", "ready": 0, "waiting": 3, "answers_s": None}]


async def test_too_many_messages_wait_and_are_not_lost(chat: Any) -> None:
    widget = await chat.seated()
    for number in range(11):
        await chat.say(widget, f"message {number}")
    refused = widget.of("refused")
    assert [frame["reason"] for frame in refused] == ["too_fast"]
    assert refused[0]["retry_ms"] > 0
    chat.clock.now += refused[0]["retry_ms"] / 1000
    widget.pump()
    await widget.settle()
    assert widget.texts == [f"message {number}" for number in range(11)]


@pytest.mark.parametrize(("text", "reason"), [("x" * 4001, "too_long"), (" \n\x00\x07 ", "empty")])
async def test_a_text_that_is_no_message_is_refused_for_good(chat: Any, text: str, reason: str) -> None:
    widget = await chat.seated()
    await chat.say(widget, text)
    assert (widget.of("refused")[0]["reason"], widget.of("refused")[0]["retry_ms"]) == (reason, 0)
    assert chat.centre.record == {}


async def test_four_thousand_characters_of_any_alphabet_are_one_message(chat: Any) -> None:
    widget = await chat.seated()
    text = "語\U0001f4a1" * 2000
    await chat.say(widget, text)
    assert widget.texts == [text]


async def test_control_characters_do_not_reach_the_agent(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, " a\x00b\x1b[31mc\r\nd\te\x7f ")
    assert widget.texts == ["ab[31mc\nd\te"]


async def test_a_tenth_window_is_welcome_and_an_eleventh_is_not(chat: Any) -> None:
    first = await chat.seated()
    for number in range(2, 12):
        widget = chat.visitor()
        widget.token = first.token
        widget.connect()
        await widget.settle()
        assert (widget.connection.outbox.closing is None) == (number <= 10)
    assert widget.connection.outbox.closing[0] == 1013


async def test_idle_rooms_are_forgotten_and_the_record_is_not(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    await widget.cut()
    chat.clock.now += 600.0
    await chat.channel.sweep()
    assert chat.channel._rooms == {}
    widget.connect()
    await widget.settle()
    assert widget.texts == ["Hello"]


async def test_a_reader_that_is_too_slow_is_asked_to_come_again(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    for number in range(1001):
        await chat.channel.send(chat.centre.agent_writes(chat.thread, f"{number}"))
    assert widget.connection.outbox.closing[0] == 1013
    assert widget.connection.outbox.take() is None
    assert widget.connection.outbox.overflowed.is_set()


async def test_stopping_asks_every_widget_to_come_back(chat: Any) -> None:
    await chat.channel.start(chat.centre)
    widget = await chat.seated()
    await chat.channel.stop()
    assert widget.connection.outbox.closing == (1012, "We are back in a moment.")
    late = chat.channel.connect()
    assert late.outbox.closing[0] == 1012


async def test_our_messages_are_known_by_their_id_before_they_are_sent(chat: Any) -> None:
    assert chat.channel.external_id("m7") == "m7"


async def test_a_history_of_very_long_answers_still_fits_into_one_welcome(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    await widget.cut()
    for number in range(60):
        await chat.channel.send(chat.centre.agent_writes(chat.thread, f"{number} " + "x" * 50_000))
    widget.connect()
    await widget.settle()
    assert widget.of("welcome")[-1]["reset"]
    assert widget.connection.outbox.closing is None
    assert widget.texts[-1].startswith("59 ")
    assert len(widget.texts) == 19


async def test_a_disk_that_is_full_while_reading_is_told_asks_the_widget_to_come_again(
    chat: Any, monkeypatch: Any
) -> None:
    async def full(*_: Any) -> None:
        raise StorageError("The disk is full.")

    widget = await chat.seated()
    await chat.say(widget, "Hello")
    await chat.channel.send(chat.centre.agent_writes(chat.thread, "Hi"))
    monkeypatch.setattr(chat.centre, "delivery_moved", full)
    widget.tell("have", seq=2, seen=True)
    await widget.settle()
    assert widget.connection.outbox.closing == (1011, "Something failed here. Connect again.")


async def test_who_comes_back_while_the_agent_types_sees_it(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    chat.channel.agent_joined(chat.thread, "Chen Wei")
    chat.channel.agent_typing(chat.thread, typing=True)
    await widget.cut()
    widget.connect()
    await widget.settle()
    assert widget.of("welcome")[-1]["agent"] == "Chen Wei"
    assert widget.of("typing")[-1] == {"type": "typing", "on": True, "name": "Chen Wei"}


async def test_what_was_read_before_a_restart_is_not_told_again(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "Hello")
    chat.centre.agent_writes(chat.thread, "Hi")
    record = chat.centre.record[chat.thread]
    record[-1] = replace(record[-1], delivery="read")
    await widget.cut()
    chat.restart()
    widget.channel = chat.channel
    widget.connect()
    widget.tell("have", seq=2, seen=True)
    await widget.settle()
    assert [what for what in chat.centre.heard if what[0] == "delivery"] == []
    assert widget.of("welcome")[-1]["read"] == 1
