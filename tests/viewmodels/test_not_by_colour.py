"""Nothing is said by colour alone (WCAG 2.2, 1.4.1): whatever has a tone has words, and other words."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Iterator

import pytest

from agent_desktop import viewmodels
from agent_desktop.client.store import CallQuality
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels import local_phone, words
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.quality import quality_badge
from agent_desktop.viewmodels.timeline import delivery_badge
from agent_desktop.viewmodels.topbar import connection_view, phone_view
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from tests.client.desks import Desk
from tests.client.talks import NOW, as_supervisor, changed, on_a_call

# The words that stand where the tone colours; a view with a tone that is not here is a new one.
WORDS = {
    "Badge": "text",
    "BulkView": "says",
    "Button": "label",
    "CallCard": "spoken",
    "CallTextView": "spoken",
    "ConversationView": "title",
    "Figure": "value",
    "Notice": "text",
    "QueueRow": "spoken",
    "StateView": "label",
    "StatusView": "label",
    "Strip": "text",
    "TargetRow": "label",
    "TransferView": "title",
    "WaitingRow": "age",
    "WrapUpView": "timer",
}


def toned() -> Iterator[type]:
    """Every view with a tone."""
    for module in pkgutil.iter_modules(viewmodels.__path__):
        found = importlib.import_module(f"{viewmodels.__name__}.{module.name}")
        for thing in vars(found).values():
            own = isinstance(thing, type) and thing.__module__ == found.__name__
            if (
                own
                and dataclasses.is_dataclass(thing)
                and any(_is_tone(f) for f in dataclasses.fields(thing))
            ):
                yield thing


def _is_tone(field: dataclasses.Field[object]) -> bool:
    return str(field.type) == "Tone"


def test_every_view_with_a_tone_is_known_to_have_words() -> None:
    assert {kind.__name__ for kind in toned()} <= set(WORDS)
    for kind in toned():
        assert WORDS[kind.__name__] in {f.name for f in dataclasses.fields(kind)}, kind


def speechless(value: object) -> Iterator[object]:
    """What has a tone and no words, anywhere in a view."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        tones = [getattr(value, f.name) for f in dataclasses.fields(value) if _is_tone(f)]
        coloured = any(tone not in {Tone.PLAIN, Tone.MUTED} for tone in tones)
        nothing_drawn = getattr(value, "timer", None) == "" and hasattr(value, "timer_tone")
        if coloured and not nothing_drawn and not getattr(value, WORDS[type(value).__name__]):
            yield value
        for field in dataclasses.fields(value):
            yield from speechless(getattr(value, field.name))
    elif isinstance(value, tuple | list | frozenset):
        for each in value:
            yield from speechless(each)
    elif isinstance(value, dict):
        yield from speechless(tuple(value.values()))


def offered(desk: Desk) -> None:
    late = m.OfferModel(
        id="o1", interaction="i1", agent="a7", medium="voice", offered_at=NOW, expires_at=NOW + 3
    )
    desk.events(e.OfferMade(offer=late))


def wrapping(desk: Desk) -> None:
    on_a_call(desk)
    talk = desk.runtime.store.replica.interactions["i1"]
    wrap = changed(talk, state="wrap_up", call=None, wrapup_at=NOW, wrapup_deadline_at=NOW + 5)
    desk.events(e.InteractionChanged(interaction=wrap))


def waiting(desk: Desk) -> None:
    as_supervisor(desk)
    for n, age in enumerate((10, 200, 2000)):
        work = m.InteractionModel(
            id=f"w{n}", medium="voice", state="queued", queue="support", queued_at=NOW - age
        )
        desk.events(e.InteractionChanged(interaction=work))


@pytest.mark.parametrize(
    "happens", [on_a_call, offered, wrapping, waiting, Desk.lose_router, lambda _d: None]
)
def test_no_view_says_anything_by_its_colour_alone(desk: Desk, happens: Callable[[Desk], None]) -> None:
    happens(desk)
    d = desk.desktop
    d.act("transfer.open")
    d.act("keypad.open")
    views: list[object] = [d.view(), d.topbar(), d.conversation(), d.side(), d.supervisor(), d.offers()]
    views += [d.notices(), d.transfer(), d.keypad(), d.signin(), d.inbox()]
    views += [d.inbox_row(n) for n in range(d.inbox().total)]
    for page in local_phone.PAGES:
        d.workspace.page = page
        views.append(d.settings())
    for view in views:
        assert list(speechless(view)) == []


def _delivery(state: str) -> tuple[str, Tone]:
    message = m.MessageModel(
        id="m1", conversation="c1", medium="email", direction="out", delivery=state, at=NOW, text=""
    )
    badge = delivery_badge(message)
    assert badge is not None
    return badge.text, badge.tone


def _connection(state: str) -> tuple[str, Tone]:
    view = connection_view(Connection(state))
    return view.label, view.tone


def _registration(state: str) -> tuple[str, Tone]:
    view = phone_view(Connection("online"), p.Registration(state=state, extension="6001"))
    return f"{view.label} {view.detail} {view.icon}", view.tone


def _quality(mos: str) -> tuple[str, Tone]:
    badge = quality_badge(CallQuality(mos=float(mos)))
    assert badge is not None
    return badge.text, badge.tone


def _agent(state: str) -> tuple[str, Tone]:
    label, tone, icon = words.state_label(
        m.AgentModel(id="a1", name="Ana", state=state, activity="idle"), m.CentreInfo(name=""), talking=False
    )
    return f"{label} {icon}", tone


@pytest.mark.parametrize(
    ("say", "states"),
    [
        (_delivery, ("queued", "sent", "delivered", "read", "failed")),
        (_connection, ("online", "lost", "connecting", "ended")),
        (_registration, ("none", "registering", "registered", "failed")),
        (_quality, ("4.2", "3.3", "2.0")),
        (_agent, ("logged_out", "ready", "not_ready")),
    ],
)
def test_states_of_different_colours_have_different_words(
    say: Callable[[str], tuple[str, Tone]], states: tuple[str, ...]
) -> None:
    tone_of: dict[str, Tone] = {}
    for state in states:
        said, tone = say(state)
        assert said.strip()
        assert tone_of.setdefault(said, tone) is tone, (state, said)
