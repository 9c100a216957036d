from __future__ import annotations

import time
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.types import ChannelId
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.server.channels.email.parse import INVENTED_DOMAIN, parse

HELP = ChannelId("help")


def _read(head: str, body: str | bytes = "Hello", *, envelope: str | None = None) -> IncomingMessage:
    raw = body if isinstance(body, bytes) else body.encode()
    return parse(
        head.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n\r\n" + raw,
        channel=HELP,
        raw_id="r1",
        envelope_sender=envelope,
    )


def _storable(message: IncomingMessage) -> bool:
    """Whether every store and every wire can keep it."""
    texts = [value for value in asdict(message).values() if isinstance(value, str)]
    texts += [*message.to_addresses, *message.references, *(one.name for one in message.attachments)]
    return all("\x00" not in text and text.encode() is not None for text in texts)


def test_every_mail_of_the_corpora_is_read_in_time(mails: dict[str, bytes]) -> None:
    for name, raw in mails.items():
        began = time.process_time()
        message = parse(raw, channel=HELP, raw_id=name)
        assert time.process_time() - began < 6.0, name
        assert _storable(message), name
        assert message.raw == name
        assert message.external_id.startswith("<"), name
        assert "could not be read. Its original" not in message.text, name


def test_almost_every_mail_of_the_corpora_gives_words_or_files(mails: dict[str, bytes]) -> None:
    empty = [
        name for name, raw in mails.items() if not (m := parse(raw, channel=HELP)).text and not m.attachments
    ]
    assert len(empty) <= 20, empty


def test_a_plain_mail() -> None:
    message = _read(
        "From: Anna Berg <Anna@Example.ORG>\nTo: help@centre.example, Bert <bert@example.org>\n"
        "Cc: carl@example.org\n"
        "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\nMessage-ID: <1@example.org>\n"
        "Date: Tue, 12 Mar 2024 12:00:00 +0000\n"
        "In-Reply-To: <2@x>\nReferences: <0@x>\n <1@x> <2@x>",
        "Too small.\r\n\r\nOn 11 March 2024, Eve wrote:\r\n> Which size?\r\n",
    )
    assert (message.from_name, message.from_address) == ("Anna Berg", "Anna@example.org")
    assert message.to_addresses == ("help@centre.example", "bert@example.org")
    assert message.copy_addresses == ("carl@example.org",)
    assert (message.subject, message.external_id) == ("Größe", "<1@example.org>")
    assert (message.text, message.quoted) == ("Too small.", "On 11 March 2024, Eve wrote:\n> Which size?")
    assert message.in_reply_to == ("<2@x>",)
    assert message.references == ("<2@x>", "<1@x>", "<0@x>")
    assert message.sent_at == 1_710_244_800.0
    assert not message.automatic


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ('"help@bank.example" <eve@evil.example>', "", "eve@evil.example"),
        ('"Bank <help@bank.example>" <eve@evil.example>', "", "eve@evil.example"),
        ("=?utf-8?b?aGVscEBiYW5rLmV4YW1wbGU=?= <eve@evil.example>", "", "eve@evil.example"),
        ("help\uff20bank.example <eve@evil.example>", "", "eve@evil.example"),
        ("=?utf-8?q?Anna=E2=80=AE_moc=2Eknab?= <eve@evil.example>", "Anna moc.knab", "eve@evil.example"),
        ("=?utf-8?q?A=0D=0ABcc=3A_x?= <eve@evil.example>", "A Bcc: x", "eve@evil.example"),
        ("eve@evil.example", "", "eve@evil.example"),
        ("Anna, Berg <eve@evil.example>", "Berg", "eve@evil.example"),
        ("undisclosed-recipients:;", "", ""),
        ("(" * 20_000 + "<eve@evil.example>", "", ""),
        ("broken <<eve@evil.example>", "", "eve@evil.example"),
        ("", "", ""),
    ],
)
def test_the_address_shown_is_the_real_one(header: str, name: str, address: str) -> None:
    message = _read(f"From: {header}\nSubject: x")
    assert (message.from_name, message.from_address) == (name, address)


def test_without_from_the_envelope_says_who_wrote() -> None:
    assert _read("Subject: x", envelope="anna@example.org").from_address == "anna@example.org"


def test_where_the_writer_wants_the_answer() -> None:
    assert _read("From: form@site.example\nReply-To: anna@example.org").reply_to == "anna@example.org"
    assert not _read("From: anna@example.org\nReply-To: Anna <ANNA@example.org>").reply_to


def test_a_mail_without_an_id_gets_one_that_is_the_same_each_time() -> None:
    first, second = _read("From: a@b.example"), _read("From: a@b.example")
    assert first.external_id == second.external_id
    assert first.external_id.endswith(f"@{INVENTED_DOMAIN}>")
    assert _read("From: a@b.example", "other").external_id != first.external_id
    assert _read("Message-ID: no-brackets@x").external_id == "<no-brackets@x>"


@pytest.mark.parametrize(
    ("label", "body", "text"),
    [
        ("utf-8", "Größe".encode(), "Größe"),
        ("iso-8859-1", "Größe €".encode("cp1252"), "Größe €"),
        ("us-ascii", "Größe".encode(), "Größe"),
        ("x-unknown", "Größe".encode("cp1252"), "Größe"),
        ("utf-8", "Größe".encode("cp1252"), "Gr\ufffd\ufffde"),
        ("gb2312", "你好".encode("gb18030"), "你好"),
        ("shift_jis", "①".encode("cp932"), "①"),
        ("rot13", b"Hello", "Hello"),
        ("zlib", b"Hello", "Hello"),
        ("idna", b"Hello", "Hello"),
        ("unicode_escape", rb"\x41", r"\x41"),
        ("a\x00b", b"Hello", "Hello"),
        ("", b"\xef\xbb\xbfHello", "Hello"),
    ],
)
def test_a_charset_that_is_wrong_or_unknown_loses_no_words(label: str, body: bytes, text: str) -> None:
    assert _read(f'From: a@b.example\nContent-Type: text/plain; charset="{label}"', body).text == text


def test_text_is_made_of_the_page_where_there_is_no_text() -> None:
    message = _read(
        "From: a@b.example\nContent-Type: text/html", '<p>Hello <a href="https://x.example/">you</a></p>'
    )
    assert message.text == "Hello you <https://x.example/>"
    assert message.html == '<p>Hello <a href="https://x.example/">you</a></p>'


def _multipart(kind: str, *parts: str) -> str:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return f'From: a@b.example\nContent-Type: multipart/{kind}; boundary="b"\n\n{body}'


def _parted(kind: str, *parts: str) -> IncomingMessage:
    head, _, body = _multipart(kind, *parts).partition("\n\n")
    return _read(head, body)


def test_of_alternatives_the_text_is_read_and_the_page_is_shown() -> None:
    message = _parted(
        "alternative", "\r\nplain", "Content-Type: text/html\r\n\r\n<p>page</p><script>x</script>"
    )
    assert (message.text, message.html) == ("plain", "<p>page</p>")
    assert not message.attachments


def test_a_picture_in_a_page_is_named_by_its_file() -> None:
    message = _parted(
        "related",
        'Content-Type: text/html\r\n\r\n<img src="cid:p@x"><img src="cid:other@x"><img src="http://x.example/t.gif">',
        "Content-Type: image/png\r\nContent-ID: <p@x>\r\n"
        "Content-Disposition: inline; filename=../sun.png\r\n\r\nPNG",
    )
    assert message.html == '<img src="cid:sun.png"><img><img src="http://x.example/t.gif">'
    assert [(one.name, one.media_type, one.data) for one in message.attachments] == [
        ("sun.png", "image/png", b"PNG")
    ]


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Windows\\\\evil.exe", "evil.exe"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("a.pdf. . .", "a.pdf"),
        ("=?utf-8?q?ann=E2=80=AEfdp.exe?=", "annfdp.exe"),
        ("..", "attachment-1.pdf"),
        ("a\tb:c|d.txt", "a b_c_d.txt"),
        ("x" * 400 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_a_file_gets_a_name_that_is_safe(given_name: str, safe: str) -> None:
    message = _parted("mixed", "\r\nSee file", f'Content-Type: application/pdf; name="{given_name}"\r\n\r\nx')
    assert [one.name for one in message.attachments] == [safe]


def test_files_of_the_same_name_stay_apart() -> None:
    part = "Content-Disposition: attachment; filename=A.pdf\r\n\r\nx"
    assert [one.name for one in _parted("mixed", part, part).attachments] == ["A.pdf", "A (2).pdf"]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_large_files_come_whole(ending: str) -> None:
    lines = [f"{'QUJD' * 19}{ending}" * 5_000, f"{'REVG' * 19}{ending}" * 4_000]
    parts = "".join(f"--b{ending}Content-Transfer-Encoding: base64{ending * 2}{one}" for one in lines)
    text = f"--b{ending * 2}base64{ending * 2}{'words ' * 60_000}{ending}"
    message = _read('Content-Type: multipart/mixed; boundary="b"', f"{text}{parts}--b--{ending}")
    assert message.text.count("words") == 60_000
    assert message.text.startswith("base64")
    forwarded = (
        f"Content-Type: message/rfc822{ending * 2}Content-Transfer-Encoding: base64{ending * 2}{lines[0]}"
    )
    (file,) = _parted("mixed", forwarded).attachments
    assert file.data.count(b"QUJD") == 19 * 5_000
    # Parts that are text without a name are words: given as files they are whole.
    named = parts.replace("Content-Transfer", f"Content-Disposition: attachment{ending}Content-Transfer")
    files = _read('Content-Type: multipart/mixed; boundary="b"', f"{named}--b--{ending}").attachments
    assert [one.data for one in files] == [b"ABC" * 19 * 5_000, b"DEF" * 19 * 4_000]


def test_a_forwarded_mail_is_a_file() -> None:
    message = _parted(
        "mixed", "\r\nSee below", "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nInner words"
    )
    (file,) = message.attachments
    assert (message.text, file.media_type) == ("See below", "message/rfc822")
    assert b"Inner words" in file.data


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated; x=y",
            "Precedence: Bulk",
            "List-Id: <l.x>",
        ),
        *(
            "X-Auto-Response-Suppress: All",
            "Return-Path: <>",
            "X-Autoreply: yes",
            "List-Unsubscribe: <mailto:x@y>",
        ),
        *("X-Auto-Response-Suppress: DR, OOF", "X-Loop: help@x.example", "Mailing-List: list l@x.example"),
        *("From: MAILER-DAEMON@x.example", "From: no-reply@x.example", "From: owner-list@x.example"),
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ],
)
def test_what_a_machine_sent_is_marked(header: str) -> None:
    assert _read(f"{header}\nSubject: x").automatic


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: None",
        "X-Auto-Response-Suppress: DR, RN, NRN",  # no receipts alone: people's mails have it too
        "From: reply@x.example",
    ],
)
def test_what_a_person_sent_is_not_marked(header: str) -> None:
    assert not _read(f"{header}\nSubject: x", envelope="a@b.example").automatic


def _report(action: str, returned: str = "message/rfc822") -> IncomingMessage:
    return _parted(
        "report; report-type=delivery-status",
        "\r\nSorry.",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; anna@example.org\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 No such user\r\n",
        f"Content-Type: {returned}\r\n\r\nMessage-ID: <ad.help.m-1@centre.example>\r\nSubject: x\r\n\r\ny",
    )


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_names_our_mail_and_says_why(returned: str) -> None:
    message = _report("failed", returned)
    assert message.bounce_of == "<ad.help.m-1@centre.example>"
    assert message.references == ("<ad.help.m-1@centre.example>",)
    assert message.bounce_detail == "The mail to anna@example.org could not be delivered: 550 No such user"
    assert message.automatic


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_report_that_is_no_failure_is_no_bounce(action: str) -> None:
    message = _report(action)
    assert not message.bounce_of
    assert message.automatic


def test_a_bounce_in_the_manner_of_exim_is_understood() -> None:
    message = _read(
        "From: Mailer-Daemon@mx.example\nX-Failed-Recipients: anna@example.org",
        "Could not be delivered.\r\n\r\n  Message-Id: <ad.help.m-1@centre.example>\r\n",
    )
    assert message.bounce_of == "<ad.help.m-1@centre.example>"


def _nested(depth: int, kind: str) -> str:
    head = "From: a@b.example\n"
    if kind == "message":
        return head + "Content-Type: message/rfc822\n\n" * depth + "Hello"
    return (
        head
        + "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
        + "\nHello"
    )


_POISON = {
    "deep multipart": _nested(2_000, "multipart"),
    "somewhat deep multipart": _nested(60, "multipart"),
    "deep message": _nested(2_000, "message"),
    "many parts": 'Content-Type: multipart/mixed; boundary="b"\n\n' + "--b\n\nx\n" * 100_000,
    "parameters": 'Content-Type: multipart/mixed; x="' + ";" * 1_000_000 + '"\n\nHello',
    "part parameters": 'Content-Type: multipart/mixed; boundary="b"\n\n'
    + ('--b\nContent-Type: multipart/mixed; x="' + ";" * 4_000 + '"\n\nHello\n') * 90,
    "deep and long": _nested(90, "multipart") + "x\n" * 900_000,
    "many lines": "From: a@b.example\n\n" + "\n" * 3_000_000,
    "many headers": "X: y\n" * 500_000 + "\nHello",
    "long header": "Subject: " + "x" * 5_000_000 + "\n\nHello",
    "long references": "References: " + "<a@b> " * 200_000 + "\n\nHello",
    "open references": "References: " + "<" * 500_000 + "\n\nHello",
    "encoded words": "Subject: " + "=?utf-8?b?" * 100_000 + "\n\nHello",
    "comments": "To: " + "(" * 200_000 + "\n\nHello",
    "addresses": "To: " + "a@b.example," * 100_000 + "\n\nHello",
    "quotes": 'To: "' * 50_000 + "\n\nHello",
    "long word": "From: a@b.example\n\n" + "x" * 5_000_000,
    "blank lines": "From: a@b.example\n\nHi\n" + "\n" * 200_000,
    "quoted lines": "From: a@b.example\n\n" + "On a b wrote:\n> x\n" * 100_000,
    "nul": "From: a\x00@b\x00.example\nSubject: \x00\n\n\x00\x00",
    "nothing": "",
    "only a line end": "\n",
    "bad base64": "Content-Transfer-Encoding: base64\n\n" + "A" * 5,
    "date": "Date: Tue, 99 Foo 99999 99:99:99 +9999\n\nHello",
    "continuation": " x\n y\n\nHello",
}


@pytest.mark.parametrize("name", _POISON)
def test_a_mail_made_to_be_slow_or_odd_is_read_in_time(name: str) -> None:
    raw = _POISON[name].encode()
    began = time.process_time()
    message = parse(raw, channel=HELP, raw_id="r")
    assert time.process_time() - began < 6.0
    assert _storable(message)
    assert message.raw == "r"


@pytest.mark.parametrize("name", ["deep multipart", "many parts", "many lines", "somewhat deep multipart"])
def test_a_mail_that_is_not_read_in_full_says_so(name: str) -> None:
    assert "could not be read in full" in parse(_POISON[name].encode(), channel=HELP).text


def test_a_fault_in_our_own_reading_gives_a_message_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(_raw: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("agent_desktop.server.channels.email.parts.opened", fault)
    message = _read("From: a@b.example", envelope="a@b.example")
    assert message.text == "[This mail could not be read. Its original is kept.]"
    assert (message.from_address, message.raw) == ("a@b.example", "r1")


_LINES = st.sampled_from(
    [
        b"From: a@b",
        b"To: (((",
        b"Subject: =?utf-8?b?////?=",
        b"Content-Type: multipart/mixed; boundary=b",
        b"--b",
        b"--b--",
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Type: multipart/report",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe",
        b"Message-ID: <",
        b"References: <a> <b",
        b"",
        b"",
        b"\x80\xff",
        b"Date: x",
        b"Content-Type: multipart/alternative",
        b"begin 644 x",
        b"> q",
        b"On x wrote:",
        b"<table><p>",
        b" folded",
    ]
)


@settings(max_examples=300)
@given(st.lists(st.one_of(_LINES, st.binary(max_size=12)), max_size=30).map(b"\r\n".join))
def test_any_bytes_give_a_message(raw: bytes) -> None:
    message = parse(raw, channel=HELP)
    assert _storable(message)
    assert message.external_id.startswith("<")
    assert "could not be read. Its original" not in message.text
