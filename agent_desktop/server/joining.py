"""Merging and splitting conversations, and undoing both, in any order (B13, R40, R45).

`domain.joining` says where a message lies; here the messages go there, the faces of both conversations are
counted anew, the work follows, and a line of the system says what was done and by whom.  The cost is that of
the messages that move; what stays is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import joining
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.messaging import OPTED_OUT
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    CustomerId,
    DispositionCode,
    Instant,
    InteractionId,
    MediumId,
    MessageId,
)
from agent_desktop.errors import RefusedError
from agent_desktop.server.ahead import LONG, Ahead
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.messages import at_home, last_of, message_of, messages_of, move, recount
from agent_desktop.server.threads import begun, given, live_of, name_of, say, thread_of, withdrawn
from agent_desktop.server.waiting import OLDER_MOST_S
from agent_desktop.server.work import Work
from agent_desktop.wire import commands, inbox

MERGED = DispositionCode("merged")  # of work that went on in another conversation's work
MERGED_AWAY = "merged_away"  # the act of who merged work into another's; its detail is who had it
_IN_HAND = frozenset({interactions.ACTIVE, interactions.HELD})
Homes = dict[MessageId, tuple[ConversationId, ...]]


class Joining:
    """The four acts."""

    def __init__(self, hub: Hub, work: Work) -> None:
        self._hub = hub
        self._work = work
        self._ahead = Ahead(hub)

    def reading(self, command: commands.Command) -> AbstractAsyncContextManager[None] | None:
        """What to wait for before this act, whose conversation is long; None: nothing."""
        held = self._ahead.held
        match command:
            case inbox.MergeConversations():
                one = held(ConversationId(command.conversation))
                if one is not None and one.messages > LONG:
                    to = joining.survivor(held, ConversationId(command.into))
                    return self._ahead.reading(one.id, to, lambda _message: True)
            case inbox.UnmergeConversation():
                one = held(ConversationId(command.conversation))
                root = held(joining.survivor(held, one.id)) if one is not None else None
                if one is not None and root is not None and root.messages > LONG:
                    own = frozenset(joining.family(held, one.id))
                    return self._ahead.reading(
                        root.id, one.id, lambda m: bool(m.homes) and m.homes[-1] in own
                    )
            case _:
                pass
        return None

    def act(self, step: Step, agent: AgentId, command: commands.Command) -> None:
        """Carry out one command.  Raises `RefusedError`."""
        match command:
            case inbox.MergeConversations():
                self._merge(step, agent, ConversationId(command.conversation), ConversationId(command.into))
            case inbox.UnmergeConversation():
                self._unmerge(step, agent, ConversationId(command.conversation))
            case inbox.SplitConversation():
                self._split(step, agent, command)
            case inbox.UnsplitConversation():
                self._unsplit(step, agent, ConversationId(command.conversation))
            case _:
                raise RefusedError("The server does not offer this yet.", code="unknown_command")

    # --- merge --------------------------------------------------------------------------------------

    def _merge(self, step: Step, agent: AgentId, one: ConversationId, into: ConversationId) -> None:
        target = thread_of(step, joining.check_merge(step.conversation_of, one, into))
        joining.check_one_customer(step.conversation_of, one, target.id, self._threaded)
        going = _held(step, one)
        live = live_of(step, one)
        if live is not None and self._hub.media[going.medium].live and going.channel != target.channel:
            raise RefusedError("The customer is there now. End it first, then merge.", code="wrong_state")
        read = self._ahead.of(one)
        moving = read.now(step) if read is not None else messages_of(step, one)
        said = f"{name_of(step, agent)} merged “{going.subject or going.customer_name}” into this one"
        self._absorb(step, going, target, moving)
        for follower in going.followers:
            if follower not in target.followers:
                step.conversation(conversations.Followed(conversation=target.id, at=step.now, agent=follower))
        self._work_joined(step, going, target, live, by=agent)
        say(step, thread_of(step, target.id), f"{said}: {_count(moving)}.")

    def _threaded(self, medium: MediumId) -> bool:
        """Whether a medium is one thread with a person, without subjects."""
        row = self._hub.media[medium]
        return row.text and not row.subject

    def _absorb(self, step: Step, going: Conversation, target: Conversation, moving: list[Message]) -> None:
        """The name leads there, the messages lie there."""
        step.conversation(conversations.Merged(conversation=going.id, at=step.now, into=target.id))
        step.conversation(conversations.MergeChanged(conversation=target.id, at=step.now, other=going.id))
        made = self._made(going.id)
        homes: Homes = {m.id: joining.rooted(m) for m in moving if m.id not in made}
        move(step, moving, target.id, homes, made)
        recount(step, going.id, -len(moving), 0, ())
        among = [*joining.newest_said(moving), *last_of(step, target)]
        recount(step, target.id, len(moving), target.unread + going.unread, among)

    def _made(self, thread: ConversationId) -> Mapping[MessageId, tuple[Message, Message]]:
        """What messages of a conversation become, as far as that was looked at before."""
        read = self._ahead.of(thread)
        return read.moved if read is not None else {}

    def _work_joined(
        self, step: Step, going: Conversation, target: Conversation, live: Interaction | None, *, by: AgentId
    ) -> None:
        """The work goes on as one: the other's if there is none, else the two become one.

        What was put aside stays aside only where nothing is awake, and until the sooner of the two times.
        """
        form = step.tables.live_of.get(going.id)
        there = live_of(step, target.id)
        asleep = live is None or live.state == interactions.PARKED
        if asleep and (there is None or there.state == interactions.PARKED):
            aside = _put_aside(step, going, target, working=live is not None)
        else:
            aside = False
        if live is None:
            if form is not None and there is None:
                _rethread(step, form, target.id)
            return
        if there is None:
            _rethread(step, live.id, target.id)
            if target.state != "open" and not aside:
                step.conversation(conversations.Reopened(conversation=target.id, at=step.now))
            if not target.owner and going.owner:
                step.conversation(
                    conversations.OwnerChanged(conversation=target.id, at=step.now, owner=going.owner)
                )
            if asleep and not aside:
                self._wake(step, live.id, going, live.agent or going.owner)
            return
        had = live.agent if live.state in _IN_HAND else AgentId("")
        ended = withdrawn(step, live)
        step.interaction(interactions.Closed(interaction=ended.id, at=step.now, code=MERGED, cause="system"))
        if had and had != by and there.state in _IN_HAND and there.agent != had:
            step.note(
                interactions.ActNoted(interaction=ended.id, at=step.now, by=by, act=MERGED_AWAY, detail=had)
            )
        if ended.unread:
            unread = there.unread + ended.unread
            step.interaction(interactions.Noted(interaction=there.id, at=step.now, unread=unread))
        if had and there.state not in _IN_HAND:  # somebody was working on it: the same goes on
            given(step, self._work, there, had, "You had a conversation that was merged into it")
        elif not asleep and there.state == interactions.PARKED:
            self._wake(step, there.id, target, there.agent or target.owner)
        if not asleep and target.state != "open":
            step.conversation(conversations.Reopened(conversation=target.id, at=step.now))

    def _wake(self, step: Step, work: InteractionId, thread: Conversation, preferred: AgentId) -> None:
        """Parked work waits in its queue again."""
        queue = step.interaction_of(work).queue or thread.queue
        self._work.give_back(step, work, queue, "its conversation was merged", preferred)

    # --- unmerge ------------------------------------------------------------------------------------

    def _unmerge(self, step: Step, agent: AgentId, one: ConversationId) -> None:
        going = _held(step, one)
        if not going.merged_into:
            raise RefusedError("This conversation is not merged.", code="wrong_state")
        held = _held(step, going.merged_into)
        root = thread_of(step, one)
        family = frozenset(joining.family(step.conversation_of, one))
        read = self._ahead.of(root.id)
        lying = at_home(step, tuple(family)) if read is None else read.now(step)
        coming = [m for m in lying if m.conversation == root.id and m.homes and m.homes[-1] in family]
        if not coming:
            raise RefusedError("Nothing of it is left to bring back.", code="nothing_left")
        step.conversation(conversations.Unmerged(conversation=one, at=step.now))
        step.conversation(conversations.MergeChanged(conversation=held.id, at=step.now, other=one, on=False))
        self._bring(step, coming, root, one)
        self._work_parted(step, one, root, coming)
        said = f"{name_of(step, agent)} took “{going.subject or going.customer_name}” out of this one again"
        say(step, thread_of(step, root.id), f"{said}: {_count(coming)}.")

    def _bring(
        self,
        step: Step,
        coming: list[Message],
        source: Conversation,
        to: ConversationId,
        homes: Homes | None = None,
    ) -> None:
        """Messages, oldest first, go from one conversation to another, and both are counted."""
        keys = {m.id for m in coming}
        read = self._ahead.of(source.id)
        if read is None:
            rest = last_of(step, source, keys)
        else:
            rest = joining.newest_said([m for m in read.now(step) if m.id not in keys])
        move(step, coming, to, homes or {}, self._made(source.id))
        recount(step, source.id, -len(coming), source.unread, rest)
        there = _held(step, to)
        among = [*joining.newest_said(coming), *last_of(step, there, keys)]
        recount(step, to, len(coming), there.unread, among)

    def _work_parted(
        self, step: Step, one: ConversationId, root: Conversation, coming: Iterable[Message]
    ) -> None:
        """Its own work goes back to it; work that ended by the merge begins anew, with its age."""
        key = joining.work_of(coming)
        live = live_of(step, root.id)
        if live is not None and live.id == key:
            _rethread(step, live.id, one)
            self._awake_or_aside(step, one, root, live)
            self._left_behind(step, root, live)
            return
        ended = self._hub.store.interaction(key) if key else None
        if ended is None or ended.disposition != MERGED or live_of(step, one) is not None:
            return
        thread = _held(step, one)
        fresh = begun(step, self._work, thread, queue=ended.queue, preferred=ended.agent or thread.owner)
        older = max(0.0, fresh.queued_at - ended.queued_at) if ended.queued_at else 0.0
        if older and fresh.state == interactions.QUEUED:
            self._work.waiting.move(
                step, AgentId(""), fresh.id, priority=ended.priority, older_s=min(older, OLDER_MOST_S)
            )

    def _awake_or_aside(self, step: Step, one: ConversationId, root: Conversation, live: Interaction) -> None:
        """A conversation that gets its work back is as awake as the work is."""
        thread = _held(step, one)
        if live.state != interactions.PARKED:
            if thread.state != "open":
                step.conversation(conversations.Reopened(conversation=one, at=step.now))
        elif root.state == "snoozed" and thread.state != "snoozed":
            until = root.snoozed_until
            step.conversation(conversations.Snoozed(conversation=one, at=step.now, until=until))

    def _left_behind(self, step: Step, root: Conversation, live: Interaction) -> None:
        """What the customer wrote there meanwhile was this work's too, and needs its own now."""
        thread = _held(step, root.id)
        last = next(iter(last_of(step, thread)), None)
        if last is not None and last.direction == conversations.IN and last.interaction == live.id:
            begun(step, self._work, thread, preferred=live.agent or thread.owner)

    # --- split, unsplit -----------------------------------------------------------------------------

    def _split(self, step: Step, agent: AgentId, command: inbox.SplitConversation) -> None:
        thread, new = thread_of(step, command.conversation), ConversationId(command.new)
        if not new or step.conversation_of(new) is not None:
            raise RefusedError("There is a conversation of this name already.", code="exists")
        found = (message_of(step, MessageId(key)) for key in dict.fromkeys(command.messages))
        moving = [m for m in found if m is not None]
        joining.check_split(thread, moving, command.messages)
        moving.sort(key=lambda m: (m.at, m.id))
        first = moving[0]
        writer = next(m for m in moving if m.direction == conversations.IN)
        whose = _written_in(step, thread, writer)
        same = writer.from_address in {"", whose.address}
        value = Conversation(
            id=new,
            medium=writer.medium,
            channel=writer.channel or thread.channel,
            customer=whose.customer if same else CustomerId(""),
            customer_name=writer.author_name or whose.customer_name,
            address=writer.from_address or whose.address,
            subject=writer.subject or first.subject or thread.subject,
            queue=thread.queue,
            tags=tuple(tag for tag in whose.tags if same and tag == OPTED_OUT),
            reply_until=whose.reply_until if same else Instant(0.0),
            split_from=thread.id,
            updated_at=step.now,
        )
        step.conversation(conversations.Started(conversation=new, at=step.now, value=value))
        homes = {m.id: joining.split_off(m, new) for m in moving}
        self._bring(step, moving, thread, new, homes)
        text = f"{name_of(step, agent)} split this off from “{thread.subject or thread.customer_name}”"
        say(step, _held(step, new), f"{text}: {_count(moving)}.")
        gone = f"{name_of(step, agent)} split off “{value.subject or value.customer_name}”"
        say(step, thread_of(step, thread.id), f"{gone}: {_count(moving)}.")
        if thread.state == "open" and live_of(step, thread.id) is not None:
            begun(step, self._work, _held(step, new), preferred=agent)

    def _unsplit(self, step: Step, agent: AgentId, split: ConversationId) -> None:
        held = _held(step, split)
        if not held.split_from:
            raise RefusedError("This conversation was not split off.", code="wrong_state")
        origin = thread_of(step, held.split_from)
        root = thread_of(step, split)
        step.conversation(conversations.Unsplit(conversation=split, at=step.now))
        going = [m for m in at_home(step, (split,)) if len(m.homes) > 1]
        homes = {m.id: joining.put_back(step.conversation_of, m, split) for m in going}
        by_place: dict[ConversationId, list[Message]] = {}
        for m in going:
            place = joining.survivor(step.conversation_of, homes[m.id][-1])
            by_place.setdefault(place, []).append(m)
        for place, some in by_place.items():
            if place == root.id:
                move(step, some, place, homes)
            else:
                self._bring(step, some, _held(step, root.id), place, homes)
        said = f"{name_of(step, agent)} put “{held.subject or held.customer_name}” back here"
        live = live_of(step, split)
        if root.id == split and origin.id != split:
            # What came to be in it meanwhile, and its name, lead to where it was split from.
            self._absorb(step, _held(step, split), _held(step, origin.id), messages_of(step, split))
            self._work_joined(step, _held(step, split), _held(step, origin.id), live, by=agent)
        say(step, thread_of(step, origin.id), f"{said}: {_count(going)}.")


def _held(step: Step, key: ConversationId) -> Conversation:
    """A conversation by its own name, merged or not.  Raises `RefusedError`."""
    found = step.conversation_of(key)
    if found is None:
        raise RefusedError("There is no such conversation.", code="unknown_conversation")
    return found


def _written_in(step: Step, thread: Conversation, message: Message) -> Conversation:
    """The conversation of a message's writer: after a merge, the one of the channel on which it came."""
    keys = (joining.rooted(message)[0], *joining.family(step.conversation_of, thread.id))
    known = (step.conversation_of(key) for key in keys)
    return next((one for one in known if one is not None and one.channel == message.channel), thread)


def _rethread(step: Step, work: InteractionId, to: ConversationId) -> None:
    step.interaction(interactions.Rethreaded(interaction=work, at=step.now, conversation=to))


def _put_aside(step: Step, going: Conversation, target: Conversation, *, working: bool) -> bool:
    """Let what goes in put the target aside as it was itself; False: it has no say, or they wait awake."""
    if (
        going.state != "snoozed"
        or (working and target.state == "open")
        or not (working or going.snoozed_until)
    ):
        return False
    times = [one.snoozed_until for one in (going, target) if one.state == "snoozed" and one.snoozed_until]
    until = min(times, default=Instant(0.0))
    step.conversation(conversations.Snoozed(conversation=target.id, at=step.now, until=until))
    return True


def _count(messages: Iterable[Message]) -> str:
    number = sum(m.direction != conversations.SYSTEM for m in messages)
    return "1 message" if number == 1 else f"{number} messages"
