"""The calls that the switch carries, and what can be done to one: the table that both sides write through.

`orders` brings what the router commands, `b2bua` what phones and trunks do; both change calls only by the
methods here, in the signalling thread.  After each change the mixer is told who hears whom (`route`).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.media.tones import Loop, ringback
from agent_desktop.sip import events as sip
from agent_desktop.sip import media as sdp
from agent_desktop.sip.address import Address, Headers, LegId
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.outside import Surroundings, Timer
from agent_desktop.switch.playing import Playing
from agent_desktop.switch.registrar import Directory
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)

MUSIC: Final = "music"
RINGBACK: Final = "ringback"
INTERACTION: Final = "X-Interaction"
_LONGEST_NAME: Final = 80
_MOST_LOAD: Final = 0.7


class Table:
    """Every call and its legs.  All methods belong to the signalling thread."""

    def __init__(self, around: Surroundings, *, most_calls: int = 500) -> None:
        self.directory = Directory()
        self.around = around
        self.calls_by_id: dict[str, Call] = {}
        self.by_leg: dict[LegId, tuple[Call, Leg]] = {}
        self.playing = Playing(around, self.route)
        self._most_calls = most_calls
        self._timers: dict[str, Timer] = {}
        around.desk.add_source(RINGBACK, Loop(ringback()))

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(self.calls_by_id.values())

    @property
    def full(self) -> bool:
        """Another call would be one too many: by count, or because the sound of those here would suffer."""
        return len(self.calls_by_id) >= self._most_calls or self.around.desk.load > _MOST_LOAD

    def new_call(self, direction: str, event: sip.CallArrived, caller: str, called: str) -> Call:
        call = Call(
            id=self.around.new_id(),
            direction=direction,
            from_number=caller,
            from_name=one_line(event.caller.name),
            to_number=called,
            arrived_at=self.around.wall(),
        )
        self.calls_by_id[call.id] = call
        log.info("a call began", extra={"call": call.id, "direction": direction})
        return call

    def room(self) -> None:
        """Raise RefusedError when there is no room for another call."""
        if self.full:
            raise RefusedError("The switch carries as many calls as it may.", code="overload")

    def accept(self, call: Call, leg: Leg, leg_id: LegId) -> None:
        """Answer a leg that came to us; a call that cannot be answered is over."""
        now = self.around.monotonic()
        try:
            media = self._open(call, leg)
        except AgentDesktopError as error:
            self.reject(leg, 503)
            self.end(call, "system")
            raise RefusedError(str(error), code="no_port") from error
        try:
            agreement = self.around.signalling().answer(leg_id, media, now)
        except RefusedError:
            self.end(call, "network")
            raise
        leg.up = True
        if agreement is not None:
            self.agreed(leg, agreement)
        self.route(call)

    def ring_agent(self, call: Call, caller: NameAddr) -> bool:
        """Call the agent's phone where it registered last; False when it is nowhere."""
        bindings = self.around.signalling().bindings(call.extension, self.around.monotonic())
        if not bindings:
            return False
        headers: Headers = ((INTERACTION, call.interaction),) if call.interaction else ()
        leg = call.new_leg(Side.AGENT, ours=True)
        self._invite(call, leg, (bindings[0].contact, bindings[0].source), caller, headers)
        return True

    def no_answer(self, call: Call, leg: Leg | None) -> None:
        """The agent's phone rang for too long."""
        if leg is None or call.agent is not leg or leg.up:
            return
        self.failed(call, call.extension, 408, "The agent's phone was not answered.")
        if call.direction == "in":
            self.drop_agent(call)
            self.changed(call)
        else:
            self.end(call, "system")

    def failed(self, call: Call, extension: str, status: int, detail: str) -> None:
        self.around.emit(
            wire.AgentLegFailed(
                call=call.id,
                extension=extension,
                interaction=call.interaction,
                status=status,
                detail=detail,
            )
        )

    def reach(self, number: str) -> tuple[Uri, Address]:
        """Where a number is: a colleague's phone, or the outside.  Raises RefusedError."""
        if number in self.directory.extensions:
            bindings = self.around.signalling().bindings(number, self.around.monotonic())
            if not bindings:
                raise RefusedError("The extension is not registered.", code="not_registered")
            return bindings[0].contact, bindings[0].source
        way = self.directory.way_out
        if way is None or number in self.directory.numbers:
            raise RefusedError("The number cannot be reached from here.", code="unknown_number")
        return Uri("sip", number, way.host, way.port), way

    def dial_far(self, call: Call) -> None:
        """Call the number that an agent wants."""
        where = self.reach(call.to_number)
        leg = call.new_leg(Side.CUSTOMER, ours=True)
        self._invite(call, leg, where, self.name("", call.from_number))

    def _invite(
        self, call: Call, leg: Leg, where: tuple[Uri, Address], caller: NameAddr, headers: Headers = ()
    ) -> None:
        target, destination = where
        leg.id = self.around.signalling().invite(
            target,
            self._open(call, leg),
            self.around.monotonic(),
            caller=caller,
            headers=headers,
            destination=destination,
        )
        self.by_leg[leg.id] = (call, leg)

    def name(self, name: str, number: str) -> NameAddr:
        return NameAddr(Uri("sip", number or "anonymous", self.around.host), name)

    def _open(self, call: Call, leg: Leg) -> sdp.LocalMedia:
        host, port = self.around.desk.open_leg(leg.name, partial(self._pressed, call, leg))
        leg.has_ports = True
        return sdp.audio(host, port)

    def _pressed(self, call: Call, leg: Leg, digit: str) -> None:
        """A digit of one party is for the prompts, or for the other party once the two are joined."""
        other = call.agent if leg is call.customer else call.customer
        if call.bridged and other is not None:
            self.around.desk.press(other.name, digit)
        elif leg is call.customer:
            self.playing.pressed(call, digit)

    def agreed(self, leg: Leg, agreement: sdp.Agreement) -> None:
        leg.agreement = agreement
        self.around.desk.configure(leg.name, agreement)

    def route(self, call: Call) -> None:
        """Tell the mixer who hears whom."""
        customer, agent = call.customer, call.agent
        prompts = self.playing.source(call)
        talking = call.bridged and not call.on_hold
        if customer is not None and customer.sounds:
            if prompts is not None:
                gains = {prompts: 1.0}
            elif talking and agent is not None:
                gains = {agent.name: 1.0}
            elif (call.music and not call.play) or call.on_hold:
                gains = {MUSIC: 1.0}
            else:
                gains = {}
            self.around.desk.hear(customer.name, gains)
        if agent is not None and agent.sounds:
            if customer is None or (customer.ours and not customer.up and not customer.sounds):
                gains = {RINGBACK: 1.0}
            elif talking or (customer.ours and not customer.up):
                gains = {customer.name: 1.0}
            else:
                gains = {}
            self.around.desk.hear(agent.name, gains)

    def drop_agent(self, call: Call) -> None:
        leg, call.agent, call.extension = call.agent, None, ""
        self.stop_timer(call)
        if leg is not None:
            self._hang_up(leg)
            self.close(leg)
        self.route(call)

    def reject(self, leg: Leg, status: int) -> None:
        """Refuse a leg that came to us; from here on the stack's word about it is ignored."""
        if leg.id is not None and self.by_leg.pop(leg.id, None) is not None:
            self.around.signalling().reject(leg.id, self.around.monotonic(), status)

    def _hang_up(self, leg: Leg) -> None:
        if leg.id is not None and self.by_leg.pop(leg.id, None) is not None:
            with contextlib.suppress(RefusedError):  # the stack knows already that the leg is over
                self.around.signalling().hang_up(leg.id, self.around.monotonic(), status=480)

    def agent_lost(self, call: Call) -> None:
        """The agent's leg is gone, the customer is still there."""
        extension = call.extension
        call.music, call.held = True, False
        self.drop_agent(call)
        self.around.emit(wire.AgentLegEnded(call=call.id, extension=extension, by="network"))
        self.changed(call)

    def close(self, leg: Leg) -> None:
        if leg.id is not None:
            self.by_leg.pop(leg.id, None)
        if leg.has_ports:
            self.around.desk.close_leg(leg.name)
            leg.has_ports = False

    def end(self, call: Call, by: str) -> None:
        """The call is over: every leg of it is hung up, and the router is told who ended it."""
        if call.ended_at:
            return
        call.ended_at, call.ended_by = self.around.wall(), by
        self.playing.stop(call)
        for leg in call.legs:
            self._hang_up(leg)
        self.forget(call)
        lasted_s = round(call.ended_at - call.arrived_at, 1)
        log.info("a call ended", extra={"call": call.id, "by": by, "lasted_s": lasted_s})
        self.around.emit(wire.CallEnded(call=call.wire()))

    def end_all(self) -> None:
        """The switch goes down."""
        for call in self.calls:
            self.end(call, "system")

    def forget(self, call: Call) -> None:
        for leg in call.legs:
            self.close(leg)
        self.stop_timer(call)
        self.calls_by_id.pop(call.id, None)

    def changed(self, call: Call) -> None:
        if not call.ended_at:
            self.around.emit(wire.CallChanged(call=call.wire()))

    def arm(self, call: Call, seconds: float, act: Callable[[], None]) -> None:
        self.stop_timer(call)
        self._timers[call.id] = self.around.later(seconds, act)

    def stop_timer(self, call: Call) -> None:
        timer = self._timers.pop(call.id, None)
        if timer is not None:
            timer.cancel()


def one_line(text: str) -> str:
    """A name from outside: no control characters, not endless."""
    return "".join(sign for sign in text if sign.isprintable())[:_LONGEST_NAME]
