"""The list in lines and as objects: views with counts, rows, what can be chosen, works on many."""

from __future__ import annotations

from agent_desktop.client.conversations import known
from agent_desktop.i18n import _
from agent_desktop.text import panels, reports
from agent_desktop.viewmodels.bulk import SINGLE, Run, cannot_undo, result
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.inbox import InboxView
from agent_desktop.viewmodels.views import view_rows
from agent_desktop.wire.command import Command
from agent_desktop.wire.commands import FetchTimeline, SuggestArticles, Watch
from agent_desktop.wire.inbox import CountViews, FetchConversation, ListConversations, RemoveView, SaveView
from agent_desktop.wire.models import ConversationModel, MessageModel

Record = dict[str, object]

MOST_NUMBERED = 200
# What a verb waits for before it says what it found.
FETCHED: dict[str, tuple[type[Command], ...]] = {
    "inbox": (Watch, ListConversations),
    "view": (Watch, ListConversations),
    "more": (ListConversations,),
    "views": (CountViews,),
    "open": (FetchConversation, FetchTimeline),
    "saveview": (SaveView,),
    "removeview": (RemoveView,),
    "renameview": (SaveView,),
    "filter": (Watch, ListConversations),
    "knowledge": (SuggestArticles,),
    "older": (FetchTimeline,),
}
VERBS = frozenset(FETCHED)


def number(d: Desktop, before: int) -> int:
    """Number what the list shows; gives the first row to say: after `more` those beyond what was said."""
    if d.listing is None:
        d.workspace.numbered = d.order.ids(MOST_NUMBERED)
        return 0
    shown = before + reports.SHOWN
    d.workspace.numbered = tuple(d.listing.ids[:shown])
    return before


def lines(d: Desktop, first: int) -> list[str]:
    """The list, numbered as `open N` takes it."""
    if d.listing is None:
        return reports.inbox(d)
    view = d.inbox()
    if view.empty is not None:
        return frame(view)
    rows = frame(view) if not first else []
    last = len(d.workspace.numbered)
    rows += [f"{n + 1}. {d.inbox_row(n).accessible}" for n in range(first, last)]
    if view.total > last or d.listing.more:
        rows.append(_("There are more: say more."))
    return rows


def frame(view: InboxView) -> list[str]:
    """What stands above the rows of a view: its head, or that it is empty."""
    if view.empty is not None:
        return panels.nothing(view.empty)
    return [] if view.head is None else [view.head.spoken]


def records(d: Desktop, first: int) -> list[Record]:
    """The rows of a view as objects."""
    if d.listing is None:
        return []
    store = d.runtime.store
    ids = d.workspace.numbered[first:]
    return [{**record(d.listing.known(store, i)), "number": n} for n, i in enumerate(ids, first + 1)]


def record(c: ConversationModel) -> Record:
    """A conversation."""
    return {
        "type": "conversation",
        "conversation": c.id,
        "media": c.medium,
        "channel": c.channel,
        "state": c.state,
        "customer": c.customer_name or c.address,
        "customer_id": c.customer,
        "subject": c.subject,
        "last_line": c.last_line,
        "queue": c.queue,
        "owner": c.owner or c.agent,
        "owner_name": c.owner_name,
        "tags": list(c.tags),
        "unread": c.unread,
        "snoozed_until_at": c.snoozed_until_at,
        "promise_at": c.promise_at,
        "watchers": [{"agent": w.agent, "name": w.name, "doing": w.doing} for w in c.watchers],
        "followers": list(c.followers),
        "merged_into": c.merged_into,
        "updated_at": c.updated_at,
    }


def read(d: Desktop, conversation: str) -> list[Record]:
    """The conversation that is read without its work."""
    found = known(d.situation(), conversation)
    return [] if found is None else [record(found)]


def messages(d: Desktop, conversation: str) -> list[MessageModel]:
    """What was said: of the stream, else of the page that was fetched."""
    held = d.runtime.store.replica.messages.get(conversation, ())
    if held:
        return list(held)
    page = d.workspace.older.get(conversation, {}).values()
    return sorted((i.message for i in page if i.message is not None), key=lambda m: (m.at, m.id))


def view_lines(d: Desktop) -> list[str]:
    """The views with how many each holds, as `view N` or `view NAME` takes them."""
    shown = d.listing.view.id if d.listing is not None and d.listing.view is not None else ""
    made = []
    for number, row in enumerate(view_rows(d.situation(), d.workspace.counts, shown), 1):
        here = _("shown now") if row.selected else ""
        made.append(", ".join(p for p in (f"{number}. {row.label}: {row.count or '?'}", here) if p))
    return made or [_("No view is saved. Say inbox FILTER, then saveview NAME.")]


def view_records(d: Desktop) -> list[Record]:
    """The views as objects."""
    counts = d.workspace.counts
    return [
        {"type": "view", "number": n, "view": row.id, "label": row.label, "key": row.key,
         "count": counts.get(row.id), "mine": row.mine}
        for n, row in enumerate(view_rows(d.situation(), counts), 1)
    ]  # fmt: skip


def begun(d: Desktop, before: Run | None) -> bool:
    """Whether a verb began a work on many; a single act has its own answer."""
    now = d.workspace.run
    return now is not None and now is not before and now.kind != SINGLE


def waits(d: Desktop, run: Run) -> bool:
    """Whether all that is left of a work waits for a server that is away."""
    return not d.situation().online and not run.pieces


def bulk_words(d: Desktop, run: Run | None) -> str:
    """How a work on many went."""
    if run is None:
        return ""
    if not run.over:
        return _("It waits for the server. Say unsent for the list.")
    undo = "" if cannot_undo(run, d.runtime.now) else _("bulk undo takes it back within 10 seconds.")
    return " ".join(p for p in (result(run), undo) if p)


def bulk_record(d: Desktop, run: Run) -> Record:
    """How a work on many went, as an object."""
    return {
        "type": "bulk",
        "act": run.kind,
        "total": run.total,
        "done": run.good,
        "refused": list(run.refused),
        "unsent_drafts": run.drafts,
        "waiting": len(run.under_way) + len(run.pieces),
        "undo": not cannot_undo(run, d.runtime.now),
    }
