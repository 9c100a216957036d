from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.types import ChannelId
from agent_desktop.server.channels.email.parse import parse


def _warnings(*headers: str) -> tuple[str, ...]:
    raw = "\r\n".join((*headers, "Subject: x", "", "Hello")).encode("utf-8", "surrogatepass")
    return parse(raw, channel=ChannelId("x")).warnings


def test_an_ordinary_mail_warns_of_nothing() -> None:
    assert _warnings("From: Anna Berg <anna@example.org>", "To: help@centre.example") == ()
    assert _warnings("From: anna@example.org", "Sender: anna@example.org") == ()
    assert _warnings("From: Shop <noreply@mail.shop.example>", "Reply-To: care@shop.example") == ()
    assert _warnings("From: =?utf-8?q?J=C3=BCrgen?= <j@b\u00fccher.example>") == ()


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (
            ('From: "help@bank.example" <eve@evil.example>',),
            "name shows help@bank.example, but it came from eve@",
        ),
        (('From: "Bank\uff20bank.example" <eve@evil.example>',), "name shows Bank@bank.example"),
        (("From: =?utf-8?q?help=40bank.example?= <eve@evil.example>",), "name shows help@bank.example"),
        (("From: a@x.example", "From: b@y.example"), "It has 2 From lines; a@x.example is only the first."),
        (("From: a@x.example, b@y.example",), "It names several senders: a@x.example, b@y.example."),
        (
            ("From: a@x.example", "Sender: s@bulk.example"),
            "It was sent by s@bulk.example in the name of a@x.example.",
        ),
        (
            ("From: a@bank.example", "Reply-To: e@evil.example"),
            "Answers to it go to e@evil.example, not to a@bank",
        ),
        (("From: =?utf-8?b?4oCuYW5uYQ==?= <eve@evil.example>",), "signs that turn the writing round"),
        (("From: a@p\u0430ypal.example",), "mixes alphabets (Cyrillic, Latin)"),
        (("To: help@centre.example",), "It names no sender."),
    ],
)
def test_what_is_odd_about_a_sender_is_told_in_words(headers: tuple[str, ...], said: str) -> None:
    warnings = _warnings(*headers)
    assert any(said in one for one in warnings), warnings


@given(st.text(max_size=120), st.text(max_size=60))
def test_no_sender_breaks_the_looking(name: str, address: str) -> None:
    line = f"From: {name} <{address}>".replace("\r", " ").replace("\n", " ")
    assert all("\n" not in one for one in _warnings(line))
