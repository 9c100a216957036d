"""Calls to numbers outside: judged, sent over a trunk, and sent over the next one when that fails.

Every number that anybody wants to reach passes here: what the router dials, whom an agent asks in, what an
agent's own phone dials, and where a provider's redirection (3xx) points.

Rules: nothing leaves that `limits` has not allowed, in the spelling in which it leaves; a redirected number
is judged like a dialled one and goes out by the same trunk, never to wherever the answer points; a leg is
in the ledger from its INVITE to its end, over however many trunks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from agent_desktop.domain.dialling import dialable
from agent_desktop.errors import RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip.message import Response
from agent_desktop.sip.redirect import next_target
from agent_desktop.sip.uri import Uri
from agent_desktop.switch.calls import Leg
from agent_desktop.switch.limits import Tolls
from agent_desktop.switch.outside import Way
from agent_desktop.switch.registrar import Directory
from agent_desktop.switch.trunks import Trunks, is_trunks_fault

log = logging.getLogger(__name__)

MOST_HOPS: Final = 3


class Outgoing:
    """The way out for every number.  All methods belong to the signalling thread."""

    def __init__(self, trunks: Trunks, tolls: Tolls, directory: Callable[[], Directory]) -> None:
        self.trunks = trunks
        self.tolls = tolls
        self._directory = directory

    def is_emergency(self, number: str) -> bool:
        """A call for help: no cap of any kind is in its way."""
        return self.tolls.is_emergency(number)

    def way(self, number: str, agent: str = "", caller_id: str = "") -> Way:
        """By which trunks this agent may reach the number.  RefusedError with words for the agent."""
        try:
            return self._way(number, agent, caller_id)
        except RefusedError as error:
            log.warning("a call outside was refused: %s", error, extra={"number": number, "agent": agent})
            raise

    def _way(self, number: str, agent: str, caller_id: str) -> Way:
        directory = self._directory()
        if number in directory.numbers or (not self.trunks and directory.way_out is None):
            raise RefusedError("The number cannot be reached from here.", code="unknown_number")
        allowed = self.tolls.may_dial(number, agent, self.trunks.leaves_as(number))
        if self.trunks:
            shown = "" if caller_id in directory.extensions else caller_id
            ways = self.trunks.ways(number, shown, emergency=allowed.emergency)
        else:
            out = directory.way_out
            assert out is not None  # noqa: S101 - asked above
            ways = (Way(Uri("sip", dialable(number), out.host, out.port), out),)
        known = [replace(way, toll=allowed, agent=agent, number=number) for way in ways]
        return replace(known[0], rest=tuple(known[1:]))

    def began(self, leg: Leg, way: Way) -> None:
        """The leg's INVITE goes out by this way."""
        before, leg.way = leg.way, way
        if way.trunk:
            self.trunks.took(leg.name, way.trunk)
        if way.toll is not None and (before is None or before.number != way.number):
            self.tolls.begun(leg.name, way.agent, way.toll)

    def answered(self, leg: Leg) -> None:
        """Somebody is there: time counts."""
        if leg.way is not None and leg.way.toll is not None:
            self.tolls.answered(leg.name)
            self.trunks.worked(leg.way.trunk)

    def over(self, leg: Leg) -> None:
        """The leg is over, whoever made it."""
        self.tolls.ended(leg.name)
        self.trunks.left(leg.name)

    def next(self, leg: Leg, event: sip.Ended) -> Way | None:
        """Where to try again after this end of a leg that was not answered; None: nowhere."""
        way = leg.way
        if way is None or way.toll is None or leg.up:
            return None
        if 300 <= event.status < 400 and isinstance(event.message, Response):
            return self._redirected(way, event.message)
        if not is_trunks_fault(event) or not way.trunk:
            return None
        self.trunks.failed(way.trunk, event)
        if not way.rest:
            return None
        log.warning("a call goes on by the next trunk", extra={"trunk": way.trunk, "status": event.status})
        return replace(way.rest[0], rest=way.rest[1:])

    def _redirected(self, way: Way, response: Response) -> Way | None:
        target = next_target(response, [])
        number = dialable(target.user) if target is not None else ""
        if not number or way.hops >= MOST_HOPS or number == dialable(way.target.user):
            return None
        try:
            allowed = self.tolls.may_dial(number, "", number)
        except RefusedError:
            return None
        return replace(
            way,
            target=replace(way.target, user=number),
            toll=replace(allowed, price=max(allowed.price, way.toll.price if way.toll else 0)),
            number=number,
            hops=way.hops + 1,
        )
