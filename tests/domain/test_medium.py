from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.medium import CHAT, EMAIL, MEDIA, SMS, SOCIAL, VOICE, room_for
from agent_desktop.domain.types import MediumId

ALL = (VOICE, EMAIL, CHAT, SMS, SOCIAL)
BLOCKING = [
    # in hand, offered, whether there is room
    ({}, VOICE, True),
    ({VOICE: 1}, VOICE, False),
    ({CHAT: 1}, VOICE, False),
    ({EMAIL: 2}, VOICE, True),
    ({SMS: 3, SOCIAL: 3}, VOICE, True),
    ({VOICE: 1}, EMAIL, False),
    ({CHAT: 1}, EMAIL, False),
    ({EMAIL: 1}, EMAIL, True),
    ({EMAIL: 2}, EMAIL, False),
    ({VOICE: 1}, CHAT, False),
    ({EMAIL: 2}, CHAT, True),
    ({CHAT: 2}, CHAT, True),
    ({CHAT: 3}, CHAT, False),
    ({VOICE: 1}, SMS, False),
    ({CHAT: 3}, SMS, True),
    ({SOCIAL: 3}, SOCIAL, False),
]


@pytest.mark.parametrize(("load", "medium", "room"), BLOCKING)
def test_work_in_hand_keeps_other_work_away_by_the_table(
    load: dict[MediumId, int],
    medium: MediumId,
    room: bool,
) -> None:
    assert room_for(MEDIA[medium], load) is room


def test_an_agents_own_limit_goes_before_the_mediums() -> None:
    assert not room_for(MEDIA[EMAIL], {EMAIL: 1}, {EMAIL: 1})
    assert room_for(MEDIA[EMAIL], {EMAIL: 7}, {EMAIL: 8})
    assert not room_for(MEDIA[EMAIL], {}, {EMAIL: 0}), "0 means never"


def test_an_own_limit_never_lifts_a_block() -> None:
    assert not room_for(MEDIA[CHAT], {VOICE: 1}, {CHAT: 9})


@given(
    st.sampled_from(ALL),
    st.dictionaries(st.sampled_from(ALL), st.integers(0, 5)),
    st.sampled_from(ALL),
)
def test_more_in_hand_never_makes_room(medium: MediumId, load: dict[MediumId, int], more: MediumId) -> None:
    if not room_for(MEDIA[medium], load):
        assert not room_for(MEDIA[medium], {**load, more: load.get(more, 0) + 1})


@pytest.mark.parametrize("medium", ALL)
def test_every_row_says_how_it_is_handled_and_reached(medium: MediumId) -> None:
    row = MEDIA[medium]
    assert row.id == medium
    assert row.talk != row.text, "with the phone or by writing"
    assert row.name
    assert row.icon
    assert row.address_kind
    assert row.limit > 0
    assert row.blocked_by <= MEDIA.keys()


CAPACITY: list[tuple[dict[MediumId, int], MediumId, int, bool]] = [
    ({}, EMAIL, 1, True),
    ({EMAIL: 1}, EMAIL, 1, False),
    ({EMAIL: 1}, SMS, 2, True),
    ({EMAIL: 1, SMS: 1}, SOCIAL, 2, False),
    ({}, VOICE, 1, False),
    ({EMAIL: 2}, VOICE, 2, True),
    ({EMAIL: 2, SMS: 1}, CHAT, 1, True),
    ({CHAT: 1, EMAIL: 2}, CHAT, 1, False),
]


@pytest.mark.parametrize(("load", "medium", "capacity", "room"), CAPACITY)
def test_work_in_hand_costs_units_but_for_what_may_be_interrupted(
    load: dict[MediumId, int], medium: MediumId, capacity: int, room: bool
) -> None:
    assert room_for(MEDIA[medium], load, capacity=capacity) is room


@pytest.mark.parametrize("medium", ALL)
def test_nothing_interrupts_a_customer_who_waits_on_the_other_side(medium: MediumId) -> None:
    assert not any(MEDIA[other].live for other in MEDIA[medium].interrupts)


@given(st.sampled_from(ALL), st.dictionaries(st.sampled_from(ALL), st.integers(0, 3)), st.integers(1, 9))
def test_a_capacity_never_makes_room_and_more_of_it_never_takes_room(
    medium: MediumId, load: dict[MediumId, int], capacity: int
) -> None:
    with_less = room_for(MEDIA[medium], load, capacity=capacity)
    with_more = room_for(MEDIA[medium], load, capacity=capacity + 1)
    assert with_less <= with_more <= room_for(MEDIA[medium], load)
