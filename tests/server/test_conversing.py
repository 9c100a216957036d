"""What agents do with conversations: each act as a sentence, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import SpeakerChanged
from agent_desktop.domain.types import ConversationId
from agent_desktop.wire import commands, inbox
from tests.server.floor import ANA, BEN, CHAT, MAIL, SUE, Mirror
from tests.server.inboxed import Inbox


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Inbox]:
    floor = Inbox(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, ready=False)
    await floor.sign_in(SUE, ready=False)
    yield floor
    await floor.stop()


# --- whose it is ------------------------------------------------------------------------------------


async def test_a_waiting_conversation_is_taken_and_is_the_takers_then(floor: Inbox) -> None:
    thread = await floor.arrived()
    assert floor.thread(thread).owner == ""
    await floor.said(ANA, inbox.AssignConversation(conversation=thread, agent=ANA, was=""))
    assert floor.thread(thread).owner == ANA
    live = floor.live(thread)
    assert live is not None
    assert (live.agent, live.state) == (ANA, interactions.ACTIVE)


async def test_an_accepted_offer_makes_the_agent_the_owner_and_the_conversation_read(floor: Inbox) -> None:
    await floor.do(ANA, commands.SetReady())
    thread = await floor.arrived()
    assert floor.thread(thread).unread == 1
    (offer,) = floor.offers(ANA)
    await floor.said(ANA, commands.AcceptOffer(offer=offer))
    assert (floor.thread(thread).owner, floor.thread(thread).unread) == (ANA, 0)


async def test_work_that_goes_back_to_its_queue_is_nobodys(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(ANA, inbox.AssignConversation(conversation=thread, note="Ben knows the lamp"))
    live = floor.live(thread)
    assert live is not None
    assert (floor.thread(thread).owner, live.state, live.queue) == ("", interactions.QUEUED, MAIL)
    assert "Ben knows the lamp" in floor.texts(thread)


async def test_a_mail_is_put_into_a_colleagues_hands_where_there_is_room(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(ANA, inbox.AssignConversation(conversation=thread, agent=BEN, was=ANA))
    live = floor.live(thread)
    assert live is not None
    assert (floor.thread(thread).owner, live.agent, live.state) == (BEN, BEN, interactions.ACTIVE)


async def test_a_colleague_whose_hands_are_full_is_asked_first_and_owns_it_all_the_same(floor: Inbox) -> None:
    for number in ("<a@out>", "<b@out>"):
        await floor.taken(BEN, number)
    thread = await floor.taken(ANA, "<c@out>")
    await floor.said(ANA, inbox.AssignConversation(conversation=thread, agent=BEN))
    live = floor.live(thread)
    assert live is not None
    assert (live.state, live.preferred, floor.thread(thread).owner) == (interactions.QUEUED, BEN, BEN)
    extra = await floor.arrived("<d@out>")
    assert await floor.refused(BEN, inbox.AssignConversation(conversation=extra, agent=BEN)) == "no_room"


async def test_a_closed_conversation_is_opened_by_taking_it(floor: Inbox) -> None:
    thread = await floor.closed()
    assert (floor.thread(thread).state, floor.live(thread)) == ("resolved", None)
    await floor.said(BEN, inbox.AssignConversation(conversation=thread, agent=BEN, was=ANA))
    live = floor.live(thread)
    assert live is not None
    assert (live.agent, live.state, live.queue) == (BEN, interactions.ACTIVE, MAIL)
    assert (floor.thread(thread).state, floor.thread(thread).owner) == ("open", BEN)
    await floor.said(BEN, commands.SendMessage(message="m", conversation=thread, text="Once more"))


async def test_who_assigns_what_somebody_else_has_by_now_is_told_who(floor: Inbox) -> None:
    thread = await floor.taken(BEN)
    late = inbox.AssignConversation(conversation=thread, agent=ANA, was="")
    reply = await floor.do(ANA, late)
    assert (reply.code, "Ben has this conversation now" in reply.message) == ("conflict", True)
    assert floor.thread(thread).owner == BEN


async def test_an_assignment_that_comes_twice_is_made_once(floor: Inbox) -> None:
    thread = await floor.arrived()
    asked = inbox.AssignConversation(conversation=thread, agent=ANA, was="", note="Mine")
    for _ in range(2):
        assert (await floor.do(ANA, asked, request="same")).ok
    assert floor.texts(thread).count("Mine") == 1


async def test_nobody_assigns_to_a_queue_or_an_agent_that_is_not_there(floor: Inbox) -> None:
    thread = await floor.taken()
    assert (
        await floor.refused(ANA, inbox.AssignConversation(conversation=thread, agent="zoe"))
        == "unknown_agent"
    )
    assert (
        await floor.refused(ANA, inbox.AssignConversation(conversation=thread, queue="x")) == "unknown_queue"
    )
    assert floor.thread(thread).owner == ANA


# --- tags, priority ---------------------------------------------------------------------------------


async def test_tags_are_put_on_and_taken_off_in_one_form(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(ANA, inbox.TagConversation(conversation=thread, add=(" Lamp ", "lamp", "broken, glass")))
    assert floor.thread(thread).tags == ("lamp", "broken glass")
    await floor.said(ANA, inbox.TagConversation(conversation=thread, add=("urgent",), remove=("LAMP",)))
    assert floor.thread(thread).tags == ("broken glass", "urgent")
    too_long = inbox.TagConversation(conversation=thread, add=("x" * 41,))
    assert await floor.refused(ANA, too_long) == "bad_value"
    too_many = inbox.TagConversation(conversation=thread, add=tuple(f"t{n}" for n in range(50)))
    assert await floor.refused(ANA, too_many) == "too_many"


async def test_the_priority_of_what_waits_is_changed_and_of_nothing_else(floor: Inbox) -> None:
    thread = await floor.arrived()
    await floor.said(ANA, inbox.PrioritiseConversation(conversation=thread, priority=90))
    live = floor.live(thread)
    assert live is not None
    assert live.priority == 90
    await floor.said(ANA, inbox.AssignConversation(conversation=thread, agent=ANA))
    asked = inbox.PrioritiseConversation(conversation=thread, priority=10)
    assert await floor.refused(ANA, asked) == "wrong_state"


# --- put aside --------------------------------------------------------------------------------------


async def test_what_is_put_aside_frees_the_agent_and_comes_back_to_the_same_at_its_time(floor: Inbox) -> None:
    await floor.do(ANA, commands.SetReady())
    await floor.do(BEN, commands.SetReady())
    thread = await floor.taken()
    until = floor.clock.at + 3600
    await floor.said(ANA, inbox.SnoozeConversation(conversation=thread, until_at=until))
    held = floor.thread(thread)
    assert (held.state, held.snoozed_until, held.owner) == ("snoozed", until, ANA)
    assert not floor.hub.tables.in_hand.get(ANA)
    await floor.wait(3599)
    assert floor.thread(thread).state == "snoozed"
    await floor.wait(1)
    assert (floor.thread(thread).state, floor.thread(thread).snoozed_until) == ("open", 0.0)
    assert len(floor.offers(ANA)) == 1
    assert floor.offers(BEN) == []


async def test_what_is_put_aside_wakes_after_a_restart_too(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(ANA, inbox.SnoozeConversation(conversation=thread, until_at=floor.clock.at + 60))
    await floor.restart()
    await floor.wait(61)
    live = floor.live(thread)
    assert live is not None
    assert (floor.thread(thread).state, live.state) == ("open", interactions.QUEUED)


async def test_a_closed_conversation_that_is_put_aside_becomes_new_work_at_its_time(floor: Inbox) -> None:
    thread = await floor.closed()
    await floor.said(ANA, inbox.SnoozeConversation(conversation=thread, until_at=floor.clock.at + 60))
    assert floor.live(thread) is None
    await floor.restart()
    await floor.wait(61)
    live = floor.live(thread)
    assert live is not None
    assert (live.state, live.preferred) == (interactions.QUEUED, ANA)


async def test_the_customer_wakes_what_is_put_aside_and_its_time_means_nothing_then(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(ANA, inbox.SnoozeConversation(conversation=thread, until_at=floor.clock.at + 600))
    first = floor.messages(thread)[0]
    await floor.mail("<2@out>", references=(first.external_id,))
    held = floor.thread(thread)
    assert (held.state, held.snoozed_until, held.unread) == ("open", 0.0, 1)
    await floor.said(ANA, inbox.AssignConversation(conversation=thread, agent=ANA))
    await floor.wait(700)
    live = floor.live(thread)
    assert live is not None
    assert live.state == interactions.ACTIVE


async def test_a_message_that_comes_in_the_same_moment_is_not_put_aside_unread(floor: Inbox) -> None:
    """The customer writes while the agent presses Snooze: it must not sleep until Monday."""
    thread = await floor.taken()
    (seen,) = floor.messages(thread)
    await floor.mail("<2@out>", references=(seen.external_id,))
    until = floor.clock.at + 3600
    late = inbox.SnoozeConversation(conversation=thread, until_at=until, after_message=seen.id)
    assert await floor.refused(ANA, late) == "conflict"
    assert floor.thread(thread).state == "open"
    newest = floor.messages(thread)[-1]
    await floor.said(
        ANA, inbox.SnoozeConversation(conversation=thread, until_at=until, after_message=newest.id)
    )
    assert floor.thread(thread).state == "snoozed"


async def test_what_the_centre_said_since_does_not_keep_it_awake(floor: Inbox) -> None:
    thread = await floor.taken()
    (seen,) = floor.messages(thread)
    await floor.said(ANA, commands.SendMessage(message="m", conversation=thread, text="We look into it."))
    await floor.said(ANA, inbox.SnoozeConversation(conversation=thread, after_message=seen.id))
    assert floor.thread(thread).state == "snoozed"


async def test_a_time_in_the_past_is_no_time_to_come_back(floor: Inbox) -> None:
    thread = await floor.taken()
    asked = inbox.SnoozeConversation(conversation=thread, until_at=floor.clock.at - 1)
    assert await floor.refused(ANA, asked) == "bad_value"
    waiting = await floor.arrived("<2@out>")
    assert await floor.refused(SUE, inbox.SnoozeConversation(conversation=waiting)) == "wrong_state"


async def test_parked_work_that_is_taken_by_hand_is_open_again(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(ANA, inbox.SnoozeConversation(conversation=thread))
    live = floor.live(thread)
    assert live is not None
    await floor.said(ANA, commands.TakeInteraction(interaction=live.id))
    assert floor.thread(thread).state == "open"


# --- done, not done ---------------------------------------------------------------------------------


async def test_resolving_wraps_up_the_work_in_hand_with_its_code(floor: Inbox) -> None:
    thread = await floor.taken()
    live = floor.live(thread)
    assert live is not None
    await floor.said(ANA, inbox.ResolveConversation(conversation=thread, code="solved"))
    over = floor.store.interaction(live.id)
    assert over is not None
    assert (over.state, over.disposition) == (interactions.CLOSED, "solved")
    assert floor.thread(thread).state == "resolved"


async def test_resolving_what_waits_takes_it_out_of_the_queue(floor: Inbox) -> None:
    await floor.do(ANA, commands.SetReady())
    thread = await floor.arrived()
    assert floor.offers(ANA)
    await floor.said(BEN, inbox.ResolveConversation(conversation=thread))
    assert floor.offers(ANA) == []
    assert (floor.live(thread), floor.thread(thread).state) == (None, "resolved")


async def test_a_call_that_waits_is_not_resolved_away_under_its_customer(floor: Inbox) -> None:
    await floor.call("c1")
    (live,) = floor.hub.tables.interactions.values()
    resolve = inbox.ResolveConversation(conversation=live.conversation)
    assert await floor.refused(ANA, resolve) == "wrong_state"
    assert floor.live(live.conversation) == live


async def test_nobody_resolves_what_a_colleague_works_on(floor: Inbox) -> None:
    thread = await floor.taken()
    reply = await floor.do(BEN, inbox.ResolveConversation(conversation=thread))
    assert (reply.code, "Ana is working on it" in reply.message) == ("not_yours", True)


async def test_who_resolves_without_having_seen_the_newest_message_is_told(floor: Inbox) -> None:
    thread = await floor.taken()
    seen = floor.thread(thread).last_message
    await floor.mail("<2@out>", references=(floor.messages(thread)[0].external_id,))
    asked = inbox.ResolveConversation(conversation=thread, after_message=seen)
    assert await floor.refused(ANA, asked) == "conflict"
    assert floor.thread(thread).state == "open"
    newest = floor.thread(thread).last_message
    await floor.said(ANA, inbox.ResolveConversation(conversation=thread, after_message=newest))


async def test_a_reopened_conversation_waits_in_its_queue_for_whose_it_was(floor: Inbox) -> None:
    thread = await floor.closed()
    await floor.said(BEN, inbox.ReopenConversation(conversation=thread))
    live = floor.live(thread)
    assert live is not None
    assert (live.state, live.queue, live.preferred) == (interactions.QUEUED, MAIL, ANA)
    await floor.said(BEN, inbox.ReopenConversation(conversation=thread))
    assert len(floor.hub.tables.interactions) == 1


async def test_a_machine_that_answers_every_answer_opens_a_conversation_six_times_an_hour_and_no_more(
    floor: Inbox,
) -> None:
    """R44: nothing is lost, and what came meanwhile waits until the hour is over."""
    thread = await floor.closed()
    first = floor.messages(thread)[0].external_id
    opened = 0
    for number in range(12):
        await floor.wait(10)
        await floor.mail(f"<again{number}@out>", references=(first,))
        if floor.thread(thread).state == "open":
            opened += 1
            await floor.said(ANA, inbox.ResolveConversation(conversation=thread))
    held = floor.thread(thread)
    assert (opened, held.state, held.messages) == (5, "snoozed", 13)
    assert floor.live(thread) is None
    await floor.wait(3600)
    assert floor.thread(thread).state == "open"
    assert floor.live(thread) is not None


# --- followers, bots --------------------------------------------------------------------------------


async def test_who_follows_is_told_although_it_lies_in_nobodys_view(floor: Inbox) -> None:
    thread = await floor.taken()
    mirror = Mirror(floor, BEN)
    mirror.connect()
    await floor.said(BEN, inbox.FollowConversation(conversation=thread))
    mirror.catch_up()
    assert mirror.replica.conversations[thread].followers == (BEN,)
    await floor.said(ANA, commands.SendMessage(message="z", conversation=thread, text="On its way"))
    assert mirror.differences() == []
    assert mirror.replica.messages[thread][-1].text == "On its way"
    await floor.said(BEN, inbox.FollowConversation(conversation=thread, on=False))
    mirror.catch_up()
    assert thread not in mirror.replica.conversations
    assert mirror.differences() == []


async def test_who_follows_still_does_after_a_restart(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(BEN, inbox.FollowConversation(conversation=thread))
    await floor.restart()
    assert [c.id for c in floor.board.snapshot(BEN).conversations] == [thread]


async def test_who_is_mentioned_in_a_note_follows_from_then_on(floor: Inbox) -> None:
    thread = await floor.taken()
    note = commands.AddNote(message="n", conversation=thread, text="@@ben look", mentions=(BEN,))
    await floor.said(ANA, note)
    assert floor.thread(thread).followers == (BEN,)
    (shown,) = floor.board.snapshot(BEN).conversations
    assert shown.id == thread
    noted = floor.messages(thread)[-1]
    assert (noted.direction, noted.mentions) == ("note", (BEN,))
    nobody = commands.AddNote(message="n2", conversation=thread, text="x", mentions=("zoe",))
    assert await floor.refused(ANA, nobody) == "unknown_agent"


async def test_who_was_mentioned_may_look_and_answer_although_it_is_in_none_of_their_queues(
    floor: Inbox,
) -> None:
    entries = floor.hub.centre.agents
    entries[BEN] = replace(entries[BEN], queues=(CHAT,))
    floor.reload()
    thread = await floor.taken()
    assert await floor.refused(BEN, inbox.LookAt(conversation=thread)) == "not_allowed"
    assert await floor.refused(BEN, inbox.FollowConversation(conversation=thread)) == "not_allowed"
    await floor.said(ANA, commands.AddNote(message="n", conversation=thread, text="@@ben", mentions=(BEN,)))
    await floor.said(BEN, inbox.LookAt(conversation=thread))
    await floor.said(BEN, inbox.FetchConversation(conversation=thread))
    await floor.said(BEN, commands.AddNote(message="n2", conversation=thread, text="It is the fuse"))
    assert await floor.refused(BEN, inbox.ResolveConversation(conversation=thread)) == "not_allowed"
    await floor.said(BEN, inbox.FollowConversation(conversation=thread, on=False))


async def test_a_bot_is_silenced_by_a_button(floor: Inbox) -> None:
    thread = ConversationId(await floor.taken())
    await floor.hub.run(
        lambda step: step.conversation(SpeakerChanged(conversation=thread, at=step.now, bot="Robin"))
    )
    assert floor.board.snapshot(ANA).conversations[0].bot == "Robin"
    await floor.said(ANA, inbox.StopBot(conversation=thread))
    assert floor.thread(thread).bot == ""
