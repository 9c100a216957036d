"""What must be true at every moment, told of small centres in which it is not."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from agent_desktop.domain import interaction as i
from agent_desktop.domain import invariants
from agent_desktop.domain.agent import LOGGED_OUT, LOST_CONNECTION, NOT_READY, READY, Agent
from agent_desktop.domain.call import GUEST, Call, Leg
from agent_desktop.domain.centre import Queue, WrapUpRules
from agent_desktop.domain.interaction import Interaction, Offer
from agent_desktop.domain.invariants import Moment, Violation
from agent_desktop.domain.medium import CHAT, EMAIL, MEDIA, SMS, VOICE
from agent_desktop.domain.routing import Candidate, requirement
from agent_desktop.domain.types import (
    AgentId,
    CallId,
    ConversationId,
    Instant,
    InteractionId,
    LegId,
    MediumId,
    OfferId,
    QueueId,
    Seconds,
)

ANA, BEN = AgentId("ana"), AgentId("ben")
DESK = QueueId("desk")
NOW = Moment(now=Instant(1000.0))
RULES = Queue(id=DESK, name="Desk", wrapup_mode="mandatory_timed", wrapup_s=Seconds(30))


@dataclass
class Books:
    """The tables of a small centre; `put` keeps them consistent, tests then spoil them."""

    agents: dict[AgentId, Agent] = field(
        default_factory=lambda: {
            a: Agent(id=a, name=a, state=READY, queues=frozenset({DESK})) for a in (ANA, BEN)
        }
    )
    interactions: dict[InteractionId, Interaction] = field(default_factory=dict)
    in_hand: dict[AgentId, set[InteractionId]] = field(default_factory=dict)
    beside: dict[AgentId, set[InteractionId]] = field(default_factory=dict)
    live_of: dict[ConversationId, InteractionId] = field(default_factory=dict)
    by_call: dict[str, InteractionId] = field(default_factory=dict)

    def put(self, *works: Interaction) -> Books:
        for work in works:
            self.interactions[work.id] = work
            if hand := i.holder(work):
                self.in_hand.setdefault(hand, set()).add(work.id)
            if work.call is not None:
                self.by_call[work.call.id] = work.id
        return self


def work(state: str, key: str = "i1", medium: MediumId = EMAIL, **fields: Any) -> Interaction:
    plain = Interaction(
        id=InteractionId(key), medium=medium, state=state, queue=DESK, updated_at=Instant(990.0)
    )
    return replace(plain, **fields)


def offered(
    key: str = "i1",
    medium: MediumId = EMAIL,
    *,
    at: float = 990.0,
    until: float = 1010.0,
    agent: AgentId = ANA,
) -> Interaction:
    offer = Offer(id=OfferId(f"o-{key}"), agent=agent, offered_at=Instant(at), expires_at=Instant(until))
    return work(i.OFFERED, key, medium, offer=offer)


def active(key: str = "i1", medium: MediumId = EMAIL, *, since: float = 900.0, **fields: Any) -> Interaction:
    return work(i.ACTIVE, key, medium, agent=ANA, accepted_at=Instant(since), **fields)


def call(state: str = "bridged", **fields: Any) -> Call:
    return Call(id=CallId("c1"), state=state, **fields)


def of(
    it: Interaction, books: Books | None = None, *, waits: bool | None = None, moment: Moment = NOW
) -> list[Violation]:
    there = it.state == i.QUEUED if waits is None else waits
    known = books if books is not None else Books().put(it)
    return list(invariants.of_interaction(it, known, waits=there, queue=RULES, moment=moment))


def hands(books: Books, agent: AgentId = ANA, moment: Moment = NOW) -> list[Violation]:
    return list(invariants.of_agent(books.agents[agent], books, MEDIA, moment))


def rules(found: list[Violation]) -> list[str]:
    return [violation.rule for violation in found]


# --- all is well ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "it",
    [
        work(i.QUEUED),
        offered(),
        active(),
        active(medium=VOICE, call=call()),
        work(i.HELD, agent=ANA),
        work(i.PARKED, agent=ANA),
        work(i.PARKED, VOICE, callback_number="+33", callback_at=Instant(1000.0), call=call("ended")),
        work(i.QUEUED, medium=VOICE, callback_number="+33", call=call("ended")),
        work(i.ARRIVED, medium=VOICE, call=call("treatment")),
        work(i.ARRIVED, medium=VOICE, call=call("ended")),  # the message's file may still come
        work(i.WRAP_UP, agent=ANA, wrapup_at=Instant(980.0), wrapup_deadline_at=Instant(1010.0)),
    ],
)
def test_what_has_its_place_is_in_order(it: Interaction) -> None:
    books = Books().put(it)
    assert of(it, books) == []
    assert hands(books) == []


def test_a_violation_says_what_is_wrong_with_whom() -> None:
    (found,) = of(work(i.QUEUED), waits=False)
    assert found == Violation(
        invariants.NOT_LOST, "an interaction waits in no line", InteractionId("i1"), AgentId("")
    )


# --- none is lost ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("it", "words"),
    [
        (work(i.QUEUED, queue=QueueId("")), "waits in no queue"),
        (work(i.QUEUED, reserved=BEN), "kept for one agent without end"),
        (work(i.QUEUED, reserved=BEN, reserved_until_at=Instant(999.0)), "kept for one agent beyond"),
        (work(i.ACTIVE, medium=VOICE, agent=AgentId("nobody"), call=call("held")), "active with nobody"),
        (work(i.ACTIVE, agent=AgentId("nobody")), "active with nobody"),
        (work(i.WRAP_UP, wrapup_at=Instant(1.0), wrapup_deadline_at=Instant(1001.0)), "wrap_up with nobody"),
        (work(i.ARRIVED, updated_at=Instant(960.0)), "went no further"),
        (work(i.ARRIVED, call=call("ended"), updated_at=Instant(960.0)), "went no further"),
        (work(i.PARKED, callback_number="+33", callback_at=Instant(999.0)), "time has come"),
        (work(i.QUEUED, medium=VOICE, call=call("ended")), "caller is gone"),
        (work(i.CLOSED), "held as live"),
    ],
)
def test_work_without_a_place_is_lost(it: Interaction, words: str) -> None:
    found = of(it)
    assert any(violation.rule == invariants.NOT_LOST and words in violation.words for violation in found)


def test_a_call_in_which_a_gone_agent_talks_goes_on() -> None:
    talk = work(i.ACTIVE, medium=VOICE, agent=AgentId("nobody"), call=call("bridged"))
    assert of(talk) == []


def test_what_is_kept_for_one_agent_until_a_time_is_in_order() -> None:
    assert of(work(i.QUEUED, reserved=BEN, reserved_until_at=Instant(1030.0))) == []


def test_a_caller_on_the_line_is_somebodys_work() -> None:
    talk = active(medium=VOICE, call=call())
    assert talk.call is not None
    books = Books().put(talk)
    assert list(invariants.stray_calls([talk.call.id], books)) == []
    (unknown,) = invariants.stray_calls(["c9"], books)
    words = "the call c9 is up and no interaction has it"
    assert (unknown.rule, unknown.words) == (invariants.NOT_LOST, words)
    books.put(replace(talk, state=i.WRAP_UP))
    assert [v.interaction for v in invariants.stray_calls([talk.call.id], books)] == [talk.id]


def test_work_that_no_table_leads_to_is_lost() -> None:
    talk = active(medium=VOICE, call=call(), conversation=ConversationId("v1"))
    books = Books(interactions={talk.id: talk})
    said = " ".join(violation.words for violation in of(talk, books))
    assert set(rules(of(talk, books))) == {invariants.NOT_LOST}
    assert "in the hand that it names" in said
    assert "by its conversation" in said
    assert "by its call" in said


def test_a_form_need_not_be_what_its_conversation_leads_to() -> None:
    form = work(i.WRAP_UP, agent=ANA, conversation=ConversationId("v1"), wrapup_deadline_at=Instant(1001.0))
    books = Books().put(form)
    books.live_of[ConversationId("v1")] = InteractionId("newer")
    assert of(form, books) == []


# --- one hand -------------------------------------------------------------------------------------


def test_work_in_line_is_in_nobodys_hand() -> None:
    assert rules(of(active(), waits=True)) == [invariants.ONE_HAND]


def test_nobody_holds_what_another_has_or_what_is_over() -> None:
    books = Books().put(active())
    books.in_hand[BEN] = {InteractionId("i1"), InteractionId("gone")}
    assert sorted(v.words for v in hands(books, BEN)) == [
        "an agent holds what another has",
        "an agent holds what is over",
    ]
    assert hands(books, ANA) == []


def test_who_is_counted_in_a_call_is_in_it() -> None:
    guest = Leg(id=LegId("l"), kind=GUEST, agent=BEN)
    books = Books().put(active(medium=VOICE, call=call(legs=(guest,))))
    books.beside[BEN] = {InteractionId("i1")}
    assert hands(books, BEN) == []
    books.put(active(medium=VOICE, call=call()))
    assert rules(hands(books, BEN)) == [invariants.ONE_HAND]


def test_two_calls_never_ring_at_one_agent() -> None:
    books = Books().put(offered("i1", VOICE), offered("i2", VOICE))
    assert set(rules(hands(books))) == {invariants.ONE_HAND, invariants.CAPACITY}


# --- capacity -------------------------------------------------------------------------------------


def crowded(*works: Interaction, moment: Moment = NOW, **limits: Any) -> bool:
    books = Books().put(*works)
    books.agents[ANA] = replace(books.agents[ANA], **limits)
    return invariants.CAPACITY in rules(hands(books, moment=moment))


def test_nothing_is_offered_beside_what_blocks_it() -> None:
    assert crowded(active("i1", VOICE), offered("i2", CHAT))
    assert not crowded(active("i1", EMAIL), offered("i2", VOICE))


def test_nothing_is_offered_beyond_a_limit() -> None:
    assert not crowded(active("i1", SMS), active("i2", SMS), offered("i3", SMS))
    assert crowded(active("i1", SMS), active("i2", SMS), offered("i3", SMS), limits={SMS: 2})


def test_nothing_is_offered_beyond_the_units() -> None:
    assert not crowded(active("i1", SMS), offered("i2", EMAIL), capacity=2)
    assert crowded(active("i1", SMS), active("i2", SMS), offered("i3", EMAIL), capacity=2)


def test_nobody_takes_more_from_the_list_than_there_is_room_for() -> None:
    def taken(key: str, since: float, medium: MediumId = EMAIL) -> Interaction:
        return active(key, medium, since=since, assigned_at=Instant(since), reasons=i.BY_HAND)

    assert not crowded(taken("i1", 900), taken("i2", 910))
    assert crowded(taken("i1", 900), taken("i2", 910), taken("i3", 920))
    assert not crowded(taken("i1", 900), taken("i2", 910), taken("i3", 920), limits={EMAIL: 3})
    assert not crowded(active("i1", VOICE, since=900), taken("i2", 910)), "beside a call, not beyond a limit"
    newly = Moment(now=Instant(1000.0), since=Instant(950.0))
    assert not crowded(taken("i1", 900), taken("i2", 910), taken("i3", 920), moment=newly)


def test_what_was_taken_at_one_instant_had_room_in_some_order() -> None:
    """Chats may lie beside mail of any units, mail not beside chats: whatever order they stand in."""
    at = {"since": 900, "assigned_at": Instant(900), "reasons": i.BY_HAND}
    taken = [active(f"i{n}", medium, **at) for n, medium in enumerate((EMAIL, SMS, CHAT, CHAT, CHAT))]
    for order in itertools.permutations(taken):
        assert not crowded(*order, capacity=3)
    assert crowded(
        *taken, active("i9", SMS, **at), active("i8", EMAIL, **at), active("i7", EMAIL, **at), capacity=3
    )


def test_what_the_agent_took_after_the_offer_may_exceed() -> None:
    assert not crowded(active("i1", VOICE, since=995.0), offered("i2", CHAT, at=990.0))
    assert not crowded(active("i1", VOICE, since=990.0), offered("i2", CHAT, at=990.0))


def test_a_parked_call_that_ends_into_a_form_does_not_count_against_an_offer_before_it() -> None:
    form = work(
        i.WRAP_UP,
        medium=VOICE,
        agent=ANA,
        accepted_at=Instant(900.0),
        wrapup_at=Instant(995.0),
        wrapup_deadline_at=Instant(1010.0),
    )
    assert not crowded(form, offered("i2", CHAT, at=990.0))


def test_offers_of_one_instant_are_tried_in_every_order() -> None:
    assert not crowded(offered("i1", VOICE), offered("i2", EMAIL))
    assert not crowded(offered("i1", EMAIL), offered("i2", VOICE))
    assert crowded(offered("i1", VOICE), offered("i2", CHAT))


def test_instants_of_a_clock_that_was_set_back_prove_nothing() -> None:
    both = (active("i1", VOICE, since=900.0), offered("i2", CHAT, at=990.0))
    assert not crowded(*both, moment=replace(NOW, steady_since=Instant(991.0)))
    assert not crowded(*both, moment=replace(NOW, now=Instant(985.0)))


# --- leases ---------------------------------------------------------------------------------------


def test_an_offer_that_ran_out_is_a_violation_after_the_grace() -> None:
    late = offered(until=997.0)
    assert rules(of(late)) == [invariants.LEASE]
    assert of(late, moment=replace(NOW, grace_s=Seconds(5))) == []
    assert rules(of(offered(until=0.0), moment=replace(NOW, grace_s=Seconds(2000)))) == [invariants.LEASE]


@pytest.mark.parametrize("gone", [{"state": LOGGED_OUT}, {"state": NOT_READY, "reason": LOST_CONNECTION}])
def test_no_offer_lies_with_somebody_who_is_not_there(gone: dict[str, Any]) -> None:
    books = Books().put(offered())
    books.agents[ANA] = replace(books.agents[ANA], **gone)
    assert rules(of(offered(), books)) == [invariants.LEASE]


def test_no_offer_lies_with_somebody_unknown() -> None:
    assert invariants.LEASE in rules(of(offered(agent=AgentId("nobody"))))


def test_an_offer_and_its_state_belong_together() -> None:
    assert rules(of(work(i.OFFERED))) == [invariants.LEASE]
    assert invariants.LEASE in rules(of(replace(offered(), state=i.ACTIVE, agent=ANA)))


# --- clocks ---------------------------------------------------------------------------------------


def test_a_wrap_up_with_a_limit_has_a_deadline_and_keeps_it() -> None:
    endless = work(i.WRAP_UP, agent=ANA, wrapup_at=Instant(990.0))
    assert rules(of(endless)) == [invariants.CLOCK]
    assert of(endless, moment=replace(NOW, since=Instant(995.0))) == [], "by another configuration"
    late = replace(endless, wrapup_deadline_at=Instant(999.0))
    assert rules(of(late)) == [invariants.CLOCK]
    assert of(late, moment=replace(NOW, grace_s=Seconds(5))) == []


def test_the_mediums_own_wrap_up_counts() -> None:
    queue = replace(RULES, wrapups={EMAIL: WrapUpRules(mode="mandatory")})
    it = work(i.WRAP_UP, agent=ANA, wrapup_at=Instant(990.0))
    books = Books().put(it)
    assert list(invariants.of_interaction(it, books, waits=False, queue=queue, moment=NOW)) == []
    assert list(invariants.of_interaction(it, books, waits=False, queue=None, moment=NOW)) == []


# --- nobody idle ----------------------------------------------------------------------------------


def left(agent: Agent, *waiting: Interaction, load: dict[MediumId, int] | None = None) -> list[Violation]:
    groups = {requirement(it): [it] for it in waiting}
    return list(invariants.left_waiting(Candidate(agent, load or {}), groups, MEDIA))


def test_nobody_stands_free_while_work_waits() -> None:
    ana = Books().agents[ANA]
    (found,) = left(ana, work(i.QUEUED))
    assert (found.rule, found.interaction, found.agent) == (invariants.NO_IDLE, "i1", ANA)


@pytest.mark.parametrize(
    ("agent", "waiting", "load"),
    [
        ({}, {"refused_by": (ANA,)}, {}),
        ({}, {"reserved": BEN}, {}),
        ({"state": NOT_READY}, {}, {}),
        ({"queues": frozenset()}, {}, {}),
        ({"paused": frozenset({DESK})}, {}, {}),
        ({}, {}, {VOICE: 1}),
        ({}, {"skills": {"french": 3}}, {}),
        ({"phone": False}, {"medium": VOICE}, {}),
    ],
)
def test_who_cannot_be_asked_is_not_idle(
    agent: dict[str, Any], waiting: dict[str, Any], load: dict[MediumId, int]
) -> None:
    ana = replace(Books().agents[ANA], **agent)
    assert left(ana, replace(work(i.QUEUED), **waiting), load=load) == []
