from __future__ import annotations

import asyncio
import smtplib
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.types import ChannelId, MessageId, QueueId
from agent_desktop.errors import AgentDesktopError, DiskFullError, StorageError
from agent_desktop.server.channels.email.channel import EmailChannel
from agent_desktop.server.channels.email.listener import MailListener, unstuffed
from agent_desktop.server.channels.email.reception import own_ids

HELP = Mailbox(id=ChannelId("help"), address="help@centre.example", queue=QueueId("support"))
BILLING = Mailbox(id=ChannelId("billing"), address="Billing@Centre.example", queue=QueueId("billing"))
MAIL = (
    b"From: Anna <anna@example.org>\r\nTo: help@centre.example\r\nSubject: Hi\r\n"
    b"Message-ID: <1@example.org>\r\n\r\nHello\r\n"
)


@pytest.fixture
async def listener(intake: Any, free_port: Callable[[], int]) -> AsyncIterator[MailListener]:
    made = MailListener("127.0.0.1", free_port(), [HELP, BILLING], lmtp_port=free_port(), max_bytes=1_000_000)
    await made.start(intake)
    yield made
    await made.stop()


async def _sent(
    port: int | None, mail: bytes, *to: str, lmtp: bool = False, sender: str = "anna@example.org"
) -> dict[str, tuple[int, bytes]]:
    """Send one mail; gives the refused recipients."""

    def send() -> dict[str, tuple[int, bytes]]:
        kind = smtplib.LMTP if lmtp else smtplib.SMTP
        with kind("127.0.0.1", port or 0, timeout=20) as client:
            return client.sendmail(sender, list(to) or [HELP.address], mail)

    return await asyncio.to_thread(send)


@pytest.mark.peer
async def test_a_mail_from_swaks_is_kept_and_taken(listener: MailListener, intake: Any) -> None:
    swaks = await asyncio.create_subprocess_exec(
        *(
            "swaks",
            "--server",
            f"127.0.0.1:{listener.port}",
            "--to",
            HELP.address,
            "--from",
            "anna@example.org",
        ),
        *("--header", "Subject: My lamp", "--body", "It is broken", "--suppress-data"),
        stdout=subprocess.PIPE,
    )
    said, _ = await swaks.communicate()
    assert swaks.returncode == 0, said
    assert b"<-  250 2.0.0 Kept" in said
    (message,) = await intake.arrived(1)
    assert (message.channel, message.from_address) == (HELP.id, "anna@example.org")
    assert (message.subject, message.text) == ("My lamp", "It is broken")


@pytest.mark.peer
async def test_a_mail_from_swaks_over_lmtp_is_kept_and_taken(listener: MailListener, intake: Any) -> None:
    swaks = await asyncio.create_subprocess_exec(
        *("swaks", "--protocol", "LMTP", "--server", f"127.0.0.1:{listener.lmtp_port}"),
        *("--to", f"{HELP.address},{BILLING.address}", "--from", "anna@example.org", "--body", "Hello"),
        stdout=subprocess.PIPE,
    )
    said, _ = await swaks.communicate()
    assert swaks.returncode == 0, said
    assert {one.channel for one in await intake.arrived(2)} == {HELP.id, BILLING.id}


async def test_the_bytes_are_kept_as_they_came(listener: MailListener, intake: Any) -> None:
    await _sent(listener.port, MAIL)
    assert [raw for _, raw in intake.raws.values()] == [MAIL]


async def test_a_mail_to_two_mailboxes_lands_once_in_each(listener: MailListener, intake: Any) -> None:
    await _sent(listener.port, MAIL, HELP.address, BILLING.address, "help+lamp@centre.example")
    messages = await intake.arrived(2)
    await listener.drained()
    assert sorted(one.channel for one in messages) == ["billing", "help"]
    assert len({one.raw for one in messages}) == 2


async def test_a_sender_that_tries_again_is_told_yes_and_the_mail_is_not_doubled(
    listener: MailListener, intake: Any
) -> None:
    await _sent(listener.port, MAIL)
    await _sent(listener.port, MAIL)
    await listener.drained()
    assert len(intake.messages) == len(intake.raws) == 1


async def test_a_strangers_address_is_refused(listener: MailListener, intake: Any) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await _sent(listener.port, MAIL, "nobody@centre.example")
    assert refused.value.recipients["nobody@centre.example"][0] == 550
    assert not intake.raws


@pytest.mark.parametrize(
    ("error", "code"), [(DiskFullError("full"), 452), (StorageError("broken"), 451), (OSError("odd"), 451)]
)
async def test_a_mail_that_cannot_be_kept_is_put_off_and_taken_at_the_next_try(
    listener: MailListener, intake: Any, error: Exception, code: int
) -> None:
    intake.fails = error
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await _sent(listener.port, MAIL)
    assert refused.value.smtp_code == code
    intake.fails = None
    await _sent(listener.port, MAIL)
    assert len(await intake.arrived(1)) == 1


async def test_lmtp_answers_for_each_recipient(listener: MailListener, intake: Any) -> None:
    kept, bad = b"", b""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.lmtp_port)
    await reader.readline()
    for line in (
        *("LHLO me", "MAIL FROM:<a@b.example>"),
        *("RCPT TO:<help@centre.example>", "RCPT TO:<billing@centre.example>"),
    ):
        writer.write(f"{line}\r\n".encode())
        while (await reader.readline())[3:4] == b"-":
            pass
    own = own_ids(HELP).external(MessageId("m1"))
    writer.write(b"DATA\r\n")
    assert (await reader.readline()).startswith(b"354")
    writer.write(MAIL.replace(b"<1@example.org>", own.encode()) + b".\r\n")
    bad, kept = await reader.readline(), await reader.readline()
    writer.close()
    assert bad.startswith(b"554 5.4.6")
    assert kept.startswith(b"250")
    assert [one.channel for one in await intake.arrived(1)] == [BILLING.id]


async def test_a_mail_over_the_size_limit_is_refused(listener: MailListener, intake: Any) -> None:
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPDataError)) as refused:
        await _sent(listener.port, MAIL + b"x" * 70 + b"\r\n" * 500_001)
    assert refused.value.smtp_code == 552
    assert not intake.raws


async def test_a_line_longer_than_the_rfc_allows_is_taken(listener: MailListener, intake: Any) -> None:
    await _sent(listener.port, MAIL + b"y" * 200_000 + b"\r\n")
    (message,) = await intake.arrived(1)
    assert "y" * 200_000 in message.text


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b".\r\n",
            b"..\r\n.x\r\n",
            b"End.\r\nEnd.\r\n",
            b"a\n.\nb\r\n",
            b"a\r.\r\nb\r\n",
            b"a\r\n.\nb\r\n",
        ),
        *(b"." * 3_000_000 + b"\r\n", b"End.\r\n" * 20_000, b"x" * 2_097_151 + b".\r\n", b"\r\n.\r\n" * 3),
    ],
    ids=range(11),
)
async def test_dots_and_line_ends_come_as_they_were_sent(
    intake: Any, free_port: Callable[[], int], body: bytes
) -> None:
    listener = MailListener("127.0.0.1", free_port(), [HELP])
    await listener.start(intake)
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in body.split(b"\r\n"))
    mail = b".first: x\r\n" + MAIL
    said = await asyncio.to_thread(_plainly_sent, listener.port or 0, b"." + mail + stuffed)
    assert said.startswith(b"250")
    assert [raw for _, raw in intake.raws.values()] == [mail + body]
    await listener.stop()


async def test_a_mail_in_a_circle_is_refused(listener: MailListener, intake: Any) -> None:
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await _sent(listener.port, b"Received: from a by b\r\n" * 60 + MAIL)
    assert refused.value.smtp_code == 554
    assert not intake.raws


async def test_our_own_mail_come_back_is_refused(listener: MailListener, intake: Any) -> None:
    own = EmailChannel(HELP).external_id(MessageId("m-1"))
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await _sent(listener.port, MAIL.replace(b"<1@example.org>", own.encode()))
    assert refused.value.smtp_code == 554


async def test_the_null_return_path_marks_a_mail_as_automatic(listener: MailListener, intake: Any) -> None:
    await _sent(listener.port, MAIL, sender="")
    assert (await intake.arrived(1))[0].automatic


async def test_a_mail_waits_for_the_store_and_is_then_taken_in_order(
    listener: MailListener, intake: Any
) -> None:
    intake.refuses = [StorageError("later")]
    await _sent(listener.port, MAIL)
    await _sent(listener.port, MAIL.replace(b"<1@", b"<2@"))
    assert [one.external_id for one in await intake.arrived(2)] == ["<1@example.org>", "<2@example.org>"]


async def test_a_fault_of_the_router_does_not_keep_the_next_mail_out(
    listener: MailListener, intake: Any
) -> None:
    intake.refuses = [ZeroDivisionError()]
    await _sent(listener.port, MAIL)
    await _sent(listener.port, MAIL.replace(b"<1@", b"<2@"))
    assert [one.external_id for one in await intake.arrived(1)] == ["<2@example.org>"]
    assert [raw for _, raw in intake.unparsed(HELP.id)] == [MAIL]


async def test_what_a_crash_left_unread_is_taken_at_the_start(intake: Any) -> None:
    await intake.raw_arrived(HELP.id, "k", MAIL)
    await intake.raw_arrived(BILLING.id, "k", MAIL)
    channel = EmailChannel(HELP)
    await channel.start(intake)
    (message,) = await intake.arrived(1)
    await channel.stop()
    assert message.channel == HELP.id
    assert not intake.unparsed(HELP.id)


async def test_a_port_in_use_is_said_in_words(listener: MailListener, intake: Any) -> None:
    second = MailListener("127.0.0.1", listener.port, [HELP])
    with pytest.raises(AgentDesktopError, match="cannot be received at"):
        await second.start(intake)


async def test_too_many_connections_are_put_off(
    listener: MailListener, intake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_desktop.server.channels.email.listener.MAX_CONNECTIONS", 1)
    first, hold = await asyncio.open_connection("127.0.0.1", listener.port)
    assert (await first.readline()).startswith(b"220")
    second, other = await asyncio.open_connection("127.0.0.1", listener.port)
    assert (await second.readline()).startswith(b"421")
    other.close()
    hold.close()
    while listener._connections:  # noqa: ASYNC110 - the loop must see the hang-up
        await asyncio.sleep(0.01)
    await _sent(listener.port, MAIL)


async def test_every_mail_of_the_corpora_is_kept_and_taken(
    listener: MailListener, intake: Any, mails: dict[str, bytes]
) -> None:
    def send_all() -> None:
        with smtplib.SMTP("127.0.0.1", listener.port or 0, timeout=20) as client:
            for raw in mails.values():
                client.sendmail("a@example.org", [HELP.address], raw)

    await asyncio.to_thread(send_all)
    await listener.drained()
    assert not intake.unparsed(HELP.id)
    different = {b"\r\n".join(raw.splitlines()) for raw in mails.values()}
    assert len(intake.raws) >= len(different) - 1


async def test_the_loop_stays_free_while_a_large_mail_comes(
    intake: Any, free_port: Callable[[], int], tmp_path: Path
) -> None:
    listener = MailListener("127.0.0.1", free_port(), [HELP])
    await listener.start(intake)
    part = (
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + (b"QUJD" * 19 + b"\r\n") * 250_000
    )
    mail = (
        MAIL.partition(b"\r\n\r\n")[0]
        + b'\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee file\r\n--b\r\n'
        + part
        + b"--b--\r\n"
    )
    longest = 0.0
    sending = asyncio.create_task(asyncio.to_thread(_plainly_sent, listener.port or 0, mail))
    loop = asyncio.get_running_loop()
    while not intake.messages:
        assert not sending.done() or sending.result().startswith(b"250")
        before = loop.time()
        await asyncio.sleep(0.001)
        longest = max(longest, loop.time() - before)
    await sending
    await listener.stop()
    print(f"longest hold of the loop: {longest * 1000:.1f} ms for {len(mail) / 1e6:.0f} MB")
    assert len(intake.messages[0].attachments[0].data) == 19 * 3 * 250_000
    # Measured 77 ms on two busy cores; it was 240 with the library's line-by-line reading and parsing.
    assert longest < 0.5


def _plainly_sent(port: int, mail: bytes) -> bytes:
    """Send without the library, whose own work on a large mail would be measured with ours."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as connection,
        connection.makefile("rb") as said,
    ):
        said.readline()
        for line in (
            b"HELO me\r\n",
            b"MAIL FROM:<a@b.example>\r\n",
            b"RCPT TO:<help@centre.example>\r\n",
            b"DATA\r\n",
        ):
            connection.sendall(line)
            said.readline()
        for place in range(0, len(mail), 1 << 16):
            connection.sendall(mail[place : place + (1 << 16)])
        connection.sendall(b".\r\n")
        return said.readline()


@given(
    st.lists(st.sampled_from([b"a", b".", b"\r\n", b"\r", b"\n", b"..", b"x" * 10]), max_size=30),
    st.lists(st.integers(1, 12), max_size=20),
)
def test_dots_are_taken_off_whatever_the_pieces(signs: list[bytes], cuts: list[int]) -> None:
    """RFC 5321, section 4.5.2: what a sender stuffed comes out as it was, however the network cut it."""
    lines = b"".join(signs).split(b"\r\n")
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    pieces, before, place = [], b"\r\n", 0
    for length in [*cuts, len(stuffed) + 1]:
        piece = stuffed[place : place + length]
        place += length
        pieces.append(unstuffed(piece, before))
        before = (before + piece)[-5:]
    assert b"".join(pieces) == b"\r\n".join(lines)
