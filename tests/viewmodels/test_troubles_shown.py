"""A mailbox that cannot be read stands among the notices until it works, and is said once."""

from __future__ import annotations

from datetime import UTC

import msgspec

from agent_desktop.client.news import TroublesMoved
from agent_desktop.text import records, sentences
from agent_desktop.viewmodels import troubling
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.wire import events as e
from agent_desktop.wire.models import TroubleModel
from tests.client.desks import Desk
from tests.client.small_centre import snapshot_of

NOW = 1_795_255_200.0
MAIL = TroubleModel(id="help", name="Help", text="The server refused the password.", since_at=NOW - 600.0)
TRUNK = TroubleModel(id="trunk:carrier", name="The trunk carrier", text="403 Forbidden", since_at=NOW - 60.0)


def shown(desk: Desk) -> list[Notice]:
    return [one for one in desk.desktop.notices() if one.id.startswith("trouble:")]


def test_it_is_there_since_when_and_why_and_gone_when_it_works_again(desk: Desk) -> None:
    desk.events(e.TroublesChanged(troubles=(MAIL, TRUNK)))
    first, second = shown(desk)
    assert first.text.startswith("Help has not worked since ")
    assert first.text.endswith(": The server refused the password.")
    assert (first.dismiss, first.at) == (None, NOW - 600.0)  # it goes when its cause is gone
    assert second.id == "trouble:trunk:carrier"
    desk.events(e.TroublesChanged(troubles=(TRUNK,)))
    assert [one.id for one in shown(desk)] == ["trouble:trunk:carrier"]
    assert "Help works again." in desk.said()
    desk.events(e.TroublesChanged(troubles=()))
    assert shown(desk) == []


def test_it_is_said_once_whatever_its_reason_becomes(desk: Desk) -> None:
    desk.events(e.TroublesChanged(troubles=(MAIL,)))
    desk.events(e.TroublesChanged(troubles=(msgspec.structs.replace(MAIL, text="Nobody answers."),)))
    assert shown(desk)[0].text.endswith(": Nobody answers.")
    assert len([line for line in desk.said() if "has not worked" in line]) == 1


def test_after_a_reconnect_it_is_as_the_new_picture_says(desk: Desk) -> None:
    desk.events(e.TroublesChanged(troubles=(MAIL,)))
    desk.events(snapshot_of(desk.truth))
    assert shown(desk) == []
    desk.events(msgspec.structs.replace(snapshot_of(desk.truth), troubles=(TRUNK,)))
    assert [one.id for one in shown(desk)] == ["trouble:trunk:carrier"]


def test_what_began_on_another_day_says_the_day(desk: Desk) -> None:
    old = msgspec.structs.replace(MAIL, since_at=NOW - 2 * 86_400.0)
    words = troubling.sentence(desk.desktop.situation(), old, UTC)
    assert words != troubling.sentence(desk.desktop.situation(), MAIL, UTC)
    assert "10:00" in words


def test_text_mode_says_it_as_a_line_and_as_objects(desk: Desk) -> None:
    s = desk.desktop.situation()
    line = sentences.said(s, TroublesMoved((), (MAIL,)))
    assert line is not None
    assert (line.text.startswith("Help has not worked since "), line.level) == (True, 0)
    gone = sentences.said(s, TroublesMoved((MAIL,), ()))
    assert gone is not None
    assert gone.text == "Help works again."
    assert sentences.said(s, TroublesMoved((MAIL,), (MAIL,))) is None
    new, old = records.troubles((MAIL,), (TRUNK,))
    assert (new["type"], new["channel"], new["works"], new["text"]) == (
        "trouble",
        "trunk:carrier",
        False,
        "403 Forbidden",
    )
    assert (old["channel"], old["works"], old["text"]) == ("help", True, "")
