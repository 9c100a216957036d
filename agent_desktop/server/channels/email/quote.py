"""What the customer wrote, apart from what the customer's program quoted below or above it.

mail-parser-reply knows how programs introduce a quotation in fourteen languages; it is asked about the
head of a mail only, because its patterns grow faster than their input.  Marks that need no language (`>`
lines, separators, blocks of header lines) are looked for over the whole mail.

Rules of the file: no line is lost, it stands in the reply or in the quotation; answers written between
the quoted lines stay with them, because they mean nothing without; a mail that is all quotation is not
split at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailparser_reply.parser import EmailMessage

LANGUAGES = ("en", "de", "cs", "da", "es", "fr", "it", "ja", "ko", "nl", "pl", "sv", "zh", "david")
HEAD_LINES, HEAD_WIDTH = 80, 160  # what the library is shown: 80 lines keep its worst case under 50 ms
ATTRIBUTION_LINES = 3
HEADER_LINES = 3  # "From: Hamburg", "To: Berlin" is a journey; three such lines are a mail

# Of the library only this: what it makes of signatures and disclaimers is not wanted, and costs most.
_INTRODUCTION: re.Pattern[str] = EmailMessage(text="", languages=list(LANGUAGES)).HEADER_REGEX
_SEPARATOR = re.compile(
    r"^[>\s]{0,8}-{3,}\s?(?:original|ursprüngliche|forwarded|weitergeleitete|message)[^-]{0,60}-{3,}\s*$",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(r"^[\s*>]{0,8}[^\W\d_][\w .-]{0,24}\*?\s?[:\uff1a]\s?\S")
_RULE = re.compile(r"^\s{0,4}[_-]{10,}\s*$")
_WROTE = re.compile(
    r"\b(?:wrote|schrieb|écrit|escribió|escreveu|scritto|schreef|skrev|napsal|napisał)\b", re.IGNORECASE
)
_TELLING = re.compile(rf"[\d@<]|{_WROTE.pattern}", re.IGNORECASE)


def split(text: str) -> tuple[str, str]:
    """Give (the reply, what it quotes); the second is empty when the mail is not split."""
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if _quoted(line)), None)
    begin = first if first is None else _attribution(lines, first)
    # An attribution of its own paragraph is known without the library.
    clear = begin is not None and begin != first and not (begin and lines[begin - 1].strip())
    cut = _introduction(text, lines, ask_library=not clear)
    if cut is not None and (first is None or cut < first) and not _leads_to(lines, cut, first):
        return _parted(text, lines[:cut], lines[cut:])
    if first is None or begin is None:
        return text.strip("\n"), ""
    if cut is not None and first - ATTRIBUTION_LINES - 1 <= cut < first:
        begin = cut
    end = first
    while end < len(lines) and (_quoted(lines[end]) or not lines[end].strip()):
        end += 1
    above, after = lines[:begin], lines[end:]
    if not _written(after):
        return _parted(text, above, lines[begin:])
    if not _written(above) and not any(map(_quoted, after)):
        return _parted(text, after, lines[:end])
    return text.strip("\n"), ""


def _parted(text: str, reply: Sequence[str], quoted: Sequence[str]) -> tuple[str, str]:
    """The two parts, or the whole when nothing would be left of the reply."""
    kept = "\n".join(reply).strip("\n")
    return (kept, "\n".join(quoted).strip("\n")) if kept.strip() else (text.strip("\n"), "")


def _quoted(line: str) -> bool:
    return line[:1] in {">", " "} and line.lstrip(" ").startswith(">")


def _written(lines: Sequence[str]) -> bool:
    """Whether there are words other than a signature or the foot of a mailing list."""
    for line in lines:
        if line.rstrip() == "--" or _RULE.match(line):
            return False
        if line.strip():
            return True
    return False


def _attribution(lines: Sequence[str], first: int) -> int:
    """Where the quotation begins: with the line that says who wrote it, if there is one."""
    place = first - 1
    while place >= 0 and not lines[place].strip():
        place -= 1
    if place < 0 or not lines[place].rstrip().endswith((":", "\uff1a")):
        return first
    begin = place
    while begin > 0 and place - begin < ATTRIBUTION_LINES - 1 and lines[begin - 1].strip():
        begin -= 1
    said = "\n".join(lines[begin : place + 1])
    if not _TELLING.search(said) or len(said) > 400:
        return first
    # A paragraph that runs up to the attribution stays with the reply.
    return begin if begin and not lines[begin - 1].strip() else place


def _leads_to(lines: Sequence[str], cut: int, first: int | None) -> bool:
    """Whether the introduction at `cut` is followed by `>` lines, which say themselves where they end."""
    return first is not None and not any(line.strip() for line in lines[cut + ATTRIBUTION_LINES : first])


def _introduction(text: str, lines: Sequence[str], *, ask_library: bool) -> int | None:
    """The line where a quotation without marks begins."""
    places: list[int] = []
    if any(pair in text for pair in ("--", "__", "-_", "_-")):  # what separators and rules are made of
        places += [place for place, line in enumerate(lines) if _SEPARATOR.match(line)][:1]
        places += _block(lines)
    said = (place for place, line in enumerate(lines) if (":" in line or "\uff1a" in line) and place)
    places += [place for place in said if _says_who_wrote(lines[place])][:1]
    known = _known_to_library(lines) if ask_library else None
    if known is not None:
        places.append(known)
    return min(places, default=None)


def _says_who_wrote(line: str) -> bool:
    """A line such as "On 1 May 2024, Bob wrote:"; the library misses Spanish ones without marks below."""
    said = line.rstrip()
    if not said.endswith((":", "\uff1a")) or len(said) > HEAD_WIDTH:
        return False
    return bool(_WROTE.search(said)) and any(map(str.isdigit, said))


def _block(lines: Sequence[str]) -> list[int]:
    """A block of header lines under a rule, as Outlook writes it."""
    for place, line in enumerate(lines):
        if _RULE.match(line):
            below = [one for one in lines[place + 1 : place + 8] if one.strip()][:HEADER_LINES]
            if len(below) == HEADER_LINES and all(map(_HEADER_LINE.match, below)):
                return [place]
    return []


def _known_to_library(lines: Sequence[str]) -> int | None:
    """The line where the library sees a quotation begin, when what it sees is telling enough."""
    head = [line.strip()[:HEAD_WIDTH] for line in lines[:HEAD_LINES]]
    if not any(line.endswith((":", "\uff1a")) or _HEADER_LINE.match(line) for line in head):
        return None
    text = "\n".join(head)
    found = _INTRODUCTION.search(text)
    if found is None:
        return None
    said = found[0].strip("\n")
    first = text.count("\n", 0, found.start() + len(found[0]) - len(found[0].lstrip("\n")))
    if first == 0:
        return None
    wrote = said.rstrip().endswith((":", "\uff1a"))
    headers = sum(1 for line in head[first : first + 8] if _HEADER_LINE.match(line))
    return first if wrote or headers >= HEADER_LINES or _SEPARATOR.match(head[first]) else None
