"""The phone process at the real switch process: a customer's baresip reaches the agent, both ways."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import sys
from pathlib import Path

import pytest

from agent_desktop.links import runfile
from agent_desktop.links.client import LinkClient, Target
from agent_desktop.media import tones
from agent_desktop.wire import phone as wire
from agent_desktop.wire import switch as exchange_wire
from agent_desktop.wire.codec import SWITCH_LINK
from agent_desktop.wire.exchange import ExchangeSettings
from agent_desktop.wire.models import PhoneAccount
from tests.interop.typing_party import TypingParty
from tests.peers.recordings import last_heard

from .text_peers import Reader

pytestmark = pytest.mark.peer

ROOT = Path(__file__).resolve().parents[2]
PORT = 21170
VOICE_HZ, CUSTOMER_HZ = 600, 440
BUSY_LOSS_PERCENT = 1.0
"""What a computer that is busy with other tests may lose on its own loopback; 0.4 was measured."""


class Router:
    """The router's end of the switch's link."""

    def __init__(self, run: runfile.RunFile, eventually) -> None:
        self.events = []
        self._eventually = eventually

        async def target() -> Target:
            return Target(f"ws://127.0.0.1:{run.port}/", run.token)

        self.link = LinkClient(SWITCH_LINK, name="router", target=target, on_event=self.events.append)
        self.link.start()

    async def see(self, kind, test=lambda _event: True):
        def find():
            return next((e for e in self.events if isinstance(e, kind) and test(e)), None)

        return await self._eventually(find, why=lambda: self.events)

    async def do(self, command) -> None:
        request = self.link.request(command)
        reply = await self.see(exchange_wire.SwitchReply, lambda e: e.request == request)
        assert reply.ok, reply


@pytest.fixture
async def router(tmp_path, eventually):
    data = tmp_path / "switch"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "agent_desktop", "switch", "--data", str(data), "--sip-port", str(PORT)),
        *("--first-rtp-port", "26800", "--last-rtp-port", "26840"),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    run = await eventually(lambda: runfile.read(data, "switch"), 20)
    made = Router(run, eventually)
    secret = hashlib.md5(b"201:centre.test:secret").hexdigest()  # noqa: S324 - digest authentication is MD5
    await made.do(
        exchange_wire.SetDirectory(
            realm="centre.test",
            extensions=(exchange_wire.Extension(extension="201", agent="a1", ha1=secret),),
            numbers=("4000",),
            exchange=ExchangeSettings(echo_number="4999", srtp="optional"),
        )
    )
    yield made
    await made.link.stop()
    process.terminate()
    await asyncio.wait_for(process.wait(), 30)


async def test_a_customer_reaches_the_agent_and_both_hear_each_other(
    phone, router, kit, tmp_path, eventually
):
    front = await phone.front_end()
    await front.register(f"127.0.0.1:{PORT}", "201", realm="centre.test")
    await kit(
        "baresip/start.sh",
        stop="baresip/stop.sh",
        BS_REGINT="0",
        BS_DOMAIN=f"127.0.0.1:{PORT}",
        BS_SIP_PORT="21184",
        BS_CTRL_PORT="21186",
        BS_RTP_PORT="61200",
    )
    control = ("--port", "21186")
    await kit("baresip/ctl.py", *control, "dial", f"sip:4000@127.0.0.1:{PORT}")
    call = (await router.see(exchange_wire.CallArrived)).call.id
    await router.do(exchange_wire.AnswerCall(call=call))
    assert (await front.ask(wire.Expect(interaction="i-7"))).ok
    await router.do(exchange_wire.ConnectAgent(call=call, extension="201", interaction="i-7"))
    up = await front.call("up")
    assert (up.interaction, up.direction) == ("i-7", "in")
    await router.see(exchange_wire.CallChanged, lambda e: e.call.state == "bridged")
    await eventually(lambda: tones.tone_dbfs(phone.heard(), CUSTOMER_HZ) > -25)
    assert (await front.ask(wire.SetHold(call=up.id, on=True))).ok
    await router.see(exchange_wire.CallChanged, lambda e: e.call.state == "held")
    assert (await front.ask(wire.SetHold(call=up.id, on=False))).ok
    await front.see(wire.PhoneCallChanged, lambda e: e.call.state == "held")
    await eventually(lambda: router.events[-1].call.state == "bridged")
    await asyncio.sleep(1.5)
    assert (await front.ask(wire.HangUp(call=up.id))).ok
    assert (await front.call("ended")).ended_by == "agent"
    await router.see(exchange_wire.CallEnded)

    assert tones.tone_dbfs(last_heard(tmp_path), VOICE_HZ) > -25


async def test_the_phone_is_offered_text_when_its_customer_adds_it_and_both_type(phone, router, eventually):
    caller = TypingParty(440, letters=False)
    front = await phone.front_end()
    await front.register(f"127.0.0.1:{PORT}", "201", realm="centre.test")
    try:
        await caller.open(f"127.0.0.1:{PORT}")
        await caller.dial("4000", up=False)
        call = (await router.see(exchange_wire.CallArrived)).call.id
        await router.do(exchange_wire.AnswerCall(call=call))
        await caller.rung()
        assert (await front.ask(wire.Expect(interaction="i-8"))).ok
        await router.do(exchange_wire.ConnectAgent(call=call, extension="201", interaction="i-8"))
        up = await front.call("up")
        await router.see(exchange_wire.CallChanged, lambda e: e.call.state == "bridged")
        await caller.add_letters()
        await front.see(wire.CallTextChanged, lambda e: e.text.carrier == "rtt")
        reader = Reader(front.events)
        caller.type("Grüße 你好\n")
        await eventually(lambda: reader.said("customer") == ["Grüße 你好"], why=lambda: reader.all)
        assert (await front.ask(wire.TypeText(call=up.id, text="good day\n"))).ok
        await caller.told("good day\n")
    finally:
        await caller.close()


async def test_the_self_test_calls_the_echo_number_and_measures_what_comes_back(phone, router):
    front = await phone.front_end()
    account = PhoneAccount(
        extension="201",
        server=f"127.0.0.1:{PORT}",
        realm="centre.test",
        password="secret",
        echo_number="4999",
    )
    assert (await front.ask(wire.SetAccount(account=account))).ok
    await front.see(wire.RegistrationChanged, lambda e: e.registration.state == "registered")
    assert (await front.ask(wire.RunSelfTest(skip=("microphone", "echo")))).ok
    told = await front.see(wire.SelfTestChanged, lambda e: e.over, 30)
    checks = {check.id: check for check in told.checks}
    assert set(checks) == {"speaker", "registration", "call"}
    assert {check.state for check in checks.values()} == {"ok"}, checks
    call = checks["call"]
    assert call.unit == "ms"
    assert 20 < call.value < 400  # there and back through two jitter buffers: more than a frame
    lost = re.match(r"The test call was good: (\d+\.\d) % lost,", call.words)
    assert lost, call.words
    assert float(lost[1]) <= BUSY_LOSS_PERCENT
    assert not [e for e in front.events if isinstance(e, wire.PhoneCallChanged)]  # it was hidden


async def test_a_call_in_the_centre_is_encrypted_with_the_best_codec(phone, router, eventually):
    front = await phone.front_end()
    await front.register(f"127.0.0.1:{PORT}", "201", realm="centre.test", srtp="mandatory")
    assert (await front.ask(wire.Dial(target="4999"))).ok
    up = await front.see(wire.PhoneCallChanged, lambda e: e.call.state == "up" and e.call.codec)
    assert (up.call.codec, up.call.encrypted) == ("opus", True)
    await eventually(lambda: tones.tone_dbfs(phone.heard(), VOICE_HZ) > -25)  # oneself
    told = await front.see(wire.QualityMeasured, seconds=30)
    assert told.codec == "opus"
    assert told.loss_percent <= BUSY_LOSS_PERCENT
    assert told.r_factor > 80
    assert told.mos > 4.0
