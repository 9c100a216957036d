"""The files that browsers get: text only, and legible in every theme."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

UNSAFE = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|createContextualFragment"
    r"|\beval\b|new Function|\bimport\b|srcdoc|setAttribute\(\s*[\"']on"
)
TOKEN = re.compile(r"--([a-z-]+): (?:var\(--[a-z-]+, )?(#[0-9A-F]{6})")

# What stands on what: text needs 4.5:1, the edge of a control and the focus ring 3:1 (WCAG 2.2).
WIDGET_PAIRS = [
    *(
        (ink, ground, 4.5)
        for ink in ("text", "muted")
        for ground in ("background", "surface", "bubble-in", "bubble-out")
    ),
    ("on-accent", "accent", 4.5),
    ("accent", "bubble-in", 4.5),
    ("warning", "warning-soft", 4.5),
    ("danger", "surface", 4.5),
    ("danger", "bubble-out", 4.5),
    ("control", "surface", 3.0),
    ("control", "background", 3.0),
    ("accent", "surface", 3.0),
    ("accent", "background", 3.0),
]
PAGE_PAIRS = [
    *((ink, ground, 4.5) for ink in ("text", "muted", "accent") for ground in ("background", "surface")),
    ("on-accent", "accent", 4.5),
]


@pytest.fixture(scope="session")
def static(repository: Path) -> Path:
    return repository / "resources" / "web"


def themes(source: str, dark_from: str) -> dict[str, dict[str, str]]:
    """The colour tokens of a style: light, and dark as it overrides light."""
    light, dark = source.split(dark_from, 1)
    first = dict(TOKEN.findall(light))
    return {"light": first, "dark": {**first, **dict(TOKEN.findall(dark))}}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "dark_from", "pairs"),
    [
        ("widget.js", ':host([data-theme="dark"])', WIDGET_PAIRS),
        (
            "help.css",
            "prefers-color-scheme: dark",
            [*PAGE_PAIRS, ("control", "surface", 3.0), ("muted", "raised", 4.5)],
        ),
        ("demo.css", "prefers-color-scheme: dark", PAGE_PAIRS),
    ],
)
def test_everything_is_legible(
    static: Path, name: str, dark_from: str, pairs: list[tuple[str, str, float]], theme: str
) -> None:
    tokens = themes((static / name).read_text(encoding="utf-8"), dark_from)[theme]
    weak = {
        f"{ink} on {ground}": round(contrast(tokens[ink], tokens[ground]), 2)
        for ink, ground, wanted in pairs
        if contrast(tokens[ink], tokens[ground]) < wanted
    }
    assert weak == {}


def test_the_widget_puts_in_text_and_never_markup(static: Path) -> None:
    assert UNSAFE.findall((static / "widget.js").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "fault", ["row.innerHTML = text", "x.insertAdjacentHTML('a', b)", "setAttribute('onclick', x)"]
)
def test_a_planted_fault_is_noticed(fault: str) -> None:
    assert UNSAFE.search(fault)


def test_no_page_loads_anything_from_elsewhere(static: Path) -> None:
    for path in static.iterdir():
        source = path.read_text(encoding="utf-8")
        addresses = set(re.findall(r"https?://[^\s\"'<>/]+", source))
        # The name of the SVG language, and the example in the widget's head.
        assert addresses <= {"http://www.w3.org", "https://CENTRE", "https?:"}, path.name
        assert "@import" not in source
        assert "url(" not in source
