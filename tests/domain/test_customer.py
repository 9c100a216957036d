from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.customer import (
    Address,
    AddressAdded,
    Customer,
    CustomerAdded,
    match,
    normal,
    step,
)
from agent_desktop.domain.types import CustomerId, Instant

KEY, NOW = CustomerId("k1"), Instant(1.0)
AMINA = Customer(id=KEY, name="Amina", addresses=(Address(kind="email", value="amina@example.com"),))


def test_a_card_begins_with_its_value() -> None:
    assert step(None, CustomerAdded(customer=KEY, at=NOW, value=AMINA)) == AMINA


def test_an_address_is_added_at_the_end() -> None:
    phone = Address(kind="phone", value="+33611")
    assert step(AMINA, AddressAdded(customer=KEY, at=NOW, address=phone)).addresses[-1] == phone


def test_an_address_is_kept_once() -> None:
    again = AddressAdded(customer=KEY, at=NOW, address=AMINA.addresses[0])
    assert step(AMINA, again) is AMINA


def test_an_address_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="k1"):
        step(None, AddressAdded(customer=KEY, at=NOW, address=AMINA.addresses[0]))


@pytest.mark.parametrize(
    ("kind", "written", "compared"),
    [
        ("phone", "+33 6 11 22 33 44", "+33611223344"),
        ("phone", "0033 6 11 22 33 44", "+33611223344"),
        ("phone", " (0033) 611-223344", "+0033611223344"),
        ("phone", "101", "101"),
        ("phone", "", ""),
        ("email", " Amina@Example.COM ", "amina@example.com"),
        ("chat", "V-1", "v-1"),
    ],
)
def test_addresses_are_compared_in_one_form(kind: str, written: str, compared: str) -> None:
    assert normal(kind, written) == compared


@given(st.sampled_from(("email", "chat", "social")), st.text())
def test_the_one_form_of_a_written_address_stays_as_it_is(kind: str, value: str) -> None:
    assert normal(kind, normal(kind, value)) == normal(kind, value)


@given(st.from_regex(r"\+[1-9][0-9]{9,14}", fullmatch=True), st.integers(1, 9))
def test_a_number_is_the_same_with_spaces_dashes_and_00(number: str, place: int) -> None:
    assert normal("phone", number) == number
    assert normal("phone", f"{number[:place]} {number[place:]}") == number
    assert normal("phone", f"00{number[1:place]}-{number[place:]}") == number


def test_one_card_is_certain_several_are_suggestions_and_never_merged() -> None:
    other = Customer(id=CustomerId("k2"), name="Amina")
    assert match([AMINA]) == (AMINA, ())
    assert match([AMINA, other]) == (None, (AMINA, other))
    assert match([]) == (None, ())
