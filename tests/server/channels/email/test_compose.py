from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.conversation import OUT, Message
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    ConversationId,
    Instant,
    MediumId,
    MessageId,
    QueueId,
)
from agent_desktop.ports.channels import OutgoingMessage
from agent_desktop.server.channels.email.compose import File, compose
from agent_desktop.server.channels.email.parse import INVENTED_DOMAIN, parse

BOX = Mailbox(
    id=ChannelId("help"),
    address="help@centre.example",
    queue=QueueId("q"),
    name="Nordlight",
    signature="Nordlight",
)
OWN = "<ad.help.m-1@centre.example>"


def _outgoing(text: str = "Hello", subject: str = "Lamp", **more: Any) -> OutgoingMessage:
    message = Message(
        id=MessageId("m-1"),
        conversation=ConversationId("c"),
        medium=MediumId("email"),
        direction=OUT,
        at=Instant(1.7e9),
        text=text,
        author=more.pop("author", AgentId("7")),
        subject=subject,
    )
    return OutgoingMessage(message=message, to_address=more.pop("to_address", "anna@example.org"), **more)


def _sent(outgoing: OutgoingMessage, box: Mailbox = BOX, files: tuple[File, ...] = ()) -> EmailMessage:
    raw = compose(box, outgoing, message_id=OWN, files=files)
    assert all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in raw.split(b"\r\n"))
    return email.message_from_bytes(raw, policy=email.policy.default)


@pytest.mark.parametrize(
    ("subject", "references", "sent"),
    [
        ("Lamp", ("<1@x>",), "Re: Lamp"),
        ("RE: Lamp", ("<1@x>",), "RE: Lamp"),
        ("AW: Lampe", ("<1@x>",), "AW: Lampe"),
        ("Reference", ("<1@x>",), "Re: Reference"),
        ("Lamp", (), "Lamp"),
        ("", ("<1@x>",), "Re: your message"),
        ("Größe\r\nBcc: eve@evil.example", ("<1@x>",), "Re: Größe Bcc: eve@evil.example"),
    ],
)
def test_the_subject_begins_with_one_re(subject: str, references: tuple[str, ...], sent: str) -> None:
    mail = _sent(_outgoing(subject=subject, references=references))
    assert mail["Subject"] == sent
    assert mail["Bcc"] is None


def test_references_are_bounded_and_keep_the_first_and_the_newest() -> None:
    ids = [f"<{number}@example.org>" for number in range(200)]
    mail = _sent(_outgoing(references=tuple(ids)))
    assert mail["References"].split() == [ids[0], *ids[-19:]]
    assert mail["In-Reply-To"] == ids[-1]


def test_no_id_that_we_made_up_no_own_id_and_no_broken_id_goes_out() -> None:
    odd = ("<1@x>", f"<abc@{INVENTED_DOMAIN}>", OWN, "<a b@x>", "<x>\r\nBcc: <y>", "plain", "<ä@x>")
    assert _sent(_outgoing(references=odd))["References"] == "<1@x>"


def test_a_long_id_is_not_cut() -> None:
    long = f"<{'a' * 300}@example.org>"
    raw = compose(BOX, _outgoing(references=("<1@x>", long)), message_id=OWN)
    assert f"\r\nReferences: <1@x>\r\n {long}\r\n".encode() in raw


def test_an_acknowledgement_is_marked_so_that_no_machine_answers_it() -> None:
    mail = _sent(_outgoing(author=AgentId("")))
    assert mail["Auto-Submitted"] == "auto-replied"
    assert parse(mail.as_bytes(), channel=ChannelId("x")).automatic


def test_long_lines_flow_and_come_back_whole() -> None:
    text = "word " * 100 + "end\n\nFrom here\n> not a quotation\n  indented\n" + "x" * 2_000
    content = _sent(_outgoing(text=text)).get_content().replace("\r\n", "\n")
    assert all(len(line) <= 78 for line in content.split("\n") if "x" * 50 not in line)
    assert _unflowed(content).startswith(text.partition("\n\n")[0])
    assert "\n From here\n > not a quotation\n   indented\n" in content


def _unflowed(content: str) -> str:
    """RFC 3676, section 4: lines that end in a blank go on in the next."""
    return content.replace(" \n", " ")


def test_the_quotation_stands_apart_behind_its_marks() -> None:
    outgoing = _outgoing(quoted="One\n> Two\n\nThree", quoted_from="Anna\r\nBerg", quoted_at=Instant(1.7e9))
    content = _sent(outgoing).get_content().replace("\r\n", "\n")
    assert content == (
        "Hello\n\n-- \nNordlight\n\n"
        "On 14 November 2023 at 22:13 UTC, Anna Berg wrote:\n> One\n>> Two\n>\n> Three\n"
    )


_NAUGHTY = st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace").decode())


@given(_NAUGHTY, _NAUGHTY, _NAUGHTY, _NAUGHTY, st.booleans())
def test_nothing_that_is_written_becomes_a_header_or_is_lost(
    text: str, subject: str, name: str, quoted: str, filed: bool
) -> None:
    outgoing = _outgoing(
        text=text, subject=subject, to_name=name, quoted=quoted, quoted_from=name, references=("<1@x>",)
    )
    files = (File(name=name, media_type=subject, data=text.encode()),) if filed else ()
    mail = _sent(outgoing, files=files)
    expected = {
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
    }
    assert set(mail.keys()) == expected | (set() if filed else {"Content-Transfer-Encoding"})
    assert [one.addr_spec for one in mail["To"].addresses] == ["anna@example.org"]
    read = parse(mail.as_bytes(), channel=ChannelId("x"))
    words = "".join((read.text + read.quoted).split())
    assert "".join(text.replace("\x00", "").split()) in words
    assert [one.data for one in read.attachments] == [one.data for one in files]
