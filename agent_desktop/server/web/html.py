"""Pages from values: every text is escaped because nothing else can be put in.

`tag("p", "1 < 2")` gives `Markup`; a plain `str` child is text and is escaped, a `Markup` child is taken
as it is.  Only this file makes `Markup`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Markup(str):
    """A text that is HTML already."""

    __slots__ = ()


Child = str | Iterable[Markup]
NOTHING = Markup("")


def tag(name: str, /, *children: Child, **attributes: str | bool) -> Markup:
    """One element; `class_` and `for_` lose their underscore, `aria_label` becomes `aria-label`."""
    head = name + "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    if name in VOID:
        return Markup(f"<{head}>")
    return Markup(f"<{head}>{''.join(_child(child) for child in children)}</{name}>")


def page(title: str, *body: Child, style: str, scripts: Iterable[Markup] = (), language: str = "en") -> str:
    """A whole document."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="stylesheet", href=style),
        scripts,
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', *body), lang=language)}\n"


def _attribute(key: str, value: str | bool) -> str:  # noqa: FBT001 - HTML has boolean attributes
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def _child(child: Child) -> str:
    if isinstance(child, Markup):
        return child
    return html.escape(child) if isinstance(child, str) else "".join(_child(one) for one in child)
