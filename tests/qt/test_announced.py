"""What a call says by itself, heard on the accessibility bus: each once, urgent or polite.

The client is the real one; the script plays the router and the phone, and sends everything twice.  How soon
it is heard is measured by `bench announce`, not here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bus import Bus

from tests.e2e.programs import until

pytestmark = pytest.mark.screen
POLITE, ASSERTIVE = 1, 2
SAID = (
    ("ring", "Incoming call from Amina Yusuf", ASSERTIVE),
    ("answer", "Connected with Amina Yusuf", POLITE),
    ("message", "Amina Yusuf: I am at the door", POLITE),
    ("turn", "Caller: WHERE IS IT Q GA Your turn.", POLITE),
    ("end", "Call ended: Amina Yusuf. Wrap-up begins.", ASSERTIVE),
    ("warning", "of wrap-up left: Amina Yusuf", POLITE),
)


def test_each_turn_of_a_call_is_said_once_on_the_bus(tmp_path: Path) -> None:
    bus = Bus("stage_talk.py", str(tmp_path))
    try:
        heard: list[tuple[str, int]] = []

        def announced(words: str) -> bool:
            heard.extend(
                (event["text"], event["detail"])
                for event in bus.events()
                if event["type"].startswith("object:announcement")
            )
            return any(words in text for text, _detail in heard)

        for name, words, _manner in SAID:
            assert bus.stage.ask(happen=name)
            until(lambda w=words: announced(w), 30, f"{name} was not said, only {heard}")
            until(lambda: not bus.stage.ask(pause=True), 30, "the pause does not end")
        announced("")
        assert len(heard) == len(SAID), heard
        for (text, detail), (_name, words, manner) in zip(heard, SAID, strict=True):
            assert words in text
            assert detail == manner
    finally:
        bus.stop()
