"""How well lost packets are concealed: our receive path against silence and against baresip 1.0.

One sender sends the very same packets (G.711, 20 ms, some left out by a seed) to a `MediaSession` of ours
and to baresip; both play in real time.  What came out is compared with what was said by ITU-T P.862 (PESQ,
narrow band, MOS-LQO): three voices of espeak-ng, 0 to 10 % loss.  Silence is what remains when the same
lost packets are filled with zero samples.  Four quiet seconds go ahead, in which the jitter buffers settle.

Goals (references/voice, 5.2): +0.35 over silence at 5 %, +0.6 at 10 %, not below baresip anywhere (less than
0.05 is no difference that PESQ can tell: the same call measured twice differs by so much).
Needs `pesq` (the extra `test`), espeak-ng and, for the rival, baresip; a missing one is said.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agent_desktop.bench._baresip import Baresip, modules
from agent_desktop.bench.result import Result
from agent_desktop.errors import AgentDesktopError

LOSSES: Final = (0.0, 0.01, 0.03, 0.05, 0.10)
VOICES: Final = ("en", "en+f3", "en-us+m7")
TEXT: Final = (
    "Thank you for calling. My parcel with the blue lamp has not arrived, although the carrier promised it "
    "for Monday morning. Could you please look up where it is now, and tell me whether I should wait?"
)
_OVER_SILENCE: Final = {0.05: 0.35, 0.10: 0.60}
_SAME: Final = 0.05
_FRAME_S: Final = 0.020
_LEAD: Final = 200  # frames before the speech that are never lost
_TAIL: Final = 30
_SEED: Final = 862


@dataclass(slots=True)
class Lane:
    """One loss rate: who receives there, and what each voice's scores were."""

    loss: float
    ours: list[float] = field(default_factory=list)
    silence: list[float] = field(default_factory=list)
    rival: list[float] = field(default_factory=list)


def run(losses: Sequence[float] = LOSSES, voices: Sequence[str] = VOICES, text: str = TEXT) -> list[Result]:
    """Measure every loss rate at once, one voice after another."""
    for name, remedy in (("pesq", 'pip install "agent-desktop[test]"'), ("numpy", "agent-desktop[phone]")):
        if importlib.util.find_spec(name) is None:
            raise AgentDesktopError(f"This bench needs the package {name}: {remedy}.")
    if shutil.which("espeak-ng") is None:
        raise AgentDesktopError("This bench needs espeak-ng to speak (Debian: apt-get install espeak-ng).")
    lanes = [Lane(loss) for loss in losses]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as closing:
        rivals: list[Baresip | None] = [None for _ in lanes]
        if modules() is None:
            print("baresip is not installed: its rows are left out (apt-get install baresip-core).")
        else:
            for number in range(len(lanes)):
                rivals[number] = rival = Baresip(Path(folder) / str(number))
                closing.callback(rival.close)
        for voice in voices:
            print(f"bench media: {voice}", file=sys.stderr)
            _one_voice(lanes, rivals, _spoken(voice, text, Path(folder)), voices.index(voice))
    return [result for lane in lanes for result in _results(lane)]


def _results(lane: Lane) -> list[Result]:
    ours, silence = statistics.fmean(lane.ours), statistics.fmean(lane.silence)
    over = _OVER_SILENCE.get(lane.loss, -_SAME)
    where = f"MOS (PESQ nb) at {lane.loss * 100:g} % loss"
    found = [
        Result(
            metric=where,
            value=ours,
            unit="MOS",
            against="silence",
            against_value=silence,
            goal=f">= +{over:g}" if over > 0 else "not below",
            met=ours - silence >= over,
        )
    ]
    if lane.rival:
        value = statistics.fmean(lane.rival)
        found.append(
            Result(
                metric=where,
                value=ours,
                unit="MOS",
                against="baresip 1.0",
                against_value=value,
                goal="not below",
                met=ours - value >= -_SAME,
            )
        )
    return found


def _one_voice(lanes: list[Lane], rivals: list[Baresip | None], speech: Any, number: int) -> None:
    """Send one voice down every lane in real time and score what came out."""
    import numpy as np

    from agent_desktop.media.codecs import PCMU

    frames = [speech[start : start + 160] for start in range(0, len(speech), 160)]
    quiet = np.zeros(160, dtype=np.int16)
    sent = [quiet] * _LEAD + frames + [quiet] * _TAIL
    kept = [_kept(lane.loss, len(frames), number) for lane in lanes]
    streams = [_Stream(rival) for rival in rivals]
    try:
        payloads = [PCMU.encode(frame) for frame in sent]
        _send(streams, payloads, kept)
        for lane, stream, keeps in zip(lanes, streams, kept, strict=True):
            lane.ours.append(_score(speech, stream.heard()))
            filled = [
                PCMU.decode(payload) if keep else quiet for payload, keep in zip(payloads, keeps, strict=True)
            ]
            lane.silence.append(_score(speech, np.concatenate(filled)))
            if stream.rival is not None:
                lane.rival.append(_score(speech, _recorded(stream.rival.hang_up())))
    finally:
        for stream in streams:
            stream.close()


def _kept(loss: float, count: int, seed: int) -> list[bool]:
    import numpy as np

    drawn = np.random.default_rng((_SEED, seed)).random(count)
    return [True] * _LEAD + [bool(place >= loss) for place in drawn] + [True] * _TAIL


class _Stream:
    """The packets of one lane, and those who receive them."""

    def __init__(self, rival: Baresip | None) -> None:
        from agent_desktop.media import rtp
        from agent_desktop.media.session import MediaSession, Plan
        from agent_desktop.media.udp import bind_pair

        ports = range(20000 + 2 * secrets.randbelow(5000), 40000, 2)
        self.rival = rival
        self._out, self._out_rtcp = bind_pair("127.0.0.1", ports)
        self._session = MediaSession(bind_pair("127.0.0.1", ports))
        self._session.configure(Plan(remote=self._out.address, sends=False))
        self._targets = [self._session.local]
        self._sound: list[Any] = []
        self._sender = rtp.RtpSender(ssrc=secrets.randbits(32), sequence=1, timestamp=0)
        if rival is not None:
            self._targets.append(rival.call(self._out.address))

    def tick(self, payload: bytes, *, lost: bool) -> None:
        packet = self._sender.packet(0, payload)
        self._sender.advance(len(payload))
        if not lost:
            for target in self._targets:
                self._out.send(packet.encode(), target)
        self._session.receive_due()
        self._sound.append(self._session.read_frame())

    def heard(self) -> Any:
        import numpy as np

        return _narrow(np.concatenate(self._sound))

    def close(self) -> None:
        self._session.close()
        self._out.close()
        self._out_rtcp.close()


def _send(streams: list[_Stream], payloads: list[bytes], kept: list[list[bool]]) -> None:
    started = time.monotonic()
    for number, payload in enumerate(payloads):
        time.sleep(max(0.0, started + number * _FRAME_S - time.monotonic()))
        for stream, keeps in zip(streams, kept, strict=True):
            stream.tick(payload, lost=not keeps[number])


def _score(said: Any, heard: Any) -> float:
    """P.862 finds the delay by itself; the coarse part is taken out first."""
    import numpy as np

    size = 1 << (len(said) + len(heard)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    delay = int(np.argmax(likeness[: len(heard)]))
    return float(importlib.import_module("pesq").pesq(8000, said, heard[delay : delay + len(said)], "nb"))


def _recorded(path: Path) -> Any:
    import numpy as np

    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def _spoken(voice: str, text: str, folder: Path) -> Any:
    from agent_desktop.media import wav

    path = folder / f"{voice}.wav"
    subprocess.run(  # noqa: S603  found on the path
        [str(shutil.which("espeak-ng")), "-v", voice, "-s", "150", "-w", str(path), text], check=True
    )
    speech = _narrow(wav.read(path))
    return speech[: len(speech) // 160 * 160]


def _narrow(sound: Any) -> Any:
    """To 8 kHz, by the long filter of the files: the instrument should not be heard."""
    from agent_desktop.media import wav
    from agent_desktop.media.pcm import NARROW_RATE_HZ, SAMPLE_RATE_HZ, to_pcm

    return to_pcm(wav.resample(sound.astype("float64"), SAMPLE_RATE_HZ, NARROW_RATE_HZ))
