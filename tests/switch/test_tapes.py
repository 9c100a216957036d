from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import ogg
from agent_desktop.media.masterkeys import MasterKeys, WrongKeyError
from agent_desktop.media.recording import Report
from agent_desktop.media.vault import VaultReader
from agent_desktop.switch.tapes import KEYS, Tapes


async def test_a_tape_is_sealed_with_the_keys_of_this_computer(tmp_path: Path) -> None:
    tapes, told = Tapes(tmp_path), list[Report]()
    tapes.start()
    path = tmp_path / "calls" / "today" / "1.ogg"
    tape = await tapes.open(path, "r1", told.append)
    for _ in range(60):
        tape.write(np.ones(320, np.int16), np.ones(320, np.int16))
    await asyncio.to_thread(tapes.stop)
    assert told[-1].ended
    assert told[-1].recorded_s == pytest.approx(1.2)
    with VaultReader(path, MasterKeys.at(tmp_path / KEYS)) as vault:
        assert len(list(ogg.pages(vault.read()))) >= 3
    assert b'"recording": "r1"' in path.with_name("1.ogg.json").read_bytes()


async def test_keys_that_cannot_be_trusted_make_no_tape(tmp_path: Path) -> None:
    (tmp_path / KEYS).write_text("rubbish")
    (tmp_path / KEYS).chmod(0o600)
    with pytest.raises(WrongKeyError):
        await Tapes(tmp_path).open(tmp_path / "1.ogg", "r", lambda _report: None)
    assert not (tmp_path / "1.ogg").exists()
