"""A textphone of others through the whole house: greeted and served in tones, put to an agent who types.

H4 and U-6: the menu is answered by a typed digit, the skill is asked for, what both typed is in the record
in order, and a supervisor who listens reads along.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from tests.interop.typing_party import Minimodem

from .agent import AgentInText
from .programs import Demo, until

pytestmark = [pytest.mark.peer, pytest.mark.timeout(240)]  # textphones are slow

TURNS = (
    ("good day, mateo here", "HELLO. MY LAMP IS DARK"),
    ("a new one leaves today", "THANK YOU"),
)


def kept(demo: Demo, interaction: str) -> list[tuple[str, str, str]]:
    """The lines of the record: direction, carrier, text."""
    rows = demo.query(
        "SELECT body FROM messages WHERE json_extract(body, '$.interaction') = ? ORDER BY num", interaction
    )
    bodies = [json.loads(body) for (body,) in rows]
    return [(body["direction"], body.get("carrier", ""), body["text"].strip()) for body in bodies]


def says(agent: AgentInText, words: str) -> None:
    """Type in the call, as soon as the phone knows what carries its text."""
    until(lambda: agent.do(f"say {words}")["type"] == "ok", why="no text was taken")


async def test_a_textphone_is_greeted_served_routed_and_talked_with_in_text(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    mateo, astrid = text(demo).ready(), text(demo, "astrid").signed_in()
    caller = Minimodem()
    try:
        await caller.open(demo.sip)
        await caller.dial("8000")
        await caller.say("HELLO GA")
        await caller.told("PRESS 0. GA", within_s=120.0)
        await caller.say("3")
        offer = await asyncio.to_thread(mateo.wait, "offer", 30.0, media="voice")
        assert "Caller types by TTY" in offer["reasons"]
        assert "text ≥ 1: you have 4" in offer["reasons"]
        interaction = offer["interaction"]
        await asyncio.to_thread(mateo.done, f"accept {interaction}")
        await asyncio.to_thread(mateo.wait, "call", interaction=interaction, state="up")
        for ours, theirs in TURNS:
            await asyncio.to_thread(says, mateo, f"{ours} /ga")
            await caller.told(f"{ours.upper()} GA")
            if (ours, theirs) == TURNS[0]:
                await asyncio.to_thread(astrid.done, "listen mateo")
            await caller.say(f"{theirs} GA")
            await asyncio.to_thread(mateo.wait, "call_text", 30.0, speaker="caller", finished=True)
        await asyncio.to_thread(astrid.had, "message", 20.0, direction="in", text="THANK YOU GA")
        await asyncio.to_thread(mateo.done, "hangup")
        await asyncio.to_thread(mateo.close, interaction)
    finally:
        await caller.close()
    until(
        lambda: ("in", "tty", "THANK YOU GA") in kept(demo, interaction), why=lambda: kept(demo, interaction)
    )
    lines = kept(demo, interaction)
    assert lines[0] == ("in", "tty", "HELLO GA")
    assert lines[1][:2] == ("system", "tty")
    assert lines[1][2].startswith("WELCOME TO NORDLIGHT.")
    talk = [(direction, words) for direction, _, words in lines if direction in {"in", "out"}][2:]
    assert [direction for direction, _ in talk] == ["out", "in"] * len(TURNS), lines
    assert [words.upper() for _, words in talk] == [f"{words.upper()} GA" for turn in TURNS for words in turn]
