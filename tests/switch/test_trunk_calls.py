"""Trunks of a switch that runs: Kamailio as the provider, SIPp as providers that fail or send calls on."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.sip.tls import fingerprint_of
from agent_desktop.wire.exchange import DialLimits, OutboundRoute, Trunk
from agent_desktop.wire.switch import (
    AnswerCall,
    CallArrived,
    CallChanged,
    CallEnded,
    DialOut,
    HangUpCall,
    Play,
    Prompt,
    SetDirectory,
    TrunkChanged,
)

from . import slot
from .conftest import HOST, KIT, PASSWORD, Baresip, LinkRouter, extension, loudest_at, until
from .slot import SIP_PORT, port

pytestmark = pytest.mark.peer

KAMAILIO, KAMAILIO_TLS, BROKEN, REDIRECTING = port(152), port(153), port(176), port(178)

SENDS_ON = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="sends on whoever is called at 302, answers others">
  <recv request="INVITE" test="moved" next="moved">
    <action><ereg regexp="INVITE sip:302" search_in="msg" assign_to="moved"/></action>
  </recv>
  <send retrans="500"><![CDATA[

    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]s[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:there@[local_ip]:[local_port]>
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [media_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 0 101
    a=rtpmap:0 PCMU/8000
    a=rtpmap:101 telephone-event/8000

  ]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send next="end"><![CDATA[

    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
  <label id="moved"/>
  <send retrans="500"><![CDATA[

    SIP/2.0 302 Moved Temporarily
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]s[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:$TARGET@192.0.2.66>
    Content-Length: 0

  ]]></send>
  <recv request="ACK"/>
  <label id="end"/>
</scenario>
"""


def kit(script: str, *words: str, run: Path, **settings: str) -> None:
    environment = os.environ | {"PEERS_RUN": str(run), "PEERS_PASSWORD": PASSWORD} | settings
    done = subprocess.run(
        [KIT / script, *words], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A provider that wants registration and a password for calls from p407…; its certificate."""
    run = tmp_path_factory.mktemp("kamailio")
    ports = {"KAM_PORT": str(KAMAILIO), "KAM_TLS_PORT": str(KAMAILIO_TLS)}
    kit("kamailio/start.sh", run=run, **ports)
    yield run / "kamailio" / "cert.pem"
    kit("kamailio/stop.sh", run=run, **ports)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A provider that answers 503."""
    run = tmp_path_factory.mktemp("sipp")
    kit(
        "sipp/start.sh", "uas_reject", run=run, SIPP_CODE="503", SIPP_REASON="Out Of Order",
        SIPP_PORT=str(BROKEN), SIPP_MEDIA_PORT=str(port(195)),
    )  # fmt: skip
    yield
    kit("sipp/stop.sh", run=run)


@pytest.fixture(scope="module")
def sends_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A provider that sends a call to 302… on, and answers every other."""
    run = tmp_path_factory.mktemp("moved")
    running = []
    for offset, target in enumerate(("7654321", "9001")):
        script = run / f"{target}.xml"
        script.write_text(SENDS_ON.replace("$TARGET", target))
        running.append(
            subprocess.Popen(
                [
                    *("sipp", "-sf", str(script), "-i", HOST, "-mi", HOST, "-nostdin", "-rtp_echo"),
                    *("-p", str(REDIRECTING + offset), "-mp", str(port(80 + 4 * offset))),
                ],
                cwd=run,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
    yield
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def directory(sounds: Path, kamailio: Path, broken: None, sends_on: None) -> SetDirectory:
    pin = fingerprint_of(ssl.PEM_cert_to_DER_cert(kamailio.read_text()))
    tls = {"host": HOST, "port": KAMAILIO_TLS, "transport": "tls", "register": True, "password": PASSWORD}
    return SetDirectory(
        realm="centre.test",
        extensions=(extension("201"), extension("202")),
        numbers=("4000", "5559000"),
        music=str(sounds / "music.wav"),
        trunk_accounts=(
            Trunk(id="broken", host=HOST, port=BROKEN),
            Trunk(
                id="provider", host=HOST, port=KAMAILIO, user="5559000", password=PASSWORD, register=True,
                caller_id="p4075559000", codecs=("PCMA",),
            ),
            Trunk(id="moving", host=HOST, port=REDIRECTING),
            Trunk(id="cheating", host=HOST, port=REDIRECTING + 1),
            Trunk(id="sealed", user="5559001", fingerprint=pin, **tls),
            Trunk(id="doubted", user="5559002", **(tls | {"port": KAMAILIO})),
            Trunk(id="lost", user="5559003", ca_file="/nowhere.pem", **(tls | {"port": BROKEN})),
        ),
        routes=(
            OutboundRoute(prefix="0555", trunks=("broken", "provider"), strip=1),
            OutboundRoute(prefix="302", trunks=("moving",)),
            OutboundRoute(prefix="3029", trunks=("cheating",)),
            OutboundRoute(prefix="900", trunks=("provider",)),
        ),
        limits=DialLimits(refused=("900",), dials_per_agent_hour=1000),
    )  # fmt: skip


@pytest.fixture(scope="module")
def outside(kamailio: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baresip]:
    """Somebody at the provider; says 440 Hz and answers by itself."""
    folder = tmp_path_factory.mktemp("outside")
    phone = Baresip(
        folder, "outside", slot.OUTSIDE, BS_USER="5550000", BS_DOMAIN=f"{HOST}:{KAMAILIO}", BS_TONE_HZ="440"
    )
    phone.start()
    yield phone
    phone.stop()


async def test_trunks_register_and_say_how_it_goes(router: LinkRouter) -> None:
    states: dict[str, str] = {}

    async def settled() -> bool:
        link = LinkRouter((router._port, router._token))
        snapshot = await link.attach()
        await link.detach()
        assert snapshot is not None
        states.clear()
        states.update(snapshot.trunks)
        return states["provider"] == states["sealed"] == "up" and states["doubted"] == "down"

    for _ in range(100):
        if await settled():
            break
        await asyncio.sleep(0.1)
    assert states == {
        "broken": "up", "provider": "up", "moving": "up", "cheating": "up", "sealed": "up",
        "doubted": "down", "lost": "failed",
    }  # fmt: skip


async def test_a_call_goes_over_the_next_trunk_when_the_first_is_out_of_order(
    router: LinkRouter, agent: Baresip, outside: Baresip
) -> None:
    await router.do(DialOut(call="out1", extension="201", number="0 555 0000", interaction="i"))
    await router.event(CallChanged, lambda e: e.call.state == "bridged")
    await asyncio.sleep(1.5)
    await router.do(HangUpCall(call="out1"))
    ended = await router.event(CallEnded)
    assert (ended.call.trunk, ended.call.to_number) == ("provider", "0 555 0000")
    customer = next(leg for leg in ended.call.legs if leg.kind == "customer")
    assert customer.quality is not None
    assert customer.quality.codec == "PCMA"  # the trunk's own choice
    assert any(e.trunk == "broken" and e.state == "down" for e in router.all(TrunkChanged))
    assert loudest_at(await agent.heard(), 440) > -30
    assert loudest_at(await outside.heard(), 700) > -30


async def test_a_call_that_comes_over_a_trunk_is_the_trunk_s(
    router: LinkRouter, outside: Baresip, sounds: Path
) -> None:
    await outside.do("dial", f"sip:5559000@{HOST}:{KAMAILIO}")
    arrived = await router.event(CallArrived)
    assert (arrived.call.to_number, arrived.call.trunk) == ("5559000", "provider")
    await router.do(AnswerCall(call=arrived.call.id))
    await router.do(
        Play(call=arrived.call.id, play="p", prompts=(Prompt(file=str(sounds / "greeting.wav")),))
    )
    await asyncio.sleep(1.5)
    await router.do(HangUpCall(call=arrived.call.id))
    await router.event(CallEnded)
    assert loudest_at(await outside.heard(), 1000) > -30


async def test_a_call_that_is_sent_on_goes_by_the_same_trunk(router: LinkRouter, agent: Baresip) -> None:
    await router.do(DialOut(call="out2", extension="201", number="3021", interaction="i"))
    await router.event(CallChanged, lambda e: e.call.id == "out2" and e.call.state == "bridged")
    await asyncio.sleep(1.0)
    await router.do(HangUpCall(call="out2"))
    assert loudest_at(await agent.heard(), 700) > -30  # SIPp sends back what it hears


async def test_a_call_is_not_sent_on_to_a_number_that_may_not_be_dialled(
    router: LinkRouter, agent: Baresip
) -> None:
    await router.do(DialOut(call="out3", extension="201", number="30291", interaction="i"))
    ended = await router.event(CallEnded, lambda e: e.call.id == "out3")
    assert "302" in ended.call.ended_why or "Moved" in ended.call.ended_why


async def test_a_number_that_may_not_be_dialled_is_refused_in_words(
    router: LinkRouter, agent: Baresip
) -> None:
    reply = await router.ask(DialOut(call="out4", extension="201", number="9 0 0 1", interaction="i"))
    assert (reply.ok, reply.code) == (False, "refused_number")
    assert reply.message == "This centre does not call such numbers."
    await agent.do("dial", f"sip:9001@{HOST}:{SIP_PORT}")
    await until(lambda: "403" in agent.log(), why="a refusal at the agent's own phone")
    assert not router.all(CallEnded)
