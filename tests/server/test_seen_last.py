"""What counts as newer than what somebody saw last, when it was a note, or when more was said since."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.wire import commands, inbox
from tests.server.floor import ANA, BEN
from tests.server.inboxed import Policies, reply


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Policies]:
    floor = Policies(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, ready=False)
    yield floor
    await floor.stop()


async def test_a_note_or_a_line_of_a_rule_that_was_seen_last_is_seen_like_what_was_said_before_it(
    floor: Policies,
) -> None:
    thread = await floor.taken()
    await floor.wait(1.0)
    await floor.said(ANA, commands.AddNote(message="n1", conversation=thread, text="Part 7731."))
    await floor.wait(1.0)
    await floor.said(ANA, reply(thread, after_message="n1"))
    await floor.wait(1.0)
    await floor.mail("<2@out>", references=(floor.messages(thread)[0].external_id,))
    assert await floor.refused(ANA, reply(thread, message="m2", after_message="n1")) == "newer_message"
    resolve = inbox.ResolveConversation(conversation=thread, after_message="n1")
    assert await floor.refused(ANA, resolve) == "conflict"


async def test_what_the_customer_wrote_is_not_hidden_by_an_answer_after_it(tmp_path: Path) -> None:
    """An acknowledgement, or one's own other reply, comes after what was not read yet."""
    floor = Policies(tmp_path / "open.db", "open")
    await floor.start()
    await floor.sign_in(ANA, BEN, ready=False)
    thread = await floor.taken()
    seen = floor.thread(thread).last_message
    await floor.wait(1.0)
    await floor.mail("<2@out>", references=(floor.messages(thread)[0].external_id,))
    await floor.wait(1.0)
    await floor.said(ANA, reply(thread, message="m1"))
    late = reply(thread, message="m2", after_message=seen)
    assert await floor.refused(ANA, late) == "newer_message"
    done = inbox.ResolveConversation(conversation=thread, after_message=seen)
    assert await floor.refused(ANA, done) == "conflict"
    await floor.said(ANA, reply(thread, message="m3", after_message="m1"))
    await floor.stop()


async def test_a_reply_after_one_that_was_called_back_counts_what_was_said_last(floor: Policies) -> None:
    thread = await floor.taken()
    await floor.wait(1.0)
    await floor.said(ANA, reply(thread, message="m1", held_s=10.0))
    await floor.said(ANA, inbox.CancelMessage(conversation=thread, message="m1"))
    answer = await floor.do(ANA, reply(thread, message="m2", after_message="m1"))
    assert answer.code == "newer_message"  # nobody knows any more what was seen: it is asked once
    await floor.said(ANA, reply(thread, message="m2", after_message="m1", despite=("newer_message",)))
