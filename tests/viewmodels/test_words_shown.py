"""No word of the code is ever shown: every text of every view is looked at, in every state of a call."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator

import pytest

from agent_desktop.domain import interaction as interactions
from agent_desktop.text import panels, records, reports, telephone
from agent_desktop.viewmodels.parts import Button
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import CallModel, CallQuality, LegModel, TargetModel
from tests.client.desks import Desk
from tests.client.talks import NOW, OTHER, TALK, as_supervisor, changed

CALL_STATES = ("ringing", "treatment", "connecting", "bridged", "held", "ended", "transferred")
STATES = sorted({*interactions.IN_HAND, interactions.QUEUED, interactions.PARKED, interactions.ARRIVED})
ACTIVITIES = ("", "idle", "ringing", "busy", "held", "wrap_up")
REASONS = ("", "not_responding", "lost_connection", "signed_in_elsewhere", "supervisor", "signed_in", "lunch")
CODE = re.compile(
    r"\b([a-z]+(_[a-z]+)+|bridged|treatment|transferred|guest|dialling|unregistered|logged|arrived)\b"
)
# What a view carries for the front end, not for people.
UNSEEN = frozenset(
    {"action", "args", "icon", "shortcut", "id", "key", "interaction", "call", "offer", "kind", "medium",
     "leg", "tone", "talk", "place", "page", "tab", "draft_key", "mode", "conversation", "script",
     "html", "sound", "code"}
)  # fmt: skip


def texts(value: object, field: str = "") -> Iterator[str]:
    """Every text in a view, with those of the views inside it."""
    if isinstance(value, str):
        if field not in UNSEEN and not (field == "state" and value in {"off", "on", "paused"}):
            yield value
    elif isinstance(value, Button):
        yield from (value.label, value.reason)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for one in dataclasses.fields(value):
            yield from texts(getattr(value, one.name), one.name)
    elif isinstance(value, tuple | list | frozenset):
        for each in value:
            yield from texts(each, field)
    elif isinstance(value, dict):
        yield from texts(tuple(value.values()), field)


def shown(desk: Desk) -> Iterator[str]:
    d = desk.desktop
    yield from texts(
        (d.view(), d.supervisor(), d.settings(), d.transfer(), d.keypad(), d.offers(), d.notices())
    )
    yield from texts([d.inbox_row(i) for i in range(d.inbox().total)])
    for lines in (
        reports.status,
        reports.who,
        reports.times,
        reports.inbox,
        telephone.quality,
        telephone.keys,
    ):
        yield from lines(d)
    board, settings = d.supervisor(), d.settings()
    for listed in (telephone.agents, telephone.calls, telephone.waiting):
        yield from listed(board)
    yield from (*telephone.devices(settings.devices), *telephone.phone(settings.phone))
    yield from (*panels.conversation(d.conversation()), *panels.customer(d.side().customer))
    yield from (*panels.notices(d.notices()), *panels.queues(board.queues))
    yield from desk.said()


def code_words(desk: Desk) -> set[str]:
    return {text for text in shown(desk) if CODE.search(text)}


def test_the_look_finds_a_word_of_the_code() -> None:
    assert CODE.search("Call bridged")
    assert CODE.search("State: not_ready")
    assert not CODE.search("Wrap-up: 2 ready, about 1 minute")


@pytest.mark.parametrize("state", STATES)
def test_no_state_of_a_call_is_shown_as_the_code_has_it(desk: Desk, state: str) -> None:
    as_supervisor(desk)
    legs = (
        LegModel(id="l1", kind="customer", state="up", quality=CallQuality(mos=2.2, loss_percent=8.0)),
        LegModel(id="l2", kind="guest", state="ringing", agent="a9", name="Chen"),
        LegModel(id="l3", kind="guest", state="up", number="+491", muted=True, up_at=NOW - 1),
        LegModel(id="l4", kind="supervisor", state="up", agent="a1", name="Astrid", mode="whisper"),
    )
    for call_state, (recording, whom) in itertools.product(
        CALL_STATES, (("off", "customer"), ("on", "guest"), ("paused", "all"))
    ):
        call = CallModel(id="s1", state=call_state, recording=recording, talk=whom, legs=legs,
                         bridged_at=NOW - 9)  # fmt: skip
        for mine in (TALK, OTHER):
            now = changed(mine, state=state, call=call, ended_by="network", direction="out")
            desk.events(e.InteractionChanged(interaction=now))
        desk.desktop.act("inbox.open", id="i1")
        assert code_words(desk) == set()


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_no_state_of_an_agent_is_shown_as_the_code_has_it(desk: Desk, activity: str) -> None:
    as_supervisor(desk)
    for state, reason in itertools.product(("logged_out", "ready", "not_ready"), REASONS):
        sara = m.AgentModel(id="a8", name="Sara", state=state, reason=reason, activity=activity)
        mine = changed(sara, id="a7", name="Mateo", role="supervisor", next_state="not_ready",
                       next_reason=reason)  # fmt: skip
        desk.events(e.AgentChanged(agent=sara), e.AgentChanged(agent=mine))
        kinds = ("queue", "number", "parked")
        found = (TargetModel(kind="agent", id="a8", name="Sara", state=activity or state),
                 *(TargetModel(kind=kind, id=kind, name="X") for kind in kinds))  # fmt: skip
        desk.desktop.workspace.targets = found
        desk.desktop.workspace.transfer = ("i1", "")
        assert code_words(desk) == set()
        assert not [line for line in telephone.targets(desk.desktop, found) if CODE.search(line)]


@pytest.mark.parametrize("state", ["none", "registering", "registered", "failed"])
def test_no_state_of_the_phone_is_shown_as_the_code_has_it(desk: Desk, state: str) -> None:
    desk.phone(p.RegistrationChanged(registration=p.Registration(state=state)))
    for call_state in ("dialling", "ringing", "up", "held"):
        call = p.PhoneCall(id="k1", direction="in", state=call_state, remote="+49", codec="opus")
        desk.phone(p.PhoneCallChanged(call=call))
        assert code_words(desk) == set()


def test_a_program_is_told_the_calls_with_their_legs(desk: Desk) -> None:
    """What is no screen keeps the words of the wire."""
    assert records.call(p.PhoneCall(id="k1", direction="in", state="up"))["state"] == "up"
