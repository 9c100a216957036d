from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.conversation import (
    IN,
    LINE_LENGTH,
    NOTE,
    OUT,
    Conversation,
    CustomerTied,
    DeliveryMoved,
    Message,
    MessageAdded,
    Resolved,
    Started,
    line,
    step,
)
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, Instant, MediumId, MessageId

KEY, EMAIL = ConversationId("v1"), MediumId("email")
NEW = Conversation(id=KEY, medium=EMAIL, updated_at=Instant(1.0))


def message(
    direction: str, number: int = 1, *, author: str = "", subject: str = "", text: str = "Hi"
) -> Message:
    return Message(
        id=MessageId(f"m{number}"),
        conversation=KEY,
        medium=EMAIL,
        direction=direction,
        at=Instant(float(number)),
        text=text,
        author=AgentId(author),
        subject=subject,
    )


def added(before: Conversation, one: Message) -> Conversation:
    return step(before, MessageAdded(conversation=KEY, at=one.at, message=one))


def test_a_thread_begins_with_its_value() -> None:
    assert step(None, Started(conversation=KEY, at=Instant(1.0), value=NEW)) == NEW


def test_nothing_happens_to_a_thread_that_did_not_begin() -> None:
    with pytest.raises(ValueError, match="v1"):
        step(None, Resolved(conversation=KEY, at=Instant(1.0)))


def test_a_message_opens_the_thread_again_and_is_its_last_line() -> None:
    resolved = step(NEW, Resolved(conversation=KEY, at=Instant(2.0)))
    assert (resolved.state, resolved.updated_at) == ("resolved", 2.0)
    after = added(resolved, message(IN, 3, text=" Where\n is\tit? "))
    assert (after.state, after.last_line, after.last_message, after.messages) == (
        "open",
        "Where is it?",
        "m3",
        1,
    )


def test_a_note_counts_and_changes_nothing_that_the_customer_sees() -> None:
    before = step(added(NEW, message(IN)), Resolved(conversation=KEY, at=Instant(2.0)))
    after = added(before, message(NOTE, 3, author="ana"))
    assert after == replace(before, messages=2, updated_at=Instant(3.0))


def test_the_one_who_answered_last_is_kept() -> None:
    answered = added(added(NEW, message(OUT, 1, author="ana")), message(OUT, 2, author="ben"))
    assert added(answered, message(IN, 3)).agent == "ben"


def test_the_first_subject_is_kept() -> None:
    after = added(added(NEW, message(IN, 1, subject="A lamp")), message(IN, 2, subject="Re: A lamp"))
    assert after.subject == "A lamp"


def test_it_becomes_known_who_it_is() -> None:
    tied = CustomerTied(conversation=KEY, at=Instant(2.0), customer=CustomerId("k"), customer_name="Amina")
    after = step(NEW, tied)
    assert (after.customer, after.customer_name) == ("k", "Amina")


def test_a_delivery_state_is_the_messages_and_leaves_the_thread_as_it_is() -> None:
    moved = DeliveryMoved(conversation=KEY, at=Instant(2.0), message=MessageId("m1"), delivery="sent")
    assert step(NEW, moved) == NEW


@given(st.text())
def test_a_line_is_one_short_line(text: str) -> None:
    found = line(text)
    assert len(found) <= LINE_LENGTH
    assert found.splitlines() in ([], [found])
    assert line(found) == found.strip()
