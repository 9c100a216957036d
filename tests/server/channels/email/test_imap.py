from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.types import ChannelId, MessageId, QueueId
from agent_desktop.errors import ConfigError, StorageError
from agent_desktop.server.channels.email.channel import EmailChannel
from agent_desktop.server.channels.email.imap import Account, key

pytestmark = pytest.mark.peer

BACK_OFF_S = (0.1, 0.2)


def _mail(number: int, text: str = "Hello") -> bytes:
    return (
        f"From: Anna <anna@example.org>\r\nTo: help@centre.example\r\nSubject: {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\n{text}\r\n"
    ).encode()


@pytest.fixture
def mailbox(dovecot: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Mailbox:
    password = tmp_path / "password"
    password.write_text("secret\n")
    return Mailbox(
        id=ChannelId("help"),
        address="help@centre.example",
        queue=QueueId("support"),
        imap_host="127.0.0.1",
        imap_port=dovecot.imap,
        imap_tls=False,
        imap_user=request.node.name.partition("[")[0],
        imap_password_file=str(password),
    )


@pytest.fixture
async def started(mailbox: Mailbox, intake: Any) -> AsyncIterator[Callable[..., Any]]:
    """Starts channels and stops them in the end."""
    running: list[EmailChannel] = []

    async def start(box: Mailbox = mailbox, **more: Any) -> EmailChannel:
        channel = EmailChannel(box, back_off_s=BACK_OFF_S, **more)
        await channel.start(intake)
        running.append(channel)
        return channel

    yield start
    for channel in running:
        await channel.stop()


async def _until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    until = asyncio.get_running_loop().time() + within_s
    while not condition():
        assert asyncio.get_running_loop().time() < until
        await asyncio.sleep(0.02)


def _unseen(dovecot: Any, user: str) -> int:
    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        return len(client.search(["UNSEEN"]))


async def test_what_lies_unseen_in_the_mailbox_is_taken_and_then_marked(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(1))
    await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(2))
    await started()
    assert [one.subject for one in await intake.arrived(2)] == ["1", "2"]
    await _until(lambda: _unseen(dovecot, mailbox.imap_user) == 0)


async def test_a_mail_that_comes_while_the_channel_waits_in_idle_is_taken(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    channel = await started()
    await _until(lambda: channel.state == "connected")
    for number in (1, 2, 3):
        await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(number))
        await intake.arrived(number)
    await _until(lambda: _unseen(dovecot, mailbox.imap_user) == 0)


async def test_a_mail_that_somebody_else_reads_first_is_taken_all_the_same(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    channel = await started()
    await _until(lambda: channel.state == "connected")

    def append_seen() -> None:
        with dovecot.client(mailbox.imap_user) as client:
            client.append("INBOX", _mail(1), [b"\\Seen"])

    await asyncio.to_thread(append_seen)
    assert len(await intake.arrived(1)) == 1


async def test_a_mail_stays_unseen_until_it_is_committed(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    intake.fails = StorageError("no")
    await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(1))
    channel = await started()
    await _until(lambda: channel.state.startswith("not connected"))
    assert _unseen(dovecot, mailbox.imap_user) == 1
    intake.fails = None
    assert len(await intake.arrived(1)) == 1
    await _until(lambda: _unseen(dovecot, mailbox.imap_user) == 0)


async def test_a_mail_that_was_committed_and_not_marked_is_not_taken_twice(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(1))
    channel = await started()
    await intake.arrived(1)
    await _until(lambda: _unseen(dovecot, mailbox.imap_user) == 0)
    await channel.stop()
    with dovecot.client(mailbox.imap_user) as client:
        client.select_folder("INBOX")
        client.remove_flags(client.search(), [b"\\Seen"])
    await started()
    await _until(lambda: _unseen(dovecot, mailbox.imap_user) == 0)
    assert len(intake.raws) == len(intake.messages) == 1


async def test_the_key_names_account_uid_validity_and_uid(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(1))
    await started()
    await intake.arrived(1)
    with dovecot.client(mailbox.imap_user) as client:
        validity = client.select_folder("INBOX")[b"UIDVALIDITY"]
        (uid,) = client.search()
    account = Account(
        host="127.0.0.1", port=dovecot.imap, tls=False, user=mailbox.imap_user, password="secret"
    )
    assert list(intake.keys) == [(mailbox.id, key(account, validity, uid))]


async def test_a_mailbox_made_anew_gives_new_keys(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    box = replace(mailbox, imap_folder="Help")

    def fill(number: int) -> None:
        with dovecot.client(mailbox.imap_user) as client:
            client.create_folder("Help")
            client.append("Help", _mail(number))

    def remove() -> None:
        with dovecot.client(mailbox.imap_user) as client:
            client.delete_folder("Help")

    await asyncio.to_thread(fill, 1)
    channel = await started(box)
    await intake.arrived(1)
    await channel.stop()
    await asyncio.to_thread(remove)
    await asyncio.sleep(1.1)  # Dovecot's UIDVALIDITY is the second of the folder's making
    await asyncio.to_thread(fill, 2)
    await started(box)
    assert len(await intake.arrived(2)) == len(intake.keys) == 2


async def test_a_lost_connection_is_made_again(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    channel = await started()
    await _until(lambda: channel.state == "connected")
    worker = channel._worker
    worker._client.socket().shutdown(socket.SHUT_RDWR)
    await _until(lambda: channel.state != "connected" and "cannot be read" in channel.trouble)
    await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(1))
    assert len(await intake.arrived(1)) == 1
    assert (channel.state, channel.trouble) == ("connected", "")


async def test_a_server_that_is_away_is_no_error_at_the_start(
    mailbox: Mailbox, intake: Any, started: Callable[..., Any], free_port: Callable[[], int]
) -> None:
    channel = await started(replace(mailbox, imap_port=free_port()))
    await _until(lambda: channel.state.startswith("not connected"))


async def test_a_wrong_password_is_said(
    mailbox: Mailbox, intake: Any, started: Callable[..., Any], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    channel = await started(replace(mailbox, imap_password_file=str(wrong)))
    await _until(lambda: "refused the password" in channel.state)
    assert "refused the password" in channel.trouble
    assert "an administrator must check" in channel.trouble


async def test_a_password_file_that_is_missing_is_an_error_at_the_start(
    mailbox: Mailbox, started: Callable[..., Any]
) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        await started(replace(mailbox, imap_password_file="/nowhere/password"))


async def test_mail_is_fetched_over_tls(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(1))
    await started(replace(mailbox, imap_port=dovecot.imaps, imap_tls=True), tls=dovecot.tls)
    assert len(await intake.arrived(1)) == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    channel = await started(replace(mailbox, imap_port=dovecot.imaps, imap_tls=True))
    await _until(lambda: "certificate" in channel.state.lower())


async def test_our_own_mail_in_the_mailbox_is_left(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any]
) -> None:
    own = EmailChannel(mailbox).external_id(MessageId("m-1"))
    await asyncio.to_thread(
        dovecot.deliver, mailbox.imap_user, _mail(1).replace(b"<1@example.org>", own.encode())
    )
    await asyncio.to_thread(dovecot.deliver, mailbox.imap_user, _mail(2))
    await started()
    assert [one.subject for one in await intake.arrived(1)] == ["2"]
    await _until(lambda: _unseen(dovecot, mailbox.imap_user) == 0)


async def test_every_mail_of_the_corpora_in_a_mailbox_is_taken(
    dovecot: Any, mailbox: Mailbox, intake: Any, started: Callable[..., Any], mails: dict[str, bytes]
) -> None:
    whole = [raw for raw in mails.values() if raw.strip()]

    def fill() -> None:
        with dovecot.client(mailbox.imap_user) as client:
            for raw in whole:
                # Dovecot's APPEND refuses NUL without BINARY.
                client.append("INBOX", raw.replace(b"\0", b" "))

    await asyncio.to_thread(fill)
    await started()
    await _until(lambda: len(intake.raws) == len(whole), 60)
    await _until(lambda: not intake.unparsed(mailbox.id), 60)
    assert _unseen(dovecot, mailbox.imap_user) == 0
