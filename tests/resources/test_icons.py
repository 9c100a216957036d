"""The icon set: one grid, one stroke, the colour of the text around it, and nothing that runs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ICONS = Path(__file__).parents[2] / "resources" / "icons"
SVG = "{http://www.w3.org/2000/svg}"
NAMES = [
    "logo", "inbox", "phone", "customers", "knowledge", "supervisor", "reports",
    "settings", "search", "voice", "email", "chat", "sms", "social",
    "tty", "note", "attach", "send", "template", "article", "mute",
    "unmute", "hold", "resume", "transfer", "keypad", "end", "answer",
    "decline", "record", "clock", "check", "warning", "error", "info",
    "connected", "offline", "chevron-down", "chevron-right", "close", "plus", "snooze",
    "assign", "resolve", "star", "back", "sun", "moon", "help",
    "lock", "pause", "play", "stop", "swap", "headset", "speaker", "bell", "up", "conference", "listen",
    "whisper", "barge", "park", "backspace", "voicemail",
]  # fmt: skip


def test_every_icon_that_the_screens_name_is_drawn() -> None:
    assert set(NAMES) <= {path.stem for path in ICONS.glob("*.svg")}


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_keeps_the_rules_of_the_set(name: str) -> None:
    root = ET.fromstring((ICONS / f"{name}.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own files
    wanted = {"viewBox": "0 0 20 20", "stroke": "currentColor", "stroke-width": "1.5", "fill": "none"}
    assert wanted.items() <= root.attrib.items()
    shapes = list(root)
    assert shapes
    for shape in shapes:
        assert shape.tag in {f"{SVG}path", f"{SVG}circle", f"{SVG}rect"}
        assert shape.get("fill", "none") in {"none", "currentColor"}
        assert not set(shape.attrib) - {
            "d",
            "cx",
            "cy",
            "r",
            "x",
            "y",
            "width",
            "height",
            "rx",
            "fill",
            "stroke",
        }
