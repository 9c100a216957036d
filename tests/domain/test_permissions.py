from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.centre import ROLES
from agent_desktop.domain.permissions import ACTIONS, ANY, OWN, QUEUE, TABLE, can

EVERY = list(itertools.product(ROLES, sorted(ACTIONS)))


@given(st.text(), st.text(), st.booleans(), st.booleans())
def test_what_is_not_in_the_table_is_refused(role: str, action: str, own: bool, in_queue: bool) -> None:
    allowed = can(role, action, own=own, in_queue=in_queue)
    assert not allowed or role in TABLE[action]


@pytest.mark.parametrize("role", ["", "Agent", "supervisor ", "root", "customer"])
def test_a_role_that_there_is_not_may_do_nothing(role: str) -> None:
    assert not any(can(role, action, own=True, in_queue=True) for action in ACTIONS)


@pytest.mark.parametrize(("role", "action"), EVERY)
def test_a_strangers_thing_needs_the_widest_reach(role: str, action: str) -> None:
    assert can(role, action) is (TABLE[action].get(role, 0) == ANY)


@pytest.mark.parametrize(("role", "action"), EVERY)
def test_more_closeness_never_takes_a_permission_away(role: str, action: str) -> None:
    for own, in_queue in itertools.product((False, True), repeat=2):
        if can(role, action, own=own, in_queue=in_queue):
            assert can(role, action, own=True, in_queue=in_queue)
            assert can(role, action, own=own, in_queue=True)


def test_every_row_names_known_roles_and_reaches() -> None:
    for action, row in TABLE.items():
        assert row, action
        assert set(row) <= set(ROLES), action
        assert set(row.values()) <= {OWN, QUEUE, ANY}, action


def test_only_a_supervisor_listens_whispers_and_barges() -> None:
    for action in ("listen", "whisper", "barge"):
        assert [role for role in ROLES if can(role, action, own=True, in_queue=True)] == ["supervisor"]


def test_only_an_administrator_configures() -> None:
    for action in ("configure", "manage_users", "export", "erase", "read_audit"):
        assert [role for role in ROLES if can(role, action, own=True, in_queue=True)] == ["admin"]


def test_an_agent_sees_its_own_work_and_its_queues_and_no_more() -> None:
    assert can("agent", "see_interaction", own=True)
    assert can("agent", "see_interaction", in_queue=True)
    assert not can("agent", "see_interaction")


def test_an_agent_replies_in_its_own_work_and_where_a_channel_of_its_queues_lets_it() -> None:
    assert can("agent", "reply", own=True)
    assert can("agent", "reply", in_queue=True)
    assert not can("agent", "reply")
    assert not can("agent", "set_state")
