from __future__ import annotations

from agent_desktop.bench import switch


def test_every_case_is_measured_against_the_relay_in_the_same_run_and_then_a_real_switch() -> None:
    results = switch.run(legs=4, ticks=20, rounds=1, calls=2)
    assert [r.metric for r in results[:-1]] == [f"legs per core, {case}" for case in switch.CASES]
    assert len({result.against_value for result in results[:-1]}) == 1
    for result in results[:-1]:
        assert 0 < result.value < result.against_value  # nothing is cheaper than handing packets on
        assert result.met == (result.value >= 200)
    assert results[-1].unit == "ms/s"
    assert results[-1].value > results[-1].against_value > 0


def test_what_a_leg_does_is_told_in_words() -> None:
    assert str(switch.BARE) == "PCMU"
    assert str(switch.CASES[1]) == "PCMU + SRTP + recording"
