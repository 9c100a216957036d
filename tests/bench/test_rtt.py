from __future__ import annotations

import importlib.util

import pytest

from agent_desktop.bench import rtt
from agent_desktop.errors import AgentDesktopError

SMALL = rtt.Size(typed=8, characters=80, seeds=1, losses=(0.1,))


@pytest.mark.peer
def test_every_goal_of_real_time_text_has_its_rows_and_its_rival() -> None:
    results = rtt.run(SMALL)
    assert sorted({result.metric.split()[0] for result in results}) == ["G10", "G11", "G12", "G13"]
    assert "liblinphone to liblinphone" in {result.against for result in results}
    exact = [result for result in results if result.metric.startswith("G10")]
    assert [(result.value, result.met) for result in exact] == [(0, True), (0, True)]


def test_without_liblinphone_only_the_rows_without_it_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rtt, "has_liblinphone", lambda: False)
    assert {result.metric.split()[0] for result in rtt.run(SMALL)} == {"G11"}
    assert "liblinphone10" in capsys.readouterr().out


def test_redundancy_saves_what_is_lost_without_it() -> None:
    between_ours, with_others = rtt.losses(rtt.Size(seeds=1, losses=(0.3,)))
    assert between_ours.value < with_others.value == between_ours.against_value < with_others.against_value


def test_nothing_is_lost_between_ours_at_ten_in_a_hundred_over_the_drop_lists_of_the_goal() -> None:
    between_ours, with_others = rtt.losses(rtt.Size(losses=(0.1,)))
    assert (between_ours.value, between_ours.met) == (0, True)
    assert with_others.value == 6


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AgentDesktopError, match="needs the package numpy"):
        rtt.run()
