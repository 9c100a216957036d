"""The reasons of `centre.toml`: why not ready, and why declined (PRODUCT 3.1.1, 3.1.4, P3).

The key is the reason's id and stays as it is; the label is for people and may change.  A reason is a
label, or a table that says more: a number for reports and other systems, the team that alone may pick it,
the media that are still offered meanwhile, whether what people transfer is still taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

from agent_desktop.domain.agent import RESERVED_NUMBERS, SYSTEM_NUMBERS, SYSTEM_REASONS
from agent_desktop.domain.centre import Reason
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.types import MediumId, ReasonCode
from agent_desktop.server import tomlfile
from agent_desktop.server.tomlfile import Table

REASONS_MOST: Final = 100  # for everybody, and as many again for each team
LABEL_MOST: Final = 40
NUMBER_MOST: Final = 65_535


def breaks(root: Table, teams: Collection[str]) -> tuple[Reason, ...]:
    """Why not ready: the reasons of the file, then those that only the system sets."""
    table = root.table("reasons")
    made = [_break(table, code, teams) for code in _codes(table)]
    _check(table, made)
    own = [
        Reason(code=ReasonCode(code), label=label, system=True, number=SYSTEM_NUMBERS.get(code, 0))
        for code, label in SYSTEM_REASONS.items()
    ]
    return (*made, *own)


def declines(root: Table) -> tuple[Reason, ...]:
    """Why an offer is declined."""
    table = root.table("decline_reasons")
    made = []
    for code in _codes(table):
        said = table.table(code) if table.is_table(code) else None
        made.append(_plain(table, code) if said is None else _numbered(said, code))
        if said is not None:
            said.done()
    _check(table, made)
    return tuple(made)


def _codes(table: Table) -> list[str]:
    for code in table.names():
        if tomlfile.ID.fullmatch(code) is None or code in SYSTEM_REASONS:
            table.blame(code, "this code is the system's own, or no id; choose another.")
    return table.names()


def _plain(table: Table, code: str) -> Reason:
    return Reason(code=ReasonCode(code), label=table.text(code, None, most=LABEL_MOST))


def _numbered(said: Table, code: str) -> Reason:
    label = said.text("label", None, most=LABEL_MOST)
    number = said.whole("number", 0, least=1, most=NUMBER_MOST) if said.has("number") else 0
    if number in RESERVED_NUMBERS:
        said.blame("number", f"{number} is the system's own; choose another.")
    return Reason(code=ReasonCode(code), label=label, number=number)


def _break(table: Table, code: str, teams: Collection[str]) -> Reason:
    if not table.is_table(code):
        return _plain(table, code)
    said = table.table(code)
    plain = _numbered(said, code)
    team = said.text("team")
    if team and team not in teams:
        said.blame("team", f"no agent of this file is in the team {team!r}.")
    made = Reason(
        code=plain.code,
        label=plain.label,
        number=plain.number,
        team=team,
        media=tuple(MediumId(medium) for medium in said.texts("media", choices=MEDIA)),
        transfers=said.flag("transfers", default=False),
    )
    said.done()
    return made


def _check(table: Table, made: list[Reason]) -> None:
    for team, count in Counter(reason.team for reason in made).items():
        if count > REASONS_MOST:
            whose = f" of the team {team!r}" if team else ""
            table.blame("", f"there are {count} reasons{whose}; at most {REASONS_MOST} are allowed.")
    for number, count in Counter(reason.number for reason in made).items():
        if number and count > 1:
            table.blame("", f"the number {number} stands for {count} reasons.")
