"""Merging and splitting conversations, and undoing both, in any order (B13, R40, R45).

`domain.joining` says where a message lies; here the messages go there, the faces of both conversations are
counted anew, the work follows, and a line of the system says what was done and by whom.  The cost is that of
the messages that move; what stays is not read.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import joining
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    CustomerId,
    DispositionCode,
    InteractionId,
    MessageId,
)
from agent_desktop.errors import RefusedError
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.messages import at_home, last_of, message_of, messages_of, move, recount
from agent_desktop.server.threads import begun, given, live_of, name_of, say, thread_of, withdrawn
from agent_desktop.server.waiting import OLDER_MOST_S
from agent_desktop.server.work import Work
from agent_desktop.wire import commands, inbox

MERGED = DispositionCode("merged")  # of work that went on in another conversation's work
_IN_HAND = frozenset({interactions.ACTIVE, interactions.HELD})
Homes = dict[MessageId, tuple[ConversationId, ...]]


class Joining:
    """The four acts."""

    def __init__(self, hub: Hub, work: Work) -> None:
        self._hub = hub
        self._work = work

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
        going = _held(step, one)
        live = live_of(step, one)
        if live is not None and self._hub.media[going.medium].live and going.channel != target.channel:
            raise RefusedError("The customer is there now. End it first, then merge.", code="wrong_state")
        moving = messages_of(step, one)
        said = f"{name_of(step, agent)} merged “{going.subject or going.customer_name}” into this one"
        self._absorb(step, going, target, moving)
        for follower in going.followers:
            if follower not in target.followers:
                step.conversation(conversations.Followed(conversation=target.id, at=step.now, agent=follower))
        self._work_joined(step, going, target, live)
        say(step, thread_of(step, target.id), f"{said}: {_count(moving)}.")

    def _absorb(self, step: Step, going: Conversation, target: Conversation, moving: list[Message]) -> None:
        """The name leads there, the messages lie there."""
        step.conversation(conversations.Merged(conversation=going.id, at=step.now, into=target.id))
        step.conversation(conversations.MergeChanged(conversation=target.id, at=step.now, other=going.id))
        homes: Homes = {m.id: joining.rooted(m) for m in moving}
        move(step, moving, target.id, homes)
        recount(step, going.id, -len(moving), 0, ())
        among = [*moving, *last_of(step, target)]
        recount(step, target.id, len(moving), target.unread + going.unread, among)

    def _work_joined(
        self, step: Step, going: Conversation, target: Conversation, live: Interaction | None
    ) -> None:
        """The work goes on as one: the other's if there is none, else the two become one."""
        form = step.tables.live_of.get(going.id)
        if live is None:
            if form is not None and live_of(step, target.id) is None:
                _rethread(step, form, target.id)
            return
        there = live_of(step, target.id)
        if there is None:
            _rethread(step, live.id, target.id)
            if target.state != "open":
                step.conversation(conversations.Reopened(conversation=target.id, at=step.now))
            if not target.owner and going.owner:
                step.conversation(
                    conversations.OwnerChanged(conversation=target.id, at=step.now, owner=going.owner)
                )
            return
        had = live.agent if live.state in _IN_HAND else AgentId("")
        ended = withdrawn(step, live)
        step.interaction(interactions.Closed(interaction=ended.id, at=step.now, code=MERGED, cause="system"))
        if ended.unread:
            unread = there.unread + ended.unread
            step.interaction(interactions.Noted(interaction=there.id, at=step.now, unread=unread))
        if had and there.state not in _IN_HAND:  # somebody was working on it: the same goes on
            given(step, self._work, there, had, "You had a conversation that was merged into it")

    # --- unmerge ------------------------------------------------------------------------------------

    def _unmerge(self, step: Step, agent: AgentId, one: ConversationId) -> None:
        going = _held(step, one)
        if not going.merged_into:
            raise RefusedError("This conversation is not merged.", code="wrong_state")
        held = _held(step, going.merged_into)
        root = thread_of(step, one)
        coming = [
            m for m in at_home(step, joining.family(step.conversation_of, one)) if m.conversation == root.id
        ]
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
        """Messages go from one conversation to another, and both are counted."""
        keys = [m.id for m in coming]
        rest = last_of(step, source, keys)
        move(step, coming, to, homes or {})
        recount(step, source.id, -len(coming), source.unread, rest)
        there = _held(step, to)
        recount(step, to, len(coming), there.unread, [*coming, *last_of(step, there, keys)])

    def _work_parted(
        self, step: Step, one: ConversationId, root: Conversation, coming: Iterable[Message]
    ) -> None:
        """Its own work goes back to it; work that ended by the merge begins anew, with its age."""
        key = joining.work_of(coming)
        live = live_of(step, root.id)
        if live is not None and live.id == key:
            _rethread(step, live.id, one)
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

    # --- split, unsplit -----------------------------------------------------------------------------

    def _split(self, step: Step, agent: AgentId, command: inbox.SplitConversation) -> None:
        thread, new = thread_of(step, command.conversation), ConversationId(command.new)
        if not new or step.conversation_of(new) is not None:
            raise RefusedError("There is a conversation of this name already.", code="exists")
        found = (message_of(step, MessageId(key)) for key in dict.fromkeys(command.messages))
        moving = [m for m in found if m is not None]
        joining.check_split(thread, moving, command.messages)
        first = min(moving, key=lambda m: (m.at, m.id))
        writer = next(m for m in moving if m.direction == conversations.IN)
        value = Conversation(
            id=new,
            medium=writer.medium,
            channel=writer.channel or thread.channel,
            customer=thread.customer if writer.from_address in {"", thread.address} else CustomerId(""),
            customer_name=writer.author_name or thread.customer_name,
            address=writer.from_address or thread.address,
            subject=writer.subject or first.subject or thread.subject,
            queue=thread.queue,
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
            self._work_joined(step, _held(step, split), _held(step, origin.id), live)
        say(step, thread_of(step, origin.id), f"{said}: {_count(going)}.")


def _held(step: Step, key: ConversationId) -> Conversation:
    """A conversation by its own name, merged or not.  Raises `RefusedError`."""
    found = step.conversation_of(key)
    if found is None:
        raise RefusedError("There is no such conversation.", code="unknown_conversation")
    return found


def _rethread(step: Step, work: InteractionId, to: ConversationId) -> None:
    step.interaction(interactions.Rethreaded(interaction=work, at=step.now, conversation=to))


def _count(messages: Iterable[Message]) -> str:
    number = sum(m.direction != conversations.SYSTEM for m in messages)
    return "1 message" if number == 1 else f"{number} messages"
