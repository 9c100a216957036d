"""Desk phones that transfer by themselves, hold one call for another, and are found again after a crash.

The desk phone is baresip-python (libre 4), which knows REFER and Replaces; it says 850 Hz.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.wire.switch import (
    AddLeg,
    AgentDialled,
    AnswerCall,
    CallArrived,
    CallChanged,
    CallEnded,
    ConnectAgent,
    HangUpCall,
    PromoteLeg,
    SetDirectory,
    TransferAsked,
)

from . import slot
from .conftest import (
    HOST,
    KIT,
    PASSWORD,
    SIP_PORT,
    Baresip,
    LinkRouter,
    SwitchProcess,
    configured,
    loudest_at,
    seconds_of,
)

pytestmark = pytest.mark.peer

DESK_HZ, COLLEAGUE_HZ, MUSIC_HZ = 850, 900, 600
STAY_S = 1.2


class DeskPhone:
    """A telephone that transfers by REFER."""

    def __init__(self, folder: Path, extension: str, ports: tuple[int, int]) -> None:
        self._folder = folder
        self._environment = os.environ | {
            "PEERS_RUN": str(folder),
            "PEERS_PASSWORD": PASSWORD,
            "REPL_PYTHON": sys.executable,
            "REPL_NAME": "desk",
            "REPL_USER": extension,
            "REPL_DOMAIN": f"{HOST}:{SIP_PORT}",
            "REPL_SIP_PORT": str(ports[0]),
            "REPL_CTRL_PORT": str(ports[1]),
            "REPL_RTP_PORT": str(slot.port(0)),
            "REPL_TONE_HZ": str(DESK_HZ),
        }

    def start(self) -> None:
        self._run("start.sh")

    def stop(self) -> None:
        self._run("stop.sh", "desk")

    def _run(self, script: str, *words: str) -> str:
        done = subprocess.run(
            [KIT / "replaces" / script, *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr + self.log()
        return done.stdout

    async def do(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await asyncio.to_thread(self._run, "ctl.py", *words))
        return found

    def log(self) -> str:
        path = self._folder / "replaces" / "desk" / "log"
        return path.read_text(errors="replace") if path.exists() else ""


@pytest.fixture
def desk(tmp_path: Path, switch: SwitchProcess) -> Iterator[DeskPhone]:
    """Extension 201."""
    phone = DeskPhone(tmp_path, "201", slot.AGENT)
    phone.start()
    yield phone
    phone.stop()


@pytest.fixture(scope="module")
def colleague(tmp_path_factory: pytest.TempPathFactory, switch: SwitchProcess) -> Iterator[Baresip]:
    folder = tmp_path_factory.mktemp("colleague")
    phone = Baresip(folder, "colleague", slot.SPARE, BS_USER="202", BS_TONE_HZ=str(COLLEAGUE_HZ))
    phone.start()
    yield phone
    phone.stop()


async def connected(router: LinkRouter, customer: Baresip) -> str:
    await customer.do("dial", f"sip:4000@{HOST}:{SIP_PORT}")
    call = (await router.event(CallArrived)).call.id
    await router.do(AnswerCall(call=call))
    await router.do(ConnectAgent(call=call, extension="201", interaction="i-7"))
    await router.event(CallChanged, lambda e: e.call.state == "bridged")
    # WORKAROUND: baresip-python resumes by itself what it held within 50 ms of its answer (a re-INVITE
    # with sendrecv, 4 times in 10); remove when its hold holds.  Nobody presses a key so soon.
    await asyncio.sleep(0.5)
    return call


async def test_a_desk_phone_transfers_blindly(
    router: LinkRouter, customer: Baresip, desk: DeskPhone, colleague: Baresip
) -> None:
    call = await connected(router, customer)
    asking = asyncio.create_task(desk.do("transfer", "call=1", f"uri=sip:202@{HOST}:{SIP_PORT}"))
    asked = await router.event(TransferAsked)
    assert (asked.call, asked.extension, asked.target, asked.with_call) == (call, "201", "202", "")
    await router.do(AddLeg(call=call, leg="g1", extension="202", blind=True))
    assert (await asking)["ok"], "the phone was told that its transfer succeeded"
    await router.event(CallChanged, lambda e: e.call.extension == "202" and e.call.state == "bridged")
    moved = time.monotonic()
    await asyncio.sleep(STAY_S)
    await router.do(HangUpCall(call=call))
    stayed = time.monotonic() - moved
    assert seconds_of(await customer.heard(), COLLEAGUE_HZ) == pytest.approx(stayed, abs=0.5)
    await colleague.heard()


async def test_a_desk_phone_consults_with_a_second_call_and_joins_the_two(
    router: LinkRouter, customer: Baresip, desk: DeskPhone, colleague: Baresip
) -> None:
    call = await connected(router, customer)
    await desk.do("hold", "call=1")
    await router.event(CallChanged, lambda e: e.call.state == "held")
    await desk.do("dial", f"uri=sip:202@{HOST}:{SIP_PORT}")
    second = (await router.event(AgentDialled)).call.id
    await router.event(CallChanged, lambda e: e.call.id == second and e.call.state == "bridged")
    consulted = time.monotonic()
    await asyncio.sleep(STAY_S)
    asking = asyncio.create_task(desk.do("attended", "call=1", "to=2"))
    asked = await router.event(TransferAsked)
    assert (asked.call, asked.with_call) == (call, second)
    await router.do(PromoteLeg(call=call, leg="g1", from_call=second))
    assert (await asking)["ok"]
    ended = await router.event(CallEnded, lambda e: e.call.id == second)
    assert ended.call.ended_by == "agent"
    joined = time.monotonic()
    await asyncio.sleep(STAY_S)
    await router.do(HangUpCall(call=call))
    over = time.monotonic()
    by_customer, by_colleague = await customer.heard(), await colleague.heard()
    assert seconds_of(by_customer, MUSIC_HZ) > STAY_S - 0.4
    assert seconds_of(by_customer, COLLEAGUE_HZ) == pytest.approx(over - joined, abs=0.5)
    assert seconds_of(by_colleague, DESK_HZ) == pytest.approx(joined - consulted, abs=0.6)
    assert loudest_at(by_colleague, 440) == pytest.approx(-12.3, abs=1.5)


async def test_a_switch_that_was_killed_finds_its_phones_again_at_once(
    other: OtherSwitch, tmp_path: Path
) -> None:
    await asyncio.to_thread(other.start)
    phone = Baresip(tmp_path, "agent", slot.AGENT, BS_USER="201", BS_DOMAIN=f"{HOST}:{OTHER_PORT}")
    await asyncio.to_thread(phone.start)
    await asyncio.to_thread(other.kill)
    await asyncio.to_thread(other.start)
    try:
        assert await other.registered() == ("201",)
        await asyncio.sleep(2.0)  # the phone has answered OPTIONS by now; baresip's own turn is minutes away
        assert await other.registered() == ("201",)
    finally:
        await asyncio.to_thread(phone.stop)


OTHER_PORT = slot.port(152)


class OtherSwitch:
    """A switch that a test may kill."""

    def __init__(self, data: Path, directory: SetDirectory) -> None:
        self._data, self._directory = data, directory
        self._process: SwitchProcess | None = None

    def start(self) -> None:
        self._process = configured(SwitchProcess(self._data, port=OTHER_PORT), self._directory)

    def kill(self) -> None:
        assert self._process is not None
        self._process.process.kill()
        self._process.process.communicate()
        self._process.run_file.unlink()
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    async def registered(self) -> tuple[str, ...]:
        assert self._process is not None
        link = LinkRouter(self._process.where())
        snapshot = await link.attach()
        await link.detach()
        assert snapshot is not None
        return snapshot.registered


@pytest.fixture
def other(tmp_path: Path, directory: SetDirectory) -> Iterator[OtherSwitch]:
    switch = OtherSwitch(tmp_path / "data", directory)
    yield switch
    switch.stop()
