"""Messages that callers leave (A15): an interaction of its own in a queue, with the recording.

The call closes when the message is there; the caller's number makes the call back one key.  A caller who
says nothing has abandoned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import Recording
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import VOICEMAIL
from agent_desktop.domain.types import (
    ChannelId,
    DispositionCode,
    Instant,
    InteractionId,
    QueueId,
    RecordingId,
    Seconds,
)
from agent_desktop.server.arriving import begin
from agent_desktop.server.calls import Calls
from agent_desktop.server.channels.voice import CallNews, VoiceChannel
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work
from agent_desktop.wire import switch as wire

LEFT: Final = DispositionCode("voicemail")
LATE_S: Final = Seconds(15.0)  # how long the file may take after the caller hung up


class Voicemail:
    """Takes messages and queues them."""

    def __init__(self, hub: Hub, work: Work, voice: VoiceChannel, calls: Calls, *, folder: Path) -> None:
        self._hub = hub
        self._work = work
        self._voice = voice
        self._calls = calls
        self._folder = folder
        calls.news.append(self.told)
        calls.leaving = self.hung_up
        calls.leave_message = self.take

    def take(self, call: str, queue: QueueId) -> None:
        """Let the caller speak after the beep; the message goes to this queue."""

        def begin(step: Step, i: Interaction) -> None:
            # The queue is part of the recording's name, so that a restarted router still knows it.
            name = RecordingId(f"{step.new_id('vm')}.{queue}")
            path = str(self._folder / name.partition(".")[0][-2:] / f"{name}.rec")
            kept = Recording(id=name, kind="voicemail", path=path, at=step.now)
            step.interaction(interactions.RecordingKept(interaction=i.id, at=step.now, recording=kept))
            step.interaction(interactions.PathTaken(interaction=i.id, at=step.now, step="voicemail"))
            step.after(lambda: self._voice.order(wire.TakeMessage(call=call, recording=name, path=path)))

        self._calls.book.change(call, begin)

    def hung_up(self, step: Step, i: Interaction) -> bool:
        """The caller is gone in the flow; True while a message of this call may still come."""
        if not any(r.kind == "voicemail" for r in i.recordings):
            return False
        key = i.id
        self._hub.at(Instant(step.now + LATE_S), lambda late: self._too_late(late, key))
        return True

    def told(self, event: CallNews) -> None:
        """The message is in its file."""
        if isinstance(event, wire.MessageTaken):
            self._calls.book.change(event.call, lambda step, i: self._taken(step, i, event))

    def _too_late(self, step: Step, key: InteractionId) -> None:
        i = step.tables.interactions.get(key)
        if i is not None and i.state == interactions.ARRIVED:
            step.interaction(interactions.Abandoned(interaction=key, at=step.now))

    def _taken(self, step: Step, i: Interaction, event: wire.MessageTaken) -> None:
        if i.state != interactions.ARRIVED:
            return
        step.after(lambda: self._voice.order(wire.HangUpCall(call=event.call, by="system")))
        if event.length_s <= 0:
            step.interaction(interactions.Abandoned(interaction=i.id, at=step.now))
            return
        kept = Recording(
            id=RecordingId(event.recording),
            kind="voicemail",
            path=event.path,
            at=step.now,
            length_s=Seconds(event.length_s),
        )
        step.interaction(interactions.Closed(interaction=i.id, at=step.now, code=LEFT, cause="system"))
        message = self._new(step, i, kept)
        queue = QueueId(event.recording.partition(".")[2])
        self._work.waiting.queue(
            step, message.id, queue if queue in self._hub.centre.queues else self._first()
        )

    def _first(self) -> QueueId:
        return next(iter(self._hub.centre.queues))

    @staticmethod
    def _new(step: Step, i: Interaction, kept: Recording) -> Interaction:
        thread = begin(step, i.customer, i.customer_name, i.from_address, medium=VOICEMAIL)
        minutes, seconds = divmod(round(kept.length_s), 60)
        value = Interaction(
            id=InteractionId(step.new_id("i")),
            medium=VOICEMAIL,
            channel=ChannelId("voice"),
            conversation=thread.id,
            customer=i.customer,
            customer_name=i.customer_name,
            from_address=i.from_address,
            to_address=i.to_address,
            subject="Voice message",
            last_line=f"Voice message, {minutes}:{seconds:02d}",
            path=i.path,
            recordings=(kept,),
            unread=1,
            arrived_at=i.arrived_at,  # the place in the line is kept
            updated_at=step.now,
        )
        return step.interaction(interactions.Arrived(interaction=value.id, at=step.now, value=value))
