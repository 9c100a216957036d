"""Peers that behave badly towards the phone's process: too quick, twice, again and again, and noisy.

The peer is a socket and a few lines of text, or the exchange of our own stack; the phone is the real one.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import socket
from collections import Counter
from pathlib import Path

import pytest

from agent_desktop.media import rtp, tones
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import frames_of
from agent_desktop.sip import events as sip
from agent_desktop.wire import phone as wire

HOST = "127.0.0.1"
PEER_HZ = 440.0
MOST_GROWN_MB = 30
SDP = "v=0\r\no=p 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"


class QuickPeer:
    """A server that registers anybody and answers every INVITE at once, as often as told."""

    def __init__(self, tags: tuple[str, ...]) -> None:
        self.tags = tags
        self.got: Counter[str] = Counter()
        self._plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._plug.bind((HOST, 0))
        self._plug.setblocking(False)
        self.address = f"{HOST}:{self._plug.getsockname()[1]}"
        asyncio.get_running_loop().add_reader(self._plug, self._read)

    def _read(self) -> None:
        data, source = self._plug.recvfrom(65536)
        text = data.decode(errors="replace")
        method = text.split(" ", 1)[0]
        tag = re.search(r"(?im)^(?:to|t)\s*:.*;tag=([\w-]+)", text)
        self.got[f"{method} {tag.group(1) if tag and method != 'REGISTER' else ''}".strip()] += 1
        if method == "INVITE":
            for to_tag in self.tags:
                self._plug.sendto(self._answer(text, to_tag, SDP), source)
        elif method not in {"ACK", "SIP/2.0"}:
            self._plug.sendto(self._answer(text, "" if tag else "r", ""), source)

    def _answer(self, text: str, tag: str, body: str) -> bytes:
        kept = re.findall(r"(?im)^(?:Via|From|Call-ID|CSeq)\s*:.*\r\n", text)
        to = re.findall(r"(?im)^To\s*:.*(?=\r\n)", text)[0] + (f";tag={tag}" if tag else "")
        contact = re.findall(r"(?im)^Contact\s*:.*\r\n", text) if text.startswith("REGISTER") else []
        ours = contact or [f"Contact: <sip:peer@{self.address}>\r\n"]
        kind = "Content-Type: application/sdp\r\n" if body else ""
        lines = ["SIP/2.0 200 OK\r\n", *kept, f"{to}\r\n", *ours, "Expires: 300\r\n", kind]
        return "".join([*lines, f"Content-Length: {len(body)}\r\n\r\n", body]).encode()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._plug)
        self._plug.close()


@pytest.mark.parametrize("tags", [("one",), ("one", "one", "one"), ("one", "two")])
async def test_an_answer_at_once_twice_or_from_two_is_one_call(phone, eventually, tags):
    peer = QuickPeer(tags)
    try:
        front = await phone.front_end()
        await front.register(peer.address, realm="centre.test")
        assert (await front.ask(wire.Dial(target="5551234"))).ok
        up = await front.call("up")
        await eventually(lambda: peer.got["ACK one"] >= len([tag for tag in tags if tag == "one"]))
        if "two" in tags:  # RFC 3261, 13.2.2.4: acknowledged and ended, because the other was first
            await eventually(lambda: peer.got["ACK two"] and peer.got["BYE two"])
        assert not peer.got["BYE one"]
        calls = {e.call.id for e in front.events if isinstance(e, wire.PhoneCallChanged)}
        assert calls == {up.id}
        assert (await front.ask(wire.HangUp(call=up.id))).ok
        await eventually(lambda: peer.got["BYE one"])
        assert (await front.call("ended")).ended_by == "agent"
    finally:
        peer.close()


async def test_a_peer_that_offers_again_and_again_keeps_one_call_and_one_stream(phone, exchange, eventually):
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, realm="centre.test")
    await front.ask(wire.Expect(interaction="i1"))
    leg = await exchange.call("i1")
    up = await front.call("up")
    await eventually(lambda: len(exchange.packets) > 20)
    start = len(exchange.packets)
    for number in range(1, 9):
        exchange.agent.reinvite(leg, exchange.media, exchange.transport.now())
        exchange.transport.flush()
        await eventually(lambda n=number: sum(isinstance(e, sip.MediaChanged) for e in exchange.events) >= n)
    count = len(exchange.packets)
    await eventually(lambda: len(exchange.packets) > count + 25)
    packets = [packet for _, packet in exchange.packets[start:]]
    assert len({packet.ssrc for packet in packets}) == 1
    assert all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in itertools.pairwise(packets))
    assert exchange.agent.is_up(leg)
    assert (await front.ask(wire.HangUp(call=up.id))).ok


async def test_noise_at_every_port_leaves_what_the_agent_hears(phone, exchange, eventually):
    server = await exchange.open()
    front = await phone.front_end()
    await front.register(server, realm="centre.test")
    await front.ask(wire.Expect(interaction="i1"))
    await exchange.call("i1")
    up = await front.call("up")
    agreed = (await exchange.see(sip.Answered)).agreement.audio
    target, draw = (agreed.address, agreed.port), random.Random(1)
    stream = rtp.RtpSender(ssrc=7, sequence=1, timestamp=1)
    frames = [PCMU.encode(f) for f in frames_of(tones.sine(PEER_HZ, 4.0, rate_hz=8000), 160)]
    before, loop = rss_mb(phone.process.pid), asyncio.get_running_loop()
    started = loop.time()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        for number, payload in enumerate(frames):
            await asyncio.sleep(max(0.0, started + number * 0.02 - loop.time()))
            exchange.ears.sendto(stream.packet(0, payload).encode(), target)
            stream.advance(160)
            for head in (b"\x80\x00", b"\x80\xc8", b"\x00\x01\x00\x00\x21\x12\xa4\x42", b""):
                for port in (target[1], target[1] + 1):
                    stranger.sendto(head + draw.randbytes(draw.randrange(170)), (HOST, port))
    await asyncio.sleep(0.5)
    # In tenths of a second: where the sender of this test stalls on a busy computer, nothing is heard.
    heard = frames_of(phone.heard(4.5), 1600)
    pure = pytest.approx(-12, abs=1)  # the tone is in it, and nothing else
    assert sum(tones.tone_dbfs(one, PEER_HZ) == pure == tones.level_dbfs(one) for one in heard) >= 25
    assert max(map(tones.level_dbfs, heard)) < -10
    assert rss_mb(phone.process.pid) - before < MOST_GROWN_MB
    assert (await front.ask(wire.HangUp(call=up.id))).ok


def rss_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found.group(1)) / 1024
