"""What the network thread does: both links, signing in and out, the keyring, the phone's process.

Imported and used by that thread alone (`outside.py`); towards the front end everything goes through
`post`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from agent_desktop.client import keys, remembered
from agent_desktop.client.clock import ClockTold
from agent_desktop.client.fetching import fetch_file, fetch_picture, fetch_recording, sweep
from agent_desktop.client.files import Upload, UploadMoved
from agent_desktop.client.handing import Doorbell
from agent_desktop.client.runtime import FromPhone, FromRouter, LinkReported, SignInEnded
from agent_desktop.client.session import Keyring, Session, SignInError, tidy_server
from agent_desktop.client.signin import sign_in, sign_out
from agent_desktop.client.uploading import PIECE, upload_file
from agent_desktop.i18n import _
from agent_desktop.links.client import LinkClient
from agent_desktop.links.connection import Connection, Target
from agent_desktop.links.process import PROGRAM, OwnedProcess
from agent_desktop.wire.codec import AGENT_LINK, PHONE_LINK
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.events import AnyEvent
from agent_desktop.wire.phone import AnyPhoneCommand, AnyPhoneEvent, Shutdown

STOP_PHONE_S = 3.0
SIGN_IN_AGAIN_S = (1.0, 2.0, 5.0, 10.0, 20.0)  # to a server that is away; with jitter
# Trying again does not mend these: the session is over, or another version is needed.
ROUTER_FINAL = frozenset({"bad_token", "bad_protocol", "superseded"})
# A phone that was started again has another token, which its file tells: a wrong token is tried again.
PHONE_FINAL = frozenset({"bad_protocol", "superseded"})

_log = logging.getLogger(__name__)


class Online:
    """The links of one desktop.  `post` hands an item to the front end's thread."""

    def __init__(
        self,
        *,
        program: str,
        data: Path,
        post: Callable[[object], None],
        phone_options: Sequence[str] = (),
        phone_command: Sequence[str] = (),
        use_keyring: bool = True,
    ) -> None:
        self._program = program
        self._post = post
        self._data = data
        self._waiting: asyncio.Task[None] | None = None  # for a server that is away, to sign in there
        self._retried = asyncio.Event()
        self._use_keyring = use_keyring
        self._doorbell = Doorbell(data, post)
        sweep(data)
        self._process = OwnedProcess(
            data,
            "phone",
            (*(() if phone_command else ("phone",)), "--data", str(data), *phone_options),
            title=_("The phone"),
            program=phone_command or PROGRAM,
        )
        self._router: LinkClient[AnyCommand, AnyEvent] | None = None
        self._phone: LinkClient[AnyPhoneCommand, AnyPhoneEvent] | None = None

    def ask_router(self, request_id: str, command: AnyCommand) -> None:
        """Ask the router; without a session there is nobody to ask."""
        if self._router is not None:
            self._router.request(command, request_id)

    def ask_phone(self, request_id: str, command: AnyPhoneCommand) -> None:
        """Ask the phone; without a session there is none."""
        if self._phone is not None:
            self._phone.request(command, request_id)

    async def sign_in(self, server: str, user: str, password: str, *, remember: bool | None) -> None:
        """Ask for a session and remember the password, or forget it."""
        whole = ""
        try:
            whole = tidy_server(server)
            if not password and self._use_keyring:
                password = await asyncio.to_thread(keys.recall, whole, user)
            session = await sign_in(whole, user, password, client=self._program)
        except SignInError as error:
            if error.code != "unreachable" or not await self._opened(whole, user, password, str(error)):
                self._post(SignInEnded(None, str(error), error.code))
                return
            try:
                session = await self._awaited(whole, user, password)
            except SignInError as refused:
                self._post(SignInEnded(None, str(refused), refused.code))
                return
        if remember and self._use_keyring:
            await asyncio.to_thread(keys.remember, whole, user, password)
        elif remember is False and self._use_keyring:
            await asyncio.to_thread(keys.forget, whole, user)
        await asyncio.to_thread(remembered.remember, self._data, whole, user, password, session.agent)
        self._post(SignInEnded(session))

    async def _opened(self, server: str, user: str, password: str, why: str) -> bool:
        """The server is away: who signed in here before works with the copies until it is back."""
        agent = await asyncio.to_thread(remembered.opens, self._data, server, user, password)
        if agent:
            self._post(SignInEnded(Session(server, user, "", agent, 0.0)))
            self._post(LinkReported("router", Connection("lost", why, "unreachable", time.time())))
        return bool(agent)

    async def _awaited(self, server: str, user: str, password: str) -> Session:
        """Sign in again and again until the server answers; ended by `end`.  Raises `SignInError`."""
        self._waiting = asyncio.current_task()
        try:
            for wait_s in itertools.chain(SIGN_IN_AGAIN_S, itertools.repeat(SIGN_IN_AGAIN_S[-1])):
                self._retried.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s * (0.5 + random.random())):  # noqa: S311 - a pause
                        await self._retried.wait()
                try:
                    return await sign_in(server, user, password, client=self._program)
                except SignInError as error:
                    if error.code not in {"unreachable", "too_many"}:
                        raise
        finally:
            self._waiting = None
        raise SignInError(_("The server cannot be reached."), code="unreachable")

    async def listen(self) -> None:
        """Take links that are handed over by other programs."""
        await self._doorbell.listen()

    async def fetch_recording(self, session: Session, interaction: str, recording: str) -> None:
        """Fetch a recording into a private file."""
        self._post(await fetch_recording(session, interaction, recording, self._data))

    async def upload_file(self, session: Session, upload: Upload) -> None:
        """Give the server a file; how far it is comes in every fraction of it."""
        told = 0

        def moved(sent: int) -> None:
            nonlocal told
            if sent - told >= max(upload.size_bytes // 50, PIECE) or sent >= upload.size_bytes:
                told = sent
                self._post(UploadMoved(upload.id, sent))

        self._post(await upload_file(session, upload, moved))

    async def fetch_file(self, session: Session, file: str, path: str) -> None:
        """Save a file of a message."""
        self._post(await fetch_file(session, file, path))

    async def fetch_picture(self, session: Session, name: str) -> None:
        """Fetch a picture of a message."""
        self._post(await fetch_picture(session, name))

    async def examine(self, server: str, user: str, found: Callable[[Keyring, bool], object]) -> None:
        """Look for a keyring and a remembered password."""
        ring = await asyncio.to_thread(keys.examine)
        known = bool(ring.available and user and await asyncio.to_thread(keys.recall, server, user))
        self._post(found(ring, known))

    def begin(self, session: Session) -> None:
        """Start the links of a session; a phone that is attached already stays so."""

        async def where() -> Target:
            return Target(session.websocket, session.token)

        if self._router is not None:
            self._router.leave()
        self._router = LinkClient(
            AGENT_LINK,
            name=self._program,
            target=where,
            on_event=lambda event: self._post(FromRouter(event)),
            on_state=lambda connection: self._post(LinkReported("router", connection)),
            on_clock=lambda ahead_s: self._post(ClockTold(ahead_s)),
            final=ROUTER_FINAL,
        )
        self._router.start()
        self.attach()

    def attach(self) -> None:
        """Find the phone or start it; one that is attached already stays so."""
        if self._phone is None or not self._phone.running:
            self._process.stopping = False
            self._phone = LinkClient(
                PHONE_LINK,
                name=self._program,
                target=self._process.target,
                on_event=lambda event: self._post(FromPhone(event)),
                on_state=self._phone_moved,
                final=PHONE_FINAL,
            )
            self._phone.start()

    def _phone_moved(self, connection: Connection) -> None:
        if connection.state == "online":
            self._process.reached()
        self._post(LinkReported("phone", connection))

    async def end(self, session: Session, *, keep_phone: bool) -> None:
        """End a session here and at the server."""
        if self._waiting is not None:
            self._waiting.cancel()
        await asyncio.to_thread(remembered.forget, self._data, session.server, session.user)
        if self._router is not None:
            self._router.leave()
            self._router = None
        if session.token:
            await sign_out(session)
        if not keep_phone:
            await self._stop_phone()

    async def stop(self, *, keep_phone: bool, session: Session | None) -> None:
        """End everything."""
        self._doorbell.close()
        router, phone = self._router, self._phone
        if router is not None:
            router.leave()
        if session is not None and session.token:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_PHONE_S):
                    await sign_out(session)
        if not keep_phone:
            await self._stop_phone()
        for link in (router, phone):
            if link is not None:
                await link.stop()

    def let_go(self) -> None:
        """Leave a running phone to itself."""
        self._process.let_go()

    async def _stop_phone(self) -> None:
        """Ask the phone to end and see that it does; its link is ended first thing when it has."""
        self._process.stopping = True
        if self._phone is not None and self._phone.running:
            self._phone.request(Shutdown(), "shutdown")
            if not await self._process.ended(STOP_PHONE_S):
                _log.warning("The phone did not end when it was asked to.")
                self._process.terminate()  # one that was still starting has not heard it
        if self._phone is not None:
            self._phone.leave()
        self._phone = None
        self._post(LinkReported("phone", Connection()))

    def retry(self) -> None:
        """Connect now, without waiting for the back-off."""
        self._retried.set()
        for link in (self._router, self._phone):
            if link is not None:
                link.retry_now()
