"""The sign-in before there is a client."""

from __future__ import annotations

from agent_desktop.viewmodels.doorway import Doorway
from agent_desktop.viewmodels.signing import Entry
from agent_desktop.viewmodels.surface import Refresh


class Client:
    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def sign_in(self, **words: object) -> None:
        self.asked.append(words)


def test_the_form_shows_the_settings_and_nothing_of_a_client() -> None:
    view = Doorway(Entry(server="http://127.0.0.1:8080", user="lena")).view()
    assert view.main is None
    assert view.signin is not None
    assert (view.signin.server, view.signin.user, view.signin.busy) == (
        "http://127.0.0.1:8080",
        "lena",
        False,
    )


def test_signing_in_early_is_shown_as_under_way_and_handed_to_the_client_once() -> None:
    doorway, client = Doorway(Entry()), Client()
    told: list[Refresh] = []
    doorway.subscribe(told.append)
    words = {"server": "http://s", "user": "lena", "password": "secret", "remember": True}
    doorway.sign_in(**words)
    assert doorway.signin().busy
    assert told == [Refresh(frozenset({"signin"}))]
    doorway.pass_on(client)
    doorway.pass_on(client)
    assert client.asked == [words]


def test_who_did_not_sign_in_early_is_not_signed_in() -> None:
    doorway, client = Doorway(Entry(user="lena")), Client()
    doorway.pass_on(client)
    assert client.asked == []


def test_a_typed_password_is_in_no_representation() -> None:
    doorway = Doorway(Entry())
    doorway.sign_in(server="s", user="u", password="geheim", remember=None)
    assert "geheim" not in repr(doorway._asked)
    assert "geheim" not in repr(vars(doorway))
