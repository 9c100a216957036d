"""RFC 4475 and 5118 against a switch that runs: over UDP and TCP, one message after the other.

What each message deserves is judged in tests/sip; here it must also leave the process up, answering the
next request at once, whatever came before.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.sip import digest
from agent_desktop.wire.switch import SetDirectory

from .conftest import HOST, PASSWORD, SIP_PORT, SwitchProcess, configured

CORPORA = Path(__file__).parent.parent / "corpora"
MESSAGES = sorted(
    path
    for folder in ("sip_rfc4475", "sip_rfc5118")
    for path in (CORPORA / folder).iterdir()
    if not path.name.startswith("LICENSE")
)
# Section 3.1.2 of RFC 4475 and what the corpus' README says of RFC 5118.
INVALID = {
    *("BADINV01_I", "CLERR_I", "NCL_I", "SCALAR02_V", "QUOTBAL_I", "LTGTRURI_I", "LWSRURI_I", "LWSSTART_V"),
    *("TRWS_I", "ESCRURI_V", "BADDATE_V", "REGBADCT_I", "BADASPEC_I", "BADDN_I", "MISMATCH01_V"),
    *("MISMATCH02_V", "INSUF_I", "MULTI01_I", "MCL01_I"),
}
BAD = {f"TC_{name}.dat" for name in INVALID} | {"ipv6-bad", "ipv6-bug-abnf-3-colons"}
# Several messages share a branch or a Call-ID: 482 (merged) or the first one's answer is right for those.
GOOD = {100, 200, 401, 404, 405, 406, 415, 416, 420, 481, 482}
PROBE = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/{via} {host}:{here};branch=z9hG4bK{n};rport\r\n"
    "From: <sip:probe@{host}>;tag={n}\r\nTo: <sip:{host}>\r\nCall-ID: probe{n}\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


def udp() -> socket.socket:
    plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plug.bind((HOST, 0))
    plug.connect((HOST, SIP_PORT))
    return plug


def statuses(plug: socket.socket, seconds: float) -> list[int]:
    """The status of everything that is answered within so many seconds."""
    plug.settimeout(seconds)
    got = b""
    try:
        while data := plug.recv(65536):
            got += data
            plug.settimeout(0.05)
    except (TimeoutError, ConnectionError):
        pass
    return [int(status) for status in re.findall(rb"(?m)^SIP/2\.0 (\d{3})", got)]


def probe(n: int) -> None:
    """The switch answers an ordinary request at once."""
    with closing(udp()) as plug:
        here = plug.getsockname()[1]
        for _ in range(4):  # repeated as a telephone would: a datagram may be lost in a flood
            plug.send(PROBE.format(host=HOST, port=SIP_PORT, via="UDP", here=here, n=n).encode())
            if got := statuses(plug, 0.5):
                break
        assert set(got) == {200}, "the switch does not answer any more"


@pytest.fixture
def fresh(tmp_path: Path, directory: SetDirectory) -> Iterator[SwitchProcess]:
    """A switch of its own for each transport: a message may come once only."""
    process = configured(SwitchProcess(tmp_path / "data"), directory)
    yield process
    said = process.stop()
    assert "Traceback" not in said
    assert not [line for line in process.log() if line["level"] == "error"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_every_torture_message_is_answered_by_the_rfc_and_leaves_the_switch_up(
    fresh: SwitchProcess, transport: str
) -> None:
    answered = 0
    for n, path in enumerate(MESSAGES):
        message = path.read_bytes()
        if transport == "udp":
            # Answers go to the port of Via unless it asks for rport (RFC 3581): let them come back here.
            message = re.sub(
                rb"(?im)^((?:via|v)\s*:\s*SIP\s*/\s*2\.0\s*/\s*\w+\s+[^\r\n,;]+)",
                rb"\1;rport",
                message,
                count=1,
            )
        plug = udp() if transport == "udp" else socket.create_connection((HOST, SIP_PORT), 5)
        with closing(plug):
            plug.sendall(message)
            got = statuses(plug, 0.08)
        probe(n)
        answered += bool(got)
        if path.name == "TC_BADVERS_V.dat":
            assert got in ([505], []), path.name
        elif path.name in BAD:
            assert set(got) <= {400, 482}, (path.name, got)
        elif message.startswith(b"SIP/2.0"):
            assert not got, (path.name, got)
        else:
            assert set(got) <= GOOD, (path.name, got)
    assert fresh.process.poll() is None
    assert answered >= 38


def test_random_bytes_and_broken_beginnings_leave_the_switch_up(fresh: SwitchProcess) -> None:
    seeds = [path.read_bytes() for path in MESSAGES[:20]]
    with closing(udp()) as plug:
        for n, seed in enumerate(seeds):
            for cut in range(1, len(seed), 97):
                plug.send(seed[:cut])
                plug.send(seed[cut:])
            plug.send(bytes((n * 7 + k * k) % 256 for k in range(600)))
    probe(1)
    with closing(socket.create_connection((HOST, SIP_PORT), 5)) as plug:
        plug.sendall(b"\x00\xff" * 3000 + b"\r\n\r\n")
        probe(2)


def test_idle_connections_do_not_stop_the_service(fresh: SwitchProcess) -> None:
    """AST-2016-005: some sixty idle TCP connections stopped another exchange."""
    idle = [socket.create_connection((HOST, SIP_PORT), 5) for _ in range(90)]
    probe(3)
    with closing(socket.create_connection((HOST, SIP_PORT), 5)) as plug:
        text = PROBE.format(host=HOST, port=SIP_PORT, via="TCP", here=plug.getsockname()[1], n=4)
        plug.sendall(text.encode())
        assert statuses(plug, 2.0) == [200]
    for connection in idle:
        connection.close()


def test_guessing_is_slowed_down_by_account_and_address(fresh: SwitchProcess) -> None:
    """After five wrong passwords even the right one has to wait; another account has not."""

    def register(user: str, password: str, n: int) -> list[int]:
        with closing(udp()) as plug:
            here = plug.getsockname()[1]
            text = (
                "REGISTER sip:{host}:{port} SIP/2.0\r\n"
                "Via: SIP/2.0/UDP {host}:{here};branch=z9hG4bK{n};rport\r\n"
                "From: <sip:{user}@{host}>;tag={n}\r\nTo: <sip:{user}@{host}>\r\nCall-ID: guess{n}\r\n"
                "CSeq: {n} REGISTER\r\nContact: <sip:{user}@{host}:{here}>\r\nMax-Forwards: 70\r\n{auth}"
                "Content-Length: 0\r\n\r\n"
            )
            facts = {"host": HOST, "port": SIP_PORT, "here": here, "user": user}
            plug.send(text.format(**facts, n=2 * n, auth="").encode())
            plug.settimeout(2)
            asked = plug.recv(65536).decode()
            challenge = digest.parse_challenge(
                next(line.partition(": ")[2] for line in asked.splitlines() if line.startswith("WWW-Auth"))
            )
            assert challenge is not None
            answer = digest.respond(
                challenge,
                user=user,
                password=password,
                method="REGISTER",
                uri=f"sip:{HOST}:{SIP_PORT}",
                cnonce="c",
                count=1,
            )
            plug.send(text.format(**facts, n=2 * n + 1, auth=f"Authorization: {answer}\r\n").encode())
            return statuses(plug, 2.0)

    assert register("201", PASSWORD, 1) == [200]
    assert [register("201", "guess", n)[0] for n in range(10, 15)] == [401] * 5
    assert register("201", PASSWORD, 20) == [403]
    assert register("202", PASSWORD, 30) == [200]
    # An account that does not exist is asked and refused in the same words.
    assert register("999", "guess", 40) == register("202", "guess", 50) == [401]
