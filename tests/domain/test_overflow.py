from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.agent import LOGGED_OUT, NOT_READY, READY, Agent
from agent_desktop.domain.centre import EMPTY_FACTORS, Queue
from agent_desktop.domain.overflow import Admission, absence, admitted, nobody_there, skills_elsewhere
from agent_desktop.domain.types import AgentId, QueueId, SkillId

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


# --- nobody is there --------------------------------------------------------------------------------

ANA = Agent(id=AgentId("ana"), name="Ana", state=READY, queues=frozenset({A}))


@pytest.mark.parametrize(
    ("agent", "calls", "absent"),
    [
        (ANA, [], set()),
        (replace(ANA, state=LOGGED_OUT), [], {"logged_out"}),
        (replace(ANA, state=NOT_READY), [], {"not_ready"}),
        (replace(ANA, paused=frozenset({A})), [], {"not_ready"}),
        (replace(ANA, paused=frozenset({B})), [], set()),
        (replace(ANA, phone=False), [], {"no_phone"}),
        (ANA, ["offered"], {"ringing"}),
        (ANA, ["active"], {"busy"}),
        (ANA, ["held"], {"busy"}),
        (ANA, ["wrap_up"], {"wrap_up"}),
        (replace(ANA, state=NOT_READY), ["active"], {"not_ready", "busy"}),
    ],
)
def test_an_agent_is_absent_in_each_of_the_factors(agent: Agent, calls: list[str], absent: set[str]) -> None:
    assert absence(agent, A, calls) == absent
    assert absent <= set(EMPTY_FACTORS)


def test_a_queue_is_empty_while_everybody_is_absent_in_one_of_its_factors() -> None:
    free, away, busy = frozenset[str](), frozenset({"not_ready"}), frozenset({"busy"})
    assert nobody_there(("not_ready", "busy"), [away, busy])
    assert not nobody_there(("not_ready",), [away, busy])
    assert not nobody_there(("not_ready", "busy"), [away, free])
    assert nobody_there(("not_ready",), [])  # a queue without agents
    assert not nobody_there((), [])  # no rule


def test_an_empty_queue_is_like_a_closed_one() -> None:
    known = {A: queue(A, closed_queue=B), B: queue(B)}
    found = admitted(known, A, is_open=lambda _: True, waiting=lambda _: 0, is_empty=lambda q: q.id == A)
    assert found == Admission(queue=B, path=("nobody is in A",))
    nowhere = admitted(known, A, is_open=lambda _: True, waiting=lambda _: 0, is_empty=lambda _: True)
    assert nowhere == Admission(queue=B, path=("nobody is in A", "nobody is in B"), closed=True)
