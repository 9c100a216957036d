"""A desktop whose dictionaries know a few words and answer when the desktop is pumped."""

from __future__ import annotations

from agent_desktop.client.spelling import Spelling
from tests.client.desks import Desk
from tests.client.spellers import FewWords

RIGHT = ("dear", "we", "your", "order", "tomorrow", "the", "lamp", "ask", "for", "receive", "thank", "you")
SIMILAR = {"recieve": ("receive", "relieve"), "lammp": ("lamp",)}


def with_dictionary(desk: Desk, *known: str, languages: str = "en") -> FewWords:
    """Give the desktop a spelling; its answers come in by `settle`."""
    worker = FewWords(RIGHT, SIMILAR)
    desktop = desk.desktop
    desktop.spelling = Spelling(
        lambda: worker.begin(*(known or ("en_US",))), languages=languages, folder="/data/dictionaries"
    )
    desktop.spelling.user = "a7"

    def take(item: object) -> None:
        assert desktop.spelling.take(item)
        desktop.changed("spelling")

    desk.runtime.on_other = take
    desktop.spelling.choose()
    settle(desk, worker)
    return worker


def settle(desk: Desk, worker: FewWords) -> None:
    """Let the dictionaries answer."""
    while worker.inbox:
        items, worker.inbox = worker.inbox, []
        desk.put(*items)
