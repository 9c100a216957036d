from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.transfer import ACTS, REASONS, Situation, refusal

TALKING = Situation(state="bridged")
HELD = Situation(state="held", held=True)
CONSULT = Situation(state="bridged", talk="guest", guests=1)
RINGS = Situation(state="bridged", talk="guest", ringing=1)
SWAPPED = Situation(state="bridged", talk="customer", guests=1)
CONFERENCE = Situation(state="bridged", talk="all", guests=2)
NONE = Situation(state="")

# PRODUCT 3.5: which buttons work in which situation; "" is possible.
TABLE = [
    ("hold", TALKING, ""),
    ("hold", HELD, "held"),
    ("hold", CONSULT, "consult_open"),
    ("hold", CONFERENCE, ""),
    ("resume", HELD, ""),
    ("resume", TALKING, "not_held"),
    ("consult", TALKING, ""),
    ("consult", HELD, ""),
    ("consult", CONSULT, "consult_open"),
    ("consult", SWAPPED, "consult_open"),
    ("consult", CONFERENCE, ""),
    ("swap", TALKING, "no_guest"),
    ("swap", RINGS, "guest_rings"),
    ("swap", CONSULT, ""),
    ("swap", SWAPPED, ""),
    ("swap", CONFERENCE, "conference"),
    ("complete", TALKING, "no_guest"),
    ("complete", RINGS, "guest_rings"),
    ("complete", CONSULT, ""),
    ("complete", CONFERENCE, ""),
    ("conference", TALKING, "no_guest"),
    ("conference", CONSULT, ""),
    ("conference", CONFERENCE, "in_conference"),
    ("drop", TALKING, "no_guest"),
    ("drop", RINGS, ""),
    ("park", TALKING, ""),
    ("park", HELD, ""),
    ("park", CONSULT, "consult_open"),
    ("park", CONFERENCE, "conference"),
    ("blind", TALKING, ""),
    ("blind", CONSULT, "consult_open"),
    ("record", TALKING, ""),
    ("secure", HELD, ""),
    ("hold", NONE, "no_call"),
    ("hold", Situation(state="ended"), "over"),
    ("hold", Situation(state="connecting"), "not_connected"),
    ("consult", Situation(state="bridged", secure=True), "secure"),
    ("blind", Situation(state="bridged", secure=True), "secure"),
]


@pytest.mark.parametrize(("act", "situation", "code"), TABLE)
def test_an_act_is_possible_or_says_why_not(act: str, situation: Situation, code: str) -> None:
    assert refusal(act, situation) == code


SITUATIONS = st.builds(
    Situation,
    state=st.sampled_from(["", "ringing", "connecting", "bridged", "held", "ended"]),
    held=st.booleans(),
    talk=st.sampled_from(["customer", "guest", "all"]),
    guests=st.integers(0, 3),
    ringing=st.integers(0, 1),
    secure=st.booleans(),
)


@given(st.sampled_from(ACTS), SITUATIONS)
def test_every_refusal_has_words(act: str, situation: Situation) -> None:
    code = refusal(act, situation)
    assert not code or REASONS[code]


def test_hold_and_resume_are_never_both_possible() -> None:
    for held, talk, guests in itertools.product([False, True], ["customer", "guest", "all"], [0, 1]):
        situation = Situation(state="bridged", held=held, talk=talk, guests=guests)
        assert refusal("hold", situation) or refusal("resume", situation)
