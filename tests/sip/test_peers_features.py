"""What goes beyond a plain call, against SIPp, baresip 1.0, baresip-python and Kamailio.

PRACK, UPDATE, session timers, transfers blind and attended from both ends, redirection, mailboxes, keys in
INFO.  The scenarios in `scenarios/` check our messages themselves and fail when one is wrong.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address
from agent_desktop.sip.bodies import SUMMARY, MessageSummary
from agent_desktop.sip.events import (
    Answered,
    Bound,
    DigitRelayed,
    Ended,
    EndedBy,
    MediaChanged,
    Progressed,
    Redirected,
    ReferEnded,
    ReferProgressed,
    Subscribed,
    TransferAsked,
)
from agent_desktop.sip.media import audio
from agent_desktop.sip.uri import Uri, parse_uri
from tests.sip.centre import HOST, MEDIA, Centre, Run

pytestmark = pytest.mark.peer

SCENARIOS = Path(__file__).parent / "scenarios"
PORT = 21200
CALLEE, GOAL = 21230, 21240
OTHER = audio(HOST, 21390)
Sipp = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def sipp(tmp_path: Path) -> AsyncIterator[Sipp]:
    """Run a scenario of ours; `verdict` waits for its own judgement."""
    running: list[asyncio.subprocess.Process] = []

    async def run(name: str, port: int, *more: str, target: int = 0) -> asyncio.subprocess.Process:
        where = (f"{HOST}:{target}",) if target else ()
        process = await asyncio.create_subprocess_exec(
            *("sipp", *where, "-sf", str(SCENARIOS / f"{name}.xml"), "-i", HOST, "-p", str(port)),
            *("-mi", HOST, "-mp", str(port + 100), "-m", "1", "-nostdin", "-s", "100"),
            *(
                "-timeout",
                "25",
                "-timeout_error",
                "-trace_err",
                "-error_file",
                str(tmp_path / f"{name}.err"),
                *more,
            ),
            cwd=tmp_path,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        running.append(process)
        if not target:
            await asyncio.sleep(0.5)  # SIPp tells nobody when it listens
        return process

    yield run
    for process in running:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def verdict(process: asyncio.subprocess.Process, tmp_path: Path) -> None:
    """SIPp was content with everything that we sent."""
    code = await asyncio.wait_for(process.wait(), 40)
    assert code == 0, complaints(tmp_path)


def complaints(folder: Path) -> str:
    """What SIPp found wrong."""
    return "\n".join(file.read_text("utf-8", "replace") for file in folder.glob("*.err"))[-3000:]


async def answers_to(centre: Centre, method: str, count: int) -> None:
    """Wait until that many requests of ours got their 200."""
    wanted, until = f" {method}".encode(), centre.now + 10
    while True:
        fine = [data for data in centre.heard if data.startswith(b"SIP/2.0 200")]
        named = [line for data in fine for line in data.split(b"\r\n") if line.startswith(b"CSeq:")]
        if sum(line.endswith(wanted) for line in named) >= count:
            return
        assert centre.now < until, centre.heard
        await asyncio.sleep(0.05)


TARGET = Uri("sip", "sipp", HOST, CALLEE)


# ---------------------------------------------------------------- 100rel and UPDATE


async def test_early_media_is_reliable_and_changes_before_the_answer(centre, sipp, tmp_path):
    agent = await centre.open(PORT)
    callee = await sipp("uas_prack", CALLEE)
    leg = agent.invite(TARGET, MEDIA, centre.now)
    await centre.see(Progressed, lambda event: event.status == 180)
    agent.update(leg, OTHER, centre.now)
    await centre.see(MediaChanged)
    await centre.see(Answered)
    agent.hang_up(leg, centre.now)
    centre.transport.flush()
    await verdict(callee, tmp_path)


async def test_a_caller_that_demands_reliable_ringing_gets_it(centre, sipp, tmp_path):
    await centre.open(PORT)
    await verdict(await sipp("uac_prack", CALLEE, target=PORT), tmp_path)
    assert (await centre.see(Ended)).by is EndedBy.REMOTE


# ---------------------------------------------------------------- session timers


async def test_sipp_refreshes_its_session_after_it_was_too_short(centre, sipp, tmp_path):
    await centre.open(PORT)
    await verdict(await sipp("uac_refresh", CALLEE, target=PORT), tmp_path)
    ended = await centre.see(Ended)
    assert (ended.by, ended.cause) == (EndedBy.REMOTE, "Normal, unspecified")


async def test_we_refresh_by_reinvite_when_the_peer_knows_no_update(centre, sipp, tmp_path):
    agent = await centre.open(PORT, min_session_s=2)
    callee = await sipp("uas_reinvited", CALLEE)
    leg = agent.invite(TARGET, MEDIA, centre.now)
    await centre.see(Answered)
    await answers_to(centre, "INVITE", 2)
    agent.hang_up(leg, centre.now)
    centre.transport.flush()
    await verdict(callee, tmp_path)


async def test_a_peer_that_vanishes_is_left(centre, sipp, tmp_path):
    agent = await centre.open(PORT, min_session_s=2)
    callee = await sipp("uas_vanishes", CALLEE)
    agent.invite(TARGET, MEDIA, centre.now)
    ended = await centre.see(Ended)
    assert (ended.by, ended.cause) == (EndedBy.TIMED_OUT, "Recovery on timer expiry")
    await verdict(callee, tmp_path)


async def test_prack_and_refresh_find_their_way_through_a_proxy(centre, kit, sipp, tmp_path):
    agent = await centre.open(PORT, min_session_s=2)
    ports = {"KAM_PORT": "21270", "KAM_TLS_PORT": "21271"}
    await kit("kamailio/start.sh", stop="kamailio/stop.sh", **ports)
    await kit(
        "sipp/run.sh",
        "register",
        SIPP_TARGET=f"{HOST}:21270",
        SIPP_USER="sipp",
        SIPP_PORT="21250",
        SIPP_CONTACT_PORT=str(CALLEE),
        SIPP_CALLS="1",
    )
    callee = await sipp("uas_prack_refreshed", CALLEE)
    account = Account("p407x", f"{HOST}:21270", Address("udp", HOST, 21270), "secret")
    leg = agent.invite(parse_uri(f"sip:sipp@{HOST}:21270"), MEDIA, centre.now, account=account)
    assert (await centre.see(Answered)).message.has("Record-Route")
    await answers_to(centre, "UPDATE", 2)
    agent.hang_up(leg, centre.now)
    centre.transport.flush()
    await verdict(callee, tmp_path)


# ---------------------------------------------------------------- redirection and single requests


async def test_a_redirection_is_followed_to_another_phone(centre, kit, sipp, tmp_path):
    agent = await centre.open(PORT, max_redirects=3)
    await kit(
        "sipp/start.sh",
        "uas",
        stop="sipp/stop.sh",
        SIPP_PORT=str(GOAL),
        SIPP_MEDIA_PORT="21344",
        SIPP_PAUSE_MS="100",
    )
    first = await sipp("uas_redirect", CALLEE, "-key", "goal", f"{HOST}:{GOAL}")
    leg = agent.invite(TARGET, MEDIA, centre.now)
    assert str((await centre.see(Redirected)).target) == f"sip:sipp@{HOST}:{GOAL}"
    assert (await centre.see(Answered)).agreement.audio.port == 21344
    await verdict(first, tmp_path)
    agent.hang_up(leg, centre.now)
    assert (await centre.see(Ended)).by is EndedBy.LOCAL


async def test_sipp_sends_a_key_and_asks_what_we_can_do(centre, sipp, tmp_path):
    await centre.open(PORT)
    await verdict(await sipp("uac_info", CALLEE, target=PORT), tmp_path)
    key = await centre.see(DigitRelayed)
    assert (key.digit, key.duration_ms) == ("5", 160)


async def test_sipp_watches_a_mailbox(centre, sipp, tmp_path):
    agent = await centre.open(PORT, packages=frozenset({"message-summary"}))
    watcher = await sipp("uac_subscribe", CALLEE, target=PORT)
    came = await centre.see(Subscribed)
    assert came.user == "alice"
    summary = bytes(MessageSummary(is_waiting=True, new=2, old=1))
    agent.notify(came.subscription, summary, SUMMARY, centre.now)
    centre.transport.flush()
    await verdict(watcher, tmp_path)


# ---------------------------------------------------------------- transfers


async def baresip(kit: Run, name: str, sip: int, control: int, rtp: int) -> None:
    await kit(
        "baresip/start.sh",
        stop="baresip/stop.sh",
        BS_NAME=name,
        BS_USER="bob",
        BS_DOMAIN=f"{HOST}:{PORT}",
        BS_SIP_PORT=str(sip),
        BS_CTRL_PORT=str(control),
        BS_RTP_PORT=str(rtp),
    )


async def call(centre: Centre, user: str) -> tuple[str, Uri]:
    """Call a registered phone; the leg and its address."""
    await centre.see(Bound, lambda event: event.user == user)
    binding = centre.agent.bindings(user, centre.now)[0]
    leg = centre.agent.invite(binding.contact, MEDIA, centre.now, destination=binding.source)
    await centre.see(Answered, lambda event: event.leg == leg)
    return leg, binding.contact


async def test_baresip_follows_a_blind_transfer_and_tells_how_it_went(centre, kit):
    agent = await centre.open(PORT)
    await kit("sipp/start.sh", "uas", stop="sipp/stop.sh", SIPP_PORT=str(GOAL), SIPP_MEDIA_PORT="21344")
    await baresip(kit, "bob", 21210, 21212, 61100)
    leg, _ = await call(centre, "bob")
    request = agent.refer(leg, Uri("sip", "sipp", HOST, GOAL), centre.now)
    done = await centre.see(ReferEnded)
    assert (done.request, done.status) == (request, 200)
    assert any(isinstance(event, ReferProgressed) for event in centre.events)


async def test_baresip_asks_us_to_call_somebody_else(centre, kit):
    agent = await centre.open(PORT, takes_transfers=True)
    await kit("sipp/start.sh", "uas", stop="sipp/stop.sh", SIPP_PORT=str(GOAL), SIPP_MEDIA_PORT="21344")
    await baresip(kit, "bob", 21210, 21212, 61100)
    leg, _ = await call(centre, "bob")
    await kit("baresip/ctl.py", "--port", "21212", "transfer", f"sip:sipp@{HOST}:{GOAL}")
    wish = await centre.see(TransferAsked)
    assert (wish.leg, wish.target.port) == (leg, GOAL)
    agent.accept_transfer(wish.request, centre.now)
    new = agent.invite(wish.target, OTHER, centre.now)
    await centre.see(Answered, lambda event: event.leg == new)
    agent.refer_progress(wish.request, 200, centre.now)
    assert (await centre.see(Ended, lambda event: event.leg == leg)).by is EndedBy.REMOTE
    assert agent.is_up(new)


Tell = Callable[..., Awaitable[dict]]


async def replaces_peer(kit: Run, name: str, sip: int, control: int, rtp: int, *, tone: str = "600") -> Tell:
    await kit(
        "replaces/start.sh",
        stop="replaces/stop.sh",
        REPL_PYTHON=sys.executable,
        REPL_NAME=name,
        REPL_DOMAIN=f"{HOST}:{PORT}",
        REPL_SIP_PORT=str(sip),
        REPL_CTRL_PORT=str(control),
        REPL_RTP_PORT=str(rtp),
        REPL_TONE_HZ=tone,
    )

    async def tell(command: str, *pairs: str) -> dict:
        return json.loads(await kit("replaces/ctl.py", "--port", str(control), command, *pairs))

    return tell


async def hears(phone: Tell, number: str, hertz: int, now: Callable[[], float]) -> None:
    """Wait until a phone hears a tone in one of its calls."""
    until, heard = now() + 8, {}
    while now() < until:
        heard = await phone("heard", f"call={number}")
        if heard["rms"] > 1000 and abs(heard["hz"] - hertz) < 30:
            return
        await asyncio.sleep(0.3)
    raise AssertionError(f"{hertz} Hz was not heard but {heard}")


async def test_our_attended_transfer_joins_two_phones(centre, kit):
    """The tones tell: after it dave (600 Hz) hears erin (900 Hz) and erin hears dave."""
    agent = await centre.open(PORT)
    dave = await replaces_peer(kit, "dave", 21280, 21282, 35300, tone="600")
    erin = await replaces_peer(kit, "erin", 21290, 21292, 35400, tone="900")
    to_dave, _ = await call(centre, "dave")
    to_erin, _ = await call(centre, "erin")
    await asyncio.sleep(0.3)  # both re-INVITE right after they answer
    request = agent.refer(to_dave, None, centre.now, replaces=to_erin)
    done = await centre.see(ReferEnded)
    assert (done.request, done.status) == (request, 200)
    assert (await centre.see(Ended, lambda event: event.leg == to_erin)).by is EndedBy.REMOTE
    agent.hang_up(to_dave, centre.now)
    centre.transport.flush()
    await hears(dave, "2", 900, lambda: centre.now)
    await hears(erin, "2", 600, lambda: centre.now)


async def test_a_phone_joins_us_with_another_by_attended_transfer(centre, kit):
    agent = await centre.open(PORT, takes_transfers=True)
    dave = await replaces_peer(kit, "dave", 21280, 21282, 35300)
    await replaces_peer(kit, "erin", 21290, 21292, 35400)
    to_dave, _ = await call(centre, "dave")
    await centre.see(Bound, lambda event: event.user == "erin")
    erin = centre.agent.bindings("erin", centre.now)[0].contact
    await dave("dial", f"uri=sip:erin@{HOST}:{erin.port}")
    transferring = asyncio.ensure_future(dave("attended", "call=1", "to=2"))
    wish = await centre.see(TransferAsked)
    assert wish.leg == to_dave
    assert wish.replaces is not None
    agent.accept_transfer(wish.request, centre.now)
    new = agent.invite(wish.target, OTHER, centre.now, replaces=wish.replaces)
    await centre.see(Answered, lambda event: event.leg == new)
    agent.refer_progress(wish.request, 200, centre.now)
    centre.transport.flush()
    assert (await transferring)["ok"]
    assert agent.is_up(new)


async def test_baresip_python_takes_the_place_of_its_own_call(centre, kit):
    """An exchange picks a call up for another phone: INVITE with Replaces towards a peer that knows it."""
    agent = await centre.open(PORT)
    await replaces_peer(kit, "dave", 21280, 21282, 35300)
    leg, contact = await call(centre, "dave")
    await asyncio.sleep(0.3)
    named = agent.replaces(leg)
    binding = centre.agent.bindings("dave", centre.now)[0]
    new = agent.invite(contact, OTHER, centre.now, destination=binding.source, replaces=named)
    await centre.see(Answered, lambda event: event.leg == new)
    assert (await centre.see(Ended, lambda event: event.leg == leg)).by is EndedBy.REMOTE
    assert agent.is_up(new)
