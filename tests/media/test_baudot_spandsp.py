"""Against spandsp's V.18, a second modem that others wrote (goal G3)."""

from __future__ import annotations

import pytest

from agent_desktop.bench._tty_peers import Spandsp
from tests.media.baudot_line import folded, heard, prose, read, spoken, through

pytestmark = pytest.mark.peer
TEXT = prose(200, seed=3)


def test_we_read_spandsp_without_a_wrong_character() -> None:
    modem = Spandsp(is_calling=True)
    sound = through(modem.sends(TEXT))
    modem.close()
    assert folded(read(heard(sound))) == folded(TEXT)


def test_spandsp_reads_us_without_a_wrong_character() -> None:
    modem = Spandsp(is_calling=False)
    modem.hear(through(spoken(TEXT)))
    modem.close()
    assert folded(modem.text) == folded(TEXT)
