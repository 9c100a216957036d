from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.centre import Queue
from agent_desktop.domain.overflow import Admission, admitted, skills_elsewhere
from agent_desktop.domain.types import QueueId, SkillId

A, B, C = QueueId("a"), QueueId("b"), QueueId("c")


def queue(key: QueueId, **more: object) -> Queue:
    return Queue(id=key, name=key.upper(), **more)  # type: ignore[arg-type]  # fields by name


def ask(*queues: Queue, waiting: int = 0, open_: frozenset[str] = frozenset()) -> Admission:
    known = {q.id: q for q in queues}
    return admitted(known, A, is_open=lambda name: name in open_, waiting=lambda _queue: waiting)


def test_a_queue_without_rules_takes_everybody() -> None:
    assert ask(queue(A), waiting=1000) == Admission(queue=A)


def test_a_full_queue_sends_on_and_says_so() -> None:
    full = queue(A, overflow=B, overflow_size=3)
    assert ask(full, queue(B), waiting=3) == Admission(queue=B, path=("A is full",))
    assert ask(full, queue(B), waiting=2) == Admission(queue=A)


def test_a_closed_queue_sends_on_or_lets_nobody_wait() -> None:
    assert ask(queue(A, hours="day", closed_queue=B), queue(B)) == Admission(queue=B, path=("A is closed",))
    assert ask(queue(A, hours="day")) == Admission(queue=A, path=("A is closed",), closed=True)
    assert ask(queue(A, hours="day"), open_=frozenset({"day"})) == Admission(queue=A)


def test_the_next_queue_may_be_closed_too() -> None:
    found = ask(queue(A, overflow=B, overflow_size=1), queue(B, hours="day"), waiting=1)
    assert found == Admission(queue=B, path=("A is full", "B is closed"), closed=True)


def test_full_queues_that_name_each_other_keep_the_caller_in_the_first() -> None:
    found = ask(queue(A, overflow=B, overflow_size=1), queue(B, overflow=A, overflow_size=1), waiting=9)
    assert (found.queue, found.closed) == (A, False)


def test_closed_queues_that_name_each_other_are_closed() -> None:
    found = ask(queue(A, hours="day", closed_queue=B), queue(B, hours="day", closed_queue=A))
    assert found.closed


def test_what_the_caller_asked_for_goes_along_and_what_the_queue_asked_for_stays() -> None:
    invoices, french = SkillId("invoices"), SkillId("french")
    assert skills_elsewhere({invoices: 1, french: 3}, queue(A, skills={invoices: 1})) == {french: 3}
    assert skills_elsewhere({french: 3}, None) == {french: 3}


@pytest.mark.parametrize("waiting", [0, 5])
@given(ways=st.lists(st.sampled_from([A, B, C]), min_size=6, max_size=6), shut=st.booleans())
def test_every_caller_ends_somewhere(waiting: int, ways: list[QueueId], shut: bool) -> None:
    queues = [
        queue(key, overflow=ways[n], overflow_size=1, closed_queue=ways[n + 3], hours="day" if shut else "")
        for n, key in enumerate((A, B, C))
    ]
    assert ask(*queues, waiting=waiting).queue in {A, B, C}
