"""The text port against the outside: strangers, rubbish, floods, forged keys, and a peer behind a NAT."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Iterator

import pytest

from agent_desktop.domain.graphemes import clusters
from agent_desktop.media import rtcp, text_rate
from agent_desktop.media.rtp import RtpPacket, RtpSender
from agent_desktop.media.rtt import Block, TextPlan, pack
from agent_desktop.media.rtt_send import TextSender
from agent_desktop.media.srtp import KeyParams, Srtp
from agent_desktop.media.text_news import TextLosses
from agent_desktop.media.text_stream import StreamPlan, TextStream
from agent_desktop.media.udp import UdpPort, bind_pair
from tests.media.leg import PORTS

PLAN = TextPlan(t140_payload_type=99, red_payload_type=98)


class Peer:
    """A bare socket with a sender, and the stream under test."""

    def __init__(self, plan: StreamPlan | None = None) -> None:
        self.ports = bind_pair("127.0.0.1", PORTS)
        self.now_s = 100.0
        self.stream = TextStream(
            bind_pair("127.0.0.1", PORTS), plan or StreamPlan(PLAN, remote=self.ports[0].address), self.now_s
        )
        self.sender = TextSender(PLAN, RtpSender(ssrc=7, sequence=65_533, timestamp=0), self.now_s)
        self.opened: list[tuple[UdpPort, UdpPort]] = [self.ports]

    def stranger(self) -> UdpPort:
        self.opened.append(bind_pair("127.0.0.1", PORTS))
        return self.opened[-1][0]

    def packets(self, text: str) -> list[bytes]:
        """The packets of a text, sign by sign, with their repetitions."""
        made: list[bytes] = []
        for sign in text:
            self.sender.write(sign)
            self.now_s += 0.3
            packet = self.sender.due(self.now_s)
            assert packet is not None
            made.append(packet.encode())
        return made

    def send(self, *data: bytes, by: UdpPort | None = None) -> None:
        for each in data:
            (by or self.ports[0]).send(each, self.stream.local)

    def read(self) -> str:
        return self.stream.receive_due(self.now_s)

    def read_all(self, ticks: int = 40) -> str:
        """What comes in so many ticks of the media thread."""
        return "".join(self.stream.receive_due(self.now_s + tick * 0.02) for tick in range(ticks))

    def close(self) -> None:
        self.stream.close()
        for pair in self.opened:
            for port in pair:
                port.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.close()


def test_a_strangers_letters_are_not_the_customers(peer: Peer) -> None:
    peer.send(*peer.packets("ab"))
    assert peer.read() == "ab"
    stranger = peer.stranger()
    forged = RtpSender(ssrc=7, sequence=65_535, timestamp=0)
    for _ in range(8):
        peer.send(forged.packet(99, b"evil").encode(), by=stranger)
    assert peer.read_all() == ""
    assert peer.stream.counters.foreign == 8
    peer.send(*peer.packets("c"))
    assert peer.read() == "c"
    assert peer.stream.target == peer.ports[0].address


def test_a_peer_behind_a_nat_is_believed_with_its_fourth_packet_and_nothing_it_said_is_lost() -> None:
    peer = Peer(StreamPlan(PLAN, remote=("192.0.2.1", 9)))
    first = peer.packets("hello")
    peer.send(*first[:3])
    assert peer.read() == ""
    peer.send(*first[3:])
    assert peer.read() == "hello"
    assert peer.stream.target == peer.ports[0].address
    peer.close()


def test_rubbish_on_the_port_is_counted_and_the_text_goes_on(peer: Peer) -> None:
    chance = random.Random(4)
    good = peer.packets("abcdefghij")
    for packet in good:
        peer.send(chance.randbytes(chance.randint(0, 60)), b"\0\1\0\0" + bytes(16), packet)
    text = peer.read_all()
    assert text.replace("\ufffd", "") == "abcdefghij"
    assert peer.stream.counters.malformed > 0


def test_broken_redundancy_of_the_peer_itself_costs_its_packet_alone(peer: Peer) -> None:
    one, two, three = peer.packets("abc")
    header = one[:12]
    peer.send(one, header[:3] + b"\xff" + header[4:] + b"\xe1\x09", two, three)
    assert peer.read() == "abc"
    assert peer.stream.text_counters.malformed == 1


def test_a_flood_costs_a_tick_no_more_than_its_share(peer: Peer) -> None:
    for number in range(200):
        peer.send(RtpPacket(99, number, 0, 7, b"x").encode())
    assert len(peer.read()) <= 4
    assert peer.stream.counters.received <= 4


FLOODS = {
    "letters": b"a" * 1400,
    "lines": b"a\n" * 700,
    "erasing": b"a\b" * 700,
    "accents": "\u0301".encode() * 700,
    "rubbish": b"\x80" * 1400,
}


@pytest.mark.parametrize("flood", FLOODS)
def test_of_a_flood_each_tick_reads_little_and_the_rest_is_one_mark_and_counted(
    peer: Peer, flood: str
) -> None:
    payload, stream = FLOODS[flood], RtpSender(ssrc=9, sequence=1, timestamp=0)
    sent, given = 0, []
    for tick in range(300):
        for _ in range(4):
            sent += 1
            peer.send(stream.packet(99, payload, marker=sent == 1).encode())
        given.append(peer.stream.receive_due(peer.now_s + tick * 0.02))
    assert max(map(len, given)) <= 200
    assert peer.stream.counters.received == sent, "none was left behind"
    flooded = peer.stream.losses.flooded
    most = text_rate.BURST_SIGNS + 6 * text_rate.SIGNS_A_SECOND + 1400
    assert sent * text_rate.signs_in(payload) - most <= flooded < sent * text_rate.signs_in(payload)
    assert sum(map(len, given)) <= most
    if flood in {"letters", "lines"}:
        assert 1 <= "".join(given).count("\ufffd") <= 2, "one for each time that it was too much"


def test_after_a_flood_the_text_goes_on_behind_one_mark(peer: Peer) -> None:
    stream = RtpSender(ssrc=9, sequence=1, timestamp=0)
    for number in range(40):
        peer.send(stream.packet(99, b"a" * 1400, marker=number == 0).encode())
    flood = peer.read_all(60)
    assert set(flood) == {"a", "\ufffd"}
    assert flood.endswith("a\ufffd")
    peer.now_s += 30.0
    peer.send(stream.packet(99, "schön".encode()).encode())
    assert peer.read_all() == "schön"


@pytest.mark.parametrize("size", [40, 1400])
def test_a_paste_of_4000_signs_comes_whole(peer: Peer, size: int) -> None:
    pasted = "".join(f"Line {number} of a letter, with ümläuts.\n" for number in range(120))[:4000]
    stream = RtpSender(ssrc=9, sequence=1, timestamp=0)
    read = ""
    for at in range(0, len(pasted), size):
        part = pasted[at : at + size].encode()
        peer.send(stream.packet(99, part, marker=at == 0).encode())
        read += peer.read()
    assert read + peer.read_all() == pasted
    assert peer.stream.losses == TextLosses()


def test_no_sign_of_several_characters_is_cut_between_two_ticks(peer: Peer) -> None:
    flags = "\U0001f1e9\U0001f1ea-" * 100 + "e\u0301" * 150
    stream = RtpSender(ssrc=9, sequence=1, timestamp=0)
    peer.send(stream.packet(99, flags[:300].encode(), marker=True).encode())
    peer.send(stream.packet(99, flags[300:].encode()).encode())
    given = [peer.read() for _ in range(5)]
    assert "".join(given) == flags
    assert [sign for part in given for sign in clusters(part)] == clusters(flags)


def test_what_a_tick_did_not_give_comes_when_the_call_ends(peer: Peer) -> None:
    stream = RtpSender(ssrc=9, sequence=1, timestamp=0)
    peer.send(stream.packet(99, b"a" * 700, marker=True).encode())
    assert len(peer.read()) < 700
    assert len(peer.stream.finish()) > 400
    assert peer.stream.finish() == ""


def test_controls_and_marks_never_leave(peer: Peer) -> None:
    stream = RtpSender(ssrc=9, sequence=1, timestamp=0)
    evil = "\ufeff\x1b[31mred\x1b[0m\x00\x9b2J\u2028next\r\n\x07!".encode()
    peer.send(stream.packet(98, pack([Block(99, 0, b"")] * 2, 99, evil), marker=True).encode())
    assert peer.read() == "red\nnext\n\a!"


def test_encrypted_text_of_the_wrong_key_is_counted_and_the_right_one_is_read() -> None:
    suite, ours, theirs = "AES_CM_128_HMAC_SHA1_80", secrets.token_bytes(30), secrets.token_bytes(30)
    here = Srtp(KeyParams(suite, ours), KeyParams(suite, theirs))
    there = Srtp(KeyParams(suite, theirs), KeyParams(suite, ours))
    evil = Srtp(KeyParams(suite, secrets.token_bytes(30)), KeyParams(suite, ours))
    peer = Peer(StreamPlan(PLAN, remote=("192.0.2.1", 9), cipher=here))
    packets = peer.packets("ok")
    peer.send(packets[0], evil.seal(packets[0]), by=peer.stranger())
    assert peer.read() == ""
    assert peer.stream.counters.forged == 2
    peer.send(*map(there.seal, packets))
    assert peer.read() == "ok"
    # Ours is sealed as well: the peer's key opens it.
    peer.stream.write("yes")
    peer.stream.send_due(peer.now_s)
    (sealed,) = peer.ports[0].receive(4)
    assert b"yes" not in sealed.data
    opened = there.open(sealed.data)
    assert opened is not None
    assert opened.endswith(b"yes")
    peer.close()


def test_on_hold_what_was_typed_waits_and_what_comes_is_read(peer: Peer) -> None:
    peer.stream.follow(StreamPlan(PLAN, remote=peer.ports[0].address, sends=False))
    peer.stream.write("later")
    peer.stream.send_due(peer.now_s)
    assert peer.ports[0].receive(4) == []
    assert peer.stream.waiting == 5
    peer.send(*peer.packets("now"))
    assert peer.read() == "now"
    peer.stream.follow(StreamPlan(PLAN, remote=peer.ports[0].address))
    peer.stream.send_due(peer.now_s)
    assert peer.ports[0].receive(4)[0].data.endswith(b"later")
    assert peer.stream.waiting == 0


def test_another_address_of_this_computer_changes_nothing_of_the_text(peer: Peer) -> None:
    peer.send(*peer.packets("be"))
    assert peer.read() == "be"
    before = peer.stream.local
    peer.stream.move(bind_pair("127.0.0.1", PORTS))
    assert peer.stream.local != before
    peer.send(*peer.packets("fore"))
    assert peer.read() == "fore"


# -- reports, and the way kept open -----------------------------------------------------------------------


def reports(peer: Peer) -> list[rtcp.Compound]:
    return [rtcp.parse(each.data) for each in peer.ports[1].receive(9)]


def test_every_five_seconds_the_peer_is_told_what_was_sent_and_what_came_and_in_the_end_goodbye(
    peer: Peer,
) -> None:
    peer.send(*peer.packets("abc")[::2])
    assert peer.read() == "abc"
    peer.stream.write("yes")
    for second in range(11):
        peer.stream.send_due(peer.now_s + second)
    first, second_one = reports(peer)
    for told in (first, second_one):
        (report,) = told.reports
        assert report.sender is not None
        assert [block.ssrc for block in report.blocks] == [7]
    assert first.reports[0].blocks[0].cumulative_lost == 1
    assert second_one.reports[0].blocks[0].fraction_lost == 0
    assert second_one.reports[0].sender is not None
    assert second_one.reports[0].sender.packets == peer.stream.counters.sent == 3
    peer.stream.close()
    (over,) = reports(peer)
    assert over.byes == (second_one.reports[0].ssrc,)


def test_reports_of_the_peer_are_counted_and_never_read_as_text(peer: Peer) -> None:
    peer.send(*peer.packets("a"))
    report = rtcp.encode(rtcp.Report(7, (), rtcp.SenderInfo(1 << 32, 0, 1, 1)), "name")
    peer.ports[1].send(report, (peer.stream.local[0], peer.stream.local[1] + 1))
    peer.send(report)  # both on one port (RFC 5761): it comes from elsewhere, and says whose it is
    peer.stranger().send(rtcp.encode(rtcp.Report(8), "who"), (peer.stream.local[0], peer.stream.local[1] + 1))
    peer.ports[1].send(b"hello, 18 letters.", (peer.stream.local[0], peer.stream.local[1] + 1))
    assert peer.read_all() == "a"
    counters = peer.stream.counters
    assert (counters.received, counters.reports, counters.foreign, counters.malformed) == (1, 2, 1, 1)


def test_reports_go_where_the_peer_takes_them_and_are_sealed_with_the_text() -> None:
    suite, ours, theirs = "AES_CM_128_HMAC_SHA1_80", secrets.token_bytes(30), secrets.token_bytes(30)
    here, there = (
        Srtp(KeyParams(suite, one), KeyParams(suite, other))
        for one, other in ((ours, theirs), (theirs, ours))
    )
    peer = Peer()
    elsewhere = peer.stranger()
    peer.stream.follow(
        StreamPlan(PLAN, remote=peer.ports[0].address, cipher=here, remote_rtcp=elsewhere.address)
    )
    peer.send(*map(there.seal, peer.packets("a")))
    assert peer.read() == "a"
    for second in range(7):
        peer.stream.send_due(peer.now_s + second)
    (sealed,) = elsewhere.receive(4)
    opened = there.open_rtcp(sealed.data)
    assert opened is not None
    assert rtcp.parse(opened).reports[0].blocks[0].ssrc == 7
    elsewhere.send(
        there.seal_rtcp(rtcp.encode(rtcp.Report(7), "name")), (peer.stream.local[0], peer.stream.local[1] + 1)
    )
    elsewhere.send(rtcp.encode(rtcp.Report(7), "name"), (peer.stream.local[0], peer.stream.local[1] + 1))
    assert peer.read() == ""
    assert (peer.stream.counters.reports, peer.stream.counters.forged) == (1, 1)
    peer.close()


@pytest.mark.parametrize("is_held", [False, True])
def test_while_nobody_types_the_way_is_kept_open_on_hold_too(peer: Peer, is_held: bool) -> None:
    for tick in range(50 * 2):
        peer.stream.send_due(peer.now_s + tick * 0.02)
    peer.ports[0].receive(9)
    peer.stream.follow(StreamPlan(PLAN, remote=peer.ports[0].address, sends=not is_held))
    went_out = []
    for tick in range(100, 50 * 62):
        peer.stream.send_due(peer.now_s + tick * 0.02)
        went_out += [round(tick * 0.02) for _ in peer.ports[0].receive(9)]
    assert len(went_out) == 4
    assert {late - early for early, late in itertools.pairwise(went_out)} == {15}
