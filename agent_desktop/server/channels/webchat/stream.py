"""One thread's messages in the order in which they were shown, each with its sequence number.

The order of a stream is the order of showing, not of `at`: an agent's message that waited in the outbox
while the visitor wrote is younger in the stream and older in time.  Therefore a widget resumes by epoch
and sequence, never by time.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent_desktop.domain.conversation import IN, NOTE, OUT, Attachment, Message
from agent_desktop.domain.types import Instant, MessageId

VISITOR, AGENT, NOTICE = "visitor", "agent", "notice"
KEPT = 400  # entries; a widget that is further behind gets the transcript anew
REPLAYED_CHARS = 1_000_000  # the newest of them, so that a replay fits in the outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message in its place."""

    seq: int
    id: MessageId
    sender: str
    text: str
    at: Instant
    name: str = ""
    client: str = ""
    external_id: str = ""
    delivery: str = ""
    files: tuple[Attachment, ...] = ()


class Stream:
    """The messages of one thread; `epoch` names this numbering of them."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._entries: list[Entry] = []
        self._seqs: dict[MessageId, int] = {}
        self.last = 0

    def __bool__(self) -> bool:
        return self.last > 0

    def add(self, message: Message) -> Entry | None:
        """Put a message at the end; None if it is here already or not for the visitor's eyes."""
        if message.id in self._seqs or message.direction == NOTE:
            return None
        self.last += 1
        entry = Entry(
            seq=self.last,
            id=message.id,
            sender=_sender(message.direction),
            text=message.text,
            at=message.at,
            name=message.author_name if message.direction == OUT else "",
            client=message.external_id.rpartition(":")[2] if message.direction == IN else "",
            external_id=message.external_id,
            delivery=message.delivery,
            files=message.attachments,
        )
        self._entries.append(entry)
        self._seqs[message.id] = entry.seq
        if len(self._entries) > KEPT:
            del self._entries[0]
        return entry

    def extend(self, messages: Iterable[Message]) -> list[Entry]:
        """Add what is missing."""
        return [entry for message in messages if (entry := self.add(message)) is not None]

    def seq_of(self, message: MessageId) -> int:
        """The place of a message; 0 if it is not here."""
        return self._seqs.get(message, 0)

    def between(self, after: int, upto: int) -> Sequence[Entry]:
        """The entries with `after < seq <= upto` that are still kept."""
        return [entry for entry in self._entries if after < entry.seq <= upto]

    def resume(self, epoch: str, last: int) -> tuple[bool, Sequence[Entry]]:
        """What a widget needs that has everything up to `last` of `epoch`: (start anew, entries)."""
        oldest = self._entries[0].seq if self._entries else self.last + 1
        foreign = epoch != self.epoch or last > self.last or last < oldest - 1
        wanted = self._entries if foreign else self.between(last, self.last)
        newest = _newest(wanted)
        return foreign or len(newest) < len(wanted), newest

    def file(self, key: str) -> Attachment | None:
        """A file of this thread that may be handed out."""
        files = (file for entry in self._entries for file in entry.files)
        return next((file for file in files if file.id == key and not file.blocked), None)

    def last_of(self, sender: str) -> Entry | None:
        """The newest entry of a side."""
        return next((entry for entry in reversed(self._entries) if entry.sender == sender), None)


def _newest(entries: Sequence[Entry]) -> Sequence[Entry]:
    """As many of the newest entries as a replay may hold; the newest one always."""
    size = 0
    for count, entry in enumerate(reversed(entries)):
        size += len(entry.text)
        if size > REPLAYED_CHARS and count:
            return entries[-count:]
    return entries


def _sender(direction: str) -> str:
    if direction == IN:
        return VISITOR
    return AGENT if direction == OUT else NOTICE
