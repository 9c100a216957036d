"""What a person chose of the screen, kept in `settings.toml`: read at the start, changed while it runs.

A value that the command line or the environment gave holds for this run; what is chosen here holds at once
all the same, and is said to be overruled at the next start.  A file that cannot be written is told in
words, and the choice holds until the program ends.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from agent_desktop import settings
from agent_desktop.errors import ConfigError, RefusedError
from agent_desktop.i18n import _
from agent_desktop.settings import Setting, Settings

CHOSEN: Final[tuple[Setting[Any], ...]] = (
    settings.THEME,
    settings.SCALE,
    settings.REDUCED_MOTION,
    settings.READING,
    settings.READ_CALL_TEXT,
    settings.RING_BAND,
    settings.RING_FLASH,
    settings.RING_TASKBAR,
    settings.RING_NOTIFY,
    settings.CAPTIONS,
    settings.CAPTIONS_MODEL,
    settings.CAPTIONS_START,
)
"""What the settings pages and the verb `settings` choose; the shortcuts have a page of their own."""
WAYS: Final[tuple[Setting[str], ...]] = (
    settings.RING_BAND,
    settings.RING_FLASH,
    settings.RING_TASKBAR,
    settings.RING_NOTIFY,
)
OF_CAPTIONS: Final[tuple[Setting[Any], ...]] = (
    settings.CAPTIONS,
    settings.CAPTIONS_MODEL,
    settings.CAPTIONS_START,
)
"""They are the phone's: it is told at once."""
ALL, NONE, USUAL = "all", "none", "usual"


class Choices:
    """The values in force; without a file they live as long as the program."""

    def __init__(self, values: Settings | None = None) -> None:
        self._values = values if values is not None else Settings({}, path=Path())
        self._kept = values is not None
        self._changed: dict[str, Any] = {}
        self._listeners: list[Callable[[Setting[Any]], None]] = []

    def __getitem__(self, setting: Setting[Any]) -> Any:
        return self._changed.get(setting.name, self._values[setting])

    def listen(self, listener: Callable[[Setting[Any]], None]) -> None:
        """Be told of every change."""
        self._listeners.append(listener)

    def overruled(self, setting: Setting[Any]) -> str:
        """Where a value comes from that is not the file's: it will hold again at the next start."""
        origin = self._values.origin(setting)
        return origin if origin.startswith(("option", "environment")) else ""

    def choose(self, setting: Setting[Any], value: object) -> str:
        """Put a value in force and keep it; gives what to know about it, in words.

        Raises `RefusedError` for a value that is none.
        """
        try:
            checked = settings.checked(setting, value, _("This choice"))
        except ConfigError as error:
            raise RefusedError(str(error), code="bad_value") from None
        self._changed[setting.name] = checked
        said = self._keep(setting, checked)
        for listener in tuple(self._listeners):
            listener(setting)
        return said

    def _keep(self, setting: Setting[Any], value: Any) -> str:
        if not self._kept:
            return ""
        try:
            settings.save(self._values.path, setting, value)
        except (OSError, ConfigError) as error:
            return _("It holds until the program ends: {why}", why=str(error))
        if origin := self.overruled(setting):
            return _("It is kept, but at the next start the {origin} holds again.", origin=origin)
        return ""


def media_of(choices: Choices, way: Setting[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """The media for which a way of ringing is on."""
    said = str(choices[way]).split()
    return known if ALL in said else tuple(medium for medium in known if medium in said)


def turned(choices: Choices, way: Setting[str], medium: str, known: tuple[str, ...]) -> str:
    """The value of a way with one medium turned."""
    on = media_of(choices, way, known)
    after = tuple(m for m in known if (m in on) != (m == medium))
    return ALL if after == known else " ".join(after) or NONE
