from __future__ import annotations

import email
import email.policy
from dataclasses import replace
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


def _words(mail: EmailMessage, kind: str = "plain") -> str:
    """What a reader shows that likes this kind."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def _kinds(mail: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


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
    content = _words(_sent(_outgoing(text=text)))
    assert all(len(line) <= 78 for line in content.split("\n") if "x" * 50 not in line)
    assert _unflowed(content).startswith(text.partition("\n\n")[0])
    assert "\n From here\n > not a quotation\n   indented\n" in content


def _unflowed(content: str) -> str:
    """RFC 3676, section 4: lines that end in a blank go on in the next."""
    return content.replace(" \n", " ")


def test_the_quotation_stands_apart_behind_its_marks() -> None:
    outgoing = _outgoing(quoted="One\n> Two\n\nThree", quoted_from="Anna\r\nBerg", quoted_at=Instant(1.7e9))
    content = _words(_sent(outgoing))
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
    assert set(mail.keys()) == expected
    assert [one.addr_spec for one in mail["To"].addresses] == ["anna@example.org"]
    read = parse(mail.as_bytes(), channel=ChannelId("x"))
    words = "".join((read.text + read.quoted).split())
    assert "".join(text.replace("\x00", "").split()) in words
    assert [one.data for one in read.attachments] == [one.data for one in files]


def test_the_words_go_out_as_plain_text_and_as_a_page() -> None:
    mail = _sent(
        _outgoing(text="Dear Anna,\n\nsee https://example.org/a?b=1&c=2.\nBest", quoted="Where?\n\nAnna")
    )
    assert _kinds(mail) == ["multipart/alternative", "text/plain", "text/html"]
    page = _words(mail, "html")
    assert '<p dir="auto">Dear Anna,</p>' in page
    assert (
        '<a href="https://example.org/a?b=1&amp;c=2">https://example.org/a?b=1&amp;c=2</a>.<br>\nBest' in page
    )
    assert '<p dir="auto">-- <br>\nNordlight</p>' in page
    assert "wrote:</p>" in page
    assert page.count("<blockquote") == 1
    assert '<p dir="auto">Where?</p>\n<p dir="auto">Anna</p>' in page


def test_what_an_agent_writes_is_never_read_as_a_page() -> None:
    text = "<script>alert(1)</script> & <b>\n   indented"
    page = _words(_sent(_outgoing(text=text)), "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;<br>" in page
    assert "&nbsp;&nbsp; indented" in page
    assert "<script" not in page


def test_the_signature_of_the_queue_goes_before_that_of_the_mailbox() -> None:
    mail = _sent(_outgoing(signature="Returns desk\n{agent}", agent_name="Chen"))
    assert "-- \nReturns desk\nChen" in _words(mail)
    assert "Nordlight" not in _words(mail)
    assert "Returns desk<br>\nChen" in _words(mail, "html")


def test_an_inline_image_is_shown_in_the_page_and_other_files_hang_on_the_mail() -> None:
    image = File(name="lamp.png", media_type="image/png", data=b"png", inline=True)
    other = File(name="a.pdf", media_type="application/pdf", data=b"pdf")
    mail = _sent(_outgoing(), files=(image, other))
    together = ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related"]
    assert _kinds(mail) == [*together, "text/html", "image/png", "application/pdf"]
    shown = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert f'<img src="cid:{shown["Content-ID"].strip("<>")}" alt="lamp.png">' in _words(mail, "html")
    read = parse(mail.as_bytes(), channel=ChannelId("x"))
    assert [(one.name, one.data, one.content_id) for one in read.attachments] == [
        ("lamp.png", b"png", "lamp.png"), ("a.pdf", b"pdf", ""),
    ]  # fmt: skip
    assert 'src="cid:lamp.png"' in read.html


def test_those_who_get_a_copy_are_named() -> None:
    outgoing = _outgoing()
    message = replace(outgoing.message, copy_addresses=("bo@example.org", "cy@example.org"))
    mail = _sent(replace(outgoing, message=message))
    assert [one.addr_spec for one in mail["Cc"].addresses] == ["bo@example.org", "cy@example.org"]


def test_the_same_message_gives_the_same_bytes_each_time() -> None:
    outgoing, files = (
        _outgoing(quoted="x", references=("<1@x>",)),
        (File(name="a", media_type="b/c", data=b"d"),),
    )
    assert compose(BOX, outgoing, message_id=OWN, files=files) == compose(
        BOX, outgoing, message_id=OWN, files=files
    )
