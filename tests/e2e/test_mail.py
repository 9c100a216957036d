"""Mail from real mail programs: it becomes work, the reply threads by the rules of real mail readers."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.demo.outside import OutsideMail

from . import places
from .agent import AgentInText
from .programs import Bare, Centre, Demo, until

pytestmark = pytest.mark.peer


def swaks(centre: Centre, subject: str, body: str, **headers: str) -> None:
    """Send a mail as a customer; swaks exits with 0 only when it was accepted."""
    words = [
        "swaks",
        "--server",
        centre.smtp,
        "--from",
        "grace@example.com",
        "--to",
        "help@nordlight.example",
    ]
    words += ["--header", f"Subject: {subject}", "--body", body]
    for name, value in headers.items():
        words += ["--header", f"{name.replace('_', '-')}: {value}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def taken(folder: Path, count: int) -> list[EmailMessage]:
    """The mails that the outside world has, oldest first, as soon as there are so many."""

    def there() -> list[Path]:
        return sorted((folder / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)

    until(lambda: len(there()) >= count, 30, "the reply did not leave")
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in there()]


def test_a_mail_is_offered_the_reply_threads_and_the_answer_to_it_joins_the_conversation(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    agent = text(demo, "chen").ready()
    outside = demo.data / "outside"
    before = len(list((outside / "new").glob("*")))
    swaks(demo, "Where is 48213?", "Hello,\n\nwhere is my parcel?\n\nGrace", Message_Id="<e2e-1@example.com>")
    offer = agent.wait("offer", media="email", subject="Where is 48213?")
    assert offer["from"] == "grace@example.com"
    agent.done(f"accept {offer['interaction']}")
    came = agent.had("message", direction="in", interaction=offer["interaction"])
    assert "where is my parcel?" in came["text"]
    agent.done("say It is on its way.")
    (reply,) = taken(outside, before + 1)[before:]
    assert reply["In-Reply-To"] == "<e2e-1@example.com>"
    assert reply["References"].split() == ["<e2e-1@example.com>"]
    assert reply["To"].addresses[0].addr_spec == "grace@example.com"
    assert reply["Subject"] == "Re: Where is 48213?"
    body = reply.get_body(("plain",))
    assert body is not None
    assert "It is on its way." in body.get_content()
    agent.had("delivery", direction="out", interaction=offer["interaction"], delivery="sent")
    agent.finish(offer["interaction"])

    own = reply["Message-ID"]
    swaks(
        demo, "Re: Where is 48213?", "Thank you!\n\n> It is on its way.", Message_Id="<e2e-2@example.com>",
        In_Reply_To=own, References=f"<e2e-1@example.com> {own}",
    )  # fmt: skip
    again = agent.wait("offer", media="email", subject="Where is 48213?")
    agent.done(f"accept {again['interaction']}")
    answer = agent.had("message", direction="in", interaction=again["interaction"])
    assert answer["conversation"] == came["conversation"]
    assert answer["text"].startswith("Thank you!")
    agent.done("say You are welcome.")
    (second,) = taken(outside, before + 2)[before + 1 :]
    assert second["In-Reply-To"] == "<e2e-2@example.com>"
    assert second["References"].split() == ["<e2e-1@example.com>", own, "<e2e-2@example.com>"]
    agent.finish(again["interaction"])


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A mail server of the customers' side: its port and its Maildir."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = places.block()
    server = OutsideMail(tmp_path / "outside", port)
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    yield port, tmp_path / "outside"
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def test_a_mail_in_a_real_mailbox_is_offered_and_the_reply_threads_by_dovecots_own_rules(
    dovecot: Any, outside: tuple[int, Path], tmp_path: Path, text: Callable[..., AgentInText]
) -> None:
    port, replies = outside
    password = tmp_path / "imap-password"
    password.write_text("secret\n")

    def with_imap(config: str) -> str:
        imap = (
            f'imap_host = "127.0.0.1"\nimap_port = {dovecot.imap}\nimap_tls = false\nimap_user = "centre"\n'
            f'imap_password_file = "{password}"\n'
        )
        config = re.sub(
            r'(\[mailboxes\.help\]\nsmtp_host = "127.0.0.1"\nsmtp_port = )\d+\n', rf"\g<1>{port}\n", config
        )
        return config.replace("[mailboxes.help]\n", f"[mailboxes.help]\n{imap}")

    centre = Bare(tmp_path / "mailed", places.block(), with_imap)
    try:
        agent = text(centre, "chen").ready()
        mail = EmailMessage()
        mail["From"], mail["To"] = "Ada <ada@example.org>", "help@nordlight.example"
        mail["Subject"], mail["Message-ID"] = "Glühbirne für „Nour“", "<ada-1@example.org>"
        mail.set_content("Welche Fassung?\n")
        dovecot.deliver("centre", mail.as_bytes())
        offer = agent.wait("offer", media="email")
        assert offer["subject"] == "Glühbirne für „Nour“"
        agent.done(f"accept {offer['interaction']}")
        agent.done("say E27.")
        (reply,) = taken(replies, 1)
        agent.finish(offer["interaction"])
        # The customer's mail program: Dovecot holds what she sent and what she got, and threads it.
        other = EmailMessage()
        other["From"], other["Subject"] = "shop@example.org", "Another matter"
        other["Message-ID"] = "<other@example.org>"
        other.set_content("Not of this thread.\n")
        for raw in (mail.as_bytes(), other.as_bytes(), reply.as_bytes()):
            dovecot.deliver("ada", raw)
        with dovecot.client("ada") as reader:
            reader.select_folder("INBOX", readonly=True)
            assert reader.thread("REFERENCES") == ((1, 3), (2,))
        assert len(centre.query("SELECT id FROM raws")) == 1
    finally:
        centre.stop()
