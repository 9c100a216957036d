"""A view of the list: the conversations that a filter holds, fetched page by page as one scrolls.

The router's order is kept.  A page is asked for when a row near the end is looked at; the first page is
asked for again when something happened, and what it says is woven into what is there, so that neither the
place of the keyboard nor the scroll bar jumps.  A conversation that changes meanwhile changes its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent_desktop.client.situation import Situation
from agent_desktop.client.store import Store
from agent_desktop.i18n import _
from agent_desktop.viewmodels import conversation_row as rows
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.filters import FilterChip, chips, in_words
from agent_desktop.viewmodels.inbox import InboxRow, RowChange, RowMove
from agent_desktop.viewmodels.parts import Button, Empty
from agent_desktop.wire.events import Result
from agent_desktop.wire.inbox import ListConversations
from agent_desktop.wire.listing import FilterModel, ViewModel
from agent_desktop.wire.models import ConversationModel

PAGE = 100
AHEAD = 30  # a page is asked for when a row this near to the end is looked at
HEAD_S = 2.0  # the first page is asked for again no sooner than this after something happened
AGAIN_S = 30.0  # and so often when nothing did
COUNT_CAP = 1000


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view; press its button.  `count` is in words: "12", "1,000+", or empty while unknown."""

    id: str
    label: str
    count: str
    key: str
    button: Button
    selected: bool
    mine: bool  # it can be renamed and removed


@dataclass(frozen=True, slots=True)
class ViewHead:
    """What stands above the rows of a view: its name, what it asks for, what can be done with it."""

    label: str
    count: str
    chips: tuple[FilterChip, ...]
    choose: Button  # opens the views
    filter: Button
    acts: tuple[Button, ...]  # save, rename, remove
    spoken: str
    more_from: int = -1  # looking at this row or a later one is the reason for `views.more`; -1: all is there


class Listing:
    """The rows of one view.  `generation` tells answers of an earlier question from this one's."""

    def __init__(self, holds: FilterModel, view: ViewModel | None = None, generation: int = 0) -> None:
        self.holds = holds
        self.view = view
        self.generation = generation
        self.ids: list[str] = []
        self.models: dict[str, ConversationModel] = {}
        self.cursor = ""
        self.more = False
        self.loading = True
        self.loaded = False
        self.error = ""
        self.pick_all = False  # everything is to be picked as it comes
        self.asked_at = 0.0
        self.stale = False  # something happened since the first page was asked for
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def index(self, conversation: str) -> int:
        """The row of a conversation; -1 when it is not in the list."""
        return self._places.get(conversation, -1)

    def first(self) -> ListConversations:
        """The question of the first page."""
        return ListConversations(holds=self.holds, limit=PAGE)

    def next(self) -> ListConversations:
        """The question of the next page."""
        return ListConversations(holds=self.holds, after=self.cursor, limit=PAGE)

    def begun(self, result: Result) -> tuple[RowChange, ...]:
        """The first page came: the list begins."""
        self.models = {c.id: c for c in result.conversations}
        self.ids = list(self.models)
        self._paged(result)
        self._place()
        return (RowChange(RowMove.RESET),)

    def went_on(self, result: Result) -> tuple[RowChange, ...]:
        """The next page came."""
        new = {c.id: c for c in result.conversations if c.id not in self.models}
        at = len(self.ids)
        self.models |= {c.id: c for c in result.conversations}
        self.ids += new
        self._paged(result)
        self._place()
        return (RowChange(RowMove.INSERTED, at, len(new)),) if new else ()

    def _paged(self, result: Result) -> None:
        self.cursor, self.more = result.cursor, result.more and bool(result.cursor)
        self.loading, self.loaded, self.error = False, True, ""

    def renewed(self, result: Result) -> tuple[RowChange, ...]:
        """The first page came again: weave it into what is there."""
        page = {c.id: c for c in result.conversations}
        if not result.more:  # it is all there is
            new = list(page)
            self.cursor, self.more = "", False
        else:
            # What stood before the page's last row and is not in it has moved down or out.
            last = next((i for i in reversed(self.ids) if i in page), "")
            rest = self.ids[self.index(last) + 1 :] if last else self.ids
            new = [*page, *(i for i in rest if i not in page)]
            if not last or len(self.ids) <= len(page):
                new, self.cursor, self.more = list(page), result.cursor, bool(result.cursor)
        changed = {i for i, c in page.items() if i in self.models and self.models[i] != c}
        self.models = {i: page.get(i) or self.models[i] for i in new}
        steps = woven(self.ids, new)
        self.ids = new
        self._place()
        self.loading, self.loaded, self.error = False, True, ""
        same = {s.index for s in steps}
        marked = [RowChange(RowMove.CHANGED, self.index(i)) for i in new if i in changed]
        return (*steps, *(m for m in marked if m.index not in same or not steps))

    def moved(self, now: ConversationModel) -> tuple[RowChange, ...]:
        """A conversation is different: its row is, where it stands; its place waits for the next page."""
        if now.id not in self.models:
            return ()
        self.models[now.id] = now
        return (RowChange(RowMove.CHANGED, self.index(now.id)),)

    def known(self, store: Store, conversation: str) -> ConversationModel:
        """The newest that is known of a row."""
        return store.replica.conversations.get(conversation) or self.models[conversation]

    def _place(self) -> None:
        self._places = {conversation: n for n, conversation in enumerate(self.ids)}


def woven(old: Iterable[str], new: Iterable[str]) -> tuple[RowChange, ...]:
    """The steps from one order to another: what is gone, then each that is new or stands elsewhere."""
    here, wanted = list(old), list(new)
    kept = set(wanted)
    steps: list[RowChange] = []
    for index in range(len(here) - 1, -1, -1):
        if here[index] not in kept:
            del here[index]
            steps.append(RowChange(RowMove.REMOVED, index))
    present = set(here)
    for index, one in enumerate(wanted):
        if index < len(here) and here[index] == one:
            continue
        if one in present:
            at = here.index(one, index)
            del here[at]
            steps.append(RowChange(RowMove.REMOVED, at))
        here.insert(index, one)
        steps.append(RowChange(RowMove.INSERTED, index))
    return tuple(steps)


def saved_views(store: Store) -> tuple[ViewModel, ...]:
    """Those of the configuration, then one's own and one's team's."""
    return (*store.replica.centre.views, *store.replica.views)


def may_change(store: Store, view: ViewModel) -> bool:
    """Whether it is not the configuration's."""
    return view.id in {v.id for v in store.replica.views} and view.owner in {"", store.replica.me.id}


def view_rows(s: Situation, counts: dict[str, int], chosen: str = "") -> tuple[ViewRow, ...]:
    """Every view with how many it holds."""
    made = []
    for view in saved_views(s.store):
        press = button("views.open", s, label=view.label, checked=view.id == chosen, id=view.id)
        made.append(ViewRow(view.id, view.label, count_text(counts.get(view.id)), view.key, press,
                            view.id == chosen, may_change(s.store, view)))  # fmt: skip
    return tuple(made)


def count_text(count: int | None) -> str:
    """A count as it is shown; it is not counted beyond a thousand."""
    if count is None:
        return ""
    return _("{n}+", n=COUNT_CAP) if count >= COUNT_CAP else str(count)


def label_of(s: Situation, listing: Listing) -> str:
    """The view's name; a filter that nobody named is told in words."""
    changed = listing.view is not None and listing.holds != listing.view.holds
    if listing.view is None:
        return in_words(s, listing.holds)
    return _("{view}, changed", view=listing.view.label) if changed else listing.view.label


def head(s: Situation, listing: Listing, counts: dict[str, int]) -> ViewHead:
    """The head of a view."""
    label = label_of(s, listing)
    whole = listing.view is not None and listing.holds == listing.view.holds
    counted = counts.get(listing.view.id) if listing.view is not None and whole else None
    if listing.loaded and not listing.more:
        counted = len(listing)
    shown = chips(s, listing.holds) if not whole else ()
    acts: list[Button] = []
    if not whole:
        acts.append(button("views.save", s, label=_("Save as…")))
    if listing.view is not None and may_change(s.store, listing.view):
        acts += [
            button("views.rename", s, label=_("Rename…")),
            button("views.remove", s, label=_("Remove")),
        ]
    count = count_text(counted)
    return ViewHead(
        label=label,
        count=count,
        chips=shown,
        choose=button("views.list", s, label=label),
        filter=button("filter.open", s),
        acts=tuple(acts),
        spoken=_("View {view}, {count}", view=label, count=count) if count else _("View {view}", view=label),
        more_from=max(0, len(listing) - AHEAD) if listing.more and not listing.loading else -1,
    )


def empty(s: Situation, listing: Listing) -> Empty | None:
    """What a view without rows says."""
    if len(listing) or (listing.loading and not listing.error):
        return None
    if listing.error:
        return Empty(_("The view could not be fetched"), listing.error, button("views.retry", s))
    if listing.view is None or listing.holds != listing.view.holds:
        return Empty(_("Nothing is so"), _("Ask for less in the filter."), button("filter.clear", s))
    return Empty(_("Nothing here"), _("What the view asks for appears here by itself."))


def listed_row(s: Situation, c: ConversationModel, *, waiting: Mapping[str, str] = rows.NOTHING) -> InboxRow:
    """One row of a view; which work it has is looked for when it is opened."""
    shown = rows.marks(s, c, waiting=waiting)
    typing = _("writing…") if c.customer_typing else ""
    line = typing or c.last_line or c.subject
    medium = s.store.medium(c.medium)
    looked_at = s.looked_at
    return InboxRow(
        interaction="",
        conversation=c.id,
        medium=c.medium,
        icon=medium.icon or c.medium,
        initials=words.initials(rows.who(c)),
        title=rows.who(c),
        age=words.age(c.updated_at, s.now),
        line=line,
        tags=rows.tags(s, c),
        badge=rows.badge(s, c),
        unread=c.unread,
        typing=bool(typing),
        selected=looked_at is not None and looked_at.conversation == c.id,
        live=medium.live and c.customer_present,
        accessible=rows.sentence(s, c, shown, line),
        marks=shown,
    )
