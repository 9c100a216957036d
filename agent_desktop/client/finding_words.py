"""The words that narrow a search, typed with it: `kind:note medium:chat before:2026-03-01 best: lamp`.

The kinds are those of `domain.searching`, `customer:ID` names one.  Anything else that has a colon in it is
searched for as it is.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from agent_desktop.domain.searching import KINDS
from agent_desktop.wire.commands import SearchEverything


def sought(typed: str, *, limit: int = 20, after: str = "") -> SearchEverything:
    """The question that was typed."""
    kinds: list[str] = []
    media: list[str] = []
    words: list[str] = []
    asked = SearchEverything(text="", limit=limit, after=after)
    for word in typed.split():
        name, colon, value = word.partition(":")
        match name.casefold() if colon else "":
            case "kind" if value.casefold() in KINDS:
                kinds.append(value.casefold())
            case "medium" if value:
                media.append(value.casefold())
            case "customer" if value:
                asked = msgspec.structs.replace(asked, customer=value)
            case "before" if (at := _day(value)) is not None:
                asked = msgspec.structs.replace(asked, before_at=at)
            case "best" if not value:
                asked = msgspec.structs.replace(asked, best=True)
            case _:
                words.append(word)
    return msgspec.structs.replace(asked, text=" ".join(words), kinds=tuple(kinds), media=tuple(media))


def _day(value: str) -> float | None:
    """The beginning of a day of the reader's calendar."""
    try:
        return datetime.strptime(value, "%Y-%m-%d").astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return None
