"""A caller who types, and an agent in text mode: minimodem's tones and real-time text, through the centre."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from agent_desktop.wire.calls import CARRIED
from tests.interop.party import Party
from tests.interop.typing_party import Minimodem, TypingParty

from .agent import AgentInText
from .programs import Demo

pytestmark = pytest.mark.peer


async def called(party: Party, demo: Demo, agent: AgentInText) -> dict[str, Any]:
    """The caller is with the agent."""
    await party.open(demo.sip)
    line = asyncio.create_task(party.dial("8001"))
    offer = await asyncio.to_thread(agent.wait, "offer", media="voice")
    await asyncio.to_thread(agent.done, f"accept {offer['interaction']}")
    await line
    await asyncio.to_thread(agent.wait, "call", interaction=offer["interaction"], state="up")
    return offer


async def test_a_textphone_of_others_and_an_agent_in_text_mode_take_turns(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    agent = text(demo).ready()
    caller = Minimodem()
    try:
        offer = await called(caller, demo, agent)
        await caller.say("HELLO IT IS BROKEN GA")
        came = await asyncio.to_thread(
            agent.wait, "call_text", 30.0, interaction=offer["interaction"], speaker="caller", finished=True
        )
        assert came["text"].strip() == "HELLO IT IS BROKEN GA"
        # The switch reads the tones and passes letters on.
        assert (came["medium"], came["turn"]) == ("rtt", "you")
        await asyncio.to_thread(agent.done, "say a new one leaves today /ga")
        await caller.told("GA")
        assert "A NEW ONE LEAVES TODAY GA" in caller.text
        for mode in ("vco", "text"):  # the same word again goes back
            await asyncio.to_thread(agent.done, "vco")
            await asyncio.to_thread(agent.wait, "call_text", speaker="system", text=CARRIED[mode])
        await caller.say("THANKS SK")
        came = await asyncio.to_thread(agent.wait, "call_text", 30.0, speaker="caller", finished=True)
        assert came["text"].strip() == "THANKS SK"
        await asyncio.to_thread(agent.done, "hangup")
        await asyncio.to_thread(agent.wait, "interaction", state="wrap_up")
        await asyncio.to_thread(agent.finish, offer["interaction"])
    finally:
        await caller.close()
    rows = demo.query("SELECT body FROM messages WHERE body LIKE ?", f"%{offer['interaction']}%")
    kept = sorted((json.loads(body) for (body,) in rows), key=lambda message: message["at"])
    assert [m["text"] for m in kept if m["direction"] == "system"] == [CARRIED["vco"], CARRIED["text"]]


async def test_letters_go_both_ways_and_what_is_taken_back_is_told_as_it_stands(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    agent = text(demo).ready()
    caller = TypingParty(440)
    try:
        offer = await called(caller, demo, agent)
        caller.type("Grüße, 田中 hier. Der Schrim\b\b\birm ist kaputt.\n")
        came = await asyncio.to_thread(
            agent.wait, "call_text", 30.0, interaction=offer["interaction"], speaker="caller", finished=True
        )
        assert came["text"].strip() == "Grüße, 田中 hier. Der Schirm ist kaputt."
        assert came["medium"] == "rtt"
        await asyncio.to_thread(agent.done, "say Ein neuer geht heute hinaus.")
        await caller.told("Ein neuer geht heute hinaus.")
        await asyncio.to_thread(agent.done, "hangup")
        await asyncio.to_thread(agent.wait, "interaction", state="wrap_up")
        await asyncio.to_thread(agent.finish, offer["interaction"])
    finally:
        await caller.close()
