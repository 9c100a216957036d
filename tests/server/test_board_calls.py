"""Snapshot + events == fresh snapshot with legs, hand-overs, supervisors, parks, callbacks and transfers.

The exchange is played by the test: it reports whatever legs a history gives a call, sensible or not.  With a
private policy no agent ever receives who listens, nor a caption where the centre keeps none.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.announcing import Announcements
from agent_desktop.domain.ivr import Say
from agent_desktop.domain.types import AgentId, Seconds
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from agent_desktop.wire.access import KeepCaption
from agent_desktop.wire.calls import CAPTION, CallTextLine
from tests.server.floor import ANA, BEN, SUE, SUPPORT, Floor
from tests.server.talking import EXTENSION
from tests.server.test_board import Day

AGENTS = (ANA, BEN)
MOVES = (
    # what customers and agents do
    "call", "ready", "accept", "decline", "hold", "resume", "end", "wrap_up", "park", "take", "hang_up",
    "wait", "long_wait", "watch", "reconnect", "lost", "restart", "leg_failed", "mail",
    # what is new in a call
    "bridge", "bridge", "guest", "guest_gone", "hand_over", "listen", "listener", "listener_gone",
    "take_over", "send_agent", "send_queue", "send_number", "wish", "book", "far_end", "keys", "record",
    "refuse", "outside", "caption",
)  # fmt: skip
COMMANDS = ("DialOut", "ConnectAgent", "HoldCall")
ANNOUNCED = Announcements(after_s=Seconds(10.0), position=(Say(text="Number {position}"),))


class CallDay(Day):
    """A history with telephones; supervisors are told of or not."""

    def __init__(self, floor: Floor, *, private: bool) -> None:
        super().__init__(floor)
        self.private = private
        self.legs: dict[str, list[wire.SwitchLeg]] = {}

    async def begin(self) -> None:
        self._rules()
        await super().begin()

    async def move(self, name: str, agent: AgentId, pick: int) -> None:
        floor = self.floor
        mine = sorted(floor.hub.tables.in_hand.get(agent, ()))
        one = mine[pick % len(mine)] if mine else "none"
        other = BEN if agent == ANA else ANA
        calls = sorted(floor.hub.tables.by_call)
        call = calls[pick % len(calls)] if calls else ""
        match name:
            case "send_agent" | "send_queue" | "send_number":
                target = {"send_agent": other, "send_queue": "Support", "send_number": "+4930123"}[name]
                await floor.do(agent, commands.TransferInteraction(interaction=one, target=str(target)))
            case "listen":
                mode = ("listen", "whisper", "barge", "off")[pick % 4]
                await floor.do(SUE, commands.Supervise(agent=agent, mode=mode))
            case "take_over":
                await floor.do(SUE, commands.TakeOver(interaction=one))
            case "book":
                at = floor.hub.clock.now() + 30 if pick % 2 else 0.0
                command = commands.AskCallback(interaction=one, number="+33611", at=at, mine=pick % 3 == 0)
                await floor.do(agent, command)
            case "wish" if call:
                floor.telephone.callbacks.asked(call, "+33611", SUPPORT, {})
                await floor.settle()
            case "caption":
                said = CallTextLine(number=pick, speaker="customer", medium=CAPTION, text="My lamp.")
                await floor.do(agent, KeepCaption(interaction=one, call=f"k-{agent}", line=said))
            case "refuse":
                floor.exchange.on_event(
                    wire.SwitchReply(
                        request="r", ok=False, message="no", command=COMMANDS[pick % 3], call=call
                    )
                )
                await floor.settle()
            case _ if call:
                await self._exchange(name, call, agent, other, pick)
            case _:
                pass
        await super().move(name, agent, pick)
        if name == "restart":
            self._rules()

    async def _exchange(self, name: str, call: str, agent: AgentId, other: AgentId, pick: int) -> None:
        """The exchange reports what became of a call."""
        legs = self.legs.setdefault(call, [wire.SwitchLeg(id="lc", kind="customer", state="up")])
        holder = self._holder(call) or agent
        state = ("ringing", "up")[pick % 2]
        match name:
            case "bridge":
                await self._tell(call, [*_without(legs, "agent"), _leg("agent", holder)], holder)
            case "guest":
                guest = _leg("guest", other if holder == agent else agent, state)
                await self._tell(call, [*_without(legs, "guest"), guest], holder)
            case "outside":
                guest = wire.SwitchLeg(id="lx", kind="guest", state=state, number="+4930123")
                await self._tell(call, [*legs, guest], holder)
            case "listener":
                mode = ("listen", "whisper", "barge")[pick % 3]
                leg = _leg("supervisor", SUE, state, mode)
                await self._tell(call, [*_without(legs, "supervisor"), leg], holder)
            case "guest_gone" | "listener_gone":
                kind = "guest" if name == "guest_gone" else "supervisor"
                for gone in [leg for leg in legs if leg.kind == kind][:1]:
                    self.legs[call] = [leg for leg in legs if leg is not gone]
                    await self._say(wire.LegEnded(call=call, leg=gone.id, was_up=gone.state == "up"))
            case "hand_over":
                taker = (ANA, BEN, SUE)[pick % 3]
                rest = [leg for leg in _without(legs, "agent") if leg.extension != EXTENSION[taker]]
                await self._tell(call, [*rest, _leg("agent", taker)], taker)
            case "far_end":
                ends = ("answered", "bridged", "ended")[pick % 3]
                report = wire.SwitchCall(id=call, state=ends, direction="out", extension=EXTENSION[holder])
                if ends == "ended":
                    await self._say(wire.CallEnded(call=report))
                else:
                    await self._say(wire.CallChanged(call=report))
            case "keys":
                await self._say(wire.KeysPressed(call=call, leg="lc", digits="42"))
            case "record":
                ran = ("on", "paused", "off")[pick % 3]
                await self._tell(call, legs, holder, recording=ran)
            case _:
                pass

    async def _tell(
        self, call: str, legs: list[wire.SwitchLeg], holder: AgentId, *, recording: str = "off"
    ) -> None:
        self.legs[call] = legs
        report = wire.SwitchCall(
            id=call,
            state="bridged",
            extension=EXTENSION[holder],
            legs=tuple(legs),
            talk="guest" if any(leg.kind == "guest" for leg in legs) else "customer",
            recording=recording,
        )
        await self._say(wire.CallChanged(call=report))

    async def _say(self, event: wire.AnySwitchEvent) -> None:
        self.floor.exchange.on_event(event)
        await self.floor.settle()

    def _holder(self, call: str) -> AgentId:
        tables = self.floor.hub.tables
        return tables.interactions[tables.by_call[call]].agent

    def _rules(self) -> None:
        """The centre of this day; a restarted router has read it anew."""
        made = self.floor.hub.centre
        made.queues[SUPPORT] = replace(made.queues[SUPPORT], announcements=ANNOUNCED, recording="on_demand")
        object.__setattr__(made, "supervision", "private" if self.private else "told")
        object.__setattr__(made, "keep_captions", not self.private)

    def check(self) -> None:
        for agent in AGENTS if self.private else ():
            mirror = self.mirrors[agent]
            stream = self.floor.board.receiver(agent).stream
            for _, body in stream.since(mirror.seq) or ():
                assert b'"kind":"supervisor"' not in body, "an agent was sent who listens"
                assert b"My lamp." not in body, "an agent was sent captions that nobody keeps"
        super().check()
        for agent in AGENTS if self.private else ():
            for seen in self.floor.board.snapshot(agent).interactions:
                assert not any(leg.kind == "supervisor" for leg in (seen.call.legs if seen.call else ()))


def _leg(kind: str, agent: AgentId, state: str = "up", mode: str = "") -> wire.SwitchLeg:
    return wire.SwitchLeg(
        id=f"l-{kind}-{agent}", kind=kind, state=state, extension=EXTENSION[agent], mode=mode
    )


def _without(legs: list[wire.SwitchLeg], kind: str) -> list[wire.SwitchLeg]:
    return [leg for leg in legs if leg.kind != kind]


async def play(moves: list[tuple[str, AgentId, int]], *, private: bool) -> None:
    """One history, checked after every move."""
    with tempfile.TemporaryDirectory() as folder:
        floor = await Floor(Path(folder) / "record.db").start()
        day = CallDay(floor, private=private)
        try:
            await day.begin()
            for name, agent, pick in moves:
                await day.move(name, agent, pick)
                day.check()
        finally:
            await floor.stop()


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(AGENTS), st.integers(0, 20)), max_size=40),
    st.booleans(),
)
def test_snapshot_and_events_agree_whatever_happens_in_calls(
    moves: list[tuple[str, AgentId, int]], private: bool
) -> None:
    asyncio.run(play([("ready", ANA, 0), ("call", ANA, 0), ("accept", ANA, 0), *moves], private=private))


async def test_the_history_of_a_supervised_consult_is_a_real_one() -> None:
    """The property is not vacuous: these moves do what they are named after."""
    with tempfile.TemporaryDirectory() as folder:
        floor = await Floor(Path(folder) / "record.db").start()
        day = CallDay(floor, private=True)
        await day.begin()
        for name, pick in (
            ("ready", 0),
            ("call", 0),
            ("accept", 0),
            ("bridge", 0),
            ("guest", 1),
            ("listener", 1),
        ):
            await day.move(name, ANA, pick)
            day.check()
        (i,) = floor.hub.tables.interactions.values()
        assert i.call is not None
        assert {leg.kind for leg in i.call.legs} == {"customer", "agent", "guest", "supervisor"}
        assert any(leg.kind == "supervisor" for leg in floor.board.snapshot(SUE).interactions[0].call.legs)  # type: ignore[union-attr]  # it has one
        await day.move("listener", ANA, 1)
        await day.move("guest_gone", ANA, 0)
        await day.move("caption", ANA, 1)
        day.check()
        heard = floor.board.snapshot(SUE).interactions[0].call
        assert heard is not None
        assert [line.text for line in heard.captions] == ["My lamp."]
        await day.move("hand_over", ANA, 1)
        day.check()
        assert floor.hub.tables.interactions[i.id].agent == BEN
        await floor.stop()
