"""A mail read in full (parse, thread, sanitise) and committed, beside the bare standard parser over the same.

The mails are those of `tests/corpora` where a checkout has them, and mails made here like those that people
send: plain, alternative with a page and a quotation, with a file.  Rates are per second of CPU, of all
threads: what one core does.  Where the computer has a Dovecot, a mail's way from its notice to the inbox is
measured too, apart from the time that Dovecot itself takes to say that there is mail.
"""

from __future__ import annotations

import asyncio
import email
import logging
import re
import time
from collections.abc import Callable, Sequence
from email.policy import compat32
from pathlib import Path

from agent_desktop.bench.result import Result, compared
from agent_desktop.domain import threading
from agent_desktop.domain.types import ChannelId, Instant

MEASURED_S = 2.0  # each side
GOAL = 2.3  # times the bare parser (performance.md, section 4)
GOAL_RATE = 1_500
GOAL_HELD_MS = 20.0
GOAL_NOTICE_MS = 50.0
COMMITTED = 1_000
NOTICED = 100
_CHANNEL = ChannelId("bench")
_NO_MAIL = frozenset(("LICENSE", "COPYING", "LICENSE-MIT.txt"))


def run() -> list[Result]:
    """Measure both sides in turns, over the corpora and over everyday mails."""
    logging.getLogger("agent_desktop.server.channels.email").setLevel(logging.ERROR)
    sets = {"everyday mails of 10 KB": everyday(), "mails of the corpora": corpora()}
    read = [_measured(name, mails) for name, mails in sets.items() if mails]
    return [*read, _committed(), _held(), *_noticed()]


def corpora() -> list[bytes]:
    """The mails of the checkout's corpora; none where this is not a checkout."""
    folder = Path(__file__).resolve().parents[2] / "tests" / "corpora"
    found: list[bytes] = []
    for path in sorted(folder.glob("mail_*/**/*")):
        if not path.is_file() or path.name in _NO_MAIL or path.parent.name in {"html", "partial"}:
            continue
        raw = path.read_bytes()
        found += _split(raw) if path.parent.name == "mbox" else [raw]
    return found


def everyday(first: int = 0) -> list[bytes]:
    """Mails of the size and make of an ordinary working day."""
    line = "The lamp has not arrived, although the carrier promised it for Monday morning. "
    text = f"{line * 12}\r\n\r\nOn 12 March 2024, Eve <help@centre.example> wrote:\r\n" + f"> {line}\r\n" * 20
    rows = "".join(
        f'<tr><td align="left">{line}</td><td><a href="https://shop.example/{n}">{n}</a></td></tr>'
        for n in range(40)
    )
    page = (
        f"<html><body><p>{line * 4}</p><table>{rows}</table><blockquote>{line * 4}</blockquote></body></html>"
    )
    head = (
        "Received: from mx.example by centre.example; Tue, 12 Mar 2024 12:00:00 +0000\r\n"
        * 4
        + "From: =?utf-8?q?J=C3=BCrgen_Berg?= <juergen@example.org>\r\nTo: help@centre.example\r\n"
        "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\nMessage-ID: <{n}@example.org>\r\n"
        "Date: Tue, 12 Mar 2024 12:00:00 +0000\r\nIn-Reply-To: <ad.bench.m-{n}@centre.example>\r\n"
        "References: <first@example.org> <ad.bench.m-{n}@centre.example>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
    )
    body = (
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n--b--\r\n"
    )
    return [(head.replace("{n}", str(number)) + body).encode() for number in range(first, first + 50)]


def _measured(name: str, mails: Sequence[bytes]) -> Result:
    from agent_desktop.server.channels.email.parse import parse

    own = threading.OwnIds(channel=_CHANNEL, domain="centre.example")

    def read(raw: bytes) -> None:
        message = parse(raw, channel=_CHANNEL)
        threading.decide(
            channel=_CHANNEL,
            sender=message.from_address,
            references=message.references,
            in_reply_to=message.in_reply_to,
            bounce_of=message.bounce_of,
            known=(),
            own=own,
            now=Instant(0.0),
        )

    ours, bare = _rates(mails, read, _bare)
    return compared(
        f"parse + thread + sanitise, {name}",
        ours,
        "mails/s",
        against="email.message_from_bytes with compat32 and every payload decoded",
        against_value=bare,
        goal=f"at least 1/{GOAL:g} of the bare parser",
        meets=lambda ratio: ratio >= 1 / GOAL,
    )


def _committed() -> Result:
    from agent_desktop.bench._mailroom import cpu_of_all

    mails = [raw for number in range(COMMITTED // 50) for raw in everyday(first=number * 50)]
    bare = _rates(mails[:50], _bare)[0]
    asyncio.run(cpu_of_all(mails[:50]))
    spent = min(asyncio.run(cpu_of_all(mails)) for _ in range(2))
    return Result(
        metric="parse + thread + sanitise + commit, everyday mails of 10 KB",
        value=len(mails) / spent,
        unit="mails/s",
        against="email.message_from_bytes with compat32 and every payload decoded",
        against_value=bare,
        goal=f"at least {GOAL_RATE:,} a second of one core",
        met=len(mails) / spent >= GOAL_RATE,
    )


def _held() -> Result:
    from agent_desktop.bench._mailroom import longest_hold_ms

    mail = _with_file(20 * 1024 * 1024)
    asyncio.run(longest_hold_ms(_with_file(1024)))
    value = asyncio.run(longest_hold_ms(mail))
    return Result(
        metric="loop held by a mail of 20 MB, longest",
        value=value,
        unit="ms",
        against="the same for a mail of 1 KB",
        against_value=asyncio.run(longest_hold_ms(_with_file(1024))),
        goal=f"at most {GOAL_HELD_MS:g} ms",
        met=value <= GOAL_HELD_MS,
    )


def _noticed() -> list[Result]:
    """From the notice to the inbox; nothing where there is no Dovecot."""
    from agent_desktop.bench import _dovecot
    from agent_desktop.bench._mailroom import notices

    if not _dovecot.PROGRAM.exists():
        print("no Dovecot here: the way from IMAP's notice to the inbox is not measured")
        return []
    server = _dovecot.Dovecot()
    try:
        mails = [raw for number in range(NOTICED // 50) for raw in everyday(first=100_000 + number * 50)]
        ours, theirs = asyncio.run(notices(server, mails))
    finally:
        server.close()
    value = sorted(ours)[int(len(ours) * 0.99)]
    return [
        Result(
            metric="IMAP notice to inbox, p99",
            value=value,
            unit="ms",
            against="Dovecot: from its 250 to its notice, p50",
            against_value=sorted(theirs)[len(theirs) // 2],
            goal=f"at most {GOAL_NOTICE_MS:g} ms",
            met=value <= GOAL_NOTICE_MS,
        )
    ]


def _with_file(size: int) -> bytes:
    head = (
        "From: a@example.org\r\nTo: help@centre.example\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: application/pdf; name="a.pdf"\r\nMessage-ID: <{size}@example.org>\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + b"\r\n".join([b"QUJD" * 19] * (size // 78))


def _bare(raw: bytes) -> None:
    for part in email.message_from_bytes(raw, policy=compat32).walk():
        if not part.is_multipart():
            part.get_payload(decode=True)


def _rates(mails: Sequence[bytes], *sides: Callable[[bytes], None]) -> list[float]:
    """Mails per second of CPU of each side; the sides take turns, so that a busy computer meets both."""
    spent = [0.0] * len(sides)
    done = 0
    until = time.monotonic() + MEASURED_S * len(sides)
    for side in sides:  # patterns and codecs are made at the first use
        side(mails[0])
    while time.monotonic() < until:
        for number, side in enumerate(sides):
            began = time.thread_time()
            for raw in mails:
                side(raw)
            spent[number] += time.thread_time() - began
        done += len(mails)
    return [done / each for each in spent]


def _split(box: bytes) -> list[bytes]:
    places = [found.start() for found in re.finditer(rb"(?m)^From ", box)]
    return [box[begin:end] for begin, end in zip(places, [*places[1:], len(box)], strict=True)]
