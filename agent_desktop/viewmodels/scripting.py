"""The script: its page with variables filled, lines that must be read, answers kept going back and forth."""

from __future__ import annotations

from datetime import tzinfo

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button, with_arguments
from agent_desktop.viewmodels.filling import filled, values
from agent_desktop.viewmodels.forms import ScriptState
from agent_desktop.viewmodels.parts import Field
from agent_desktop.viewmodels.paying import locked
from agent_desktop.viewmodels.side import ScriptView, Tick
from agent_desktop.wire.models import InteractionModel, ScriptInfo, ScriptPage


def script_of(s: Situation, interaction: InteractionModel) -> ScriptInfo | None:
    """The script that the interaction's queue opens."""
    wanted = s.store.queue(interaction.queue).script
    return next((script for script in s.store.replica.centre.scripts if wanted and script.id == wanted), None)


def page_of(script: ScriptInfo, state: ScriptState) -> ScriptPage | None:
    """The page the agent is at; the first when that page is gone."""
    found = next((p for p in script.pages if p.id == state.page), None)
    return found or next(iter(script.pages), None)


def script_view(
    s: Situation, interaction: InteractionModel, state: ScriptState, zone: tzinfo | None = None
) -> ScriptView | None:
    """The page as it is read; None when the queue has no script."""
    script = script_of(s, interaction)
    page = page_of(script, state) if script is not None else None
    if script is None or page is None:
        return None
    known = values(s, interaction) | state.answers
    ticks = tuple(
        Tick(
            tick_id(page, index),
            filled(line, known)[0],
            tick_id(page, index) in state.ticks,
            words.clock(state.ticks[tick_id(page, index)], zone)
            if tick_id(page, index) in state.ticks
            else "",
        )
        for index, line in enumerate(page.must_read)
    )
    fields = tuple(
        Field(
            f.id,
            f.label,
            f.kind,
            state.answers.get(f.id, ""),
            f.required,
            f.choices,
            locked=locked(s, interaction, f),
        )
        for f in page.fields
    )
    choices = tuple(
        with_arguments(button("script.go", s, label=label), page=target) for label, target in page.choices
    )
    back = button("script.back", s, reason="" if state.trail else _("This is the first page."))
    return ScriptView(
        script=script.id,
        title=script.title,
        page=page.id,
        page_title=page.title,
        text=filled(page.text, known)[0],
        must_read=ticks,
        fields=fields,
        choices=choices,
        back=back,
    )


def tick_id(page: ScriptPage, index: int) -> str:
    """The name of a must-read line: its page and its place."""
    return f"{page.id}:{index}"


def must_read_open(s: Situation, interaction: InteractionModel, state: ScriptState) -> tuple[str, ...]:
    """The must-read lines of the pages that were visited and are not ticked: they keep it from closing."""
    script = script_of(s, interaction)
    if script is None or not state.page:
        return ()
    visited = {*state.trail, state.page}
    known = values(s, interaction)
    return tuple(
        filled(line, known)[0]
        for page in script.pages
        if page.id in visited
        for index, line in enumerate(page.must_read)
        if tick_id(page, index) not in state.ticks
    )
