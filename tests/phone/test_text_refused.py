"""A telephone that refuses a whole offer because text stands in it is called again: SIPp, behind Kamailio."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent_desktop.wire import phone as wire
from tests.interop.takes_no_text import REFUSES_ALL, sipp

from .conftest import HOST, free_port
from .text_peers import register_for

pytestmark = pytest.mark.peer

PORT = 23_940


async def test_who_refuses_an_offer_with_text_is_called_again_without_it(phone, kit, tmp_path: Path):
    await kit("kamailio/start.sh", stop="kamailio/stop.sh", KAM_PORT=f"{PORT}", KAM_TLS_PORT=f"{PORT + 1}")
    at = free_port()
    peer = await sipp(REFUSES_ALL, tmp_path, HOST, at, free_port() & ~1, calls=2)
    front = await phone.front_end()
    await front.register(f"{HOST}:{PORT}", "alice")
    telling = await register_for("bob", at, f"{HOST}:{PORT}")
    try:
        assert (await front.ask(wire.Dial(target="bob"))).ok
        call = await front.call("up")
        calls = {event.call.id for event in front.events if isinstance(event, wire.PhoneCallChanged)}
        assert calls == {call.id}, "for the agent it is one call"
        await front.ask(wire.HangUp(call=call.id))
        await front.call("ended")
        _, said = await asyncio.wait_for(peer.communicate(), 20)
        assert peer.returncode == 0, said.decode()  # both INVITEs came, the one with text and the one without
    finally:
        await telling.close()
        if peer.returncode is None:
            peer.kill()
            await peer.wait()
