"""Who took my work: a notice that stays, one announcement, one line; never twice."""

from __future__ import annotations

import msgspec
import pytest

from agent_desktop.client.news import InteractionLeft, WorkTaken
from agent_desktop.text import records, sentences
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.wire import events as e
from tests.client.desks import Desk
from tests.client.small_centre import snapshot_of
from tests.viewmodels.test_turning import CALL

AT = 1_795_255_190.0
TAKEN = e.TakenOver(
    interaction="i9", by="sue", name="Sue", customer="Omar Haddad", medium="voice", at=AT
)  # fmt: skip
SENTENCE = "Sue took over your call with Omar Haddad."


def on_a_call(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=CALL))


def taken_away(desk: Desk) -> None:
    """As the router tells it: the word, the work as it is now, and that it is gone."""
    now = msgspec.structs.replace(CALL, agent="sue")
    desk.events(TAKEN, e.InteractionChanged(interaction=now), e.InteractionRemoved(interaction="i9"))


def notices(desk: Desk) -> list[Notice]:
    return [one for one in desk.desktop.notices() if one.id == "taken:i9"]


def test_it_is_a_notice_that_can_be_dismissed_and_is_said_at_once(desk: Desk) -> None:
    on_a_call(desk)
    taken_away(desk)
    (notice,) = notices(desk)
    assert (notice.text, notice.dismiss is not None) == (SENTENCE, True)
    (said,) = (a for r in desk.refreshes for a in r.announcements if a.text == SENTENCE)
    assert said.assertive, "for me the call is over, as after a hang-up"


def test_a_conversation_that_was_taken_is_said_politely(desk: Desk) -> None:
    desk.events(msgspec.structs.replace(TAKEN, medium="email"))
    (said,) = (a for r in desk.refreshes for a in r.announcements if "Sue" in a.text)
    assert (said.text, said.assertive) == ("Sue took over your conversation with Omar Haddad.", False)


@pytest.mark.parametrize(
    ("how", "to", "sentence"),
    [
        ("given", "Ben", "Sue gave your conversation with Omar Haddad to Ben."),
        ("queued", "Support", "Sue sent your conversation with Omar Haddad back to Support."),
        ("merged", "", "Sue merged your conversation with Omar Haddad into another one."),
    ],
)
def test_where_it_went_is_said(desk: Desk, how: str, to: str, sentence: str) -> None:
    desk.events(msgspec.structs.replace(TAKEN, medium="email", how=how, to_name=to))
    assert [one.text for one in notices(desk)] == [sentence]


def test_a_customer_without_a_name_is_called_unknown(desk: Desk) -> None:
    desk.events(msgspec.structs.replace(TAKEN, customer=""))
    assert [one.text for one in notices(desk)] == ["Sue took over your call with Unknown customer."]


def test_a_snapshot_after_a_lost_link_says_it_and_says_it_once(desk: Desk) -> None:
    on_a_call(desk)
    picture = msgspec.structs.replace(snapshot_of(desk.truth), taken=(TAKEN,))
    desk.events(picture, picture)
    assert desk.said().count(SENTENCE) == 1
    desk.events(TAKEN)
    assert desk.said().count(SENTENCE) == 1


def test_the_same_call_taken_again_later_is_said_again(desk: Desk) -> None:
    desk.events(TAKEN)
    desk.events(msgspec.structs.replace(TAKEN, at=AT + 60))
    assert desk.said().count(SENTENCE) == 2


def test_the_notice_goes_when_the_customer_is_with_me_again(desk: Desk) -> None:
    on_a_call(desk)
    taken_away(desk)
    on_a_call(desk)
    assert notices(desk) == []


def test_text_mode_says_one_line_that_may_break_into_typing_and_one_object(desk: Desk) -> None:
    on_a_call(desk)
    desk.events(msgspec.structs.replace(snapshot_of(desk.truth), taken=(TAKEN,)))
    s = desk.desktop.situation()
    line = sentences.said(s, WorkTaken(TAKEN))
    assert line is not None
    assert (line.text, line.level, line.urgent) == (SENTENCE, 0, True)
    assert sentences.said(s, InteractionLeft(CALL)) is None, "that it is gone is said by the other line"
    record = records.taken_over(TAKEN)
    assert (record["type"], record["interaction"], record["name"], record["how"]) == (
        "taken_over",
        "i9",
        "Sue",
        "taken",
    )


def test_what_leaves_later_for_another_reason_says_so(desk: Desk) -> None:
    on_a_call(desk)
    taken_away(desk)
    again = msgspec.structs.replace(CALL, accepted_at=AT + 60)
    line = sentences.said(desk.desktop.situation(), InteractionLeft(again))
    assert line is not None
    assert line.text == "Omar Haddad: with you no more"
