"""pyVoIP's faults when it is called, and with what it does not speak, each cured."""

from __future__ import annotations

import socket

import pytest

from agent_desktop.errors import SipError
from agent_desktop.sip import parser
from agent_desktop.sip.sdp import parse_sdp
from tests.phone.pyvoip_peer import HOST, Pair, branch_of, sdp, tag_of, until


@pytest.fixture
def pair():
    made = Pair()
    made.start()
    yield made
    made.stop()


def reinvite(pair, ok, cseq, direction, **more):
    body = sdp(direction=direction, version=cseq) if direction else b""
    pair.peer.request("INVITE", cseq=cseq, tags=("there", tag_of(ok, "To")), body=body, **more)
    return pair.peer.take()


def test_a_call_is_told_at_once_and_not_a_second_later(pair):
    """PyVoIP's callback is a hard-coded `Timer(1)`; here it stands beside the 180."""
    pair.arrives()
    pair.ears.wait("arrived", seconds=0.9)


def test_a_caller_who_gives_up_gets_200_and_487(pair):
    """Measured: pyVoIP answers 200, never 487, and the call rings on."""
    pair.arrives()
    pair.peer.request("CANCEL", branch="z9hG4bK-call-1")
    assert parser.cseq_of(pair.peer.expect(200)).method == "CANCEL"
    refused = pair.peer.expect(487)
    assert parser.cseq_of(refused).method == "INVITE"
    pair.peer.request("ACK", branch="z9hG4bK-call-1", tags=("there", tag_of(refused, "To")))
    pair.ears.wait("gone", "remote", 487)


def test_a_cancel_that_comes_too_late_changes_nothing(pair):
    pair.answers()
    pair.peer.request("CANCEL", branch="z9hG4bK-call-1")
    assert parser.cseq_of(pair.peer.expect(200)).method == "CANCEL"
    assert pair.ears.told[-1] == ("up",)


def test_an_answer_that_is_lost_is_repeated_until_its_ack(pair):
    pair.arrives()
    pair.ears.wait("arrived")
    pair.phone.client.post(pair.ears.calls[-1].answer)
    first = pair.peer.expect(200)
    assert bytes(pair.peer.expect(200)) == bytes(first)
    pair.ack(first)
    pair.peer.hears_nothing(200, 1.2)


def test_an_invite_that_is_repeated_rings_once(pair):
    pair.arrives()
    pair.peer.request("INVITE", branch="z9hG4bK-call-1", body=sdp())
    pair.peer.expect(180)
    assert pair.ears.told.count(("arrived",)) == 1
    pair.peer.request("INVITE", branch="z9hG4bK-other", body=sdp())
    pair.peer.expect(482)


def test_holds_of_the_peer_are_answered_right_with_one_session(pair):
    """Measured: pyVoIP answers `sendrecv` to a hold and starts a second pair of RTP threads."""
    ok = pair.answers()
    (call,) = pair.phone._open.values()
    session, version = call.media.session, parse_sdp(ok.body).version
    for cseq, (theirs, ours) in enumerate(
        [
            ("sendonly", "recvonly"),
            ("inactive", "inactive"),
            ("sendrecv", "sendrecv"),
            ("sendrecv", "sendrecv"),
        ],
        start=2,
    ):
        held = reinvite(pair, ok, cseq, theirs)
        assert held.status == 200
        assert f"a={ours}" in held.body.decode()
        pair.ack(held, cseq=cseq)
        said = parse_sdp(held.body)
        assert said.version == version + (cseq < 5)  # the last one says nothing new
        version = said.version
        assert call.media.session is session
    assert len(call.RTPClients) == 1
    assert pair.ears.told[-1] == ("up",)


def test_a_reinvite_without_an_offer_gets_ours_and_its_ack_is_heard(pair):
    ok = pair.answers()
    held = reinvite(pair, ok, 2, "")
    assert "m=audio" in held.body.decode()
    pair.peer.request("ACK", cseq=2, tags=("there", tag_of(ok, "To")), body=sdp(port=22402))
    call = next(iter(pair.phone._open.values()))
    pair.ears.wait("up")
    until(lambda: call.media.outPort == 22402)


def test_a_reinvite_that_cannot_be_done_leaves_the_call_as_it_is(pair):
    ok = pair.answers()
    pair.peer.request("INVITE", cseq=2, tags=("there", tag_of(ok, "To")), body=sdp(formats="18"))
    assert pair.peer.expect(488)
    pair.peer.request("INVITE", cseq=1, tags=("there", tag_of(ok, "To")), body=sdp())
    assert pair.peer.expect(500)
    assert pair.ears.told[-1] == ("up",)


def test_a_call_without_an_offer_is_answered_with_ours(pair):
    pair.arrives(body=b"")
    pair.ears.wait("arrived")
    pair.phone.client.post(pair.ears.calls[-1].answer)
    ok = pair.peer.expect(200)
    assert " RTP/AVP 0 8 101\r\n" in ok.body.decode()
    pair.peer.request("ACK", tags=("there", tag_of(ok, "To")), body=sdp(port=22404, formats="8"))
    pair.ears.wait("up")


@pytest.mark.parametrize("status", [486, 603])
def test_a_declined_call_is_repeated_until_its_ack(pair, status):
    pair.arrives()
    pair.ears.wait("arrived")
    pair.phone.client.post(lambda: pair.ears.calls[-1].deny(status))
    first = pair.peer.expect(status)
    assert bytes(pair.peer.expect(status)) == bytes(first)
    pair.peer.request("ACK", branch="z9hG4bK-call-1", tags=("there", tag_of(first, "To")))
    pair.ears.wait("gone", "agent", status)


def test_a_bye_of_the_peer_ends_the_call(pair):
    ok = pair.answers()
    pair.peer.request("BYE", cseq=2, tags=("there", tag_of(ok, "To")))
    assert pair.peer.expect(200)
    pair.ears.wait("gone", "remote", 0)


def test_a_caller_may_end_a_call_that_still_rings_with_bye(pair):
    pair.arrives()
    pair.ears.wait("arrived")
    tag = pair.ears.calls[-1].tag_here
    pair.peer.request("BYE", cseq=2, tags=("there", tag))
    assert pair.peer.expect(200)
    assert pair.peer.expect(487)
    pair.ears.wait("gone", "remote", 0)


def test_our_bye_goes_where_the_callers_contact_says(pair):
    pair.answers()
    pair.phone.client.post(pair.ears.calls[-1].hangup)
    bye = pair.peer.expect("BYE")
    assert bye.uri == f"sip:peer@{HOST}:{pair.peer.place[1]}"
    assert tag_of(bye, "To") == "there"
    pair.ears.wait("gone", "agent", 0)


def test_options_gets_200_inside_and_outside_a_call(pair):
    """PyVoIP answers it with nothing (trap T13)."""
    pair.peer.request("OPTIONS", call_id="probe")
    assert "INVITE" in pair.peer.expect(200).header("Allow")
    ok = pair.answers()
    pair.peer.request("OPTIONS", cseq=2, tags=("there", tag_of(ok, "To")))
    assert parser.cseq_of(pair.peer.expect(200)).method == "OPTIONS"


@pytest.mark.parametrize(
    ("method", "status"), [("INFO", 405), ("REFER", 405), ("NOTIFY", 405), ("UPDATE", 405), ("DANCE", 501)]
)
def test_a_method_that_it_does_not_speak_is_answered(pair, method, status):
    pair.peer.request(method, call_id="odd")
    refused = pair.peer.expect(status)
    assert ("Allow" in dict(refused.headers)) == (status == 405)


@pytest.mark.parametrize("method", ["BYE", "CANCEL", "INVITE"])
def test_a_call_that_nobody_knows_is_481(pair, method):
    pair.peer.request(method, call_id="none", tags=("there", "gone"))
    assert pair.peer.expect(481)


def test_a_call_from_elsewhere_and_an_extension_that_is_required_are_refused(pair):
    pair.arrives("first")
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with stranger:
        ours, pair.peer.socket = pair.peer.socket, stranger
        pair.peer.request("INVITE", call_id="spam", body=sdp())
        assert pair.peer.expect(403)
        pair.peer.socket = ours
    pair.peer.request("INVITE", call_id="prack", body=sdp(), Require="100rel")
    assert pair.peer.expect(420).header("Unsupported") == "100rel"
    pair.peer.request("INVITE", call_id="video", body=sdp(formats="18"))
    assert pair.peer.expect(488)
    assert pair.ears.told.count(("arrived",)) == 1


def test_more_calls_than_it_holds_are_busy(pair):
    for number in range(4):
        pair.arrives(f"call-{number}")
    pair.peer.request("INVITE", call_id="call-5", body=sdp())
    assert pair.peer.expect(486)


def test_a_message_that_cannot_be_read_is_answered_and_ends_nothing(pair):
    """PyVoIP raises on short headers, lists and empty lines in a body; the thread must live on."""
    for data in (
        b"\x00\x00\x00\x00",
        b"\r\n\r\n",
        b"rubbish",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
        b"\xff" * 900,
    ):
        pair.peer.send(data)
    probe = bytes(pair.peer.request("OPTIONS", call_id="whole"))
    assert pair.peer.expect(200)
    pair.peer.send(probe.replace(b"Max-Forwards: 70", b"Max-Forwards: many"))
    assert pair.peer.expect(400)
    pair.peer.send(probe.replace(b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia"))
    assert pair.peer.expect(505)
    short = (
        f"OPTIONS sip:201@{HOST} SIP/2.0\r\nv: SIP/2.0/UDP {HOST}:1;branch=z9hG4bKs;rport\r\n"
        "f: <sip:a@b>;tag=1\r\nt: <sip:c@d>\r\ni: short\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n"
    )
    pair.peer.send(short.encode())
    assert branch_of(pair.peer.expect(200)) == "z9hG4bKs"


def test_two_calls_have_two_sounds_and_end_apart(pair):
    pair.answers("one")
    ok = pair.answers("two")
    assert len({call.media.inPort for call in pair.phone._open.values()}) == 2
    pair.peer.request("BYE", call_id="two", cseq=2, tags=("there", tag_of(ok, "To")))
    pair.ears.wait("gone", "remote", 0)
    assert list(pair.phone._open) == ["one"]


def test_a_reinvite_before_the_answer_is_told_to_wait(pair):
    pair.arrives()
    pair.ears.wait("arrived")
    tag = pair.ears.calls[-1].tag_here
    pair.peer.request("INVITE", cseq=2, tags=("there", tag), body=sdp())
    assert pair.peer.expect(491)


def test_an_answer_that_is_never_acknowledged_ends_the_call(pair, monkeypatch):
    monkeypatch.setattr("agent_desktop.phone.pyvoip_transactions.LIFE_S", 0.1)
    pair.arrives()
    pair.ears.wait("arrived")
    pair.phone.client.post(pair.ears.calls[-1].answer)
    pair.peer.expect(200)
    pair.peer.expect("BYE")
    pair.ears.wait("gone", "network", 408)


def test_a_call_can_be_answered_once_alone(pair):
    pair.answers()
    pair.ears.wait("up")
    with pytest.raises(SipError):
        pair.ears.calls[-1].answer()


def test_no_free_port_is_busy(pair):
    pair.phone.rtpPortLow = pair.phone.rtpPortHigh = 22_441
    pair.peer.request("INVITE", body=sdp())
    assert pair.peer.expect(486)
