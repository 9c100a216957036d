"""The calls of the window: who is in them, the recording, the line, and what rings."""

from __future__ import annotations

from dataclasses import replace

import scripted_agent
import scripted_call
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.text import TIP
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.parts import Badge, Button, Tone


def test_a_plain_call_needs_no_strip(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_call.bar(scripted_call.LIVE))
    assert not window.main.callstrip.isVisible()


def test_a_consult_shows_each_person_and_what_can_be_done(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_call.bar(scripted_call.HELD, scripted_call.CONSULT))
    line = window.main.callstrip.lines["i1"]
    assert list(window.main.callstrip.lines) == ["i1"]  # the held one has nothing to say
    assert line.people["leg-2"].accessibleName() == "Chen Wei, you talk"
    assert line.customer.accessibleName() == "Amina Yusuf, hears music"
    line.buttons["call.complete"].click()
    line.people["leg-2"].buttons["call.drop"].click()
    assert desk.acts == [("call.complete", {}), ("call.drop", {"leg": "leg-2"})]
    card = window.main.topbar.cards["i1"]
    assert not set(card.buttons) & set(line.buttons)  # a button is in one place


def test_the_people_of_a_call_come_and_go(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_call.bar(scripted_call.MEETING))
    line = window.main.callstrip.lines["i1"]
    assert set(line.people) == {"leg-2", "leg-3"}
    assert line.customer.accessibleName() == "Amina Yusuf, in the conference"
    assert [tag.accessibleName() for tag in line.marks] == ["Astrid whispers to you"]
    desk.change(topbar_view=scripted_call.bar(scripted_call.LIVE))
    assert not window.main.callstrip.lines
    assert not window.main.callstrip.isVisible()


def test_a_bad_line_a_pause_and_card_data_are_said_in_words(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_call.bar(scripted_call.TROUBLED))
    line = window.main.callstrip.lines["i1"]
    said = [tag.accessibleName() for tag in line.marks]
    assert said == ["Card data: ●●●●●●", "You hear gaps: 4 % is lost.", "Recording is paused for 00:12"]
    line.recording[0].click()
    assert desk.acts == [("call.record", {"act": "resume"})]
    ticking = replace(scripted_call.PAUSED, banner="Recording is paused for 00:13")
    desk.change(topbar_view=scripted_call.bar(replace(scripted_call.TROUBLED, recording=ticking)))
    assert line is window.main.callstrip.lines["i1"]
    assert line.marks[2].accessibleName() == "Recording is paused for 00:13"


def test_the_card_marks_encryption_quality_and_recording(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_call.bar(scripted_call.LIVE))
    card = window.main.topbar.cards["i1"]
    assert card.lock.isVisible()
    assert card.lock.accessibleName() == "The call is encrypted both ways."
    assert card.quality.accessibleName() == "The line is good."
    assert card.recording.accessibleName() == "recording, Amina Yusuf"
    card.recording.click()
    menu = card.recording.findChild(QMenu)
    assert menu is not None
    pause, stop = menu.actions()
    assert not stop.isEnabled()
    assert "The centre keeps it on." in stop.text()
    pause.trigger()
    assert desk.acts == [("call.record", {"act": "pause"})]
    bare = replace(scripted_call.LIVE, encrypted=None, quality=None, recording=None)
    desk.change(topbar_view=scripted_call.bar(bare))
    assert not card.lock.isVisible()
    assert not card.quality.isVisible()
    assert not card.recording.isVisible()


def test_a_weak_line_has_a_tip_that_says_why(window: Window, desk: Scripted) -> None:
    weak = replace(scripted_call.LIVE, quality=Badge("fair", Tone.OK), quality_words="They hear you badly.")
    desk.change(topbar_view=scripted_call.bar(weak))
    assert "They hear you badly." in window.main.topbar.cards["i1"].quality.property(TIP)
    assert not window.main.callstrip.isVisible()


def test_a_colleague_who_asks_rings_without_a_countdown(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(offers_view=(scripted_call.COLLEAGUE, scripted_agent.OFFER))
    cards = window.ringing.cards
    assert list(cards) == ["c9", "o1"]
    assert not cards["c9"].countdown.isVisible()
    assert cards["o1"].countdown.isVisible()
    assert cards["c9"].accessibleName() == "Astrid Berg asks about Priya Kulkarni"
    cards["c9"].answer.click()
    assert desk.acts[-1] == ("offer.accept", {"id": "c9"})


def test_the_window_is_silent_where_the_phone_rings(window: Window, desk: Scripted) -> None:
    heard: list[bool] = []
    window.beep.connect(heard.append)
    desk.change(offers_view=(scripted_agent.OFFER,))
    assert heard[-1] is True
    desk.change(topbar_view=replace(desk.topbar_view, phone_rings=True))
    assert heard[-1] is False


def test_a_call_that_is_not_recorded_keeps_its_mark_small_and_its_way_to_record(
    window: Window, desk: Scripted
) -> None:
    start = Button("call.record", "Record", "record", args=(("act", "start"),))
    off = replace(
        scripted_call.RECORDING, state="off", badge=Badge("not recorded", Tone.MUTED), buttons=(start,)
    )
    desk.change(topbar_view=scripted_call.bar(replace(scripted_call.LIVE, recording=off)))
    chip = window.main.topbar.cards["i1"].recording
    assert chip.accessibleName() == "not recorded, Amina Yusuf"
    assert chip.width() < 40
    twice = replace(scripted_call.LIVE, badges=(scripted_call.RECORDING.badge,))
    desk.change(topbar_view=scripted_call.bar(twice))
    assert not [tag for tag in window.main.topbar.cards["i1"]._tags if tag.isVisible()]
