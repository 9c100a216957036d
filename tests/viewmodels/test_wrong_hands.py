"""What was written for one person never gets to another one: colleagues, other channels, `anyway`."""

from __future__ import annotations

from agent_desktop.wire import inbox as i
from tests.client.desks import Desk
from tests.viewmodels.letters import key, look_at, with_letters


def shared(desk: Desk) -> list[tuple[str, str]]:
    return [(x.conversation, x.text) for x in desk.outside.commands() if isinstance(x, i.ShareDraft)]


def test_a_shared_draft_shares_no_other_conversation_s_draft(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    desk.desktop.write("For Amina", key(desk))
    desk.desktop.act("draft.share", conversation="v1", mode="reply", text="For Amina")
    desk.desktop.write("For Amina, more", key(desk))
    desk.now += 0.2
    desk.desktop.write("For Amina, and more", key(desk))
    look_at(desk, "v2")
    desk.now += 1.5
    desk.desktop.pump()  # what was shared last goes out while another conversation is looked at
    desk.desktop.write("A secret of Omar", key(desk))
    desk.now += 1.5
    desk.desktop.pump()
    assert {conversation for conversation, _text in shared(desk)} == {"v1"}
    assert shared(desk)[-1] == ("v1", "For Amina, and more")


def test_hiding_a_draft_hides_the_one_that_was_shared(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    desk.desktop.write("For Amina", key(desk))
    desk.desktop.act("draft.share", conversation="v1", mode="reply", text="For Amina")
    look_at(desk, "v2")
    desk.desktop.act("draft.share", conversation="v1", mode="reply", text="")
    look_at(desk, "v1")
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.share is not None
    assert composer.share.checked is False
