"""A letter from the widget while nobody is free: a mail of the site's mailbox, once, and with a warning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent_desktop.domain.types import ChannelId
from agent_desktop.server.channels.webchat.letters import UNCHECKED


def written(widget: Any, client: str = "client-0001", **more: str) -> None:
    words = {"text": "Please call\nme", "mail": "mira@example.org", "name": "Mira", **more}
    widget.tell("letter", client=client, **words)


async def test_a_letter_becomes_a_mail_that_no_rule_answers_by_itself(chat: Any) -> None:
    widget = await chat.seated()
    assert widget.of("welcome")[0]["letters"] is True
    written(widget)
    await widget.settle()
    assert [one["client"] for one in widget.of("ack")] == ["client-0001"]
    (mail,) = chat.centre.letters.values()
    assert (mail.channel, mail.medium, mail.thread) == ("help", "email", "")
    assert (mail.from_address, mail.from_name) == ("mira@example.org", "Mira")
    assert (mail.subject, mail.text) == ("Nordlight help: Please call", "Please call\nme")
    assert mail.automatic
    assert mail.warnings == (UNCHECKED,)
    assert mail.external_id.startswith("<client-0001.")
    assert widget.token not in mail.external_id
    assert chat.centre.record == {}


async def test_a_letter_that_is_sent_again_after_a_cut_is_the_same_mail(chat: Any) -> None:
    widget = await chat.seated()
    written(widget)
    await widget.send_up()
    await widget.cut()
    chat.restart()
    widget.channel = chat.channel
    widget.connect()
    await widget.settle()
    written(widget)
    await widget.settle()
    assert len(widget.of("ack")) == 1
    assert len(chat.centre.letters) == 1


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        ("", "bad_mail"),
        ("nobody", "bad_mail"),
        ("a@b", "bad_mail"),
        ("a@b.example\r\nBcc: c@d.example", "bad_mail"),
        ("A <a@b.example>", "bad_mail"),
        ("a@b.example,c@d.example", "bad_mail"),
    ],
)
async def test_what_is_no_single_address_is_refused(chat: Any, mail: str, reason: str) -> None:
    widget = await chat.seated()
    written(widget, mail=mail)
    await widget.settle()
    assert [one["reason"] for one in widget.of("refused")] == [reason]
    assert chat.centre.letters == {}


async def test_an_empty_letter_a_full_disk_and_too_many_are_told_apart(chat: Any) -> None:
    widget = await chat.seated()
    written(widget, text=" \n")
    written(widget, text="x" * 4_001)
    chat.centre.full = True
    written(widget)
    await widget.settle()
    chat.centre.full = False
    for number in range(10):
        written(widget, client=f"client-1{number:03d}")
    await widget.settle()
    reasons = [one["reason"] for one in widget.of("refused")]
    assert reasons == ["empty", "too_long", "not_saved", "too_fast"]


async def test_a_site_without_a_mailbox_takes_no_letters(chat: Any) -> None:
    chat.channel.site = replace(chat.channel.site, mailbox=ChannelId(""))
    widget = await chat.seated()
    assert widget.of("welcome")[0]["letters"] is False
    written(widget)
    await widget.settle()
    assert [one["reason"] for one in widget.of("refused")] == ["unknown"]
