"""What is as usual is left out of a document; nothing is lost by it, and older documents are read."""

from __future__ import annotations

import dataclasses
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.call import Call
from agent_desktop.domain.conversation import Attachment, Conversation, Message, MessageAdded, Started
from agent_desktop.domain.decision import Considered, Decision
from agent_desktop.domain.interaction import Arrived, Interaction, Offer
from agent_desktop.domain.types import (
    AgentId,
    CallId,
    ChannelId,
    ConversationId,
    Instant,
    InteractionId,
    MediumId,
    MessageId,
    OfferId,
    QueueId,
    Seconds,
    SkillId,
)
from agent_desktop.errors import StorageError
from agent_desktop.ports.storage import DomainEvent
from agent_desktop.server.storage import eventlog
from agent_desktop.server.storage.documents import INTERACTION, read, written

WHOLE = msgspec.json.Decoder(Interaction)  # how an older program wrote it and read it
LEAST = Interaction(id=InteractionId("i1"), medium=MediumId("email"))
DECISION = Decision(
    cause="work",
    agent=AgentId("ana"),
    queue=QueueId("mail"),
    at=Instant(3.0),
    waiting=1,
    free=2,
    considered=(Considered(id="ana", score="idle 0:03"),),
)
OFFER = Offer(
    id=OfferId("o1"),
    agent=AgentId("ana"),
    offered_at=Instant(3.0),
    expires_at=Instant(9.0),
    reasons=("Größe \u2265 2",),
    decision=DECISION,
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
floats = st.floats(0, 2e9)
work = st.builds(
    Interaction,
    id=texts.map(InteractionId),
    medium=st.just(MediumId("voice")),
    channel=texts.map(ChannelId),
    state=texts,
    subject=texts,
    skills=st.dictionaries(texts.map(SkillId), st.integers(0, 5), max_size=2),
    priority=st.integers(1, 99),
    path=st.lists(texts, max_size=2).map(tuple),
    offer=st.sampled_from([None, OFFER]),
    decision=st.sampled_from([None, DECISION]),
    call=st.sampled_from([None, Call(id=CallId("c1"), to_number="5551000")]),
    queued_at=floats.map(Instant),
    held_s=floats.map(Seconds),
    disposition_values=st.dictionaries(texts, texts, max_size=2),
    survey=st.booleans(),
)


@given(work)
def test_nothing_is_lost(value: Interaction) -> None:
    assert read(INTERACTION, written(value)) == value
    assert WHOLE.decode(written(value)) == value, "an older program reads it too"


@given(work)
def test_a_document_with_every_field_is_read(value: Interaction) -> None:
    assert read(INTERACTION, msgspec.json.encode(value).decode()) == value


def test_only_what_is_not_as_usual_is_said() -> None:
    assert json.loads(written(LEAST)) == {"id": "i1", "medium": "email"}
    assert json.loads(written(dataclasses.replace(LEAST, priority=70))) == {
        "id": "i1",
        "medium": "email",
        "priority": 70,
    }


def test_a_field_that_this_program_does_not_know_is_skipped() -> None:
    assert read(INTERACTION, '{"id":"i1","medium":"email","colour":"red"}') == LEAST


@pytest.mark.parametrize("body", ["{", "[]", '{"id":"i1"}', '{"id":"i1","medium":"email","priority":"x"}'])
def test_a_damaged_document_is_said_to_be_one(body: str) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        read(INTERACTION, body)


def test_text_that_has_no_utf_8_is_refused() -> None:
    with pytest.raises(StorageError, match="cannot be kept"):
        written(dataclasses.replace(LEAST, subject="\ud800"))


# --- events that hold an entity whole -------------------------------------------------------------

THREAD = ConversationId("v1")
threads = st.builds(
    Conversation,
    id=st.just(THREAD),
    medium=st.just(MediumId("email")),
    customer_name=texts,
    messages=st.integers(0, 3),
    tags=st.lists(texts, max_size=2).map(tuple),
    reply_until=floats.map(Instant),
)
messages = st.builds(
    Message,
    id=st.just(MessageId("m1")),
    conversation=st.just(THREAD),
    medium=st.just(MediumId("email")),
    direction=st.just("in"),
    at=floats.map(Instant),
    text=texts,
    attachments=st.sampled_from([(), (Attachment(id="b", name="a.pdf", media_type="x/y", size_bytes=3),)]),
    automatic=st.booleans(),
    damaged=st.lists(st.integers(0, 9), max_size=2).map(tuple),
)
AT = Instant(7.5)
holding = st.one_of(
    work.map(lambda i: Arrived(interaction=i.id, at=AT, value=i)),
    threads.map(lambda c: Started(conversation=c.id, at=AT, value=c)),
    st.builds(
        MessageAdded, conversation=st.just(THREAD), at=st.just(AT), message=messages, reply_until=floats
    ),
)


@given(holding)
def test_an_event_that_holds_an_entity_says_only_what_is_not_as_usual_and_is_read_back(
    event: DomainEvent,
) -> None:
    row = eventlog.row(event)
    kind, body = str(row["kind"]), str(row["body"])
    assert eventlog.event_of(kind, body) == event
    assert msgspec.json.Decoder(type(event)).decode(body) == event, "an older program reads it too"
    whole = msgspec.json.encode(event).decode()
    assert eventlog.event_of(kind, whole) == event, "as an older program wrote it"
    assert len(body) < len(whole)


def test_work_that_arrived_is_said_once_and_briefly() -> None:
    row = eventlog.row(Arrived(interaction=LEAST.id, at=AT, value=LEAST))
    assert json.loads(str(row["body"])) == {
        "interaction": "i1",
        "at": 7.5,
        "value": {"id": "i1", "medium": "email"},
    }


def test_the_defaults_that_are_left_out_are_a_part_of_the_file_format() -> None:
    thread = Conversation(id=THREAD, medium=MediumId("email"))
    message = Message(
        id=MessageId("m1"), conversation=THREAD, medium=MediumId("email"), direction="in", at=AT, text=""
    )
    assert thread.state == "open"
    unusual = {
        field.name: value
        for entity in (thread, message, LEAST)
        for field in dataclasses.fields(entity)
        if field.default is not dataclasses.MISSING and (value := getattr(entity, field.name))
    }
    held = {"state": "arrived", "direction": "in", "priority": 50}
    assert unusual == held, "what is left out of the log is empty, but for these"


def test_an_event_with_text_that_has_no_utf_8_is_refused_by_its_name() -> None:
    bad = dataclasses.replace(LEAST, subject="\ud800")
    with pytest.raises(StorageError, match="Arrived holds text"):
        eventlog.row(Arrived(interaction=LEAST.id, at=AT, value=bad))
