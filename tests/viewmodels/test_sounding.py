"""The sounds of what is said come from the phone; only without one are they left to the front end."""

from __future__ import annotations

import pytest

from agent_desktop.client.runtime import LinkReported
from agent_desktop.links.connection import Connection
from agent_desktop.phone import ringing
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.sounding import SOUNDS
from agent_desktop.wire import phone as p
from tests.client.desks import Desk
from tests.client.talks import told_phone


def test_the_phone_has_every_sound_that_is_asked_of_it() -> None:
    assert set(ringing.SOUNDS) >= SOUNDS


def test_a_lost_server_is_heard_at_the_phone_and_not_twice(desk: Desk) -> None:
    told_phone(desk)
    desk.put(LinkReported("router", Connection("lost")))
    assert told_phone(desk) == [p.PlaySound(sound="lost")]
    said = desk.refreshes[-1].announcements
    assert [(a.text, a.sound) for a in said] == [("The connection to the server is lost.", "")]


def test_without_a_phone_the_sound_is_left_to_the_front_end(desk: Desk) -> None:
    desk.put(LinkReported("phone", Connection("lost")))
    told_phone(desk)
    desk.put(LinkReported("router", Connection("lost")))
    assert told_phone(desk) == []
    assert desk.refreshes[-1].announcements[-1].sound == "lost"


@pytest.mark.parametrize("sound", sorted(SOUNDS))
def test_several_sentences_of_one_kind_sound_once(desk: Desk, sound: str) -> None:
    told_phone(desk)
    desk.desktop.say(Announcement("One.", sound=sound), Announcement("Two.", sound=sound))
    desk.desktop.say(Announcement("Ring.", sound="ring"))
    assert told_phone(desk) == [p.PlaySound(sound=sound)]
    desk.put()
    assert [a.sound for a in desk.refreshes[-1].announcements] == ["", "", "ring"]


def test_a_sound_that_the_phone_cannot_play_is_no_notice(desk: Desk) -> None:
    told_phone(desk)
    desk.desktop.say(Announcement("One.", sound="message"))
    request = desk.outside.phone[-1][0]
    desk.phone(p.PhoneReply(request=request, ok=False, message="This phone has no sound."))
    assert desk.desktop.notices() == ()
    assert desk.desktop.workspace.asking == {}
