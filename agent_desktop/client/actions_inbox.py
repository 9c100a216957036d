"""The actions of the list: what is done to conversations, views and filters, many at once.

An act of a conversation takes `id` (an id, a number of the last list, `1,4-9`, `all`) or nothing: then the
picked ones are meant, else the open one.  One conversation is asked for directly; several become one
work with a progress, by `bulk.begin`.  Without its value an act opens its chooser.  All of it can be done
while the server is away: it waits, and is marked so.
"""

from __future__ import annotations

from functools import partial

from agent_desktop.client import inbox_acts as acts
from agent_desktop.client.action import Action, Arguments, Locally, Step, Steps, ToRouter, always, local
from agent_desktop.client.conversations import ME, conversation, conversations
from agent_desktop.client.situation import Situation
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.inbox import MergeConversations, UnmergeConversation
from agent_desktop.wire.models import ConversationModel

LIST, VIEWS = "Inbox", "Views"
VALUE = "value"
NUMBER_KEYS = 9


def signed_in(s: Situation, _a: Arguments) -> str:
    """What is done to a conversation can wait for the server; it needs somebody who does it."""
    return "" if s.signed_in else _("Sign in first.")


def _meant(s: Situation, a: Arguments) -> tuple[ConversationModel, ...]:
    return conversations(s, a.get("id", ""))


def _can_act(s: Situation, a: Arguments) -> str:
    reason = signed_in(s, a)
    if not reason:
        _meant(s, a)
    return reason


def _can_resolve(s: Situation, a: Arguments) -> str:
    reason = _can_act(s, a)
    if not reason and all(c.state == "resolved" for c in _meant(s, a)):
        return _("It is resolved already.")
    return reason


def _can_reopen(s: Situation, a: Arguments) -> str:
    reason = _can_act(s, a)
    if not reason and all(c.state == "open" for c in _meant(s, a)):
        return _("It is open already.")
    return reason


def _can_take(s: Situation, a: Arguments) -> str:
    reason = _can_act(s, a)
    me = s.store.replica.me.id
    if not reason and all(me in {c.owner, c.agent} and c.state == "open" for c in _meant(s, a)):
        return _("It is yours already.")
    return reason


def _can_unmerge(s: Situation, a: Arguments) -> str:
    reason = _can_act(s, a)
    if not reason and not _merged(_one(s, a)):
        return _("Nothing was merged into it.")
    return reason


def _one(s: Situation, a: Arguments) -> ConversationModel:
    return conversation(s, a.get("id", ""))


def _merged(c: ConversationModel) -> tuple[str, ...]:
    return (c.id,) if c.merged_into else c.merged


def _act(kind: str, value: str = "") -> Steps:
    """The steps of an act: the commands of one conversation, a work of many, or the chooser of its value."""

    def steps(s: Situation, a: Arguments) -> tuple[Step, ...]:
        given = a.get(VALUE, value)
        meant = _meant(s, a)
        about = ",".join(c.id for c in meant)
        if kind in acts.NEEDS_VALUE and not given.strip():
            return (Locally("choose.open", (("about", about), ("kind", kind))),)
        if len(meant) > 1:
            return (Locally("bulk.begin", (("about", about), ("kind", kind), (VALUE, given))),)
        work = acts.understood(s, kind, given, lambda: a.get("message", ""))
        return tuple(ToRouter(command) for command in work.make(meant[0]))

    return steps


def _merge(s: Situation, a: Arguments) -> tuple[Step, ...]:
    one = _one(s, a)
    if not a.get("into", ""):
        return (Locally("choose.open", (("about", one.id), ("kind", "merge"))),)
    into = conversation(s, a["into"])
    if into.id == one.id:
        raise RefusedError(_("Choose another one to merge it into."), code="same")
    return (ToRouter(MergeConversations(conversation=one.id, into=into.id)),)


def _unmerge(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """The last one that came in goes out again; a merged one that is open goes out itself."""
    return (ToRouter(UnmergeConversation(conversation=_merged(_one(s, a))[-1])),)


_local = partial(local, group=LIST, check=signed_in)

ACTS = (
    Action("conversation.take", "Take it", LIST, "Have the conversation assigned to me.", _can_take,
           _act(acts.ASSIGN, ME), icon="assign"),
    Action("conversation.assign", "Assign to…", LIST, "Give it to an agent or to a queue.",
           _can_act, _act(acts.ASSIGN), "assign", "assign N AGENT|QUEUE|me|nobody", "Ctrl+Shift+A", "assign"),
    Action("conversation.tag", "Tag…", LIST, "Put tags on.", _can_act, _act(acts.TAG), "tag",
           "tag N TAG…", "Ctrl+Shift+B", "tag"),
    Action("conversation.untag", "Take tags off…", LIST, "Take tags off.", _can_act, _act(acts.UNTAG),
           "untag", "untag N TAG…", icon="tag"),
    Action("conversation.snooze", "Snooze…", LIST, "Put it aside until a time, or until the customer writes.",
           _can_act, _act(acts.SNOOZE), "snooze", "snooze N [WHEN]", "Ctrl+Shift+H", "snooze"),
    Action("conversation.resolve", "Resolve", LIST, "Nothing is left to do.", _can_resolve,
           _act(acts.RESOLVE), "resolve", "resolve [N] [CODE]", "F9", "resolve"),
    Action("conversation.reopen", "Reopen", LIST, "There is something left to do.", _can_reopen,
           _act(acts.REOPEN), "reopen", "reopen [N]", "Shift+F9", "back"),
    Action("conversation.prioritise", "Priority…", LIST, "Give its work a priority from 1 to 99.", _can_act,
           _act(acts.PRIORITISE), "priority", "priority N 1-99", icon="up"),
    Action("conversation.merge", "Merge into…", LIST, "Put its messages into another conversation.", _can_act,
           _merge, "merge", "merge N INTO", "Ctrl+Shift+M", "merge"),
    Action("conversation.unmerge", "Undo the merge", LIST, "Take out again what was merged.", _can_unmerge,
           _unmerge, "unmerge", "unmerge [N]", icon="merge"),
    Action("conversation.follow", "Follow", LIST, "Be told of what happens there; off: no more.", _can_act,
           _act(acts.FOLLOW), "follow", "follow [N] [off]", "Ctrl+Shift+J", "bell"),
    Action("conversation.macro", "Run a macro…", LIST, "Run a macro on it.", _can_act, _act(acts.MACRO),
           icon="play", palette=False),
    Action("conversation.annotate", "Note…", LIST, "Write a note in each that is meant.", _can_act,
           _act(acts.NOTE), icon="note", palette=False),
)  # fmt: skip

BULK = (
    _local("bulk.pick", "Pick", "Pick a conversation, or let it go; a second index picks the range."),
    _local("bulk.all", "Pick all", "Pick everything that the list shows.", icon="check"),
    _local("bulk.none", "Pick nothing", "Let everything go that is picked.", icon="close"),
    _local("bulk.begin", "Do to all", "Do the same to many.", verb="bulk",
           usage="bulk ACT N,N-N|all [VALUE] | bulk undo | bulk stop"),
    _local("bulk.stop", "Stop", "Leave the rest as it is.", icon="stop"),
    _local("bulk.undo", "Undo", "Undo the last act on conversations, for 10 seconds.", shortcut="F8",
           icon="back", palette=True),
    _local("bulk.dismiss", "Dismiss", "Take the result away.", icon="close"),
    _local("choose.open", "Choose", "Choose the value of an act."),
    _local("choose.find", "Find", "Type what to choose.", check=always),
    _local("choose.run", "Choose it", "Take a line of what can be chosen."),
    _local("choose.close", "Close", "Close what can be chosen.", check=always, icon="close"),
    _local("look.alive", "Here", "Somebody is at the screen.", check=always),
)  # fmt: skip

LISTS = (
    _local("views.list", "Views", "List the views with how many each holds.", group=VIEWS, verb="views",
           usage="views", shortcut="Ctrl+Shift+V", icon="inbox", palette=True),
    _local("views.open", "View", "Show the conversations of a view.", group=VIEWS, verb="view",
           usage="view NAME", icon="inbox"),
    _local("views.more", "More", "Fetch the next page of the view.", group=VIEWS, verb="more", usage="more"),
    _local("views.retry", "Try again", "Ask for the view again.", group=VIEWS, icon="connected"),
    _local("views.save", "Save as a view…", "Keep the filter under a name.", group=VIEWS, verb="saveview",
           usage="saveview NAME", icon="star", palette=True),
    _local("views.rename", "Rename the view…", "Give the view another name.", group=VIEWS,
           verb="renameview", usage="renameview VIEW NAME", icon="note", palette=True),
    _local("views.remove", "Remove the view", "Forget the view; its conversations stay.", group=VIEWS,
           verb="removeview", usage="removeview NAME", icon="close", palette=True),
    _local("filter.open", "Filter", "Choose what the list shows, and its order.", group=VIEWS,
           shortcut="Ctrl+Shift+F", icon="filter", palette=True),
    _local("filter.set", "Filter by", "Say the filter, or change one thing of it.", group=VIEWS,
           verb="filter", usage="filter [FIELD [VALUE]]|clear"),
    _local("filter.clear", "Clear the filter", "Show everything again.", group=VIEWS, icon="close"),
    _local("filter.close", "Close", "Close the filter.", group=VIEWS, check=always, icon="close"),
    *(
        _local(f"views.key{n}", f"View {n}", f"Show the view with the key {n}.", group=VIEWS,
               shortcut=f"Alt+{n}")
        for n in range(1, NUMBER_KEYS + 1)
    ),
)  # fmt: skip

INBOX = (*ACTS, *BULK, *LISTS)
