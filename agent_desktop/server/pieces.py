"""Sending files by services that take a message in several pieces: its text, then each file.

The bytes of all files are read before the first piece leaves, so that what cannot be read leaves nothing
half said.  A piece that left is remembered while the router runs: a second try goes on where the first one
stopped, and nobody reads the same text twice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain.conversation import Attachment, Message
from agent_desktop.domain.types import MessageId
from agent_desktop.ports.channels import DeliveryError

# The bytes of an attachment by its id in the store.
ReadFile = Callable[[str], Awaitable[bytes]]
KNOWN_MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A file that goes with a message, and its bytes."""

    name: str
    media_type: str
    data: bytes

    @property
    def kind(self) -> str:
        """The first half of its media type: image, audio, video."""
        return self.media_type.partition("/")[0]

    @property
    def form(self) -> tuple[str, bytes, str]:
        """As a part of a form."""
        return self.name, self.data, self.media_type or "application/octet-stream"


async def loaded(read: ReadFile | None, who: str, files: Sequence[Attachment]) -> list[Loaded]:
    """Read all files of a message.  Raises `DeliveryError`: nothing is sent without one of them."""
    found = []
    for file in files:
        if read is None:
            raise DeliveryError(f"{who} takes no files; nothing was sent.", permanent=True)
        try:
            data = await read(file.id)
        except Exception as error:
            words = f"The file {file.name} could not be read; nothing was sent."
            raise DeliveryError(words, permanent=False) from error
        if not data:
            raise DeliveryError(f"The file {file.name} is not there any more.", permanent=True)
        found.append(Loaded(name=file.name, media_type=file.media_type, data=data))
    return found


def textual(who: str, message: Message) -> None:
    """Raise `DeliveryError` for a message with files: they are never left out in silence."""
    if message.attachments:
        raise DeliveryError(f"{who} takes no files; nothing was sent.", permanent=True)


class Pieces:
    """How many pieces of each message have left."""

    def __init__(self) -> None:
        self._gone: OrderedDict[MessageId, int] = OrderedDict()

    async def send(self, message: MessageId, pieces: Sequence[Callable[[], Awaitable[None]]]) -> None:
        """Send what has not left, in order.  Raises `DeliveryError`, and says then what did leave."""
        for place in range(self._gone.get(message, 0), len(pieces)):
            try:
                await pieces[place]()
            except DeliveryError as error:
                if not place:
                    raise
                said = f"{place} of {len(pieces)} parts left. {error}"
                raise DeliveryError(said, permanent=error.permanent, retry_s=error.retry_s) from error
            self._gone[message] = place + 1
            self._gone.move_to_end(message)
            if len(self._gone) > KNOWN_MOST:
                self._gone.popitem(last=False)
