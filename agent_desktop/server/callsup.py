"""The calls that are up at the exchange, as it tells them: what the checker holds against the record.

A call is the centre's while it arrives, waits or has an agent's leg.  When the customer was sent on, and
talks with somebody outside, others talk on without us.
"""

from __future__ import annotations

from agent_desktop.wire import switch as wire


class CallsUp:
    """Follows the exchange's news."""

    def __init__(self) -> None:
        self._calls: dict[str, wire.SwitchCall] = {}

    def told(self, event: wire.AnySwitchEvent) -> None:
        """Take one event, in order."""
        match event:
            case wire.SwitchSnapshot(calls=calls):
                self._calls = {call.id: call for call in calls if call.state != "ended"}
            case wire.CallArrived(call=call) | wire.CallChanged(call=call) | wire.AgentDialled(call=call):
                self._calls[call.id] = call
            case wire.CallEnded(call=call):
                self._calls.pop(call.id, None)
            case _:
                pass

    def ours(self) -> list[str]:
        """Those that somebody here must have."""
        return [call.id for call in self._calls.values() if not without_us(call)]


def without_us(call: wire.SwitchCall) -> bool:
    """The customer was sent on, and talks with somebody outside the centre."""
    return call.state == "bridged" and not call.extension
