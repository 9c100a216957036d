"""Sending: the interlocks one by one (U-17), ownership, undo, retry, forward, another medium, files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import SpeakerChanged
from agent_desktop.domain.customer import Address
from agent_desktop.domain.types import ConversationId
from agent_desktop.ports.channels import DeliveryError
from agent_desktop.server.hub import Step
from agent_desktop.wire import commands, inbox
from tests.server.floor import ANA, BEN, SUE
from tests.server.inboxed import DEMO, HELP, SALES, Policies, reply


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Policies]:
    floor = Policies(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, SUE, ready=False)
    yield floor
    await floor.stop()


async def sends(floor: Policies, ownership: str) -> None:
    """The same centre with another policy."""
    await floor.stop()
    floor.ownership = ownership
    floor._open()
    await floor.start()


async def test_who_put_a_conversation_aside_may_still_write_and_it_stays_aside(floor: Policies) -> None:
    thread = await floor.taken()
    await floor.said(ANA, inbox.SnoozeConversation(conversation=thread, until_at=floor.clock.at + 3600))
    assert await floor.refused(BEN, reply(thread)) == "not_yours"
    await floor.said(ANA, reply(thread))
    assert [sent.to_address for sent in floor.channels[HELP].sent] == ["amina@example.com"]
    live = floor.live(thread)
    assert live is not None
    assert (live.state, floor.thread(thread).state) == (interactions.PARKED, "snoozed")


# --- interlocks -------------------------------------------------------------------------------------


async def test_a_reply_for_another_person_than_the_writer_saw_is_never_sent(floor: Policies) -> None:
    thread = await floor.taken()
    wrong = reply(thread, to_address="eve@example.com", despite=("wrong_recipient", "newer_message"))
    assert await floor.refused(ANA, wrong) == "wrong_recipient"
    await floor.said(ANA, reply(thread, to_address=" Amina@Example.com "))
    assert floor.channels[HELP].sent[0].to_address == "amina@example.com"


async def test_a_reply_to_what_the_customer_said_before_is_sent_only_on_purpose(floor: Policies) -> None:
    thread = await floor.taken()
    seen = floor.thread(thread).last_message
    await floor.mail("<2@out>", references=(floor.messages(thread)[0].external_id,))
    assert await floor.refused(ANA, reply(thread, after_message=seen)) == "newer_message"
    await floor.said(ANA, reply(thread, after_message=seen, despite=("newer_message",)))


async def test_two_colleagues_do_not_answer_the_same_message_unaware(tmp_path: Path) -> None:
    floor = Policies(tmp_path / "open.db", "open")
    await floor.start()
    await floor.sign_in(ANA, BEN, ready=False)
    thread = await floor.taken()
    seen = floor.thread(thread).last_message
    await floor.said(ANA, reply(thread, after_message=seen))
    answer = await floor.do(BEN, reply(thread, message="m2", after_message=seen))
    assert (answer.code, "Ana replied while" in answer.message) == ("newer_message", True)
    await floor.stop()


async def test_a_colleague_who_is_replying_is_named_before_a_second_reply_goes_out(tmp_path: Path) -> None:
    floor = Policies(tmp_path / "open.db", "open")
    await floor.start()
    await floor.sign_in(ANA, BEN, ready=False)
    thread = await floor.taken()
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing="replying"))
    answer = await floor.do(ANA, reply(thread))
    assert (answer.code, "Ben is writing" in answer.message) == ("other_draft", True)
    await floor.said(ANA, reply(thread, despite=("other_draft",)))
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing="idle"))
    await floor.said(ANA, reply(thread, message="m2"))
    await floor.said(BEN, inbox.ShareDraft(conversation=thread, text="Dear Amina"))
    assert await floor.refused(ANA, reply(thread, message="m3")) == "other_draft"
    await floor.said(BEN, inbox.ShareDraft(conversation=thread))
    await floor.said(ANA, reply(thread, message="m3"))
    await floor.stop()


async def test_a_person_who_replies_silences_the_bot_and_is_told_so_first(floor: Policies) -> None:
    thread = ConversationId(await floor.taken())

    def speaks(step: Step) -> None:
        step.conversation(SpeakerChanged(conversation=thread, at=step.now, bot="Robin"))

    await floor.hub.run(speaks)
    answer = await floor.do(ANA, reply(thread))
    assert (answer.code, "Robin is speaking" in answer.message) == ("bot", True)
    await floor.said(ANA, reply(thread, despite=("bot",)))
    assert floor.thread(thread).bot == ""


async def test_every_interlock_is_told_once_and_all_of_them_can_be_named(floor: Policies) -> None:
    thread = ConversationId(await floor.taken())
    seen = floor.thread(thread).last_message
    await floor.mail("<2@out>", references=(floor.messages(thread)[0].external_id,))
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing="replying"))
    await floor.hub.run(
        lambda step: step.conversation(SpeakerChanged(conversation=thread, at=step.now, bot="Robin"))
    )
    told: tuple[str, ...] = ()
    for expected in ("newer_message", "other_draft", "bot"):
        assert await floor.refused(ANA, reply(thread, after_message=seen, despite=told)) == expected
        told = (*told, expected)
    await floor.said(ANA, reply(thread, after_message=seen, despite=told))


async def test_nothing_is_not_sent(floor: Policies) -> None:
    thread = await floor.taken()
    assert await floor.refused(ANA, reply(thread, text="  ")) == "empty"
    assert await floor.refused(ANA, reply(thread, text="x" * 1_000_001)) == "too_long"


# --- who may reply (R38) ----------------------------------------------------------------------------


async def test_where_only_the_assignee_replies_others_are_refused(floor: Policies) -> None:
    thread = await floor.taken()
    assert await floor.refused(BEN, reply(thread)) == "not_yours"


async def test_where_others_are_warned_they_reply_on_purpose(floor: Policies) -> None:
    thread = await floor.taken()
    await sends(floor, "warn")
    answer = await floor.do(BEN, reply(thread))
    assert (answer.code, "Ana has this conversation" in answer.message) == ("not_owner", True)
    await floor.said(BEN, reply(thread, despite=("not_owner",)))
    assert floor.thread(thread).owner == ANA


async def test_where_anybody_may_reply_a_closed_conversation_can_be_answered_too(floor: Policies) -> None:
    thread = await floor.closed()
    await sends(floor, "open")
    await floor.said(BEN, reply(thread))
    held = floor.thread(thread)
    assert (held.state, held.owner, held.last_line) == ("resolved", ANA, "On its way")
    assert floor.channels[HELP].sent[-1].to_address == "amina@example.com"


# --- undo send (B14) --------------------------------------------------------------------------------


async def test_a_held_reply_waits_and_then_goes_out_once(floor: Policies) -> None:
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, held_s=10))
    kept = floor.messages(thread)[-1]
    assert (kept.delivery, kept.held_until) == ("queued", floor.clock.at + 10)
    assert floor.channels[HELP].sent == []
    await floor.wait(9)
    assert floor.channels[HELP].sent == []
    await floor.wait(1)
    await floor.settle()
    assert [m.message.text for m in floor.channels[HELP].sent] == ["On its way"]
    assert floor.messages(thread)[-1].delivery == "sent"


async def test_a_held_reply_counts_as_a_reply_when_it_goes_out(floor: Policies) -> None:
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, held_s=10))
    live = floor.live(thread)
    assert live is not None
    assert live.replied_at == 0
    await floor.wait(10)
    live = floor.live(thread)
    assert live is not None
    assert live.replied_at == floor.clock.at


async def test_a_held_reply_counts_too_when_the_work_is_over_before_it_goes_out(floor: Policies) -> None:
    thread = await floor.taken()
    live = floor.live(thread)
    assert live is not None
    await floor.said(ANA, reply(thread, held_s=10))
    await floor.said(ANA, inbox.ResolveConversation(conversation=thread, code="solved"))
    await floor.wait(10)
    over = floor.store.interaction(live.id)
    assert over is not None
    assert (over.state, over.replied_at) == (interactions.CLOSED, floor.clock.at)
    assert len(floor.channels[HELP].sent) == 1


async def test_a_reply_that_is_called_back_leaves_no_trace_and_never_goes_out(floor: Policies) -> None:
    thread = await floor.taken()
    before = floor.thread(thread)
    await floor.said(ANA, reply(thread, held_s=30))
    await floor.said(ANA, inbox.CancelMessage(conversation=thread, message="m"))
    after = floor.thread(thread)
    assert (after.messages, after.last_line, after.last_message) == (
        before.messages,
        before.last_line,
        before.last_message,
    )
    assert floor.store.outbox() == []
    await floor.wait(60)
    assert floor.channels[HELP].sent == []
    live = floor.live(thread)
    assert live is not None
    assert (live.replied_at, live.last_line) == (0.0, before.last_line)


async def test_it_is_too_late_to_call_back_what_is_on_its_way(floor: Policies) -> None:
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, held_s=10))
    await floor.wait(10)
    asked = inbox.CancelMessage(conversation=thread, message="m")
    assert await floor.refused(ANA, asked) == "too_late"
    await floor.said(ANA, reply(thread, message="m2"))
    assert await floor.refused(ANA, inbox.CancelMessage(conversation=thread, message="m2")) == "too_late"


async def test_nobody_calls_a_colleagues_reply_back(floor: Policies) -> None:
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, held_s=10))
    assert await floor.refused(BEN, inbox.CancelMessage(conversation=thread, message="m")) == "not_yours"


@pytest.mark.parametrize("called_back", [True, False])
@pytest.mark.parametrize("down_s", [1, 100])
async def test_a_crash_during_the_hold_sends_once_or_never(
    floor: Policies, called_back: bool, down_s: int
) -> None:
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, held_s=10))
    if called_back:
        await floor.said(ANA, inbox.CancelMessage(conversation=thread, message="m"))
    await floor.restart()
    for _ in range(2):
        await floor.wait(down_s)
        await floor.wait(10)
        await floor.restart()
    assert len(floor.channels[HELP].sent) == (0 if called_back else 1)
    assert ("On its way" in floor.texts(thread)) is not called_back


async def test_a_hold_is_never_longer_than_half_a_minute(floor: Policies) -> None:
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, held_s=9999))
    await floor.wait(30)
    await floor.settle()
    assert len(floor.channels[HELP].sent) == 1


# --- retry ------------------------------------------------------------------------------------------


async def test_a_reply_that_failed_is_sent_again_when_its_writer_says_so(floor: Policies) -> None:
    thread = await floor.taken()
    floor.channels[HELP].fail.append(DeliveryError("The mailbox is full.", permanent=True))
    await floor.said(ANA, reply(thread))
    await floor.settle()
    failed = floor.messages(thread)[-1]
    assert (failed.delivery, failed.delivery_detail) == ("failed", "The mailbox is full.")
    await floor.said(ANA, inbox.RetryMessage(conversation=thread, message="m"))
    await floor.settle()
    sent = floor.messages(thread)[-1]
    assert (sent.delivery, sent.delivery_detail) == ("sent", "")
    assert await floor.refused(ANA, inbox.RetryMessage(conversation=thread, message="m")) == "wrong_state"


# --- forward, copies, another medium ----------------------------------------------------------------


async def test_a_message_is_forwarded_with_its_files_and_is_no_reply_to_the_customer(floor: Policies) -> None:
    thread = await floor.taken()
    (first,) = floor.messages(thread)
    await floor.said(
        ANA,
        inbox.ForwardMessage(
            message="f",
            conversation=thread,
            source=first.id,
            to_address="lab@maker.example",
            text="Please look",
        ),
    )
    (out,) = floor.channels[HELP].sent
    assert (out.to_address, out.quoted, out.references) == ("lab@maker.example", first.text, ())
    forwarded = floor.messages(thread)[-1]
    assert (forwarded.forwarded_of, forwarded.subject) == (first.id, "Fwd: Where is my lamp?")
    live = floor.live(thread)
    assert live is not None
    assert live.replied_at == 0
    bad = inbox.ForwardMessage(message="g", conversation=thread, source=first.id, to_address="a@x, b@y")
    assert await floor.refused(ANA, bad) == "bad_address"
    gone = inbox.ForwardMessage(
        message="g", conversation=thread, source="none", to_address="lab@maker.example"
    )
    assert await floor.refused(ANA, gone) == "conflict"


async def test_copies_go_along_where_the_channel_sends_copies(floor: Policies) -> None:
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, copy_addresses=("ben@other.example", "ben@other.example")))
    assert floor.channels[HELP].sent[0].message.copy_addresses == ("ben@other.example",)
    assert await floor.refused(ANA, reply(thread, message="m2", copy_addresses=("ben",))) == "bad_address"
    await floor.chat("Hello", "1")
    (chat,) = (i.conversation for i in floor.hub.tables.interactions.values() if i.medium == "chat")
    await floor.said(ANA, inbox.AssignConversation(conversation=chat, agent=ANA))
    copied = reply(chat, message="m3", copy_addresses=("ben@other.example",))
    assert await floor.refused(ANA, copied) == "no_copies"


async def test_a_chat_goes_on_by_mail_at_the_customers_verified_address(floor: Policies) -> None:
    await floor.card(
        Address(kind="chat", value="v1", verified=True),
        Address(kind="email", value="old@example.com"),
        Address(kind="email", value="amina@example.com", verified=True),
    )
    await floor.chat("Hello", "1")
    (thread,) = (i.conversation for i in floor.hub.tables.interactions.values())
    await floor.said(ANA, inbox.AssignConversation(conversation=thread, agent=ANA))
    (shown,) = floor.board.snapshot(ANA).conversations
    assert shown.channels == (HELP, SALES)
    await floor.said(ANA, reply(thread, channel=HELP))
    (out,) = floor.channels[HELP].sent
    assert (out.to_address, out.message.channel, out.message.medium) == ("amina@example.com", HELP, "email")
    assert floor.messages(thread)[-1].conversation == thread
    unknown = reply(thread, message="m2", channel=HELP, to_address="old@example.com")
    assert await floor.refused(ANA, unknown) == "wrong_recipient"
    await floor.mail("<back@out>", references=(out.message.external_id,))
    assert floor.texts(thread)[-1] == "Hello, where is it?"


async def test_a_medium_in_which_the_customer_must_begin_is_not_begun_by_an_agent(floor: Policies) -> None:
    thread = await floor.taken()
    assert await floor.refused(ANA, reply(thread, channel=DEMO)) == "no_address"
    assert await floor.refused(ANA, reply(thread, channel=SALES)) == "no_address"
    assert await floor.refused(ANA, reply(thread, channel="fax")) == "no_channel"


async def test_channels_are_told_with_their_limits(floor: Policies) -> None:
    channels = {one.id: one for one in floor.board.snapshot(ANA).centre.channels}
    assert set(channels) == {HELP, SALES, DEMO}
    mail, chat = channels[HELP], channels[DEMO]
    assert (mail.ownership, mail.undo_s, mail.file_limit_bytes, mail.starts) == (
        "assignee",
        10.0,
        25_000_000,
        True,
    )
    assert (chat.medium, chat.file_limit_bytes, chat.text_limit, chat.undo_s) == (
        "chat",
        25_000_000,
        8000,
        0.0,
    )


async def test_work_that_is_offered_is_accepted_before_it_is_answered(floor: Policies) -> None:
    await floor.do(ANA, commands.SetReady())
    thread = await floor.arrived()
    live = floor.live(thread)
    assert live is not None
    assert live.state == interactions.OFFERED
    assert await floor.refused(ANA, reply(thread)) == "not_yours"
