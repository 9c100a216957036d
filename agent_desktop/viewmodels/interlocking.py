"""The reply interlock on this side: the customer wrote while the agent was writing."""

from __future__ import annotations

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.workspace import Workspace


def interlock(s: Situation, workspace: Workspace, reply: str) -> str:
    """The sentence when the customer wrote while the agent was writing; empty otherwise."""
    interaction = s.looked_at
    if interaction is None or s.store.medium(interaction.medium).live:
        return ""
    began = workspace.began_after.get(interaction.conversation)
    messages = s.store.replica.messages.get(interaction.conversation, ())
    if not began or not messages or messages[-1].id == began or messages[-1].direction != "in":
        return ""
    if not reply:
        return ""
    return _("{name} wrote while you were writing: read it, then send.", name=words.who(interaction))


def saw_all(s: Situation, workspace: Workspace) -> None:
    """The agent has seen the conversation up to now."""
    interaction = s.looked_at
    if interaction is not None:
        messages = s.store.replica.messages.get(interaction.conversation, ())
        if messages:
            workspace.began_after[interaction.conversation] = messages[-1].id
