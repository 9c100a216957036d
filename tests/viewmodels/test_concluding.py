"""Done over words that were not sent: the question, its three answers, and where it is not asked."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agent_desktop.viewmodels.conversation import Strip
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire.models import AttachmentModel
from tests.client.desks import Desk
from tests.client.talks import TALK, changed, on_a_call
from tests.viewmodels.letters import confirm, key, look_at, said, sent, strips, thread, with_letters, work
from tests.viewmodels.lists import answer, in_view

REPLY, NOTE = "Your reply to Amina Yusuf is not sent.", "Your note on Amina Yusuf is not saved."
ENDS = {
    "interaction.end": c.EndInteraction,
    "conversation.resolve": i.ResolveConversation,
    "wrapup.finish": c.WrapUp,
}


def write(desk: Desk, text: str, mode: str = "reply") -> None:
    desk.desktop.act("composer.mode", mode=mode, draft=key(desk))
    desk.desktop.write(text, key(desk))


def question(desk: Desk) -> Strip:
    composer = desk.desktop.composer()
    assert composer is not None
    return next(strip for strip in composer.strips if strip.asks)


def press(desk: Desk, number: int) -> str:
    """Press a button of the question: send, keep or back."""
    button = question(desk).buttons[number]
    return desk.desktop.act(button.action, **dict(button.args))


def ended(desk: Desk) -> list[Any]:
    return [one for one in desk.outside.commands() if isinstance(one, tuple(ENDS.values()))]


def finish(desk: Desk, action: str) -> str:
    if action == "wrapup.finish":
        desk.desktop.act("wrapup.code", code="solved")
    return desk.desktop.act(action)


@pytest.mark.parametrize("action", ENDS)
def test_an_unsent_reply_is_asked_about_beside_the_words(desk: Desk, action: str) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    assert finish(desk, action) == REPLY
    assert ended(desk) == []
    shown = question(desk)
    assert (shown.id, shown.text, shown.stops) == ("unsent_reply", REPLY, True)
    assert [b.label for b in shown.buttons] == ["Send and finish", "Finish, keep the draft", "Back"]
    assert all(b.enabled for b in shown.buttons)


@pytest.mark.parametrize("action", ENDS)
def test_kept_knowingly_it_is_finished_and_the_draft_stays(desk: Desk, action: str) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    finish(desk, action)
    assert press(desk, 1) == ""
    assert [type(one) for one in ended(desk)] == [ENDS[action]]
    assert sent(desk) == []
    assert [w.text for w in desk.desktop.written()] == ["Hello Amina"]
    assert strips(desk) == []


@pytest.mark.parametrize("action", ENDS)
def test_sent_first_it_is_finished_when_the_router_has_it(desk: Desk, action: str) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    finish(desk, action)
    assert press(desk, 0) == ""
    assert [one.text for one in sent(desk)] == ["Hello Amina"]
    assert ended(desk) == []  # not before it is taken
    confirm(desk, sent(desk)[-1])
    assert [type(one) for one in ended(desk)] == [ENDS[action]]
    assert "held:" in "".join(desk.desktop.workspace.notices)  # it can still be called back


def test_a_reply_that_is_refused_finishes_nothing_and_is_a_draft_again(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.desktop.act("interaction.end")
    press(desk, 0)
    desk.events(e.Reply(request=desk.outside.router[-1][0], ok=False, code="bot", message="Nora speaks."))
    assert ended(desk) == []
    assert [w.text for w in desk.desktop.written()] == ["Hello Amina"]
    assert strips(desk) == ["bot"]


def test_back_changes_nothing_and_it_is_asked_again(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    assert desk.desktop.act("interaction.end") == REPLY
    assert press(desk, 2) == ""
    assert (strips(desk), ended(desk)) == ([], [])
    assert desk.desktop.act("finish.keep") == "Nothing is asked now."
    assert desk.desktop.act("interaction.end") == REPLY
    assert desk.desktop.act("interaction.end") == REPLY  # a second press is no answer


def test_who_writes_on_does_not_finish_yet_and_another_text_is_asked_about_again(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.desktop.act("conversation.resolve")
    desk.desktop.write("Hello Amina,", key(desk))
    assert strips(desk) == []
    desk.desktop.act("conversation.resolve")
    press(desk, 1)
    answer(desk, "ResolveConversation")
    desk.outside.router.clear()
    assert desk.desktop.act("conversation.resolve") == ""  # kept knowingly
    desk.desktop.write("Hello Amina, one more thing", key(desk))
    assert desk.desktop.act("conversation.resolve") == REPLY


def test_what_stands_in_the_way_of_sending_is_shown_and_nothing_is_finished_behind_it(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.events(e.MessageChanged(message=said(7)))
    assert desk.desktop.act("interaction.end") == REPLY
    assert press(desk, 0) == "Amina Yusuf wrote while you were writing: read it, then send."
    assert strips(desk) == ["newer_message"]
    desk.desktop.act("composer.anyway", draft=key(desk))
    confirm(desk, sent(desk)[-1])
    assert ended(desk) == []


def test_where_nothing_can_be_sent_the_button_says_why(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    theirs = msgspec.structs.replace(work("v1"), agent="a8")
    desk.events(e.InteractionChanged(interaction=theirs))
    assert desk.desktop.act("conversation.resolve") == REPLY
    assert question(desk).buttons[0].reason == "This is not yours. Take it first."
    assert press(desk, 1) == ""


def test_a_note_is_asked_about_as_a_note_and_after_the_reply(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Spare part 7731", mode="note")
    write(desk, "Hello Amina")
    assert desk.desktop.act("interaction.end") == REPLY
    assert press(desk, 1) == NOTE
    composer = desk.desktop.composer()
    assert composer is not None
    assert (composer.note, composer.text) == (True, "Spare part 7731")
    assert [b.label for b in question(desk).buttons] == [
        "Add note and finish", "Finish, keep the draft", "Back",
    ]  # fmt: skip
    assert press(desk, 0) == ""
    added = desk.outside.commands()[-1]
    assert isinstance(added, c.AddNote)
    answer(desk, "AddNote")
    assert [type(one) for one in ended(desk)] == [c.EndInteraction]


@pytest.mark.parametrize("text", ["", "   \n\n  "])
def test_nothing_written_is_nothing_to_ask(desk: Desk, text: str) -> None:
    with_letters(desk)
    write(desk, text)
    assert desk.desktop.act("interaction.end") == ""


def test_a_file_that_was_attached_is_something_to_send(desk: Desk) -> None:
    from agent_desktop.viewmodels.holding import keep_extras

    with_letters(desk)
    keep_extras(desk.desktop, "v1", "reply", files=(AttachmentModel(id="f1", name="a.pdf", size_bytes=9),))
    assert desk.desktop.act("interaction.end") == REPLY
    assert press(desk, 0) == ""
    assert sent(desk)[-1].files == ("f1",)


def test_what_is_on_its_way_and_what_others_show_is_not_mine_to_send(desk: Desk) -> None:
    with_letters(desk)
    desk.events(e.DraftShared(conversation="v1", agent="a8", name="Sara Lindqvist", text="We sent it."))
    assert desk.desktop.act("interaction.end") == ""
    desk.outside.router.clear()
    write(desk, "Hello Amina")
    desk.desktop.act("composer.anyway", draft=key(desk))
    assert desk.desktop.act("interaction.end") == ""


def test_hanging_up_never_asks_and_a_note_of_the_call_is_asked_about_at_its_form(desk: Desk) -> None:
    on_a_call(desk)
    look_at_call = desk.desktop.act("inbox.open", id="i1")
    assert look_at_call == ""
    desk.desktop.write("Left at the neighbour's", key(desk))
    assert desk.desktop.act("interaction.end", id="i1") == ""
    desk.answer_all()
    desk.events(e.InteractionChanged(interaction=changed(TALK, state="wrap_up", wrapup_at=desk.now)))
    desk.desktop.act("wrapup.code", code="solved")
    assert desk.desktop.act("wrapup.finish") == NOTE
    assert question(desk).buttons[0].label == "Add note and finish"
    assert press(desk, 0) == ""
    assert desk.outside.commands()[-1].text == "Left at the neighbour's"
    answer(desk, "AddNote")
    assert [type(one) for one in ended(desk)] == [c.WrapUp]


def test_a_note_is_written_and_added_during_a_call(desk: Desk) -> None:
    on_a_call(desk)
    desk.desktop.act("inbox.open", id="i1")
    desk.desktop.write("Left at the neighbour's", key(desk))
    assert desk.desktop.act("note.add", draft=key(desk)) == ""
    assert isinstance(desk.outside.commands()[-1], c.AddNote)


def test_when_the_time_of_the_wrap_up_is_over_nothing_is_asked(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    over = msgspec.structs.replace(work("v1"), state="wrap_up", wrapup_deadline_at=desk.now + 5)
    desk.events(e.InteractionChanged(interaction=over))
    desk.now += 6
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(over, state="closed")))
    desk.desktop.pump()
    assert not any("is not sent" in one for one in desk.said())
    assert desk.desktop.workspace.writing.concluding is None


def test_elsewhere_a_notice_leads_to_the_question_and_nothing_else_is_looked_at(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    look_at(desk, "v1")
    write(desk, "Hello Amina")
    look_at(desk, "v2")
    assert desk.desktop.act("conversation.resolve", id="v1") == REPLY
    assert desk.desktop.workspace.selected == "i2"
    assert strips(desk) == []
    notice = desk.desktop.notices()[-1]
    assert (notice.text, notice.button is not None) == (REPLY, True)
    assert notice.button is not None
    assert desk.desktop.act(notice.button.action, **dict(notice.button.args)) == ""
    assert desk.desktop.workspace.selected == "i1"
    assert press(desk, 1) == ""
    assert [one.conversation for one in ended(desk)] == ["v1"]
    assert REPLY not in [one.text for one in desk.desktop.notices()]


def test_a_form_is_not_finished_while_another_one_is_looked_at(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    look_at(desk, "v1")
    write(desk, "Hello Amina")
    finish(desk, "wrapup.finish")
    press(desk, 0)
    look_at(desk, "v2")
    confirm(desk, sent(desk)[-1])
    assert ended(desk) == []
    assert desk.desktop.notices()[-1].text == "Open it again to finish it: something else is open now."


def test_without_the_server_it_is_finished_once_the_reply_is_there(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.lose_router()
    assert desk.desktop.act("conversation.resolve") == REPLY
    assert press(desk, 0) == ""
    desk.flush()
    desk.desktop.pump()
    assert "It is finished once the server has it." in desk.said()
    assert ended(desk) == []
    desk.find_router()
    answer(desk, "SendMessage")
    assert [type(one) for one in ended(desk)] == [i.ResolveConversation]


def test_close_after_sending_asks_about_a_note(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("composer.after", after="close")
    write(desk, "Spare part 7731", mode="note")
    write(desk, "Hello Amina")
    desk.desktop.act("composer.send", draft=key(desk))
    confirm(desk, sent(desk)[-1])
    desk.desktop.pump()
    assert NOTE in desk.said()
    assert ended(desk) == []
    assert question(desk).id == "unsent_note"


def test_many_are_resolved_at_once_and_it_is_said_how_many_have_unsent_words(desk: Desk) -> None:
    in_view(desk)
    for one in ("c1", "c2"):
        desk.drafts.put(desk.desktop.key(one, "reply"), "Hello", message="m-" + one)
    desk.drafts.put(desk.desktop.key("c3", "note"), "  ", message="m-c3")
    for one in ("c1", "c2", "c3"):
        desk.desktop.act("bulk.pick", id=one)
    assert desk.desktop.act("conversation.resolve") == ""
    answer(desk, "ResolveConversation")
    answer(desk, "ResolveConversation")
    answer(desk, "ResolveConversation")
    bar = desk.desktop.inbox().bulk
    assert bar is not None
    assert bar.says == (
        "Resolved: 3 conversations. What you wrote in 2 of them is not sent: it is in Drafts."
    )


def test_many_that_are_not_resolved_say_nothing_of_drafts(desk: Desk) -> None:
    in_view(desk)
    desk.drafts.put(desk.desktop.key("c1", "reply"), "Hello", message="m-c1")
    for one in ("c1", "c2"):
        desk.desktop.act("bulk.pick", id=one)
    assert desk.desktop.act("conversation.tag", value="vip") == ""
    answer(desk, "TagConversation")
    answer(desk, "TagConversation")
    bar = desk.desktop.inbox().bulk
    assert bar is not None
    assert bar.says == "Tagged vip: 2 conversations."


def test_a_question_goes_with_its_words(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.desktop.act("interaction.end")
    desk.desktop.act("composer.send", draft=key(desk))
    assert strips(desk) == []
    assert desk.desktop.act("finish.send") == "Nothing is asked now."
    assert desk.desktop.act("interaction.end") == ""


def test_a_conversation_without_its_work_is_taken_before_a_reply(desk: Desk) -> None:
    with_letters(desk, "v1")
    desk.events(e.ConversationChanged(conversation=thread("v2")))
    desk.drafts.put(desk.desktop.key("v2", "reply"), "Hello Omar", message="m1")
    assert desk.desktop.act("conversation.resolve", id="v2") == "Your reply to Omar Haddad is not sent."
    desk.desktop.act("inbox.open", conversation="v2")
    assert question(desk).buttons[0].reason
