from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_desktop.domain.dialling import Allowed, Ledger, Limits, bought
from agent_desktop.domain.types import Instant
from agent_desktop.errors import RefusedError
from agent_desktop.switch.limits import FILE, LedgerFile, Tolls, limits_of
from agent_desktop.wire.switch import DialLimits

NOW = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def tolls(clock: Clock, **limits: object) -> Tolls:
    made = Tolls(wall=clock)
    made.limits = limits_of(DialLimits(**limits))  # type: ignore[arg-type]  # a table of any fields
    return made


def at_once(work: Callable[[], None]) -> None:
    work()


def test_a_refusal_is_words_for_the_agent() -> None:
    judge = tolls(Clock(), refused=("0900",))
    with pytest.raises(RefusedError, match="does not call") as refused:
        judge.may_dial("0900 1", "201")
    assert refused.value.code == "refused_number"


def test_a_call_is_told_before_its_longest_time_and_ended_at_it() -> None:
    clock = Clock()
    judge = tolls(clock, minutes_per_call=1.0)
    judge.begun("leg", "201", judge.may_dial("089", "201"))
    clock.now += 500
    assert judge.watch() == ([], [])  # it only rings
    judge.answered("leg")
    assert judge.watch() == ([], [])
    clock.now += 31
    assert judge.watch() == (["leg"], [])
    assert judge.watch() == ([], [])
    clock.now += 29
    assert judge.watch() == ([], ["leg"])
    judge.ended("leg")
    assert judge.watch() == ([], [])


def test_a_call_without_limits_goes_on() -> None:
    clock = Clock()
    judge = tolls(clock)
    judge.begun("leg", "201", judge.may_dial("089", "201"))
    judge.answered("leg")
    for _ in range(100):
        clock.now += 100
        assert judge.watch() == ([], [])


def test_a_call_ends_when_the_money_of_the_day_is_spent() -> None:
    clock = Clock()
    judge = tolls(clock, prices=(("", 0.5),), per_day=1.0)
    judge.begun("leg", "201", judge.may_dial("089", "201"))
    judge.answered("leg")
    clock.now += 61  # the computer slept through the moment at which the next minute is bought
    assert judge.watch() == ([], [])
    clock.now += 30
    assert judge.watch() == (["leg"], [])
    clock.now += 29
    assert judge.watch() == ([], ["leg"])
    assert bought(judge.ledger, Instant(clock.now)) == 10_000


def test_nobody_is_warned_twice_but_again_when_the_limit_was_raised_between() -> None:
    clock = Clock()
    judge = tolls(clock, minutes_per_call=1.0)
    judge.begun("leg", "201", Allowed())
    judge.answered("leg")
    clock.now += 40
    assert judge.watch() == (["leg"], [])
    judge.limits = Limits(minutes_per_call=2.0)
    assert judge.watch() == ([], [])
    clock.now += 60
    assert judge.watch() == (["leg"], [])


def test_the_ledger_survives_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    file = LedgerFile(tmp_path / "data", at_once)
    judge = Tolls(wall=clock, ledger=file.read(), keep=file.write)
    judge.limits = Limits(dials_per_agent_hour=2, prices=(("", 1.0),), per_day=2.0)
    judge.begun("a", "201", judge.may_dial("089", "201"))
    judge.answered("a")
    judge.begun("b", "201", judge.may_dial("089", "201"))
    path = tmp_path / "data" / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == [FILE]
    again = Tolls(wall=clock, ledger=LedgerFile(tmp_path / "data", at_once).read())
    assert not again.ledger.lines
    again.limits = judge.limits
    with pytest.raises(RefusedError, match="dialled 2 times"):
        again.may_dial("089", "201")
    with pytest.raises(RefusedError, match="has spent"):
        again.may_dial("089", "202")


def test_an_unreadable_ledger_is_put_aside_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b'{"dials": 7')
    assert LedgerFile(tmp_path, at_once).read() == Ledger()
    assert (tmp_path / "dialled.unreadable").exists()
    assert "put aside" in caplog.text
    assert LedgerFile(tmp_path, at_once).read() == Ledger()


def test_a_folder_where_nothing_can_be_kept_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file, no folder")
    file = LedgerFile(tmp_path / "data", at_once)
    file.write(Ledger())
    assert "cannot be kept" in caplog.text
    assert file.read() == Ledger()
    assert "neither" in caplog.text or "either" in caplog.text


def test_only_the_newest_ledger_is_written(tmp_path: Path) -> None:
    waiting: list[Callable[[], None]] = []
    file = LedgerFile(tmp_path, waiting.append)
    for turn in range(5):
        file.write(Ledger(dials=(("a", Instant(turn)),)))
    assert len(waiting) == 1
    waiting.pop()()
    assert file.read().dials == (("a", Instant(4)),)
    file.write(Ledger())
    assert len(waiting) == 1
