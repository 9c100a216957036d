"""The calls of the agent: dialled, expected, answered, held, swapped, transferred, and what the engine tells.

One call is spoken in at a time (`lines`); the table alone says what a call is (`calltable`); what rings and
ticks is decided in `attention`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable
from typing import Final

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.media import tones
from agent_desktop.phone import headset as buttons
from agent_desktop.phone.attention import Attention
from agent_desktop.phone.calltable import HELD, RINGING, UP, CallTable
from agent_desktop.phone.captioning import Captioning, Show
from agent_desktop.phone.engine import (
    SUPERVISOR,
    TRANSFER,
    Arrived,
    CameUp,
    DigitHeard,
    Engine,
    Gone,
    HoldChanged,
    RingsThere,
    SoundAgreed,
    TransferMoved,
)
from agent_desktop.phone.lines import Lines, answers_itself
from agent_desktop.phone.sound import Sound
from agent_desktop.phone.texting import Texting
from agent_desktop.wire import phone as wire

log = logging.getLogger(__name__)

EXPECTATION_S: Final = 120.0
_DTMF: Final = frozenset("0123456789*#ABCDabcd")
_MOST_DIGITS: Final = 64

CallNews = Arrived | RingsThere | CameUp | HoldChanged | SoundAgreed | TransferMoved | DigitHeard | Gone


class Calling:
    """Lives on the event loop.  `changed` is told after every change of a call."""

    def __init__(
        self,
        engine: Engine,
        sound: Sound,
        attention: Attention,
        publish: Callable[[wire.AnyPhoneEvent], None],
        changed: Callable[[], None],
        *,
        captioning: Callable[[CallTable, Show], Captioning],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._engine = engine
        self._sound = sound
        self._attention = attention
        self._publish = publish
        self._follow = changed
        self._table = CallTable(self._changed, time.time)
        self.texting = Texting(engine, sound, self._table, publish)
        self.captioning = captioning(self._table, self.texting.caption)
        self._lines = Lines(engine.capabilities, self._shut, self._put_aside)
        self._expected: dict[str, tuple[float, str]] = {}  # until when, and the tone before it
        self._kinds: dict[str, str] = {}
        self._last_dialled = ""

    @property
    def calls(self) -> tuple[wire.PhoneCall, ...]:
        return self._table.calls

    def find(self, call: str) -> wire.PhoneCall | None:
        return self._table.find(call)

    # ------------------------------------------------------------ what the agent asks

    def expect(self, interaction: str, tone: str = "zip") -> None:
        """Answer the call of this interaction, which rings or will come, after the queue's tone."""
        now = self._loop.time()
        self._expected = {name: known for name, known in self._expected.items() if known[0] > now}
        self._expected[interaction] = (now + EXPECTATION_S, tone)
        for call in self._table.calls:
            if call.state == RINGING and call.interaction == interaction:
                self._answer_by_itself(call.id, interaction)
                return

    def _answer_by_itself(self, call: str, interaction: str) -> None:
        if not answers_itself(self._kinds.get(call, ""), self._table.calls):
            return
        _until, tone = self._expected.pop(interaction, (0.0, "zip"))
        self._attention.answered_by_itself(tone)
        try:
            self.answer(call)
        except AgentDesktopError as error:
            log.warning("a call could not be answered: %s", error)

    def answer(self, call: str) -> None:
        """Pick up; a call that is spoken in is held first."""
        self._table.need(call, RINGING)
        self._lines.turn_to(self._table.calls, call)
        self._engine.answer(call)

    def dial(self, target: str, interaction: str) -> None:
        """Call somebody; a call that is spoken in is held first."""
        self._lines.turn_to(self._table.calls)
        call = f"phone-{uuid.uuid4().hex[:16]}"
        self._last_dialled = target
        self._table.dialled(call, target, interaction)
        try:
            self._engine.dial(call, target, interaction)
        except AgentDesktopError as error:
            self._table.ended(call, "network", 0, str(error))
            raise

    def hold(self, call: str, *, on: bool) -> None:
        """Hold, or take back, which holds the other one."""
        found = self._table.need(call, UP, HELD)
        if not on:
            self._lines.turn_to(self._table.calls, call)
        if (found.state == HELD) == on:
            self._gate(call)
            return
        self._engine.hold(call, on=on)

    def reject(self, call: str, status: int) -> None:
        """Do not answer."""
        self._table.need(call, RINGING)
        self._engine.reject(call, status if 400 <= status <= 699 else 603)

    def hang_up(self, call: str) -> None:
        """End a call in any state."""
        self._table.need(call)
        self._engine.hang_up(call)

    def mute(self, call: str, *, on: bool) -> None:
        """Send silence instead of the microphone."""
        self._table.need(call, UP, HELD)
        self._table.muted(call, on=on)
        self._gate(call)

    def press(self, call: str, digits: str) -> None:
        """Press keys."""
        self._table.need(call, UP)
        if not digits or len(digits) > _MOST_DIGITS or not set(digits) <= _DTMF:
            raise RefusedError("Only the keys 0 to 9, *, # and A to D can be pressed.", code="bad_digits")
        if not self._engine.press(call, digits.upper()):
            raise RefusedError("The other side does not take key presses.", code="no_dtmf")

    def transfer(self, call: str, target: str, other: str) -> None:
        """Ask the other side to call somebody else."""
        if TRANSFER not in self._engine.capabilities:
            raise RefusedError("This telephone engine cannot transfer calls.", code="not_supported")
        self._table.need(call, UP, HELD)
        if other:
            self._table.need(other, UP, HELD)
        elif not target.strip():
            raise RefusedError("There is no number to transfer to.", code="bad_target")
        self._engine.transfer(call, target, other)

    # ------------------------------------------------------------ several calls

    def _gate(self, call: str) -> None:
        found = self._table.find(call)
        if found is not None:
            self._sound.gate(call, muted=found.muted, held=self._lines.is_aside(found))

    def _shut(self, call: wire.PhoneCall, held: bool) -> None:  # noqa: FBT001 - Lines' way
        self._sound.gate(call.id, muted=call.muted, held=held)

    def _put_aside(self, call: str) -> None:
        self._engine.hold(call, on=True)

    def button(self, act: buttons.Act) -> None:
        """A headset's button; what the phone alone cannot do, the front end is told."""
        try:
            match act:
                case buttons.AnswerCall(call=call):
                    self.answer(call)
                case buttons.AnswerOffer():
                    self._publish(wire.HeadsetPressed(act="answer"))
                case buttons.EndCall(call=call):
                    self._engine.hang_up(call)
                case buttons.RejectCall(call=call):
                    self._engine.reject(call, 603)
                case buttons.RejectOffer():
                    self._publish(wire.HeadsetPressed(act="end"))
                case buttons.MuteCall(call=call, on=on):
                    self.mute(call, on=on)
                case buttons.HoldCall(call=call, on=on):
                    self.hold(call, on=on)
                case buttons.SwapCalls(resume=call):
                    self.hold(call, on=False)
                case buttons.Redial():
                    if self._last_dialled:
                        self.dial(self._last_dialled, "")
        except AgentDesktopError as error:
            log.warning("a headset button: %s", error)
        self._follow()

    # ------------------------------------------------------------ news of the engine

    def take(self, news: CallNews) -> None:
        """What happened to a call."""
        match news:
            case Arrived():
                self._arrived(news)
            case RingsThere(call=call, has_sound=has_sound):
                self._sound.tone(call, None if has_sound else tones.ringback())
            case CameUp(call=call):
                self._came_up(call)
            case HoldChanged(call=call, on=on, refused=refused):
                self._table.held(call, on=on, refused=refused)
                self._gate(call)
            case SoundAgreed():
                self._table.agreed(news)
            case TransferMoved(call=call, words=words):
                self._table.told(call, words)
            case DigitHeard():
                pass  # nobody is shown what the other side presses; it may be a card's number
            case Gone():
                self._gone(news)

    def _came_up(self, call: str) -> None:
        self._sound.tone(call, None)
        self._table.came_up(call)
        if self._kinds.get(call) != SUPERVISOR:
            self.captioning.came_up(call)
        # Somebody was answered while this one was being dialled.
        with contextlib.suppress(RefusedError):
            self._lines.turn_to(self._table.calls, call)

    def _gone(self, news: Gone) -> None:
        self.captioning.ended(news.call)
        self.texting.ended(news.call)
        self._lines.over(news.call)
        self._kinds.pop(news.call, None)
        ended = self._table.ended(news.call, news.by, news.status, news.detail)
        if ended is not None:
            self._attention.ended(ended)
        for call in self._lines.left_alone(self._table.calls):
            self._gate(call)
        self._follow()

    def _arrived(self, news: Arrived) -> None:
        self._kinds[news.call] = news.kind
        self._table.arrived(news.call, news.number, news.name, news.interaction)
        until, _tone = self._expected.get(news.interaction, (0.0, ""))
        if news.interaction and until > self._loop.time():
            self._answer_by_itself(news.call, news.interaction)

    def _changed(self, call: wire.PhoneCall) -> None:
        log.info("call %s", call.state, extra={"call": call.id, "interaction": call.interaction})
        self._publish(wire.PhoneCallChanged(call=call))
        self._follow()
