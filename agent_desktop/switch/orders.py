"""What the router commands, carried out on the call table.

Each command is checked against the state of its call first; a refusal is a RefusedError whose sentence
goes back to the router.  Sent twice, a command acts once (the link sees to that by the request's id).
"""

from __future__ import annotations

from agent_desktop.errors import RefusedError
from agent_desktop.switch.calls import Call, Talk
from agent_desktop.switch.guests import Guests
from agent_desktop.switch.supervising import Supervising
from agent_desktop.switch.table import Table
from agent_desktop.wire import switch as wire


class Orders:
    """The router's hand in the call table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._guests = Guests(table)
        self._supervising = Supervising(table, self._guests)

    def do(self, command: wire.AnySwitchCommand) -> None:
        """Carry out one command.  Raises RefusedError, in words for the log of the router."""
        match command:
            case wire.SetDirectory() | wire.ShutdownSwitch() | wire.TellMessages():
                raise RefusedError("This command is not about a call.", code="wrong_command")
            case wire.AnswerCall():
                self._answer(self._call(command.call))
            case wire.RefuseCall():
                self._refuse(self._call(command.call), command.status)
            case wire.Play():
                self._table.playing.play(self._answered(command.call), command)
            case wire.StopPlay():
                call = self._answered(command.call)
                self._table.playing.stop(call)
                call.music = False
                self._table.route(call)
            case wire.ConnectAgent():
                self._connect(self._answered(command.call), command)
            case wire.HoldCall():
                self._hold(self._bridged(command.call), on=True)
            case wire.ResumeCall():
                self._hold(self._bridged(command.call), on=False)
            case wire.Unbridge():
                self._unbridge(self._answered(command.call))
            case wire.DialOut():
                self._dial_out(command)
            case wire.AddLeg():
                self._guests.add(self._call(command.call), command)
            case wire.SetTalk():
                self._guests.set_talk(self._call(command.call), command.with_whom)
            case wire.PromoteLeg():
                if command.from_call:
                    other = self._bridged(command.from_call)
                    self._guests.bring_over(self._answered(command.call), other, command.leg)
                self._guests.promote(self._answered(command.call), command.leg)
            case wire.MuteLeg():
                self._guests.mute(self._call(command.call), command.leg, on=command.on)
            case wire.RemoveLeg():
                self._guests.remove(self._call(command.call), command.leg)
            case wire.Supervise():
                self._supervising.supervise(self._call(command.call), command)
            case wire.SetSecure():
                self._secure(self._answered(command.call), command)
            case wire.SetCallText():
                if command.carrier not in ("tty", "rtt", "ask"):
                    raise RefusedError("Callers type by tty or rtt, or are asked.", code="wrong_command")
                self._table.texts.expect(self._call(command.call), command.carrier)
            case wire.ActOnText():
                self._table.texts.act(self._answered(command.call), command.act)
            case wire.Record():
                self._table.recording.order(self._answered(command.call), command)
            case wire.TakeMessage():
                self._table.voicemail.take(self._answered(command.call), command)
            case wire.HangUpCall():
                self._table.end(self._call(command.call), command.by)

    def _call(self, call_id: str) -> Call:
        call = self._table.calls_by_id.get(call_id)
        if call is None:
            raise RefusedError("There is no such call, or it is over.", code="no_such_call")
        return call

    def _answered(self, call_id: str) -> Call:
        call = self._call(call_id)
        if call.customer is None or not call.customer.up:
            raise RefusedError("The call is not answered yet.", code="wrong_state")
        return call

    def _bridged(self, call_id: str) -> Call:
        call = self._call(call_id)
        if not call.bridged:
            raise RefusedError("No agent is connected to the call.", code="wrong_state")
        return call

    def _answer(self, call: Call) -> None:
        leg = call.customer
        if leg is None or leg.ours or leg.up or leg.id is None:
            raise RefusedError("Only a ringing call can be answered.", code="wrong_state")
        self._table.stop_timer(call.id)
        self._table.accept(call, leg, leg.id)
        call.answered_at = self._table.around.wall()
        self._table.changed(call)

    def _refuse(self, call: Call, status: int) -> None:
        leg = call.customer
        if leg is None or leg.ours or leg.up or leg.id is None or not 400 <= status <= 699:
            raise RefusedError("Only a ringing call can be refused.", code="wrong_state")
        self._table.reject(leg, status)
        self._table.end(call, "system")

    def _unbridge(self, call: Call) -> None:
        """The agent and its guests go; supervisors stay with the customer."""
        for guest in call.guests:
            self._table.drop(call, guest)
            self._table.left(call, guest, by="system", detail="The router took the agent away.")
        call.music, call.held, call.talk = True, False, Talk.CUSTOMER
        self._table.drop_agent(call)
        self._table.changed(call)

    def _secure(self, call: Call, command: wire.SetSecure) -> None:
        call.secure = command.on
        self._table.keys.stop(call)
        if command.on and command.collect > 0:
            self._table.keys.begin_secret(
                call, wanted=command.collect, wait_s=command.collect_s, end_key=command.end_key
            )
        self._table.route(call)
        self._table.changed(call)

    def _connect(self, call: Call, command: wire.ConnectAgent) -> None:
        if call.agent is not None or any(guest.alone for guest in call.guests):
            raise RefusedError("An agent's phone is ringing or connected already.", code="wrong_state")
        call.interaction, call.extension, call.music = command.interaction, command.extension, True
        caller = self._table.name(
            command.from_name or call.from_name, command.from_number or call.from_number
        )
        try:
            rings = self._table.ring_agent(call, caller)
        except RefusedError:
            call.extension = ""
            raise
        if not rings:
            call.extension = ""
            self._table.failed(call, command.extension, 480, "The agent's phone is not registered.")
            return
        leg = call.agent
        self._table.arm(call.id, command.timeout_s, lambda: self._table.no_answer(call, leg))
        self._table.route(call)
        self._table.changed(call)

    def _hold(self, call: Call, *, on: bool) -> None:
        if call.held != on:
            call.held = on
            self._table.route(call)
            self._table.changed(call)

    def _dial_out(self, command: wire.DialOut) -> None:
        """Ring the agent and then the number; without an agent the number alone."""
        if command.call in self._table.calls_by_id:
            return
        if not self._table.outgoing.is_emergency(command.number):
            self._table.room()
        # Refuse before the agent's phone rings.
        self._table.reach(command.number, command.extension, command.caller_id)
        call = Call(
            id=command.call,
            direction="out",
            from_number=command.caller_id or command.extension,
            to_number=command.number,
            interaction=command.interaction,
            extension=command.extension,
            customer_first=not command.extension,
            ring_s=command.timeout_s,
            arrived_at=self._table.around.wall(),
        )
        self._table.calls_by_id[call.id] = call
        if not command.extension:
            call.music = True
            self._dial_customer(call)
            return
        try:
            rings = self._table.ring_agent(call, self._table.name("", command.number))
        except RefusedError:
            self._table.forget(call)
            raise
        if not rings:
            self._table.failed(call, command.extension, 480, "The agent's phone is not registered.")
            self._table.end(call, "system", why="The agent's phone is not registered.")
            return
        leg = call.agent
        self._table.arm(call.id, 20.0, lambda: self._table.no_answer(call, leg))
        self._table.changed(call)

    def _dial_customer(self, call: Call) -> None:
        try:
            self._table.dial_far(call)
        except RefusedError:
            self._table.forget(call)
            raise
        self._table.changed(call)
