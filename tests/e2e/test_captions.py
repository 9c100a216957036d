"""A caller speaks and an agent reads: a person's voice over SIP, the model on the agent's side, the record.

The agent in text mode stands for one who does not hear, and turns captions on in the settings while the phone
runs; the words come as lines marked as captions, stay out while card data is given, and are found again in
the record with how sure the machine was, also those that were being said when the call ended.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_desktop.media.pcm import SAMPLE_RATE_HZ, SILENCE, Pcm, frames_of
from tests.contract import speech
from tests.interop.party import Party
from tests.interop.sound import until

from .agent import AgentInText
from .programs import Demo
from .test_typed_call import called

pytestmark = pytest.mark.peer

SECRET, SAID = "privacy-unident", "cannot-complete-as-dialed"
PATIENCE_S = 60.0
PAUSE_S = 1.0  # behind each of the sentences


class Speaker(Party):
    """A caller with a person's voice."""

    def __init__(self) -> None:
        super().__init__(440)
        self._frames: deque[Pcm] = deque()
        self._tone = self  # type: ignore[assignment]  # another voice

    def frame(self) -> Pcm:
        return self._frames.popleft() if self._frames else SILENCE

    async def say(self, name: str, *, and_stop: bool = True) -> None:
        """Say one of the sentences, and wait until it is on the line; the pause behind it ends it."""
        sound = speech.person(name)
        self._frames.extend(frames_of(sound if and_stop else sound[: -round(PAUSE_S * SAMPLE_RATE_HZ)]))
        await until(lambda: not self._frames, 30, "the sentence is not out")


async def test_a_caller_who_speaks_is_read_and_found_again(
    demo: Demo, text: Callable[..., AgentInText], tmp_path: Path
) -> None:
    agent = text(demo).ready()
    await asyncio.to_thread(agent.done, "settings captions.engine whisper")
    assert '"whisper"' in (tmp_path / "mateo" / "settings.toml").read_text()
    caller = Speaker()

    async def read(name: str, *, wrong: float = 0.25, sure: float = 0.5) -> None:
        wanted = speech.SAID[name]
        came = await asyncio.to_thread(
            agent.wait, "call_text", PATIENCE_S, medium="caption", speaker="caller", finished=True
        )
        assert speech.errors(wanted, came["text"]) <= wrong, (came["text"], wanted)
        assert came["confidence"] > sure
        assert came["interaction"] == offer["interaction"]

    try:
        offer = await called(caller, demo, agent)
        await asyncio.to_thread(agent.done, "captions on")
        await caller.say(SAID)
        await read(SAID)
        await asyncio.to_thread(agent.done, "secure on")
        await asyncio.to_thread(agent.wait, "interaction", interaction=offer["interaction"], secure=True)
        await caller.say(SECRET)
        await asyncio.to_thread(agent.done, "secure off")
        await asyncio.to_thread(agent.wait, "interaction", interaction=offer["interaction"], secure=False)
        await caller.say(SAID)
        await read(SAID)
        await caller.say(SAID, and_stop=False)
        await asyncio.to_thread(agent.done, "hangup")
        await read(SAID, wrong=0.5, sure=0.0)  # what was on its way in the network is not heard
        await asyncio.to_thread(agent.had, "interaction", state="wrap_up")
        await asyncio.to_thread(agent.finish, offer["interaction"])
    finally:
        await caller.close()
    kept = [body for (body,) in demo.query("SELECT body FROM messages WHERE body LIKE '%caption%'")]
    assert len(kept) == 3, kept
    assert all("completed" in body and '"confidence":0.' in body for body in kept), kept
