"""What can be chosen for an act of the list, by typing: to whom, which tags, until when, which view.

One panel for all of them: a field, lines that fit what is typed, and for each line the act that it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.client import inbox_acts as acts
from agent_desktop.client.conversations import ME, NOBODY, in_view, tags_of
from agent_desktop.client.moments import offered, until
from agent_desktop.client.situation import Situation
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import conversation_row as rows
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.views import saved_views, view_rows
from agent_desktop.wire.events import SearchHit
from agent_desktop.wire.models import ConversationModel

MERGE, SURVIVOR, VIEWS, SAVE_VIEW, RENAME_VIEW = "merge", "survivor", "views", "save_view", "rename_view"
CUSTOMER, DRAFTS = "customer", "drafts"
MOST = 50
_ACTIONS = {
    acts.ASSIGN: "conversation.assign",
    acts.TAG: "conversation.tag",
    acts.UNTAG: "conversation.untag",
    acts.SNOOZE: "conversation.snooze",
    acts.PRIORITISE: "conversation.prioritise",
    acts.MACRO: "conversation.macro",
    acts.NOTE: "conversation.annotate",
    acts.RESOLVE: "conversation.resolve",
}


@dataclass(frozen=True, slots=True)
class Choosing:
    """What is open: the kind, what it is about (ids), what is typed; for the survivor also the other one."""

    kind: str
    about: str = ""
    query: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A draft of mine: in which conversation, whose it is, and how it begins."""

    conversation: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A line; pressing its button runs the act."""

    key: str
    icon: str
    name: str
    detail: str
    badge: Badge | None
    button: Button
    spoken: str


@dataclass(frozen=True, slots=True)
class ChooserView:
    """The panel; the surface gives None while it is closed.  Typing goes to `choose.find` with `text=…`."""

    key: str  # another one: another panel
    title: str
    sentence: str
    query: str
    label: str  # the field's name
    hint: str
    rows: tuple[Choice, ...]
    empty: str
    close: Button


def chooser_view(
    s: Situation,
    c: Choosing,
    counts: dict[str, int],
    *,
    view: str = "",
    hits: tuple[SearchHit, ...] = (),
    written: tuple[Written, ...] = (),
) -> ChooserView:
    """The panel of this moment; `hits` are customers that were found, `written` the drafts."""
    about = [m for m in (in_view(s, i) for i in c.about.split(",")) if m is not None]
    whom = (
        rows.named(about[0])
        if len(about) == 1
        else plural("{n} conversation", "{n} conversations", len(about))
    )
    match c.kind:
        case "assign":
            return _whole(s, c, _("Assign"), whom, (_("Whom to?"), _("Name or queue")), _people(s, c))
        case "tag":
            return _whole(
                s, c, _("Tag"), whom, (_("Which tags?"), _("Tags, with commas")), _tags(s, c, about)
            )
        case "untag":
            return _whole(s, c, _("Take tags off"), whom, (_("Which tags?"), _("Tag")), _worn(s, c, about))
        case "snooze":
            until = (_("Until when?"), _("tomorrow, 3d, 14:30, 2026-11-27 9:00"))
            return _whole(s, c, _("Snooze"), whom, until, _moments(s, c))
        case "prioritise":
            return _whole(s, c, _("Priority"), whom, (_("How urgent?"), _("1 to 99, the highest first")),
                          _priorities(s, c))  # fmt: skip
        case "resolve":
            hint = (_("How did it end?"), _("Code"))
            return _whole(s, c, _("Resolve"), whom, hint, _codes(s, c, about))
        case "macro":
            return _whole(s, c, _("Run a macro"), whom, (_("Which macro?"), _("Name")), _macros(s, c))
        case "note":
            return _whole(s, c, _("Note"), whom, (_("What is to be noted?"), _("Only the team sees it")),
                          _note(s, c))  # fmt: skip
        case "merge":
            return _whole(s, c, _("Merge"), _("Which one belongs together with “{name}”?", name=whom),
                          (_("With which?"), _("Name, subject or address")), _mates(s, c, about))  # fmt: skip
        case "survivor":
            says = _("The messages of the other go into it. It can be undone.")
            title = _("Which one stays?")
            return _whole(s, c, title, says, (title, ""), _survivors(s, c, about))
        case "customer":
            who = words.who(found) if (found := s.store.replica.interactions.get(c.about)) is not None else ""
            hint = (_("Which customer is it?"), _("Name, number or address"))
            return _whole(s, c, _("This is…"), who, hint, _customers(s, c, hits))
        case "drafts":
            return _whole(s, c, _("Drafts"), "", (_("Which draft?"), _("Name or words")),
                          _drafts(s, c, written))  # fmt: skip
        case "save_view" | "rename_view":
            title = _("Save as a view") if c.kind == SAVE_VIEW else _("Rename the view")
            return _whole(s, c, title, _("Only you see it."), (_("Its name"), _("Name")), _naming(s, c))
        case _:
            return _whole(s, c, _("Views"), "", (_("Which view?"), _("Name")), _views(s, c, counts, view))


def _whole(  # noqa: PLR0917 - the parts of a panel
    s: Situation,
    c: Choosing,
    title: str,
    sentence: str,
    field: tuple[str, str],
    lines: list[Choice],
) -> ChooserView:
    empty = "" if lines else _nothing(c)
    key = f"{c.kind}:{c.about}:{c.other}"
    return ChooserView(
        key, title, sentence, c.query, *field, tuple(lines[:MOST]), empty, button("choose.close", s)
    )


def _nothing(c: Choosing) -> str:
    typed = bool(c.query.strip())
    match c.kind:
        case "views":
            return _("No view is called that.") if typed else _("No view is saved yet. Filter, then save it.")
        case "drafts" if not typed:
            return _("You have written nothing that is not sent.")
        case "customer" if not typed:
            return _("Type a name, a number or an address.")
        case "note" | "save_view" | "rename_view" if not typed:
            return _("Type it, then press Enter.")
        case "snooze":
            return _("That is no time. Try tomorrow, 3d, 14:30 or 2026-11-27 14:30.")
        case "prioritise":
            return _("A priority is a number from 1 to 99.")
        case "tag" if not typed:
            return _("No tag is in use yet: type one.")
        case "untag":
            return _("It has no such tag.")
        case "macro":
            return _("No macro is called that.")
        case _:
            return _("Nobody and nothing is called that.")


def _fits(query: str, *texts: str) -> bool:
    whole = " ".join(texts).casefold()
    return all(word in whole for word in query.casefold().split())


def _line(
    s: Situation,
    c: Choosing,
    value: str,
    name: str,
    *,
    icon: str = "check",
    detail: str = "",
    badge: Badge | None = None,
) -> Choice:
    press = button(_ACTIONS[c.kind], s, label=name, id=c.about, value=value)
    return _choice(value, press, name, icon=icon, detail=detail, badge=badge)


def _choice(
    key: str, press: Button, name: str, *, icon: str = "check", detail: str = "", badge: Badge | None = None
) -> Choice:
    said = ", ".join(p for p in (name, detail, badge.text if badge is not None else "", press.reason) if p)
    return Choice(key, icon, name, detail, badge, replace(press, shortcut=""), said)


def _people(s: Situation, c: Choosing) -> list[Choice]:
    """Me, colleagues with their states, queues, and nobody; those that the router found are people too."""
    replica, made = s.store.replica, []
    if _fits(c.query, _("Me"), replica.me.name):
        made.append(_line(s, c, ME, _("Me"), icon="assign", detail=replica.me.name))
    for agent in replica.agents.values():
        if agent.id != replica.me.id and _fits(c.query, agent.name, agent.extension):
            state, tone, _icon = words.state_label(agent, replica.centre, talking=False)
            made.append(_line(s, c, agent.id, agent.name, icon="customers", badge=Badge(state, tone)))
    others = [t for t in s.targets if t.kind == "agent" and t.id not in replica.agents]
    made += [_line(s, c, t.id, t.name, icon="customers") for t in others if _fits(c.query, t.name)]
    for queue in replica.centre.queues:
        if _fits(c.query, queue.name):
            live = replica.queues.get(queue.id)
            ready = "" if live is None else _("{ready} ready, {waiting} waiting", ready=live.ready,
                                              waiting=live.waiting)  # fmt: skip
            made.append(_line(s, c, queue.id, queue.name, icon="inbox", detail=ready))
    if _fits(c.query, _("Nobody: back to its queue")):
        made.append(_line(s, c, NOBODY, _("Nobody: back to its queue"), icon="back"))
    return made


def known_tags(s: Situation) -> tuple[str, ...]:
    """The tags that are in use in what is known here, the most used first."""
    counted: dict[str, int] = {}
    for model in (*s.store.replica.conversations.values(), *s.listed.values()):
        for tag in model.tags:
            counted[tag] = counted.get(tag, 0) + 1
    return tuple(sorted(counted, key=lambda tag: (-counted[tag], tag.casefold())))


def _tags(s: Situation, c: Choosing, about: list[ConversationModel]) -> list[Choice]:
    typed = tags_of(c.query)
    worn = set.intersection(*(set(m.tags) for m in about)) if about else set()
    found = [t for t in known_tags(s) if t not in worn and _fits(c.query, t)]
    made = [_line(s, c, t, t, icon="tag") for t in found]
    if typed and typed != tuple(found):
        new = _line(s, c, c.query, _("Tag with {tags}", tags=", ".join(typed)), icon="plus")
        made.insert(0 if len(typed) > 1 or not found else len(made), new)
    return made


def _worn(s: Situation, c: Choosing, about: list[ConversationModel]) -> list[Choice]:
    worn = dict.fromkeys(tag for model in about for tag in model.tags)
    return [_line(s, c, t, t, icon="close") for t in worn if _fits(c.query, t)]


def _moments(s: Situation, c: Choosing) -> list[Choice]:
    made = [
        _line(s, c, m.id, m.label, icon="snooze", detail=rows.moment(m.at, s.now) if m.at else "")
        for m in offered(s.now)
        if _fits(c.query, m.label) or _fits(c.query, m.id)
    ]
    if not made and c.query.strip():
        try:
            at = until(c.query, s.now)
        except RefusedError:
            return []
        made.append(_line(s, c, c.query, rows.moment(at, s.now), icon="clock"))
    return made


def _priorities(s: Situation, c: Choosing) -> list[Choice]:
    named = (("90", _("Urgent")), ("70", _("High")), ("50", _("Normal")), ("20", _("Low")))
    made = [_line(s, c, n, name, icon="up", detail=n) for n, name in named if _fits(c.query, name, n)]
    typed = c.query.strip()
    if not made and typed.isdecimal() and acts.LEAST_PRIORITY <= int(typed) <= acts.MOST_PRIORITY:
        made.append(_line(s, c, typed, _("Priority {n}", n=int(typed)), icon="up"))
    return made


def _codes(s: Situation, c: Choosing, about: list[ConversationModel]) -> list[Choice]:
    """The codes that every queue of them has."""
    queues = [s.store.queue(queue) for queue in dict.fromkeys(m.queue for m in about)]
    parents = {d.parent for queue in queues for d in queue.dispositions}
    known_codes = {d.code: d for queue in queues for d in queue.dispositions if d.code not in parents}
    everywhere = [
        d for d in known_codes.values()
        if all(d.code in {other.code for other in queue.dispositions} for queue in queues)
    ]  # fmt: skip
    return [_line(s, c, d.code, d.label, icon="resolve", detail=", ".join(d.effects)) for d in everywhere
            if _fits(c.query, d.label, d.code)]  # fmt: skip


def _macros(s: Situation, c: Choosing) -> list[Choice]:
    many = "," in c.about
    known_macros = acts.bulk_macros(s) if many else s.store.replica.centre.macros
    return [
        _line(s, c, m.id, m.label, icon="play",
              detail=", ".join(f"{p.act} {p.value}".strip() for p in m.steps))
        for m in known_macros if _fits(c.query, m.label)
    ]  # fmt: skip


def _note(s: Situation, c: Choosing) -> list[Choice]:
    text = c.query.strip()
    return [_line(s, c, text, _("Add the note"), icon="note", detail=text)] if text else []


def _mates(s: Situation, c: Choosing, about: list[ConversationModel]) -> list[Choice]:
    """What it can be merged with: those of the same customer first."""
    here = {m.id for m in about}
    customer = about[0].customer if about else ""
    pool = {**s.listed, **s.store.replica.conversations}
    found = [
        m for m in pool.values()
        if m.id not in here and not m.merged_into and _fits(c.query, rows.who(m), m.subject, m.address)
        and (c.query.strip() or (customer and m.customer == customer))
    ]  # fmt: skip
    found.sort(key=lambda m: (m.customer != customer or not customer, -m.updated_at, m.id))
    made = []
    for m in found[:MOST]:
        press = button("choose.open", s, label=rows.who(m), kind=SURVIVOR, about=c.about, other=m.id)
        same = Badge(_("same customer"), Tone.ACCENT) if customer and m.customer == customer else None
        made.append(_choice(m.id, press, rows.who(m), icon=s.store.medium(m.medium).icon or m.medium,
                            detail=_about(s, m), badge=same))  # fmt: skip
    return made


def _about(s: Situation, m: ConversationModel) -> str:
    count = plural("{n} message", "{n} messages", m.messages) if m.messages else ""
    age = words.age(m.updated_at, s.now)
    return " · ".join(p for p in (m.subject or m.last_line, s.store.medium(m.medium).name, count, age) if p)


def _survivors(s: Situation, c: Choosing, about: list[ConversationModel]) -> list[Choice]:
    """Both of them, each as the one that stays; the older one first, because that is where replies go."""
    pair = [m for m in (*about[:1], in_view(s, c.other)) if m is not None]
    made = []
    for m in sorted(pair, key=lambda m: (-m.messages, m.id)):
        gone = next((o.id for o in pair if o.id != m.id), "")
        name = _("Keep {name}", name=rows.named(m))
        press = button("conversation.merge", s, label=name, id=gone, into=m.id)
        made.append(_choice(m.id, press, name, icon=s.store.medium(m.medium).icon or m.medium,
                            detail=_about(s, m)))  # fmt: skip
    return made


def _naming(s: Situation, c: Choosing) -> list[Choice]:
    name = " ".join(c.query.split())
    action = "views.save" if c.kind == SAVE_VIEW else "views.rename"
    taken = {v.label.casefold() for v in saved_views(s.store)}
    if not name:
        return []
    reason = _("Another view is called that.") if name.casefold() in taken else None
    press = button(action, s, label=name, reason=reason, name=name)
    return [_choice(name, press, _("Call it “{name}”", name=name), icon="star")]


def _customers(s: Situation, c: Choosing, hits: tuple[SearchHit, ...]) -> list[Choice]:
    """Customers that were found by what is typed."""
    made = []
    for hit in hits:
        if hit.kind == "customer":
            press = button("customer.link", s, label=hit.title, id=c.about, customer=hit.customer or hit.id)
            made.append(_choice(hit.id, press, hit.title, icon="customers", detail=_plain(hit.highlight)))
    return made


def _plain(highlight: str) -> str:
    return highlight.replace("[", "").replace("]", "")


def _drafts(s: Situation, c: Choosing, written: tuple[Written, ...]) -> list[Choice]:
    made = []
    for draft in written:
        if _fits(c.query, draft.name, draft.text):
            press = button("inbox.open", s, label=draft.name, conversation=draft.conversation)
            made.append(_choice(draft.conversation, press, draft.name, icon="note", detail=draft.text))
    return made


def _views(s: Situation, c: Choosing, counts: dict[str, int], chosen: str) -> list[Choice]:
    made = []
    for row in view_rows(s, counts, chosen):
        if _fits(c.query, row.label):
            keys = f"Alt+{row.key}" if row.key.isdecimal() else ""
            detail = " · ".join(p for p in (_("shown now") if row.selected else "", keys) if p)
            badge = Badge(row.count) if row.count else None
            made.append(_choice(row.id, row.button, row.label, icon="inbox", detail=detail, badge=badge))
    return made
