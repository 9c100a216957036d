"""pyVoIP's faults when it calls, each cured: a server that answers in every way there is."""

from __future__ import annotations

import pytest

from agent_desktop.phone import pyvoip_transactions
from agent_desktop.sip import digest, parser
from tests.phone.pyvoip_peer import PROOF, Pair, branch_of, sdp, tag_of, until


@pytest.fixture
def pair():
    made = Pair()
    made.start()
    yield made
    made.stop()


def ended(pair, by, status):
    pair.ears.wait("gone", by, status)
    assert not pair.phone._open


@pytest.mark.parametrize(
    ("status", "asks", "gives"),
    [(401, "WWW_Authenticate", "Authorization"), (407, "Proxy_Authenticate", "Proxy-Authorization")],
)
def test_a_challenge_as_the_first_answer_is_answered_and_blocks_nothing(pair, status, asks, gives):
    """Measured: a 407 blocked `call()` for ever with the receive lock held."""
    first = pair.dial()
    pair.peer.answer(first, status, **{asks: PROOF.format(nonce="n1")})
    assert branch_of(pair.peer.expect("ACK")) == branch_of(first)
    second = pair.peer.expect("INVITE")
    assert branch_of(second) != branch_of(first)
    assert parser.cseq_of(second).number == parser.cseq_of(first).number + 1
    given = digest.parse_credentials(second.header(gives))
    wanted = digest.respond(
        digest.parse_challenge(PROOF.format(nonce="n1")),
        user="201",
        password="secret",
        method="INVITE",
        uri=second.uri,
        cnonce=given.cnonce,
        count=1,
    )
    assert given == digest.parse_credentials(wanted)
    pair.peer.answer(second, 200, body=sdp(), Contact=pair.peer.contact)
    pair.peer.expect("ACK")
    pair.ears.wait("up")


def test_a_stale_nonce_is_answered_again_and_a_wrong_password_is_not(pair):
    pair.peer.answer(pair.dial(), 407, Proxy_Authenticate=PROOF.format(nonce="n1"))
    second = pair.peer.expect("INVITE")
    pair.peer.answer(second, 407, Proxy_Authenticate=PROOF.format(nonce="n2") + ", stale=true")
    third = pair.peer.expect("INVITE")
    assert 'nonce="n2"' in third.header("Proxy-Authorization")
    pair.peer.answer(third, 407, Proxy_Authenticate=PROOF.format(nonce="n3"))
    pair.peer.expect("ACK")
    ended(pair, "remote", 407)


def test_a_foreign_realm_gets_no_proof(pair):
    other = 'Digest realm="elsewhere.test", nonce="n", algorithm=MD5'
    pair.peer.answer(pair.dial(), 401, WWW_Authenticate=other)
    ended(pair, "remote", 401)


@pytest.mark.parametrize("status", [302, 404, 408, 480, 486, 488, 500, 503, 600, 603, 699])
def test_a_refusal_as_the_first_answer_ends_the_call_and_gets_its_ack(pair, status):
    """Measured: 486 and 480 blocked for ever without an ACK, 404 and 503 were a KeyError."""
    invite = pair.dial()
    pair.peer.answer(invite, status)
    ack = pair.peer.expect("ACK")
    assert branch_of(ack) == branch_of(invite)
    assert tag_of(ack, "To") == "there"
    assert ack.uri == invite.uri
    ended(pair, "remote", status)
    pair.peer.answer(invite, status)  # as if the ACK was lost
    assert bytes(pair.peer.expect("ACK")) == bytes(ack)


@pytest.mark.parametrize(("status", "has_sound"), [(180, False), (183, True)])
def test_ringing_or_progress_as_the_first_answer_is_told(pair, status, has_sound):
    invite = pair.dial()
    pair.peer.answer(invite, status, body=sdp() if has_sound else b"", Contact=pair.peer.contact)
    pair.ears.wait("rings", has_sound)
    pair.peer.answer(invite, 200, body=b"" if has_sound else sdp(), Contact=pair.peer.contact)
    pair.peer.expect("ACK")
    pair.ears.wait("up")


def test_a_200_as_the_first_answer_brings_the_call_up(pair):
    invite = pair.calls_up()
    pair.peer.answer(invite, 200, body=sdp(), Contact=pair.peer.contact)
    pair.peer.expect("ACK")  # the first one was lost, it is sent again
    assert pair.ears.told.count(("up",)) == 1


def test_a_second_phone_that_picks_up_is_let_go(pair):
    invite = pair.calls_up()
    pair.peer.answer(invite, 200, tag="another", body=sdp(), Contact=pair.peer.contact)
    assert tag_of(pair.peer.expect("ACK"), "To") == "another"
    bye = pair.peer.expect("BYE")
    assert tag_of(bye, "To") == "another"
    assert pair.ears.told[-1] == ("up",)


def test_a_200_without_a_shared_codec_is_acknowledged_and_ended(pair):
    pair.peer.answer(pair.dial(), 200, body=sdp(formats="18"), Contact=pair.peer.contact)
    pair.peer.expect("ACK")
    pair.peer.expect("BYE")
    ended(pair, "network", 488)


def test_a_call_that_is_given_up_is_cancelled_after_the_first_provisional_answer(pair):
    """PyVoIP has no CANCEL: `hangup()` raised InvalidStateError."""
    invite = pair.dial()
    pair.phone.client.post(pair.ears.calls[-1].hangup)
    pair.ears.wait("gone", "agent", 0)
    pair.peer.hears_nothing("CANCEL", 0.2)
    pair.peer.answer(invite, 180)
    cancel = pair.peer.expect("CANCEL")
    assert branch_of(cancel) == branch_of(invite)
    assert parser.cseq_of(cancel).number == parser.cseq_of(invite).number
    pair.peer.answer(cancel, 200)
    pair.peer.answer(invite, 487)
    pair.peer.expect("ACK")
    assert [told for told in pair.ears.told if told[0] == "gone"] == [("gone", "agent", 0)]


def test_a_200_that_crosses_the_cancel_is_acknowledged_and_ended(pair):
    invite = pair.dial()
    pair.peer.answer(invite, 180)
    pair.ears.wait("rings", False)
    pair.phone.client.post(pair.ears.calls[-1].hangup)
    pair.peer.expect("CANCEL")
    pair.peer.answer(invite, 200, body=sdp(), Contact=pair.peer.contact)
    pair.peer.expect("ACK")
    pair.peer.expect("BYE")
    assert ("up",) not in pair.ears.told


def test_a_lost_invite_is_sent_again_and_silence_ends_the_call(pair, monkeypatch):
    monkeypatch.setattr(pyvoip_transactions, "T1", 0.05)
    monkeypatch.setattr("agent_desktop.phone.pyvoip_transactions.LIFE_S", 0.4)
    monkeypatch.setattr(pair.phone.client.ask.__func__, "__defaults__", (0.4, None))
    first = pair.dial()
    assert bytes(pair.peer.expect("INVITE")) == bytes(first)
    ended(pair, "network", 408)


def test_ack_and_bye_take_the_way_that_contact_and_record_route_say(pair):
    """PyVoIP sends everything to the server and ignores both (trap T1)."""
    way = f"<sip:127.0.0.1:{pair.peer.place[1]};lr>"
    invite = pair.dial()
    pair.peer.answer(
        invite,
        200,
        body=sdp(),
        Contact="<sip:desk7@203.0.113.9:5099>",
        Record_Route=f"<sip:far.test;lr>, {way}",
    )
    ack = pair.peer.expect("ACK")
    assert ack.uri == "sip:desk7@203.0.113.9:5099"
    assert list(ack.all("Route")) == [way, "<sip:far.test;lr>"]
    assert branch_of(ack) != branch_of(invite)
    pair.ears.wait("up")
    pair.phone.client.post(pair.ears.calls[-1].hangup)
    bye = pair.peer.expect("BYE")
    assert bye.uri == ack.uri
    assert bye.all("Route") == ack.all("Route")
    assert parser.cseq_of(bye).number == parser.cseq_of(invite).number + 1
    pair.peer.answer(bye, 200)
    ended(pair, "agent", 0)


def test_a_strict_router_is_the_address_itself(pair):
    pair.calls_up(Record_Route=f"<sip:127.0.0.1:{pair.peer.place[1]}>")
    pair.phone.client.post(pair.ears.calls[-1].hangup)
    bye = pair.peer.expect("BYE")
    assert bye.uri == f"sip:127.0.0.1:{pair.peer.place[1]}"
    assert bye.header("Route") == f"<sip:peer@127.0.0.1:{pair.peer.place[1]}>"


def test_a_bye_that_is_challenged_is_proved(pair):
    pair.calls_up()
    pair.phone.client.post(pair.ears.calls[-1].hangup)
    pair.peer.answer(pair.peer.expect("BYE"), 407, Proxy_Authenticate=PROOF.format(nonce="n9"))
    again = pair.peer.expect("BYE")
    assert 'nonce="n9"' in again.header("Proxy-Authorization")
    pair.peer.answer(again, 200)


def test_no_two_phones_share_a_call_id_a_tag_or_a_branch(pair):
    """Measured: pyVoIP's are the hashes of a counter, the same in every run and every phone."""
    second = Pair()
    second.start()
    try:
        one, two = pair.dial(), second.dial()
        pair.peer.answer(one, 486)
        pair.peer.expect("ACK")
        until(lambda: not pair.phone._open)
        three = pair.dial()
        for of in (lambda m: m.call_id, branch_of, lambda m: tag_of(m, "From")):
            assert len({of(message) for message in (one, two, three)}) == 3
    finally:
        second.stop()


def test_a_call_offers_both_laws_and_key_presses_and_carries_the_interaction(pair):
    """PyVoIP offers PCMU alone."""
    pair.phone.client.post(lambda: pair.ears.calls.append(pair.phone.call("100", (("X-Interaction", "i7"),))))
    invite = pair.peer.expect("INVITE")
    body = invite.body.decode()
    assert " RTP/AVP 0 8 101\r\n" in body
    assert invite.header("X-Interaction") == "i7"
    assert invite.uri == f"sip:100@127.0.0.1:{pair.peer.place[1]}"


def test_a_target_that_is_no_sip_address_is_refused(pair):
    with pytest.raises(Exception, match="sip: addresses"):
        pair.phone.call("sips:100@centre.test")


def test_a_call_that_rings_for_ever_is_cancelled(pair, monkeypatch):
    monkeypatch.setattr(pyvoip_transactions, "RING_S", 0.1)
    pair.peer.answer(pair.dial(), 180)
    pair.peer.expect("CANCEL")
    ended(pair, "network", 408)
