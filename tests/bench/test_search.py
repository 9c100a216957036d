"""The bench of search asks real questions of a real record, and says what it found."""

from __future__ import annotations

from pathlib import Path

from agent_desktop.bench import runner, search
from agent_desktop.bench._texts import Texts, asked, vocabulary


def test_the_texts_are_the_same_each_time_and_as_uneven_as_a_language() -> None:
    first, second = Texts(400, size=4_000), Texts(400, size=4_000)
    assert list(first.made()) == list(second.made())
    assert len(set(first.words)) == len(first.words)
    assert first.used[first.words[0]] > 20 * max(first.used[word] for word in first.words[2_000:2_010])
    assert vocabulary.__module__ == "agent_desktop.bench._texts"


def test_each_kind_of_question_finds_what_its_name_says(tmp_path: Path) -> None:
    figures = search.measured(tmp_path, 800, 12, words=6_000)
    assert set(figures.ours) >= {"rare", "common", "prefix", "phrase", search.BEST, search.SLIPS}
    assert figures.found["rare"] >= 12
    assert figures.found["common"] > figures.found["rare"]
    assert figures.found["phrase"] >= 12
    assert figures.found[search.BEST] == figures.found["common"]
    results = search.told(figures, 800)
    assert all(result.value > 0 for result in results)
    assert {r.metric for r in results} >= {"search, rare, p50", "search, phrase, p99"}
    assert runner.as_json("search", results).startswith('{"bench": "search"')


def test_a_kind_of_question_has_as_many_as_were_asked_for() -> None:
    texts = Texts(200, size=3_000)
    sample = list(texts.made())
    for kind, questions in asked(texts, sample, 7).items():
        assert len(questions) == 7, kind
