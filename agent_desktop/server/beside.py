"""How the hub lets things happen beside its own work, so that a defect there does not end the commits."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)


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


@contextmanager
def without_collecting() -> Iterator[None]:
    """Do not look for garbage while a whole record is read: there is none, and looking takes long."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
