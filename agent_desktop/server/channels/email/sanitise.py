"""Hostile HTML made harmless: what an agent may see of a mail that was written as a page.

Three steps: caps (bytes, elements) before nh3, because its cost grows faster than its input; nh3 with an
allow-list; a filter that keeps absolute addresses alone (`cid:` names an attachment of the same mail).
Then the caps of the viewer are checked on the clean page, where counting is exact: nesting of tables,
nesting of anything, elements, the longest word.  A page that breaks a cap is shown as plain text.

The filter reads what nh3 wrote, in the one way in which it writes tags: one pattern tells the attributes that
are good as they stand, and only the others are looked at one by one.

Nothing here fetches anything.  nh3 works outside the interpreter's lock: call `clean` in a thread.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final
from urllib.parse import quote, unquote

import nh3

from agent_desktop.server.channels.email import markup

MAX_BYTES = 512 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 100
MAX_TABLE_DEPTH = 6
MAX_WORD = 10_000
# Formatting elements left open are opened again in each block that follows (HTML, "reconstruct the active
# formatting elements"): 2,000 pairs of <p><b id=N> become two million elements.
MAX_GROWN = 200_000
# nh3 takes 0.7 s for 20,000 elements inside one another; that many left open is no mail of a person.
MAX_LEFT_OPEN = 1_000
MAX_REFERENCES = 100_000  # half a million "&" cost nh3 three seconds

_FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
_FORMATTING_START = re.compile(rf"<(?:{'|'.join(sorted(_FORMATTING))})[\s/>]", re.IGNORECASE)
_ONE_AT_A_TIME = frozenset(("a", "nobr"))  # a second one closes the first
_CLOSED_BY_NEXT = (
    frozenset(("p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "option")) | markup.VOID
)

_CELL = frozenset(("align", "valign", "width", "height", "colspan", "rowspan", "bgcolor"))
_ROW = frozenset(("align", "valign", "bgcolor"))
_NONE: frozenset[str] = frozenset()
# Each element with its own attributes; those of "*" go with all.
ALLOWED: Mapping[str, frozenset[str]] = {
    "*": frozenset(("dir", "lang", "title")),
    "a": frozenset(("href",)),
    "img": frozenset(("src", "alt", "width", "height")),
    "table": frozenset(("align", "width", "border", "cellpadding", "cellspacing", "bgcolor")),
    "td": _CELL,
    "th": _CELL,
    "tr": _ROW,
    "col": frozenset(("width", "span")),
    "font": frozenset(("color", "size")),
    "ol": frozenset(("start",)),
    "p": frozenset(("align",)),
    "div": frozenset(("align",)),
} | dict.fromkeys(
    (
        *("abbr", "address", "b", "bdi", "bdo", "big", "blockquote", "br", "center", "cite", "code", "dd"),
        *("del", "dfn", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li"),
        *("mark", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u"),
        *("ul", "var", "wbr", "caption", "colgroup", "thead", "tbody", "tfoot"),
    ),
    _NONE,
)
TAGS = frozenset(ALLOWED) - {"*"}
URL_ATTRIBUTES = frozenset(("href", "src"))
DROPPED_WITH_CONTENT = frozenset(
    ("script", "style", "title", "head", "noscript", "template", "textarea", "xmp", "iframe", "noembed")
)

_ABSOLUTE = re.compile(
    r"(?:https?://[^\s/\\?#\x00-\x20]|mailto:|tel:|cid:)[^\s\\\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e]*",
    re.IGNORECASE,
)
_SIZE = re.compile(r"\d{1,4}%?")
_SPAN = re.compile(r"[1-9]\d?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,30}")
_WORD = re.compile(r"[a-zA-Z]{1,20}")
_FONT_SIZE = re.compile(r"[+-]?\d")
_START = re.compile(r"-?\d{1,6}")
_VALUES: Mapping[str, re.Pattern[str]] = {
    "href": _ABSOLUTE,
    "src": _ABSOLUTE,
    **dict.fromkeys(("width", "height", "border", "cellpadding", "cellspacing"), _SIZE),
    **dict.fromkeys(("colspan", "rowspan", "span"), _SPAN),
    **dict.fromkeys(("color", "bgcolor"), _COLOUR),
    **dict.fromkeys(("align", "valign", "dir"), _WORD),
    "size": _FONT_SIZE,
    "start": _START,
}


# Attributes as nh3 writes them that are good as they stand; the rest is looked at by `_value`.
_GOOD_URL: Final = (
    r"(?:href|src)=\"(?i:https?://[^\s/\\?#\x00-\x20\"&]|mailto:|tel:)"
    r"(?:[^\s\\\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\"&]|&amp;)*+\""
)
_GOOD_OTHERS: Final = (
    r"(?:width|height|border|cellpadding|cellspacing)=\"[0-9]{1,4}%?+\"",
    r"(?:align|valign|dir)=\"[a-zA-Z]{1,20}\"",
    r"(?:color|bgcolor)=\"(?:#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,30})\"",
    r"(?:lang|title|alt)=\"[^\"]*+\"",
    r"(?:colspan|rowspan|span)=\"[1-9][0-9]?+\"",
    r"size=\"[+-]?[0-9]\"",
    r"start=\"-?[0-9]{1,6}\"",
)
_GOOD: Final = "|".join((_GOOD_URL, *_GOOD_OTHERS))
_ATTRIBUTE: Final = re.compile(r" ([a-z-]+)=\"([^\"]*+)\"")
_ALL_GOOD: Final = re.compile(rf"(?: (?:{_GOOD}))*+")
# A tag's name with its stroke, and its attributes; nothing for a `<` that begins no tag of nh3's.
_TAG: Final = re.compile(r"<(/?[a-z][a-z0-9]*+)(?:>|((?: [a-z-]+=\"[^\"]*+\")++)>)|<")
_WHOLE_TAG: Final = re.compile(r"<([a-z][a-z0-9]*+)((?: [a-z-]+=\"[^\"]*+\")++)>")
_DEPTH: Final = {
    f"{end}{name}": 0 if name in markup.VOID else step for name in TAGS for end, step in (("", 1), ("/", -1))
}
_IN_TABLE: Final = {**dict.fromkeys(_DEPTH, 0), "table": 1, "/table": -1}


def clean(page: str, cids: Mapping[str, str] | None = None) -> str:
    """Give the harmless page, or "" when it breaks a cap and the plain text is to be shown.

    `cids` maps the Content-IDs of the mail to the names of its attachments; a `cid:` address then names
    the attachment, and one of another mail is dropped.
    """
    if _too_long(page) or not bearable(page):
        return ""
    cleaned = _CLEANER.clean(page)
    tags, attributes = _tags(cleaned)
    if not all(map(_ALL_GOOD.fullmatch, set(attributes))):
        cleaned = _WHOLE_TAG.sub(lambda tag: f"<{tag[1]}{_kept(tag[2], cids)}>", cleaned)
    return cleaned if _within(tags, cleaned) else ""


def _tags(cleaned: str) -> tuple[Sequence[str], Sequence[str]]:
    """The names of the tags in order, and the attributes of each."""
    found: list[tuple[str, str]] = _TAG.findall(cleaned)
    names, attributes = zip(*found, strict=True) if found else ((), ())
    return names, attributes


def _too_long(page: str) -> bool:
    if len(page) * 4 <= MAX_BYTES:
        return False
    return len(page) > MAX_BYTES or len(page.encode("utf-8", "replace")) > MAX_BYTES


def bearable(page: str) -> bool:
    """Whether nh3 can be given the page: how many elements it can become, counted from above."""
    if page.count("&") > MAX_REFERENCES:
        return False
    most = page.count("<")
    if most * (1 + most) <= MAX_GROWN:
        return True  # as far as most mails need to be counted
    if most <= MAX_LEFT_OPEN and most * (1 + len(_FORMATTING_START.findall(page))) <= MAX_GROWN:
        return True
    elements = grown = 0
    left_open: Counter[str] = Counter()
    nested: Counter[str] = Counter()
    for token in markup.tokens(page):
        inside = markup.starts(page, token.begin, token.end)
        elements += inside
        if token.kind in {markup.RAW, markup.COMMENT, markup.BROKEN}:
            # A browser may read tags here, and read none of the ends.
            left_open[""] += sum(1 for _ in _FORMATTING_START.finditer(page, token.begin, token.end))
        grown += (inside + 1) * (1 + left_open.total())
        if elements > MAX_ELEMENTS or grown > MAX_GROWN or nested.total() > MAX_LEFT_OPEN:
            return False
        if token.kind == markup.START and token.name in _FORMATTING:
            left_open[token.name] = 1 if token.name in _ONE_AT_A_TIME else left_open[token.name] + 1
        elif token.kind == markup.START and token.name not in _CLOSED_BY_NEXT:
            nested[token.name] += 1
        elif token.kind == markup.END:
            for opened in (left_open, nested):
                if opened[token.name]:
                    opened[token.name] -= 1
    return True


def showable(cleaned: str) -> bool:
    """Whether a clean page keeps within the caps of the viewer; False as well for what nh3 never writes."""
    return _within(_tags(cleaned)[0], cleaned)


def _within(tags: Sequence[str], cleaned: str) -> bool:
    """The caps, by the tags of a clean page in order; an empty name is no tag of nh3's."""
    if not markup.words_within(cleaned, MAX_WORD):
        return False
    try:
        if _deepest(map(_DEPTH.__getitem__, tags)) > MAX_DEPTH:
            return False
    except KeyError:
        return False
    if tags.count("table") > MAX_TABLE_DEPTH and _deepest(map(_IN_TABLE.__getitem__, tags)) > MAX_TABLE_DEPTH:
        return False
    return len(tags) <= MAX_ELEMENTS or sum(1 for tag in tags if tag[0] != "/") <= MAX_ELEMENTS


def _deepest(steps: Iterable[int]) -> int:
    return max(accumulate(steps), default=0)


def _kept(attributes: str, cids: Mapping[str, str] | None) -> str:
    """The attributes of a tag that may stay."""
    kept = []
    for name, written in _ATTRIBUTE.findall(attributes):
        value = _value(name, html.unescape(written).strip(), cids)
        if value is not None:
            kept.append(f' {name}="{html.escape(value).replace(chr(0xA0), "&nbsp;")}"')
    return "".join(kept)


def _value(attribute: str, value: str, cids: Mapping[str, str] | None) -> str | None:
    """An attribute's value as it may stay; None drops the attribute."""
    pattern = _VALUES.get(attribute)
    if pattern is not None and not pattern.fullmatch(value):
        return None
    if attribute in URL_ATTRIBUTES and value[:4].lower() == "cid:" and cids is not None:
        name = cids.get(unquote(value[4:]))
        return None if name is None else f"cid:{quote(name, safe='')}"
    return value


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ALLOWED,
    clean_content_tags=DROPPED_WITH_CONTENT,
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    link_rel=None,
)
