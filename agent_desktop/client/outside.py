"""The network of a real desktop as the front end's thread sees it.

Every call returns at once and is carried out on the network thread, in order.  What has sockets, HTTP or
a keyring in it is `online.py`, and the network thread alone imports that, in the one place below: these
libraries take longer to import than everything that a front end needs to say its first word.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent_desktop.client.files import Upload
from agent_desktop.client.network import Network
from agent_desktop.client.session import Keyring, Session
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.phone import AnyPhoneCommand

if TYPE_CHECKING:
    from agent_desktop.client.online import Online

ONLINE = "agent_desktop.client.online"
CLOSE_S = 5.0
DESKTOP = "desktop"  # the program that takes links: the window


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
        self._network = Network(wake)
        self._made: Online | None = None

        def make() -> None:
            self._made = importlib.import_module(ONLINE).Online(
                program=program,
                data=data,
                post=self._network.post,
                phone_options=phone_options,
                phone_command=phone_command,
                use_keyring=use_keyring,
            )

        self._network.call(make)
        if program == DESKTOP:
            self._network.spawn(lambda: self._online.listen())  # noqa: PLW0108 - asked for on that thread

    @property
    def _online(self) -> Online:
        """What is on the network thread; used there, after it has been made."""
        if self._made is None:
            raise RuntimeError("The network of this program could not be loaded.")
        return self._made

    def drain(self) -> list[object]:
        return self._network.drain()

    def post(self, item: object) -> None:
        """Hand something to the front end's thread (drafts saved, keyring examined)."""
        self._network.post(item)

    def ask_router(self, request_id: str, command: AnyCommand) -> None:
        self._network.call(lambda: self._online.ask_router(request_id, command))

    def ask_phone(self, request_id: str, command: AnyPhoneCommand) -> None:
        self._network.call(lambda: self._online.ask_phone(request_id, command))

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        self._network.spawn(lambda: self._online.sign_in(server, user, password, remember=remember))

    def attach(self) -> None:
        self._network.call(lambda: self._online.attach())  # noqa: PLW0108 - asked for on that thread

    def begin(self, session: Session) -> None:
        self._network.call(lambda: self._online.begin(session))

    def end(self, session: Session, *, keep_phone: bool) -> None:
        self._network.spawn(lambda: self._online.end(session, keep_phone=keep_phone))

    def fetch_recording(self, session: Session, interaction: str, recording: str) -> None:
        self._network.spawn(lambda: self._online.fetch_recording(session, interaction, recording))

    def upload_file(self, session: Session, upload: Upload) -> None:
        self._network.spawn(lambda: self._online.upload_file(session, upload))

    def fetch_file(self, session: Session, file: str, path: str) -> None:
        self._network.spawn(lambda: self._online.fetch_file(session, file, path))

    def fetch_picture(self, session: Session, name: str) -> None:
        self._network.spawn(lambda: self._online.fetch_picture(session, name))

    def retry(self) -> None:
        self._network.call(lambda: self._online.retry())  # noqa: PLW0108 - asked for on that thread

    def examine_keyring(self, server: str, user: str, found: Callable[[Keyring, bool], object]) -> None:
        """Look for a keyring and a remembered password; `found(…)` makes the item that is posted."""
        self._network.spawn(lambda: self._online.examine(server, user, found))

    def close(self, *, keep_phone: bool, session: Session | None = None) -> None:
        """End everything; blocks for at most a few seconds."""

        async def stop() -> None:
            if self._made is not None:
                await self._made.stop(keep_phone=keep_phone, session=session)

        done = asyncio.run_coroutine_threadsafe(stop(), self._network.loop)
        with contextlib.suppress(TimeoutError):
            done.result(CLOSE_S)
        self._network.close()
        if self._made is not None:
            self._made.let_go()
