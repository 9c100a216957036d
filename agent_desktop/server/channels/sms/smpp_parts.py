"""Texts that come in several parts, and texts of ours that go out in several."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.domain import gsm
from agent_desktop.domain.gsm import Place
from agent_desktop.domain.types import MessageId
from agent_desktop.server.channels.sms.smpp_said import Text, plain_id

KEPT_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Joined:
    """A whole text, with the ids of the stored parts that it was made of."""

    sender: str
    text: str
    raws: tuple[str, ...]


class Parts:
    """What has come of texts that are not whole yet; the record has every part of it."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, int, int], dict[int, tuple[str, str]]] = OrderedDict()

    def add(self, said: Text, place: Place, raw: str) -> Joined | None:
        """Take a part; gives the text when it was the last one that was missing."""
        key = (said.sender, place.reference, place.total)
        self._open.setdefault(key, {}).setdefault(place.number, (said.text, raw))
        while len(self._open) > KEPT_MOST:
            self._open.popitem(last=False)
        return self.whole(said, place)

    def whole(self, said: Text, place: Place) -> Joined | None:
        """The text that a part belongs to, when all of it is there and it is not in the record yet."""
        found = self._open.get((said.sender, place.reference, place.total), {})
        if len(found) < place.total:
            return None
        ordered = [found[number] for number in sorted(found)]
        return Joined(
            said.sender, gsm.joined([text for text, _ in ordered]), tuple(raw for _, raw in ordered)
        )

    def done(self, said: Text, place: Place) -> None:
        """The text is in the record: its parts are forgotten."""
        self._open.pop((said.sender, place.reference, place.total), None)


@dataclass(slots=True)
class Going:
    """A message of ours on its way: which part the centre took under which id, and what arrived."""

    total: int
    reference: int
    ids: dict[int, str] = field(default_factory=dict)
    arrived: set[int] = field(default_factory=set)


class Sent:
    """Messages of ours whose receipts may come."""

    def __init__(self) -> None:
        self._going: OrderedDict[MessageId, Going] = OrderedDict()
        self._of: OrderedDict[str, tuple[MessageId, int]] = OrderedDict()
        self._reference = 0

    def going(self, message: MessageId, total: int) -> Going:
        """The state of a message; a second try goes on where the first one stopped."""
        held = self._going.get(message)
        if held is None:
            self._reference = self._reference % 255 + 1
            held = self._going[message] = Going(total, self._reference)
            while len(self._going) > KEPT_MOST:
                self._going.popitem(last=False)
        return held

    def took(self, message: MessageId, number: int, name: str) -> None:
        """The centre took a part."""
        self._going[message].ids[number] = name
        self._of[name] = self._of[plain_id(name)] = (message, number)
        while len(self._of) > KEPT_MOST:
            self._of.popitem(last=False)

    def of(self, name: str) -> MessageId | None:
        """Whose part has this id."""
        found = self._of.get(name)
        return found[0] if found is not None else None

    def arrived(self, name: str) -> bool:
        """A part arrived; whether all of its message did."""
        message, number = self._of[name]
        going = self._going.get(message)
        if going is None:
            return True
        going.arrived.add(number)
        return len(going.arrived) >= going.total
