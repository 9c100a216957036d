"""Where dictionaries are looked for, and which one serves a language.

A dictionary is a pair of Hunspell's files, `de_DE.aff` and `de_DE.dic`.  It is looked for in this order, and
the first that is found serves:

1. `dictionaries` in the program's data folder (`--data`, else the user's data folder): what an agent puts
   there goes before everything else, on every system;
2. the folders of the variable `DICPATH`, as Hunspell has it;
3. on Linux `hunspell` and `myspell/dicts` in the user's and the system's data folders (`XDG_DATA_HOME`,
   `XDG_DATA_DIRS`: usually `~/.local/share` and `/usr/share`, where Debian's hunspell-de-de puts it); on
   macOS `~/Library/Spelling`, `/Library/Spelling` and Homebrew's `share/hunspell`;
4. what the spelling library brings itself: American English.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = "dictionaries"
LIBRARY: Final = "hunspell"  # the package that chunspell installs
# Which of several is meant by a language alone.
_USUAL: Final = {"en": "en_us", "de": "de_de", "fr": "fr_fr", "es": "es_es", "pt": "pt_pt", "nl": "nl_nl"}


def library() -> Path | None:
    """The folder of the spelling library; None where it is not installed.  Imports nothing."""
    found = importlib.util.find_spec(LIBRARY)
    places = tuple(found.submodule_search_locations or ()) if found is not None else ()
    return Path(places[0]) if places else None


def folders(
    data: Path | None,
    *,
    environment: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    home: Path | None = None,
) -> tuple[Path, ...]:
    """The folders in the order above; they need not be there."""
    environment = os.environ if environment is None else environment
    home = home or Path(environment.get("HOME") or "~").expanduser()
    found = [data / FOLDER] if data is not None else []
    found += [Path(part) for part in environment.get("DICPATH", "").split(os.pathsep) if part]
    if platform == "darwin":
        found += [home / "Library/Spelling", Path("/Library/Spelling")]
        found += [Path("/opt/homebrew/share/hunspell"), Path("/usr/local/share/hunspell")]
    elif platform != "win32":
        own = environment.get("XDG_DATA_HOME") or str(home / ".local/share")
        shared = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
        for place in (own, *shared.split(":")):
            found += [Path(place) / "hunspell", Path(place) / "myspell" / "dicts"] if place else []
    own_of_library = library()
    if own_of_library is not None:
        found.append(own_of_library / "dictionaries")
    return tuple(dict.fromkeys(found))


def installed(places: Iterable[Path]) -> dict[str, Path]:
    """Every dictionary there is: its language (`de_DE`) and its path without an ending."""
    found: dict[str, Path] = {}
    for place in places:
        try:
            names = {entry.name for entry in os.scandir(place)}
        except OSError:
            continue
        for name in sorted(names):
            language, _dot, kind = name.rpartition(".")
            if kind == "dic" and f"{language}.aff" in names:
                found.setdefault(language, place / language)
    return found


def serving(wanted: str, known: Iterable[str], *, system: str = "") -> str:
    """The dictionary for a language such as `de`, `de-AT` or `pt_BR`; empty where there is none.

    The one that is named exactly; else of the same language the system's country, the usual one, the first.
    """
    by_name = {_plain(name): name for name in sorted(known, reverse=True)}
    asked = _plain(wanted)
    language = asked.partition("_")[0]
    if not language:
        return ""
    for name in (asked, _plain(system) if _plain(system).startswith(f"{language}_") else "", language):
        if name in by_name:
            return by_name[name]
    if _USUAL.get(language) in by_name:
        return by_name[_USUAL[language]]
    return next((by_name[name] for name in sorted(by_name) if name.partition("_")[0] == language), "")


def listed(setting: str) -> tuple[str, ...]:
    """The languages of the setting: `en_GB, de`."""
    return tuple(dict.fromkeys(setting.replace(",", " ").replace(";", " ").split()))


def _plain(name: str) -> str:
    """`de-DE`, `de_DE.UTF-8` and `de_DE` are one."""
    return name.partition(".")[0].partition("@")[0].replace("-", "_").casefold()
