"""When something comes back, in words; and the way back of an act."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.client.moments import offered, until
from agent_desktop.client.undoing import way_back
from agent_desktop.errors import RefusedError
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 10, 10, tzinfo=ZONE).timestamp()  # a Wednesday


def at(*parts: int) -> float:
    return datetime(*parts, tzinfo=ZONE).timestamp()  # type: ignore[arg-type,misc]  # year, month, day, hour, …


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("later", at(2026, 11, 25, 13, 30)),
        ("Later today", at(2026, 11, 25, 13, 30)),
        ("tomorrow", at(2026, 11, 26, 9)),
        ("tomorrow 14:30", at(2026, 11, 26, 14, 30)),
        ("monday", at(2026, 11, 30, 9)),
        ("wed", at(2026, 12, 2, 9)),
        ("fri 8:15", at(2026, 11, 27, 8, 15)),
        ("week", at(2026, 12, 2, 9)),
        ("2h", NOW + 7200),
        ("45 min", NOW + 2700),
        ("3d", NOW + 3 * 86_400),
        ("14:30", at(2026, 11, 25, 14, 30)),
        ("8:00", at(2026, 11, 26, 8)),
        ("2026-12-24", at(2026, 12, 24, 9)),
        ("2026-12-24 18:00", at(2026, 12, 24, 18)),
        ("24.12. 18:00", at(2026, 12, 24, 18)),
        ("1.2.", at(2027, 2, 1, 9)),
        ("reply", 0.0),
        ("until the customer writes", 0.0),
    ],
)
def test_words_mean_moments(words: str, moment: float) -> None:
    assert until(words, NOW, ZONE) == moment


@pytest.mark.parametrize(
    "words", ["", "someday", "31.2.", "25:00", "2020-01-01", "today 8:00", "9999d", "s", "2026-13-01"]
)
def test_what_is_no_time_is_refused_in_words(words: str) -> None:
    with pytest.raises(RefusedError):
        until(words, NOW, ZONE)


def test_a_day_has_nine_in_the_morning_over_the_change_of_the_clocks() -> None:
    before = datetime(2026, 10, 24, 10, 0, tzinfo=ZONE).timestamp()
    moment = datetime.fromtimestamp(until("tomorrow", before, ZONE), ZONE)
    assert (moment.day, moment.hour) == (25, 9)


def test_late_in_the_day_there_is_no_later_today() -> None:
    evening = datetime(2026, 11, 25, 20, 0, tzinfo=ZONE).timestamp()
    assert "later" not in {m.id for m in offered(evening, ZONE)}


@given(st.floats(min_value=0, max_value=4_000_000_000), st.text(max_size=20))
def test_nothing_typed_breaks_it_and_every_moment_is_to_come(now: float, words: str) -> None:
    assert all(m.at == 0 or m.at > now for m in offered(now, ZONE))
    try:
        moment = until(words, now, ZONE)
    except RefusedError:
        return
    assert moment == 0 or moment > now


def thread(**fields: object) -> m.ConversationModel:
    plain: Any = {"id": "c1", "medium": "email", "queue": "support"}
    return m.ConversationModel(**{**plain, **fields})


@pytest.mark.parametrize(
    ("command", "before", "back"),
    [
        (i.TagConversation(conversation="c1", add=("a", "b")), thread(tags=("a",)),
         (i.TagConversation(conversation="c1", remove=("b",)),)),
        (i.TagConversation(conversation="c1", remove=("a", "x")), thread(tags=("a",)),
         (i.TagConversation(conversation="c1", add=("a",)),)),
        (i.TagConversation(conversation="c1", add=("a",)), thread(tags=("a",)), ()),
        (i.AssignConversation(conversation="c1", agent="a8"), thread(owner="a7"),
         (i.AssignConversation(conversation="c1", agent="a7", was="a8"),)),
        (i.AssignConversation(conversation="c1", agent="a8"), thread(),
         (i.AssignConversation(conversation="c1", queue="support", was="a8"),)),
        (i.ResolveConversation(conversation="c1"), thread(owner="a7"),
         (i.ReopenConversation(conversation="c1"),
          i.AssignConversation(conversation="c1", agent="a7", was=""))),
        (i.ReopenConversation(conversation="c1"), thread(state="resolved"),
         (i.ResolveConversation(conversation="c1"),)),
        (i.MergeConversations(conversation="c1", into="c2"), thread(),
         (i.UnmergeConversation(conversation="c1"),)),
        (i.FollowConversation(conversation="c1"), thread(),
         (i.FollowConversation(conversation="c1", on=False),)),
    ],
)  # fmt: skip
def test_the_way_back_leads_to_what_was_before(
    command: i.InboxCommand, before: m.ConversationModel, back: tuple[i.InboxCommand, ...]
) -> None:
    assert way_back(command, before) == back


def test_a_priority_is_only_given_back_where_it_is_known() -> None:
    asked = i.PrioritiseConversation(conversation="c1", priority=80)
    assert way_back(asked, thread()) == ()
    assert way_back(asked, thread(), 50) == (i.PrioritiseConversation(conversation="c1", priority=50),)
