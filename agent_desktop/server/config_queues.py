"""The queues of `centre.toml`: the rules of waiting, of what is told meanwhile, and of where else to wait."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, Final

from agent_desktop.domain.announcing import MINUTES, POSITION, Announcements
from agent_desktop.domain.centre import ANSWER_TONES, CALLBACKS, RECORDING, TEXT, WRAP_UP_MODES, Centre, Queue
from agent_desktop.domain.ivr import variables_in
from agent_desktop.domain.medium import MEDIA, VOICE, VOICEMAIL
from agent_desktop.domain.types import DispositionCode, MediumId, QueueId, Seconds, SkillId
from agent_desktop.domain.wrapup import LONGEST_S
from agent_desktop.server import config_promises, config_routing, config_wrapup
from agent_desktop.server.config_flows import says
from agent_desktop.server.tomlfile import Table

LABEL_MOST: Final = 40
SHORTEST_GAP_S: Final = 10.0
DAY_S: Final = 86_400.0
_LEAST_S: Final = dict.fromkeys(("offer_s", "text_offer_s"), config_routing.OFFER_S[0])
_MOST_S: Final = {
    "wrapup_s": LONGEST_S,
    **config_promises.MOST_S,
    **dict.fromkeys(("offer_s", "text_offer_s"), config_routing.OFFER_S[1]),
}
_KEYS: Final = tuple("123456789*#")  # 0 always means a person
_TOLD: Final = {
    "position": {POSITION},
    "first": {POSITION},
    "wait": {MINUTES},
    "soon": {MINUTES},
    "callback": set(),
    "called_back": set(),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What queues may refer to."""

    queues: Collection[str]
    skills: Collection[str]
    dispositions: Collection[str]
    scripts: Collection[str]
    hours: Collection[str]
    agents: Collection[str] = ()


def queue(key: str, table: Table, names: Names) -> Queue:
    """One queue."""
    known = Queue(id=QueueId(key), name="")
    seconds: dict[str, Any] = {
        field.name: Seconds(
            table.number(
                field.name,
                getattr(known, field.name),
                least=_LEAST_S.get(field.name, 0.0),
                most=_MOST_S.get(field.name, DAY_S),
            )
        )
        for field in fields(Queue)
        if field.name.endswith("_s")
    }
    media = tuple(MediumId(medium) for medium in table.texts("media", choices=MEDIA))
    plain = (seconds["offer_s"], seconds["text_offer_s"])
    mode = table.text("wrapup_mode", known.wrapup_mode, choices=WRAP_UP_MODES)
    made = Queue(
        id=known.id,
        name=table.text("name", None, most=LABEL_MOST),
        media=media,
        priority=table.whole("priority", known.priority, least=1, most=99),
        skills={SkillId(skill): level for skill, level in table.levels("skills", names.skills).items()},
        **config_routing.of_queue(table, media, plain, names.skills, names.agents),
        auto_accept=table.flag("auto_accept", default=False),
        wrapup_mode=mode,
        wrapups=config_wrapup.by_medium(table, mode, seconds["wrapup_s"], media),
        extend_times=table.whole("extend_times", known.extend_times, least=0, most=100),
        offer_extend_times=table.whole("offer_extend_times", known.offer_extend_times, least=0, most=100),
        script=table.text("script", "", choices=names.scripts) if table.has("script") else "",
        caller_id=table.text("caller_id", "", most=32),
        signature=table.text("signature", "", most=2000),
        recording=table.text("recording", known.recording, choices=RECORDING),
        answer_tone=table.text("answer_tone", known.answer_tone, choices=ANSWER_TONES),
        consent=table.text("consent", "", most=500),
        callback=table.text("callback", known.callback, choices=CALLBACKS),
        callback_tries=table.whole("callback_tries", known.callback_tries, least=1, most=20),
        announcements=_announcements(table.table("announcements")),
        overflow=_other(table, "overflow", names.queues),
        overflow_size=table.whole("overflow_size", known.overflow_size, least=0, most=100_000),
        hours=table.text("hours", "", choices=names.hours) if table.has("hours") else "",
        **config_promises.of_queue(table, names.hours),
        closed_say=says(table, "closed_say"),
        closed_queue=_other(table, "closed_queue", names.queues),
        closed_voicemail=_other(table, "closed_voicemail", names.queues),
        text=table.text("text", choices=TEXT),
        dispositions=tuple(
            DispositionCode(code) for code in table.texts("dispositions", choices=names.dispositions)
        ),
        **seconds,
    )
    _is_whole(table, made, names)
    table.done()
    return made


def _is_whole(table: Table, made: Queue, names: Names) -> None:
    """A queue takes work, and what belongs together is there together."""
    if not made.media:
        table.blame("media", f"this queue takes no work: name one or more of {', '.join(MEDIA)}.")
    if table.has("script") and not names.scripts:
        table.blame("script", "there are no scripts in this file.")
    if bool(made.overflow) != bool(made.overflow_s or made.overflow_size):
        table.blame("overflow", "a queue, and when: overflow_s or overflow_size, belong together.")
    if table.has("hours") and not names.hours:
        table.blame("hours", "there are no hours in this file.")
    closed = [name for name in ("closed_say", "closed_queue", "closed_voicemail") if getattr(made, name)]
    config_promises.check(table, made, closed)
    if made.hours and not closed:
        table.blame("hours", "say what a caller meets when it is closed: closed_say or closed_queue.")
    if made.closed_queue and len(closed) > 1:
        table.blame("closed_queue", "a closed queue sends on, or it says something; not both.")
    if made.closed_voicemail and not made.closed_say:
        table.blame("closed_voicemail", "a caller must hear what comes: closed_say.")


def _announcements(table: Table) -> Announcements:
    plain = Announcements()
    made = Announcements(
        after_s=Seconds(table.number("after_s", plain.after_s, most=3600)),
        gap_s=Seconds(table.number("gap_s", plain.gap_s, least=SHORTEST_GAP_S, most=3600)),
        every_s=Seconds(table.number("every_s", plain.every_s, least=SHORTEST_GAP_S, most=3600)),
        callback_key=table.text("callback_key", plain.callback_key, choices=_KEYS),
        **{name: says(table, name) for name in _TOLD},
    )
    for name, known in _TOLD.items():
        for unknown in sorted(variables_in(getattr(made, name)) - known):
            table.blame(name, f"{{{unknown}}} is not known here.")
    told = [name for name in ("position", "wait", "callback") if getattr(made, name)]
    if bool(told) != bool(made.after_s):
        table.blame("after_s", "when the first is said, and what (position, wait, callback), go together.")
    if made.every_s < made.gap_s:
        table.blame("every_s", "it cannot be repeated more often than gap_s allows.")
    for name, of in (("first", "position"), ("soon", "wait"), ("called_back", "callback")):
        if getattr(made, name) and not getattr(made, of):
            table.blame(name, f"this belongs to {of}, and there is none.")
    if made.callback and not made.called_back:
        table.blame("called_back", "who chooses to be called back must hear that it is understood.")
    table.done()
    return made


def _other(table: Table, key: str, queues: Collection[str]) -> QueueId:
    return QueueId(table.text(key, "", choices=queues) if table.has(key) else "")


def check(root: Table, centre: Centre) -> None:
    """Queues that others lead to take what comes from there."""
    for key, made in centre.queues.items():
        ways = (("overflow", made.overflow, set(made.media)), ("closed_queue", made.closed_queue, {VOICE}))
        for name, other, needed in (*ways, ("closed_voicemail", made.closed_voicemail, {VOICEMAIL})):
            missing = needed - set(centre.queues[other].media) if other in centre.queues else set()
            if other == key and name != "closed_voicemail":
                root.document.blame(("queues", key, name), "this is the same queue.")
            elif missing:
                words = f"the queue {other!r} does not take {', '.join(sorted(missing))}."
                root.document.blame(("queues", key, name), words)
        if _comes_back(centre, made):
            words = (
                "these queues send their callers back to one another for ever; let one of them say something."
            )
            root.document.blame(("queues", key, "closed_queue"), words)


def _comes_back(centre: Centre, queue: Queue) -> bool:
    """Whoever leaves this queue because it is empty is led back to it, by queues that do the same."""
    seen: set[QueueId] = set()
    at: Queue | None = queue
    while at is not None and at.leave_empty and at.closed_queue and at.id not in seen:
        seen.add(at.id)
        at = centre.queues.get(at.closed_queue)
    return at is not None and at.id == queue.id and bool(seen)
