from __future__ import annotations

import importlib.util

import pytest

from agent_desktop.bench import _tty_peers, tty
from agent_desktop.errors import AgentDesktopError

SMALL = tty.Size(
    characters=60,
    seeds=(1,),
    noises=(None,),
    peer_characters=30,
    swept_characters=8,
    sounds=0.02,
    echoes_db=(-6.0,),
    delays_ms=(200,),
    cpu_s=2.0,
    carriers=1,
    pasted=20,
)


@pytest.mark.peer
def test_every_goal_of_the_sound_has_its_rows_and_its_rival() -> None:
    results = tty.run(SMALL)
    goals = [result.metric.split()[0] for result in results]
    assert sorted(set(goals)) == ["G1", "G14", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9"]
    assert {"minimodem to minimodem", "spandsp to spandsp", "minimodem, frames erased"} <= {
        result.against for result in results
    }
    missed = [result.metric for result in results if not result.met and result.metric[:2] != "G7"]
    assert missed == []


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AgentDesktopError, match="needs the package numpy"):
        tty.run()


def test_a_missing_minimodem_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(AgentDesktopError, match="apt-get install minimodem"):
        tty.run(SMALL)


def test_without_spandsp_its_rows_are_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_tty_peers, "spandsp", lambda: None)
    assert list(tty.second_peer(SMALL)) == []
    assert "apt-get install libspandsp2" in capsys.readouterr().out
    with pytest.raises(AgentDesktopError, match="libspandsp2"):
        _tty_peers.Spandsp(is_calling=True)


def test_a_figure_with_the_goal_of_none_is_met_by_none_alone() -> None:
    assert tty._none("x", 0.0, "%", 5.0).met
    assert not tty._none("x", 0.05, "%", 5.0).met
