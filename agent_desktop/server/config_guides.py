"""The scripts and form fields of `centre.toml`: what leads an agent, checked as a graph."""

from __future__ import annotations

from collections import Counter
from typing import Final

from agent_desktop.domain.centre import FormField, Script, ScriptPage
from agent_desktop.server.tomlfile import ID, Table, Where

FIELD_KINDS: Final = ("text", "number", "date", "choice", "check", "payment")


def script(key: str, table: Table) -> Script:
    """One script; the agent moves freely, so a page needs no way out."""
    pages = tuple(_page(row) for row in table.rows("pages"))
    made = Script(
        id=key,
        title=table.text("title", None, most=100),
        version=table.whole("version", 1, least=1, most=1_000_000),
        language=table.text("language", "en", most=20),
        pages=pages,
    )
    if not pages:
        table.blame("pages", "a script needs one page or more.")
    known = Counter(page.id for page in pages)
    for place, page in enumerate(pages):
        where: Where = (*table.where, "pages", place)
        if known[page.id] > 1:
            table.document.blame((*where, "id"), f"the page {page.id!r} stands here {known[page.id]} times.")
        for label, target in page.choices:
            if target not in known:
                table.document.blame(
                    (*where, "choices"), f"{label!r} leads to {target!r}; there is no such page."
                )
    table.done()
    return made


def _page(table: Table) -> ScriptPage:
    page = ScriptPage(
        id=table.match("id", ID, "an id", None),
        title=table.text("title", None, most=100),
        text=table.text("text", None),
        must_read=table.texts("must_read"),
        fields=tuple(form_field(row) for row in table.rows("fields")),
        choices=tuple((row.text("label", None, most=100), row.text("page", None)) for row in _choices(table)),
    )
    table.done()
    return page


def _choices(table: Table) -> list[Table]:
    rows = list(table.rows("choices"))
    for row in rows:
        row.text("label")
        row.text("page")
        row.done()
    return rows


def form_field(table: Table) -> FormField:
    """One field of a disposition form or of a script page."""
    made = FormField(
        id=table.match("id", ID, "an id", None),
        label=table.text("label", None, most=100),
        kind=table.text("kind", "text", choices=FIELD_KINDS),
        required=table.flag("required", default=False),
        choices=table.texts("choices"),
    )
    if (made.kind == "choice") is not bool(made.choices):
        table.blame("choices", "choices are for a field of kind 'choice', and it needs some.")
    table.done()
    return made
