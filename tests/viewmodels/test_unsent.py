"""What waits for the server is shown as waiting, what it refused stays until the agent decides."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent_desktop.client import acts
from agent_desktop.viewmodels import unsent as unsent_rows
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.merging import joined, on_its_way
from agent_desktop.viewmodels.pending import WITH, Extras, extras_of
from agent_desktop.viewmodels.workspace import OUTBOX
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox
from agent_desktop.wire import models as m
from tests.client.desks import Desk
from tests.client.small_centre import snapshot_of

WORK = m.InteractionModel(
    id="i1", medium="email", state="active", agent="a7", queue="support", conversation="v1", customer="c1",
    customer_name="Amina Yusuf", from_address="amina@example.com",
)  # fmt: skip
THREAD = m.ConversationModel(
    id="v1",
    medium="email",
    customer="c1",
    customer_name="Amina Yusuf",
    address="amina@example.com",
    owner="a7",
)
FIRST = m.MessageModel(
    id="m1", conversation="v1", medium="email", direction="in", at=1.0, text="Where?",
    from_address="amina@example.com",
)  # fmt: skip


@pytest.fixture
def mail(desk: Desk) -> Desk:
    """A mail in hand, and the server away."""
    desk.events(
        e.InteractionChanged(interaction=WORK),
        e.ConversationChanged(conversation=THREAD),
        e.MessageChanged(message=FIRST),
    )
    desk.answer_all()
    desk.desktop.act("inbox.open", id="i1")
    desk.outside.router.clear()
    desk.lose_router()
    return desk


def written(desk: Desk, text: str) -> None:
    desk.desktop.write(text)
    assert desk.desktop.act("composer.send") == ""
    desk.flush()


def refused(desk: Desk, code: str, message: str) -> str:
    """The server is back and refuses what waited; gives the request."""
    desk.find_router()
    request = next(r for r, command in desk.outside.router if isinstance(command, c.SendMessage))
    desk.events(e.Reply(request=request, ok=False, code=code, message=message))
    desk.flush()
    return request


def test_a_reply_without_the_server_waits_and_is_never_called_sent(mail: Desk) -> None:
    mail.desktop.write("It is on its way.")
    assert mail.desktop.act("composer.send") == ""
    (row,) = mail.desktop.unsent().rows
    assert row.state.text == "being saved"
    mail.flush()
    (row,) = mail.desktop.unsent().rows
    assert (row.what, row.text, row.whom) == ("Reply", "It is on its way.", "Amina Yusuf")
    assert row.state.text == "waiting to be sent"
    assert mail.outside.commands() == []
    bar = mail.desktop.topbar()
    assert bar.unsent is not None
    assert bar.unsent.text == "1 waiting"
    line = mail.desktop.conversation().items[-1]
    assert line.sending
    assert "sent" not in line.accessible.replace("to be sent", "")
    assert mail.desktop.unsent().offline.startswith("Offline since ")


def test_tags_assignment_and_wrap_up_wait_too_and_leave_in_order(mail: Desk) -> None:
    written(mail, "It is on its way.")
    mail.runtime.ask(inbox.TagConversation(conversation="v1", add=("vip",), remove=("new",)))
    mail.runtime.ask(inbox.AssignConversation(conversation="v1", agent="a8", was="a7"))
    assert mail.desktop.act("wrapup.finish", code="solved") == ""
    mail.flush()
    rows = mail.desktop.unsent().rows
    assert [(row.what, row.text) for row in rows] == [
        ("Reply", "It is on its way."),
        ("Tags", "+vip \N{MINUS SIGN}new"),
        ("Assign", "Sara Lindqvist"),
        ("Wrap-up", "solved"),
    ]
    mail.find_router()
    sent = []
    while mail.outside.router:
        request, command = mail.outside.router.pop(0)
        sent.append(type(command).__name__)
        mail.events(e.Reply(request=request))
    kinds = ["SendMessage", "TagConversation", "AssignConversation", "WrapUp"]
    assert [name for name in sent if name in kinds] == kinds
    view = mail.desktop.unsent()
    assert (view.rows, view.waiting, view.refused) == ((), 0, 0)
    assert view.empty is not None
    assert mail.desktop.topbar().unsent is None
    assert view.offline == ""


def test_calls_and_offers_say_why_they_cannot_wait(mail: Desk) -> None:
    assert mail.desktop.act("call.dial", number="+4930123456") == (
        "The server is not connected. It is tried again by itself. "
        "A call cannot wait for the server. A call that is up goes on at the phone."
    )
    assert mail.desktop.unsent().rows == ()


def test_a_refused_reply_stays_in_the_list_with_its_sentence_and_is_a_draft_again(mail: Desk) -> None:
    written(mail, "It is on its way.")
    message = next(iter(mail.runtime.store.unsent.values())).message_id
    refused(mail, "newer_message", "The customer wrote again.")
    (row,) = mail.desktop.unsent().rows
    assert (row.state.text, row.error) == ("not sent", "The customer wrote again.")
    assert [button.label for button in row.acts] == ["Send anyway", "Edit", "Open", "Discard"]
    bar = mail.desktop.topbar()
    assert bar.unsent is not None
    assert bar.unsent.text == "1 not sent"
    draft = mail.drafts.get(mail.desktop.key("v1", REPLY))
    assert (draft.text, draft.message) == ("It is on its way.", message)


def test_send_anyway_names_what_it_was_told_and_the_draft_goes(mail: Desk) -> None:
    written(mail, "It is on its way.")
    old = refused(mail, "newer_message", "The customer wrote again.")
    mail.outside.router.clear()
    assert mail.desktop.act("unsent.retry", id="1") == ""
    ((request, command),) = [(r, x) for r, x in mail.outside.router if isinstance(x, c.SendMessage)]
    assert request != old
    assert command.despite == ("newer_message",)
    assert mail.drafts.get(mail.desktop.key("v1", REPLY)).text == ""
    mail.events(e.Reply(request=request))
    assert mail.desktop.unsent().rows == ()


def test_a_refused_reply_that_is_sent_from_the_editor_is_the_same_message_and_leaves_the_list(
    mail: Desk,
) -> None:
    written(mail, "It is on its way.")
    message = next(iter(mail.runtime.store.unsent.values())).message_id
    refused(mail, "newer_message", "The customer wrote again.")
    mail.outside.router.clear()
    mail.desktop.write("It is on its way. And sorry.")
    mail.desktop.act("composer.send")
    mail.desktop.act("composer.anyway")
    sent = [x for _r, x in mail.outside.router if isinstance(x, c.SendMessage)]
    assert {x.message for x in sent} == {message}
    assert not [act for act in mail.runtime.store.unsent.values() if act.state == "refused"]


def test_a_refusal_does_not_touch_what_is_being_written_now(mail: Desk) -> None:
    written(mail, "It is on its way.")
    mail.desktop.write("Something else")
    refused(mail, "not_yours", "This conversation is not yours.")
    assert mail.drafts.get(mail.desktop.key("v1", REPLY)).text == "Something else"
    (row,) = mail.desktop.unsent().rows
    assert row.text == "It is on its way."
    assert mail.desktop.act("unsent.edit", id=row.request) == ""
    assert mail.drafts.get(mail.desktop.key("v1", REPLY)).text == "It is on its way.\n\nSomething else"
    assert mail.desktop.unsent().rows == ()


def test_what_is_discarded_is_gone_and_what_is_on_its_way_cannot_be(mail: Desk) -> None:
    mail.runtime.ask(inbox.TagConversation(conversation="v1", add=("vip",)))
    mail.runtime.ask(inbox.TagConversation(conversation="v1", add=("late",)))
    mail.flush()
    assert mail.desktop.act("unsent.discard", id="2") == ""
    assert [row.text for row in mail.desktop.unsent().rows] == ["+vip"]
    mail.find_router()
    assert mail.desktop.act("unsent.discard", id="1") == "It is on its way already and cannot be taken back."
    assert mail.desktop.act("unsent.discard", id="9").startswith("There is no unsent act 9.")


def test_a_resolve_waits_for_the_decision_about_the_reply_before_it(mail: Desk) -> None:
    written(mail, "It is on its way.")
    mail.runtime.ask(inbox.ResolveConversation(conversation="v1", code="solved"))
    mail.flush()
    refused(mail, "newer_message", "The customer wrote again.")
    first, second = mail.desktop.unsent().rows
    assert (first.state.text, second.state.text) == ("not sent", "waiting to be sent")
    assert "Decide about that one first" in second.error
    mail.outside.router.clear()
    assert mail.desktop.act("unsent.discard", id="1") == ""
    mail.desktop.pump()
    assert [x for _r, x in mail.outside.router if isinstance(x, inbox.ResolveConversation)]


def test_the_list_is_opened_and_closed(mail: Desk) -> None:
    assert not mail.desktop.unsent().shown
    mail.desktop.act("unsent.show")
    assert mail.desktop.unsent().shown
    mail.desktop.act("unsent.close")
    assert not mail.desktop.unsent().shown


def test_a_draft_follows_its_conversation_into_the_one_it_is_merged_into(desk: Desk) -> None:
    other = msgspec.structs.replace(THREAD, id="v2")
    desk.events(e.ConversationChanged(conversation=THREAD), e.ConversationChanged(conversation=other))
    desk.drafts.put(desk.desktop.key("v2", REPLY), "Dear Amina", message="m2")
    desk.drafts.put(desk.desktop.key("v2", NOTE), "She called.", message="m3")
    desk.drafts.put(desk.desktop.key("v1", NOTE), "VIP.", message="m4")
    desk.drafts.put(desk.desktop.key("v2", OUTBOX + "m9"), "on its way", message="m9")
    desk.events(e.ConversationChanged(conversation=msgspec.structs.replace(other, merged_into="v1")))
    draft = desk.drafts.get(desk.desktop.key("v1", REPLY))
    assert (draft.text, draft.message) == ("Dear Amina", "m2")
    assert desk.drafts.get(desk.desktop.key("v1", NOTE)).text == "VIP.\n\nShe called."
    assert desk.drafts.get(desk.desktop.key("v2", REPLY)).text == ""
    assert desk.drafts.get(desk.desktop.key("v2", OUTBOX + "m9")).text == "on its way"


def test_the_one_that_stays_tells_of_the_merge_as_well(desk: Desk) -> None:
    desk.drafts.put(desk.desktop.key("v2", REPLY), "Dear Amina", message="m2")
    desk.events(e.ConversationChanged(conversation=msgspec.structs.replace(THREAD, merged=("v2",))))
    assert desk.drafts.get(desk.desktop.key("v1", REPLY)).text == "Dear Amina"


def test_files_of_both_drafts_go_with_the_joined_one() -> None:
    one, two = (m.AttachmentModel(id=key, name=f"{key}.txt") for key in ("f1", "f2"))
    there = msgspec.json.encode(Extras(files=(one,), copies="a@b.example")).decode()
    came = msgspec.json.encode(Extras(files=(two,), copies="c@d.example")).decode()
    both = extras_of(joined(WITH + REPLY, there, came))
    assert ([f.id for f in both.files], both.copies) == (["f1", "f2"], "a@b.example")
    assert on_its_way(OUTBOX + "m1")
    assert on_its_way(WITH + "m1")
    assert not on_its_way(WITH + NOTE)


def test_a_draft_stays_through_a_reconnect_and_when_a_colleague_takes_the_conversation(mail: Desk) -> None:
    mail.desktop.write("Half a sen")
    mail.find_router()
    mail.events(
        e.InteractionChanged(interaction=msgspec.structs.replace(WORK, agent="a8")),
        e.ConversationChanged(conversation=msgspec.structs.replace(THREAD, owner="a8", owner_name="Sara")),
        e.InteractionRemoved(interaction="i1"),
        e.ConversationRemoved(conversation="v1"),
    )
    assert mail.drafts.get(mail.desktop.key("v1", REPLY)).text == "Half a sen"
    mail.events(e.InteractionChanged(interaction=WORK), e.ConversationChanged(conversation=THREAD))
    mail.desktop.act("inbox.open", id="i1")
    composer = mail.desktop.composer()
    assert composer is not None
    assert composer.text == "Half a sen"


def test_a_full_disk_is_said_and_the_act_is_not_called_waiting_until_it_is_kept(mail: Desk) -> None:
    mail.disk.full = True
    mail.runtime.ask(inbox.TagConversation(conversation="v1", add=("vip",)))
    mail.flush()
    assert [n.text for n in mail.desktop.notices() if n.id == "unsent"] == ["The disk is full."]
    assert [row.state.text for row in mail.desktop.unsent().rows] == ["being saved"]
    mail.disk.full = False
    mail.flush()
    assert not [n for n in mail.desktop.notices() if n.id == "unsent"]
    assert [row.state.text for row in mail.desktop.unsent().rows] == ["waiting to be sent"]


def test_a_refused_note_comes_back_as_a_note_after_a_kill_and_never_as_a_reply(
    mail: Desk, tmp_path: Path
) -> None:
    mail.desktop.act("composer.mode", mode=NOTE)
    mail.desktop.write("She sounded upset.")
    assert mail.desktop.act("note.add") == ""
    mail.flush()
    mail.find_router()
    ((request, note),) = [(r, x) for r, x in mail.outside.router if isinstance(x, c.AddNote)]
    # Killed after the refusal was written and before the draft was.
    mail.offline.heard(mail.runtime.store, e.Reply(request=request, ok=False, code="not_allowed"))
    mail.disk.flush()
    again = Desk(tmp_path / "again", disk=mail.disk)
    again.drafts.put(again.desktop.key("v1", OUTBOX + note.message), note.text, message=note.message)
    again.truth.conversations["v1"] = THREAD
    again.events(snapshot_of(again.truth))
    assert again.drafts.get(again.desktop.key("v1", NOTE)).text == "She sounded upset."
    assert again.drafts.get(again.desktop.key("v1", REPLY)).text == ""
    again.drafts.close()


def test_a_window_is_given_the_first_rows_and_none_while_its_list_is_closed(
    mail: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        mail.desktop.runtime.ask(inbox.TagConversation(conversation=f"w{number}", add=("x",)))
    mail.flush()
    built: list[object] = []
    making = unsent_rows.UnsentRow
    monkeypatch.setattr(unsent_rows, "UnsentRow", lambda **given: built.append(given) or making(**given))
    closed = mail.desktop.unsent(2)
    assert (closed.rows, closed.more, closed.waiting, built) == ((), "", 5, [])
    assert closed.empty is None
    mail.desktop.act("unsent.show")
    shown = mail.desktop.unsent(2)
    assert [row.conversation for row in shown.rows] == ["w0", "w1"]
    assert (shown.more, len(built)) == ("and 3 more", 2)
    assert len(mail.desktop.unsent().rows) == 5


def test_the_list_looks_at_each_act_once_for_what_is_held_back(
    mail: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        mail.desktop.runtime.ask(inbox.ResolveConversation(conversation=f"w{number}", code="done"))
    mail.flush()
    looked: list[object] = []
    asked = acts.waits.rule
    monkeypatch.setattr(acts.waits, "rule", lambda command: looked.append(command) or asked(command))
    mail.desktop.unsent()
    assert len(looked) == 30
