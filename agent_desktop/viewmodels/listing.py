"""Living with a view: showing it, fetching its pages, following what happens to its conversations.

Also reading a conversation whose work is not in view (closed long ago, found by a search): its timeline is
shown read-only, with the way to take it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_desktop.client.conversations import known
from agent_desktop.client.situation import Situation
from agent_desktop.client.store import Asked
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import merging
from agent_desktop.viewmodels.local_phone import watch
from agent_desktop.viewmodels.picking import MOST_PICKED
from agent_desktop.viewmodels.views import AGAIN_S, HEAD_S, Listing, saved_views
from agent_desktop.wire.commands import QUERIES, FetchCustomer
from agent_desktop.wire.events import Result
from agent_desktop.wire.inbox import CountViews, FetchConversation
from agent_desktop.wire.listing import FilterModel, ViewModel
from agent_desktop.wire.models import ConversationModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

FIRST, NEXT, HEAD, COUNTS, READ = "list-first", "list-next", "list-head", "view-counts", "read"


def show(d: Desktop, view: ViewModel) -> None:
    """Show a saved view."""
    _begin(d, Listing(view.holds, view))


def filtered(d: Desktop, holds: FilterModel, *, anew: bool = False) -> None:
    """Show what a filter holds: a change of the view that is shown, unless it is begun `anew`."""
    base = d.listing.view if not anew and d.listing is not None else None
    _begin(d, Listing(holds, base))


def became(d: Desktop, view: ViewModel) -> None:
    """The filter that is shown has a name from now on."""
    if d.listing is not None:
        d.listing.view = view
        d.changed("inbox")


def _begin(d: Desktop, listing: Listing) -> None:
    listing.generation = d.listing.generation + 1 if d.listing is not None else d.workspace.generation + 1
    d.workspace.generation = listing.generation
    d.listing = listing
    d.workspace.last_view = listing.view.id if listing.view is not None else d.workspace.last_view
    d.workspace.picked.clear()
    d.workspace.numbered = ()
    watch(d)
    again(d)


def leave(d: Desktop) -> None:
    """Back to one of the three lists."""
    if d.listing is not None:
        d.listing = None
        d.workspace.picked.clear()
        d.workspace.filtering = False
        d.changed("filter")


def again(d: Desktop) -> None:
    """Ask for the first page from the beginning."""
    listing = d.listing
    if listing is None:
        return
    listing.loading, listing.error = True, ""
    _ask(d, listing, FIRST)
    count(d)
    d.redraw_rows()


def next_page(d: Desktop) -> None:
    """Ask for the next page, once."""
    listing = d.listing
    if listing is not None and listing.more and not listing.loading:
        listing.loading = True
        _ask(d, listing, NEXT)


def _ask(d: Desktop, listing: Listing, which: str) -> None:
    listing.asked_at, listing.stale = d.runtime.now, False
    d.query(listing.next() if which == NEXT else listing.first(), f"{which}:{listing.generation}")


def count(d: Desktop) -> None:
    """Ask how many each view holds."""
    views = tuple(v.id for v in saved_views(d.runtime.store))
    if views and d.situation().online:
        d.query(CountViews(views=views), COUNTS)


def answered(d: Desktop, purpose: str, asked: Asked) -> None:
    """An answer came that may be this room's."""
    kind, _colon, subject = purpose.partition(":")
    result = asked.result
    if kind == COUNTS and result is not None:
        d.workspace.counts = dict(result.counts)
        d.changed("inbox", "chooser")
    elif kind == READ:
        _read(d, subject, asked)
    elif kind in {FIRST, NEXT, HEAD} and d.listing is not None and subject == str(d.listing.generation):
        if result is not None and asked.state == "confirmed":
            _page(d, d.listing, kind, result)
        elif kind != HEAD:
            d.listing.loading = False
            d.listing.error = asked.message or _("That was refused.")
            d.redraw_rows()


def _page(d: Desktop, listing: Listing, kind: str, result: Result) -> None:
    if kind == FIRST and not listing.loaded:
        steps = listing.begun(result)
    elif kind == NEXT:
        steps = listing.went_on(result)
    else:
        steps = listing.renewed(result)
    d.changed("inbox", rows=steps)
    if listing.pick_all:
        room = MOST_PICKED - len(d.workspace.picked)
        fresh = [i for i in listing.ids if i not in d.workspace.picked]
        d.workspace.picked.update(dict.fromkeys(fresh[:room]))
        listing.pick_all = listing.more and len(fresh) < room
        d.redraw_rows()
        if listing.pick_all:
            next_page(d)


def moved(d: Desktop, before: ConversationModel | None, after: ConversationModel | None) -> None:
    """A conversation is different, or came, or went."""
    listing = d.listing
    here = after or before
    if listing is None or here is None:
        return
    if after is not None:
        d.changed(rows=listing.moved(after))
    watched = {"watchers", "customer_typing", "agent_typing", "viewers", "customer_present"}
    same = (
        before is not None
        and after is not None
        and all(getattr(before, f) == getattr(after, f) for f in after.__struct_fields__ if f not in watched)
    )
    listing.stale = listing.stale or not same


def command_ended(d: Desktop, asked: Asked) -> None:
    """One's own act may have moved a row in or out."""
    if d.listing is not None and not isinstance(asked.command, QUERIES):
        d.listing.stale = True


def time_passed(d: Desktop) -> None:
    """Once a second: ask again for what may be different."""
    listing = d.listing
    if listing is None or listing.loading or not d.situation().online:
        return
    past = d.runtime.now - listing.asked_at
    if past >= AGAIN_S or (listing.stale and past >= HEAD_S):
        _ask(d, listing, HEAD)
        count(d)


def synced(d: Desktop) -> None:
    """The router is there again: what is shown is asked for again."""
    if d.listing is not None:
        again(d)
    if d.workspace.browsed:
        _fetch(d, d.workspace.browsed)


# ── reading ──


def work_of(s: Situation, conversation: str) -> str:
    """The interaction in view that a conversation has: mine first, then one that is not over."""
    found = [i for i in s.store.replica.interactions.values() if i.conversation == conversation]
    over = {"closed", "abandoned"}
    found.sort(key=lambda i: (not s.store.is_mine(i), i.state in over, -i.updated_at, i.id))
    return found[0].id if found else ""


def read(d: Desktop, conversation: str) -> None:
    """Open a conversation: its work where it is in view, else its timeline.  Raises `RefusedError`."""
    work = work_of(d.situation(), conversation)
    if work:
        d.select(work)
        return
    here = d.situation().online or d.runtime.offline.copies is not None
    if known(d.situation(), conversation) is None and not here:
        raise RefusedError(_("It is not here, and the server is not connected."), code="offline")
    d.workspace.selected, d.workspace.browsed = "", conversation
    d.changed("inbox", "conversation", "side", "composer")
    _fetch(d, conversation)
    d.opened()


def _fetch(d: Desktop, conversation: str) -> None:
    d.query(FetchConversation(conversation=conversation), f"{READ}:{conversation}")
    c = known(d.situation(), conversation)
    customer = c.customer if c is not None else ""
    if customer and customer not in d.runtime.store.replica.customers:
        d.query(FetchCustomer(customer=customer), f"card:{customer}")


def _read(d: Desktop, conversation: str, asked: Asked) -> None:
    """The conversation came, or the one that it was merged into."""
    if asked.result is None or not asked.result.conversations:
        if known(d.situation(), conversation) is None and d.workspace.browsed == conversation:
            d.workspace.browsed = ""
            d.notice("read", asked.message or _("The conversation was not found."))
        d.changed("conversation", "side")
        return
    found = asked.result.conversations[0]
    d.workspace.read[found.id] = found
    if found.id != conversation:
        merging.moved(d, conversation, found.id)
    if d.workspace.browsed == conversation:
        d.workspace.browsed = found.id
        d.opened()
    d.changed("inbox", "conversation", "side")
