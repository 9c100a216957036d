"""What happens beside the hub's own work."""

from __future__ import annotations

import gc

import pytest

from agent_desktop.server.beside import safely, without_collecting


def test_a_defect_after_a_commit_is_logged_and_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("a defect")

    safely(fail)
    assert "something after a commit failed" in caplog.text


def test_garbage_is_looked_for_again_after_a_load_even_when_it_failed() -> None:
    with without_collecting():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="a damaged record"), without_collecting():
        raise ValueError("a damaged record")
    assert gc.isenabled()


def test_who_had_collecting_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with without_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
