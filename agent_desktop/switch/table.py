"""The calls that the switch carries, and what can be done to one: the table that both sides write through.

`orders` brings what the router commands, `b2bua` what phones and trunks do; both change calls only by the
methods here and in `guests` and `supervising`, in the signalling thread.  After each change the mixer is
told who hears whom (`route`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from agent_desktop.errors import RefusedError
from agent_desktop.media.tones import Loop, ringback
from agent_desktop.sip import events as sip
from agent_desktop.sip import media as sdp
from agent_desktop.sip.address import LegId
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.switch import hearing
from agent_desktop.switch.announcing import Announcing
from agent_desktop.switch.calls import Call, Leg, Side, Talk
from agent_desktop.switch.echo import Echo
from agent_desktop.switch.hearing import MUSIC, RINGBACK
from agent_desktop.switch.keys import Keys
from agent_desktop.switch.legs import INTERACTION, Legs
from agent_desktop.switch.limits import Tolls
from agent_desktop.switch.outgoing import Outgoing
from agent_desktop.switch.outside import Surroundings, Timer, Way
from agent_desktop.switch.playing import Playing
from agent_desktop.switch.recording_desk import RecordingDesk
from agent_desktop.switch.registrar import Directory
from agent_desktop.switch.telling import Telling
from agent_desktop.switch.texts import Texts
from agent_desktop.switch.trunks import Trunks
from agent_desktop.switch.voicemail import Voicemail
from agent_desktop.wire import switch as wire

__all__ = ["INTERACTION", "MUSIC", "RINGBACK", "Table", "one_line"]

log = logging.getLogger(__name__)

_LONGEST_NAME: Final = 80
_MOST_LOAD: Final = 0.7


class Table:
    """Every call and its legs.  All methods belong to the signalling thread."""

    def __init__(self, around: Surroundings, *, most_calls: int = 500, tolls: Tolls | None = None) -> None:
        self.directory = Directory()
        self.around = around
        self.calls_by_id: dict[str, Call] = {}
        self.texts = Texts(around, changed=self.changed, route=self.route)
        self.telling = Telling(around, self.texts)
        self.playing = Playing(around, self.route, self.telling)
        self.keys = Keys(around, self.playing, self.route)
        self.texts.came = self.playing.again
        self.texts.pressed, self.texts.line_ended = self.keys.pressed, self.playing.line_ended
        self.trunks = Trunks(signalling=around.signalling, emit=around.emit, monotonic=around.monotonic)
        self.tolls = tolls or Tolls(wall=around.wall)
        self.outgoing = Outgoing(self.trunks, self.tolls, lambda: self.directory)
        self.legs = Legs(around, self.keys.pressed, self.outgoing, self.texts)
        self.echo = Echo(around, self.legs.media_at)
        self.announcing = Announcing(around, self.route)
        self.voicemail = Voicemail(around, self.announcing)
        self.keys.is_messages = self.voicemail.pressed
        self.recording = RecordingDesk(around, self.announcing, self.changed, self.telling.tell)
        self.hold_music = True
        self.watchers: list[Callable[[Call], None]] = [self.legs.favour_tones]
        """Told after each change of a call that the router is told of."""
        self._most_calls = most_calls
        self._timers: dict[str, Timer] = {}
        around.desk.add_source(RINGBACK, Loop(ringback()))

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(self.calls_by_id.values())

    @property
    def by_leg(self) -> dict[LegId, tuple[Call, Leg]]:
        return self.legs.by_id

    @property
    def full(self) -> bool:
        """Another call would be one too many: by count, or because the sound of those here would suffer."""
        return len(self.calls_by_id) >= self._most_calls or self.around.desk.load > _MOST_LOAD

    def room(self) -> None:
        """Raise RefusedError when there is no room for another call."""
        if self.full:
            raise RefusedError("The switch carries as many calls as it may.", code="overload")

    def new_call(self, direction: str, event: sip.CallArrived, caller: str, called: str) -> Call:
        call = Call(
            id=self.around.new_id(),
            direction=direction,
            from_number=caller,
            from_name=one_line(event.caller.name),
            to_number=called,
            customer_first=direction == "in",
            arrived_at=self.around.wall(),
        )
        self.calls_by_id[call.id] = call
        log.info("a call began", extra={"call": call.id, "direction": direction})
        return call

    # -- reaching people --------------------------------------------------------------------------------

    def accept(self, call: Call, leg: Leg, leg_id: LegId) -> None:
        """Answer a leg that came to us; a call that cannot be answered is over."""
        try:
            self.legs.answer(call, leg, leg_id)
        except RefusedError as error:
            self.end(call, "system" if error.code == "no_port" else "network", why=str(error))
            raise
        self.route(call)

    def phone(self, extension: str) -> Way | None:
        """The way to a colleague's phone, where it registered last; None when it is nowhere."""
        bindings = self.around.signalling().bindings(extension, self.around.monotonic())
        if not bindings:
            return None
        return Way(bindings[0].contact, bindings[0].source, extension=extension)

    def reach(self, number: str, agent: str = "", caller_id: str = "") -> Way:
        """Where a number is: a colleague's phone, or the outside.  Raises RefusedError.

        `agent` is who dials it, whose limits count; `caller_id` is what the called person is to see.
        """
        if number in self.directory.extensions:
            phone = self.phone(number)
            if phone is None:
                raise RefusedError("The extension is not registered.", code="not_registered")
            return phone
        return self.outgoing.way(number, agent, caller_id)

    def ring_agent(self, call: Call, caller: NameAddr) -> bool:
        """Call the agent's phone where it registered last; False when it is nowhere.  Raises RefusedError."""
        way = self.phone(call.extension)
        if way is None:
            return False
        leg = call.new_leg(Side.AGENT, ours=True, extension=call.extension)
        self._describe(leg, call.extension)
        try:
            self.legs.invite(call, leg, way, caller)
        except RefusedError:
            self.undo(call, leg)
            raise
        return True

    def undo(self, call: Call, leg: Leg) -> None:
        """A leg that could not be made leaves nothing behind."""
        self.close(leg)
        call.forget(leg)

    def dial_far(self, call: Call) -> None:
        """Call the number that an agent, or the router, wants.  Raises RefusedError."""
        way = self.reach(call.to_number, call.extension, call.from_number)
        leg = call.new_leg(Side.CUSTOMER, ours=True, extension=way.extension)
        leg.number = call.to_number
        call.trunk = way.trunk
        self._describe(leg, way.extension)
        colleague = self.directory.extensions.get(call.from_number) if way.extension else None
        self.legs.invite(call, leg, way, self.name(colleague.name if colleague else "", call.from_number))
        if call.ring_s:
            self.arm(leg.name, call.ring_s, lambda: self._far_is_silent(call, leg))

    def try_again(self, call: Call, leg: Leg, event: sip.Ended) -> bool:
        """A leg of ours failed: call with another offer, by the next trunk, or where it was sent on to."""
        if self.legs.offer_otherwise(call, leg, event):
            self.route(call)
            return True
        way = self.outgoing.next(leg, event)
        if way is None:
            return False
        try:
            self.legs.invite_again(call, leg, way, self.name("", call.from_number))
        except RefusedError:
            return False
        if leg is call.customer:
            call.trunk = way.trunk
        self.route(call)
        self.changed(call)
        return True

    def _far_is_silent(self, call: Call, leg: Leg) -> None:
        if not leg.up:
            self.end(call, "system", why="Nobody answered.")

    def _describe(self, leg: Leg, extension: str) -> None:
        known = self.directory.extensions.get(extension)
        leg.person = known.name if known is not None else leg.person

    def name(self, name: str, number: str) -> NameAddr:
        return NameAddr(Uri("sip", number or "anonymous", self.around.host), name)

    def no_answer(self, call: Call, leg: Leg | None) -> None:
        """The agent's phone rang for too long."""
        if leg is None or call.agent is not leg or leg.up:
            return
        self.failed(call, call.extension, 408, "The agent's phone was not answered.")
        if call.customer is not None and call.customer.up:
            self.drop_agent(call)
            self.changed(call)
        else:
            self.end(call, "system", why="The agent's phone was not answered.")

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

    # -- what becomes of a call -------------------------------------------------------------------------

    def agreed(self, leg: Leg, agreement: sdp.Agreement) -> None:
        self.legs.agreed(leg, agreement)

    def reject(self, leg: Leg, status: int, why: str = "") -> None:
        self.legs.reject(leg, status, why)

    def close(self, leg: Leg) -> None:
        """The leg is over by the stack's word."""
        self.stop_timer(leg.name)
        self.legs.close(leg)

    def drop(self, call: Call, leg: Leg, *, why: str = "") -> None:
        """Hang up on one leg; the call goes on."""
        self.stop_timer(leg.name)
        self.legs.drop(call, leg, why=why)

    def route(self, call: Call) -> None:
        """Tell the mixer who hears whom."""
        prompts = self.playing.source(call)
        for listener, gains in hearing.rows(call, prompts, hold_music=self.hold_music).items():
            self.around.desk.hear(listener, gains)
        self.recording.follow(call)
        self.voicemail.follow(call)
        self.texts.follow(call)
        self.legs.text.follow(call)

    def drop_agent(self, call: Call) -> None:
        leg, call.agent, call.extension = call.agent, None, ""
        self.stop_timer(call.id)
        self._watched(call)  # before the BYE, so that a phone that asked for it hears of its success
        if leg is not None:
            self.drop(call, leg)
        self.route(call)

    def agent_lost(self, call: Call) -> None:
        """The agent's leg is gone, the customer is still there; who was only consulted goes with it."""
        extension = call.extension
        call.music, call.held = True, False
        for guest in call.consulted:
            self.drop(call, guest)
            self.left(call, guest, by="system", detail="The agent's phone is gone.")
        call.talk = Talk.ALL if call.guests else Talk.CUSTOMER
        self.drop_agent(call)
        self.around.emit(wire.AgentLegEnded(call=call.id, extension=extension, by="network"))
        self.changed(call)

    def left(self, call: Call, leg: Leg, *, by: str, status: int = 0, detail: str = "") -> None:
        """Tell the router that a guest or supervisor is gone."""
        self.around.emit(
            wire.LegEnded(
                call=call.id, leg=leg.label, was_up=leg.up, by=by, status=status, detail=one_line(detail)
            )
        )

    def end(self, call: Call, by: str, *, why: str = "", status: int = 480) -> None:
        """The call is over: every leg of it is hung up, and the router is told who ended it.

        `status` is what a phone that still calls us is refused with.
        """
        if call.ended_at:
            return
        call.ended_at, call.ended_by, call.ended_why = self.around.wall(), by, one_line(why)
        self.playing.stop(call)
        for leg in call.legs:
            self.legs.hang_up(leg, status=status)
        self.forget(call)
        lasted_s = round(call.ended_at - call.arrived_at, 1)
        log.info("a call ended", extra={"call": call.id, "by": by, "why": why, "lasted_s": lasted_s})
        self.around.emit(wire.CallEnded(call=call.wire()))
        self._watched(call)

    def end_all(self) -> None:
        """The switch goes down."""
        for call in self.calls:
            self.end(call, "system", why="The switch was stopped.")
        self.echo.end_all()

    def forget(self, call: Call) -> None:
        self.recording.ended(call)
        self.voicemail.ended(call)
        self.announcing.stop(call)
        for leg in call.legs:
            self.close(leg)
        self.keys.stop(call)
        self.texts.ended(call)
        self.stop_timer(call.id)
        self.calls_by_id.pop(call.id, None)

    def changed(self, call: Call) -> None:
        if not call.ended_at:
            self.around.emit(wire.CallChanged(call=call.wire()))
            self._watched(call)

    def _watched(self, call: Call) -> None:
        for watcher in self.watchers:
            watcher(call)

    # -- deadlines --------------------------------------------------------------------------------------

    def arm(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        """One deadline for a call (by its id) or a leg (by its name)."""
        self.stop_timer(name)
        self._timers[name] = self.around.later(seconds, act)

    def stop_timer(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


def one_line(text: str) -> str:
    """A name from outside: no control characters, not endless."""
    return "".join(sign for sign in text if sign.isprintable())[:_LONGEST_NAME]
