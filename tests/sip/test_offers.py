"""Our offers inside a call: UPDATE before and after the answer, glare, retries, refusals."""

from __future__ import annotations

import pytest

from agent_desktop.errors import IllegalStepError
from agent_desktop.sip.events import Answered, MediaChanged, ReinviteRefused
from agent_desktop.sip.media import audio
from agent_desktop.sip.offers import MAX_GLARES

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio {} RTP/AVP 0\r\na=sendrecv\r\n"
)
UPDATES = (("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"),)
RELIABLE = (("Require", "100rel"), ("RSeq", "7"), *UPDATES)
MINE = audio("10.0.0.1", 4000)
OTHER = audio("10.0.0.1", 4444)


# ---------------------------------------------------------------- UPDATE of ours


def test_media_changes_by_update_in_a_call_that_is_up(script):
    s = script()
    leg = s.up(UPDATES)
    s.agent.update(leg, OTHER, s.net.now)
    update = s.one("UPDATE")
    assert b"m=audio 4444" in update.body
    s.reply(update, 200, SDP.format(6001))
    (changed,) = s.events()
    assert isinstance(changed, MediaChanged)
    assert (changed.agreement.audio.port, changed.by_peer) == (6001, False)


def test_early_media_changes_before_the_answer(script):
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 183, SDP.format(6000), extra=RELIABLE)
    s.reply(s.one("PRACK"), 200)
    s.agent.update(leg, OTHER, s.net.now)
    update = s.one("UPDATE")
    assert update.header("To").endswith(";tag=bt")
    s.reply(update, 200, SDP.format(6002))
    s.reply(invite, 200)
    (answered,) = [e for e in s.events() if isinstance(e, Answered)]
    assert answered.agreement.audio.port == 6002


def test_media_that_nobody_agreed_to_cannot_be_changed(script):
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 183, SDP.format(6000))
    with pytest.raises(IllegalStepError):
        s.agent.update(leg, OTHER, s.net.now)


def test_a_peer_that_does_not_know_update_is_not_asked(script):
    s = script()
    leg = s.up((("Allow", "INVITE, ACK, BYE"),))
    with pytest.raises(IllegalStepError):
        s.agent.update(leg, OTHER, s.net.now)


def test_the_callee_changes_early_media_too(script):
    s = script()
    leg = s.called("Require: 100rel\r\n")
    s.agent.ring(leg, s.net.now, status=183, media=MINE)
    progress = s.answered()[-1]
    tag = progress.header("To").partition("tag=")[2]
    s.ask("PRACK", to_tag=tag, extra=f"RAck: {progress.header('RSeq')} 1 INVITE\r\n")
    s.sent()
    s.agent.update(leg, OTHER, s.net.now)
    update = s.one("UPDATE")
    s.reply(update, 200, SDP.format(6003))
    assert s.agent.agreement(leg).audio.port == 6003


def test_an_update_that_has_to_wait_gets_its_turn(script):
    s = script()
    leg = s.up(UPDATES)
    s.agent.update(leg, OTHER, s.net.now)
    first = s.one("UPDATE")
    s.agent.update(leg, audio("10.0.0.1", 4555), s.net.now)
    assert s.sent() == []
    s.reply(first, 200, SDP.format(6000))
    assert b"m=audio 4555" in s.one("INVITE").body


def test_an_update_that_came_too_early_is_tried_again_when_the_peer_says(script):
    s = script()
    leg = s.up(UPDATES)
    s.agent.update(leg, OTHER, s.net.now)
    s.reply(s.one("UPDATE"), 500, extra=(("Retry-After", "3"),))
    s.later(2.9)
    assert s.sent() == []
    s.later(0.2)
    assert b"m=audio 4444" in s.one("INVITE").body
    assert s.agent.is_up(leg)


# ---------------------------------------------------------------- UPDATE of theirs


def test_the_peer_changes_early_media_once_it_is_settled(script):
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 183, SDP.format(6000), extra=RELIABLE)
    tag = invite.header("From").partition("tag=")[2]
    s.sent()
    s.events()
    call = invite.call_id
    s.ask(
        "UPDATE",
        SDP.format(6009),
        to_tag=tag,
        from_tag="bt",
        call_id=call,
        extra="Contact: <sip:n@10.0.0.7>\r\n",
    )
    assert s.statuses() == [200]
    assert [type(e) for e in s.events()] == [MediaChanged]
    s.reply(invite, 200, contact="")
    (answered,) = s.events()
    assert answered.agreement.audio.port == 6009
    s.sent()
    s.agent.hang_up(leg, s.net.now)
    assert s.one("BYE").uri == "sip:n@10.0.0.7"


def test_an_offer_while_our_first_one_is_open_gets_491(script):
    s = script()
    _leg, invite = s.dial()
    s.reply(invite, 183, SDP.format(6000))
    tag = invite.header("From").partition("tag=")[2]
    s.sent()
    s.ask("UPDATE", SDP.format(6009), to_tag=tag, from_tag="bt", call_id=invite.call_id)
    assert s.statuses() == [491]


def test_an_offer_while_theirs_is_open_gets_500_and_a_time(script):
    s = script()
    leg = s.called()
    s.agent.ring(leg, s.net.now)
    tag = s.answered()[-1].header("To").partition("tag=")[2]
    s.ask("UPDATE", SDP.format(6009), to_tag=tag)
    (refused,) = s.answered()
    assert refused.status == 500
    assert 0 <= int(refused.header("Retry-After")) <= 10


def test_a_fork_that_hangs_up_early_does_not_end_the_call(script):
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 180, tag="one")
    s.reply(invite, 180, tag="two")
    tag = invite.header("From").partition("tag=")[2]
    s.sent()
    s.ask("BYE", to_tag=tag, from_tag="one", call_id=invite.call_id)
    assert s.statuses() == [200]
    s.reply(invite, 200, SDP.format(6000), tag="two")
    assert s.agent.is_up(leg)


# ---------------------------------------------------------------- glare


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 2.1), (0.5, 3.05), (0.999, 3.998)])
def test_who_made_the_call_waits_from_2_1_to_4_seconds(script, monkeypatch, chance, wait):
    s = script()
    leg = s.up()
    monkeypatch.setattr(type(s.agent._core.randomness), "fraction", lambda _self: chance)
    s.agent.reinvite(leg, OTHER, s.net.now)
    s.reply(s.one("INVITE"), 491)
    s.sent()
    s.later(wait - 0.01)
    assert s.sent("INVITE") == []
    s.later(0.02)
    assert b"m=audio 4444" in s.one("INVITE").body


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 0.0), (0.5, 1.0), (0.999, 1.998)])
def test_who_was_called_waits_two_seconds_at_most(script, monkeypatch, chance, wait):
    s = script()
    leg, _tag = s.taken()
    monkeypatch.setattr(type(s.agent._core.randomness), "fraction", lambda _self: chance)
    s.agent.reinvite(leg, OTHER, s.net.now)
    s.reply(s.one("INVITE"), 491)
    s.sent()
    s.later(max(0.0, wait - 0.01))
    assert len(s.sent("INVITE")) == (0 if wait else 1)
    s.later(0.02)
    assert len(s.sent("INVITE")) == (1 if wait else 0)


def test_a_peer_that_always_says_491_is_given_up_and_the_call_stays(script):
    s = script()
    leg = s.up()
    s.agent.hold(leg, s.net.now)
    tries = 0
    while invites := s.sent("INVITE"):
        tries += 1
        s.reply(invites[0], 491)
        s.later(5)
    assert tries == MAX_GLARES + 1
    assert [(type(e), e.status) for e in s.events()] == [(ReinviteRefused, 491)]
    assert s.agent.is_up(leg)


def test_the_newest_wish_survives_the_glare(script):
    s = script()
    leg = s.up()
    s.agent.hold(leg, s.net.now)
    first = s.one("INVITE")
    s.agent.resume(leg, s.net.now)
    s.reply(first, 491)
    s.later(5)
    again = s.sent("INVITE")[-1]
    assert b"a=sendrecv" in again.body


# ---------------------------------------------------------------- target refresh


def test_the_peer_moves_again_and_again(script):
    s = script()
    leg, tag = s.taken()
    for number in range(5):
        moved = f"Contact: <sip:alice@10.0.0.{20 + number}>\r\n"
        s.ask("UPDATE", to_tag=tag, extra=moved)
        assert s.statuses() == [200]
    s.agent.hang_up(leg, s.net.now)
    assert s.one("BYE").uri == "sip:alice@10.0.0.24"


def test_the_answer_to_our_reinvite_moves_the_peer_too(script):
    s = script()
    leg = s.up()
    s.agent.hold(leg, s.net.now)
    s.reply(s.one("INVITE"), 200, SDP.format(6000), contact="sip:bob@10.0.0.33")
    assert s.one("ACK").uri == "sip:bob@10.0.0.33"
