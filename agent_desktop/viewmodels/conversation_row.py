"""A row of a view: a conversation, whoever has its work; and the marks that both kinds of row share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.parts import Badge, Tone
from agent_desktop.viewmodels.watching import WatcherMark, in_a_word, watcher_marks
from agent_desktop.wire.models import ConversationModel

WARN_S = 15 * 60
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Marks:
    """What a row says of a conversation beside its words; `lines` say the same to a screen reader."""

    watchers: tuple[WatcherMark, ...] = ()
    owner: str = ""  # whose it is, when it is another's
    snoozed: str = ""  # "Snoozed until Mon 9:00"
    waiting: str = ""  # an act on it waits for the server, in words
    picked: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        owner = _("{name} has it", name=self.owner) if self.owner else ""
        picked = _("picked") if self.picked else ""
        parts = (picked, in_a_word(self.watchers), owner, self.snoozed, self.waiting)
        return tuple(part for part in parts if part)


NO_MARKS = Marks()


def who(c: ConversationModel) -> str:
    """Whom the conversation is with."""
    return c.customer_name or c.address or _("Unknown")


def named(c: ConversationModel) -> str:
    """A conversation in a sentence: who, and about what."""
    return f"{who(c)}: {c.subject}" if c.subject else who(c)


def snoozed(c: ConversationModel, now: float) -> str:
    """Until when it is put aside, in words; empty when it is not."""
    if c.state != "snoozed":
        return ""
    if not c.snoozed_until_at:
        return _("Snoozed until the customer writes")
    return _("Snoozed until {time}", time=moment(c.snoozed_until_at, now))


def moment(at: float, now: float) -> str:
    """A moment to come: today its time, else the day and the time."""
    day = words.date(at, now)
    return words.clock(at) if day == words.date(now, now) else f"{day}, {words.clock(at)}"


def marks(
    s: Situation, c: ConversationModel | None, *, waiting: Mapping[str, str] = NOTHING, mine: bool = False
) -> Marks:
    """The marks of a conversation; `mine`: the row stands in a list of what is mine."""
    if c is None:
        return Marks()
    me = s.store.replica.me.id
    owner = c.owner or c.agent
    name = "" if owner == me or mine else c.owner_name or _name(s, owner)
    return Marks(
        watchers=watcher_marks(c.watchers, me),
        owner=name,
        snoozed=snoozed(c, s.now),
        waiting=waiting.get(c.id, ""),
        picked=c.id in s.picked,
    )


def _name(s: Situation, agent: str) -> str:
    known = s.store.replica.agents.get(agent)
    return known.name if known is not None else ""


def badge(s: Situation, c: ConversationModel) -> Badge | None:
    """What matters at the right end: the state, else the promise."""
    if c.state == "resolved":
        return Badge(_("resolved"), Tone.MUTED)
    if c.state == "snoozed":
        until = _("until {time}", time=moment(c.snoozed_until_at, s.now)) if c.snoozed_until_at else ""
        return Badge(until or _("until a reply"), Tone.MUTED, snoozed(c, s.now))
    if not c.promise_at:
        return None
    left = c.promise_at - s.now
    if left < 0:
        return Badge(words.short(left), Tone.DANGER, words.promise_late("", -left))
    tone = Tone.WARNING if left < WARN_S else Tone.OK
    return Badge(words.short(left), tone, words.promise_left("", left))


def tags(s: Situation, c: ConversationModel) -> tuple[str, ...]:
    """Its queue and its tags, as the third line shows them."""
    queue = s.store.queue(c.queue).name if c.queue else ""
    return tuple(t for t in (queue, *c.tags) if t)


def sentence(s: Situation, c: ConversationModel, shown: Marks, line: str) -> str:
    """The whole row for a screen reader."""
    right = badge(s, c)
    unread = plural("{n} unread", "{n} unread", c.unread) if c.unread else ""
    parts = [
        who(c), s.store.medium(c.medium).name, words.age(c.updated_at, s.now), line, ", ".join(tags(s, c)),
        (right.spoken or right.text) if right is not None else "", unread, *shown.lines,
    ]  # fmt: skip
    return words.sentences(parts)
