"""The switch as a process: how it starts, whom it believes, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent_desktop.switch.app import Options, Switch
from agent_desktop.wire.switch import (
    AnswerCall,
    CallArrived,
    HangUpCall,
    SetDirectory,
    ShutdownSwitch,
    SwitchCommand,
    SwitchReply,
)

from .conftest import ROOT, LinkRouter, SwitchProcess, until
from .slot import HOST, RTP_PORTS, SIP_PORT, SIPP


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[SwitchProcess]:
    """A switch that nobody has configured."""
    process = SwitchProcess(tmp_path / "data")
    await asyncio.to_thread(process.wait_until_up)
    yield process
    if process.process.poll() is None:
        assert "Traceback" not in await asyncio.to_thread(process.stop)
    else:
        process.process.communicate()


async def attached(process: SwitchProcess) -> LinkRouter:
    link = LinkRouter(process.where())
    await link.attach()
    return link


async def test_the_run_file_is_for_its_owner_alone_and_goes_with_the_switch(alone: SwitchProcess) -> None:
    assert stat.S_IMODE(alone.run_file.stat().st_mode) == 0o600
    assert await asyncio.to_thread(alone.stop) == ""
    assert alone.process.returncode == 0
    assert not alone.run_file.exists()


async def test_a_router_that_ends_the_switch_ends_it(alone: SwitchProcess) -> None:
    link = await attached(alone)
    await link.do(ShutdownSwitch())
    await until(lambda: alone.process.poll() is not None, why="the end")
    assert alone.process.returncode == 0
    await link.detach()


async def test_a_wrong_token_is_refused(alone: SwitchProcess) -> None:
    port, _ = alone.where()
    link = LinkRouter((port, "guess"))
    with pytest.raises(AssertionError, match="bad_token"):
        await link.attach()
    await link.detach()


async def test_a_browser_is_refused(alone: SwitchProcess) -> None:
    port, _ = alone.where()
    with pytest.raises(InvalidStatus):
        await connect(f"ws://{HOST}:{port}", origin="https://evil.example")  # type: ignore[arg-type]  # a str is one


@pytest.mark.parametrize(
    "frame", ["", "{", "[]", '{"body":{"type":"Hello"}}', "\x00" * 100, '{"body":' * 5000]
)
async def test_frames_that_are_none_end_the_connection_and_nothing_else(
    alone: SwitchProcess, frame: str
) -> None:
    port, _ = alone.where()
    with contextlib.suppress(ConnectionClosed):
        async with connect(f"ws://{HOST}:{port}") as socket:
            await socket.send(frame)
            async with asyncio.timeout(20):
                while True:
                    await socket.recv()
    link = await attached(alone)
    await link.detach()


async def test_without_a_directory_commands_about_calls_are_refused(alone: SwitchProcess) -> None:
    link = await attached(alone)
    assert (await link.ask(AnswerCall(call="x"))).code == "not_configured"
    await link.detach()


async def test_a_command_sent_twice_acts_once(alone: SwitchProcess, directory: SetDirectory) -> None:
    link = await attached(alone)
    await link.do(directory)
    first = await link.ask(HangUpCall(call="none"), request="r-1")
    again = await link.ask(HangUpCall(call="other"), request="r-1")
    assert (first.code, again.code, first.message) == ("no_such_call", "no_such_call", again.message)
    assert [event.request for event in link.all(SwitchReply)].count("r-1") == 2
    await link.detach()


async def test_a_command_of_a_newer_router_is_answered_in_words(
    alone: SwitchProcess, directory: SetDirectory
) -> None:
    link = await attached(alone)
    await link.do(directory)

    class Teleport(SwitchCommand, frozen=True, kw_only=True, tag=True):
        call: str = ""

    reply = await link.ask(Teleport())  # type: ignore[arg-type]  # not of this version's union
    assert (reply.ok, reply.code) == (False, "unknown_command")
    await link.detach()


async def test_the_realm_cannot_change_under_the_phones(
    alone: SwitchProcess, directory: SetDirectory
) -> None:
    link = await attached(alone)
    await link.do(directory)
    await link.do(directory)
    assert (await link.ask(SetDirectory(realm="other"))).code == "realm_fixed"
    await link.detach()


async def test_music_that_cannot_be_read_is_no_reason_to_be_silent(
    alone: SwitchProcess, directory: SetDirectory
) -> None:
    link = await attached(alone)
    await link.do(SetDirectory(realm="r", music="/nowhere/music.wav"))
    await until(lambda: any("music" in line["text"] for line in alone.log()), why="the warning")
    await link.detach()


async def test_a_port_that_is_taken_is_a_clear_error(alone: SwitchProcess, tmp_path: Path) -> None:
    second = await asyncio.to_thread(
        subprocess.run,
        [
            sys.executable,
            "-m",
            "agent_desktop",
            "switch",
            "--data",
            tmp_path / "b",
            "--sip-port",
            str(SIP_PORT),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert f"{HOST}:{SIP_PORT}" in second.stderr
    assert "--sip-port" in second.stderr
    assert "Traceback" not in second.stderr


async def test_it_ends_by_itself_when_router_and_calls_are_gone_but_not_before(
    alone: SwitchProcess, directory: SetDirectory, tmp_path: Path
) -> None:
    await asyncio.to_thread(alone.stop)
    switch = Switch(
        Options(
            data=tmp_path / "here",
            sip_port=SIP_PORT,
            first_rtp_port=RTP_PORTS[0],
            last_rtp_port=RTP_PORTS[1],
            alone_s=1.5,
        )
    )
    await switch.open()
    running = asyncio.create_task(switch.run())
    link = LinkRouter(_where(tmp_path / "here"))
    await link.attach()
    await link.do(directory)
    await asyncio.sleep(2.5)
    assert not running.done()
    caller = await asyncio.create_subprocess_exec(
        *(
            "sipp",
            "-sn",
            "uac",
            "-s",
            "4000",
            "-i",
            HOST,
            "-p",
            str(SIPP[0]),
            "-mp",
            str(SIPP[1]),
            "-nostdin",
        ),
        *("-m", "1", "-d", "3500", f"{HOST}:{SIP_PORT}"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    arrived = await link.event(CallArrived)
    await link.do(AnswerCall(call=arrived.call.id))
    await link.detach()
    assert await asyncio.wait_for(caller.wait(), 40) == 0
    assert not running.done()
    await asyncio.wait_for(running, 30)


def _where(data: Path) -> tuple[int, str]:
    found = json.loads((data / "run" / "switch.json").read_text())
    return found["port"], found["token"]


async def test_sigterm_hangs_up_what_is_up(alone: SwitchProcess, directory: SetDirectory) -> None:
    link = await attached(alone)
    await link.do(directory)
    caller = await asyncio.create_subprocess_exec(
        *(
            "sipp",
            "-sn",
            "uac",
            "-s",
            "4000",
            "-i",
            HOST,
            "-p",
            str(SIPP[0]),
            "-mp",
            str(SIPP[1]),
            "-nostdin",
        ),
        *("-m", "1", "-d", "20000", f"{HOST}:{SIP_PORT}"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    arrived = await link.event(CallArrived)
    await link.do(AnswerCall(call=arrived.call.id))
    await asyncio.sleep(0.3)
    os.kill(alone.process.pid, signal.SIGTERM)
    await until(lambda: alone.process.poll() is not None, seconds=5, why="the end")
    # SIPp ends the scenario as failed when the other side says BYE.
    assert await asyncio.wait_for(caller.wait(), 40) != 0
    await link.detach()
