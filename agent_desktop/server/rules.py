"""The rules of `centre.toml` at work (ERMS): on arrival in the step of the message, on time at a deadline.

What a rule did stands in the conversation as a message of the system, with the rule's name; its id is made
of the rule and the message that it acted on, so that the record itself knows what was done: a rule acts once
on one message, whatever restarts lie between.

Rules of the file: a rule on time counts from when the router first knew it in this shape, so that a new rule
does not fall upon years of old mail; what a rule may not or cannot do is told, and the rest is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import macro as macros
from agent_desktop.domain import rules as domain
from agent_desktop.domain.conversation import NOTE, SYSTEM, Conversation, Message
from agent_desktop.domain.rules import ARRIVAL, Awaited, Rule
from agent_desktop.domain.types import AgentId, ConversationId, Instant, InteractionId, MessageId
from agent_desktop.errors import RefusedError
from agent_desktop.ports.storage import Changes
from agent_desktop.server import config_rules
from agent_desktop.server.answering import Answering
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.timetable import Timetable
from agent_desktop.server.work import Work
from agent_desktop.wire import commands, inbox

NEWEST: Final = 50  # messages of a conversation that say whose turn it is
FIRST: Final = 4  # of them, which mostly say it already
SLICE: Final = 50  # messages looked at together after a start
LATE_S: Final = (
    14 * 86_400.0
)  # calendars, and a router that stood still, put a deadline off by so much at most
_FIRST_SEEN: Final = "rules/since/"


# What agents do to conversations, done by nobody of them; raises `RefusedError` in words.
Act = Callable[[Step, AgentId, commands.Command], None]
NOBODY: Final = AgentId("")


class Ruling:
    """Lets rules act."""

    def __init__(self, hub: Hub, work: Work, act: Act, answering: Answering) -> None:
        self._hub = hub
        self._do = act
        self._answering = answering
        self._times: Timetable[ConversationId] = Timetable(hub, self._due)
        self._since: dict[str, Instant] = {}
        self._done: set[MessageId] = set()  # also what is not committed yet
        self._walked = 0
        hub.published.append(self.committed)
        work.resumed.append(self.resume)

    # --- on arrival -------------------------------------------------------------------------------

    def arrived(self, step: Step, message: Message, *, first: bool) -> None:
        """A customer's message is in its conversation, and its work waits."""
        thread = step.conversation_of(message.conversation)
        on_arrival = [rule for rule in self._hub.centre.rules if rule.on == ARRIVAL]
        if thread is None or not on_arrival:
            return
        facts = domain.facts_of(message, thread, self._tags_of(step, thread), first=first)
        for rule in domain.chosen(on_arrival, facts, self._hub.centre.hours, step.now):
            self._act(step, rule, thread.id, message)

    # --- on time ----------------------------------------------------------------------------------

    def resume(self) -> None:
        """After a start: the deadlines run on from the messages, a slice at a time."""
        self._times.clear()
        self._done.clear()
        self._answering.forget()
        timed = self._timed()
        if not timed:
            return
        self._walked = 0
        self._hub.at(self._hub.clock.now(), self._began)
        self._hub.at(self._hub.clock.now(), self._walk)

    def committed(self, changes: Changes) -> None:
        """Somebody wrote, or something moved: whose turn it is may be another now."""
        self._done.difference_update(changes.messages)
        if self._timed():
            for key in {m.conversation for m in changes.messages.values()} | changes.conversations.keys():
                self._set(key)

    def _timed(self) -> list[Rule]:
        return [rule for rule in self._hub.centre.rules if rule.on != ARRIVAL]

    def _began(self, step: Step) -> None:
        """Write down since when each rule on time is known in its present shape."""
        for rule in self._timed():
            key = f"{_FIRST_SEEN}{rule.id}/{_shape(rule)}"
            kept = self._hub.store.blob(key)
            if kept is None:
                step.changes.blobs[key] = str(float(step.now)).encode("ascii")
            self._since[rule.id] = step.now if kept is None else Instant(float(kept))

    def _walk(self, step: Step) -> None:
        """Look at the conversations of the newest messages, newest first."""
        longest = max((rule.after_s for rule in self._timed()), default=0.0)
        since = Instant(step.now - longest - LATE_S)
        page = self._hub.store.recent_messages(since, before=self._walked, limit=SLICE)
        for key in dict.fromkeys(message.conversation for _, message in page):
            self._set(key)
        if page:
            self._walked = page[-1][0]
            self._hub.at(step.now, self._walk)

    def _set(self, key: ConversationId) -> None:
        thread = self._hub.store.conversation(key)
        fitting = thread is not None and any(_can_fit(rule, thread) for rule in self._timed())
        # Every change of the conversation comes here, so that what cannot fit now is looked at when it can.
        due = [at for at, _ in self._waiting(self._turn(key))] if fitting else []
        self._times.set(key, min(due, default=None))

    def _waiting(self, turn: Awaited | None) -> list[tuple[Instant, Rule]]:
        """The rules on time that have not acted on a conversation as it stands, with their deadlines."""
        if turn is None:
            return []
        found = []
        for rule in self._timed():
            at = domain.due_at(rule, turn, self._hub.centre.hours)
            since = self._since.get(rule.id)
            if at is not None and since is not None and at >= since and not self._acted(rule, turn.key):
                found.append((at, rule))
        return sorted(found, key=lambda pair: pair[0])

    def _turn(self, key: ConversationId) -> Awaited | None:
        thread = self._hub.store.conversation(key)
        if thread is None or thread.merged_into:
            return None
        newest = self._hub.store.messages(key, limit=FIRST)
        if len(newest) == FIRST and not any(map(domain.answers, newest)):
            newest = self._hub.store.messages(key, limit=NEWEST)
        return domain.awaited(newest)

    def _due(self, step: Step, key: ConversationId) -> None:
        """A deadline: every rule that is due looks at the conversation as it is now."""
        if self._moves(step, key):
            return  # somebody writes at this moment: looked at again after the commit
        turn = self._turn(key)
        waiting = self._waiting(turn)
        for at, rule in waiting:
            thread = step.conversation_of(key)
            if at > step.now or turn is None or thread is None:
                continue
            facts = domain.facts_of(turn.message, thread, self._tags_of(step, thread))
            if domain.fits(rule.conditions, facts, self._hub.centre.hours, step.now):
                self._act(step, rule, key, turn.message)
        later = [at for at, _ in waiting if at > step.now]
        self._times.set(key, min(later, default=None))

    def _moves(self, step: Step, key: ConversationId) -> bool:
        """Whether messages were added that the record does not have yet."""
        held, kept = step.conversation_of(key), self._hub.store.conversation(key)
        return held is not None and (kept is None or held.messages != kept.messages)

    # --- what is done -----------------------------------------------------------------------------

    def _acted(self, rule: Rule, of: MessageId) -> bool:
        key = told_id(rule, of)
        return key in self._done or self._hub.store.message(key) is not None

    def _act(self, step: Step, rule: Rule, key: ConversationId, of: Message) -> None:
        if self._acted(rule, of.id):
            return
        self._done.add(told_id(rule, of.id))
        done: list[str] = []
        left: list[str] = []
        known = config_rules.known_in(self._hub.centre)
        draft = ""
        for one in rule.steps:
            words = macros.told(one, known)
            if self._is_so(step, one, key):
                continue
            try:
                draft, refused = self._carry_out(step, rule, one, key=key, of=of, draft=draft)
            except RefusedError as error:
                refused = str(error)
            if refused:
                left.append(f"{words} ({refused})")
            elif one.act not in macros.WRITES_DRAFT:
                done.append(words if one.act != macros.SEND else f"send: {conversations.line(draft)}")
        if draft and not any(one.act == macros.SEND for one in rule.steps):
            self._note(step, rule, key, f"A reply is suggested:\n\n{draft}")
            done.append("suggest a reply")
        if done or left:
            self._tell(step, rule, key, of, _said(rule, done, left))

    def _is_so(self, step: Step, one: macros.Step, key: ConversationId) -> bool:
        """Whether a step would change nothing: the tag is there, nothing waits that could have a priority."""
        thread, live = step.conversation_of(key), step.tables.live_of.get(key)
        tags = thread.tags if thread is not None else ()
        match one.act:
            case macros.TAG:
                return one.value in tags
            case macros.UNTAG:
                return one.value not in tags
            case macros.PRIORITISE:
                return live is None or step.tables.interactions[live].state != interactions.QUEUED
            case _:
                return False

    def _in_hand(self, step: Step, key: ConversationId) -> bool:
        """Whether an agent has it, or is being offered it: no rule takes it away."""
        live = step.tables.live_of.get(key)
        return live is not None and step.tables.interactions[live].state != interactions.QUEUED

    def _carry_out(
        self, step: Step, rule: Rule, one: macros.Step, *, key: ConversationId, of: Message, draft: str
    ) -> tuple[str, str]:
        """Do one step; gives the draft as it is then, and why the step was not done."""
        value, thread = one.value, step.conversation_of(key)
        if thread is None:
            return draft, "the conversation is gone"
        match one.act:
            case macros.TAG:
                self._do(step, NOBODY, inbox.TagConversation(conversation=key, add=(value,)))
            case macros.UNTAG:
                self._do(step, NOBODY, inbox.TagConversation(conversation=key, remove=(value,)))
            case macros.ROUTE if self._in_hand(step, key):
                return draft, "it is being worked on"
            case macros.ROUTE:
                self._do(step, NOBODY, inbox.AssignConversation(conversation=key, queue=value))
            case macros.ASSIGN:
                self._do(step, NOBODY, inbox.AssignConversation(conversation=key, agent=value))
            case macros.PRIORITISE:
                self._do(step, NOBODY, inbox.PrioritiseConversation(conversation=key, priority=int(value)))
            case macros.RESOLVE:
                self._do(step, NOBODY, inbox.ResolveConversation(conversation=key))
            case macros.SNOOZE | macros.FOLLOW_UP:
                self._later(step, one, key)
            case macros.NOTE:
                self._note(step, rule, key, self._filled(thread, value))
            case macros.TEMPLATE | macros.REPLY:
                words = self._text(one)
                return "\n\n".join(part for part in (draft, self._filled(thread, words)) if part), ""
            case macros.SEND:
                return draft, self._answering.answer(step, thread, of, draft)
            case macros.ACKNOWLEDGE:
                words = self._filled(thread, self._text(one))
                return draft, self._answering.answer(step, thread, of, words)
            case _:
                return draft, "this program does not know the step"
        return draft, ""

    def _later(self, step: Step, one: macros.Step, key: ConversationId) -> None:
        length = macros.seconds(one.value)
        if length is None and one.act == macros.FOLLOW_UP:
            self._do(step, NOBODY, inbox.ReopenConversation(conversation=key))
        else:
            until = step.now + length if length is not None else 0.0
            self._do(step, NOBODY, inbox.SnoozeConversation(conversation=key, until_at=until))

    def _text(self, one: macros.Step) -> str:
        if one.act == macros.REPLY:
            return one.value
        return next((t.text for t in self._hub.centre.templates if t.id == one.value), "")

    def _filled(self, thread: Conversation, text: str) -> str:
        values = {
            "customer.name": thread.customer_name,
            "centre.name": self._hub.centre.name,
            "queue.name": self._hub.queue_name(thread.queue),
            "subject": thread.subject,
        }
        return config_rules.filled(text, values)

    def _note(self, step: Step, rule: Rule, key: ConversationId, text: str) -> None:
        made = MessageId(step.new_id("m"))
        self._add(step, key, made, direction=NOTE, text=text, name=f"Rule {rule.label}")

    def _tell(self, step: Step, rule: Rule, key: ConversationId, of: Message, text: str) -> None:
        self._add(step, key, told_id(rule, of.id), direction=SYSTEM, text=text, name="")

    def _add(
        self, step: Step, key: ConversationId, message: MessageId, *, direction: str, text: str, name: str
    ) -> None:
        thread = step.conversation_of(key)
        if thread is None:
            return
        made = Message(
            id=message,
            conversation=key,
            medium=thread.medium,
            direction=direction,
            at=step.now,
            text=text,
            interaction=step.tables.live_of.get(key, InteractionId("")),
            author_name=name,
            automatic=True,
        )
        step.conversation(conversations.MessageAdded(conversation=key, at=step.now, message=made))

    def _tags_of(self, step: Step, thread: Conversation) -> tuple[str, ...]:
        customer = step.customer_of(thread.customer)
        return customer.tags if customer is not None else ()


def _can_fit(rule: Rule, thread: Conversation) -> bool:
    """Whether a rule could act on a conversation as it is now, whatever was said in it."""
    asked = rule.conditions
    return (
        (not asked.queues or thread.queue in asked.queues)
        and (not asked.states or thread.state in asked.states)
        and (not asked.tags or not set(thread.tags).isdisjoint(asked.tags))
    )


def told_id(rule: Rule, of: MessageId) -> MessageId:
    """The id of the message that tells what a rule did about another message."""
    return MessageId(f"m-rule-{rule.id}-{of}")


def _said(rule: Rule, done: Sequence[str], left: Sequence[str]) -> str:
    """What a rule did, for people."""
    said = f"Rule “{rule.label}”: {'; '.join(done) if done else 'nothing was done'}."
    return f"{said} Not done: {'; '.join(left)}." if left else said


def _shape(rule: Rule) -> str:
    """A rule's own hash: another one counts from another beginning."""
    return hashlib.sha256(repr(rule).encode("utf-8", "replace")).hexdigest()[:24]
