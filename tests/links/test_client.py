"""A link over real sockets: cut it where you like, both ends end equal and commands act once."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from agent_desktop.errors import ConnectionLostError
from agent_desktop.links.client import LinkClient
from agent_desktop.links.connection import Target
from agent_desktop.wire import phone as p
from agent_desktop.wire import session
from agent_desktop.wire.codec import PHONE_LINK
from tests.links.conftest import Front, Phone, Wire, until, unused_port


async def test_a_new_client_gets_a_snapshot_then_what_changes(phone: Phone, front: Front) -> None:
    phone.say("a", "ringing")
    front.link.start()
    await until(lambda: front.calls)
    phone.say("a", "up")
    await until(lambda: front.calls["a"].state == "up")
    assert front.said() == ["connecting", "online"]
    assert front.snapshots == 1


@pytest.mark.parametrize("cut_after", [0, 1, 90, 129, 200, 260, 333, 400, 512, 700, 1000, 1500])
async def test_cut_after_any_byte_both_ends_end_equal_and_commands_act_once(
    phone: Phone, wire: Wire, front: Front, cut_after: int
) -> None:
    front.link.start()
    if cut_after >= 260:  # else the cut falls into the greeting
        await until(lambda: front.link.live)
    wire.cut_after = cut_after
    asked = [front.link.request(p.SetMute(call="a", on=on)) for on in (True, False, True)]
    for number in range(20):
        phone.say(f"call-{number % 4}", ("ringing", "up", "held", "up", "ended")[number // 4])
        await asyncio.sleep(0)
    await until(lambda: not front.link.pending)
    phone.say("last", "up")
    await until(lambda: "last" in front.calls)
    assert front.calls == phone.calls
    assert [command.on for command in phone.acted] == [True, False, True]
    assert front.replies == asked
    assert wire.cut_after is None
    assert wire.connections > 1


async def test_the_gap_is_replayed_without_another_snapshot(phone: Phone, wire: Wire, front: Front) -> None:
    front.link.start()
    phone.say("a", "ringing")
    await until(lambda: front.calls)
    wire.cut()
    await until(lambda: not front.link.live)
    phone.say("a", "up")
    phone.say("b", "ringing")
    await until(lambda: front.calls == phone.calls)
    assert front.snapshots == 1
    assert front.said() == ["connecting", "online", "lost", "connecting", "online"]


async def test_what_is_asked_while_away_is_asked_once_on_return(
    phone: Phone, wire: Wire, front: Front
) -> None:
    front.link.start()
    await until(lambda: front.link.live)
    wire.cut()
    await until(lambda: not front.link.live)
    request = front.link.request(p.HangUp(call="a"))
    dropped = front.link.request(p.HangUp(call="b"))
    front.link.forget(dropped)
    await until(lambda: not front.link.pending)
    assert (front.replies, phone.acted) == ([request], [p.HangUp(call="a")])


async def test_a_process_started_again_is_followed_to_its_new_port(phone: Phone) -> None:
    front = Front(lambda: Target(f"ws://127.0.0.1:{phone.link.port}/", phone.link.token))
    front.link.start()
    phone.say("a", "up")
    await until(lambda: front.calls)
    phone.calls.clear()
    await phone.restart()
    await until(lambda: front.snapshots > 1)
    assert front.calls == {}
    await front.link.stop()


async def test_a_silent_peer_is_left_and_tried_again(
    phone: Phone, wire: Wire, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.link.start()
    await until(lambda: front.link.live)
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(session, "SILENCE_S", 0.3)
    wire.still = True
    phone.say("a", "up")
    lost = await until(lambda: [state for state in front.states if state.state == "lost"])
    assert lost[0].detail == "The connection fell silent."
    wire.still = False
    monkeypatch.undo()
    await until(lambda: front.calls == phone.calls)


async def test_heartbeats_keep_a_quiet_link(
    phone: Phone, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(session, "SILENCE_S", 0.5)
    front.link.start()
    await until(lambda: front.link.live)
    await asyncio.sleep(1.2)  # more than twice the silence that ends a link
    assert front.said() == ["connecting", "online"]


async def test_a_foreign_token_is_refused_hears_nothing_and_is_tried_again(phone: Phone) -> None:
    token = "guess"
    front = Front(lambda: Target(f"ws://127.0.0.1:{phone.link.port}/", token))
    phone.say("a", "up")
    front.link.request(p.HangUp(call="a"))
    front.link.start()
    lost = await until(lambda: [state for state in front.states if state.state == "lost"])
    assert (lost[0].code, lost[0].detail) == ("bad_token", "The token is not this process's.")
    assert (front.calls, phone.acted, phone.link.clients) == ({}, [], 0)
    token = phone.link.token
    await until(lambda: front.calls)
    await until(lambda: phone.acted)
    await front.link.stop()


async def test_a_refusal_that_trying_again_cannot_mend_ends_the_link(phone: Phone) -> None:
    front = Front(
        lambda: Target(f"ws://127.0.0.1:{phone.link.port}/", "guess"), final=frozenset({"bad_token"})
    )
    front.link.start()
    await until(lambda: not front.link.running)
    assert front.said() == ["connecting", "ended"]
    assert front.states[-1].code == "bad_token"


async def test_nobody_there_is_a_sentence_and_try_again_does_not_wait(phone: Phone) -> None:
    port = unused_port()
    front = Front(lambda: Target(f"ws://127.0.0.1:{port}/", phone.link.token), jitter=lambda: 600.0)
    front.link.start()
    await until(lambda: front.said() == ["connecting", "lost"])
    assert front.states[-1].detail == "Nobody answers at that address."
    assert front.states[-1].retry_s > 60
    port = phone.link.port
    front.link.retry_now()
    await until(lambda: front.link.live)
    await front.link.stop()


async def test_a_target_that_cannot_be_found_is_said_in_its_own_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def nowhere() -> Target:
        raise ConnectionLostError("The phone is stopped.")

    front = Front(nowhere)
    front.link.start()
    await until(lambda: front.said()[:2] == ["connecting", "lost"])
    assert front.states[1].detail == "The phone is stopped."
    await front.link.stop()


async def test_another_program_at_the_address_is_told_apart(phone: Phone) -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    front = Front(lambda: Target(f"ws://127.0.0.1:{port}/", "t"))
    front.link.start()
    await until(lambda: "lost" in front.said())
    lost = next(state for state in front.states if state.state == "lost")
    assert lost.detail == "The other side answered, but it is not the one that was looked for."
    await front.link.stop()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "frame", [b"\xff\xfe", "no json", '{"seq": 1}', '{"seq": 9, "body": {"type": "x"}}', "[]"]
)
async def test_a_stream_that_cannot_be_followed_is_left(frame: str | bytes) -> None:
    async def babble(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(frame)
        await connection.wait_closed()

    async with serve(babble, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        front = Front(lambda: Target(f"ws://127.0.0.1:{port}/", "t"))
        front.link.start()
        await until(lambda: front.said()[:2] == ["connecting", "lost"])
        assert front.states[1].detail == "The connection stumbled."
        await front.link.stop()


async def test_a_listener_that_fails_does_not_end_the_link(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []

    def listen(event: Any) -> None:
        heard.append(event)
        if len(heard) == 1:
            raise ZeroDivisionError

    async def where() -> Target:
        return Target(f"ws://127.0.0.1:{phone.link.port}/", phone.link.token)

    link: LinkClient[Any, Any] = LinkClient(PHONE_LINK, name="test", target=where, on_event=listen)
    link.start()
    await until(lambda: heard)
    with caplog.at_level(logging.ERROR):
        phone.say("a", "up")
        await until(lambda: len(heard) > 1)
    assert link.live
    assert "a listener failed" in caplog.text
    await link.stop()


async def test_draining_waits_for_the_answers_and_not_for_a_side_that_is_gone(
    phone: Phone, wire: Wire, front: Front
) -> None:
    front.link.start()
    await until(lambda: front.link.live)
    request = front.link.request(p.HangUp(call="a"))
    await front.link.drain()
    assert front.replies == [request]
    wire.still = True
    front.link.request(p.HangUp(call="b"))
    asyncio.get_running_loop().call_later(0.05, wire.cut)
    async with asyncio.timeout(30):
        await front.link.drain(seconds=60)
    assert front.link.pending


async def test_stopping_while_connecting_and_twice_is_harmless(phone: Phone, front: Front) -> None:
    await front.link.stop()
    front.link.start()
    await asyncio.sleep(0)
    await front.link.stop()
    await front.link.stop()
    assert not front.link.running


async def test_a_link_that_is_left_counts_no_longer_as_attached(phone: Phone, front: Front) -> None:
    front.link.start()
    await until(lambda: phone.link.clients == 1)
    front.link.leave()
    await until(lambda: phone.link.clients == 0)
    assert phone.attached == [1, 0]


def test_a_target_keeps_its_token_out_of_every_text() -> None:
    assert "secret" not in repr(Target("ws://127.0.0.1:1/", "secret"))
