"""Promises as people read them: due, warned, late, paused."""

from __future__ import annotations

import msgspec
import pytest

from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.inbox import promise_badge
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.models import InteractionModel
from agent_desktop.wire.routing import PromiseModel

NOW = 10_000.0
PLAIN = InteractionModel(id="i1", medium="email", state="active", arrived_at=NOW - 900, queued_at=NOW - 900)


def shown(*promises: PromiseModel, due: float = 0.0) -> tuple[str, Tone, str] | None:
    badge = promise_badge(msgspec.structs.replace(PLAIN, promise_at=due, promises=promises), NOW)
    return None if badge is None else (badge.text, badge.tone, badge.spoken)


@pytest.mark.parametrize(
    ("promise", "text", "tone", "said"),
    [
        (
            PromiseModel(kind="first_reply", state="running", due_at=NOW + 125),
            "2:05",
            Tone.OK,
            "2 minutes 5 seconds left to reply",
        ),
        (
            PromiseModel(kind="next_reply", state="running", due_at=NOW + 125, warned=True),
            "2:05",
            Tone.WARNING,
            "2 minutes 5 seconds left to reply",
        ),
        (
            PromiseModel(kind="resolution", state="running", due_at=NOW + 60),
            "1:00",
            Tone.OK,
            "1 minute left to resolve",
        ),
        (
            PromiseModel(kind="first_reply", state="broken", due_at=NOW - 60, warned=True),
            "\N{MINUS SIGN}1:00",
            Tone.DANGER,
            "late by 1 minute",
        ),
        (
            PromiseModel(kind="resolution", state="broken", due_at=NOW - 60, warned=True),
            "\N{MINUS SIGN}1:00",
            Tone.DANGER,
            "resolution late by 1 minute",
        ),
    ],
)
def test_the_badge_tells_what_is_due_next(promise: PromiseModel, text: str, tone: Tone, said: str) -> None:
    assert shown(promise, due=promise.due_at) == (text, tone, said)


def test_a_clock_that_stands_still_says_why() -> None:
    assert shown(PromiseModel(kind="resolution", state="paused", left_s=60)) == (
        "awaiting",
        Tone.MUTED,
        "the clock stands still: the customer is awaited",
    )
    assert shown(PromiseModel(kind="first_reply", state="running", left_s=60)) == (
        "clock stopped",
        Tone.MUTED,
        "the clock stands still: the centre is closed",
    )


def test_what_was_kept_needs_no_badge() -> None:
    assert shown(PromiseModel(kind="first_reply", state="kept", due_at=NOW - 9)) is None
    assert shown() is None


@pytest.mark.parametrize(
    ("promise", "said"),
    [
        (PromiseModel(kind="first_reply", state="kept"), "first reply: kept"),
        (
            PromiseModel(kind="next_reply", state="broken", due_at=NOW - 120),
            "next reply: broken, was due 2 minutes ago",
        ),
        (PromiseModel(kind="resolution", state="paused"), "resolution: paused, the customer is awaited"),
        (PromiseModel(kind="resolution", state="running"), "resolution: stands still, the centre is closed"),
        (
            PromiseModel(kind="first_reply", state="running", due_at=NOW + 3600),
            "first reply: due in 1 hour",
        ),
    ],
)
def test_each_promise_in_words(promise: PromiseModel, said: str) -> None:
    assert words.promise(promise, NOW) == said
