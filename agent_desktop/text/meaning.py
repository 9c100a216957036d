"""What a typed line means beyond its words: the number of a list that was printed, a short word of a verb.

Every list that is printed is numbered, and its numbers are remembered here until the next list of its kind;
a name always goes before a number.  Rules of the file: nothing is done here; `meant` gives the action of the
table and its arguments, or raises `RefusedError` with what is wrong and what is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent_desktop.client.actions_sound import kind_meant, name_meant
from agent_desktop.client.actions_writing import numbered
from agent_desktop.client.situation import chosen
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.text import unsent, writing
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.filters import filter_fields
from agent_desktop.viewmodels.parts import Field
from agent_desktop.viewmodels.views import view_rows

Given = dict[str, str]
Meant = tuple[str, Given]

LOOK = ""  # no action: the verb only says what is there
SUPERVISE = frozenset({"listen", "whisper", "barge", "setstate"})
OF_A_CHOICE = frozenset({"assign", "tag", "untag", "snooze", "resolve"})
MOST_DIGITS = 2  # a longer number is a number to call, not the number of a line


@dataclass(slots=True)
class Numbers:
    """What the numbers of the lists that were printed last stand for."""

    agents: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    choices: tuple[str, tuple[str, ...]] = ("", ())  # the verb that they are for, and the values
    reading: str = ""  # the article that was asked for


def meant(d: Desktop, numbers: Numbers, verb: str, action: str, given: Given) -> Meant:
    """The action and the arguments of a line.  Raises `RefusedError`."""
    if verb in SUPERVISE and given.get("agent"):
        known = {a.extension for a in d.runtime.store.replica.agents.values()}
        if given["agent"] not in known:
            given = {**given, "agent": nth(given["agent"], numbers.agents)}
    elif verb in {"transfer", "consult"} and len(given.get("target", "")) <= MOST_DIGITS:
        given = {**given, "target": nth(given.get("target", ""), numbers.targets)}
    elif verb in OF_A_CHOICE and numbers.choices[0] == verb and given.get("value"):
        given = {**given, "value": nth(given["value"], numbers.choices[1])}
    row = _VERBS.get(verb)
    return (action, given) if row is None else row(d, numbers, action, given)


def nth(word: str, keys: Sequence[str]) -> str:
    """What a number of a list stands for; a word that is none as it is."""
    number = int(word) if word.isdecimal() and word.isascii() else 0
    return keys[number - 1] if 1 <= number <= len(keys) else word


def named(word: str, rows: Sequence[tuple[str, str]], sentence: str) -> str:
    """The id that a word or a number of a list means.  Raises `RefusedError`."""
    keys = [key for key, _name in rows]
    known = {name.casefold() for row in rows for name in row}
    if word.casefold() not in known and (found := nth(word, keys)) != word:
        return found
    return chosen(word, [(key, name, "") for key, name in rows], sentence)[0]


def _inbox(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    return action, {**given, "tab": given.get("tab") or d.order.tab}


def _share(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    return action, writing.arguments(d, "share", given)


def _unsent(_d: Desktop, _n: Numbers, _action: str, given: Given) -> Meant:
    return unsent.meant(given)


def _not_ready(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    rows = [(r.code, r.label) for r in d.runtime.store.replica.centre.reasons if not r.system]
    if not given.get("reason"):
        names = ", ".join(label for _code, label in rows)
        raise RefusedError(_("Say why: notready REASON. Possible: {names}.", names=names), code="usage")
    return action, {
        "reason": named(given.get("reason", ""), rows, _("There is no reason {word}. Possible: {names}."))
    }


def _decline(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    rows = [r.code for r in d.runtime.store.replica.centre.decline_reasons if not r.system]
    return action, {**given, **({"reason": nth(given["reason"], rows)} if given.get("reason") else {})}


def _finish(_d: Desktop, _n: Numbers, _action: str, given: Given) -> Meant:
    """`finish send`, `finish keep` or `finish back`: the answers to what an unsent draft asks."""
    word = given.get("answer", "").lower()
    if word not in {"send", "keep", "back"}:
        raise RefusedError(_("Say finish send, finish keep or finish back."), code="usage")
    return f"finish.{word}", {}


def _dial(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    """`dial NUMBER for QUEUE`: the caller sees the number of the queue."""
    number, found, queue = given.get("number", "").partition(" for ")
    if not found:
        return action, given
    rows = [(q.id, q.name) for q in d.runtime.store.replica.centre.queues]
    return action, {
        "number": number,
        "queue": named(queue.strip(), rows, _("There is no queue {word}. Possible: {names}.")),
    }


def _view(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    """`view 2` is the second of `views`."""
    name = "view" if action == "views.rename" else "name"
    rows = [(row.id, row.label) for row in view_rows(d.situation(), d.workspace.counts)]
    if not rows:
        return action, given
    found = named(given.get(name, ""), rows, _("There is no view {word}. Possible: {names}."))
    if action == "views.rename" and not given.get("name"):
        raise RefusedError(_("Say how it is called from now on: renameview VIEW NAME."), code="usage")
    return action, {**given, name: found}


def _macro(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    """`macro NAME --preview` shows its steps; then `macro text 2 WORDS`, `macro run`, `macro close`."""
    word, _space, rest = given.get("name", "").partition(" ")
    shown = d.macro()
    if shown is not None and word in {"run", "close"} and not rest:
        return f"macro.{word}", {"name": word}
    if shown is not None and word == "text":
        step, _space, text = rest.partition(" ")
        steps = [str(x.number) for x in shown.steps if x.text is not None]
        if step not in steps or not text:
            raise RefusedError(
                _("Say which step and its text. Steps with a text: {steps}.", steps=", ".join(steps)),
                code="usage",
            )
        return "macro.text", {"name": word, "step": step, "text": text}
    macros = d.runtime.store.replica.centre.macros
    known = {name.casefold() for m in macros for name in (m.id, m.label, m.key) if name}
    if word and word.casefold() not in known:
        given = {**given, "name": f"{nth(word, [m.id for m in macros])} {rest}".strip()}
    return action, given


def _canned(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    return action, {**given, **({"name": nth(given["name"], [t.id for t in d.canned()])} if given else {})}


def _use(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    """`use microphone 2 up`: what is done with the device stands last."""
    words = given.get("name", "").split()
    if len(words) < 2 or words[-1] not in {"add", "up", "down"}:
        return action, given
    s, kind = d.situation(), kind_meant(given.get("kind", ""))
    name = name_meant(s, kind, " ".join(words[:-1]))
    if words[-1] == "add":
        return "device.use", {"kind": kind, "name": name, "on": "yes"}
    return "device.move", {"kind": kind, "name": name, "by": words[-1]}


def _knowledge(_d: Desktop, n: Numbers, _action: str, given: Given) -> Meant:
    """Alone the list, with words what is found, with a number the article, with insert into the draft."""
    words = given.get("text", "").strip()
    n.reading = ""
    if not words:
        return "go.knowledge", {}
    insert = words.removeprefix("insert ").strip() if words.startswith("insert ") else ""
    if insert or (words.isdecimal() and nth(words, n.articles) != words):
        article = nth(insert or words, n.articles)
        if article not in n.articles:
            raise RefusedError(_("There is no article {word}. Say knowledge for the list.", word=insert),
                               code="unknown")  # fmt: skip
        n.reading = "" if insert else article
        return ("knowledge.insert", {"article": article}) if insert else (LOOK, {})
    return "knowledge.find", {"text": words}


def _dismiss(d: Desktop, n: Numbers, action: str, given: Given) -> Meant:
    """The newest notice unless one is named; one that has no end of its own stays."""
    rows = [notice.id for notice in d.notices() if notice.dismiss is not None]
    word = given.get("id", "")
    if not word:
        found = rows[-1] if rows else ""
    else:
        found = nth(word, n.notices or [notice.id for notice in d.notices()])
    if found in rows:
        return action, {"id": found}
    if any(notice.id == found for notice in d.notices()):
        raise RefusedError(_("This notice goes when its cause is gone."), code="wrong_state")
    raise RefusedError(_("There is no such notice. Say notices for the list."), code="unknown")


def _link(_d: Desktop, n: Numbers, action: str, given: Given) -> Meant:
    return action, {"customer": nth(given.get("customer", ""), n.customers)}


def _why_here(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    here = d.situation().looked_at
    if here is None:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    message = numbered(d.situation(), here.conversation, given.get("n", "1"))
    return action, {"conversation": here.conversation, "message": message.id}


def _filter(d: Desktop, _n: Numbers, action: str, given: Given) -> Meant:
    """`filter FIELD VALUE`: the field and its value by name or by number."""
    word = given.get("field", "")
    if not word:
        return LOOK, {}
    if word == "clear":
        return "filter.clear", {}
    fields = filter_fields(d.situation(), d.asked_for())
    rows = [(f.id, f.label) for f in fields]
    found = named(word, rows, _("There is no field {word} of the filter. Possible: {names}."))
    return action, {
        "field": found,
        "value": value_of(next(f for f in fields if f.id == found), given.get("value", "")),
    }


def value_of(field: Field, word: str) -> str:
    """The value that a word means in a field: a number or a name of what it offers.  Raises."""
    if field.kind == "check":
        if word.casefold() not in {"", "yes", "on", "no", "off"}:
            raise RefusedError(_("{field} is on or off.", field=field.label), code="usage")
        return "" if word.casefold() in {"no", "off"} else "yes"
    if not field.choices or not word:
        return word
    rows = [(choice, choice) for choice in field.choices if choice]
    return named(word, rows, _("There is no {word}. Possible: {names}."))


_VERBS: dict[str, Callable[[Desktop, Numbers, str, Given], Meant]] = {
    "inbox": _inbox,
    "share": _share,
    "unsent": _unsent,
    "notready": _not_ready,
    "decline": _decline,
    "finish": _finish,
    "dial": _dial,
    "view": _view,
    "removeview": _view,
    "renameview": _view,
    "macro": _macro,
    "canned": _canned,
    "use": _use,
    "knowledge": _knowledge,
    "dismiss": _dismiss,
    "link": _link,
    "whyhere": _why_here,
    "filter": _filter,
    "drafts": lambda _d, _n, _action, given: (LOOK, given),
}
