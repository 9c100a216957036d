"""What every engine of the phone does alike; and what one does not declare, it refuses in words.

One set of sentences for the native engine, pyVoIP and the simulated one, driven by what each declares.
The first two speak with Kamailio, baresip 1.0 and SIPp; sound is measured by level and frequency.
"""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.errors import IllegalStepError, RefusedError
from agent_desktop.phone import engine as border
from agent_desktop.phone.reasons import words_for
from tests.contract.engine_worlds import (
    ENGINES,
    FAR_HZ,
    REAL,
    SERVER,
    VOICE_HZ,
    Agent,
    Peers,
    RealFar,
    SimulatedFar,
    until,
)

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    made = Peers(tmp_path_factory.mktemp("peers"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(params=sorted(ENGINES))
def name(request):
    return request.param


@pytest.fixture
async def agent(name):
    made = Agent(name)
    yield made
    await made.close()


@pytest.fixture
def far(agent, request):
    if agent.name in REAL:
        return RealFar(agent, request.getfixturevalue("peers"))
    return SimulatedFar(agent)


def only(*names):
    """For those engines alone."""
    return pytest.mark.parametrize("name", names, indirect=False)


def declaring(capability):
    return only(*[name for name, engine in sorted(ENGINES.items()) if capability in engine.capabilities])


def not_declaring(capability):
    return only(*[name for name, engine in sorted(ENGINES.items()) if capability not in engine.capabilities])


async def calls_out(agent, far, number=""):
    """A call to the far end that is up; its name."""
    call = f"out-{len(agent.news)}-{id(far)}"
    agent.engine.dial(call, number or far.number, "")
    await agent.see(border.CameUp, lambda news: news.call == call)
    if isinstance(far, SimulatedFar):
        far.keep(call)
    return call


async def is_called(agent, far):
    """A call from the far end that rings; its name."""
    await far.call()
    arrived = await agent.see(border.Arrived)
    assert arrived.number == "bob"
    return arrived.call


# ---------------------------------------------------------------- registering


async def test_it_registers_and_signs_off(agent, far):
    await agent.registered(far.account())
    await agent.engine.use(None)
    assert await agent.see(border.RegistrationNews, lambda news: news.state == "none")
    with pytest.raises(RefusedError):
        agent.engine.dial("late", far.number, "")


async def test_a_wrong_password_is_said_in_words(agent, far):
    await agent.engine.use(far.wrong)
    told = await agent.see(border.RegistrationNews, lambda news: news.state == "failed", 30)
    assert told.detail.startswith(words_for(401))


async def test_a_server_that_cannot_be_reached_is_said_in_words(agent, far, name):
    await agent.engine.use(far.unreachable)
    patience_s = 45 if name == "pyvoip" else 6  # the others say within five seconds what they know
    told = await agent.see(border.RegistrationNews, lambda news: news.state == "failed", patience_s)
    assert told.detail


# ---------------------------------------------------------------- calls


async def test_a_call_out_is_heard_both_ways_and_we_hang_up(agent, far):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    await agent.hears(FAR_HZ)
    await asyncio.sleep(0.7)
    agent.engine.hang_up(call)
    gone = await agent.see(border.Gone)
    assert (gone.call, gone.by) == (call, "agent")
    assert await far.heard(call, VOICE_HZ) > -30


async def test_a_call_in_is_answered_heard_both_ways_and_they_hang_up(agent, far):
    await agent.registered(far.account())
    call = await is_called(agent, far)
    agent.engine.answer(call)
    assert (await agent.see(border.CameUp)).call == call
    if isinstance(far, SimulatedFar):
        far.keep(call)
    await agent.hears(FAR_HZ)
    await asyncio.sleep(0.7)
    await far.hang_up(call)
    gone = await agent.see(border.Gone)
    assert (gone.call, gone.by, gone.detail) == (call, "remote", "")
    assert await far.heard(call, VOICE_HZ) > -30


async def test_they_hang_up_a_call_out(agent, far):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    await far.hang_up(call)
    assert (await agent.see(border.Gone)).by == "remote"


async def test_we_hang_up_a_call_in(agent, far):
    await agent.registered(far.account())
    call = await is_called(agent, far)
    agent.engine.answer(call)
    await agent.see(border.CameUp)
    agent.engine.hang_up(call)
    assert (await agent.see(border.Gone)).by == "agent"


async def test_a_caller_who_gives_up_stops_the_ringing(agent, far):
    await agent.registered(far.account())
    call = await is_called(agent, far)
    await far.give_up(call)
    gone = await agent.see(border.Gone)
    assert (gone.call, gone.by, gone.status, gone.detail) == (call, "remote", 487, words_for(487))
    with pytest.raises((RefusedError, IllegalStepError)):
        agent.engine.answer(call)


async def test_a_call_in_can_be_declined(agent, far):
    await agent.registered(far.account())
    call = await is_called(agent, far)
    agent.engine.reject(call, 603)
    assert (await agent.see(border.Gone)).by == "agent"


async def test_a_call_out_can_be_given_up_while_it_rings(agent, far):
    await agent.registered(far.account())
    agent.engine.dial("c1", await far.rings(), "")
    assert (await agent.see(border.RingsThere)).call == "c1"
    agent.engine.hang_up("c1")
    assert (await agent.see(border.Gone)).by == "agent"


@pytest.mark.parametrize("status", [404, 486, 503])
async def test_a_refusal_is_told_with_its_reason(agent, far, status):
    await agent.registered(far.account())
    agent.engine.dial("c1", await far.refuses(status), "")
    gone = await agent.see(border.Gone)
    told = far.becomes.get(status, status)
    assert (gone.by, gone.status, gone.detail) == ("remote", told, words_for(told))


async def test_a_hold_by_the_peer_is_borne_and_the_sound_comes_back(agent, far):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    await agent.hears(FAR_HZ)
    for _ in range(2):
        await far.hold(call, on=True)
        await asyncio.sleep(0.5)
        await far.hold(call, on=False)
        await agent.hears(FAR_HZ)
    assert not [news for news in agent.news if isinstance(news, border.Gone)]
    agent.engine.hang_up(call)
    await agent.see(border.Gone)


async def test_a_call_that_is_over_is_refused_in_words(agent, far):
    await agent.registered(far.account())
    for verb in (agent.engine.answer, agent.engine.hang_up):
        with pytest.raises(RefusedError, match="no such call"):
            verb("never")


async def test_closing_ends_the_calls(agent, far):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    await agent.engine.close()
    assert (await agent.see(border.Gone)).call == call


# ---------------------------------------------------------------- what is declared, and what is not


@declaring(border.DTMF_RECEIVE)
async def test_who_declares_it_hears_keys(agent, far, name):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    await agent.hears(FAR_HZ)
    await far.press(call, "159")
    told = [await agent.see(border.DigitHeard) for _ in range(3)]
    assert "".join(news.digit for news in told) == "159"
    assert {news.call for news in told} == {call}


@declaring(border.HOLD)
async def test_who_declares_it_holds_and_resumes(agent, far, name):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    await agent.hears(FAR_HZ)
    for on in (True, False):
        agent.engine.hold(call, on=on)
        assert (await agent.see(border.HoldChanged)).on is on
    await agent.hears(FAR_HZ)


@not_declaring(border.HOLD)
async def test_who_does_not_declare_hold_refuses_it_in_words(agent, far, name):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    with pytest.raises(RefusedError, match="cannot hold") as refused:
        agent.engine.hold(call, on=True)
    assert refused.value.code == "not_supported"
    await agent.hears(FAR_HZ)  # and the call goes on


@declaring(border.DTMF)
async def test_who_declares_it_presses_keys(agent, far, name):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    assert agent.engine.press(call, "12#")


@not_declaring(border.DTMF)
async def test_who_does_not_declare_keys_refuses_them_in_words(agent, far, name):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    with pytest.raises(RefusedError, match="cannot press keys") as refused:
        agent.engine.press(call, "1")
    assert refused.value.code == "not_supported"


@declaring(border.SECOND_CALL)
async def test_who_declares_it_has_a_second_call(agent, far, name):
    await agent.registered(far.account())
    first = await calls_out(agent, far)
    agent.engine.dial("second", await far.refuses(404), "")
    assert (await agent.see(border.Gone)).call == "second"
    agent.engine.hang_up(first)  # it was not touched
    assert (await agent.see(border.Gone)).call == first


@not_declaring(border.SECOND_CALL)
async def test_who_does_not_declare_a_second_call_refuses_it_in_words(agent, far, name):
    await agent.registered(far.account())
    await calls_out(agent, far)
    with pytest.raises(RefusedError, match="one call at a time"):
        agent.engine.dial("second", far.number, "")


@declaring(border.TRANSFER)
async def test_who_declares_it_transfers_and_takes_a_failed_one_back(agent, far, name):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    agent.engine.transfer(call, "nobody", "")
    told = await agent.see(border.TransferMoved, lambda news: news.over)
    assert (told.call, told.good) == (call, False)
    assert told.words.endswith(words_for(404))
    await agent.hears(FAR_HZ)


@not_declaring(border.TRANSFER)
async def test_who_does_not_declare_transfers_refuses_them_in_words(agent, far, name):
    await agent.registered(far.account())
    call = await calls_out(agent, far)
    with pytest.raises(RefusedError, match="cannot transfer") as refused:
        agent.engine.transfer(call, "200", "")
    assert refused.value.code == "not_supported"
    await agent.hears(FAR_HZ)


@declaring(border.SRTP)
async def test_who_declares_encryption_makes_no_call_without_it(agent, far, name):
    """bob of this world cannot encrypt."""
    await agent.registered(far.account(srtp="mandatory"))
    agent.engine.dial("c1", far.number, "")
    gone = await agent.see(border.Gone)
    assert (gone.call, gone.status, gone.detail) == ("c1", 488, words_for(488))


@declaring(border.REPLACES)
async def test_who_declares_it_names_one_call_in_the_other(agent, far, name):
    """A call cannot take its own place, nor that of one which nobody has answered."""
    await agent.registered(far.account())
    first = await calls_out(agent, far)
    with pytest.raises(RefusedError, match="to itself"):
        agent.engine.transfer(first, "", first)
    agent.engine.dial("second", await far.rings(), "")
    await agent.see(border.RingsThere)
    with pytest.raises(RefusedError, match="not been answered"):
        agent.engine.transfer(first, "", "second")
    agent.engine.hang_up("second")
    await agent.see(border.Gone)


@only("pyvoip")
@pytest.mark.parametrize("transport", [border.TCP, border.TLS])
async def test_a_transport_that_is_not_declared_is_refused_in_words(agent, far, name, transport):
    assert not agent.declares(transport)
    await agent.engine.use(far.account(transport=transport))
    told = await agent.see(border.RegistrationNews, lambda news: news.state == "failed")
    assert "UDP" in told.detail


# ---------------------------------------------------------------- SIPp's own judgement of the real ones


@only(*REAL)
@pytest.mark.parametrize("challenge", ["p401", "p407"])
async def test_a_call_that_is_challenged_is_proved(agent, far, name, challenge):
    far.user = far.peers.new_user(challenge)
    await agent.registered(far.account())
    await calls_out(agent, far)
    await agent.hears(FAR_HZ)


@only(*REAL)
async def test_sipp_as_callee_holds_and_resumes(agent, far, name):
    """The answer to its hold must be recvonly or inactive; it ends the call itself."""
    await far.run("sipp/stop.sh")
    await far.run("sipp/start.sh", "uas_hold", SIPP_REGISTER="1", SIPP_CALLS="1")
    await agent.registered(far.account())
    await calls_out(agent, far, "sipp")
    assert (await agent.see(border.Gone)).by == "remote"
    await until(lambda: sum(far.peers.verdict("uas_hold")), why=lambda: "SIPp never ended")
    assert far.peers.verdict("uas_hold") == (1, 0)


@only(*REAL)
@pytest.mark.parametrize("scenario", ["uac", "uac_hold"])
async def test_sipp_as_caller_is_satisfied(agent, far, name, scenario):
    await agent.registered(far.account())
    running = asyncio.create_task(far.run("sipp/run.sh", scenario, SIPP_TO=far.user))
    arrived = await agent.see(border.Arrived)
    agent.engine.answer(arrived.call)
    assert (await agent.see(border.Gone)).by == "remote"
    assert "ok, 1 call" in await running


@only(*REAL)
async def test_sipp_as_caller_gives_up_and_gets_200_and_487(agent, far, name):
    await agent.registered(far.account())
    assert "ok, 1 call" in await far.run("sipp/run.sh", "uac_cancel", SIPP_TO=far.user)
    assert (await agent.see(border.Gone)).status == 487


@only(*REAL)
async def test_our_own_cancel_satisfies_sipp(agent, far, name):
    await far.run("sipp/stop.sh")
    await far.run("sipp/start.sh", "uas_cancel", SIPP_REGISTER="1", SIPP_CALLS="1")
    await agent.registered(far.account())
    agent.engine.dial("c1", "sipp", "")
    await agent.see(border.RingsThere)
    agent.engine.hang_up("c1")
    await agent.see(border.Gone)
    await until(lambda: sum(far.peers.verdict("uas_cancel")), why=lambda: "SIPp never ended")
    assert far.peers.verdict("uas_cancel") == (1, 0)


def test_the_server_of_this_suite_has_ports_of_its_own():
    assert SERVER.startswith("127.0.0.1:224")
