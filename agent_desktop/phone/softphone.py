"""The agent's telephone as one object: commands in, events out, calls in one table.

It joins the engine (what SIP says), the sound (what is heard) and the call table (what the agent sees).
A call that carries the interaction which the front end expects is answered by itself, whether the
expectation came before the call or while it rang.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Final

from agent_desktop.errors import AgentDesktopError, DeviceError, RefusedError
from agent_desktop.media import tones
from agent_desktop.media.quality import Quality
from agent_desktop.phone import devices
from agent_desktop.phone.calltable import DIALLING, HELD, LIVE, RINGING, UP, CallTable
from agent_desktop.phone.ears import Ringer
from agent_desktop.phone.engine import (
    Arrived,
    CameUp,
    DigitHeard,
    Engine,
    Gone,
    HoldChanged,
    News,
    RegistrationNews,
    RingsThere,
)
from agent_desktop.phone.native import NativeEngine
from agent_desktop.phone.pyvoip_engine import PyVoipEngine
from agent_desktop.phone.sound import Listeners, Sound
from agent_desktop.wire import phone as wire
from agent_desktop.wire.events import Unknown
from agent_desktop.wire.models import PhoneAccount

log = logging.getLogger(__name__)

EXPECTATION_S: Final = 120.0
RETRY_DEVICE_S: Final = 5.0
_DTMF: Final = frozenset("0123456789*#ABCDabcd")
_MOST_DIGITS: Final = 64


class Softphone:
    """Lives on the event loop.  `publish` gets every event for the front ends."""

    def __init__(
        self,
        publish: Callable[[wire.AnyPhoneEvent], None],
        *,
        microphone: str = "",
        speaker: str = "",
        ring: str = "",
        engine: str = "native",
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._publish = publish
        self._chosen = {"microphone": microphone, "speaker": speaker, "ring": ring}
        self._failed: dict[str, str] = {}
        self._known: tuple[wire.DeviceInfo, ...] = ()
        self._sound = Sound(self._soon, Listeners(self._levels, self._quality, self._device_lost))
        self._engine: Engine = _engine_of(engine)(self._sound, self._on_news)
        self._table = CallTable(self._changed, time.time)
        self._registration = wire.Registration()
        self._account: PhoneAccount | None = None
        self._expected: dict[str, float] = {}
        self._work: asyncio.Queue[Coroutine[None, None, None]] = asyncio.Queue()
        self._worker = self._loop.create_task(self._do_in_turn())
        self._retry: asyncio.TimerHandle | None = None
        self._is_ringing = False
        self.on_shutdown: Callable[[], None] = lambda: None
        self.on_idle: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Look at the devices and take the chosen ones."""
        await self._take_devices(tuple(self._chosen))

    @property
    def has_calls(self) -> bool:
        return bool(self._table.calls)

    def snapshot(self) -> wire.PhoneSnapshot:
        """Everything a front end needs that attaches now."""
        return wire.PhoneSnapshot(
            registration=self._registration,
            calls=self._table.calls,
            devices=self._known,
            microphone=self._chosen["microphone"],
            speaker=self._chosen["speaker"],
            engine=self._engine.name,
            capabilities=self._engine.capabilities,
        )

    async def close(self) -> None:
        """Hang up, sign off, be silent."""
        if self._retry is not None:
            self._retry.cancel()
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)
        while not self._work.empty():
            self._work.get_nowait().close()
        await self._engine.close()
        await asyncio.to_thread(self._sound.stop)
        late = self._sound.lateness
        if late is not None:
            log.info("the sound ended", extra={"late_p99_ms": round(late.p99_ms, 2), "skipped": late.skipped})

    # ------------------------------------------------------------ commands

    def handle(self, request: str, command: wire.AnyPhoneCommand | Unknown) -> wire.PhoneReply:
        """Carry out one command; a refusal says what happened and what to do."""
        try:
            self._do(command)
        except RefusedError as error:
            return wire.PhoneReply(request=request, ok=False, code=error.code, message=str(error))
        except AgentDesktopError as error:
            return wire.PhoneReply(request=request, ok=False, code="failed", message=str(error))
        return wire.PhoneReply(request=request)

    def _do(self, command: wire.AnyPhoneCommand | Unknown) -> None:
        match command:
            case wire.SetAccount(account=account):
                self._set_account(account)
            case wire.ClearAccount():
                self._set_account(None)
            case wire.Expect(interaction=interaction):
                self._expect(interaction)
            case wire.Dial(target=target, interaction=interaction):
                self._dial(target, interaction)
            case wire.Answer(call=call):
                self._table.need(call, RINGING)
                self._engine.answer(call)
            case wire.Reject(call=call, status=status):
                self._table.need(call, RINGING)
                self._engine.reject(call, status if 400 <= status <= 699 else 603)
            case wire.HangUp(call=call):
                self._table.need(call)
                self._engine.hang_up(call)
            case wire.SetMute(call=call, on=on):
                self._table.need(call, UP, HELD)
                self._table.muted(call, on=on)
                self._gate(call)
            case wire.SetHold(call=call, on=on):
                self._hold(call, on=on)
            case wire.SendDtmf(call=call, digits=digits):
                self._press(call, digits)
            case wire.SelectDevices():
                self._select(command)
            case (
                wire.SetSound()
                | wire.SetRinging()
                | wire.PlaySound()
                | wire.PlayFile()
                | wire.StopFile()
                | wire.Transfer()
                | wire.RunSelfTest()
                | wire.CancelSelfTest()
            ):
                raise RefusedError("This phone cannot do that yet.", code="not_supported")
            case wire.Shutdown():
                self.on_shutdown()
            case Unknown(tag=tag):
                raise RefusedError(f"This phone does not know {tag}; update it.", code="unknown_command")

    def _set_account(self, account: PhoneAccount | None) -> None:
        if account == self._account and self._registration.state in {"registering", "registered"}:
            return
        self._account = account
        extension = account.extension if account else ""
        state = "registering" if account else "none"
        self._registration = wire.Registration(state=state, extension=extension, since_at=time.time())
        self._work.put_nowait(self._engine.use(account))

    async def _do_in_turn(self) -> None:
        """Registrations and devices one after another, in the order they were asked for."""
        while True:
            work = await self._work.get()
            try:
                await work
            except Exception:
                log.exception("something that was asked of the phone failed")

    def _expect(self, interaction: str) -> None:
        now = self._loop.time()
        self._expected = {name: until for name, until in self._expected.items() if until > now}
        self._expected[interaction] = now + EXPECTATION_S
        for call in self._table.calls:
            if call.state == RINGING and call.interaction == interaction:
                self._answer_by_itself(call.id, interaction)
                return

    def _answer_by_itself(self, call: str, interaction: str) -> None:
        self._expected.pop(interaction, None)
        self._sound.play_once(tones.zip_tone())
        try:
            self._engine.answer(call)
        except AgentDesktopError as error:
            log.warning("a call could not be answered: %s", error)

    def _dial(self, target: str, interaction: str) -> None:
        call = f"phone-{uuid.uuid4().hex[:16]}"
        self._table.dialled(call, target, interaction)
        try:
            self._engine.dial(call, target, interaction)
        except AgentDesktopError as error:
            self._table.ended(call, "network", 0, str(error))
            raise

    def _hold(self, call: str, *, on: bool) -> None:
        found = self._table.need(call, UP, HELD)
        if (found.state == HELD) == on:
            return
        self._engine.hold(call, on=on)

    def _press(self, call: str, digits: str) -> None:
        self._table.need(call, UP)
        if not digits or len(digits) > _MOST_DIGITS or not set(digits) <= _DTMF:
            raise RefusedError("Only the keys 0 to 9, *, # and A to D can be pressed.", code="bad_digits")
        if not self._engine.press(call, digits.upper()):
            raise RefusedError("The other side does not take key presses.", code="no_dtmf")

    # ------------------------------------------------------------ news of the engine

    def _on_news(self, news: News) -> None:
        match news:
            case RegistrationNews():
                self._registered(news)
            case Arrived():
                self._arrived(news)
            case RingsThere(call=call, has_sound=has_sound):
                self._sound.tone(call, None if has_sound else tones.ringback())
            case CameUp(call=call):
                self._sound.tone(call, None)
                self._table.came_up(call)
            case HoldChanged(call=call, on=on, refused=refused):
                self._table.held(call, on=on, refused=refused)
                self._gate(call)
            case DigitHeard():
                pass  # nobody is shown what the other side presses; it may be a card's number
            case Gone():
                self._table.ended(news.call, news.by, news.status, news.detail)
                self._ring_or_rest()
                if not self.has_calls:
                    self.on_idle()

    def _registered(self, news: RegistrationNews) -> None:
        extension = self._account.extension if self._account else ""
        self._registration = wire.Registration(
            state=news.state, detail=news.detail, extension=extension, since_at=time.time()
        )
        self._publish(wire.RegistrationChanged(registration=self._registration))
        log.info("registration: %s", news.state, extra={"extension": extension, "detail": news.detail})

    def _arrived(self, news: Arrived) -> None:
        self._table.arrived(news.call, news.number, news.name, news.interaction)
        until = self._expected.get(news.interaction, 0.0) if news.interaction else 0.0
        if until > self._loop.time():
            self._answer_by_itself(news.call, news.interaction)
        self._ring_or_rest()

    def _changed(self, call: wire.PhoneCall) -> None:
        log.info("call %s", call.state, extra={"call": call.id, "interaction": call.interaction})
        self._publish(wire.PhoneCallChanged(call=call))
        self._ring_or_rest()

    def _ring_or_rest(self) -> None:
        """Ring while a call rings and none is up; a second call is only shown."""
        calls = self._table.calls
        wanted = any(call.state == RINGING for call in calls) and not any(
            call.state in LIVE or call.state == DIALLING for call in calls
        )
        if wanted != self._is_ringing:
            self._is_ringing = wanted
            self._sound.ring(tones.ringback() if wanted else None)

    def _gate(self, call: str) -> None:
        found = self._table.find(call)
        if found is not None:
            self._sound.gate(call, muted=found.muted, held=found.state == HELD)

    # ------------------------------------------------------------ news of the sound

    def _soon(self, work: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    def _levels(self, call: str, sent_db: float, received_db: float) -> None:
        found = self._table.find(call)
        if found is not None and found.state in LIVE:
            self._publish(
                wire.LevelsMeasured(call=call, sent_db=round(sent_db, 1), received_db=round(received_db, 1))
            )

    def _quality(self, call: str, quality: Quality) -> None:
        if self._table.find(call) is None:
            return
        self._publish(
            wire.QualityMeasured(
                call=call,
                loss_percent=round(quality.loss * 100, 2),
                jitter_ms=round(quality.jitter_s * 1000, 1),
                delay_ms=round(quality.delay_s * 1000, 1),
                mos=round(quality.mos, 2),
            )
        )

    # ------------------------------------------------------------ devices

    def _select(self, command: wire.SelectDevices) -> None:
        wanted = {"microphone": command.microphone, "speaker": command.speaker, "ring": command.ring}
        changed = tuple(which for which, choice in wanted.items() if choice != self._chosen[which])
        self._chosen.update(wanted)
        again = tuple(which for which in self._failed if which not in changed)
        self._work.put_nowait(self._take_devices((*changed, *again)))

    async def _take_devices(self, which: tuple[str, ...]) -> None:
        """Open what was chosen off the loop; what fails is silent and tried again."""
        # PortAudio sees new devices only when it starts again, which it may while none of them is open.
        is_free = not self.has_calls or {"microphone", "speaker"} <= self._failed.keys()
        self._known = await asyncio.to_thread(devices.list_devices, look_again=is_free)
        for kind in which:
            choice = self._chosen[kind]
            try:
                await asyncio.to_thread(self._open, kind, choice, warm=self.has_calls)
            except DeviceError as error:
                self._failed[kind] = str(error)
                self._silence(kind)
                log.warning("%s: %s", kind, error)
            else:
                self._failed.pop(kind, None)
        self._tell_devices()
        self._arm_retry()

    def _open(self, kind: str, choice: str, *, warm: bool) -> None:
        """Open one device and hand it to the sound thread; in a call it is started before."""
        if kind == "microphone":
            microphone = devices.open_microphone(choice)
            if warm:
                microphone.start()
            self._sound.use(microphone=microphone)
            return
        if kind == "ring" and not choice:
            self._sound.ring_on(())
            return
        speaker = devices.open_speaker(choice)
        if warm:
            speaker.start()
        if kind == "ring":
            self._sound.ring_on((Ringer(speaker),))
        else:
            self._sound.use(speaker=speaker)

    def _silence(self, kind: str) -> None:
        if kind == "microphone":
            self._sound.use(microphone=devices.SilentMicrophone())
        elif kind == "speaker":
            self._sound.use(speaker=devices.SilentSpeaker())

    def _device_lost(self, which: str, detail: str) -> None:
        """The sound thread goes on with silence already; say so and try again."""
        log.warning("%s lost: %s", which, detail)
        self._failed[which] = detail
        self._tell_devices()
        self._arm_retry()

    def _arm_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._failed and self.has_calls:
            self._retry = self._loop.call_later(RETRY_DEVICE_S, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._work.put_nowait(self._take_devices(tuple(self._failed)))

    def _tell_devices(self) -> None:
        self._publish(
            wire.DevicesChanged(
                devices=self._known,
                microphone=self._chosen["microphone"],
                speaker=self._chosen["speaker"],
                detail=" ".join(self._failed.values()),
            )
        )


def _engine_of(name: str) -> Callable[[Sound, Callable[[News], None]], Engine]:
    """The engine that was chosen; pyVoIP only by its name, because it can do so much less."""
    return PyVoipEngine if name == PyVoipEngine.name else NativeEngine
