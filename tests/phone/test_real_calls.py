"""The phone process with Kamailio as its registrar and baresip at the other end; judged by what is heard."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.media import tones
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount
from tests.peers.recordings import last_heard

pytestmark = pytest.mark.peer

VOICE_HZ, BOB_HZ = 600, 440
REGISTRAR = "127.0.0.1:21080"
CONTROL = ("--port", "21086")


async def centre(kit, **more):
    await kit("kamailio/start.sh", stop="kamailio/stop.sh", KAM_PORT="21080", KAM_TLS_PORT="21081")
    await kit(
        "baresip/start.sh",
        stop="baresip/stop.sh",
        BS_DOMAIN=REGISTRAR,
        BS_SIP_PORT="21084",
        BS_CTRL_PORT="21086",
        BS_RTP_PORT="61100",
        **more,
    )


def bob_heard(tmp_path, last_s=1.0):
    """What baresip recorded of its ear, the newest call."""
    return last_heard(tmp_path)[-int(last_s * SAMPLE_RATE_HZ) :]


async def test_a_call_out_is_heard_at_both_ends_muted_held_and_ended(phone, kit, tmp_path):
    await centre(kit)
    front = await phone.front_end()
    await front.register(REGISTRAR, "alice")
    assert (await front.ask(wire.Dial(target="bob"))).ok
    up = await front.call("up")
    assert (up.direction, up.remote) == ("out", "bob")
    await asyncio.sleep(2.5)
    assert tones.tone_dbfs(phone.heard(), BOB_HZ) > -25
    levels = await front.see(wire.LevelsMeasured, lambda e: e.sent_db > -20 and e.received_db > -30)
    assert levels.call == up.id

    assert (await front.ask(wire.SetMute(call=up.id, on=True))).ok
    assert (await front.ask(wire.SendDtmf(call=up.id, digits="12#"))).ok
    assert not (await front.ask(wire.SendDtmf(call=up.id, digits="12x"))).ok
    front.events.clear()
    assert (await front.ask(wire.SetMute(call=up.id, on=False))).ok

    assert (await front.ask(wire.SetHold(call=up.id, on=True))).ok
    held = await front.call("held")
    assert held.held_at > 0
    await asyncio.sleep(1.5)
    assert tones.tone_dbfs(phone.heard(0.5), BOB_HZ) < -60
    front.events.clear()
    assert (await front.ask(wire.SetHold(call=up.id, on=False))).ok
    await front.call("up")
    await asyncio.sleep(1.5)
    assert tones.tone_dbfs(phone.heard(0.5), BOB_HZ) > -25

    await kit("baresip/ctl.py", *CONTROL, "hangup")
    ended = await front.call("ended")
    assert (ended.ended_by, ended.status) == ("remote", 0)
    assert tones.tone_dbfs(bob_heard(tmp_path, 20), VOICE_HZ) > -30


async def test_a_call_in_rings_and_is_answered(phone, kit):
    await centre(kit)
    front = await phone.front_end()
    await front.register(REGISTRAR, "alice")
    await kit("baresip/ctl.py", *CONTROL, "dial", f"sip:alice@{REGISTRAR}")
    ringing = await front.call("ringing")
    assert (ringing.direction, ringing.remote) == ("in", "bob")
    assert (await front.ask(wire.Answer(call=ringing.id))).ok
    await front.call("up")
    await asyncio.sleep(2.0)
    assert tones.tone_dbfs(phone.heard(), BOB_HZ) > -25
    assert (await front.ask(wire.HangUp(call=ringing.id))).ok
    assert (await front.call("ended")).ended_by == "agent"


async def test_a_call_to_nobody_says_why(phone, kit):
    await centre(kit)
    front = await phone.front_end()
    await front.register(REGISTRAR, "alice")
    assert (await front.ask(wire.Dial(target="nobody"))).ok
    ended = await front.call("ended")
    assert (ended.status, ended.detail) == (404, "The number is not in use.")


async def test_a_wrong_password_is_said_in_words(phone, kit):
    await centre(kit)
    front = await phone.front_end()
    account = PhoneAccount(extension="alice", server=REGISTRAR, password="wrong")
    await front.ask(wire.SetAccount(account=account))
    failed = await front.see(wire.RegistrationChanged, lambda e: e.registration.state == "failed")
    assert failed.registration.detail == "The user name or password of the phone is wrong."
