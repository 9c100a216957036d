"""The side panel put together, and which of its tabs the moment needs."""

from __future__ import annotations

from datetime import tzinfo

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.customer import customer_card
from agent_desktop.viewmodels.forms import Filled
from agent_desktop.viewmodels.parts import Badge, Empty
from agent_desktop.viewmodels.scripting import script_of, script_view
from agent_desktop.viewmodels.side import Article, KnowledgeView, SideTab, SideView
from agent_desktop.viewmodels.wrapping import wrapup_view
from agent_desktop.wire.models import ArticleModel, InteractionModel, OfferModel

CUSTOMER, SCRIPT, KNOWLEDGE, WRAPUP = "customer", "script", "knowledge", "wrapup"
SIDE_TABS = (CUSTOMER, SCRIPT, KNOWLEDGE, WRAPUP)


def tab_for(s: Situation, interaction: InteractionModel) -> str:
    """Ring: who it is.  Answered: what to say.  Ended: how it ended."""
    match interaction.state:
        case "wrap_up":
            return WRAPUP
        case "active" | "held" if script_of(s, interaction) is not None:
            return SCRIPT
        case _:
            return CUSTOMER


def side_view(
    s: Situation,
    *,
    tab: str,
    pinned: bool,
    filled: Filled,
    articles: tuple[ArticleModel, ...] = (),
    query: str = "",
    searching: bool = False,
    zone: tzinfo | None = None,
) -> SideView:
    """The panel for what is looked at, or for what rings when nothing is."""
    interaction = s.looked_at
    about: InteractionModel | OfferModel | None = interaction
    if interaction is None and s.store.replica.offers:
        about = s.offer()
    mine = interaction is not None and s.store.is_mine(interaction)
    labels = {CUSTOMER: _("Customer"), SCRIPT: _("Script"), KNOWLEDGE: _("Knowledge"), WRAPUP: _("Wrap-up")}
    wrapup = wrapup_view(s, interaction, filled) if interaction is not None and mine else None
    timer = Badge(wrapup.timer, wrapup.timer_tone) if wrapup is not None and wrapup.timer else None
    return SideView(
        tab=tab,
        tabs=tuple(SideTab(t, labels[t], t == tab, timer if t == WRAPUP else None) for t in SIDE_TABS),
        pinned=pinned,
        pin=button("side.pin", s, checked=pinned),
        customer=customer_card(s, about, zone) if about is not None else None,
        script=script_view(s, interaction, filled.script, zone) if interaction is not None else None,
        knowledge=knowledge_view(s, articles, query, searching=searching),
        wrapup=wrapup,
        empty=_empty(s, tab, interaction, about=about),
    )


def _empty(
    s: Situation,
    tab: str,
    interaction: InteractionModel | None,
    *,
    about: InteractionModel | OfferModel | None,
) -> Empty | None:
    """What the selected tab says when it has nothing to show."""
    if tab == CUSTOMER and about is None:
        return Empty(_("No customer"), _("The card of the customer appears when something is open."))
    if tab == SCRIPT and (interaction is None or script_of(s, interaction) is None):
        return Empty(_("No script"), _("The queue of what is open has no script."))
    if tab == WRAPUP and (interaction is None or not s.store.is_mine(interaction)):
        return Empty(_("Nothing to wrap up"), _("The form appears with your next interaction."))
    return None


def knowledge_view(
    s: Situation, articles: tuple[ArticleModel, ...], query: str, *, searching: bool = False
) -> KnowledgeView:
    """The articles, each with a button that puts it into the reply."""
    shown = tuple(
        Article(a.id, a.title, a.summary, a.body, button("knowledge.insert", s, article=a.id))
        for a in articles
    )
    empty = None
    if not shown and not searching:
        sentence = _("Try other words.") if query else _("Suggestions appear with the conversation.")
        empty = Empty(_("No articles"), sentence)
    return KnowledgeView(query, shown, searching, empty)
