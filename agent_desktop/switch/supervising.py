"""A supervisor's part in a call: to listen, to whisper to the agent, to barge in, from one leg.

The phone rings once; from then on the mode is a word, and changing it changes rows of the mixer at once.
What each mode lets be heard is the rule of `hearing`, not of this file.
"""

from __future__ import annotations

from agent_desktop.errors import RefusedError
from agent_desktop.switch.calls import Call, Hears, Leg, Mode, Side
from agent_desktop.switch.guests import Guests
from agent_desktop.switch.table import Table
from agent_desktop.wire import switch as wire


class Supervising:
    """Brings supervisors into calls; they leave as guests do."""

    def __init__(self, table: Table, guests: Guests) -> None:
        self._table = table
        self._guests = guests

    def supervise(self, call: Call, command: wire.Supervise) -> None:
        """Ring a supervisor in, or change what one does who is there.  Raises RefusedError."""
        try:
            mode, hears = Mode(command.mode), Hears(command.hears)
        except ValueError as error:
            raise RefusedError("There is no such way to supervise.", code="wrong_command") from error
        leg = call.find(command.leg)
        if leg is None:
            leg = self._ring(call, command)
        elif leg.side is not Side.SUPERVISOR:
            raise RefusedError("That is not a supervisor's leg.", code="wrong_state")
        leg.mode, leg.hears = mode, hears
        self._table.route(call)
        self._table.changed(call)

    def _ring(self, call: Call, command: wire.Supervise) -> Leg:
        taken = {leg.extension for leg in call.legs if leg.extension}
        if not command.extension or command.extension in taken:
            raise RefusedError("That phone is a part of the call already.", code="wrong_state")
        if command.extension not in self._table.directory.extensions:
            raise RefusedError("There is no such extension.", code="unknown_number")
        way = self._table.reach(command.extension)
        leg = call.new_leg(Side.SUPERVISOR, ours=True, label=command.leg, extension=command.extension)
        leg.person = command.name
        try:
            self._table.legs.invite(call, leg, way, self._table.name(call.from_name, call.from_number))
        except RefusedError:
            self._table.undo(call, leg)
            raise
        self._table.arm(leg.name, command.timeout_s, lambda: self._guests.no_answer(call, leg))
        return leg
