from __future__ import annotations

import pytest

from agent_desktop.domain.messaging import too_late, until, word_of
from agent_desktop.domain.types import Instant, Seconds


@pytest.mark.parametrize(
    ("text", "languages", "meaning"),
    [
        ("STOP", (), "stop"),
        (" Stop. ", ("de",), "stop"),
        ("«stop all!»", (), "stop"),
        ("Abmelden", ("de",), "stop"),
        ("Abmelden", ("en",), ""),
        ("ARRÊT", ("fr-CA",), "stop"),
        ("Start", ("fr",), "start"),
        ("aide", ("fr",), "help"),
        ("HELP", ("fr",), "help"),
        ("stop sending me the wrong bill", (), ""),
        ("yes please", (), ""),
        ("", (), ""),
    ],
)
def test_a_word_counts_when_it_is_the_whole_message(
    text: str, languages: tuple[str, ...], meaning: str
) -> None:
    assert word_of(text, languages) == meaning


def test_a_reply_is_taken_for_24_hours_and_then_refused_with_a_sentence() -> None:
    end = until(Instant(1000.0), Seconds(86_400.0))
    assert too_late(end, Instant(87_400.0)) == ""
    assert "24 hours" in too_late(end, Instant(87_400.5))
    assert too_late(until(Instant(1000.0), Seconds(0.0)), Instant(9e9)) == ""
