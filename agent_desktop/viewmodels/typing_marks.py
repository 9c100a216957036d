"""Showing the customer that the agent writes, where the medium can; taken back after a pause and when sent.

What is only shown for a moment is not kept: without the server nothing waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_desktop.viewmodels.conversation import REPLY
from agent_desktop.wire.commands import SetTyping

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.holding import Bound

PAUSE_S = 5.0


def wrote(d: Desktop, at: Bound, text: str) -> None:
    """A key was pressed in a draft."""
    work = at.interaction
    if work is None or at.mode != REPLY or not d.runtime.store.is_mine(work):
        return
    if d.runtime.store.medium(work.medium).typing:
        tell(d, at.conversation if text else "")


def time_passed(d: Desktop) -> None:
    """Once a second: a pause in the writing takes it back."""
    pending = d.workspace.writing
    if pending.typing and d.runtime.now - pending.wrote_at >= PAUSE_S:
        tell(d, "")


def sent(d: Desktop, conversation: str) -> None:
    """What was written has left."""
    if d.workspace.writing.typing == conversation:
        tell(d, "")


def tell(d: Desktop, conversation: str) -> None:
    """Say where I write now; nowhere is empty."""
    pending = d.workspace.writing
    if pending.typing == conversation or not d.situation().online:
        return
    if pending.typing:
        d.query(SetTyping(conversation=pending.typing, typing=False), "typing:off")
    pending.typing = conversation
    if conversation:
        d.query(SetTyping(conversation=conversation, typing=True), "typing:on")
