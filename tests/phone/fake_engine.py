"""An engine that only remembers what it was told, and a softphone around it."""

from __future__ import annotations

import contextlib

from agent_desktop.phone import softphone as module
from agent_desktop.phone.engine import (
    CameUp,
    Gone,
    RegistrationNews,
)
from agent_desktop.phone.softphone import Softphone
from agent_desktop.wire import phone as wire
from tests.phone.cards import Cards


class FakeEngine:
    """Obeys, reports what the test says, and can refuse."""

    name = "fake"
    capabilities = ("hold", "dtmf", "transfer")
    last: FakeEngine

    def __init__(self, sound, report) -> None:
        self.report = report
        self.told = []
        self.accounts = []
        self.refuses: Exception | None = None
        FakeEngine.last = self

    async def use(self, account) -> None:
        self.accounts.append(account)
        self.report(RegistrationNews("registered" if account else "none"))

    def _do(self, *what) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.told.append(what)

    def dial(self, call, target, interaction) -> None:
        self._do("dial", call, target, interaction)

    def answer(self, call) -> None:
        self._do("answer", call)
        self.report(CameUp(call))

    def reject(self, call, status) -> None:
        self._do("reject", call, status)

    def hang_up(self, call) -> None:
        self._do("hang_up", call)
        self.report(Gone(call, "agent", 0, ""))

    def hold(self, call, *, on) -> None:
        self._do("hold", call, on)

    def press(self, call, digits) -> bool:
        self._do("press", call, digits)
        return digits != "#"

    def transfer(self, call, target, other) -> None:
        self._do("transfer", call, target, other)

    def add_text(self, call) -> None:
        self._do("add_text", call)

    def favour_tones(self, call) -> None:
        self._do("favour_tones", call)

    async def close(self) -> None:
        self.told.append(("close",))


@contextlib.asynccontextmanager
async def softphone(monkeypatch, **more):
    monkeypatch.setattr(module, "_engine_of", lambda _name, _ca_file: FakeEngine)
    events = []
    silent = wire.SelectDevices(microphone="silent", speaker="silent")
    made = Softphone(events.append, devices=silent, backend=Cards("Headset"), **more)
    made.events, made.engine = events, FakeEngine.last
    made.rings = []
    made.waits = []
    made._sound.ring = lambda tone: made.rings.append(tone is not None)
    made._sound.call_waiting = lambda tone: made.waits.append(tone is not None)
    await made.start()
    yield made
    await made.close()
