"""The wrap-up form: how it ended, with a timer that is the router's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from agent_desktop.client import wrapping
from agent_desktop.client.situation import Situation
from agent_desktop.client.wrapping import Rules
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.forms import Filled, ScriptState, WrapUpState
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
    filled: Filled,
) -> WrapUpView:
    """The form of this moment."""
    form, script = with_chosen(filled.wrapup, interaction), filled.script
    rules = wrapping.rules(s, interaction)
    infos = s.store.queue(interaction.queue).dispositions
    info = next((d for d in infos if d.code == form.code), None)
    asked = info.fields if info is not None else ()
    shown_fields = tuple(replace(_field(f, form, script), locked=locked(s, interaction, f)) for f in asked)
    left = interaction.wrapup_deadline_at - s.now if interaction.wrapup_deadline_at else 0.0
    limited = interaction.state == "wrap_up" and bool(interaction.wrapup_deadline_at)
    survey = form.survey if form.survey is not None else False
    arguments = finish_arguments(form, script, info)
    confirm = wrapping.asks_once_more(info) if info is not None and info.code == filled.sure else ""
    label = _finish_label(rules, interaction, confirm=bool(confirm))
    finish = button("wrapup.finish", s, label=label, tone=Tone.ACCENT, given=arguments)
    errors = tuple(f.error for f in shown_fields if f.error)
    chosen = info is not None or not rules.needs_code
    reason = finish.reason or ("" if chosen else _("Choose how it ended.")) or next(iter(errors), "")
    more = _("More time ({n} left)", n=rules.extensions_left) if limited and rules.extensions_left else ""
    return WrapUpView(
        interaction=interaction.id,
        title=_("Wrap-up: {name}", name=words.who(interaction)),
        timer=_("{time} left", time=words.short(max(0.0, left))) if limited else "",
        timer_tone=Tone.DANGER if limited and left <= WARN_S else Tone.WARNING,
        warn=limited and left <= WARN_S,
        extend=button("wrapup.extend", s, label=more),
        query=filled.query,
        codes=codes(infos, form.code, filled.query),
        fields=shown_fields,
        note=form.note,
        survey_offered=info is not None and info.survey,
        survey=survey,
        errors=errors,
        finish=_with_reason(finish, reason),
        timer_spoken=_("{time} of wrap-up left", time=words.spoken(max(0.0, left))) if limited else "",
        says=_says(rules, interaction),
        chosen=_chosen(infos, interaction, left) if limited else "",
        effects=info.effects if info is not None else (),
        confirm=confirm,
        digits=digits_choose(s, interaction),
        limited=limited,
    )


def with_chosen(form: WrapUpState, interaction: InteractionModel) -> WrapUpState:
    """An empty form begins with what the router keeps already: a code that takes effect at the deadline."""
    if form.code or interaction.state != "wrap_up" or not interaction.disposition:
        return form
    kept_note = form.note or interaction.disposition_note
    return WrapUpState(interaction.disposition, kept_note, form.values, form.survey)


def _finish_label(rules: Rules, interaction: InteractionModel, *, confirm: bool) -> str:
    if confirm:
        return _("Yes, finish")
    if rules.leaves_early:
        return ""
    return _("Change the code") if interaction.disposition else _("Keep this code")


def wrapup_says(s: Situation, interaction: InteractionModel) -> str:
    """What the mode asks for and what is left, in a sentence or two."""
    found = wrapping.rules(s, interaction)
    said = _says(found, interaction)
    if not found.limited:
        return said
    left = max(0.0, interaction.wrapup_deadline_at - s.now)
    return f"{said} " + _("{time} left.", time=words.spoken(left))


def _says(rules: Rules, interaction: InteractionModel) -> str:
    """What the mode asks for, in a sentence."""
    if interaction.state != "wrap_up" and rules.mode == wrapping.NONE:
        return _("This queue has no wrap-up: it is over when the work ends.")
    if interaction.state != "wrap_up":
        return _("You can fill this in now. Nothing is lost when the work ends.")
    if not rules.needs_code:
        return _("You can finish with a code or without one.")
    if not rules.limited:
        return _("It waits for a code.")
    if not rules.leaves_early:
        return _("It ends when the time is over. Until then the code can be changed.")
    return _("It ends with a code, or without one when the time is over.")


def _chosen(infos: tuple[DispositionInfo, ...], interaction: InteractionModel, left: float) -> str:
    code = interaction.disposition
    if not code:
        return ""
    label = next((d.label for d in infos if d.code == code), code)
    return _("Chosen: {code}. It is written in {time}.", code=label, time=words.short(max(0.0, left)))


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


def digits_choose(s: Situation, interaction: InteractionModel) -> bool:
    """Whether a digit chooses a code: the work has ended, a moment ago at least, and no other call is up."""
    since = interaction.wrapup_at or interaction.ended_at
    if interaction.state != "wrap_up" or (since and s.now - since < KEY_GUARD_S):
        return False
    return s.talk() is None  # whose keypad has the digits


def code_for_key(s: Situation, interaction: InteractionModel, key: str) -> str:
    """The code of a digit; empty during the call, within the guard, or for a digit that is none's."""
    if not digits_choose(s, interaction):
        return ""
    rows = codes(s.store.queue(interaction.queue).dispositions, "")
    return next((row.code for row in rows if key and row.key == key), "")


SYSTEM_LABELS = {
    "none": lambda: _("No code"),
    "timeout": lambda: _("Time was over"),
    "left": lambda: _("The agent left"),
    "forced": lambda: _("Ended by a supervisor"),
    "voicemail": lambda: _("Left a message"),
    "sent_on": lambda: _("Sent on by the flow"),
    "do_not_call": lambda: _("Asked not to be called"),
}


def code_label(infos: tuple[DispositionInfo, ...], code: str) -> str:
    """A code as people read it, also one of the system's own."""
    own = SYSTEM_LABELS.get(code)
    return next((d.label for d in infos if d.code == code), own() if own is not None else code)
