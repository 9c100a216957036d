"""How what an agent types becomes an address that the other side of a call is asked to call."""

from __future__ import annotations

import pytest

from agent_desktop.phone.station import referred_to
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address


@pytest.mark.parametrize(
    ("transport", "typed", "asked"),
    [
        ("udp", "030 123", "sip:030123@pbx.test:5071"),
        ("tls", "030 123", "sip:030123@pbx.test:5071;transport=tls"),
        ("tcp", "205", "sip:205@pbx.test:5071;transport=tcp"),
        ("tls", "sip:bob@home.test", "sip:bob@home.test"),
        ("tls", "bob@home.test", "sip:bob@home.test"),
    ],
)
def test_a_number_is_referred_to_as_we_are_registered_and_an_address_as_it_stands(transport, typed, asked):
    account = Account("201", "pbx.test:5071", Address(transport, "pbx.test", 5071))
    assert str(referred_to(typed, account)) == asked
