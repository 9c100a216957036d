"""How the copies are filled and kept up to date: pages of what changed, in the background, at a pace.

After the link is there, page after page is asked for with a pause between, so that an agent's work never
waits behind it; the next page is asked for only when the last one is on the disk, together with where it
ended, so that filling goes on where it was after any end of the program.  When all is there, what changed is
asked for now and then.  No clock and no network in here: `now` is an argument.
"""

from __future__ import annotations

from agent_desktop.wire.events import Reply, Result
from agent_desktop.wire.inbox import FetchCopies

PAUSE_S = 0.1
IDLE_S = 60.0
AGAIN_S = 60.0  # after a refusal, or a disk that takes nothing
ANSWER_S = 600.0  # the router serves one desktop after the other
PAGE = 64


class CatchingUp:
    """Where filling stands.  One thread."""

    def __init__(self) -> None:
        self.cursor = ""
        self.complete = False  # everything was there at the last look
        self._request = ""
        self._page: Result | None = None  # asked for, and not on the disk yet
        self._next_at = 0.0
        self._open = False
        self._offered = True

    def opened(self, cursor: str, now: float) -> None:
        """The file is there, and says where to go on."""
        self.cursor, self._open = cursor, True
        self._request, self._page, self._next_at = "", None, now

    def connected(self, now: float) -> None:
        """The link is there again: a question of the last one may be lost."""
        self._request, self._next_at, self._offered = "", now, True

    def lost(self) -> None:
        """The link is gone."""
        self._request = ""
        self.complete = False

    def next(self, now: float) -> FetchCopies | None:
        """What to ask for now, if it is time."""
        if not self._open or not self._offered or self._page is not None or now < self._next_at:
            return None
        self._next_at = now + ANSWER_S  # an answer that never comes
        return FetchCopies(cursor=self.cursor, limit=PAGE)

    def asked(self, request: str) -> None:
        """It was asked with this id."""
        self._request = request

    def took(self, reply: Reply, now: float) -> bool:
        """Whether this was the answer to the newest question; `page` is what is to be kept."""
        if not self._request or reply.request != self._request:
            return False
        self._request = ""
        if not reply.ok or reply.result is None:
            self._offered = reply.code not in {"unknown_command", "not_allowed"}
            self._next_at = now + AGAIN_S
            return True
        self._page = reply.result
        return True

    @property
    def page(self) -> Result | None:
        """The page that must be kept before the next one is asked for."""
        return self._page

    def kept(self, problem: str, now: float) -> None:
        """The page is on the disk, or could not be written."""
        page, self._page = self._page, None
        if page is None:
            return
        if problem:
            self._next_at = now + AGAIN_S
            return
        self.cursor, self.complete = page.cursor, not page.more
        self._next_at = now + (PAUSE_S if page.more else IDLE_S)
