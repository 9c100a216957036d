"""Report descriptors and reports, good and bad."""

from __future__ import annotations

import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import DeviceError
from agent_desktop.phone import headset_hid, headset_virtual
from agent_desktop.phone.headset_report import INPUT, OUTPUT, HidError, decode, encode, parse
from agent_desktop.phone.headset_signals import (
    FLASH,
    HOOK,
    LED_MICROPHONE,
    LED_MUTE,
    LED_OFF_HOOK,
    MUTE,
    REDIAL,
    signals_of,
)
from agent_desktop.ports.headset import HookDropped, HookLifted, Lamps, MuteSet

KEYPAD = bytes.fromhex(
    "05 0B 09 06 A1 01 85 07 19 B0 29 BB 15 01 25 0C 75 04 95 01 81 00 75 04 95 01 81 01 C0"
)


def test_the_flags_of_each_control_are_read():
    layout = parse(headset_virtual.SWITCH_AND_PULSE)
    fields = {f.usages[0]: f for f in layout.fields if f.kind == INPUT}
    assert layout.is_numbered
    assert (fields[HOOK].is_relative, fields[HOOK].has_preferred, fields[HOOK].at) == (False, False, 0)
    assert (fields[MUTE].is_relative, fields[MUTE].at) == (True, 2)
    assert fields[HOOK].application == 0x0B0005
    assert layout.sizes == {(INPUT, 2): 2, (OUTPUT, 2): 2}


def test_a_range_from_minus_one_has_a_sign():
    layout = parse(headset_virtual.ARM)
    assert decode(layout, bytes([5, 0b110]))[MUTE][1] == -1
    assert decode(layout, bytes([5, 0b010]))[MUTE][1] == 1


def test_an_array_names_the_key_that_is_down():
    layout = parse(KEYPAD)
    down = {usage for usage, (_, value) in decode(layout, bytes([7, 3])).items() if value}
    assert down == {0x0B00B2}
    assert not any(value for _, value in decode(layout, bytes([7, 0])).values())


def test_lamps_are_put_where_the_descriptor_says():
    layout = parse(headset_virtual.SWITCH_AND_PULSE)
    assert encode(layout, 2, {LED_MUTE: 1, LED_MICROPHONE: 1}) == bytes([2, 0b10001, 0])
    assert encode(layout, 2, {LED_OFF_HOOK: 1}) == bytes([2, 0b00010, 0])
    assert encode(parse(headset_virtual.PULSES), 0, {LED_OFF_HOOK: 1}) == bytes([0, 1])


def test_globals_are_pushed_and_popped_and_long_items_skipped():
    descriptor = bytes.fromhex(
        "05 0B A1 01 A4 05 08 FE 02 10 AA BB B4 75 01 95 01 25 01 0B 20 00 0B 00 81 02 C0"
    )
    (field,) = parse(descriptor).fields
    assert field.usages == (HOOK,)


def test_a_report_that_is_too_short_or_of_another_number_has_no_values():
    layout = parse(headset_virtual.SWITCH_AND_PULSE)
    assert decode(layout, b"") == {}
    assert decode(layout, bytes([9, 255])) == {}
    assert FLASH in decode(layout, bytes([2, 255]))
    assert decode(layout, bytes([2])) == {}


@pytest.mark.parametrize(
    "descriptor",
    [
        "05",
        "27 00 00",
        "75 FF 96 FF FF 81 02",
        "A4 " * 65,
        "1B 00 00 0B 00 2B FF FF 0B 00" * 2,
        "75 01 95 01 25 01 09 20 " + "A1 00 " * 70 + "81 02",
    ],
)
def test_a_descriptor_that_follows_no_rule_is_refused(descriptor):
    with pytest.raises(HidError):
        parse(bytes.fromhex(descriptor))


@given(st.binary(max_size=300))
def test_no_descriptor_does_harm(data):
    with contextlib.suppress(HidError):
        parse(data)


@given(
    st.sampled_from(headset_virtual.FAMILIES),
    st.lists(st.tuples(st.binary(max_size=6), st.floats(0, 1)), max_size=30),
    st.lists(st.booleans(), max_size=30),
)
def test_no_report_does_harm(name, reports, told):
    signals = signals_of(headset_virtual.family(name).descriptor)
    now = 0.0
    for place, (report, later) in enumerate(reports):
        now += later
        signals.feed(report, now)
        if place < len(told):
            signals.show(Lamps(off_hook=told[place], muted=told[place]), now)


def test_what_was_told_is_not_written_twice_unless_asked():
    signals = signals_of(headset_virtual.BUTTONS)
    assert signals.show(Lamps(), 0.0) == ()
    assert signals.show(Lamps(off_hook=True), 0.0) == (bytes([0x17, 1]),)
    assert signals.show(Lamps(off_hook=True), 0.0) == ()
    assert len(signals.show(Lamps(off_hook=True), 0.0, again=True)) == 4


def test_a_late_repeat_of_what_was_told_before_is_nobodys_wish():
    signals = signals_of(headset_virtual.SWITCH_AND_PULSE)
    signals.show(Lamps(off_hook=True), 0.0)
    signals.show(Lamps(), 0.1)
    signals.show(Lamps(off_hook=True), 0.2)
    assert signals.feed(bytes([2, 1, 0]), 0.3) == ()
    assert signals.feed(bytes([2, 0, 0]), 0.4) == ()
    assert signals.feed(bytes([2, 1, 0]), 0.5) == ()
    assert signals.feed(bytes([2, 0, 0]), 0.6) == (HookDropped(),)


def test_a_mute_switch_says_what_it_is_and_an_arm_what_is_wanted():
    switch = signals_of(headset_virtual.SWITCHES)
    assert switch.feed(bytes([3, 0b10]), 0.0) == (MuteSet(on=True),)
    arm = signals_of(headset_virtual.ARM)
    assert arm.feed(bytes([5, 0b010]), 0.0) == (MuteSet(on=True),)
    assert arm.feed(bytes([5, 0b000]), 0.1) == ()
    assert arm.feed(bytes([5, 0b110]), 0.2) == ()  # it is not muted


def test_each_relative_one_is_a_press():
    signals = signals_of(headset_virtual.PULSES)
    assert signals.feed(bytes([1]), 0.0) == (HookLifted(),)
    assert signals.feed(bytes([1]), 0.1) == (HookLifted(),)
    assert signals.feed(bytes([0]), 0.2) == ()


# ---------------------------------------------------------------- hidapi


class Library:
    """What the hidapi package looks like from outside."""

    def __init__(self, headset, *, fails=False) -> None:
        self.headset, self.fails = headset, fails

    def enumerate(self):
        path = {"path": b"/nonexistent/hidraw0", "product_string": "Jabra"}
        return [{**path, "usage_page": page} for page in (0x0C, 0x0B, 0x0B)]

    def device(self):
        return self

    def open_path(self, path) -> None:
        if self.fails:
            raise OSError("open failed")

    def get_report_descriptor(self):
        return list(self.headset.descriptor)

    def read(self, length, timeout_ms):
        return list(self.headset.next_report())

    def write(self, report):
        self.headset.take(report)
        return len(report)

    def close(self) -> None:
        pass


def test_hidapi_finds_a_headset_once_and_carries_reports():
    headset = headset_virtual.family("switch_and_pulse")
    system = headset_hid._HidApi(Library(headset))
    (found,) = system.find()
    assert found.name == "Jabra"
    handle = system.open(found.path)
    headset.press(REDIAL, 1.0)
    assert handle.descriptor() == headset.descriptor
    assert handle.read(10) == bytes([2, 0b10000, 0])
    handle.write(bytes([2, 1, 0]))
    assert headset.is_lit(LED_MUTE)
    handle.close()


def test_hidapi_that_cannot_open_is_an_oserror_and_without_the_right_a_permission_error(
    monkeypatch, tmp_path
):
    system = headset_hid._HidApi(Library(None, fails=True))
    with pytest.raises(OSError, match="open failed"):
        system.open(b"/nonexistent/hidraw0")
    monkeypatch.setattr(headset_hid, "_may_open", lambda path: False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(PermissionError):
        system.open(b"/nonexistent/hidraw0")


def test_the_real_hidapi_can_be_asked():
    assert isinstance(headset_hid.hidapi().find(), tuple)


def test_without_hidapi_the_words_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "hidraw", None)
    monkeypatch.setitem(sys.modules, "hid", None)
    with pytest.raises(DeviceError, match="hidapi"):
        headset_hid.hidapi()
    told = []
    headset = headset_hid.HidHeadset(lambda work: work())
    headset.start(told.append)
    headset._thread.join(10)
    assert "pip install hidapi" in told[0].words
    headset.stop()
