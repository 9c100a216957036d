"""States as people set them: an agent's own, and an agent's by a supervisor (PRODUCT 3.1, F8 to F10).

The domain decides what a choice means now (`domain.choosing`); this room knows the reasons of the centre
and takes back the offers that a choice has closed.  Going ready never touches an offer (R29).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from agent_desktop.domain import agent as agents
from agent_desktop.domain.agent import LOGGED_OUT, NOT_READY, READY, Agent
from agent_desktop.domain.choosing import Choice, choose
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, ReasonCode
from agent_desktop.errors import RefusedError
from agent_desktop.ports.storage import Changes
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work
from agent_desktop.wire.commands import SetAgentState

EndSession = Callable[[AgentId, str], Awaitable[None]]


class States:
    """Who sets what."""

    def __init__(
        self, hub: Hub, work: Work, *, online: Callable[[AgentId], bool], end_session: EndSession
    ) -> None:
        self._hub = hub
        self._work = work
        self._online = online
        self._endings: set[asyncio.Future[None]] = set()
        self._end_session = end_session
        hub.published.append(self._published)

    # --- one's own --------------------------------------------------------------------------------

    def ready(self, step: Step, key: AgentId) -> None:
        """Be offered work from now on, or after the call or the wrap-up in hand."""
        self._tested(step.agent_of(key))
        self._set(step, key, Choice(state=READY), "agent")

    def not_ready(self, step: Step, key: AgentId, code: str) -> None:
        """Take a break for a reason, now or after the work in hand."""
        self._set(step, key, self._for_reason(step.agent_of(key), code), "agent")

    def sign_out(self, step: Step, key: AgentId) -> None:
        """End the shift; not with work in hand."""
        if step.holds(key):
            raise RefusedError("You still have work in hand. Finish or transfer it first.", code="busy")
        self._work.offering.release(step, key, "signed_out")
        if step.agent_of(key).state != LOGGED_OUT:
            step.agent(agents.ShiftEnded(agent=key, at=step.now, reason=agents.SIGNED_OUT))

    def tested(self, step: Step, key: AgentId, passed: tuple[str, ...], failed: tuple[str, ...]) -> None:
        """The self-test's result; where it is required, nobody goes on with one that failed (R17)."""
        left_out = tuple(name for name in agents.NEEDED_CHECKS if name not in passed)
        wrong = tuple(dict.fromkeys((*failed, *left_out)))
        after = step.agent(agents.SelfTested(agent=key, at=step.now, failed=wrong))
        if not wrong or self._hub.centre.self_test != "required" or after.reason == agents.SELF_TEST_FAILED:
            return
        self._work.offering.release(step, key, "withdrawn", agents.SELF_TEST_FAILED)
        step.agent(
            agents.WentNotReady(agent=key, at=step.now, reason=agents.SELF_TEST_FAILED, cause="self_test")
        )

    # --- somebody else's --------------------------------------------------------------------------

    def set_state(self, step: Step, by: AgentId, command: SetAgentState) -> None:
        """A supervisor sets an agent's state: at once, or after what it has to wait for (3.1.5, R25)."""
        key = AgentId(command.agent)
        agent = step.agent_of(key)
        if key == by:
            raise RefusedError("Choose your own state as you always do.", code="yourself")
        match command.state:
            case "ready":
                if agent.state != LOGGED_OUT and not self._online(key):
                    said = f"{agent.name} is not connected and cannot be made ready."
                    raise RefusedError(said, code="not_connected")
                self._tested(agent)
                choice = Choice(state=READY)
            case "not_ready" if command.reason:
                choice = self._for_reason(agent, command.reason)
                if not self._online(key):  # nobody is there to be offered what the reason leaves open
                    choice = Choice(state=NOT_READY, reason=choice.reason)
            case "not_ready":
                choice = Choice(state=NOT_READY, reason=agents.SUPERVISOR)
            case "logged_out":
                choice = Choice(state=LOGGED_OUT, reason=agents.SUPERVISOR)
            case _:
                raise RefusedError("A state is ready, not_ready or logged_out.", code="bad_value")
        self._set(step, key, choice, "supervisor")

    # --- inside -----------------------------------------------------------------------------------

    def _set(self, step: Step, key: AgentId, choice: Choice, cause: str) -> None:
        agent, work = step.agent_of(key), step.tables.work_of(key)
        event = choose(agent, choice, work=work, now=step.now, cause=cause, media=step.hub.media)
        if event is None:
            return
        after = step.agent(event)
        if choice.state == READY:
            return

        def still_open(offered: Interaction) -> bool:
            return agents.open_to(after, offered.medium, transferred=bool(offered.sent_by))

        self._work.offering.release(step, key, "withdrawn", choice.reason, still_open)

    def _tested(self, agent: Agent) -> None:
        if self._hub.centre.self_test == "required" and not agent.tested_at:
            raise RefusedError("Pass the self-test first: test your headset and line.", code="self_test")

    def _for_reason(self, agent: Agent, code: str) -> Choice:
        """The break that a reason of the centre stands for: everybody's, or the agent's team's (3.1.4)."""
        if code in agents.SYSTEM_REASONS:
            said = "This reason is set by the system only. Choose another."
            raise RefusedError(said, code="system_reason")
        known = {r.code: r for r in self._hub.centre.reasons if not r.system and r.team in {"", agent.team}}
        reason = known.get(ReasonCode(code))
        if reason is None:
            raise RefusedError(f"Choose a reason: {', '.join(sorted(known))}.", code="unknown_reason")
        return Choice(state=NOT_READY, reason=code, media=reason.media, transfers=reason.transfers)

    def _published(self, changes: Changes) -> None:
        """A shift that a supervisor ended, at once or after the last work, ends the session with it."""
        for event in changes.events:
            match event:
                case agents.ShiftEnded(reason=agents.SUPERVISOR):
                    ending = asyncio.ensure_future(self._end_session(event.agent, agents.SUPERVISOR))
                    self._endings.add(ending)
                    ending.add_done_callback(self._endings.discard)
                case _:
                    pass
