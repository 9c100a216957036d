"""Calls for the tests: mine, with legs beside it, and what the phone has of it."""

from __future__ import annotations

from typing import Any

import msgspec

from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import CallModel, LegModel
from tests.client.desks import Desk

NOW = 1_795_255_200.0
CALL = CallModel(id="s1", state="bridged", bridged_at=NOW - 100)
TALK = m.InteractionModel(
    id="i1", medium="voice", state="active", agent="a7", queue="support", customer="c1",
    customer_name="Amina Yusuf", accepted_at=NOW - 100, call=CALL, conversation="v1",
)  # fmt: skip
UP = p.PhoneCall(id="k1", direction="in", state="up", interaction="i1", up_at=NOW - 100, started_at=NOW - 103)
CHEN = LegModel(id="l2", kind="guest", state="up", agent="a9", name="Chen Wei", up_at=NOW - 10)
ASTRID = LegModel(id="l3", kind="supervisor", state="up", agent="a1", name="Astrid", mode="listen")
SUPERVISOR = m.AgentModel(id="a7", name="Mateo Ruiz", role="supervisor", extension="6001", state="not_ready")
OTHER = m.InteractionModel(
    id="i5", medium="voice", state="active", agent="a8", queue="support", customer_name="D. Okafor",
    accepted_at=NOW - 461, call=CallModel(id="s5", state="bridged", bridged_at=NOW - 461),
)  # fmt: skip


def changed(model: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(model, **fields)


def talk(**call: Any) -> m.InteractionModel:
    """My call, its voice side changed; `state` is the interaction's."""
    state = call.pop("held", None)
    kept: m.InteractionModel = changed(TALK, call=changed(CALL, **call))
    return changed(kept, state="held") if state else kept  # type: ignore[no-any-return]  # msgspec's Any


def on_a_call(desk: Desk, interaction: m.InteractionModel = TALK, call: p.PhoneCall = UP) -> None:
    desk.events(e.InteractionChanged(interaction=interaction))
    desk.phone(p.PhoneCallChanged(call=call))
    desk.answer_all()


def now_so(desk: Desk, **call: Any) -> None:
    """The router tells my call as it is now."""
    desk.events(e.InteractionChanged(interaction=talk(**call)))


def asked(desk: Desk) -> list[Any]:
    """What the router was asked since the last time, but for queries of the screen."""
    found = [command for _id, command in desk.outside.router]
    desk.outside.router.clear()
    quiet = {"FetchTimeline", "SuggestArticles", "Watch", "MarkRead"}
    return [command for command in found if type(command).__name__ not in quiet]


def told_phone(desk: Desk) -> list[Any]:
    """What the phone was asked since the last time."""
    found = [command for _id, command in desk.outside.phone]
    desk.outside.phone.clear()
    return found


def as_supervisor(desk: Desk) -> None:
    desk.events(
        e.AgentChanged(agent=SUPERVISOR),
        e.AgentChanged(agent=m.AgentModel(id="a8", name="Sara Lindqvist", extension="6002", state="ready",
                                          activity="busy", activity_since_at=NOW - 461, phone=True)),
        e.InteractionChanged(interaction=OTHER),
    )  # fmt: skip
    desk.answer_all()
