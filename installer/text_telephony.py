"""Writes the measured part of `resources/docs/text-telephony.md` from `agent-desktop bench tty --json`.

    .venv/bin/python installer/text_telephony.py               measure (a few minutes), then write
    .venv/bin/python installer/text_telephony.py --from FILE   write from what a run printed

Nothing here invents: every figure is one of the bench, and the exit status is 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "resources" / "docs" / "text-telephony.md"
MEASURED = re.compile(
    r"(?<=<!-- measured: bench tty -->\n).*(?=<!-- end of what was measured -->)", re.DOTALL
)
GOALS = {
    "G1": "both ways, both laws, with noise",
    "G2": "lost frames",
    "G3": "a second peer, spandsp",
    "G4": "machines with and without unshift on space",
    "G5": "other machines",
    "G6": "no text out of other sounds",
    "G7": "computing time",
    "G8": "echo and turns",
    "G9": "voice between the tones",
    "G14": "the gateway from real-time text",
}
"""The goals of the reference that a sound can show."""
HEAD = "| figure | measured | other side, same run | goal | met |\n|---|--:|---|---|---|\n"


def main(words: list[str]) -> int:
    """Measure, or read; write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from", dest="printed", type=Path, help="a file with the object of a run")
    asked = parser.parse_args(words)
    if asked.printed is None:
        command = [sys.executable, "-m", "agent_desktop", "bench", "tty", "--json"]
        text = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode()
    else:
        text = asked.printed.read_text("utf-8")
    rows = json.loads(text)["results"]
    PAGE.write_text(filled(PAGE.read_text("utf-8"), rows, dt.datetime.now(dt.UTC)), "utf-8")
    missed = [row["metric"] for row in rows if not row["met"]]
    print(
        f"text_telephony: {PAGE.relative_to(ROOT)} written; {len(rows) - len(missed)} figures meet their goal"
    )
    if missed:
        print(f"text_telephony: missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def filled(page: str, rows: list[dict[str, Any]], at: dt.datetime) -> str:
    """The page with the table of these figures."""
    met = sum(row["met"] for row in rows)
    head = f"Run of {at:%Y-%m-%d %H:%M} UTC: {met} of {len(rows)} figures meet their goal.\n\n"
    return MEASURED.sub(lambda _: head + table(rows), page)


def table(rows: list[dict[str, Any]]) -> str:
    """A part for each goal, in the order of the reference."""
    parts = []
    for goal, title in GOALS.items():
        own = [row for row in rows if row["metric"].split(" ", 1)[0] == goal]
        if own:
            parts.append(f"### {goal}: {title}\n\n{HEAD}" + "".join(map(_line, own)))
    return "\n".join(parts)


def _line(row: dict[str, Any]) -> str:
    figure = row["metric"].split(" ", 1)[1]
    value, rival = _number(row["value"]), _number(row["against_value"])
    against = "" if row["against"] == "the goal" else f"{row['against']}: {rival}"
    met = "yes" if row["met"] else "**no**"
    return f"| {figure} | {value} {row['unit']} | {against} | {row['goal']} | {met} |\n"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
