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
from agent_desktop.sip.identity import asserted_in
from agent_desktop.switch import endings
from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.cutoff import Cutoff
from agent_desktop.switch.guests import Guests
from agent_desktop.switch.legs import INTERACTION
from agent_desktop.switch.quality import is_a_class_worse, with_text
from agent_desktop.switch.referring import Referring
from agent_desktop.switch.registrar import Admission, CallCaps
from agent_desktop.switch.table import Table, one_line
from agent_desktop.switch.watching import Watching
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)

LOST_S: Final = 10.0
JUDGED_EVERY_S: Final = 10
_GONE_S: Final = 1.0  # an agent's phone that registers anew and was silent this long has been restarted
_UNATTENDED_S: Final = 15.0
_STATUS: Final = {"not_registered": 480, "unknown_number": 404, "no_trunk": 503, "lines_busy": 503}
_SILENT: Final = "No sound came any more."


class BackToBack:
    """The SIP stack's hand in the call table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._guests = Guests(table)
        self._referring = Referring(table)
        self.watching = Watching(table)
        self._caps = CallCaps()
        self._seconds = 0
        table.legs.unheard = self._leg_ended
        self._cutoff = Cutoff(
            table, lambda call, leg, why: self._guests.ended(call, leg, by="system", status=403, detail=why)
        )

    def happened(self, event: sip.Event) -> None:
        """Take in one event of the SIP stack; those that are not about calls are ignored."""
        match event:
            case sip.CallArrived():
                self._arrived(event)
            case sip.Progressed() | sip.Answered() | sip.MediaChanged() | sip.Ended():
                known = self._table.by_leg.get(event.leg)
                if known is None:
                    self._table.echo.happened(event)
                else:
                    self._moved(*known, event)
            case sip.ReinviteRefused():
                known = self._table.by_leg.get(event.leg)
                if known is not None:
                    self._table.legs.text.refused(known[1])
            case sip.TransferAsked():
                self._referring.asked(event)
            case sip.DigitRelayed():
                known = self._table.by_leg.get(event.leg)
                if known is not None:
                    self._table.keys.pressed(*known, event.digit)
            case sip.Subscribed():
                self.watching.subscribed(event)
            case sip.Unsubscribed():
                self.watching.unsubscribed(event)
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
        if event.replaces is not None:
            self._referring.picked_up(event, event.replaces)
            return
        caller, called = one_line(event.caller.uri.user), one_line(event.called.user)
        agent, now = self._table.around.signalling(), self._table.around.monotonic()
        match self._table.directory.admit(
            caller=caller,
            called=called,
            proved=event.user,
            source=event.source,
            by_trunk=bool(self._table.trunks.owner(event.source)),
        ):
            case Admission.CHALLENGE:
                agent.challenge(event.leg, now)
            case Admission.UNKNOWN_NUMBER:
                agent.reject(event.leg, now, 404)
            case Admission.NOT_TRUSTED:
                log.warning("a call from an unknown address was refused", extra={"source": event.source.host})
                agent.reject(event.leg, now, 403)
            case Admission.FROM_AGENT if event.user and called == self._table.directory.echo_number:
                self._table.echo.called(event, event.user)
            case Admission.FROM_AGENT if event.user is not None:
                self._agent_dials(event, event.user, called)
            case Admission.TO_CENTRE | Admission.FROM_AGENT:
                self._customer_calls(event, caller, called)

    def _customer_calls(self, event: sip.CallArrived, caller: str, called: str) -> None:
        agent, now = self._table.around.signalling(), self._table.around.monotonic()
        if self._table.full:
            agent.reject(event.leg, now, 503)
            return
        asserted = asserted_in(event.message, event.source, self._table.trunks.hosts)
        if asserted is not None:
            caller = one_line(asserted.uri.user)
        call = self._table.new_call("in", event, caller, called)
        leg = call.new_leg(Side.CUSTOMER, ours=False)
        leg.number, leg.person = caller, call.from_name
        call.trunk = self._table.trunks.owner(event.source, called)
        self._table.trunks.took(leg.name, call.trunk)
        self._table.legs.took(call, leg, event)
        agent.ring(event.leg, now)
        self._table.arm(call.id, _UNATTENDED_S, lambda: self._unattended(call))
        self._table.around.emit(wire.CallArrived(call=call.wire()))

    def _unattended(self, call: Call) -> None:
        """No router took the call: the caller hears that the service is not there, not endless ringing."""
        leg = call.customer
        if call.ended_at or leg is None or leg.id is None or leg.up:
            return
        if self._table.around.attended():
            self._table.arm(call.id, _UNATTENDED_S, lambda: self._unattended(call))
        else:
            self._table.reject(leg, 503)
            self._table.end(call, "system", why="No router took the call.")

    def _agent_dials(self, event: sip.CallArrived, extension: str, called: str) -> None:
        agent, now = self._table.around.signalling(), self._table.around.monotonic()
        up = sum(call.extension == extension for call in self._table.calls)
        most = self._table.tolls.limits.calls_per_agent
        capped = self._table.full or not self._caps.may_call(extension, up, now, most)
        if capped and not self._table.outgoing.is_emergency(called):
            agent.reject(event.leg, now, 503)
            return
        call = self._table.new_call("out", event, extension, called)
        if called in self._table.directory.extensions:
            call.direction = "internal"
        call.extension = extension
        call.interaction = one_line(event.message.header(INTERACTION))
        leg = call.new_leg(Side.AGENT, ours=False, extension=extension)
        self._table.legs.took(call, leg, event)
        try:
            self._table.dial_far(call)
        except AgentDesktopError as error:
            code = error.code if isinstance(error, RefusedError) else ""
            self._table.reject(leg, _STATUS.get(code, 403), str(error))
            self._table.forget(call)
            return
        self._table.around.emit(wire.AgentDialled(call=call.wire()))

    def _progressed(self, call: Call, leg: Leg, event: sip.Progressed) -> None:
        if event.agreement is not None:
            self._table.agreed(leg, event.agreement)
        agent = call.agent
        if leg.side is Side.CUSTOMER and agent is not None and not agent.ours:
            self._table.legs.ring(call, agent, early=leg.sounds)
        self._table.route(call)

    def _leg_answered(self, call: Call, leg: Leg, agreement: sdp.Agreement) -> None:
        leg.up, leg.up_at = True, self._table.around.wall()
        self._table.stop_timer(leg.name)
        self._table.agreed(leg, agreement)
        self._table.outgoing.answered(leg)
        match leg.side:
            case Side.AGENT:
                self._table.stop_timer(call.id)
                if call.customer is None and not self._dialled_on(call):
                    return
            case Side.CUSTOMER:
                call.answered_at = leg.up_at
                agent = call.agent
                if agent is not None and not agent.ours and not agent.up and agent.id is not None:
                    try:
                        self._table.accept(call, agent, agent.id)
                    except RefusedError:
                        return
            case Side.GUEST | Side.SUPERVISOR:
                self._guests.answered(call, leg)
        if call.bridged and leg.side in {Side.AGENT, Side.CUSTOMER}:
            call.bridged_at = leg.up_at
            self._table.playing.stop(call)
        self._table.route(call)
        self._table.changed(call)

    def _dialled_on(self, call: Call) -> bool:
        """The agent's phone is up: call the number that the agent wanted."""
        self._table.route(call)
        try:
            self._table.dial_far(call)
        except AgentDesktopError as error:
            log.warning("a call could not be dialled: %s", error, extra={"call": call.id})
            self._table.end(call, "system", why=str(error))
            return False
        return True

    def _leg_ended(self, call: Call, leg: Leg, event: sip.Ended) -> None:
        if self._table.try_again(call, leg, event):
            return
        self._table.close(leg)
        why = endings.why(event)
        by_network = endings.is_networks(event)
        status = event.status if event.by is sip.EndedBy.REFUSED else 480
        match leg.side:
            case Side.GUEST | Side.SUPERVISOR:
                by = "network" if by_network and leg.up else "leg"
                self._guests.ended(call, leg, by=by, status=event.status, detail=why)
            case Side.CUSTOMER:
                self._table.end(call, "network" if by_network else "customer", why=why, status=status)
            case Side.AGENT if not leg.up and leg.ours:
                self._agent_did_not_come(call, event, why, by_network=by_network)
            case Side.AGENT if by_network and call.customer_first and leg.up:
                self._table.agent_lost(call)
            case Side.AGENT:
                self._table.end(call, "network" if by_network else "agent", why=why)

    def _agent_did_not_come(self, call: Call, event: sip.Ended, why: str, *, by_network: bool) -> None:
        extension = call.extension
        if call.customer is None or not call.customer.up:
            self._table.failed(call, extension, event.status, why)
            self._table.end(call, "network" if by_network else "agent", why=why)
            return
        call.agent, call.extension = None, ""
        self._table.stop_timer(call.id)
        self._table.failed(call, extension, event.status, why)
        self._table.changed(call)

    def _phone_is_back(self, extension: str, source: Address) -> None:
        """A phone that registers anew while its call is silent was restarted: the call is not on it."""
        for call in self._table.calls:
            for leg in call.legs:
                if leg.extension != extension or not leg.up or not _must_sound(leg):
                    continue
                if self._table.around.desk.silent_s(leg.name) > _GONE_S:
                    log.warning("a phone came back without its call", extra={"source": str(source)})
                    self._lost(call, leg)

    def watch(self) -> None:
        """Once a second: end calls that have used up their limits; find legs whose sound has stopped."""
        self._cutoff.watch()
        self._seconds += 1
        if self._seconds % JUDGED_EVERY_S == 0:
            self._judge()
        for call in self._table.calls:
            for leg in call.legs:
                if leg.up and _must_sound(leg) and self._table.around.desk.silent_s(leg.name) > LOST_S:
                    self._lost(call, leg)

    def _judge(self) -> None:
        """Tell the router of legs that sound a class worse than was told before."""
        for call in self._table.calls:
            worse = False
            for leg in call.legs:
                now = self._table.around.desk.quality_now(leg.name) if leg.up else None
                if now is not None and is_a_class_worse(now, leg.quality):
                    leg.quality, worse = now, True
                elif now is not None and (text := with_text(now, leg.quality)) is not None:
                    leg.quality, worse = text, True
                    lost = {"lost": now.text_lost, "flooded": now.text_flooded, "dropped": now.text_dropped}
                    log.warning("real-time text of a leg was lost", extra={"leg": leg.name, **lost})
            if worse:
                self._table.changed(call)

    def _lost(self, call: Call, leg: Leg) -> None:
        match leg.side:
            case _ if call.ended_at or leg not in call.legs:
                pass
            case Side.GUEST | Side.SUPERVISOR:
                self._table.drop(call, leg)
                self._guests.ended(call, leg, by="network", status=0, detail=_SILENT)
            case Side.AGENT if call.customer_first:
                self._table.agent_lost(call)
            case Side.AGENT | Side.CUSTOMER:
                self._table.end(call, "network", why=_SILENT)


def _must_sound(leg: Leg) -> bool:
    """Sound is expected of it; a phone that holds a call may well be silent."""
    agreed = leg.agreement.audio if leg.agreement is not None else None
    return agreed is not None and agreed.direction is sdp.Direction.SENDRECV
