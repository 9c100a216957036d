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
    "help": ("verb",),
    "last": ("count",),
    "transcript": ("count",),
    "verbosity": ("level",),
}
_FIELD = re.compile(r'(?P<name>[^\s="]+)=(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]\S*|))(?:\s+|$)')
_NEEDED = frozenset(
    {"live", "find", "link", "renameview", "transfer", "consult", "dial", "dtmf", "open"}
    | {"mention", "forward", "split", "attach"}
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


def help_lines(verb: str = "") -> list[str]:
    """The verbs with what they do, in the groups of the table; or one verb."""
    if verb:
        row = BY_VERB.get(verb.lower())
        if row is None:
            return [_("There is no verb {verb}. Type help for the list.", verb=verb[:40])]
        return [f"{row.usage}: {_(row.summary)}"]
    return [f"{row.usage}: {_(row.summary)}" for row in ACTIONS if row.verb]
