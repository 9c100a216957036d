"""`spell` in lines and as objects: the misspelt words of the draft, or of a line that is typed after it.

The dictionaries answer later; the list is said when all of it is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent_desktop.i18n import _, plural
from agent_desktop.text.records import Record
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.spelling import line_looked

VERB = "spell"


def typed(given: Mapping[str, str]) -> tuple[str | None, Mapping[str, str]]:
    """The line that is to be looked at, if it is one, and what is done with a word of the list else.

    `spell` alone is the draft, `spell 2 1` is about its second word, `spell Dear Amina` is a line.
    """
    number = given.get("n", "")
    if number and (not number.isdecimal() or not given.get("choice")):
        return f"{number} {given.get('choice', '')}".strip(), {}
    return None, given


def listed(d: Desktop, text: str | None) -> tuple[list[str], list[Record], str] | None:
    """The list and a sentence about it; None while words are being looked up."""
    known, why = line_looked(d, text)
    if not known:
        return None
    spelt = d.workspace.spelt
    lines: list[str] = []
    made: list[Record] = []
    for number, entry in enumerate(spelt.entries, 1):
        if entry is None:
            continue
        instead = ", ".join(f"{n} {word}" for n, word in enumerate(entry.suggestions, 1))
        lines.append(f"{number}. {entry.word}: {instead or _('nothing similar')}")
        made.append({
            "type": "misspelt", "number": number, "word": entry.word, "start": entry.start,
            "suggestions": list(entry.suggestions), "draft": spelt.where.rpartition("/")[0],
        })  # fmt: skip
    if spelt.more:
        lines.append(plural("And {n} more word.", "And {n} more words.", spelt.more))
    return lines, made, why or ("" if lines else _("No misspelt word here."))
