"""HTML cut into tags and text in one pass, and its words as plain text.

The cutting is for counting and for reading, never for safety: that is nh3's.  Every step is linear in the
page, also for pages made to be slow.  Where a browser could read a passage in another way, the rest of the
page is one `BROKEN` token, so that a count made from it is a count from above.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

START, END, COMMENT, RAW, BROKEN = "start", "end", "comment", "raw", "broken"
VOID = frozenset(("br", "hr", "img", "col", "wbr", "input", "meta", "link", "area", "base", "embed"))
_RAW_TEXT = frozenset(
    ("style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext")
)
_HIDDEN = frozenset(("head", "template"))

_OPENING = re.compile(r"<(?:(!)|(/?)([a-zA-Z][^\s/>]*))")
_ANY_START = re.compile(r"<[a-zA-Z]")
# Possessive throughout: a tag that does not fit fails at once.
_ATTRIBUTES = re.compile(
    r"(?:\s*+[^\s\"'<>/=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>][^\s>]*+))?+|\s*+/)*+\s*+>"
)
_CLEAN = re.compile(r"</?[a-z][a-z0-9]*(?: [a-z-]+=\"[^\"]*+\")*+>|<")
_CRUDE_TAG = re.compile(r"<[^<>]*>?")
_HREF = re.compile(r"\bhref\s*=\s*[\"']?(https?://[^\s\"'<>]{1,2000})", re.IGNORECASE)
_NEW_LINE = frozenset(
    ("p", "div", "br", "tr", "li", "ul", "ol", "table", "hr", "pre", "dd", "dt", "dl", "center", "caption")
) | {f"h{level}" for level in range(1, 7)}
_PARAGRAPH = frozenset(("p", "table", "ul", "ol", "pre", "dl")) | {f"h{level}" for level in range(1, 7)}
MAX_QUOTE_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Token:
    """A tag, a comment, a passage of raw text or a broken rest; `begin` and `end` are places in the page."""

    kind: str
    name: str
    begin: int
    end: int


def tokens(page: str) -> Iterator[Token]:
    """Everything of a page that is not text, in order."""
    place = 0
    while found := _OPENING.search(page, place):
        begin = found.start()
        if found[1]:
            place = _after(page, "-->" if page.startswith("<!--", begin) else ">", found.end())
            yield Token(COMMENT, "", begin, place)
            continue
        name = found[3].lower()
        closed = _ATTRIBUTES.match(page, found.end())
        if closed is None:
            yield Token(BROKEN, name, begin, len(page))
            return
        place = closed.end()
        if name in _RAW_TEXT and not found[2]:
            ending = re.compile(rf"</{name}", re.IGNORECASE).search(page, place)
            place = ending.start() if ending else len(page)
            yield Token(RAW, name, begin, place)
        else:
            yield Token(END if found[2] else START, name, begin, place)


def words_within(cleaned: str, limit: int) -> bool:
    """Whether no run without white space between the tags of a clean page is longer than `limit`."""
    if _broken_within(cleaned, limit):
        return True  # with its tags and all
    place = 0
    for found in _CLEAN.finditer(cleaned):
        if longest_word(cleaned[place : found.start()]) > limit:
            return False
        place = found.end()
    return longest_word(cleaned[place:]) <= limit


def _broken_within(text: str, limit: int) -> bool:
    """Whether a blank or a line end stands in every passage of `limit` signs: looked for from its far end."""
    place = 0
    while len(text) - place > limit:
        end = place + limit + 1
        cut = max(text.rfind(" ", place, end), text.rfind("\n", place, end))
        if cut < 0:
            return False
        place = cut + 1
    return True


def starts(page: str, begin: int, end: int) -> int:
    """How many start tags a passage could hold, whatever surrounds it."""
    return sum(1 for _ in _ANY_START.finditer(page, begin, end))


def longest_word(text: str) -> int:
    """The length of the longest run without white space."""
    return max(map(len, text.split()), default=0)


def text_of(page: str) -> str:
    """The words of a page: quotations behind `>`, list items behind `-`, links with their address."""
    lines = _Lines()
    place = 0
    hidden = ""
    for token in tokens(page):
        if not hidden:
            lines.write(page[place : token.begin])
        place = token.end
        if token.kind == BROKEN:
            lines.write(_CRUDE_TAG.sub(" ", page[token.begin :]))
        elif hidden:
            hidden = "" if token.kind == END and token.name in {hidden, "body"} else hidden
        elif token.kind == START and token.name in _HIDDEN:
            hidden = token.name
        elif token.kind in {START, END}:
            lines.tag(token, page[token.begin : token.end])
    if not hidden:
        lines.write(page[place:])
    return lines.text()


@dataclass(slots=True)
class _Lines:
    """Lines in the making."""

    done: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    quoted: int = 0
    verbatim: int = 0
    link: str = ""
    linked: list[str] = field(default_factory=list)

    def write(self, passage: str) -> None:
        if not passage:
            return
        text = html.unescape(passage).replace("\xa0", " ")
        if self.verbatim:
            first, *others = text.split("\n")
            self._add(first)
            for other in others:
                self._break()
                self._add(other)
        else:
            self._add(re.sub(r"\s+", " ", text))

    def tag(self, token: Token, source: str) -> None:
        opens = token.kind == START
        match token.name:
            case "blockquote":
                self._paragraph()
                self.quoted = min(self.quoted + 1, MAX_QUOTE_DEPTH) if opens else max(self.quoted - 1, 0)
            case "a":
                self._anchor(source if opens else "")
            case "td" | "th" if opens:
                self._add(" ")
            case name if name in _NEW_LINE:
                self._break(empty=name == "br")
                if name in _PARAGRAPH:
                    self._paragraph()
            case _:
                pass  # it stands within a line
        if token.name == "li" and opens:
            self._add("- ")
        if token.name == "pre":
            self.verbatim = 1 if opens else 0

    def text(self) -> str:
        self._anchor("")
        self._break()
        return re.sub(r"\n(?:>[> ]*\n)?\n+", "\n\n", "\n".join(self.done)).strip("\n")

    def _add(self, text: str) -> None:
        self.line.append(text)
        if self.link:
            self.linked.append(text)

    def _anchor(self, source: str) -> None:
        """End the link that is open, and open the next where the tag has an address."""
        if self.link and self.link not in "".join(self.linked) and "".join(self.linked).strip():
            self.line.append(f" <{self.link}>")
        self.linked = []
        found = _HREF.search(source)
        self.link = html.unescape(found[1]) if found else ""

    def _break(self, *, empty: bool = False) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.verbatim else re.sub(r" {2,}", " ", text).strip()
        self.line = []
        if text or empty:
            self.done.append(f"{'>' * self.quoted} {text}".rstrip() if self.quoted else text)

    def _paragraph(self) -> None:
        self._break()
        if self.done and self.done[-1].strip("> "):
            self.done.append(">" * self.quoted)


def _after(page: str, ending: str, place: int) -> int:
    """The place behind the next `ending`, or the end of the page."""
    found = page.find(ending, place)
    return len(page) if found < 0 else found + len(ending)
