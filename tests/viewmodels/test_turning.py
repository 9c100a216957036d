"""The screen turns to another customer when that is asked for, and never under somebody who writes."""

from __future__ import annotations

import msgspec

from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from tests.client.desks import Desk
from tests.viewmodels.letters import key, sent, with_letters

CALL = m.InteractionModel(
    id="i9", medium="voice", state="active", agent="a7", queue="support", customer="c2", conversation="v2",
    customer_name="Omar Haddad", from_address="+4999999", arrived_at=1_795_255_100.0,
)  # fmt: skip


def looked_at(desk: Desk) -> str:
    return desk.desktop.workspace.selected


def call(desk: Desk, **fields: str) -> None:
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(CALL, **fields)))


def on_a_call_beside_a_mail(desk: Desk) -> None:
    with_letters(desk, "v1")
    call(desk)
    assert looked_at(desk) == "i9"
    desk.now += 60


def test_what_is_taken_away_while_a_note_is_written_shows_no_other_customer(desk: Desk) -> None:
    on_a_call_beside_a_mail(desk)
    desk.desktop.write("Omar was angry and", key(desk))
    desk.now += 2
    desk.events(e.InteractionRemoved(interaction="i9"))
    assert looked_at(desk) == ""
    assert desk.desktop.composer() is None
    notices = [notice.text for notice in desk.desktop.notices()]
    assert notices == ["Omar Haddad is with you no more. What you wrote is in Drafts."]


def test_a_line_that_is_sent_when_nothing_is_open_goes_to_nobody(desk: Desk) -> None:
    on_a_call_beside_a_mail(desk)
    desk.events(e.InteractionRemoved(interaction="i9"))
    assert desk.desktop.act("composer.send", text="You are wrong, Omar") != ""
    assert sent(desk) == []


def test_the_wrap_up_of_a_call_that_was_taken_over_stays_under_the_note(desk: Desk) -> None:
    on_a_call_beside_a_mail(desk)
    desk.desktop.write("Omar was angry and", key(desk))
    before = key(desk)
    desk.events(e.InteractionRemoved(interaction="i9"))
    call(desk, id="i10", state="wrap_up")
    assert (looked_at(desk), key(desk)) == ("i10", before)


def test_a_call_that_ends_by_an_act_makes_room_for_the_next_customer(desk: Desk) -> None:
    on_a_call_beside_a_mail(desk)
    desk.desktop.write("All is well", key(desk))
    desk.now += 1
    desk.desktop.act("side.tab", tab="wrapup")
    desk.events(e.InteractionRemoved(interaction="i9"))
    assert looked_at(desk) == "i1"


def test_a_call_that_is_accepted_by_itself_leaves_who_writes_alone(desk: Desk) -> None:
    with_letters(desk, "v1")
    desk.now += 60
    desk.desktop.write("Dear Amina", key(desk))
    desk.now += 3
    call(desk)
    assert looked_at(desk) == "i1"


def test_a_call_that_is_accepted_by_itself_is_shown_to_who_writes_no_more(desk: Desk) -> None:
    with_letters(desk, "v1")
    desk.desktop.write("Dear Amina", key(desk))
    desk.now += 60
    call(desk)
    assert looked_at(desk) == "i9"
