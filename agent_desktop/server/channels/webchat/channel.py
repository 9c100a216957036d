"""The web chat of one site as a channel of the router (ports.channels.Channel).

It keeps a room per visitor who is here or was here lately.  What it keeps can be thrown away at any time:
the messages lie in the record, and a widget that meets a new stream gets the transcript anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable

from agent_desktop.domain.centre import ChatSite
from agent_desktop.domain.conversation import IN, OUT, Attachment, Message
from agent_desktop.domain.types import ChannelId, MediumId, MessageId
from agent_desktop.errors import AgentDesktopError
from agent_desktop.ports.channels import IncomingAttachment, IncomingMessage, Intake, OutgoingMessage
from agent_desktop.server.channels.webchat.connection import Connection, refused
from agent_desktop.server.channels.webchat.files import FILE_BYTES, attachment, sent_file
from agent_desktop.server.channels.webchat.letters import mail_of, trouble
from agent_desktop.server.channels.webchat.outbox import TRY_AGAIN_LATER
from agent_desktop.server.channels.webchat.pace import AnswerTimes
from agent_desktop.server.channels.webchat.protocol import (
    NAME_CHARS,
    TEXT_CHARS,
    AckFrame,
    AgentFrame,
    Hello,
    Letter,
    Outgoing,
    Queue,
    QueueFrame,
    ReadFrame,
    RefusedFrame,
    Say,
    TypingFrame,
    WelcomeFrame,
    clean,
    is_token,
    new_token,
    thread_of,
)
from agent_desktop.server.channels.webchat.room import WINDOWS, Room, message_frame
from agent_desktop.server.channels.webchat.stream import AGENT, VISITOR, Stream

CHAT = MediumId("chat")
STOPPING = 1012
SWEEP_S = 2.0
TYPING_LASTS_S, TYPING_EVERY_S = 8.0, 2.0
ROOM_KEPT_S = 600.0
NOT_SAVED_RETRY_S = 5.0
SENT, DELIVERED, READ = "sent", "delivered", "read"

log = logging.getLogger(__name__)


class WebChatChannel:
    """One chat site.  `connect` gives the web side a connection for each websocket.

    `read_file` gives the bytes of a file; without it no file is handed out.
    """

    medium = CHAT

    def __init__(
        self,
        site: ChatSite,
        *,
        clock: Callable[[], float] = time.monotonic,
        read_file: Callable[[str], Awaitable[bytes]] | None = None,
    ) -> None:
        self.site = site
        self.id: ChannelId = site.id
        self.now = clock
        self._read_file = read_file
        self._intake: Intake | None = None
        self._rooms: dict[str, Room] = {}
        self._connections: set[Connection] = set()
        self._answers = AnswerTimes()
        self._told: Queue | None = None
        self._sweeper: asyncio.Task[None] | None = None

    # The port.

    async def start(self, intake: Intake) -> None:
        """Begin to take visitors."""
        self._intake = intake
        self._sweeper = asyncio.create_task(self._sweep_forever(), name=f"webchat-{self.id}")

    async def stop(self) -> None:
        """Ask every widget to come back later; what was acknowledged is in the record."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
            self._sweeper = None
        for connection in tuple(self._connections):
            connection.close(STOPPING, "We are back in a moment.")
        self._intake = None
        self._rooms.clear()

    async def send(self, outgoing: OutgoingMessage) -> str:
        """Show a message to the visitor, now or when they come back.

        The state reached is `sent`; `delivered` and `read` follow when the widget says so.
        """
        room = self._rooms.get(outgoing.to_address)
        if room is not None:
            message = outgoing.message
            entry = room.stream.add(message)
            if message.direction == OUT:
                self._answered(room, message.author_name or outgoing.agent_name)
            if entry is not None:
                room.show_entry(entry)
        return SENT

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        """Show the visitor that the agent writes; who writes has also read."""
        room = self._rooms.get(thread)
        if room is None:
            return
        if typing:
            self.agent_read(thread)
        room.agent_typing = typing
        room.show(TypingFrame(on=typing, name=room.agent))

    def external_id(self, message: MessageId) -> str:
        """Our messages are known outside by their own id."""
        return str(message)

    # More than the port asks, for a router that wants to show more.

    def agent_joined(self, thread: str, name: str) -> None:
        """Say who serves, before the first word."""
        room = self._rooms.get(thread)
        if room is not None and room.agent != name:
            room.agent = name
            room.show(AgentFrame(name=name))

    def agent_read(self, thread: str) -> None:
        """The agent has the visitor's messages before their eyes."""
        room = self._rooms.get(thread)
        newest = room.stream.last_of(VISITOR) if room is not None else None
        if room is not None and newest is not None and newest.seq > room.read:
            room.read = newest.seq
            room.show(ReadFrame(seq=room.read))

    # The web side.

    def connect(self) -> Connection:
        """A new websocket.  Call `gone()` of the connection when it closed."""
        connection = Connection(self)
        self._connections.add(connection)
        if self._intake is None:
            connection.close(STOPPING, "The chat is not open yet.")
        return connection

    def disconnected(self, connection: Connection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)

    def origin_allowed(self, origin: str) -> bool:
        """Whether the configuration lets a page of this origin carry the chat."""
        return origin.rstrip("/").lower() in {one.rstrip("/").lower() for one in self.site.origins}

    # What a connection asks (connection.Desk).

    async def enter(self, connection: Connection, hello: Hello) -> Room | None:
        token = hello.token if is_token(hello.token) else new_token()
        intake = self._open_intake()
        room = self._room(thread_of(self.id, token), intake)
        if len(room.windows) >= WINDOWS:
            connection.close(TRY_AGAIN_LATER, "This chat is open in too many windows.")
            return None
        room.name = hello.name or room.name
        reset, entries = room.stream.resume(hello.epoch, hello.last)
        connection.push(
            WelcomeFrame(
                token=token,
                epoch=room.stream.epoch,
                last=room.stream.last,
                reset=reset,
                read=room.read,
                title=self.site.title,
                greeting=self.site.greeting,
                queue=self.queue(),
                agent=room.agent,
                file_bytes=FILE_BYTES,
                letters=bool(self.site.mailbox),
            )
        )
        for entry in entries:
            connection.push(message_frame(entry))
        if room.agent_typing:
            connection.push(TypingFrame(on=True, name=room.agent))
        room.windows.append(connection)
        await self.presence(room)
        return room

    async def say(self, room: Room, frame: Say, name: str) -> tuple[Outgoing, ...]:
        text = clean(frame.text)
        if not text:
            return (refused(frame.client, "empty", "The message is empty."),)
        if len(text) > TEXT_CHARS:
            return (refused(frame.client, "too_long", f"A message may have {TEXT_CHARS:,} characters."),)
        wait_s = room.pace.take(self.now())
        if wait_s > 0.0:
            words = "Many messages at once: one moment."
            return (refused(frame.client, "too_fast", words, retry_s=wait_s),)
        room.name = name
        return (await self._take(room, frame.client, text),)

    async def hand_in(
        self, token: str, client: str, name: str, kind: str, data: bytes
    ) -> AckFrame | RefusedFrame:
        """A visitor's file becomes a message of its own, once for each `client`."""
        room = self._rooms.get(thread_of(self.id, token)) if is_token(token) else None
        if room is None:
            return refused(client, "unknown", "Connect first.", retry_s=NOT_SAVED_RETRY_S)
        wait_s = room.files.take(self.now())
        if wait_s > 0.0:
            return refused(client, "too_fast", "Many files at once: one moment.", retry_s=wait_s)
        if not data:
            return refused(client, "empty", "The file is empty.")
        file = await asyncio.to_thread(sent_file, name, kind, data)
        return await self._take(room, client, "", file)

    async def letter(self, room: Room, frame: Letter) -> AckFrame | RefusedFrame:
        """Hand a letter to the site's mailbox."""
        reason, words = trouble(frame) if self.site.mailbox else ("unknown", "This chat takes no letters.")
        if reason:
            return refused(frame.client, reason, words)
        wait_s = room.pace.take(self.now())
        if wait_s > 0.0:
            return refused(frame.client, "too_fast", "Many messages at once: one moment.", retry_s=wait_s)
        mail = mail_of(frame, self.site.mailbox, room.thread, self.site.title)
        try:
            taken = await self._open_intake().message_arrived(mail)
        except AgentDesktopError as error:
            log.warning("A letter from the chat was not saved: %s", error)
            return refused(frame.client, "not_saved", "Not saved yet.", retry_s=NOT_SAVED_RETRY_S)
        return AckFrame(client=frame.client, id=taken.message, seq=0, at=taken.at)

    async def file(self, token: str, key: str) -> tuple[Attachment, bytes] | None:
        """A file of the visitor's own conversation; None for any other and for programs."""
        room = self._rooms.get(thread_of(self.id, token)) if is_token(token) else None
        found = room.stream.file(key) if room is not None else None
        if found is None or self._read_file is None:
            return None
        return found, await self._read_file(found.id)

    async def _take(
        self, room: Room, client: str, text: str, *files: IncomingAttachment
    ) -> AckFrame | RefusedFrame:
        """Have a visitor's message committed and show it in every window."""
        incoming = IncomingMessage(
            channel=self.id,
            medium=CHAT,
            external_id=f"{room.thread}:{client}",
            address_kind="chat",
            from_address=room.thread,
            from_name=clean(room.name)[:NAME_CHARS],
            text=text,
            attachments=files,
            thread=room.thread,
        )
        try:
            taken = await self._open_intake().message_arrived(incoming)
        except AgentDesktopError as error:
            log.warning("A chat message was not saved: %s", error)
            return refused(client, "not_saved", "Not saved yet.", retry_s=NOT_SAVED_RETRY_S)
        room.typing_until = None
        message = Message(
            id=taken.message,
            conversation=taken.conversation,
            medium=CHAT,
            direction=IN,
            at=taken.at,
            text=text,
            attachments=tuple(map(attachment, files)),
            external_id=incoming.external_id,
        )
        entry = room.stream.add(message)
        if entry is not None:
            room.show_entry(entry)
            if room.waiting_since is None:
                room.waiting_since = self.now()
        await self.presence(room)
        seq = room.stream.seq_of(taken.message)
        return AckFrame(client=client, id=taken.message, seq=seq, at=taken.at)

    async def typing(self, room: Room, *, on: bool) -> None:
        """Tell the agent, not more often than they can see."""
        now = self.now()
        was, room.typing_until = room.typing_until, (now + TYPING_LASTS_S if on else None)
        fresh = was is None or now - room.told_typing_at >= TYPING_EVERY_S
        if room.stream and (fresh if on else was is not None):
            room.told_typing_at = now
            await self._open_intake().customer_typing(self.id, room.thread, typing=on)

    async def presence(self, room: Room) -> None:
        """Tell the router when the visitor came or went; a visitor without a word is nobody yet."""
        present = room.open and bool(room.stream)
        if present != room.present and self._intake is not None:
            room.present = present
            await self._intake.customer_present(self.id, room.thread, present=present)

    async def have(self, room: Room, seq: int, *, seen: bool) -> None:
        """Move the delivery state of what the widget confirmed."""
        intake, upto = self._open_intake(), min(seq, room.stream.last)
        after = room.seen if seen else room.delivered
        room.delivered = max(room.delivered, upto)
        if seen:
            room.seen = max(room.seen, upto)
        for entry in room.stream.between(after, upto):
            if entry.sender == AGENT:
                known = entry.external_id or self.external_id(entry.id)
                await intake.delivery_moved(known, READ if seen else DELIVERED)

    async def leave(self, room: Room) -> None:
        room.waiting_since = None
        await self.typing(room, on=False)
        if room.stream:
            await self._open_intake().customer_left(self.id, room.thread)

    async def gone(self, room: Room, connection: Connection) -> None:
        if connection in room.windows:
            room.windows.remove(connection)
        room.idle_since = self.now()
        if self._intake is not None:
            if not room.windows:
                await self.typing(room, on=False)
            await self.presence(room)

    # Inside.

    def queue(self) -> Queue:
        """How it stands with the queue behind this chat."""
        ready, waiting = self._open_intake().queue_answers(self.id)
        return Queue(ready=ready, waiting=waiting, answers_s=self._answers.median_s())

    async def sweep(self) -> None:
        """Forget who stopped typing without a word, drop idle rooms, tell the queue's state."""
        now = self.now()
        for room in tuple(self._rooms.values()):
            if room.typing_until is not None and now >= room.typing_until:
                await self.typing(room, on=False)
            if not room.windows and now - room.idle_since >= ROOM_KEPT_S:
                self._rooms.pop(room.thread, None)
        queue = self.queue()
        if queue != self._told:
            self._told = queue
            frame = QueueFrame(ready=queue.ready, waiting=queue.waiting, answers_s=queue.answers_s)
            for room in self._rooms.values():
                room.show(frame)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except AgentDesktopError as error:
                log.warning("The chat could not tell the router who is there: %s", error)

    def _open_intake(self) -> Intake:
        if self._intake is None:
            raise AgentDesktopError("The chat is closed. Try again in a moment.")
        return self._intake

    def _room(self, thread: str, intake: Intake) -> Room:
        """The room of a thread, with every message of the record in its stream."""
        room = self._rooms.get(thread)
        fresh = room is None
        if room is None:
            room = Room(thread=thread, stream=Stream(secrets.token_hex(8)), idle_since=self.now())
            self._rooms[thread] = room
        for entry in room.stream.extend(intake.transcript(self.id, thread)):
            room.show_entry(entry)
            if fresh and entry.sender == AGENT:
                room.agent = entry.name or room.agent
                room.delivered = entry.seq if entry.delivery in {DELIVERED, READ} else room.delivered
                room.seen = entry.seq if entry.delivery == READ else room.seen
                room.read = max(room.read, entry.seq - 1)
        return room

    def _answered(self, room: Room, name: str) -> None:
        """An agent's word: they are here, they have read, and the wait is over."""
        if name:
            self.agent_joined(room.thread, name)
        self.agent_read(room.thread)
        room.agent_typing = False
        if room.waiting_since is not None:
            self._answers.add(self.now() - room.waiting_since)
            room.waiting_since = None
