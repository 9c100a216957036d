"""The actions that change only what this window shows, one function each.

Each takes the desktop's parts and the action's arguments and may raise `RefusedError`.  Nothing here
asks the router for more than a query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agent_desktop.client.calling import ringing_calls
from agent_desktop.client.conversations import conversation, numbered
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import finding, finishing, listing
from agent_desktop.viewmodels.attaching import FILES
from agent_desktop.viewmodels.canned import CANNED
from agent_desktop.viewmodels.composed import COMPOSER
from agent_desktop.viewmodels.concluding import CONCLUDING
from agent_desktop.viewmodels.filters import FLAGS
from agent_desktop.viewmodels.inbox import MINE, TABS, VIEWS
from agent_desktop.viewmodels.local_choices import CHOICES
from agent_desktop.viewmodels.local_inbox import INBOX, inbox_filter
from agent_desktop.viewmodels.local_lead import LEAD
from agent_desktop.viewmodels.local_phone import PHONE, go, watch
from agent_desktop.viewmodels.local_text import TEXTING
from agent_desktop.viewmodels.local_unsent import UNSENT
from agent_desktop.viewmodels.macros import MACROS
from agent_desktop.viewmodels.parting import PARTING
from agent_desktop.viewmodels.scripting import page_of, script_of
from agent_desktop.viewmodels.siding import CUSTOMER, KNOWLEDGE, SCRIPT, SIDE_TABS, WRAPUP
from agent_desktop.viewmodels.spelling import SPELLING
from agent_desktop.viewmodels.views import saved_views
from agent_desktop.viewmodels.wrapping import code_for_key
from agent_desktop.wire.commands import SuggestArticles
from agent_desktop.wire.listing import FilterModel
from agent_desktop.wire.models import InteractionModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

Given = Mapping[str, str]


def _open(d: Desktop, a: Given) -> None:
    reference = a.get("id", "")
    offers = d.runtime.store.replica.offers
    known = next((o.interaction for o in offers.values() if reference in {o.id, o.interaction}), "")
    found = known or _work_meant(d, reference)
    if a.get("conversation") or not found:
        s = d.situation()
        there = a.get("conversation", "") or numbered(s, reference)
        listing.read(d, there or conversation(s, reference).id)
        return
    rings = any(call.interaction == found for call in ringing_calls(d.situation()))
    if (known or rings) and d.workspace.place != "inbox":  # what is taken is to be seen
        go(d, "inbox")
    d.select(found)


def _work_meant(d: Desktop, reference: str) -> str:
    """The work that is meant; empty where only a conversation can be."""
    try:
        return d.situation().interaction(reference).id
    except RefusedError:
        return ""


def _inbox(d: Desktop, a: Given) -> None:
    """The list, one of its tabs, or what a filter in words holds."""
    go(d, "inbox")
    tab, words = a.get("tab", ""), a.get("filter", "")
    if tab and (words or ":" in tab or tab in FLAGS):
        inbox_filter(d, f"{tab} {words}".strip())
    elif tab:
        _tab(d, a)


def _tab(d: Desktop, a: Given) -> None:
    tab = a.get("tab", MINE)
    if tab == VIEWS:
        _any_view(d)
        return
    if tab not in TABS:
        raise RefusedError(_("There is no list {tab}. Possible: mine, queue, all.", tab=tab), code="unknown")
    d.show_list(tab=tab)
    watch(d)


def _any_view(d: Desktop) -> None:
    """The view that was shown last, else the first one; without any, everything."""
    if d.listing is not None:
        return
    views = saved_views(d.runtime.store)
    found = next((v for v in views if v.id == d.workspace.last_view), next(iter(views), None))
    if found is None:
        listing.filtered(d, FilterModel(states=("open",)), anew=True)
    else:
        listing.show(d, found)


def _medium(d: Desktop, a: Given) -> None:
    if d.listing is not None:
        d.perform("filter.set", {"field": "media", "value": a.get("medium", "")})
    else:
        d.show_list(medium=a.get("medium", ""))


def _place(d: Desktop, a: Given) -> None:
    go(d, a.get("place", "inbox"))


def _side(tab: str) -> Callable[[Desktop, Given], None]:
    def act(d: Desktop, _a: Given) -> None:
        _side_tab(d, {"tab": tab})

    return act


def _side_tab(d: Desktop, a: Given) -> None:
    tab = a.get("tab", CUSTOMER)
    if tab not in SIDE_TABS:
        raise RefusedError(_("There is no such tab."), code="unknown")
    d.workspace.side_tab = tab
    d.changed("side")


def _pin(d: Desktop, _a: Given) -> None:
    d.workspace.pinned = not d.workspace.pinned
    d.changed("side")


def _article(d: Desktop, a: Given) -> None:
    found = next((x for x in d.workspace.articles if x.id == a.get("article", "")), None)
    if found is None:
        raise RefusedError(_("There is no such article."), code="unknown")
    d.insert(found.summary or found.body)


def _tick(d: Desktop, a: Given) -> None:
    interaction, state = _looked_at(d), d.script(_looked_at(d).id)
    ticks = dict(state.ticks)
    line = a.get("line", "")
    if line in ticks:
        del ticks[line]
    else:
        ticks[line] = d.runtime.now
    d.keep_script(interaction.id, ticks=ticks)


def _answer(d: Desktop, a: Given) -> None:
    interaction = _looked_at(d)
    state = d.script(interaction.id)
    if d.is_payment(a.get("field", "")):
        return  # card data is never kept
    d.keep_script(interaction.id, answers={**state.answers, a.get("field", ""): a.get("value", "")})


def _go(d: Desktop, a: Given) -> None:
    interaction = _looked_at(d)
    state = d.script(interaction.id)
    script = script_of(d.situation(), interaction)
    here = page_of(script, state) if script is not None else None
    if script is None or here is None or a.get("page", "") not in {p.id for p in script.pages}:
        raise RefusedError(_("There is no such page."), code="unknown")
    d.keep_script(interaction.id, page=a["page"], trail=(*state.trail, here.id))


def _back(d: Desktop, _a: Given) -> None:
    interaction = _looked_at(d)
    state = d.script(interaction.id)
    if not state.trail:
        raise RefusedError(_("This is the first page."), code="wrong_state")
    d.keep_script(interaction.id, page=state.trail[-1], trail=state.trail[:-1])


def _knowledge(d: Desktop, a: Given) -> None:
    text = a.get("text", "").strip()
    d.workspace.article_query = text
    d.workspace.side_tab = KNOWLEDGE
    if text:
        d.query(SuggestArticles(text=text), "articles")
    d.changed("side")


def _code(d: Desktop, a: Given) -> None:
    interaction = _to_wrap(d)
    code = a.get("code", "") or code_for_key(d.situation(), interaction, a.get("key", ""))
    if code:
        finishing.chose(d, interaction, code, by_key="key" in a)
        d.keep_wrapup(interaction.id, code=code)


def _field(d: Desktop, a: Given) -> None:
    interaction = _to_wrap(d)
    form = d.wrapup(interaction.id)
    if d.is_payment(a.get("field", "")):
        return  # card data is never kept
    d.keep_wrapup(interaction.id, values={**form.values, a.get("field", ""): a.get("value", "")})


def _wrapup_note(d: Desktop, a: Given) -> None:
    d.keep_wrapup(_to_wrap(d).id, note=a.get("text", ""))


def _wrapup_find(d: Desktop, a: Given) -> None:
    d.workspace.code_query = a.get("text", "")
    d.changed("side")


def _survey(d: Desktop, a: Given) -> None:
    interaction = _to_wrap(d)
    wanted = a["survey"] == "yes" if "survey" in a else not d.wrapup(interaction.id).survey
    d.keep_wrapup(interaction.id, survey=wanted)


def _palette_open(d: Desktop, _a: Given) -> None:
    d.workspace.palette = ""
    finding.typed(d, "")
    d.changed("palette")


def _palette_find(d: Desktop, a: Given) -> None:
    d.workspace.palette = a.get("text", "")
    finding.typed(d, d.workspace.palette)
    d.changed("palette")


def _palette_more(d: Desktop, _a: Given) -> None:
    finding.go_on(d)


def _palette_close(d: Desktop, _a: Given) -> None:
    d.workspace.palette = None
    finding.typed(d, "")
    d.changed("palette")


def _dismiss(d: Desktop, a: Given) -> None:
    d.workspace.notices.pop(a.get("id", ""), None)
    d.changed("notices")


def _retry(d: Desktop, _a: Given) -> None:
    d.runtime.retry()


def _sign_out(d: Desktop, _a: Given) -> None:
    d.runtime.sign_out()


def _looked_at(d: Desktop) -> InteractionModel:
    interaction = d.situation().looked_at
    if interaction is None:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    return interaction


def _to_wrap(d: Desktop) -> InteractionModel:
    interaction = d.situation().wrapping()
    if interaction is None:
        raise RefusedError(_("Nothing is in wrap-up."), code="nothing_open")
    return interaction


LOCAL: dict[str, Callable[[Desktop, Given], None]] = {
    **PHONE,
    **LEAD,
    **TEXTING,
    **UNSENT,
    **CHOICES,
    **INBOX,
    "inbox.open": _open,
    "go.inbox": _inbox,
    "inbox.tab": _tab,
    "inbox.medium": _medium,
    "go.place": _place,
    "go.customer": _side(CUSTOMER),
    "go.script": _side(SCRIPT),
    "go.knowledge": _side(KNOWLEDGE),
    "go.wrapup": _side(WRAPUP),
    "side.tab": _side_tab,
    "side.pin": _pin,
    **COMPOSER,
    **CONCLUDING,
    **CANNED,
    **FILES,
    **MACROS,
    **PARTING,
    **SPELLING,
    "knowledge.insert": _article,
    "script.tick": _tick,
    "script.field": _answer,
    "script.go": _go,
    "script.back": _back,
    "knowledge.find": _knowledge,
    "wrapup.code": _code,
    "wrapup.field": _field,
    "wrapup.note": _wrapup_note,
    "wrapup.find": _wrapup_find,
    "wrapup.survey": _survey,
    "palette.open": _palette_open,
    "palette.find": _palette_find,
    "palette.more": _palette_more,
    "palette.close": _palette_close,
    "notice.dismiss": _dismiss,
    "link.retry": _retry,
    "session.end": _sign_out,
}
