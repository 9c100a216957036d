"""Messages that customers leave: a beep, then their words until a key, silence, the limit or the end.

The customer alone is recorded, sealed like every recording.  Where nothing was said no file stays.

Rules: what counts as said is a voice of `LEAST_S` or more, so that a click or the key that ends the message
is none; a message that cannot be kept is told as such, and the customer's call goes on.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.media.pcm import FRAME_S, FULL_SCALE, Pcm
from agent_desktop.media.recording import Report
from agent_desktop.media.tones import warning_tone
from agent_desktop.media.vault import destroy
from agent_desktop.switch.announcing import Announcing
from agent_desktop.switch.calls import Call
from agent_desktop.switch.outside import Surroundings, Tape
from agent_desktop.wire.switch import MessageTaken, TakeMessage

log = logging.getLogger(__name__)

VOICE_DBFS: Final = -45.0
LEAST_S: Final = 0.3
_VOICE: Final = FULL_SCALE * 10 ** (VOICE_DBFS / 20) / math.sqrt(2)  # as root mean square
_LEAST_FRAMES: Final = round(LEAST_S / FRAME_S)


class Ear:
    """Stands before the tape in the media thread and listens for silence and for the limit."""

    __slots__ = ("_frames", "_most", "_over", "_quiet", "_silence", "_tape", "_told", "voiced")

    def __init__(self, tape: Tape, most_s: float, silence_s: float, over: Callable[[str], None]) -> None:
        """`over` is called once with `silence` or `limit`."""
        self._tape = tape
        self._most = max(1, round(most_s / FRAME_S))
        self._silence = round(silence_s / FRAME_S)
        self._over = over
        self._frames = self._quiet = 0
        self._told = False
        self.voiced = 0
        """Frames in which there was a voice."""

    def write(self, customer: Pcm, ours: Pcm) -> None:
        """Take 20 ms."""
        if self._told:
            return
        self._tape.write(customer, ours)
        self._frames += 1
        if _is_voice(customer):
            self.voiced += 1
            self._quiet = 0
        else:
            self._quiet += 1
        if self._frames >= self._most:
            self._tell("limit")
        elif self._silence and self._quiet >= self._silence:
            self._tell("silence")

    def _tell(self, why: str) -> None:
        self._told = True
        self._over(why)


def _is_voice(frame: Pcm) -> bool:
    sound = frame.astype(np.float32)
    return float(np.dot(sound, sound)) > len(frame) * _VOICE**2


@dataclass(slots=True, eq=False)
class _Message:
    """One message that is being taken."""

    order: TakeMessage
    tape: Tape | None = None
    ear: Ear | None = None
    why: str = ""
    """Why it ended; empty while it goes on."""
    told: bool = False

    @property
    def name(self) -> str:
        return f"message/{self.order.recording}"


class Voicemail:
    """Every message that is being taken.  All methods belong to the signalling thread."""

    def __init__(self, around: Surroundings, announcing: Announcing) -> None:
        self._around = around
        self._announcing = announcing
        self._of_call: dict[str, _Message] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, call: Call, order: TakeMessage) -> None:
        """Beep and record.  Raises RefusedError when a message is being taken, or somebody talks."""
        known = self._of_call.get(call.id)
        if known is not None and known.order.recording == order.recording:
            return
        if known is not None or call.bridged or call.recording != "off":
            raise RefusedError("The customer talks with somebody, or is recorded.", code="wrong_state")
        if not order.path:
            raise RefusedError("A message needs a file.", code="wrong_command")
        call.music = False
        message = self._of_call[call.id] = _Message(order)
        self._spawn(self._prepare(call, message))

    def pressed(self, call: Call, digit: str) -> bool:
        """The customer pressed a key; True when it was the message's."""
        message = self._of_call.get(call.id)
        if message is None:
            return False
        if digit and digit in message.order.end_key:
            self._end(call, message, "key")
        return True

    def follow(self, call: Call) -> None:
        """Somebody talks with the customer now: no message is taken any more."""
        if call.bridged:
            self.ended(call)

    def ended(self, call: Call) -> None:
        """The call is over."""
        message = self._of_call.get(call.id)
        if message is not None:
            self._end(call, message, "hang_up")

    async def _prepare(self, call: Call, message: _Message) -> None:
        def told(report: Report) -> None:  # in the scribe's thread
            if report.ended or report.fault:
                self._around.soon(partial(self._closed, call, message, report))

        order = message.order
        try:
            tape = await self._around.open_tape(Path(order.path), order.recording, told)
        except (AgentDesktopError, OSError) as error:
            log.warning("a message cannot be taken: %s", error, extra={"call": call.id})
            self._of_call.pop(call.id, None)
            self._tell(call, message, 0.0, "failed")
            return
        message.tape = tape
        if message.why:
            tape.stop()
            return
        self._around.soon(
            lambda: self._announcing.say(call, [warning_tone()], lambda: self._begin(call, message))
        )

    def _begin(self, call: Call, message: _Message) -> None:
        """The beep is over."""
        customer, tape = call.customer, message.tape
        if message.why or call.ended_at or customer is None or tape is None:
            return
        order = message.order

        def over(why: str) -> None:  # in the media thread
            self._around.soon(partial(self._end, call, message, why))

        message.ear = Ear(tape, order.most_s, order.silence_s, over)
        self._around.desk.add_tape(message.name, message.ear.write)
        self._around.desk.tape_hears(message.name, {customer.name: 1.0}, {})

    def _end(self, call: Call, message: _Message, why: str) -> None:
        if message.why:
            return
        message.why = why
        self._of_call.pop(call.id, None)
        self._around.desk.remove_tape(message.name)
        if message.tape is not None:
            message.tape.stop()

    def _closed(self, call: Call, message: _Message, report: Report) -> None:
        """The file is whole, or the disk gave up."""
        if not message.why:
            log.warning("a message ended: %s", report.fault, extra={"call": call.id})
            self._end(call, message, "failed")
        if message.ear is not None and message.ear.voiced >= _LEAST_FRAMES:
            self._tell(call, message, report.recorded_s, message.why)
        elif not message.told:
            self._spawn(self._remove(call, message))

    async def _remove(self, call: Call, message: _Message) -> None:
        """Nothing was said: no file stays."""
        path = Path(message.order.path)

        def gone() -> None:
            destroy(path)
            path.with_name(path.name + ".json").unlink(missing_ok=True)

        try:
            await asyncio.to_thread(gone)
        except OSError as error:
            log.warning("an empty message cannot be removed: %s", error)
        self._tell(call, message, 0.0, message.why)

    def _tell(self, call: Call, message: _Message, length_s: float, why: str) -> None:
        if message.told:
            return
        message.told = True
        self._around.emit(
            MessageTaken(
                call=call.id,
                recording=message.order.recording,
                path=message.order.path if length_s else "",
                length_s=round(length_s, 2),
                why=why,
            )
        )

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
