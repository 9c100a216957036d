from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import tones, wav
from agent_desktop.media.codecs import BY_PAYLOAD_TYPE, PCMA, PCMU, TableCodec

EVERY_SAMPLE = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)


def sinad_db(codec: TableCodec, level_dbfs: float) -> float:
    """SINAD of a 443 Hz tone through the codec, as in the voice reference 5.4."""
    tone = tones.sine(443, 2.0, level_dbfs, 8000).astype(np.float64)
    heard = codec.decode(codec.encode(tones.sine(443, 2.0, level_dbfs, 8000))).astype(np.float64)
    gain = np.dot(heard, tone) / np.dot(tone, tone)
    noise = heard - gain * tone
    return float(10 * np.log10(np.sum((gain * tone) ** 2) / np.sum(noise**2)))


@pytest.mark.parametrize(("level_dbfs", "least_db"), [(-20, 37), (-30, 34), (-36, 34), (-46, 30)])
def test_mu_law_keeps_the_signal_to_noise_ratio_of_sixteen_bits(level_dbfs: float, least_db: float) -> None:
    assert sinad_db(PCMU, level_dbfs) >= least_db


@pytest.mark.parametrize(("level_dbfs", "least_db"), [(-20, 36), (-30, 35), (-36, 34), (-46, 25)])
def test_a_law_keeps_the_signal_to_noise_ratio_of_sixteen_bits(level_dbfs: float, least_db: float) -> None:
    assert sinad_db(PCMA, level_dbfs) >= least_db


@pytest.mark.parametrize("codec", [PCMU, PCMA], ids=lambda codec: codec.name)
def test_every_code_survives_decoding_and_encoding_again(codec: TableCodec) -> None:
    codes = bytes(range(256))
    again = codec.encode(codec.decode(codes))
    # mu-law has two zeros (0x7F is minus zero); both decode to 0.
    assert [(a, b) for a, b in zip(codes, again, strict=True) if a != b] in ([], [(0x7F, 0xFF)])


@pytest.mark.parametrize("codec", [PCMU, PCMA], ids=lambda codec: codec.name)
def test_louder_in_is_never_quieter_out(codec: TableCodec) -> None:
    assert (np.diff(codec.decode(codec.encode(EVERY_SAMPLE)).astype(np.int32)) >= 0).all()


@pytest.mark.peer
@pytest.mark.parametrize(("codec", "encoding"), [(PCMU, "u-law"), (PCMA, "a-law")], ids=["PCMU", "PCMA"])
def test_sox_reads_and_writes_the_same_law(codec: TableCodec, encoding: str, tmp_path: Path) -> None:
    raw = ["-t", "raw", "-r", "8000", "-c", "1"]
    (tmp_path / "codes").write_bytes(bytes(range(256)))
    subprocess.run(
        [
            "sox",
            *raw,
            "-e",
            encoding,
            "-b",
            "8",
            tmp_path / "codes",
            "-t",
            "wav",
            "-b",
            "16",
            tmp_path / "d.wav",
        ],
        check=True,
    )
    assert np.array_equal(wav.read(tmp_path / "d.wav", 8000), codec.decode(bytes(range(256))))
    (tmp_path / "samples").write_bytes(EVERY_SAMPLE.tobytes())
    signed = ["-e", "signed", "-b", "16"]
    law = ["-e", encoding, "-b", "8"]
    subprocess.run(["sox", "-D", *raw, *signed, tmp_path / "samples", *raw, *law, tmp_path / "e"], check=True)
    theirs = codec.decode((tmp_path / "e").read_bytes()).astype(np.int32)
    ours = codec.decode(codec.encode(EVERY_SAMPLE)).astype(np.int32)
    # The laws differ in how a sample on a threshold is rounded: never by more than one step.
    step = np.maximum((np.abs(EVERY_SAMPLE.astype(np.int32)) + 132) // 16, 16)
    assert (np.abs(theirs - ours) <= step).all()
    assert np.mean(theirs == ours) > 0.9


def test_codecs_are_found_by_the_payload_type_of_rfc_3551() -> None:
    assert BY_PAYLOAD_TYPE[0] is PCMU
    assert BY_PAYLOAD_TYPE[8] is PCMA
