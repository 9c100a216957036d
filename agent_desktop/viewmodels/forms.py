"""What the agent has filled in and not sent: answers of a script and the wrap-up form, kept as drafts.

A form is one small JSON text, so that it lives in the same place as the drafts of messages and is as safe.
Answers of the script are reused in the wrap-up form where the field has the same id.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec


class ScriptState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the agent is in a script: page, pages before it, ticks with their times, answers."""

    page: str = ""
    trail: tuple[str, ...] = ()
    ticks: dict[str, float] = {}
    answers: dict[str, str] = {}
    version: int = 0


class WrapUpState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The form: code, note, values, whether a survey is asked for."""

    code: str = ""
    note: str = ""
    values: dict[str, str] = {}
    survey: bool | None = None


def script_state(text: str) -> ScriptState:
    """Read a kept script; a text that is none is an empty one."""
    try:
        return msgspec.json.decode(text or "{}", type=ScriptState)
    except msgspec.MsgspecError:
        return ScriptState()


def wrapup_state(text: str) -> WrapUpState:
    """Read a kept form."""
    try:
        return msgspec.json.decode(text or "{}", type=WrapUpState)
    except msgspec.MsgspecError:
        return WrapUpState()


def kept(state: ScriptState | WrapUpState) -> str:
    """The text under which a form is kept."""
    return msgspec.json.encode(state).decode()


@dataclass(frozen=True, slots=True)
class Filled:
    """Everything that was filled in for one interaction."""

    script: ScriptState = field(default_factory=ScriptState)
    wrapup: WrapUpState = field(default_factory=WrapUpState)
    query: str = ""
    sure: str = ""  # the code that the form asks once more about
