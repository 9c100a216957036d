"""The local acts of the list: views and filters, picking, works on many, choosing, reading what is closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import structs

from agent_desktop.client.conversations import conversations
from agent_desktop.client.inbox_acts import ASSIGN, KINDS
from agent_desktop.client.situation import chosen
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import bulk, finding, listing, picking
from agent_desktop.viewmodels.choosing import (
    CUSTOMER,
    DRAFTS,
    MERGE,
    RENAME_VIEW,
    SAVE_VIEW,
    SURVIVOR,
    VIEWS,
    Choosing,
)
from agent_desktop.viewmodels.filters import filter_of, with_field
from agent_desktop.viewmodels.views import may_change, saved_views
from agent_desktop.wire.commands import FindTargets
from agent_desktop.wire.inbox import RemoveView, SaveView
from agent_desktop.wire.listing import FilterModel, ViewModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

Given = Mapping[str, str]
_KINDS = frozenset({*KINDS, MERGE, SURVIVOR, VIEWS, SAVE_VIEW, RENAME_VIEW, CUSTOMER, DRAFTS})


# ── views and filters ──


def _views(d: Desktop, _a: Given) -> None:
    listing.count(d)
    _open(d, {"kind": VIEWS})


def _view(d: Desktop, a: Given) -> None:
    """Show a view by its id, its name or its key."""
    word = a.get("id", "") or a.get("name", "")
    rows = [(v.id, v.label, v.key) for v in saved_views(d.runtime.store)]
    found, _label = chosen(word, rows, _("There is no view {word}. Possible: {names}."))
    listing.show(d, next(v for v in saved_views(d.runtime.store) if v.id == found))
    _close(d, {})


def _by_key(number: int) -> Callable[[Desktop, Given], None]:
    def act(d: Desktop, _a: Given) -> None:
        found = next((v for v in saved_views(d.runtime.store) if v.key == str(number)), None)
        if found is None:
            raise RefusedError(_("No view has the key {n}.", n=number), code="unknown")
        listing.show(d, found)

    return act


def _more(d: Desktop, _a: Given) -> None:
    if d.listing is None or not d.listing.more:
        raise RefusedError(_("There is no next page."), code="wrong_state")
    listing.next_page(d)


def _retry(d: Desktop, _a: Given) -> None:
    listing.again(d)


def _save(d: Desktop, a: Given) -> None:
    """Keep the filter that is shown under a name."""
    name = " ".join(a.get("name", "").split())
    if d.listing is None:
        raise RefusedError(_("Filter first: the filter is what is saved."), code="wrong_state")
    if not name:
        _open(d, {"kind": SAVE_VIEW})
        return
    _free(d, name)
    taken = {v.key for v in saved_views(d.runtime.store)}
    key = next((str(n) for n in range(1, 10) if str(n) not in taken), "")
    me = d.runtime.store.replica.me.id
    view = ViewModel(id=d.runtime.new_id(), label=name[:80], holds=d.listing.holds, key=key, owner=me)
    d.runtime.ask(SaveView(view=view))
    listing.became(d, view)
    _close(d, {})


def _free(d: Desktop, name: str, but: str = "") -> None:
    """Whether no other view is called so.  Raises `RefusedError`."""
    others = (v for v in saved_views(d.runtime.store) if v.id != but)
    if name.casefold() in {v.label.casefold() for v in others}:
        raise RefusedError(_("Another view is called that."), code="taken")


def _own(d: Desktop, word: str) -> ViewModel:
    """The own view that is meant: named, or the one that is shown.  Raises `RefusedError`."""
    store = d.runtime.store
    if word:
        rows = [(v.id, v.label, v.key) for v in saved_views(store)]
        found = chosen(word, rows, _("There is no view {word}. Possible: {names}."))[0]
        view = next(v for v in saved_views(store) if v.id == found)
    elif d.listing is not None and d.listing.view is not None:
        view = d.listing.view
    else:
        raise RefusedError(_("Show the view first."), code="wrong_state")
    if not may_change(store, view):
        raise RefusedError(_("This view belongs to the centre and cannot be changed here."), code="forbidden")
    return view


def _rename(d: Desktop, a: Given) -> None:
    view, name = _own(d, a.get("view", "")), " ".join(a.get("name", "").split())
    if not name:
        _open(d, {"kind": RENAME_VIEW})
        return
    _free(d, name, view.id)
    d.runtime.ask(SaveView(view=structs.replace(view, label=name[:80])))
    _close(d, {})


def _remove(d: Desktop, a: Given) -> None:
    view = _own(d, a.get("name", ""))
    d.runtime.ask(RemoveView(view=view.id))
    if d.listing is not None and d.listing.view is not None and d.listing.view.id == view.id:
        d.show_list()


def _filter_open(d: Desktop, _a: Given) -> None:
    d.workspace.filtering = not d.workspace.filtering
    d.changed("filter")


def _filter_set(d: Desktop, a: Given) -> None:
    """Change one thing; the words of a line replace the whole filter."""
    holds = d.asked_for()
    if "words" in a:
        listing.filtered(d, filter_of(d.situation(), a["words"]), anew=True)
    else:
        listing.filtered(d, with_field(d.situation(), holds, a.get("field", ""), a.get("value", "")))


def _filter_clear(d: Desktop, _a: Given) -> None:
    own = d.listing.view if d.listing is not None else None
    listing.filtered(d, own.holds if own is not None else FilterModel())


def _filter_close(d: Desktop, _a: Given) -> None:
    d.workspace.filtering = False
    d.changed("filter")


# ── many ──


def _pick(d: Desktop, a: Given) -> None:
    picking.pick(d, a.get("id", ""), to=a.get("to", ""))


def _all(d: Desktop, _a: Given) -> None:
    picking.pick_all(d)


def _none(d: Desktop, _a: Given) -> None:
    picking.pick_none(d)


def _begin(d: Desktop, a: Given) -> None:
    """Begin a work on many; typed in a terminal the kind stands before what it is about."""
    kind = a.get("kind", "")
    if kind == "undo":
        _undo(d, a)
    elif kind == "stop":
        _stop(d, a)
    else:
        s = d.situation()
        about = a.get("about", "")
        if not (about or s.picked):
            raise RefusedError(_("Say which: numbers of the list, or all."), code="missing")
        bulk.begin(d, conversations(s, about), kind, a.get("value", ""))
        _close(d, {})


def _stop(d: Desktop, _a: Given) -> None:
    bulk.stop(d)


def _undo(d: Desktop, _a: Given) -> None:
    reason = bulk.cannot_undo(d.workspace.run, d.runtime.now)
    if reason:
        raise RefusedError(reason, code="wrong_state")
    bulk.undo(d)


def _dismiss(d: Desktop, _a: Given) -> None:
    bulk.dismiss(d)


# ── choosing ──


def _open(d: Desktop, a: Given) -> None:
    kind = a.get("kind", "")
    if kind not in _KINDS:
        raise RefusedError(_("There is nothing to choose for {kind}.", kind=kind[:40]), code="unknown")
    d.workspace.choosing = Choosing(kind, a.get("about", ""), other=a.get("other", ""))
    d.workspace.filtering = False
    _look(d, "")
    d.changed("chooser", "filter")


def _find(d: Desktop, a: Given) -> None:
    old = d.workspace.choosing
    if old is not None:
        text = a.get("text", "")
        d.workspace.choosing = Choosing(old.kind, old.about, text, old.other)
        _look(d, text)
        d.changed("chooser")


def _look(d: Desktop, text: str) -> None:
    """Colleagues are known to the router: it is asked for those whose name fits."""
    choosing = d.workspace.choosing
    if choosing is not None and choosing.kind == ASSIGN and d.situation().online:
        d.query(FindTargets(text=text.strip()), "targets")
    if choosing is not None and choosing.kind == CUSTOMER:
        finding.typed(d, f"kind:customer {text}" if text.strip() else "")


def _drafts(d: Desktop, _a: Given) -> None:
    _open(d, {"kind": DRAFTS})


def _run(d: Desktop, a: Given) -> None:
    """Run a line by its key: what a press of its button does, and the panel closes."""
    choosing = d.workspace.choosing
    if choosing is None:
        return
    view = d.chooser()
    line = next((row for row in view.rows if row.key == a.get("key", "")), None) if view else None
    if view is None or line is None:
        raise RefusedError((view.empty if view else "") or _("Choose a line first."), code="unknown")
    if line.button.reason:
        raise RefusedError(line.button.reason, code="wrong_state")
    if line.button.action != "choose.open":
        _close(d, {})
    done = d.perform(line.button.action, dict(line.button.args))
    if done.reason:
        raise RefusedError(done.reason, code=done.code)


def _close(d: Desktop, _a: Given) -> None:
    if d.workspace.choosing is not None:
        if d.workspace.choosing.kind == CUSTOMER:
            finding.typed(d, "")
        d.workspace.choosing = None
        d.changed("chooser")


def _alive(d: Desktop, _a: Given) -> None:
    """Somebody touched something: `perform` has noted it."""


def inbox_filter(d: Desktop, words: str) -> None:
    """What is typed after `inbox`: a filter in words."""
    holds = filter_of(d.situation(), words)
    listing.filtered(d, holds, anew=True)
    d.changed("inbox")


INBOX: dict[str, Callable[[Desktop, Given], None]] = {
    "views.list": _views,
    "views.open": _view,
    "views.more": _more,
    "views.retry": _retry,
    "views.save": _save,
    "views.rename": _rename,
    "views.remove": _remove,
    "filter.open": _filter_open,
    "filter.set": _filter_set,
    "filter.clear": _filter_clear,
    "filter.close": _filter_close,
    "bulk.pick": _pick,
    "bulk.all": _all,
    "bulk.none": _none,
    "bulk.begin": _begin,
    "bulk.stop": _stop,
    "bulk.undo": _undo,
    "bulk.dismiss": _dismiss,
    "choose.open": _open,
    "drafts.list": _drafts,
    "choose.find": _find,
    "choose.run": _run,
    "choose.close": _close,
    "look.alive": _alive,
    **{f"views.key{n}": _by_key(n) for n in range(1, 10)},
}
