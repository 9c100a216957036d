"""Promises and decisions, as front ends are told of them."""

from __future__ import annotations

from agent_desktop.wire.model import Model


class PromiseModel(Model, frozen=True, kw_only=True):
    """One clock of a promise.

    `kind` is first_reply, next_reply or resolution; `state` is running, paused, kept or broken.
    """

    kind: str
    state: str
    due_at: float = 0.0
    warn_at: float = 0.0
    left_s: float = 0.0  # of open hours, when it stands still
    warned: bool = False


class ConsideredModel(Model, frozen=True, kw_only=True):
    """One agent or interaction that a decision looked at."""

    id: str
    name: str = ""
    score: str = ""
    why: str = ""


class ExplanationModel(Model, frozen=True, kw_only=True):
    """Why did I get this; or, with `nobody`, why is nobody taking it."""

    interaction: str
    nobody: bool = False
    waiting: int = 0
    free: int = 0
    rule: str = ""
    selection: str = ""
    score: str = ""
    tie_break: str = ""
    decided_at: float = 0.0
    waited_s: float = 0.0
    considered: tuple[ConsideredModel, ...] = ()
    lines: tuple[str, ...] = ()  # the same as sentences, in the order of the decision
