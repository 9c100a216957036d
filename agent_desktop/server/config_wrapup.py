"""Wrap-up in `centre.toml`: the disposition codes, what they bring about, and the rules for each medium.

`[queues.NAME.wrapups.MEDIUM]` says where a medium differs from its queue; the medium `callback` stands for
customers who are called back, the agent's phone first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Final

from agent_desktop.domain.centre import CONVERSATION_STATES, WRAP_UP_MODES, Centre, Disposition, WrapUpRules
from agent_desktop.domain.medium import MEDIA, VOICE
from agent_desktop.domain.types import DispositionCode, MediumId, Seconds
from agent_desktop.domain.wrapup import CALLBACK, LONGEST_S, MODES, SYSTEM_CODES
from agent_desktop.server import config_guides
from agent_desktop.server.tomlfile import Document, Table

LABEL_MOST: Final = 40
FARTHEST_CALLBACK_S: Final = 30 * 86_400.0
SAFETY_LEAST_S: Final = 60.0
_KEY: Final = re.compile(r"[0-9]")


def disposition(key: str, table: Table, known: Collection[str]) -> Disposition:
    """One code."""
    made = Disposition(
        code=DispositionCode(key),
        label=table.text("label", None, most=LABEL_MOST),
        key=table.match("key", _KEY, "one digit"),
        parent=table.text("parent", "", choices=known),
        fields=tuple(config_guides.form_field(row) for row in table.rows("fields")),
        survey=table.flag("survey", default=False),
        confirm=table.flag("confirm", default=False),
        callback_s=Seconds(table.number("callback_s", 0.0, most=FARTHEST_CALLBACK_S)),
        do_not_call=table.flag("do_not_call", default=False),
        conversation=table.text("conversation", "resolved", choices=CONVERSATION_STATES),
    )
    if made.code in SYSTEM_CODES:
        table.blame("label", f"the code {key!r} is the system's own; choose another.")
    if made.do_not_call and made.callback_s:
        table.blame("callback_s", "who wants no calls cannot be called back.")
    for name, times in Counter(field.id for field in made.fields).items():
        if times > 1:
            table.blame("fields", f"the field {name!r} stands here twice.")
    table.done()
    return made


def seconds(table: Table, key: str, default: float) -> Seconds:
    """How long a wrap-up is; 0: no limit."""
    return Seconds(table.number(key, default, most=LONGEST_S))


def by_medium(
    table: Table, mode: str, wrapup_s: Seconds, media: Collection[str]
) -> dict[MediumId, WrapUpRules]:
    """The rules of the media that differ; what is not said there is as in the queue."""
    made: dict[MediumId, WrapUpRules] = {}
    whole = table.table("wrapups")
    for name in whole.names():
        row = whole.table(name)
        if name not in {*MEDIA, CALLBACK}:
            whole.blame(name, f"this is no medium: {', '.join(MEDIA)}, or {CALLBACK}.")
        elif (VOICE if name == CALLBACK else name) not in media:
            whole.blame(name, "this queue does not take it.")
        made[MediumId(name)] = WrapUpRules(
            mode=row.text("mode", mode, choices=WRAP_UP_MODES),
            wrapup_s=seconds(row, "wrapup_s", wrapup_s),
        )
        row.done()
    return made


def safety(root: Table, default: Seconds) -> Seconds:
    """When a wrap-up that has a limit is closed at the latest."""
    return Seconds(root.number("wrapup_safety_s", default, least=SAFETY_LEAST_S, most=LONGEST_S))


def check(document: Document, centre: Centre) -> None:
    """A tree without rings; on every form each digit means one thing; a form that needs a code has one."""
    for code, made in centre.dispositions.items():
        seen, at = {code}, made.parent
        while at and at not in seen and at in centre.dispositions:
            seen.add(DispositionCode(at))
            at = centre.dispositions[DispositionCode(at)].parent
        if at in seen:
            document.blame(("dispositions", code, "parent"), "the parents go round in a ring.")
    for key, queue in centre.queues.items():
        codes = [code for code in queue.dispositions or centre.dispositions if code in centre.dispositions]
        keys = Counter(centre.dispositions[code].key for code in codes)
        for digit, times in keys.items():
            if digit and times > 1:
                where = ("queues", key, "dispositions")
                document.blame(where, f"the key {digit} stands for {times} of its dispositions.")
        modes = (queue.wrapup_mode, *(rule.mode for rule in queue.wrapups.values()))
        if not codes and any(MODES[mode].needs_code for mode in modes if mode in MODES):
            document.blame(("queues", key), "its wrap-up needs a disposition, and there is none.")
