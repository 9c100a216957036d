"""pyVoIP's registration, its faults cured: silence, challenges, refreshes, signing off."""

from __future__ import annotations

import time

import pytest

from agent_desktop.phone import pyvoip_register
from agent_desktop.sip import digest, parser
from tests.phone.pyvoip_peer import PROOF, Pair, branch_of, tag_of, until


@pytest.fixture
def pair():
    made = Pair()
    yield made
    made.stop()


def test_a_server_that_is_not_there_is_told_within_five_seconds(pair):
    """Measured: `start()` blocked 30 s, returned without an exception and stayed at REGISTERING."""
    began = time.monotonic()
    pair.phone.start()
    assert time.monotonic() - began < 1  # it does not block at all
    assert bytes(pair.peer.expect("REGISTER")) == bytes(pair.peer.expect("REGISTER"))
    assert pyvoip_register.LIFE_S < 5
    pair.ears.wait("registered", False, 408, seconds=25)
    assert pair.phone.get_status().name == "FAILED"


def test_a_server_that_comes_back_is_found_again(pair, monkeypatch):
    monkeypatch.setattr(pyvoip_register, "FIRST_RETRY_S", 0.05)
    monkeypatch.setattr(pyvoip_register, "LIFE_S", 0.2)
    pair.phone.client.registration._retry_s = 0.05
    pair.phone.start()
    pair.ears.wait("registered", False, 408)
    while ("registered", True, 200) not in pair.ears.told:
        pair.peer.answer(pair.peer.expect("REGISTER"), 200)
        time.sleep(0.01)
    assert pair.phone.get_status().name == "REGISTERED"


@pytest.mark.parametrize(
    ("status", "asks", "gives"),
    [(401, "WWW_Authenticate", "Authorization"), (407, "Proxy_Authenticate", "Proxy-Authorization")],
)
def test_a_challenge_is_answered(pair, status, asks, gives):
    """PyVoIP takes a 407 for a wrong password."""
    pair.phone.start()
    first = pair.peer.expect("REGISTER")
    assert first.uri == f"sip:127.0.0.1:{pair.peer.place[1]}"
    pair.peer.answer(first, status, **{asks: PROOF.format(nonce="n1")})
    second = pair.peer.expect("REGISTER")
    assert digest.parse_credentials(second.header(gives)).username == "201"
    assert second.call_id == first.call_id
    assert parser.cseq_of(second).number == parser.cseq_of(first).number + 1
    assert branch_of(second) != branch_of(first)
    pair.peer.answer(second, 200)
    pair.ears.wait("registered", True, 200)


def test_a_wrong_password_is_told_after_one_proof(pair):
    pair.phone.start()
    for nonce in ("n1", "n2"):
        pair.peer.answer(pair.peer.expect("REGISTER"), 401, WWW_Authenticate=PROOF.format(nonce=nonce))
    pair.ears.wait("registered", False, 401)
    pair.peer.hears_nothing("REGISTER", 0.3)


def test_it_is_refreshed_in_time_under_one_call_id_and_failures_are_told(pair, monkeypatch):
    monkeypatch.setattr(pyvoip_register, "_granted_s", lambda _message, _asked: 0.1)
    pair.phone.start()
    pair.peer.answer(pair.peer.expect("REGISTER"), 401, WWW_Authenticate=PROOF.format(nonce="n1"))
    first = pair.peer.expect("REGISTER")
    pair.peer.answer(first, 200)
    pair.ears.wait("registered", True, 200)
    second = pair.peer.expect("REGISTER")
    assert (second.call_id, tag_of(second, "From")) == (first.call_id, tag_of(first, "From"))
    assert parser.cseq_of(second).number > parser.cseq_of(first).number
    pair.peer.answer(second, 503)
    pair.ears.wait("registered", False, 503)
    assert [told for told in pair.ears.told if told[0] == "registered"] == [
        ("registered", True, 200),
        ("registered", False, 503),
    ]


@pytest.mark.parametrize(("header", "granted"), [("Expires", "20"), ("Contact", "<sip:201@h>;expires=20")])
def test_the_servers_word_on_how_long_counts(pair, header, granted, monkeypatch):
    waits = []
    monkeypatch.setattr(pair.phone.client.registration, "_again", waits.append)
    pair.phone.start()
    pair.peer.answer(pair.peer.expect("REGISTER"), 200, **{header: granted})
    pair.ears.wait("registered", True, 200)
    assert waits == [15.0]


def test_a_server_that_wants_longer_gets_longer(pair):
    pair.phone.start()
    pair.peer.answer(pair.peer.expect("REGISTER"), 423, Min_Expires="90")
    second = pair.peer.expect("REGISTER")
    assert second.header("Expires") == "90"
    pair.peer.answer(second, 100)
    pair.peer.answer(second, 200)
    pair.ears.wait("registered", True, 200)


def test_signing_off_hangs_up_and_takes_the_address_away(pair):
    """PyVoIP's `stop()` blocks where a call hangs."""
    pair.start()
    pair.calls_up()
    pair.arrives("rings")
    pair.phone.client.post(lambda: pair.phone.leave(pair.phone.stop))
    seen = {}
    while "REGISTER" not in seen or "BYE" not in seen or 480 not in seen:
        message = pair.peer.take()
        seen[getattr(message, "method", 0) or message.status] = message
    assert seen["REGISTER"].header("Expires") == "0"
    pair.peer.answer(seen["REGISTER"], 200)
    until(lambda: not pair.phone.client._thread.is_alive())
    assert pair.phone.get_status().name == "INACTIVE"


@pytest.mark.parametrize("answer", [403, None])
def test_signing_off_waits_a_second_at_most_and_not_at_all_when_unknown(pair, answer):
    pair.phone.start()
    message = pair.peer.expect("REGISTER")
    if answer is None:
        pair.peer.answer(message, 200)
        pair.ears.wait("registered", True, 200)
    pair.phone.client.post(lambda: pair.phone.leave(pair.phone.stop))
    until(lambda: not pair.phone.client._thread.is_alive(), 20)


def test_what_the_network_or_a_listener_breaks_ends_nothing(pair, monkeypatch):
    pair.start()
    monkeypatch.setattr(pair.ears, "arrived", lambda _call: 1 / 0)
    pair.arrives()
    until(lambda: any("ZeroDivisionError" in told[1] for told in pair.ears.told if told[0] == "trouble"))
    pair.phone.client.post(lambda: pair.phone.client.send(b"x", ("203.0.113.1", 0)))
    until(lambda: any("203.0.113.1" in told[1] for told in pair.ears.told if told[0] == "trouble"))
    pair.peer.request("OPTIONS", call_id="probe")
    assert pair.peer.expect(200)
