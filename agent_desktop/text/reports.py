"""The answers of the verbs that only look: status, who, time and inbox as lines.

Every line is `key: value` or numbered.  No tables, no boxes.
"""

from __future__ import annotations

from agent_desktop.i18n import _, plural
from agent_desktop.text import panels, telephone
from agent_desktop.text.sentences import my_state
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.inbox import InboxView
from agent_desktop.viewmodels.stating import StateView
from agent_desktop.viewmodels.topbar import TopBarView

SHOWN = 50


def status(d: Desktop) -> list[str]:
    """Where I stand: state, server, phone, queues, calls, what is in hand."""
    s = d.situation()
    rows = [
        *state(d),
        *topbar(d.topbar()),
        *telephone.cannot(d.settings().phone),
        *telephone.ringing(d.offers()),
    ]
    mine = s.mine()
    rows.append(plural("In hand: {n}", "In hand: {n}", len(mine)))
    if s.looked_at is not None:
        rows.append(_("Open: {name}", name=words.who(s.looked_at)))
    rows += [notice.text for notice in d.notices()]
    return rows


def topbar(bar: TopBarView) -> list[str]:
    """The bar below the state: the server, the phone, the queues, what was not sent, the calls."""
    rows = [
        _("Server: {detail}", detail=bar.connection.detail),
        _("Phone: {detail}", detail=bar.phone.detail),
    ]
    rows += [_("Queues: {text}", text=badge.spoken or badge.text) for badge in bar.queues]
    rows += [bar.unsent.spoken or bar.unsent.text] if bar.unsent is not None else []
    return rows + [line for card in bar.calls for line in telephone.card_lines(card)]


def state(d: Desktop) -> list[str]:
    """State, what is done now, what comes next, and every timer of them: one line each."""
    s, shown = d.situation(), d.topbar().state
    me = s.store.replica.me
    rows = [f"{my_state(s, me)}, {shown.timer}"] if not shown.advice else [my_state(s, me)]
    return rows + below(shown)


def below(shown: StateView) -> list[str]:
    """What is under the state, what comes next, and the other timers."""
    rows = [_("State below it: {state}", state=shown.under)] if shown.under else []
    rows += [_("Next: {state} (stay takes it back)", state=shown.next_label)] if shown.next_label else []
    return rows + [timer.spoken or timer.text for timer in shown.timers]


def who(d: Desktop) -> list[str]:
    """Whom I am serving."""
    s = d.situation()
    rows = []
    for index, interaction in enumerate(s.mine(), 1):
        open_now = _(" (open)") if interaction.id == s.selected else ""
        state = words.interaction_state(interaction.state)
        medium = s.store.medium(interaction.medium).name
        rows.append(f"{index}. {words.who(interaction)}, {medium}, {state}{open_now}")
    return rows or [_("You are serving nobody.")]


def times(d: Desktop) -> list[str]:
    """The time and every timer that runs."""
    s, bar = d.situation(), d.topbar()
    rows = [_("Time: {time}", time=words.clock(s.now)), f"{bar.state.label}: {bar.state.timer}"]
    rows += [f"{card.title}: {card.timer}" for card in bar.calls]
    rows += [_("Offer {name}: {n} s left", name=card.title, n=card.countdown) for card in d.offers()]
    wrapup = d.side().wrapup
    if wrapup is not None and wrapup.timer:
        rows.append(f"{wrapup.title}: {wrapup.timer}")
    for interaction in s.mine():
        name = words.who(interaction)
        rows += [f"{name}, {words.promise(p, s.now)}" for p in interaction.promises if p.state != "kept"]
    return rows


def inbox(d: Desktop) -> list[str]:
    """The list, numbered as `open N` takes it."""
    view = d.inbox()
    rows = lists(view)
    rows += panels.numbered(d.inbox_row(i).accessible for i in range(min(view.total, SHOWN)))
    if view.total > SHOWN:
        rows.append(_("{n} more. Use find.", n=view.total - SHOWN))
    return rows + panels.nothing(view.empty)


def lists(view: InboxView) -> list[str]:
    """The list that is shown with how many it holds, then the others."""
    here = [f"{tab.label}: {view.total}" for tab in view.tabs if tab.selected]
    others = [
        tab.label if tab.count is None else f"{tab.label}: {tab.count}"
        for tab in view.tabs
        if not tab.selected
    ]
    return here + ([_("Other lists: {lists}", lists=", ".join(others))] if others else [])
