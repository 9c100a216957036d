"""Why somebody was not reached, as the agent reads it."""

from __future__ import annotations

import pytest

from agent_desktop.server.callbook import not_reached


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("486 Busy Here", "Chen Wei is busy."),
        ("603 Decline", "Chen Wei declined the call."),
        ("404 Not Found", "Chen Wei was not found."),
        ("480 Temporarily Unavailable", "Chen Wei did not answer."),
        ("503 Service Unavailable", "Chen Wei did not answer: Service Unavailable."),
        ("Nobody answered.", "Chen Wei did not answer: Nobody answered."),
        ("", "Chen Wei did not answer."),
    ],
)
def test_who_was_not_reached_is_said_without_figures(why: str, said: str) -> None:
    assert not_reached("Chen Wei", why) == said
