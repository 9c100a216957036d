"""What a piece of work asks of an agent: skills at a level, joined by and, or, not; step after step.

A step may name one agent, and may expire: then the next is asked.  After the last step anybody in the queue
may be asked (PRODUCT 3.12.1).

The text of a wish: `french >= 3 and (billing or sales) and not trainee`.  `and` binds closer than `or`, `not`
closest; a skill without a level asks for level 1.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain.types import AgentId, Seconds, SkillId
from agent_desktop.errors import RefusedError

LEVELS: Final = (1, 5)
DEEPEST: Final = 20  # brackets in brackets
LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Has:
    """A skill at a proficiency of at least `level` (1 to 5)."""

    skill: SkillId
    level: int = 1


@dataclass(frozen=True, slots=True)
class Every:
    """All of them; with none it asks for nothing."""

    of: tuple[Has | Every | Some | Lacks, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """One of them at least."""

    of: tuple[Has | Every | Some | Lacks, ...]


@dataclass(frozen=True, slots=True)
class Lacks:
    """Not that."""

    that: Has | Every | Some


Wish = Has | Every | Some | Lacks
NOTHING = Every()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStep:
    """One step of a queue: who is asked, and for how long before the next step; 0: for ever."""

    wish: Wish = NOTHING
    agent: AgentId = AgentId("")
    expires_s: Seconds = Seconds(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An agent's place in a queue: which of its queues is served first, and how old its work must be."""

    priority: int = 50  # 1 to 99; 99 is served first
    delay_s: Seconds = Seconds(0.0)  # 0 to 9999


def meets(wish: Wish, skills: Mapping[SkillId, int]) -> bool:
    """Whether somebody with these skills is what is asked for."""
    match wish:
        case Has(skill=skill, level=level):
            return skills.get(skill, 0) >= level
        case Every(of=parts):
            return all(meets(part, skills) for part in parts)
        case Some(of=parts):
            return any(meets(part, skills) for part in parts)
        case Lacks(that=that):
            return not meets(that, skills)


def words(wish: Wish) -> str:
    """Write a wish as a person reads it; `parse` understands it again.  Empty when it asks for nothing."""
    match wish:
        case Has(skill=skill, level=level):
            return f"{skill} ≥ {level}" if level > 1 else skill
        case Every(of=parts):
            said = (f"({words(part)})" if isinstance(part, Some) else words(part) for part in parts)
            return " and ".join(part for part in said if part)
        case Some(of=parts):
            return " or ".join(words(part) for part in parts)
        case Lacks(that=that):
            return f"not {words(that)}" if isinstance(that, Has) else f"not ({words(that)})"


def named(wish: Wish) -> tuple[SkillId, ...]:
    """The skills that are asked for, each once, in their order; those to be lacked are not among them."""
    match wish:
        case Has(skill=skill):
            return (skill,)
        case Every(of=parts) | Some(of=parts):
            return tuple(dict.fromkeys(skill for part in parts for skill in named(part)))
        case Lacks():
            return ()


def missing(wish: Wish, skills: Mapping[SkillId, int]) -> str:
    """Say the part of a wish that somebody with these skills does not meet; empty when all is met."""
    if meets(wish, skills):
        return ""
    if isinstance(wish, Every):
        return next(part for part in (missing(part, skills) for part in wish.of) if part)
    return words(wish)


def joined(first: Wish, second: Wish) -> Wish:
    """Both wishes together."""
    parts: list[Wish] = []
    for wish in (first, second):
        parts += wish.of if isinstance(wish, Every) else (wish,)
    each = tuple(dict.fromkeys(parts))
    return each[0] if len(each) == 1 else Every(each)


def levels(skills: Mapping[SkillId, int]) -> Wish:
    """The wish for skills at a level, in one order whatever order they came in."""
    return joined(NOTHING, Every(tuple(Has(skill, level) for skill, level in sorted(skills.items()))))


def parse(text: str, known: Collection[str] | None = None) -> Wish:
    """Read the text of a wish; an empty one asks for nothing.

    Raises `RefusedError` that says what is wrong and at which character (1-based).
    """
    if len(text) > LONGEST:
        raise RefusedError(f"This is longer than {LONGEST} characters.", code="bad_skills")
    reader = _Reader(text, known)
    if not reader.word:
        return NOTHING
    wish = reader.either(0)
    if reader.word:
        raise reader.wrong(f"“{reader.word}” is not expected here; join skills by and, or")
    return wish


_TOKEN: Final = re.compile(r"\s*(>=|≥|[()]|[^\s()<>=≥]+|\S|$)")
_JOINTS: Final = frozenset({"and", "or", "not", "(", ")", ">=", "≥", ">", "<", "=", ""})


class _Reader:
    """One word after the other, with its place."""

    def __init__(self, text: str, known: Collection[str] | None) -> None:
        self._text = text
        self._known = known
        self._next = 0
        self.word = ""
        self._at = 0
        self._step()

    def _step(self) -> None:
        found = _TOKEN.match(self._text, self._next)
        if found is not None:
            self.word, self._at, self._next = found[1], found.start(1), found.end()

    def wrong(self, words: str) -> RefusedError:
        return RefusedError(f"{words} (character {self._at + 1}).", code="bad_skills")

    def _took(self, *words: str) -> bool:
        if self.word not in words:
            return False
        self._step()
        return True

    def either(self, depth: int) -> Wish:
        parts: list[Wish] = []
        while not parts or self._took("or"):
            wish = self._all(depth)
            parts += wish.of if isinstance(wish, Some) else (wish,)
        each = tuple(dict.fromkeys(parts))
        return each[0] if len(each) == 1 else Some(each)

    def _all(self, depth: int) -> Wish:
        wish = self._one(depth)
        while self._took("and"):
            wish = joined(wish, self._one(depth))
        return wish

    def _one(self, depth: int) -> Wish:
        if depth > DEEPEST:
            raise self.wrong(f"this is nested more than {DEEPEST} deep")
        if self._took("not"):
            that = self._one(depth + 1)
            return that.that if isinstance(that, Lacks) else Lacks(that)
        if self._took("("):
            wish = self.either(depth + 1)
            if not self._took(")"):
                raise self.wrong("a closing bracket is missing")
            return wish
        return self._skill()

    def _skill(self) -> Has:
        name = self.word
        if name in _JOINTS:
            raise self.wrong(f"a skill is expected here, not {f'“{name}”' if name else 'the end'}")
        if self._known is not None and name not in self._known:
            raise self.wrong(f"there is no skill “{name}”; there are {', '.join(self._known) or 'none'}")
        self._step()
        if not self._took(">=", "≥"):
            return Has(SkillId(name))
        least, most = LEVELS
        if self.word not in {str(level) for level in range(least, most + 1)}:
            raise self.wrong(f"a level from {least} to {most} is expected here")
        level = int(self.word)
        self._step()
        return Has(SkillId(name), level)
