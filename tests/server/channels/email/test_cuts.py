"""Bodies taken out of a mail before it is parsed: nothing of what is read may change by it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent_desktop.domain.types import ChannelId
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.server.channels.email.cuts import Cuts
from agent_desktop.server.channels.email.parse import parse

LONG = b"A line of a body, long enough to be worth it. " * 8
PIECES = (
    *(b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n", b"\n--b\n", b"\r\n--b\r\n", b"\n--b--\n", b"--", b"-- \n"),
    *(b"\n--in\n", b"\n--in--\n", b"no field\n", b"\xff\xe4\xf6", "\u00e9".encode(), b"=C3=A9", b"=\n"),
    b"Content-Type: text/plain; charset=utf-8\n",
    b"Content-Type: text/html\r\n",
    b'Content-Type: multipart/mixed; boundary="in"\n',
    b"Content-Type: multipart/digest; boundary=in\n",
    b"Content-Type: message/rfc822\n",
    b"Content-Type: message/delivery-status\n",
    b'Content-Type: application/pdf; name="a.pdf"\n',
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"Content-Transfer-Encoding: x-uuencode\n",
    b"begin 644 a\n#0V%T\n \nend\n",
    LONG,
    LONG + b"\n\n" + LONG,
    b"QUJD" * 80,
)
HEAD = b'From: a@example.org\nContent-Type: multipart/mixed; boundary="b"\n'


def read(raw: bytes) -> IncomingMessage:
    return parse(raw, channel=ChannelId("help"))


def read_whole(raw: bytes) -> IncomingMessage:
    """As the parser reads it line by line."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Cuts, "short", lambda cuts: cuts.raw)
        return read(raw)


@given(st.sampled_from((HEAD, b"From: a@example.org\n", b"")), st.lists(st.sampled_from(PIECES), max_size=14))
@settings(max_examples=400, deadline=None)
@example(HEAD, [b"\n--b\n\n", LONG, b"\n"])  # never closed
def test_what_is_read_is_the_same_with_and_without_the_bodies_taken_out(
    head: bytes, pieces: list[bytes]
) -> None:
    raw = head + b"".join(pieces)
    assert read(raw) == read_whole(raw)


def test_the_mails_of_the_corpora_read_the_same_with_and_without_the_bodies_taken_out(
    mails: dict[str, bytes],
) -> None:
    small = [raw for raw in mails.values() if len(raw) < 20_000][::3]
    assert any(Cuts(raw).short() != raw for raw in small)
    assert all(read(raw) == read_whole(raw) for raw in small)


@pytest.mark.parametrize("encoding", ["quoted-printable", "8bit", "base64", "x-uuencode", "odd"])
def test_a_body_that_was_taken_out_is_decoded_by_its_encoding(encoding: str) -> None:
    body = {"base64": b"QUJD" * 80, "quoted-printable": b"caf=C3=A9 " * 40}.get(encoding, LONG)
    raw = (
        HEAD
        + b"\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
        + encoding.encode()
        + b"\n\n"
        + body
        + b"\n--b--\n"
    )
    assert LONG not in Cuts(raw).short()
    assert b"QUJDQUJD" not in Cuts(raw).short()
    message = read(raw)
    assert message.text == read_whole(raw).text
    assert message.text.startswith(
        {"base64": "ABCABC", "quoted-printable": "caf\u00e9 caf"}.get(encoding, "A line")
    )


def test_the_parser_gets_the_header_blocks_alone() -> None:
    part = b"\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + LONG
    raw = HEAD.replace(b"\n", b"\r\n") + part * 3 + b"\r\n--b--\r\n"
    assert len(Cuts(raw).short()) < len(HEAD) + 4 * 100
