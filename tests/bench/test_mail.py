from __future__ import annotations

import asyncio

from agent_desktop.bench import _mailroom, mail
from agent_desktop.domain.types import ChannelId
from agent_desktop.server.channels.email.parse import parse


def test_everyday_mails_differ_and_are_read_in_full() -> None:
    mails = [*mail.everyday(), *mail.everyday(first=50)]
    read = [parse(raw, channel=ChannelId("x")) for raw in mails]
    assert len({one.external_id for one in read}) == len(mails) == 100
    assert all(9_000 < len(raw) < 13_000 for raw in mails)
    assert all(one.text and one.html and one.quoted and one.subject == "Größe" for one in read)


def test_the_mail_with_a_file_has_its_size() -> None:
    (file,) = parse(mail._with_file(100_000), channel=ChannelId("x")).attachments
    assert 70_000 < len(file.data) < 80_000


def test_the_rooms_take_mails_to_the_commit_and_are_watched() -> None:
    assert asyncio.run(_mailroom.cpu_of_all(mail.everyday()[:5])) > 0
    assert asyncio.run(_mailroom.longest_hold_ms(mail._with_file(1_000))) > 0
