"""Hostile packets at the phone's own SIP and RTP ports while the agent talks: the call must not notice."""

from __future__ import annotations

import itertools
import random
import socket
from pathlib import Path

from agent_desktop.links import runfile
from agent_desktop.sip import events as sip
from agent_desktop.wire import phone as wire

CORPORA = Path(__file__).parents[1] / "corpora"
MESSAGES = sorted(
    path
    for folder in ("sip_rfc4475", "sip_rfc5118")
    for path in (CORPORA / folder).iterdir()
    if not path.name.startswith("LICENSE")
)


async def test_torture_messages_and_noise_do_not_touch_a_call(phone, exchange, eventually):
    assert len(MESSAGES) == 61
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, realm="centre.test")
    await front.ask(wire.Expect(interaction="i1"))
    leg = await exchange.call("i1")
    up = await front.call("up")
    source = (await exchange.see(sip.Bound)).source
    agreed = (await exchange.see(sip.Answered)).agreement.audio
    noise = random.Random(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        for path in MESSAGES:
            stranger.sendto(path.read_bytes(), (source.host, source.port))
        for _ in range(200):
            junk = noise.randbytes(noise.randrange(1, 1200))
            stranger.sendto(junk, (source.host, source.port))
            stranger.sendto(junk, (agreed.address, agreed.port))
            stranger.sendto(b"\x80\x00" + junk, (agreed.address, agreed.port))
    count = len(exchange.packets)
    await eventually(lambda: len(exchange.packets) > count + 50)
    numbers = [packet.sequence for _, packet in exchange.packets]
    assert all((b - a) & 0xFFFF == 1 for a, b in itertools.pairwise(numbers))
    others = [e.call for e in front.events if isinstance(e, wire.PhoneCallChanged) and e.call.id != up.id]
    # Messages from the server's own host may ring; none may answer itself, end the call or stay for ever.
    assert {call.state for call in others} <= {"ringing", "ended"}
    assert exchange.agent.is_up(leg)
    assert runfile.read(phone.data, "phone").pid == phone.process.pid
    assert phone.process.poll() is None
    assert (await front.ask(wire.HangUp(call=up.id))).ok
    assert (await exchange.see(sip.Ended)).by is sip.EndedBy.REMOTE
