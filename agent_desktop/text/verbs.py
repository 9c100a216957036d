"""What was typed, read by the table of actions: a verb and the arguments that its row wants.

The verbs are the table's; this file knows only how many words of a line belong to which argument.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from agent_desktop.client.action import Action
from agent_desktop.client.actions import ACTIONS, BY_VERB
from agent_desktop.i18n import _

# Arguments of each verb in order.  The last one takes the rest of the line when it ends in "+".
_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "notready": ("reason+",),
    "newcustomer": ("name+",),
    "link": ("customer+",),
    "whyhere": ("n",),
    "knowledge": ("text+",),
    "dismiss": ("id",),
    "filter": ("field", "value+"),
    "renameview": ("view", "name+"),
    "accept": ("id",),
    "moretime": ("id",),
    "needs": ("needs+",),
    "settings": ("name", "value+"),
    "shortcuts": ("id", "keys+"),
    "ringing": ("medium", "value"),
    "volume": ("value",),
    "balance": ("value",),
    "decline": ("id", "reason+"),
    "take": ("id",),
    "end": ("id",),
    "park": ("id",),
    "say": ("text+",),
    "note": ("text+",),
    "mention": ("agent", "text+"),
    "forward": ("source", "address", "text+"),
    "split": ("messages+",),
    "share": ("on",),
    "copy": ("text+",),
    "finish": ("answer",),
    "channel": ("channel+",),
    "after": ("after",),
    "canned": ("name+",),
    "macro": ("name+",),
    "attach": ("path+",),
    "detach": ("n",),
    "spell": ("n", "choice+"),
    "save": ("n", "folder+"),
    "wrapup": ("code", "note+"),
    "why": ("id",),
    "find": ("text+",),
    "transfer": ("target+",),
    "consult": ("target+",),
    "complete": ("leg+",),
    "drop": ("leg+",),
    "mutepart": ("leg+",),
    "targets": ("text+",),
    "record": ("act",),
    "secure": ("on", "keys"),
    "play": ("recording",),
    "callback": ("text+",),
    "hears": ("hears",),
    "use": ("kind", "name+"),
    "sound": ("name", "value"),
    "ring": ("value",),
    "dial": ("number+",),
    "dtmf": ("digits+",),
    "tty": ("value",),
    "captions": ("value",),
    "live": ("on",),
    "listen": ("agent+",),
    "whisper": ("agent+",),
    "barge": ("agent+",),
    "setstate": ("agent", "state", "reason+"),
    "forcewrapup": ("id", "code", "reason+"),
    "prioritise": ("id", "priority", "reason+"),
    "unsent": ("act", "id"),
    "inbox": ("tab", "filter+"),
    "view": ("name+",),
    "saveview": ("name+",),
    "removeview": ("name+",),
    "assign": ("id", "value+"),
    "tag": ("id", "value+"),
    "untag": ("id", "value+"),
    "snooze": ("id", "value+"),
    "resolve": ("id", "value"),
    "reopen": ("id",),
    "priority": ("id", "value"),
    "merge": ("id", "into"),
    "unmerge": ("id",),
    "follow": ("id", "value"),
    "bulk": ("kind", "about", "value+"),
    "open": ("id",),
    "script": ("page", "what+"),
    "help": ("word+",),
    "last": ("count",),
    "transcript": ("count",),
    "verbosity": ("level",),
}
_FIELD = re.compile(r'(?P<name>[^\s="]+)=(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]\S*|))(?:\s+|$)')
_NEEDED = frozenset(
    {"live", "find", "link", "renameview", "transfer", "consult", "dial", "dtmf", "open"}
    | {"mention", "forward", "split", "attach", "finish"}
    | {"view", "saveview", "removeview", "assign", "tag", "untag", "snooze", "priority", "merge", "bulk"}
    | {"verbosity", "hears", "use", "sound", "setstate", "forcewrapup", "prioritise"}
)


@dataclass(frozen=True, slots=True)
class Typed:
    """A line understood; `error` says what was wrong and what is allowed."""

    verb: str
    action: Action | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    error: str = ""


def read(typed: str) -> Typed | None:
    """Understand a line; None for an empty one."""
    verb, _space, rest = typed.strip().partition(" ")
    verb, rest = verb.lower(), rest.strip()
    if not verb:
        return None
    row = BY_VERB.get(verb)
    if row is None:
        near = difflib.get_close_matches(verb, BY_VERB, 3, 0.6)
        hint = _("Did you mean {verbs}?", verbs=", ".join(near)) if near else _("Type help for the list.")
        return Typed(verb, error=_("There is no verb {verb}. {hint}", verb=verb[:40], hint=hint))
    if not rest and verb in _NEEDED:
        return Typed(verb, row, error=_("{verb} needs more: {usage}", verb=verb, usage=row.usage))
    names = _ARGUMENTS.get(verb, ())
    arguments: list[tuple[str, str]] = []
    for name in names:
        if not rest:
            break
        if name.endswith("+"):
            arguments.append((name[:-1], rest))
            rest = ""
        else:
            word, _space, rest = rest.partition(" ")
            arguments.append((name, word))
            rest = rest.strip()
    if rest:
        return Typed(verb, row, error=_("{verb} takes less: {usage}", verb=verb, usage=row.usage))
    return Typed(verb, row, tuple(arguments))


def fields_of(note: str, known: frozenset[str]) -> tuple[dict[str, str], str]:
    """`order=48213 reason="Wrong item" the note`: the fields at the start, and the note after them."""
    fields: dict[str, str] = {}
    rest = note
    while found := _FIELD.match(rest):
        if found["name"] not in known:
            break
        fields[found["name"]] = found["value"] if found["value"] is not None else found["quoted"]
        rest = rest[found.end() :]
    return fields, rest


def usage(verb: str) -> str:
    """How a verb is typed."""
    row = BY_VERB.get(verb)
    return verb if row is None else row.usage


def subjects() -> dict[str, list[Action]]:
    """The verbs by the groups of the table, in its order: the subjects of `help`."""
    found: dict[str, list[Action]] = {}
    for row in ACTIONS:
        if row.verb:
            found.setdefault(row.group, []).append(row)
    return found


def help_lines(word: str = "") -> list[str]:
    """Every subject with its verbs; one subject, by its name or how it begins; or one verb."""
    if not word:
        whole = [line for group in subjects() for line in _subject(group)]
        return [*whole, _("help SUBJECT says one part: {names}.", names=", ".join(_names()))]
    row = BY_VERB.get(word.lower())
    group = _meant(word.casefold(), exactly=row is not None)
    lines = [] if row is None else [_line(row)]
    lines += _subject(group) if group and subjects()[group] != [row] else []
    said = _("There is no verb and no subject {word}. Subjects: {names}.", word=word[:40],
             names=", ".join(_names()))  # fmt: skip
    return lines or [said]


def _names() -> list[str]:
    return [_(group).lower() for group in subjects()]


def _meant(word: str, *, exactly: bool) -> str:
    """The subject of a word: by its name, else by the only name that begins so; empty for none."""
    known = {_(group).casefold(): group for group in subjects()}
    begun = [group for name, group in known.items() if name.startswith(word)]
    return known.get(word, begun[0] if len(begun) == 1 and not exactly else "")


def _subject(group: str) -> list[str]:
    return [f"{_(group)}:", *(f"  {_line(row)}" for row in subjects()[group])]


def _line(row: Action) -> str:
    return f"{row.usage}: {_(row.summary)}"
