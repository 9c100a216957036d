"""A desktop in memory: a real runtime and drafts, a network that the test plays."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from agent_desktop.client.drafts import Drafts
from agent_desktop.client.offline import Offline
from agent_desktop.client.runtime import FromPhone, FromRouter, LinkReported, Runtime, SignInEnded
from agent_desktop.client.session import Session
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.surface import Refresh
from agent_desktop.wire import events as e
from agent_desktop.wire import phone as p
from agent_desktop.wire.replica import Replica
from tests.client.keepers import Disk
from tests.client.outside import FakeOutside
from tests.client.small_centre import small_centre, snapshot_of


class Desk:
    """Signed in, registered, in step, at 10:00:00 of a day in 2026."""

    def __init__(self, folder: Path, *, truth: Replica | None = None, disk: Disk | None = None) -> None:
        self.now = 1_795_255_200.0
        self.outside = FakeOutside()
        ids = itertools.count(1)
        self.disk = disk or Disk()
        self.offline = Offline(None, self.disk, clock=lambda: self.now)
        self.runtime = Runtime(
            self.outside, clock=lambda: self.now, ids=lambda: f"id{next(ids)}", offline=self.offline
        )
        self.drafts = Drafts(folder / "drafts.db", clock=lambda: self.now)
        self.desktop = Desktop(self.runtime, self.drafts)
        self.refreshes: list[Refresh] = []
        self.desktop.subscribe(self.refreshes.append)
        self.truth = truth or small_centre()
        session = Session("http://127.0.0.1:1", "mateo", "token", "a7", 0.0)
        self.put(SignInEnded(session), LinkReported("router", Connection("online")))
        self.put(LinkReported("phone", Connection("online")))
        self.events(snapshot_of(self.truth))
        self.phone(p.PhoneSnapshot(registration=p.Registration(state="registered", extension="6001")))

    def lose_router(self) -> None:
        """The server is away; what is done from now on is on the disk at once."""
        self.put(LinkReported("router", Connection("lost", "Nobody answers.")))

    def find_router(self) -> None:
        self.put(LinkReported("router", Connection("online")))

    def flush(self) -> None:
        """Let the disk of the unsent acts write."""
        self.put(*self.disk.flush())

    def put(self, *items: object) -> None:
        self.outside.inbox += items
        self.desktop.pump()

    def events(self, *events: Any) -> None:
        self.put(*(FromRouter(event) for event in events))

    def phone(self, *events: Any) -> None:
        self.put(*(FromPhone(event) for event in events))

    def answer_all(self, *, ok: bool = True, message: str = "", result: e.Result | None = None) -> None:
        """Answer whatever was asked."""
        for request, _command in tuple(self.outside.router):
            self.events(e.Reply(request=request, ok=ok, message=message, result=result))
        for request, _command in tuple(self.outside.phone):
            self.phone(p.PhoneReply(request=request))
        self.outside.router.clear()
        self.outside.phone.clear()

    def said(self) -> list[str]:
        return [a.text for refresh in self.refreshes for a in refresh.announcements]
