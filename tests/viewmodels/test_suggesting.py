"""Articles are suggested for what is looked at, never for what was."""

from __future__ import annotations

import msgspec

from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.commands import SuggestArticles
from tests.client.desks import Desk

BULB = m.ArticleModel(id="bulb", title="Which bulb fits")
PARCEL = m.ArticleModel(id="parcel", title="Parcel not received")
MAIL = m.InteractionModel(
    id="i8", medium="email", state="active", agent="a7", queue="support", last_line="Which bulb?"
)
CALL = m.InteractionModel(
    id="i9", medium="voice", state="active", agent="a7", queue="support", path=("2 Orders", "1 Delivery")
)


def _asked(desk: Desk) -> list[tuple[str, str]]:
    return [(request, c.text) for request, c in desk.outside.router if isinstance(c, SuggestArticles)]


def _titles(desk: Desk) -> list[str]:
    side = desk.desktop.side()
    assert side is not None
    return [article.title for article in side.knowledge.articles]


def _look(desk: Desk, interaction: m.InteractionModel) -> str:
    """Look at it and give the id of the question that was asked about it."""
    desk.outside.router.clear()
    desk.events(e.InteractionChanged(interaction=interaction))
    desk.desktop.act("inbox.open", id=interaction.id)
    return _asked(desk)[-1][0]


def test_a_call_is_asked_about_by_the_choices_of_the_caller(desk: Desk) -> None:
    _look(desk, CALL)
    assert _asked(desk)[-1][1] == "2 Orders 1 Delivery"


def test_the_articles_of_another_interaction_go_when_this_one_is_looked_at(desk: Desk) -> None:
    request = _look(desk, MAIL)
    desk.events(e.Reply(request=request, result=e.Result(articles=(BULB,))))
    assert _titles(desk) == ["Which bulb fits"]
    _look(desk, CALL)
    assert _titles(desk) == []


def test_an_answer_that_comes_too_late_is_not_shown(desk: Desk) -> None:
    late, now = _look(desk, MAIL), _look(desk, msgspec.structs.replace(CALL, last_line="parcel"))
    desk.events(e.Reply(request=now, result=e.Result(articles=(PARCEL,))))
    desk.events(e.Reply(request=late, result=e.Result(articles=(BULB,))))
    assert _titles(desk) == ["Parcel not received"]
