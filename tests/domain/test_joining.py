"""Where a message lies after merges and splits, and what may not be joined or parted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent_desktop.domain import joining
from agent_desktop.domain.conversation import IN, NOTE, OUT, SYSTEM, Conversation, Message
from agent_desktop.domain.types import ConversationId, Instant, InteractionId, MediumId, MessageId
from agent_desktop.errors import RefusedError

EMAIL = MediumId("email")


def key(name: str) -> ConversationId:
    return ConversationId(name)


def table(**fields: dict[str, object]) -> dict[ConversationId, Conversation]:
    return {
        key(name): replace(Conversation(id=key(name), medium=EMAIL), **changed)  # type: ignore[arg-type] # a test's
        for name, changed in fields.items()
    }


def message(number: int, direction: str = IN, thread: str = "a", **changed: object) -> Message:
    made = Message(
        id=MessageId(f"m{number}"),
        conversation=key(thread),
        medium=EMAIL,
        direction=direction,
        at=Instant(float(number)),
        text=f"text {number}",
    )
    return replace(made, **changed)  # type: ignore[arg-type] # a test's


def test_the_survivor_is_the_last_of_the_chain() -> None:
    held = table(a={"merged_into": "b"}, b={"merged_into": "c"}, c={})
    assert [joining.survivor(held.get, key(name)) for name in "abc"] == ["c", "c", "c"]
    assert joining.survivor(held.get, key("unknown")) == "unknown"


def test_a_ring_of_merges_is_a_defect_and_no_endless_walk() -> None:
    held = table(a={"merged_into": "b"}, b={"merged_into": "a"})
    with pytest.raises(ValueError, match=r"[ab]"):
        joining.survivor(held.get, key("a"))


def test_a_family_is_all_that_went_into_a_conversation() -> None:
    held = table(a={"merged": ("b",)}, b={"merged": ("c", "d")}, c={}, d={})
    assert joining.family(held.get, key("a")) == ["a", "b", "c", "d"]


def test_a_split_message_remembers_where_it_came_to_be() -> None:
    one = message(1)
    assert (joining.home(one), joining.rooted(one)) == ("a", ("a",))
    split = replace(one, conversation=key("n"), homes=joining.split_off(one, key("n")))
    assert (split.homes, joining.home(split)) == (("a", "n"), "n")
    again = joining.split_off(split, key("n2"))
    assert again == ("a", "n", "n2")


def test_undoing_a_split_leaves_out_the_splits_that_were_undone_before() -> None:
    """Split to n, then on to n2; n is undone first, n2 afterwards: the message belongs to a again."""
    held = table(a={}, n={"split_from": ""}, n2={"split_from": ""})
    deep = message(1, homes=(key("a"), key("n"), key("n2")))
    assert joining.put_back(held.get, deep, key("n2")) == ("a",)
    held = table(a={}, n={"split_from": "a"}, n2={"split_from": ""})
    assert joining.put_back(held.get, deep, key("n2")) == ("a", "n")
    assert joining.put_back(held.get, message(2, thread="n"), key("n")) == ("n",)


def test_what_is_one_already_or_was_merged_meanwhile_is_not_merged() -> None:
    held = table(a={}, b={"merged_into": "c"}, c={})
    assert joining.check_merge(held.get, key("a"), key("b")) == "c"
    for one, into, code in (
        ("b", "a", "conflict"),
        ("c", "b", "same_conversation"),
        ("a", "x", "unknown_conversation"),
    ):
        with pytest.raises(RefusedError) as refused:
            joining.check_merge(held.get, key(one), key(into))
        assert refused.value.code == code


def test_a_split_needs_some_but_not_all_messages_one_of_them_the_customers() -> None:
    thread = Conversation(id=key("a"), medium=EMAIL, messages=3)
    joining.check_split(thread, [message(1)], ["m1"])
    for messages, wanted, code in (
        ([], [], "empty"),
        ([message(1)], ["m1", "m2"], "conflict"),
        ([message(1, thread="b")], ["m1"], "conflict"),
        ([message(1, OUT)], ["m1"], "no_customer"),
        ([message(1), message(2), message(3)], ["m1", "m2", "m3"], "nothing_left"),
        ([], [f"m{n}" for n in range(joining.MOST_SPLIT + 1)], "too_many"),
    ):
        with pytest.raises(RefusedError) as refused:
            joining.check_split(thread, messages, wanted)
        assert refused.value.code == code


def test_the_list_shows_the_newest_thing_that_was_said() -> None:
    said = [message(1), message(2, OUT), message(3, NOTE), message(4, SYSTEM)]
    last = joining.last_said(said)
    assert last is not None
    assert joining.shown(last) == ("text 2", "m2")
    assert joining.shown(joining.last_said(said[2:])) == ("", "")


def test_the_work_of_messages_is_the_newest_ones() -> None:
    work = [
        message(1, interaction=InteractionId("i1")),
        message(2, interaction=InteractionId("i2")),
        message(3),
    ]
    assert joining.work_of(work) == "i2"
    assert joining.work_of([message(3)]) == ""
