from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.conversation import IN, OUT
from agent_desktop.domain.threading import KnownMessage, OwnIds, Placement, day, decide, normal, wanted
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, MessageId

HELP, BILLING = ChannelId("help"), ChannelId("billing")
OWN = OwnIds(channel=HELP, domain="centre.example")
ANNA, BERT, EVE = "anna@example.org", "bert@example.org", "eve@evil.example"
MARCH = Instant(1_710_244_800.0)  # 12 March 2024, noon
NOW = Instant(MARCH + 86_400 * 3)
REPLY = OWN.external(MessageId("m-1"))
MAIL = "<mail-1@example.org>"


def _known(
    external: str,
    conversation: str = "c1",
    *,
    direction: str = IN,
    channel: ChannelId = HELP,
    people: frozenset[str] = frozenset({ANNA, "help@centre.example"}),
) -> KnownMessage:
    return KnownMessage(
        external_id=external,
        channel=channel,
        conversation=ConversationId(conversation),
        direction=direction,
        at=MARCH,
        people=people,
    )


def _decided(
    *known: KnownMessage,
    reply_to: tuple[str, ...] = (),
    references: tuple[str, ...] = (),
    sender: str = ANNA,
    channel: ChannelId = HELP,
) -> Placement:
    return decide(
        channel=channel,
        sender=sender,
        references=(*reply_to, *reversed(references)),
        in_reply_to=reply_to,
        known=known,
        own=OwnIds(channel=channel, domain="centre.example"),
        now=NOW,
    )


def test_an_answer_joins_the_conversation_of_our_reply_and_says_why() -> None:
    placed = _decided(_known(REPLY, direction=OUT), reply_to=(REPLY,))
    assert placed == Placement(
        conversation=ConversationId("c1"), reason="In-Reply-To names your reply of 12 March.", via=REPLY
    )


def test_references_place_a_mail_whose_in_reply_to_is_lost_or_unknown() -> None:
    placed = _decided(_known(MAIL), reply_to=("<changed@gateway>",), references=(MAIL, "<changed@gateway>"))
    assert placed.conversation == "c1"
    assert placed.reason == "References names the customer's mail of 12 March."


def test_in_reply_to_is_believed_before_references() -> None:
    placed = _decided(_known(MAIL, "c1"), _known("<2@x>", "c2"), reply_to=("<2@x>",), references=(MAIL,))
    assert placed.conversation == "c2"


def test_the_newest_reference_is_believed_first() -> None:
    placed = _decided(_known("<1@x>", "c1"), _known("<2@x>", "c2"), references=("<1@x>", "<2@x>"))
    assert placed.conversation == "c2"


def test_r40_a_mail_that_names_nothing_begins_a_conversation_whoever_wrote_it() -> None:
    placed = _decided(_known(MAIL), _known(REPLY, direction=OUT))
    assert placed == Placement(conversation=None, reason="It names no earlier mail: a new conversation.")


def test_r40_a_stranger_who_names_a_customers_mail_gets_no_entry() -> None:
    placed = _decided(_known(MAIL), reply_to=(MAIL,), sender=EVE)
    assert placed.conversation is None
    assert placed.reason == (
        "In-Reply-To names a mail of 12 March, but eve@evil.example had no part in it: a new conversation."
    )


def test_r41_a_person_in_copy_who_answers_the_customers_mail_joins() -> None:
    mail = _known(MAIL, people=frozenset({ANNA, BERT.upper(), "help@centre.example"}))
    assert _decided(mail, reply_to=(MAIL,), sender=BERT).conversation == "c1"


def test_r41_whoever_has_our_reply_may_answer_it_and_is_named_as_new() -> None:
    placed = _decided(_known(REPLY, direction=OUT), reply_to=(REPLY,), sender=BERT)
    assert placed.conversation == "c1"
    assert placed.reason == "In-Reply-To names your reply of 12 March; bert@example.org is new here."


def test_r41_two_mailboxes_keep_their_conversations_apart() -> None:
    both = (_known(MAIL, "in-help"), _known(MAIL, "in-billing", channel=BILLING))
    assert _decided(*both, reply_to=(MAIL,)).conversation == "in-help"
    assert _decided(*both, reply_to=(MAIL,), channel=BILLING).conversation == "in-billing"


def test_r41_an_answer_to_another_mailbox_begins_a_conversation_there_and_says_so() -> None:
    placed = _decided(_known(REPLY, direction=OUT), reply_to=(REPLY,), channel=BILLING)
    assert placed.conversation is None
    assert placed.reason == (
        "In-Reply-To names your reply of 12 March in another mailbox: a new conversation in this one."
    )


def test_r41_an_answer_to_all_joins_in_the_other_mailbox_by_the_first_mail() -> None:
    known = (_known(REPLY, "in-help", direction=OUT), _known(MAIL, "in-billing", channel=BILLING))
    placed = _decided(*known, reply_to=(REPLY,), references=(MAIL, REPLY), channel=BILLING)
    assert placed.conversation == "in-billing"


def test_a_forged_id_in_our_form_that_a_customer_sent_gives_no_entry() -> None:
    placed = _decided(_known(REPLY, direction=IN), reply_to=(REPLY,), sender=EVE)
    assert placed.conversation is None


def test_an_answer_to_what_is_no_longer_kept_says_so() -> None:
    assert "no longer kept" in _decided(reply_to=(REPLY,)).reason
    assert "not kept here" in _decided(reply_to=("<unknown@x>",)).reason


def test_a_delivery_report_joins_the_mail_that_came_back() -> None:
    placed = decide(
        channel=HELP,
        sender="mailer-daemon@example.org",
        references=(),
        bounce_of=REPLY,
        known=[_known(REPLY, direction=OUT)],
        own=OWN,
        now=NOW,
    )
    assert placed.conversation == "c1"
    assert placed.reason.startswith("The delivery report names your reply of 12 March")


@pytest.mark.parametrize(
    ("at", "now", "said"),
    [
        (MARCH, NOW, "12 March"),
        (MARCH, Instant(MARCH + 86_400 * 400), "12 March 2024"),
        (Instant(0.0), NOW, "1 January 1970"),
    ],
)
def test_a_day_is_said_with_its_year_when_it_is_another(at: Instant, now: Instant, said: str) -> None:
    assert day(at, now) == said


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=30))
def test_every_message_has_an_id_of_its_own_that_can_be_read_back(message: str, channel: str) -> None:
    message, channel = (text.encode("utf-8", "replace").decode() for text in (message, channel))
    own = OwnIds(channel=ChannelId(channel), domain="centre.example")
    external = own.external(MessageId(message))
    assert re.fullmatch(r"<[A-Za-z0-9._-]+@centre\.example>", external)
    assert own.message(external) == message
    assert own.message(f"  {external[1:-1]}\n ") == message
    assert OwnIds(channel=ChannelId(channel + "x"), domain="centre.example").message(external) is None


@given(st.text(max_size=80))
def test_no_foreign_id_is_taken_for_ours_by_mistake(text: str) -> None:
    found = OWN.message(text)
    assert found is None or OWN.external(found).casefold() == normal(text).casefold()


_IDS = st.lists(st.sampled_from([f"<{n}@x>" for n in range(8)] + [REPLY]), max_size=8)
_KNOWN = st.lists(
    st.builds(
        _known,
        st.sampled_from([f"<{n}@x>" for n in range(8)] + [REPLY]),
        st.sampled_from(["c1", "c2", "c3"]),
        direction=st.sampled_from([IN, OUT]),
        channel=st.sampled_from([HELP, BILLING]),
        people=st.frozensets(st.sampled_from([ANNA, BERT])),
    ),
    max_size=10,
)


@given(_IDS, _IDS, _KNOWN, st.sampled_from([ANNA, BERT, EVE, ""]))
def test_a_mail_joins_only_a_conversation_of_its_channel_that_it_names(
    reply_to: list[str], references: list[str], known: list[KnownMessage], sender: str
) -> None:
    placed = _decided(*known, reply_to=tuple(reply_to), references=tuple(references), sender=sender)
    assert placed.reason.endswith(".")
    if placed.conversation is None:
        assert not placed.via
        return
    assert placed.via in {*reply_to, *references}
    why = [
        one
        for one in known
        if one.external_id == placed.via and one.conversation == placed.conversation and one.channel == HELP
    ]
    assert any(sender in one.people or (one.direction == OUT and one.external_id == REPLY) for one in why)


@given(st.lists(st.text(max_size=20), max_size=200))
def test_what_is_looked_up_is_bounded_and_each_once(references: list[str]) -> None:
    ids = wanted(references)
    assert len(ids) <= 50
    assert len(set(ids)) == len(ids)
    assert "<>" not in ids


@given(st.text(alphabet="<>ab@. \t\u00a0é", max_size=9))
def test_a_message_id_has_one_form_however_it_is_written(written: str) -> None:
    inside = "".join(written.split()).strip("<>")
    assert normal(written) == f"<{inside}>"
    assert normal(normal(written)) == normal(written)
