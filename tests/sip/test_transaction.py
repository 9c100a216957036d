"""The table of transactions: what holds for every row, and the schedules that come out of it."""

from __future__ import annotations

import pytest

from agent_desktop.sip.accounts import Timers
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import CallArrived, Ended, ResponseArrived
from agent_desktop.sip.media import audio
from agent_desktop.sip.transaction import (
    FIRST_TIMERS,
    TABLE,
    TIMER_ACTIONS,
    Do,
    Kind,
    Machine,
    State,
    Trigger,
    first_state,
)
from agent_desktop.sip.uri import Uri


def rows(kind: Kind):
    return {(state, trigger): row for (k, state, trigger), row in TABLE.items() if k is kind}


def test_nothing_happens_in_a_transaction_that_is_over():
    assert not [key for key in TABLE if key[1] is State.TERMINATED]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("is_reliable", [True, False])
def test_every_timer_that_is_armed_is_handled_where_it_fires(kind, is_reliable):
    """A timer without a row would leave its transaction behind for ever."""
    starts = [(first_state(kind), FIRST_TIMERS[kind])]
    starts += [(after, actions) for after, actions in rows(kind).values()]
    for state, actions in starts:
        machine = Machine(kind, is_reliable, Timers(), state)
        for action in actions:
            armed = machine.wait(action) if action in TIMER_ACTIONS else None
            if armed is not None:
                assert (state, armed[0]) in rows(kind), (kind, state, armed)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_state_can_be_reached_and_left(kind):
    reached = {first_state(kind)} | {after for after, _ in rows(kind).values()}
    left = {state for state, _ in rows(kind)}
    assert reached - {State.TERMINATED} == left
    assert State.TERMINATED in reached


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_final_waits_for_a_timer_that_ends_it(kind):
    for (state, trigger), (after, _) in rows(kind).items():
        if after is State.TERMINATED and trigger.name.startswith("TIMER_"):
            assert state is not State.PROCEEDING or kind is Kind.CLIENT


def test_a_failure_is_acknowledged_each_time_it_comes():
    for state in (State.TRYING, State.PROCEEDING, State.COMPLETED):
        assert Do.ACK in TABLE[Kind.INVITE_CLIENT, state, Trigger.FAILURE][1]


def sent_at(net, agent_address, until):
    """When the agent sent something, from the start."""
    start, times = net.now, []
    while net.now < start + until:
        net.settle()
        times += [round(net.now - start, 3)] * len(net.log)
        net.log.clear()
        due = [d for agent in net.agents.values() if (d := agent.deadline) is not None]
        if not due:
            break
        net.now = min(due)
        for agent in net.agents.values():
            agent.tick(net.now)
    return times


def test_a_request_to_a_silent_server_is_repeated_on_the_schedule_of_the_rfc(net):
    alice, a = net.agent("alice")
    alice.request("OPTIONS", net.now, target=Uri("sip", "", "10.9.9.9"))
    wanted = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert sent_at(net, a, 100) == wanted
    assert net.now == 1032.0
    assert [event.status for event in net.seen(a)] == [408]
    assert isinstance(net.seen(a) or ResponseArrived("", None, 408, "", None), ResponseArrived)


def test_nothing_is_repeated_over_a_connection(net):
    alice, a = net.agent("alice")
    there = Address("tcp", "10.9.9.9", 5060)
    alice.request("OPTIONS", net.now, target=Uri("sip", "", "10.9.9.9"), destination=there)
    alice.invite(Uri("sip", "x", "10.9.9.9"), audio("10.0.0.1", 4000), net.now, destination=there)
    net.wait(100)
    assert net.words() == ["OPTIONS", "INVITE"]
    assert sorted(type(event).__name__ for event in net.seen(a)) == ["Ended", "ResponseArrived"]


def test_a_refusal_is_repeated_until_its_ack_and_then_never(net):
    alice, a = net.agent("alice")
    bob, b = net.agent("bob")
    alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    arrived = net.seen(b)[0]
    assert isinstance(arrived, CallArrived)
    net.log.clear()
    net.loses = lambda _n, packet: packet.data.startswith(b"ACK")
    bob.reject(arrived.leg, net.now, 486)
    net.wait(3)
    assert net.words() == ["486 INVITE", "ACK"] * 3
    net.loses = lambda _n, _packet: False
    net.wait(60)
    assert net.words() == ["486 INVITE", "ACK"]
    assert sum(isinstance(event, Ended) for event in net.seen(a)) == 1


def test_a_flood_of_requests_is_bounded(net, monkeypatch):
    monkeypatch.setattr("agent_desktop.sip.layer.MAX_TRANSACTIONS", 50)
    bob, _ = net.agent("bob")
    there = Address("udp", "10.6.6.6", 5060)
    for number in range(200):
        head = (
            f"OPTIONS sip:bob@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.6.6.6;branch=z9hG4bK{number}\r\n"
            f"From: <sip:x@y>;tag={number}\r\nTo: <sip:bob@z>\r\nCall-ID: {number}\r\nCSeq: 1 OPTIONS\r\n\r\n"
        )
        bob.receive(head.encode(), there, net.now)
    answers = [int(packet.data.split()[1]) for packet in bob.take_outgoing()]
    assert (answers.count(200), answers.count(503)) == (50, 150)
    bob.tick(net.now + 33)
    assert len(bob._parts.core.layer) == 0
