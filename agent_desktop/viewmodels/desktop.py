"""The desktop behind a front end: the runtime, what is selected, what is written; views out, acts in.

See `surface.py` for how a front end lives with it.  The window and the terminal hold the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo

import msgspec

from agent_desktop.client import actions
from agent_desktop.client.action import Locally, ToPhone, ToRouter
from agent_desktop.client.drafts import Drafts
from agent_desktop.client.news import News
from agent_desktop.client.runtime import Runtime
from agent_desktop.errors import RefusedError
from agent_desktop.viewmodels import (
    attaching,
    bulk,
    calling,
    composed,
    concluding,
    finishing,
    following,
    holding,
    listing,
    preferring,
    sounding,
)
from agent_desktop.viewmodels.completing import completed
from agent_desktop.viewmodels.forms import (
    kept,
)
from agent_desktop.viewmodels.inbox import RowChange, RowMove
from agent_desktop.viewmodels.local_acts import LOCAL
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.scripting import page_of, script_of
from agent_desktop.viewmodels.signing import Entry
from agent_desktop.viewmodels.surface import Part, Refresh
from agent_desktop.viewmodels.viewing import Views
from agent_desktop.viewmodels.watching import Watching
from agent_desktop.wire.commands import AddNote, AnyCommand, FetchTimeline, SendMessage
from agent_desktop.wire.inbox import CancelMessage
from agent_desktop.wire.phone import Expect


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an act: `reason` is why not, `requests` are the answers to wait for."""

    reason: str = ""
    code: str = ""
    requests: tuple[str, ...] = ()


class Desktop(Views):
    """Everything that a front end holds.  One thread."""

    def __init__(
        self, runtime: Runtime, drafts: Drafts, *, entry: Entry | None = None, zone: tzinfo | None = None
    ) -> None:
        super().__init__(runtime, drafts, entry=entry or Entry(), zone=zone)
        self.watching = Watching()
        self.link = ""  # a number that was clicked in another program, until it can be shown
        self._listeners: list[Callable[[Refresh], None]] = []
        self._parts: set[Part] = set()
        self._rows: list[RowChange] = []
        self._said: list[Announcement] = []
        self._second = 0
        runtime.subscribe(self._heard)

    # ── living with it ──

    def subscribe(self, listener: Callable[[Refresh], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def pump(self) -> None:
        self.runtime.pump()
        following.time_passed(self)
        while self._parts or self._rows or self._said:
            refresh = Refresh(frozenset(self._parts), tuple(self._rows), tuple(self._said))
            self._parts, self._rows, self._said = set(), [], []
            for listener in tuple(self._listeners):
                listener(refresh)

    def close(self) -> None:
        self.drafts.close()
        self.spelling.close()
        self.runtime.close()

    def changed(self, *parts: Part, rows: tuple[RowChange, ...] = ()) -> None:
        """Have parts drawn again at the end of this pump."""
        self._parts.update(parts)
        if rows:
            self._parts.add("inbox")
            self._rows += rows

    def say(self, *sentences: Announcement) -> None:
        """Have sentences read aloud; their sounds are the phone's while it is there, else the front end's."""
        self._said += sounding.at_the_phone(self, preferring.wanted(self.choices, sentences))

    def _heard(self, news: tuple[News, ...]) -> None:
        following.follow(self, news)

    # ── acting ──

    def act(self, action: str, **arguments: str) -> str:
        return self.perform(action, arguments).reason

    def perform(self, action: str, arguments: Mapping[str, str]) -> Done:
        """Run an action of the table; says what was asked, so that a caller can wait for the answers."""
        given = completed(self, action, arguments)
        self.watching.acted(action, self.runtime.now)
        try:
            finishing.guard(self, action, arguments)
            steps = actions.run(action, self.situation(), given)
            attaching.guard(self, action, arguments)
            holding.guard(self, action, arguments)
            concluding.guard(self, action, arguments)
            requests: list[str] = []
            for step in steps:
                match step:
                    case ToRouter(command=command):
                        requests.append(self.runtime.ask(command))
                        self._asked(action, requests[-1], command, given)
                    case ToPhone(command=phone_command):
                        asked = self.runtime.ask_phone(phone_command)
                        # That the phone expects a call is no answer to wait for: the accept's is.
                        requests += [] if isinstance(phone_command, Expect) else [asked]
                    case Locally(name=name, arguments=pairs):
                        LOCAL[name](self, dict(pairs))
        except RefusedError as error:
            finishing.refused(self, action, given, error)
            return Done(str(error), error.code)
        finishing.done(self, action)
        self.changed("topbar", "offers", "conversation", "side")
        calling.looked_again(self)
        return Done(requests=tuple(requests))

    def _asked(self, action: str, request: str, command: AnyCommand, given: Mapping[str, str]) -> None:
        """Remember what an answer is for; a message on its way leaves the editor but not the disk."""
        match action:
            case "composer.send" | "note.add" | "note.mention" if isinstance(command, SendMessage | AddNote):
                holding.asked(self, action, command, given)
                self.watching.stopped(command.conversation)
            case "composer.undo" if isinstance(command, CancelMessage):
                holding.calling_back(self, command)
            case "find":
                self.workspace.asking[request] = "find"
            case "call.targets":
                self.workspace.asking[request] = "targets"
            case "why":
                self.workspace.asking[request] = f"why:{getattr(command, 'interaction', '')}"
            case "conversation.older":
                self.workspace.asking[request] = f"timeline:{getattr(command, 'conversation', '')}"
            case _ if action.startswith("conversation."):
                bulk.asked(self, request, command)
            case _:
                pass

    def query(self, command: AnyCommand, purpose: str) -> None:
        """Ask the router something for this screen; a newer question of the same purpose replaces it."""
        for request, wanted in tuple(self.workspace.asking.items()):
            if wanted == purpose:
                del self.workspace.asking[request]
        self.workspace.asking[self.runtime.ask(command)] = purpose

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        self.entry = replace(self.entry, server=server, user=user, remember=bool(remember))
        self.runtime.sign_in(server=server, user=user, password=password, remember=remember)
        self.changed("signin")

    # ── writing ──

    def write(self, text: str, draft: str = "") -> None:
        composed.write(self, text, draft)
        here = self.situation().looked_at
        if here is not None and text:
            self.watching.wrote(here.conversation, holding.bound(self, draft).mode, self.runtime.now)

    def insert(self, text: str) -> None:
        """Put a text into the draft that is looked at, after what is there."""
        composed.insert(self, text)

    def keep_script(self, interaction: str, **changes: object) -> None:
        """Change it; safe within a second."""
        state = self.script(interaction)
        model = self.runtime.store.replica.interactions.get(interaction)
        script = script_of(self.situation(), model) if model is not None else None
        if not state.page and script is not None and (page := page_of(script, state)) is not None:
            state = msgspec.structs.replace(state, page=page.id, version=script.version)
        self.drafts.put(
            self.key(interaction, "script"), kept(msgspec.structs.replace(state, **changes)), message=""
        )
        self.changed("side")

    def keep_wrapup(self, interaction: str, **changes: object) -> None:
        """Change the form; safe within a second."""
        form = msgspec.structs.replace(self.wrapup(interaction), **changes)
        self.drafts.put(self.key(interaction, "wrapup"), kept(form), message="")
        self.changed("side")

    def select(self, interaction: str) -> None:
        """Look at an interaction: its conversation, its customer."""
        if interaction != self.workspace.selected or self.workspace.browsed:
            self.workspace.selected, self.workspace.browsed = interaction, ""
            self.changed("inbox", "conversation", "side", "composer")
        following.opened(self)

    def show_list(self, *, tab: str | None = None, medium: str | None = None) -> None:
        """Choose one of the three lists."""
        listing.leave(self)
        self.changed(rows=(self.order.rebuild(self.runtime.store, tab=tab, medium=medium),))

    def redraw_rows(self) -> None:
        """Have every row drawn again where it stands."""
        self.changed(rows=tuple(RowChange(RowMove.CHANGED, 0, n) for n in (self.inbox_total(),) if n))

    def opened(self) -> None:
        """Something else is looked at."""
        following.opened(self)

    def notice(
        self, notice_id: str, text: str, tone: Tone = Tone.WARNING, *, dismissable: bool = True
    ) -> None:
        """Show a sentence."""
        self.workspace.notify(following.notice(self, notice_id, text, tone, dismissable=dismissable))
        self.changed("notices")

    def second_passed(self) -> bool:
        """Whether the clock shows another second than at the last call."""
        before, self._second = self._second, int(self.runtime.now)
        return before != self._second

    def fetch_timeline(self, conversation: str) -> None:
        """Ask for the newest page of the customer's timeline."""
        self.query(FetchTimeline(conversation=conversation), f"timeline:{conversation}")
