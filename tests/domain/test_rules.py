from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import rules
from agent_desktop.domain.conversation import IN, NOTE, OUT, SYSTEM, Conversation, Message
from agent_desktop.domain.hours import Hours, Period
from agent_desktop.domain.macro import step_of
from agent_desktop.domain.rules import ARRIVAL, SILENT, UNANSWERED, Conditions, Facts, Rule
from agent_desktop.domain.types import (
    ChannelId,
    ConversationId,
    Instant,
    MediumId,
    MessageId,
    QueueId,
    Seconds,
)

DAY = 86_400.0
NOON = Instant(datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp())  # a Wednesday
SHOP = Hours(id="shop", week={day: (Period(9 * 60, 17 * 60),) for day in ("mon", "tue", "wed", "thu", "fri")})
HOURS = {"shop": SHOP}
FACTS = Facts(
    medium="email",
    channel="help",
    queue="mail",
    sender="Amina@Example.com",
    recipients=("help@centre.example", "boss@example.com"),
    subject="Re: Broken lamp",
    text="Hello, the lamp that you sent is broken.\nPlease  send my money\nback. Thank you, Amina",
    size_bytes=5_000,
    first=True,
    customer_tags=("vip",),
    tags=("old",),
)


def fits(facts: Facts = FACTS, now: Instant = NOON, **conditions: object) -> bool:
    return rules.fits(Conditions(**conditions), facts, HOURS, now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("conditions", "fitting"),
    [
        ({}, True),
        ({"media": ("email",)}, True),
        ({"media": ("chat", "sms")}, False),
        ({"channels": ("help",)}, True),
        ({"queues": ("returns",)}, False),
        ({"senders": ("amina@example.com",)}, True),
        ({"senders": ("*@example.com",)}, True),
        ({"senders": ("*@example.org", "*.example.com")}, False),
        ({"recipients": ("boss@*",)}, True),
        ({"recipients": ("sales@*",)}, False),
        ({"subject": ("broken",)}, True),
        ({"subject": ("roke",)}, False),
        ({"subject": ("money back",)}, False),
        ({"words": ("money back",)}, True),
        ({"words": ("nothing", "BROKEN")}, True),
        ({"languages": ("en",)}, True),
        ({"languages": ("de",)}, False),
        ({"larger_bytes": 5_000}, True),
        ({"larger_bytes": 5_001}, False),
        ({"automatic": False}, True),
        ({"automatic": True}, False),
        ({"first": True}, True),
        ({"first": False}, False),
        ({"customer_tags": ("vip", "press")}, True),
        ({"customer_tags": ("press",)}, False),
        ({"tags": ("old",)}, True),
        ({"states": ("resolved",)}, False),
        ({"open": "shop"}, True),
        ({"closed": "shop"}, False),
        ({"media": ("email",), "subject": ("broken",), "customer_tags": ("press",)}, False),
    ],
)
def test_everything_that_a_rule_asks_for_must_be_so(conditions: dict[str, object], fitting: bool) -> None:
    assert fits(**conditions) is fitting


def test_a_calendar_is_asked_at_the_time_of_the_message() -> None:
    night = Instant(NOON + 8 * 3600)
    assert (fits(now=night, open="shop"), fits(now=night, closed="shop")) == (False, True)


def rule(name: str, *, go_on: bool = False, **conditions: object) -> Rule:
    made = Conditions(**conditions)  # type: ignore[arg-type]
    return Rule(id=name, label=name, steps=(step_of("tag x"),), conditions=made, go_on=go_on)


def test_the_first_rule_that_fits_wins() -> None:
    tried = (rule("chat", media=("chat",)), rule("broken", subject=("broken",)), rule("all"))
    assert [one.id for one in rules.chosen(tried, FACTS, HOURS, NOON)] == ["broken"]


def test_a_rule_that_goes_on_lets_the_next_ones_act_too() -> None:
    tried = (rule("a", go_on=True), rule("no", go_on=True, media=("chat",)), rule("b"), rule("c"))
    assert [one.id for one in rules.chosen(tried, FACTS, HOURS, NOON)] == ["a", "b"]


# --- on time ------------------------------------------------------------------------------------------


def message(
    number: int, direction: str, at: float, *, automatic: bool = False, delivery: str = ""
) -> Message:
    return Message(
        id=MessageId(f"m{number}"), conversation=ConversationId("v"), medium=MediumId("email"), text="x",
        direction=direction, at=Instant(at), automatic=automatic, delivery=delivery,
    )  # fmt: skip


def turn(*said: str) -> tuple[str, str] | None:
    """Whose turn it is after `said`: in, out, note, system; of machines `auto-`, lost ones `failed-`."""
    made = []
    for number, one in enumerate(said):
        word = one.removeprefix("auto-").removeprefix("failed-")
        made.append(
            message(
                number, {"in": IN, "out": OUT, "note": NOTE, "system": SYSTEM}[word], NOON + number,
                automatic=one.startswith("auto-"), delivery="failed" if one.startswith("failed-") else "",
            )
        )  # fmt: skip
    found = rules.awaited(made)
    return None if found is None else (found.kind, found.key)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((), None),
        (("note", "system"), None),
        (("in",), (UNANSWERED, "m0")),
        (("in", "in", "in"), (UNANSWERED, "m0")),
        (("in", "note"), (UNANSWERED, "m0")),
        (("in", "auto-out"), (UNANSWERED, "m0")),
        (("in", "failed-out"), (UNANSWERED, "m0")),
        (("in", "out"), (SILENT, "m1")),
        (("in", "out", "out"), (SILENT, "m2")),
        (("in", "out", "auto-in"), (SILENT, "m1")),
        (("in", "out", "auto-out"), (SILENT, "m1")),
        (("in", "out", "in", "in"), (UNANSWERED, "m2")),
    ],
)
def test_whose_turn_it_is(said: tuple[str, ...], expected: tuple[str, str] | None) -> None:
    assert turn(*said) == expected


SAID = st.lists(
    st.sampled_from(["in", "out", "note", "system", "auto-in", "auto-out", "failed-out"]), max_size=12
)


@given(SAID)
def test_notes_and_machines_never_change_whose_turn_it_is(said: list[str]) -> None:
    assert turn(*said, "note", "auto-out", "auto-in", "system") == turn(*said)


@given(SAID)
def test_a_reply_by_a_person_ends_the_customers_wait_and_the_customers_word_ends_ours(
    said: list[str],
) -> None:
    after_reply, after_word = turn(*said, "out"), turn(*said, "out", "in")
    assert after_reply is not None
    assert after_reply[0] == SILENT
    assert after_word is not None
    assert after_word == (UNANSWERED, f"m{len(said) + 1}")


def timed(kind: str, days: float, **conditions: object) -> Rule:
    return replace(rule("t", **conditions), on=kind, after_s=Seconds(days * DAY))


def test_a_rule_on_time_is_due_so_long_after_the_message_that_it_counts_from() -> None:
    waits = rules.Awaited(kind=SILENT, message=message(1, OUT, NOON))
    assert rules.due_at(timed(SILENT, 3), waits, HOURS) == NOON + 3 * DAY
    assert rules.due_at(timed(UNANSWERED, 3), waits, HOURS) is None
    assert rules.due_at(rule("arrival"), waits, HOURS) is None
    assert rule("arrival").on == ARRIVAL


def test_a_rule_for_open_hours_waits_for_the_next_opening() -> None:
    waits = rules.Awaited(kind=SILENT, message=message(1, OUT, NOON))
    monday_nine = NOON + 5 * DAY - 3 * 3600
    assert rules.due_at(timed(SILENT, 3, open="shop"), waits, HOURS) == monday_nine
    never = {"shop": replace(SHOP, closed=True)}
    assert rules.due_at(timed(SILENT, 3, open="shop"), waits, never) is None


def test_the_facts_of_a_message_are_its_own_and_its_conversations() -> None:
    thread = Conversation(
        id=ConversationId("v"), medium=MediumId("email"), channel=ChannelId("help"), queue=QueueId("mail"),
        address="a@x.example", subject="Lamp", tags=("t",), state="snoozed",
    )  # fmt: skip
    came = replace(message(1, IN, NOON), from_address="b@x.example", to_addresses=("help@c.example",))
    facts = rules.facts_of(came, thread, ("vip",), first=True)
    assert (facts.sender, facts.subject, facts.queue, facts.channel) == (
        "b@x.example",
        "Lamp",
        "mail",
        "help",
    )
    assert (facts.customer_tags, facts.tags, facts.state, facts.first) == (("vip",), ("t",), "snoozed", True)
    assert rules.facts_of(message(2, OUT, NOON), thread).sender == "a@x.example"


@given(st.text(max_size=300), st.text(min_size=1, max_size=20))
def test_no_text_and_no_phrase_breaks_the_search(text: str, phrase: str) -> None:
    if phrase.split():
        assert isinstance(fits(replace(FACTS, text=text), words=(phrase,)), bool)
        assert fits(replace(FACTS, text=f"{text} {phrase} ."), words=(phrase,)) or not phrase.isalnum()
