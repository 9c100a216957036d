"""Recordings of calls, and what is masked in them (PRODUCT 3.9, A14, R-1, H6).

Rules: the router decides where a recording lies and when it runs, the exchange writes it, encrypted;
every act leaves an entry of the log; while card data is given the recording is masked, supervisors hear
nothing, and the customer's keys go to the payment connector alone, never into the record or a log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from agent_desktop.domain import call as calls
from agent_desktop.domain import transfer
from agent_desktop.domain.call import Recording
from agent_desktop.domain.interaction import ActNoted, Interaction, RecordingKept
from agent_desktop.domain.types import AgentId, Instant, InteractionId, RecordingId, Seconds
from agent_desktop.errors import RefusedError
from agent_desktop.server.callbook import CallBook, allow, moved, watch
from agent_desktop.server.calls import Calls
from agent_desktop.server.channels.voice import CallNews, VoiceChannel
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)

ACTS: Final = ("start", "pause", "resume", "stop")
MOST_PAUSE_S: Final = 120.0  # a pause that somebody forgot ends by itself
SECURE_MOST_S: Final = 300.0
MOST_BEGUN: Final = 10_000

TakeDigits = Callable[[InteractionId, str], None]


def forget(_interaction: InteractionId, _digits: str) -> None:
    """No payment connector is set up: the digits go nowhere."""


class Recordings:
    """Starts, pauses and keeps recordings; masks what is secret."""

    def __init__(
        self,
        hub: Hub,
        work: Work,
        voice: VoiceChannel,
        calls_: Calls,
        *,
        folder: Path,
        pay: TakeDigits = forget,
    ) -> None:
        self._hub = hub
        self._work = work
        self._voice = voice
        self._book: CallBook = calls_.book
        self._folder = folder
        self._pay = pay
        self._begun: dict[str, InteractionId] = {}  # recordings, for files that close late
        calls_.news.append(self.told)
        calls_.bridged.append(self._begin)

    # --- what agents ask --------------------------------------------------------------------------

    def set(self, step: Step, agent: AgentId, command: commands.SetRecording) -> None:
        """Start, pause, resume or stop."""
        i = mine(step, agent, InteractionId(command.interaction))
        call = allow(transfer.RECORD, i)
        act, policy = command.act, self._policy(i)
        if act not in ACTS:
            raise RefusedError("A recording is started, paused, resumed or stopped.", code="bad_value")
        wanted = {"start": "off", "pause": "on", "resume": "paused"}.get(act, call.recording)
        if call.recording != wanted or (act == "stop" and call.recording == "off"):
            raise RefusedError(f"The recording is {call.recording} now.", code="wrong_state")
        if policy == "off":
            raise RefusedError("Calls of this queue are not recorded.", code="not_allowed")
        if act == "stop" and policy == "always":
            raise RefusedError(
                "Calls of this queue are always recorded; pause it instead.", code="not_allowed"
            )
        if act == "resume" and call.secure:
            raise RefusedError(transfer.REASONS["secure"], code="secure")
        step.interaction(ActNoted(interaction=i.id, at=step.now, by=agent, act=f"recording_{act}"))
        if act == "start":
            self._start(step, i)
            return
        if act == "pause":
            moved(step, i, replace(call, recording_paused_at=step.now))
            self._arm_pause(i.id, step.now)
        self._order(step, i, act)

    def secure(self, step: Step, agent: AgentId, command: commands.SetSecure) -> None:
        """Card data begins, or is over."""
        i = mine(step, agent, InteractionId(command.interaction))
        call = allow(transfer.SECURE, i)
        if call.secure == command.on and not command.collect:
            return
        act = "secure_on" if command.on else "secure_off"
        step.interaction(ActNoted(interaction=i.id, at=step.now, by=agent, act=act, detail=command.field))
        since = step.now if command.on else Instant(0.0)
        secure = replace(call, secure=command.on, secure_since_at=since, secure_keys=0)
        moved(step, step.interaction_of(i.id), secure)
        # Without a connector nobody could take the keys, and the agent would not hear the customer.
        keys = 0 if self._pay is forget else max(0, min(command.collect, 32))
        self._mask(step, call.id, on=command.on, collect=keys)
        if command.on:
            self._arm_secure(i.id, since)

    def resume_deadlines(self) -> None:
        """After a start: arm what the record says is paused or masked."""
        for i in self._hub.tables.interactions.values():
            if i.call is None or i.call.state in calls.OVER:
                continue
            if i.call.secure:
                self._arm_secure(i.id, i.call.secure_since_at)
            if i.call.recording == "paused":
                self._arm_pause(i.id, i.call.recording_paused_at)

    def _arm_secure(self, key: InteractionId, since: Instant) -> None:
        self._hub.at(Instant(since + SECURE_MOST_S), lambda late: self._secure_over(late, key, since))

    def _arm_pause(self, key: InteractionId, since: Instant) -> None:
        self._hub.at(Instant(since + MOST_PAUSE_S), lambda late: self._pause_over(late, key, since))

    # --- what the exchange tells ------------------------------------------------------------------

    def told(self, event: CallNews) -> None:
        """A recording moved on; secret keys came."""
        match event:
            case wire.RecordingChanged():
                if event.call in self._hub.tables.by_call:
                    self._book.change(event.call, lambda step, i: self._changed(step, i, event))
                else:
                    watch(self._hub.run(lambda step: self._over(step, event)))
            case wire.SecureDigits():
                if event.over and event.digits:
                    self._hand_over(event)
                count = event.count
                self._book.change(
                    event.call,
                    lambda step, i: i.call and moved(step, i, replace(i.call, secure_keys=count)),
                )
            case _:
                pass

    def _hand_over(self, event: wire.SecureDigits) -> None:
        key = self._hub.tables.by_call.get(event.call)
        if key is not None:
            self._pay(key, event.digits)

    def _changed(self, step: Step, i: Interaction, event: wire.RecordingChanged) -> None:
        if event.detail:
            log.error("a recording failed: %s", event.detail, extra={"interaction": i.id})
        if i.call is not None and i.call.state not in calls.OVER:
            paused_at = i.call.recording_paused_at if event.state == "paused" else Instant(0.0)
            notice = f"The recording failed: {event.detail}" if event.detail else i.call.notice
            call = replace(i.call, recording=event.state, recording_paused_at=paused_at, notice=notice)
            i = moved(step, i, call)
        if event.state == "off" and not event.length_s:
            return
        known = next((r for r in i.recordings if r.id == event.recording), None)
        kept = _recording(event, known, step.now)
        if kept != known:
            step.interaction(RecordingKept(interaction=i.id, at=step.now, recording=kept))

    def _over(self, step: Step, event: wire.RecordingChanged) -> None:
        """The file was closed after the interaction was: its length belongs into the record all the same."""
        key = self._begun.pop(event.recording, None)
        kept = step.hub.store.interaction(key) if key is not None else None
        if kept is not None and event.length_s:
            known = next((r for r in kept.recordings if r.id == event.recording), None)
            step.late(
                RecordingKept(interaction=kept.id, at=step.now, recording=_recording(event, known, step.now))
            )

    # --- inside -----------------------------------------------------------------------------------

    def _policy(self, i: Interaction) -> str:
        queue = self._hub.centre.queues.get(i.queue)
        return queue.recording if queue is not None else "off"

    def _begin(self, step: Step, i: Interaction) -> None:
        """The agent and the customer are joined for the first time."""
        if self._policy(i) == "always" and not i.recordings:
            self._start(step, i)

    def _start(self, step: Step, i: Interaction) -> None:
        queue, call = self._hub.centre.queues.get(i.queue), i.call
        if call is None:
            return
        name = step.new_id("rec")
        self._begun[name] = i.id
        while len(self._begun) > MOST_BEGUN:
            del self._begun[next(iter(self._begun))]
        language = self._hub.centre.languages[0]
        spoken = queue.consent if queue is not None else ""
        consent = (wire.Prompt(text=spoken, language=language),) if spoken else ()
        path = str(self._folder / name[-2:] / f"{name}.rec")
        step.after(
            lambda: self._voice.order(
                wire.Record(call=call.id, recording=name, act="start", path=path, announce=consent)
            )
        )

    def _order(self, step: Step, i: Interaction, act: str) -> None:
        call = i.call
        if call is not None:
            name = i.recordings[-1].id if i.recordings else ""
            step.after(lambda: self._voice.order(wire.Record(call=call.id, recording=name, act=act)))

    def _mask(self, step: Step, call: str, *, on: bool, collect: int) -> None:
        step.after(lambda: self._voice.order(wire.SetSecure(call=call, on=on, collect=collect)))

    def _pause_over(self, step: Step, key: InteractionId, since: Instant) -> None:
        i = step.tables.interactions.get(key)
        if i is None or i.call is None or i.call.recording != "paused":
            return
        if i.call.recording_paused_at == since and not i.call.secure:
            step.interaction(ActNoted(interaction=key, at=step.now, by=AgentId(""), act="recording_resume"))
            self._order(step, i, "resume")

    def _secure_over(self, step: Step, key: InteractionId, since: Instant) -> None:
        i = step.tables.interactions.get(key)
        if i is None or i.call is None or not i.call.secure or i.call.state in calls.OVER:
            return
        if i.call.secure_since_at != since:
            return  # that card is done; another one is being given
        step.interaction(ActNoted(interaction=key, at=step.now, by=AgentId(""), act="secure_off"))
        moved(step, i, replace(i.call, secure=False))
        self._mask(step, i.call.id, on=False, collect=0)


def _recording(event: wire.RecordingChanged, known: Recording | None, now: Instant) -> Recording:
    return Recording(
        id=RecordingId(event.recording),
        path=event.path or (known.path if known else ""),
        at=known.at if known else Instant(event.at or now),
        length_s=Seconds(event.length_s),
        masked_s=Seconds(event.masked_s),
    )
