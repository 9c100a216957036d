"""The phone's process: who may attach, what outlives a front end, and how it ends."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path

import pytest

from agent_desktop.links import runfile
from agent_desktop.media import tones
from agent_desktop.phone.app import Options, PhoneProcess
from agent_desktop.sip import events as sip
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount

ROOT = Path(__file__).resolve().parents[2]
VOICE_HZ = 600
REALM = {"realm": "centre.test"}


async def test_a_call_that_the_agent_accepted_is_answered_by_itself(phone, exchange, eventually):
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, **REALM)
    assert (await front.ask(wire.Expect(interaction="i7"))).ok
    leg = await exchange.call("i7")
    assert (await exchange.see(sip.Answered)).leg == leg
    up = await front.call("up")
    assert (up.interaction, up.remote, up.remote_name) == ("i7", "+4930123", "Grace Hopper")
    await eventually(lambda: tones.tone_dbfs(exchange.voice(), VOICE_HZ) > -20)
    exchange.agent.hang_up(leg, exchange.transport.now())
    exchange.transport.flush()
    assert (await front.call("ended")).ended_by == "remote"


async def test_an_expectation_that_comes_while_it_rings_answers_too(phone, exchange):
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, **REALM)
    await exchange.call("i8")
    assert (await front.call("ringing")).interaction == "i8"
    assert (await front.ask(wire.Expect(interaction="other"))).ok
    assert not [e for e in exchange.events if isinstance(e, sip.Answered)]
    assert (await front.ask(wire.Expect(interaction="i8"))).ok
    await front.call("up")
    await exchange.see(sip.Answered)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_is_called_back_the_way_it_registered(phone, exchange, transport):
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, transport=transport, **REALM)
    assert (await exchange.see(sip.Bound)).source.transport == transport
    leg = await exchange.call()
    ringing = await front.call("ringing")
    assert (await front.ask(wire.Reject(call=ringing.id, status=486))).ok
    assert (await exchange.see(sip.Ended, lambda e: e.leg == leg)).status == 486
    leg = await exchange.call()
    ringing = await front.see(
        wire.PhoneCallChanged, lambda e: e.call.state == "ringing" and e.call.id != ringing.id
    )
    assert (await front.ask(wire.Answer(call=ringing.call.id))).ok
    assert (await exchange.see(sip.Answered)).leg == leg
    assert (await front.ask(wire.HangUp(call=ringing.call.id))).ok
    assert (await exchange.see(sip.Ended, lambda e: e.leg == leg)).by is sip.EndedBy.REMOTE


async def test_a_killed_front_end_does_not_touch_the_sound_and_the_next_one_finds_the_call(
    phone, exchange, eventually
):
    server = await exchange.open()
    run = await phone.up()
    window = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", WINDOW, str(run.port), run.token, server),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        await exchange.call("i9")
        await exchange.see(sip.Answered)
        await eventually(lambda: len(exchange.packets) > 25)
        window.send_signal(signal.SIGKILL)
        await window.wait()
        killed_at = len(exchange.packets)
        await eventually(lambda: len(exchange.packets) > killed_at + 75)
    finally:
        if window.returncode is None:
            window.kill()
            await window.wait()
    numbers = [packet.sequence for _, packet in exchange.packets]
    assert all((b - a) & 0xFFFF == 1 for a, b in itertools.pairwise(numbers))
    gaps = [b - a for (a, _), (b, _) in itertools.pairwise(exchange.packets)]
    assert max(gaps[killed_at - 10 :]) < 0.2
    assert tones.tone_dbfs(exchange.voice(), VOICE_HZ) > -20
    front = await phone.front_end()
    snapshot = front.events[0]
    assert [call.state for call in snapshot.calls] == ["up"]
    assert snapshot.registration.state == "registered"
    assert (await front.ask(wire.HangUp(call=snapshot.calls[0].id))).ok
    assert (await exchange.see(sip.Ended)).by is sip.EndedBy.REMOTE


WINDOW = """
import asyncio, sys
from agent_desktop.links.client import LinkClient, Target
from agent_desktop.wire import phone as wire
from agent_desktop.wire.codec import PHONE_LINK
from agent_desktop.wire.models import PhoneAccount

async def main():
    port, token, server = sys.argv[1:]
    async def target():
        return Target(f"ws://127.0.0.1:{port}/", token)
    link = LinkClient(PHONE_LINK, name="window", target=target, on_event=lambda event: None)
    link.start()
    account = PhoneAccount(extension="201", server=server, realm="centre.test", password="secret")
    link.request(wire.SetAccount(account=account))
    link.request(wire.Expect(interaction="i9"))
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_digits_reach_the_other_side_before_a_hold(phone, exchange, eventually):
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, **REALM)
    await front.ask(wire.Expect(interaction="i1"))
    await exchange.call("i1")
    up = await front.call("up")
    await eventually(lambda: exchange.packets)
    assert (await front.ask(wire.SendDtmf(call=up.id, digits="15#"))).ok
    assert (await front.ask(wire.SetHold(call=up.id, on=True))).ok
    held = await exchange.see(sip.MediaChanged)
    assert held.agreement.is_held_by_peer
    events = [packet for _, packet in exchange.packets if packet.payload_type == 101]
    ends = {packet.timestamp: packet.payload[0] for packet in events if packet.payload[1] & 0x80}
    assert list(ends.values()) == [1, 5, 11]


async def test_the_run_file_is_private_and_a_wrong_token_is_refused(phone, new_front_end):
    run = await phone.up()
    assert runfile.path_of(phone.data, "phone").stat().st_mode & 0o777 == 0o600
    stranger = new_front_end(runfile.RunFile(run.pid, run.port, "guess"))
    stranger.link.start()
    await asyncio.sleep(0.5)
    assert not stranger.link.live
    assert stranger.events == []
    await stranger.link.stop()


async def test_a_second_phone_for_the_same_folder_is_refused(phone):
    await phone.up()
    second = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "agent_desktop", "phone", "--data", str(phone.data)),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await asyncio.wait_for(second.communicate(), 40)
    assert second.returncode == 1
    assert b"A phone runs already" in complaint


async def test_a_shutdown_hangs_up_and_ends_the_process(phone, exchange):
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, **REALM)
    await front.ask(wire.Expect(interaction="i1"))
    leg = await exchange.call("i1")
    await exchange.see(sip.Answered)
    assert (await front.ask(wire.Shutdown())).ok
    assert (await exchange.see(sip.Ended)).leg == leg
    await exchange.see(sip.Unbound)
    assert await asyncio.to_thread(phone.process.wait, 5) == 0
    assert runfile.read(phone.data, "phone") is None


@pytest.mark.skipif(sys.platform != "linux", reason="counts what /proc shows")
async def test_call_after_call_leaves_nothing_behind(phone, exchange, eventually):
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, **REALM)

    async def one_call(number: int) -> None:
        await front.ask(wire.Expect(interaction=f"i{number}"))
        leg = await exchange.call(f"i{number}")
        await exchange.see(sip.Answered, lambda e: e.leg == leg)
        heard = len(exchange.packets)
        await eventually(lambda: len(exchange.packets) > heard + 3)
        exchange.agent.hang_up(leg, exchange.transport.now())
        exchange.transport.flush()
        await front.see(
            wire.PhoneCallChanged, lambda e: e.call.state == "ended" and e.call.interaction == f"i{number}"
        )

    def counts() -> tuple[int, int]:
        of = Path(f"/proc/{phone.process.pid}")
        return len(list((of / "fd").iterdir())), len(list((of / "task").iterdir()))

    await one_call(0)
    files, threads = counts()
    for number in range(1, 15):
        await one_call(number)
    await eventually(
        lambda: counts()[0] <= files and counts()[1] <= threads, why=lambda: (files, threads, counts())
    )


async def test_a_sigterm_ends_the_process(phone):
    await phone.up()
    phone.process.terminate()
    assert await asyncio.to_thread(phone.process.wait, 5) == 0


async def test_a_phone_that_nobody_needs_ends_by_itself_but_not_during_a_call(
    tmp_path, exchange, eventually, new_front_end
):
    server = await exchange.open()
    process = PhoneProcess(Options(tmp_path, "silent", "silent", alone_s=0.3))
    running = asyncio.get_running_loop().create_task(process.run())
    run = await eventually(lambda: runfile.read(tmp_path, "phone"))
    front = new_front_end(run)
    await front.attach()
    await front.register(server, **REALM)
    await front.ask(wire.Expect(interaction="i1"))
    leg = await exchange.call("i1")
    await front.call("up")
    await front.link.stop()
    await asyncio.sleep(0.8)
    assert not running.done()
    exchange.agent.hang_up(leg, exchange.transport.now())
    exchange.transport.flush()
    await asyncio.wait_for(running, 30)
    assert runfile.read(tmp_path, "phone") is None


async def test_a_stranger_cannot_make_the_phone_ring(tmp_path, exchange, eventually):
    server = await exchange.open()
    process = PhoneProcess(Options(tmp_path, "silent", "silent", alone_s=60.0))
    running = asyncio.get_running_loop().create_task(process.run())
    await eventually(lambda: runfile.read(tmp_path, "phone"))
    softphone = process.softphone
    account = PhoneAccount(extension="201", server=server, realm="centre.test", password="secret")
    softphone.handle("1", wire.SetAccount(account=account))
    await exchange.see(sip.Bound)
    station = softphone._engine._signing.station
    station.server_host = "192.0.2.1"  # the registrar is elsewhere; the exchange is a stranger now
    leg = await exchange.call("i1")
    assert (await exchange.see(sip.Ended, lambda e: e.leg == leg)).status == 403
    assert softphone.snapshot().calls == ()
    process.stop()
    await asyncio.wait_for(running, 30)


async def test_what_cannot_be_done_is_refused_in_words(phone):
    front = await phone.front_end()
    for command, code in (
        (wire.Answer(call="x"), "no_such_call"),
        (wire.HangUp(call="x"), "no_such_call"),
        (wire.SetMute(call="x", on=True), "no_such_call"),
        (wire.Dial(target="100"), "not_registered"),
    ):
        reply = await front.ask(command)
        assert (reply.ok, reply.code) == (False, code)
        assert reply.message.endswith(".")
