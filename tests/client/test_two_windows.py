"""Two programs of one agent on one data folder: nothing newer is overwritten, nothing is sent twice."""

from __future__ import annotations

import itertools
import queue
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.client import drafts as module
from agent_desktop.client.drafts import Draft, Drafts, Elsewhere, Key
from agent_desktop.client.unsent import Unsent, UnsentFile
from agent_desktop.viewmodels import merging
from agent_desktop.wire import commands as c
from tests.client.keepers import Disk

REPLY = Key("ana", "v1", "reply")
FORM = Key("ana", "i1", "wrapup")
SENT = c.SendMessage(message="m1", conversation="v1", text="Hello")
PATIENCE_S = 30.0


class Window:
    """The drafts of one program; what the other one wrote is taken over when the test says so."""

    def __init__(self, path: Path) -> None:
        self.found: queue.Queue[Elsewhere] = queue.Queue()
        ticks = itertools.count(1)
        self.drafts = Drafts(
            path, found=self.found.put, joined=merging.both, clock=lambda: float(next(ticks) + id(self) % 97)
        )

    def until(self, key: Key, text: str) -> tuple[Key, ...]:
        """Take over what comes until the draft says this; gives what was put together of two."""
        both: tuple[Key, ...] = ()
        while self.drafts.get(key).text != text:
            found = self.found.get(timeout=PATIENCE_S)
            both += found.both
            self.drafts.take(found)
        return both

    def type(self, key: Key, text: str, message: str = "m1") -> None:
        self.drafts.put(key, text, message=message)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "COMMIT_WITHIN_S", 0.01)
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    return tmp_path / "drafts.db"


def kept(path: Path, key: Key) -> Draft:
    return module._read(path).get(key, Draft())


def test_what_is_typed_in_one_window_is_in_the_other_one_and_gone_when_it_is_sent(path: Path) -> None:
    first, second = Window(path), Window(path)
    first.type(REPLY, "Dear Amina")
    second.until(REPLY, "Dear Amina")
    assert second.drafts.get(REPLY).message == "m1"  # sent from here it is the same message
    first.drafts.clear(REPLY)
    second.until(REPLY, "")
    first.drafts.close()
    second.drafts.close()


def test_a_window_that_was_open_for_long_does_not_overwrite_what_is_newer(path: Path) -> None:
    first = Window(path)
    first.type(REPLY, "Dear")
    first.drafts.close()
    old = Window(path)
    new = Window(path)
    new.type(REPLY, "Dear Amina, your lamp is on its way.")
    new.drafts.close()
    old.type(REPLY, "Dear Sir")  # before it has looked, or in the same moment
    old.drafts.close()
    text = kept(path, REPLY).text
    assert "Dear Amina, your lamp is on its way." in text
    assert "Dear Sir" in text


def test_both_texts_are_shown_where_two_were_written_at_once(path: Path) -> None:
    one, two = Window(path), Window(path)
    one.type(REPLY, "From the first")
    one.drafts.close()
    two.type(REPLY, "From the second", "m2")
    assert two.until(REPLY, "From the first\n\nFrom the second") == (REPLY,)
    assert two.drafts.get(REPLY).text == "From the first\n\nFrom the second"
    two.drafts.close()
    assert kept(path, REPLY).text == "From the first\n\nFrom the second"


def test_who_goes_on_typing_where_the_other_one_stopped_has_one_text(path: Path) -> None:
    first, second = Window(path), Window(path)
    first.type(REPLY, "Dear")
    second.until(REPLY, "Dear")
    second.type(REPLY, "Dear Amina")
    first.until(REPLY, "Dear Amina")
    first.type(REPLY, "Dear Amina, hello")
    second.until(REPLY, "Dear Amina, hello")
    first.drafts.close()
    second.drafts.close()
    assert kept(path, REPLY).text == "Dear Amina, hello"


def test_news_that_is_older_than_what_was_written_here_is_left(path: Path) -> None:
    first, second = Window(path), Window(path)
    first.type(REPLY, "Dear")
    first.drafts.close()
    late = second.found.get(timeout=PATIENCE_S)  # it waits for its turn while the agent types on
    second.type(REPLY, "Dear Amina")
    second.drafts.close()
    assert second.drafts.take(late) == ()
    assert second.drafts.get(REPLY).text == kept(path, REPLY).text == "Dear Amina"


def test_what_was_sent_from_an_old_window_leaves_what_was_written_since(path: Path) -> None:
    start = Window(path)
    start.type(REPLY, "Dear")
    start.drafts.close()
    old, new = Window(path), Window(path)
    new.type(REPLY, "Dear Amina")
    new.drafts.close()
    old.drafts.clear(REPLY)
    old.drafts.close()
    assert kept(path, REPLY).text == "Dear Amina"


def test_of_a_form_what_was_filled_in_last_counts(path: Path) -> None:
    start = Window(path)
    start.type(FORM, '{"code": ""}')
    start.drafts.close()
    old, new = Window(path), Window(path)
    new.type(FORM, '{"code": "a"}')
    new.drafts.close()
    old.type(FORM, '{"code": "b"}')
    old.drafts.close()
    assert kept(path, FORM).text == '{"code": "b"}'


TYPED = st.lists(st.tuples(st.integers(0, 1), st.text("ab ", min_size=1, max_size=4)), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(TYPED)
def test_no_history_of_two_windows_loses_what_one_of_them_typed(typed: list[tuple[int, str]]) -> None:
    """Each commit finds a file that the other one wrote: every last text is in what stays."""
    row, last = Draft(), [Draft(), Draft()]
    at = 0.0
    for who, text in typed:
        at += 1.0
        base = last[who]
        ours = Draft(base.text + text, "m1", at)
        now = ours if row.written_at == base.written_at else module._of_both(REPLY, row, ours, merging.both)
        assert ours.text in now.text
        assert row.text in now.text
        row = last[who] = now


def test_an_act_that_the_other_program_settled_does_not_leave_from_here(tmp_path: Path) -> None:
    def told(_saved: object) -> None:
        pass

    path = tmp_path / "unsent.db"
    files = [UnsentFile(path, told), UnsentFile(path, told)]
    first = Unsent(files[0], "ana")
    for request in ("r1", "r2"):
        first.add(request, SENT, ("v1",), at=1.0, waited=True)
    files[0].rows("ana")  # waits until they are on the disk
    second = Unsent(files[1], "ana")
    assert set(second.acts) == {"r1", "r2"}
    first.discard("r1")
    files[0].rows("ana")
    assert [act.request for act in second.due(2.0)] == ["r2"]
    assert set(second.acts) == {"r2"}
    for file in files:
        file.close()


def test_what_cannot_be_looked_at_leaves_all_the_same(tmp_path: Path) -> None:
    """The router takes a request once: rather asked twice than never."""
    path = tmp_path / "unsent.db"
    file = UnsentFile(path, lambda _saved: None)
    file.close()
    path.unlink()
    assert file.there(("r1",)) == {"r1"}
    path.write_bytes(b"no database" * 1000)
    assert file.there(("r1",)) == {"r1"}


def test_an_act_is_asked_for_only_when_it_could_leave() -> None:
    disk = Disk()
    unsent = Unsent(disk, "ana")
    unsent.add("r1", SENT, ("v1",), at=1.0, waited=True)
    assert [act.request for act in unsent.due(1.0)] == ["r1"]  # being saved: it is this program's own
    for told in disk.flush():
        unsent.saved(told)
    assert [act.request for act in unsent.due(1.0)] == ["r1"]
    disk.durable.clear()
    assert unsent.due(1.0) == ()
    assert unsent.acts == {}
