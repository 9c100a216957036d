from __future__ import annotations

import pytest

from agent_desktop.domain.types import ChannelId
from agent_desktop.server.channels.email.parse import parse

_SIGNATURE = "--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\nContent-Type: {}\r\n\r\nxx\r\n--b--\r\n"
_LIST = (
    'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n{}\r\n--m\r\n\r\nfoot of a list\r\n--m--\r\n'
)


def _status(kind: str, body: str = "Hello") -> str:
    raw = f"From: a@x.example\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}\r\n"
    return parse(raw.encode(), channel=ChannelId("x")).protection


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("text/plain", "Hello", ""),
        (
            'multipart/signed; protocol="application/pkcs7-signature"; boundary="b"',
            _SIGNATURE.format("application/pkcs7-signature"),
            "Signed (S/MIME); the signature was not checked.",
        ),
        (
            'multipart/signed; protocol="application/pgp-signature"; boundary="b"',
            _SIGNATURE.format("application/pgp-signature"),
            "Signed (PGP); the signature was not checked.",
        ),
        (
            'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"',
            _SIGNATURE.format("application/octet-stream"),
            "Encrypted (PGP); it cannot be read here.",
        ),
        (
            "application/pkcs7-mime; smime-type=enveloped-data",
            "xx",
            "Encrypted (S/MIME); it cannot be read here.",
        ),
        (
            "application/pkcs7-mime; smime-type=signed-data",
            "xx",
            "Signed (S/MIME), with its text inside a file; the signature was not checked.",
        ),
        ("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nhQ", "Encrypted (PGP); it cannot be read here."),
        (
            "text/plain",
            "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nHello",
            "Signed (PGP); the signature was not checked.",
        ),
    ],
)
def test_a_mail_says_how_it_is_protected(kind: str, body: str, said: str) -> None:
    assert _status(kind, body) == said


def test_the_foot_of_a_list_does_not_hide_a_signature() -> None:
    inner = 'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="b"\r\n\r\n'
    raw = "From: a@x.example\r\n" + _LIST.format(inner + _SIGNATURE.format("application/pgp-signature"))
    assert parse(raw.encode(), channel=ChannelId("x")).protection.startswith("Signed (PGP)")


def test_no_mail_is_called_checked_or_good() -> None:
    said = _status("application/pkcs7-mime; smime-type=signed-data", "xx")
    assert "not checked" in said
