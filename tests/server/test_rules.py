"""Rules at work in the router's rooms: on arrival, on time, once over restarts, and never in a loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.centre import Centre, Queue, Template
from agent_desktop.domain.conversation import IN, NOTE, OUT, SYSTEM, Conversation, Message
from agent_desktop.domain.hours import Hours
from agent_desktop.domain.macro import step_of
from agent_desktop.domain.rules import ARRIVAL, SILENT, UNANSWERED, Conditions, Rule
from agent_desktop.domain.types import ChannelId, ConversationId, MediumId, MessageId, QueueId, Seconds
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.wire import commands, inbox
from tests.server.floor import ANA, MAIL, Floor, centre

DAY = 86_400.0
RETURNS = QueueId("returns")
HELLO = Template(id="hello", label="Greeting", text="Hello {customer.name}, “{subject}” is in {queue.name}.")


def rule(
    name: str, *steps: str, on: str = ARRIVAL, days: float = 0.0, go_on: bool = False, **asked: Any
) -> Rule:
    return Rule(
        id=name, label=name.title(), steps=tuple(map(step_of, steps)), on=on, after_s=Seconds(days * DAY),
        conditions=Conditions(**asked),
    )  # fmt: skip


class Room(Floor):
    """A floor with rules, a second queue for mail, and a template."""

    def __init__(self, path: Path, *rules: Rule) -> None:
        self.rules = rules
        super().__init__(path)

    def configuration(self) -> Centre:
        plain = centre()
        queues = {**plain.queues, RETURNS: Queue(id=RETURNS, name="Returns", media=(MediumId("email"),))}
        agents = {
            key: replace(agent, queues=(*agent.queues, RETURNS)) if agent.id == ANA else agent
            for key, agent in plain.agents.items()
        }
        return replace(
            plain, queues=queues, agents=agents, rules=self.rules, templates=(HELLO,),
            hours={"never": Hours(id="never")},
        )  # fmt: skip

    async def came(self, external: str = "<1@out>", **more: Any) -> None:
        """A customer's mail."""
        given: dict[str, Any] = {
            "from_address": "amina@example.com",
            "from_name": "Amina",
            "to_addresses": ("help@centre.example",),
            "subject": "Broken lamp",
            "text": "It is broken.",
        }
        await self.intake.message_arrived(
            IncomingMessage(
                channel=ChannelId("help"),
                medium=MediumId("email"),
                external_id=external,
                address_kind="email",
                **{**given, **more},
            )
        )
        await self.settle()

    def thread(self, number: int = 0) -> Conversation:
        keys = dict.fromkeys(m.conversation for _, m in reversed(self.store.recent_messages(ago(self))))
        found = self.store.conversation(list(keys)[number])
        assert found is not None
        return found

    def said(self, direction: str, number: int = 0) -> list[str]:
        kept = self.store.messages(self.thread(number).id)
        return [message.text for message in kept if message.direction == direction]

    @property
    def sent(self) -> list[str]:
        return [one.message.text for one in self.channels[ChannelId("help")].sent]

    async def reply(self, text: str = "It is on its way.") -> None:
        """The agent takes the work and answers."""
        await self.sign_in(ANA, ready=False)
        work = next(i for i in self.hub.tables.interactions.values() if i.medium == "email")
        if work.agent != ANA:
            assert (await self.do(ANA, commands.TakeInteraction(interaction=work.id))).ok
        answer = commands.SendMessage(
            message=f"m-{text}", conversation=work.conversation, interaction=work.id, text=text
        )
        reply = await self.do(ANA, answer)
        assert reply.ok, reply.message


def ago(room: Floor) -> Any:
    return type(room.clock.now())(room.clock.now() - 1000 * DAY)


Start = Callable[..., Awaitable[Room]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    rooms: list[Room] = []

    async def begin(*rules: Rule) -> Room:
        room = Room(tmp_path / "record.db", *rules)
        rooms.append(room)
        await room.start()
        await room.wait(0)
        return room

    yield begin
    for room in rooms:
        await room.stop()


# --- on arrival -----------------------------------------------------------------------------------------


async def test_a_rule_tags_routes_and_ranks_and_says_so_by_its_name(start: Start) -> None:
    room = await start(rule("broken", "tag damaged", "route returns", "prioritise 80", words=("broken",)))
    await room.came()
    (work,) = room.hub.tables.interactions.values()
    assert (work.queue, work.priority, room.thread().tags, room.thread().queue) == (
        "returns", 80, ("damaged",), "returns",
    )  # fmt: skip
    assert room.said(SYSTEM) == [
        "Rule “Broken”: put the tag damaged; send it to the queue Returns; give it the priority 80."
    ]


async def test_a_message_that_no_rule_fits_is_left_alone(start: Start) -> None:
    room = await start(rule("broken", "tag damaged", words=("shattered",)))
    await room.came()
    assert (room.thread().tags, room.said(SYSTEM), room.thread().messages) == ((), [], 1)


async def test_an_acknowledgement_goes_out_once_and_says_that_a_machine_wrote_it(start: Start) -> None:
    room = await start(rule("hello", "acknowledge hello", first=True))
    await room.came()
    assert room.sent == ["Hello Amina, “Broken lamp” is in Mail."]
    (out,) = room.channels[ChannelId("help")].sent
    assert (out.message.automatic, out.message.author, out.agent_name) == (True, "", "")
    assert room.thread().unread == 1
    await room.came("<2@out>", subject="Another matter")
    assert room.sent == ["Hello Amina, “Broken lamp” is in Mail."]
    assert "Not done: answer with “Greeting” (this sender had an automatic answer" in room.said(SYSTEM, 1)[0]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"automatic": True}, "a machine wrote it"),
        ({"from_address": "help@centre.example"}, "mailbox of this centre"),
        ({"from_address": "help+x@centre.example"}, "mailbox of this centre"),
        ({"to_addresses": ("all@list.example",)}, "not addressed to help@centre.example"),
        ({"from_address": ""}, "no address to answer to"),
    ],
)
async def test_what_no_machine_may_answer_is_not_answered_and_the_reason_is_told(
    start: Start, more: dict[str, Any], why: str
) -> None:
    room = await start(rule("hello", "acknowledge hello"))
    await room.came(**more)
    assert room.sent == []
    assert why in room.said(SYSTEM)[0]


async def test_a_copy_to_the_mailbox_is_addressed_to_it(start: Start) -> None:
    room = await start(rule("hello", "acknowledge hello"))
    await room.came(to_addresses=("boss@x.example",), copy_addresses=("Help+order@Centre.example",))
    assert len(room.sent) == 1


async def test_two_machines_that_answer_one_another_stop_after_one_answer_a_day(start: Start) -> None:
    room = await start(rule("hello", "acknowledge hello"))
    for number in range(40):  # the other side does not say that it is a machine
        await room.came(f"<{number}@out>", text=f"Thank you for your mail {number}")
        await room.wait(3_600)
    assert len(room.sent) == 2
    await room.restart()
    await room.came("<restarted@out>")
    assert len(room.sent) == 2
    assert len([m for _, m in room.store.recent_messages(ago(room)) if m.direction == IN]) == 41


async def test_the_guard_counts_what_is_not_committed_yet(start: Start) -> None:
    room = await start(rule("hello", "acknowledge hello"))

    def twice(external: str) -> IncomingMessage:
        return IncomingMessage(
            channel=ChannelId("help"), medium=MediumId("email"), external_id=external, address_kind="email",
            from_address="a@x.example", to_addresses=("help@centre.example",), text="x",
        )  # fmt: skip

    await asyncio.gather(*(room.intake.message_arrived(twice(f"<{n}@x>")) for n in range(5)))
    await room.settle()
    assert len(room.sent) == 1


async def test_a_template_without_send_is_a_suggestion_and_nothing_goes_out(start: Start) -> None:
    room = await start(rule("hint", "template hello", "reply Sorry."))
    await room.came()
    assert room.sent == []
    assert room.said(NOTE) == ["A reply is suggested:\n\nHello Amina, “Broken lamp” is in Mail.\n\nSorry."]
    assert room.said(SYSTEM) == ["Rule “Hint”: suggest a reply."]


async def test_a_template_with_send_goes_out(start: Start) -> None:
    room = await start(rule("answer", "reply We are closed, {customer.name}.", "send"))
    await room.came()
    assert room.sent == ["We are closed, Amina."]


async def test_a_step_that_cannot_be_done_is_told_and_the_rest_is_done(start: Start) -> None:
    room = await start(rule("odd", "snooze 3d", "tag seen", "note Look here."))
    await room.came()
    assert (room.thread().tags, room.said(NOTE)) == (("seen",), ["Look here."])
    (told,) = room.said(SYSTEM)
    assert told.startswith("Rule “Odd”: put the tag seen; add the note: Look here.. Not done: put it aside")


async def test_a_rule_resolves_what_needs_nobody(start: Start) -> None:
    room = await start(rule("lists", "resolve", automatic=True))
    await room.came(automatic=True)
    assert (room.thread().state, room.hub.tables.interactions) == ("resolved", {})


async def test_every_further_message_is_looked_at_too(start: Start) -> None:
    room = await start(rule("again", "tag again", first=False))
    await room.came()
    assert room.thread().tags == ()
    await room.came("<2@out>", references=("<1@out>",), in_reply_to=("<1@out>",))
    assert room.thread().tags == ("again",)


async def test_a_mail_that_comes_twice_is_ruled_once(start: Start) -> None:
    room = await start(rule("note", "note Seen."))
    await room.came()
    await room.came()
    assert room.said(NOTE) == ["Seen."]


# --- on time --------------------------------------------------------------------------------------------

CHASE = rule("chase", "reply Did it help?", "send", on=SILENT, days=3)
OVERDUE = rule("overdue", "tag overdue", "prioritise 90", on=UNANSWERED, days=1)


async def test_a_customer_whom_nobody_answers_is_noticed_once(start: Start) -> None:
    room = await start(OVERDUE)
    await room.came()
    await room.wait(DAY - 1)
    assert room.thread().tags == ()
    await room.wait(2)
    assert room.thread().tags == ("overdue",)
    for _ in range(5):
        await room.wait(DAY)
    assert len(room.said(SYSTEM)) == 1


async def test_writing_again_does_not_begin_the_wait_anew(start: Start) -> None:
    room = await start(OVERDUE)
    await room.came()
    await room.wait(DAY / 2)
    await room.came("<2@out>", references=("<1@out>",), in_reply_to=("<1@out>",))
    await room.wait(DAY / 2 + 1)
    assert room.thread().tags == ("overdue",)


async def test_a_reply_stops_the_rule(start: Start) -> None:
    room = await start(OVERDUE)
    await room.came()
    await room.reply()
    await room.wait(5 * DAY)
    assert (room.thread().tags, room.said(SYSTEM)) == ((), [])


async def test_a_follow_up_goes_out_after_three_silent_days_and_only_once(start: Start) -> None:
    room = await start(CHASE)
    await room.came()
    await room.reply()
    await room.wait(3 * DAY - 1)
    assert room.sent == ["It is on its way."]
    await room.wait(2)
    assert room.sent == ["It is on its way.", "Did it help?"]
    for _ in range(10):
        await room.wait(DAY)
    assert room.sent == ["It is on its way.", "Did it help?"]


async def test_the_customers_word_stops_a_follow_up_and_the_next_reply_begins_it_anew(start: Start) -> None:
    room = await start(CHASE)
    await room.came()
    await room.reply()
    await room.wait(2 * DAY)
    await room.came("<2@out>", references=("<1@out>",), in_reply_to=("<1@out>",))
    await room.wait(2 * DAY)
    assert room.sent == ["It is on its way."]
    await room.reply("And again.")
    await room.wait(3 * DAY + 1)
    assert room.sent == ["It is on its way.", "And again.", "Did it help?"]


async def test_an_absence_note_does_not_stop_a_follow_up(start: Start) -> None:
    room = await start(CHASE)
    await room.came()
    await room.reply()
    await room.came("<ooo@out>", automatic=True, references=("<1@out>",), in_reply_to=("<1@out>",))
    await room.wait(3 * DAY + 1)
    assert room.sent == ["It is on its way.", "Did it help?"]


@pytest.mark.parametrize("away_days", [1, 4])
async def test_a_restart_neither_loses_nor_doubles_a_follow_up(start: Start, away_days: float) -> None:
    room = await start(CHASE)
    await room.came()
    await room.reply()
    await room.wait(60)
    await room.stop()
    room.clock.at += away_days * DAY
    room._open()
    await room.start()
    for _ in range(4):
        await room.wait(0)
    for _ in range(4):
        await room.wait(DAY)
    await room.restart()
    for _ in range(4):
        await room.wait(DAY)
    assert room.sent.count("Did it help?") == 1


async def test_a_new_rule_does_not_fall_upon_old_mail(start: Start) -> None:
    room = await start()
    await room.came()
    await room.reply()
    await room.wait(4 * DAY)
    room.rules = (CHASE,)
    await room.restart()
    for _ in range(3):
        await room.wait(DAY)
    assert room.sent == ["It is on its way."]


async def test_what_is_resolved_is_left_alone_unless_the_rule_asks_for_it(start: Start) -> None:
    asked = Conditions(states=("open", "snoozed"))
    room = await start(
        replace(CHASE, conditions=asked), rule("later", "tag asked", on=SILENT, days=3, states=("resolved",))
    )
    await room.came()
    await room.reply()
    done = await room.do(ANA, inbox.ResolveConversation(conversation=room.thread().id))
    assert done.ok, done.message
    await room.wait(3 * DAY + 1)
    assert (room.sent, room.thread().tags) == (["It is on its way."], ("asked",))


async def test_a_rule_for_open_hours_that_never_come_does_nothing(start: Start) -> None:
    room = await start(replace(CHASE, conditions=Conditions(open="never")))
    await room.came()
    await room.reply()
    await room.wait(30 * DAY)
    assert room.sent == ["It is on its way."]


async def test_work_comes_back_when_a_rule_follows_up(start: Start) -> None:
    room = await start(rule("back", "follow_up", on=SILENT, days=2))
    await room.came()
    await room.reply()
    key = room.thread().id
    assert (await room.do(ANA, inbox.SnoozeConversation(conversation=key))).ok
    await room.wait(2 * DAY + 1)
    assert room.thread().state == "open"
    assert "bring it back" in room.said(SYSTEM)[0]


async def test_what_a_rule_did_is_in_the_record_and_its_messages_are_no_replies(start: Start) -> None:
    room = await start(rule("hello", "acknowledge hello"))
    await room.came()
    (work,) = room.hub.tables.interactions.values()
    assert work.replied_at == 0.0
    kept: list[Message] = [m for _, m in room.store.recent_messages(ago(room))]
    assert {m.direction for m in kept} == {IN, OUT, SYSTEM}
    assert {MessageId(m.id) for m in kept if m.direction == SYSTEM} == {
        MessageId(f"m-rule-hello-{m.id}") for m in kept if m.direction == IN
    }
    assert {m.conversation for m in kept} == {ConversationId(room.thread().id)}
    assert room.thread().queue == MAIL
