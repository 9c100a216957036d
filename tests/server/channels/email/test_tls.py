"""TLS both ways: where it was asked for, nothing is said in the open, whatever the other side offers."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.types import ChannelId, QueueId
from agent_desktop.errors import ConfigError
from agent_desktop.server.app import mail_certificate
from agent_desktop.server.channels.email.channel import EmailChannel
from agent_desktop.server.channels.email.listener import MailListener
from agent_desktop.server.config import ServerSettings

BOX = Mailbox(
    id=ChannelId("help"), address="help@centre.example", queue=QueueId("q"), aliases=("info@centre.example",)
)
MAIL = b"From: a@x.example\r\nTo: help@centre.example\r\nMessage-ID: <1@x.example>\r\n\r\nHello\r\n"


@pytest.fixture
def box(dovecot: Any, tmp_path: Path) -> Mailbox:
    password = tmp_path / "password"
    password.write_text("secret\n")
    return replace(
        BOX, imap_host="127.0.0.1", imap_port=dovecot.imap, imap_tls=False, imap_starttls=True,
        imap_user="starttls", imap_password_file=str(password),
    )  # fmt: skip


@pytest.mark.peer
async def test_mail_is_fetched_over_starttls(box: Mailbox, dovecot: Any, intake: Any) -> None:
    channel = EmailChannel(box, tls=dovecot.tls)
    await channel.start(intake)
    dovecot.deliver("starttls", MAIL)
    (message,) = await intake.arrived(1)
    assert message.text == "Hello"
    await channel.stop()


@pytest.mark.peer
async def test_a_certificate_that_nobody_vouches_for_ends_starttls(
    box: Mailbox, dovecot: Any, intake: Any
) -> None:
    channel = EmailChannel(box, back_off_s=(0.1,))  # the system's certificates do not know it
    await channel.start(intake)
    await _until(lambda: "certificate" in channel.state.lower())
    assert intake.messages == []
    await channel.stop()


async def test_no_password_is_said_to_a_server_that_offers_no_starttls(
    box: Mailbox, dovecot: Any, intake: Any, free_port: Callable[[], int]
) -> None:
    said: list[bytes] = []

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK stripped\r\n")
        while line := await reader.readline():
            said.append(line)
            tag, _, words = line.partition(b" ")
            known = words.upper().startswith((b"CAPABILITY", b"LOGOUT"))
            if words.upper().startswith(b"CAPABILITY"):
                writer.write(b"* CAPABILITY IMAP4rev1\r\n")
            writer.write(tag + (b" OK done\r\n" if known else b" BAD unknown command\r\n"))
        writer.close()

    port = free_port()
    server = await asyncio.start_server(plain, "127.0.0.1", port)
    channel = EmailChannel(replace(box, imap_port=port), tls=dovecot.tls, back_off_s=(0.1,))
    await channel.start(intake)
    await _until(lambda: channel.state.startswith("not connected"))
    await channel.stop()
    server.close()
    await server.wait_closed()
    assert any(b"STARTTLS" in line or b"CAPABILITY" in line for line in said)
    assert not any(b"LOGIN" in line or b"secret" in line for line in said)


async def _until(condition: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + 15
    while not condition():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.02)


@pytest.fixture
def settings(dovecot: Any) -> ServerSettings:
    key = dovecot.certificate.with_name("key.pem")
    return ServerSettings(smtp_certificate=str(dovecot.certificate), smtp_key=str(key))


@pytest.fixture
async def listener(
    settings: ServerSettings, intake: Any, free_port: Callable[[], int]
) -> AsyncIterator[Callable[..., Any]]:
    running: list[MailListener] = []

    async def start(*, required: bool) -> int:
        made = MailListener(
            "127.0.0.1", free_port(), [BOX], tls=mail_certificate(settings), tls_required=required
        )
        await made.start(intake)
        running.append(made)
        return made.port or 0

    yield start
    for one in running:
        await one.stop()


def _handed(port: int, tls: ssl.SSLContext | None, to: str = BOX.address) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo("localhost")
        if tls is not None:
            client.starttls(context=tls)
            client.ehlo("localhost")
        client.sendmail("a@x.example", [to], MAIL)


@pytest.mark.parametrize("required", [False, True])
async def test_mail_comes_in_over_tls(
    listener: Callable[..., Any], dovecot: Any, intake: Any, *, required: bool
) -> None:
    port = await listener(required=required)
    await asyncio.to_thread(_handed, port, dovecot.tls)
    assert [one.text for one in await intake.arrived(1)] == ["Hello"]


async def test_where_tls_is_required_nothing_is_taken_in_the_open(
    listener: Callable[..., Any], intake: Any
) -> None:
    port = await listener(required=True)
    with pytest.raises(smtplib.SMTPException, match="STARTTLS"):
        await asyncio.to_thread(_handed, port, None)
    assert intake.raws == {}


async def test_words_said_before_tls_are_not_taken_for_words_said_in_it(
    listener: Callable[..., Any], dovecot: Any, intake: Any
) -> None:
    """CVE-2011-0411: what a stranger puts behind STARTTLS on the wire must not be carried into TLS."""
    port = await listener(required=False)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"EHLO x\r\n")
    while not (await reader.readline()).startswith(b"250 "):
        pass
    writer.write(b"STARTTLS\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<help@centre.example>\r\n")
    assert (await reader.readline()).startswith(b"220")
    try:
        await writer.start_tls(dovecot.tls, server_hostname="localhost")
        writer.write(b"EHLO x\r\nRCPT TO:<help@centre.example>\r\nQUIT\r\n")
        said = await asyncio.wait_for(reader.read(), 30)
    except (ssl.SSLError, ConnectionError):
        said = b""
    assert b"250 2.1.5" not in said
    writer.close()


async def test_an_alias_is_an_address_of_its_mailbox(listener: Callable[..., Any], intake: Any) -> None:
    port = await listener(required=False)
    await asyncio.to_thread(_handed, port, None, "Info+x@centre.example")
    assert [one.channel for one in await intake.arrived(1)] == ["help"]


def test_a_certificate_that_does_not_fit_its_key_is_told(settings: ServerSettings, tmp_path: Path) -> None:
    other = tmp_path / "key.pem"
    other.write_text("no key")
    with pytest.raises(ConfigError, match="do not fit"):
        mail_certificate(replace(settings, smtp_key=str(other)))
    assert mail_certificate(ServerSettings()) is None
