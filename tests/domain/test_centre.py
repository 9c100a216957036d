from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from agent_desktop.domain import centre as module
from agent_desktop.domain.centre import ROLES, TIMED_MODES, WRAP_UP_MODES, Centre, Mailbox, Queue
from agent_desktop.domain.types import AgentId, ChannelId, QueueId


def test_timed_wrap_up_is_a_kind_of_wrap_up() -> None:
    assert set(WRAP_UP_MODES) > TIMED_MODES


def test_the_wrap_up_of_a_queue_that_says_nothing_is_timed_and_can_be_extended() -> None:
    queue = Queue(id=QueueId("mail"), name="Mail")
    assert queue.wrapup_mode in TIMED_MODES
    assert queue.wrapup_s > 0
    assert queue.extend_times > 0


def test_an_offer_of_writing_work_waits_longer_than_a_ringing_call() -> None:
    queue = Queue(id=QueueId("mail"), name="Mail")
    assert queue.text_offer_s > queue.offer_s == 20.0


def test_nobody_leads_unless_the_configuration_says_so() -> None:
    entry = module.AgentEntry(id=AgentId("ana"), name="Ana")
    assert entry.role == ROLES[0] == "agent"


def test_mail_is_fetched_over_tls_unless_the_configuration_says_otherwise() -> None:
    box = Mailbox(id=ChannelId("help"), address="help@example.com", queue=QueueId("mail"))
    assert box.imap_tls
    assert box.imap_port == 993


def test_no_secret_lies_in_the_configuration_only_the_name_of_its_file() -> None:
    for kind in (Mailbox, module.AgentEntry, Centre, module.ChatSite):
        secret = [f.name for f in fields(kind) if "password" in f.name or "secret" in f.name]
        assert all(name.endswith("_file") for name in secret)


def test_two_centres_share_nothing() -> None:
    one, other = Centre(name="A"), Centre(name="B")
    one.queues[QueueId("mail")] = Queue(id=QueueId("mail"), name="Mail")
    assert other.queues == {}


def test_a_configuration_that_is_in_use_is_not_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Queue(id=QueueId("mail"), name="Mail").priority = 99  # type: ignore[misc]  # that is the point
