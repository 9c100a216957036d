"""What a person chose, as lines: the settings of the screen and the ring, and the shortcuts of the window.

The same pages as in the window's settings; a verb that changes something answers with the row as it is now.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent_desktop.client import shortcuts
from agent_desktop.client.actions import BY_ID
from agent_desktop.client.choices import USUAL, WAYS
from agent_desktop.i18n import _
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.local_choices import setting_meant
from agent_desktop.viewmodels.settings_rows import ChoiceRow

VERBS = frozenset({"settings", "shortcuts"})


def lines(d: Desktop, verb: str, given: Mapping[str, str]) -> list[str]:
    """What the verb has to say after it was carried out."""
    return settings_lines(d, given.get("name", "")) if verb == "settings" else key_lines(given.get("id", ""))


def settings_lines(d: Desktop, name: str) -> list[str]:
    """Every setting with its value and what it may be, numbered; or the one that is named."""
    if name:
        found = setting_meant(name)
        value = USUAL if d.choices[found] == "" else d.choices[found]
        return [f"{found.name}: {value}. {_(found.help)}"]
    view = d.settings()
    said = [_choice(row) for row in (*view.screen.rows, *view.ringing.rows)]
    ways = [f"{one.name}: {d.choices[one]}. {_(one.help)}" for one in WAYS]
    return [f"{number}. {row}" for number, row in enumerate((*said, *ways), 1)]


def _choice(row: ChoiceRow) -> str:
    """A row of a page: what is typed to change it, what is on, and what else there is."""
    first = row.options[0]
    typed = dict(first.args).get("name") or BY_ID[first.action].verb
    on = ", ".join(option.label for option in row.options if option.checked)
    others = ", ".join(option.label for option in row.options if not option.checked)
    said = _(
        "{label}: {on}. Also: {others}.",
        label=row.label,
        on=on or _("nothing"),
        others=others or _("nothing"),
    )
    return f"{typed}, {said}"


def key_lines(action: str) -> list[str]:
    """Every shortcut of the window, or the one that is named."""
    rows = shortcuts.current().rows()
    if action and action != USUAL:
        rows = (shortcuts.current().row(action),)
    made = [_key(row) for row in rows if row.keys or row.usual or action]
    return made if action and action != USUAL else [f"{number}. {row}" for number, row in enumerate(made, 1)]


def _key(row: shortcuts.Row) -> str:
    keys = row.keys or _("no key")
    if row.keys == row.usual:
        return f"{row.label} ({row.id}): {keys}"
    return _("{label} ({id}): {keys}, usually {usual}", label=row.label, id=row.id, keys=keys,
             usual=row.usual or _("no key"))  # fmt: skip
