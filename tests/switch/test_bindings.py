"""The phones' places, kept over a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.sip.address import Address, RequestId
from agent_desktop.sip.registrar import Binding
from agent_desktop.sip.uri import Uri
from agent_desktop.switch.bindings import BindingsFile, Phones

WALL = 1e9
CONTACT = Uri("sip", "201", "127.0.0.1", 6000, (("transport", "udp"),))
THERE = Address("udp", "127.0.0.1", 6000)
BINDING = Binding("201", CONTACT, THERE, 160.0, "call", 7, 0.5)


class FakeRegistry:
    """A registrar that only remembers."""

    def __init__(self) -> None:
        self.all_bindings: tuple[Binding, ...] = ()
        self.asked: list[tuple[str, Uri, Address]] = []

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]:
        return tuple(b for b in self.all_bindings if b.user == user and b.expires_at > now)

    def restore_binding(self, binding: Binding) -> None:
        self.all_bindings += (binding,)

    def forget_binding(self, user: str, contact: Uri) -> None:
        self.all_bindings = tuple(b for b in self.all_bindings if b.contact != contact)

    def request(
        self, method: str, now: float, *, target: Uri | None = None, destination: Address | None = None
    ) -> RequestId:
        assert target is not None
        assert destination is not None
        self.asked.append((method, target, destination))
        return RequestId(f"r{len(self.asked)}")


class Place:
    """A switch's registrar side on a clock of our own."""

    def __init__(self, data: Path) -> None:
        self.registry = FakeRegistry()
        self.told: list[tuple[str, bool]] = []
        self.now = 100.0
        self.phones = Phones(
            BindingsFile(data),
            signalling=lambda: self.registry,
            changed=self._changed,
            monotonic=lambda: self.now,
            wall=lambda: WALL + self.now,
        )

    def _changed(self, extension: str, *, there: bool) -> None:
        self.told.append((extension, there))

    def binds(self, *bindings: Binding) -> None:
        self.registry.all_bindings = bindings
        self.phones.happened(sip.Bound("201", CONTACT, THERE, 160.0, is_new=True))

    def answered(self, status: int) -> None:
        self.phones.happened(sip.ResponseArrived(RequestId("r1"), None, status, "", None))


def test_a_phone_that_was_known_is_known_after_the_restart_and_is_asked(tmp_path: Path) -> None:
    first = Place(tmp_path)
    first.binds(BINDING)
    assert first.told == [("201", True)]
    second = Place(tmp_path)
    second.now = 130.0
    second.phones.restore()
    assert second.registry.all_bindings == (BINDING,)
    assert second.registry.asked == [("OPTIONS", CONTACT, THERE)]
    second.phones.happened(sip.Bound("201", CONTACT, THERE, 160.0, is_new=True))
    assert second.phones.registered == ("201",)


@pytest.mark.parametrize(("status", "stays"), [(200, True), (404, True), (408, False), (503, False)])
def test_a_phone_that_does_not_answer_is_forgotten(tmp_path: Path, status: int, *, stays: bool) -> None:
    Place(tmp_path).binds(BINDING)
    place = Place(tmp_path)
    place.phones.restore()
    place.answered(status)
    assert bool(place.registry.all_bindings) is stays


def test_a_phone_that_has_registered_since_is_kept_whatever_becomes_of_the_question(tmp_path: Path) -> None:
    Place(tmp_path).binds(BINDING)
    place = Place(tmp_path)
    place.phones.restore()
    place.registry.all_bindings = (Binding("201", CONTACT, THERE, 400.0, "call", 8),)
    place.answered(408)
    assert place.registry.all_bindings


def test_what_is_over_or_came_by_a_connection_is_not_restored(tmp_path: Path) -> None:
    first = Place(tmp_path)
    first.binds(BINDING, Binding("202", CONTACT, Address("tcp", "127.0.0.1", 6001), 900.0, "x", 1))
    second = Place(tmp_path)
    second.now = 161.0
    second.phones.restore()
    assert not second.registry.all_bindings


def test_only_its_owner_may_read_the_file_and_it_holds_no_secret(tmp_path: Path) -> None:
    Place(tmp_path).binds(BINDING)
    path = tmp_path / "run" / "bindings.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "ha1" not in path.read_text()


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"user": "201"}]'])
def test_an_unreadable_file_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "bindings.json").write_text(text)
    place = Place(tmp_path)
    place.phones.restore()
    assert not place.registry.all_bindings


def test_a_folder_that_cannot_be_written_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file, not a folder")
    place = Place(tmp_path)
    place.binds(BINDING)
    assert place.told == [("201", True)]


def test_a_phone_that_leaves_is_told_and_dropped_from_the_file(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.binds(BINDING)
    place.registry.all_bindings = ()
    place.phones.happened(sip.Unbound("201", CONTACT, expired=False))
    assert place.told == [("201", True), ("201", False)]
    assert (tmp_path / "run" / "bindings.json").read_bytes() == b"[]"
