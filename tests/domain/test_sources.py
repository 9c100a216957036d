"""Channels as rows: what can be sent over each, and who may reply."""

from __future__ import annotations

from agent_desktop.domain.centre import Centre, ChatSite, Mailbox
from agent_desktop.domain.sources import source_of, sources
from agent_desktop.domain.types import ChannelId, QueueId, Seconds


def test_every_channel_is_a_row_with_its_limits_and_its_policy() -> None:
    centre = Centre(
        name="Test",
        mailboxes=(
            Mailbox(
                id=ChannelId("help"),
                address="help@centre.example",
                queue=QueueId("mail"),
                ownership="open",
                undo_s=Seconds(5.0),
            ),
        ),
        chats=(ChatSite(id=ChannelId("shop"), queue=QueueId("chat"), title="Shop", ownership="warn"),),
    )
    mail, chat = sources(centre).values()
    assert (mail.name, mail.medium, mail.address) == ("help@centre.example", "email", "help@centre.example")
    assert (mail.ownership, mail.undo_s, mail.copies, mail.starts) == ("open", 5.0, True, True)
    assert mail.file_limit_bytes > 0
    assert (chat.name, chat.medium, chat.ownership) == ("Shop", "chat", "warn")
    assert (chat.file_limit_bytes, chat.copies, chat.starts, chat.undo_s) == (25_000_000, False, False, 0.0)
    assert [source_of(centre, key) for key in sources(centre)] == [mail, chat]
    assert source_of(centre, ChannelId("none")) is None
