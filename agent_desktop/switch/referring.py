"""Transfers that an agent's own phone asks for: REFER (RFC 3515), and Replaces (RFC 3891).

A desk phone knows blind and attended transfer by itself.  The switch takes its REFER (202), tells the
router (`TransferAsked`) and lets the router carry it out as the agent's wish; the phone is told of the
end of it.  A phone of the same agent may also pick up a call by an INVITE with Replaces.

Rules: only the agent's leg of a call may ask, for one transfer at a time; what the router does not carry
out in `PATIENCE_S` is refused to the phone; a call is picked up only by the extension that has it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from agent_desktop.errors import RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId, RequestId
from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.table import Table, one_line
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)

PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A transfer that the router was told of."""

    request: RequestId
    leg: Leg


class Referring:
    """What phones ask of their calls."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._asked: dict[str, _Asked] = {}
        table.watchers.append(self._follow)

    def asked(self, event: sip.TransferAsked) -> None:
        """A REFER came."""
        known = self._table.legs.find(event.leg)
        signalling, now = self._table.around.signalling(), self._table.around.monotonic()
        if known is None or known[1] is not known[0].agent or known[0].id in self._asked:
            signalling.refuse_transfer(event.request, now, 603)
            return
        call, leg = known
        other = self._other_call(call, event)
        if event.replaces is not None and other is None:
            signalling.refuse_transfer(event.request, now, 481)
            return
        signalling.accept_transfer(event.request, now)
        self._asked[call.id] = _Asked(event.request, leg)
        self._table.arm(_timer(call), PATIENCE_S, lambda: self._over(call, 408))
        self._table.around.emit(
            wire.TransferAsked(
                call=call.id,
                extension=call.extension,
                target=one_line(event.target.user),
                with_call=other.id if other is not None else "",
            )
        )

    def _other_call(self, call: Call, event: sip.TransferAsked) -> Call | None:
        """The call of the same phone whose dialog the Replaces names, as seen from our end."""
        named = event.replaces
        if named is None:
            return None
        for other in self._table.calls:
            leg = other.agent
            if other is call or leg is None or not leg.up or leg.id is None:
                continue
            ours = self._table.around.signalling().replaces(leg.id)
            if (ours.call_id, ours.from_tag, ours.to_tag) == (named.call_id, named.to_tag, named.from_tag):
                return other if other.extension == call.extension else None
        return None

    def _follow(self, call: Call) -> None:
        """A call changed: when the one who asked has left it, the transfer was carried out."""
        asked = self._asked.get(call.id)
        if asked is None:
            return
        if call.ended_at:
            self._over(call, 200 if call.ended_by == "system" else 487)
        elif call.agent is not asked.leg:
            self._over(call, 200)

    def _over(self, call: Call, status: int) -> None:
        asked = self._asked.pop(call.id, None)
        self._table.stop_timer(_timer(call))
        if asked is not None:
            now = self._table.around.monotonic()
            self._table.around.signalling().refer_progress(asked.request, status, now)

    def picked_up(self, event: sip.CallArrived, replaced: LegId) -> None:
        """An INVITE that wants to stand in for a leg of ours."""
        known = self._table.legs.find(replaced)
        signalling, now = self._table.around.signalling(), self._table.around.monotonic()
        if known is None or known[1] is not known[0].agent:
            signalling.reject(event.leg, now, 481)
            return
        call, old = known
        if event.user is None:
            signalling.challenge(event.leg, now)
            return
        if event.user != call.extension:
            log.warning("a call was not picked up: it is another's", extra={"call": call.id})
            signalling.reject(event.leg, now, 403)
            return
        was_up = old.up
        leg = call.new_leg(Side.AGENT, ours=False, label=old.label, extension=call.extension)
        leg.person = old.person
        self._table.legs.took(call, leg, event)
        try:
            self._table.legs.answer(call, leg, event.leg)
        except RefusedError as error:
            log.warning("a call was not picked up: %s", error, extra={"call": call.id})
            self._table.close(leg)
            call.agent = old
            return
        self._table.legs.hang_up(old)
        self._table.close(old)
        if not was_up:
            self._table.stop_timer(call.id)
            call.bridged_at = leg.up_at
            self._table.playing.stop(call)
        self._table.route(call)
        self._table.changed(call)


def _timer(call: Call) -> str:
    return f"{call.id}/transfer"
