from __future__ import annotations

import pytest

from agent_desktop.sip.accounts import Ha1
from agent_desktop.sip.address import Address
from agent_desktop.switch.registrar import Admission, CallCaps, Directory, directory_of
from agent_desktop.wire.switch import Extension, SetDirectory

HERE = Address("udp", "127.0.0.1", 5070)
TRUNK = Address("udp", "192.0.2.10", 5060)
STRANGER = Address("udp", "198.51.100.9", 5060)


@pytest.fixture
def directory() -> Directory:
    return directory_of(
        SetDirectory(
            realm="centre",
            extensions=(Extension(extension="201", agent="a", ha1="h1", ha1_sha256="h2"),),
            numbers=("4000",),
            trunks=("192.0.2.10:5060", "[2001:db8::1]:5070", "192.0.2.11"),
        )
    )


@pytest.mark.parametrize(
    ("caller", "called", "proved", "source", "admission"),
    [
        ("5551234", "4000", None, HERE, Admission.TO_CENTRE),
        ("5551234", "4000", None, TRUNK, Admission.TO_CENTRE),
        ("5551234", "4000", None, STRANGER, Admission.NOT_TRUSTED),
        ("5551234", "999", None, HERE, Admission.UNKNOWN_NUMBER),
        ("5551234", "201", None, HERE, Admission.UNKNOWN_NUMBER),
        ("5551234", "999", None, STRANGER, Admission.NOT_TRUSTED),
        ("201", "4000", None, HERE, Admission.CHALLENGE),
        ("201", "00441234", None, STRANGER, Admission.CHALLENGE),
        ("201", "00441234", "201", STRANGER, Admission.FROM_AGENT),
        ("anybody", "00441234", "201", HERE, Admission.FROM_AGENT),
        ("201", "4000", "201", HERE, Admission.TO_CENTRE),
        ("203", "00441234", "203", HERE, Admission.UNKNOWN_NUMBER),
    ],
)
def test_who_may_call_whom(  # noqa: PLR0917  one column each
    directory: Directory, caller: str, called: str, proved: str | None, source: Address, admission: Admission
) -> None:
    assert directory.admit(caller=caller, called=called, proved=proved, source=source) is admission


def test_only_hashes_are_known(directory: Directory) -> None:
    assert directory.secret_of("201") == Ha1("h1", "h2")
    assert directory.secret_of("999") is None


def test_calls_outside_leave_by_the_first_trunk_with_a_port(directory: Directory) -> None:
    assert directory.way_out == Address("udp", "192.0.2.10", 5060)
    assert directory.trusts(Address("udp", "2001:db8::1", 40000))
    assert directory.trusts(Address("udp", "192.0.2.11", 5060))
    assert Directory().way_out is None


def test_an_extension_makes_two_calls_at_once_and_twenty_a_minute() -> None:
    caps = CallCaps()
    assert not caps.may_call("201", 2, 0.0)
    assert all(caps.may_call("201", 0, float(second)) for second in range(20))
    assert not caps.may_call("201", 0, 21.0)
    assert caps.may_call("202", 0, 21.0)
    assert caps.may_call("201", 0, 60.5)
