"""Encrypted calls with programs that we did not write: the sound itself is checked, both ways.

baresip 1.0 over TLS and UDP with each of its policies and codecs; Kamailio over TLS with a pinned one.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media.pacer import Pacer
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ
from agent_desktop.media.session import MediaSession
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account, Registrar, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.tls import TlsTrust, fingerprint_of, server_context
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.voice.offer import MediaPolicy, local_media
from agent_desktop.voice.plan import Planned, plan_of
from tests.sip.centre import run_kit

pytestmark = pytest.mark.peer

HOST = "127.0.0.1"
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 4
FIRST = 21500 + WORKER * 120
SIP_PORT, TLS_PORT, PHONE, CONTROL, PROXY = FIRST, FIRST + 1, FIRST + 4, FIRST + 6, FIRST + 8
MEDIA = range(FIRST + 12, FIRST + 20, 2)
PEER_RTP = FIRST + 21
OURS_HZ, PEERS_HZ = 1000, 440


def share_of(sound: np.ndarray, rate: int, hertz: int) -> float:
    """How much of a sound's power is at one pitch, from 0 to 1."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    pitches = np.fft.rfftfreq(len(sound), 1 / rate)
    return float(power[np.abs(pitches - hertz) < 30].sum() / max(power.sum(), 1.0))


class Centre:
    """A telephone server of our own: it registers phones, calls them, sends a tone and listens."""

    def __init__(self, policy: MediaPolicy) -> None:
        self.policy = policy
        self.events: list[sip.Event] = []
        self.heard: list[np.ndarray] = []
        self.planned = Planned()
        self.transport = SipTransport(self._on_event)
        self.session = MediaSession(bind_pair(HOST, MEDIA))
        self.pacer = Pacer(self._tick)
        self._at = 0

    async def open(self, context: ssl.SSLContext | None = None) -> None:
        local = [await self.transport.listen_udp(HOST, SIP_PORT)]
        if context:
            local.append(await self.transport.listen_tcp(HOST, TLS_PORT, tls=context))
        registrar = Registrar(HOST, {"bob": "secret"}.get)
        settings = Settings(local=tuple(local), registrar=registrar)
        self.transport.start(UserAgent(settings, SystemRandomness()))
        self.pacer.start()

    def call(self) -> str:
        binding = self.transport.agent.bindings("bob", self.transport.now())[0]
        media = local_media(self.policy, HOST, self.session.local[1], secrets.token_bytes)
        leg = self.transport.agent.invite(
            binding.contact, media, self.transport.now(), destination=binding.source
        )
        self.transport.flush()
        return leg

    def _on_event(self, event: sip.Event) -> None:
        self.events.append(event)
        if isinstance(event, sip.Answered | sip.MediaChanged):
            self.planned = plan_of(event.agreement.audio, self.planned)
            self.session.configure(self.planned.plan)

    def _tick(self) -> None:
        self.session.receive_due()
        self.heard.append(self.session.read_frame())
        when = (self._at + np.arange(FRAME_SAMPLES)) / SAMPLE_RATE_HZ
        self.session.write_frame((8000 * np.sin(2 * np.pi * OURS_HZ * when)).astype(np.int16))
        self._at += FRAME_SAMPLES

    async def see(self, kind: type, start: int = 0):
        end = self.transport.now() + 25
        while True:
            found = next((event for event in self.events[start:] if isinstance(event, kind)), None)
            if found:
                return found
            assert self.transport.now() < end, self.events
            await asyncio.sleep(0.02)

    async def hears_the_peer(self) -> None:
        """One second of the peer's tone and little else, however long it takes to come."""
        end, share = self.transport.now() + 25, 0.0
        while share < 0.9:
            assert self.transport.now() < end, (share, self.session.counters)
            self.heard.clear()
            await asyncio.sleep(1.2)
            share = share_of(np.concatenate(self.heard[-50:]), SAMPLE_RATE_HZ, PEERS_HZ)

    async def close(self) -> None:
        self.pacer.stop()
        self.session.close()
        await self.transport.close()


@pytest.fixture
async def centre():
    made: list[Centre] = []

    def new(policy: MediaPolicy) -> Centre:
        made.append(Centre(policy))
        return made[-1]

    yield new
    for one in made:
        await one.close()


@pytest.fixture
async def kit(tmp_path):
    async for run in run_kit(tmp_path):
        yield run


@pytest.fixture
async def certificate(tmp_path) -> Path:
    made = tmp_path / "server.pem"
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", str(made), "-out", str(tmp_path / "cert.pem")),
        stderr=subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    with made.open("a", encoding="ascii") as both:
        both.write((tmp_path / "cert.pem").read_text(encoding="ascii"))
    return made


OPUS, G722, PCMU = ("opus/48000/2", "48000"), ("G722/16000/1", "16000"), ("PCMU/8000/1", "8000")


@pytest.mark.parametrize(
    ("transport", "ours", "theirs", "codec", "agreed", "encrypted"),
    [
        ("tls", MediaPolicy(srtp="mandatory"), "srtp-mand", OPUS, "opus", True),
        ("tls", MediaPolicy(srtp="mandatory"), "srtp-mand", PCMU, "PCMU", True),
        ("udp", MediaPolicy(srtp="optional"), "srtp", G722, "G722", True),
        ("udp", MediaPolicy(srtp="optional"), "", PCMU, "PCMU", False),
        ("udp", MediaPolicy(srtp="optional", savp_first=True), "srtp", OPUS, "opus", True),
        ("udp", MediaPolicy(srtp="off"), "", OPUS, "opus", False),
    ],
)
async def test_baresip_and_we_hear_each_other(  # noqa: PLR0917 - one column each
    centre, kit, certificate, tmp_path, transport, ours, theirs, codec, agreed, encrypted
):
    here = centre(ours)
    await here.open(server_context(str(certificate)) if transport == "tls" else None)
    await kit(
        "baresip/start.sh",
        stop="baresip/stop.sh",
        BS_DOMAIN=f"{HOST}:{TLS_PORT if transport == 'tls' else SIP_PORT}",
        BS_TRANSPORT=transport,
        BS_SIP_PORT=str(PHONE),
        BS_CTRL_PORT=str(CONTROL),
        BS_RTP_PORT=str(PEER_RTP),
        BS_CODECS=codec[0],
        BS_RATE=codec[1],
        BS_SRTP=theirs,
        BS_TONE_HZ=str(PEERS_HZ),
    )
    assert (await here.see(sip.Bound)).source.transport == transport
    leg = here.call()
    answered = await here.see(sip.Answered)
    assert answered.agreement.audio.codec.name == agreed
    assert here.planned.is_encrypted is encrypted
    await here.hears_the_peer()
    # A hold and a resume of ours: the same codec, the same keys, and sound again.
    before = here.planned.plan
    mark = len(here.events)
    here.transport.agent.hold(leg, here.transport.now())
    here.transport.flush()
    assert not (await here.see(sip.MediaChanged, mark)).by_peer
    mark = len(here.events)
    here.transport.agent.resume(leg, here.transport.now())
    here.transport.flush()
    await here.see(sip.MediaChanged, mark)
    assert here.planned.plan.cipher is before.cipher
    assert here.planned.plan.codec is before.codec
    await here.hears_the_peer()
    # baresip 1.0 sends a packet that does not open around a change of its keys or direction (measured: 1).
    assert here.session.counters.forged <= 2 < here.session.counters.received / 20
    here.transport.agent.hang_up(leg, here.transport.now())
    here.transport.flush()
    await here.see(sip.Ended)
    await kit("baresip/stop.sh")
    assert recorded(tmp_path) > 0.9


def recorded(folder: Path) -> float:
    """How much of what baresip heard was our tone, in its best half second; it records in several files."""
    shares = [0.0]
    for path in (folder / "baresip").rglob("*-dec.wav"):
        with wave.open(str(path)) as file:
            rate, channels = file.getframerate(), file.getnchannels()
            data = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)[::channels].astype(float)
        half = rate // 2
        shares += [
            share_of(data[at : at + half], rate, OURS_HZ) for at in range(0, len(data) - half + 1, half)
        ]
    return max(shares)


async def test_a_phone_that_must_encrypt_and_a_centre_that_may_not_do_not_talk(centre, kit):
    here = centre(MediaPolicy(srtp="off"))
    await here.open()
    await kit(
        "baresip/start.sh",
        stop="baresip/stop.sh",
        BS_DOMAIN=f"{HOST}:{SIP_PORT}",
        BS_SIP_PORT=str(PHONE),
        BS_CTRL_PORT=str(CONTROL),
        BS_RTP_PORT=str(PEER_RTP),
        BS_SRTP="srtp-mand",
    )
    await here.see(sip.Bound)
    here.call()
    ended = await here.see(sip.Ended)
    assert ended.status == 488


async def test_kamailio_is_believed_by_its_fingerprint_and_by_nothing_less(centre, kit, tmp_path):
    await kit("kamailio/start.sh", stop="kamailio/stop.sh", KAM_PORT=str(PROXY), KAM_TLS_PORT=str(PROXY + 1))
    shown = (tmp_path / "kamailio" / "cert.pem").read_text(encoding="ascii")
    pin = fingerprint_of(ssl.PEM_cert_to_DER_cert(shown))
    here = centre(MediaPolicy())
    await here.open()
    account = Account("alice", f"{HOST}:{PROXY + 1}", Address("tls", HOST, PROXY + 1), "secret")
    here.transport.trust(TlsTrust(pins=("0" * 64,)))
    here.transport.agent.register(account, here.transport.now())
    here.transport.flush()
    assert (await here.see(sip.RegistrationFailed)).status == 503
    here.transport.trust(TlsTrust(pins=(pin,)))
    name = here.transport.agent.register(account, here.transport.now())
    here.transport.flush()
    assert (await here.see(sip.Registered)).registration == name
