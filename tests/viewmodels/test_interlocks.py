"""The reply safety interlock (U-17): what keeps a reply back, its sentence, and the way past it."""

from __future__ import annotations

import msgspec
import pytest

from agent_desktop.viewmodels.interlocking import other_name
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire.listing import WatcherModel
from tests.client.desks import Desk
from tests.viewmodels.letters import MAILBOX, centre, key, said, sent, strips, thread, with_letters


def write(desk: Desk, text: str) -> None:
    desk.desktop.write(text, key(desk))


def send(desk: Desk) -> str:
    return desk.desktop.act("composer.send", draft=key(desk))


def send_anyway(desk: Desk) -> c.SendMessage:
    assert desk.desktop.act("composer.anyway", draft=key(desk)) == ""
    return sent(desk)[-1]


def test_r37_a_newer_message_keeps_the_reply_back_and_shows_what_came(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.events(e.MessageChanged(message=said(7, text="It has arrived, thank you!")))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.interlock == "Amina Yusuf wrote while you were writing: read it, then send."
    strip = composer.strips[0]
    assert (strip.id, strip.stops, len(strip.lines)) == ("newer_message", True, 1)
    assert strip.lines[0].endswith(": It has arrived, thank you!")
    assert [b.label for b in strip.buttons] == ["I have read it", "Send anyway"]
    assert send(desk) == strip.text
    assert send(desk) == strip.text  # a second press passes nothing over
    assert sent(desk) == []
    command = send_anyway(desk)
    assert (command.after_message, command.despite) == ("v1-m1", ("newer_message",))


def test_what_was_read_is_answered(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.events(e.MessageChanged(message=said(7)))
    assert desk.desktop.act("composer.seen", draft=key(desk)) == ""
    assert strips(desk) == []
    assert send(desk) == ""
    assert (sent(desk)[-1].after_message, sent(desk)[-1].despite) == ("v1-m7", ())


def test_a_reply_answers_what_was_said_last_and_no_note_or_rule_after_it(desk: Desk) -> None:
    with_letters(desk)
    desk.events(e.MessageChanged(message=said(7, direction="system", text="Rule: put the tag damaged.")))
    desk.events(e.MessageChanged(message=said(8, direction="note", author="a7", text="Spare part 7731.")))
    write(desk, "Hello Amina")
    assert send(desk) == ""
    assert sent(desk)[-1].after_message == "v1-m1"  # as the router counts, which knows only what was said


def test_notes_my_own_replies_and_machines_are_no_newer_message_but_a_colleagues_reply_is(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.events(
        e.MessageChanged(message=said(7, "v1", "note", author="a8")),
        e.MessageChanged(message=said(8, "v1", "out", author="a7")),
        e.MessageChanged(message=said(9, "v1", "out", author="a8", automatic=True)),
    )
    assert strips(desk) == []
    desk.events(e.MessageChanged(message=said(10, "v1", "out", author="a8", author_name="Sara Lindqvist")))
    assert send(desk) == "Sara Lindqvist replied while you were writing: read it, then send."


def test_r37_a_colleague_who_writes_too_keeps_the_reply_back(desk: Desk) -> None:
    with_letters(desk)
    sara = WatcherModel(agent="a8", name="Sara Lindqvist", doing="replying")
    desk.events(e.ConversationChanged(conversation=thread("v1", watchers=(sara,))))
    assert strips(desk) == []  # nothing is written here yet
    write(desk, "Hello Amina")
    assert send(desk) == "Sara Lindqvist is writing a reply too. Agree who sends."
    assert send_anyway(desk).despite == ("other_draft",)


def test_r37_a_colleagues_shown_draft_is_read_and_keeps_the_reply_back(desk: Desk) -> None:
    with_letters(desk)
    draft = e.DraftShared(conversation="v1", agent="a8", name="Sara Lindqvist", text="We sent it again.")
    desk.events(draft)
    shown = desk.desktop.conversation().strips[-1]
    assert (shown.text, shown.lines) == (
        "Sara Lindqvist shows a reply that is being written:", ("We sent it again.",),
    )  # fmt: skip
    write(desk, "Hello Amina")
    assert strips(desk) == ["other_draft"]
    desk.events(msgspec.structs.replace(draft, text=""))
    assert strips(desk) == []
    assert send(desk) == ""


def test_a_colleague_who_only_looks_or_writes_a_note_keeps_nothing_back(desk: Desk) -> None:
    with_letters(desk)
    people = tuple(WatcherModel(agent=a, name=a, doing=d) for a, d in (("a8", "viewing"), ("a9", "noting")))
    desk.events(e.ConversationChanged(conversation=thread("v1", watchers=people)))
    write(desk, "Hello Amina")
    assert send(desk) == ""


def test_r39_a_bot_that_speaks_is_stopped_first_or_knowingly_passed_over(desk: Desk) -> None:
    with_letters(desk, bot="Nora")
    write(desk, "Hello Amina")
    assert send(desk) == "Nora speaks here now. Stop it first, or both of you answer."
    composer = desk.desktop.composer()
    assert composer is not None
    stop = composer.strips[0].buttons[0]
    assert desk.desktop.act(stop.action, **dict(stop.args)) == ""
    assert desk.outside.commands()[-1] == i.StopBot(conversation="v1")
    assert send_anyway(desk).despite == ("bot",)


def test_r36_a_reply_that_would_go_to_another_address_by_now_is_kept_back(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    desk.events(e.ConversationChanged(conversation=thread("v1", address="other@example.com")))
    assert send(desk) == (
        "This goes to other@example.com now, and not to amina@example.com any more. Check who it is for."
    )
    assert desk.desktop.act("composer.seen", draft=key(desk)) == ""
    assert send(desk) == ""
    assert sent(desk)[-1].to_address == "other@example.com"


def test_r38_somebody_elses_conversation_is_warned_of_where_the_channel_warns(desk: Desk) -> None:
    with_letters(desk, owner="a8", owner_name="Sara Lindqvist")
    warns = (msgspec.structs.replace(MAILBOX, ownership="warn"),)
    desk.events(e.CentreChanged(centre=msgspec.structs.replace(centre(), channels=warns)))
    write(desk, "Hello Amina")
    assert send(desk) == "This is Sara Lindqvist's. Ask first, or send it anyway."
    assert send_anyway(desk).despite == ("not_owner",)


def test_r38_where_only_the_owner_may_reply_the_button_says_so(desk: Desk) -> None:
    with_letters(desk)
    from tests.viewmodels.letters import work

    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(work("v1"), agent="a8")))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.reason == "This is not yours. Take it first."


@pytest.mark.parametrize("text", ["Dear Amina, the refund is done.", "Hello,\nthank you for waiting"])
def test_a_letter_in_a_note_is_asked_about_once_and_becomes_a_reply(desk: Desk, text: str) -> None:
    with_letters(desk)
    desk.desktop.act("composer.mode", mode="note", draft=key(desk))
    write(desk, text)
    assert strips(desk) == []  # asked when it is to be added
    said_no = desk.desktop.act("note.add", draft=key(desk))
    assert said_no == "This begins like a letter to Amina Yusuf, but it is a note for the team."
    composer = desk.desktop.composer()
    assert composer is not None
    assert [b.label for b in composer.strips[0].buttons] == ["Make it a reply", "Add it anyway"]
    assert desk.desktop.act("composer.switch", draft=key(desk)) == ""
    composer = desk.desktop.composer()
    assert composer is not None
    assert (composer.note, composer.text) == (False, text)


def test_a_note_that_is_meant_is_added_anyway(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("composer.mode", mode="note", draft=key(desk))
    write(desk, "Hello Amina is what I told her")
    assert desk.desktop.act("note.add", draft=key(desk))
    assert desk.desktop.act("composer.anyway", draft=key(desk)) == ""
    assert [type(x) for x in desk.outside.commands()] == [c.AddNote]


@pytest.mark.parametrize(
    "text", ["Internal: she is angry", "FYI team: wait", "@@Sara can you look?", "Do not tell the customer"]
)
def test_internal_words_in_a_reply_are_asked_about(desk: Desk, text: str) -> None:
    with_letters(desk)
    write(desk, text)
    assert send(desk) == "This reads like a note for the team, but Amina Yusuf gets it."
    assert sent(desk) == []
    assert send_anyway(desk).despite == ("mode",)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Dear Omar,\nthank you", "Omar"),
        ("Hallo Lena, danke", "Lena"),
        ("Dear Amina, hello", ""),
        ("Hi Ms Yusuf, hello", ""),
        ("Dear Sir or Madam,", ""),
        ("Hello, Omar wrote to us", ""),
        ("Hello there, welcome", ""),
        ("Good day! We have news", ""),
        ("Omar is a colleague", ""),
    ],
)
def test_another_name_in_the_greeting_is_noticed(text: str, other: str) -> None:
    assert (other_name(text, "Amina Yusuf") != "") == bool(other)
    assert other_name(text, "+4930123") == ""


def test_a_greeting_for_another_customer_keeps_the_reply_back(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Dear Omar, your refund is done.")
    assert send(desk) == "You greet Omar, but this goes to Amina Yusuf."


def test_a_variable_without_a_value_keeps_the_reply_back(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Your order {order.number} left.")
    assert send(desk) == "There is no value for {order.number}. Fill it in by hand."
    write(desk, "Your order 48213 left.")
    assert send(desk) == ""


@pytest.mark.parametrize("text", ["The form is attached.", "Siehe Anhang, anbei das Formular"])
def test_a_file_that_is_spoken_of_and_is_not_there_is_asked_about(desk: Desk, text: str) -> None:
    with_letters(desk)
    write(desk, text)
    assert send(desk) == "The text speaks of a file, but none is attached."
    assert send_anyway(desk).despite == ("attachment",)


def test_what_was_passed_over_for_one_draft_is_asked_again_for_the_next(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "The form is attached.")
    send_anyway(desk)
    desk.answer_all()
    write(desk, "The other form is attached.")
    assert send(desk) == "The text speaks of a file, but none is attached."


def test_a_reply_that_the_router_keeps_back_stands_with_its_sentence(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "Hello Amina")
    assert send(desk) == ""
    request = desk.outside.router[-1][0]
    why = "Sara replies. Agree who sends."
    desk.events(e.Reply(request=request, ok=False, code="other_draft", message=why))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.text == "Hello Amina"
    assert [(x.id, x.text) for x in composer.strips] == [("other_draft", "Sara replies. Agree who sends.")]
    assert send_anyway(desk).despite == ("other_draft",)


def test_what_text_mode_was_refused_is_sent_anyway_by_one_word(desk: Desk) -> None:
    with_letters(desk)
    assert desk.desktop.act("composer.send", text="Hello Amina") == ""
    request = desk.outside.router[-1][0]
    desk.events(e.Reply(request=request, ok=False, code="bot", message="Nora speaks here."))
    assert desk.desktop.act("composer.anyway") == ""
    assert (sent(desk)[-1].text, sent(desk)[-1].despite) == ("Hello Amina", ("bot",))


def test_an_empty_draft_forgets_what_was_asked(desk: Desk) -> None:
    with_letters(desk)
    write(desk, "The form is attached.")
    assert send(desk)
    write(desk, "")
    assert strips(desk) == []
