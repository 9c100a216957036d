"""The stack on real sockets against programs that we did not write: SIPp, baresip and Kamailio."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

import pytest

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import (
    Answered,
    Bound,
    CallArrived,
    Confirmed,
    Ended,
    EndedBy,
    MediaChanged,
    Progressed,
    Registered,
    RegistrationFailed,
    Unbound,
    Unregistered,
)
from agent_desktop.sip.media import Direction
from agent_desktop.sip.uri import Uri, parse_uri
from tests.sip.centre import HOST, MEDIA, Run

pytestmark = pytest.mark.peer


async def sipp(kit: Run, scenario: str, target: int, **variables: str) -> None:
    await kit(
        "sipp/run.sh",
        scenario,
        SIPP_TARGET=f"{HOST}:{target}",
        **{"SIPP_PORT": "21110", "SIPP_MEDIA_PORT": "21120", "SIPP_PAUSE_MS": "200"} | variables,
    )


async def callee(kit: Run, scenario: str, **variables: str) -> Uri:
    await kit(
        "sipp/start.sh",
        scenario,
        stop="sipp/stop.sh",
        **{"SIPP_PORT": "21130", "SIPP_MEDIA_PORT": "21140", "SIPP_PAUSE_MS": "200"} | variables,
    )
    return Uri("sip", "sipp", HOST, 21130)


KAMAILIO = Account("alice", f"{HOST}:21070", Address("udp", HOST, 21070), "secret")


async def kamailio(kit: Run, **variables: str) -> None:
    await kit(
        "kamailio/start.sh", stop="kamailio/stop.sh", KAM_PORT="21070", KAM_TLS_PORT="21071", **variables
    )


async def test_sipp_registers_with_digest_and_signs_off(centre, kit):
    await centre.open(21000)
    await sipp(kit, "register", 21000)
    assert (await centre.see(Bound)).user == "alice"
    assert len(centre.agent.bindings("alice", centre.now)) == 1
    await sipp(kit, "register", 21000, SIPP_EXPIRES="0")
    assert not (await centre.see(Unbound)).expired
    assert centre.agent.bindings("alice", centre.now) == ()


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipp_calls_and_hangs_up(centre, kit, transport):
    await centre.open(21000)
    await sipp(kit, "uac", 21000, SIPP_TRANSPORT=transport, SIPP_CALLS="3", SIPP_RATE="10")
    ended = [event for event in centre.events if isinstance(event, Ended)]
    assert [event.by for event in ended] == [EndedBy.REMOTE] * 3
    assert sum(isinstance(event, Confirmed) for event in centre.events) == 3


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_the_scenario_that_sipp_brings_along_calls_us(centre, tmp_path, transport):
    await centre.open(21000)
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sn", "uac", f"{HOST}:21000", "-i", HOST, "-p", "21110", "-mp", "21120", "-t", transport),
        *("-m", "5", "-r", "20", "-d", "200", "-timeout", "20", "-timeout_error", "-nostdin"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await asyncio.wait_for(process.communicate(), 40)
    assert process.returncode == 0, complaint
    assert sum(isinstance(event, Ended) and event.by is EndedBy.REMOTE for event in centre.events) == 5


async def test_sipp_answers_our_challenge(centre, kit):
    await centre.open(21000)

    def prove_yourself(event: CallArrived) -> None:
        if event.user is None:
            centre.agent.challenge(event.leg, centre.now)
        else:
            centre.answer(event)

    centre.on_call = prove_yourself
    await sipp(kit, "uac_auth", 21000, SIPP_USER="alice")
    assert (await centre.see(Ended)).by is EndedBy.REMOTE


async def test_sipp_holds_and_resumes(centre, kit):
    await centre.open(21000)
    await sipp(kit, "uac_hold", 21000)
    changes = [event.agreement for event in centre.events if isinstance(event, MediaChanged)]
    assert [agreement.is_held_by_peer for agreement in changes] == [True, False]


async def test_sipp_cancels_while_it_rings(centre, kit):
    await centre.open(21000)
    centre.on_call = lambda event: centre.agent.ring(event.leg, centre.now) and None
    await sipp(kit, "uac_cancel", 21000)
    assert (await centre.see(Ended)).by is EndedBy.CANCELLED


async def test_sipp_answers_our_reinvite(centre, kit):
    await centre.open(21000)

    def answer_and_hold(event: CallArrived) -> None:
        centre.answer(event)
        centre.agent.hold(event.leg, centre.now)  # waits for the ACK by itself

    centre.on_call = answer_and_hold
    await sipp(kit, "uac_reinvited", 21000)
    assert not (await centre.see(MediaChanged)).by_peer


async def test_we_call_sipp_and_hang_up(centre, kit):
    agent = await centre.open(21000)
    target = await callee(kit, "uas")
    leg = agent.invite(target, MEDIA, centre.now)
    assert (await centre.see(Progressed)).status == 180
    agreed = (await centre.see(Answered)).agreement.audio
    assert agreed.port == 21140
    agent.hang_up(leg, centre.now)
    assert (await centre.see(Ended)).by is EndedBy.LOCAL


async def test_sipp_holds_us_resumes_and_hangs_up(centre, kit):
    agent = await centre.open(21000)
    agent.invite(await callee(kit, "uas_hold"), MEDIA, centre.now)
    await centre.see(Answered)
    held = await centre.see(MediaChanged, lambda event: event.agreement.is_held_by_peer)
    assert held.agreement.audio.direction in {Direction.RECVONLY, Direction.INACTIVE}
    await centre.see(MediaChanged, lambda event: not event.agreement.is_held_by_peer)
    assert (await centre.see(Ended)).by is EndedBy.REMOTE


@pytest.mark.parametrize(("code", "reason"), [("486", "Busy Here"), ("603", "Decline"), ("404", "Not Found")])
async def test_sipp_refuses_us(centre, kit, code, reason):
    agent = await centre.open(21000)
    agent.invite(await callee(kit, "uas_reject", SIPP_CODE=code, SIPP_REASON=reason), MEDIA, centre.now)
    ended = await centre.see(Ended)
    assert (ended.by, ended.status, ended.reason) == (EndedBy.REFUSED, int(code), reason)


async def test_we_cancel_a_call_to_sipp(centre, kit):
    agent = await centre.open(21000)
    leg = agent.invite(await callee(kit, "uas_cancel", SIPP_CALLS="1"), MEDIA, centre.now)
    await centre.see(Progressed)
    agent.cancel(leg, centre.now)
    assert (await centre.see(Ended)).by is EndedBy.LOCAL


async def test_baresip_registers_and_talks_with_us(centre, kit):
    agent = await centre.open(21010)
    control = ("--port", "21052")
    await kit(
        "baresip/start.sh",
        stop="baresip/stop.sh",
        BS_DOMAIN=f"{HOST}:21010",
        BS_SIP_PORT="21050",
        BS_CTRL_PORT="21052",
        BS_RTP_PORT="61000",
    )
    bound = await centre.see(Bound)
    binding = agent.bindings("bob", centre.now)[0]
    assert binding.contact == bound.contact
    leg = agent.invite(binding.contact, MEDIA, centre.now, destination=binding.source)
    agreed = (await centre.see(Answered)).agreement.audio
    assert agreed.codec.name == "PCMU"
    await kit("baresip/ctl.py", *control, "hold")
    await centre.see(MediaChanged, lambda event: event.agreement.is_held_by_peer)
    await kit("baresip/ctl.py", *control, "resume")
    await centre.see(MediaChanged, lambda event: not event.agreement.is_held_by_peer)
    agent.hold(leg, centre.now)
    await centre.see(MediaChanged, lambda event: not event.by_peer)
    await kit("baresip/ctl.py", *control, "hangup")
    assert (await centre.see(Ended)).by is EndedBy.REMOTE
    await kit("baresip/ctl.py", *control, "dial", f"sip:100@{HOST}:21010")
    await centre.see(Confirmed)
    await kit("baresip/ctl.py", *control, "hangup")
    await centre.see(Ended, lambda event: event.leg != leg)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_we_register_at_kamailio_unless_the_password_is_wrong(centre, kit, algorithm):
    agent = await centre.open(21000)
    await kamailio(kit, KAM_DIGEST=algorithm)
    name = agent.register(KAMAILIO, centre.now)
    assert (await centre.see(Registered)).registration == name
    agent.unregister(name, centre.now)
    await centre.see(Unregistered)
    refused = agent.register(replace(KAMAILIO, password="wrong"), centre.now)
    failed = await centre.see(RegistrationFailed)
    assert (failed.registration, failed.status, failed.retry_at) == (refused, 401, None)


@pytest.mark.parametrize("user", ["alice", "p407x", "p401x"])
async def test_we_call_through_a_record_routing_proxy(centre, kit, user):
    """Kamailio gives 404 to a request in a call without Route (T1), and 407 or 401 to some callers (T10)."""
    agent = await centre.open(21000)
    await kamailio(kit)
    await callee(
        kit,
        "uas",
        SIPP_REGISTER="1",
        SIPP_REGISTER_PORT="21150",
        SIPP_TARGET=f"{HOST}:21070",
        SIPP_CALLS="1",
    )
    account = replace(KAMAILIO, user=user)
    leg = agent.invite(parse_uri(f"sip:sipp@{HOST}:21070"), MEDIA, centre.now, account=account)
    answered = await centre.see(Answered)
    assert answered.message.has("Record-Route")
    agent.hang_up(leg, centre.now)
    assert (await centre.see(Ended)).by is EndedBy.LOCAL
    await centre.hear(b"SIP/2.0 200 ", b" BYE\r\n")


async def test_tls_is_refused_without_the_ca_and_works_with_it(centre, kit, tmp_path):
    agent = await centre.open(21000)
    await kamailio(kit)
    account = Account("alice", f"{HOST}:21071", Address("tls", HOST, 21071), "secret")
    agent.register(account, centre.now)
    centre.transport.flush()
    assert (await centre.see(RegistrationFailed)).status == 503
    context = ssl.create_default_context(cafile=str(tmp_path / "kamailio" / "cert.pem"))
    context.check_hostname = False  # the kit's certificate names no address
    centre.transport.use_tls_client(context)
    name = agent.register(account, centre.now)
    centre.transport.flush()
    assert (await centre.see(Registered)).registration == name
