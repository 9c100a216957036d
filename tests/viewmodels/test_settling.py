"""After a crash every text is there once: on its way, or a draft, with what was written since."""

from __future__ import annotations

from pathlib import Path

from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.settling import settle_outbox
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from tests.client.desks import Desk
from tests.client.small_centre import snapshot_of
from tests.viewmodels.letters import key, said, thread, with_letters


def my_message(desk: Desk, message: str, text: str) -> None:
    desk.events(e.MessageChanged(message=said(9, "v1", "out", id=message, text=text, author="a7")))


def test_what_was_written_on_since_is_not_deleted_with_the_message_that_came(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello", key(desk))
    message = desk.drafts.get(desk.desktop.key("v1", REPLY)).message
    desk.desktop.write("Hello, and three careful paragraphs", key(desk))
    my_message(desk, message, "Hello")
    draft = desk.drafts.get(desk.desktop.key("v1", REPLY))
    assert draft.text == "Hello, and three careful paragraphs"
    assert draft.message not in {"", message}


def test_a_draft_that_is_there_as_it_was_written_goes(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello", key(desk))
    my_message(desk, desk.drafts.get(desk.desktop.key("v1", REPLY)).message, "Hello")
    assert desk.drafts.get(desk.desktop.key("v1", REPLY)).text == ""


def test_a_power_cut_before_the_drafts_knew_of_the_sending_sends_it_once(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk)
    desk.lose_router()
    desk.desktop.write("Dear Amina", key(desk))
    assert desk.desktop.act("composer.send", draft=key(desk)) == ""
    desk.flush()
    waits = [a.command for a in desk.runtime.store.unsent.values() if isinstance(a.command, c.SendMessage)]
    again = Desk(tmp_path / "again", disk=desk.disk)
    again.drafts.put(again.desktop.key("v1", REPLY), "Dear Amina", message=waits[0].message)
    again.truth.conversations["v1"] = thread("v1")
    again.events(snapshot_of(again.truth))
    assert again.drafts.get(again.desktop.key("v1", REPLY)).text == ""  # it is on its way
    held = again.drafts.of_message(waits[0].message)
    assert [(k.mode, draft.text) for k, draft in held.items()] == [
        (f"outbox:{waits[0].message}", "Dear Amina")
    ]
    again.drafts.close()


def test_a_note_on_its_way_comes_back_as_a_note_when_the_list_of_unsent_acts_is_lost(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("composer.mode", mode="note")
    desk.desktop.write("He is a liar", key(desk))
    assert desk.desktop.act("note.add", draft=key(desk)) == ""
    desk.runtime.store.asked.clear()
    desk.runtime.store.unsent.clear()
    settle_outbox(desk.desktop)
    assert desk.drafts.get(desk.desktop.key("v1", NOTE)).text == "He is a liar"
    assert desk.drafts.get(desk.desktop.key("v1", REPLY)).text == ""
