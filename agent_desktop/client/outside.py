"""The network of a real desktop: both links, signing in, the keyring and the phone's process.

The runtime's calls arrive on the front end's thread and are carried out on the network thread, in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent_desktop.client import keys
from agent_desktop.client.link import Address, Link
from agent_desktop.client.network import Network
from agent_desktop.client.phone_process import PhoneProcess
from agent_desktop.client.runtime import FromPhone, FromRouter, LinkReported, SignInEnded
from agent_desktop.client.signin import Session, SignInError, sign_in, sign_out, tidy_server
from agent_desktop.client.store import Connection
from agent_desktop.wire.codec import AGENT_LINK, PHONE_LINK
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.events import AnyEvent
from agent_desktop.wire.phone import AnyPhoneCommand, AnyPhoneEvent, Shutdown

STOP_PHONE_S = 3.0
# A phone that was started again has another token, which its file tells: a wrong token is tried again.
PHONE_FINAL = frozenset({"bad_protocol", "superseded"})

_log = logging.getLogger(__name__)


class RealOutside:
    """`runtime.Outside` over sockets.  `phone_options` are passed on to the phone process."""

    def __init__(
        self,
        *,
        program: str,
        data: Path,
        wake: Callable[[], None],
        phone_options: Sequence[str] = (),
        phone_command: Sequence[str] = (),
        use_keyring: bool = True,
    ) -> None:
        self._program = program
        self._use_keyring = use_keyring
        self._network = Network(wake)
        self._process = PhoneProcess(data, options=phone_options, command=phone_command)
        self._router: Link[AnyCommand, AnyEvent] | None = None
        self._phone: Link[AnyPhoneCommand, AnyPhoneEvent] | None = None
        self._router_task: asyncio.Task[None] | None = None
        self._phone_task: asyncio.Task[None] | None = None

    def drain(self) -> list[object]:
        return self._network.drain()

    def post(self, item: object) -> None:
        """Hand something to the front end's thread (drafts saved, keyring examined)."""
        self._network.post(item)

    def ask_router(self, request_id: str, command: AnyCommand) -> None:
        self._network.call(self._ask, "router", request_id, command)

    def ask_phone(self, request_id: str, command: AnyPhoneCommand) -> None:
        self._network.call(self._ask, "phone", request_id, command)

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        self._network.spawn(lambda: self._sign_in(server, user, password, remember=remember))

    def begin(self, session: Session) -> None:
        self._network.call(self._begin, session)

    def end(self, session: Session, *, keep_phone: bool) -> None:
        self._network.spawn(lambda: self._end(session, keep_phone=keep_phone))

    def retry(self) -> None:
        self._network.call(self._retry)

    def examine_keyring(self, server: str, user: str, found: Callable[[keys.Keyring, bool], object]) -> None:
        """Look for a keyring and a remembered password; `found(…)` makes the item that is posted."""
        self._network.spawn(lambda: self._examine(server, user, found))

    def close(self, *, keep_phone: bool, session: Session | None = None) -> None:
        """End everything; blocks for at most a few seconds."""
        stopping = self._stop(keep_phone=keep_phone, session=session)
        done = asyncio.run_coroutine_threadsafe(stopping, self._network.loop)
        with contextlib.suppress(TimeoutError):
            done.result(STOP_PHONE_S + 2.0)
        self._network.close()
        self._process.let_go()

    def _ask(self, which: str, request_id: str, command: Any) -> None:
        link: Link[Any, Any] | None = self._router if which == "router" else self._phone
        if link is not None:
            link.request(request_id, command)

    async def _sign_in(self, server: str, user: str, password: str, *, remember: bool | None) -> None:
        try:
            whole = tidy_server(server)
            if not password and self._use_keyring:
                password = await asyncio.to_thread(keys.recall, whole, user)
            session = await sign_in(whole, user, password, client=self._program)
        except SignInError as error:
            self._network.post(SignInEnded(None, str(error), error.code))
            return
        if remember and self._use_keyring:
            await asyncio.to_thread(keys.remember, whole, user, password)
        elif remember is False and self._use_keyring:
            await asyncio.to_thread(keys.forget, whole, user)
        self._network.post(SignInEnded(session))

    async def _examine(self, server: str, user: str, found: Callable[[keys.Keyring, bool], object]) -> None:
        ring = await asyncio.to_thread(keys.examine)
        known = bool(ring.available and user and await asyncio.to_thread(keys.recall, server, user))
        self._network.post(found(ring, known))

    def _begin(self, session: Session) -> None:
        async def where() -> Address:
            return Address(session.websocket, session.token)

        self._cancel(self._router_task)
        self._router = Link(
            AGENT_LINK,
            client=self._program,
            address=where,
            deliver=lambda event: self._network.post(FromRouter(event)),
            report=lambda connection: self._network.post(LinkReported("router", connection)),
        )
        self._router_task = asyncio.get_running_loop().create_task(self._router.run())
        if self._phone_task is None or self._phone_task.done():
            self._process.stopping = False
            self._phone = Link(
                PHONE_LINK,
                client=self._program,
                address=self._process.address,
                deliver=lambda event: self._network.post(FromPhone(event)),
                report=self._phone_reported,
                final=PHONE_FINAL,
            )
            self._phone_task = asyncio.get_running_loop().create_task(self._phone.run())

    def _phone_reported(self, connection: Connection) -> None:
        if connection.state == "online":
            self._process.reached()
        self._network.post(LinkReported("phone", connection))

    async def _end(self, session: Session, *, keep_phone: bool) -> None:
        self._cancel(self._router_task)
        self._router = None
        await sign_out(session)
        if not keep_phone:
            await self._stop_phone()

    async def _stop(self, *, keep_phone: bool, session: Session | None) -> None:
        tasks = [t for t in (self._router_task,) if t is not None]
        self._cancel(self._router_task)
        if session is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_PHONE_S):
                    await sign_out(session)
        if not keep_phone:
            await self._stop_phone()
        self._cancel(self._phone_task)
        tasks += [t for t in (self._phone_task,) if t is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _stop_phone(self) -> None:
        """Ask the phone to end and see that it does; its link is ended first thing when it has."""
        self._process.stopping = True
        if self._phone is not None and self._phone_task is not None and not self._phone_task.done():
            self._phone.request("shutdown", Shutdown())
            if not await self._process.ended(STOP_PHONE_S):
                _log.warning("The phone did not end when it was asked to.")
        self._cancel(self._phone_task)
        self._phone = self._phone_task = None
        self._network.post(LinkReported("phone", Connection()))

    def _retry(self) -> None:
        for link in (self._router, self._phone):
            if link is not None:
                link.retry_now()

    def _cancel(self, task: asyncio.Task[None] | None) -> None:
        if task is not None and not task.done():
            task.cancel()
