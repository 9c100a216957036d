"""Third parties: a consult, a conference, a transfer (blind and attended), and leaving a call to others.

A guest is consulted first: the agent hears its ringback, then its voice, and the customer music.  From
there the agent swaps, confers, hands the call over or lets the guest go.  A blind transfer lets the agent
go at once; the guest who answers stands in for the agent.

Rules: one consult at a time (PRODUCT 3.7.4); a guest who cannot be reached at once changes nothing; when
the last guest who was consulted is gone the agent talks again with whom it talked before; a customer on
hold stays in the call whoever joins it (3.7.7); a guest from outside with whom the customer was left alone
is the centre's side: its hang-up ends the call.
"""

from __future__ import annotations

from agent_desktop.errors import RefusedError
from agent_desktop.switch.calls import Call, Leg, Side, Talk
from agent_desktop.switch.outside import Way
from agent_desktop.switch.table import Table
from agent_desktop.wire import switch as wire


class Guests:
    """Brings people into calls and out of them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, call: Call, command: wire.AddLeg) -> None:
        """Ring one more person for a call.  Raises RefusedError, and changes nothing then."""
        self._may_add(call, command)
        way = self._way(call, command)
        if way.extension and way.extension == call.extension:
            raise RefusedError("That is the agent's own extension.", code="wrong_state")
        leg = call.new_leg(Side.GUEST, ours=True, label=command.leg, extension=way.extension)
        leg.number, leg.person = command.number, command.name
        number = command.from_number or self._shown_number(call, way)
        try:
            self._table.legs.invite(
                call, leg, way, self._table.name(command.from_name or call.from_name, number)
            )
        except RefusedError:
            self._table.undo(call, leg)
            raise
        self._table.arm(leg.name, command.timeout_s, lambda: self.no_answer(call, leg))
        if command.blind:
            self._leave_to(call, leg)
        else:
            call.talk = Talk.GUEST
        self._table.route(call)
        self._table.changed(call)

    def _may_add(self, call: Call, command: wire.AddLeg) -> None:
        customer, agent = call.customer, call.agent
        if call.find(command.leg) is not None:
            raise RefusedError("There is a leg of that name already.", code="wrong_state")
        if customer is None or not customer.up:
            raise RefusedError("The customer is not in the call yet.", code="wrong_state")
        if (agent is None and not command.blind) or (agent is not None and not agent.up):
            raise RefusedError("No agent is connected to the call.", code="wrong_state")
        if call.consulted:
            raise RefusedError("Somebody is being consulted already.", code="wrong_state")
        if self._table.around.desk.load > 1.0:
            raise RefusedError("The switch carries as many calls as it may.", code="overload")

    def _way(self, call: Call, command: wire.AddLeg) -> Way:
        wanted = command.extension or command.number
        if command.extension and command.extension not in self._table.directory.extensions:
            raise RefusedError("There is no such extension.", code="unknown_number")
        return self._table.reach(wanted, call.extension, command.from_number or self._ours(call))

    @staticmethod
    def _shown_number(call: Call, way: Way) -> str:
        """Colleagues see the customer's number; outside only a number of ours may be shown."""
        ours = Guests._ours(call)
        theirs = call.from_number if call.direction == "in" else call.to_number
        return theirs if way.extension else ours

    @staticmethod
    def _ours(call: Call) -> str:
        return call.to_number if call.direction == "in" else call.from_number

    def set_talk(self, call: Call, with_whom: str) -> None:
        """Swap, confer, or turn back to the customer."""
        if not call.bridged or call.agent is None:
            raise RefusedError("No agent is connected to the call.", code="wrong_state")
        try:
            talk = Talk(with_whom)
        except ValueError as error:
            raise RefusedError("An agent talks with customer, guest or all.", code="wrong_command") from error
        if talk is not Talk.CUSTOMER and not call.guests:
            raise RefusedError("Nobody else is in the call.", code="wrong_state")
        match talk:
            case Talk.CUSTOMER:
                if call.talk is Talk.ALL:
                    self._part(call)
                call.held = False
            case Talk.GUEST:
                if not call.consulted:
                    self._part(call)
            case Talk.ALL:
                for guest in call.guests:
                    guest.joined = True
                call.held = False
        call.talk = talk
        self._table.route(call)
        self._table.changed(call)

    @staticmethod
    def _part(call: Call) -> None:
        """The conference is over; its guests wait."""
        for guest in call.guests:
            guest.joined = False

    def promote(self, call: Call, label: str) -> None:
        """A guest or supervisor takes the agent's place; a guest who still rings takes it on answering."""
        leg = self._other(call, label)
        if leg.side is Side.SUPERVISOR and not leg.up:
            raise RefusedError("The supervisor's phone is still ringing.", code="wrong_state")
        if leg.up:
            self._table.drop_agent(call)
            self._stand_in(call, leg)
        else:
            self._leave_to(call, leg)
        self._table.route(call)
        self._table.changed(call)

    def bring_over(self, call: Call, other: Call, label: str) -> None:
        """The far end of another call of the same agent becomes a guest of this one; that call is over."""
        leg = other.customer
        if leg is None or other is call or call.find(label) is not None:
            raise RefusedError("These two calls cannot be joined.", code="wrong_state")
        self._table.texts.leaves(leg)
        other.customer = None
        leg.side, leg.label, leg.joined = Side.GUEST, label, False
        call.others.append(leg)
        self._table.legs.moved(call, leg)
        self._table.end(other, "agent", why="Joined with another call.")

    def _leave_to(self, call: Call, leg: Leg) -> None:
        """The agent goes before the guest has answered; the customer hears music until then."""
        leg.alone, call.music, call.held = True, True, False
        call.talk = Talk.ALL if any(guest.joined for guest in call.guests) else Talk.CUSTOMER
        self._table.drop_agent(call)

    def _stand_in(self, call: Call, leg: Leg) -> None:
        """The leg is the centre's side of the call from now on."""
        was_guest = leg.side is Side.GUEST
        if leg.extension:
            call.others.remove(leg)
            leg.side, leg.joined, call.agent, call.extension = Side.AGENT, False, leg, leg.extension
        else:
            leg.joined = True
        leg.alone, call.held, call.customer_first = False, False, True
        call.bridged_at = self._table.around.wall()
        self._table.playing.stop(call)
        if was_guest or not call.consulted:
            call.talk = self._talk_without_consult(call)

    @staticmethod
    def _talk_without_consult(call: Call) -> Talk:
        return Talk.ALL if any(guest.joined for guest in call.guests) else Talk.CUSTOMER

    def mute(self, call: Call, label: str, *, on: bool) -> None:
        leg = call.find(label)
        if leg is None:
            raise RefusedError("There is no such leg in the call.", code="no_such_leg")
        leg.muted = on
        self._table.route(call)
        self._table.changed(call)

    def remove(self, call: Call, label: str) -> None:
        """Hang up on a guest or a supervisor."""
        leg = self._other(call, label)
        self._table.drop(call, leg)
        self._gone(call, leg, by="system", status=0, detail="The router ended it.")

    def answered(self, call: Call, leg: Leg) -> None:
        """A guest's or supervisor's phone was answered (its sound is agreed already)."""
        self._table.stop_timer(leg.name)
        if leg.alone:
            self._stand_in(call, leg)

    def ended(self, call: Call, leg: Leg, *, by: str, status: int, detail: str) -> None:
        """A guest's or supervisor's leg is over by its own doing, or the network's; it is closed already."""
        call.forget(leg)
        self._gone(call, leg, by=by, status=status, detail=detail)

    def no_answer(self, call: Call, leg: Leg) -> None:
        if leg in call.others and not leg.up:
            self._table.drop(call, leg)
            self._gone(call, leg, by="system", status=408, detail="Nobody answered.")

    def _gone(self, call: Call, leg: Leg, *, by: str, status: int, detail: str) -> None:
        """Put the rest of the call in order; the leg is no part of it any more."""
        was_bridge = leg.up and call.agent is None
        self._table.left(call, leg, by=by, status=status, detail=detail)
        if leg.side is Side.GUEST:
            if was_bridge and not any(guest.up or guest.alone for guest in call.guests):
                self._table.end(call, "network" if by == "network" else "agent", why=detail)
                return
            if not call.consulted:
                call.talk = self._talk_without_consult(call)
        self._table.route(call)
        self._table.changed(call)

    def _other(self, call: Call, label: str) -> Leg:
        leg = next((leg for leg in call.others if leg.label == label), None)
        if leg is None:
            raise RefusedError("There is no such guest or supervisor in the call.", code="no_such_leg")
        return leg
