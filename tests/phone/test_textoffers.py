"""How the native engine offers text to calls that run: where an INVITE had no room, refused, on hold."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from agent_desktop.phone import engine as border
from agent_desktop.phone.native import NativeEngine
from agent_desktop.phone.sound import Listeners, Sound
from agent_desktop.phone.station import Station
from agent_desktop.sip import events as sip
from agent_desktop.voice.offer import MediaPolicy, local_media
from agent_desktop.wire.models import PhoneAccount

from .conftest import HOST, until
from .text_caller import TextCaller


class Agent:
    """An engine in this process, and everything it told."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.news = []
        self.texts = []
        self.sound = Sound(
            loop.call_soon_threadsafe,
            Listeners(lambda *_: None, lambda *_: None, lambda *_: None, lambda *t: self.texts.append(t)),
        )
        self.engine = NativeEngine(self.sound, self.news.append)

    async def see(self, kind):
        def find():
            return next((news for news in self.news if isinstance(news, kind)), None)

        return await until(find, why=lambda: self.news)

    def count(self, kind) -> int:
        return sum(isinstance(news, kind) for news in self.news)


@pytest.fixture
async def agent(exchange):
    made = Agent()
    account = PhoneAccount(extension="201", server=await exchange.open(), password="secret")
    await made.engine.use(account)
    await until(lambda: any(getattr(news, "state", "") == "registered" for news in made.news))
    yield made
    await made.engine.close()
    await asyncio.to_thread(made.sound.stop)


@pytest.fixture
async def caller(exchange):
    made = TextCaller(exchange)
    yield made
    await made.close()


def kinds(agreement) -> list[str]:
    return [line.kind if line.port else f"{line.kind} 0" for line in agreement.lines]


async def test_an_invite_without_room_for_text_has_none_until_the_agent_asks(agent, caller, monkeypatch):
    monkeypatch.setattr(Station, "fits", lambda _station, _media, _target: False)
    caller.media = caller.takes_text()
    agent.engine.dial("a", "300", "")
    await agent.see(border.CameUp)
    assert kinds(await caller.agreed(lambda _one: True)) == ["audio"]
    agent.engine.add_text("a")
    added = await caller.agreed(lambda one: one.text is not None)
    assert kinds(added) == ["audio", "text"]
    assert added.audio.codec.name == caller.agreements[0].audio.codec.name
    await until(lambda: agent.sound.texts.find("a").state.carrier == "rtt")
    assert agent.count(border.HoldChanged) == 0  # it was no hold, and is not told as one


async def test_text_that_was_refused_is_not_offered_with_every_hold_but_when_the_agent_asks(agent, caller):
    agent.engine.dial("a", "300", "")
    await agent.see(border.CameUp)
    assert kinds(caller.agreements[0]) == ["audio", "text 0"]
    agent.engine.hold("a", on=True)
    held = await caller.agreed(lambda one: one.is_held_by_peer)
    assert kinds(held) == ["audio", "text 0"]
    await agent.see(border.HoldChanged)
    caller.answer_with(caller.takes_text())
    agent.engine.add_text("a")
    added = await caller.agreed(lambda one: one.text is not None)
    assert kinds(added) == ["audio", "text"]
    assert added.is_held_by_peer  # and the hold stays
    agent.engine.hold("a", on=False)
    await until(lambda: not caller.agreements[-1].is_held_by_peer)
    assert kinds(caller.agreements[-1]) == ["audio", "text"]
    assert agent.count(border.HoldChanged) == 2


async def test_a_refused_offer_of_text_leaves_the_call_as_it_was(agent, caller, exchange):
    await caller.call()
    arrived = await agent.see(border.Arrived)
    agent.engine.answer(arrived.call)
    await exchange.see(sip.Answered)
    # The other side cannot take the next offer at all.
    policy = MediaPolicy(codecs=("PCMA",))
    caller.answer_with(local_media(policy, HOST, caller.session.local[1], secrets.token_bytes))
    agent.engine.add_text(arrived.call)
    line = agent.engine.line(arrived.call)
    await until(lambda: not line.text.is_under_way)
    assert agent.count(border.HoldChanged) == 0
    assert not line.holds
    assert agent.sound.texts.find(arrived.call).state.carrier == "tty"
    agent.engine.add_text(arrived.call)  # once is enough
    assert not line.text.is_under_way
    caller.answer_with(caller.media)
    agent.engine.hold(arrived.call, on=True)
    held = await agent.see(border.HoldChanged)
    assert (held.on, held.refused) == (True, "")


async def test_the_exchange_may_say_that_the_caller_has_a_textphone(agent, caller, exchange, monkeypatch):
    invite = exchange.agent.invite
    monkeypatch.setattr(
        exchange.agent,
        "invite",
        lambda *what, **how: invite(*what, **{**how, "headers": (("X-Text", "tty"),)}),
    )
    await caller.call()
    arrived = await agent.see(border.Arrived)
    agent.engine.answer(arrived.call)
    await until(lambda: agent.sound.texts.find(arrived.call).state.is_found)


async def test_the_text_moves_with_the_call_to_another_address_of_this_computer(agent, caller):
    caller.media = caller.takes_text()
    agent.engine.dial("a", "300", "")
    await agent.see(border.CameUp)
    line = agent.engine.line("a")
    before = line.media
    media = agent.engine._media.moved(line, "127.0.0.2")
    assert media.address == "127.0.0.2"
    assert media.audio.port != before.audio.port
    assert media.text.port not in {before.text.port, media.audio.port}
    assert media.text.crypto == before.text.crypto
