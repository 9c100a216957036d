"""What agents do with conversations: one tagged struct per command.

The same rules as in `commands.py`.  Each of them can wait in a desktop that is offline, and is applied once
when it arrives: it names what it found (`after_message`, `was`), so that the router can tell a conflict.
"""

from __future__ import annotations

from agent_desktop.wire.command import Command
from agent_desktop.wire.listing import FilterModel, ViewModel


class AssignConversation(Command, frozen=True, kw_only=True, tag=True):
    """Give a conversation to an agent, to a queue, or (both empty) back to its queue.

    A closed one is opened; `was` is whose it was when the agent chose: another one since is a conflict.
    """

    conversation: str
    agent: str = ""
    queue: str = ""
    note: str = ""
    was: str | None = None


class TagConversation(Command, frozen=True, kw_only=True, tag=True):
    """Put tags on and take tags off."""

    conversation: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class SnoozeConversation(Command, frozen=True, kw_only=True, tag=True):
    """Put aside until then (0: until the customer writes); it frees the agent and comes back to the same.

    A newer message is a conflict: nothing is put aside unread.
    """

    conversation: str
    until_at: float = 0.0
    after_message: str = ""


class ResolveConversation(Command, frozen=True, kw_only=True, tag=True):
    """Nothing is left to do; `code` wraps up the work in hand.  A newer message is a conflict."""

    conversation: str
    code: str = ""
    after_message: str = ""


class ReopenConversation(Command, frozen=True, kw_only=True, tag=True):
    """There is something left to do: it waits in its queue again."""

    conversation: str


class PrioritiseConversation(Command, frozen=True, kw_only=True, tag=True):
    """The priority of its work: 1 to 99."""

    conversation: str
    priority: int


class MergeConversations(Command, frozen=True, kw_only=True, tag=True):
    """This conversation's messages go into another one, which stays; the old id leads there."""

    conversation: str
    into: str


class UnmergeConversation(Command, frozen=True, kw_only=True, tag=True):
    """Undo a merge: the conversation is there again with the messages that it brought."""

    conversation: str


class SplitConversation(Command, frozen=True, kw_only=True, tag=True):
    """Messages that do not belong here go to a new conversation, whose id the client makes."""

    conversation: str
    new: str
    messages: tuple[str, ...]


class UnsplitConversation(Command, frozen=True, kw_only=True, tag=True):
    """Undo a split: the messages are back where they were."""

    conversation: str  # the one that the split made


class ForwardMessage(Command, frozen=True, kw_only=True, tag=True):
    """Send a message on to somebody else, with its files; `message` is the client-made id of the new one."""

    message: str
    conversation: str
    source: str
    to_address: str
    text: str = ""


class CancelMessage(Command, frozen=True, kw_only=True, tag=True):
    """Call a reply back that is still held: it leaves the conversation and never goes out."""

    conversation: str
    message: str


class RetryMessage(Command, frozen=True, kw_only=True, tag=True):
    """Send a reply again that failed."""

    conversation: str
    message: str


class LookAt(Command, frozen=True, kw_only=True, tag=True):
    """What this agent does at a conversation: viewing, idle, replying, noting; empty: left it.  Not kept."""

    conversation: str
    doing: str = "viewing"


class FollowConversation(Command, frozen=True, kw_only=True, tag=True):
    """Be told of what happens there, or not any more."""

    conversation: str
    on: bool = True


class ShareDraft(Command, frozen=True, kw_only=True, tag=True):
    """Show colleagues the draft as it is now; an empty one ends it."""

    conversation: str
    mode: str = "reply"  # reply, note
    text: str = ""


class StopBot(Command, frozen=True, kw_only=True, tag=True):
    """The bot that speaks in a conversation is silent from now on."""

    conversation: str


class SaveView(Command, frozen=True, kw_only=True, tag=True):
    """Keep a view, new or changed; its id is made by the client."""

    view: ViewModel


class RemoveView(Command, frozen=True, kw_only=True, tag=True):
    """Forget a view."""

    view: str


class ListConversations(Command, frozen=True, kw_only=True, tag=True):
    """Query: a page of a view's conversations, by keyset (`after` is the last page's `cursor`)."""

    holds: FilterModel = FilterModel()
    after: str = ""
    limit: int = 100


class CountViews(Command, frozen=True, kw_only=True, tag=True):
    """Query: how many conversations each view holds (capped at 1,000 each)."""

    views: tuple[str, ...] = ()


class FetchConversation(Command, frozen=True, kw_only=True, tag=True):
    """Query: one conversation with its newest messages, also one that was merged (its survivor then)."""

    conversation: str


class FetchCopies(Command, frozen=True, kw_only=True, tag=True):
    """Query: what there is to see and what changed of it since `cursor`, a page at a time.

    First everything, the newest first, then each change, the oldest first.  The desktop keeps it for work and
    search without the router; `more` says that there is a next page, and `removed` what must be let go: a
    message, conversation, customer or interaction, or `everything` when filling begins anew.
    """

    cursor: str = ""
    limit: int = 200


class FindPast(Command, frozen=True, kw_only=True, tag=True):
    """Query: what a rule would have done with the mail of the last `days`; `rule` is its TOML table."""

    rule: str
    days: int = 30
    limit: int = 100


InboxCommand = (
    AssignConversation
    | TagConversation
    | SnoozeConversation
    | ResolveConversation
    | ReopenConversation
    | PrioritiseConversation
    | MergeConversations
    | UnmergeConversation
    | SplitConversation
    | UnsplitConversation
    | ForwardMessage
    | CancelMessage
    | RetryMessage
    | LookAt
    | FollowConversation
    | ShareDraft
    | StopBot
    | SaveView
    | RemoveView
    | ListConversations
    | CountViews
    | FetchConversation
    | FetchCopies
    | FindPast
)

INBOX_QUERIES: tuple[type[Command], ...] = (
    ListConversations,
    CountViews,
    FetchConversation,
    FetchCopies,
    FindPast,
)
