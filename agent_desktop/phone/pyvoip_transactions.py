"""The transaction layer that pyVoIP does not have (RFC 3261 section 17): one lost packet loses no call.

It repeats requests until they are answered, acknowledges every final response to an INVITE that is no
success, repeats our final answers until their ACK comes, and answers a repeated request from memory
without running it again.  It owns no thread and no socket: `send` is given, `now` is a clock, and `due` is
to be called at `next_at`.

Rules: everything is bounded in number and ends by itself; whoever waits hears a response or silence, once.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agent_desktop.phone.pyvoip_message import Heard, Place, ack_of
from agent_desktop.sip.message import Request, Response

T1: Final = 0.5
T2: Final = 4.0
LIFE_S: Final = 32.0
RING_S: Final = 180.0
"""How long a call may ring there before we give it up."""
MOST_REMEMBERED: Final = 256

Send = Callable[[bytes, Place], None]
Key = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Sent:
    """A request on its way, or a final answer that waits for its ACK."""

    data: bytes
    target: Place
    silent: Callable[[], None]
    dies_at: float
    again_at: float
    wait_s: float = T1
    heard: Callable[[Heard], None] | None = None
    request: Request | None = None

    @property
    def is_invite(self) -> bool:
        return self.request is not None and self.request.method == "INVITE"


class Transactions:
    """All of one client's."""

    def __init__(self, send: Send, now: Callable[[], float]) -> None:
        self._send = send
        self._now = now
        self._sent: dict[Key, Sent] = {}
        self._acks: OrderedDict[Key, tuple[bytes, Place]] = OrderedDict()
        self._answers: OrderedDict[Key, tuple[bytes, Place]] = OrderedDict()

    # ------------------------------------------------------------ what we ask

    def request(
        self,
        request: Request,
        branch: str,
        target: Place,
        heard: Callable[[Heard], None],
        silent: Callable[[], None],
        *,
        life_s: float = LIFE_S,
    ) -> None:
        """Send a request until it is answered; `silent` when it never is."""
        now, data = self._now(), bytes(request)
        self._sent[branch, request.method] = Sent(
            data, target, silent, now + life_s, now + T1, heard=heard, request=request
        )
        self._send(data, target)

    def response(self, message: Heard) -> bool:
        """Give a response to whoever waits for it; False when nobody does."""
        key = (message.branch, message.cseq.method)
        waiting = self._sent.get(key)
        if waiting is None or waiting.heard is None:
            again = self._acks.get(key)
            if again is not None and message.code >= 300:
                self._send(*again)  # our ACK was lost
                return True
            return False
        if message.code < 200:
            self._provisional(waiting)
        else:
            del self._sent[key]
            if waiting.is_invite and message.code >= 300:
                self._acknowledge(key, waiting, message)
        waiting.heard(message)
        return True

    def _provisional(self, waiting: Sent) -> None:
        if waiting.is_invite:
            waiting.again_at = math.inf
            waiting.dies_at = self._now() + RING_S
        else:
            waiting.wait_s = T2

    def _acknowledge(self, key: Key, waiting: Sent, message: Heard) -> None:
        assert waiting.request is not None  # noqa: S101 - it is an INVITE
        assert isinstance(message.parsed, Response)  # noqa: S101 - it has a code
        ack = bytes(ack_of(waiting.request, message.parsed)), waiting.target
        _remember(self._acks, key, ack)
        self._send(*ack)

    # ------------------------------------------------------------ what we answer

    def answered(self, message: Heard, data: bytes) -> None:
        """Send a response and keep it for the same request heard again."""
        target = message.return_place
        _remember(self._answers, _asked(message), (data, target))
        self._send(data, target)

    def repeated(self, message: Heard) -> bool:
        """Whether this request was answered already; the same answer has then gone out again."""
        known = self._answers.get(_asked(message))
        if known is None:
            return False
        self._send(*known)
        return True

    def until_ack(self, message: Heard, data: bytes, silent: Callable[[], None]) -> None:
        """Give an INVITE its final answer and repeat that until the ACK (sections 13.3.1.4, 17.2.1)."""
        self.answered(message, data)
        now = self._now()
        key = ("final", message.call_id, str(message.cseq.number))
        self._sent[key] = Sent(data, message.return_place, silent, now + LIFE_S, now + T1)

    def acknowledged(self, message: Heard) -> bool:
        """An ACK has come; whether an answer waited for it."""
        return self._sent.pop(("final", message.call_id, str(message.cseq.number)), None) is not None

    # ------------------------------------------------------------ time

    @property
    def next_at(self) -> float:
        """When `due` is wanted; infinity when nothing waits."""
        return min((min(one.again_at, one.dies_at) for one in self._sent.values()), default=math.inf)

    def due(self) -> None:
        """Repeat what was not answered, give up what never will be."""
        now = self._now()
        for key, one in tuple(self._sent.items()):
            if one.dies_at <= now:
                if self._sent.pop(key, None) is not None:
                    one.silent()
            elif one.again_at <= now:
                longest = math.inf if one.is_invite else T2
                one.wait_s = min(2 * one.wait_s, longest)
                one.again_at = now + one.wait_s
                self._send(one.data, one.target)


def _asked(message: Heard) -> Key:
    """What makes two requests the same one (section 17.2.3)."""
    return message.branch, message.cseq.method, message.call_id, str(message.cseq.number)


def _remember(memory: OrderedDict[Key, tuple[bytes, Place]], key: Key, value: tuple[bytes, Place]) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > MOST_REMEMBERED:
        memory.popitem(last=False)
