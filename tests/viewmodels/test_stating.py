"""My state in words: what I do, the state under it, what comes next, and the way back."""

from __future__ import annotations

from typing import Any

import pytest

from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.stating import StateView, advice_of
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from tests.client.desks import Desk
from tests.client.small_centre import CENTRE
from tests.client.talks import NOW, TALK, asked, changed, on_a_call


def me(desk: Desk, **fields: Any) -> StateView:
    desk.events(e.AgentChanged(agent=changed(desk.truth.me, **fields)))
    return desk.desktop.topbar().state


def test_at_work_the_state_and_its_time_stay_under_the_work_and_its_own(desk: Desk) -> None:
    on_a_call(desk)
    state = me(
        desk, state="ready", reason="", since_at=NOW - 2467, activity="busy", activity_since_at=NOW - 100
    )
    assert (state.label, state.timer, state.under) == ("On a call", "01:40", "Ready 41:07")
    assert state.spoken == "On a call for 1 minute 40 seconds, state Ready for 41 minutes 7 seconds"


def test_a_break_chosen_in_a_call_shows_as_break_next_and_is_taken_back(desk: Desk) -> None:
    on_a_call(desk)
    state = me(desk, state="ready", reason="", activity="busy", next_state="not_ready", next_reason="break")
    assert state.next_label == "Break next"
    back = state.choices[0]
    assert (back.action, back.label) == ("agent.stay", "Stay Ready: take “Break next” back")
    asked(desk)
    assert desk.desktop.act(back.action, **dict(back.args)) == ""
    assert asked(desk) == [c.SetReady()]


def test_the_way_back_to_a_reason_is_that_reason_and_never_a_systems_one(desk: Desk) -> None:
    me(desk, state="not_ready", reason="lunch", activity="busy", next_state="ready")
    assert desk.desktop.topbar().state.next_label == "Ready next"
    asked(desk)
    assert desk.desktop.act("agent.stay") == ""
    assert asked(desk) == [c.SetNotReady(reason="lunch")]
    me(desk, state="not_ready", reason="not_responding", activity="busy", next_state="ready")
    assert "set by the system" in desk.desktop.act("agent.stay")
    me(desk, next_state="")
    assert desk.desktop.act("agent.stay") == "No next state is chosen."


@pytest.mark.parametrize(
    ("next_state", "next_reason", "said"),
    [
        ("", "", ""),
        ("ready", "", "Ready next"),
        ("not_ready", "", "Not ready next"),
        ("logged_out", "", "Signed out next"),
    ],
)
def test_what_comes_next(desk: Desk, next_state: str, next_reason: str, said: str) -> None:
    assert me(desk, activity="busy", next_state=next_state, next_reason=next_reason).next_label == said


@pytest.mark.parametrize(
    ("reason", "label"),
    [
        (m.ReasonInfo(code="away", label="Away", media=("email",)), "Away: Email only"),
        (m.ReasonInfo(code="away", label="Away", media=("email", "chat")), "Away: Email, Chat only"),
        (m.ReasonInfo(code="desk", label="Desk work", transfers=True), "Desk work: transfers only"),
        (m.ReasonInfo(code="d", label="Back office", media=("email",), transfers=True),
         "Back office: Email and transfers only"),
    ],
)  # fmt: skip
def test_the_menu_says_what_is_still_offered(desk: Desk, reason: m.ReasonInfo, label: str) -> None:
    system = m.ReasonInfo(code="crash", label="Program ended", system=True)
    desk.events(e.CentreChanged(centre=changed(CENTRE, reasons=(reason, system))))
    assert [b.label for b in desk.desktop.topbar().state.choices] == ["Ready", label]


def test_a_missed_offer_says_what_happened_and_what_to_do_until_it_is_done(desk: Desk) -> None:
    state = me(desk, state="not_ready", reason="not_responding", since_at=NOW)
    said = "You missed an offer. Choose Ready when you are back."
    assert (state.label, state.advice) == ("Not responding", said)
    notice = next(n for n in desk.desktop.notices() if n.id == "state")
    assert notice.text == said
    assert notice.button is not None
    assert notice.button.action == "agent.ready"
    assert desk.said().count(said) == 1
    me(desk, state="ready", reason="", since_at=NOW)
    assert not [n for n in desk.desktop.notices() if n.id == "state"]


@pytest.mark.parametrize(
    "code",
    ["not_responding", "missed", "lost_connection", "crash", "signed_in_elsewhere", "supervisor", "signed_in",
     "self_test_failed"],
)  # fmt: skip
def test_every_system_reason_has_its_advice(desk: Desk, code: str) -> None:
    agent = changed(desk.truth.me, state="not_ready", reason=code)
    assert "Ready" in advice_of(desk.desktop.situation(), agent) or code == "supervisor"


def test_a_system_reason_of_a_newer_router_has_words_too(desk: Desk) -> None:
    newer = m.ReasonInfo(code="newer", label="Something new", system=True)
    desk.events(e.CentreChanged(centre=changed(CENTRE, reasons=(newer,))))
    state = me(desk, state="not_ready", reason="newer")
    assert (state.label, state.advice) == (
        "Something new", "The system set this state. Choose Ready when you want work.",
    )  # fmt: skip
    assert not me(desk, state="not_ready", reason="unheard_of").advice


def test_every_wrap_up_has_its_clock_in_the_bar(desk: Desk) -> None:
    limited = changed(TALK, state="wrap_up", wrapup_at=NOW - 12, wrapup_deadline_at=NOW + 48)
    endless = changed(limited, id="i2", customer_name="Bo", wrapup_deadline_at=0.0)
    desk.events(e.InteractionChanged(interaction=limited), e.InteractionChanged(interaction=endless))
    timers = desk.desktop.topbar().state.timers
    assert [(t.text, t.tone) for t in timers] == [
        ("Wrap-up 0:48 left", Tone.WARNING), ("Wrap-up 00:12", Tone.WARNING),
    ]  # fmt: skip
    assert timers[1].spoken == "wrap-up of Bo for 12 seconds"
    desk.now += 40
    assert desk.desktop.topbar().state.timers[0].tone is Tone.DANGER


def test_the_clock_is_the_servers_whatever_this_computers_says(desk: Desk) -> None:
    ready = changed(desk.truth.me, state="ready", reason="", since_at=NOW + 3600 - 30)
    snapshot = e.Snapshot(me=ready, centre=CENTRE, server_at=NOW + 3600)
    desk.events(snapshot)
    assert desk.desktop.topbar().state.timer == "00:30"


def test_a_state_of_a_signed_out_agent_has_words(desk: Desk) -> None:
    state = me(desk, state="logged_out", reason="", activity="busy", since_at=0.0)
    assert (state.under, state.timer) == ("Signed out", "00:00")
    assert "state Signed out" in state.spoken
