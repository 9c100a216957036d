"""Which conversation a mail belongs to, and why: RFC 5322, section 3.6.4.

A mail joins a conversation only because it names a message of that conversation: first in In-Reply-To,
then in References from the newest back.  Never by its subject, never by its sender alone.  The reason is
kept with the message in words that an agent can read, so that a wrong join can be seen and undone.

Rules of the file: a conversation belongs to one channel, so that a mail to two mailboxes lands once in
each; an id of our own making was given to the people of one conversation alone and is believed from
anybody who has it; the id of somebody else's mail is believed only from those who took part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agent_desktop.domain.conversation import OUT
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, MessageId

MARK = "ad"
MOST_IDS = 50  # looked up for one mail; what References names beyond them is long past
IN_REPLY_TO, REFERENCES, REPORT = "In-Reply-To", "References", "The delivery report"

_PLAIN = re.compile(r"[A-Za-z0-9-]")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9-]*+")
_NORMAL = re.compile(r"<[!-;=?-~]++>")  # visible ASCII without brackets
_ESCAPED = re.compile(r"_([0-9a-f]{2})")
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905 - reads as a line
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnIds:
    """The Message-IDs that one mailbox makes: `<ad.CHANNEL.MESSAGE@DOMAIN>`.

    The id follows from the message, so that it is known before the first try to send and is the same in
    every further try.
    """

    channel: ChannelId
    domain: str

    def external(self, message: MessageId) -> str:
        """The Message-ID of a message of ours."""
        return f"<{MARK}.{_dot_free(self.channel)}.{_dot_free(message)}@{self.domain}>"

    def message(self, external: str) -> MessageId | None:
        """The message that a Message-ID names, or None when this mailbox did not make it."""
        if f"{MARK}." not in external:
            return None  # most mails name ids of others
        local, _, domain = normal(external)[1:-1].rpartition("@")
        mark, _, rest = local.partition(".")
        channel, _, message = rest.partition(".")
        if mark != MARK or domain.lower() != self.domain.lower() or not message or "." in message:
            return None
        if channel != _dot_free(self.channel) or _dot_free(_undotted(message)) != message:
            return None
        return MessageId(_undotted(message))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMessage:
    """A message that we keep, as far as threading must know it."""

    external_id: str
    channel: ChannelId
    conversation: ConversationId
    direction: str
    at: Instant
    people: frozenset[str] = frozenset()  # addresses of everybody who wrote in the conversation or got it


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a mail goes: a conversation, or None for a new one; `via` is the id that decided."""

    conversation: ConversationId | None
    reason: str
    via: str = ""


def normal(external: str) -> str:
    """A Message-ID in its one form: in angle brackets, without white space around or in it."""
    if _NORMAL.fullmatch(external):
        return external  # as most are written
    return f"<{''.join(external.split()).strip('<>')}>"


def wanted(references: Sequence[str]) -> tuple[str, ...]:
    """The ids to look up, most trusted first, each once."""
    ids = dict.fromkeys(normal(one) for one in references)
    ids.pop("<>", None)
    return tuple(ids)[:MOST_IDS]


def decide(
    *,
    channel: ChannelId,
    sender: str,
    references: Sequence[str],
    in_reply_to: Sequence[str] = (),
    bounce_of: str = "",
    known: Iterable[KnownMessage],
    own: OwnIds,
    now: Instant,
) -> Placement:
    """Name the conversation of a mail that came in `channel` from `sender`.

    `references` are all ids that the mail names, most trusted first: those of In-Reply-To (given once more
    as `in_reply_to`, for the reason), then those of References from the newest back; `bounce_of` is the mail
    that a delivery report is about.  `known` holds what is kept of the ids that `wanted` gives, from any
    channel.
    """
    ids = wanted((bounce_of, *references) if bounce_of else references)
    headers = {normal(one): IN_REPLY_TO for one in in_reply_to} | (
        {normal(bounce_of): REPORT} if bounce_of else {}
    )
    kept: dict[str, list[KnownMessage]] = {}
    for one in known:
        kept.setdefault(normal(one.external_id), []).append(one)
    refusals: list[str] = []
    for external in ids:
        header = headers.get(external, REFERENCES)
        here = [one for one in kept.get(external, ()) if one.channel == channel]
        for one in here:
            if _believed(one, external, sender, own):
                return Placement(
                    conversation=one.conversation, reason=_joined(header, one, sender, now), via=external
                )
        ours = own.message(external) is not None
        refusals.append(_refused(header, kept.get(external, ()), channel, sender, now, ours=ours))
    if not ids:
        return Placement(conversation=None, reason="It names no earlier mail: a new conversation.")
    telling = [refusal for refusal in refusals if refusal]
    return Placement(
        conversation=None,
        reason=telling[0] if telling else "It names only mails that are not kept here: a new conversation.",
    )


def day(at: Instant, now: Instant) -> str:
    """A date as people say it: "12 March", with the year when it is another one (UTC)."""
    when, today = (datetime.fromtimestamp(one, tz=UTC) for one in (at, now))
    said = f"{when.day} {_MONTHS[when.month - 1]}"
    return said if when.year == today.year else f"{said} {when.year}"


def _believed(one: KnownMessage, external: str, sender: str, own: OwnIds) -> bool:
    """Whether the naming of a kept message is believed from this sender."""
    ours = one.direction == OUT and own.message(external) is not None
    return ours or _took_part(one, sender)


def _took_part(one: KnownMessage, sender: str) -> bool:
    return bool(sender) and sender.casefold() in {person.casefold() for person in one.people}


def _joined(header: str, one: KnownMessage, sender: str, now: Instant) -> str:
    said = f"{header} names {_whose(one)} of {day(one.at, now)}"
    known = header == REPORT or _took_part(one, sender)  # a report's sender is a server
    return f"{said}." if known else f"{said}; {sender or 'the sender'} is new here."


def _refused(
    header: str, named: Sequence[KnownMessage], channel: ChannelId, sender: str, now: Instant, *, ours: bool
) -> str:
    """Why a named message does not place the mail; empty when there is nothing worth telling."""
    here = next((one for one in named if one.channel == channel), None)
    if here is not None:
        said = f"{header} names a mail of {day(here.at, now)}"
        return f"{said}, but {sender or 'the sender'} had no part in it: a new conversation."
    if named:
        said = f"{header} names {_whose(named[0])} of {day(named[0].at, now)}"
        return f"{said} in another mailbox: a new conversation in this one."
    return f"{header} names a reply of ours that is no longer kept: a new conversation." if ours else ""


def _whose(one: KnownMessage) -> str:
    return "your reply" if one.direction == OUT else "the customer's mail"


def _dot_free(text: str) -> str:
    """Text as one word of a Message-ID, in one way only."""
    if _PLAIN_WORD.fullmatch(text):
        return text
    return "".join(
        sign
        if _PLAIN.fullmatch(sign)
        else "".join(f"_{byte:02x}" for byte in sign.encode("utf-8", "replace"))
        for sign in text
    )


def _undotted(word: str) -> str:
    """Text from the word that `_dot_free` made of it."""
    if _PLAIN_WORD.fullmatch(word):
        return word
    return (
        _ESCAPED.sub(lambda found: chr(int(found[1], 16)), word)
        .encode("latin-1", "replace")
        .decode("utf-8", "replace")
    )
