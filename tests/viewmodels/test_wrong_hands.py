"""What was written for one person never gets to another one: colleagues, other channels, `anyway`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from agent_desktop.client.files import UploadEnded
from agent_desktop.client.runtime import SignInEnded
from agent_desktop.client.session import Session
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m
from agent_desktop.wire.customer import AddressModel
from tests.client.desks import Desk
from tests.client.small_centre import CUSTOMER, snapshot_of
from tests.viewmodels.letters import key, look_at, said, sent, strips, thread, with_letters, work


def shared(desk: Desk) -> list[tuple[str, str]]:
    return [(x.conversation, x.text) for x in desk.outside.commands() if isinstance(x, i.ShareDraft)]


def test_a_shared_draft_shares_no_other_conversation_s_draft(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    desk.desktop.write("For Amina", key(desk))
    desk.desktop.act("draft.share", conversation="v1", mode="reply", text="For Amina")
    desk.desktop.write("For Amina, more", key(desk))
    desk.now += 0.2
    desk.desktop.write("For Amina, and more", key(desk))
    look_at(desk, "v2")
    desk.now += 1.5
    desk.desktop.pump()  # what was shared last goes out while another conversation is looked at
    desk.desktop.write("A secret of Omar", key(desk))
    desk.now += 1.5
    desk.desktop.pump()
    assert {conversation for conversation, _text in shared(desk)} == {"v1"}
    assert shared(desk)[-1] == ("v1", "For Amina, and more")


def test_hiding_a_draft_hides_the_one_that_was_shared(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    desk.desktop.write("For Amina", key(desk))
    desk.desktop.act("draft.share", conversation="v1", mode="reply", text="For Amina")
    look_at(desk, "v2")
    desk.desktop.act("draft.share", conversation="v1", mode="reply", text="")
    look_at(desk, "v1")
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.share is not None
    assert composer.share.checked is False


def given_to_omar(desk: Desk) -> None:
    """A colleague finds that the conversation is another customer's."""
    omar = AddressModel(kind="phone", value="+4999999", verified=True)
    card = msgspec.structs.replace(CUSTOMER, id="c2", name="Omar Haddad", addresses=(omar,))
    desk.events(
        e.CustomerChanged(customer=card),
        e.ConversationChanged(conversation=thread("v1", customer="c2", customer_name="Omar Haddad")),
        e.InteractionChanged(
            interaction=msgspec.structs.replace(work("v1"), customer="c2", customer_name="Omar Haddad")
        ),
    )


def test_a_reply_by_another_channel_names_the_address_that_was_shown(desk: Desk) -> None:
    with_letters(desk, "v1")
    desk.desktop.act("composer.mode", mode="channel:sms1")
    desk.desktop.write("Your code is 1234", key(desk))
    assert desk.desktop.act("composer.send", draft=key(desk)) == ""
    assert (sent(desk)[-1].channel, sent(desk)[-1].to_address) == ("sms1", "+212522000147")


def test_a_reply_by_another_channel_waits_when_somebody_else_would_get_it(desk: Desk) -> None:
    with_letters(desk, "v1")
    desk.desktop.act("composer.mode", mode="channel:sms1")
    desk.desktop.write("Your code is 1234", key(desk))
    given_to_omar(desk)
    said = desk.desktop.act("composer.send", draft=key(desk))
    assert said == "This goes to +4999999 now, and not to +212522000147 any more. Check who it is for."
    assert (sent(desk), strips(desk)) == ([], ["wrong_recipient"])
    assert desk.desktop.act("composer.anyway", draft=key(desk)) != ""  # it is looked at, never insisted on
    desk.desktop.act("composer.seen", draft=key(desk))
    assert desk.desktop.act("composer.send", draft=key(desk)) == ""
    assert sent(desk)[-1].to_address == "+4999999"


def test_what_the_router_says_of_a_wrong_recipient_can_be_answered_by_looking(desk: Desk) -> None:
    with_letters(desk, "v1")
    desk.desktop.write("Hello", key(desk))
    desk.desktop.act("composer.send", draft=key(desk))
    request = desk.outside.router[-1][0]
    desk.events(e.Reply(request=request, ok=False, code="wrong_recipient", message="It would go to Omar."))
    composer = desk.desktop.composer()
    assert composer is not None
    assert [(strip.id, [b.label for b in strip.buttons]) for strip in composer.strips] == [
        ("wrong_recipient", ["It is for them"])
    ]


def test_anyway_sends_no_half_draft_of_another_conversation(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    look_at(desk, "v2")
    desk.desktop.write("Half of a draft for Omar, not fin", key(desk))
    look_at(desk, "v1")
    desk.desktop.act("composer.send", text="Hello Amina, yes")
    request = desk.outside.router[-1][0]
    desk.events(e.Reply(request=request, ok=False, code="newer_message", message="She wrote again."))
    desk.outside.router.clear()
    look_at(desk, "v2")
    assert desk.desktop.act("composer.anyway") == "Nothing was kept back."
    assert sent(desk) == []
    look_at(desk, "v1")
    assert desk.desktop.act("composer.anyway") == ""
    assert [(x.conversation, x.text) for x in sent(desk)] == [("v1", "Hello Amina, yes")]


def test_two_files_of_one_name_are_saved_as_two(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk, "v1")
    files = tuple(m.AttachmentModel(id=one, name="invoice.pdf", size_bytes=10) for one in ("f1", "f2"))
    desk.events(e.MessageChanged(message=said(2, attachments=files)))
    for one in ("f1", "f2"):
        assert desk.desktop.act("file.save", file=one, folder=str(tmp_path)) == ""
    saved = [Path(save.path).name for save in desk.runtime.files.saves.values()]
    assert saved == ["invoice.pdf", "invoice (2).pdf"]


def test_a_file_of_who_signed_out_goes_into_nobody_else_s_draft(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk, "v1")
    (tmp_path / "secret.pdf").write_bytes(b"x")
    assert desk.desktop.act("file.attach", path=str(tmp_path / "secret.pdf")) == ""
    upload = next(iter(desk.runtime.files.uploads))
    desk.runtime.files.pictures["cid:1"] = b"x"
    desk.runtime.sign_out()
    desk.desktop.pump()
    assert (desk.runtime.files.uploads, desk.runtime.files.pictures) == ({}, {})
    desk.put(SignInEnded(Session("http://127.0.0.1:1", "other", "tok2", "a9", 0.0)))
    snapshot = snapshot_of(desk.truth)
    desk.events(msgspec.structs.replace(snapshot, me=msgspec.structs.replace(snapshot.me, id="a9")))
    desk.put(UploadEnded(upload, m.AttachmentModel(id="F", name="secret.pdf", size_bytes=1)))
    assert desk.drafts.of("a9") == {}


def test_a_typed_reply_waits_for_its_file_and_a_file_can_be_taken_off(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk, "v1")
    (tmp_path / "contract.pdf").write_bytes(b"x")
    assert desk.desktop.act("file.attach", path=str(tmp_path / "contract.pdf")) == ""
    said_why = desk.desktop.act("composer.send", text="The contract is attached.")
    assert said_why == "Files are still being uploaded. Wait a moment, then send."
    assert sent(desk) == []
    assert desk.desktop.act("file.remove", n="2") == "There is no file 2 here."
    assert desk.desktop.act("file.remove", n="1") == ""
    assert desk.runtime.files.uploads == {}
    assert desk.desktop.act("composer.send", text="There is no contract.") == ""
    assert [x.files for x in sent(desk)] == [()]
