"""What the palette finds while one types: at once on this computer, completed by the router's answer.

The lines do not flicker: until the next answer those that still fit the words stay, a thing that both know is
one line, and an answer to what was typed before says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent_desktop.client.finding import merged
from agent_desktop.client.finding_words import sought
from agent_desktop.wire.events import Result, SearchHit

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

HERE, THERE, MORE = "palette-here", "palette", "palette-more"
SHORTEST: Final = 2
FIRST: Final = 30  # as much as one looks through; the rest comes page by page


@dataclass(frozen=True, slots=True)
class Searched:
    """What was typed, and both answers so far."""

    text: str = ""
    here: tuple[SearchHit, ...] = ()
    there: Result | None = None

    @property
    def hits(self) -> tuple[SearchHit, ...]:
        """Both as one list."""
        return merged(self.here, self.there, best=sought(self.text).best)

    @property
    def more(self) -> bool:
        """Whether the next page can be asked for."""
        return self.there is not None and bool(self.there.cursor)


def typed(d: Desktop, text: str) -> None:
    """Ask both for what is typed now."""
    words = text.strip()
    for request, purpose in tuple(d.workspace.asking.items()):
        if purpose in {HERE, THERE, MORE}:
            del d.workspace.asking[request]
    if len(words) < SHORTEST:
        d.workspace.searched, d.workspace.hits = Searched(), ()
        return
    d.workspace.searched = Searched(words)
    asked = sought(words, limit=FIRST)
    d.workspace.hits = still_fit(d.workspace.hits, asked.text)
    if d.situation().online and (request := d.runtime.ask_here(asked)):
        d.workspace.asking[request] = HERE
    d.query(asked, THERE)


def go_on(d: Desktop) -> None:
    """Ask for the next page."""
    searched = d.workspace.searched
    if searched.there is not None and searched.more and not d.workspace.waits_for(MORE):
        d.query(sought(searched.text, limit=FIRST, after=searched.there.cursor), MORE)


def answered(d: Desktop, purpose: str, result: Result) -> None:
    """One of the two answered, or the next page came."""
    old = d.workspace.searched
    match purpose:
        case "palette-here":
            now = Searched(old.text, result.hits, old.there)
        case "palette-more" if old.there is not None:
            whole = Result(hits=(*old.there.hits, *result.hits), cursor=result.cursor, more=result.more)
            now = Searched(old.text, old.here, whole)
        case _:
            now = Searched(old.text, old.here, result)
    d.workspace.searched, d.workspace.hits = now, now.hits
    d.changed("palette", "chooser")


def still_fit(hits: tuple[SearchHit, ...], words: str) -> tuple[SearchHit, ...]:
    """Those of the last answer that show every word typed now."""
    wanted = words.replace('"', " ").casefold().split()
    return tuple(
        hit
        for hit in hits
        if all(w in f"{hit.title} {hit.highlight}".casefold().translate(_UNMARKED) for w in wanted)
    )


_UNMARKED: Final = str.maketrans("", "", "[]")
