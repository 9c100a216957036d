"""Before the sign-in the phone is there already: the devices are tested, the line afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.client.drafts import Drafts
from agent_desktop.client.runtime import FromPhone, LinkReported, Runtime, SignInEnded
from agent_desktop.client.session import Session
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.surface import Refresh
from agent_desktop.wire import phone as p
from tests.client.desks import Desk
from tests.client.outside import FakeOutside
from tests.client.talks import asked

GOOD = tuple(p.SelfCheck(id=name, state="ok") for name in ("microphone", "speaker", "echo"))


class Door:
    """A desktop that nobody is signed in at, with its phone attached."""

    def __init__(self, folder: Path) -> None:
        self.outside = FakeOutside()
        self.drafts = Drafts(folder / "drafts.db")
        self.desktop = Desktop(Runtime(self.outside), self.drafts)
        self.refreshes: list[Refresh] = []
        self.desktop.subscribe(self.refreshes.append)
        self.desktop.runtime.attach()
        self.put(LinkReported("phone", Connection("online")), FromPhone(p.PhoneSnapshot(microphone="Jabra")))

    def put(self, *items: object) -> None:
        self.outside.inbox += items
        self.desktop.pump()

    def rows(self) -> list[tuple[str, str]]:
        view = self.desktop.signin().self_test
        assert view is not None
        return [(row.id, row.badge.text) for row in view.rows]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    yield made
    made.drafts.close()


def test_the_phone_is_attached_without_an_account(door: Door) -> None:
    assert door.outside.order == ["attach"]
    assert door.outside.phone == []
    assert {part for refresh in door.refreshes for part in refresh.parts} >= {"signin"}
    found = [(check.id, check.badge.text) for check in door.desktop.signin().checks]
    assert found == [("headset", "not yet"), ("phone", "after sign-in")]


def test_the_devices_are_tested_and_the_line_is_left_for_later(door: Door) -> None:
    later = [("registration", "after sign-in"), ("call", "after sign-in")]
    assert door.rows() == [("microphone", "not yet"), ("speaker", "not yet"), ("echo", "not yet"), *later]
    assert door.desktop.act("selftest.run") == ""
    assert [command for _id, command in door.outside.phone] == [p.RunSelfTest(skip=("registration", "call"))]
    door.refreshes.clear()
    door.put(FromPhone(p.SelfTestChanged(checks=GOOD, over=True)))
    assert "signin" in door.refreshes[-1].parts
    assert door.rows() == [("microphone", "good"), ("speaker", "good"), ("echo", "good"), *later]
    view = door.desktop.signin().self_test
    assert view is not None
    assert view.verdict == "The devices are good. The line is tested after you sign in."
    # Signed in, it does not count as the test of the shift.
    door.put(SignInEnded(Session("http://127.0.0.1:1", "mateo", "token", "a7", 0.0)))
    assert door.desktop.settings().self_test.verdict == "The devices are good. Test again for the line."


def test_a_test_of_the_devices_alone_is_not_told_to_the_router(desk: Desk) -> None:
    asked(desk)
    desk.phone(p.SelfTestChanged(checks=GOOD, over=True))
    assert asked(desk) == []
