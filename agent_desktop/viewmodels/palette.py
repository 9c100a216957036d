"""The command palette: every action and everything found, by typing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from agent_desktop.client import actions
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button, with_arguments
from agent_desktop.viewmodels.macro_keys import macro_buttons
from agent_desktop.viewmodels.parts import Button
from agent_desktop.viewmodels.views import saved_views
from agent_desktop.wire.events import SearchHit


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """A line of the palette; press its button.  `group` is the heading it stands under."""

    group: str
    title: str
    detail: str
    button: Button
    accessible: str
    pieces: tuple[tuple[str, bool], ...] = ()  # the detail in pieces, and which of them are what was typed


@dataclass(frozen=True, slots=True)
class PaletteView:
    """What the palette shows for `query`; write it by `palette.find` with `text=…`."""

    query: str
    items: tuple[PaletteItem, ...]
    searching: bool = False
    empty: str = ""
    more: bool = False  # the next page of what was found comes by `palette.more`


_MARK = re.compile(r"\[([^\[\]]+)\]")  # how the index marks what it found
LIMIT = 40  # of what is here; what was found has no end but its own


def palette_view(
    s: Situation,
    query: str,
    hits: tuple[SearchHit, ...] = (),
    *,
    searching: bool = False,
    more: bool = False,
) -> PaletteView:
    """Actions first, then what is in the list, then what was found by words."""
    words_wanted = query.casefold().split()
    items = [*_actions(s, words_wanted), *_macros(s, words_wanted), *_reasons(s, words_wanted)]
    items = [*items, *_views(s, words_wanted), *_open(s, words_wanted)][:LIMIT]
    items += _hits(s, hits, words_wanted)
    empty = "" if items or searching else _("Nothing is called that. Try fewer letters.")
    return PaletteView(query, tuple(items), searching, empty, more)


def _matches(wanted: list[str], *texts: str) -> bool:
    whole = " ".join(texts).casefold()
    return all(word in whole for word in wanted)


def _item(group: str, title: str, detail: str, press: Button) -> PaletteItem:
    said = ", ".join(p for p in (title, detail, press.shortcut, press.reason) if p)
    return PaletteItem(group, title, detail, press, said)


def _actions(s: Situation, wanted: list[str]) -> list[PaletteItem]:
    found = [
        _item(_(row.group), row.title, _(row.summary), button(row.id, s))
        for row in actions.ACTIONS
        if row.palette and _matches(wanted, row.title, _(row.group), _(row.summary))
    ]
    # What can be run now stands above what cannot.
    return sorted(found, key=lambda item: not item.button.enabled)


def _macros(s: Situation, wanted: list[str]) -> list[PaletteItem]:
    """The macros by their names; they show what they would do before they do it."""
    group = _("Macros")
    return [
        _item(group, press.label, _("Shows its steps first"), press)
        for press in macro_buttons(s)
        if _matches(wanted, press.label, group)
    ]


def _reasons(s: Situation, wanted: list[str]) -> list[PaletteItem]:
    group = _("My state")
    return [
        _item(
            group,
            r.label,
            _("Not ready"),
            with_arguments(button("agent.not_ready", s, label=r.label), reason=r.code),
        )
        for r in s.store.replica.centre.reasons
        if not r.system and _matches(wanted, r.label, _("Not ready"))
    ]


def _views(s: Situation, wanted: list[str]) -> list[PaletteItem]:
    """The saved views, by typing."""
    views = saved_views(s.store) if wanted else ()
    return [
        _item(_("Views"), v.label, "", button("views.open", s, label=v.label, id=v.id))
        for v in views
        if _matches(wanted, v.label, _("Views"))
    ]


def _open(s: Situation, wanted: list[str]) -> list[PaletteItem]:
    if not wanted:
        return []
    found = []
    for interaction in s.store.replica.interactions.values():
        title = words.who(interaction)
        if _matches(wanted, title, interaction.subject, interaction.last_line):
            press = button("inbox.open", s, id=interaction.id)
            found.append(_item(_("Inbox"), title, interaction.subject or interaction.last_line, press))
            if len(found) == LIMIT:
                break
    return found


def marked(highlight: str, wanted: list[str]) -> tuple[tuple[str, bool], ...]:
    """A snippet's pieces: what stands in brackets and holds a word that was typed was found by it."""
    pieces: list[tuple[str, bool]] = []
    rest = 0
    for found in _MARK.finditer(highlight):
        if any(_bare(word) in _bare(found[1]) for word in wanted):
            pieces += [(highlight[rest : found.start()], False), (found[1], True)]
            rest = found.end()
    pieces.append((highlight[rest:], False))
    return tuple(piece for piece in pieces if piece[0])


def _bare(word: str) -> str:
    """A word as the index compares it: without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


def _hits(s: Situation, hits: tuple[SearchHit, ...], wanted: list[str]) -> list[PaletteItem]:
    groups = {
        "message": _("Messages"),
        "note": _("Notes"),
        "call": _("Calls"),
        "customer": _("Customers"),
        "article": _("Articles"),
    }
    work = s.store.replica.interactions
    known = {i.conversation: i.id for i in work.values() if i.conversation} if hits else {}
    found = []
    for hit in hits:
        here = known.get(hit.conversation, "") or (hit.id if hit.kind == "call" and hit.id in work else "")
        if here:
            press = button("inbox.open", s, id=here)
        elif hit.kind == "article":
            press = button("go.knowledge", s)
        elif hit.kind == "customer":  # what was written with them
            press = button("go.inbox", s, filter=f"customer:{hit.id}")
        else:  # its timeline can be read
            press = button("inbox.open", s, reason=None if hit.conversation else _("It is not in your list."),
                           conversation=hit.conversation)  # fmt: skip
        pieces = marked(hit.highlight, wanted)
        plain = _item(groups.get(hit.kind, hit.kind), hit.title, "".join(p for p, _found in pieces), press)
        found.append(replace(plain, pieces=pieces))
    return found


def transfer_targets(s: Situation, query: str = "") -> tuple[PaletteItem, ...]:
    """Queues with their ready agents and waiting count, then agents with their state."""
    wanted = query.casefold().split()
    items = []
    for queue in s.store.replica.centre.queues:
        if _matches(wanted, queue.name):
            live = s.store.replica.queues.get(queue.id)
            detail = (
                ""
                if live is None
                else _("{ready} ready, {waiting} waiting", ready=live.ready, waiting=live.waiting)
            )
            press = with_arguments(button("call.transfer", s, label=queue.name), target=queue.id)
            items.append(_item(_("Queues"), queue.name, detail, press))
    for agent in s.store.replica.agents.values():
        if agent.id != s.store.replica.me.id and _matches(wanted, agent.name, agent.extension):
            state, _tone, _icon = words.state_label(agent, s.store.replica.centre, talking=False)
            press = with_arguments(button("call.transfer", s, label=agent.name), target=agent.id)
            items.append(_item(_("Agents"), agent.name, state, press))
    return tuple(items)
