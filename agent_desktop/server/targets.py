"""Where a call or a conversation can go, for the letters typed so far (PRODUCT 3.7.1, 3.7.2, A6)."""

from __future__ import annotations

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import Agent, open_to
from agent_desktop.domain.call import OVER
from agent_desktop.domain.permissions import can
from agent_desktop.domain.types import AgentId, InteractionId, MediumId
from agent_desktop.server.board import Board
from agent_desktop.server.hub import Hub
from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.commands import FindTargets

LOGGED_OUT = "logged_out"
NOT_RUNG = "Not ready, so nobody would be rung. Consult, or choose a queue."


class Targets:
    """Agents, queues and parked calls by name; a number as it stands."""

    def __init__(self, hub: Hub, board: Board) -> None:
        self._hub = hub
        self._board = board

    def find(self, asker: AgentId, query: FindTargets) -> tuple[TargetModel, ...]:
        """The best first: names that begin with the letters, then those that hold them."""
        letters = query.text.strip().casefold()
        me = self._hub.tables.agents[asker]
        subject = self._hub.tables.interactions.get(InteractionId(query.interaction))
        medium = subject.medium if subject is not None else None
        found = [*self._agents(me, medium), *self._queues(me, medium), *self._parked(me, medium)]
        fits = [t for t in found if letters in t.name.casefold() or t.id.casefold().startswith(letters)]
        fits.sort(key=lambda t: (not t.name.casefold().startswith(letters), _rank(t), t.name.casefold()))
        number = "".join(c for c in query.text if c.isdigit() or c in "+*#")
        if len(number) >= 2 and not fits:
            blind, consult = (can(me.role, f"{how}_number", own=True) for how in ("blind", "consult"))
            fits = [TargetModel(kind="number", id=number, name=number, blind=blind, consult=consult)]
        return tuple(fits[: max(1, min(query.limit, 100))])

    def _agents(self, me: Agent, medium: MediumId | None) -> list[TargetModel]:
        """Who is signed in; a caller is sent on blind only to who would be rung, and not to music alone."""
        rows = []
        talk = medium if medium is not None and self._hub.media[medium].talk else None
        for agent in self._hub.tables.agents.values():
            if agent.id == me.id or agent.state == LOGGED_OUT:
                continue
            shown = self._board.agent_model(agent.id)
            rings = talk is None or open_to(agent, talk, transferred=True)
            reason = "" if rings else NOT_RUNG
            if not shown.phone:
                reason = "The phone is not registered."
            rows.append(
                TargetModel(
                    kind="agent",
                    id=agent.id,
                    name=agent.name,
                    state=shown.activity if shown.activity not in {"", "idle"} else shown.state,
                    ready=int(shown.state == "ready" and shown.activity in {"", "idle"}),
                    blind=can(me.role, "blind_agent", own=True) and rings,
                    consult=can(me.role, "consult_agent", own=True) and shown.phone,
                    reason=reason,
                )
            )
        return rows

    def _queues(self, me: Agent, medium: MediumId | None) -> list[TargetModel]:
        """The queues whose people serve this medium; a queue without a list serves all of them."""
        rows = []
        for queue in self._hub.centre.queues.values():
            if medium is not None and queue.media and medium not in queue.media:
                continue
            live = self._board.queue_model(queue.id)
            rows.append(
                TargetModel(
                    kind="queue",
                    id=queue.id,
                    name=queue.name,
                    ready=live.ready,
                    waiting=live.waiting,
                    estimated_s=live.estimated_s,
                    blind=can(me.role, "blind_queue", own=True),
                    consult=can(me.role, "consult_queue", own=True) and live.ready > 0,
                    reason="" if live.ready else "Nobody is free there now.",
                )
            )
        return rows

    def _parked(self, me: Agent, medium: MediumId | None) -> list[TargetModel]:
        """Calls to take; beside a conversation in writing they are no place to go."""
        if medium is not None and not self._hub.media[medium].talk:
            return []
        parked = (
            i
            for i in self._hub.tables.interactions.values()
            if i.state == interactions.PARKED and i.call is not None and i.call.state not in OVER
        )
        return [
            TargetModel(kind="parked", id=i.id, name=i.customer_name, blind=False, consult=False)
            for i in parked
            if i.queue in me.queues or i.agent == me.id
        ]


def _rank(target: TargetModel) -> int:
    return {"agent": 0 if target.ready else 2, "queue": 1, "parked": 3}.get(target.kind, 4)
