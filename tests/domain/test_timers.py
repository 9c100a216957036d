"""Timers that can be lengthened: the lease, more time while it rings, wrap-ups after slow conversations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import customer as customers
from agent_desktop.domain import lifecycle, timers
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.centre import OfferRules, Queue, WrapUpRules
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.interaction import OFFERED, Interaction, Offer
from agent_desktop.domain.types import (
    AgentId,
    CustomerId,
    Instant,
    InteractionId,
    MediumId,
    OfferId,
    QueueId,
    Seconds,
)
from agent_desktop.errors import RefusedError

NOW = Instant(1000.0)
ANA = Agent(id=AgentId("ana"), name="Ana")
QUEUE = Queue(id=QueueId("support"), name="Support")
RULES = OfferRules(offer_s=Seconds(20.0))


def _offered(agent: Agent = ANA, queue: Queue = QUEUE, rules: OfferRules = RULES) -> Interaction:
    offer = Offer(id=OfferId("o1"), agent=agent.id, offered_at=NOW, **timers.lease(rules, queue, agent, NOW))
    return Interaction(id=InteractionId("i1"), medium=MediumId("voice"), state=OFFERED, offer=offer)


def _more(i: Interaction, at: float) -> Interaction:
    return lifecycle.step(i, timers.extended(i, OfferId("o1"), ANA.id, Instant(at)))


def test_an_agent_without_needs_gets_the_queues_time() -> None:
    assert timers.lease(RULES, QUEUE, ANA, NOW) == {
        "expires_at": 1020.0, "auto_accept": False, "more_s": 0.0, "more_times": 0,
    }  # fmt: skip


def test_an_agent_with_longer_timers_gets_so_much_longer_and_may_ask_for_more() -> None:
    lease = timers.lease(RULES, QUEUE, replace(ANA, timers=3.0), NOW)
    assert (lease["expires_at"], lease["more_s"], lease["more_times"]) == (1060.0, 60.0, timers.OWN_TIMES)


def test_nothing_is_answered_by_itself_for_who_has_switched_it_off() -> None:
    by_itself = OfferRules(offer_s=Seconds(20.0), auto_accept=True)
    assert timers.lease(by_itself, QUEUE, ANA, NOW)["auto_accept"] is True
    assert timers.lease(by_itself, QUEUE, replace(ANA, auto_accept=False), NOW)["auto_accept"] is False


def test_more_time_is_the_same_lease_with_a_later_end_and_is_counted() -> None:
    queue = replace(QUEUE, offer_extend_s=Seconds(15.0), offer_extend_times=2)
    once = _more(_offered(queue=queue), 1010.0)
    assert once.offer is not None
    assert (once.state, once.offer.id, once.offer.expires_at, once.offer.more_times) == (
        OFFERED, "o1", 1035.0, 1,
    )  # fmt: skip
    with pytest.raises(RefusedError, match="all the time"):
        _more(_more(once, 1011.0), 1012.0)


@pytest.mark.parametrize(
    ("offer", "agent", "at", "said"),
    [("o2", "ana", 1001.0, "over"), ("o1", "ben", 1001.0, "over"), ("o1", "ana", 1020.0, "over")],
)
def test_more_time_is_refused_for_what_is_not_mine_or_is_over(
    offer: str, agent: str, at: float, said: str
) -> None:
    i = _offered(queue=replace(QUEUE, offer_extend_s=Seconds(15.0)))
    with pytest.raises(RefusedError, match=said):
        timers.extended(i, OfferId(offer), AgentId(agent), Instant(at))


def test_a_queue_that_gives_none_says_so() -> None:
    with pytest.raises(RefusedError, match="gives no more time"):
        timers.extended(_offered(), OfferId("o1"), ANA.id, NOW)


@given(
    factor=st.floats(1.0, 10.0),
    relay=st.floats(1.0, 10.0),
    seconds=st.floats(0.0, 1000.0),
    needs=st.lists(st.sampled_from([*timers.NEEDS, "own words"]), max_size=4),
)
def test_a_wrap_up_is_never_shortened_and_lengthened_by_the_longer_factor_alone(
    factor: float, relay: float, seconds: float, needs: list[str]
) -> None:
    rule = WrapUpRules(mode="mandatory_timed", wrapup_s=Seconds(seconds))
    made = timers.wrap_up(rule, replace(ANA, timers=factor), needs, relay)
    slow = any(need in timers.SLOW_NEEDS for need in needs)
    assert made.mode == rule.mode
    assert made.wrapup_s == pytest.approx(seconds * max(factor, relay if slow else 1.0))


def test_needs_are_kept_once_each_as_plain_text() -> None:
    assert timers.noted(["relay", " relay ", "", "speak  slowly"]) == ("relay", "speak slowly")
    for hostile in (["x" * 61], ["n"] + [str(n) for n in range(12)], ["a\u202eb\x00"]):
        with pytest.raises(RefusedError):
            timers.noted(hostile)


def test_the_needs_of_a_customer_are_all_that_were_set() -> None:
    before = Customer(id=CustomerId("k1"), name="Lena", access_needs=("tty",))
    event = customers.AccessNeedsSet(customer=before.id, at=NOW, needs=("relay",))
    assert customers.step(before, event).access_needs == ("relay",)
