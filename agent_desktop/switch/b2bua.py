"""The back-to-back user agent: what phones and trunks do, and what the switch does about it.

Each customer and each agent has a leg of its own; the table joins the two in the mixer and tells the
router what became of it.

Rules: who hung up is recorded; a customer is never dropped because an agent's leg failed: the music goes
on and the router is told; when an agent hangs up, the call is over; a leg whose sound has stopped for
`LOST_S` is lost (a crashed phone says nothing).  A call goes on when the router is gone.
"""

from __future__ import annotations

import logging
from typing import Final

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip import media as sdp
from agent_desktop.sip.address import Address
from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.registrar import Admission, CallCaps
from agent_desktop.switch.table import INTERACTION, Table, one_line
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)

LOST_S: Final = 10.0
_GONE_S: Final = 1.0  # an agent's phone that registers anew and was silent this long has been restarted
_UNATTENDED_S: Final = 15.0


class BackToBack:
    """The SIP stack's hand in the call table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._caps = CallCaps()

    def happened(self, event: sip.Event) -> None:
        """Take in one event of the SIP stack; those that are not about calls are ignored."""
        match event:
            case sip.CallArrived():
                self._arrived(event)
            case sip.Progressed() | sip.Answered() | sip.MediaChanged() | sip.Ended():
                known = self._table.by_leg.get(event.leg)
                if known is not None:
                    self._moved(*known, event)
            case sip.Bound():
                if event.is_new:
                    self._phone_is_back(event.user, event.source)
            case _:
                pass

    def _moved(
        self, call: Call, leg: Leg, event: sip.Progressed | sip.Answered | sip.MediaChanged | sip.Ended
    ) -> None:
        match event:
            case sip.Progressed():
                self._progressed(call, leg, event)
            case sip.Answered():
                self._leg_answered(call, leg, event.agreement)
            case sip.MediaChanged():
                before = call.state
                self._table.agreed(leg, event.agreement)
                self._table.route(call)
                if call.state != before:
                    self._table.changed(call)
            case sip.Ended():
                self._leg_ended(call, leg, event)

    def _arrived(self, event: sip.CallArrived) -> None:
        caller, called = one_line(event.caller.uri.user), one_line(event.called.user)
        agent, now = self._table.around.signalling(), self._table.around.monotonic()
        match self._table.directory.admit(
            caller=caller, called=called, proved=event.user, source=event.source
        ):
            case Admission.CHALLENGE:
                agent.challenge(event.leg, now)
            case Admission.UNKNOWN_NUMBER:
                agent.reject(event.leg, now, 404)
            case Admission.NOT_TRUSTED:
                log.warning("a call from an unknown address was refused", extra={"source": event.source.host})
                agent.reject(event.leg, now, 403)
            case Admission.FROM_AGENT if event.user is not None:
                self._agent_dials(event, event.user, called)
            case Admission.TO_CENTRE | Admission.FROM_AGENT:
                self._customer_calls(event, caller, called)

    def _customer_calls(self, event: sip.CallArrived, caller: str, called: str) -> None:
        agent, now = self._table.around.signalling(), self._table.around.monotonic()
        if self._table.full:
            agent.reject(event.leg, now, 503)
            return
        call = self._table.new_call("in", event, caller, called)
        leg = call.new_leg(Side.CUSTOMER, ours=False)
        leg.id = event.leg
        self._table.by_leg[event.leg] = (call, leg)
        agent.ring(event.leg, now)
        self._table.arm(call, _UNATTENDED_S, lambda: self._unattended(call))
        self._table.around.emit(wire.CallArrived(call=call.wire()))

    def _unattended(self, call: Call) -> None:
        """No router took the call: the caller hears that the service is not there, not endless ringing."""
        leg = call.customer
        if call.ended_at or leg is None or leg.id is None or leg.up:
            return
        if self._table.around.attended():
            self._table.arm(call, _UNATTENDED_S, lambda: self._unattended(call))
        else:
            self._table.reject(leg, 503)
            self._table.end(call, "system")

    def _agent_dials(self, event: sip.CallArrived, extension: str, called: str) -> None:
        agent, now = self._table.around.signalling(), self._table.around.monotonic()
        up = sum(call.extension == extension for call in self._table.calls)
        if self._table.full or not self._caps.may_call(extension, up, now):
            agent.reject(event.leg, now, 503)
            return
        call = self._table.new_call("out", event, extension, called)
        if called in self._table.directory.extensions:
            call.direction = "internal"
        call.extension = extension
        call.interaction = one_line(event.message.header(INTERACTION))
        leg = call.new_leg(Side.AGENT, ours=False)
        leg.id = event.leg
        self._table.by_leg[event.leg] = (call, leg)
        try:
            self._table.dial_far(call)
        except AgentDesktopError as error:
            status = 480 if isinstance(error, RefusedError) and error.code == "not_registered" else 404
            self._table.reject(leg, status)
            self._table.forget(call)
            return
        self._table.around.emit(wire.AgentDialled(call=call.wire()))

    def _progressed(self, call: Call, leg: Leg, event: sip.Progressed) -> None:
        if leg.side is not Side.CUSTOMER:
            return
        if event.agreement is not None:
            self._table.agreed(leg, event.agreement)
        agent = call.agent
        if agent is not None and not agent.ours and not agent.up and agent.id is not None:
            self._table.around.signalling().ring(agent.id, self._table.around.monotonic())
        self._table.route(call)

    def _leg_answered(self, call: Call, leg: Leg, agreement: sdp.Agreement) -> None:
        leg.up = True
        self._table.agreed(leg, agreement)
        now = self._table.around.wall()
        if leg.side is Side.AGENT:
            self._table.stop_timer(call)
            if call.customer is None:
                self._table.route(call)
                try:
                    self._table.dial_far(call)
                except AgentDesktopError as error:
                    log.warning("a call could not be dialled: %s", error, extra={"call": call.id})
                    self._table.end(call, "system")
                    return
        else:
            call.answered_at = now
            agent = call.agent
            if agent is not None and not agent.ours and not agent.up and agent.id is not None:
                try:
                    self._table.accept(call, agent, agent.id)
                except RefusedError:
                    return
        if call.bridged:
            call.bridged_at = now
            self._table.playing.stop(call)
        self._table.route(call)
        self._table.changed(call)

    def _leg_ended(self, call: Call, leg: Leg, event: sip.Ended) -> None:
        self._table.close(leg)
        lost = event.by in {sip.EndedBy.TIMED_OUT, sip.EndedBy.FAILED}
        if leg.side is Side.CUSTOMER:
            self._table.end(call, "network" if lost else "customer")
        elif call.direction != "in" or (leg.up and not lost):
            if leg.ours and not leg.up:
                self._table.failed(call, call.extension, event.status, event.reason)
            self._table.end(call, "network" if lost else "agent")
        elif leg.up:
            self._table.agent_lost(call)
        else:
            extension, call.agent, call.extension = call.extension, None, ""
            self._table.stop_timer(call)
            self._table.failed(call, extension, event.status, event.reason)
            self._table.changed(call)

    def _phone_is_back(self, extension: str, source: Address) -> None:
        """A phone that registers anew while its call is silent was restarted: the call is not on it."""
        for call in self._table.calls:
            leg = call.agent
            if call.extension != extension or leg is None or not leg.up:
                continue
            if self._table.around.desk.silent_s(leg.name) > _GONE_S:
                log.warning("an agent's phone came back without its call", extra={"source": str(source)})
                self._lost(call, leg)

    def watch(self) -> None:
        """Once a second: find legs whose sound has stopped."""
        for call in self._table.calls:
            for leg in call.legs:
                agreed = leg.agreement.audio if leg.agreement is not None else None
                receives = agreed is not None and agreed.direction.receives
                if leg.up and receives and self._table.around.desk.silent_s(leg.name) > LOST_S:
                    self._lost(call, leg)

    def _lost(self, call: Call, leg: Leg) -> None:
        if leg.side is Side.AGENT and call.direction == "in":
            self._table.agent_lost(call)
        else:
            self._table.end(call, "network")
