"""Kamailio of the kit: a registrar and record-routing proxy for UDP, TCP and TLS.

Two things are changed in the kit's configuration.  It gives out no GRUUs, which it would not route.  Over
TCP and TLS a telephone is reached by the connection that it opened (nathelper, as every proxy for telephones
has it), because telephones have no port to call them at.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

from agent_desktop.sip.tls import fingerprint_of

from .places import HOST, block
from .telephones import KIT

CHANGES = (
    (
        'loadmodule "tls.so"',
        (
            'loadmodule "tls.so"\nloadmodule "nathelper.so"\n'
            'modparam("nathelper|registrar", "received_avp", "$avp(rcv)")\n'
            'modparam("registrar", "gruu_enabled", 0)'
        ),
    ),
    (
        '        save("location");',
        '        if (proto != UDP) { fix_nated_register(); }\n        save("location");',
    ),
    (
        "        if (loose_route()) {",
        '        if (loose_route()) {\n route(KEPT_CONTACT); handle_ruri_alias(); t_on_reply("KEPT");',
    ),
    ("        record_route();", "        record_route();\n        route(KEPT_CONTACT);"),
    ('    if (!lookup("location"))', '    t_on_reply("KEPT");\n    if (!lookup("location"))'),
)
ROUTES = """
route[KEPT_CONTACT] { if (proto != UDP) { add_contact_alias(); } }
onreply_route[KEPT] { if (proto != UDP) { add_contact_alias(); } }
"""


class Kamailio:
    """One server, which may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = block()
        self._kit = folder / "kit"
        shutil.copytree(KIT / "kamailio", self._kit / "kamailio")
        for name in ("lib.sh", "options.py"):
            shutil.copy(KIT / name, self._kit / name)
        template = self._kit / "kamailio" / "kamailio.cfg.in"
        template.write_text(_for_telephones(template.read_text()))
        self._environment = {
            **os.environ,
            "PEERS_RUN": str(folder),
            "KAM_PORT": str(self.port),
            "KAM_TLS_PORT": str(self.port + 1),
        }

    def at(self, transport: str) -> str:
        return f"{HOST}:{self.port + (transport == 'tls')}"

    @property
    def certificate(self) -> Path:
        return self.folder / "kamailio" / "cert.pem"

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(ssl.PEM_cert_to_DER_cert(self.certificate.read_text(encoding="ascii")))

    async def _run(self, script: str) -> None:
        process = await asyncio.create_subprocess_exec(
            str(self._kit / "kamailio" / script),
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, said.decode(errors="replace")

    async def start(self) -> None:
        await self._run("start.sh")

    async def stop(self) -> None:
        """Its children live on when only the first process was ended."""
        pids = self._pids()
        await self._run("stop.sh")
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _pids(self) -> list[int]:
        """It and its children."""
        main = int((self.folder / "kamailio" / "pid").read_text().split()[0])
        found = [main]
        for place in Path("/proc").iterdir():
            if place.name.isdecimal():
                try:
                    parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
                if parent == main:
                    found.append(int(place.name))
        return found

    async def freeze(self, seconds: float) -> None:
        """Nothing is passed on for a while; what came waits in its sockets."""
        pids = self._pids()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    async def finds(self, user: str, within_s: float) -> float:
        """The seconds until a request for a user reaches it: until it is registered (again)."""
        began = time.monotonic()
        while True:
            answer = await asyncio.to_thread(self._asked, user)
            if answer.startswith(b"SIP/2.0 200"):
                return time.monotonic() - began
            assert time.monotonic() - began < within_s, f"{user} is not registered again: {answer[:40]!r}"
            await asyncio.sleep(0.2)

    def _asked(self, user: str) -> bytes:
        """What becomes of an OPTIONS."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind((HOST, 0))
            asking.settimeout(0.5)
            mine, unique = asking.getsockname()[1], secrets.token_hex(8)
            lines = (
                f"OPTIONS sip:{user}@{HOST}:{self.port} SIP/2.0",
                f"Via: SIP/2.0/UDP {HOST}:{mine};branch=z9hG4bK{unique}",
                f"From: <sip:probe@{HOST}>;tag={unique}",
                f"To: <sip:{user}@{HOST}>",
                f"Call-ID: {unique}",
                "CSeq: 1 OPTIONS",
                "Max-Forwards: 70",
                "Content-Length: 0",
            )
            asking.sendto("\r\n".join((*lines, "", "")).encode(), (HOST, self.port))
            with contextlib.suppress(TimeoutError):
                return asking.recv(4096)
            return b"nothing"


def _for_telephones(text: str) -> str:
    for old, new in CHANGES:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text + ROUTES
