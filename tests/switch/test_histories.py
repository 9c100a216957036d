"""Any history of what routers order and phones do: nothing is left behind, and no whisper goes astray."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.errors import RefusedError
from agent_desktop.sip.events import EndedBy
from agent_desktop.sip.media import Direction
from agent_desktop.switch.calls import Mode, Side, Talk
from agent_desktop.switch.hearing import circle
from agent_desktop.wire import switch as wire

from .fakes import Scene

LEGS = ("in1", "in2", "out1", "out2", "out3", "out4")
MODES, TALKS = st.sampled_from(Mode), st.sampled_from(Talk)
THIRD, LEADS = ("g1", "g2"), ("s1", "s2")


def whispers_reach_nobody_else(scene: Scene) -> None:
    """What the mixer was last told lets no customer and no guest hear who listens or whispers."""
    for call in scene.table.calls:
        hidden = {leg.name for leg in call.supervisors if leg.mode is not Mode.BARGE}
        silent = {leg.name for leg in call.supervisors if leg.mode is Mode.LISTEN}
        for leg in call.legs:
            row = set(scene.desk.rows.get(leg.name, {}))
            assert not row & (silent if leg.side is Side.AGENT else hidden)
            assert leg.side is Side.SUPERVISOR or not (row and not leg.sounds)
            if leg is call.customer and leg.up and call.bridged and len(circle(call)) < 2:
                assert row == {"music"}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_after_any_history_nothing_is_left_of_calls_that_ended(data: st.DataObject) -> None:
    """Every call that arrived or was dialled ends exactly once, and leaves no leg, row, source or timer."""
    scene = Scene()
    acts = {
        "arrive": scene.arrives,
        "dial": lambda leg: scene.arrives(leg, caller="201", called="777", user="201"),
        "answer leg": scene.answers,
        "progress": scene.progresses,
        "hold": lambda leg: scene.changes(leg, Direction.RECVONLY),
        "end": scene.ends,
        "lose": lambda leg: scene.ends(leg, EndedBy.TIMED_OUT),
        "refuse": lambda leg: scene.ends(leg, EndedBy.REFUSED, 486),
    }
    orders = [
        lambda call: wire.AnswerCall(call=call),
        lambda call: wire.RefuseCall(call=call),
        lambda call: wire.StopPlay(call=call),
        lambda call: wire.ConnectAgent(call=call, extension="202", interaction="i", timeout_s=3),
        lambda call: wire.HoldCall(call=call),
        lambda call: wire.ResumeCall(call=call),
        lambda call: wire.Unbridge(call=call),
        lambda call: wire.DialOut(call=call, extension="201", number="777", interaction="i"),
        lambda call: wire.HangUpCall(call=call),
        lambda call: wire.SetSecure(call=call, on=data.draw(st.booleans()), collect=2),
        lambda call: wire.SetTalk(call=call, with_whom=data.draw(TALKS).value),
        lambda call: wire.AddLeg(
            call=call,
            leg=data.draw(st.sampled_from(THIRD)),
            number=data.draw(st.sampled_from(["203", "888"])),
            blind=data.draw(st.booleans()),
        ),
        lambda call: wire.Supervise(
            call=call,
            leg=data.draw(st.sampled_from(LEADS)),
            extension=data.draw(st.sampled_from(["204", "202"])),
            mode=data.draw(MODES).value,
        ),
        lambda call: wire.PromoteLeg(call=call, leg=data.draw(st.sampled_from(THIRD + LEADS))),
        lambda call: wire.MuteLeg(call=call, leg=data.draw(st.sampled_from(("agent", *THIRD, *LEADS)))),
        lambda call: wire.RemoveLeg(call=call, leg=data.draw(st.sampled_from(THIRD + LEADS))),
    ]
    seen: set[str] = set()
    if data.draw(st.booleans()):  # begin in the middle, else most histories end before it
        scene.joined()
        scene.do(wire.Supervise(call="c1", leg="s1", extension="204", mode=data.draw(MODES).value))
        scene.answers("out2")
        seen.add("in1")
    for _ in range(data.draw(st.integers(0, 20))):
        match data.draw(st.sampled_from(["act", "order", "wait", "watch"])):
            case "act":
                name, leg = data.draw(st.sampled_from(sorted(acts))), data.draw(st.sampled_from(LEGS))
                if name in {"arrive", "dial"}:
                    if leg in seen or not leg.startswith("in"):
                        continue
                    seen.add(leg)
                elif name in {"answer leg", "progress", "refuse"} and not leg.startswith("out"):
                    continue  # the SIP stack says these of legs that we made
                elif name == "hold" and not (leg in scene.table.by_leg and scene.table.by_leg[leg][1].up):  # type: ignore[index]  # a LegId is a str
                    continue
                acts[name](leg)
            case "order":
                order = data.draw(st.sampled_from(orders))(data.draw(st.sampled_from(["c1", "c2", "d1"])))
                if isinstance(order, wire.DialOut):
                    if "dialled" in seen or order.call != "d1":
                        continue  # the router's ids are its own and used once
                    seen.add("dialled")
                with contextlib.suppress(RefusedError):
                    scene.do(order)
            case "wait":
                scene.wait(data.draw(st.sampled_from([1.0, 5.0, 30.0])))
            case _:
                scene.b2bua.watch()
        whispers_reach_nobody_else(scene)
    known = {call.id for call in scene.table.calls}
    ended = [event.call.id for event in scene.all(wire.CallEnded)]
    assert len(ended) == len(set(ended))
    assert not known & set(ended)
    scene.table.end_all()
    begun = {e.call.id for e in scene.events if isinstance(e, wire.CallArrived | wire.AgentDialled)}
    ended = [event.call.id for event in scene.all(wire.CallEnded)]
    assert begun <= set(ended)
    assert len(ended) == len(set(ended))
    assert not scene.desk.open
    assert not scene.desk.rows
    assert set(scene.desk.sources) == {"ringback"}
    assert not scene.table.by_leg
    assert not scene.table.texts._typists
    assert not scene.table.texts.said._records
    assert all(alarm.off for alarm in scene.alarms)
