"""A network without one: `runtime.Outside` in memory."""

from __future__ import annotations

from typing import Any


class FakeOutside:
    """`runtime.Outside` in memory: what was asked is kept, what comes in is put."""

    def __init__(self) -> None:
        self.inbox: list[object] = []
        self.router: list[tuple[str, Any]] = []
        self.phone: list[tuple[str, Any]] = []
        self.order: list[Any] = []
        self.begun: list[Any] = []
        self.ended: list[tuple[Any, bool]] = []

    def drain(self) -> list[object]:
        items, self.inbox = self.inbox, []
        return items

    def ask_router(self, request_id: str, command: Any) -> None:
        self.router.append((request_id, command))
        self.order.append(command)

    def ask_phone(self, request_id: str, command: Any) -> None:
        self.phone.append((request_id, command))
        self.order.append(command)

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        self.order.append(("sign_in", server, user))

    def attach(self) -> None:
        self.order.append("attach")

    def begin(self, session: Any) -> None:
        self.begun.append(session)

    def fetch_recording(self, session: Any, interaction: str, recording: str) -> None:
        self.order.append(("fetch", interaction, recording))

    def upload_file(self, session: Any, upload: Any) -> None:
        self.order.append(("upload", upload))

    def fetch_file(self, session: Any, file: str, path: str) -> None:
        self.order.append(("save", file, path))

    def fetch_picture(self, session: Any, name: str) -> None:
        self.order.append(("picture", name))

    def end(self, session: Any, *, keep_phone: bool) -> None:
        self.ended.append((session, keep_phone))

    def close(self, *, keep_phone: bool, session: Any) -> None:
        self.ended.append((session, keep_phone))

    def retry(self) -> None:
        self.order.append("retry")

    def commands(self) -> list[Any]:
        return [command for _id, command in self.router]
