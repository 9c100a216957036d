"""Reading documents from outside: any shape may come, and only the expected one counts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

from agent_desktop.domain.types import Instant

_BREAKS: Final = frozenset({"br", "p", "li", "div", "blockquote"})


def document(data: bytes) -> dict[str, Any]:
    """The JSON table in some bytes; an empty one where there is none."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(data)
        if isinstance(found, dict):
            return found
    return {}


def tables(value: Any, key: str) -> Iterator[dict[str, Any]]:
    """The tables in the list under a key."""
    found = value.get(key) if isinstance(value, dict) else None
    yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def table(value: Any, *keys: str) -> dict[str, Any]:
    """The table under some keys; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: Any, *keys: str) -> str:
    """The text or number under some keys, as a text; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def instant(said: str, scale: float = 1.0) -> Instant | None:
    """A point in time that was said as a number of seconds (or their parts)."""
    if not (said.isascii() and said.isdigit() and len(said) < 16):
        return None
    return Instant(int(said) / scale)


def plain(html: str) -> str:
    """The text of a piece of HTML."""
    reader = _Plain()
    reader.feed(html)
    reader.close()
    lines = "".join(reader.said).split("\n")
    return "\n".join(line.strip() for line in lines).strip()


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._silent += 1
        elif tag == "br" or (tag in _BREAKS and self.said):
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)
