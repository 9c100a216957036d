"""What an action is: one thing that a user can do, with everything that any front end needs to offer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent_desktop.client.situation import Situation
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.phone import AnyPhoneCommand

Arguments = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ToRouter:
    """A step: ask the router."""

    command: AnyCommand


@dataclass(frozen=True, slots=True)
class ToPhone:
    """A step: ask the phone."""

    command: AnyPhoneCommand


@dataclass(frozen=True, slots=True)
class Locally:
    """A step that changes only what this front end shows: a tab, a selection, a draft."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()


# The keys that this person gave, by action: what `client.shortcuts` has put in force.
OWN_KEYS: dict[str, str] = {}

Step = ToRouter | ToPhone | Locally
Steps = Callable[[Situation, Arguments], tuple[Step, ...]]
Check = Callable[[Situation, Arguments], str]


def always(_situation: Situation, _arguments: Arguments) -> str:
    """An action that can be run at any time."""
    return ""


def not_yet(_situation: Situation, _arguments: Arguments) -> str:
    """An action of the house that the protocol of this version has no command for."""
    return _("The centre's server does not offer this yet.")


def nothing(_situation: Situation, _arguments: Arguments) -> tuple[Step, ...]:
    """No step: the action is refused by its check."""
    return ()


def locally(name: str) -> Steps:
    """The one step of an action that changes only what this front end shows; it gets what was given."""

    def steps(_s: Situation, a: Arguments) -> tuple[Step, ...]:
        return (Locally(name, tuple(sorted(a.items()))),)

    return steps


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table.

    `label` and `summary` are English and translated when shown.  `verb` and `usage` are the text mode's;
    an empty verb is an action that only a window needs.  `palette`: it is listed in the palette and the
    menus.  `check` says why it cannot be run now, in words, or nothing.  `steps` says what it sends; it
    may raise `RefusedError` for an argument that means nothing.
    """

    id: str
    label: str
    group: str
    summary: str
    check: Check
    steps: Steps
    verb: str = ""
    usage: str = ""
    shortcut: str = ""
    icon: str = ""
    palette: bool = True

    def enabled(self, situation: Situation, arguments: Arguments) -> str:
        """Why it cannot be run, in words; empty when it can."""
        try:
            return self.check(situation, arguments)
        except RefusedError as error:
            return str(error)

    @property
    def keys(self) -> str:
        """Its key as this person has it; `shortcut` is the usual one."""
        return OWN_KEYS.get(self.id, self.shortcut)

    @property
    def title(self) -> str:
        return _(self.label)


def local(  # noqa: PLR0917 - a row of a table
    action: str,
    label: str,
    summary: str,
    verb: str = "",
    usage: str = "",
    icon: str = "",
    *,
    group: str,
    check: Check = always,
    shortcut: str = "",
    palette: bool = False,
) -> Action:
    """A row of the table that changes only what this front end shows."""
    steps = locally(action)
    return Action(action, label, group, summary, check, steps, verb, usage, shortcut, icon, palette)
