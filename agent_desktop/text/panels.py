"""The panels of the window as lines: what a view shows there is said here, by the same view.

A test fills every view of `viewmodels.surface` with words of its own and looks for them in the lines.  Rules
of the file: lines only, subject first, every list numbered; what a view says in one sentence (`spoken`,
`accessible`) is said with that sentence.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.i18n import _
from agent_desktop.viewmodels.call_text import CallTextView
from agent_desktop.viewmodels.choosing import ChooserView
from agent_desktop.viewmodels.conversation import ComposerView, ConversationView, TimelineItemView
from agent_desktop.viewmodels.explaining import ExplanationView
from agent_desktop.viewmodels.filters import FilterView
from agent_desktop.viewmodels.macros import MacroView
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.parts import Empty, Field
from agent_desktop.viewmodels.side import CustomerCard, KnowledgeView, ScriptView, WrapUpView
from agent_desktop.viewmodels.supervisor import QueueRow
from agent_desktop.viewmodels.unsent import UnsentView

NEWEST = 10


def numbered(rows: Iterable[str], first: int = 1) -> list[str]:
    """A list as it is printed."""
    return [f"{number}. {row}" for number, row in enumerate(rows, first)]


def nothing(empty: Empty | None) -> list[str]:
    """What an empty panel says."""
    return [] if empty is None else [". ".join(p for p in (empty.title, empty.sentence) if p)]


def notices(found: tuple[Notice, ...]) -> list[str]:
    """The sentences that are still to be noticed, the newest last."""
    return numbered(notice.text for notice in found)


def knowledge(view: KnowledgeView) -> list[str]:
    """The articles that were found, numbered as `knowledge N` reads them."""
    rows = [_("Found for: {words}", words=view.query)] if view.query else []
    rows += numbered(f"{a.title}. {a.summary}" if a.summary else a.title for a in view.articles)
    return rows + nothing(view.empty)


def article(view: KnowledgeView, wanted: str) -> list[str]:
    """An article from its title to its last line."""
    found = next((a for a in view.articles if a.id == wanted), None)
    return [] if found is None else [found.title, *(found.body or found.summary).splitlines()]


def filter_lines(view: FilterView) -> list[str]:
    """The fields of the filter, each with what it may be."""
    rows = numbered(field_line(field, empty="") for field in view.fields)
    return [f"{view.title}. {view.says}", *rows]


def field_line(field: Field, empty: str | None = None) -> str:
    """A field of a form: its name and the word that is typed for it, its value, what fits, what is wrong."""
    value = (_("on") if field.value else _("off")) if field.kind == "check" else field.value
    value = value or (_("empty") if empty is None else empty)
    known = [field.id] if field.id.casefold() != field.label.casefold() else []
    known += [_("required")] if field.required else []
    named = f"{field.label} ({', '.join(known)})" if known else field.label
    parts = [f"{named}: {value}".rstrip()]
    parts += (
        [_("one of: {choices}", choices=", ".join(c for c in field.choices if c))] if field.choices else []
    )
    return ". ".join([*parts, *(p for p in (field.error, field.locked) if p)])


def conversation(view: ConversationView, newest: int = NEWEST) -> list[str]:
    """What is open: its head, who is there, its newest lines, and what can be written."""
    if view.empty is not None:
        return nothing(view.empty)
    rows = [view.title, view.subtitle, *view.why, *(strip.accessible for strip in view.strips)]
    if view.more or len(view.items) > newest:
        rows.append(_("There is more before this: say older."))
    rows += [row for shown in view.items[-newest:] for row in item(shown)]
    rows.append(view.typing)
    return [row for row in (*rows, *composer(view.composer)) if row]


def call_text(view: CallTextView, newest: int = NEWEST) -> list[str]:
    """What is typed in the call: how it is carried, whose turn it is, the newest lines, what waits."""
    rows = [
        view.title,
        view.subtitle,
        *(line.accessible for line in (view.lines[-newest:] if newest else ())),
    ]
    turn = "" if view.turn is None else (view.turn.spoken or view.turn.text)
    return [row for row in (*rows, turn, view.waiting, view.reason or view.says) if row]


def composer(view: ComposerView | None) -> list[str]:
    """What will be written, to whom, and what keeps it back."""
    if view is None:
        return []
    rows = list(dict.fromkeys((view.reason or view.says, view.recipient)))
    rows += [_("Copy to: {addresses}", addresses=view.copies)] if view.copies else []
    rows += [_("Draft: {text}", text=view.text)] if view.text else []
    rows += [view.saved, view.count]
    rows += [_("File: {name}, {detail}", name=f.name, detail=f.detail) for f in view.files]
    rows += [view.limits] if view.files else []
    rows += [strip.accessible for strip in view.strips]
    if view.held is not None:
        rows.append(_("{words} (undo calls it back)", words=view.held.text))
    return rows


def customer(card: CustomerCard | None) -> list[str]:
    """The card."""
    if card is None:
        return [_("No customer: nothing is open.")]
    rows = [_("Customer: {name}", name=card.name), card.line]
    rows += [_("Alert: {text}", text=text) for text in card.alerts]
    rows.append(card.advice)
    rows += [_("Tags: {tags}", tags=", ".join(card.tags))] if card.tags else []
    rows += [
        f"{fact.label}: {fact.value}" + (f" ({fact.badge.text})" if fact.badge is not None else "")
        for fact in card.facts
    ]
    rows += [
        ", ".join(
            p
            for p in (
                _("Order: {title}", title=order.title),
                order.badge.text if order.badge is not None else "",
                order.value,
            )
            if p
        )
        for order in card.orders
    ]
    rows += [_("History: {text}", text=line.accessible) for line in card.history]
    if not card.known:
        rows.append(_("No card yet: say newcustomer, or find and link."))
    return [row for row in rows if row]


def item(view: TimelineItemView) -> list[str]:
    """A line of the timeline."""
    return [view.accessible]


def script(view: ScriptView | None) -> list[str]:
    """The page: its text, what must be read, and where one can go, numbered."""
    if view is None:
        return [_("No script: the queue of what is open has none.")]
    rows = [f"{view.title}: {view.page_title}", *view.text.splitlines()]
    for number, tick in enumerate(view.must_read, 1):
        mark = (
            _("read at {time}", time=tick.at) if tick.ticked else _("must be read: script read {n}", n=number)
        )
        rows.append(f"{tick.text} ({mark})")
    rows += [field_line(field) for field in view.fields]
    return rows + numbered(choice.label for choice in view.choices)


def wrapup(view: WrapUpView | None) -> list[str]:
    """The form as far as it is filled in; `wrapping.listing` says the mode, the time and the codes."""
    if view is None:
        return []
    rows = [view.chosen]
    rows += [_("Code: {label}", label=code.label) for code in view.codes if code.selected]
    rows += [field_line(field) for field in view.fields]
    rows += view.effects
    rows += [_("Note: {text}", text=view.note)] if view.note else []
    rows += [_("A survey is sent.")] if view.survey else []
    return [row for row in (*rows, *view.errors, view.confirm) if row]


def choices(view: ChooserView) -> list[str]:
    """What can be chosen for an act: numbered, each with the word that means it and what that is."""
    rows = numbered(row.spoken if row.key == row.name else f"{row.key}: {row.spoken}" for row in view.rows)
    head = f"{view.title}: {view.label}"
    return [head, *([view.sentence] if view.sentence else []), *rows, *([view.empty] if view.empty else [])]


def macro(view: MacroView) -> list[str]:
    """What the macro would do, step by step."""
    steps = []
    for step in view.steps:
        text = "" if step.text is None else f": {' '.join(step.text.split())}"
        missing = _(". Fill in by hand: {names}.", names=", ".join(step.missing)) if step.missing else ""
        steps.append(f"{step.number}. {step.words}{text}{missing}")
    return [view.title, *steps, view.sentence]


def unsent(view: UnsentView) -> list[str]:
    """What waits for the server or was refused, numbered as `unsent retry N` takes it."""
    rows = [view.offline] if view.offline else []
    rows += numbered(row.accessible for row in view.rows)
    return rows + ([view.more] if view.more else []) + nothing(view.empty)


def queues(found: tuple[QueueRow, ...]) -> list[str]:
    """The queues of the board, one line each."""
    return numbered(row.spoken for row in found) or [_("There are no queues.")]


def explanation(view: ExplanationView) -> list[str]:
    """Why me, or why nobody."""
    return [" · ".join(p for p in (view.title, view.subject) if p), *view.lines]
