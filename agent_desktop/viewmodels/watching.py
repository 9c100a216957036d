"""Who else is at a conversation, as its row shows it; and telling colleagues that this agent is there.

Watchers are shown by initials and by words, never by colour alone.  `Watching` says `LookAt` when a
conversation has been looked at for a moment, when it is left, and when nobody has touched anything for two
minutes; quick walks through the list say nothing, and what cannot be sent now is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.wire.inbox import LookAt
from agent_desktop.wire.listing import WatcherModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

VIEWING, IDLE, REPLYING, NOTING, LEFT = "viewing", "idle", "replying", "noting", ""
SETTLE_S, IDLE_S, WRITING_S = 1.0, 120.0, 10.0
ASKED_S = 5.0  # what the screen does so soon after an act is what was asked for
BY_ITSELF = frozenset({"look.alive", "draft.share"})  # acts that nobody did by hand
_URGENT = {REPLYING: 0, NOTING: 1, VIEWING: 2, IDLE: 3}


@dataclass(frozen=True, slots=True)
class WatcherMark:
    """A colleague at a conversation; `active` is one who writes."""

    initials: str
    words: str  # "Sara Lindqvist is replying"
    short: str  # "SL replying"
    active: bool
    idle: bool


def watcher_marks(watchers: Iterable[WatcherModel], me: str) -> tuple[WatcherMark, ...]:
    """Colleagues, those who write first; I am none of them."""
    others = sorted(
        (w for w in watchers if w.agent != me), key=lambda w: (_URGENT.get(w.doing, 2), w.name, w.agent)
    )
    return tuple(_mark(w) for w in others)


def _mark(watcher: WatcherModel) -> WatcherMark:
    initials, doing = words.initials(watcher.name), watcher.doing
    short = {REPLYING: _("replying"), NOTING: _("noting"), IDLE: _("idle")}.get(doing, _("viewing"))
    active = doing in {REPLYING, NOTING}
    return WatcherMark(initials, _said(watcher), f"{initials} {short}", active, doing == IDLE)


def _said(watcher: WatcherModel) -> str:
    match watcher.doing:
        case "replying":
            return _("{name} is replying", name=watcher.name)
        case "noting":
            return _("{name} writes a note", name=watcher.name)
        case "idle":
            return _("{name} has it open, idle", name=watcher.name)
        case _:
            return _("{name} is looking at it", name=watcher.name)


def in_a_word(marks: tuple[WatcherMark, ...]) -> str:
    """All of them for a screen reader."""
    return ", ".join(mark.words for mark in marks)


class Watching:
    """What the router was told of where I am."""

    def __init__(self) -> None:
        self._told = ("", LEFT)  # conversation, doing
        self._here = ""  # what is looked at now
        self._since = 0.0
        self._touched = 0.0
        self._wrote: tuple[str, str, float] = ("", "", 0.0)  # conversation, mode, when
        self._acted = 0.0

    def acted(self, action: str, now: float) -> None:
        """Somebody ran an action."""
        self._touched = now
        if action not in BY_ITSELF:
            self._acted = now

    def is_asked(self, now: float) -> bool:
        """Whether the screen may turn elsewhere: an act is the last thing that was done, and just now."""
        return now - self._acted < ASKED_S and self._wrote[2] <= self._acted

    def writes(self, now: float) -> str:
        """The conversation in which somebody is in the middle of writing; an act of now ends it."""
        where, _mode, at = self._wrote
        return where if now - at < WRITING_S and now - self._acted >= ASKED_S else ""

    def touched(self, now: float) -> None:
        """Somebody did something."""
        self._touched = now

    def wrote(self, conversation: str, mode: str, now: float) -> None:
        """Somebody wrote there."""
        self._wrote = (conversation, mode, now)
        self._touched = now

    def stopped(self, conversation: str) -> None:
        """What was written there is sent or gone."""
        if self._wrote[0] == conversation:
            self._wrote = ("", "", 0.0)

    def forget(self) -> None:
        """The link was away, or another agent signed in: nobody knows where I am."""
        self._told = ("", LEFT)

    def doing(self, conversation: str, now: float) -> str:
        """What I do there."""
        where, mode, at = self._wrote
        if where == conversation and now - at < WRITING_S:
            return NOTING if mode == "note" else REPLYING
        return IDLE if now - self._touched >= IDLE_S else VIEWING

    def due(self, conversation: str, now: float) -> tuple[LookAt, ...]:
        """What is to be said now, if anything; asked once a second."""
        if conversation != self._here:
            self._here, self._since = conversation, now
            self._touched = now
        where, told = self._told
        said: list[LookAt] = []
        if where and where != conversation:
            said.append(LookAt(conversation=where, doing=LEFT))
            self._told = where, told = ("", LEFT)
        if conversation and now - self._since >= SETTLE_S:
            doing = self.doing(conversation, now)
            if (where, told) != (conversation, doing):
                said.append(LookAt(conversation=conversation, doing=doing))
                self._told = (conversation, doing)
        return tuple(said)


def look(d: Desktop) -> None:
    """Once a second: tell the router where I am, if it does not know."""
    s = d.situation()
    if not s.online or not s.store.synced:
        d.watching.forget()
        return
    there = s.looked_at if d.workspace.place == "inbox" else None
    for command in d.watching.due(there.conversation if there is not None else "", s.now):
        d.workspace.asking[d.runtime.ask(command)] = "look"
