"""Where messages come from and go to, as data: one row for each configured channel, whatever its medium.

What a channel can carry stands in its row, so that no room asks which medium it is; a new kind of channel
adds a function that makes its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from agent_desktop.domain.centre import Centre, ChatSite, Mailbox
from agent_desktop.domain.copying import quick
from agent_desktop.domain.medium import CHAT, EMAIL, SMS, SOCIAL
from agent_desktop.domain.messaging import (
    FILES,
    REPLY_WINDOW_S,
    TEXT_MOST,
    Files,
    SmsNumber,
    SocialAccount,
)
from agent_desktop.domain.types import ChannelId, MediumId, QueueId, Seconds

OWNERSHIP = ("open", "warn", "assignee")  # who may reply: anybody, anybody who was warned, whose work it is
MAIL_TEXT_MOST = 1_000_000
MAIL_FILE_BYTES = 25_000_000
CHAT_FILE_BYTES = 25_000_000
CHAT_TEXT_MOST = 8_000
FILES_MOST = 20
LONGEST_UNDO_S = 30.0


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One configured channel."""

    id: ChannelId
    medium: MediumId
    name: str
    queue: QueueId
    address: str = ""  # the centre's own
    ownership: str = "assignee"
    text_limit: int = 0  # characters; 0: none
    file_limit_bytes: int = 0  # of one file; 0: the channel takes no files
    file_types: tuple[str, ...] = ()  # empty: all that are not refused
    files_most: int = FILES_MOST  # with one message
    files_bytes: int = 0  # of all files of a message; 0: no limit
    undo_s: Seconds = Seconds(0.0)
    starts: bool = False  # a conversation may be begun here
    copies: bool = False  # others can get a copy
    reply_window_s: Seconds = Seconds(0.0)  # replies are taken so long after the customer wrote; 0: always
    stop_words: bool = False  # who writes STOP is not written to again


def sources(centre: Centre) -> dict[ChannelId, Source]:
    """Every channel of a configuration."""
    return {entry.id: make(entry) for entry, make in _entries(centre)}


def source_of(centre: Centre, channel: ChannelId) -> Source | None:
    """One channel of a configuration; the others are not made for it, however many there are."""
    return next((make(entry) for entry, make in _entries(centre) if entry.id == channel), None)


def _entries(centre: Centre) -> Iterator[tuple[Any, Callable[[Any], Source]]]:
    """What is configured, of every kind, with what makes its row."""
    kinds: tuple[tuple[Iterable[Any], Callable[[Any], Source]], ...] = (
        (centre.mailboxes, _of_mailbox),
        (centre.chats, _of_chat),
        (centre.sms, _of_number),
        (centre.social, _of_account),
    )
    for entries, make in kinds:
        for entry in entries:
            yield entry, make


def _of_mailbox(box: Mailbox) -> Source:
    return Source(
        id=box.id,
        medium=EMAIL,
        name=box.name or box.address,
        queue=box.queue,
        address=box.address,
        ownership=box.ownership,
        text_limit=MAIL_TEXT_MOST,
        file_limit_bytes=MAIL_FILE_BYTES,
        undo_s=box.undo_s,
        starts=True,
        copies=True,
    )


def _of_chat(site: ChatSite) -> Source:
    return Source(
        id=site.id,
        medium=CHAT,
        name=site.title,
        queue=site.queue,
        ownership=site.ownership,
        text_limit=CHAT_TEXT_MOST,
        file_limit_bytes=CHAT_FILE_BYTES,
    )


def _of_number(number: SmsNumber) -> Source:
    files = FILES.get(number.provider, Files()) if number.mms else Files()
    return Source(
        id=number.id,
        medium=SMS,
        name=number.name or number.number,
        queue=number.queue,
        address=number.number,
        ownership=number.ownership,
        text_limit=TEXT_MOST[number.provider],
        file_limit_bytes=files.bytes,
        file_types=files.types,
        files_most=files.most,
        files_bytes=files.together,
        undo_s=number.undo_s,
        starts=True,
        stop_words=True,
    )


def _of_account(account: SocialAccount) -> Source:
    files = FILES.get(account.provider, Files())
    return Source(
        id=account.id,
        medium=SOCIAL,
        name=account.name or account.provider.capitalize(),
        queue=account.queue,
        address=account.account,
        ownership=account.ownership,
        text_limit=TEXT_MOST[account.provider],
        file_limit_bytes=files.bytes,
        file_types=files.types,
        files_most=files.most,
        files_bytes=files.together,
        undo_s=account.undo_s,
        reply_window_s=REPLY_WINDOW_S.get(account.provider, Seconds(0.0)),
    )
