"""The threading table through a real Postfix and a real Dovecot, there and back."""

from __future__ import annotations

import asyncio
import email
import email.policy
import email.utils
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from agent_desktop.domain.centre import Centre, Mailbox, Template
from agent_desktop.domain.conversation import IN, OUT, Message
from agent_desktop.domain.macro import step_of
from agent_desktop.domain.rules import Rule
from agent_desktop.domain.threading import day
from agent_desktop.domain.types import ChannelId, Instant
from agent_desktop.server.channels.email.channel import EmailChannel
from agent_desktop.wire import commands, inbox
from tests.server.floor import ANA, MAIL, Floor, centre

from . import places
from .postfix import Postfix, postfix
from .threading_cases import TABLE, Bounced, Came, Merged, Replied

pytestmark = pytest.mark.peer
BOXES = ("help", "sales")


class MailRooms(Floor):
    """The router's rooms with two real mailboxes."""

    def __init__(self, path: Path, dovecot: Any, server: Postfix, *rules: Rule) -> None:
        self.dovecot, self.server, self.rules = dovecot, server, rules
        password = path.parent / "password"
        password.write_text("secret\n")
        self.boxes = tuple(
            Mailbox(
                id=ChannelId(name), address=f"{name}@centre.example", queue=MAIL, name=name.title(),
                imap_host="127.0.0.1", imap_port=dovecot.imap, imap_tls=False, imap_starttls=True,
                imap_user=f"{name}@centre.example", imap_password_file=str(password),
                smtp_host="127.0.0.1", smtp_port=server.smtp,
            )
            for name in BOXES
        )  # fmt: skip
        super().__init__(path)
        self.mails = [EmailChannel(box, read_file=self.no_file, tls=dovecot.tls) for box in self.boxes]
        self.channels = {channel.id: channel for channel in self.mails}  # type: ignore[assignment] # real ones

    async def no_file(self, key: str) -> bytes:
        raise AssertionError(key)

    def configuration(self) -> Centre:
        plain = centre()
        ana = replace(plain.agents[ANA], limits={"email": 20})
        hello = Template(id="hello", label="Hello", text="We have your mail.")
        return replace(
            plain,
            mailboxes=self.boxes,
            agents={**plain.agents, ANA: ana},
            rules=self.rules,
            templates=(hello,),
        )


@asynccontextmanager
async def _rooms(path: Path, dovecot: Any, server: Postfix, *rules: Rule) -> AsyncIterator[MailRooms]:
    rooms = MailRooms(path, dovecot, server, *rules)
    await rooms.start()
    for channel in rooms.mails:
        await channel.start(rooms.intake)
    await rooms.sign_in(ANA, ready=False)
    yield rooms
    for channel in rooms.mails:
        await channel.stop()
    await rooms.stop()


class _Refuses:
    """A mail server that knows nobody."""

    async def handle_RCPT(self, *_: Any) -> str:
        return "550 5.1.1 No such user"


@pytest.fixture
def refusing() -> Iterator[int]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = places.block()

    async def listen() -> asyncio.Server:
        made = lambda: SMTP(_Refuses(), hostname="gone.example", loop=loop)  # noqa: E731 - a protocol's maker
        return await loop.create_server(made, "127.0.0.1", port)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    yield port
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@dataclass
class Story:
    """What has happened so far, by the rows' names."""

    rooms: MailRooms
    ids: dict[str, str] = field(default_factory=dict)  # Message-IDs
    raws: dict[str, bytes] = field(default_factory=dict)
    began: dict[tuple[str, str], str] = field(default_factory=dict)  # (row, mailbox): its conversation
    wrong: list[str] = field(default_factory=list)

    async def happen(self, row: Came | Replied | Bounced | Merged) -> None:
        self.rooms.clock.at += 60
        match row:
            case Came():
                await self._came(row)
            case Replied():
                await self._replied(row)
            case Bounced():
                await self._bounced(row)
            case Merged():
                into = self.began[row.into, "help"]
                merge = inbox.MergeConversations(conversation=self.began[row.name, "help"], into=into)
                reply = await self.rooms.do(ANA, merge)
                assert reply.ok, reply.message

    def _mail(self, row: Came) -> bytes:
        mail = EmailMessage(policy=email.policy.SMTP)
        mail["From"], mail["Subject"] = f"Somebody <{row.sender}>", row.subject
        mail["To"] = ", ".join(self._address(one, row.detail) for one in row.to)
        if row.copy:
            mail["Cc"] = ", ".join(self._address(one) for one in row.copy)
        mail["Message-ID"] = self.ids[row.name]
        mail["Date"] = email.utils.formatdate(self.rooms.clock.now())
        if row.answers:
            mail["In-Reply-To"] = self._id(row.answers)
        if row.refers:
            mail["References"] = " ".join(map(self._id, row.refers))
        for name, value in row.fields.items():
            mail[name] = value
        mail.set_content(f"This is the mail {row.name}.\n")
        return mail.as_bytes()

    async def _came(self, row: Came) -> None:
        if row.same_as:
            self.ids[row.name], raw = self.ids[row.same_as], self.raws[row.same_as]
        else:
            self.ids[row.name] = f"<{row.name}@outside.example>"
            raw = self._mail(row)
        self.raws[row.name] = raw
        to = [self._address(one, row.detail if one in row.to else "") for one in (*row.to, *row.copy)]
        sender = row.sender if row.envelope is None else row.envelope
        count = len(self._messages())
        raws = self._raws()
        await asyncio.to_thread(self.rooms.server.send, raw, sender, *to)
        await self._until(lambda: self._raws() == raws + len(to), row.name)
        await self._until(lambda: len(self._messages()) == count + len(row.lands), row.name)
        for mailbox, (conversation, reason) in row.lands.items():
            message = self._message(mailbox, self.ids[row.name])
            if conversation == row.name:
                known = set(self.began.values())
                self._check(row, mailbox, "a new conversation", message.conversation not in known)
                self.began[row.name, mailbox] = message.conversation
            else:
                right = message.conversation == self.began[conversation, mailbox]
                self._check(row, mailbox, f"the conversation of {conversation}", right)
            said = reason.replace("DAY", day(message.at, self.rooms.clock.now()))
            self._check(
                row, mailbox, f"{said!r}, not {message.threading_reason!r}", message.threading_reason == said
            )
            self._check(row, mailbox, f"automatic {row.automatic}", message.automatic == row.automatic)

    async def _replied(self, row: Replied) -> None:
        await self._reply(row.name, self.began[row.within, row.mailbox])
        client = self.rooms.dovecot.client(row.reader)
        with client:
            client.select_folder("INBOX", readonly=True)
            found: list[int] = []

            def there() -> bool:
                client.noop()
                found[:] = client.search(["HEADER", "Message-ID", self.ids[row.name]])
                return bool(found)

            await self._until(there, row.name)
            raw = client.fetch(found, ["BODY.PEEK[]"])[found[0]][b"BODY[]"]
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        thread = [
            m.external_id for m in self._messages() if m.conversation == self.began[row.within, row.mailbox]
        ]
        assert mail["References"].split() == thread[: thread.index(self.ids[row.name])]
        assert mail["In-Reply-To"] == thread[thread.index(self.ids[row.name]) - 1]

    async def _bounced(self, row: Bounced) -> None:
        conversation = self.began[row.within, "help"]
        await self._reply(row.name, conversation)
        sent = self.ids[row.name]

        def report() -> Message | None:
            named = [m for m in self._messages() if m.direction == IN and sent in m.references]
            return named[0] if named else None

        await self._until(report, row.name)
        found = report()
        assert found is not None
        said = row.reason.replace("DAY", day(found.at, self.rooms.clock.now()))
        assert (found.conversation, found.threading_reason, found.automatic) == (conversation, said, True)
        failed = next(m for m in self._messages() if m.external_id == sent)
        assert (failed.delivery, "550 5.1.1" in failed.delivery_detail) == ("failed", True)

    async def _reply(self, name: str, conversation: str) -> None:
        work = self.rooms.hub.tables.live_of[conversation]  # type: ignore[index] # an id of that kind
        if self.rooms.hub.tables.interactions[work].agent != ANA:
            assert (await self.rooms.do(ANA, commands.TakeInteraction(interaction=work))).ok
        answer = commands.SendMessage(
            message=f"m-{name}", conversation=conversation, interaction=work, text=f"This is {name}."
        )
        reply = await self.rooms.do(ANA, answer)
        assert reply.ok, reply.message
        kept = next(m for m in self._messages() if m.id == f"m-{name}")
        self.ids[name] = kept.external_id
        await self._until(lambda: self._state(f"m-{name}") != "queued", name)

    def _state(self, key: str) -> str:
        return next(m.delivery for m in self._messages() if m.id == key)

    def _check(self, row: Came, mailbox: str, what: str, right: bool) -> None:
        if not right:
            self.wrong.append(f"{row.name} ({row.complaint}) in {mailbox}: expected {what}")

    def _messages(self) -> list[Message]:
        return [m for _, m in reversed(self.rooms.store.recent_messages(Instant(0.0)))]

    def _message(self, mailbox: str, external: str) -> Message:
        found = self.rooms.store.message_by_external(ChannelId(mailbox), external)
        assert found is not None
        return found

    def _raws(self) -> int:
        """Mails that were taken and read."""
        if any(self.rooms.store.unparsed(ChannelId(box)) for box in BOXES):
            return -1
        with sqlite3.connect(f"file:{self.rooms.path}?mode=ro", uri=True) as record:
            count: int = record.execute("SELECT count(*) FROM raws").fetchone()[0]
        record.close()
        return count

    def _id(self, row: str) -> str:
        return self.ids.get(row, f"<{row}@elsewhere.example>")

    @staticmethod
    def _address(mailbox: str, detail: str = "") -> str:
        return f"{mailbox}{'+' if detail else ''}{detail}@centre.example"

    async def _until(self, what: Callable[[], object], name: str) -> None:
        end = asyncio.get_running_loop().time() + 20
        while not what():
            assert asyncio.get_running_loop().time() < end, f"{name}: {self.rooms.server.log[-3000:]}"
            await asyncio.sleep(0.02)


async def test_every_mail_is_where_the_table_says_and_says_why(
    dovecot: Any, refusing: int, tmp_path: Path
) -> None:
    with postfix(dovecot.lmtp, refusing, places.block) as server:
        async with _rooms(tmp_path / "record.db", dovecot, server) as rooms:
            for channel in rooms.mails:
                await asyncio.to_thread(channel.worker.connected.wait, 15)
            story = Story(rooms)
            for row in TABLE:
                await story.happen(row)
            assert story.wrong == []
            assert len(story.began) == len(set(story.began.values()))


def test_the_table_holds_every_complaint_and_names_no_row_twice() -> None:
    names = [row.name for row in TABLE if not isinstance(row, Merged)]
    assert len(names) == len(set(names))
    said = {row.complaint[:3] for row in TABLE if isinstance(row, Came) and row.complaint}
    assert said == {"R40", "R41", "R42", "R43", "R44", "R45"}


async def test_an_acknowledgement_leaves_once_and_with_no_way_back(
    dovecot: Any, refusing: int, tmp_path: Path
) -> None:
    """R44, over a real mail server: what a machine of the other side sees of ours, and what it gets."""
    rule = Rule(id="hello", label="Hello", steps=(step_of("acknowledge hello"),))
    ada = "loop@outside.example"
    with postfix(dovecot.lmtp, refusing, places.block) as server:
        async with _rooms(tmp_path / "record.db", dovecot, server, rule) as rooms:
            story = Story(rooms)
            for number, sender in enumerate((ada, ada, "<>")):
                row = Came(name=f"loop-{number}", sender=ada, envelope=sender.strip("<>"), lands={})
                story.ids[row.name] = f"<{row.name}@outside.example>"
                raw = story._mail(row)
                await asyncio.to_thread(server.send, raw, row.envelope or "", "help@centre.example")
            kept = rooms.store.message_by_external
            last = "<loop-2@outside.example>"
            await story._until(lambda: kept(ChannelId("help"), last) is not None, "the mails")
            answers = [m for m in story._messages() if m.automatic and m.direction == OUT]
            assert len(answers) == 1
            await story._until(lambda: story._state(answers[0].id) == "sent", "the answer")
            with dovecot.client(ada) as reader:

                def there() -> list[int]:
                    reader.select_folder("INBOX", readonly=True)
                    return reader.search()

                await story._until(there, "the answer in the customer's mailbox")
                (uid,) = there()
                mail = email.message_from_bytes(reader.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"])
            assert (mail["Return-Path"], mail["Auto-Submitted"]) == ("<>", "auto-replied")
            assert mail["In-Reply-To"] == "<loop-0@outside.example>"
