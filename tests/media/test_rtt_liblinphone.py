"""Real-time text with liblinphone, a program that we did not write; our end is a bare socket.

Goals G10 (exact both ways) and G11 (two packets in a row lost: exact; three: one mark).
"""

from __future__ import annotations

import json
import os
import re
import secrets
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.errors import ProtocolError
from agent_desktop.media import rtp, rtt_send, t140
from agent_desktop.media.rtp import RtpSender
from agent_desktop.media.rtt import TextPlan
from agent_desktop.media.rtt_receive import TextReceiver
from agent_desktop.media.rtt_send import TextSender
from agent_desktop.media.text_lines import TextLines
from agent_desktop.sip.negotiation import accept_answer
from agent_desktop.sip.sdp import Origin, build_sdp, parse_sdp
from agent_desktop.voice.offer import MediaPolicy, local_media, text_stream
from agent_desktop.voice.text import route_of

PEER = Path(__file__).parents[1] / "peers/kit/rtt-liblinphone/rtt_peer.py"
PLAN = TextPlan(t140_payload_type=97, red_payload_type=96)
THEIRS = r"Hi 世界\b界 åé x\b!\u2028ok"
OURS = "Hello åé 你好 x\b!\nline 2"


def free_ports(count: int) -> list[int]:
    """Even numbers, each with its neighbour free."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            number = probe.getsockname()[1] & ~1
        if number not in found:
            found.append(number)
    return found


class Talk:
    """One call to the peer: just enough SIP, and the text of it."""

    def __init__(self, peer: subprocess.Popen[str], peer_sip: int) -> None:
        self.peer, self.to = peer, ("127.0.0.1", peer_sip)
        self.sip, self.text, self.audio = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3))
        for port in (self.sip, self.text, self.audio):
            port.bind(("127.0.0.1", 0))
            port.settimeout(10)
        self.remote = ("127.0.0.1", 0)
        self.to_tag = ""
        self.sent = 0
        """Packets of text, and empty ones."""

    def send(self, method: str, body: str = "") -> None:
        here = f"127.0.0.1:{self.sip.getsockname()[1]}"
        lines = [
            f"{method} sip:rtt-peer@127.0.0.1:{self.to[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{method};rport",
            "Max-Forwards: 70",
            "From: <sip:ours@127.0.0.1>;tag=1",
            f"To: <sip:rtt-peer@127.0.0.1>{self.to_tag}",
            f"Call-ID: {here}",
            f"CSeq: {2 if method == 'BYE' else 1} {method}",
            f"Contact: <sip:ours@{here}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self.sip.sendto(("\r\n".join([*lines, "", body])).encode(), self.to)

    def call(self, offer: str = "") -> str:
        """What the peer answered."""
        self.send(
            "INVITE",
            offer
            or "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.audio.getsockname()[1]} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
            f"m=text {self.text.getsockname()[1]} RTP/AVP 96 97\r\na=rtpmap:96 red/1000\r\n"
            "a=fmtp:96 97/97/97\r\na=rtpmap:97 t140/1000\r\n",
        )
        while not (answer := self.sip.recv(8000).decode()).startswith("SIP/2.0 2"):
            assert answer.startswith("SIP/2.0 1"), answer
        tag = re.search(r"^To:.*(;tag=[^;\r]+)", answer, re.MULTILINE)
        port = re.search(r"^m=text (\d+) RTP/AVP 9[68] 9[79]", answer, re.MULTILINE)
        assert tag is not None
        assert port is not None, answer
        self.to_tag, self.remote = tag[1], ("127.0.0.1", int(port[1]))
        self.send("ACK")
        return answer.partition("\r\n\r\n")[2]

    def talk(self, ours: str, lost: frozenset[int], until: int) -> tuple[str, int]:
        """Type and read until so many signs have come and all of ours are sent; what came, as it came."""
        start_s = time.monotonic()
        stream = RtpSender(ssrc=77, sequence=0xFFFD, timestamp=0xFFFFF000)
        sending, receiving = TextSender(PLAN, stream, start_s), TextReceiver(PLAN)
        keys, read, text_packets = list(ours), "", 0
        next_key_s = start_s + 0.5
        with selectors.DefaultSelector() as selector:
            selector.register(self.text, selectors.EVENT_READ)
            while keys or not sending.is_idle or len(read) < until:
                now_s = time.monotonic()
                assert now_s < start_s + 25, (read, keys)
                if keys and now_s >= next_key_s:
                    sending.write(keys.pop(0))
                    next_key_s += 0.1
                packet = sending.due(now_s) or sending.keep_alive(now_s)
                if packet is not None:
                    if text_packets not in lost:
                        self.text.sendto(packet.encode(), self.remote)
                    text_packets += 1
                    self.sent = text_packets
                due = [
                    s for s in (sending.deadline_s, receiving.deadline_s, next_key_s if keys else None) if s
                ]
                wait_s = max(0.0, min([*due, now_s + 0.2]) - now_s)
                read += receiving.tick(now_s)
                if selector.select(wait_s):
                    try:
                        arrived = rtp.parse(self.text.recv(2048))
                    except ProtocolError:
                        continue  # liblinphone tries STUN first
                    read += receiving.receive(arrived, time.monotonic())
        return read, receiving.counters.holes

    def end(self) -> str:
        """Hang up; what the peer read."""
        self.send("BYE")
        out, _ = self.peer.communicate(timeout=15)
        for port in (self.sip, self.text, self.audio):
            port.close()
        events = [json.loads(line) for line in out.splitlines()]
        received: str = next(event["received"] for event in events if event["event"] == "end")
        return received.replace(t140.BYTE_ORDER_MARK, "")


@pytest.fixture
def talk() -> Iterator[Talk]:
    sip, text, audio = free_ports(3)
    command = ["/usr/bin/python3", str(PEER), "--accept", "--sip-port", str(sip), "--text-port", str(text)]
    command += ["--audio-port", str(audio), "--send", THEIRS, "--send-after", "0.3", "--char-ms", "100"]
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    ) as peer:
        assert peer.stdout is not None
        assert "ready" in peer.stdout.readline()
        yield Talk(peer, sip)
        if peer.poll() is None:
            peer.send_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    ("lost", "marks"), [(frozenset(), 0), (frozenset({3, 4}), 0), (frozenset({3, 4, 5}), 1)], ids=str
)
def test_text_is_exact_both_ways_with_liblinphone(talk: Talk, lost: frozenset[int], marks: int) -> None:
    talk.call()
    read, holes = talk.talk(OURS, lost, until=len("Hi 世界\b界 åé x\b!\nok"))
    theirs = talk.end()
    assert read == "Hi 世界\b界 åé x\b!\nok"
    assert holes == 0
    assert theirs.count("\ufffd") == marks
    if not marks:
        assert theirs == OURS.replace("\n", "\u2028")
        lines = TextLines()
        lines.write("You", t140.Cleaner().feed(theirs), 0.0)
        assert [line.text for line in lines.open] == ["line 2"]


def test_packets_that_keep_the_way_open_are_no_text_to_liblinphone(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if two minutes of silence were one second: between every two keys of ours come empty packets."""
    monkeypatch.setattr(rtt_send, "KEPT_ALIVE_S", 0.02)
    talk.call()
    read, holes = talk.talk("Hello åé 你好", frozenset(), until=len("Hi 世界\b界 åé x\b!\nok"))
    assert (read, holes) == ("Hi 世界\b界 åé x\b!\nok", 0)
    assert talk.sent > 12, "five or six packets hold what was typed, and two repeat the last"
    assert talk.end() == "Hello åé 你好"


def test_three_generations_are_offered_and_liblinphone_which_answers_two_is_sent_two(talk: Talk) -> None:
    sound = local_media(
        MediaPolicy(codecs=("PCMU",)), "127.0.0.1", talk.audio.getsockname()[1], secrets.token_bytes
    )
    ours = sound.with_text(text_stream(sound, talk.text.getsockname()[1], secrets.token_bytes))
    answer = talk.call(build_sdp(Origin("1", 1, "127.0.0.1"), ours).decode())
    talk.end()
    stream = route_of(accept_answer(ours, parse_sdp(answer.encode()))).route.stream
    assert stream is not None
    assert ours.text is not None
    assert [codec.fmtp for codec in ours.text.codecs] == ["99/99/99/99", ""]
    assert stream.text == TextPlan(99, 98, generations=2)
