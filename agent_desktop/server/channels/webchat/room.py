"""One visitor as this router sees them: the stream of messages, the open windows, who types.

A window is one connection of a widget; a visitor may have the shop open in several tabs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from agent_desktop.domain.tongue import surely
from agent_desktop.server.channels.webchat.files import FILES_AT_ONCE, FILES_PER_MINUTE, file_frame
from agent_desktop.server.channels.webchat.pace import Bucket
from agent_desktop.server.channels.webchat.protocol import MessageFrame, Outgoing
from agent_desktop.server.channels.webchat.stream import Entry, Stream

MESSAGES_AT_ONCE, MESSAGES_PER_MINUTE = 10, 30.0
WINDOWS = 10


class WindowSide(Protocol):
    """What a room needs of a connection."""

    open: bool

    def push(self, frame: Outgoing) -> None:
        """Queue a frame for the widget."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection after what is queued."""
        ...


@dataclass(slots=True, kw_only=True, eq=False)
class Room:
    """One thread."""

    thread: str
    stream: Stream
    windows: list[WindowSide] = field(default_factory=list)
    pace: Bucket = field(
        default_factory=lambda: Bucket(burst=MESSAGES_AT_ONCE, per_minute=MESSAGES_PER_MINUTE)
    )
    files: Bucket = field(default_factory=lambda: Bucket(burst=FILES_AT_ONCE, per_minute=FILES_PER_MINUTE))
    name: str = ""  # what the visitor calls themselves
    agent: str = ""  # who serves
    present: bool = False
    typing_until: float | None = None
    told_typing_at: float = float("-inf")
    agent_typing: bool = False
    read: int = 0  # the agent saw everything up to here
    delivered: int = 0  # a window has everything up to here
    seen: int = 0  # and it was before the visitor's eyes
    waiting_since: float | None = None  # the visitor's first unanswered word
    idle_since: float = 0.0

    @property
    def open(self) -> bool:
        """Whether the chat is open before the visitor."""
        return any(window.open for window in self.windows)

    def show(self, frame: Outgoing) -> None:
        """Send a frame to every window."""
        for window in tuple(self.windows):
            window.push(frame)

    def show_entry(self, entry: Entry) -> None:
        """Send a message to every window."""
        self.show(message_frame(entry))


def message_frame(entry: Entry) -> MessageFrame:
    """The frame of an entry."""
    return MessageFrame(
        seq=entry.seq,
        id=entry.id,
        sender=entry.sender,
        text=entry.text,
        at=entry.at,
        name=entry.name,
        client=entry.client,
        files=tuple(file_frame(file) for file in entry.files),
        lang=surely(entry.text),
    )
