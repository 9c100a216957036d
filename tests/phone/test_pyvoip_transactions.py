"""Requests repeated, answers remembered, silence told: with a clock that is turned by hand."""

from __future__ import annotations

import math

import pytest

from agent_desktop.phone.pyvoip_message import Heard, response_to
from agent_desktop.phone.pyvoip_parts import SIPParseError, SIPStatus
from agent_desktop.phone.pyvoip_transactions import LIFE_S, MOST_REMEMBERED, RING_S, Transactions
from agent_desktop.sip.message import Request, Response

SERVER = ("127.0.0.1", 5060)


def request(method="INVITE", branch="z9hG4bKa", number=1):
    headers = (
        ("Via", f"SIP/2.0/UDP 127.0.0.1:1;branch={branch}"),
        ("From", "<sip:a@b>;tag=1"),
        ("To", "<sip:c@d>"),
        ("Call-ID", "x"),
        ("CSeq", f"{number} {method}"),
    )
    return Request(headers, method=method, uri="sip:c@d")


def heard(message, status=0):
    if status:
        message = Response(message.headers, status=status)
    return Heard(bytes(message), SERVER)


class Desk:
    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[bytes] = []
        self.answers: list[int] = []
        self.silent = 0
        self.transactions = Transactions(lambda data, _to: self.sent.append(data), lambda: self.now)

    def ask(self, message):
        self.transactions.request(
            message, "z9hG4bKa", SERVER, lambda m: self.answers.append(m.code), self._silence
        )

    def _silence(self) -> None:
        self.silent += 1

    def run(self, seconds):
        """The times of what was sent, from now on."""
        times, end = [], self.now + seconds
        while self.transactions.next_at <= end:
            self.now = self.transactions.next_at
            before = len(self.sent)
            self.transactions.due()
            times += [round(self.now - 100, 2)] * (len(self.sent) - before)
        self.now = end
        return times


@pytest.fixture
def desk():
    return Desk()


def test_an_invite_is_repeated_at_doubling_times_and_then_given_up(desk):
    desk.ask(request())
    assert desk.run(LIFE_S + 1) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert desk.silent == 1
    assert desk.transactions.next_at == math.inf


def test_another_request_is_repeated_every_four_seconds_at_most(desk):
    desk.ask(request("BYE"))
    assert desk.run(20) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5]


def test_a_provisional_answer_ends_the_repeating_and_gives_the_ringing_its_time(desk):
    desk.ask(request())
    assert desk.transactions.response(heard(request(), 180))
    assert desk.run(RING_S - 1) == []
    assert desk.run(2) == []
    assert (desk.answers, desk.silent) == ([180], 1)


def test_a_provisional_answer_slows_a_request_that_is_no_invite(desk):
    desk.ask(request("BYE"))
    desk.transactions.response(heard(request("BYE"), 100))
    assert desk.run(10) == [0.5, 4.5, 8.5]


def test_a_refusal_is_acknowledged_each_time_it_comes_and_told_once(desk):
    desk.ask(request())
    for _ in range(3):
        assert desk.transactions.response(heard(request(), 486))
    assert desk.answers == [486]
    assert [data.split()[0] for data in desk.sent] == [b"INVITE", b"ACK", b"ACK", b"ACK"]


def test_a_success_is_left_to_the_call(desk):
    desk.ask(request())
    assert desk.transactions.response(heard(request(), 200))
    assert not desk.transactions.response(heard(request(), 200))
    assert len(desk.sent) == 1


def test_an_answer_to_nothing_is_nobodys(desk):
    assert not desk.transactions.response(heard(request("OPTIONS"), 200))


def test_a_final_answer_is_repeated_until_its_ack_or_told_as_lost(desk):
    invite = heard(request())
    desk.transactions.until_ack(invite, response_to(invite, 200), desk._silence)
    assert desk.run(4) == [0.5, 1.5, 3.5]
    assert desk.transactions.acknowledged(heard(request("ACK")))
    assert not desk.transactions.acknowledged(heard(request("ACK")))
    assert desk.run(60) == []
    assert desk.silent == 0
    desk.transactions.until_ack(invite, response_to(invite, 200), desk._silence)
    desk.run(60)
    assert desk.silent == 1


def test_what_is_remembered_is_bounded(desk):
    for number in range(2 * MOST_REMEMBERED):
        one = heard(request("OPTIONS", f"z9hG4bK{number}"))
        desk.transactions.answered(one, b"200")
    assert len(desk.transactions._answers) == MOST_REMEMBERED
    assert not desk.transactions.repeated(heard(request("OPTIONS", "z9hG4bK0")))
    assert desk.transactions.repeated(heard(request("OPTIONS", f"z9hG4bK{2 * MOST_REMEMBERED - 1}")))


@pytest.mark.parametrize(("status", "name"), [(183, 183), (199, 199), (299, 200), (444, 400), (699, 600)])
def test_a_status_without_a_name_in_pyvoip_has_that_of_its_class(status, name):
    message = heard(request(), status)
    assert (message.code, message.status) == (status, SIPStatus(name))


def test_what_is_no_message_is_said_to_be_none():
    with pytest.raises(SIPParseError):
        Heard(b"SIP/2.0 99 No\r\n\r\n", SERVER)


def test_a_response_repeats_every_via_and_every_record_route():
    asked = request()
    more = (
        ("Via", "SIP/2.0/UDP far;branch=z9hG4bKf"),
        ("Record-Route", "<sip:r1;lr>"),
        ("Record-Route", "<sip:r2;lr>"),
    )
    answer = response_to(
        heard(Request((*asked.headers, *more), method="INVITE", uri="sip:c@d")), 200, tag="t"
    ).decode()
    assert answer.index("branch=z9hG4bKa") < answer.index("branch=z9hG4bKf")
    assert answer.index("r1;lr") < answer.index("r2;lr")
    assert "To: <sip:c@d>;tag=t" in answer
