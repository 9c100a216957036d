"""One open widget: frames in, frames out, no socket.

`server/web/chat.py` hands in what the websocket brought (`received`), writes what `outbox` holds, and
says when the socket is gone.  Frames of one connection are handled one after another.
"""

from __future__ import annotations

import logging
from typing import Protocol

from agent_desktop.errors import AgentDesktopError, ProtocolError
from agent_desktop.server.channels.webchat.outbox import Outbox
from agent_desktop.server.channels.webchat.pace import Bucket
from agent_desktop.server.channels.webchat.protocol import (
    Frame,
    Have,
    Hello,
    Leave,
    LeftFrame,
    Letter,
    Outgoing,
    Ping,
    PongFrame,
    RefusedFrame,
    Say,
    Typing,
    Window,
    decode,
    encode,
)
from agent_desktop.server.channels.webchat.room import Room

# RFC 6455, section 7.4.1
BYE, NOT_TEXT, NOT_OURS, AGAINST_THE_RULES, OUR_FAULT = 1000, 1003, 1007, 1008, 1011
FRAMES_AT_ONCE, FRAMES_PER_MINUTE = 60, 100.0

log = logging.getLogger(__name__)


class Desk(Protocol):
    """What a connection asks of its channel."""

    def now(self) -> float: ...
    async def enter(self, connection: Connection, hello: Hello) -> Room | None: ...
    async def say(self, room: Room, frame: Say, name: str) -> tuple[Outgoing, ...]: ...
    async def letter(self, room: Room, frame: Letter) -> Outgoing: ...
    async def typing(self, room: Room, *, on: bool) -> None: ...
    async def presence(self, room: Room) -> None: ...
    async def have(self, room: Room, seq: int, *, seen: bool) -> None: ...
    async def leave(self, room: Room) -> None: ...
    async def gone(self, room: Room, connection: Connection) -> None: ...


class Connection:
    """A window of a visitor."""

    def __init__(self, desk: Desk) -> None:
        self.outbox = Outbox()
        self.open = False
        self._desk = desk
        self._room: Room | None = None
        self._name = ""
        self._pace = Bucket(burst=FRAMES_AT_ONCE, per_minute=FRAMES_PER_MINUTE)

    @property
    def greeted(self) -> bool:
        """Whether the hello came."""
        return self._room is not None

    def push(self, frame: Outgoing) -> None:
        """Queue a frame for the widget."""
        self.outbox.put(encode(frame))

    def close(self, code: int, reason: str) -> None:
        """End the connection after what is queued."""
        self.outbox.close(code, reason)

    async def received(self, data: str | bytes) -> None:
        """Handle one frame; whatever it holds, the answer is a frame or a close."""
        if self.outbox.closing is not None:
            return None
        if isinstance(data, bytes):
            return self.close(NOT_TEXT, "Send text frames.")
        if self._pace.take(self._desk.now()) > 0.0:
            return self.close(AGAINST_THE_RULES, "Too many frames: wait a minute.")
        try:
            frame = decode(data)
        except ProtocolError as error:
            return self.close(NOT_OURS, str(error))
        try:
            if self._room is None:
                await self._greet(frame)
            elif frame is not None:
                await self._handle(self._room, frame)
        except AgentDesktopError as error:
            # Nothing was acknowledged: the widget connects again and says it again.
            log.warning("A chat frame was not handled: %s", error)
            self.close(OUR_FAULT, "Something failed here. Connect again.")
        return None

    async def gone(self) -> None:
        """The socket is closed."""
        room, self._room = self._room, None
        self.close(BYE, "")
        if room is not None:
            await self._desk.gone(room, self)

    async def _greet(self, frame: Frame | None) -> None:
        if not isinstance(frame, Hello):
            return self.close(AGAINST_THE_RULES, "Say hello first.")
        self._name, self.open = frame.name, frame.open
        self._room = await self._desk.enter(self, frame)
        return None

    async def _handle(self, room: Room, frame: Frame) -> None:
        match frame:
            case Say():
                for answer in await self._desk.say(room, frame, frame.name or self._name):
                    self.push(answer)
            case Letter():
                self.push(await self._desk.letter(room, frame))
            case Typing(on=on):
                await self._desk.typing(room, on=on)
            case Window(open=is_open):
                self.open = is_open
                await self._desk.presence(room)
            case Have(seq=seq, seen=seen):
                await self._desk.have(room, seq, seen=seen)
            case Ping(n=n):
                self.push(PongFrame(n=n))
            case Leave():
                await self._desk.leave(room)
                self.push(LeftFrame())
                self.close(BYE, "Good bye.")
            case Hello():
                self.close(AGAINST_THE_RULES, "Say hello once.")


def refused(client: str, reason: str, text: str, *, retry_s: float = 0.0) -> RefusedFrame:
    """A message that was not taken; `retry_s` 0: and will not be."""
    return RefusedFrame(client=client, reason=reason, text=text, retry_ms=round(retry_s * 1000))
