"""When the phone rings, when it only ticks, and when it is silent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import RefusedError
from agent_desktop.phone import ringing
from agent_desktop.phone.attention import Attention
from agent_desktop.wire.phone import PhoneCall, SetSound


class Ear:
    def __init__(self) -> None:
        self.rings = self.waits = None
        self.played = []
        self.changes = 0

    def ring(self, tone):
        self.rings, self.changes = tone, self.changes + 1

    def call_waiting(self, tone):
        self.waits, self.changes = tone, self.changes + 1

    def play_once(self, sound):
        self.played.append(sound)


def call(state="ringing", **more):
    return PhoneCall(id=more.pop("id", state), direction=more.pop("direction", "in"), state=state, **more)


@pytest.fixture
def ear():
    return Ear()


@pytest.fixture
def attention(ear):
    return Attention(ear)


def test_a_call_rings_until_it_does_not_ring_any_more(attention, ear):
    attention.calls([call()])
    assert np.array_equal(ear.rings, ringing.ring("voice"))
    attention.calls([call()])
    assert ear.changes == 1
    attention.calls([])
    assert ear.rings is None


def test_an_offer_without_a_call_rings_with_the_sound_of_its_kind(attention, ear):
    attention.ring_for(on=True, kind="chat")
    assert np.array_equal(ear.rings, ringing.ring("chat"))
    assert attention.offered
    attention.calls([call()])
    assert np.array_equal(ear.rings, ringing.ring("voice"))
    attention.calls([])
    assert np.array_equal(ear.rings, ringing.ring("chat"))
    attention.ring_for(on=False)
    assert ear.rings is None


def test_during_a_call_nothing_rings_and_a_soft_tone_tells(attention, ear):
    attention.calls([call("up"), call()])
    assert ear.rings is None
    assert np.array_equal(ear.waits, ringing.call_waiting(-30))
    attention.settings(SetSound(waiting_db=-45))
    assert np.array_equal(ear.waits, ringing.call_waiting(-45))
    attention.settings(SetSound(waiting=False))
    assert ear.waits is None
    attention.calls([call()])
    assert ear.rings is not None


def test_the_rings_level_changes_at_once(attention, ear):
    attention.calls([call()])
    attention.settings(SetSound(ring_db=-30))
    assert np.array_equal(ear.rings, ringing.ring("voice", -30))


@pytest.mark.parametrize(
    ("ended", "is_heard"),
    [
        (call("ended", ended_by="network", up_at=1.0), True),
        (call("ended", ended_by="remote", up_at=1.0), False),
        (call("ended", ended_by="network"), False),
    ],
)
def test_only_a_call_that_the_network_ended_is_told_by_a_tone(attention, ear, ended, is_heard):
    attention.ended(ended)
    assert len(ear.played) == is_heard


def test_own_sounds_and_the_pips_of_a_queue(attention, ear):
    attention.play("message")
    attention.answered_by_itself("low")
    attention.answered_by_itself("none")
    assert len(ear.played) == 2
    with pytest.raises(RefusedError):
        attention.play("fanfare")


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["ringing", "up", "held", "dialling"]), max_size=3),
            st.booleans(),
            st.booleans(),
        )
    )
)
def test_it_never_rings_during_a_call_and_never_ticks_without_one(history):
    ear = Ear()
    attention = Attention(ear)
    for states, is_offered, is_wanted in history:
        attention.ring_for(on=is_offered, kind="email")
        attention.settings(SetSound(waiting=is_wanted))
        attention.calls([call(state, id=str(place)) for place, state in enumerate(states)])
        is_busy = bool({"up", "held", "dialling"} & set(states))
        something = is_offered or "ringing" in states
        assert (ear.rings is not None) == (something and not is_busy)
        assert (ear.waits is not None) == (something and is_busy and is_wanted)


def test_a_medium_that_is_to_be_silent_does_not_ring_and_the_others_do(attention, ear):
    attention.settings(SetSound(silent=("chat", "voice")))
    attention.ring_for(on=True, kind="chat")
    assert ear.rings is None
    attention.ring_for(on=True, kind="email")
    assert np.array_equal(ear.rings, ringing.ring("email"))
    attention.ring_for(on=False)
    attention.calls([call()])
    assert ear.rings is None
    attention.settings(SetSound())
    assert np.array_equal(ear.rings, ringing.ring("voice"))
