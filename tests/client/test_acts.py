"""What was done without the router leaves in order, once, and a refusal stays until the agent decides."""

from __future__ import annotations

import pytest

from agent_desktop.client import acts, waits
from agent_desktop.client.acts import Act
from agent_desktop.errors import RefusedError
from agent_desktop.wire import commands as c
from agent_desktop.wire import inbox as i
from agent_desktop.wire.command import Command

REPLY = c.SendMessage(message="m1", conversation="v1", text="Hello", after_message="m0")
NOTE = c.AddNote(message="m2", conversation="v1", text="He called.")
RESOLVE = i.ResolveConversation(conversation="v1", after_message="m0")
OTHER = i.TagConversation(conversation="v2", add=("vip",))


def act(number: int, command: c.AnyCommand, **fields: object) -> Act:
    about = waits.subjects(command, lambda key: {"i1": "v1"}.get(key, ""))
    plain = {"state": "waiting", "waited": True, **fields}
    return Act(request=f"r{number}", number=number, command=command, subjects=about, at=0.0, **plain)  # type: ignore[arg-type]  # a test names real fields


def due(*of: Act, now: float = 0.0) -> list[int]:
    return [one.number for one in acts.due(of, now)]


def test_every_command_has_its_row_and_a_row_without_waiting_says_why() -> None:
    kinds = set(_members(c.AnyCommand))
    assert kinds == set(waits.RULES)
    for kind, rule in waits.RULES.items():
        assert rule.waits == (not waits.why_not(kind))
        assert rule.waits == bool(rule.subjects)
        if rule.waits:
            assert set(rule.subjects) <= set(kind.__struct_fields__)


def _members(union: object) -> list[type[Command]]:
    return list(union.__args__)  # type: ignore[attr-defined]  # a union has them


def test_what_waits_is_writing_and_conversations_and_never_calls_offers_or_states() -> None:
    assert waits.rule(REPLY).waits
    assert waits.rule(c.WrapUp(interaction="i1", code="solved")).waits
    assert "call" in waits.why_not(c.DialNumber)
    assert "offer" in waits.why_not(c.AcceptOffer)
    assert "state" in waits.why_not(c.SetReady)


def test_acts_on_one_conversation_leave_one_at_a_time_and_others_beside_them() -> None:
    assert due(act(1, REPLY), act(2, NOTE), act(3, OTHER)) == [1, 3]
    assert due(act(1, REPLY, state="sent"), act(2, NOTE), act(3, OTHER)) == [3]


def test_the_wrap_up_of_work_keeps_its_place_behind_the_reply_in_its_conversation() -> None:
    assert due(act(1, REPLY), act(2, c.WrapUp(interaction="i1", code="solved"))) == [1]


def test_a_merge_waits_for_both_conversations() -> None:
    merge = i.MergeConversations(conversation="v1", into="v2")
    assert due(act(1, OTHER), act(2, merge), act(3, NOTE)) == [1]


def test_what_is_done_while_the_router_is_there_follows_at_once_and_never_overtakes() -> None:
    fresh = {"waited": False, "state": "saving"}
    assert due(act(1, REPLY, waited=False, state="sent"), act(2, NOTE, **fresh)) == [2]
    assert due(act(1, REPLY, state="sent"), act(2, NOTE, **fresh)) == []


def test_a_conversation_is_not_concluded_over_a_message_that_was_refused() -> None:
    refused = act(1, REPLY, state="refused", code="newer_message")
    assert due(refused, act(2, RESOLVE), act(3, NOTE)) == [3]
    assert acts.held((refused, act(2, RESOLVE))) == {act(2, RESOLVE).request}
    assert acts.held((refused, act(2, NOTE))) == frozenset()


def test_what_the_router_could_not_keep_is_asked_again_later_and_holds_back_what_follows() -> None:
    later = act(1, REPLY, again_at=30.0)
    assert due(later, act(2, NOTE), now=29.0) == []
    assert due(later, act(2, NOTE), now=30.0) == [1]


def test_who_insists_says_in_spite_of_what() -> None:
    refused = act(1, REPLY, state="refused", code="newer_message")
    assert acts.insisted(refused) == c.SendMessage(
        message="m1", conversation="v1", text="Hello", after_message="m0", despite=("newer_message",)
    )
    assigned = i.AssignConversation(conversation="v1", agent="ben", was="ana")
    assert acts.insisted(act(1, assigned, state="refused", code="conflict")) == i.AssignConversation(
        conversation="v1", agent="ben"
    )
    assert acts.insisted(act(1, RESOLVE, state="refused", code="newer_message")).after_message == ""  # type: ignore[union-attr]  # a resolve


def test_a_reply_to_a_wrong_recipient_must_be_looked_at() -> None:
    refused = act(1, REPLY, state="refused", code="wrong_recipient")
    assert not acts.can_insist(refused)
    with pytest.raises(RefusedError, match="look at who gets it"):
        acts.insisted(refused)


def test_what_may_have_been_taken_a_week_ago_is_not_sent_again_unasked() -> None:
    assert not acts.may_have_left(act(1, REPLY), now=1e9)
    assert not acts.may_have_left(act(1, REPLY, sent_at=1e9), now=1e9 + 6 * 86_400)
    assert acts.may_have_left(act(1, REPLY, sent_at=1e9), now=1e9 + 7 * 86_400)
