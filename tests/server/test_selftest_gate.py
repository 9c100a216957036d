from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.wire import commands
from tests.server.floor import ANA, Floor

ALL = ("microphone", "speaker", "echo", "registration", "call")


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    object.__setattr__(made.hub.centre, "self_test", "required")
    await made.sign_in(ANA, ready=False)
    yield made
    await made.stop()


async def ready(floor: Floor) -> tuple[bool, str]:
    reply = await floor.do(ANA, commands.SetReady())
    return reply.ok, reply.code


async def test_nobody_is_ready_before_the_test(floor: Floor) -> None:
    assert await ready(floor) == (False, "self_test")


async def test_who_passed_is_ready(floor: Floor) -> None:
    await floor.do(ANA, commands.ReportSelfTest(passed=ALL))
    assert await ready(floor) == (True, "")
    assert floor.board.snapshot(ANA).me.tested_at


@pytest.mark.parametrize(
    ("passed", "failed"),
    [((), ()), (ALL, ("echo",)), (("echo", "call"), ()), (ALL[1:], ())],
    ids=["everything left out", "one failed", "the needed left out", "no microphone"],
)
async def test_a_test_that_was_walked_round_does_not_count(
    floor: Floor, passed: tuple[str, ...], failed: tuple[str, ...]
) -> None:
    await floor.do(ANA, commands.ReportSelfTest(passed=passed, failed=failed))
    assert await ready(floor) == (False, "self_test")


async def test_the_next_shift_needs_a_test_of_its_own(floor: Floor) -> None:
    await floor.do(ANA, commands.ReportSelfTest(passed=ALL))
    await floor.do(ANA, commands.SignOut())
    await floor.sign_in(ANA, ready=False)
    assert await ready(floor) == (False, "self_test")
