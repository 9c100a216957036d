"""What strangers send to open ports: broken SIP and SDP, RTP, RTCP and packets that look like STUN.

Everything is drawn with a fixed seed, so that a failure can be had again.
"""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Iterator
from pathlib import Path

CORPORA = Path(__file__).parent.parent / "corpora"
MESSAGES = [
    path.read_bytes()
    for folder in ("sip_rfc4475", "sip_rfc5118")
    for path in sorted((CORPORA / folder).iterdir())
    if not path.name.startswith("LICENSE")
]
STUN = b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12) + b"\x80\x22\x00\x04test"
RTP_HEADS = (
    b"\x80\x00",
    b"\x80\x80",
    b"\x90\x00",
    b"\xbf\x7f",
    b"\x80\x65",
    b"\x80\xc8",
    b"\x81\xc9\x00\x07",
    STUN,
)
SDP = (
    b"v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\na=ptime:20\r\n"
)
INVITE = (
    b"INVITE sip:nobody@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK%d;rport\r\n"
    b"From: <sip:x@127.0.0.1>;tag=%d\r\nTo: <sip:nobody@127.0.0.1>\r\nCall-ID: hostile%d\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"Contact: <sip:x@127.0.0.1:9>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n"
    b"Content-Length: %d\r\n\r\n"
)


def mutated(data: bytes, draw: random.Random) -> bytes:
    """The same with a few bytes changed, taken out, doubled, or cut off."""
    found = bytearray(data)
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(found) or 1)
        match draw.randrange(5):
            case 0 if found:
                found[at % len(found)] = draw.randrange(256)
            case 1:
                del found[at : at + draw.randrange(1, 20)]
            case 2:
                found[at:at] = found[at : at + draw.randrange(1, 40)]
            case 3:
                found[at:at] = draw.choice((b"\r\n", b"\x00", b"%", b";" * 50, b"4294967296", b"-1", b"\xff"))
            case _:
                found = found[: at + 1] if draw.random() < 0.3 else found
    return bytes(found[:60_000])


def sip(count: int, seed: int = 1) -> Iterator[bytes]:
    """Torture messages, changed; and calls whose SDP is changed."""
    draw = random.Random(seed)
    for number in range(count):
        if number % 2:
            # Never a request that would be carried out: only what nobody here has asked for.
            yield mutated(draw.choice(MESSAGES), draw)
        else:
            body = mutated(SDP, draw)
            yield INVITE % (number, number, number, len(body)) + body


def media(count: int, seed: int = 2) -> Iterator[bytes]:
    """Looks like RTP, RTCP or STUN, and is noise behind the first bytes."""
    draw = random.Random(seed)
    for _ in range(count):
        yield draw.choice(RTP_HEADS) + draw.randbytes(draw.randrange(200))


def send(packets: Iterator[bytes], targets: list[tuple[str, int]], each: int) -> bool:
    """Send a handful to each target, from an address of this computer that nobody signalled."""
    sent = False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        for target in targets:
            for _, packet in zip(range(each), packets, strict=False):
                stranger.sendto(packet, target)
                sent = True
    return sent


def rss_mb(pid: int) -> float:
    """The memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1)) / 1024


def udp_ports(pid: int) -> list[int]:
    """The UDP ports that a process has open."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        target = str(link.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sorted(int(row[1].split(":")[1], 16) for row in rows if row[9] in inodes)
