"""What agents do with conversations: assign, tag, put aside, resolve, reopen, follow, stop a bot.

Each act names what it found, because it can come from a desktop that was offline: what changed since is a
conflict, refused with words that say how it stands now.  The owner of a conversation is whoever its work was
given to last; work that goes back to a queue is nobody's.
"""

from __future__ import annotations

from agent_desktop.domain import call as calls
from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import wrapup
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, DispositionCode, MessageId, QueueId
from agent_desktop.errors import RefusedError
from agent_desktop.server.forms import Forms
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.joining import Joining
from agent_desktop.server.messages import said_since
from agent_desktop.server.snoozing import Snoozing
from agent_desktop.server.threads import BY_HAND, GIVEN, begun, given, has_room, live_of, name_of, thread_of
from agent_desktop.server.threads import withdrawn as no_longer_offered
from agent_desktop.server.waiting import WAITS
from agent_desktop.server.work import Work
from agent_desktop.server.wrapping import Filled
from agent_desktop.server.writing import Writing, follow
from agent_desktop.wire import commands, inbox

TAGS_MOST = 50
TAG_LETTERS = 40
_IN_HAND = frozenset({interactions.ACTIVE, interactions.HELD})


class Conversing:
    """The inbox's acts that are kept."""

    def __init__(self, hub: Hub, work: Work, forms: Forms, writing: Writing) -> None:
        self._hub = hub
        self._work = work
        self._forms = forms
        self._writing = writing
        self._snoozing = Snoozing(hub, work)
        self._joining = Joining(hub, work)
        self.reading = self._joining.reading

    def act(self, step: Step, agent: AgentId, command: commands.Command) -> None:
        """Carry out one command.  Raises `RefusedError`."""
        match command:
            case inbox.AssignConversation():
                self._assign(step, agent, command)
            case inbox.TagConversation():
                self._tag(step, command)
            case inbox.SnoozeConversation():
                thread = thread_of(step, command.conversation)
                _nothing_new(step, thread, command.after_message, "put it aside")
                self._snoozing.snooze(step, thread, command.until_at)
            case inbox.ResolveConversation():
                self._resolve(step, agent, command)
            case inbox.ReopenConversation():
                self._reopen(step, thread_of(step, command.conversation))
            case inbox.PrioritiseConversation():
                self._prioritise(step, agent, command)
            case inbox.FollowConversation():
                follow(step, thread_of(step, command.conversation), agent, on=command.on)
            case inbox.StopBot():
                self._stop_bot(step, agent, thread_of(step, command.conversation))
            case inbox.ForwardMessage():
                self._writing.replying.forward(step, agent, command)
            case inbox.CancelMessage():
                self._writing.replying.cancel(step, agent, MessageId(command.message))
            case inbox.RetryMessage():
                self._writing.replying.retry(step, agent, MessageId(command.message))
            case (
                inbox.MergeConversations()
                | inbox.UnmergeConversation()
                | inbox.SplitConversation()
                | inbox.UnsplitConversation()
            ):
                self._joining.act(step, agent, command)
            case _:
                raise RefusedError("The server does not offer this yet.", code="unknown_command")

    # --- whose it is --------------------------------------------------------------------------------

    def _assign(self, step: Step, by: AgentId, command: inbox.AssignConversation) -> None:
        thread = thread_of(step, command.conversation)
        target, queue = AgentId(command.agent), QueueId(command.queue)
        if command.was is not None and thread.owner not in (command.was, target):
            raise RefusedError(_whose(step, thread), code="conflict")
        if target:
            step.agent_of(target)
        if queue and queue not in self._hub.centre.queues:
            raise RefusedError("There is no such queue.", code="unknown_queue")
        if target:
            self._to_agent(step, by, thread, target, queue)
        else:
            self._to_queue(step, by, thread, queue)
        if command.note.strip():
            self._writing.note(
                step, by, message=MessageId(step.new_id("m")), conversation=thread.id, text=command.note
            )

    def _to_agent(
        self, step: Step, by: AgentId, thread: Conversation, agent: AgentId, queue: QueueId
    ) -> None:
        """Into the agent's hands where there is room and nobody waits at the other end; else asked first."""
        live, medium = live_of(step, thread.id), self._hub.media[thread.medium]
        if medium.talk:
            raise RefusedError("A call is transferred, not assigned.", code="not_by_hand")
        if live is not None and live.agent == agent and live.state in _IN_HAND:
            return
        asked = live is not None and live.offer is not None and live.offer.agent == agent
        room = asked or has_room(step, agent, thread)
        if agent == by and not room:
            said = "Your hands are full, or you are signed out. Finish something first."
            raise RefusedError(said, code="no_room")
        direct = room and (agent == by or not medium.live)
        if live is None and direct:
            begun(step, self._work, thread, agent=agent, queue=queue, why=BY_HAND if agent == by else GIVEN)
        elif live is None:
            begun(step, self._work, thread, queue=queue, preferred=agent)
        elif direct:
            given(step, self._work, live, agent, BY_HAND if agent == by else GIVEN, by=by)
        else:
            self._give_back(step, by, live, queue or live.queue or thread.queue, agent)
        owned = conversations.OwnerChanged(conversation=thread.id, at=step.now, owner=agent, queue=queue)
        step.conversation(owned)

    def _to_queue(self, step: Step, by: AgentId, thread: Conversation, queue: QueueId) -> None:
        live = live_of(step, thread.id)
        if live is not None:
            self._give_back(step, by, live, queue or live.queue or thread.queue)
        elif queue:
            begun(step, self._work, thread, queue=queue)
        owned = conversations.OwnerChanged(
            conversation=thread.id, at=step.now, owner=AgentId(""), queue=queue or thread.queue
        )
        step.conversation(owned)

    def _give_back(
        self, step: Step, by: AgentId, live: Interaction, queue: QueueId, preferred: AgentId = AgentId("")
    ) -> None:
        """Let it wait in a queue, with its age."""
        live = no_longer_offered(step, live)
        if live.state == interactions.QUEUED:
            skills = None if live.queue != queue else dict(live.skills)
            self._work.waiting.queue(step, live.id, queue, skills, preferred=preferred)
        else:
            self._work.give_back(step, live.id, queue, f"assigned by {by}", preferred, by=by)

    # --- tags, followers, bots ----------------------------------------------------------------------

    def _tag(self, step: Step, command: inbox.TagConversation) -> None:
        thread = thread_of(step, command.conversation)
        add = tuple(tag for tag in _tags(command.add) if tag not in thread.tags)
        remove = tuple(tag for tag in _tags(command.remove) if tag in thread.tags)
        if len(thread.tags) + len(add) - len(remove) > TAGS_MOST:
            raise RefusedError(f"A conversation has at most {TAGS_MOST} tags.", code="too_many")
        if add or remove:
            step.conversation(
                conversations.TagsChanged(conversation=thread.id, at=step.now, add=add, remove=remove)
            )

    def _stop_bot(self, step: Step, agent: AgentId, thread: Conversation) -> None:
        live = live_of(step, thread.id)
        if thread.bot:
            step.conversation(conversations.SpeakerChanged(conversation=thread.id, at=step.now))
        if thread.bot and live is not None:
            step.note(
                interactions.ActNoted(
                    interaction=live.id, at=step.now, by=agent, act="stop_bot", detail=thread.bot
                )
            )

    # --- done, not done -----------------------------------------------------------------------------

    def _resolve(self, step: Step, agent: AgentId, command: inbox.ResolveConversation) -> None:
        thread = thread_of(step, command.conversation)
        _nothing_new(step, thread, command.after_message, "resolve")
        live = live_of(step, thread.id)
        if live is not None:
            self._finish(step, agent, live, command.code)
        if thread_of(step, thread.id).state != "resolved":
            step.conversation(conversations.Resolved(conversation=thread.id, at=step.now))

    def _finish(self, step: Step, agent: AgentId, live: Interaction, code: str) -> None:
        """The work ends: by the form of whoever has it, or without one when nobody has."""
        if live.state in _IN_HAND:
            if live.agent != agent:
                raise RefusedError(
                    f"{name_of(step, live.agent)} is working on it. Ask, or assign it first.",
                    code="not_yours",
                )
            self._forms.wrap_up(step, agent, commands.WrapUp(interaction=live.id, code=code))
            return
        if live.call is not None and live.call.state not in calls.OVER:
            said = "The customer is on the line. Take the call; it is done when the call is."
            raise RefusedError(said, code="wrong_state")
        live = no_longer_offered(step, live)
        known = self._hub.centre.dispositions
        if code and DispositionCode(code) not in known:
            raise RefusedError(f"There is no disposition “{code}”.", code="unknown_disposition")
        chosen = DispositionCode(code) if code else wrapup.NONE
        self._work.wrapping.close(step, live.id, Filled(code=chosen), cause="agent")

    def _reopen(self, step: Step, thread: Conversation) -> None:
        live = live_of(step, thread.id)
        if live is not None and live.state != interactions.PARKED:
            if thread.state != "open":
                step.conversation(conversations.Reopened(conversation=thread.id, at=step.now))
            return
        self._snoozing.wake(step, thread, "it was reopened")

    def _prioritise(self, step: Step, agent: AgentId, command: inbox.PrioritiseConversation) -> None:
        live = live_of(step, thread_of(step, command.conversation).id)
        if live is None or live.state not in WAITS:
            raise RefusedError("Only what waits in a queue has a place in it.", code="wrong_state")
        self._work.waiting.move(step, agent, live.id, priority=command.priority, older_s=live.older_s)


def _tags(words: tuple[str, ...]) -> tuple[str, ...]:
    """Tags as they are kept: one line, lower case, no commas, each once."""
    found = dict.fromkeys(" ".join(word.replace(",", " ").split()).casefold() for word in words)
    found.pop("", None)
    if any(len(tag) > TAG_LETTERS for tag in found):
        raise RefusedError(f"A tag has at most {TAG_LETTERS} letters.", code="bad_value")
    return tuple(found)


def _nothing_new(step: Step, thread: Conversation, seen: str, act: str) -> None:
    """Raise `RefusedError` where the customer wrote after the message that was seen last."""
    if any(one.direction == conversations.IN for one in said_since(step, thread, seen)):
        said = f"The customer wrote again meanwhile. Read it, then {act}."
        raise RefusedError(said, code="conflict")


def _whose(step: Step, thread: Conversation) -> str:
    if not thread.owner:
        return "Nobody has this conversation any more. Look again, then assign it."
    return f"{name_of(step, thread.owner)} has this conversation now. Look again, then assign it."
