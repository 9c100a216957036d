"""Steps with a name: what a macro does for an agent, and what a rule does by itself.

A step is an act and its value: `tag broken`, `route returns`, `snooze 3d`.  The table `ACTS` says what the
value of each act is; `wrong` says in words why a step cannot stand where it stands, `told` what it does.

Rules of the file: `template` and `reply` write into the draft, and nothing is sent unless the step `send`
follows; `acknowledge` is for rules alone, because only a machine answers without a draft.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.domain.types import Seconds

ROUTE, ASSIGN, PRIORITISE = "route", "assign", "prioritise"
TAG, UNTAG = "tag", "untag"
TEMPLATE, REPLY, SEND, ACKNOWLEDGE, NOTE = "template", "reply", "send", "acknowledge", "note"
SNOOZE, FOLLOW_UP, RESOLVE = "snooze", "follow_up", "resolve"

# What stands behind the act: queue, agent, tag, template, text, priority, time (may be empty), nothing.
ACTS: Final[Mapping[str, str]] = {
    ROUTE: "queue",
    TAG: "tag",
    UNTAG: "tag",
    PRIORITISE: "priority",
    ASSIGN: "agent",
    ACKNOWLEDGE: "template",
    TEMPLATE: "template",
    REPLY: "text",
    NOTE: "text",
    SNOOZE: "time",
    RESOLVE: "",
    FOLLOW_UP: "time",
    SEND: "",
}
OF_RULES_ALONE: Final = frozenset({ACKNOWLEDGE})
WRITES_DRAFT: Final = frozenset({TEMPLATE, REPLY})
PRIORITIES: Final = (1, 99)
TAG_MOST: Final = 40
TEXT_MOST: Final = 10_000
STEPS_MOST: Final = 20
LONGEST_S: Final = 366 * 86_400.0
_UNITS: Final = {"m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 7 * 86_400.0}
_TIME: Final = re.compile(r"(\d{1,6}) ?([mhdw])")
_NAMES: Final = {"m": "minute", "h": "hour", "d": "day", "w": "week"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act with its value."""

    act: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """Named steps; `key` is its shortcut's digit or letter."""

    id: str
    label: str
    steps: tuple[Step, ...]
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What steps may name: the ids with their names on the screen."""

    queues: Mapping[str, str] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


def step_of(words: str) -> Step:
    """The step that a line says: the first word is the act, the rest its value."""
    act, _, value = words.strip().partition(" ")
    return Step(act=act.casefold(), value=value.strip())


def seconds(words: str) -> Seconds | None:
    """A length of time: `30m`, `4h`, `3d`, `2w`; None for anything else, and beyond a year."""
    found = _TIME.fullmatch(words.strip())
    if found is None:
        return None
    length = int(found[1]) * _UNITS[found[2]]
    return Seconds(length) if 0 < length <= LONGEST_S else None


def wrong(step: Step, known: Known, *, of_rule: bool) -> str:
    """Why a step cannot be, in words; empty when it can."""
    kind = ACTS.get(step.act)
    if kind is None:
        return f"{step.act!r} is no step: there are {', '.join(ACTS)}."
    if step.act in OF_RULES_ALONE and not of_rule:
        return f"only a rule can {step.act}: a macro fills the draft (template), and its agent sends it."
    match kind:
        case "":
            return f"{step.act} takes no value." if step.value else ""
        case "queue" | "agent" | "template":
            return _unknown(kind, step.value, _named(known, kind))
        case "priority":
            return _no_priority(step.value)
        case "time":
            bad = bool(step.value) and seconds(step.value) is None
            return f"{step.value!r} is no time such as 30m, 4h, 3d or 2w, a year at most." if bad else ""
        case "tag":
            good = 0 < len(step.value) <= TAG_MOST and step.value.isprintable() and "," not in step.value
            return "" if good else f"a tag has 1 to {TAG_MOST} characters and no comma."
        case _:
            there = step.value and len(step.value) <= TEXT_MOST
            return "" if there else f"{step.act} needs its words, {TEXT_MOST:,} characters at most."


def wrong_together(steps: Sequence[Step]) -> str:
    """Why steps cannot follow one another, in words; empty when they can."""
    if not steps:
        return "there is nothing to do: name at least one step."
    if len(steps) > STEPS_MOST:
        return f"{len(steps)} steps are too many; at most {STEPS_MOST}."
    acts = [step.act for step in steps]
    if SEND in acts and not WRITES_DRAFT & set(acts[: acts.index(SEND)]):
        return "send comes after the step that writes what is sent: template or reply."
    if acts.count(SEND) > 1:
        return "one run sends one message: send stands here twice."
    return ""


def sends(steps: Sequence[Step]) -> bool:
    """Whether something goes out to the customer."""
    return any(step.act in {SEND, ACKNOWLEDGE} for step in steps)


def told(step: Step, known: Known) -> str:
    """What a step does, for the preview: "put the tag broken"."""
    value = step.value
    match step.act:
        case "route":
            return f"send it to the queue {known.queues.get(value, value)}"
        case "tag":
            return f"put the tag {value}"
        case "untag":
            return f"take the tag {value} off"
        case "prioritise":
            return f"give it the priority {value}"
        case "assign":
            return f"give it to {known.agents.get(value, value)}"
        case "acknowledge":
            return f"answer with “{known.templates.get(value, value)}”"
        case "template":
            return f"write “{known.templates.get(value, value)}” into the draft"
        case "reply":
            return f"write into the draft: {_short(value)}"
        case "note":
            return f"add the note: {_short(value)}"
        case "snooze":
            return f"put it aside for {length(value)}" if value else "put it aside until the customer writes"
        case "follow_up":
            return f"bring it back after {length(value)} without a word" if value else "bring it back"
        case "resolve":
            return "resolve it"
        case "send":
            return "send the draft"
        case _:
            return f"{step.act} {value}".strip()


def length(words: str) -> str:
    """A length of time as people say it: "3 days"."""
    found = _TIME.fullmatch(words.strip())
    if found is None:
        return words
    count, name = int(found[1]), _NAMES[found[2]]
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _named(known: Known, kind: str) -> Mapping[str, str]:
    return {"queue": known.queues, "agent": known.agents, "template": known.templates}[kind]


def _unknown(kind: str, value: str, named: Collection[str]) -> str:
    if value in named:
        return ""
    return f"there is no {kind} {value!r}." if value else f"which {kind}? Name one behind the act."


def _no_priority(value: str) -> str:
    least, most = PRIORITIES
    good = value.isascii() and value.isdigit() and least <= int(value[:4]) <= most
    return "" if good else f"the priority is {least} to {most}; 99 is first."


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
