"""A textphone in a running call with wide sound, through a switch that runs: minimodem's tones are read."""

from __future__ import annotations

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.voice.offer import MediaPolicy
from agent_desktop.wire.switch import AnswerCall, CallArrived, SetCallText, TextSaid
from tests.interop.sound import until
from tests.interop.typing_party import Minimodem

from .conftest import HOST, SIP_PORT, LinkRouter

pytestmark = pytest.mark.peer


async def test_a_textphone_that_is_expected_in_a_call_in_opus_gets_g711_and_is_read(
    router: LinkRouter,
) -> None:
    caller = Minimodem()
    caller.policy = MediaPolicy()
    try:
        await caller.open(f"{HOST}:{SIP_PORT}")
        await caller.dial("4000", up=False)
        call = (await router.event(CallArrived)).call.id
        await router.do(AnswerCall(call=call))
        await caller.rung()
        assert caller.line.codec == "opus"
        await router.do(SetCallText(call=call, carrier="tty"))
        await until(lambda: caller.line.codec in {"PCMU", "PCMA"}, why=lambda: caller.line.events)
        (change,) = caller.line.all(sip.MediaChanged)
        assert isinstance(change, sip.MediaChanged)
        assert change.agreement.audio is not None
        assert change.agreement.audio.ptime_ms == 10
        await caller.say("HELLO GA")
        told = await router.event(TextSaid)
        assert (told.line.speaker, told.line.text.strip()) == ("customer", "HELLO GA")
    finally:
        await caller.close()
