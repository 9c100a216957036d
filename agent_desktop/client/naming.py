"""Names of files from outside, made fit to be shown and to be written: nothing in them is believed.

Control characters and the characters that turn the direction of text are taken out (CVE-2021-42574: a name
that reads as `.pdf` and ends in `.exe`), a path is cut to its last part, and what no file system takes
becomes an underscore.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

LONGEST = 120  # characters: every file system takes them, and a name can still be read
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))})


def shown_name(name: str) -> str:
    """The name as a label may show it."""
    plain = "".join(c for c in name if c not in _TURNS and unicodedata.category(c) not in {"Cc", "Cs", "Cn"})
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 20]}…{plain[-19:]}"


def file_name(name: str) -> str:
    """The name under which it can be written on every system."""
    plain = shown_name(name).replace("\\", "/").rpartition("/")[2].replace("…", "_")
    plain = _FORBIDDEN.sub("_", plain).strip(". ")
    if not plain or plain.partition(".")[0].casefold() in _DEVICES:
        plain = f"file_{plain}".rstrip("_")
    return plain


def free_path(folder: Path, name: str, taken: Collection[str] = ()) -> Path:
    """A path in a folder that no file has, nor one on its way (`taken`): report.pdf, report (2).pdf."""
    wanted = folder / file_name(name)
    stem, suffix, number = wanted.stem, wanted.suffix, 1
    while wanted.exists() or str(wanted) in taken:
        number += 1
        wanted = folder / f"{stem} ({number}){suffix}"
    return wanted
