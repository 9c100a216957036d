"""What a customer hears in the queue of a switch that runs, and the switch on IPv6."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import tones
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm
from agent_desktop.wire.switch import (
    AnswerCall,
    CallArrived,
    CallEnded,
    HangUpCall,
    Play,
    PlayEnded,
    Prompt,
    SetDirectory,
)

from . import slot
from .conftest import HOST, SIP_PORT, Baresip, LinkRouter, SwitchProcess, configured
from .slot import port

pytestmark = pytest.mark.peer


def levels(sound: Pcm, hz: float) -> list[float]:
    """dBFS of a tone in each 20 ms."""
    step = SAMPLE_RATE_HZ // 50
    return [tones.tone_dbfs(sound[at : at + step], hz) for at in range(0, len(sound) - step + 1, step)]


async def test_words_in_the_queue_leave_no_gap_and_make_no_click(
    router: LinkRouter, customer: Baresip, sounds: Path
) -> None:
    await customer.do("dial", f"sip:4000@{HOST}:{SIP_PORT}")
    call = (await router.event(CallArrived)).call.id
    await router.do(AnswerCall(call=call))
    await router.do(Play(call=call, play="p1", then_music=True))
    await asyncio.sleep(1.0)
    words = (Prompt(file=str(sounds / "greeting.wav")),)
    await router.do(Play(call=call, play="p2", prompts=words, then_music=True))
    await router.event(PlayEnded, lambda e: e.play == "p2")
    await asyncio.sleep(1.0)
    await router.do(HangUpCall(call=call))
    await router.event(CallEnded)
    heard = await customer.heard()
    music, spoken = levels(heard, 600), levels(heard, 1000)
    there = np.flatnonzero(np.array(music) > -25)
    between = music[there[0] : there[-1]]
    assert min(between) > -50  # ducked, never cut
    assert sum(level > -25 for level in spoken) * 0.02 == pytest.approx(1.0, abs=0.1)
    whole = heard[there[0] * 320 : there[-1] * 320].astype(np.int32)
    both = 0.2 * 32767 * 2 * np.pi * (600 + 1000) / SAMPLE_RATE_HZ  # the steepest that two such tones get
    assert np.abs(np.diff(whole)).max() < 1.5 * both  # no click


@pytest.fixture
def six(directory: SetDirectory, tmp_path: Path) -> Iterator[SwitchProcess]:
    """A switch on IPv6."""
    process = SwitchProcess(tmp_path / "data", "--sip-host", "::1", port=port(158))
    yield configured(process, directory)
    assert "Traceback" not in process.stop()


async def test_the_switch_serves_ipv6(six: SwitchProcess, tmp_path: Path) -> None:
    link = LinkRouter(six.where())
    snapshot = await link.attach()
    assert snapshot is not None
    assert snapshot.sip == f"[::1]:{port(158)}"
    assert snapshot.tls.startswith("[::1]:")
    caller = await asyncio.to_thread(
        subprocess.Popen,
        [
            *("sipp", "-sn", "uac", "-s", "4000", "-i", "[::1]", "-mi", "[::1]", "-p", str(slot.SIPP[0])),
            *("-m", "1", "-d", "1500", "-timeout", "20", "-nostdin", f"[::1]:{port(158)}"),
        ],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    call = (await link.event(CallArrived)).call.id
    await link.do(AnswerCall(call=call))
    await link.do(Play(call=call, play="p", then_music=True))
    ended = await link.event(CallEnded)
    assert ended.call.ended_by == "customer"
    assert await asyncio.to_thread(caller.wait) == 0
    await link.detach()
