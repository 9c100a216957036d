"""A second front end at an agent's phone: what text mode has no verb for, and what the phone says."""

from __future__ import annotations

from typing import Any

from agent_desktop.links import runfile
from agent_desktop.links.client import LinkClient, Target
from agent_desktop.wire import phone as wire
from agent_desktop.wire.codec import PHONE_LINK
from tests.interop.sound import until

from .agent import AgentInText


class PhoneLink:
    """Attached for the length of a test; lives on its event loop."""

    def __init__(self, agent: AgentInText) -> None:
        run = runfile.read(agent.data, "phone")
        assert run is not None, "the agent has no phone"
        self.events: list[Any] = []

        async def target() -> Target:
            return Target(f"ws://127.0.0.1:{run.port}/", run.token)

        self._link = LinkClient(PHONE_LINK, name="test", target=target, on_event=self.events.append)
        self._link.start()

    async def ask(self, command: Any) -> wire.PhoneReply:
        request = self._link.request(command)

        def reply() -> wire.PhoneReply | None:
            answers = (e for e in self.events if isinstance(e, wire.PhoneReply) and e.request == request)
            return next(answers, None)

        found = await until(reply)
        assert isinstance(found, wire.PhoneReply)
        return found

    async def plain_sound(self) -> None:
        """No cleaning of the microphone: the tests measure tones, which a noise suppressor takes away."""
        await self.ask(wire.SetSound(echo=False, noise=False, gain=False))

    def calls(self) -> set[str]:
        """Every call that the phone has told of."""
        return {event.call.id for event in self.events if isinstance(event, wire.PhoneCallChanged)}

    async def close(self) -> None:
        await self._link.stop()
