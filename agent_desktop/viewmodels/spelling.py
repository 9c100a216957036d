"""The spelling of what is written: marks, the menu of a word, the list of a draft, and what is done with it.

A text is named as an editor names its draft: `conversation/mode/generation`; the wrap-up note is
`interaction/wrapup/0`.  A reply is in the customer's language too, everything else in the agent's.  Names of
the customer and of colleagues are never misspelt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from agent_desktop.client.spelling import Chosen, Looked
from agent_desktop.client.spelling_places import FOLDER
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import composed
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.canned import languages
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.holding import bound, draft_key
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.spelling_found import Entry, Misspelt, Paragraph, SpellingView

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.viewing import Views

Given = Mapping[str, str]
MOST_OF_A_PARAGRAPH: Final = 4_000  # an editor looks at its paragraphs between two keys
MOST_LISTED: Final = 20
NAMES_S: Final = 10.0  # the names of colleagues are gathered again after it
_NAME: Final = re.compile(r"[^\W\d_]{2,64}")
_CODE: Final = re.compile(r"[a-z]{2,3}(?:[-_][a-z\d]{2,8})*")
ADD, IGNORE = "add", "ignore"
# Cards name a language by its code, by its English name, or in the language of the screen.
ENGLISH: Final = {
    "arabic": "ar", "czech": "cs", "danish": "da", "german": "de", "greek": "el", "english": "en",
    "spanish": "es", "finnish": "fi", "french": "fr", "hebrew": "he", "italian": "it", "dutch": "nl",
    "polish": "pl", "portuguese": "pt", "russian": "ru", "swedish": "sv", "turkish": "tr", "ukrainian": "uk",
}  # fmt: skip


def misspelt(d: Views, where: str, paragraph: str) -> Paragraph:
    """The marks of a paragraph of a text, as far as they are known."""
    looked = _looked(d, where, paragraph, most=MOST_OF_A_PARAGRAPH)
    marks = tuple(Misspelt(word.start, word.text) for word in looked.misspelt)
    return Paragraph(marks, looked.complete, looked.foreign)


def spelling_view(d: Views, where: str, word: str) -> SpellingView:
    """The menu of a word."""
    chosen = _chosen(d, where)
    found = d.spelling.suggestions(word, chosen, _draft_of(d, where))
    says = ""
    if found is None:
        says = _("Looking for suggestions…")
    elif not found:
        says = problem(d, chosen) or _("The dictionary has nothing similar.")
    given = {"word": word, "draft": where}
    s = d.situation()
    learn, ignore = (button(f"spelling.{act}", s, given=given) for act in ("learn", "ignore"))
    return SpellingView(word, found or (), found is None, says, learn, ignore)


def problem(d: Views, chosen: Chosen, *, foreign: bool = False) -> str:
    """Why nothing is checked, or some of the text is not, in words; empty when all is well."""
    if chosen.broken:
        return _("Spelling cannot be checked on this computer: the package chunspell does not work.")
    if chosen.off:
        return _("Spelling is switched off in the settings.")
    if chosen.dictionaries and not foreign:
        return ""
    folder = d.spelling.folder or FOLDER
    if chosen.missing:
        return _(
            "No dictionary for {languages} on this computer: install one, or put {code}.aff and {code}.dic "
            "into {folder}.",
            languages=", ".join(language_name(code) for code in chosen.missing),
            code=chosen.missing[0].replace("-", "_"),
            folder=folder,
        )
    return _(
        "Some of it is in a language without a dictionary. Put its .aff and .dic into {folder}.",
        folder=folder,
    )


def language_name(code: str) -> str:
    """A language in words; its code where there is no name for it here."""
    return _language_names().get(code.replace("-", "_").partition("_")[0].casefold(), code)


def language_code(word: str) -> str:
    """The code of a language as a card has it: `de`, `de-AT`, `German`; empty for what is none."""
    plain = word.strip().casefold()
    known = {name.casefold(): code for code, name in _language_names().items()}
    found = ENGLISH.get(plain) or known.get(plain)
    return found or (plain if _CODE.fullmatch(plain) else "")


def _language_names() -> dict[str, str]:
    return {
        "ar": _("Arabic"), "cs": _("Czech"), "da": _("Danish"), "de": _("German"), "el": _("Greek"),
        "en": _("English"), "es": _("Spanish"), "fi": _("Finnish"), "fr": _("French"), "he": _("Hebrew"),
        "it": _("Italian"), "nl": _("Dutch"), "pl": _("Polish"), "pt": _("Portuguese"), "ru": _("Russian"),
        "sv": _("Swedish"), "tr": _("Turkish"), "uk": _("Ukrainian"),
    }  # fmt: skip


# ── in lines ──


def line_looked(d: Views, text: str | None) -> tuple[bool, str]:
    """Make the list of a typed line, or of the draft; whether all is known, and what stands in the way."""
    at = bound(d)
    where = "" if text is not None else draft_key(d, at.conversation, at.mode)
    spoken_in = where or f"{at.conversation}/{REPLY}/0"
    whole = text if text is not None else d.drafts.get(d.key(at.conversation, at.mode)).text
    chosen = _chosen(d, spoken_in)
    if not chosen.settled:
        return False, ""
    looked = _looked(d, spoken_in, whole)
    found = [
        (word, d.spelling.suggestions(word.text, chosen, whole)) for word in looked.misspelt[:MOST_LISTED]
    ]
    if not looked.complete or any(some is None for _word, some in found):
        return False, ""
    spelt = d.workspace.spelt
    spelt.where, spelt.more = where, len(looked.misspelt) - len(found)
    spelt.entries = [Entry(word.start, word.text, some or ()) for word, some in found]
    return True, problem(d, chosen, foreign=looked.foreign)


def _check(d: Desktop, a: Given) -> None:
    """`spell 2 1` puts the first suggestion in the place of the second word; alone the front end lists."""
    if not a.get("n"):
        return
    entry, spelt = _entry(d, a["n"]), d.workspace.spelt
    choice = a.get("choice", "").strip()
    if choice == ADD:
        _learn(d, {"word": entry.word})
        return
    if choice == IGNORE:
        _ignore(d, {"word": entry.word, "draft": spelt.where})
        return
    if choice.isdecimal() and not 1 <= int(choice) <= len(entry.suggestions):
        raise RefusedError(
            _("There is no suggestion {n} for {word}.", n=choice, word=entry.word), code="usage"
        )
    instead = entry.suggestions[int(choice) - 1] if choice.isdecimal() else choice
    if not instead:
        raise RefusedError(_("Say what instead: a number, a word, add or ignore."), code="usage")
    _replace(d, entry, instead)
    place = spelt.entries.index(entry)
    grown = len(instead) - len(entry.word)
    spelt.entries[place] = None
    spelt.entries[place + 1 :] = [
        None if later is None else Entry(later.start + grown, later.word, later.suggestions)
        for later in spelt.entries[place + 1 :]
    ]


def _entry(d: Desktop, number: str) -> Entry:
    entries = d.workspace.spelt.entries
    place = int(number) if number.isdecimal() and number.isascii() else 0
    entry = entries[place - 1] if 1 <= place <= len(entries) else None
    if entry is None:
        raise RefusedError(
            _("There is no misspelt word {n}. Say spell for the list.", n=number), code="unknown"
        )
    return entry


def _replace(d: Desktop, entry: Entry, instead: str) -> None:
    at, where = bound(d), d.workspace.spelt.where
    if not where:
        raise RefusedError(_("That line was not kept. Type it again as it is to be."), code="wrong_state")
    conversation, mode, _generation = where.rsplit("/", 2)
    text = d.drafts.get(d.key(conversation, mode)).text
    end = entry.start + len(entry.word)
    if (conversation, mode) != (at.conversation, at.mode) or text[entry.start : end] != entry.word:
        raise RefusedError(_("The draft has changed. Say spell for the list."), code="wrong_state")
    composed.write(d, text[: entry.start] + instead + text[end:])
    d.workspace.draft_generation += 1
    d.changed("composer")


# ── what is done with a word ──


def _learn(d: Desktop, a: Given) -> None:
    word = a.get("word", "").strip()
    if not word:
        raise RefusedError(_("Say which word."), code="usage")
    if error := d.spelling.learn(word):
        text = _("{word} is known until you leave only: {error}.", word=word, error=error)
        d.notice("spelling", text, Tone.WARNING)
    d.changed("spelling")


def _ignore(d: Desktop, a: Given) -> None:
    d.spelling.ignore(a.get("word", ""), _text_of(a.get("draft", "")))
    d.changed("spelling")


def _found(d: Desktop, a: Given) -> None:
    """An editor went to the next misspelt word, or found none."""
    word = a.get("word", "")
    if not word:
        why = problem(d, _chosen(d, a.get("draft", "")), foreign=a.get("foreign", "") == "yes")
        raise RefusedError(why or _("No misspelt word here."), code="nothing_found")
    d.say(Announcement(_("Not in the dictionary: {word}", word=word)))


SPELLING: dict[str, Callable[[Desktop, Given], None]] = {
    "spelling.check": _check,
    "spelling.learn": _learn,
    "spelling.ignore": _ignore,
    "spelling.found": _found,
}

# ── the language and the names of a text ──


def _text_of(where: str) -> str:
    """The text without the generation of its editor."""
    return where.rpartition("/")[0]


def _draft_of(d: Views, where: str) -> str:
    """What is kept of a draft; the note of a form is not kept under its name."""
    conversation, _slash, mode = _text_of(where).rpartition("/")
    return d.drafts.get(d.key(conversation, mode)).text if mode in {REPLY, NOTE} else ""


def _chosen(d: Views, where: str) -> Chosen:
    hints: tuple[str, ...] = ()
    if _text_of(where).endswith(f"/{REPLY}"):
        interaction = bound(d, where).interaction
        named = languages(d.situation(), interaction) if interaction is not None else ()
        hints = tuple(code for code in map(language_code, named) if code)
    return d.spelling.choose(hints)


def _looked(d: Views, where: str, text: str, most: int = 0) -> Looked:
    chosen = _chosen(d, where)
    if not chosen.checks:
        return Looked(complete=chosen.settled)
    names = _colleagues(d) | _of_customer(d, where)
    if most:
        return d.spelling.look(text, chosen, names=names, of=_text_of(where), most=most)
    return d.spelling.look(text, chosen, names=names, of=_text_of(where))


def _of_customer(d: Views, where: str) -> frozenset[str]:
    """The names on the card of whom the text is for, and of what its conversation says of them."""
    replica = d.runtime.store.replica
    interaction = replica.interactions.get(where.partition("/")[0])
    interaction = interaction or (bound(d, where).interaction if where else None)
    if interaction is None:
        return frozenset()
    card = replica.customers.get(interaction.customer)
    said = [interaction.customer_name, card.name if card is not None else "", replica.centre.name]
    return _names(*said)


def _colleagues(d: Views) -> frozenset[str]:
    spelt, now = d.workspace.spelt, d.runtime.now
    if not 0 <= now - spelt.names[0] < NAMES_S:
        replica = d.runtime.store.replica
        spelt.names = (now, _names(replica.me.name, *(agent.name for agent in replica.agents.values())))
    return spelt.names[1]


def _names(*texts: str) -> frozenset[str]:
    return frozenset(part.casefold() for text in texts for part in _NAME.findall(text[:200]))
