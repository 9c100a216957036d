from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import Call
from agent_desktop.domain.interaction import (
    ABANDONED,
    ACTIVE,
    ARRIVED,
    CLOSED,
    HELD,
    IN_HAND,
    OFFERED,
    OVER,
    PARKED,
    QUEUED,
    WRAP_UP,
    Abandoned,
    Accepted,
    Arrived,
    CallMoved,
    Closed,
    Ended,
    Held,
    Interaction,
    InteractionEvent,
    Noted,
    Offer,
    Offered,
    OfferEnded,
    Parked,
    PathTaken,
    Queued,
    Resumed,
    Returned,
    WrapUpExtended,
    accept,
    holder,
)
from agent_desktop.domain.ivr import Place
from agent_desktop.domain.lifecycle import MACHINE, step
from agent_desktop.domain.types import (
    AgentId,
    CallId,
    CustomerId,
    DispositionCode,
    Instant,
    InteractionId,
    MediumId,
    OfferId,
    QueueId,
)
from agent_desktop.errors import IllegalStepError, RefusedError

KEY, ANA, BEN = InteractionId("i1"), AgentId("ana"), AgentId("ben")
MAIL = QueueId("mail")
STATES = (ARRIVED, QUEUED, OFFERED, ACTIVE, HELD, PARKED, WRAP_UP, CLOSED, ABANDONED)


def offer(agent: AgentId = ANA, at: float = 10.0, expires_at: float = 30.0) -> Offer:
    return Offer(
        id=OfferId(f"o-{agent}-{at}"),
        agent=agent,
        offered_at=Instant(at),
        expires_at=Instant(expires_at),
        reasons=("Waited",),
    )


def fresh(at: float = 1.0) -> Interaction:
    return Interaction(id=KEY, medium=MediumId("voice"), arrived_at=Instant(at))


def lived(*events: InteractionEvent) -> Interaction:
    value: Interaction | None = step(None, Arrived(interaction=KEY, at=Instant(1.0), value=fresh()))
    for event in events:
        value = step(value, event)
    assert value is not None
    return value


def queued(at: float = 2.0) -> Queued:
    return Queued(interaction=KEY, at=Instant(at), queue=MAIL)


def offered(at: float = 10.0, agent: AgentId = ANA) -> Offered:
    return Offered(interaction=KEY, at=Instant(at), offer=offer(agent, at, at + 20))


def accepted(at: float = 12.0, agent: AgentId = ANA) -> Accepted:
    return Accepted(interaction=KEY, at=Instant(at), agent=agent)


def test_a_whole_life_keeps_every_instant() -> None:
    value = lived(
        queued(2),
        offered(10),
        accepted(12),
        Held(interaction=KEY, at=Instant(20.0)),
        Resumed(interaction=KEY, at=Instant(25.0)),
        Held(interaction=KEY, at=Instant(30.0)),
        Ended(interaction=KEY, at=Instant(31.0), by="customer", deadline_at=Instant(91.0)),
        WrapUpExtended(interaction=KEY, at=Instant(80.0), deadline_at=Instant(121.0)),
        Closed(interaction=KEY, at=Instant(100.0), code=DispositionCode("solved"), note="ok"),
    )
    assert value.state == CLOSED
    assert (value.arrived_at, value.queued_at, value.accepted_at) == (1.0, 2.0, 12.0)
    assert (value.held_s, value.held_at) == (6.0, 0.0)
    assert (value.ended_at, value.ended_by, value.wrapup_at) == (31.0, "customer", 31.0)
    assert (value.wrapup_deadline_at, value.wrapup_extensions) == (121.0, 1.0)
    assert (value.closed_at, value.disposition, value.disposition_note) == (100.0, "solved", "ok")
    assert value.updated_at == 100.0


def test_the_age_is_kept_when_an_offer_ends_and_when_it_is_queued_again() -> None:
    over = OfferEnded(interaction=KEY, at=Instant(30.0), offer=offer().id, agent=ANA, why="expired")
    value = lived(queued(2), offered(10), over)
    assert (value.state, value.queued_at, value.offer, value.refused_by) == (QUEUED, 2.0, None, (ANA,))
    again = step(value, queued(50))
    assert (again.queued_at, again.refused_by) == (2.0, ())


def test_a_transfer_keeps_the_age_and_forgets_the_hand() -> None:
    returned = Returned(interaction=KEY, at=Instant(40.0), queue=QueueId("billing"), preferred=BEN)
    value = lived(queued(2), offered(10), accepted(12), Held(interaction=KEY, at=Instant(20.0)), returned)
    assert (value.state, value.queue, value.queued_at, value.agent, value.preferred) == (
        QUEUED,
        "billing",
        2.0,
        "",
        BEN,
    )
    assert (value.held_at, value.held_s) == (0.0, 20.0)


def test_a_second_accept_keeps_the_first_answer_time() -> None:
    returned = Returned(interaction=KEY, at=Instant(40.0), queue=MAIL)
    value = lived(queued(2), offered(10), accepted(12), returned, offered(50, BEN), accepted(52, BEN))
    assert (value.accepted_at, value.agent) == (12.0, BEN)


def test_an_abandoned_interaction_has_no_offer_and_an_end() -> None:
    value = lived(queued(), offered(), Abandoned(interaction=KEY, at=Instant(15.0)))
    assert (value.state, value.offer, value.ended_at, value.ended_by) == (ABANDONED, None, 15.0, "customer")


def test_a_note_changes_only_what_it_names() -> None:
    value = lived(queued(), Noted(interaction=KEY, at=Instant(3.0), last_line="Hi", unread=2))
    after = step(value, Noted(interaction=KEY, at=Instant(4.0), customer=CustomerId("k"), unread=0))
    assert (after.last_line, after.unread, after.customer, after.state) == ("Hi", 0, "k", QUEUED)


@pytest.mark.parametrize("state", STATES)
def test_the_call_and_the_path_may_change_in_any_state(state: str) -> None:
    value = replace(fresh(), state=state)
    call = Call(id=CallId("c1"), state="ended")
    moved = step(value, CallMoved(interaction=KEY, at=Instant(5.0), call=call))
    walked = step(moved, PathTaken(interaction=KEY, at=Instant(6.0), step="1 Orders"))
    assert (walked.state, walked.call, walked.path, walked.updated_at) == (state, call, ("1 Orders",), 6.0)


def test_an_event_before_the_arrival_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        step(None, queued())
    assert caught.value.code == "unknown_interaction"


ILLEGAL = [
    (OFFERED, Held(interaction=KEY, at=Instant(5.0)), "Held is not possible: the interaction is offered."),
    (QUEUED, Ended(interaction=KEY, at=Instant(5.0), by="agent"), "Ended is not possible"),
    (CLOSED, queued(), "Queued is not possible: the interaction is closed."),
    (ABANDONED, accepted(), "Accepted is not possible"),
    (ACTIVE, accepted(), "Accepted is not possible: the interaction is active."),
    (WRAP_UP, Held(interaction=KEY, at=Instant(5.0)), "the interaction is wrap up."),
    (QUEUED, Parked(interaction=KEY, at=Instant(5.0)), "Parked is not possible"),
]


@pytest.mark.parametrize(("state", "event", "words"), ILLEGAL)
def test_an_illegal_step_is_refused_in_words(state: str, event: InteractionEvent, words: str) -> None:
    with pytest.raises(IllegalStepError) as caught:
        step(replace(fresh(), state=state), event)
    assert words in str(caught.value)


@given(st.floats(0, 1000), st.floats(0.001, 100), st.floats(0, 2000))
def test_an_accept_at_or_after_the_deadline_is_always_refused(at: float, lasts: float, now: float) -> None:
    lease = offer(ANA, at, at + lasts)
    value = replace(fresh(), state=OFFERED, offer=lease)
    if now >= lease.expires_at:
        with pytest.raises(RefusedError) as caught:
            accept(value, lease.id, ANA, Instant(now))
        assert caught.value.code == "offer_expired"
    else:
        event = accept(value, lease.id, ANA, Instant(now))
        after = step(value, event)
        assert (after.state, after.agent, after.offer, after.reasons) == (ACTIVE, ANA, None, ("Waited",))


@pytest.mark.parametrize(("named", "agent"), [(OfferId("older"), ANA), (offer().id, BEN), (OfferId(""), ANA)])
def test_an_accept_of_another_offer_or_by_another_agent_is_refused(named: OfferId, agent: AgentId) -> None:
    with pytest.raises(RefusedError) as caught:
        accept(replace(fresh(), state=OFFERED, offer=offer()), named, agent, Instant(11.0))
    assert caught.value.code == "offer_over"


def test_an_accept_when_nothing_is_offered_is_refused() -> None:
    with pytest.raises(RefusedError):
        accept(replace(fresh(), state=QUEUED), offer().id, ANA, Instant(11.0))


@pytest.mark.parametrize("state", STATES)
def test_the_hand_is_whose_offer_it_is_or_who_has_it(state: str) -> None:
    value = replace(fresh(), state=state, agent=BEN, offer=offer(ANA) if state == OFFERED else None)
    expected = {OFFERED: ANA}.get(state, BEN if state in IN_HAND else "")
    assert holder(value) == expected


events = st.one_of(
    st.builds(queued, st.floats(2, 100)),
    st.builds(offered, st.floats(2, 100), st.sampled_from((ANA, BEN))),
    st.builds(accepted, st.floats(2, 100), st.sampled_from((ANA, BEN))),
    st.sampled_from(
        [
            OfferEnded(interaction=KEY, at=Instant(9.0), offer=offer().id, agent=ANA, why="expired"),
            Held(interaction=KEY, at=Instant(9.0)),
            Resumed(interaction=KEY, at=Instant(12.0)),
            Parked(interaction=KEY, at=Instant(9.0)),
            Ended(interaction=KEY, at=Instant(13.0), by="agent"),
            WrapUpExtended(interaction=KEY, at=Instant(13.0), deadline_at=Instant(60.0)),
            Closed(interaction=KEY, at=Instant(14.0), code=DispositionCode("solved")),
            Abandoned(interaction=KEY, at=Instant(9.0)),
            Returned(interaction=KEY, at=Instant(15.0), queue=MAIL),
            Noted(interaction=KEY, at=Instant(9.0), unread=1),
        ]
    ),
)


@given(st.lists(events, max_size=40))
def test_no_sequence_of_events_leaves_the_states(history: list[InteractionEvent]) -> None:
    value = lived()
    for event in history:
        before = value
        if MACHINE.allows(value.state, type(event)):
            value = step(value, event)
        else:
            with pytest.raises(IllegalStepError):
                step(value, event)
        assert value.state in STATES
        assert (value.state == OFFERED) == (value.offer is not None)
        assert before.state not in OVER or value.state == before.state, "what is over stays over"
        assert not before.queued_at or value.queued_at == before.queued_at, "the age is never lost"
        assert value.state not in {ACTIVE, HELD, WRAP_UP} or value.agent
        assert value.held_at == 0.0 or value.state == HELD
        assert interactions.holder(value) == "" or value.state in IN_HAND


def place(language: str) -> Place:
    return Place(flow="main", node="menu", language=language)


def test_the_language_that_a_caller_chose_is_known_while_waiting() -> None:
    french = PathTaken(interaction=KEY, at=Instant(1.5), step="2 French", place=place("fr"))
    later = PathTaken(interaction=KEY, at=Instant(1.6), step="open", place=place(""))
    value = lived(french, later, queued())
    assert (value.language, value.place) == ("fr", None)


def test_who_sent_it_is_forgotten_when_somebody_has_it_or_everybody_is_asked() -> None:
    sent = Returned(interaction=KEY, at=Instant(20.0), queue=MAIL, preferred=BEN, reserved=BEN, sent_by=ANA)
    value = lived(queued(), offered(), accepted(), sent)
    assert value.sent_by == ANA
    assert step(value, queued(30)).sent_by == ""
    assert step(step(value, offered(30, BEN)), accepted(31, BEN)).sent_by == ""
