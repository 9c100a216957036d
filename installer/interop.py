"""Writes `resources/docs/interoperability.md` from a run of `tests/interop`.

    .venv/bin/python installer/interop.py              run the tests (about four minutes), then write
    .venv/bin/python installer/interop.py --from DIR   write from the results of a run that was

Every test run leaves its results in `.pytest_cache/interop`.  Nothing here invents: a cell that no test
reported is written as such, and the exit status is 1 when one is red or missing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / ".pytest_cache" / "interop"
PAGE = ROOT / "resources" / "docs" / "interoperability.md"
ROWS = {
    "register": "Register",
    "call-in": "Call in",
    "call-out": "Call out",
    "hold": "Hold by us",
    "held": "Hold by the peer",
    "resume": "Resume, both ways",
    "dtmf-out": "Keys to the peer",
    "dtmf-in": "Keys from the peer",
    "blind": "Blind transfer",
    "attended": "Attended transfer",
    "srtp": "SRTP, mandatory",
    "PCMU": "PCMU",
    "PCMA": "PCMA",
    "G722": "G.722",
    "opus": "Opus",
    "cancel": "CANCEL, both ways",
    "reinvite": "Re-INVITE by the peer",
    "refresh": "Session refresh",
    "outage": "Network loss",
}
PEERS = {
    "sipp": "SIPp",
    "baresip": "baresip 1.0",
    "baresip_python": "baresip-python",
    "kamailio_udp": "Kamailio, UDP",
    "kamailio_tcp": "Kamailio, TCP",
    "kamailio_tls": "Kamailio, TLS",
    "liblinphone": "liblinphone",
}
OURS = {"phone": "Our phone", "switch": "Our switch"}
MARKS = {"green": "✔", "red": "✘", "impossible": "n/a", "untried": "?", "missing": "?"}
HEAD = """# Interoperability

Our telephones and those of others, tried with real calls. This page is written by `installer/interop.py`
from the results of `tests/interop`; do not edit it. Repeat it with

    .venv/bin/python installer/interop.py

✔ worked · ✘ did not work · n/a the peer cannot do it · ? was not tried. A ✔ in a row with sound means that
both ends heard the other's tone, alone and at its level, and missed no more than 60 ms of it (and what the
measuring computer itself was late). *Register* and *CANCEL* have no sound; SIPp sends back what it hears, so
there our own tone is judged at our end. The reasons of every n/a and ✘ stand below the tables.

Telephones reach our phone through Kamailio over UDP, and our switch directly; behind Kamailio stands
baresip-python, and to our switch Kamailio is a trunk. Three things are judged otherwise: baresip 1.0 records
nothing after a hold by re-INVITE, so in *Resume* the packets that it gets are counted; our phone shows nobody
what the other side presses, so there *Keys from the peer* means that the sound goes on; what a session
refresh needs is sent by SIPp, also through Kamailio; liblinphone refreshes its sessions of 90 s at the half.
*Network loss*: the peer stands still for 1.5 s; with
Kamailio over UDP the proxy does, and a hold falls into it; over TCP and TLS it is ended and started again.
"""


def main(words: list[str]) -> int:
    """Run, read, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from", dest="results", type=Path, help="a folder with the results of a run")
    parser.add_argument("--note", default="", help="a sentence about this run, for the page")
    asked = parser.parse_args(words)
    folder = asked.results or RESULTS
    if asked.results is None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("worker*.json"):
            old.unlink()
        tests = ["-m", "pytest", "tests/interop", "-n", "2", "--dist", "loadscope", "-q"]
        environment = {**os.environ, "INTEROP_RESULTS": str(folder)}
        subprocess.run([sys.executable, *tests], cwd=ROOT, env=environment, check=False)
    cells, at, versions = read(folder)
    if not cells:
        print(f"interop: there are no results in {folder}", file=sys.stderr)
        return 1
    PAGE.write_text(page(cells, at, versions, asked.note), "utf-8")
    bad = [name for name in every() if cells.get(name, {"state": "missing"})["state"] in {"red", "missing"}]
    print(f"interop: {PAGE.relative_to(ROOT)} written; {len(cells) - len(bad)} cells settled")
    if bad:
        print(f"interop: red or not tried: {', '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0


def every() -> list[str]:
    """The names of all cells."""
    return [f"{ours}-{peer}-{row}" for ours in OURS for peer in PEERS for row in ROWS]


def read(folder: Path) -> tuple[dict[str, Any], float, dict[str, str]]:
    """The cells of all workers, when the last one was written, and the peers' versions."""
    cells: dict[str, Any] = {}
    versions: dict[str, str] = {}
    at = 0.0
    for path in sorted(folder.glob("worker*.json")):
        told = json.loads(path.read_text("utf-8"))
        cells |= told["cells"]
        versions |= told["versions"]
        at = max(at, told["at"])
    return cells, at, versions


def page(cells: dict[str, Any], at: float, versions: dict[str, str], note: str = "") -> str:
    """The whole page."""
    day = dt.datetime.fromtimestamp(at, dt.UTC)
    parts = [
        HEAD,
        f"Run of {day:%Y-%m-%d %H:%M} UTC. {note}".rstrip() + "\n",
        _versions(versions),
        _summary(cells),
    ]
    for ours, title in OURS.items():
        parts += [f"## {title}\n", _table(ours, cells), _reasons(ours, cells)]
    parts.append(_figures(cells))
    return "\n".join(part for part in parts if part)


def _versions(versions: dict[str, str]) -> str:
    rows = [f"- {name}: {text}" for name, text in sorted(versions.items())]
    return "The peers were:\n\n" + "\n".join(rows) + "\n" if rows else ""


def _state(cells: dict[str, Any], name: str) -> str:
    return str(cells[name]["state"]) if name in cells else "missing"


def _summary(cells: dict[str, Any]) -> str:
    count = {state: sum(_state(cells, name) == state for name in every()) for state in MARKS}
    return (
        f"{count['green']} worked, {count['red']} did not, {count['impossible']} are impossible with that "
        f"peer, {count['missing'] + count['untried']} were not tried.\n"
    )


def _table(ours: str, cells: dict[str, Any]) -> str:
    lines = ["| | " + " | ".join(PEERS.values()) + " |", "|---" + "|:-:" * len(PEERS) + "|"]
    for row, title in ROWS.items():
        marks = [MARKS[_state(cells, f"{ours}-{peer}-{row}")] for peer in PEERS]
        lines.append(f"| {title} | " + " | ".join(marks) + " |")
    return "\n".join(lines) + "\n"


def _reasons(ours: str, cells: dict[str, Any]) -> str:
    """Why a cell is not green; rows with the same reason are named together."""
    said: dict[tuple[str, str, str], list[str]] = {}
    for peer in PEERS:
        for row, title in ROWS.items():
            cell = cells.get(f"{ours}-{peer}-{row}")
            if cell is not None and cell["state"] in {"red", "impossible", "untried"}:
                said.setdefault((peer, cell["state"], cell["why"]), []).append(title)
    lines = [
        f"- {PEERS[peer]}, {', '.join(rows)}: {'✘ ' if state == 'red' else ''}{_plain(why)}."
        for (peer, state, why), rows in said.items()
    ]
    return "\n".join(lines) + "\n" if lines else ""


def _plain(text: str) -> str:
    """Text of a test within Markdown."""
    return text.replace("|", "/").replace("`", "'").replace("<", "(").replace(">", ")").rstrip(". ")


def _figures(cells: dict[str, Any]) -> str:
    """The worst and the usual of what was measured."""
    green = [cell["figures"] for cell in cells.values() if cell["state"] == "green"]
    lines = []
    for key, title, unit in (
        ("gap_ms", "Longest gap in a second of talk", "ms"),
        ("here_dbfs", "Level at our end", "dBFS"),
        ("there_dbfs", "Level at the peer", "dBFS"),
        ("outage_ms", "Silence of an outage of 1.5 s", "ms"),
        ("registered_again_s", "Registered again after the registrar was restarted", "s"),
        ("register_s", "Registration", "s"),
    ):
        found = sorted(figures[key] for figures in green if key in figures)
        if found:
            lines.append(
                f"| {title} | {found[0]:g} {unit} | {found[len(found) // 2]:g} {unit} | {found[-1]:g} {unit} "
                f"| {len(found)} |"
            )
    if not lines:
        return ""
    head = "## Figures\n\nTones are sent at -12 dBFS.\n\n"
    head += "| | lowest | median | highest | calls |\n|---|---|---|---|---|"
    return head + "\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
