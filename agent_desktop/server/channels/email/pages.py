"""A reply as a page: what the agent wrote, the signature, the quotation, for readers that like pages better.

The page says what the plain text says and no more: no style but the line beside the quotation, no address of
anything to fetch.  `dir="auto"` lets each paragraph run as its own writing runs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LINK: Final = re.compile(r"https?://[^\s<>\"']{1,2000}[^\s<>\"'.,;:!?)\]]")
_QUOTE: Final = "margin:0 0 0 .8ex;border-inline-start:1px solid #ccc;padding-inline-start:1ex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The pieces of a reply, each plain text; what is empty is not sent."""

    words: str
    signature: str = ""
    attribution: str = ""
    quoted: str = ""


def page(said: Said, images: Sequence[tuple[str, str]] = ()) -> str:
    """The page; `images` are the Content-IDs of inline images with their names."""
    parts = [_paragraphs(said.words)]
    parts += [f'<p><img src="cid:{html.escape(cid)}" alt="{html.escape(name)}"></p>' for cid, name in images]
    if said.signature:
        parts.append(f'<p dir="auto">-- <br>\n{_lines(said.signature)}</p>')
    if said.quoted:
        parts.append(f'<p dir="auto">{html.escape(said.attribution)}</p>')
        parts.append(f'<blockquote type="cite" style="{_QUOTE}">\n{_paragraphs(said.quoted)}\n</blockquote>')
    body = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{body}\n</body></html>\n'


def _paragraphs(text: str) -> str:
    """Paragraphs stand between empty lines."""
    return "\n".join(
        f'<p dir="auto">{_lines(one)}</p>' for one in re.split(r"\n[ \t]*\n+", text) if one.strip()
    )


def _lines(text: str) -> str:
    return "<br>\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    """A line with its blanks kept and its addresses as links."""
    done, place = [], 0
    for found in _LINK.finditer(line):
        address = html.escape(found[0])
        done += [_blanks(line[place : found.start()]), f'<a href="{address}">{address}</a>']
        place = found.end()
    return "".join((*done, _blanks(line[place:])))


def _blanks(text: str) -> str:
    """A page shows several blanks as one: all but the last are made hard."""
    return re.sub(r" +(?= )|^ +", lambda blanks: "&nbsp;" * len(blanks[0]), html.escape(text))
