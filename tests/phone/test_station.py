"""How what an agent types becomes an address that the other side of a call is asked to call."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from agent_desktop.phone.station import Station, referred_to
from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import LONGEST_DATAGRAM, SystemRandomness
from agent_desktop.sip.uri import Uri
from agent_desktop.voice.offer import MediaPolicy, text_stream


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


@pytest.mark.parametrize("srtp", ["off", "optional", "mandatory"])
@pytest.mark.parametrize("domain", ["pbx.test", "a-telephone-exchange-with-a-long-name.example.com:5062"])
def test_an_invite_that_is_said_to_fit_in_a_datagram_does(srtp: str, domain: str) -> None:
    here, server = Address("udp", "192.168.178.123", 49_152), Address("udp", "192.168.178.2", 5060)
    account = Account("agent-201", domain, server)
    nothing: Any = None
    station = Station(nothing, here.host, "udp", server.host, account, policy=MediaPolicy(srtp=srtp))
    sound = station.media(45_000, is_offer=True)
    media = sound.with_text(text_stream(sound, 45_002, secrets.token_bytes))
    agent = UserAgent(Settings(local=(here,)), SystemRandomness())
    headers = (("X-Interaction", "0192f3a2-7b1c-7def-8123-456789abcdef"),)
    target = Uri("sip", "+4915112345678", *domain.partition(":")[:1])
    agent.invite(target, media, 0.0, account=account, destination=server, headers=headers)
    (invite,) = agent.take_outgoing()
    assert station.fits(media, target) <= (len(invite.data) <= LONGEST_DATAGRAM)
    assert station.fits(sound, target) or srtp != "off"
    station.kind = "tcp"
    assert station.fits(media, target)
