"""Which language a text is in, by its script and its commonest words: nothing is sent anywhere to find out.

`hint` is for rules: the likeliest, or none.  `surely` is for those who have a text read aloud (WCAG 3.1.2):
a wrong voice is worse than the usual one, so a short text, or one that could be a neighbour (Danish for
Swedish, Ukrainian for Russian), is in no language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# The commonest words that tell one language from another; a hint, never more.
_COMMON: Final[Mapping[str, str]] = {
    "en": "the and is not you have with for this that my was please are would been",
    "de": "der die das und ist nicht ich sie mit für ein eine den auf bitte habe wurde",
    "fr": "le la les et est pas je vous avec pour une des dans mon ma merci été ai",
    "es": "el los las y es no yo usted con para una por que mi gracias ha está del",
    "it": "il gli e è non io lei con per una di che mio grazie sono stato della",
    "nl": "de het en niet ik u met voor een van dat mijn graag heb is werd",
    "pt": "o os e é não eu você com para uma por que meu obrigado foi está dos",
    "sv": "och är inte jag ni med för en ett den att min tack har det som",
    "pl": "i w nie jest się na z do że to mój proszę jak czy mam został",
}
_WORDS: Final = {name: frozenset(words.split()) for name, words in _COMMON.items()}
_SCRIPTS: Final = (("ar", "\u0600", "\u06ff"), ("he", "\u0590", "\u05ff"), ("ru", "\u0400", "\u04ff"),
                   ("el", "\u0370", "\u03ff"), ("ja", "\u3040", "\u30ff"), ("ko", "\uac00", "\ud7af"),
                   ("zh", "\u4e00", "\u9fff"))  # fmt: skip
LANGUAGES: Final = (*_WORDS, *(name for name, _, _ in _SCRIPTS))
_WORD: Final = re.compile(r"[^\W\d_]+")
_HINT_CHARACTERS: Final = 2_000
# Words that a neighbour does not have, of which one must be there; and letters that only neighbours have.
_OWN: Final[Mapping[str, str]] = {
    "de": "nicht ich und das bitte wurde",
    "fr": "je vous est pas avec merci été",
    "es": "y yo usted gracias está las",
    "it": "gli è non sono grazie della",
    "nl": "het niet ik een mijn graag",
    "pt": "não você obrigado uma meu",
    "sv": "och är inte ett att",
    "pl": "nie jest się że proszę czy mój",
}
_OWN_WORDS: Final = {name: frozenset(words.split()) for name, words in _OWN.items()}
_OWN_LETTERS: Final = {"ru": frozenset("ыэё")}
_NEIGHBOURS: Final = {
    "ru": frozenset("іїєґўјљњћђџѓќѕ"),
    "ar": frozenset("پچژگکیٹڈڑںے"),
    "es": frozenset("çàè"),
    "pl": frozenset("čřšžěů"),
}
_LEAST_WORDS, _LEAST_LETTERS = 3, 6


def hint(text: str) -> str:
    """The language that a text seems to be in, or "": a hint by its script and its commonest words."""
    head = text[:_HINT_CHARACTERS]
    if name := _by_script(head):
        return name
    said = _said(head)
    (best, count), (_, second) = _counted(said)
    return best if count > second and count * 10 >= len(said) else ""


def surely(text: str) -> str:
    """The language of a text that may be read aloud in it, or ""."""
    head = text[:_HINT_CHARACTERS]
    name, signs = hint(head), frozenset(head.casefold())
    if not name or signs & _NEIGHBOURS.get(name, frozenset()):
        return ""
    if name not in _WORDS:
        own = _OWN_LETTERS.get(name)
        return name if sum(map(str.isalpha, head)) >= _LEAST_LETTERS and (not own or signs & own) else ""
    said = _said(head)
    (_, count), (_, second) = _counted(said)
    told = _OWN_WORDS.get(name, _WORDS[name])
    return name if count >= max(_LEAST_WORDS, 2 * second) and not told.isdisjoint(said) else ""


def _by_script(head: str) -> str:
    letters = sum(map(str.isalpha, head))
    for name, first, last in _SCRIPTS:
        if sum(1 for sign in head if first <= sign <= last) * 3 > letters:
            return name
    return ""


def _said(head: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(head)]


def _counted(said: list[str]) -> list[tuple[str, int]]:
    """The two languages of which most words are there."""
    counts = {name: sum(1 for word in said if word in known) for name, known in _WORDS.items()}
    return sorted(counts.items(), key=lambda pair: -pair[1])[:2]
