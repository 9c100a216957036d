"""Hostile and broken input at the running programs: a clear answer each time, nothing lost, all still up."""

from __future__ import annotations

import contextlib
import random
import re
import smtplib
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import websockets
from websockets.sync.client import connect

from agent_desktop import assets

from . import places
from .agent import AgentInText
from .programs import PROGRAM, ROOT, Demo, environment, exists, start_demo, until
from .telephone import Telephone

pytestmark = pytest.mark.peer

OPTIONS = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{here};branch=z9hG4bKe2e{n};rport\r\n"
    "From: <sip:probe@{host}>;tag=e2e{n}\r\nTo: <sip:{host}>\r\nCall-ID: e2e{n}\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that only this file mistreats."""
    made = Demo(tmp_path_factory.mktemp("mistreated") / "demo", places.block())
    yield made
    made.stop()


def answers(port: int, n: int) -> bool:
    """Whether an ordinary OPTIONS is answered with 200; repeated as a telephone would."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.bind((places.HOST, 0))
        plug.settimeout(0.5)
        here = plug.getsockname()[1]
        for _ in range(10):
            plug.sendto(
                OPTIONS.format(host=places.HOST, port=port, here=here, n=n).encode(), (places.HOST, port)
            )
            with contextlib.suppress(TimeoutError, ConnectionError):
                return plug.recv(65536).startswith(b"SIP/2.0 200")
    return False


def udp_ports(pid: int) -> list[int]:
    """The UDP ports of a process."""
    own = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            own.add(str(link.readlink()))
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return [int(row[1].rpartition(":")[2], 16) for row in rows if f"socket:[{row[9]}]" in own]


def torture(corpora: Path, port: int) -> None:
    """Every message of RFC 4475 and RFC 5118 to one port."""
    paths = [path for name in ("sip_rfc4475", "sip_rfc5118") for path in sorted((corpora / name).iterdir())]
    messages = [path.read_bytes() for path in paths if not path.name.startswith("LICENSE")]
    assert len(messages) > 50
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.bind((places.HOST, 0))
        for n, message in enumerate(messages):
            plug.sendto(message[:65000], (places.HOST, port))
            if n % 8 == 7:
                assert answers(port, port * 100 + n)
    assert answers(port, port * 100 + 99)


def lines_of(raw: bytes) -> bytes:
    """A mail with the line ends that SMTP gives it."""
    return re.sub(rb"\r\n|\n|\r(?!\n)", b"\r\n", raw).rstrip(b"\r\n")


def test_torture_messages_leave_switch_and_phone_up_and_the_next_call_works(
    demo: Demo, corpora: Path, text: Callable[..., AgentInText], telephone: Callable[..., Telephone]
) -> None:
    agent = text(demo, "noor").ready()
    switch, phone = demo.switch_pid, agent.phone_pid
    torture(corpora, demo.base + 1)
    ports = [port for port in udp_ports(phone) if answers(port, port)]
    assert ports
    for port in ports:
        torture(corpora, port)
    assert (demo.switch_pid, agent.phone_pid) == (switch, phone)
    caller = telephone(demo, "8001", "+4940777009")
    offer = agent.wait("offer", 20.0, **{"from": "+4940777009"})
    agent.done(f"accept {offer['offer']}")
    until(caller.hears_agent, 30, "the caller never heard the agent")
    caller.hang_up()
    agent.close(offer["interaction"])


def test_an_unknown_number_is_answered_with_404(demo: Demo, telephone: Callable[..., Telephone]) -> None:
    caller = telephone(demo, "4711")
    until(caller.over.is_set, 30)
    assert caller.ended is not None
    assert caller.ended.status == 404


def test_broken_json_and_random_bytes_at_the_agents_websocket_are_refused_and_nothing_falls(
    demo: Demo, corpora: Path
) -> None:
    frames = [path.read_bytes() for path in sorted((corpora / "json_nst" / "test_parsing").iterdir())]
    chance = random.Random(4475)
    frames += [chance.randbytes(size) for size in (1, 10, 100, 1000, 60_000) for _ in range(6)]
    address = f"ws://{places.HOST}:{demo.base}/ws/agent"
    for number, frame in enumerate(frames):
        with contextlib.suppress(websockets.ConnectionClosed), connect(address, max_size=None) as plug:
            try:
                plug.send(frame.decode())
            except UnicodeDecodeError:
                plug.send(frame)
            said = plug.recv(15)
            assert "Snapshot" not in str(said), (number, frame[:100], said)
    assert demo.ready()


def test_a_wrong_password_is_one_clear_sentence(demo: Demo, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not-it\n")
    done = subprocess.run(
        [
            *(*PROGRAM, "text", "--server", demo.http, "--user", "sara", "--password-file", str(wrong)),
            *("--data", str(tmp_path / "data")),
        ],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd=ROOT, env=environment(),
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    said = (done.stdout + done.stderr).strip()
    assert "password" in said.lower()
    assert len(said.splitlines()) == 1, said


def test_a_second_demo_on_the_same_ports_says_which_port_is_in_use(demo: Demo, tmp_path: Path) -> None:
    said = tmp_path / "said"
    second = start_demo(tmp_path / "second", demo.base, said)
    out, _ = second.communicate(timeout=60)
    assert (second.returncode, out) == (1, b"")
    (line,) = said.read_text().splitlines()
    assert line.startswith(f"agent-desktop: Port {demo.base} is in use")
    assert demo.ready()


def test_a_broken_configuration_is_refused_with_its_line(tmp_path: Path) -> None:
    whole = assets.resource("centre", "centre.toml").read_text(encoding="utf-8")
    right = 'queues = ["support", "webchat", "mail"]'
    line = whole[: whole.index(right)].count("\n") + 1
    broken = tmp_path / "centre.toml"
    for text, words in (
        (whole.replace(right, 'queues = ["suport"]', 1), "suport"),
        (whole.replace(right, "queues = [", 1), ""),
    ):
        broken.write_text(text)
        done = subprocess.run(
            [*PROGRAM, "server", f"--config={broken}", f"--data={tmp_path / 'data'}"],
            capture_output=True, text=True, timeout=60, cwd=ROOT, env=environment(), check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert words in done.stderr
        assert any(f"line {n}" in done.stderr for n in (line, line + 1)), done.stderr


def test_every_mail_of_the_corpora_is_accepted_and_kept_and_stops_nothing(
    demo: Demo, mails: dict[str, bytes]
) -> None:
    names = sorted(mails)
    with smtplib.SMTP(places.HOST, demo.base + 2, timeout=30) as smtp:
        for name in names:
            refused = smtp.sendmail("grace@example.com", ["help@nordlight.example"], lines_of(mails[name]))
            assert not refused, name
    # The same bytes twice are one mail; a header of ours may stand above them.
    kept = [lines_of(row[0]) for row in demo.query("SELECT data FROM raws")]
    lost = [name for name in names if not any(one.endswith(lines_of(mails[name])) for one in kept)]
    assert not lost, "acknowledged and not kept"
    until(lambda: demo.query("SELECT count(*) FROM raws WHERE parsed = 0") == [(0,)], 60)
    (messages,) = demo.query("SELECT count(*) FROM messages WHERE json_extract(body, '$.direction') = 'in'")[
        0
    ]
    print(f"{len(names)} mails, {messages} messages in the record")
    assert httpx.get(f"{demo.http}/readyz", trust_env=False).status_code == httpx.codes.OK
    assert exists(demo.router_pid)
    assert demo.errors() == []
