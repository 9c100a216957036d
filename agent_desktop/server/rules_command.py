"""`agent-desktop admin rules`: which rules there are, and what one would have done with past mail.

`try` takes the name of a rule of the centre's file, or a file with the table of one that is not there yet.
It reads the record beside a router that runs, and changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.rules import ARRIVAL
from agent_desktop.domain.types import Instant
from agent_desktop.errors import UsageError
from agent_desktop.server import config_rules
from agent_desktop.server.config import load_centre
from agent_desktop.server.storage import database
from agent_desktop.server.storage.queries import Queries
from agent_desktop.server.trying import rehearse

Place = Callable[[argparse.Namespace], Path]


def main(args: argparse.Namespace, config: Place, record: Place) -> int:
    """Do what the act says; `config` and `record` find the centre's file and the record."""
    centre = load_centre(config(args))
    if args.act == "list":
        return _list(centre)
    if not args.rule:
        raise UsageError("Say which: agent-desktop admin rules try NAME|FILE")
    return _try(centre, record(args), _text(centre, args.rule), days=args.days, limit=args.limit)


def _list(centre: Centre) -> int:
    known = config_rules.known_in(centre)
    for rule in centre.rules:
        when = "on arrival" if rule.on == ARRIVAL else f"{rule.on} for {rule.after_s / 3600:g} h"
        steps = "; ".join(config_rules.told(rule.steps, known))
        _say(f"{rule.id}: {rule.label}, {when}{', goes on' if rule.go_on else ''}: {steps}")
    if not centre.rules:
        _say("There are no rules in this centre's file.")
    return 0


def _text(centre: Centre, given: str) -> str:
    """The name of a rule, or the text of the file that is named so."""
    if given in {rule.id for rule in centre.rules}:
        return given
    path = Path(given)
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(rule.id for rule in centre.rules) or "none"
        said = f"{given} is neither a rule of the centre (there are: {names}) nor a file."
        raise UsageError(said) from error


def _try(centre: Centre, record: Path, text: str, *, days: int, limit: int) -> int:
    rule = config_rules.rule_of(text, centre)
    with database.connect(record, read_only=True) as connection:
        past = Queries(connection, record)
        found = asyncio.run(rehearse(past, centre, rule, days=days, now=Instant(time.time())))
    for line in found.lines(centre, limit):
        _say(line)
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
