"""Messages like those of a centre, made from a seed: words as unevenly frequent as in a language.

The n-th word is used about 1/n as often as the first (Zipf), so that the commonest stand in most messages
and half of the words in a handful of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.types import ChannelId, ConversationId, CustomerId, Instant, MediumId, MessageId

SEED: Final = 20_260_401
WORDS: Final = 60_000
IN_CONVERSATION: Final = 20
_HEADS: Final = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "v",
)
_TAILS: Final = ("a", "an", "e", "el", "en", "i", "in", "o", "or", "u")
_MEDIA: Final = ("email", "email", "email", "chat", "chat", "sms", "social")


def vocabulary(rng: random.Random, size: int = WORDS) -> list[str]:
    """Words that can be spoken, the commonest first and short."""
    made: dict[str, None] = {}
    while len(made) < size:
        parts = 1 + (len(made) > 60) + (len(made) > 2_000) + (rng.random() < 0.4)
        made["".join(rng.choice(_HEADS) + rng.choice(_TAILS) for _part in range(parts))] = None
    return list(made)


@dataclass(slots=True)
class Texts:
    """The texts of `count` messages; the same for the same seed."""

    count: int
    seed: int = SEED
    size: int = WORDS  # of the vocabulary
    words: list[str] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)  # in how many places each word stands

    def __post_init__(self) -> None:
        self.words = vocabulary(random.Random(self.seed), self.size)  # noqa: S311 - the same figures each time

    def made(self) -> Iterator[str]:
        """Each text, oldest first; counts the words on the way."""
        rng = random.Random(self.seed + 1)  # noqa: S311 - the same
        weights = list(accumulate(1 / (n + 2) for n in range(len(self.words))))
        self.used = dict.fromkeys(self.words, 0)
        for _number in range(self.count):
            chosen = rng.choices(self.words, cum_weights=weights, k=8 + int(rng.expovariate(1 / 16)))
            for word in chosen:
                self.used[word] += 1
            yield " ".join(chosen)


def conversation(number: int) -> Conversation:
    """The conversation of a message."""
    medium = _MEDIA[number % len(_MEDIA)]
    return Conversation(
        id=ConversationId(f"c{number}"),
        medium=MediumId(medium),
        channel=ChannelId(medium),
        customer=CustomerId(f"k{number // 3}"),
        customer_name=f"Customer {number // 3}",
    )


def message(number: int, text: str) -> Message:
    """A message; one in twelve is a note."""
    thread = number // IN_CONVERSATION
    medium = _MEDIA[thread % len(_MEDIA)]
    return Message(
        id=MessageId(f"m{number}"),
        conversation=ConversationId(f"c{thread}"),
        medium=MediumId(medium),
        direction="note" if number % 12 == 11 else ("in", "out")[number % 2],
        at=Instant(1_700_000_000.0 + 30.0 * number),
        text=text,
        from_address=f"customer{thread // 3}@example.com",
    )


def asked(texts: Texts, sample: Sequence[str], times: int) -> dict[str, list[str]]:
    """What is searched for, of each kind: rare, common, prefix, phrase."""
    rng = random.Random(texts.seed + 2)  # noqa: S311 - the same
    rare = [word for word in texts.words if 1 <= texts.used[word] <= max(3, texts.count // 50_000)]
    common = texts.words[:60]
    lines = [line.split() for line in sample]
    pairs = [(line, rng.randrange(len(line) - 1)) for line in rng.choices(lines, k=times)]
    return {
        "rare": [f'"{word}"' for word in rng.choices(rare or texts.words[-100:], k=times)],
        "common": [f'"{word}"' for word in rng.choices(common, k=times)],
        "prefix": [word[: rng.randint(2, 4)] for word in rng.choices(texts.words, k=times)],
        "phrase": [f'"{line[n]} {line[n + 1]}"' for line, n in pairs],
        "all of three words": [" ".join(rng.sample(line, 3)) for line in rng.choices(lines, k=times)],
    }
