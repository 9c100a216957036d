"""`wrapup` as lines: the codes of a form, what each does and needs, and how its fields are given.

Rules of the file: what is listed comes before the answer that says why nothing was done.
"""

from __future__ import annotations

from agent_desktop.client.store import Asked
from agent_desktop.client.wrapping import rules
from agent_desktop.i18n import _
from agent_desktop.text import verbs
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.side import Code
from agent_desktop.viewmodels.wrapping import codes, wrapup_says
from agent_desktop.wire.commands import WrapUp
from agent_desktop.wire.models import DispositionInfo, FieldInfo, InteractionModel

LISTED = frozenset({"no_code", "unknown", "branch", "unknown_disposition"})  # refusals that list the codes
FIELDS = frozenset({"missing_field"})
SURVEY = "survey"
FIRST_KEYLESS = 10  # a digit is a key that the centre chose


def wrapping(d: Desktop) -> InteractionModel | None:
    """What `wrapup` would finish."""
    found = d.situation().wrapping()
    return found if found is not None and d.runtime.store.is_mine(found) else None


def given(d: Desktop, typed: dict[str, str]) -> dict[str, str]:
    """`wrapup CODE order=48213 NOTE`: the form's fields stand before the note."""
    interaction = wrapping(d)
    if interaction is None:
        return typed
    infos = d.runtime.store.queue(interaction.queue).dispositions
    known = frozenset(f.id for info in infos for f in info.fields)
    fields, note = verbs.fields_of(typed.get("note", ""), known | {SURVEY})
    survey = {} if SURVEY in known else {SURVEY: fields.pop(SURVEY, "")}
    code = keyless(infos).get(typed.get("code", ""), typed.get("code", ""))
    typed = {**typed, "code": code} if code else typed
    return {**typed, **survey, "note": note, **{f"field.{name}": value for name, value in fields.items()}}


def listing(d: Desktop) -> list[str]:
    """The codes of the form, each with its digit, what it needs and what it does."""
    interaction = wrapping(d)
    if interaction is None:
        return []
    s = d.situation()
    infos = {info.code: info for info in s.store.queue(interaction.queue).dispositions}
    rows = [wrapup_says(s, interaction)]
    shown = codes(tuple(infos.values()), interaction.disposition)
    numbers = {code: number for number, code in keyless(tuple(infos.values())).items()}
    rows += ["  " * row.level + _row(row, infos[row.code], numbers) for row in shown]
    if not rules(s, interaction).needs_code:
        rows.append(_("none: finish without a code"))
    asking = [info.label for info in infos.values() if info.survey]
    if asking:
        rows.append(_("{word} asks the customer afterwards, with: {codes}", word=f"{SURVEY}=yes",
                      codes=", ".join(asking)))  # fmt: skip
    return rows


def kept(d: Desktop, asked: Asked) -> str:
    """That a code was taken and is not written yet; empty for everything else."""
    command = asked.command
    found = d.runtime.store.replica.interactions.get(getattr(command, "interaction", ""))
    if not isinstance(command, WrapUp) or found is None or rules(d.situation(), found).leaves_early:
        return ""
    left = words.spoken(max(0.0, found.wrapup_deadline_at - d.runtime.now))
    return _("the code is kept. It is written in {time}; until then it can be changed.", time=left)


def keyless(infos: tuple[DispositionInfo, ...]) -> dict[str, str]:
    """The numbers of the codes that have no digit of their own: 10 and on."""
    parents = {info.parent for info in infos}
    codes_left = [info.code for info in infos if not info.key and info.code not in parents]
    return {str(number): code for number, code in enumerate(codes_left, FIRST_KEYLESS)}


def _row(row: Code, info: DispositionInfo, numbers: dict[str, str]) -> str:
    return _line(info, row.key or numbers.get(info.code, "")) if row.selectable else f"{info.label}:"


def _line(info: DispositionInfo, key: str) -> str:
    needs = [_field(f) for f in info.fields]
    parts = [f"{info.label} ({info.code})" if info.label.casefold() != info.code.casefold() else info.code]
    parts += [_("needs {fields}", fields=", ".join(needs))] if needs else []
    parts += list(info.effects)
    parts += [_("asks once more")] if info.confirm else []
    return (f"{key}. " if key else "") + ". ".join(parts)


def _field(field: FieldInfo) -> str:
    return f"{field.id}=" if field.required else f"[{field.id}=]"


def asked(d: Desktop, word: str) -> list[str]:
    """The fields of a code, as they are given: `order=VALUE`, with their names and what fits."""
    interaction = wrapping(d)
    infos = d.runtime.store.queue(interaction.queue).dispositions if interaction is not None else ()
    names = word.strip().casefold()
    info = next((i for i in infos if names in {i.code.casefold(), i.label.casefold(), i.key or None}), None)
    return [_asked(field) for field in info.fields] if info is not None else []


def _asked(field: FieldInfo) -> str:
    wanted = {
        "number": _("a number"),
        "date": _("a date such as 2026-11-27"),
        "check": _("yes, or nothing"),
        "choice": _("one of: {choices}", choices=", ".join(field.choices)),
    }
    parts = [field.label, wanted.get(field.kind, ""), _("required") if field.required else ""]
    return f'{field.id}="…": ' + ", ".join(part for part in parts if part)
