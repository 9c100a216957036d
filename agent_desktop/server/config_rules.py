"""Rules and macros of `centre.toml`: `[rules.NAME]` and `[macros.NAME]`, checked against what there is.

A step is a line: the act, then its value (`tag broken`, `route returns`, `acknowledge received`).  A rule on
arrival needs nothing else; one on time says how long nobody wrote: `unanswered = "4h"`, `silent = "3d"`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from agent_desktop.domain import macro as macros
from agent_desktop.domain import rules, tongue
from agent_desktop.domain.centre import CONVERSATION_STATES, Centre
from agent_desktop.domain.macro import Known, Macro, Step
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.rules import Conditions, Rule
from agent_desktop.domain.sources import sources
from agent_desktop.domain.types import Seconds
from agent_desktop.errors import ConfigError
from agent_desktop.server.tomlfile import Document, Table

LABEL_MOST: Final = 60
CHANNELS: Final = ("mailboxes", "chats", "sms", "social")  # the tables whose ids are channels
FILLED: Final = frozenset({"customer.name", "centre.name", "queue.name", "subject"})
_KEY: Final = re.compile(r"[0-9a-z]")
_VARIABLE: Final = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
_SENDER: Final = re.compile(r"[^\s@]*@?[^\s@]*")
TRIED: Final = "tried"  # the name of a rule that is tried and has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What rules and macros may refer to; `texts` are the templates' own words."""

    known: Known
    texts: Mapping[str, str] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()
    hours: frozenset[str] = frozenset()


def names_of(document: Document) -> Names:
    """What the file names, before any of it is read."""

    def texts(key: str, name: str) -> dict[str, str]:
        return {one: _text(table, name) or one for one, table in _tables(document, key).items()}

    known = Known(
        queues=texts("queues", "name"), agents=texts("agents", "name"), templates=texts("templates", "label")
    )
    return Names(
        known=known,
        texts=texts("templates", "text"),
        channels=frozenset(one for key in CHANNELS for one in _tables(document, key)),
        hours=frozenset(_tables(document, "hours")),
    )


def names_in(centre: Centre) -> Names:
    """What a configuration names that is in force."""
    return Names(
        known=known_in(centre),
        texts={one.id: one.text for one in centre.templates},
        channels=frozenset(sources(centre)),
        hours=frozenset(centre.hours),
    )


def known_in(centre: Centre) -> Known:
    """The names on the screen of what steps refer to."""
    return Known(
        queues={queue.id: queue.name for queue in centre.queues.values()},
        agents={agent.id: agent.name for agent in centre.agents.values()},
        templates={one.id: one.label for one in centre.templates},
    )


def rule(key: str, table: Table, names: Names) -> Rule:
    """One rule."""
    on, after_s = _when(table)
    made = Rule(
        id=key,
        label=table.text("label", key, most=LABEL_MOST) or key,
        steps=_steps(table, names, of_rule=True),
        on=on,
        after_s=after_s,
        conditions=_conditions(table, names, timed=on != rules.ARRIVAL),
        go_on=table.flag("go_on", default=False),
    )
    _check_texts(table, made, names)
    table.done()
    return made


def macro(key: str, table: Table, names: Names) -> Macro:
    """One macro."""
    made = Macro(
        id=key,
        label=table.text("label", None, most=LABEL_MOST),
        key=table.match("key", _KEY, "one digit or lower-case letter"),
        steps=_steps(table, names, of_rule=False),
    )
    table.done()
    return made


def rule_of(text: str, centre: Centre) -> Rule:
    """The rule that a text is: the name of one in force, or a table.  Raises `ConfigError` in words."""
    in_force = {one.id: one for one in centre.rules}
    if text.strip() in in_force:
        return in_force[text.strip()]
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"This is neither the name of a rule nor a table of one: {error}.") from error
    document = Document(path=Path("rule"), text=text, raw=raw)
    tables = list(document.root.tables("rules")) if "rules" in raw else [(TRIED, document.root)]
    if len(tables) != 1:
        raise ConfigError("Try one rule at a time: the text holds none, or several.")
    key, table = tables[0]
    made = rule(key, table, names_in(centre))
    document.check()
    return made if made.label != TRIED else replace(made, label="This rule")


def _when(table: Table) -> tuple[str, Seconds]:
    said = [(kind, table.text(kind)) for kind in (rules.UNANSWERED, rules.SILENT) if table.has(kind)]
    if not said:
        return rules.ARRIVAL, Seconds(0.0)
    if len(said) > 1:
        table.blame(rules.SILENT, "a rule counts one time: unanswered, or silent.")
    kind, words = said[0]
    found = macros.seconds(words)
    if found is None:
        table.blame(kind, f"{words!r} is no time such as 30m, 4h, 3d or 2w, a year at most.")
    return kind, found or Seconds(0.0)


def _conditions(table: Table, names: Names, *, timed: bool) -> Conditions:
    made = Conditions(
        media=table.texts("media", choices=MEDIA),
        channels=table.texts("channels", choices=names.channels),
        queues=table.texts("queues", choices=names.known.queues),
        senders=_addresses(table, "from"),
        recipients=_addresses(table, "to"),
        subject=_phrases(table, "subject"),
        words=_phrases(table, "words"),
        languages=table.texts("languages", choices=tongue.LANGUAGES),
        larger_bytes=table.whole("larger_bytes", 0, least=0, most=10**9),
        automatic=table.flag("automatic", default=False) if table.has("automatic") else None,
        first=table.flag("first", default=True) if table.has("first") else None,
        customer_tags=table.texts("customer_tags"),
        tags=table.texts("tags"),
        states=table.texts("states", choices=CONVERSATION_STATES),
        open=_calendar(table, "open", names),
        closed=_calendar(table, "closed", names),
    )
    if made.open and made.open == made.closed:
        table.blame("closed", "the same calendar cannot be open and closed.")
    # Unless it says otherwise a rule on time leaves alone what is done.
    return replace(made, states=rules.OPEN_STATES) if timed and not made.states else made


def _calendar(table: Table, key: str, names: Names) -> str:
    if table.has(key) and not names.hours:
        table.blame(key, "there are no hours in this file.")
    return table.text(key, "", choices=names.hours) if table.has(key) else ""


def _addresses(table: Table, key: str) -> tuple[str, ...]:
    found = table.texts(key)
    for place, one in enumerate(found):
        if not one or _SENDER.fullmatch(one) is None:
            table.document.blame((*table.where, key, place), f"{one!r} is no address such as *@example.com.")
    return found


def _phrases(table: Table, key: str) -> tuple[str, ...]:
    found = table.texts(key)
    for place, one in enumerate(found):
        if not one.strip():
            table.document.blame((*table.where, key, place), "a word or a phrase is needed.")
    return tuple(one for one in found if one.strip())


def _steps(table: Table, names: Names, *, of_rule: bool) -> tuple[Step, ...]:
    steps: list[Step] = []
    for place, line in enumerate(table.texts("steps")):
        step = macros.step_of(line)
        if words := macros.wrong(step, names.known, of_rule=of_rule):
            table.document.blame((*table.where, "steps", place), words)
        steps.append(step)
    if words := macros.wrong_together(steps):
        table.blame("steps", words)
    return tuple(steps)


def _check_texts(table: Table, made: Rule, names: Names) -> None:
    """What a rule sends is filled without an agent: only what is always known may stand in it."""
    if not macros.sends(made.steps):
        return
    for place, step in enumerate(made.steps):
        words = names.texts.get(step.value, "") if macros.ACTS.get(step.act) == "template" else step.value
        for unknown in sorted(set(_VARIABLE.findall(words)) - FILLED):
            table.document.blame(
                (*table.where, "steps", place),
                f"{{{unknown}}} is not known to a rule; {', '.join(sorted(FILLED))} are.",
            )


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its variables replaced; what a value contains is not replaced again."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def told(steps: Sequence[Step], known: Known) -> tuple[str, ...]:
    """The steps in words."""
    return tuple(macros.told(step, known) for step in steps)


def _tables(document: Document, key: str) -> dict[str, object]:
    """The tables under a key as they stand: whoever reads them blames what is wrong."""
    found = document.raw.get(key)
    return dict(found) if isinstance(found, dict) else {}


def _text(table: object, key: str) -> str:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) else ""
