"""The unsent acts as the screens show them: the list, its counts, and since when the server is away.

A row says what was done, to whom, since when it waits, how it stands, and what can be done about it.  Nothing
here is called sent before the server said so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from agent_desktop.client.actions_unsent import shown
from agent_desktop.client.acts import Act, held
from agent_desktop.client.situation import Situation
from agent_desktop.client.store import Store
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Badge, Button, Empty, Tone
from agent_desktop.wire import commands as c
from agent_desktop.wire import inbox as i
from agent_desktop.wire.commands import AnyCommand

LINE = 120


@dataclass(frozen=True, slots=True)
class UnsentRow:
    """One act.  `error` is the server's sentence of a refusal, or why it waits longer than the others."""

    request: str
    what: str  # "Reply"
    text: str  # the first words of what was written, the tags, the name
    whom: str  # "Amina Yusuf"
    since: str  # "14:05"
    state: Badge
    error: str
    acts: tuple[Button, ...]
    conversation: str = ""
    accessible: str = ""


@dataclass(frozen=True, slots=True)
class UnsentView:
    """The whole list: what was refused first, then what waits, each in the order in which it was done."""

    title: str
    offline: str  # "Offline since 14:05. …"; empty while the server is there
    rows: tuple[UnsentRow, ...]
    waiting: int
    refused: int
    shown: bool
    close: Button
    empty: Empty | None = None
    more: str = ""  # "and 40 more"


def counts(store: Store) -> tuple[int, int]:
    """How many wait, and how many were refused."""
    acts = shown(store)
    refused = sum(act.state == "refused" for act in acts)
    return len(acts) - refused, refused


def unsent_badge(s: Situation) -> Badge | None:
    """The count for the top bar; None when there is nothing."""
    waiting, refused = counts(s.store)
    if refused:
        text = plural("{n} not sent", "{n} not sent", refused)
        return Badge(text, Tone.DANGER, _("{text}. Open Unsent to decide.", text=text))
    if waiting:
        text = plural("{n} waiting", "{n} waiting", waiting)
        return Badge(text, Tone.WARNING, plural("{n} act waits for the server", "{n} acts wait", waiting))
    return None


def offline_sentence(store: Store, zone: tzinfo | None = None) -> str:
    """Since when the server is away and what can be done; empty while it is there."""
    if not store.offline_since:
        return ""
    return _(
        "Offline since {time}. You can read, search, write, tag, assign and wrap up; "
        "it is sent when the server is back.",
        time=words.clock(store.offline_since, zone),
    )


def unsent_view(
    s: Situation, *, is_shown: bool, zone: tzinfo | None = None, most: int | None = None
) -> UnsentView:
    """The list of this moment; with `most` at most so many rows, and none while the list is closed."""
    acts = shown(s.store)
    refused = sum(act.state == "refused" for act in acts)
    listed = acts if most is None else acts[: most if is_shown else 0]
    held_back = held(s.store.unsent.values()) if listed else frozenset()
    left = len(acts) - len(listed)
    nothing = Empty(_("Nothing is unsent"), _("What you do without the server is listed here."))
    return UnsentView(
        title=_("Unsent"),
        offline=offline_sentence(s.store, zone),
        rows=tuple(_row(s, act, zone, held_back) for act in listed),
        waiting=len(acts) - refused,
        refused=refused,
        shown=is_shown,
        close=button("unsent.close", s),
        empty=None if acts else nothing,
        more=plural("and {n} more", "and {n} more", left) if listed and left else "",
    )


def _row(s: Situation, act: Act, zone: tzinfo | None, held_back: frozenset[str]) -> UnsentRow:
    state, since = _state(s, act), words.clock(act.at, zone)
    error = act.message
    if not error and act.request in held_back:
        error = _("It waits because the message before it was not sent. Decide about that one first.")
    text = _text(s, act.command)
    said = [_what(act.command), act.title, text, _("since {time}", time=since), state.text, error]
    return UnsentRow(
        request=act.request,
        what=_what(act.command),
        text=text,
        whom=act.title,
        since=since,
        state=state,
        error=error,
        acts=_buttons(s, act),
        conversation=str(getattr(act.command, "conversation", "")),
        accessible=", ".join(part.rstrip(".") for part in said if part),
    )


def _buttons(s: Situation, act: Act) -> tuple[Button, ...]:
    found: list[Button] = []
    if act.state == "refused":
        again = _("Send anyway") if act.message_id else _("Try again")
        found.append(button("unsent.retry", s, label=again, id=act.request))
    if isinstance(act.command, c.SendMessage | c.AddNote) and act.state != "sent":
        found.append(button("unsent.edit", s, id=act.request))
    found += [button("unsent.open", s, id=act.request), button("unsent.discard", s, id=act.request)]
    return tuple(found)


def _state(s: Situation, act: Act) -> Badge:
    match act.state:
        case "refused":
            return Badge(_("not sent"), Tone.DANGER)
        case "saving":
            return Badge(_("being saved"), Tone.WARNING)
        case "sent" if s.online:
            return Badge(_("being sent"), Tone.WARNING)
        case _:
            return Badge(_("waiting to be sent"), Tone.WARNING)


def _what(command: AnyCommand) -> str:
    """What was done, in a word or two."""
    match command:
        case c.SendMessage():
            return _("Reply")
        case c.AddNote():
            return _("Note")
        case i.ForwardMessage():
            return _("Forward")
        case i.RetryMessage():
            return _("Send again")
        case i.TagConversation():
            return _("Tags")
        case i.AssignConversation():
            return _("Assign")
        case i.SnoozeConversation():
            return _("Snooze")
        case i.ResolveConversation():
            return _("Resolve")
        case i.ReopenConversation():
            return _("Reopen")
        case i.PrioritiseConversation():
            return _("Priority")
        case i.MergeConversations():
            return _("Merge")
        case i.UnmergeConversation():
            return _("Undo the merge")
        case i.SplitConversation():
            return _("Split")
        case i.UnsplitConversation():
            return _("Undo the split")
        case i.FollowConversation():
            return _("Follow") if command.on else _("Do not follow")
        case c.WrapUp():
            return _("Wrap-up")
        case c.MarkRead():
            return _("Mark as read")
        case c.LinkCustomer() | c.CreateCustomer():
            return _("Customer card")
        case i.SaveView() | i.RemoveView():
            return _("View")
        case _:
            return _("Act")


def _text(s: Situation, command: AnyCommand) -> str:
    """What it holds, in one line."""
    match command:
        case c.SendMessage() | c.AddNote() | i.ForwardMessage():
            return " ".join(command.text.split())[:LINE]
        case i.TagConversation():
            taken_off = (f"\N{MINUS SIGN}{tag}" for tag in command.remove)
            return " ".join([*(f"+{tag}" for tag in command.add), *taken_off])
        case i.AssignConversation():
            return _name(s, command)
        case i.PrioritiseConversation():
            return str(command.priority)
        case c.WrapUp() | i.ResolveConversation():
            return command.code
        case c.CreateCustomer():
            return command.name
        case i.SaveView():
            return command.view.label
        case _:
            return ""


def _name(s: Situation, command: i.AssignConversation) -> str:
    agent = s.store.replica.agents.get(command.agent)
    if agent is not None:
        return agent.name
    return command.agent or (s.store.queue(command.queue).name if command.queue else "")
