"""Working without the router: what is kept of a session, what waits, and what its return brings.

Joins the copies (`copies.py`), how they are filled (`catching_up.py`) and the unsent acts (`unsent.py`) to
the one writer, which calls this when something is asked, heard or handed over by a thread, when the link
moves, and as time passes.  Without a folder and a keeper it does nothing: everything is asked at once.
"""

from __future__ import annotations

import logging
import sqlite3
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from agent_desktop.client import reading, waits
from agent_desktop.client.acts import Act, insisted
from agent_desktop.client.catching_up import CatchingUp
from agent_desktop.client.copies import Answered, Copies, CopiesOpened, PageKept, name_of, path_of
from agent_desktop.client.session import Session
from agent_desktop.client.store import Asked, AskState, Store
from agent_desktop.client.unsent import Keeper, Saved, Unsent
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.links.connection import Connection
from agent_desktop.wire import events as e
from agent_desktop.wire.command import Command
from agent_desktop.wire.commands import AnyCommand

_log = logging.getLogger(__name__)

OVER = frozenset({"closed", "abandoned"})
OFFLINE = "offline"  # the code of what cannot be asked before the server is reached


class ToRouter(Protocol):
    """The way to the router."""

    def ask_router(self, request_id: str, command: AnyCommand) -> None: ...


class Offline:
    """What lasts when the router is away.  Belongs to the front end's thread."""

    def __init__(
        self,
        data: Path | None = None,
        keeper: Keeper | None = None,
        *,
        post: Callable[[object], None] = lambda _item: None,
        clock: Callable[[], float] = time.time,
        ids: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._data = data
        self._keeper = keeper
        self._post = post
        self._clock = clock
        self._ids = ids
        self._outside: ToRouter | None = None
        self._owner = ""
        self._linked = True
        self._moved = False
        self.unsent: Unsent | None = None
        self.copies: Copies | None = None
        self.catching_up = CatchingUp()

    def begin(self, store: Store, session: Session, outside: ToRouter) -> None:
        """Somebody is signed in; again after the session was renewed."""
        self._outside = outside
        self._linked = bool(session.token)  # else the server has not been reached yet
        owner = name_of(session.server, session.user)
        if owner != self._owner:
            self.end()
            self._owner = owner
            if self._keeper is not None:
                self.unsent = self._unsent_of(self._keeper, owner)
            if self._data is not None:
                self.copies = Copies(path_of(self._data, session), self._post)
        if self.unsent is not None:
            self.unsent.link_gone()
            store.unsent = self.unsent.acts
            for act in self.unsent.waiting():
                self._show(store, act)
        self._moved = True

    def _unsent_of(self, keeper: Keeper, owner: str) -> Unsent | None:
        """What was not sent yet; None while another program holds the file: then nothing waits."""
        try:
            return Unsent(keeper, owner)
        except sqlite3.Error:
            _log.exception("The unsent acts cannot be read now; they are read at the next sign-in.")
            return None

    def end(self) -> None:
        """Nobody is signed in any more; what waits stays on the disk."""
        if self.copies is not None:
            self.copies.leave()
        self.unsent, self.copies, self._owner = None, None, ""
        self.catching_up = CatchingUp()

    def close(self) -> None:
        """The program ends."""
        if self.copies is not None:
            self.copies.close()
        if self._keeper is not None:
            self._keeper.close()

    def moved(self) -> bool:
        """Whether something in the list of unsent acts looks different since the last call."""
        moved, self._moved = self._moved, False
        return moved

    # ── what the one writer tells ──

    def ask(self, store: Store, asked: Asked) -> bool:
        """Take what can wait, and what the copies can answer; False: it goes straight to the router."""
        online = store.connection.state == "online"
        if self.unsent is not None and waits.rule(asked.command).waits:
            about = waits.subjects(asked.command, lambda key: _conversation_of(store, key))
            # What can wait is one of the router's commands: the table has no other.
            command: AnyCommand = asked.command  # type: ignore[assignment]
            act = self.unsent.add(
                asked.id, command, about, at=self._clock(), waited=not online, title=_title(store, command)
            )
            self._show(store, act)
            self._moved = True
            self._send(store)
            return True
        if not online and self.copies is not None and isinstance(asked.command, reading.ANSWERED):
            self.copies.ask(asked.id, asked.command, store.replica.me.id)
            return True
        if not self._linked and isinstance(asked.command, Command):
            why = waits.why_not(type(asked.command))
            self._post(Answered(e.Reply(request=asked.id, ok=False, code=OFFLINE, message=why)))
            return True
        return False

    def ask_here(self, store: Store, asked: Asked) -> bool:
        """Let the copies answer a question, also while the router could; False: there are none."""
        if self.copies is None or not isinstance(asked.command, reading.ANSWERED):
            return False
        self.copies.ask(asked.id, asked.command, store.replica.me.id)
        return True

    def heard(self, store: Store, event: e.AnyEvent) -> bool:
        """Take one event of the router; True when nobody else needs to see it."""
        if isinstance(event, e.Reply):
            return self._replied(store, event)
        if self.copies is not None:
            _copy(self.copies, store, event)
        return False

    def took(self, store: Store, item: object) -> tuple[e.AnyEvent, ...] | None:
        """Take what the threads hand over: events to apply here; None when it is not for us."""
        match item:
            case Saved() if self.unsent is not None:
                self._moved |= self.unsent.saved(item)
            case CopiesOpened() if self._is_open(item.path):
                self.catching_up.opened(item.cursor, self._clock())
                return () if store.synced or item.snapshot is None else (item.snapshot,)
            case PageKept() if self._is_open(item.path):
                self.catching_up.kept(item.problem, self._clock())
            case Answered():
                return (item.reply,)
            case Saved() | CopiesOpened() | PageKept():
                pass  # of a session that is over
            case _:
                return None
        return ()

    def link_moved(self, store: Store, connection: Connection) -> None:
        """The link to the router is another way."""
        if connection.state == "online":
            store.offline_since = 0.0
            self.catching_up.connected(self._clock())
            self._send(store)
        elif connection.state == "lost" and not store.offline_since:
            store.offline_since = self._clock()
            self.catching_up.lost()
            if self.unsent is not None:
                self.unsent.link_lost()
                for act in self.unsent.waiting():
                    self._show(store, act)
        self._moved = True

    def tick(self, store: Store) -> None:
        """Time passed."""
        if store.connection.state != "online" or self._outside is None:
            return
        self._send(store)
        if self.copies is not None and store.synced:
            query = self.catching_up.next(self._clock())
            if query is not None:
                request = self._ids()
                self.catching_up.asked(request)
                self._outside.ask_router(request, query)

    # ── what the agent decides ──

    def act(self, request: str) -> Act:
        """The act of a request.  Raises `RefusedError`."""
        found = self.unsent.acts.get(request) if self.unsent is not None else None
        if found is None:
            raise RefusedError(_("This is not in the list of unsent acts any more."), code="unknown")
        return found

    def insist(self, store: Store, request: str) -> str:
        """Send a refused act all the same, as a new request; gives its id.  Raises `RefusedError`."""
        refused = self.act(request)
        if self.unsent is None or refused.state != "refused":
            raise RefusedError(_("It waits for the server already."), code="wrong_state")
        fresh = self.unsent.again(request, self._ids(), insisted(refused))
        self._show(store, fresh)
        self._moved = True
        self._send(store)
        return fresh.request

    def discard(self, store: Store, request: str) -> Act:
        """Let an act go.  Raises `RefusedError` for one that is on its way to the router."""
        if self.act(request).state == "sent" or self.unsent is None:
            raise RefusedError(_("It is on its way already and cannot be taken back."), code="wrong_state")
        store.asked.pop(request, None)
        self._moved = True
        return self.unsent.discard(request)

    # ── inside ──

    def _is_open(self, path: Path) -> bool:
        return self.copies is not None and self.copies.path == path

    def _show(self, store: Store, act: Act) -> None:
        """An act without an answer is among what was asked: the conversation shows it as such."""
        online = store.connection.state == "online" and not act.waited
        state: AskState = "sending" if online else "waiting"
        store.asked[act.request] = Asked(act.request, act.command, state=state, asked_at=act.at)

    def _send(self, store: Store) -> None:
        if self.unsent is None or self._outside is None or store.connection.state != "online":
            return
        now = self._clock()
        for act in self.unsent.due(now):
            self.unsent.left(act.request, now)
            self._outside.ask_router(act.request, act.command)
            self._moved = True

    def _replied(self, store: Store, reply: e.Reply) -> bool:
        now = self._clock()
        if self.catching_up.took(reply, now):
            if self.copies is not None and self.catching_up.page is not None:
                self.copies.page(self.catching_up.page)
            return True
        if self.unsent is None or reply.request not in self.unsent.acts:
            return False
        ended = self.unsent.answered(reply, now)
        self._moved = True
        self._send(store)
        if ended is None:
            asked = store.asked.get(reply.request)
            if asked is not None:
                store.asked[reply.request] = replace(asked, state="waiting")
        return ended is None


def _conversation_of(store: Store, interaction: str) -> str:
    known = store.replica.interactions.get(interaction)
    return known.conversation if known is not None else ""


def _title(store: Store, command: AnyCommand) -> str:
    """Whom an act is about, as the screen calls it now."""
    interaction = store.replica.interactions.get(getattr(command, "interaction", ""))
    key = getattr(command, "conversation", "") or (
        interaction.conversation if interaction is not None else ""
    )
    thread = store.replica.conversations.get(key)
    if thread is not None:
        return thread.customer_name or thread.subject or thread.address
    if interaction is not None:
        return interaction.customer_name or interaction.subject or interaction.from_address
    return str(getattr(command, "to_address", "") or "")


def _copy(copies: Copies, store: Store, event: e.AnyEvent) -> None:
    """Keep what the stream says; what only left the view is kept, what is gone goes."""
    match event:
        case e.Snapshot():
            copies.keep("me", event.me)
            copies.keep("centre", event.centre)
            copies.keep("agents", reading.Colleagues(agents=event.agents))
            copies.put(*event.interactions, *event.conversations, *event.messages, *event.customers)
            copies.views(event.views)
        case e.InteractionChanged(interaction=work):
            # Others' work that goes on is theirs; what is over belongs to the customer's history.
            if work.agent == store.replica.me.id or work.state in OVER:
                copies.put(work)
            elif work.id in store.mine:
                copies.remove("interaction", work.id)
        case e.ConversationChanged(conversation=conversation):
            copies.put(conversation)
        case e.MessageChanged(message=message):
            copies.put(message)
        case e.MessageRemoved(conversation=conversation_id, message=message_id):
            copies.move_out(conversation_id, message_id)
        case e.CustomerChanged(customer=customer):
            copies.put(customer)
        case e.ViewsChanged(views=views):
            copies.views(views)
        case e.CentreChanged(centre=centre):
            copies.keep("centre", centre)
        case _:
            pass
