"""Agents who dial, phones that register and phones that die, at a switch that runs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agent_desktop.wire.switch import (
    AgentDialled,
    AgentLegEnded,
    AgentLegFailed,
    AnswerCall,
    CallArrived,
    CallChanged,
    CallEnded,
    ConnectAgent,
    DialOut,
    ExtensionRegistered,
    HangUpCall,
    Play,
    SetDirectory,
)

from . import slot
from .conftest import (
    HOST,
    SIP_PORT,
    Baresip,
    LinkRouter,
    extension,
    loudest_at,
    until,
)

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def directory(sounds: Path) -> SetDirectory:
    return SetDirectory(
        realm="centre.test",
        extensions=(extension("201"), extension("202")),
        numbers=("4000",),
        trunks=(f"{HOST}:{slot.OUTSIDE[0]}",),
        music=str(sounds / "music.wav"),
    )


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baresip]:
    """Somebody outside, reached through the trunk; says 440 Hz and answers by itself."""
    folder = tmp_path_factory.mktemp("outside")
    phone = Baresip(folder, "outside", slot.OUTSIDE, BS_USER="5550000", BS_REGINT="0", BS_TONE_HZ="440")
    phone.start()
    yield phone
    phone.stop()


async def test_an_agent_dials_outside_and_both_hear_each_other(
    router: LinkRouter, agent: Baresip, outside: Baresip
) -> None:
    await agent.do("dial", f"sip:5550000@{HOST}:{SIP_PORT}")
    dialled = await router.event(AgentDialled)
    assert (dialled.call.direction, dialled.call.extension, dialled.call.to_number) == (
        "out",
        "201",
        "5550000",
    )
    await router.event(CallChanged, lambda e: e.call.state == "bridged")
    await asyncio.sleep(1.2)
    await agent.do("hangup")
    ended = await router.event(CallEnded)
    assert (ended.call.ended_by, ended.call.from_number) == ("agent", "201")
    assert loudest_at(await agent.heard(), 440) == pytest.approx(-12.3, abs=1.5)
    assert loudest_at(await outside.heard(), 700) == pytest.approx(-12.3, abs=1.5)


async def test_the_router_dials_for_an_agent(router: LinkRouter, agent: Baresip, outside: Baresip) -> None:
    await router.do(
        DialOut(call="out-1", extension="201", number="5550000", interaction="i-9", caller_id="4000")
    )
    await router.event(CallChanged, lambda e: e.call.state == "bridged")
    await asyncio.sleep(0.8)
    await outside.do("hangup")
    ended = await router.event(CallEnded)
    assert (ended.call.id, ended.call.ended_by, ended.call.interaction) == ("out-1", "customer", "i-9")
    assert loudest_at(await agent.heard(), 440) == pytest.approx(-12.3, abs=1.5)


async def test_an_agent_who_is_not_there_cannot_be_dialled_for(router: LinkRouter, agent: Baresip) -> None:
    await router.do(DialOut(call="out-2", extension="202", number="5550000", interaction="i"))
    assert (await router.event(AgentLegFailed)).extension == "202"
    assert (await router.event(CallEnded)).call.ended_by == "system"
    reply = await router.ask(DialOut(call="out-3", extension="201", number="4000", interaction="i"))
    assert (reply.ok, reply.code) == (False, "unknown_number")


async def test_a_colleague_is_called_by_extension(
    tmp_path_factory: pytest.TempPathFactory, router: LinkRouter, agent: Baresip
) -> None:
    folder = tmp_path_factory.mktemp("c")  # baresip cuts the names of recordings at 128 characters
    colleague = Baresip(folder, "colleague", slot.SPARE, BS_USER="202", BS_TONE_HZ="900")
    await asyncio.to_thread(colleague.start)
    try:
        await agent.do("dial", f"sip:202@{HOST}:{SIP_PORT}")
        dialled = await router.event(AgentDialled)
        assert dialled.call.direction == "internal"
        await router.event(CallChanged, lambda e: e.call.state == "bridged")
        await asyncio.sleep(0.8)
        await agent.do("hangup")
        assert loudest_at(await agent.heard(), 900) == pytest.approx(-12.3, abs=1.5)
        assert loudest_at(await colleague.heard(), 700) == pytest.approx(-12.3, abs=1.5)
    finally:
        await asyncio.to_thread(colleague.stop)
    gone = await router.event(ExtensionRegistered, lambda e: not e.registered)
    assert gone.extension == "202"


async def test_a_colleague_who_is_not_there_is_answered_480(router: LinkRouter, agent: Baresip) -> None:
    await agent.do("dial", f"sip:202@{HOST}:{SIP_PORT}")
    await until(lambda: "480" in agent.log(), why="480 in the log of the phone")
    assert not router.all(AgentDialled)


async def test_nobody_can_call_as_an_agent_without_the_password(router: LinkRouter, agent: Baresip) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [
            *("sipp", "-sf", str(_caller_as_201(Path(agent._folder))), "-i", HOST, "-p", str(slot.SIPP[0])),
            *("-mp", str(slot.SIPP[1]), "-m", "1", "-nostdin", "-timeout", "10", f"{HOST}:{SIP_PORT}"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1500:]
    assert not router.all(AgentDialled)
    assert not router.all(CallArrived)


def _caller_as_201(folder: Path) -> Path:
    """A SIPp scenario: an INVITE that shows 201 as its caller is challenged, and guessing does not help."""
    invite = """
  <send><![CDATA[
INVITE sip:5550000@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:201@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:5550000@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: {cseq} INVITE
Contact: <sip:201@[local_ip]:[local_port]>
Max-Forwards: 70
{auth}Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
]]></send>
  <recv response="100" optional="true"/>
  <recv response="401" auth="true"/>
  <send><![CDATA[
ACK sip:5550000@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-{back}]
From: <sip:201@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:5550000@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {cseq} ACK
Max-Forwards: 70
Content-Length: 0

]]></send>"""
    guess = "[authentication username=201 password=guess]\n"
    body = invite.format(cseq=1, auth="", back=4) + invite.format(cseq=2, auth=guess, back=4)
    path = folder / "caller_as_201.xml"
    path.write_text(f'<?xml version="1.0"?><scenario name="as201">{body}</scenario>')
    return path


@pytest.fixture
async def waiting(router: LinkRouter, outside: Baresip) -> AsyncIterator[str]:
    """A customer who hears music."""
    await outside.do("dial", f"sip:4000@{HOST}:{SIP_PORT}")
    call = (await router.event(CallArrived)).call.id
    await router.do(AnswerCall(call=call))
    await router.do(Play(call=call, play="m", then_music=True))
    yield call
    await router.ask(HangUpCall(call=call))
    await outside.heard()


async def test_a_phone_that_is_killed_loses_its_leg_and_not_the_customer(
    tmp_path: Path, router: LinkRouter, outside: Baresip, waiting: str
) -> None:
    phone = Baresip(tmp_path, "dying", slot.SPARE, BS_USER="202", BS_TONE_HZ="900")
    await asyncio.to_thread(phone.start)
    await router.do(ConnectAgent(call=waiting, extension="202", interaction="i"))
    await router.event(CallChanged, lambda e: e.call.state == "bridged")
    await asyncio.sleep(0.5)
    pid = int((tmp_path / "baresip" / "dying" / "pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    await asyncio.sleep(1.3)
    await asyncio.to_thread(phone.start)  # its owner starts it again; it registers from a new place
    ended = await router.event(AgentLegEnded, seconds=30)
    assert time.monotonic() - killed < 13
    assert (ended.call, ended.extension, ended.by) == (waiting, "202", "network")
    assert not router.all(CallEnded)
    assert router.all(CallChanged)[-1].call.state == "answered"
    await router.do(ConnectAgent(call=waiting, extension="202", interaction="i"))
    seen = sum(e.call.state == "bridged" for e in router.all(CallChanged))
    await until(
        lambda: sum(e.call.state == "bridged" for e in router.all(CallChanged)) > seen - 1, why="the bridge"
    )
    await asyncio.to_thread(phone.stop)


async def test_a_wrong_password_is_refused(tmp_path: Path, router: LinkRouter) -> None:
    phone = Baresip(tmp_path, "wrong", slot.SPARE, BS_USER="202", PEERS_PASSWORD="guess", BS_REGINT="60")
    await asyncio.to_thread(phone.start)
    try:
        await until(lambda: "401" in phone.log() or "403" in phone.log(), why="the refusal")
        assert "200 OK" not in phone.log()
    finally:
        await asyncio.to_thread(phone.stop)
