"""The inbox as data: what a view holds, who is at a conversation, macros and channels.

Every field has a meaning on both sides of the wire; a filter's empty field asks for nothing.
"""

from __future__ import annotations

from agent_desktop.wire.model import Model


class FilterModel(Model, frozen=True, kw_only=True):
    """Which conversations a view holds; several values of one field are alternatives, fields add up."""

    states: tuple[str, ...] = ()  # open, snoozed, resolved
    media: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()  # whose they are; "me" is who asks, "nobody" those without one
    tags: tuple[str, ...] = ()  # with each of them
    customer: str = ""
    followed: bool = False  # those that I follow
    unread: bool = False
    late: bool = False  # a promise is late
    text: str = ""
    since_at: float = 0.0
    until_at: float = 0.0
    order: str = "newest"  # newest, oldest, promise


class ViewModel(Model, frozen=True, kw_only=True):
    """A saved view; `key` is its number key, `team` whose it is (empty: its owner's alone)."""

    id: str
    label: str
    holds: FilterModel = FilterModel()
    key: str = ""
    owner: str = ""
    team: str = ""


class WatcherModel(Model, frozen=True, kw_only=True):
    """A colleague at a conversation; `doing` is viewing, idle, replying or noting."""

    agent: str
    name: str
    doing: str = "viewing"
    since_at: float = 0.0


class StepModel(Model, frozen=True, kw_only=True):
    """One step of a macro or a rule: `act` and its value, as `domain.macro` lists them."""

    act: str
    value: str = ""


class MacroModel(Model, frozen=True, kw_only=True):
    """Named steps; none sends a draft unless the step `send` says so."""

    id: str
    label: str
    key: str = ""
    steps: tuple[StepModel, ...] = ()


class ChannelInfo(Model, frozen=True, kw_only=True):
    """A configured source of messages and its limits."""

    id: str
    medium: str
    name: str
    address: str = ""  # the centre's own: the mailbox, the number, the page
    ownership: str = "assignee"  # who may reply: open, warn, assignee
    text_limit: int = 0  # characters in one message; 0: none
    file_limit_bytes: int = 0  # of one file; 0: the channel takes no files
    file_types: tuple[str, ...] = ()  # media types; empty: all that are not refused
    files_most: int = 20  # with one message
    files_bytes: int = 0  # of all files of a message; 0: no limit
    undo_s: float = 0.0  # a reply is held back for so long and can be called back
    starts: bool = False  # a conversation may be begun here
