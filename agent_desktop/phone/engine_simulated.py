"""An engine without a network, for demonstrations and for tests of the front ends.

It behaves as the real ones do: what is asked returns at once, what comes of it is news on the event loop,
a call in the wrong state is refused in words, and each call has its sound.  The other side is `Script`: how
it answers to a number is decided by the number itself, and a caller appears when the test or the
demonstration says so.

Rule: it declares what it can (hold, keys, a second call, text), never more, so that the screen shows no
button behind which there is nothing.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from agent_desktop.errors import IllegalStepError, RefusedError
from agent_desktop.media import tones
from agent_desktop.media.pcm import SILENCE, Pcm
from agent_desktop.media.quality import Quality
from agent_desktop.phone.engine import (
    DTMF,
    DTMF_RECEIVE,
    HOLD,
    SECOND_CALL,
    TEXT,
    Arrived,
    CameUp,
    DigitHeard,
    Gone,
    HoldChanged,
    News,
    RegistrationNews,
    RingsThere,
)
from agent_desktop.phone.reasons import words_for
from agent_desktop.phone.sound import Sound
from agent_desktop.phone.text_simulated import SimulatedText
from agent_desktop.wire.models import PhoneAccount

MAX_CALLS: Final = 4
UNREACHABLE: Final = "nowhere.invalid"
"""The server that never answers."""
WRONG_PASSWORD: Final = "wrong"  # noqa: S105 - the one that the simulated server refuses
_DTMF: Final = frozenset("0123456789*#ABCD")


@dataclass(frozen=True, slots=True)
class Script:
    """What the other side does.  `refusals` by number; every other number rings and picks up."""

    refusals: dict[str, int] = field(
        default_factory=lambda: {"404": 404, "486": 486, "503": 503, "603": 603, "nobody": 404}
    )
    never_answers: frozenset[str] = frozenset({"ringing"})
    delay_s: float = 0.02
    tone_hz: float = 440.0


class SimulatedSound:
    """A call's sound: a tone to hear, and what was said is kept in `sent` (its last second)."""

    def __init__(self, hz: float) -> None:
        self._tone = tones.Loop(tones.sine(hz, 1.0))
        self.is_flowing = False
        self.sent: list[Pcm] = []
        self.pressed = ""

    @property
    def pressing(self) -> bool:
        return False

    def receive_due(self) -> None:
        """Nothing comes from outside."""

    def read_frame(self) -> Pcm:
        return self._tone.frame() if self.is_flowing else SILENCE

    def write_frame(self, pcm: Pcm) -> None:
        if self.is_flowing:
            self.sent.append(pcm)
            del self.sent[:-50]

    def press(self, digits: str) -> bool:
        self.pressed += digits
        return True

    def quality(self) -> Quality | None:
        return None

    def close(self) -> None:
        """There is nothing to free."""


@dataclass(slots=True, eq=False)
class _Call:
    name: str
    sound: SimulatedSound
    text: SimulatedText
    is_incoming: bool
    is_up: bool = False
    is_held: bool = False


class SimulatedEngine:
    """See `engine.Engine`.  Lives on the event loop."""

    name = "simulated"
    capabilities: tuple[str, ...] = (HOLD, DTMF, DTMF_RECEIVE, SECOND_CALL, TEXT)

    def __init__(self, sound: Sound, report: Callable[[News], None], script: Script | None = None) -> None:
        self._sound = sound
        self._report = report
        self._script = script or Script()
        self._calls: dict[str, _Call] = {}
        self._account: PhoneAccount | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    # ------------------------------------------------------------ what the phone asks

    async def use(self, account: PhoneAccount | None) -> None:
        """Register with an account, or sign off."""
        self._account = None
        if account is None:
            self._report(RegistrationNews("none"))
            return
        self._report(RegistrationNews("registering"))
        await asyncio.sleep(self._script.delay_s)
        if account.server.partition(":")[0] == UNREACHABLE:
            self._report(RegistrationNews("failed", words_for(408)))
        elif account.password == WRONG_PASSWORD:
            self._report(RegistrationNews("failed", words_for(401)))
        else:
            self._account = account
            self._report(RegistrationNews("registered"))

    def dial(self, call: str, target: str, interaction: str) -> None:
        _ = interaction
        if self._account is None:
            raise RefusedError("The phone is not signed in at the telephone server.", code="not_registered")
        if len(self._calls) >= MAX_CALLS:
            raise RefusedError("There are too many calls at this phone; end one first.", code="too_many")
        if not target.strip():
            raise RefusedError("There is no number to call.", code="bad_target")
        found = self._keep(call, is_incoming=False)
        status = self._script.refusals.get(target, 0)
        if status:
            self._later(lambda: self._over(found, "remote", status))
            return
        self._later(lambda: self._ring_there(found))
        if target not in self._script.never_answers:
            self._later(lambda: self._come_up(found), 2)

    def answer(self, call: str) -> None:
        found = self._need(call)
        if found.is_up or not found.is_incoming:
            raise IllegalStepError("Only a call that rings can be answered.")
        self._come_up(found)

    def reject(self, call: str, status: int) -> None:
        self._over(self._need(call), "agent", status)

    def hang_up(self, call: str) -> None:
        self._over(self._need(call), "agent", 0)

    def hold(self, call: str, *, on: bool) -> None:
        found = self._need(call)
        if not found.is_up:
            raise IllegalStepError("Only a call that is up can be held.")
        self._later(lambda: self._held(found, on=on))

    def press(self, call: str, digits: str) -> bool:
        if not set(digits) <= _DTMF:
            return False
        return self._sound.press(self._need(call).name, digits)

    def add_text(self, call: str) -> None:
        """It is there from the beginning."""
        self._need(call)

    def favour_tones(self, call: str) -> None:
        """Nobody hears tones here."""

    def transfer(self, call: str, target: str, other: str) -> None:
        _ = call, target, other
        raise RefusedError("This telephone engine cannot transfer.", code="not_supported")

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for call in tuple(self._calls.values()):
            self._over(call, "agent", 0)
        self._account = None

    # ------------------------------------------------------------ what the other side does

    def call_in(self, number: str, name: str = "", interaction: str = "") -> str:
        """Somebody calls; the call's name."""
        if self._account is None or len(self._calls) >= MAX_CALLS:
            return ""
        call = f"phone-{uuid.uuid4().hex[:16]}"
        self._keep(call, is_incoming=True)
        self._report(Arrived(call, number, name, interaction))
        return call

    def give_up(self, call: str) -> None:
        """The caller hangs up before the answer."""
        self._over(self._need(call), "remote", 487)

    def hang_up_there(self, call: str) -> None:
        self._over(self._need(call), "remote", 0)

    def hold_there(self, call: str, *, on: bool) -> None:
        """The other side puts us on hold, or takes us back: we hear nothing meanwhile."""
        self._need(call).sound.is_flowing = not on

    def press_there(self, call: str, digit: str) -> None:
        """The other side presses a key."""
        self._report(DigitHeard(self._need(call).name, digit))

    def type_there(self, call: str, text: str) -> None:
        """The other side types in the call."""
        self._need(call).text.type_there(text)

    def text_of(self, call: str) -> SimulatedText:
        """What is typed in a call."""
        return self._need(call).text

    def lose_the_network(self) -> None:
        """Every call ends, and so does the registration."""
        for call in tuple(self._calls.values()):
            self._over(call, "network", 408)
        self._account = None
        self._report(RegistrationNews("failed", words_for(408)))

    def sound_of(self, call: str) -> SimulatedSound:
        """What is heard and said in a call."""
        return self._need(call).sound

    # ------------------------------------------------------------ inside

    def _keep(self, name: str, *, is_incoming: bool) -> _Call:
        text = SimulatedText(partial(self._sound.texts.tell, name))
        call = _Call(name, SimulatedSound(self._script.tone_hz), text, is_incoming)
        self._calls[name] = call
        self._sound.join(name, call.sound, text=text)
        return call

    def _need(self, call: str) -> _Call:
        found = self._calls.get(call)
        if found is None:
            raise RefusedError("There is no such call any more.", code="no_such_call")
        return found

    def _later(self, work: Callable[[], None], steps: int = 1) -> None:
        def run() -> None:
            self._timers.discard(timer)
            work()

        timer = asyncio.get_running_loop().call_later(steps * self._script.delay_s, run)
        self._timers.add(timer)

    def _ring_there(self, call: _Call) -> None:
        if call.name in self._calls:
            self._report(RingsThere(call.name, has_sound=False))

    def _come_up(self, call: _Call) -> None:
        if call.name in self._calls and not call.is_up:
            call.is_up = call.sound.is_flowing = True
            self._report(CameUp(call.name))

    def _held(self, call: _Call, *, on: bool) -> None:
        if call.name in self._calls:
            call.is_held = on
            call.sound.is_flowing = not on
            self._report(HoldChanged(call.name, on))

    def _over(self, call: _Call, by: str, status: int) -> None:
        if self._calls.pop(call.name, None) is None:
            return
        self._sound.close_call(call.name)
        detail = words_for(status) if status >= 300 and by != "agent" else ""
        self._report(Gone(call.name, by, status, detail))
