"""The inbox: tabs, media chips, and rows that are made only when they are looked at.

The order of the rows is kept up to date change by change (`InboxOrder`): a change costs a search in a
sorted list, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from agent_desktop.client.situation import Situation
from agent_desktop.client.store import Store
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.conversation_row import NO_MARKS, NOTHING, Marks, marks
from agent_desktop.viewmodels.ordered import Ordered
from agent_desktop.viewmodels.parts import Badge, Empty, Tone
from agent_desktop.wire.models import InteractionModel
from agent_desktop.wire.replica import Replica

if TYPE_CHECKING:
    from agent_desktop.viewmodels.bulk import BulkView
    from agent_desktop.viewmodels.views import ViewHead

MINE, QUEUE, ALL, VIEWS = "mine", "queue", "all", "views"
TABS = (MINE, QUEUE, ALL)

SortKey = tuple[float, float, str]


class RowMove(Enum):
    """What happened to the list of rows."""

    INSERTED = "inserted"
    REMOVED = "removed"
    CHANGED = "changed"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class RowChange:
    """One step from the old list to the new; steps are applied in order.  A move is removed + inserted.

    `count` rows at once are inserted where a page came.
    """

    move: RowMove
    index: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Tab:
    """Mine, Queue or All.  `count` is None while it is not known.  Choose it by `inbox.tab` with `tab=id`."""

    id: str
    label: str
    count: int | None
    selected: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A medium to filter by; the empty id is all media.  Choose it by `inbox.medium` with `medium=id`."""

    id: str
    label: str
    icon: str
    selected: bool


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A row of three lines: name and age; last line; queue and tags with the badge at the right."""

    interaction: str
    conversation: str
    medium: str
    icon: str
    initials: str
    title: str
    age: str
    line: str
    tags: tuple[str, ...]
    badge: Badge | None
    unread: int
    typing: bool
    selected: bool
    live: bool
    accessible: str  # the whole row as one sentence
    marks: Marks = NO_MARKS  # who is there, whose it is, snoozed, waiting to be sent, picked


@dataclass(frozen=True, slots=True)
class InboxView:
    """The frame round the rows; ask `desktop.inbox_row(index)` for a row, 0 <= index < total."""

    tabs: tuple[Tab, ...]
    chips: tuple[Chip, ...]
    total: int
    selected_index: int  # -1: none
    loading: bool
    empty: Empty | None
    head: ViewHead | None = None  # of the view, while one is shown
    bulk: BulkView | None = None  # what is picked, and the work on many


class InboxOrder:
    """Which interactions each tab and chip shows and in what order, kept change by change.

    Every list is kept whichever is shown, so that choosing another one costs nothing.
    """

    def __init__(self, tab: str = MINE, medium: str = "") -> None:
        self.tab = tab
        self.medium = medium
        self._of: Replica | None = None
        self._lists: dict[tuple[str, str], Ordered[SortKey]] = {}
        self._keys: dict[str, dict[str, SortKey]] = {each: {} for each in TABS}
        self._media: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._shown)

    @property
    def mine(self) -> int:
        """How many are mine, whatever is shown."""
        return len(self._keys[MINE])

    @property
    def in_hand(self) -> tuple[str, ...]:
        """Those that are mine."""
        return tuple(self._keys[MINE])

    def at(self, index: int) -> str:
        """The interaction of a row."""
        return self._shown.at(index)[2]

    def index(self, interaction: str) -> int:
        """The row of an interaction; -1 when it is not in the list."""
        key = self._keys[self.tab].get(interaction)
        return -1 if key is None else self._shown.index(key)

    def ids(self, limit: int | None = None) -> tuple[str, ...]:
        """The first interactions of the list."""
        return tuple(key[2] for key in self._shown.first(limit))

    def rebuild(self, store: Store, *, tab: str | None = None, medium: str | None = None) -> RowChange:
        """Show another tab or chip; the lists themselves are made anew only for a new snapshot."""
        self.tab = self.tab if tab is None else tab
        self.medium = self.medium if medium is None else medium
        if self._of is not store.replica:
            self._of = store.replica
            self._make(store)
        return RowChange(RowMove.RESET)

    def update(self, changed: Iterable[str], store: Store) -> tuple[RowChange, ...]:
        """Follow the store for some interactions; gives the steps from the old list to the new."""
        steps: list[RowChange] = []
        for interaction_id in changed:
            interaction = store.replica.interactions.get(interaction_id)
            before = self._media.pop(interaction_id, "")
            if interaction is not None:
                self._media[interaction_id] = interaction.medium
            for tab in TABS:
                keys = self._keys[tab]
                old, new = keys.pop(interaction_id, None), None
                if interaction is not None and belongs(interaction, tab, store):
                    new = keys[interaction_id] = sort_key(interaction, tab, store)
                after = interaction.medium if interaction is not None else ""
                for medium in dict.fromkeys(("", before, after)):
                    left = old if medium in {"", before} else None
                    came = new if medium in {"", after} else None
                    moved = self._step(tab, medium, left, came)
                    steps += moved if (tab, medium) == (self.tab, self.medium) else ()
        return tuple(steps)

    @property
    def _shown(self) -> Ordered[SortKey]:
        return self._list(self.tab, self.medium)

    def _list(self, tab: str, medium: str) -> Ordered[SortKey]:
        found = self._lists.get((tab, medium))
        if found is None:
            found = self._lists[tab, medium] = Ordered()
        return found

    def _make(self, store: Store) -> None:
        """Sort what there is, once for each tab; the media's lists are in the same order."""
        known = store.replica.interactions.values()
        self._media = {i.id: i.medium for i in known}
        self._lists = {}
        for tab in TABS:
            keys = {i.id: sort_key(i, tab, store) for i in known if belongs(i, tab, store)}
            whole = sorted(keys.values())
            by_medium: dict[str, list[SortKey]] = {}
            for key in whole:
                by_medium.setdefault(self._media[key[2]], []).append(key)
            self._keys[tab] = keys
            self._lists[tab, ""] = Ordered(whole)
            self._lists |= {(tab, medium): Ordered(part) for medium, part in by_medium.items() if medium}

    def _step(self, tab: str, medium: str, old: SortKey | None, new: SortKey | None) -> list[RowChange]:
        """Follow one change in one list."""
        if old is None and new is None:
            return []
        keys = self._list(tab, medium)
        if old is not None and old == new:
            return [RowChange(RowMove.CHANGED, keys.index(old))]
        steps = []
        if old is not None:
            steps.append(RowChange(RowMove.REMOVED, keys.discard(old)))
        if new is not None:
            steps.append(RowChange(RowMove.INSERTED, keys.add(new)))
        return steps


def belongs(interaction: InteractionModel, tab: str, store: Store) -> bool:
    """Whether a tab holds an interaction."""
    match tab:
        case "mine":
            offered = interaction.state == "offered" and interaction.agent == store.replica.me.id
            return offered or store.is_mine(interaction)
        case "queue":
            return interaction.state == "queued"
        case _:
            return True


def sort_key(interaction: InteractionModel, tab: str, store: Store) -> SortKey:
    """Mine: the customer who is there now first, then the newest.  Queue: as it will be given out."""
    if tab == QUEUE:
        return (-interaction.priority, interaction.queued_at or interaction.arrived_at, interaction.id)
    newest = -(interaction.updated_at or interaction.arrived_at)
    if tab == ALL:
        return (0.0, newest, interaction.id)
    live = store.medium(interaction.medium).live and interaction.state in {"active", "held"}
    rank = 0 if live else {"offered": 1, "wrap_up": 2}.get(interaction.state, 3)
    return (float(rank), newest, interaction.id)


def inbox_view(s: Situation, order: InboxOrder, *, views: bool = False) -> InboxView:
    """The frame: tabs with counts, chips, and what an empty list says.  `views`: a view is shown."""
    waiting = sum(q.waiting for q in s.store.replica.queues.values())
    counts: dict[str, int | None] = {
        MINE: order.mine,
        QUEUE: waiting,
        ALL: len(order) if order.tab == ALL and not order.medium else None,
    }
    labels = {MINE: _("Mine"), QUEUE: _("Queue"), ALL: _("All"), VIEWS: _("Views")}
    shown = VIEWS if views else order.tab
    chips = [Chip("", _("All"), "inbox", not order.medium)]
    chips += [Chip(m.id, m.name, m.icon or m.id, order.medium == m.id) for m in s.store.replica.centre.media]
    loading = not s.store.synced
    return InboxView(
        tabs=tuple(Tab(t, labels[t], counts.get(t), shown == t) for t in (*TABS, VIEWS)),
        chips=tuple(chips),
        total=len(order),
        selected_index=order.index(s.selected),
        loading=loading,
        empty=None if len(order) or loading else _empty(s, order),
    )


def _empty(s: Situation, order: InboxOrder) -> Empty:
    if order.medium:
        name = s.store.medium(order.medium).name
        return Empty(_("Nothing here in {medium}", medium=name), _("Choose All to see every medium."))
    match order.tab:
        case "queue":
            return Empty(_("Nobody is waiting"), _("New work of your queues appears here."))
        case "all":
            return Empty(_("Nothing to see yet"), _("Every interaction of the centre appears here."))
        case _ if s.store.replica.me.state == "ready":
            return Empty(_("You are ready"), _("The next call or message comes to you by itself."))
        case _:
            return Empty(_("Nothing in hand"), _("Choose Ready to be offered work."))


def _state_line(state: str, *, talk: bool) -> str:
    """What a row says that has no words of the customer."""
    if talk and state == "active":
        return _("On a call")
    if state == "wrap_up":
        return _("The wrap-up is still to do")
    return words.interaction_state(state).capitalize()


def inbox_row(s: Situation, interaction_id: str, *, waiting: Mapping[str, str] = NOTHING) -> InboxRow:
    """One row; the cost is that of this row alone.  `waiting`: what is not sent, by conversation."""
    store = s.store
    interaction = store.replica.interactions[interaction_id]
    medium = store.medium(interaction.medium)
    thread = store.replica.conversations.get(interaction.conversation)
    title = words.who(interaction)
    badge = row_badge(s, interaction)
    line = interaction.last_line or interaction.subject or _state_line(interaction.state, talk=medium.talk)
    typing = thread is not None and thread.customer_typing
    queue = store.queue(interaction.queue).name if interaction.queue else ""
    worn = (*interaction.tags, *(thread.tags if thread is not None else ()))
    tags = tuple(dict.fromkeys(t for t in (queue, *worn) if t))
    at = interaction.updated_at or interaction.arrived_at
    age = words.age(at, s.now)
    shown = marks(s, thread, waiting=waiting, mine=store.is_mine(interaction))
    if thread is None:  # waiting work, whose conversation nobody here has opened yet
        here = interaction.conversation
        shown = replace(shown, waiting=waiting.get(here, ""), picked=bool(here) and here in s.picked)
    parts = [title, medium.name, age, _("writing…") if typing else line, ", ".join(tags), *shown.lines]
    if badge is not None:
        parts.append(badge.spoken or badge.text)
    if interaction.unread:
        parts.append(plural("{n} unread", "{n} unread", interaction.unread))
    return InboxRow(
        interaction=interaction.id,
        conversation=interaction.conversation,
        medium=interaction.medium,
        icon=medium.icon or interaction.medium,
        initials=words.initials(title),
        title=title,
        age=age,
        line=_("writing…") if typing else line,
        tags=tags,
        badge=badge,
        unread=interaction.unread,
        typing=typing,
        selected=interaction.id == s.selected,
        live=medium.live and interaction.state in {"active", "held"},
        accessible=words.sentences(parts),
        marks=shown,
    )


def row_badge(s: Situation, interaction: InteractionModel) -> Badge | None:
    """What the row says at the right: the state that matters, else the promise's clock."""
    talk = s.store.medium(interaction.medium).talk
    match interaction.state:
        case "active" if talk:
            return Badge(_("on call"), Tone.OK)
        case "held":
            return Badge(_("on hold"), Tone.WARNING)
        case "offered":
            return Badge(_("ringing"), Tone.ACCENT)
        case "wrap_up":
            left = interaction.wrapup_deadline_at - s.now
            if not interaction.wrapup_deadline_at:
                return Badge(_("wrap-up"), Tone.WARNING)
            said = _("wrap-up, {time} left", time=words.spoken(left))
            return Badge(_("wrap-up {time}", time=words.short(max(0, left))), Tone.WARNING, said)
        case "parked":
            return Badge(_("parked"), Tone.MUTED)
        case "closed" | "abandoned":
            return Badge(words.interaction_state(interaction.state), Tone.MUTED)
        case _:
            pass
    return promise_badge(interaction, s.now)


def promise_badge(interaction: InteractionModel, now: float) -> Badge | None:
    """The clock of the promise that is due next: late, warned of, or in time; else that it stands still."""
    due = interaction.promise_at
    if not due:
        return _standing_badge(interaction)
    promise = next((p for p in interaction.promises if p.due_at == due), None)
    kind = promise.kind if promise is not None else "first_reply"
    left = due - now
    if left < 0:
        return Badge(words.short(left), Tone.DANGER, words.promise_late(kind, -left))
    whole = max(1.0, due - (interaction.queued_at or interaction.arrived_at))
    warned = promise.warned if promise is not None else left < whole / 5
    return Badge(words.short(left), Tone.WARNING if warned else Tone.OK, words.promise_left(kind, left))


def _standing_badge(interaction: InteractionModel) -> Badge | None:
    """Of clocks that stand still: the customer is awaited, or the centre is closed."""
    standing = {p.state for p in interaction.promises if not p.due_at}
    if "running" in standing:
        return Badge(_("clock stopped"), Tone.MUTED, _("the clock stands still: the centre is closed"))
    if "paused" in standing:
        return Badge(_("awaiting"), Tone.MUTED, _("the clock stands still: the customer is awaited"))
    return None
