"""Against minimodem, a modem that others wrote, both ways (goals G1, G2, G14; more in `bench tty`)."""

from __future__ import annotations

import pytest

from agent_desktop.bench._tty_call import pasted
from agent_desktop.bench._tty_peers import minimodem_reads, minimodem_sends
from agent_desktop.media.codecs import PCMA, PCMU, TableCodec
from agent_desktop.media.pcm import Pcm
from tests.media.baudot_line import folded, heard, lost_frames, noisy, prose, read, spoken, through, wrong

pytestmark = pytest.mark.peer
TEXT = prose(2000)
LAWS = pytest.mark.parametrize("law", [PCMU, PCMA], ids=["mulaw", "alaw"])


@pytest.fixture(scope="module")
def theirs() -> Pcm:
    """The text as minimodem sends it (it relies on unshift-on-space)."""
    return minimodem_sends(TEXT)


@pytest.fixture(scope="module")
def ours() -> Pcm:
    return spoken(TEXT)


@LAWS
@pytest.mark.parametrize("snr_db", [None, 5.0])
def test_minimodem_reads_us_without_a_wrong_character(
    law: TableCodec, snr_db: float | None, ours: Pcm
) -> None:
    line = through(ours if snr_db is None else noisy(ours, snr_db), law)
    # minimodem may see a character in the noise before the carrier; what we sent must follow whole.
    assert folded(minimodem_reads(line)).endswith(folded(TEXT))


@pytest.mark.parametrize(("law", "snr_db"), [(PCMU, 5.0), (PCMA, None)], ids=["mulaw-5dB", "alaw"])
def test_we_read_minimodem_without_a_wrong_character(
    law: TableCodec, snr_db: float | None, theirs: Pcm
) -> None:
    line = through(theirs if snr_db is None else noisy(theirs, snr_db), law)
    assert folded(read(heard(line))) == folded(TEXT)


@pytest.mark.parametrize(("size", "bound"), [(160, 1.0), (80, 0.1)])
def test_we_read_minimodem_when_one_frame_in_a_hundred_is_lost(size: int, bound: float) -> None:
    """Five seeds of 200 characters each."""
    text = prose(200, seed=2)
    line = through(minimodem_sends(text))
    rates = [
        wrong(folded(text), folded(read(heard(line, size, lost_frames(len(line), size, 0.01, seed)))))
        for seed in range(5)
    ]
    assert sum(rates) / len(rates) <= bound


def test_four_hundred_pasted_characters_reach_a_tty_in_order() -> None:
    """Goal G14: through the gateway, read by minimodem; the count of what waits falls to none."""
    text = prose(410, seed=14)[:400]
    assert len(text) == 400
    sent = pasted(text)
    assert folded(minimodem_reads(through(sent.line))) == folded(text)
    assert (sent.waiting[0], sent.waiting[-1], sent.dropped) == (400, 0, 0)
    assert sent.waiting == sorted(sent.waiting, reverse=True)
