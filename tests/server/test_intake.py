"""What comes in over text channels while the record cannot keep it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.errors import StorageError
from tests.server.failing import failing
from tests.server.inboxed import DEMO, HELP, Inbox


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    made = Inbox(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


async def test_a_chat_whose_first_message_was_not_kept_begins_with_the_next(inbox: Inbox) -> None:
    failing(inbox)
    with pytest.raises(StorageError):
        await inbox.chat("Hello", "c1")
    await inbox.chat("Hello", "c1")
    await inbox.chat("Is somebody there?", "c2")
    first = inbox.store.message_by_external(DEMO, "c1")
    assert first is not None
    assert inbox.texts(first.conversation) == ["Hello", "Is somebody there?"]


async def test_a_later_message_that_was_not_kept_joins_its_chat_when_it_comes_again(inbox: Inbox) -> None:
    await inbox.chat("Hello", "c1")
    failing(inbox)
    with pytest.raises(StorageError):
        await inbox.chat("Is somebody there?", "c2")
    await inbox.chat("Is somebody there?", "c2")
    first = inbox.store.message_by_external(DEMO, "c1")
    assert first is not None
    assert inbox.texts(first.conversation) == ["Hello", "Is somebody there?"]


async def test_a_mail_that_was_not_kept_is_taken_when_it_comes_again(inbox: Inbox) -> None:
    failing(inbox)
    with pytest.raises(StorageError):
        await inbox.mail("<1@out>")
    await inbox.mail("<1@out>")
    assert inbox.store.message_by_external(HELP, "<1@out>") is not None
