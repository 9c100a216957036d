"""Recordings, messages, the echo number and TLS of a switch that runs; what arrives is listened to."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import ssl
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import ogg, opus, tones
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm
from agent_desktop.media.vault import VaultReader
from agent_desktop.sip.tls import fingerprint_of
from agent_desktop.switch.tapes import KEYS
from agent_desktop.wire.exchange import ExchangeSettings
from agent_desktop.wire.switch import (
    AnswerCall,
    CallArrived,
    CallChanged,
    CallEnded,
    ConnectAgent,
    HangUpCall,
    MessageTaken,
    Play,
    Prompt,
    Record,
    RecordingChanged,
    SetDirectory,
    SetSecure,
    TakeMessage,
)

from . import slot
from .conftest import (
    HOST,
    SIP_PORT,
    Baresip,
    LinkRouter,
    SwitchProcess,
    configured,
    extension,
    loudest_at,
    seconds_of,
    until,
)

pytestmark = pytest.mark.peer
ECHO = "*43"


@pytest.fixture(scope="module")
def directory(sounds: Path) -> SetDirectory:
    return SetDirectory(
        realm="centre.test",
        extensions=(extension("201"), extension("202")),
        numbers=("4000",),
        music=str(sounds / "music.wav"),
        exchange=ExchangeSettings(echo_number=ECHO),
    )


def recorded(data: Path, path: Path) -> tuple[Pcm, Pcm]:
    """Both channels of a sealed recording."""
    with VaultReader(path, MasterKeys.at(data / KEYS)) as vault:
        sealed = vault.read()
    decoder = opus.Decoder(channels=2)
    pages = list(ogg.pages(sealed))
    sound = np.concatenate([decoder.decode(packet) for page in pages[2:] for packet in page.packets])
    both = sound.reshape(-1, 2)
    return both[:, 0], both[:, 1]


def lasts(sound: Pcm, hz: float) -> float:
    """For how many seconds a tone is there, in steps of 100 ms."""
    step = SAMPLE_RATE_HZ // 10
    pieces = [sound[at : at + step] for at in range(0, len(sound) - step + 1, step)]
    return 0.1 * sum(tones.tone_dbfs(piece, hz) > -35 for piece in pieces)


async def arrived(router: LinkRouter, customer: Baresip, port: int = SIP_PORT) -> str:
    await customer.do("dial", f"sip:4000@{HOST}:{port}")
    call = (await router.event(CallArrived)).call.id
    await router.do(AnswerCall(call=call))
    return call


async def test_a_call_is_recorded_apart_sealed_and_masked_in_a_pause(
    router: LinkRouter, customer: Baresip, agent: Baresip, switch: SwitchProcess, sounds: Path
) -> None:
    call, path = await arrived(router, customer), switch.data / "calls" / "1.ogg"
    await router.do(ConnectAgent(call=call, extension="201", interaction="i"))
    await router.event(CallChanged, lambda e: e.call.state == "bridged")
    words = (Prompt(file=str(sounds / "greeting.wav")),)
    await router.do(Record(call=call, recording="r", act="start", path=str(path), announce=words))
    await router.event(RecordingChanged, lambda e: e.state == "on")
    began = time.monotonic()
    await asyncio.sleep(1.5)
    await router.do(SetSecure(call=call, on=True))
    await router.event(RecordingChanged, lambda e: e.state == "paused")
    paused = time.monotonic()
    await asyncio.sleep(1.0)
    await router.do(SetSecure(call=call, on=False))
    resumed = time.monotonic()
    await asyncio.sleep(1.0)
    await router.do(HangUpCall(call=call))
    over = await router.event(RecordingChanged, lambda e: e.state == "off")
    talked = time.monotonic() - began - (resumed - paused)
    assert over.length_s == pytest.approx(talked + resumed - paused, abs=0.6)
    assert over.masked_s == pytest.approx(resumed - paused, abs=0.3)
    assert not over.detail
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"OggS" not in path.read_bytes()
    left, right = await asyncio.to_thread(recorded, switch.data, path)
    assert len(left) / SAMPLE_RATE_HZ == pytest.approx(over.length_s, abs=0.1)
    assert lasts(left, 440) == pytest.approx(talked, abs=0.6)
    assert lasts(right, 700) == pytest.approx(talked, abs=0.6)
    assert lasts(left, 700) == lasts(right, 440) == 0
    assert lasts(left, 1000) == lasts(right, 1000) == 0  # the announcement came before the first frame
    for phone in (customer, agent):
        assert loudest_at(await phone.heard(), 1000) > -30  # and both heard it


async def test_a_recording_that_cannot_be_made_leaves_the_call_alone(
    router: LinkRouter, customer: Baresip, tmp_path: Path
) -> None:
    call = await arrived(router, customer)
    (tmp_path / "file").write_text("no folder")
    await router.do(Record(call=call, recording="r", act="start", path=str(tmp_path / "file" / "1.ogg")))
    failed = await router.event(RecordingChanged)
    assert failed.state == "off"
    assert failed.detail.startswith("The call is not recorded")
    await router.do(Play(call=call, play="p", then_music=True))
    await asyncio.sleep(1.0)
    await router.do(HangUpCall(call=call))
    assert loudest_at(await customer.heard(), 600) > -30


async def test_a_message_is_taken_after_the_beep(
    router: LinkRouter, customer: Baresip, switch: SwitchProcess, tmp_path: Path
) -> None:
    call, path = await arrived(router, customer), tmp_path / "m.ogg"
    await router.do(TakeMessage(call=call, recording="m", path=str(path), most_s=2.0))
    taken = await router.event(MessageTaken)
    assert (taken.why, taken.path) == ("limit", str(path))
    assert taken.length_s == pytest.approx(2.0, abs=0.1)
    left, right = await asyncio.to_thread(recorded, switch.data, path)
    assert lasts(left, 440) > 1.5
    assert tones.level_dbfs(right) < -40  # what stereo coding lets over
    await router.do(HangUpCall(call=call))
    assert loudest_at(await customer.heard(), 1400) > -40


async def test_a_killed_switch_leaves_a_recording_that_can_be_played(
    customer: Baresip, directory: SetDirectory, tmp_path: Path
) -> None:
    other = SwitchProcess(tmp_path / "data", port=slot.port(158))
    await asyncio.to_thread(configured, other, directory)
    link = LinkRouter(other.where())
    await link.attach()
    path = tmp_path / "1.ogg"
    call = await arrived(link, customer, slot.port(158))
    await link.do(Record(call=call, recording="r", act="start", path=str(path)))
    await link.event(RecordingChanged, lambda e: e.state == "on")
    await asyncio.sleep(3.3)
    os.kill(other.process.pid, signal.SIGKILL)
    await asyncio.to_thread(other.process.wait)
    await link.detach()
    await customer.do("hangup")
    other.process.communicate()
    left, _ = await asyncio.to_thread(recorded, tmp_path / "data", path)
    assert 1.9 <= lasts(left, 440) <= 3.5


@pytest.fixture
def full(directory: SetDirectory, tmp_path: Path) -> Iterator[SwitchProcess]:
    """A switch whose disk takes no file above 12 kB."""
    process = configured(SwitchProcess(tmp_path / "data", port=slot.port(158)), directory)
    resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (12_000, 12_000))
    yield process
    assert "Traceback" not in process.stop()


async def test_a_full_disk_ends_the_recording_and_not_the_call(
    full: SwitchProcess, customer: Baresip, tmp_path: Path
) -> None:
    link = LinkRouter(full.where())
    await link.attach()
    call = await arrived(link, customer, slot.port(158))
    await link.do(Play(call=call, play="p", then_music=True))
    await link.do(Record(call=call, recording="r", act="start", path=str(tmp_path / "1.ogg")))
    over = await link.event(RecordingChanged, lambda e: e.state == "off", 20.0)
    assert over.detail.startswith("The recording cannot be written")
    assert over.length_s > 1
    await asyncio.sleep(1.0)
    await link.do(HangUpCall(call=call))
    await link.detach()
    heard = await customer.heard()
    assert loudest_at(heard[-8000:], 600) > -30  # the music went on
    left, _ = await asyncio.to_thread(recorded, full.data, tmp_path / "1.ogg")
    assert lasts(left, 440) > 0.8


async def test_whoever_calls_the_echo_number_hears_a_beep_and_oneself(
    router: LinkRouter, agent: Baresip
) -> None:
    await agent.do("dial", f"sip:{ECHO}@{HOST}:{SIP_PORT}")
    await asyncio.sleep(2.0)
    await agent.do("hangup")
    heard = await agent.heard()
    assert loudest_at(heard, 1400) > -35
    assert seconds_of(heard, 700) > 0.8
    assert not router.all(CallArrived)
    assert not router.all(CallEnded)


@pytest.fixture
async def sealed(switch: SwitchProcess, router: LinkRouter, tmp_path: Path) -> Iterator[Baresip]:  # type: ignore[misc]  # an async generator
    """Extension 202 over TLS, with encrypted sound or none."""
    link = LinkRouter(switch.where())
    snapshot = await link.attach()
    await link.detach()
    assert snapshot is not None
    phone = Baresip(
        tmp_path, "sealed", slot.SPARE, BS_USER="202", BS_TONE_HZ="800", BS_TRANSPORT="tls",
        BS_DOMAIN=snapshot.tls, BS_SRTP="srtp-mand",
    )  # fmt: skip
    await asyncio.to_thread(phone.start)
    yield phone
    await asyncio.to_thread(phone.stop)


async def test_a_phone_speaks_over_tls_and_srtp(switch: SwitchProcess, sealed: Baresip) -> None:
    link = LinkRouter(switch.where())
    snapshot = await link.attach()
    await link.detach()
    assert snapshot is not None
    host, _, port = snapshot.tls.rpartition(":")

    def shown() -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((host, int(port))) as raw, context.wrap_socket(raw) as connection:
            return connection.getpeercert(binary_form=True) or b""

    assert fingerprint_of(await asyncio.to_thread(shown)) == snapshot.fingerprint
    await until(lambda: "200 OK" in sealed.log() or "registered" in sealed.log(), why="a registration")
    await sealed.do("dial", f"sip:{ECHO}@{snapshot.tls};transport=tls")
    await asyncio.sleep(2.0)
    await sealed.do("hangup")
    assert seconds_of(await sealed.heard(), 800) > 0.8
