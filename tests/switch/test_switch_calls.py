"""Whole calls through a switch that runs, with telephones that we did not write."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path

import pytest

from agent_desktop.wire.switch import (
    AgentLegFailed,
    AnswerCall,
    CallArrived,
    CallChanged,
    CallEnded,
    ConnectAgent,
    DigitsCollected,
    HangUpCall,
    HoldCall,
    Play,
    PlayEnded,
    Prompt,
    ResumeCall,
    SetDirectory,
    Unbridge,
)

from . import slot
from .conftest import (
    HOST,
    SIP_PORT,
    Baresip,
    LinkRouter,
    SwitchProcess,
    longest_gap_ms,
    loudest_at,
    seconds_of,
    until,
)

pytestmark = pytest.mark.peer


def greeting(call: str, sounds: Path, **more: object) -> Play:
    prompts = (Prompt(file=str(sounds / "greeting.wav")),)
    return Play(call=call, play="greet", prompts=prompts, then_music=True, **more)  # type: ignore[arg-type]  # keywords of Play


async def dialled(router: LinkRouter, customer: Baresip) -> str:
    """The customer calls the centre; returns the call's id."""
    before = len(router.all(CallArrived))
    await customer.do("dial", f"sip:4000@{HOST}:{SIP_PORT}")
    arrived = await until(lambda: router.all(CallArrived)[before:], why="the call")
    return arrived[0].call.id


async def connected(router: LinkRouter, customer: Baresip, sounds: Path) -> str:
    """A call with greeting and music, then joined with extension 201."""
    call = await dialled(router, customer)
    await router.do(AnswerCall(call=call))
    await router.do(greeting(call, sounds))
    await router.event(PlayEnded)
    await asyncio.sleep(0.6)
    await router.do(ConnectAgent(call=call, extension="201", interaction="i-7"))
    await router.event(CallChanged, lambda e: e.call.state == "bridged")
    return call


async def test_a_call_is_greeted_queued_joined_and_hung_up_by_the_customer(
    router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    await asyncio.sleep(2.0)
    await customer.do("hangup")
    ended = await router.event(CallEnded)
    assert (ended.call.id, ended.call.ended_by, ended.call.interaction) == (call, "customer", "i-7")
    assert ended.call.from_number == "5551234"
    assert ended.call.arrived_at <= ended.call.answered_at <= ended.call.bridged_at <= ended.call.ended_at
    by_customer, by_agent = await customer.heard(), await agent.heard()
    assert seconds_of(by_customer, 1000) == pytest.approx(1.0, abs=0.3)
    assert seconds_of(by_customer, 600) >= 0.4
    assert loudest_at(by_customer, 700) == pytest.approx(-12.3, abs=1.5)
    assert loudest_at(by_agent, 440) == pytest.approx(-12.3, abs=1.5)
    assert longest_gap_ms(by_agent, 440) <= 20
    assert loudest_at(by_agent, 600) < -40
    assert "X-Interaction" not in customer.log()


async def test_the_agent_ends_the_call_and_is_named(
    router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    await connected(router, customer, sounds)
    await agent.do("hangup")
    ended = await router.event(CallEnded)
    assert ended.call.ended_by == "agent"
    await until(lambda: "terminated" in customer.log() or "closed" in customer.log(), why="the BYE")


async def test_the_router_ends_the_call(
    router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    await router.do(HangUpCall(call=call, by="agent"))
    assert (await router.event(CallEnded)).call.ended_by == "agent"


async def test_a_cut_link_does_not_touch_the_sound_and_the_next_router_finds_the_call(
    switch: SwitchProcess, router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    await asyncio.sleep(0.5)
    await router.cut()
    await asyncio.sleep(2.0)
    following = LinkRouter(switch.where())
    snapshot = await following.attach()
    assert snapshot is not None
    assert [(c.id, c.state, c.extension, c.interaction) for c in snapshot.calls] == [
        (call, "bridged", "201", "i-7")
    ]
    assert snapshot.registered == ("201",)
    assert snapshot.configured
    await asyncio.sleep(0.5)
    await following.do(HangUpCall(call=call))
    assert longest_gap_ms(await customer.heard(), 700) <= 20
    assert longest_gap_ms(await agent.heard(), 440) <= 20
    await following.detach()


async def test_a_router_that_was_only_cut_off_gets_what_it_missed(
    router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    await connected(router, customer, sounds)
    await router.cut()
    await customer.do("hangup")
    await asyncio.sleep(0.3)
    assert await router.attach() is None
    assert (await router.event(CallEnded)).call.ended_by == "customer"


async def test_hold_gives_music_to_the_customer_and_silence_to_the_agent(
    router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    await asyncio.sleep(0.5)
    await router.do(HoldCall(call=call))
    assert (await router.event(CallChanged, lambda e: e.call.state == "held")).call.id == call
    held = time.monotonic()
    await asyncio.sleep(1.5)
    await router.do(ResumeCall(call=call))
    held_ms = 1000 * (time.monotonic() - held)
    await asyncio.sleep(0.7)
    await router.do(HangUpCall(call=call))
    by_customer, by_agent = await customer.heard(), await agent.heard()
    assert seconds_of(by_customer, 600) >= 1.8
    assert longest_gap_ms(by_agent, 440) == pytest.approx(held_ms, abs=300)


async def test_the_hold_key_of_the_agents_phone_gives_music_to_the_customer(
    router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    await agent.do("hold")
    await router.event(CallChanged, lambda e: e.call.state == "held")
    await asyncio.sleep(1.0)
    bridged = sum(e.call.state == "bridged" for e in router.all(CallChanged))
    await agent.do("resume")
    await until(
        lambda: sum(e.call.state == "bridged" for e in router.all(CallChanged)) > bridged, why="the resume"
    )
    await asyncio.sleep(0.5)
    await router.do(HangUpCall(call=call))
    by_customer = await customer.heard()
    assert seconds_of(by_customer, 600) >= 1.3
    assert loudest_at(by_customer[-3000:], 700) > -20


async def test_when_the_agents_phone_does_not_answer_the_music_goes_on(
    tmp_path: Path, router: LinkRouter, customer: Baresip, sounds: Path
) -> None:
    phone = Baresip(tmp_path, "slow", slot.SPARE, BS_USER="202", BS_ANSWER="manual")
    phone.start()
    try:
        call = await dialled(router, customer)
        await router.do(AnswerCall(call=call))
        await router.do(Play(call=call, play="m", then_music=True))
        await router.do(ConnectAgent(call=call, extension="202", interaction="i", timeout_s=1.0))
        failed = await router.event(AgentLegFailed)
        assert (failed.extension, failed.interaction, failed.status) == ("202", "i", 408)
        await asyncio.sleep(0.5)
        await router.do(ConnectAgent(call=call, extension="202", interaction="i", timeout_s=9.0))
        await until(lambda: phone.log().lower().count("incoming call") >= 2, why="the second ringing")
        await phone.do("hangup")
        refused = await router.event(AgentLegFailed, lambda e: e.status != 408)
        assert refused.status in {480, 486, 603}
        await router.do(HangUpCall(call=call))
        assert longest_gap_ms(await customer.heard(), 600) <= 20
    finally:
        phone.stop()


async def test_an_unregistered_agent_is_told_at_once(
    router: LinkRouter, customer: Baresip, sounds: Path
) -> None:
    call = await dialled(router, customer)
    await router.do(AnswerCall(call=call))
    await router.do(ConnectAgent(call=call, extension="202", interaction="i"))
    assert (await router.event(AgentLegFailed)).status == 480
    await router.do(HangUpCall(call=call))


async def test_taking_the_agent_away_leaves_the_customer_with_music(
    router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    await router.do(Unbridge(call=call))
    assert router.all(CallChanged)[-1].call.state == "answered"
    await asyncio.sleep(1.0)
    await router.do(HangUpCall(call=call))
    assert seconds_of(await customer.heard(), 600) >= 1.3


async def test_keys_end_the_greeting_and_are_collected(
    router: LinkRouter, customer: Baresip, sounds: Path
) -> None:
    call = await dialled(router, customer)
    await router.do(AnswerCall(call=call))
    prompts = (Prompt(file=str(sounds / "music.wav")),) * 20  # 40 s
    await router.do(Play(call=call, play="menu", prompts=prompts, collect=2))
    await asyncio.sleep(0.5)
    await customer.do("sndcode", "4")
    await router.event(PlayEnded, lambda e: e.play == "menu", seconds=25)
    await customer.do("sndcode", "2")
    collected = await router.event(DigitsCollected)
    assert (collected.play, collected.digits) == ("menu", "42")
    await router.do(HangUpCall(call=call))


async def test_nothing_pressed_in_time_is_told_as_no_digits(
    router: LinkRouter, customer: Baresip, sounds: Path
) -> None:
    call = await dialled(router, customer)
    await router.do(AnswerCall(call=call))
    await router.do(greeting(call, sounds, collect=1, collect_s=0.5))
    assert (await router.event(DigitsCollected)).digits == ""
    await router.do(HangUpCall(call=call))


async def test_words_are_spoken_to_the_caller(
    router: LinkRouter, customer: Baresip, switch: SwitchProcess
) -> None:
    call = await dialled(router, customer)
    await router.do(AnswerCall(call=call))
    await router.do(Play(call=call, play="words", prompts=(Prompt(text="Please hold the line."),)))
    await router.event(PlayEnded)
    await router.do(HangUpCall(call=call))
    assert loudest_at(await customer.heard(), 600) > -60
    assert list((switch.data / "prompts" / "en").glob("*.wav"))


async def test_a_caller_who_gives_up_while_ringing_is_told(router: LinkRouter, customer: Baresip) -> None:
    call = await dialled(router, customer)
    await customer.do("hangup")
    ended = await router.event(CallEnded)
    assert (ended.call.id, ended.call.ended_by, ended.call.answered_at) == (call, "customer", 0.0)


async def sipp(*words: str, called: str = "4000", transport: str = "u1") -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [
            *("sipp", "-sn", "uac", "-s", called, "-i", HOST, "-mi", HOST),
            *("-p", str(slot.SIPP[0]), "-mp", str(slot.SIPP[1])),
            *("-t", transport, "-nostdin", "-timeout", "30", *words, f"{HOST}:{SIP_PORT}"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipp_calls_the_centre_over_udp_and_tcp(
    router: LinkRouter, agent: Baresip, sounds: Path, transport: str
) -> None:
    async def serve() -> None:
        arrived = await router.event(CallArrived)
        await router.do(AnswerCall(call=arrived.call.id))
        await router.do(greeting(arrived.call.id, sounds))
        await router.do(ConnectAgent(call=arrived.call.id, extension="201", interaction="i"))

    serving = asyncio.create_task(serve())
    done = await sipp("-m", "1", "-d", "2000", transport=transport)
    await serving
    assert done.returncode == 0, done.stdout[-2000:]
    assert (await router.event(CallEnded)).call.ended_by == "customer"
    assert any(e.call.state == "bridged" for e in router.all(CallChanged))


async def test_an_unknown_number_is_answered_404(router: LinkRouter) -> None:
    done = await sipp("-m", "1", "-trace_err", "-error_file", "/dev/stderr", called="999")
    assert done.returncode == 1
    assert "404" in done.stderr
    assert not router.all(CallArrived)


async def test_twenty_calls_at_once_all_hear_music(router: LinkRouter, sounds: Path) -> None:
    served: set[str] = set()

    async def serve() -> None:
        while True:
            for arrived in router.all(CallArrived):
                if arrived.call.id not in served:
                    served.add(arrived.call.id)
                    await router.do(AnswerCall(call=arrived.call.id))
                    await router.do(greeting(arrived.call.id, sounds))
            await asyncio.sleep(0.01)

    serving = asyncio.create_task(serve())
    done = await sipp("-m", "20", "-r", "20", "-d", "1500")
    serving.cancel()
    assert done.returncode == 0, done.stdout[-2000:]
    await until(lambda: len(router.all(CallEnded)) == 20, why="the end of every call")


async def test_more_calls_than_there_are_ports_are_answered_503_and_the_next_one_is_served(
    router: LinkRouter, directory: SetDirectory
) -> None:
    answered: list[bool] = []

    async def serve() -> None:
        seen: set[str] = set()
        while True:
            for arrived in router.all(CallArrived):
                if arrived.call.id not in seen:
                    seen.add(arrived.call.id)
                    answered.append((await router.ask(AnswerCall(call=arrived.call.id))).ok)
            await asyncio.sleep(0.01)

    serving = asyncio.create_task(serve())
    # The test's switch has 25 pairs of ports.
    done = await sipp("-m", "30", "-r", "60", "-d", "1500", "-trace_err", "-error_file", "/dev/stderr")
    assert done.returncode == 1
    assert "503" in done.stderr
    assert (answered.count(True), answered.count(False)) == (25, 5)
    await until(lambda: len(router.all(CallEnded)) == 30, why="the end of every call")
    assert (await sipp("-m", "1", "-d", "200")).returncode == 0
    serving.cancel()
