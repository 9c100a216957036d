"""Guessed passwords: each shape of guessing meets its wait, and no honest agent does."""

from __future__ import annotations

from agent_desktop.sip import guessing as module
from agent_desktop.sip.guessing import (
    FORGOTTEN_AFTER_S,
    FREE_AT_ONE_USER,
    FREE_FOR_ONE_USER,
    FREE_FROM_ONE_SOURCE,
    MAX_WAIT_S,
    Guessing,
)


def test_who_mistypes_a_few_times_never_waits():
    guessing = Guessing()
    for _ in range(FREE_AT_ONE_USER - 1):
        guessing.wrong("10.0.0.1", "alice", 0.0)
        assert guessing.wait_s("10.0.0.1", "alice", 0.0) == 0
    guessing.right("10.0.0.1", "alice")
    guessing.wrong("10.0.0.1", "alice", 0.0)
    assert guessing.wait_s("10.0.0.1", "alice", 0.0) == 0


def test_the_wait_doubles_up_to_a_minute_and_passes():
    guessing, now, waits = Guessing(), 0.0, []
    for _ in range(FREE_AT_ONE_USER + 8):
        guessing.wrong("10.0.0.1", "alice", now)
        wait = guessing.wait_s("10.0.0.1", "alice", now)
        waits.append(wait)
        now += wait
        assert guessing.wait_s("10.0.0.1", "alice", now) == 0
    assert waits[FREE_AT_ONE_USER - 1 :] == [2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert max(waits) == MAX_WAIT_S


def test_one_source_that_goes_through_many_users_waits_and_others_do_not():
    guessing = Guessing()
    for number in range(FREE_FROM_ONE_SOURCE):
        guessing.wrong("10.0.0.1", f"user{number}", 0.0)
    assert guessing.wait_s("10.0.0.1", "somebody-new", 0.0) > 0
    assert guessing.wait_s("10.0.0.2", "somebody-new", 0.0) == 0


def test_many_sources_at_one_user_wait_and_the_agents_own_phone_does_not():
    guessing = Guessing()
    guessing.right("10.0.0.7", "alice")
    for number in range(FREE_FOR_ONE_USER):
        guessing.wrong(f"198.51.100.{number}", "alice", 0.0)
    assert guessing.wait_s("203.0.113.1", "alice", 0.0) > 0
    assert guessing.wait_s("10.0.0.7", "alice", 0.0) == 0
    assert guessing.wait_s("203.0.113.1", "bob", 0.0) == 0


def test_who_owns_one_account_gains_no_guesses_at_others():
    guessing = Guessing()
    for number in range(FREE_FROM_ONE_SOURCE):
        guessing.wrong("10.0.0.1", f"user{number}", 0.0)
        guessing.right("10.0.0.1", "own")
    assert guessing.wait_s("10.0.0.1", "victim", 0.0) > 0


def test_old_mistakes_are_forgotten():
    guessing = Guessing()
    for turn in range(FREE_AT_ONE_USER * 3):
        guessing.wrong("10.0.0.1", "alice", turn * (FORGOTTEN_AFTER_S + 1))
        assert guessing.wait_s("10.0.0.1", "alice", turn * (FORGOTTEN_AFTER_S + 1)) == 0


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "MAX_REMEMBERED", 10)
    guessing = Guessing()
    for number in range(100):
        guessing.wrong(f"h{number}", f"u{number}", 0.0)
        guessing.right(f"h{number}", f"v{number}")
    tables = (guessing._pairs._counts, guessing._sources._counts, guessing._users._counts, guessing._proved)
    assert [len(table) for table in tables] == [10] * 4
