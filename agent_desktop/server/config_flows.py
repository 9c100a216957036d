"""Flows and opening hours of `centre.toml`, checked as a graph.

Every door leads somewhere, every place can be reached, nothing ends in silence, no variable is spoken that
nothing sets.  "0" always reaches a person (H1), so no flow may give that key another meaning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from agent_desktop.domain.centre import TEXT
from agent_desktop.domain.hours import DAYS, MINUTES, Hours, Period
from agent_desktop.domain.ivr import CALLER, PERSON, Choice, Flow, Node, Say, variables_in
from agent_desktop.domain.types import QueueId, SkillId
from agent_desktop.server.tomlfile import ID, Table, Where

KEYS: Final = (*"1234567890", "*", "#")
SAY_MOST: Final = 2000
LOOKUPS: Final = {
    "customer": ("customer.name", "customer.city", "customer.language"),
    "order": ("order.id", "order.title", "order.state", "order.value"),
}
_VARIABLE: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
_NUMBER: Final = re.compile(r"\+?[0-9*#]{2,32}")
_KINDS: Final = (
    "choices", "collect", "hours", "lookup", "callback", "voicemail", "transfer", "hang_up", "queue",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """What flows may refer to: queues that take calls, that take messages, skills, calendars."""

    queues: Collection[str]
    mailboxes: Collection[str]
    skills: Collection[str]
    hours: Collection[str]


def flow(key: str, table: Table, names: Names) -> Flow:
    """One flow."""
    person_queue = _queue(table, "person_queue", names.queues, needed=True)
    nodes = tuple(_node(row, names) for row in table.rows("nodes"))
    if not nodes:
        table.blame("nodes", "a flow needs one node or more.")
    text = table.text("text", choices=TEXT)
    table.done()
    made = Flow(id=key, nodes=nodes, person_queue=QueueId(person_queue), text=text)
    _lint(table, made)
    return made


def _node(table: Table, names: Names) -> Node:
    plain = Node(id="")
    node = Node(
        id=table.match("id", ID, "an id", None),
        say=says(table, "say"),
        choices=tuple(_choice(row, names) for row in table.rows("choices")),
        queue=QueueId(_queue(table, "queue", names.queues)),
        skills={SkillId(skill): level for skill, level in table.levels("skills", names.skills).items()},
        retries=table.whole("retries", plain.retries, least=0, most=10),
        wait_s=table.number("wait_s", plain.wait_s, least=1, most=60),
        hang_up=table.flag("hang_up", default=False),
        goto=table.text("goto"),
        collect=table.match("collect", _VARIABLE, "a variable: small letters, digits, '_'"),
        least=table.whole("least", plain.least, least=2, most=32),
        most=table.whole("most", plain.most, least=2, most=32),
        end_key=table.text("end_key", plain.end_key, choices=("", "#", "*")),
        hours=table.text("hours", choices=names.hours) if table.has("hours") else "",
        open=table.text("open"),
        closed=table.text("closed"),
        lookup=table.text("lookup", choices=LOOKUPS) if table.has("lookup") else "",
        by=table.match("by", _VARIABLE, "a variable: small letters, digits, '_'", plain.by),
        found=table.text("found"),
        not_found=table.text("not_found"),
        language=table.text("language", most=20),
        callback=table.flag("callback", default=False),
        voicemail=QueueId(_queue(table, "voicemail", names.mailboxes, what="voicemail")),
        transfer=table.match("transfer", _NUMBER, "a number"),
        barge_in=table.flag("barge_in", default=True),
        sorry=says(table, "sorry"),
    )
    _is_one_thing(table, node)
    table.done()
    return node


def _is_one_thing(table: Table, node: Node) -> None:
    ways = [name for name in _KINDS if getattr(node, name)]
    if node.callback and node.queue:
        ways.remove("queue")  # where the place is kept
    if not ways and not node.goto:
        table.blame("", "this node is a dead end: give it choices, a queue, goto, or hang_up = true.")
    elif len(ways) > 1:
        table.blame(ways[1], f"this node has {' and '.join(ways)}; one of them is allowed.")
    needs = {"collect": ("goto",), "hours": ("open", "closed"), "lookup": ("found", "not_found")}
    for kind, exits in needs.items():
        for way in exits:
            if getattr(node, kind) and not getattr(node, way):
                table.blame(way, f"a node with {kind} needs {' and '.join(exits)}.")
    if node.goto and ways and not node.collect:
        table.blame("goto", f"this node has {ways[0]}; goto is for a node that only speaks or collects.")
    if node.choices and not node.say:
        table.blame("say", "a caller who is to choose must hear the choices.")
    if (node.collect or node.voicemail or node.callback) and not node.say:
        table.blame("say", "a caller must hear what comes here.")
    if node.collect and node.least > node.most:
        table.blame("least", "there can be no more than most.")
    for pressed, times in Counter(choice.key for choice in node.choices).items():
        if times > 1:
            table.blame("choices", f"the key {pressed} stands here {times} times.")


def _choice(table: Table, names: Names) -> Choice:
    choice = Choice(
        key=table.text("key", None, choices=KEYS),
        label=table.text("label", None, most=40),
        goto=table.text("goto"),
        queue=QueueId(_queue(table, "queue", names.queues)),
        skills={SkillId(skill): level for skill, level in table.levels("skills", names.skills).items()},
        speech=table.texts("speech"),
    )
    if choice.goto and choice.queue:
        table.blame("goto", "a choice has a goto or a queue, not both.")
    if not (choice.goto or choice.queue or choice.key == PERSON):
        table.blame("", "this choice is a dead end: give it a goto or a queue.")
    if choice.key == PERSON and choice.goto:
        table.blame("goto", "the key 0 always reaches a person; give it a queue or nothing.")
    table.done()
    return choice


def says(table: Table, key: str) -> tuple[Say, ...]:
    """A text, a table { text, file, language, variants }, or a list of these."""
    found = []
    for where, item in table.items(key):
        match item:
            case str():
                found.append(Say(text=item))
            case dict():
                found.append(_say(Table(table.document, where, item)))
            case _:
                table.document.blame(where, "a text is expected here, or { text = …, language = … }.")
        if found and len(found[-1].text) > SAY_MOST:
            table.document.blame(where, f"a prompt has at most {SAY_MOST} characters.")
    return tuple(found)


def _say(table: Table) -> Say:
    variants = table.table("variants")
    said = Say(
        text=table.text("text"),
        file=table.file("file"),
        language=table.text("language", "en", most=20),
        variants={language: variants.text(language, None) for language in variants.names()},
    )
    if not (said.text or said.file):
        table.blame("", "a prompt needs a text or a file.")
    variants.done()
    table.done()
    return said


def _queue(
    table: Table, key: str, queues: Collection[str], *, needed: bool = False, what: str = "voice"
) -> str:
    name = table.text(key, None if needed else "")
    if name and name not in queues:
        known = ", ".join(sorted(queues)) or "none"
        table.blame(key, f"there is no queue {name!r} that takes {what}. There are: {known}.")
    return name


def _lint(table: Table, made: Flow) -> None:
    """Every way finds its node, every node is found from the first, every variable is set somewhere."""
    nodes = {node.id: node for node in made.nodes}
    known = {CALLER, *(node.collect for node in made.nodes if node.collect)}
    known |= {name for node in made.nodes if node.lookup for name in LOOKUPS[node.lookup]}
    for place, node in enumerate(made.nodes):
        where: Where = (*table.where, "nodes", place)
        if nodes[node.id] is not node:
            table.document.blame((*where, "id"), f"there are two nodes {node.id!r}.")
        for way in ("goto", "open", "closed", "found", "not_found"):
            _exists(table, (*where, way), getattr(node, way), nodes)
        for number, choice in enumerate(node.choices):
            _exists(table, (*where, "choices", number, "goto"), choice.goto, nodes)
        for name in sorted(variables_in((*node.say, *node.sorry)) - known):
            table.document.blame((*where, "say"), f"nothing in this flow sets {{{name}}}.")
        if (node.lookup or node.callback) and node.by not in known:
            table.document.blame((*where, "by"), f"nothing in this flow sets {node.by!r}.")
    reached: set[str] = set()
    ahead = [made.nodes[0].id] if made.nodes else []
    while ahead:
        name = ahead.pop()
        if name in nodes and name not in reached:
            reached.add(name)
            ahead += nodes[name].exits
    for place, node in enumerate(made.nodes):
        if node.id not in reached:
            table.document.blame(
                (*table.where, "nodes", place), f"the node {node.id!r} cannot be reached from the first one."
            )


def _exists(table: Table, where: Where, name: str, nodes: Collection[str]) -> None:
    if name and name not in nodes:
        table.document.blame(where, f"there is no node {name!r} in this flow.")


def hours(key: str, table: Table) -> Hours:
    """One calendar: a zone, periods of the weekdays ("09:00-12:00"), dates with their own, `closed`."""
    zone = table.text("zone", "UTC", most=64)
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        table.blame("zone", f"{zone!r} is no time zone, such as Europe/Berlin.")
        zone = "UTC"
    special, dates = {}, table.table("dates")
    for name in dates.names():
        try:
            day = date.fromisoformat(name)
        except ValueError:
            dates.blame(name, "a date is written 2026-12-25.")
            dates.texts(name)
            continue
        special[day] = _periods(dates, name)
    made = Hours(
        id=key,
        zone=zone,
        week={day: _periods(table, day) for day in DAYS if table.has(day)},
        special=special,
        closed=table.flag("closed", default=False),
    )
    dates.done()
    table.done()
    return made


def _periods(table: Table, key: str) -> tuple[Period, ...]:
    found = []
    for place, text in enumerate(table.texts(key)):
        times = re.fullmatch(r"([0-2]\d):([0-5]\d)-([0-2]\d):([0-5]\d)", text)
        start, end = (
            (60 * int(times[1]) + int(times[2]), 60 * int(times[3]) + int(times[4])) if times else (0, 0)
        )
        if not 0 <= start < end <= MINUTES:
            table.document.blame((*table.where, key, place), f"{text!r} is not a period such as 09:00-17:30.")
            continue
        found.append(Period(start, end))
    found.sort()
    for one, other in pairwise(found):
        if other.start < one.end:
            table.blame(key, "two periods overlap.")
    return tuple(found)
