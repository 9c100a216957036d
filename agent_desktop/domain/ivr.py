"""The flow that a call runs before a person answers: prompts, a menu by touch-tone, then a queue.

A flow is data (`centre.toml`); `step` is the program.  It takes where the call stands and what
happened, and returns where it stands now and what to do.  "0" always reaches a person (H1).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent_desktop.domain.types import QueueId, SkillId


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A prompt: words to speak, or a file that holds them."""

    text: str
    file: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One key of a menu: what it means in words, and where it leads."""

    key: str
    label: str
    goto: str = ""
    queue: QueueId = QueueId("")
    skills: dict[SkillId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One place in a flow: something to say, then choices, or a queue."""

    id: str
    say: tuple[Say, ...] = ()
    choices: tuple[Choice, ...] = ()
    queue: QueueId = QueueId("")
    skills: dict[SkillId, int] = field(default_factory=dict)
    retries: int = 2
    wait_s: float = 6.0
    hang_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A named flow; it begins at its first node, and a person waits in `person_queue`."""

    id: str
    nodes: tuple[Node, ...]
    person_queue: QueueId

    def node(self, node_id: str) -> Node:
        """The node of that name; the checked configuration has it."""
        return next(n for n in self.nodes if n.id == node_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a call stands in its flow."""

    flow: str
    node: str
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayMenu:
    """Effect: say these, and gather one key if `collect`."""

    say: tuple[Say, ...]
    collect: bool
    wait_s: float = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInQueue:
    """Effect: queue the call, saying these first, music after."""

    queue: QueueId
    skills: dict[SkillId, int]
    say: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodBye:
    """Effect: say these, then hang up."""

    say: tuple[Say, ...] = ()


Effect = PlayMenu | PutInQueue | GoodBye


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a step gives: the new place, words for the path (empty: none), and what to do."""

    place: Place
    words: str
    effect: Effect


def begin(flow: Flow) -> Taken:
    """The first node of a flow."""
    return _enter(flow, Place(flow=flow.id, node=flow.nodes[0].id), flow.nodes[0], "")


def pressed(flow: Flow, place: Place, digits: str) -> Taken:
    """What a key (or none, after waiting) leads to."""
    node = flow.node(place.node)
    choice = next((c for c in node.choices if c.key == digits), None)
    effect: Effect
    if choice is not None:
        words = f"{choice.key} {choice.label}"
        if choice.goto:
            return _enter(
                flow, replace(place, node=choice.goto, tries=0), flow.node(choice.goto), words, choice.skills
            )
        effect = PutInQueue(queue=choice.queue or flow.person_queue, skills=choice.skills)
        return Taken(place=place, words=words, effect=effect)
    if digits == "0" or place.tries >= node.retries:
        words = "0 a person" if digits == "0" else "no choice made"
        return Taken(place=place, words=words, effect=PutInQueue(queue=flow.person_queue, skills={}))
    effect = PlayMenu(say=node.say, collect=True, wait_s=node.wait_s)
    return Taken(place=replace(place, tries=place.tries + 1), words="", effect=effect)


def _enter(
    flow: Flow, place: Place, node: Node, words: str, skills: dict[SkillId, int] | None = None
) -> Taken:
    effect: Effect
    if node.choices:
        effect = PlayMenu(say=node.say, collect=True, wait_s=node.wait_s)
    elif node.hang_up:
        effect = GoodBye(say=node.say)
    else:
        wanted = {**(skills or {}), **node.skills}
        effect = PutInQueue(queue=node.queue or flow.person_queue, skills=wanted, say=node.say)
    return Taken(place=place, words=words, effect=effect)
