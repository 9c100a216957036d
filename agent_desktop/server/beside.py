"""How the hub lets things happen beside its own work, so that a defect there does not end the commits."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

log = logging.getLogger(__name__)
YOUNG: Final = 10_000  # things made since the last look for garbage before the next one; Python says 700
LOOKS: Final = (20, 50)  # looks at the young for one at the older, and of those for one at the oldest


def safely(effect: Callable[[], None], failed: str = "something after a commit failed") -> None:
    """Carry out an effect (of what was committed, if nothing else is said); its failure is logged."""
    try:
        effect()
    except Exception:
        log.exception(failed)


def observe(future: asyncio.Future[Any]) -> None:
    """A deadline's failure has no caller: it is logged."""

    def done(finished: asyncio.Future[Any]) -> None:
        if not finished.cancelled() and (error := finished.exception()) is not None:
            log.warning("a deadline was not carried out: %s", error)

    future.add_done_callback(done)


def carried_out(run: Callable[[], asyncio.Future[Any]]) -> None:
    """Make the change of a deadline; a defect in one must not keep the others from their time."""
    safely(lambda: observe(run()), "a deadline failed")


def settled() -> None:
    """The router has started: what it has read lives on, and is not looked through for garbage any more.

    What comes later is looked through less often than Python does by itself: nearly all that a router makes
    goes by itself, and a look at everything holds up calls.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, *LOOKS)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Do not look for garbage while a whole record is read: there is none, and looking takes long."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if not gc.get_freeze_count():  # what was read is old at once: nobody looks through it now
                gc.freeze()
                gc.unfreeze()
            gc.enable()
