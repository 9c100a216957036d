"""The spelling as screens show it: marks, the menu of a word, the list, and what is done with a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from agent_desktop.viewmodels.spelling import MOST_OF_A_PARAGRAPH, line_looked
from agent_desktop.wire import events as e
from tests.client.desks import Desk
from tests.client.small_centre import CUSTOMER
from tests.client.spellers import FewWords
from tests.viewmodels.letters import key, look_at, with_letters
from tests.viewmodels.spelt import settle, with_dictionary


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    with_letters(made, "v1", "v2")
    yield made
    made.drafts.close()


@pytest.fixture
def worker(desk: Desk) -> FewWords:
    return with_dictionary(desk)


def marks(desk: Desk, worker: FewWords, text: str, where: str = "") -> list[str]:
    where = where or key(desk)
    desk.desktop.misspelt(where, text)
    settle(desk, worker)
    return [one.word for one in desk.desktop.misspelt(where, text).misspelt]


def draft(desk: Desk) -> str:
    composer = desk.desktop.composer()
    assert composer is not None
    return composer.text


def test_a_paragraph_is_complete_once_the_dictionaries_have_answered(desk: Desk, worker: FewWords) -> None:
    where = key(desk)
    assert not desk.desktop.misspelt(where, "the lammp").complete
    desk.refreshes.clear()
    settle(desk, worker)
    assert any("spelling" in refresh.parts for refresh in desk.refreshes)
    found = desk.desktop.misspelt(where, "the lammp")
    assert found.complete
    assert [(one.start, one.end, one.word) for one in found.misspelt] == [(4, 9, "lammp")]


def test_names_of_the_customer_and_of_colleagues_are_never_misspelt(desk: Desk, worker: FewWords) -> None:
    me = desk.runtime.store.replica.me.name.split()[0]
    text = f"Dear Amina Yusuf, ask {me} for the lammp"
    assert marks(desk, worker, text) == ["lammp"]
    assert marks(desk, worker, text, "i1/wrapup/0") == ["lammp"]
    look_at(desk, "v2")
    assert marks(desk, worker, "Amina and Omar Haddad") == ["Amina", "and"]


def test_a_long_paragraph_is_looked_at_at_its_beginning(desk: Desk, worker: FewWords) -> None:
    text = "the lammp ask " * 5_000
    assert len(marks(desk, worker, text)) == -(-MOST_OF_A_PARAGRAPH // 14)


def test_the_menu_of_a_word_has_what_may_have_been_meant_and_what_can_be_done(
    desk: Desk, worker: FewWords
) -> None:
    where = key(desk)
    view = desk.desktop.spelling_of(where, "recieve")
    assert (view.waiting, view.suggestions, view.says) == (True, (), "Looking for suggestions…")
    settle(desk, worker)
    view = desk.desktop.spelling_of(where, "recieve")
    assert (view.waiting, view.suggestions, view.says) == (False, ("receive", "relieve"), "")
    assert (view.learn.label, view.ignore.label) == ("Add to dictionary", "Ignore in this text")
    desk.desktop.spelling_of(where, "xyzzy")
    settle(desk, worker)
    assert desk.desktop.spelling_of(where, "xyzzy").says == "The dictionary has nothing similar."


def test_a_word_is_learnt_for_good_and_ignored_in_one_text(desk: Desk, worker: FewWords) -> None:
    where = key(desk)
    assert marks(desk, worker, "wrod lammp") == ["wrod", "lammp"]
    for button in (
        desk.desktop.spelling_of(where, "wrod").learn,
        desk.desktop.spelling_of(where, "lammp").ignore,
    ):
        desk.refreshes.clear()
        assert desk.desktop.act(button.action, **dict(button.args)) == ""
        desk.desktop.pump()
        assert any("spelling" in refresh.parts for refresh in desk.refreshes)
    assert marks(desk, worker, "wrod lammp") == []
    look_at(desk, "v2")
    assert marks(desk, worker, "wrod lammp") == ["lammp"]


def test_a_reply_is_checked_in_the_customers_language_and_a_note_is_not(desk: Desk) -> None:
    worker = with_dictionary(desk, "en_US", "de_DE")
    card = msgspec.structs.replace(CUSTOMER, language="de")
    desk.events(e.CustomerChanged(customer=card))
    marks(desk, worker, "lammp")
    assert worker.checked == ["lammp", "lammp"]  # German, then English
    worker.checked.clear()
    marks(desk, worker, "wrod", "v1/note/0")
    assert worker.checked == ["wrod"]


@pytest.mark.parametrize("language", ["fi", "Finnish", "finnish; xx1"])
def test_without_a_dictionary_the_language_is_named_and_nothing_is_an_error(
    desk: Desk, language: str
) -> None:
    worker = with_dictionary(desk, "en_US")
    card = msgspec.structs.replace(CUSTOMER, language=language)
    desk.events(e.CustomerChanged(customer=card))
    assert marks(desk, worker, "Kiitos viestistasi, palaan asiaan huomenna") == []
    assert desk.desktop.misspelt(key(desk), "Kiitos viestistasi, palaan asiaan huomenna").foreign
    assert desk.desktop.act("spelling.found", draft=key(desk)) == "No misspelt word here."
    reason = desk.desktop.act("spelling.found", draft=key(desk), foreign="yes")
    assert reason.startswith(
        "No dictionary for Finnish on this computer: install one, or put fi.aff and fi.dic"
    )
    assert "/data/dictionaries" in reason
    assert marks(desk, worker, "Thank you for the lammp") == ["lammp"]


def test_an_agent_without_any_dictionary_is_told_how_to_get_one(desk: Desk) -> None:
    worker = with_dictionary(desk, "fr", languages="de_AT")
    assert marks(desk, worker, "Guten Tag") == []
    assert worker.checked == []
    reason = desk.desktop.act("spelling.found", draft=key(desk))
    assert reason.startswith("No dictionary for German on this computer: install one, or put de_AT.aff")


def test_a_text_in_a_language_that_nobody_named_is_said_to_be_that(desk: Desk, worker: FewWords) -> None:
    card = msgspec.structs.replace(CUSTOMER, language="")
    desk.events(e.CustomerChanged(customer=card))
    assert marks(desk, worker, "Kiitos viestistasi, palaan asiaan huomenna") == []
    reason = desk.desktop.act("spelling.found", draft=key(desk), foreign="yes")
    assert reason.startswith("Some of it is in a language without a dictionary.")


def test_where_spelling_is_off_that_is_said(desk: Desk) -> None:
    with_dictionary(desk, languages="en").inbox.clear()
    desk.desktop.spelling.close()
    assert desk.desktop.misspelt(key(desk), "lammp").misspelt == ()
    assert desk.desktop.act("spelling.found") == "Spelling is switched off in the settings."


def test_the_word_that_the_key_went_to_is_said(desk: Desk, worker: FewWords) -> None:
    assert desk.desktop.act("spelling.found", word="lammp", draft=key(desk)) == ""
    desk.desktop.pump()
    assert desk.said()[-1] == "Not in the dictionary: lammp"
    assert desk.desktop.act("spelling.found", draft=key(desk)) == "No misspelt word here."


def listed(desk: Desk, worker: FewWords) -> list[str]:
    while not line_looked(desk.desktop, None)[0]:
        settle(desk, worker)
    return [entry.word for entry in desk.desktop.workspace.spelt.entries if entry is not None]


def test_words_of_the_draft_are_replaced_by_their_numbers(desk: Desk, worker: FewWords) -> None:
    desk.desktop.write("We recieve the lammp, the lammp 😀 recieve.", key(desk))
    assert listed(desk, worker) == ["recieve", "lammp", "lammp", "recieve"]
    act = desk.desktop.act
    assert act("spelling.check", n="2", choice="1") == ""
    assert act("spelling.check", n="1", choice="get a longer thing") == ""
    assert act("spelling.check", n="4", choice="2") == ""
    assert draft(desk) == "We get a longer thing the lamp, the lammp 😀 relieve."
    assert act("spelling.check", n="2", choice="1") == "There is no misspelt word 2. Say spell for the list."
    assert act("spelling.check", n="3", choice="7") == "There is no suggestion 7 for lammp."
    assert act("spelling.check", n="9", choice="1").startswith("There is no misspelt word 9.")
    assert act("spelling.check", n="3", choice="ignore") == ""
    assert listed(desk, worker) == ["get", "longer", "thing", "relieve"]


def test_a_draft_that_has_changed_keeps_what_it_has(desk: Desk, worker: FewWords) -> None:
    desk.desktop.write("the lammp", key(desk))
    listed(desk, worker)
    desk.desktop.write("now the lammp", key(desk))
    assert desk.desktop.act("spelling.check", n="1", choice="1").startswith("The draft has changed.")
    desk.desktop.write("the lammp", key(desk))
    look_at(desk, "v2")
    desk.desktop.write("the lammp", key(desk))
    assert desk.desktop.act("spelling.check", n="1", choice="1").startswith("The draft has changed.")
    assert draft(desk) == "the lammp"
