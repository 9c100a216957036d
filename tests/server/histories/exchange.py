"""An exchange as the router sees it: it does what it is asked, and tells it later.

News wait in line until the history delivers them, so that what people do and what the exchange tells cross
each other on the way, as they do in life.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agent_desktop.server.callsup import without_us
from agent_desktop.wire import switch as wire


@dataclass(slots=True)
class Line:
    """One call: who is in it."""

    call: wire.SwitchCall
    ringing: str = ""  # the agent's phone that rings
    guest: str = ""  # a leg that rings

    def now(self, **changes: Any) -> wire.SwitchCall:  # fields of the struct, by name
        self.call = msgspec.structs.replace(self.call, **changes)
        return self.call


@dataclass(slots=True)
class LaterExchange:
    """See `ports.telephony.Exchange`."""

    lines: dict[str, Line] = field(default_factory=dict)
    news: list[wire.AnySwitchEvent] = field(default_factory=list)
    registered: set[str] = field(default_factory=set)
    plays: dict[str, str] = field(default_factory=dict)  # what each call hears
    on_event: Callable[[wire.AnySwitchEvent], None] = lambda _event: None

    async def attach(self, on_event: Callable[[wire.AnySwitchEvent], None]) -> None:
        self.on_event = on_event

    async def detach(self, *, shutdown: bool) -> None:
        del shutdown

    def snapshot(self) -> None:
        """The router came back: what was not told is told by the snapshot alone."""
        self.news.clear()
        calls = tuple(line.call for line in self.lines.values())
        self.on_event(wire.SwitchSnapshot(calls=calls, registered=tuple(sorted(self.registered))))
        for phone in sorted(self.registered):
            self.on_event(wire.ExtensionRegistered(extension=phone))

    def deliver(self) -> bool:
        """Tell everything that waits to be told."""
        told, self.news = self.news, []
        for event in told:
            self.on_event(event)
        return bool(told)

    def ours(self) -> list[str]:
        """Calls that somebody at the centre must have; not those in which others talk on."""
        return [key for key, line in self.lines.items() if not without_us(line.call)]

    # --- what the router asks ---------------------------------------------------------------------

    def ask(self, command: wire.AnySwitchCommand) -> None:
        """Do it, and tell later."""
        line = self.lines.get(getattr(command, "call", ""))
        match command:
            case wire.DialOut():
                self._dial(command)
            case wire.Play():
                self.plays[command.call] = command.play
            case wire.ConnectAgent() if line is not None:
                line.ringing = command.extension
                self._changed(line, state="connecting")
            case wire.Unbridge() if line is not None:
                line.ringing = line.guest = ""
                customer = tuple(leg for leg in line.call.legs if leg.kind == "customer")
                self._changed(line, state="answered", extension="", legs=customer, talk="customer")
            case wire.HoldCall() if line is not None and line.call.state == "bridged":
                self._changed(line, state="held")
            case wire.ResumeCall() if line is not None and line.call.state == "held":
                self._changed(line, state="bridged")
            case wire.HangUpCall() | wire.RefuseCall() if line is not None:
                self.end(line, getattr(command, "by", "system"))
            case wire.AddLeg() if line is not None:
                self._add(line, command)
            case wire.PromoteLeg() if line is not None:
                self._promote(line, command.leg)
            case wire.RemoveLeg() if line is not None:
                self._without(line, command.leg)
            case wire.Supervise() if line is not None:
                leg = wire.SwitchLeg(
                    id=command.leg,
                    kind="supervisor",
                    state="up",
                    extension=command.extension,
                    mode=command.mode,
                )
                self._changed(line, legs=(*self._others(line, command.leg), leg))
            case _:
                pass

    def _dial(self, command: wire.DialOut) -> None:
        made = wire.SwitchCall(
            id=command.call,
            state="ringing",
            direction="out",
            to_number=command.number,
            extension=command.extension,
            interaction=command.interaction,
        )
        self.lines[command.call] = Line(made)

    def _add(self, line: Line, command: wire.AddLeg) -> None:
        leg = wire.SwitchLeg(
            id=command.leg, kind="guest", state="ringing", extension=command.extension, number=command.number
        )
        line.guest = command.leg
        self._changed(line, legs=(*line.call.legs, leg), talk="guest")

    def _promote(self, line: Line, name: str) -> None:
        leg = next((leg for leg in line.call.legs if leg.id == name and leg.state == "up"), None)
        if leg is None:
            return
        rest = tuple(o for o in line.call.legs if o.id != name and o.kind not in ("agent", "supervisor"))
        kind = "agent" if leg.extension else "guest"
        legs = (*rest, msgspec.structs.replace(leg, kind=kind, mode=""))
        self._changed(line, state="bridged", extension=leg.extension, legs=legs, talk="customer")

    # --- what people do ---------------------------------------------------------------------------

    def rings(self, call: str, number: str, caller: str, at: float) -> None:
        """A customer calls."""
        legs = (wire.SwitchLeg(id=f"{call}-c", kind="customer", state="up", number=caller),)
        made = wire.SwitchCall(
            id=call, state="ringing", from_number=caller, to_number=number, arrived_at=at, legs=legs
        )
        self.lines[call] = Line(made)
        self.on_event(wire.CallArrived(call=made))

    def answers(self, line: Line, at: float) -> None:
        """The agent's phone answers, or the customer who was dialled."""
        extension = line.ringing or line.call.extension
        line.ringing = ""
        agent = wire.SwitchLeg(
            id=f"{line.call.id}-{extension}", kind="agent", state="up", extension=extension
        )
        legs = (*(leg for leg in line.call.legs if leg.kind != "agent"), agent)
        self._changed(line, state="bridged", extension=extension, legs=legs, bridged_at=at)

    def no_answer(self, line: Line) -> None:
        """The agent's phone does not answer."""
        phone, line.ringing = line.ringing, ""
        line.now(state="answered", extension="")
        self.news.append(
            wire.AgentLegFailed(call=line.call.id, extension=phone, interaction="", detail="408")
        )

    def guest_answers(self, line: Line) -> None:
        """Whoever is consulted answers."""
        name, line.guest = line.guest, ""
        legs = tuple(
            msgspec.structs.replace(leg, state="up") if leg.id == name else leg for leg in line.call.legs
        )
        self._changed(line, legs=legs)

    def guest_leaves(self, line: Line, leg: wire.SwitchLeg) -> None:
        """A guest hangs up, or never answered."""
        line.guest = ""
        self._without(line, leg.id)
        self.news.append(wire.LegEnded(call=line.call.id, leg=leg.id, was_up=leg.state == "up", detail="486"))

    def agent_hangs_up(self, line: Line, by: str) -> None:
        """The agent's end of the call is gone: hung up, or the phone lost."""
        phone = line.call.extension
        legs = tuple(leg for leg in line.call.legs if leg.kind != "agent")
        line.now(state="answered", extension="", legs=legs)
        self.news.append(wire.AgentLegEnded(call=line.call.id, extension=phone, by=by))

    def end(self, line: Line, by: str) -> None:
        """The call is over."""
        if self.lines.pop(line.call.id, None) is not None:
            self.news.append(wire.CallEnded(call=line.now(state="ended", ended_by=by)))

    # --- inside -----------------------------------------------------------------------------------

    def _without(self, line: Line, leg: str) -> None:
        guests = [o for o in self._others(line, leg) if o.kind == "guest"]
        self._changed(line, legs=self._others(line, leg), talk=line.call.talk if guests else "customer")

    @staticmethod
    def _others(line: Line, leg: str) -> tuple[wire.SwitchLeg, ...]:
        return tuple(other for other in line.call.legs if other.id != leg)

    def _changed(self, line: Line, **changes: Any) -> None:  # the same
        self.news.append(wire.CallChanged(call=line.now(**changes)))
