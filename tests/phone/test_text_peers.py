"""Real-time text of the whole phone with liblinphone over real SIP, Kamailio between: G10, G12, G13."""

from __future__ import annotations

import asyncio
import time

import pytest

from agent_desktop.media import tones, wav
from agent_desktop.wire import phone as wire

from .conftest import free_port, until
from .text_peers import Linphone, Reader, register_for

pytestmark = pytest.mark.peer

PORT = 23_900
THEIR_HZ = 700
THEIRS = r"Hi 世界\b界 åé x\b!\u2028ok"
OURS = "Hello åé 你好 x\b!\nline 2"


@pytest.fixture
async def server(kit):
    await kit("kamailio/start.sh", stop="kamailio/stop.sh", KAM_PORT=f"{PORT}", KAM_TLS_PORT=f"{PORT + 1}")
    return f"127.0.0.1:{PORT}"


@pytest.fixture
async def linphone(tmp_path):
    wav.write(tmp_path / "theirs.wav", tones.sine(THEIR_HZ, 30.0))
    made = Linphone(free_port(), tmp_path / "theirs.wav")
    yield made
    await made.stop()


def even() -> int:
    return free_port() & ~1


async def typed(front, call: str) -> list[float]:
    """Type as people do; when each sign was typed."""
    at = []
    for sign in OURS:
        at.append(time.time())
        assert (await front.ask(wire.TypeText(call=call, text=sign))).ok
        await asyncio.sleep(0.12)
    return at


def delays_ms(at: list[float], came: list[tuple[str, float]]) -> str:
    found = sorted(1000 * (there - here) for here, (_sign, there) in zip(at, came, strict=True))
    return f"{len(found)} signs, median {found[len(found) // 2]:.0f} ms, most {found[-1]:.0f} ms"


async def talk(phone, front, call: str, linphone: Linphone) -> None:
    """Both type at once, and the voice goes on."""
    reader = Reader(front.events)
    assert (await linphone.see("text-channel"))["agreed"]
    await front.see(wire.CallTextChanged, lambda e: e.text.carrier == "rtt")
    at = await typed(front, call)
    await front.see(wire.CallTextChanged, lambda _e: reader.said("customer")[-1:] == ["ok"])
    assert reader.said("customer") == ["Hi 世界 åé !", "ok"]
    await until(lambda: reader.said("agent") == ["Hello åé 你好 !", "line 2"], why=lambda: reader.all)
    # By liblinphone's report the text has cost the voice not one packet (G13); ours counts late ones too.
    quality = await front.see(wire.QualityMeasured, lambda e: e.sent_mos > 0, 15)
    assert tones.tone_dbfs(phone.heard(), THEIR_HZ) > -30
    assert quality.sent_loss_percent == 0.0
    assert quality.loss_percent < 2.0
    await front.ask(wire.HangUp(call=call))
    end = await linphone.see("end", 25)
    assert end["unsent"] == ""
    assert linphone.heard == "Hello åé 你好 !\nline 2"
    print("to liblinphone:", delays_ms(at, linphone.times("char")))  # G12, as a figure


async def test_text_and_voice_with_liblinphone_that_calls(phone, server, linphone) -> None:
    front = await phone.front_end()
    await front.register(server, "alice")
    await linphone.start(
        *("--call", f"sip:alice@{server}", "--send", THEIRS, "--send-after", "0.5", "--linger", "30"),
        text_port=even(),
        audio_port=even(),
    )
    call = await front.call("ringing")
    assert (await front.ask(wire.Answer(call=call.id))).ok
    await talk(phone, front, call.id, linphone)


async def test_text_and_voice_with_liblinphone_that_is_called(phone, server, linphone) -> None:
    front = await phone.front_end()
    await front.register(server, "alice")
    await linphone.start(
        *("--accept", "--user", "bob", "--send", THEIRS, "--send-after", "0.5"),
        text_port=even(),
        audio_port=even(),
    )
    telling = await register_for("bob", linphone.port, server)
    assert (await front.ask(wire.Dial(target="bob"))).ok
    call = await front.call("up")
    await talk(phone, front, call.id, linphone)
    await telling.close()
