from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.types import ChannelId, QueueId
from agent_desktop.errors import ConfigError
from agent_desktop.server.channels.email.signing import signer_of

BOX = Mailbox(id=ChannelId("help"), address="help@centre.example", queue=QueueId("q"))
MAIL = (
    b"Date: Wed, 18 Nov 2026 12:00:00 +0000\r\nFrom: Nordlight <help@centre.example>\r\nTo: a@x.example\r\n"
    b"Subject: Re: Lamp\r\nMessage-ID: <ad.help.m@centre.example>\r\n\r\nIt is on its way.\r\n"
)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def box(key: rsa.RSAPrivateKey, tmp_path: Path) -> Mailbox:
    file = tmp_path / "dkim.pem"
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()))
    return replace(BOX, dkim_selector="mail2026", dkim_key_file=str(file))


def _good(mail: bytes, key: rsa.RSAPrivateKey) -> bool:
    """What a receiver says that asks the DNS for the key."""
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    import base64

    def dns(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"mail2026._domainkey.centre.example."
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    return bool(dkim.verify(mail, dnsfunc=dns))


def test_a_mailbox_without_a_key_does_not_sign() -> None:
    assert signer_of(BOX) is None


def test_a_signed_mail_is_good_and_a_changed_one_is_not(box: Mailbox, key: rsa.RSAPrivateKey) -> None:
    signer = signer_of(box)
    assert signer is not None
    signed = signer.signed(MAIL)
    assert signed.endswith(MAIL)
    assert _good(signed, key)
    assert not _good(signed.replace(b"on its way", b"off its way"), key)
    assert not _good(signed.replace(b"Re: Lamp", b"Re: Lemon"), key)
    assert not _good(b"From: Eve <eve@evil.example>\r\n" + signed, key)
    tags = message_from_bytes(signed)["DKIM-Signature"]
    assert "d=centre.example" in tags
    assert "c=relaxed/relaxed" in tags


@pytest.mark.parametrize(
    "text", ["no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"]
)
def test_a_key_that_cannot_sign_is_told_at_the_start(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(ConfigError, match="cannot sign mail"):
        signer_of(replace(BOX, dkim_selector="s", dkim_key_file=str(file)))


def test_a_key_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        signer_of(replace(BOX, dkim_selector="s", dkim_key_file=str(tmp_path / "none")))


def test_the_key_is_not_shown_where_a_signer_is(box: Mailbox) -> None:
    assert "PRIVATE" not in repr(signer_of(box))
