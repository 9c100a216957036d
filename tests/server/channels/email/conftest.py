"""The mails of the corpora, a router that keeps everything in memory, and a real Dovecot."""

from __future__ import annotations

import asyncio
import grp
import itertools
import os
import pwd
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from imapclient import IMAPClient

from agent_desktop.domain.conversation import Message
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, MessageId
from agent_desktop.ports.channels import IncomingMessage, Taken
from tests.e2e.programs import end
from tests.interop.places import is_free

_NO_MAIL = {"LICENSE", "COPYING", "LICENSE-MIT.txt"}
MAILS = 275  # tests/corpora/README.md


def _split(box: bytes) -> list[bytes]:
    places = [found.start() for found in re.finditer(rb"(?m)^From ", box)]
    return [box[begin:end] for begin, end in zip(places, [*places[1:], len(box)], strict=True)]


@pytest.fixture(scope="session")
def mails(corpora: Path) -> dict[str, bytes]:
    """Every mail by its name: 275 of them; the HTML pages and partial mails beside them are other sets."""
    found: dict[str, bytes] = {}
    for path in sorted(corpora.glob("mail_*/**/*")):
        if not path.is_file() or path.name in _NO_MAIL or path.parent.name in {"html", "partial"}:
            continue
        name, raw = str(path.relative_to(corpora)), path.read_bytes()
        if path.parent.name == "mbox":
            found |= {f"{name}#{number}": mail for number, mail in enumerate(_split(raw))}
        else:
            found[name] = raw
    assert len(found) == MAILS
    return found


SHARE = 12
_first = 21550 + SHARE * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 4)
PORTS = range(_first, _first + SHARE)
"""Of this worker alone: a Dovecot that starts has taken its ports, and nobody sees it yet."""


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Gives a port of this folder's range that nobody listens at."""
    left = itertools.cycle(PORTS)

    def take() -> int:
        for port in itertools.islice(left, len(PORTS)):
            if is_free(port):
                return port
        raise RuntimeError(f"no port is left from {_first} on")

    return take


@pytest.fixture
def intake() -> FakeIntake:
    return FakeIntake()


@dataclass
class FakeIntake:
    """A router that keeps everything in memory, and fails when told to."""

    raws: dict[str, tuple[ChannelId, bytes]] = field(default_factory=dict)
    keys: dict[tuple[ChannelId, str], str] = field(default_factory=dict)
    messages: list[IncomingMessage] = field(default_factory=list)
    parsed: set[str] = field(default_factory=set)
    fails: Exception | None = None  # raw_arrived raises it
    refuses: list[Exception] = field(default_factory=list)  # message_arrived raises one after the other
    steps: list[str] = field(default_factory=list)

    async def raw_arrived(self, channel: ChannelId, key: str, raw: bytes) -> str | None:
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        if (channel, key) in self.keys:
            return None
        raw_id = f"raw-{len(self.raws)}"
        self.keys[channel, key] = raw_id
        self.raws[raw_id] = (channel, raw)
        self.steps.append(f"kept {channel}")
        return raw_id

    def unparsed(self, channel: ChannelId) -> Sequence[tuple[str, bytes]]:
        return [
            (raw_id, raw)
            for raw_id, (owner, raw) in self.raws.items()
            if owner == channel and raw_id not in self.parsed
        ]

    async def message_arrived(self, message: IncomingMessage) -> Taken:
        await asyncio.sleep(0)
        if self.refuses:
            raise self.refuses.pop(0)
        known = [
            one
            for one in self.messages
            if (one.channel, one.external_id) == (message.channel, message.external_id)
        ]
        self.parsed.add(message.raw)
        if not known:
            self.messages.append(message)
            self.steps.append(f"taken {message.channel}")
        return Taken(
            message=MessageId(message.external_id),
            conversation=ConversationId("c"),
            at=Instant(0.0),
            new=not known,
        )

    async def delivery_moved(self, external_id: str, delivery: str, detail: str = "") -> None:
        raise NotImplementedError

    async def customer_typing(self, channel: ChannelId, thread: str, *, typing: bool) -> None:
        raise NotImplementedError

    async def customer_present(self, channel: ChannelId, thread: str, *, present: bool) -> None:
        raise NotImplementedError

    async def customer_left(self, channel: ChannelId, thread: str) -> None:
        raise NotImplementedError

    def transcript(self, channel: ChannelId, thread: str, limit: int = 200) -> Sequence[Message]:
        raise NotImplementedError

    def queue_answers(self, channel: ChannelId) -> tuple[int, int]:
        raise NotImplementedError

    async def arrived(self, count: int, within_s: float = 30.0) -> list[IncomingMessage]:
        """Wait until so many messages are there."""
        until = asyncio.get_running_loop().time() + within_s
        while len(self.messages) < count:
            assert asyncio.get_running_loop().time() < until, f"{len(self.messages)} of {count} messages came"
            await asyncio.sleep(0.01)
        return self.messages


DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
mail_max_userip_connections = 50
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A real mail server of this test run; every user's password is `secret`."""

    imap: int
    imaps: int
    lmtp: int
    certificate: Path
    config: Path

    @property
    def tls(self) -> ssl.SSLContext:
        """What trusts its certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def client(self, user: str) -> IMAPClient:
        client = IMAPClient("127.0.0.1", port=self.imap, ssl=False, timeout=20)
        client.login(user, "secret")
        return client

    def deliver(self, user: str, raw: bytes) -> None:
        """Hand a mail to its LMTP."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail("sender@example.org", [user], raw)


@pytest.fixture(scope="session")
def dovecot(free_port: Callable[[], int]) -> Iterator[Dovecot]:
    """Dovecot on loopback, in a folder of its own; it fails when Dovecot is missing."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    root = os.getuid() == 0
    person = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
    for name in ("mail", "home"):
        (folder / name).mkdir()
        os.chown(folder / name, person.pw_uid, person.pw_gid)
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            str(folder / "key.pem"),
            "-out",
            str(folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    mine = person.pw_name
    ports = {name: free_port() for name in ("imap", "imaps", "lmtp")}
    config = folder / "dovecot.conf"
    config.write_text(
        DOVECOT.format(
            folder=folder,
            uid=person.pw_uid,
            gid=person.pw_gid,
            internal="dovecot" if root else mine,
            group="dovecot" if root else grp.getgrgid(person.pw_gid).gr_name,
            login="dovenull" if root else mine,
            **ports,
        )
    )
    # Dovecot frees its standard streams itself; its log is in the folder.
    process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(config)])
    try:
        _wait_for_ports(ports.values(), process, folder / "log")
        yield Dovecot(**ports, certificate=folder / "cert.pem", config=config)
    finally:
        end(process)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_ports(ports: Iterable[int], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 40
    for port in ports:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            said = log.read_text() if log.exists() else "no log"
            assert process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.05)
