from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.conversation import OUT, Attachment, Message
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    ConversationId,
    Instant,
    MediumId,
    MessageId,
    QueueId,
)
from agent_desktop.ports.channels import DeliveryError, OutgoingMessage
from agent_desktop.server.channels.email.channel import EmailChannel

BOX = Mailbox(
    id=ChannelId("help"),
    address="help@centre.example",
    queue=QueueId("support"),
    name="Nordlight",
    signature="{agent}\nNordlight",
    smtp_host="127.0.0.1",
)


def _outgoing(number: int = 1, **more: Any) -> OutgoingMessage:
    message = Message(
        id=MessageId(f"m-{number}"),
        conversation=ConversationId("c"),
        medium=MediumId("email"),
        direction=OUT,
        at=Instant(1_700_000_000.0 + number),
        text=more.pop("text", "It is on its way."),
        author=AgentId("7"),
        subject="My lamp",
        attachments=more.pop("attachments", ()),
        copy_addresses=more.pop("copies", ()),
    )
    return OutgoingMessage(
        message=message,
        to_address=more.pop("to", "anna@example.org"),
        to_name="Anna",
        agent_name="Eve",
        **more,
    )


@dataclass
class Sink:
    """A mail server that keeps what it gets, or answers what it is told to."""

    mails: list[Envelope] = field(default_factory=list)
    rcpt: str = "250 OK"
    data: str = "250 OK"
    delay: asyncio.Event | None = None

    async def handle_RCPT(
        self, _server: SMTP, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:
        if self.delay is not None:
            await self.delay.wait()
        self.mails.append(envelope)
        return self.data

    @property
    def read(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(one.original_content or b"", policy=email.policy.default)
            for one in self.mails
        ]


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
async def listening(sink: Sink, free_port: Callable[[], int]) -> AsyncIterator[Callable[..., Any]]:
    """Starts the sink: gives the port."""
    servers = []

    async def listen(*, lmtp: bool = False, implicit: ssl.SSLContext | None = None, **more: Any) -> int:
        loop, port = asyncio.get_running_loop(), free_port()
        kind = LMTP if lmtp else SMTP
        servers.append(
            await loop.create_server(lambda: kind(sink, loop=loop, **more), "127.0.0.1", port, ssl=implicit)
        )
        return port

    yield listen
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture
def server_tls(dovecot: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(dovecot.certificate, dovecot.certificate.with_name("key.pem"))
    return context


async def test_a_reply_arrives_as_it_was_written(sink: Sink, listening: Callable[..., Any]) -> None:
    channel = EmailChannel(replace(BOX, smtp_port=await listening()))
    state = await channel.send(
        _outgoing(
            references=("<1@example.org>",),
            quoted="Where is it?",
            quoted_from="Anna",
            quoted_at=Instant(1.7e9),
        )
    )
    assert state == "sent"
    (mail,) = sink.read
    assert (sink.mails[0].mail_from, sink.mails[0].rcpt_tos) == (BOX.address, ["anna@example.org"])
    assert mail["From"] == "Nordlight <help@centre.example>"
    assert mail["Message-ID"] == channel.external_id(MessageId("m-1"))
    assert mail["In-Reply-To"] == "<1@example.org>"
    assert mail["Subject"] == "Re: My lamp"
    assert mail["Auto-Submitted"] is None
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == (
        "It is on its way.\n\n-- \nEve\nNordlight\n\n"
        "On 14 November 2023 at 22:13 UTC, Anna wrote:\n> Where is it?\n"
    )


async def test_five_tries_are_the_same_mail(sink: Sink, listening: Callable[..., Any]) -> None:
    channel = EmailChannel(replace(BOX, smtp_port=await listening()))
    for _ in range(5):
        await channel.send(_outgoing())
    assert len({one.original_content for one in sink.mails}) == 1


@pytest.mark.parametrize(
    ("answers", "permanent"),
    [
        ({"rcpt": "550 5.1.1 no such user"}, True),
        ({"rcpt": "451 4.2.0 greylisted"}, False),
        ({"data": "554 5.7.1 spam"}, True),
        ({"data": "452 4.3.1 full"}, False),
    ],
)
async def test_a_refusal_is_for_good_or_for_now(
    sink: Sink, listening: Callable[..., Any], answers: dict[str, str], permanent: bool
) -> None:
    for name, value in answers.items():
        setattr(sink, name, value)
    channel = EmailChannel(replace(BOX, smtp_port=await listening()))
    with pytest.raises(DeliveryError, match=next(iter(answers.values()))[:3]) as error:
        await channel.send(_outgoing())
    assert error.value.permanent is permanent
    assert channel.trouble == ""  # of this mail alone: the server takes others


async def test_that_nothing_is_sent_is_told_until_a_mail_leaves(
    sink: Sink, listening: Callable[..., Any], free_port: Callable[[], int]
) -> None:
    channel = EmailChannel(replace(BOX, smtp_port=free_port()))
    with pytest.raises(DeliveryError):
        await channel.send(_outgoing())
    assert "Nothing is sent from it" in channel.trouble
    assert "cannot be reached" in channel.trouble
    channel.mailbox = replace(BOX, smtp_port=await listening())
    assert await channel.send(_outgoing()) == "sent"
    assert channel.trouble == ""


async def test_a_server_that_is_away_may_come_back(free_port: Callable[[], int]) -> None:
    with pytest.raises(DeliveryError, match="cannot be reached") as error:
        await EmailChannel(replace(BOX, smtp_port=free_port())).send(_outgoing())
    assert not error.value.permanent


async def test_a_server_that_does_not_answer_is_given_up_in_time(
    sink: Sink, listening: Callable[..., Any]
) -> None:
    sink.delay = asyncio.Event()
    channel = EmailChannel(replace(BOX, smtp_port=await listening()), timeout_s=0.3)
    with pytest.raises(DeliveryError, match="did not answer") as error:
        await channel.send(_outgoing())
    sink.delay.set()
    assert not error.value.permanent


async def test_without_starttls_nothing_is_sent_when_tls_was_asked_for(
    sink: Sink, listening: Callable[..., Any]
) -> None:
    channel = EmailChannel(replace(BOX, smtp_port=await listening(), smtp_tls="starttls", smtp_user="u"))
    with pytest.raises(DeliveryError, match="TLS") as error:
        await channel.send(_outgoing())
    assert not error.value.permanent
    assert not sink.mails


@pytest.mark.parametrize("mode", ["starttls", "tls"])
async def test_a_mail_goes_over_tls_and_never_to_a_server_that_nobody_vouches_for(
    sink: Sink, listening: Callable[..., Any], server_tls: ssl.SSLContext, dovecot: Any, mode: str
) -> None:
    given = (
        {"implicit": server_tls} if mode == "tls" else {"tls_context": server_tls, "require_starttls": True}
    )
    box = replace(BOX, smtp_port=await listening(**given), smtp_tls=mode)
    with pytest.raises(DeliveryError, match="TLS"):
        await EmailChannel(box).send(_outgoing())
    assert not sink.mails
    await EmailChannel(box, tls=dovecot.tls).send(_outgoing())
    assert len(sink.mails) == 1


async def test_a_mailbox_without_a_server_says_so() -> None:
    with pytest.raises(DeliveryError, match="no server to send by") as error:
        await EmailChannel(replace(BOX, smtp_host="")).send(_outgoing())
    assert error.value.permanent


@pytest.mark.parametrize("to", ["", "anna", "a@b\r\nBcc: c@d", "jürgen@example.org"])
async def test_an_address_that_no_mail_can_go_to_is_refused_for_good(
    sink: Sink, listening: Callable[..., Any], to: str
) -> None:
    channel = EmailChannel(replace(BOX, smtp_port=await listening()))
    with pytest.raises(DeliveryError) as error:
        await channel.send(_outgoing(to=to))
    assert error.value.permanent
    assert not sink.mails


async def test_files_go_with_the_mail(sink: Sink, listening: Callable[..., Any]) -> None:
    async def read_file(file: str) -> bytes:
        return file.encode() * 100

    box = replace(BOX, smtp_port=await listening())
    attached = (Attachment(id="f1", name="Größe.pdf", media_type="application/pdf"),)
    await EmailChannel(box, read_file=read_file).send(_outgoing(attachments=attached))
    (mail,) = sink.read
    (part,) = mail.iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("Größe.pdf", "application/pdf")
    assert part.get_payload(decode=True) == b"f1" * 100
    body = mail.get_body()
    assert body is not None
    assert "on its way" in body.get_content()
    with pytest.raises(DeliveryError, match="cannot be sent"):
        await EmailChannel(box).send(_outgoing(attachments=attached))


async def test_more_than_can_be_sent_is_refused_in_words_before_anything_is_read(
    sink: Sink, listening: Callable[..., Any]
) -> None:
    read: list[str] = []

    async def read_file(file: str) -> bytes:
        read.append(file)
        return b""

    box = replace(BOX, smtp_port=await listening())
    attached = (Attachment(id="f1", name="film.mp4", size_bytes=26 * 1024 * 1024),)
    with pytest.raises(DeliveryError, match="26 MB together; at most 25 MB") as error:
        await EmailChannel(box, read_file=read_file).send(_outgoing(attachments=attached))
    assert (error.value.permanent, read, sink.mails) == (True, [], [])


async def test_those_who_get_a_copy_get_the_same_mail(sink: Sink, listening: Callable[..., Any]) -> None:
    box = replace(BOX, smtp_port=await listening())
    await EmailChannel(box).send(_outgoing(copies=("bo@example.org", "cy@example.org")))
    (mail,) = sink.mails
    assert mail.rcpt_tos == ["anna@example.org", "bo@example.org", "cy@example.org"]
    assert sink.read[0]["Cc"] == "bo@example.org, cy@example.org"


async def test_a_reply_is_signed_where_the_mailbox_has_a_key(
    sink: Sink, listening: Callable[..., Any], intake: Any, tmp_path: Path
) -> None:
    key = tmp_path / "dkim.pem"
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    key.write_bytes(made.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()))
    box = replace(BOX, smtp_port=await listening(), dkim_selector="s1", dkim_key_file=str(key))
    channel = EmailChannel(box)
    await channel.start(intake)
    await channel.send(_outgoing())
    await channel.stop()
    assert "s=s1" in sink.read[0]["DKIM-Signature"]
    public = made.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    answer = b"v=DKIM1; p=" + b64encode(public)
    raw = sink.mails[0].original_content
    assert isinstance(raw, bytes)
    assert dkim.verify(raw, dnsfunc=lambda name, timeout=5: answer)


@pytest.mark.peer
async def test_a_real_reader_shows_the_conversation_as_one_thread(
    dovecot: Any, sink: Sink, listening: Callable[..., Any]
) -> None:
    """Dovecot's THREAD=REFERENCES (RFC 5256) stands for the readers of the customers."""
    user = "threads"
    channel = EmailChannel(replace(BOX, smtp_port=await listening()))
    own = channel.external_id(MessageId("m-1"))
    first, second = "<first@example.org>", "<second@example.org>"
    await channel.send(_outgoing(1, references=(first,)))
    await channel.send(_outgoing(2, references=(first, own, second)))
    replies = [one.original_content or b"" for one in sink.mails]
    for raw in (
        _customers("Lamp", first, ()),
        replies[0],
        _customers("something else", second, (first, own)),
        replies[1],
        _customers("Another lamp", "<other@example.org>", ()),
    ):
        await asyncio.to_thread(dovecot.deliver, user, raw)
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        threads = client.thread("REFERENCES")
    assert [_flat(thread) for thread in threads] == [[1, 2, 3, 4], [5]]


def _customers(subject: str, own: str, references: tuple[str, ...]) -> bytes:
    named = f"In-Reply-To: {references[-1]}\r\nReferences: {' '.join(references)}\r\n" if references else ""
    head = f"From: anna@example.org\r\nTo: help@centre.example\r\nSubject: {subject}\r\n"
    return (
        f"{head}Message-ID: {own}\r\n{named}Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n\r\nHello\r\n".encode()
    )


def _flat(thread: Any) -> list[int]:
    return [thread] if isinstance(thread, int) else [one for part in thread for one in _flat(part)]
