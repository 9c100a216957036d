from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.conversation import (
    IN,
    LINE_LENGTH,
    NEVER,
    NOTE,
    OUT,
    Conversation,
    CustomerTied,
    DeliveryMoved,
    Followed,
    MergeChanged,
    Merged,
    Message,
    MessageAdded,
    MessagesRead,
    OwnerChanged,
    Recounted,
    Reopened,
    Resolved,
    Snoozed,
    SpeakerChanged,
    Started,
    TagsChanged,
    Unmerged,
    Unsplit,
    line,
    reopens_at,
    step,
)
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    CustomerId,
    Instant,
    MediumId,
    MessageId,
    QueueId,
)

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


AT = Instant(9.0)


def test_what_the_customer_wrote_is_unread_until_somebody_read_it_or_replied() -> None:
    wrote = added(added(NEW, message(IN, 1)), message(IN, 2))
    assert wrote.unread == 2
    assert step(wrote, MessagesRead(conversation=KEY, at=AT)).unread == 0
    assert added(wrote, message(OUT, 3, author="ana")).unread == 0
    machine = replace(message(OUT, 3), automatic=True)
    assert added(wrote, machine).unread == 2


def test_a_reply_does_not_open_what_is_closed() -> None:
    closed = step(added(NEW, message(IN)), Resolved(conversation=KEY, at=AT))
    assert added(closed, message(OUT, 3, author="ana")).state == "resolved"


def test_it_belongs_to_whom_it_was_given_and_stays_in_its_queue_unless_it_is_said() -> None:
    held = replace(NEW, queue=QueueId("mail"))
    mine = step(held, OwnerChanged(conversation=KEY, at=AT, owner=AgentId("ana")))
    assert (mine.owner, mine.queue) == ("ana", "mail")
    moved = step(mine, OwnerChanged(conversation=KEY, at=AT, owner=AgentId(""), queue=QueueId("sales")))
    assert (moved.owner, moved.queue) == ("", "sales")


def test_put_aside_until_a_time_or_until_the_customer_writes() -> None:
    aside = step(NEW, Snoozed(conversation=KEY, at=AT, until=Instant(50.0)))
    assert (aside.state, aside.snoozed_until) == ("snoozed", 50.0)
    for woken in (added(aside, message(IN, 10)), step(aside, Reopened(conversation=KEY, at=AT))):
        assert (woken.state, woken.snoozed_until) == ("open", NEVER)


def test_tags_followers_and_speakers_come_and_go_once_each() -> None:
    tagged = step(NEW, TagsChanged(conversation=KEY, at=AT, add=("a", "b", "a"), remove=("b",)))
    assert tagged.tags == ("a",)
    ana = Followed(conversation=KEY, at=AT, agent=AgentId("ana"))
    followed = step(step(NEW, ana), ana)
    assert followed.followers == ("ana",)
    assert step(followed, replace(ana, on=False)).followers == ()
    assert step(NEW, SpeakerChanged(conversation=KEY, at=AT, bot="Robin")).bot == "Robin"


def test_merged_and_unmerged_split_and_unsplit() -> None:
    other = ConversationId("v2")
    gone = step(NEW, Merged(conversation=KEY, at=AT, into=other))
    assert gone.merged_into == other
    assert step(gone, Unmerged(conversation=KEY, at=AT)).merged_into == ""
    took = MergeChanged(conversation=KEY, at=AT, other=other)
    assert step(step(NEW, took), took).merged == (other,)
    assert step(step(NEW, took), replace(took, on=False)).merged == ()
    assert step(replace(NEW, split_from=other), Unsplit(conversation=KEY, at=AT)).split_from == ""
    counted = Recounted(
        conversation=KEY, at=AT, messages=3, last_line="Hi", last_message=MessageId("m"), unread=1
    )
    after = step(NEW, counted)
    assert (after.messages, after.last_line, after.last_message, after.unread) == (3, "Hi", "m", 1)


def test_what_a_customer_opens_again_and_again_opens_at_most_so_often_in_an_hour() -> None:
    thread = added(NEW, message(IN, 1))
    for number in range(2, 8):
        thread = step(thread, Resolved(conversation=KEY, at=Instant(float(number))))
        thread = added(thread, message(IN, number))
    assert reopens_at(thread, Instant(8.0)) == 3602.0
    assert reopens_at(thread, Instant(3700.0)) == 3700.0
    assert reopens_at(added(NEW, message(IN, 1)), Instant(2.0)) == 2.0


@given(st.text())
def test_a_line_is_one_short_line(text: str) -> None:
    found = line(text)
    assert len(found) <= LINE_LENGTH
    assert found.splitlines() in ([], [found])
    assert line(found) == found.strip()
