"""The self-test at work: one at a time, never in a call, and its own call is hidden from the screens.

A call that arrives ends the test: customers come first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.phone.engine import (
    CameUp,
    DigitHeard,
    Engine,
    Gone,
    HoldChanged,
    News,
    RingsThere,
    SoundAgreed,
    TransferMoved,
)
from agent_desktop.phone.selftest import SelfTest
from agent_desktop.phone.selftest_bench import PhoneBench
from agent_desktop.phone.sound import Sound
from agent_desktop.wire.models import PhoneAccount
from agent_desktop.wire.phone import Registration, SelfCheck, SelfTestChanged

CALL: Final = "self-test-call"


class SelfTester:
    """Lives on the event loop."""

    def __init__(
        self,
        sound: Sound,
        engine: Engine,
        publish: Callable[[SelfTestChanged], None],
        *,
        account: Callable[[], PhoneAccount | None],
        registration: Callable[[], Registration],
        speaker: Callable[[], str],
        cancels_echo: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._publish = publish
        self._account = account
        self._task: asyncio.Task[object] | None = None
        self._answer: asyncio.Future[None] | None = None
        self.checks: tuple[SelfCheck, ...] = ()
        self._is_over = True

        def registered() -> tuple[str, str]:
            found = registration()
            return found.state, found.detail

        self._bench = PhoneBench(
            sound,
            speaker=speaker,
            cancels_echo=cancels_echo,
            registration=registered,
            dial=self._dial,
            hang_up=self._hang_up,
        )

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    def run(self, skip: tuple[str, ...]) -> None:
        """Begin; RefusedError while one runs."""
        if self.is_running:
            raise RefusedError("The self-test runs already.", code="wrong_state")
        account = self._account()
        if account is None or not account.echo_number:
            skip = (*skip, "call")  # this centre has no number that sends everything back
        test = SelfTest(self._bench, self._changed, skip=skip)
        self._changed(test.checks, False)  # noqa: FBT003 - not over
        self._task = asyncio.get_running_loop().create_task(test.run())
        self._task.add_done_callback(lambda _task: self._finished())

    def cancel(self) -> None:
        """End it now; nothing happens when none runs."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        self.cancel()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    def takes(self, news: News) -> bool:
        """Whether news are of the test's own call, which nobody else is told of."""
        match news:
            case CameUp(call=call) if call == CALL:
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(None)
            case Gone(call=call) if call == CALL:
                if self._answer is not None and not self._answer.done():
                    words = news.detail or "The test call was ended by the telephone server."
                    self._answer.set_exception(AgentDesktopError(words))
            case RingsThere() | CameUp() | HoldChanged() | SoundAgreed() | TransferMoved() | DigitHeard():
                return news.call == CALL
            case _:
                return False
        return True

    def _finished(self) -> None:
        """A test that was cancelled before its first step has told nothing itself."""
        if not self._is_over:
            self._changed(self.checks, True)  # noqa: FBT003 - over

    def _changed(self, checks: tuple[SelfCheck, ...], is_over: bool) -> None:  # noqa: FBT001 - SelfTest's way
        self.checks, self._is_over = checks, is_over
        self._publish(SelfTestChanged(checks=checks, over=is_over))

    async def _dial(self) -> str:
        account = self._account()
        number = account.echo_number if account is not None else ""
        self._answer = asyncio.get_running_loop().create_future()
        try:
            self._engine.dial(CALL, number, "")
            await self._answer
        except asyncio.CancelledError:
            self._hang_up(CALL)
            raise
        finally:
            self._answer = None
        return CALL

    def _hang_up(self, call: str) -> None:
        with contextlib.suppress(RefusedError):  # it is over already
            self._engine.hang_up(call)
