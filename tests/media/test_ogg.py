from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import ogg, opus
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, frames_of, to_pcm


def slow_checksum(data: bytes) -> int:
    """RFC 3533's own words: polynomial 0x04c11db7, initial value and final XOR 0."""
    crc = 0
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
            crc &= 0xFFFFFFFF
    return crc


def written(packets: list[bytes], flush_every: int = 50, **options: int) -> bytes:
    data = bytearray()
    writer = ogg.OpusWriter(
        data.extend,
        channels=options.get("channels", 2),
        input_rate_hz=16000,
        pre_skip=312,
        comments={"TITLE": "é"},
        serial=7,
    )
    for number, packet in enumerate(packets, start=1):
        writer.packet(packet, 960)
        if number % flush_every == 0:
            writer.flush()
    writer.close(options.get("trimmed", 0))
    return bytes(data)


@given(st.binary(max_size=300))
def test_the_checksum_is_that_of_the_rfc(data: bytes) -> None:
    assert ogg.checksum(data) == slow_checksum(data)


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.binary(min_size=254, max_size=1024)), max_size=60),
    st.integers(1, 70),
)
def test_every_packet_comes_back_whole_and_in_order(packets: list[bytes], flush_every: int) -> None:
    read = list(ogg.pages(written(packets, flush_every)))
    assert [packet for page in read[2:] for packet in page.packets] == packets
    assert [page.sequence for page in read] == list(range(len(read)))
    assert [page.last for page in read] == [False] * (len(read) - 1) + [True]
    assert read[-1].granule == 960 * len(packets)
    assert {page.serial for page in read} == {7}


def test_the_head_pages_say_what_the_rfc_asks() -> None:
    head, tags, *_ = ogg.pages(written([b"x"]))
    assert head.packets == (b"OpusHead\x01\x02\x38\x01\x80\x3e\x00\x00\x00\x00\x00",)
    assert (head.flags, head.granule, tags.flags, tags.granule) == (2, 0, 0, 0)
    assert tags.packets[0].startswith(b"OpusTags\x0d\x00\x00\x00agent-desktop\x01\x00\x00\x00")
    assert "TITLE=é".encode() in tags.packets[0]


@given(st.integers(0, 10_000))
def test_a_file_that_was_cut_off_gives_its_whole_pages(cut: int) -> None:
    data = written([bytes([n]) * 80 for n in range(200)])
    whole = list(ogg.pages(data))
    read = list(ogg.pages(data[: min(cut, len(data))]))
    assert read == whole[: len(read)]


@given(st.integers(0, 10**9), st.integers(0, 7))
def test_no_changed_bit_passes(place: int, bit: int) -> None:
    data = bytearray(written([bytes([n]) * 40 for n in range(120)]))
    whole = list(ogg.pages(bytes(data)))
    data[place % len(data)] ^= 1 << bit
    try:
        read = list(ogg.pages(bytes(data)))
    except ogg.OggError:
        return
    assert read == whole[: len(read)]  # a length that points past the end: the rest is not there
    assert len(read) < len(whole)


def test_packets_of_a_kind_that_we_do_not_write_are_refused() -> None:
    page = bytearray(next(iter([written([b"x"])])))
    page[5] |= 1
    page[22:26] = bytes(4)
    first = bytes(page[: 27 + 1 + 19])
    page[22:26] = ogg.checksum(first).to_bytes(4, "little")
    with pytest.raises(ogg.OggError, match="kind"):
        list(ogg.pages(bytes(page)))
    with pytest.raises(ogg.OggError, match="no Ogg"):
        list(ogg.pages(b"RIFF" + bytes(60)))


@pytest.mark.peer
def test_opus_tools_find_nothing_to_complain_of_and_play_what_was_said(tmp_path: Path) -> None:
    seconds = np.arange(SAMPLE_RATE_HZ * 3) / SAMPLE_RATE_HZ
    left = to_pcm(8000 * np.sin(2 * np.pi * 440 * seconds))
    right = to_pcm(8000 * np.sin(2 * np.pi * 1000 * seconds))
    encoder = opus.Encoder(channels=2, bitrate_bps=32_000, application="audio", fec=False)
    data = bytearray()
    ahead = encoder.lookahead_samples * 3
    writer = ogg.OpusWriter(data.extend, channels=2, input_rate_hz=16000, pre_skip=ahead, comments={})
    for one, other in zip(frames_of(left), frames_of(right), strict=True):
        writer.packet(encoder.encode(np.stack([one, other], axis=1).reshape(-1)), 960)
    writer.packet(encoder.encode(np.zeros(2 * FRAME_SAMPLES, dtype=np.int16)), 960)
    writer.close(960 - ahead)
    path = tmp_path / "call.opus"
    path.write_bytes(data)

    told = subprocess.run(["opusinfo", str(path)], check=True, capture_output=True, text=True)
    assert "WARNING" not in told.stdout + told.stderr
    assert "Playback length: 0m:03.000s" in told.stdout
    assert "Channels: 2" in told.stdout
    raw = tmp_path / "call.raw"
    subprocess.run(["opusdec", "--quiet", "--rate", "16000", str(path), str(raw)], check=True)
    played = np.frombuffer(raw.read_bytes(), dtype="<i2").reshape(-1, 2).astype(np.float64)
    assert len(played) == 3 * SAMPLE_RATE_HZ
    middle = played[SAMPLE_RATE_HZ : 2 * SAMPLE_RATE_HZ]
    strongest = np.abs(np.fft.rfft(middle, axis=0)).argmax(axis=0)
    assert list(strongest) == [440, 1000]


def test_a_page_that_is_full_is_closed_by_itself() -> None:
    packets = [bytes([n % 256]) * 300 for n in range(300)]
    read = list(ogg.pages(written(packets, flush_every=1000)))
    assert [packet for page in read[2:] for packet in page.packets] == packets
    assert len(read) > 4
