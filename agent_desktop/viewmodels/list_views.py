"""The views of the list: Mine, Queue and All, or a view; its rows and what can be done with each.

The half of `Views` that belongs to the list.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace

from agent_desktop.client.actions_floor import PLACE
from agent_desktop.client.actions_lead import leads
from agent_desktop.client.conversations import of_work
from agent_desktop.client.runtime import Runtime
from agent_desktop.client.situation import Situation
from agent_desktop.client.undoing import owner
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels.bulk import bulk_view
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.choosing import ChooserView, Written, chooser_view
from agent_desktop.viewmodels.conversation_row import NOTHING
from agent_desktop.viewmodels.explaining import why_button
from agent_desktop.viewmodels.filters import FilterView, filter_view
from agent_desktop.viewmodels.inbox import (
    ALL,
    MINE,
    QUEUE,
    InboxOrder,
    InboxRow,
    InboxView,
    inbox_row,
    inbox_view,
)
from agent_desktop.viewmodels.parts import Button
from agent_desktop.viewmodels.views import Listing, count_text, empty, head, listed_row
from agent_desktop.viewmodels.workspace import Workspace
from agent_desktop.wire.commands import QUERIES, Command, MarkRead, SetTyping
from agent_desktop.wire.inbox import LookAt
from agent_desktop.wire.listing import FilterModel
from agent_desktop.wire.models import ConversationModel, InteractionModel

QUIET: tuple[type[Command], ...] = (*QUERIES, LookAt, MarkRead, SetTyping)  # waits without being an act
_HELD_BY = {MINE: FilterModel(agents=("me",)), QUEUE: FilterModel(agents=("nobody",)), ALL: FilterModel()}


class ListViews:
    """What the list shows."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.workspace = Workspace()
        self.order = InboxOrder()
        self.listing: Listing | None = None  # the view that is shown instead of the three lists
        self._waiting: Mapping[str, str] = NOTHING

    def situation(self) -> Situation:
        """Where the agent stands now."""
        raise NotImplementedError

    def listed(self) -> Mapping[str, ConversationModel]:
        """The conversations that are known beside those of the stream."""
        pages = self.listing.models if self.listing is not None else {}
        return ChainMap(self.workspace.read, pages)

    def numbers(self) -> tuple[str, ...]:
        """What the numbers of a line mean: interactions of a list, conversations of a view."""
        return tuple(self.listing.ids[:200]) if self.listing is not None else self.order.ids(200)

    def browsed(self) -> InteractionModel | None:
        """What stands for the conversation that is read without its work."""
        here = self.workspace.browsed
        if not here:
            return None
        found = self.runtime.store.replica.conversations.get(here) or self.listed().get(here)
        return stand_in(found) if found is not None else None

    def asked_for(self) -> FilterModel:
        """The filter of what is shown, whether a view or one of the three lists."""
        return self.listing.holds if self.listing is not None else _HELD_BY.get(self.order.tab, FilterModel())

    def inbox_total(self) -> int:
        """How many rows the list has now."""
        return len(self.listing) if self.listing is not None else len(self.order)

    def conversation_at(self, index: int) -> str:
        """The conversation of a row; empty where a row has none."""
        if self.listing is not None:
            return self.listing.ids[index]
        return self.runtime.store.replica.interactions[self.order.at(index)].conversation

    def row_of(self, conversation: str) -> int:
        """The row of a conversation; -1 when it is not in the list."""
        if self.listing is not None:
            return self.listing.index(conversation)
        work = self.runtime.store.replica.interactions
        return next((n for n, i in enumerate(self.order.ids()) if work[i].conversation == conversation), -1)

    def inbox(self) -> InboxView:
        """The frame of the list."""
        s, listing = self.situation(), self.listing
        self._waiting = waiting(s)
        plain = inbox_view(s, self.order, views=listing is not None)
        bar = bulk_view(s, self.workspace.run, more=listing is not None and listing.pick_all)
        if listing is None:
            return replace(plain, bulk=bar)
        looked_at, medium = s.looked_at, next(iter(listing.holds.media), "")
        return replace(
            plain,
            chips=tuple(replace(c, selected=c.id == medium) for c in plain.chips),
            total=len(listing),
            selected_index=listing.index(looked_at.conversation) if looked_at is not None else -1,
            loading=listing.loading and not listing.loaded,
            empty=empty(s, listing),
            head=head(s, listing, self.workspace.counts),
            bulk=bar,
        )

    def inbox_row(self, index: int) -> InboxRow:
        """The row at an index."""
        plain = Situation(
            self.runtime.store,
            self.runtime.now,
            self.workspace.selected,
            picked=tuple(self.workspace.picked),
            browsed=self.browsed(),
        )
        if self.listing is None:
            return inbox_row(plain, self.order.at(index), waiting=self._waiting)
        model = self.listing.known(self.runtime.store, self.listing.ids[index])
        return listed_row(plain, model, waiting=self._waiting)

    def chooser(self) -> ChooserView | None:
        """What can be chosen for an act of the list."""
        choosing = self.workspace.choosing
        if choosing is None:
            return None
        shown = self.listing.view.id if self.listing is not None and self.listing.view is not None else ""
        return chooser_view(
            self.situation(),
            choosing,
            self.workspace.counts,
            view=shown,
            hits=self.workspace.hits,
            written=self.written(),
        )

    def written(self) -> tuple[Written, ...]:
        """My drafts; the list alone knows of none."""
        return ()

    def filter_form(self) -> FilterView | None:
        """The filter of the list."""
        return self.filter_now() if self.workspace.filtering else None

    def filter_now(self) -> FilterView:
        """The filter as it stands, open or not."""
        listing, says = self.listing, _("Each change holds at once.")
        if listing is not None and listing.loaded:
            n = len(listing)
            says = plural("{n} conversation", "{n} conversations", n)
            if listing.more:
                says = _("{count} conversations and more", count=count_text(n))
        return filter_view(self.situation(), self.asked_for(), says)

    def row_acts(self, index: int) -> tuple[Button, ...]:
        """What can be done with a row: with its work, then with its conversation."""
        s = self.situation()
        if self.listing is not None:
            model = self.listing.known(s.store, self.listing.ids[index])
            return (button("inbox.open", s, id=model.id), *conversation_acts(s, model))
        interaction = s.store.replica.interactions[self.order.at(index)]
        made = [button("inbox.open", s, id=interaction.id), why_button(s, interaction)]
        if interaction.state == "queued":
            made.append(button("interaction.take", s, id=interaction.id))
            if leads(s):
                made.append(button("lead.open", s, label=_("Move up…"), kind=PLACE, id=interaction.id))
        known = of_work(s, interaction)
        if known is not None and not s.store.medium(interaction.medium).talk:
            made += conversation_acts(s, known)
        return tuple(made)


def conversation_acts(s: Situation, c: ConversationModel) -> tuple[Button, ...]:
    """The acts of a conversation, for the menu of its row."""
    here, me = {"id": c.id}, s.store.replica.me.id
    followed = me in c.followers
    names = [] if owner(c) == me and c.state == "open" else ["take"]
    names += ["assign", "tag", *(["untag"] if c.tags else []), "snooze"]
    names += ["resolve"] if c.state == "open" else ["reopen"]
    names += ["prioritise", "merge", *(["unmerge"] if c.merged or c.merged_into else [])]
    made = [button(f"conversation.{name}", s, given=here) for name in names]
    value = {**here, "value": "off" if followed else "on"}
    label = _("Do not follow any more") if followed else ""
    made.append(button("conversation.follow", s, label=label, given=value))
    picked = _("Let it go") if c.id in s.picked else ""
    made.append(button("bulk.pick", s, label=picked, given=here))
    return tuple(made)


def waiting(s: Situation) -> Mapping[str, str]:
    """The conversations on which an act is not confirmed, and how it stands, in words."""
    asked, kept = s.store.asked, s.store.unsent
    if not asked and not kept:
        return NOTHING
    on_its_way = _("Sending…") if s.online else _("Waits to be sent")
    commands = [a.command for a in asked.values() if not isinstance(a.command, QUIET)]
    found = {str(getattr(c, "conversation", "")): on_its_way for c in commands}
    for act in kept.values():
        words = _("Not sent") if act.state == "refused" else on_its_way
        found |= {subject: words for subject in act.subjects if found.get(subject) != _("Not sent")}
    found.pop("", None)
    return found


def stand_in(c: ConversationModel) -> InteractionModel:
    """What stands for a conversation without work in view: what needs work in hand cannot be done to it."""
    return InteractionModel(
        id="",
        medium=c.medium,
        state="closed",
        queue=c.queue,
        customer=c.customer,
        customer_name=c.customer_name,
        conversation=c.id,
        channel=c.channel,
        from_address=c.address,
        subject=c.subject,
        last_line=c.last_line,
        tags=c.tags,
    )
