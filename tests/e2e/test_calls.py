"""A call from a real telephone through greeting, queue and agent, and back out again."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from agent_desktop.media import tones, wav

from .agent import AgentInText
from .listening import AGENT_HZ, CUSTOMER_HZ, RATE, heard_now, level, longest_gap_ms, talking
from .peers import Baresip, SippCall
from .programs import Demo, until
from .telephone import Telephone

pytestmark = pytest.mark.peer


def test_sipp_is_queued_answered_by_an_agent_and_hangs_up(
    demo: Demo, text: Callable[..., AgentInText], sipp: Callable[..., SippCall]
) -> None:
    agent = text(demo).ready()
    call = sipp(demo, "8001", 6.0)
    offer = agent.wait("offer", media="voice")
    assert offer["queue"] == "support"
    assert offer["reasons"]
    assert offer["expires_in_s"] > 0
    agent.done(f"accept {offer['interaction']}")
    agent.wait("interaction", interaction=offer["interaction"], state="active")
    agent.wait("call", interaction=offer["interaction"], state="up")
    over = agent.wait("interaction", interaction=offer["interaction"], state="wrap_up")
    assert over["ended_by"] == "customer"
    agent.done("wrapup answered SIPp was satisfied")
    closed = agent.wait("interaction", interaction=offer["interaction"], state="closed")
    assert closed["disposition"] == "answered"
    assert call.result() == (1, 0)


def test_baresip_hears_greeting_and_music_and_talks_both_ways_until_the_agent_hangs_up(
    demo: Demo, text: Callable[..., AgentInText], baresip: Callable[..., Baresip]
) -> None:
    agent = text(demo).ready()
    agent.done("notready break")
    customer = baresip(demo)
    customer.dial(demo.line["numbers"]["ivr"])
    interaction = until(lambda: demo.query("SELECT id FROM interactions WHERE live = 1"))[0][0]
    until(lambda: _answered_for(demo, interaction, 1.5))
    customer.press("3")
    until(lambda: "Queued" in [kind for kind, _at, _body in demo.events(interaction)])
    queued_at = next(at for kind, at, _body in demo.events(interaction) if kind == "Queued")
    until(lambda: time.time() > queued_at + 2.0, 5)  # so long music is heard
    agent.done("ready")
    offer = agent.wait("offer", interaction=interaction)
    assert offer["waited_s"] > 1
    assert any("3" in step or "lamp" in step for step in offer["path"]), offer["path"]
    agent.done(f"accept {offer['interaction']}")
    agent.wait("call", interaction=interaction, state="up")
    until(lambda: heard_now(agent.ear, CUSTOMER_HZ))
    bridged_at = time.time()
    until(lambda: time.time() > bridged_at + 4.0, 6)
    agent.done("hangup")
    until(lambda: _moves(demo, interaction)[-1] == "ended")
    agent.close(interaction)
    customer.finished()

    events = demo.events(interaction)
    for heard, hz in ((wav.read(agent.ear), CUSTOMER_HZ), (customer.heard(), AGENT_HZ)):
        talk = talking(heard, hz, 3.5)
        assert level(talk, hz) > -25
        assert tones.level_dbfs(talk) < level(talk, hz) + 1, "something else sounds too: the music?"
        assert longest_gap_ms(talk, hz) <= 60
    answered_at = next(
        body["call"]["answered_at"]
        for kind, _at, body in events
        if kind == "CallMoved" and body["call"]["answered_at"]
    )
    waited = customer.heard()
    for since_s, what in ((0.3, "greeting"), (queued_at - answered_at + 0.6, "music")):
        part = waited[int(since_s * RATE) : int((since_s + 1.1) * RATE)]
        assert tones.level_dbfs(part) > -45, f"the customer heard no {what}"

    kinds = [kind for kind, _at, _body in events]
    steps = ["Arrived", "PathTaken", "Queued", "Offered", "Accepted", "Ended", "Closed"]
    places = [kinds.index(kind) for kind in steps]
    assert places == sorted(places), kinds
    assert _moves(demo, interaction) == ["treatment", "connecting", "bridged", "ended"]
    times = [at for _kind, at, _body in events]
    assert times == sorted(times)
    assert min(times) > bridged_at - 60
    ended = next(body for kind, _at, body in events if kind == "Ended")
    assert ended["by"] == "agent"


def _moves(demo: Demo, interaction: str) -> list[str]:
    return [body["call"]["state"] for kind, _at, body in demo.events(interaction) if kind == "CallMoved"]


def _answered_for(demo: Demo, interaction: str, seconds: float) -> bool:
    moves = [body["call"] for kind, _at, body in demo.events(interaction) if kind == "CallMoved"]
    answered = [call["answered_at"] for call in moves if call["answered_at"]]
    return bool(answered) and time.time() > answered[0] + seconds


def test_an_agent_who_quits_is_offered_nothing_from_that_moment(
    demo: Demo, text: Callable[..., AgentInText], telephone: Callable[..., Telephone]
) -> None:
    text(demo, "noor").ready().end()
    caller = telephone(demo, "8001", "+4940777031")
    words = "SELECT id FROM interactions WHERE state = ? AND body LIKE '%+4940777031%'"
    ((interaction,),) = until(lambda: demo.query(words, "queued"))
    caller.hang_up()
    until(lambda: demo.query(words, "abandoned"))
    assert "Offered" not in [kind for kind, _at, _body in demo.events(interaction)]
