"""The keys of the actions: the usual ones of the table, and what this person has changed.

Rules: no letter, digit or sign alone (WCAG 2.2, 2.1.4), nothing that the system or the window keeps for
itself, one meaning for each key.  Two rows that are the two sides of one thing (mute and unmute) or stand
in two panels (send and finish) have one key and are changed together.

A program has one table of keys at a time, as it has one language: `use` puts it in force.  What was changed
is one setting, `keys.changed`: `offer.accept=Ctrl+F2 call.mute=`.  What cannot be understood there is told
and left out; the usual key holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent_desktop.client import action as rows_of
from agent_desktop.client.action import Action
from agent_desktop.client.actions import ACTIONS, BY_ID, TERMINAL_IDS
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _

MODIFIERS: Final = ("Ctrl", "Alt", "Shift", "Meta")
_FUNCTION: Final = frozenset(f"F{n}" for n in range(1, 25))
# Alone they move about, write or close; with Ctrl or Alt they may have an action.
_PLAIN: Final = frozenset({
    "Return", "Enter", "Space", "Tab", "Escape", "Backspace", "Delete", "Insert", "Home", "End", "PgUp",
    "PgDown", "Up", "Down", "Left", "Right", "Menu", "Print", "Pause",
})  # fmt: skip
_OTHER_NAMES: Final = {
    "esc": "Escape", "del": "Delete", "ins": "Insert", "pageup": "PgUp", "pagedown": "PgDown",
    "control": "Ctrl", "cmd": "Ctrl", "strg": "Ctrl", "win": "Meta", "super": "Meta", "option": "Alt",
    "plus": "+", "comma": ",",
}  # fmt: skip
OF_THE_WINDOW: Final = frozenset({"F1", "F6", "Shift+F6", "Ctrl+Space", "Shift+F10"})
OF_THE_FIELDS: Final = frozenset({
    "Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z", "Ctrl+Insert", "Shift+Insert",
    "Shift+Delete", "Ctrl+Left", "Ctrl+Right", "Ctrl+Shift+Left", "Ctrl+Shift+Right", "Ctrl+Backspace",
    "Ctrl+Delete", "Ctrl+Home", "Ctrl+End", "Ctrl+Up", "Ctrl+Down",
})  # fmt: skip
OF_THE_SYSTEM: Final = frozenset({
    "Alt+F4", "Alt+Tab", "Alt+Shift+Tab", "Alt+Escape", "Alt+Space", "Ctrl+Escape", "Ctrl+Tab",
    "Ctrl+Shift+Tab", "Ctrl+Alt+Delete", "Ctrl+Alt+Backspace", "Ctrl+Shift+Escape", "Print", "Alt+Print",
    "Alt+F1", "Alt+F2",
})  # fmt: skip
_ENTRY: Final = re.compile(r"(?P<action>[a-z_]+(?:\.[a-z_]+)+)=(?P<keys>\S*)")


def normal(keys: str) -> str:
    """Keys as they are compared: `ctrl+shift+a` is Ctrl+Shift+A.  Raises `RefusedError` for what is none."""
    if not keys.strip():
        return ""
    *held, key = [_named(part) for part in _parts(keys.strip())]
    if (
        not key
        or key in MODIFIERS
        or any(part not in MODIFIERS for part in held)
        or len(set(held)) < len(held)
    ):
        raise RefusedError(
            _("{keys} is no key. Write it like Ctrl+Shift+A or F9.", keys=keys[:40]), code="no_key"
        )
    return "+".join([*(m for m in MODIFIERS if m in held), key])


def _parts(keys: str) -> list[str]:
    """`Ctrl+A` in two; the plus sign itself may be the last."""
    plus = keys == "+" or keys.endswith("++")
    before = keys[:-1].rstrip("+") if plus else keys
    return [*(part.strip() for part in before.split("+") if before), *(["+"] if plus else [])]


def _named(part: str) -> str:
    lower = part.lower()
    if lower in _OTHER_NAMES:
        return _OTHER_NAMES[lower]
    known = next((name for name in (*MODIFIERS, *_PLAIN, *_FUNCTION) if name.lower() == lower), "")
    if known:
        return known
    return part.upper() if len(part) == 1 and part.isprintable() and not part.isspace() else ""


def refusal(keys: str) -> str:
    """Why nobody can have these keys (`normal`), in words; empty when they can be given."""
    *held, key = _parts(keys)
    if keys in OF_THE_WINDOW or key == "Escape":
        return _("{keys} belongs to the window: it shows the keys, changes the panel or closes.", keys=keys)
    if keys in OF_THE_SYSTEM or "Meta" in held:
        return _("{keys} belongs to the system, which does not pass it on.", keys=keys)
    if {"Ctrl", "Alt"} <= set(held) and key not in _PLAIN:
        return _(
            "On many keyboards {keys} writes a sign (AltGr), and on others it leaves the screen.", keys=keys
        )
    if keys in OF_THE_FIELDS:
        return _("{keys} is needed where something is written.", keys=keys)
    if not set(held) & {"Ctrl", "Alt"}:
        if key in _PLAIN:
            return _("{keys} is needed to move about and to write. Add Ctrl or Alt.", keys=keys)
        if key not in _FUNCTION:
            return _(
                "A letter, digit or sign alone is pressed by mistake, and dictation types it."
                " Add Ctrl or Alt to {keys}.",
                keys=keys,
            )
    return ""


@dataclass(frozen=True, slots=True)
class Row:
    """The actions that have one key, with the key of now and the usual one."""

    ids: tuple[str, ...]
    label: str
    group: str
    keys: str
    usual: str

    @property
    def id(self) -> str:
        return self.ids[0]


class Shortcuts:
    """The table of keys.  `changed` has the id of a row's first action, and its keys (empty: none)."""

    def __init__(self, changed: Mapping[str, str] | None = None) -> None:
        self.changed = dict(changed or {})

    def rows(self) -> tuple[Row, ...]:
        """Every row that has a key or may have one, in the order of the table."""
        return tuple(
            Row(ids, " / ".join(dict.fromkeys(BY_ID[i].title for i in ids)), _(BY_ID[ids[0]].group),
                self.changed.get(ids[0], BY_ID[ids[0]].shortcut), BY_ID[ids[0]].shortcut)
            for ids in _together()
        )  # fmt: skip

    def row(self, action: str) -> Row:
        """The row of an action, by id, label or verb.  Raises `RefusedError`."""
        word = action.strip().casefold()
        rows = self.rows()
        for row in rows:
            names = {name for i in row.ids for name in (i, BY_ID[i].verb, BY_ID[i].title.casefold()) if name}
            if word in names or word == row.label.casefold():
                return row
        raise RefusedError(
            _("There is no action {name} that can have a key.", name=action[:40]), code="unknown"
        )

    def given(self) -> dict[str, str]:
        """The keys of every action that differ from the usual ones; for `Action.keys`."""
        return {i: row.keys for row in self.rows() for i in row.ids if row.keys != row.usual}

    def change(self, action: str, keys: str) -> Shortcuts:
        """The table with other keys for a row; empty: none.  Raises `RefusedError`."""
        row, wanted = self.row(action), normal(keys)
        if wanted and (reason := refusal(wanted)):
            raise RefusedError(reason, code="reserved")
        other = next((r for r in self.rows() if wanted and r.keys == wanted and r.ids != row.ids), None)
        if other is not None:
            raise RefusedError(
                _("{keys} is the key of {label} already. Give that another one first.",
                  keys=wanted, label=other.label),
                code="conflict",
            )  # fmt: skip
        return self._with(row, wanted)

    def reset(self, action: str) -> Shortcuts:
        """The table with the usual key of a row.  Raises `RefusedError` when another has it now."""
        row = self.row(action)
        return self.change(row.id, row.usual) if row.keys != row.usual else self

    def _with(self, row: Row, keys: str) -> Shortcuts:
        rest = {key: value for key, value in self.changed.items() if key != row.id}
        return Shortcuts(rest if keys == row.usual else {**rest, row.id: keys})

    def written(self) -> str:
        """The value of the setting."""
        return " ".join(f"{action}={keys}" for action, keys in sorted(self.changed.items()))


def read(text: str) -> tuple[Shortcuts, tuple[str, ...]]:
    """The table that a setting says, and what of it could not be used, in words."""
    table, problems = Shortcuts(), []
    wanted: list[tuple[str, str]] = []
    for word in text.split():
        found = _ENTRY.fullmatch(word)
        if found is None:
            problems.append(_("{word} is not like offer.accept=Ctrl+F2.", word=word[:40]))
        else:
            wanted.append((found["action"], found["keys"]))
    for clearing in (True, False):  # keys that are taken away first, so that two may change places
        for action, keys in wanted:
            try:
                row = table.row(action)
                table = table._with(row, "") if clearing else table.change(action, keys)  # noqa: SLF001 - its own
            except RefusedError as error:
                if not clearing or error.code == "unknown":
                    problems.append(str(error))
                if not clearing and error.code != "unknown":
                    table = _usual_again(table, action)
    return table, tuple(dict.fromkeys(problems))


def _usual_again(table: Shortcuts, action: str) -> Shortcuts:
    """What could not be used holds the usual key again, unless another has it meanwhile."""
    try:
        return table.reset(action)
    except RefusedError:
        return table


def use(table: Shortcuts) -> None:
    """Put a table in force: buttons, menus, tips, the palette and the key sheet show it from now on."""
    _InForce.table = table
    rows_of.OWN_KEYS.clear()
    rows_of.OWN_KEYS.update(table.given())


def current() -> Shortcuts:
    """The table in force."""
    return _InForce.table


class _InForce:
    table = Shortcuts()


def _may_have_one(row: Action) -> bool:
    return bool(row.shortcut or row.palette) and row.id not in TERMINAL_IDS


def _together() -> tuple[tuple[str, ...], ...]:
    """The rows: actions of one usual key are one."""
    found: dict[str, tuple[str, ...]] = {}
    for row in ACTIONS:
        if _may_have_one(row):
            key = row.shortcut or row.id
            found[key] = (*found.get(key, ()), row.id)
    return tuple(found.values())
