"""One measured window of `bench inbox`: a list of so many conversations, or threads of so many messages.

`python -m agent_desktop.bench._inbox_child list|thread NUMBER` prints one JSON line.  A process of its own,
so that memory and caches of one size say nothing about the next.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from agent_desktop.bench import _desk
from agent_desktop.bench._desk import Desk
from agent_desktop.qt import stopwatch
from agent_desktop.wire import events, models

INSERTS: Final = 120
FRAMES: Final = 400
FILTERS: Final = 10
PLAIN_INSERTS: Final = 3
THREADS: Final = 5

Figures = Mapping[str, float | list[float]]


def main(kind: str, number: int) -> Figures:
    """Measure one size."""
    stopwatch.begin()
    with tempfile.TemporaryDirectory(prefix="agent-desktop-bench-") as folder:
        desk = Desk(Path(folder))
        figures = listed(desk, number) if kind == "list" else threaded(desk, number)
        desk.desktop.close()
    return figures


def listed(desk: Desk, count: int) -> Figures:
    """First paint, inserts, scrolled frames and filters of the inbox, and of a plain list after it."""
    everything = tuple(_desk.work(n) for n in range(count))
    desk.sign_in(events.Snapshot(me=_desk.ME, centre=_desk.centre(), scope="all", interactions=everything))
    began = time.perf_counter()
    order = type(desk.desktop.order)("all")
    order.rebuild(desk.desktop.runtime.store)
    sorted_ms = (time.perf_counter() - began) * 1000
    del order, everything
    desk.desktop.act("inbox.tab", tab="all")
    desk.desktop.pump()
    gc.collect()
    gc.freeze()
    stopwatch.RealInbox(desk.desktop).close()  # fonts and icons are read by the first window of any size
    real = stopwatch.RealInbox(desk.desktop)
    inserts = [
        real.watch.frame(partial(desk.come, events.InteractionChanged(interaction=_desk.newest(n))))
        for n in range(INSERTS)
    ]
    frames = real.watch.scrolled(FRAMES)
    filters = [real.watch.frame(partial(_filter, desk, m)) for m in ("chat", "") * (FILTERS // 2)]
    first = real.first_paint_ms
    real.close()
    total = desk.desktop.inbox().total
    plain = stopwatch.PlainList(desk.desktop.inbox_row, total - PLAIN_INSERTS - 1)
    return {
        "sorted": sorted_ms,
        "first": first,
        "insert": inserts[10:],
        "frame": frames,
        "filter": filters,
        "plain_first": plain.first_paint_ms,
        "plain_insert": [plain.insert_ms() for _number in range(PLAIN_INSERTS)],
        "plain_filter": plain.filter_ms("Customer 77"),
    }


def _filter(desk: Desk, medium: str) -> None:
    desk.desktop.act("inbox.medium", medium=medium)
    desk.desktop.pump()


def threaded(desk: Desk, count: int) -> Figures:
    """Opening threads that are on this computer already, each for the first time."""
    works = [_desk.work(n * 5) for n in range(THREADS + 2)]
    threads = tuple(models.ConversationModel(id=w.conversation, medium="email") for w in works)
    texts: list[str] = []
    newest: list[models.MessageModel] = []
    for work in works:
        few = work is works[0] or work is works[1]
        thread = list(_desk.messages(work.conversation, 50 if few else count))
        items = {m.id: events.TimelineItem(message=m) for m in thread}
        desk.desktop.workspace.older[work.conversation] = items
        newest += thread[-30:]
        texts = [m.text for m in thread]
    snapshot = events.Snapshot(
        me=_desk.ME,
        centre=_desk.centre(),
        scope="all",
        interactions=tuple(works),
        conversations=threads,
        messages=tuple(newest),
    )
    desk.sign_in(snapshot)
    for work in works:  # what a snapshot lets go of is fetched again
        desk.desktop.workspace.older.setdefault(work.conversation, {})
    gc.collect()
    real = stopwatch.RealThread(desk.desktop)
    real.open_ms(works[0].id)
    real.open_ms(works[1].id)
    before = _resident_mb()
    opened = [real.open_ms(work.id) for work in works[2:]]
    grown = (_resident_mb() - before) / THREADS
    shown = len(desk.desktop.conversation().items)
    real.close()
    gc.collect()
    before = _resident_mb()
    one = stopwatch.one_document_ms(texts)
    return {
        "open": opened,
        "grown_mb": grown,
        "shown": shown,
        "one_document": one,
        "one_document_mb": _peak_mb() - before,
    }


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1]) if sys.platform == "linux" else 0
    return pages * resource.getpagesize() / 1e6


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
