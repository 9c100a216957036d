"""The words on the screen, in the reader's language.

`_("Answer")` and `plural("{n} call", "{n} calls", n)` give the text of the catalogue in use, or the
English they were given.  Catalogues are gettext files, `translations/LANGUAGE/agent_desktop.po`; they
are read as they are, so that a translator sees a change at the next start and nothing has to be
compiled.  A catalogue that cannot be read is an error that names the line, not a half-translated screen.

Placeholders are named, `_("{name} calls", name=...)`, because other languages order words otherwise.  A
translation whose placeholders are wrong falls back to English rather than lose the value.
"""

from __future__ import annotations

import ast
import gettext
import locale
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from agent_desktop import assets
from agent_desktop.errors import ConfigError

DOMAIN = "agent_desktop"
ENGLISH = "en"
# Languages written from right to left (Unicode CLDR, characterOrder).
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
_CONTEXT = "\x04"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language."""

    language: str = ENGLISH
    translations: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)

    @property
    def right_to_left(self) -> bool:
        return self.language.replace("-", "_").split("_")[0].lower() in RIGHT_TO_LEFT

    def text(self, message: str, /, *, context: str = "", **values: object) -> str:
        """Give the translation of `message`; `context` tells apart two meanings of one English word."""
        translated = (
            self.translations.pgettext(context, message) if context else self.translations.gettext(message)
        )
        return _filled(translated, message, values)

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Give the form of the sentence for `n`; `{n}` in it is the number."""
        english = one if n == 1 else many
        return _filled(self.translations.ngettext(one, many, n), english, {"n": n, **values})


class _Current:
    """The catalogue of this process: a program speaks one language at a time."""

    catalogue = Catalogue()


def use(catalogue: Catalogue) -> None:
    """Make a catalogue the one that `_` and `plural` read."""
    _Current.catalogue = catalogue


def current() -> Catalogue:
    """Give the catalogue in use."""
    return _Current.catalogue


def _(message: str, /, *, context: str = "", **values: object) -> str:
    """Translate one text with the catalogue in use."""
    return _Current.catalogue.text(message, context=context, **values)


def plural(one: str, many: str, n: int, /, **values: object) -> str:
    """Translate one counted text with the catalogue in use."""
    return _Current.catalogue.plural(one, many, n, **values)


def load(language: str = "", *, folder: Path | None = None) -> Catalogue:
    """Read the catalogue of a language such as `de` or `pt_BR`; empty means the system's language.

    Where there is no catalogue the language's own (`pt` for `pt_BR`), then English, is given.  Raises
    ConfigError for a catalogue that is there and cannot be read.
    """
    wanted = (language or system_language()).replace("-", "_")
    root = assets.translations() if folder is None else folder
    for name in (wanted, wanted.split("_")[0]):
        path = root / name / f"{DOMAIN}.po"
        if re.fullmatch(r"[A-Za-z]{2,3}(_[A-Za-z0-9]+)*", name) and path.is_file():
            entries = dict(read_po(path))
            return Catalogue(name, gettext.GNUTranslations(BytesIO(_mo(entries))))
    return Catalogue()


def available(folder: Path | None = None) -> tuple[str, ...]:
    """Give the languages that have a catalogue, and English."""
    root = assets.translations() if folder is None else folder
    return tuple(sorted({ENGLISH, *(path.parent.name for path in root.glob(f"*/{DOMAIN}.po"))}))


def system_language() -> str:
    """Give the language that the user's system asks for, `en` when it asks for none."""
    try:
        return locale.getlocale()[0] or ENGLISH
    except ValueError:  # a locale that this system does not know
        return ENGLISH


def read_po(path: Path) -> Iterator[tuple[str, str]]:
    """Give the entries of a .po file as keys and values of a .mo file, without the fuzzy and the empty."""
    entry: dict[str, str] = {}
    fuzzy, part = False, ""
    for number, line in enumerate([*path.read_text("utf-8").splitlines(), ""], 1):
        if re.match(r"(msgctxt|msgid)\s", line) and any(key.startswith("msgstr") for key in entry):
            yield from _finished(entry, fuzzy=fuzzy)
            entry, fuzzy = {}, False
        if line.startswith("#,") and "fuzzy" in line:
            yield from _finished(entry, fuzzy=fuzzy)
            entry, fuzzy, part = {}, True, ""
        elif not line.strip():
            yield from _finished(entry, fuzzy=fuzzy)
            entry, fuzzy, part = {}, False, ""
        elif line.startswith("#"):
            continue
        elif found := re.fullmatch(r'(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s+(".*")\s*', line):
            part = found[1]
            entry[part] = _unquoted(found[2], path, number)
        elif part and (found := re.fullmatch(r'\s*(".*")\s*', line)):
            entry[part] += _unquoted(found[1], path, number)
        else:
            raise ConfigError(
                f"{path}, line {number}: this is not a line of a gettext catalogue.", line=number
            )


def _finished(entry: dict[str, str], *, fuzzy: bool) -> Iterator[tuple[str, str]]:
    forms = [entry[key] for key in sorted(entry) if key.startswith("msgstr")]
    if "msgid" not in entry or not all(forms) or not forms or (fuzzy and entry["msgid"]):
        return
    key = f"{entry['msgctxt']}{_CONTEXT}{entry['msgid']}" if "msgctxt" in entry else entry["msgid"]
    if "msgid_plural" in entry:
        key = f"{key}\0{entry['msgid_plural']}"
    yield key, "\0".join(forms)


def _unquoted(quoted: str, path: Path, number: int) -> str:
    try:
        text: str = ast.literal_eval(quoted)
    except (SyntaxError, ValueError) as error:
        raise ConfigError(f"{path}, line {number}: the quotes do not match.", line=number) from error
    return text


def _mo(entries: dict[str, str]) -> bytes:
    """Lay out a catalogue as gettext reads it (GNU gettext manual, "The Format of GNU MO Files")."""
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items())
    start = 28 + 16 * len(pairs)
    keys = _table((key for key, _value in pairs), start)
    values = _table((value for _key, value in pairs), start + len(keys[1]))
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return header + keys[0] + values[0] + keys[1] + values[1]


def _table(texts: Iterable[bytes], start: int) -> tuple[bytes, bytes]:
    index, body = b"", b""
    for text in texts:
        index += struct.pack("<2I", len(text), start + len(body))
        body += text + b"\0"
    return index, body


def _filled(translated: str, english: str, values: dict[str, object]) -> str:
    if not values:
        return translated
    try:
        return translated.format(**values)
    except (KeyError, IndexError, ValueError, AttributeError):
        return english.format(**values)
