"""The password in the keyring: kept, found, forgotten; and a keyring that fails is no crash."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from agent_desktop.client import keys


class Ring(KeyringBackend):
    """A keyring in memory; `locked` ones refuse everything."""

    priority = 1.0  # type: ignore[assignment]  # keyring computes it on the class

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()
        self.locked = locked
        self.kept: dict[tuple[str, str], str] = {}

    def _open(self) -> None:
        if self.locked:
            raise KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.kept[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        if (service, username) not in self.kept:
            raise PasswordDeleteError("no such password")
        del self.kept[(service, username)]


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    made = Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_password_is_kept_per_server_and_user(ring: Ring) -> None:
    assert keys.examine().available
    assert keys.remember("https://a", "mateo", "secret")
    assert keys.recall("https://a", "mateo") == "secret"
    assert keys.recall("https://b", "mateo") == ""
    keys.forget("https://a", "mateo")
    keys.forget("https://a", "mateo")
    assert keys.recall("https://a", "mateo") == ""


def test_a_locked_keyring_remembers_nothing_and_raises_nothing(ring: Ring) -> None:
    ring.locked = True
    assert not keys.remember("https://a", "mateo", "secret")
    assert keys.recall("https://a", "mateo") == ""
    keys.forget("https://a", "mateo")
