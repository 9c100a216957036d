"""The test before the shift: microphone, speaker, echo, registration, a call, the connection, the clock.

Twenty seconds at most.  Each check has its own time; one that fails or hangs stops none of the others, and
when it is given up everything that it opened is closed.  The judging is in `selftest_words`, the measuring
behind `Bench`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from agent_desktop.errors import AgentDesktopError
from agent_desktop.media.pcm import Pcm
from agent_desktop.phone import selftest_words as words
from agent_desktop.phone.probe import CHIRP_S, chirp, find
from agent_desktop.phone.selftest_words import FAILED, CallMeasured
from agent_desktop.wire.phone import SelfCheck

log = logging.getLogger(__name__)

IDS: Final = ("microphone", "speaker", "echo", "registration", "call", "connection", "clock")
WAITING, RUNNING = "waiting", "running"
TOTAL_S: Final = 20.0
SPEAK_S: Final = 4.0
LISTEN_S: Final = CHIRP_S + 0.8
CALL_S: Final = 4.0
_LIMITS_S: Final = {"microphone": 5.5, "speaker": 3.0, "registration": 4.0, "call": 7.0}
_RUNNING_WORDS: Final = {
    "microphone": "Please speak: say your name and count to five.",
    "speaker": "You should hear a climbing tone.",
    "echo": "Listening for an echo.",
    "registration": "Asking the telephone server.",
    "call": "Calling the exchange's echo number.",
}


class Bench(Protocol):
    """What the test measures with.  AgentDesktopError says in words why a measurement is not possible."""

    async def hear(self, seconds: float, sound: Pcm | None, level: Callable[[float], None]) -> Pcm:
        """Play a sound (or none) and give what the microphone heard meanwhile, uncleaned."""
        ...

    def has_speaker(self) -> bool:
        """Whether there is a device that plays."""
        ...

    def cancels_echo(self) -> bool: ...

    async def registration(self) -> tuple[str, str]:
        """State and detail, when they are settled."""
        ...

    async def call(self, seconds: float, sound: Pcm) -> CallMeasured:
        """Call the echo number, send a sound, and hang up, also when this is cancelled."""
        ...

    def close(self) -> None:
        """Give the devices back."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What only the front end can measure; None is not measured and left out."""

    connection_ms: float | None = None
    clock_ahead_s: float | None = None


class SelfTest:
    """One run.  `changed(checks, over)` is called on the event loop at every change."""

    def __init__(
        self,
        bench: Bench,
        changed: Callable[[tuple[SelfCheck, ...], bool], None],
        *,
        skip: Collection[str] = (),
        outside: Outside | None = None,
        total_s: float = TOTAL_S,
    ) -> None:
        self._bench = bench
        self._changed = changed
        self._total_s = total_s
        outside = outside or Outside()
        self._outside = outside
        missing = {"connection"} if outside.connection_ms is None else set[str]()
        missing |= {"clock"} if outside.clock_ahead_s is None else set()
        self._checks = {name: SelfCheck(id=name) for name in IDS if name not in missing and name not in skip}
        self._chirped: Pcm | None = None

    @property
    def checks(self) -> tuple[SelfCheck, ...]:
        return tuple(self._checks.values())

    def answer(self, *, heard: bool) -> None:
        """The agent says whether the tone was heard."""
        if "speaker" in self._checks:
            self._set(words.judge_heard(heard=heard))

    async def run(self) -> tuple[SelfCheck, ...]:
        """Every check; cancelling ends it at once, and what was not done stays waiting."""
        try:
            try:
                async with asyncio.timeout(self._total_s):
                    # Signing in needs no sound, so it is waited for while the agent speaks.
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._with_sound())
                        group.create_task(self._one("registration", self._registration))
                    await self._one("call", self._call)
            except TimeoutError:
                log.warning("the self-test took too long")
            self._from_outside()
            for check in self.checks:
                if check.state in {WAITING, RUNNING}:
                    self._fail(check.id, "There was no time left to test this. Run the test again.")
        except asyncio.CancelledError:
            for check in self.checks:
                if check.state == RUNNING:
                    self._checks[check.id] = SelfCheck(id=check.id)
            raise
        finally:
            self._bench.close()
            self._changed(self.checks, True)  # noqa: FBT003 - the listener's second word
        return self.checks

    async def _with_sound(self) -> None:
        await self._one("microphone", self._microphone)
        if "speaker" in self._checks or "echo" in self._checks:
            await self._one("speaker" if "speaker" in self._checks else "echo", self._speaker_and_echo)

    async def _one(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """One check in its time; whatever happens in it, the next one follows."""
        if name not in self._checks:
            return
        self._set(SelfCheck(id=name, state=RUNNING, words=_RUNNING_WORDS[name]))
        try:
            async with asyncio.timeout(_LIMITS_S.get(name, 3.0)):
                await work()
        except TimeoutError:
            self._fail(name, f"{_SLOW[name]} Run the test again, or tell your support.")
        except AgentDesktopError as error:
            self._fail(name, str(error))
        except Exception:
            log.exception("the self-test of %s broke", name)
            self._fail(name, "This could not be tested. Tell your support.")

    async def _microphone(self) -> None:
        heard = await self._bench.hear(SPEAK_S, None, self._level)
        self._set(words.judge_microphone(heard))

    async def _speaker_and_echo(self) -> None:
        """One chirp for both."""
        if not self._bench.has_speaker():
            self._set(words.judge_speaker(is_there=False, came_back=False))
            self._fail("echo", "Without a loudspeaker there is nothing to listen for.")
            return
        if "echo" in self._checks:
            self._set(SelfCheck(id="echo", state=RUNNING, words=_RUNNING_WORDS["echo"]))
        sound = chirp()
        try:
            back = find(sound, await self._bench.hear(LISTEN_S, sound, lambda _level: None))
        except AgentDesktopError as error:
            self._fail("echo", str(error))
            raise
        self._set(words.judge_speaker(is_there=True, came_back=back is not None))
        self._set(words.judge_echo(back, is_cancelled=self._bench.cancels_echo()))

    async def _registration(self) -> None:
        self._set(words.judge_registration(*await self._bench.registration()))

    async def _call(self) -> None:
        registered = self._checks.get("registration")
        if registered is not None and registered.state == FAILED:
            self._fail("call", "Without the telephone server no call can be tested.")
            return
        self._set(words.judge_call(await self._bench.call(CALL_S, chirp())))

    def _from_outside(self) -> None:
        if self._outside.connection_ms is not None:
            self._set(words.judge_connection(self._outside.connection_ms))
        if self._outside.clock_ahead_s is not None:
            self._set(words.judge_clock(self._outside.clock_ahead_s))

    def _level(self, level_db: float) -> None:
        check = self._checks.get("microphone")
        if check is not None and check.state == RUNNING:
            self._set(msgspec.structs.replace(check, value=round(level_db, 1), unit="dB"))

    def _fail(self, name: str, reason: str) -> None:
        self._set(SelfCheck(id=name, state=FAILED, words=reason))

    def _set(self, check: SelfCheck) -> None:
        if check.id in self._checks and self._checks[check.id] != check:
            self._checks[check.id] = check
            self._changed(self.checks, False)  # noqa: FBT003 - the listener's second word


_SLOW: Final = {
    "microphone": "The microphone did not answer in time.",
    "speaker": "The loudspeaker did not answer in time.",
    "echo": "The sound devices did not answer in time.",
    "registration": "The telephone server did not answer in time.",
    "call": "The test call was not answered in time.",
}
