"""The agent's telephone as one object: commands in, events out, calls in one table.

It joins the engine (what SIP says), the sound (what is heard), the equipment (through what) and the call
table (what the agent sees).  A call that carries the interaction which the front end expects is answered by
itself, whether the expectation came before the call or while it rang.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Final

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.media.quality import Quality
from agent_desktop.media.text_news import TextNews
from agent_desktop.phone.attention import Attention
from agent_desktop.phone.calling import Calling
from agent_desktop.phone.calltable import LIVE
from agent_desktop.phone.captioning import CAPTIONS, Captioned, Captioning
from agent_desktop.phone.captions_engine import engine_for
from agent_desktop.phone.engine import (
    Arrived,
    Engine,
    Gone,
    MailboxChanged,
    News,
    RegistrationNews,
)
from agent_desktop.phone.equipment import Equipment, MakeHeadset
from agent_desktop.phone.hotswap import Backend
from agent_desktop.phone.native import NativeEngine
from agent_desktop.phone.playback import Player
from agent_desktop.phone.preferences import wanted_of
from agent_desktop.phone.pyvoip_engine import PyVoipEngine
from agent_desktop.phone.selftester import SelfTester
from agent_desktop.phone.sound import Listeners, Sound
from agent_desktop.ports.captioner import CaptionEngine
from agent_desktop.wire import phone as wire
from agent_desktop.wire.events import Unknown
from agent_desktop.wire.models import PhoneAccount

log = logging.getLogger(__name__)

UNATTENDED_S: Final = 20.0
"""An offer rings so long after the last front end is gone: nobody could accept it."""


class Softphone:
    """Lives on the event loop.  `publish` gets every event for the front ends."""

    def __init__(
        self,
        publish: Callable[[wire.AnyPhoneEvent], None],
        *,
        devices: wire.SelectDevices | None = None,
        engine: str = "native",
        ca_file: str = "",
        backend: Backend | None = None,
        headset: MakeHeadset | None = None,
        captions: Captioned | None = None,
        captions_for: Callable[[str, str], tuple[CaptionEngine | None, str]] = engine_for,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._publish = publish
        self._sound = Sound(
            self._soon, Listeners(self._levels, self._quality, self._device_lost, self._typed)
        )
        self._engine: Engine = _engine_of(engine, ca_file)(self._sound, self._on_news)
        self._attention = Attention(self._sound)
        wanted = self._captioned = captions or Captioned()
        self._captions_for = captions_for
        self._calling = Calling(
            self._engine,
            self._sound,
            self._attention,
            publish,
            self._follow,
            captioning=lambda table, show: Captioning(wanted, self._sound, table, self._soon, show),
        )
        self._equipment = Equipment(
            self._sound,
            publish,
            self._soon,
            self._calling.button,
            wanted=wanted_of(devices or wire.SelectDevices()),
            backend=backend,
            headset=headset,
        )
        self._player = Player(self._sound, publish, self._soon)
        self._registration = wire.Registration()
        self._account: PhoneAccount | None = None
        self._tester = SelfTester(
            self._sound,
            self._engine,
            publish,
            account=lambda: self._account,
            registration=lambda: self._registration,
            speaker=lambda: self._equipment.in_use.speaker,
            cancels_echo=lambda: self._equipment.cancels_echo,
        )
        self._mailbox = 0
        self._work: asyncio.Queue[Coroutine[None, None, None]] = asyncio.Queue()
        self._worker = self._loop.create_task(self._do_in_turn())
        self._alone: asyncio.TimerHandle | None = None
        self.on_shutdown: Callable[[], None] = lambda: None
        self.on_idle: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Take the devices that are wanted."""
        self._equipment.start()
        await asyncio.to_thread(self._equipment.settled)

    @property
    def has_calls(self) -> bool:
        return bool(self._calling.calls)

    @property
    def _capabilities(self) -> tuple[str, ...]:
        own = self._engine.capabilities
        return (*own, CAPTIONS) if self._calling.captioning.is_there else own

    def snapshot(self) -> wire.PhoneSnapshot:
        """Everything a front end needs that attaches now."""
        equipment = self._equipment
        return wire.PhoneSnapshot(
            registration=self._registration,
            calls=self._calling.calls,
            devices=equipment.in_use.devices,
            microphone=equipment.in_use.microphone,
            speaker=equipment.in_use.speaker,
            engine=self._engine.name,
            capabilities=self._capabilities,
            captions_detail=self._calling.captioning.why_not,
            microphones=equipment.wanted.microphones,
            speakers=equipment.wanted.speakers,
            rings=equipment.wanted.rings,
            headset=equipment.headset,
            sound=equipment.settings,
            messages_waiting=self._mailbox,
            checks=self._tester.checks,
            texts=self._calling.texting.texts,
        )

    async def close(self) -> None:
        """Hang up, sign off, be silent."""
        self.attended(by=1)
        await self._tester.close()
        self._player.stop()
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)
        while not self._work.empty():
            self._work.get_nowait().close()
        await self._engine.close()
        await asyncio.to_thread(self._calling.captioning.close)
        await asyncio.to_thread(self._equipment.stop)
        await asyncio.to_thread(self._sound.stop)
        late = self._sound.lateness
        if late is not None:
            log.info("the sound ended", extra={"late_p99_ms": round(late.p99_ms, 2), "skipped": late.skipped})

    def attended(self, *, by: int) -> None:
        """How many front ends there are; without one an offer stops ringing after a while."""
        if self._alone is not None:
            self._alone.cancel()
            self._alone = None
        if by == 0 and self._attention.offered:
            self._alone = self._loop.call_later(UNATTENDED_S, self._ring_for, False, "voice")  # noqa: FBT003

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
            case wire.Expect(interaction=interaction, tone=tone):
                self._calling.expect(interaction, tone)
            case wire.Dial(target=target, interaction=interaction):
                self._tester.cancel()
                self._calling.dial(target, interaction)
            case wire.Answer(call=call):
                self._calling.answer(call)
            case wire.Reject(call=call, status=status):
                self._calling.reject(call, status)
            case wire.HangUp(call=call):
                self._calling.hang_up(call)
            case wire.SetMute(call=call, on=on):
                self._calling.mute(call, on=on)
            case wire.SetHold(call=call, on=on):
                self._calling.hold(call, on=on)
            case wire.SendDtmf(call=call, digits=digits):
                self._calling.press(call, digits)
            case wire.SetText(call=call, mode=mode):
                self._calling.texting.set_mode(call, mode)
            case wire.TypeText(call=call, text=text, ends_turn=ends_turn):
                self._calling.texting.type(call, text, ends_turn=ends_turn)
            case wire.InterruptText(call=call):
                self._calling.texting.interrupt(call)
            case wire.FixShift(call=call):
                self._calling.texting.fix_shift(call)
            case wire.SetCaptions(call=call, mode=mode):
                self._calling.captioning.set_mode(call, mode)
            case wire.PauseCaptions(call=call, on=on):
                self._calling.captioning.pause(call, on=on)
            case wire.ChooseCaptions(engine=engine, model=model, start=start):
                self._choose_captions(engine, model, starts=start)
            case wire.Transfer(call=call, target=target, other=other):
                self._calling.transfer(call, target, other)
            case wire.SelectDevices():
                self._equipment.want(command)
            case wire.SetSound():
                self._equipment.clean(command)
                self._attention.settings(command)
            case wire.SetRinging(on=on, kind=kind):
                self._ring_for(on, kind)
            case wire.PlaySound(sound=sound):
                self._attention.play(sound)
            case wire.PlayFile(path=path, from_s=from_s):
                self._player.play(path, from_s)
            case wire.StopFile():
                self._player.stop()
            case wire.RunSelfTest(skip=skip):
                self._run_test(skip)
            case wire.CancelSelfTest():
                self._tester.cancel()
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

    def _choose_captions(self, name: str, model: str, *, starts: bool) -> None:
        before = self._captioned
        if (name, model) == (before.name, before.model):
            self._captioned = replace(before, starts=starts)
        else:
            engine, why_not = self._captions_for(name, model)
            self._captioned = Captioned(engine, why_not, starts, name, model)
        captioning = self._calling.captioning
        captioning.choose(self._captioned)
        self._publish(wire.CaptionsChanged(able=captioning.is_there, detail=captioning.why_not))

    async def _do_in_turn(self) -> None:
        """Registrations one after another, in the order they were asked for."""
        while True:
            work = await self._work.get()
            try:
                await work
            except Exception:
                log.exception("something that was asked of the phone failed")

    def _ring_for(self, on: bool, kind: str) -> None:  # noqa: FBT001 - the command's own word
        self._attention.ring_for(on=on, kind=kind)
        self._equipment.follow(self._calling.calls, offered=on)

    def _run_test(self, skip: tuple[str, ...]) -> None:
        if self.has_calls:
            raise RefusedError(
                "The self-test needs the phone for itself; end the call first.", code="in_call"
            )
        self._tester.run(skip)

    # ------------------------------------------------------------ news of the engine

    def _on_news(self, news: News) -> None:
        if self._tester.takes(news):
            return
        match news:
            case RegistrationNews():
                self._registered(news)
            case MailboxChanged(new=new, old=old):
                self._mailbox = new
                self._publish(wire.MessagesWaiting(new=new, old=old))
            case _:
                if isinstance(news, Arrived):
                    self._tester.cancel()  # customers come first
                self._calling.take(news)
                if isinstance(news, Gone) and not self.has_calls:
                    self.on_idle()

    def _registered(self, news: RegistrationNews) -> None:
        extension = self._account.extension if self._account else ""
        self._registration = wire.Registration(
            state=news.state, detail=news.detail, extension=extension, since_at=time.time()
        )
        self._publish(wire.RegistrationChanged(registration=self._registration))
        log.info("registration: %s", news.state, extra={"extension": extension, "detail": news.detail})

    def _follow(self) -> None:
        calls = self._calling.calls
        self._attention.calls(calls)
        self._equipment.follow(calls, offered=self._attention.offered)

    # ------------------------------------------------------------ news of the sound

    def _soon(self, work: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    def _levels(self, call: str, sent_db: float, received_db: float) -> None:
        found = self._calling.find(call)
        if found is not None and found.state in LIVE:
            self._publish(
                wire.LevelsMeasured(call=call, sent_db=round(sent_db, 1), received_db=round(received_db, 1))
            )

    def _quality(self, call: str, quality: Quality) -> None:
        found = self._calling.find(call)
        if found is None:
            return
        sent = self._sound.sent_quality(call)
        text = self._calling.texting.losses(call)
        self._publish(
            wire.QualityMeasured(
                call=call,
                loss_percent=round(quality.loss * 100, 2),
                jitter_ms=round(quality.jitter_s * 1000, 1),
                delay_ms=round(quality.delay_s * 1000, 1),
                mos=round(quality.mos, 2),
                r_factor=round(quality.r, 1),
                sent_loss_percent=round(sent.loss * 100, 2) if sent is not None else 0.0,
                sent_mos=round(sent.mos, 2) if sent is not None else 0.0,
                codec=found.codec,
                text_lost=text.lost,
                text_flooded=text.flooded,
                text_dropped=text.dropped,
            )
        )

    def _typed(self, call: str, news: TextNews) -> None:
        self._calling.texting.take(call, news)

    def _device_lost(self, which: str, words: str) -> None:
        self._equipment.lost(which, words)


def _engine_of(name: str, ca_file: str = "") -> Callable[[Sound, Callable[[News], None]], Engine]:
    """The engine that was chosen; pyVoIP only by its name, because it can do so much less."""
    if name == PyVoipEngine.name:
        return PyVoipEngine
    return lambda sound, report: NativeEngine(sound, report, ca_file=ca_file)
