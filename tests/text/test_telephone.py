"""The verbs of the telephone: every answer is one, in words, and the rows come before it."""

from __future__ import annotations

import json
from pathlib import Path

from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import CallQuality, LegModel, TargetModel
from tests.client.desks import Desk
from tests.client.talks import (
    ASTRID,
    CHEN,
    NOW,
    OTHER,
    TALK,
    as_supervisor,
    asked,
    changed,
    now_so,
    on_a_call,
    talk,
    told_phone,
)
from tests.text.terminal import Terminal


def answered(t: Terminal) -> list[str]:
    t.desk.answer_all()
    return t.lines()


def test_a_consult_from_its_first_word_to_its_last(plain: Terminal) -> None:
    desk = plain.desk
    on_a_call(desk)
    for line, sent in (
        ("consult sara", c.Consult(interaction="i1", target="a8")),
        ("swap", c.TalkWith(interaction="i1", with_whom="guest")),
        ("conference", c.TalkWith(interaction="i1", with_whom="all")),
        ("mutepart chen wei", c.SetLegMute(interaction="i1", leg="l2", on=True)),
        ("drop chen", c.DropLeg(interaction="i1", leg="l2")),
        ("complete", c.CompleteTransfer(interaction="i1")),
    ):
        assert plain.type(line) == []
        assert asked(desk)[-1] == sent
        desk.runtime.store.asked.clear()
        now_so(desk, legs=(CHEN,))
    assert plain.type("park") == [
        "park: not done. You consult somebody already. Complete it, or let them go first."
    ]


def test_events_of_a_call_are_lines(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.lines()
    now_so(plain.desk, notice="Chen did not answer.")
    assert plain.lines() == ["Amina Yusuf: Chen did not answer."]
    now_so(plain.desk, notice="Chen did not answer.", legs=(ASTRID,))
    assert plain.lines() == ["Amina Yusuf: Astrid listens"]
    rings = p.PhoneCall(id="k9", direction="in", state="ringing", remote="6002", remote_name="Sara")
    plain.desk.phone(p.PhoneCallChanged(call=rings))
    assert plain.lines() == ["Sara calls you. Type accept or decline."]
    told_phone(plain.desk)
    plain.type("accept")
    assert told_phone(plain.desk) == [p.Answer(call="k9")]


def test_status_says_everything_about_the_call(plain: Terminal) -> None:
    on_a_call(plain.desk, talk(legs=(CHEN, ASTRID), talk="all", recording="paused",
                               recording_paused_at=NOW - 5))  # fmt: skip
    said = "\n".join(plain.type("status"))
    for words in ("Call with Amina Yusuf", "recording paused for 5 seconds", "conference", "Chen Wei",
                  "Astrid listens", "Phone engine: native"):  # fmt: skip
        assert words in said


def test_who_to_call_is_listed_and_then_meant_by_name(plain: Terminal) -> None:
    desk = plain.desk
    on_a_call(desk)
    plain.type("targets no")
    assert asked(desk) == [c.FindTargets(text="no", interaction="i1")]
    request = next(iter(desk.runtime.store.asked))
    noor = TargetModel(kind="agent", id="a9", name="Noor Haddad", state="ready")
    busy = TargetModel(kind="queue", id="billing", name="Billing", waiting=2, consult=False,
                       reason="Nobody is free there now.")  # fmt: skip
    desk.events(e.Reply(request=request, result=e.Result(targets=(noor, busy))))
    assert plain.lines() == [
        "1. Noor Haddad, Agent, Ready",
        "2. Billing, Queue, nobody ready, 2 are waiting. Nobody is free there now.",
    ]
    plain.type("transfer noor")
    assert asked(desk) == [c.TransferInteraction(interaction="i1", target="a9")]
    plain.type("transfer +49 30 1234")
    assert asked(desk) == [c.TransferInteraction(interaction="i1", target="+49301234")]


def test_a_program_reads_legs_recording_and_quality(program: Terminal) -> None:
    on_a_call(program.desk)
    program.lines()
    heard = LegModel(id="l0", kind="customer", state="up", quality=CallQuality(mos=3.0, loss_percent=4.0))
    now_so(program.desk, legs=(heard, CHEN), talk="guest", recording="on", secure=True, secure_keys=3)
    record = json.loads(program.lines()[-1])
    assert (record["talk"], record["recording"], record["secure"], record["secure_keys"]) == (
        "guest", "on", True, 3,
    )  # fmt: skip
    assert record["quality"] == {"mos": 3.0, "loss_percent": 4.0}
    assert [leg["name"] for leg in record["legs"]] == ["", "Chen Wei"]


def test_how_a_supervisor_is_in_a_call_is_said_each_time_it_changes(plain: Terminal) -> None:
    desk = plain.desk
    as_supervisor(desk)
    me = desk.runtime.store.replica.me
    desk.events(e.AgentChanged(agent=changed(me, activity="busy")))
    for mode in ("listen", "whisper", "barge"):
        leg = LegModel(id="l9", kind="supervisor", state="up", agent="a7", name="Mateo", mode=mode)
        desk.events(e.InteractionChanged(interaction=changed(OTHER, call=changed(OTHER.call, legs=(leg,)))))
    states = [line for line in plain.lines() if line.startswith("State:")]
    assert [line.partition(" (")[0] for line in states[-2:]] == [
        "State: Whispering to Sara", "State: In the call of Sara",
    ]  # fmt: skip
    desk.events(e.InteractionChanged(interaction=changed(OTHER, agent="a7")))
    assert plain.lines()[-1] == "D. Okafor: connected"


def test_a_supervisor_lists_and_listens_by_name(plain: Terminal) -> None:
    desk = plain.desk
    as_supervisor(desk)
    plain.type("agents")
    assert isinstance(desk.outside.commands()[-1], c.Watch)
    desk.events(e.ScopeChanged(scope="all"))
    lines = answered(plain)
    assert lines[0] == (
        "1. Sara Lindqvist, On a call for 7 minutes 41 seconds, D. Okafor · Support · 07:41, phone ready"
    )
    assert plain.type("calls")[0].startswith("1. D. Okafor, Support, Sara Lindqvist, 7 minutes 41 seconds")
    waits = m.InteractionModel(id="i6", medium="voice", state="queued", queue="billing",
                               customer_name="Bo", queued_at=NOW - 61)  # fmt: skip
    desk.events(e.InteractionChanged(interaction=waits))
    assert plain.type("waiting")[0] == "1. Bo, Voice, Billing, waits 1 minute 1 second"
    asked(desk)
    plain.type("listen sara")
    mine = LegModel(id="l9", kind="supervisor", state="up", agent="a7", name="Mateo", mode="listen")
    desk.events(e.InteractionChanged(interaction=changed(OTHER, call=changed(OTHER.call, legs=(mine,)))))
    for line in ("whisper", "barge sara", "hears customer", "takeover", "leave"):
        plain.type(line)
    assert asked(desk) == [
        c.Supervise(interaction="i5", mode="listen"),
        c.Supervise(interaction="i5", mode="whisper"),
        c.Supervise(interaction="i5", mode="barge"),
        c.Supervise(interaction="i5", mode="listen", hears="customer"),
        c.TakeOver(interaction="i5"),
        c.Supervise(interaction="i5", mode="off"),
    ]
    assert any(line.startswith("In the call of Sara Lindqvist") for line in plain.type("calls"))


def test_the_board_is_objects_for_a_program(program: Terminal) -> None:
    as_supervisor(program.desk)
    program.type("agents")
    program.desk.events(e.ScopeChanged(scope="all"))
    records = [json.loads(line) for line in answered(program)]
    assert [r["type"] for r in records if r["type"] != "state"] == ["agent", "agent", "agents", "ok"]
    assert [r["type"] for r in program.records("calls")] == ["interaction", "calls", "ok"]


def test_recording_card_data_keys_and_quality_by_verb(plain: Terminal) -> None:
    desk = plain.desk
    on_a_call(desk)
    assert plain.type("record start") == ["record: not done. Calls of this queue are not recorded."]
    plain.type("secure on 16")
    assert asked(desk) == [c.SetSecure(interaction="i1", on=True, collect=16)]
    now_so(desk, secure=True, secure_keys=2)
    assert plain.type("keys")[-1] == "2 secret keys"
    now_so(desk, keys="42#")
    assert plain.type("keys")[-1] == "The customer pressed: 42#"
    assert plain.type("quality") == ["Nothing is measured yet."]
    desk.phone(p.QualityMeasured(call="k1", mos=2.8, loss_percent=7.0, codec="opus"))
    said = plain.type("quality")
    assert said[:3] == ["The line is poor.", "You hear gaps: 7 % is lost.", "Codec: opus"]


def test_devices_and_the_self_test_by_verb(plain: Terminal) -> None:
    desk = plain.desk
    desk.phone(p.PhoneSnapshot(
        devices=(p.DeviceInfo(name="Jabra", microphone=True, speaker=True),), microphone="Jabra",
        microphones=("Jabra",),
    ))  # fmt: skip
    said = plain.type("devices")
    assert "1. Jabra, in use, wanted" in said
    assert "Remove echo: on" in said
    told_phone(desk)
    for line in ("use speaker jabra", "sound echo off", "ring -20", "selftest"):
        plain.type(line)
    assert told_phone(desk) == [
        p.SelectDevices(microphones=("Jabra",), speakers=("Jabra",)), p.SetSound(echo=False),
        p.SetSound(echo=False, ring_db=-20.0), p.RunSelfTest(),
    ]  # fmt: skip
    plain.lines()
    checks = tuple(p.SelfCheck(id=name, state="ok") for name in ("microphone", "registration"))
    desk.phone(p.SelfTestChanged(checks=checks, over=True))
    assert plain.lines() == ["All is well. You can begin."]


def test_a_callback_is_asked_for_by_verb(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.desk.events(e.InteractionChanged(interaction=changed(TALK, state="wrap_up")))
    plain.type("callback in 2h mine")
    assert asked(plain.desk) == [c.AskCallback(interaction="i1", at=NOW + 7200, mine=True)]


def test_who_attaches_again_finds_the_call_as_it_is(tmp_path: Path) -> None:
    first = Desk(tmp_path / "a")
    (tmp_path / "b").mkdir()
    truth = first.truth
    truth.interactions["i1"] = talk(legs=(CHEN,), talk="guest", recording="paused")
    again = Desk(tmp_path / "b", truth=truth)
    try:
        again.phone(p.PhoneSnapshot(calls=(p.PhoneCall(id="k1", direction="in", state="up", interaction="i1",
                                                       encrypted=True),)))  # fmt: skip
        card = again.desktop.topbar().calls[0]
        assert card.recording is not None
        assert (card.people[0].name, card.talk, card.recording.state, card.call) == (
            "Chen Wei", "guest", "paused", "k1",
        )  # fmt: skip
        assert card.encrypted is not None
    finally:
        first.drafts.close()
        again.drafts.close()


def test_an_empty_list_is_said_to_be_empty(plain: Terminal) -> None:
    desk = plain.desk
    as_supervisor(desk)
    desk.events(e.ScopeChanged(scope="all"))
    for agent in ("a7", "a8"):
        desk.events(e.AgentChanged(agent=m.AgentModel(id=agent, name="X", role="supervisor")))
    desk.events(e.InteractionRemoved(interaction=OTHER.id))
    for verb, sentence in (
        ("agents", "Nobody is signed in."),
        ("calls", "There are no calls."),
        ("waiting", "Nobody is waiting"),
        ("quality", "There is no call."),
        ("keys", "There is no call."),
        ("who", "You are serving nobody."),
    ):
        assert plain.type(verb)[0] == sentence
    first, second, *_rest = plain.type("devices")
    assert first.startswith("Microphone (microphone): The first one that is here is used")
    assert second == "No device is known."
    on_a_call(desk)
    assert plain.type("keys") == ["The customer pressed no keys."]


def test_an_answer_to_a_colleague_shows_both_calls_with_their_legs(program: Terminal) -> None:
    desk = program.desk
    on_a_call(desk, talk(legs=(CHEN,)))
    rings = p.PhoneCall(id="k9", direction="in", state="ringing", remote="6002", remote_name="Sara")
    desk.phone(p.PhoneCallChanged(call=rings))
    desk.outside.phone.clear()
    program.type("accept k9")
    assert p.Answer(call="k9") in told_phone(desk)
    records = program.records("status")
    calls = {r["call"]: r["state"] for r in records if r["type"] == "call"}
    assert calls == {"k1": "up", "k9": "ringing"}
    legs = next(r["legs"] for r in records if r["type"] == "interaction")
    assert [(leg["kind"], leg["state"], leg["name"]) for leg in legs] == [("guest", "up", "Chen Wei")]
