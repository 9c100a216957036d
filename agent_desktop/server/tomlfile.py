"""A TOML file read with care: every problem names the file, the line, the key and what is allowed.

`Document` holds the parsed file and collects problems; `Table` reads one table of it, key by key, and
gives a harmless value where a problem was found, so that all problems are told at once.  The line of a
key is looked for only when there is something to tell.  Nothing in a file raises anything but
`ConfigError`.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from agent_desktop.errors import ConfigError

FILE_BYTES: Final = 2_000_000
TOLD_MOST: Final = 50
LINES_OF_A_VALUE: Final = 400
ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

Where: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place in the file."""

    where: Where
    text: str


@dataclass(slots=True)
class Document:
    """One file: its text, what it says, and what is wrong with it."""

    path: Path
    text: str
    raw: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    @property
    def root(self) -> Table:
        """The whole file as a table."""
        return Table(self, (), self.raw)

    def blame(self, where: Where, text: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(where, text))

    def check(self) -> None:
        """Raise `ConfigError` with every problem, in the order of the lines, if there is one."""
        if not self.problems:
            return
        lines = Lines(self.text)
        told = sorted(((lines.of(problem.where), problem) for problem in self.problems), key=lambda p: p[0])
        sentences = [
            f"{self.path.name}, line {line}: {_dotted(problem.where)}{problem.text}" for line, problem in told
        ]
        if len(sentences) > 1:
            more = len(sentences) - TOLD_MOST
            sentences = [f"{self.path} has {len(sentences)} problems:", *sentences[:TOLD_MOST]]
            sentences += [f"and {more} more."] if more > 0 else []
        raise ConfigError("\n  ".join(sentences), line=told[0][0], key=_dotted(told[0][1].where).rstrip(": "))


def read(path: Path) -> Document:
    """Read and parse a file.  Raises `ConfigError`."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(data) > FILE_BYTES:
        raise ConfigError(f"{path} is larger than {FILE_BYTES // 1_000_000} MB.")
    return parse(path, data)


def parse(path: Path, data: bytes) -> Document:
    """Parse the bytes of a file.  Raises `ConfigError`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: this is not UTF-8 text.", line=line) from error
    text = text.replace("\r\n", "\n")
    try:
        return Document(path, text, tomllib.loads(text))
    except RecursionError as error:
        raise ConfigError(f"{path}: the values are nested too deeply.") from error
    except (ValueError, OverflowError) as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        reason = str(error).partition(" (at ")[0]
        raise ConfigError(f"{path}, line {line}: this is not TOML: {reason}.", line=line) from error


class Table:
    """One table: each reader takes a key, notes what is wrong and gives a value of the right type."""

    def __init__(self, document: Document, where: Where, raw: Mapping[str, Any]) -> None:
        self.document = document
        self.where = where
        self._raw = raw
        self._read: set[str] = set()

    def blame(self, key: str, text: str) -> None:
        """Note a problem with a key (or, with an empty one, with the table)."""
        self.document.blame((*self.where, key) if key else self.where, text)

    def has(self, key: str) -> bool:
        return key in self._raw

    def is_table(self, key: str) -> bool:
        """Whether a key that may be a bare value says more than that."""
        return isinstance(self._raw.get(key), Mapping)

    def text(
        self, key: str, default: str | None = "", *, choices: Collection[str] = (), most: int = 10_000
    ) -> str:
        """A text; with `default` None it must be there."""
        value = self._value(key, default, str, "a text")
        if not isinstance(value, str):
            return default or ""
        if choices and self.has(key) and value not in choices:
            self.blame(key, f"{value!r} is not one of {_listed(choices)}.{_nearest(value, choices)}")
            return default or ""
        if len(value) > most:
            self.blame(key, f"this has {len(value)} characters; at most {most} are allowed.")
        if default is None and not value.strip() and self.has(key):
            self.blame(key, "this may not be empty.")
        return value

    def match(self, key: str, pattern: re.Pattern[str], words: str, default: str | None = "") -> str:
        """A text of a certain form; `words` say which."""
        value = self.text(key, default)
        if value and pattern.fullmatch(value) is None:
            self.blame(key, f"{value!r} is not {words}.")
        return value

    def number(self, key: str, default: float, *, least: float = 0.0, most: float = 86_400.0) -> float:
        value = self._value(key, default, (int, float), "a number")
        if isinstance(value, bool) or not isinstance(value, int | float):
            return default
        if not (math.isfinite(value) and least <= value <= most):
            self.blame(key, f"{value} is out of range; {least:.12g} to {most:.12g} is allowed.")
            return default
        return float(value)

    def whole(self, key: str, default: int, *, least: int, most: int) -> int:
        value = self._value(key, default, int, "a whole number")
        if not isinstance(value, int):
            return default
        if not least <= value <= most:
            self.blame(key, f"{_short(value)} is out of range; {least} to {most} is allowed.")
            return default
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._value(key, default, bool, "true or false")
        return value if isinstance(value, bool) else default

    def texts(self, key: str, *, choices: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of texts, none twice; with `choices` only of those."""
        values: list[str] = []
        for place, value in enumerate(self._list(key, "a list of texts")):
            if not isinstance(value, str):
                self._blame_item(key, place, f"a text is expected here, not {_short(value)}.")
            elif choices is not None and value not in choices:
                known = f"one of {_listed(choices)}" if choices else "known: there are none"
                self._blame_item(key, place, f"{value!r} is not {known}.{_nearest(value, choices)}")
            elif value in values:
                self._blame_item(key, place, f"{value!r} stands here twice.")
            else:
                values.append(value)
        return tuple(values)

    def levels(self, key: str, known: Collection[str], *, least: int = 1, most: int = 5) -> dict[str, int]:
        """A table of whole numbers by known names, such as { german = 3 }."""
        levels: dict[str, int] = {}
        table = self.table(key)
        for name in table.names():
            if name not in known:
                table.blame(name, f"this is not one of {_listed(known)}.{_nearest(name, known)}")
            levels[name] = table.whole(name, least, least=least, most=most)
        return levels

    def table(self, key: str) -> Table:
        """A table; an empty one when it is not there."""
        value = self._value(key, {}, dict, f"a table, such as [{_dotted((*self.where, key)).rstrip(': ')}]")
        return Table(self.document, (*self.where, key), value if isinstance(value, dict) else {})

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """Tables by id, such as [queues.support]; the ids are checked."""
        whole = self.table(key)
        for name in whole.names():
            if ID.fullmatch(name) is None:
                whole.blame(name, "an id has lower-case letters, digits, '-', '_' and '.', at most 64.")
            yield name, whole.table(name)

    def rows(self, key: str) -> Iterator[Table]:
        """A list of tables, such as [[numbers]]."""
        for place, value in enumerate(self._list(key, "a list of tables")):
            where = (*self.where, key, place)
            if isinstance(value, dict):
                yield Table(self.document, where, value)
            else:
                self.document.blame(where, f"a table is expected here, not {_short(value)}.")

    def items(self, key: str) -> Iterator[tuple[Where, Any]]:
        """The bare items of a list; a single text or table counts as a list of one."""
        value = self._value(key, [], (list, str, dict), "a text or a list")
        where = (*self.where, key)
        if isinstance(value, list):
            yield from (((*where, place), item) for place, item in enumerate(value))
        elif value:
            yield where, value

    def file(self, key: str) -> str:
        """The path of a file that must be there; a relative one begins at this file's folder."""
        name = self.text(key)
        if not name:
            return ""
        path = self.document.path.parent / name
        try:
            there = path.is_file()
        except (OSError, ValueError):
            there = False
        if not there:
            self.blame(key, f"there is no file {name!r} beside {self.document.path.name}.")
        return str(path)

    def names(self) -> list[str]:
        """The keys, in the order of the file."""
        return list(self._raw)

    def done(self) -> None:
        """Note every key that nobody read."""
        for key in self._raw:
            if key not in self._read:
                near = _nearest(key, self._read)
                self.blame(key, f"there is no such key here.{near or f' There are {_listed(self._read)}.'}")

    def _value(self, key: str, default: object, kind: type | tuple[type, ...], words: str) -> object:
        self._read.add(key)
        if key not in self._raw:
            if default is None:
                self.blame(key, f"this is missing: {words} is needed.")
            return default
        value = self._raw[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.blame(key, f"{words} is expected here, not {_short(value)}.")
            return default
        return value

    def _list(self, key: str, words: str) -> list[object]:
        value = self._value(key, [], list, words)
        return value if isinstance(value, list) else []

    def _blame_item(self, key: str, place: int, text: str) -> None:
        self.document.blame((*self.where, key, place), text)


class Lines:
    """Finds the line on which a key stands (1-based), by parsing the file again piece by piece."""

    def __init__(self, text: str) -> None:
        self._found: dict[Where, int] = {}
        self._counts: dict[Where, int] = {}
        lines = text.split("\n")
        prefix: Where = ()
        at = 0
        while at < len(lines):
            piece = lines[at].strip()
            if piece.startswith("["):
                prefix = self._header(piece, at + 1)
                at += 1
            elif not piece or piece.startswith("#"):
                at += 1
            else:
                at = self._assignment(lines, at, prefix)

    def of(self, where: Where) -> int:
        """The line of a key, or of the nearest thing around it that has one."""
        while where and where not in self._found:
            where = where[:-1]
        return self._found.get(where, 1)

    def _header(self, piece: str, line: int) -> Where:
        parsed = _loads(piece)
        path: Where = ()
        while isinstance(parsed, dict) and parsed:
            key, parsed = next(iter(parsed.items()))
            path += (key,)
            if isinstance(parsed, list):  # [[key]]: the next row
                self._counts[path] = self._counts.get(path, -1) + 1
                parsed = parsed[0]
            if path in self._counts:
                self._found.setdefault((*path, self._counts[path]), line)
                path += (self._counts[path],)
            self._found.setdefault(path, line)
        return path

    def _assignment(self, lines: list[str], at: int, prefix: Where) -> int:
        """Note the keys of one assignment, which may take many lines; give the line after it."""
        for end in range(at + 1, min(at + LINES_OF_A_VALUE, len(lines)) + 1):
            parsed = _loads("\n".join(lines[at:end]))
            if parsed is not None:
                self._note(prefix, parsed, at + 1)
                return end
        return at + 1

    def _note(self, prefix: Where, value: object, line: int) -> None:
        self._found.setdefault(prefix, line)
        if isinstance(value, dict):
            for key, inner in value.items():
                self._note((*prefix, key), inner, line)
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                self._note((*prefix, place), inner, line)


def _loads(piece: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(piece)
    except (ValueError, RecursionError, OverflowError):
        return None


def _dotted(where: Where) -> str:
    """A place in words: `queues.support.media[2]: `."""
    words = ""
    for part in where:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part[:80]}" if words else part[:80]
    return f"{words}: " if words else ""


def _listed(words: Collection[str]) -> str:
    some = sorted(words)
    return ", ".join(some[:30]) + (", …" if len(some) > 30 else "")


def _nearest(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word[:80], list(known), 1)
    return f" Did you mean {near[0]}?" if near else ""


def _short(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**18:
        return "a number too large"
    try:
        words = repr(value)
    except (RecursionError, ValueError):
        words = type(value).__name__
    return words if len(words) <= 60 else f"{words[:57]}…"
