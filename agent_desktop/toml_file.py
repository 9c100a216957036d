"""A TOML file that people write: read with the line of every mistake, changed without losing a comment."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_desktop.errors import ConfigError


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What stands in the file, and its lines; both empty when there is no file."""

    path: Path
    content: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    def line_of(self, section: str, key: str = "") -> int | None:
        """Give the 1-based line of `key` in `[section]`; without a key, of the section's header."""
        current = ""
        for number, line in enumerate(self.lines, 1):
            if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
                current = header[1]
                if current == section and not key:
                    return number
            elif key:
                name = key if current == section else f"{section}.{key}"
                if current in {section, ""} and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line):
                    return number
        return None

    def place(self, line: int | None) -> str:
        """Name a line of this file in an error: `/home/.../settings.toml, line 3`."""
        return f"{self.path}, line {line}" if line else str(self.path)


def read(path: Path) -> TomlFile:
    """Read a file that may be missing.  Raises ConfigError when it cannot be read or is no TOML."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return TomlFile(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    return TomlFile(path, _parsed(path, text), tuple(text.splitlines()))


def assign(path: Path, section: str, key: str, value: str | float | bool) -> None:  # noqa: FBT001 - a value
    """Write one value, keeping every other line and comment; the file is replaced whole or not at all."""
    file = read(path)
    lines = list(file.lines)
    assignment = f"{key} = {written(value)}"
    if (at := file.line_of(section, key)) is not None:
        lines[at - 1] = assignment
    elif (header := file.line_of(section)) is not None:
        lines.insert(header, assignment)
    else:
        lines += [*([""] if lines else []), f"[{section}]", assignment]
    text = "\n".join(lines) + "\n"
    _parsed(path, text)  # a value over several lines, for one, cannot be replaced by line
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)


def written(value: str | float | bool) -> str:  # noqa: FBT001 - a value of the file, not a switch
    """Write a value as TOML does."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            escaped = "".join(
                f"\\u{ord(letter):04x}" if ord(letter) < 32 or ord(letter) == 127 else letter
                for letter in value.replace("\\", "\\\\").replace('"', '\\"')
            )
            return f'"{escaped}"'
        case _:
            return repr(value)


def _parsed(path: Path, text: str) -> dict[str, Any]:
    # Most desktops have no settings file, and every start is faster without the parser.
    tomllib = importlib.import_module("tomllib")
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise ConfigError(f"{path}, line {line}: this is not TOML: {error}.", line=line) from error
    return content
