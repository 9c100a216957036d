"""The wrap-up form: how it ended, with a timer that is the router's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.forms import ScriptState, WrapUpState
from agent_desktop.viewmodels.parts import Button, Field, Tone
from agent_desktop.viewmodels.paying import locked
from agent_desktop.viewmodels.side import Code, WrapUpView
from agent_desktop.wire.models import DispositionInfo, FieldInfo, InteractionModel

WARN_S = 10.0
# After the customer is gone a digit counts only from here on: it may have been meant for the call.
KEY_GUARD_S = 1.0


def wrapup_view(
    s: Situation,
    interaction: InteractionModel,
    form: WrapUpState,
    script: ScriptState,
    query: str = "",
) -> WrapUpView:
    """The form of this moment."""
    infos = s.store.queue(interaction.queue).dispositions
    info = next((d for d in infos if d.code == form.code), None)
    asked = info.fields if info is not None else ()
    shown_fields = tuple(replace(_field(f, form, script), locked=locked(s, interaction, f)) for f in asked)
    left = interaction.wrapup_deadline_at - s.now if interaction.wrapup_deadline_at else 0.0
    limited = interaction.state == "wrap_up" and bool(interaction.wrapup_deadline_at)
    survey = form.survey if form.survey is not None else False
    arguments = finish_arguments(form, script, info)
    finish = button("wrapup.finish", s, tone=Tone.ACCENT, given=arguments)
    errors = tuple(f.error for f in shown_fields if f.error)
    reason = (
        finish.reason or ("" if info is not None else _("Choose how it ended.")) or next(iter(errors), "")
    )
    return WrapUpView(
        interaction=interaction.id,
        title=_("Wrap-up: {name}", name=words.who(interaction)),
        timer=_("{time} left", time=words.short(max(0.0, left))) if limited else "",
        timer_tone=Tone.DANGER if limited and left <= WARN_S else Tone.WARNING,
        warn=limited and left <= WARN_S,
        extend=button("wrapup.extend", s),
        query=query,
        codes=codes(infos, form.code, query),
        fields=shown_fields,
        note=form.note,
        survey_offered=info is not None and info.survey,
        survey=survey,
        errors=errors,
        finish=_with_reason(finish, reason),
    )


def _with_reason(finish: Button, reason: str) -> Button:
    return replace(finish, reason=reason, args=())


def finish_arguments(form: WrapUpState, script: ScriptState, info: DispositionInfo | None) -> dict[str, str]:
    """What `wrapup.finish` is given: the form as it stands."""
    arguments = {"code": form.code, "note": form.note}
    if info is not None:
        arguments |= {f"field.{f.id}": value_of(f, form, script) for f in info.fields}
        if info.survey and form.survey:
            arguments["survey"] = "yes"
    return arguments


def value_of(field: FieldInfo, form: WrapUpState, script: ScriptState) -> str:
    """What was filled in: in the form, else the script's answer of the same name."""
    return form.values.get(field.id, script.answers.get(field.id, ""))


def _field(field: FieldInfo, form: WrapUpState, script: ScriptState) -> Field:
    """A field that is still empty is marked as needed, not blamed: the finish button says what is missing."""
    value = value_of(field, form, script)
    wrong = problem(field, value) if value.strip() else ""
    return Field(field.id, field.label, field.kind, value, field.required, field.choices, wrong)


def problem(field: FieldInfo, value: str) -> str:
    """What is wrong with a value, in words; empty when it is good."""
    if not value.strip():
        return _("{field} is needed.", field=field.label) if field.required else ""
    match field.kind:
        case "number":
            try:
                float(value.replace(",", "."))
            except ValueError:
                return _("{field} must be a number.", field=field.label)
        case "date":
            try:
                datetime.strptime(value.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
            except ValueError:
                return _("{field} must be a date such as 2026-11-27.", field=field.label)
        case "choice" if value not in field.choices:
            return _(
                "{field} must be one of: {choices}.", field=field.label, choices=", ".join(field.choices)
            )
        case _:
            pass
    return ""


def codes(infos: tuple[DispositionInfo, ...], chosen: str, query: str = "") -> tuple[Code, ...]:
    """The tree of codes, flat, in order; with a query only what matches and the branches above it."""
    children: dict[str, list[DispositionInfo]] = {}
    known = {d.code for d in infos}
    for info in infos:
        children.setdefault(info.parent if info.parent in known else "", []).append(info)
    wanted = query.strip().casefold()
    rows: list[Code] = []

    def matches(info: DispositionInfo) -> bool:
        own = not wanted or wanted in info.label.casefold() or wanted in info.code.casefold()
        return own or any(matches(child) for child in children.get(info.code, ()) if child is not info)

    def walk(parent: str, level: int) -> None:
        for info in children.get(parent, ()):
            if level < 8 and matches(info):
                leaf = info.code not in children
                rows.append(
                    Code(info.code, info.label, info.key if leaf else "", level, leaf, info.code == chosen)
                )
                if not leaf:
                    walk(info.code, level + 1)

    walk("", 0)
    return tuple(rows)


def code_for_key(s: Situation, interaction: InteractionModel, key: str) -> str:
    """The code of a digit; empty during the call, within the guard, or for a digit that is none's."""
    since = interaction.wrapup_at or interaction.ended_at
    if interaction.state != "wrap_up" or (since and s.now - since < KEY_GUARD_S):
        return ""
    return next((d.code for d in s.store.queue(interaction.queue).dispositions if key and d.key == key), "")
