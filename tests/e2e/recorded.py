"""Recordings as a stranger's tools see them: fetched over HTTP with a session, decoded by opusdec."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np

from agent_desktop.media.pcm import SAMPLE_RATE_HZ, to_pcm
from agent_desktop.media.wav import resample
from tests.interop.sound import Pcm

from .programs import Centre, until


def signed_in(centre: Centre, user: str) -> dict[str, str]:
    """The header of a session."""
    words = {"user": user, "password": centre.passwords[user], "client": "test"}
    answer = httpx.post(f"{centre.http}/api/v1/sessions", json=words, trust_env=False)
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['token']}"}


def fetch(centre: Centre, interaction: str, recording: str, folder: Path) -> tuple[Pcm, ...]:
    """The channels of a recording, for somebody who may hear it; nobody else gets it.

    Who fetches is nobody of the test's floor: a second session of an agent would end the first one.
    """
    address = f"{centre.http}/api/v1/interactions/{interaction}/recordings/{recording}"
    assert httpx.get(address, trust_env=False).status_code == httpx.codes.UNAUTHORIZED
    stranger = httpx.get(address, headers=signed_in(centre, "ola"), trust_env=False)
    assert stranger.status_code == httpx.codes.FORBIDDEN
    headers = signed_in(centre, "jonas")

    def got() -> httpx.Response | None:
        answer = httpx.get(address, headers=headers, trust_env=False)
        return answer if answer.status_code == httpx.codes.OK else None

    body = until(got, 30, lambda: httpx.get(address, headers=headers, trust_env=False).text).content
    folder.mkdir(parents=True, exist_ok=True)
    ogg, wav = folder / f"{recording}.ogg", folder / f"{recording}.wav"
    ogg.write_bytes(body)
    done = subprocess.run(
        ["opusdec", "--quiet", "--force-wav", "--rate", "48000", str(ogg), str(wav)],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with wave.open(str(wav)) as sound:
        rate, channels = sound.getframerate(), sound.getnchannels()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, channels)
    return tuple(
        to_pcm(resample(samples[:, n].astype(np.float64), rate, SAMPLE_RATE_HZ)) for n in range(channels)
    )


def lies_on_disk(data: Path, is_readable: Callable[[bytes], bool]) -> list[Path]:
    """Recordings in the data folder that anybody could read."""
    files = [path for path in (data / "recordings").rglob("*.rec") if path.is_file()]
    assert files, "nothing is kept"
    return [path for path in files if is_readable(path.read_bytes())]
