"""The flow that a call runs before a person answers: prompts, menus, opening hours, data, then a queue.

A flow is data (`centre.toml`); the functions below are the program.  Each takes where the call stands and
what happened, and gives where it stands now and what to do.  "0" always reaches a person (H1); a flow that
goes round in circles ends with a person too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agent_desktop.domain.types import QueueId, SkillId

PERSON = "0"
MOST_STEPS = 100
CALLER = "caller"  # the variable that holds the number the call came from
_VARIABLE = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A prompt: words to speak, or a file that holds them.

    `{name}` in the words is the value of a variable.  `variants` are the same words in other languages;
    a prompt without a language is spoken in the caller's.
    """

    text: str
    file: str = ""
    language: str = "en"
    variants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One key of a menu: what it means in words, where it leads, and what a caller may say instead."""

    key: str
    label: str
    goto: str = ""
    queue: QueueId = QueueId("")
    skills: dict[SkillId, int] = field(default_factory=dict)
    speech: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One place in a flow.  It says something, then it is one of these, by the fields that are given.

    choices: a menu.  collect: digits into a variable, then goto.  hours: goto `open` or `closed`.
    lookup: `customer` or `order` by a variable, then goto `found` or `not_found`.  language: speak that
    from now on, then goto.  callback: the caller hangs up and keeps the place in `queue`.  voicemail: a
    message for that queue.  transfer: to a number.  hang_up: good-bye.  goto alone: go on.  Otherwise:
    wait in `queue`.
    """

    id: str
    say: tuple[Say, ...] = ()
    choices: tuple[Choice, ...] = ()
    queue: QueueId = QueueId("")
    skills: dict[SkillId, int] = field(default_factory=dict)
    retries: int = 2
    wait_s: float = 6.0
    hang_up: bool = False
    goto: str = ""
    collect: str = ""
    least: int = 2  # one digit alone would take the 0 from whoever wants a person
    most: int = 12
    end_key: str = "#"
    hours: str = ""
    open: str = ""
    closed: str = ""
    lookup: str = ""
    by: str = CALLER
    found: str = ""
    not_found: str = ""
    language: str = ""
    callback: bool = False
    voicemail: QueueId = QueueId("")
    transfer: str = ""
    barge_in: bool = True
    sorry: tuple[Say, ...] = ()  # before the prompt is said again

    @property
    def exits(self) -> tuple[str, ...]:
        """Every node that this one may lead to."""
        ways = (self.goto, self.open, self.closed, self.found, self.not_found)
        return tuple(way for way in (*ways, *(c.goto for c in self.choices)) if way)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A named flow; it begins at its first node, and a person waits in `person_queue`."""

    id: str
    nodes: tuple[Node, ...]
    person_queue: QueueId
    text: str = ""  # its callers type: tty, rtt, or ask

    def node(self, node_id: str) -> Node:
        """The node of that name; the checked configuration has it."""
        return next(n for n in self.nodes if n.id == node_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a call stands in its flow, and what it has learned on the way."""

    flow: str
    node: str
    tries: int = 0
    steps: int = field(default=0, compare=False)  # against circles
    language: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    skills: dict[SkillId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayMenu:
    """Effect: say these, and gather up to `most` keys if `collect`; `phrases` may be said instead."""

    say: tuple[Say, ...]
    collect: bool
    wait_s: float = 6.0
    most: int = 1
    end_key: str = ""
    barge_in: bool = True
    phrases: tuple[tuple[str, str], ...] = ()  # what is said, the key that it stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Effect: say these, then ask `spoken` where to go."""

    say: tuple[Say, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Effect: find something out: hours, customer or order; then ask `answered` where to go."""

    kind: str
    value: str
    caller: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInQueue:
    """Effect: queue the call, saying these first, music after."""

    queue: QueueId
    skills: dict[SkillId, int]
    say: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """Effect: keep the caller's place in a queue and call back there; say these, then hang up."""

    number: str
    queue: QueueId
    skills: dict[SkillId, int]
    say: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveMessage:
    """Effect: say these, then take a message for a queue."""

    queue: QueueId
    say: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTo:
    """Effect: say these, then call a number for the caller."""

    number: str
    say: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodBye:
    """Effect: say these, then hang up."""

    say: tuple[Say, ...] = ()


Effect = PlayMenu | Speak | Ask | PutInQueue | CallBack | LeaveMessage | SendTo | GoodBye


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a step gives: the new place, words for the path (empty: none), and what to do."""

    place: Place
    words: str
    effect: Effect


def begin(flow: Flow, caller: str = "", language: str = "") -> Taken:
    """The first node of a flow."""
    place = Place(
        flow=flow.id,
        node=flow.nodes[0].id,
        language=language,
        variables={CALLER: caller} if caller else {},
    )
    return _enter(flow, place, place.node, "")


def resume(flow: Flow, place: Place) -> Taken:
    """The node where a call stands, from its beginning: after a restart."""
    known = any(node.id == place.node for node in flow.nodes)
    return _enter(flow, place, place.node if known else flow.nodes[0].id, "")


def pressed(flow: Flow, place: Place, digits: str) -> Taken:
    """What the keys (or none, after waiting) lead to."""
    node = flow.node(place.node)
    if node.collect:
        return _collected(flow, place, node, digits)
    if not node.choices:  # words that ask for nothing
        return _person(flow, place, f"{PERSON} a person") if digits == PERSON else spoken(flow, place)
    choice = next((c for c in node.choices if c.key == digits), None)
    if choice is not None:
        words = f"{choice.key} {choice.label}"
        place = replace(place, tries=0, skills={**place.skills, **choice.skills})
        if choice.goto:
            return _enter(flow, place, choice.goto, words)
        effect = PutInQueue(queue=choice.queue or flow.person_queue, skills=place.skills)
        return Taken(place=place, words=words, effect=effect)
    return _again(flow, place, node, digits)


def spoken(flow: Flow, place: Place) -> Taken:
    """What comes after words that ask for nothing."""
    return _enter(flow, place, flow.node(place.node).goto, "")


def answered(flow: Flow, place: Place, *, found: bool, values: Mapping[str, str] | None = None) -> Taken:
    """What comes of something that was found out: open or closed, found with its values or not."""
    node = flow.node(place.node)
    place = replace(place, variables={**place.variables, **(values or {})})
    if node.hours:
        words = "open" if found else "closed"
        return _enter(flow, place, node.open if found else node.closed, words)
    which = (values or {}).get(f"{node.lookup}.id", "")
    words = f"{node.lookup} {which}".strip() + (" found" if found else " not found")
    return _enter(flow, place, node.found if found else node.not_found, words)


def _collected(flow: Flow, place: Place, node: Node, digits: str) -> Taken:
    if digits == PERSON and node.least > 1:
        return _person(flow, place, f"{PERSON} a person")
    if not node.least <= len(digits) <= node.most:
        return _again(flow, place, node, "")
    place = replace(place, tries=0, variables={**place.variables, node.collect: digits})
    return _enter(flow, place, node.goto, f"{node.collect}: {digits}")


def _again(flow: Flow, place: Place, node: Node, digits: str) -> Taken:
    if digits == PERSON:
        return _person(flow, place, f"{PERSON} a person")
    if place.tries >= node.retries:
        return _person(flow, place, "no choice made")
    place = replace(place, tries=place.tries + 1)
    return Taken(place=place, words="", effect=_menu(node, place, (*node.sorry, *node.say)))


def _person(flow: Flow, place: Place, words: str) -> Taken:
    return Taken(
        place=place, words=words, effect=PutInQueue(queue=flow.person_queue, skills=dict(place.skills))
    )


def _enter(flow: Flow, place: Place, node_id: str, words: str) -> Taken:
    if place.steps >= MOST_STEPS or not node_id:
        return _person(flow, place, words)
    node = flow.node(node_id)
    place = replace(
        place,
        node=node_id,
        tries=0,
        steps=place.steps + 1,
        language=node.language or place.language,
        skills={**place.skills, **node.skills},
    )
    return Taken(place=place, words=words, effect=_effect(flow, place, node))


def _effect(flow: Flow, place: Place, node: Node) -> Effect:
    say, skills = _rendered(node.say, place), dict(place.skills)
    queue = node.queue or flow.person_queue
    number = place.variables.get(node.by, "")
    if node.choices or node.collect:
        return _menu(node, place, node.say)
    if node.hours:
        return Ask(kind="hours", value=node.hours)
    if node.lookup:
        return Ask(kind=node.lookup, value=number, caller=place.variables.get(CALLER, ""))
    if node.callback and number:
        return CallBack(number=number, queue=queue, skills=skills, say=say)
    if node.voicemail:
        return LeaveMessage(queue=node.voicemail, say=say)
    if node.transfer:
        return SendTo(number=node.transfer, say=say)
    if node.hang_up:
        return GoodBye(say=say)
    if node.goto:
        return Speak(say=say)
    return PutInQueue(queue=queue, skills=skills, say=say)


def _menu(node: Node, place: Place, say: tuple[Say, ...]) -> PlayMenu:
    phrases = tuple((phrase, choice.key) for choice in node.choices for phrase in choice.speech)
    return PlayMenu(
        say=_rendered(say, place),
        collect=True,
        wait_s=node.wait_s,
        most=node.most if node.collect else 1,
        end_key=node.end_key if node.collect else "",
        barge_in=node.barge_in,
        phrases=phrases,
    )


def _rendered(says: tuple[Say, ...], place: Place) -> tuple[Say, ...]:
    """The prompts in the caller's language, with the values of the variables."""
    return tuple(rendered(say, place.language, place.variables) for say in says)


def rendered(say: Say, language: str, variables: Mapping[str, str]) -> Say:
    """One prompt as it is spoken; a variable without a value is left out."""
    text, spoken_in = say.text, say.language
    if language and language in say.variants:
        text, spoken_in = say.variants[language], language
    text = _VARIABLE.sub(lambda found: variables.get(found[1], ""), text)
    return Say(text=" ".join(text.split()) if "{" in say.text else text, file=say.file, language=spoken_in)


def variables_in(says: tuple[Say, ...]) -> frozenset[str]:
    """Every variable that the words of these prompts name."""
    texts = [text for say in says for text in (say.text, *say.variants.values())]
    return frozenset(name for text in texts for name in _VARIABLE.findall(text))
