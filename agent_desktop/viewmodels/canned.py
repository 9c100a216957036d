"""Canned replies: found by `/` and a few letters, in the customer's language, with their variables filled.

Variants of one reply share their label; the customer's language chooses, else the centre's first one.  What
has no value stays as `{order.id}` in the text, and keeps the reply back until it is filled in or passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from agent_desktop.client.situation import Situation, chosen
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels.conversation import Template
from agent_desktop.viewmodels.filling import filled, values
from agent_desktop.viewmodels.holding import bound, extras, keep_extras
from agent_desktop.wire.models import InteractionModel, TemplateInfo

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.viewing import Views

Given = Mapping[str, str]
LINE = 80


def templates(
    s: Situation, interaction: InteractionModel | None, used: Mapping[str, int], medium: str = ""
) -> tuple[Template, ...]:
    """The canned replies that fit here: one for each label, the most used first."""
    if interaction is None:
        return ()
    by = medium or interaction.medium
    known = values(s, interaction)
    found = [
        _template(info, known, used.get(info.label, 0))
        for info in variants(s, interaction)
        if not info.media or by in info.media
    ]
    return tuple(sorted(found, key=lambda t: -t.used))


def variants(s: Situation, interaction: InteractionModel) -> Iterable[TemplateInfo]:
    """One of each label: in the customer's language, in the centre's, or the first."""
    by_label: dict[str, list[TemplateInfo]] = {}
    for info in s.store.replica.centre.templates:
        by_label.setdefault(info.label, []).append(info)
    wanted = (*languages(s, interaction), *s.store.replica.centre.languages[:1], "")
    for group in by_label.values():
        yield next((t for language in wanted for t in group if _speaks(t.language, language)), group[0])


def languages(s: Situation, interaction: InteractionModel) -> tuple[str, ...]:
    """The customer's languages as codes, as the card has them: "ar, fr"."""
    card = s.store.replica.customers.get(interaction.customer)
    words = card.language.replace(",", " ").replace(";", " ").split() if card is not None else []
    return tuple(word.casefold() for word in words)


def _speaks(language: str, wanted: str) -> bool:
    """Whether a variant is in a language: `pt` serves who speaks `pt-BR`."""
    own, asked = language.casefold(), wanted.casefold()
    return own == asked or (bool(own) and bool(asked) and own.partition("-")[0] == asked.partition("-")[0])


def _template(info: TemplateInfo, known: dict[str, str], used: int) -> Template:
    text, missing = filled(info.text, known)
    line = " ".join(text.split())
    line = line if len(line) <= LINE else f"{line[: LINE - 1]}…"
    said = [info.label, line]
    if missing:
        said.append(_("without {fields}", fields=", ".join(missing)))
    if used:
        said.append(plural("used once", "used {n} times", used))
    files = tuple(f.name for f in info.files)
    return Template(info.id, info.label, text, missing, line, used, info.language, files, ". ".join(said))


def matching(found: Iterable[Template], query: str) -> tuple[Template, ...]:
    """Those that the letters behind the slash mean; the label counts more than the text."""
    wanted = query.casefold().split()
    rows = [t for t in found if all(word in f"{t.label} {t.text}".casefold() for word in wanted)]
    return tuple(sorted(rows, key=lambda t: not all(word in t.label.casefold() for word in wanted)))


def info_of(d: Views, template: str) -> TemplateInfo:
    """A canned reply by id.  Raises `RefusedError`."""
    found = next((t for t in d.runtime.store.replica.centre.templates if t.id == template), None)
    if found is None:
        raise RefusedError(_("There is no such template."), code="unknown")
    return found


def _count(d: Desktop, a: Given) -> None:
    """It was put into the editor: it counts, and its files go with the reply."""
    info = info_of(d, a.get("template", ""))
    d.habits.count(info.label)
    at = bound(d, a.get("draft", ""))
    if info.files and at.conversation:
        held = {f.id: f for f in (*extras(d, at.conversation, at.mode).files, *info.files)}
        keep_extras(d, at.conversation, at.mode, files=tuple(held.values()))
    d.changed("conversation")


def _insert(d: Desktop, a: Given) -> None:
    """Put it behind what is written."""
    info = info_of(d, a.get("template", ""))
    at = bound(d)
    if at.interaction is None:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    text, missing = filled(info.text, values(d.situation(), at.interaction))
    d.insert(text)
    _count(d, {"template": info.id})
    if missing:
        d.notice(
            "template", _("Fill in by hand: {names}.", names=", ".join(f"{{{name}}}" for name in missing))
        )


def _use(d: Desktop, a: Given) -> None:
    """`canned NAME`: by its label or id; alone it lists them, which the front end does."""
    word = a.get("name", "").strip()
    if not word:
        return
    rows = [(t.id, t.label, "") for t in d.canned()]
    found = chosen(word, rows, _("There is no canned reply {word}. Possible: {names}."))[0]
    _insert(d, {"template": found})


CANNED: dict[str, Callable[[Desktop, Given], None]] = {
    "template.insert": _insert,
    "canned.use": _use,
    "canned.used": _count,
}
