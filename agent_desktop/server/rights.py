"""Which action of `domain.permissions` each command is, and whose thing it names.  Deny by default.

A command without a row is refused; the test walks the whole union of commands, so that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import joining
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.permissions import can
from agent_desktop.domain.types import ConversationId, InteractionId
from agent_desktop.errors import RefusedError
from agent_desktop.server.hub import Hub
from agent_desktop.wire import access, commands, inbox

ACTION: Final[Mapping[type[commands.Command], str]] = {
    commands.SetReady: "set_state",
    commands.SetNotReady: "set_state",
    commands.SignOut: "sign_out",
    commands.AcceptOffer: "answer_offer",
    commands.DeclineOffer: "answer_offer",
    commands.TakeInteraction: "take_interaction",
    commands.HoldInteraction: "handle_interaction",
    access.ActOnText: "handle_interaction",
    access.KeepCaption: "handle_interaction",
    commands.ResumeInteraction: "handle_interaction",
    commands.EndInteraction: "handle_interaction",
    commands.ParkInteraction: "handle_interaction",
    commands.TransferInteraction: "transfer_interaction",
    commands.Consult: "transfer_interaction",
    commands.TalkWith: "handle_interaction",
    commands.CompleteTransfer: "transfer_interaction",
    commands.DropLeg: "handle_interaction",
    commands.SetLegMute: "handle_interaction",
    commands.SetRecording: "handle_interaction",
    commands.SetSecure: "handle_interaction",
    commands.Supervise: "listen",
    commands.TakeOver: "take_over",
    commands.AskCallback: "handle_interaction",
    commands.ReportSelfTest: "set_state",
    commands.FindTargets: "find_targets",
    commands.DialNumber: "dial",
    commands.SendMessage: "reply",
    commands.AddNote: "add_note",
    commands.SetTyping: "reply",
    commands.MarkRead: "handle_interaction",
    commands.WrapUp: "wrap_up",
    commands.ExtendWrapUp: "wrap_up",
    commands.LinkCustomer: "edit_customer",
    commands.CreateCustomer: "edit_customer",
    commands.Watch: "see_queues",
    commands.SearchEverything: "search",
    commands.FetchTimeline: "see_conversation",
    commands.FetchCustomer: "see_customer",
    commands.SuggestArticles: "read_articles",
    commands.ListInteractions: "see_interaction",
    commands.ExplainInteraction: "explain",
    commands.SetAgentState: "set_others_state",
    commands.ForceWrapUp: "force_wrap_up",
    commands.MoveInQueue: "move_in_queue",
    access.ExtendOffer: "answer_offer",
    access.SetAccessNeeds: "tag",
    inbox.AssignConversation: "assign",
    inbox.TagConversation: "tag",
    inbox.SnoozeConversation: "snooze",
    inbox.ResolveConversation: "resolve",
    inbox.ReopenConversation: "resolve",
    inbox.PrioritiseConversation: "assign",
    inbox.MergeConversations: "join_conversations",
    inbox.UnmergeConversation: "join_conversations",
    inbox.SplitConversation: "join_conversations",
    inbox.UnsplitConversation: "join_conversations",
    inbox.ForwardMessage: "reply",
    inbox.CancelMessage: "reply",
    inbox.RetryMessage: "reply",
    inbox.LookAt: "see_conversation",
    inbox.FollowConversation: "see_conversation",
    inbox.ShareDraft: "add_note",
    inbox.StopBot: "add_note",
    inbox.SaveView: "keep_views",
    inbox.RemoveView: "keep_views",
    inbox.ListConversations: "see_queues",
    inbox.CountViews: "see_queues",
    inbox.FetchConversation: "see_conversation",
    inbox.FetchCopies: "see_queues",
    inbox.FindPast: "try_rules",
}


FOLLOWERS_MAY: Final = frozenset({"see_conversation", "add_note"})  # who was mentioned may look and answer


def check(hub: Hub, agent: Agent, command: commands.Command) -> None:
    """Raise `RefusedError` when this agent may not do this to the thing that the command names."""
    action = ACTION.get(type(command), "")
    own, in_queue = _relation(hub, agent, command)
    if action in FOLLOWERS_MAY and not own:
        own = _follows(hub, agent, ConversationId(getattr(command, "conversation", "")))
    if not can(agent.role, action, own=own, in_queue=in_queue):
        said = "You may not do this." if own else "This is not yours to change. Take it first."
        raise RefusedError(f"{said} If you should, ask your supervisor.", code="not_allowed")


def _relation(hub: Hub, agent: Agent, command: commands.Command) -> tuple[bool, bool]:
    """(the thing is the agent's, it lies in one of the agent's queues); no thing: one's own."""
    key = getattr(command, "interaction", "")
    conversation = getattr(command, "conversation", "")
    if key:
        return _of_interaction(agent, _interaction(hub, InteractionId(key)))
    if conversation:
        own, in_queue = _of_conversation(hub, agent, ConversationId(conversation))
        other = _other(hub, command)
        if other and (own or in_queue):  # it changes both
            there = _of_conversation(hub, agent, other)
            return own and there[0], (own or in_queue) and any(there)
        return own, in_queue
    return True, True


def _other(hub: Hub, command: commands.Command) -> ConversationId:
    """The second conversation that a command writes into; empty: there is none."""
    match command:
        case inbox.MergeConversations():
            return ConversationId(command.into)
        case inbox.UnsplitConversation():
            key = ConversationId(command.conversation)
            held = hub.tables.conversations.get(key) or hub.store.conversation(key)
            return held.split_from if held is not None else ConversationId("")
        case _:
            return ConversationId("")


def _interaction(hub: Hub, key: InteractionId) -> Interaction:
    found = hub.tables.interactions.get(key) or hub.store.interaction(key)
    if found is None:
        raise RefusedError("There is no such interaction.", code="unknown_interaction")
    return found


def _of_interaction(agent: Agent, interaction: Interaction) -> tuple[bool, bool]:
    own = agent.id in (interaction.agent, interactions.holder(interaction))
    return own, interaction.queue in agent.queues


def _follows(hub: Hub, agent: Agent, named: ConversationId) -> bool:
    found = _survivor(hub, named) if named else None
    return found is not None and agent.id in found.followers


def _survivor(hub: Hub, named: ConversationId) -> Conversation | None:
    """A conversation, or the one that it went into."""

    def held(one: ConversationId) -> Conversation | None:
        return hub.tables.conversations.get(one) or hub.store.conversation(one)

    return held(joining.survivor(held, named))


def _of_conversation(hub: Hub, agent: Agent, named: ConversationId) -> tuple[bool, bool]:
    found = _survivor(hub, named)
    live = hub.tables.live_of.get(found.id if found is not None else named)
    if live is not None:
        return _of_interaction(agent, hub.tables.interactions[live])
    if found is None:
        raise RefusedError("There is no such conversation.", code="unknown_conversation")
    return agent.id in {found.agent, found.owner}, found.queue in agent.queues


def may_see(hub: Hub, agent: Agent, key: ConversationId) -> bool:
    """Whether an agent may see a conversation: of the agent's queues, the agent's own, or followed."""
    own, in_queue = _of_conversation(hub, agent, key)
    own = own or _follows(hub, agent, key)
    return can(agent.role, "see_conversation", own=own, in_queue=in_queue)


def may_see_work(agent: Agent, interaction: Interaction) -> bool:
    """Whether an agent may see an interaction."""
    own, in_queue = _of_interaction(agent, interaction)
    return can(agent.role, "see_interaction", own=own, in_queue=in_queue)
