"""The filter of the list: its form in the window, its words in a line, and its chips.

`medium:email state:open owner:me unread late parcel` says in text mode what the form says in the window; both
become the one `FilterModel` that the router understands.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import structs

from agent_desktop.client.conversations import ME, NOBODY
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Button, Field
from agent_desktop.wire.listing import FilterModel

ORDERS = ("newest", "oldest", "promise")
STATES = ("open", "snoozed", "resolved")
FLAGS = ("unread", "late", "followed")
# the word of a line: the field of the filter
_FIELDS = {
    "state": "states", "medium": "media", "media": "media", "queue": "queues", "owner": "agents",
    "agent": "agents", "tag": "tags", "channel": "channels",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilterView:
    """The form; a field is changed by `act("filter.set", field=…, value=…)` and holds at once."""

    title: str
    fields: tuple[Field, ...]
    says: str  # how many it holds, in words
    save: Button
    clear: Button
    close: Button


@dataclass(frozen=True, slots=True)
class FilterChip:
    """One thing that the filter asks for; pressing it takes it away."""

    label: str
    button: Button


def state_names() -> dict[str, str]:
    """The states of a conversation, in words."""
    return {"open": _("Open"), "snoozed": _("Snoozed"), "resolved": _("Resolved")}


def order_names() -> dict[str, str]:
    """The orders of a list, in words."""
    return {
        "newest": _("Newest first"),
        "oldest": _("Oldest first"),
        "promise": _("Promise that is due first"),
    }


def flag_names() -> dict[str, str]:
    """What can be asked for by yes or no."""
    return {"unread": _("Unread"), "late": _("Late"), "followed": _("Followed by me")}


def _choices(s: Situation, field: str) -> dict[str, str]:
    """What can be chosen in a field: id and label."""
    replica = s.store.replica
    match field:
        case "states":
            return state_names()
        case "media":
            return {m.id: m.name for m in replica.centre.media}
        case "queues":
            return {q.id: q.name for q in replica.centre.queues}
        case "channels":
            return {c.id: c.name for c in replica.centre.channels}
        case "agents":
            others = {a.id: a.name for a in replica.agents.values() if a.id != replica.me.id}
            return {ME: _("Me"), NOBODY: _("Nobody"), **others}
        case "order":
            return order_names()
        case _:
            return {}


def _any(field: str) -> str:
    return {
        "states": _("Any state"),
        "media": _("Any medium"),
        "queues": _("Any queue"),
        "agents": _("Anybody"),
    }.get(field, "")


def filter_fields(s: Situation, holds: FilterModel) -> tuple[Field, ...]:
    """The fields of the form, filled in."""
    labels = {"states": _("State"), "media": _("Medium"), "queues": _("Queue"), "agents": _("Whose")}
    made = [Field("text", _("Words"), "text", holds.text)]
    for name, label in labels.items():
        known = _choices(s, name)
        value = next((known[v] for v in getattr(holds, name) if v in known), _any(name))
        made.append(Field(name, label, "one", value, choices=(_any(name), *known.values())))
    made.append(Field("tags", _("Tags"), "text", ", ".join(holds.tags)))
    made += [Field(f, n, "check", "yes" if getattr(holds, f) else "") for f, n in flag_names().items()]
    orders = order_names()
    made.append(
        Field("order", _("Order"), "one", orders.get(holds.order, ""), choices=tuple(orders.values()))
    )
    return tuple(made)


def filter_view(s: Situation, holds: FilterModel, says: str) -> FilterView:
    """The form as it stands."""
    blank = "" if holds != FilterModel(order=holds.order) else _("Nothing is filtered.")
    return FilterView(
        title=_("Filter"),
        fields=filter_fields(s, holds),
        says=says,
        save=button("views.save", s),
        clear=button("filter.clear", s, reason=blank),
        close=button("filter.close", s),
    )


def with_field(s: Situation, holds: FilterModel, field: str, value: str) -> FilterModel:
    """The filter with a field of the form changed.  Raises `RefusedError`."""
    match field:
        case "text":
            return structs.replace(holds, text=value.strip())
        case "tags":
            return structs.replace(holds, tags=tuple(t.strip() for t in value.split(",") if t.strip()))
        case "unread" | "late" | "followed":
            return structs.replace(holds, **{field: value == "yes"})
        case "order":
            return structs.replace(holds, order=_id_of(_choices(s, field), value) or ORDERS[0])
        case "states" | "media" | "queues" | "agents" | "channels":
            found = _id_of(_choices(s, field), value)
            return structs.replace(holds, **{field: (found,) if found else ()})
        case _:
            raise RefusedError(_("There is no such field."), code="unknown")


def _id_of(known: dict[str, str], value: str) -> str:
    return value if value in known else next((key for key, label in known.items() if label == value), "")


def filter_of(s: Situation, words: str) -> FilterModel:
    """The filter of a line of words; one without a colon is searched for.  Raises `RefusedError`."""
    holds, text = FilterModel(), []
    for word in words.split():
        name, colon, value = word.partition(":")
        name = name.casefold()
        if not colon and name in FLAGS:
            holds = structs.replace(holds, **{name: True})
        elif colon and name in {"order", "sort"}:
            holds = structs.replace(holds, order=_chosen(_choices(s, "order"), value))
        elif colon and name in {"customer", "text"}:
            holds = structs.replace(holds, **{name: value})
        elif colon and name in _FIELDS:
            field = _FIELDS[name]
            known = _choices(s, field)
            found = tuple(_chosen(known, v) if known else v for v in value.split(",") if v)
            holds = structs.replace(holds, **{field: (*getattr(holds, field), *found)})
        elif colon and value and name.isalpha() and not value.startswith("//"):
            names = ", ".join(sorted({*_FIELDS, "order", "customer", *FLAGS}))
            said = _("There is no filter {word}. Possible: {names}.", word=name[:40], names=names)
            raise RefusedError(said, code="unknown")
        else:
            text.append(word)
    return structs.replace(holds, text=" ".join(text)) if text else holds


def _chosen(known: dict[str, str], word: str) -> str:
    rows = [(key, label, "") for key, label in known.items()]
    return chosen(word, rows, _("There is no {word}. Possible: {names}."))[0]


def chips(s: Situation, holds: FilterModel) -> tuple[FilterChip, ...]:
    """What the filter asks for, each to be taken away by itself."""
    made: list[FilterChip] = []

    def add(label: str, field: str) -> None:
        said = _("Take away: {filter}", filter=label)
        press = button("filter.set", s, label=label, reason="", field=field, value="")
        made.append(FilterChip(said, press))

    for field in ("states", "media", "channels", "queues", "agents"):
        known = _choices(s, field)
        values = [known.get(v, v) for v in getattr(holds, field)]
        if values:
            add(", ".join(values), field)
    if holds.tags:
        add(", ".join(f"#{t}" for t in holds.tags), "tags")
    for flag, name in flag_names().items():
        if getattr(holds, flag):
            add(name, flag)
    if holds.text:
        add(f"“{holds.text}”", "text")
    if holds.order != ORDERS[0]:
        add(order_names().get(holds.order, holds.order), "order")
    return tuple(made)


def in_words(s: Situation, holds: FilterModel) -> str:
    """The filter as a name that nobody gave it."""
    return ", ".join(chip.button.label for chip in chips(s, holds)) or _("Everything")
