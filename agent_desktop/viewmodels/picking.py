"""What is picked in the list for one act on all: one by one, in ranges, everything, nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels.notices import Announcement

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

MOST_PICKED = 1000


def pick(d: Desktop, conversation: str, *, to: str = "") -> None:
    """Pick one or let it go; with `to` everything between the two in the list is picked."""
    picked = d.workspace.picked
    if to:
        first, last = sorted((d.row_of(conversation), d.row_of(to)))
        if first >= 0:
            keep = d.workspace.before_range
            picked.clear()
            picked.update(keep)
            picked.update(dict.fromkeys(x for n in range(first, last + 1) if (x := d.conversation_at(n))))
    elif conversation in picked:
        del picked[conversation]
    elif conversation:
        picked[conversation] = None
    if not to:
        d.workspace.before_range = dict(picked)
    _said(d)


def pick_all(d: Desktop) -> None:
    """Pick everything that the list shows; of a view also what is not fetched yet, up to a thousand."""
    picked = d.workspace.picked
    total = min(d.inbox_total(), MOST_PICKED)
    picked.update(dict.fromkeys(x for n in range(total) if (x := d.conversation_at(n))))
    if d.listing is not None and d.listing.more and len(picked) < MOST_PICKED:
        d.listing.pick_all = True
    _said(d)


def pick_none(d: Desktop) -> None:
    """Let everything go."""
    d.workspace.picked.clear()
    d.workspace.before_range.clear()
    if d.listing is not None:
        d.listing.pick_all = False
    _said(d)


def _said(d: Desktop) -> None:
    n = len(d.workspace.picked)
    d.say(Announcement(plural("{n} picked", "{n} picked", n) if n else _("Nothing picked")))
    d.redraw_rows()
