"""What is as usual is left out of a document; nothing is lost by it, and older documents are read."""

from __future__ import annotations

import dataclasses
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.call import Call
from agent_desktop.domain.decision import Considered, Decision
from agent_desktop.domain.interaction import Interaction, Offer
from agent_desktop.domain.types import (
    AgentId,
    CallId,
    ChannelId,
    Instant,
    InteractionId,
    MediumId,
    OfferId,
    QueueId,
    Seconds,
    SkillId,
)
from agent_desktop.errors import StorageError
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
