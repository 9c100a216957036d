"""Sending is a transaction on an immutable copy, bound to the conversation that it was written in."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m
from tests.client.desks import Desk
from tests.viewmodels.letters import (
    NOW,
    confirm,
    key,
    look_at,
    said,
    sent,
    strips,
    thread,
    with_letters,
    work,
)

PLACES = ("v1", "v2", "v3")


def test_a_reply_says_what_it_is_and_to_whom(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello Amina", key(desk))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.recipient == "To Amina Yusuf <amina@example.com>, by email from help@nordlight.example"
    assert desk.desktop.act("composer.send", draft=key(desk)) == ""
    assert sent(desk)[-1] == c.SendMessage(
        message=sent(desk)[-1].message, conversation="v1", text="Hello Amina", interaction="i1",
        after_message="v1-m1", to_address="amina@example.com", held_s=10.0,
    )  # fmt: skip


def test_r36_a_late_key_after_a_fast_switch_goes_where_it_was_written(desk: Desk) -> None:
    with_letters(desk, *PLACES)
    desk.desktop.write("Hello Amina", key(desk))
    shown = key(desk)
    look_at(desk, "v2")
    assert desk.desktop.act("composer.send", draft=shown) == ""
    assert (sent(desk)[-1].conversation, sent(desk)[-1].to_address) == ("v1", "amina@example.com")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("look"), st.sampled_from(PLACES)),
            st.tuples(st.just("type"), st.sampled_from(["a", "bb", "dear", ""])),
            st.tuples(st.just("send"), st.just("")),
            st.tuples(st.just("draw"), st.just("")),
            st.tuples(st.just("came"), st.sampled_from(PLACES)),
        ),
        max_size=40,
    )
)
def test_r36_no_text_ever_goes_to_somebody_else(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, str]]
) -> None:
    """An editor that is drawn late: what is typed belongs to the draft that it shows, wherever one looks."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    try:
        with_letters(desk, *PLACES)
        shown, text, number = key(desk), "", 10
        for act, what in acts:
            match act:
                case "look":
                    look_at(desk, what)  # the editor still shows the draft before
                case "draw":
                    composer = desk.desktop.composer()
                    assert composer is not None
                    if composer.draft_key != shown:
                        shown, text = composer.draft_key, composer.text
                case "type":
                    text = f"{shown.partition('/')[0]} {text.rpartition(' ')[2]}{what}" if what else ""
                    desk.desktop.write(text, shown)
                case "came":
                    number += 1
                    desk.events(e.MessageChanged(message=said(number, what)))
                case _:
                    desk.desktop.act("composer.send", draft=shown)
                    composer = desk.desktop.composer()
                    text = ""
        for command in sent(desk):
            assert command.text.startswith(command.conversation)
            assert command.to_address == thread(command.conversation).address
            assert command.interaction == f"i{command.conversation[1:]}"
    finally:
        desk.drafts.close()


def test_a_held_reply_can_be_called_back(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello Amina", key(desk))
    desk.desktop.act("composer.send", draft=key(desk))
    message = confirm(desk, sent(desk)[-1])
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.held is not None
    assert composer.held.text == "Goes to amina@example.com in 11 s"
    assert composer.held.undo.shortcut == "Ctrl+Z"
    line = desk.desktop.conversation().items[-1]
    assert line.delivery is not None
    assert line.delivery.spoken == "held back for 11 seconds"
    assert line.recover is not None
    assert desk.desktop.act(composer.held.undo.action, **dict(composer.held.undo.args)) == ""
    asked = [x for x in desk.outside.commands() if isinstance(x, i.CancelMessage)]
    assert asked == [i.CancelMessage(conversation="v1", message=message.id)]
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.text == ""  # nothing is painted in hope
    desk.events(e.MessageRemoved(conversation="v1", message=message.id))
    desk.answer_all()
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.text == "Hello Amina"
    assert composer.held is None
    assert desk.said().count("Called back. The draft is here again.") == 1


def test_a_reply_that_came_back_is_another_message(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello Amina", key(desk))
    desk.desktop.act("composer.send", draft=key(desk))
    first = confirm(desk, sent(desk)[-1])
    desk.desktop.act("composer.undo")
    desk.answer_all()
    desk.desktop.act("composer.send", draft=key(desk))
    assert sent(desk)[-1].message != first.id


def test_when_the_time_is_over_nothing_comes_back(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello Amina", key(desk))
    desk.desktop.act("composer.send", draft=key(desk))
    confirm(desk, sent(desk)[-1])
    desk.now += 11
    assert desk.desktop.act("composer.undo") == "Nothing can be called back: it has gone out."
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.held is None


def test_a_reply_held_by_another_window_comes_back_with_its_words_and_names_its_files(desk: Desk) -> None:
    with_letters(desk)
    file = m.AttachmentModel(id="f1", name="form.pdf", size_bytes=900)
    held = said(5, "v1", "out", author="a7", text="Hello", held_until_at=NOW + 9, attachments=(file,))
    desk.events(e.MessageChanged(message=held))
    assert desk.desktop.act("composer.undo") == ""
    desk.events(e.MessageRemoved(conversation="v1", message=held.id))
    desk.answer_all()
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.text == "Hello"
    assert desk.desktop.notices()[-1].text == "Attach its files again: form.pdf."


def test_a_held_reply_of_a_colleague_is_not_mine_to_call_back(desk: Desk) -> None:
    with_letters(desk)
    desk.events(e.MessageChanged(message=said(5, "v1", "out", author="a8", held_until_at=NOW + 9)))
    assert desk.desktop.act("composer.undo") == "There is nothing to undo."


def test_each_state_of_a_reply_is_said_once(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello Amina", key(desk))
    desk.desktop.act("composer.send", draft=key(desk))
    message = confirm(desk, sent(desk)[-1])
    gone = msgspec.structs.replace(message, delivery="sent", held_until_at=0.0)
    failed = msgspec.structs.replace(gone, delivery="failed", delivery_detail="No such mailbox.")
    desk.events(e.MessageChanged(message=gone), e.MessageChanged(message=gone))
    desk.events(e.MessageChanged(message=failed))
    desk.events(e.MessageChanged(message=msgspec.structs.replace(failed, text="Hello Amina ")))
    assert [x for x in desk.said() if "ent" in x] == [
        "It is sent in 10 seconds. Undo calls it back.",
        "Sent to amina@example.com.",
        "Not sent to amina@example.com: No such mailbox. Send it again from the conversation.",
    ]


def test_a_reply_that_failed_is_sent_again(desk: Desk) -> None:
    with_letters(desk)
    desk.events(e.MessageChanged(message=said(5, "v1", "out", author="a7", delivery="failed")))
    line = desk.desktop.conversation().items[-1]
    assert line.recover is not None
    assert line.recover.label == "Send again"
    assert desk.desktop.act(line.recover.action, **dict(line.recover.args)) == ""
    assert desk.outside.commands()[-1] == i.RetryMessage(conversation="v1", message="v1-m5")


def test_r35_a_refused_reply_is_the_draft_again_before_what_was_written_meanwhile(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("first", key(desk))
    desk.desktop.act("composer.copies", text="boss@example.com", draft=key(desk))
    desk.desktop.act("composer.send", draft=key(desk))
    assert sent(desk)[-1].copy_addresses == ("boss@example.com",)
    desk.desktop.write("second", key(desk))
    desk.answer_all(ok=False, message="The mailbox is closed.")
    composer = desk.desktop.composer()
    assert composer is not None
    assert (composer.text, composer.copies) == ("first\n\nsecond", "boss@example.com")


def test_a_window_killed_while_sending_has_the_copies_again_too(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    with_letters(first)
    first.desktop.write("Hello Amina", key(first))
    first.desktop.act("composer.copies", text="boss@example.com", draft=key(first))
    first.desktop.act("composer.send", draft=key(first))
    message = sent(first)[-1].message
    first.drafts.close()
    again = Desk(tmp_path)
    with_letters(again)
    again.desktop.pump()
    from tests.client.small_centre import snapshot_of

    again.events(snapshot_of(again.runtime.store.replica))
    composer = again.desktop.composer()
    assert composer is not None
    assert (composer.text, composer.copies) == ("Hello Amina", "boss@example.com")
    look_at(again, "v1")
    again.desktop.act("composer.send", draft=key(again))
    assert (sent(again)[-1].message, sent(again)[-1].copy_addresses) == (message, ("boss@example.com",))
    again.drafts.close()


def test_r33_r34_a_draft_stays_what_it_is_whatever_happens_to_the_conversation(desk: Desk) -> None:
    with_letters(desk, *PLACES)
    desk.desktop.act("composer.mode", mode="note", draft=key(desk))
    desk.desktop.write("my note", key(desk))
    desk.desktop.act("composer.mode", mode="reply", draft=key(desk))
    desk.desktop.write("my reply", key(desk))
    shown = key(desk)
    desk.events(
        e.ConversationChanged(conversation=thread("v1", owner="a8", owner_name="Sara Lindqvist", agent="a8")),
        e.MessageChanged(message=said(9, "v1", "note", author="a8")),
    )
    look_at(desk, "v2")
    look_at(desk, "v1")
    assert key(desk) == shown
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.text == "my reply"
    desk.desktop.act("composer.mode", mode="note", draft=shown)
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.text == "my note"


def test_an_editor_that_has_not_seen_what_was_put_into_its_draft_changes_nothing(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello", key(desk))
    old = key(desk)
    desk.desktop.act("template.insert", template="late")
    desk.desktop.write("Hello x", old)
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.text == "Hello\n\nYour parcel is late, Amina."
    assert desk.desktop.act("composer.send", draft=old) == "The text has just changed. Read it, then send."


def test_a_reply_goes_on_by_another_channel_in_the_same_conversation(desk: Desk) -> None:
    with_letters(desk)
    composer = desk.desktop.composer()
    assert composer is not None
    assert [mode.label for mode in composer.modes] == ["Reply by Email", "SMS", "Note"]
    desk.desktop.act("composer.mode", mode="channel:sms1", draft=key(desk))
    desk.desktop.write("It is on its way", key(desk))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.recipient == "To Amina Yusuf <+212522000147>, by sms from +4930123"
    assert composer.copies is None
    assert composer.attach is not None
    assert composer.attach.reason == "This channel takes no files."
    desk.desktop.act("composer.send", draft=key(desk))
    assert (sent(desk)[-1].conversation, sent(desk)[-1].channel, sent(desk)[-1].held_s) == ("v1", "sms1", 0.0)
    composer = desk.desktop.composer()
    assert composer is not None
    assert [mode.id for mode in composer.modes if mode.selected] == ["channel:sms1"]  # one goes on there


def test_a_text_that_is_too_long_for_its_channel_is_counted_and_not_sent(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("composer.mode", mode="channel:sms1", draft=key(desk))
    desk.desktop.write("x" * 150, key(desk))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.count == "10 characters left"
    desk.desktop.write("x" * 161, key(desk))
    assert desk.desktop.act("composer.send", draft=key(desk)) == (
        "161 characters are too many here: 160 at most."
    )


def test_after_sending_the_agent_stays_or_goes_on_as_it_was_chosen(desk: Desk) -> None:
    with_letters(desk, *PLACES)
    desk.desktop.act("composer.after", after="next")
    composer = desk.desktop.composer()
    assert composer is not None
    assert [b.checked for b in composer.after] == [False, True, False]
    desk.desktop.write("Hello Amina", key(desk))
    desk.desktop.act("composer.send", draft=key(desk))
    confirm(desk, sent(desk)[-1])
    assert desk.desktop.situation().selected != "i1"
    assert "Hello Amina" not in strips(desk)
    notice = desk.desktop.notices()[-1]
    assert notice.button is not None
    assert notice.button.action == "composer.undo"


def test_the_customer_of_a_chat_sees_that_the_agent_writes_until_a_pause(desk: Desk) -> None:
    with_letters(desk)
    chat = msgspec.structs.replace(work("v1"), medium="chat")
    desk.events(e.InteractionChanged(interaction=chat))

    def told() -> list[bool]:
        return [x.typing for x in desk.outside.commands() if isinstance(x, c.SetTyping)]

    desk.desktop.write("He", key(desk))
    desk.desktop.write("Hel", key(desk))
    assert told() == [True]
    desk.now += 6
    desk.desktop.pump()
    assert told() == [True, False]
    desk.desktop.write("Hell", key(desk))
    desk.desktop.act("composer.send", draft=key(desk))
    assert told() == [True, False, True, False]
    desk.desktop.act("composer.mode", mode="note", draft=key(desk))
    desk.desktop.write("only for us", key(desk))
    assert told() == [True, False, True, False]


def test_a_shown_draft_is_shown_no_more_when_it_is_sent(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.write("Hello Amina", key(desk))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.share is not None
    desk.desktop.act(composer.share.action, **dict(composer.share.args))
    desk.desktop.act("composer.send", draft=key(desk))
    shown = [x.text for x in desk.outside.commands() if isinstance(x, i.ShareDraft)]
    assert shown == ["Hello Amina", ""]
    desk.desktop.write("Something else", key(desk))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.share is not None
    assert composer.share.checked is False


def test_a_mention_of_mine_is_said_once(desk: Desk) -> None:
    with_letters(desk)
    note = said(
        5, "v1", "note", author="a8", author_name="Sara Lindqvist", mentions=("a7",), text="@@Mateo look"
    )
    desk.events(e.MessageChanged(message=note), e.MessageChanged(message=note))
    assert desk.said() == ["Sara Lindqvist mentions you: @@Mateo look"]


def test_who_is_mentioned_in_a_note_is_told_to_the_router(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("composer.mode", mode="note", draft=key(desk))
    desk.desktop.write("@@Sara Lindqvist can you look?", key(desk))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.colleagues == (("a8", "Sara Lindqvist"),)
    assert desk.desktop.act("note.add", draft=key(desk)) == ""
    noted = next(x for x in desk.outside.commands() if isinstance(x, c.AddNote))
    assert noted.mentions == ("a8",)
