"""Recordings of calls: begun, paused and ended by the router's order, and kept out of what is secret.

The customer is on the left channel; on the right is our side: the agent, guests, and a supervisor who
barges in.  Nobody is recorded who is not heard: no whisper, nobody who is muted, no music.

Rules: nothing is kept before the announcement is over; while the call is secure the sound is masked and its
length kept, whoever ordered what; a recording that fails is told and never touches its call; it ends with
the call.  The files are opened in another thread, and the sound is encoded, sealed and written by the scribe
(`media.recording`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.recording import Report
from agent_desktop.switch.announcing import Announcing
from agent_desktop.switch.calls import Call, Mode
from agent_desktop.switch.outside import Surroundings, Tape
from agent_desktop.wire.switch import Prompt, Record, RecordingChanged

log = logging.getLogger(__name__)

SECURE, AGENT = "secure", "agent"
Row = dict[str, float]


@dataclass(slots=True, eq=False)
class Recording:
    """One recording of a call; `tape` is None until the file is open."""

    id: str
    path: str
    tape: Tape | None = None
    running: bool = False
    """The announcement is over; frames are kept."""
    over: bool = False
    closed: bool = False
    """The router was told the end."""
    missed_s: float = 0.0

    @property
    def name(self) -> str:
        return f"tape/{self.id}"


class RecordingDesk:
    """Every recording of the switch.  All methods belong to the signalling thread."""

    def __init__(
        self,
        around: Surroundings,
        announcing: Announcing,
        changed: Callable[[Call], None],
        tell: Callable[[Call, Sequence[Prompt]], None] = lambda _call, _prompts: None,
    ) -> None:
        """`changed` tells the router a call's new state; `tell` types words to a customer who types."""
        self._around = around
        self._announcing = announcing
        self._changed = changed
        self._tell = tell
        self._of_call: dict[str, Recording] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def order(self, call: Call, command: Record) -> None:
        """Carry out one order.  Raises RefusedError when the call is not in the state for it."""
        recording = self._of_call.get(call.id)
        match command.act:
            case "start":
                self._start(call, recording, command)
            case "pause" | "resume" | "stop" if recording is None or recording.id != command.recording:
                raise RefusedError("There is no such recording.", code="wrong_state")
            case "pause" | "resume" if recording is not None:
                self._pause(call, recording, on=command.act == "pause")
            case "stop":
                self.ended(call)
            case _:
                raise RefusedError(
                    "A recording is started, paused, resumed or stopped.", code="wrong_command"
                )

    def follow(self, call: Call) -> None:
        """Something in the call changed: who is heard, or whether it is secure."""
        recording = self._of_call.get(call.id)
        if recording is None or recording.tape is None or recording.over:
            return
        if call.secure:
            recording.tape.pause(SECURE)
        else:
            recording.tape.resume(SECURE)
        if recording.running:
            self._around.desk.tape_hears(recording.name, *channels(call))
            self._tell_state(call, recording)

    def ended(self, call: Call) -> None:
        """The call, or its recording, is over; the file is ended by the scribe."""
        recording = self._of_call.pop(call.id, None)
        if recording is None:
            return
        recording.over = True
        self._around.desk.remove_tape(recording.name)
        if recording.tape is not None:
            recording.tape.stop()
        if call.recording != "off":
            call.recording = "off"
            self._changed(call)

    # -- the beginning ----------------------------------------------------------------------------------

    def _start(self, call: Call, recording: Recording | None, command: Record) -> None:
        if recording is not None:
            if recording.id == command.recording:
                return
            raise RefusedError("The call is being recorded already.", code="wrong_state")
        if call.customer is None or not call.customer.up:
            raise RefusedError("The call is not answered yet.", code="wrong_state")
        if not command.path:
            raise RefusedError("A recording needs a file.", code="wrong_command")
        fresh = self._of_call[call.id] = Recording(command.recording, command.path)
        task = asyncio.get_running_loop().create_task(self._prepare(call, fresh, command.announce))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prepare(self, call: Call, recording: Recording, announce: tuple[Prompt, ...]) -> None:
        """Open the file and make the words; then say them."""

        def told(report: Report) -> None:  # in the scribe's thread
            self._around.soon(lambda: self._told(call, recording, report))

        try:
            tape = await self._around.open_tape(Path(recording.path), recording.id, told)
        except (AgentDesktopError, OSError) as error:
            self._failed(call, recording, error)
            return
        recording.tape = tape
        if recording.over or call.ended_at:
            tape.stop()
            return
        sounds = await self._around.speaking.sound_of(announce) if announce else []
        self._around.soon(lambda: self._say(call, recording, announce, sounds))

    def _say(self, call: Call, recording: Recording, announce: tuple[Prompt, ...], sounds: list[Pcm]) -> None:
        if not call.ended_at:
            self._tell(call, announce)
        self._announcing.say(call, sounds, lambda: self._begin(call, recording))

    def _begin(self, call: Call, recording: Recording) -> None:
        tape = recording.tape
        if recording.over or call.ended_at or tape is None:
            return
        if call.secure:
            tape.pause(SECURE)
        recording.running = True
        self._around.desk.add_tape(recording.name, tape.write)
        self.follow(call)

    def _failed(self, call: Call, recording: Recording, error: Exception) -> None:
        log.warning("a call is not recorded: %s", error, extra={"call": call.id})
        if self._of_call.get(call.id) is recording:
            del self._of_call[call.id]
        recording.over = True
        why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        self._emit(call, recording, "off", Report(), detail=f"The call is not recorded: {why}.")

    # -- its course -------------------------------------------------------------------------------------

    def _pause(self, call: Call, recording: Recording, *, on: bool) -> None:
        tape = recording.tape
        if tape is None:
            raise RefusedError("The recording has not begun yet.", code="wrong_state")
        if on:
            tape.pause(AGENT)
        else:
            tape.resume(AGENT)
        if recording.running:
            self._tell_state(call, recording)

    def _tell_state(self, call: Call, recording: Recording) -> None:
        state = "paused" if recording.tape is not None and recording.tape.paused else "on"
        if call.recording == state:
            return
        call.recording = state
        self._emit(call, recording, state, None)
        self._changed(call)

    def _told(self, call: Call, recording: Recording, report: Report) -> None:
        """What the scribe says of the file."""
        if report.ended or report.fault:
            self._closed(call, recording, report)
        elif report.missed_s > recording.missed_s:
            recording.missed_s = report.missed_s
            log.warning("sound is missing in a recording: the disk is slow", extra={"call": call.id})
            words = "The disk is too slow: part of the recording is silence."
            self._emit(call, recording, call.recording, report, detail=words)

    def _closed(self, call: Call, recording: Recording, report: Report) -> None:
        if self._of_call.get(call.id) is recording:  # it ended by itself: the disk
            log.warning("a recording ended: %s", report.fault, extra={"call": call.id})
            self.ended(call)
        if not recording.closed:
            recording.closed = True
            self._emit(call, recording, "off", report, detail=report.fault)

    def _emit(
        self, call: Call, recording: Recording, state: str, report: Report | None, *, detail: str = ""
    ) -> None:
        self._around.emit(
            RecordingChanged(
                call=call.id,
                recording=recording.id,
                state=state,
                at=self._around.wall(),
                length_s=round(report.recorded_s, 2) if report else 0.0,
                masked_s=round(sum(mark.to_s - mark.from_s for mark in report.pauses), 2) if report else 0.0,
                path=recording.path,
                detail=detail,
            )
        )


def channels(call: Call) -> tuple[Row, Row]:
    """Whom the left channel hears, and whom the right."""
    customer = call.customer
    left = {customer.name: 1.0} if customer is not None and customer.up and not customer.muted else {}
    ours = [leg for leg in (call.agent, *call.guests) if leg is not None]
    ours += [leg for leg in call.supervisors if leg.mode is Mode.BARGE]
    return left, {leg.name: 1.0 for leg in ours if leg.up and not leg.muted}
