"""The supervisor's board and the one control: listen, whisper, barge, take over, leave."""

from __future__ import annotations

import pytest

from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import CallQuality, LegModel
from tests.client.desks import Desk
from tests.client.talks import (
    ASTRID,
    CHEN,
    NOW,
    OTHER,
    SUPERVISOR,
    as_supervisor,
    asked,
    changed,
    now_so,
    on_a_call,
    talk,
    told_phone,
)

MINE = LegModel(
    id="l9", kind="supervisor", state="up", agent="a7", name="Mateo Ruiz", mode="listen", up_at=NOW
)


def in_call(desk: Desk, mode: str = "listen", **leg: object) -> None:
    mine = changed(MINE, mode=mode, **leg)
    desk.events(e.InteractionChanged(interaction=changed(OTHER, call=changed(OTHER.call, legs=(mine,)))))


def test_an_agent_has_no_supervisors_place(desk: Desk) -> None:
    place = next(item for item in desk.desktop.rail() if item.id == "supervisor")
    assert place.reason == "This is for supervisors."
    assert desk.desktop.act("go.supervisor") == "This is for supervisors."
    assert desk.desktop.act("lead.listen", agent="sara") == "This is for supervisors."


def test_the_place_asks_for_everybodys_work_and_gives_it_back(desk: Desk) -> None:
    as_supervisor(desk)
    assert desk.desktop.act("go.supervisor") == ""
    assert desk.outside.commands()[-1] == c.Watch(scope="all")
    desk.events(e.ScopeChanged(scope="all"))
    assert desk.desktop.view().main is not None
    assert desk.desktop.workspace.place == "supervisor"
    assert desk.desktop.act("go.inbox") == ""
    assert desk.outside.commands()[-1] == c.Watch(scope="mine")


def test_the_board_shows_agents_calls_and_who_waits(desk: Desk) -> None:
    as_supervisor(desk)
    heard = changed(
        OTHER.call, recording="on",
        legs=(ASTRID, LegModel(id="x", kind="customer", state="up", quality=CallQuality(mos=2.9))),
    )  # fmt: skip
    desk.events(
        e.InteractionChanged(interaction=changed(OTHER, call=heard)),
        e.InteractionChanged(interaction=m.InteractionModel(
            id="i6", medium="voice", state="queued", queue="billing", customer_name="Bo", queued_at=NOW - 200,
        )),
    )  # fmt: skip
    view = desk.desktop.supervisor()
    sara = view.agents[0]
    assert (sara.name, sara.state.text, sara.timer, sara.work) == (
        "Sara Lindqvist", "On a call", "07:41", "D. Okafor · Support · 07:41",
    )  # fmt: skip
    assert [b.action for b in sara.buttons] == ["lead.listen", "lead.whisper", "lead.barge", "lead.open"]
    assert all(b.enabled for b in sara.buttons)
    call = view.calls[0]
    assert (call.customer, call.agent, call.age, call.state.text, call.listeners) == (
        "D. Okafor", "Sara Lindqvist", "07:41", "talking", "Astrid (listens)",
    )  # fmt: skip
    assert call.quality is not None
    assert call.recording is not None
    assert (call.quality.text, call.recording.text) == ("Poor", "REC")
    wait = view.waiting[0]
    assert (wait.customer, wait.queue, wait.age, wait.tone) == ("Bo", "Billing", "3:20", Tone.WARNING)
    assert [f.label for f in view.figures] == [
        "Waiting", "Service level", "Abandoned", "Calls", "Ready", "Busy now",
    ]  # fmt: skip
    assert [f.value for f in view.figures] == ["3", "90 %", "0.0 %", "1", "0", "100 %"]
    assert view.queues[0].service_level == "90 %"


def test_the_first_listen_tells_the_phone_before_and_a_change_never_dials(desk: Desk) -> None:
    as_supervisor(desk)
    told_phone(desk)
    listen = desk.desktop.supervisor().calls[0].buttons[0]
    before = len(desk.outside.order)
    assert desk.desktop.act(listen.action, **dict(listen.args)) == ""
    assert desk.outside.order[before:] == [
        p.Expect(interaction="i5"),
        c.Supervise(interaction="i5", mode="listen"),
    ]
    in_call(desk)
    told_phone(desk), asked(desk)
    whisper = desk.desktop.supervisor().calls[0].buttons[1]
    assert desk.desktop.act(whisper.action, **dict(whisper.args)) == ""
    assert desk.desktop.act("lead.barge") == ""
    assert told_phone(desk) == []
    assert asked(desk) == [
        c.Supervise(interaction="i5", mode="whisper"),
        c.Supervise(interaction="i5", mode="barge"),
    ]


def test_a_call_that_is_not_in_view_is_expected_when_my_leg_appears(desk: Desk) -> None:
    as_supervisor(desk)
    desk.events(e.InteractionRemoved(interaction="i5"))
    told_phone(desk)
    assert desk.desktop.act("lead.listen", agent="Sara") == ""
    assert asked(desk) == [c.Supervise(agent="a8", mode="listen")]
    in_call(desk, state="ringing")
    assert told_phone(desk) == [p.Expect(interaction="i5")]


def test_the_listening_card_has_the_modes_the_hold_rule_and_the_way_out(desk: Desk) -> None:
    as_supervisor(desk)
    in_call(desk)
    card = desk.desktop.supervisor().listening
    assert card is not None
    assert (card.title, card.state.text) == ("Sara Lindqvist · D. Okafor · Support", "only you hear")
    assert [b.checked for b in card.modes] == [True, False, False]
    assert card.modes[1].label == "Whisper to Sara"
    assert card.hold_rule == "While the customer is on hold you hear: both."
    customer = card.hears[2]
    assert desk.desktop.act(customer.action, **dict(customer.args)) == ""
    assert asked(desk) == [c.Supervise(interaction="i5", mode="listen", hears="customer")]
    card = desk.desktop.supervisor().listening
    assert card is not None
    assert card.hold_rule == "While the customer is on hold you hear: D. Okafor."
    assert desk.desktop.act("lead.take_over") == ""
    assert desk.desktop.act("lead.leave") == ""
    assert asked(desk) == [c.TakeOver(interaction="i5"), c.Supervise(interaction="i5", mode="off")]
    for mode, said in (("whisper", "Sara Lindqvist hears you"), ("barge", "both hear you")):
        in_call(desk, mode)
        card = desk.desktop.supervisor().listening
        assert card is not None
        assert card.state.text == said


def test_what_cannot_be_supervised_says_why(desk: Desk) -> None:
    as_supervisor(desk)
    act = desk.desktop.act
    assert act("lead.leave") == "You are not in anybody's call."
    assert act("lead.take_over") == "You are not in anybody's call."
    assert act("lead.whisper") == "Say whose call: name the agent."
    assert act("lead.listen", agent="nobody").startswith("There is no agent nobody.")
    in_call(desk, state="ringing")
    assert act("lead.take_over") == "You are not connected yet."
    assert act("lead.hears", hears="nobody") == "You hear agent, customer or both."
    desk.events(e.InteractionRemoved(interaction="i5"), e.ScopeChanged(scope="all"))
    assert act("lead.listen", agent="Sara") == "Sara Lindqvist has no call now."
    desk.events(e.InteractionChanged(interaction=OTHER))
    on_a_call(desk)
    assert act("lead.listen", id="i5") == "You are on a call. End it or put it through first."
    assert act("lead.listen", id="i1") == "This is your own call."


def test_another_call_is_left_before_the_next_is_heard(desk: Desk) -> None:
    as_supervisor(desk)
    in_call(desk)
    other = changed(OTHER, id="i6", agent="a9")
    desk.events(
        e.AgentChanged(agent=m.AgentModel(id="a9", name="Chen Wei", state="ready", activity="busy")),
        e.InteractionChanged(interaction=other),
    )
    asked(desk)
    assert desk.desktop.act("lead.listen", agent="Chen") == ""
    assert asked(desk) == [
        c.Supervise(interaction="i5", mode="off"), c.Supervise(interaction="i6", mode="listen"),
    ]  # fmt: skip


def test_the_agent_sees_who_listens(desk: Desk) -> None:
    on_a_call(desk)
    now_so(desk, legs=(ASTRID,))
    assert desk.desktop.topbar().calls[-1].listeners == "Astrid listens"
    assert desk.said()[-1] == "Astrid listens"
    now_so(desk, legs=(changed(ASTRID, mode="whisper"),))
    assert desk.said()[-1] == "Astrid whispers to you"
    now_so(desk, legs=(changed(ASTRID, mode="barge"),))
    assert desk.said()[-1] == "Astrid talks with you both"
    now_so(desk)
    assert desk.said()[-1] == "Nobody listens any more."


def test_a_listened_call_has_its_card_in_the_bar(desk: Desk) -> None:
    as_supervisor(desk)
    in_call(desk)
    desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k5", direction="in", state="up", interaction="i5")))
    assert desk.desktop.topbar().calls[0].title == "Sara Lindqvist with D. Okafor"
    assert talk().id == "i1"


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("listen", "Listening to Sara"),
        ("whisper", "Whispering to Sara"),
        ("barge", "In the call of Sara"),
    ],
)
def test_who_listens_is_shown_so_and_serves_nobody(desk: Desk, mode: str, words: str) -> None:
    as_supervisor(desk)
    busy = {"state": "ready", "activity": "busy", "load": (("voice", 1),), "activity_since_at": NOW - 461}
    desk.events(e.AgentChanged(agent=changed(SUPERVISOR, **busy)))
    desk.events(e.AgentChanged(agent=m.AgentModel(id="a1", name="Astrid Berg", role="supervisor", **busy)))
    astrid = changed(ASTRID, mode=mode, up_at=NOW - 5)
    in_call(desk, mode)
    mine = desk.runtime.store.replica.interactions["i5"].call
    assert mine is not None
    both = changed(mine, legs=(*mine.legs, astrid))
    desk.events(e.InteractionChanged(interaction=changed(OTHER, call=both)))
    view = desk.desktop.supervisor()
    row = next(a for a in view.agents if a.id == "a1")
    assert (row.state.text, row.timer, row.work) == (words, "00:05", "D. Okafor · Support")
    assert (desk.desktop.topbar().state.label, desk.desktop.topbar().state.timer) == (words, "00:00")
    figures = {f.label: (f.value, f.detail) for f in view.figures}
    assert figures["Busy now"] == ("100 %", "1 of 1 busy")  # Sara alone serves


def test_who_is_asked_is_shown_as_consulted_and_busy(desk: Desk) -> None:
    as_supervisor(desk)
    chen = m.AgentModel(id="a9", name="Chen Wei", state="ready", activity="busy", load=(("voice", 1),))
    desk.events(
        e.AgentChanged(agent=chen),
        e.InteractionChanged(interaction=changed(OTHER, call=changed(OTHER.call, legs=(CHEN,)))),
    )
    view = desk.desktop.supervisor()
    row = next(a for a in view.agents if a.id == "a9")
    assert (row.state.text, row.timer, row.work) == ("Consulted", "00:10", "D. Okafor · Support")
    assert next(f.detail for f in view.figures if f.label == "Busy now") == "2 of 2 busy"
    rings = changed(CHEN, state="ringing", up_at=0.0)
    desk.events(e.InteractionChanged(interaction=changed(OTHER, call=changed(OTHER.call, legs=(rings,)))))
    assert next(a.state.text for a in desk.desktop.supervisor().agents if a.id == "a9") == "Ringing"
