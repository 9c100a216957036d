from __future__ import annotations

from agent_desktop.bench import switch


def test_every_case_is_measured_against_the_barest_in_the_same_run() -> None:
    results = switch.run(legs=4, ticks=20)
    assert [result.metric for result in results] == [f"legs per core, {case}" for case in switch.CASES]
    assert len({result.against_value for result in results}) == 1
    for result in results:
        assert result.value > 0
        assert result.met == (result.value >= 200)


def test_what_a_leg_does_is_told_in_words() -> None:
    assert str(switch.BARE) == "PCMU"
    assert str(switch.CASES[0]) == "PCMU + SRTP + recording"
