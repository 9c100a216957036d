"""`agent-desktop admin config`: the centre's file as text with a history (P1).

`check` reads a file as the router would; `diff` shows two as text and in words; `history` and `show` tell
what the record says was applied; `rollback` writes an older text back to the file, after a check, and keeps
what was there.  The router reads its file when it starts: nothing here changes a running one, and says so.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent_desktop.domain.centre import AgentEntry, Centre, Queue
from agent_desktop.errors import StorageError, UsageError
from agent_desktop.server import tomlfile, versions
from agent_desktop.server.config import centre_of
from agent_desktop.server.storage import personal

Place = Callable[[argparse.Namespace], Path]


def main(args: argparse.Namespace, config: Place, record: Place) -> int:
    """Do what the act says; `config` and `record` find the centre's file and the record."""
    match args.act:
        case "check":
            return _check(Path(_one(args)) if args.operands else config(args))
        case "diff":
            return _diff(args, config, record)
        case "history":
            return _history(record(args))
        case "show":
            sys.stdout.write(_text_of(record(args), _one(args))[1])
            return 0
        case _:
            return _rollback(config(args), record(args), _one(args))


def _one(args: argparse.Namespace) -> str:
    if len(args.operands) != 1:
        raise UsageError(f"Give one: agent-desktop admin config {args.act} {_OPERANDS[args.act]}")
    return str(args.operands[0])


_OPERANDS: Mapping[str, str] = {"check": "FILE", "show": "VERSION", "rollback": "VERSION"}


def _check(path: Path) -> int:
    centre = _centre(path, _read(path))
    _say(
        f"{path} is good: {len(centre.queues)} queues, {len(centre.agents)} agents, "
        f"{len(centre.skills)} skills, {len(centre.flows)} flows. Its hash is {_hash(_read(path))}."
    )
    return 0


def _diff(args: argparse.Namespace, config: Place, record: Place) -> int:
    if not 1 <= len(args.operands) <= 2:
        raise UsageError("Give one or two: agent-desktop admin config diff [A] B; files, or versions.")
    sides = [_side(args, name, record) for name in args.operands]
    if len(sides) == 1:
        path = config(args)
        sides.insert(0, (str(path), path, _read(path)))
    (a_name, a_path, a), (b_name, b_path, b) = sides
    lines = difflib.unified_diff(a.splitlines(), b.splitlines(), a_name, b_name, lineterm="")
    told = "\n".join(lines)
    if not told:
        _say(f"{a_name} and {b_name} say the same.")
        return 0
    _say(told)
    _say("")
    changes = meaning(_centre(a_path, a), _centre(b_path, b))
    _say("\n".join(changes) if changes else "In words: nothing changes; only the writing differs.")
    return 0


def _side(args: argparse.Namespace, name: str, record: Place) -> tuple[str, Path, str]:
    """A file, or a version of the record."""
    path = Path(name)
    if path.is_file():
        return name, path, _read(path)
    if not (name.isdecimal() or (len(name) >= 4 and all(c in "0123456789abcdef" for c in name.casefold()))):
        raise StorageError(f"There is no file {name}.")
    at = record(args)
    label, text = _text_of(at, name)
    return label, at.parent / label, text


def _history(path: Path) -> int:
    with personal.opened(path, read_only=True) as connection:
        found = versions.read_history(connection)
    if not found:
        _say("The record holds no configuration yet: the router writes it when it starts.")
    for version in found:
        at = datetime.fromtimestamp(version.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        now = "  (the last one applied)" if version is found[-1] else ""
        _say(f"{version.number}  {version.short}  applied {at}, after entry {version.after} of the log{now}")
    return 0


def _text_of(path: Path, name: str) -> tuple[str, str]:
    with personal.opened(path, read_only=True) as connection:
        version = versions.chosen(versions.read_history(connection), name)
        return f"version {version.number} ({version.short})", versions.read_text(connection, version)


def _rollback(config: Path, record: Path, name: str) -> int:
    label, text = _text_of(record, name)
    _centre(config, text)  # refused before anything changes
    kept = None
    if config.exists():
        before = _read(config)
        if versions.hash_of(before) == versions.hash_of(text):
            _say(f"{config} is {label} already.")
            return 0
        kept = versions.beside(config)
    part = config.with_name(f"{config.name}.part")
    try:
        if kept is not None:
            _put(kept, config.read_bytes())
        _put(part, text.encode())
        if config.exists():
            part.chmod(config.stat().st_mode & 0o777)
        part.replace(config)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"{config} cannot be written: {error.strerror}. It is as it was.") from error
    _say(f"{config} is {label} again." + (f" What was there is kept as {kept}." if kept else ""))
    _say("A running router keeps what it has; it reads the file at its next start, which ends no call.")
    return 0


def _put(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


# --- in words -------------------------------------------------------------------------------------


def meaning(a: Centre, b: Centre) -> list[str]:
    """What changes from `a` to `b`, a sentence each: queues, agents, skills, and which other tables."""
    lines = _came_and_went("skill", a.skills, b.skills)
    lines += _came_and_went("queue", a.queues, b.queues)
    lines += _came_and_went("agent", a.agents, b.agents)
    for key in [key for key in b.queues if key in a.queues]:
        lines += _moved(f"Queue {key}", a.queues[key], b.queues[key])
    for agent in [agent for agent in b.agents if agent in a.agents]:
        lines += _moved(f"Agent {agent}", a.agents[agent], b.agents[agent])
    told = {"skills", "queues", "agents"}
    others = [
        f.name for f in fields(Centre) if f.name not in told and getattr(a, f.name) != getattr(b, f.name)
    ]
    if others:
        lines.append(f"Also changed: {', '.join(others)}.")
    return lines


def _came_and_went(kind: str, a: Collection[str], b: Collection[str]) -> list[str]:
    lines = [f"New {kind}: {key}." for key in b if key not in a]
    return lines + [f"No {kind} {key} any more." for key in a if key not in b]


def _moved(who: str, a: Queue | AgentEntry, b: Queue | AgentEntry) -> list[str]:
    lines = []
    for f in fields(a):
        old, new = getattr(a, f.name), getattr(b, f.name)
        if old == new:
            continue
        if isinstance(old, tuple) and isinstance(new, tuple) and all(isinstance(x, str) for x in old + new):
            gained = [x for x in new if x not in old]
            lost = [x for x in old if x not in new]
            parts = [f"now with {', '.join(gained)}"] * bool(gained)
            parts += [f"without {', '.join(lost)}"] * bool(lost)
            lines.append(f"{who}: {f.name} {'; '.join(parts) or 'in another order'}.")
        else:
            lines.append(f"{who}: {f.name} was {_value(old)}, is {_value(new)}.")
    return lines


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(each)}" for key, each in value.items()) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, str | int) and value != "" else "none" if not value else str(value)


# --- files ----------------------------------------------------------------------------------------


def _read(path: Path) -> str:
    return tomlfile.read(path).text


def _hash(text: str) -> str:
    return versions.hash_of(text)[: versions.SHOWN]


def _centre(path: Path, text: str) -> Centre:
    return centre_of(tomlfile.parse(path, text.encode()))[0]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
