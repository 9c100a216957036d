"""The switch's certificate: the centre's own, or none that can be used."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.switch import certificate
from agent_desktop.wire.switch import SetDirectory

from .conftest import HOST, ROOT, LinkRouter, SwitchProcess, configured
from .slot import port

pytestmark = pytest.mark.peer


@pytest.fixture
def own(tmp_path: Path) -> certificate.Certificate:
    """What the centre's administrator bought."""
    return certificate.of_switch(tmp_path / "bought", [HOST], dt.datetime.now(dt.UTC))


@pytest.fixture
def switch(directory: SetDirectory, own: certificate.Certificate, tmp_path: Path) -> Iterator[SwitchProcess]:
    words = ("--certificate", str(own.file), "--sip-tls-port", str(port(159)))
    process = SwitchProcess(tmp_path / "data", *words, port=port(158))
    yield configured(process, directory)
    assert "Traceback" not in process.stop()


async def test_the_centre_s_certificate_is_shown(switch: SwitchProcess, own: certificate.Certificate) -> None:
    link = LinkRouter(switch.where())
    snapshot = await link.attach()
    await link.detach()
    assert snapshot is not None
    assert (snapshot.tls, snapshot.fingerprint) == (f"{HOST}:{port(159)}", own.fingerprint)
    assert not (switch.data / certificate.FILE).exists()


async def test_a_certificate_that_cannot_be_read_stops_the_switch_in_words(tmp_path: Path) -> None:
    ended = await asyncio.to_thread(
        subprocess.run,
        [
            *(sys.executable, "-m", "agent_desktop", "switch", "--data", str(tmp_path)),
            *("--sip-port", str(port(158)), "--certificate", "/nowhere.pem"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "Encrypted calls cannot be served: The certificate /nowhere.pem cannot be read." in ended.stderr
    assert "Traceback" not in ended.stderr
