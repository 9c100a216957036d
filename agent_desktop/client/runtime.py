"""The one writer of the desktop: what came in and what was done becomes the store, then news.

`pump` runs on the front end's thread: it takes what the network thread handed over, changes the store,
applies the rules below, and tells each listener once with all the news together.  Acts of the user are
commands with a UUID, `sending` until their answer came.

Rules that are kept here because they hold whoever looks:
- the phone is given the account of the router's snapshot, again when it changed or the phone restarted;
- the phone is told to expect a talk interaction as soon as it is mine, so that it answers at once; for an
  accepted offer the action does so before the accept;
- devices and sound are given to the phone whenever it is attached, and kept when they are chosen;
- the phone rings for offers until the last one is gone;
- how the self-test went is reported to the router;
- signing out ends the router link; a call that is up keeps the phone.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from agent_desktop.client.captions import Captions
from agent_desktop.client.clock import ClockTold, followed
from agent_desktop.client.files import STEPS, Carrying, Files
from agent_desktop.client.incoming import FromPhone, FromRouter, LinkReported, SignInEnded
from agent_desktop.client.news import (
    CallMoved,
    CentreMoved,
    ConnectionMoved,
    FileMoved,
    InteractionMoved,
    News,
    PhoneMoved,
    RequestEnded,
    SelfTestMoved,
    SessionEnded,
    SignInMoved,
    Synced,
    UnsentMoved,
)
from agent_desktop.client.offline import Offline
from agent_desktop.client.phone_updates import apply_phone
from agent_desktop.client.player import Player, RecordingFetched
from agent_desktop.client.preferences import PreferenceFile
from agent_desktop.client.ringer import Ringer
from agent_desktop.client.session import Session
from agent_desktop.client.store import Asked, Store
from agent_desktop.client.updates import apply_router
from agent_desktop.i18n import _
from agent_desktop.links.connection import Connection
from agent_desktop.wire.commands import AnyCommand, ReportSelfTest
from agent_desktop.wire.models import InteractionModel, PhoneAccount
from agent_desktop.wire.phone import (
    AnyPhoneCommand,
    Expect,
    HangUp,
    Registration,
    SetAccount,
)

__all__ = ["FromPhone", "FromRouter", "LinkReported", "Outside", "Runtime", "SignInEnded"]

UNDER_WAY = frozenset({"waiting", "running"})
Listener = Callable[[tuple[News, ...]], None]


class Outside(Carrying, Protocol):
    """The network as the runtime needs it; every call returns at once."""

    def drain(self) -> list[object]: ...

    def ask_router(self, request_id: str, command: AnyCommand) -> None: ...

    def ask_phone(self, request_id: str, command: AnyPhoneCommand) -> None: ...

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None: ...

    def attach(self) -> None:
        """Find the phone or start it, before anybody is signed in."""
        ...

    def begin(self, session: Session) -> None:
        """Start the links of a session."""
        ...

    def fetch_recording(self, session: Session, interaction: str, recording: str) -> None:
        """Fetch a recording into a private file; `RecordingFetched` comes in."""
        ...

    def end(self, session: Session, *, keep_phone: bool) -> None:
        """End them, and the session at the server."""
        ...

    def close(self, *, keep_phone: bool, session: Session | None) -> None:
        """End everything; a session that is given is ended at the server too."""
        ...

    def retry(self) -> None:
        """Connect now, without waiting for the back-off."""
        ...


class Runtime:
    """Owns the store.  Everything here runs on the front end's thread."""

    def __init__(
        self,
        outside: Outside,
        *,
        clock: Callable[[], float] = time.time,
        ids: Callable[[], str] = lambda: str(uuid.uuid4()),
        preferences: PreferenceFile | None = None,
        offline: Offline | None = None,
    ) -> None:
        self.store = Store()
        self.offline = offline or Offline()
        self.session: Session | None = None
        self.signing_in = False
        self.sign_in_error = ""
        # What comes in and is neither a link's nor the sign-in's: the keyring, the drafts.
        self.on_other: Callable[[object], None] = lambda _item: None
        self._outside = outside
        self._clock = clock
        self._ids = ids
        self._listeners: list[Listener] = []
        self._news: list[News] = []
        self._account: PhoneAccount | None = None
        self._expected: set[str] = set()
        self.preferences = preferences or PreferenceFile()
        self._ringer = Ringer()
        self._player = Player(outside, self.ask_phone)
        self.files = Files(outside)
        self.subscribe(Captions(self).told)

    @property
    def now(self) -> float:
        """The router's time, as far as it is known: deadlines are its."""
        return self._clock() + self.store.clock_ahead_s

    def new_id(self) -> str:
        """An id made here, for a message or a customer."""
        return self._ids()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Be told the news of each pump; gives the function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def pump(self) -> None:
        """Take what came in, then tell everybody at once."""
        for item in self._outside.drain():
            self._take(item)
        self._settle()
        while self._news:
            news, self._news = tuple(self._news), []
            for listener in tuple(self._listeners):
                listener(news)
            self._settle()

    def attach(self) -> None:
        """Have the phone at hand at the sign-in: its devices can be tested already."""
        self._outside.attach()

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        """Begin; the answer is news."""
        if self.signing_in:
            return
        self.signing_in, self.sign_in_error = True, ""
        self._news.append(SignInMoved(busy=True, error=""))
        self._outside.sign_in(server=server, user=user, password=password, remember=remember)

    def sign_out(self) -> None:
        """End the session here and at the server."""
        self._end_session("signed_out", _("You are signed out."))

    def ask(self, command: AnyCommand) -> str:
        """Send a command or query to the router; gives its id."""
        request_id = self._ids()
        asked = self.store.asked[request_id] = Asked(request_id, command, asked_at=self._clock())
        if not self.offline.ask(self.store, asked):
            self._outside.ask_router(request_id, command)
        return request_id

    def ask_here(self, command: AnyCommand) -> str:
        """Ask what is kept on this computer, whatever the router says; gives no id where nothing is."""
        asked = Asked(self._ids(), command, asked_at=self._clock())
        if not self.offline.ask_here(self.store, asked):
            return ""
        self.store.asked[asked.id] = asked
        return asked.id

    def ask_phone(self, command: AnyPhoneCommand) -> str:
        """Send a command to the phone; gives its id."""
        if isinstance(command, Expect):
            self._expected.add(command.interaction)
        self.preferences.keep(command)
        request_id = self._ids()
        self.store.asked[request_id] = Asked(request_id, command, asked_at=self._clock())
        self._outside.ask_phone(request_id, command)
        return request_id

    def play(self, interaction: str, recording: str) -> None:
        """Fetch a recording and have the phone play it."""
        if self.session is not None:
            self._player.play(self.store, self.session, interaction, recording)

    def stop_playing(self) -> None:
        """End the recording that plays."""
        self._player.stop(self.store)

    def ring_for_a_moment(self) -> None:
        """Let the ring be heard."""
        self._ringer.test(self.now)
        self._ring()

    def retry(self) -> None:
        """Connect again now."""
        self._outside.retry()

    def close(self) -> None:
        """Leave: sign out and stop the phone, unless a call is up; then both stay for the next window."""
        self.stop_playing()
        on_call = bool(self.store.phone.calls)
        self.offline.close()
        self._outside.close(keep_phone=on_call, session=None if on_call else self.session)

    def _take(self, item: object) -> None:
        match item:
            case FromRouter():
                if self.session is not None and not self.offline.heard(self.store, item.event):
                    self._tell(apply_router(self.store, item.event, self._clock()))
            case FromPhone():
                self._tell(apply_phone(self.store, item.event))
            case ClockTold():
                self.store.clock_ahead_s = followed(self.store.clock_ahead_s, item)
            case LinkReported(which="router"):
                self._router_link(item.connection)
            case LinkReported():
                self._phone_link(item.connection)
            case SignInEnded():
                self._signed_in(item)
            case RecordingFetched():
                self._tell(self._player.fetched(self.store, item))
            case _ if (events := self.offline.took(self.store, item)) is not None:
                for event in events:
                    self._tell(apply_router(self.store, event, self._clock()))
            case _ if isinstance(item, STEPS):
                self._tell(self.files.took(item))
            case _:
                self.on_other(item)

    def _settle(self) -> None:
        """What follows from what was taken, before and after it is told."""
        self.offline.tick(self.store)
        if self.offline.moved():
            self._news.append(UnsentMoved())
        self._ring()

    def _tell(self, news: tuple[News, ...]) -> None:
        for one in news:
            self._news.append(one)
            match one:
                case Synced():
                    self._give_account()
                    self._expect_all()
                case CentreMoved():
                    self._give_account()
                case InteractionMoved():
                    self._expect(one.after.id)
                    self._let_go(one.after)
                case CallMoved() if one.after.state == "ended":
                    self._expected.discard(one.after.interaction)
                case FileMoved():
                    self._news += self._player.told(one.played)
                case SelfTestMoved(over=True):
                    self._report_test()
                case SessionEnded():
                    self._news.pop()
                    self._end_session(one.reason, one.message)
                case _:
                    pass

    def _router_link(self, connection: Connection) -> None:
        before, self.store.connection = self.store.connection, connection
        self.offline.link_moved(self.store, connection)
        self._news.append(ConnectionMoved(before, connection))
        if connection.state == "ended" and self.session is not None:
            reason = "signed_in_elsewhere" if connection.code == "superseded" else "expired"
            self._end_session(reason, connection.detail)

    def _phone_link(self, connection: Connection) -> None:
        phone = self.store.phone
        before = phone.registration
        if phone.connection.state == "online" and connection.state != "online":
            # Nothing is known about it until the phone is reached again; its calls may well go on.
            phone.registration = Registration()
        phone.connection = connection
        self._news.append(PhoneMoved(before, phone.registration))
        if connection.state == "online":
            self._account = None
            self._expected.clear()
            self._ringer.forget()
            for chosen in self.preferences.chosen.commands():
                self.ask_phone(chosen)
            self._give_account()
            self._expect_all()

    def _signed_in(self, item: SignInEnded) -> None:
        self.signing_in, self.sign_in_error = False, item.error
        if item.session is not None:
            if self.session is None:  # else it was begun without the server, which is back
                self.store = Store(phone=self.store.phone)
            self.session = item.session
            self.offline.begin(self.store, item.session, self._outside)
            if item.session.token:
                self._outside.begin(item.session)
        elif self.session is not None:
            self._end_session("expired", item.error)
        self._news.append(SignInMoved(busy=False, error=item.error, code=item.code))

    def _end_session(self, reason: str, message: str) -> None:
        session, self.session = self.session, None
        if session is None:
            return
        self._outside.end(session, keep_phone=bool(self.store.phone.calls))
        for asked in [a for a in self.store.asked.values() if a.id not in self.store.unsent]:
            text = _("You were signed out before this was confirmed.")
            self._news.append(RequestEnded(replace(asked, state="refused", code="signed_out", message=text)))
        self.offline.end()
        self.store = Store(phone=self.store.phone)
        self.files.end()
        self.files = Files(self._outside)  # what comes of the old ones is nobody's any more
        self._account = None
        self._news.append(SessionEnded(reason, message))

    def _give_account(self) -> None:
        account = self.store.replica.phone
        if account is None or account == self._account or self.store.phone.connection.state != "online":
            return
        self._account = account
        self.ask_phone(SetAccount(account=account))

    def _report_test(self) -> None:
        """A self-test that went to its end is told to the router; one that was stopped is not.

        Nor is one of the devices alone, begun before the sign-in: it says nothing of the line.
        """
        checks = self.store.phone.told.checks
        if (
            any(c.id == "registration" for c in checks)
            and self.session is not None
            and not any(c.state in UNDER_WAY for c in checks)
        ):
            passed = tuple(c.id for c in checks if c.state in {"ok", "warning"})
            failed = tuple(c.id for c in checks if c.state == "failed")
            self.ask(ReportSelfTest(passed=passed, failed=failed))

    def _ring(self) -> None:
        command = self._ringer.command(self.store, self.now)
        if command is not None:
            self.ask_phone(command)

    def _let_go(self, interaction: InteractionModel) -> None:
        """The exchange died in the call: nobody is left to say so to the phone, which would hold on."""
        if (interaction.state, interaction.ended_by) != ("wrap_up", "network"):
            return
        for call in tuple(self.store.phone.calls.values()):
            if call.interaction == interaction.id and call.state != "ended":
                self.ask_phone(HangUp(call=call.id))

    def _expect_all(self) -> None:
        for interaction in tuple(self.store.replica.interactions):
            self._expect(interaction)

    def _expect(self, interaction_id: str) -> None:
        """Tell the phone of a talk interaction that is mine and that it has no call for yet."""
        interaction = self.store.replica.interactions.get(interaction_id)
        if interaction is None or not self.store.medium(interaction.medium).talk:
            return
        if not expected_here(interaction, self.store.replica.me.id):
            self._expected.discard(interaction_id)
            return
        expected = interaction_id in self._expected or self.store.call_of(interaction_id) is not None
        if not expected and self.store.phone.connection.state == "online":
            tone = self.store.queue(interaction.queue).answer_tone
            self.ask_phone(Expect(interaction=interaction_id, tone=tone))


def expected_here(interaction: InteractionModel, me: str) -> bool:
    """Whether the phone has, or will have, a call for it: mine, or one that I supervise."""
    if interaction.state not in {"active", "held"}:
        return False
    legs = interaction.call.legs if interaction.call is not None else ()
    return interaction.agent == me or any(leg.kind == "supervisor" and leg.agent == me for leg in legs)
