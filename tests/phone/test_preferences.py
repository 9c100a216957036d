"""Which device is taken of an ordered list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.phone.preferences import (
    OWN,
    SILENT,
    RingOutput,
    Wanted,
    choose,
    choose_rings,
    find,
    is_best,
    ring_of,
    stable_name,
    wanted_of,
)
from agent_desktop.wire.phone import SelectDevices

NAMES = ("Headset", "Speakers", "Laptop")


@pytest.mark.parametrize(
    ("wanted", "present", "refused", "taken"),
    [
        (("Headset", "Laptop"), ("Laptop", "Headset"), (), "Headset"),
        (("Headset", "Laptop"), ("Laptop", "Speakers"), (), "Laptop"),
        (("Headset", "Laptop"), ("Laptop", "Headset"), ("Headset",), "Laptop"),
        (("Headset",), ("Laptop",), (), OWN),
        (("Headset",), ("Laptop",), (OWN,), "Laptop"),
        (("Headset",), (), (), SILENT),
        ((), ("Laptop",), (), OWN),
        ((), (), (), SILENT),
        (("", "Laptop"), ("Laptop",), (), OWN),
        (("Headset", "voice.wav"), ("Laptop",), (), "voice.wav"),
        ((SILENT, "Laptop"), ("Laptop",), (), SILENT),
    ],
)
def test_the_best_device_that_is_there_is_taken(wanted, present, refused, taken):
    assert choose(wanted, present, refused) == taken


@given(
    st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from([*NAMES, OWN])),
)
def test_nothing_better_is_ever_left_and_nothing_absent_or_refused_is_taken(wanted, present, refused):
    taken = choose(wanted, sorted(present), refused)
    usable = present - refused
    assert taken in {SILENT, OWN} | usable
    assert taken not in refused
    assert (taken == SILENT) == (not usable)
    if taken in wanted:
        assert not usable & set(wanted[: wanted.index(taken)])
    else:
        assert not usable & set(wanted)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Jabra Evolve 65: USB Audio (hw:1,0)", "Jabra Evolve 65: USB Audio (hw:3,0)"),
        ("Headset (Jabra Link 380)", "Headset (2- Jabra Link 380)"),
        ("2- USB Headset", "USB Headset"),
    ],
)
def test_a_headset_is_known_again_after_a_reboot_or_in_another_port(before, after):
    assert stable_name(before) == stable_name(after)
    assert find(before, [after]) == after
    assert is_best((before,), after)


def test_a_name_that_is_all_number_stays_itself():
    assert stable_name("(hw:0,0)") == "(hw:0,0)"
    assert find("Headset", ["Headset 2"]) is None


def test_several_devices_ring_each_as_loud_as_it_was_told():
    wanted = ("Speakers@-6dB", "Headset", "Gone@3 dB", "Speakers")
    assert choose_rings(wanted, NAMES) == (RingOutput("Speakers", -6.0), RingOutput("Headset"))
    assert choose_rings(wanted, NAMES, {"Headset"}) == (RingOutput("Speakers", -6.0),)
    assert choose_rings((), NAMES) == ()
    assert choose_rings(("",), NAMES) == (RingOutput(OWN),)
    assert choose_rings(("",), ()) == ()


def test_a_ring_is_never_louder_than_hearing_bears():
    assert ring_of("X@+40dB").level_db == 12.0
    assert ring_of("X@-99.5 dB").level_db == -60.0
    assert ring_of("me@home") == RingOutput("me@home")


def test_a_single_name_is_a_list_of_one():
    assert wanted_of(SelectDevices(microphone="A", speakers=("B", "C"), speaker="D")) == Wanted(
        ("A",), ("B", "C"), ()
    )


def test_what_is_best_cannot_be_bettered():
    assert is_best((), OWN)
    assert is_best(("Headset", "Laptop"), "Headset")
    assert not is_best(("Headset", "Laptop"), "Laptop")
    assert not is_best(("Headset",), SILENT)
