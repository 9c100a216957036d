"""The what-if as a picture: one row of bars for each queue and figure, as plain SVG.

Nothing is said by colour alone: each bar carries its number and its name, and has a pattern of its own; the
picture has a title and a description for screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH, MARGIN, BAR, GAP = 1000, 24, 22, 4
NAMES_WIDE, FIGURES_WIDE = 230, 90
FILLS = ("real", "asis", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """One group: a queue's figure in each of the days; None: nothing to show."""

    title: str
    unit: str
    values: tuple[float | None, ...]


def picture(title: str, days: Sequence[str], groups: Sequence[tuple[str, Sequence[Bars]]]) -> str:
    """The whole picture; `groups` are a queue's name and its figures."""
    parts: list[str] = []
    y = 92
    most: dict[str, float] = {}
    for bars in (bars for _, rows in groups for bars in rows):
        least = 100.0 if bars.unit == "%" else 0.0
        most[bars.title] = max(most.get(bars.title, least), *(value or 0.0 for value in bars.values))
    for name, rows in groups:
        parts.append(f'<text class="queue" x="{MARGIN}" y="{y + 16}">{escape(name)}</text>')
        y += 30
        for bars in rows:
            parts.append(f'<text class="figure" x="{MARGIN}" y="{y + 15}">{escape(bars.title)}</text>')
            for place, value in enumerate(bars.values):
                share = (value or 0.0) / (most[bars.title] or 1.0)
                parts.append(_bar(y, place, share, _number(value, bars.unit), days[place]))
                y += BAR + GAP
            y += 8
        y += 14
    legend = "".join(
        f'<rect class="{FILLS[place % 3]}" x="{MARGIN + place * 310}" y="56" width="22" height="14"/>'
        f'<text x="{MARGIN + 30 + place * 310}" y="68">{escape(day)}</text>'
        for place, day in enumerate(days)
    )
    described = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{bars.title} " + " / ".join(_number(value, bars.unit) for value in bars.values) for bars in rows
        )
        for name, rows in groups
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + MARGIN}" width="{WIDTH}" '
        f'height="{y + MARGIN}" role="img" aria-label={quoteattr(title)}>\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(described)}</desc>\n{_STYLE}"
        f'<rect x="0" y="0" width="{WIDTH}" height="{y + MARGIN}" fill="#ffffff"/>\n'
        f'<text class="title" x="{MARGIN}" y="36">{escape(title)}</text>\n{legend}\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _bar(y: int, place: int, share: float, number: str, day: str) -> str:
    wide = (WIDTH - 2 * MARGIN - NAMES_WIDE - FIGURES_WIDE - 210) * share
    x = MARGIN + NAMES_WIDE
    return (
        f'<rect class="{FILLS[place % 3]}" x="{x}" y="{y}" width="{wide:.1f}" height="{BAR}"/>'
        f'<text x="{x + wide + 8:.1f}" y="{y + 16}">{escape(number)} '
        f'<tspan class="day">{escape(day)}</tspan></text>'
    )


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "none"
    return f"{value:.0f} {unit}".strip() if unit != "s" or value >= 10 else f"{value:.1f} s"


_STYLE = """<defs>
<pattern id="stripes" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="8" height="8" fill="#ffffff"/><rect width="4" height="8" fill="#1f4e79"/></pattern>
<pattern id="dots" width="8" height="8" patternUnits="userSpaceOnUse">
<rect width="8" height="8" fill="#ffffff"/><circle cx="4" cy="4" r="2.4" fill="#7a3b00"/></pattern>
</defs>
<style>
text { font: 14px sans-serif; fill: #1a1a1a; }
.title { font-size: 20px; font-weight: bold; }
.queue { font-size: 17px; font-weight: bold; }
.day { fill: #444444; font-size: 12px; }
.real { fill: #444444; stroke: #1a1a1a; }
.asis { fill: url(#stripes); stroke: #1f4e79; }
.other { fill: url(#dots); stroke: #7a3b00; }
</style>
"""
