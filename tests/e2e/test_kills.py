"""A process dies in the middle of a call: the talk goes on, and what was lost comes back by itself.

Killed with SIGKILL, by pid: front end, router, switch, phone.  The sound is judged where it matters, at
both ends, over the seconds around the kill.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from .agent import AgentInText
from .listening import CUSTOMER_HZ, heard_now
from .programs import Bare, exists, until
from .talk import AFTER_S, listen
from .telephone import Telephone

pytestmark = pytest.mark.peer


class Talk:
    """A call that is up between a caller who measures and an agent."""

    def __init__(self, centre: Bare, agent: AgentInText, caller: Telephone) -> None:
        self.centre, self.agent, self.caller = centre, agent, caller
        offer = agent.wait("offer", media="voice")
        self.interaction = offer["interaction"]
        agent.done(f"accept {offer['interaction']}")
        agent.wait("call", interaction=self.interaction, state="up")
        until(caller.hears_agent, 30, "the caller never heard the agent")
        until(lambda: heard_now(agent.ear, CUSTOMER_HZ), 30, "the agent never heard the caller")

    def listen(self, act: Callable[[], object]) -> None:
        """Do something terrible and judge the sound around it."""
        listen(self.caller, self.agent.ear, act)

    def end(self, agent: AgentInText) -> None:
        """The agent hangs up; the caller is told; the form is written."""
        agent.done("hangup")
        until(self.caller.over.is_set, 30, "the caller was not told of the end")
        agent.done("wrapup answered done")
        agent.had("interaction", interaction=self.interaction, state="closed")


def kill(pid: int) -> None:
    assert pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: not exists(pid), 30)


def test_a_killed_text_mode_does_not_interrupt_the_call_and_finds_it_again(
    bare: Bare, text: Callable[..., AgentInText], telephone: Callable[..., Telephone]
) -> None:
    first = text(bare, "sara").ready()
    talk = Talk(bare, first, telephone(bare, "8001"))
    phone = first.phone_pid
    again: list[AgentInText] = []

    def act() -> None:
        first.kill()
        again.append(text(bare, "sara"))

    talk.listen(act)
    second = again[0].signed_in()
    assert second.phone_pid == phone
    second.had("interaction", interaction=talk.interaction, state="active")
    second.had("call", interaction=talk.interaction, state="up")
    talk.end(second)


def test_a_killed_router_does_not_interrupt_the_call_and_the_queue_keeps_its_order(
    bare: Bare, text: Callable[..., AgentInText], telephone: Callable[..., Telephone]
) -> None:
    agent = text(bare, "mateo").ready()
    talk = Talk(bare, agent, telephone(bare, "8001"))
    waiting = telephone(bare, "8001", "+4940777002")
    second = until(lambda: _queued(bare, "+4940777002"))
    later = telephone(bare, "8001", "+4940777003")
    third = until(lambda: _queued(bare, "+4940777003"))
    switch = bare.switch_pid

    def act() -> None:
        bare.kill_router()
        bare.start()

    talk.listen(act)
    assert bare.switch_pid == switch
    agent.had("connection", 30, state="lost")
    until(lambda: agent.all("connection")[-1]["state"] == "online", 40)
    assert not waiting.over.is_set()
    assert [_queued(bare, "+4940777002"), _queued(bare, "+4940777003")] == [second, third]
    talk.end(agent)
    offer = agent.wait("offer")
    assert offer["from"] == "+4940777002"
    assert offer["waited_s"] > AFTER_S
    agent.done(f"accept {offer['interaction']}")
    agent.wait("call", interaction=offer["interaction"], state="up")
    until(waiting.hears_agent)
    agent.done("notready break")
    waiting.hang_up()
    later.hang_up()
    agent.close(offer["interaction"])


def test_a_killed_switch_is_started_again_and_the_call_ends_as_the_networks_doing(
    bare: Bare, text: Callable[..., AgentInText], telephone: Callable[..., Telephone]
) -> None:
    agent = text(bare, "noor").ready()
    talk = Talk(bare, agent, telephone(bare, "8001"))
    before = bare.switch_pid
    kill(before)
    until(lambda: bare.switch_pid not in (0, before), 30, "the switch was not started again")
    over = agent.wait("interaction", 30, interaction=talk.interaction, state="wrap_up")
    assert over["ended_by"] == "network"
    agent.had("call", interaction=talk.interaction, state="ended")
    agent.done("wrapup answered cut off")
    agent.had("interaction", interaction=talk.interaction, state="closed")
    # This phone registers again within 40 s; another agent need not wait for that.
    agent.done("notready break")
    other = text(bare, "mateo").ready()
    once_more = Talk(bare, other, telephone(bare, "8001"))
    once_more.end(other)


def test_a_killed_phone_is_started_again_and_registers(
    bare: Bare, text: Callable[..., AgentInText], telephone: Callable[..., Telephone]
) -> None:
    agent = text(bare, "ibrahim").ready()
    before = agent.phone_pid
    kill(before)
    until(lambda: agent.phone_pid not in (0, before), 30, "the phone was not started again")
    until(lambda: len(agent.all("phone", state="registered")) >= 2, 30, lambda: agent.all("phone"))
    talk = Talk(bare, agent, telephone(bare, "8001"))
    talk.end(agent)


def _queued(centre: Bare, number: str) -> tuple[str, float] | None:
    words = "SELECT id, queued_at, body FROM interactions WHERE live = 1 AND state = 'queued'"
    return next(((key, at) for key, at, body in centre.query(words) if f'"{number}"' in body), None)
