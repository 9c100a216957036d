"""A phone that starts before its server, and a switch that starts again under a phone."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.phone import signing
from agent_desktop.phone.softphone import Softphone
from agent_desktop.sip import events as sip
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount
from tests.phone.cards import NoCards


@pytest.fixture
async def softphone():
    events = []
    silent = wire.SelectDevices(microphone="silent", speaker="silent")
    made = Softphone(events.append, devices=silent, backend=NoCards())
    await made.start()
    made.events = events
    yield made
    await made.close()


def states(softphone):
    return [e.registration.state for e in softphone.events if isinstance(e, wire.RegistrationChanged)]


def account(server, **more):
    return PhoneAccount(extension="201", server=server, realm="centre.test", password="secret", **more)


async def test_a_server_that_has_no_address_yet_is_looked_for_again(
    softphone, exchange, eventually, monkeypatch
):
    monkeypatch.setattr(signing, "RETRY_S", 0.05)
    server = await exchange.open()
    there = signing.plan_for
    tries = []

    async def not_yet(wanted):
        tries.append(wanted)
        if len(tries) < 3:
            raise OSError("Temporary failure in name resolution")
        return await there(wanted)

    monkeypatch.setattr(signing, "plan_for", not_yet)
    assert softphone.handle("1", wire.SetAccount(account=account(server))).ok
    await eventually(lambda: "registered" in states(softphone), why=lambda: states(softphone))
    assert len(tries) == 3
    told = [e.registration for e in softphone.events if isinstance(e, wire.RegistrationChanged)]
    failed = next(registration for registration in told if registration.state == "failed")
    assert failed.detail.startswith("The telephone server's address is not known.")


async def test_the_same_account_again_changes_nothing_and_another_one_does(softphone, exchange, eventually):
    server = await exchange.open()
    for _ in range(3):
        softphone.handle("1", wire.SetAccount(account=account(server)))
    await eventually(lambda: "registered" in states(softphone))
    assert states(softphone) == ["registering", "registered"]
    softphone.handle("2", wire.ClearAccount())
    await exchange.see(sip.Unbound)
    await eventually(lambda: states(softphone)[-1] == "none")


async def test_other_codecs_and_encryption_keep_the_registration(softphone, exchange, eventually):
    server = await exchange.open()
    softphone.handle("1", wire.SetAccount(account=account(server)))
    await eventually(lambda: "registered" in states(softphone))
    (before,) = exchange.agent.bindings("201", exchange.transport.now())
    mark = len(exchange.events)
    changed = account(server, srtp="optional", codecs=("PCMA",))
    softphone.handle("2", wire.SetAccount(account=changed))
    await eventually(lambda: states(softphone) == ["registering", "registered"] * 2)
    leg = await exchange.call()
    await exchange.see(sip.Progressed, lambda e: e.leg == leg and e.status == 180)
    (after,) = exchange.agent.bindings("201", exchange.transport.now())
    assert (after.call_id, after.cseq) == (before.call_id, before.cseq)
    assert not any(isinstance(e, sip.Unbound | sip.Bound) for e in exchange.events[mark:])
    assert softphone._engine._signing.station.policy.codecs == ("PCMA",)  # what the next call offers


async def test_another_password_registers_anew(softphone, exchange, eventually):
    server = await exchange.open()
    softphone.handle("1", wire.SetAccount(account=account(server)))
    await eventually(lambda: "registered" in states(softphone))
    wrong = PhoneAccount(extension="201", server=server, realm="centre.test", password="wrong")
    softphone.handle("2", wire.SetAccount(account=wrong))
    await exchange.see(sip.Unbound)
    await eventually(lambda: states(softphone)[-1] == "failed")


async def test_a_phone_on_tcp_comes_back_when_the_exchange_starts_again(
    softphone, exchange, eventually, monkeypatch
):
    monkeypatch.setattr("agent_desktop.sip.registration.FIRST_WAIT_S", 0.2)
    server = await exchange.open()
    softphone.handle("1", wire.SetAccount(account=account(server, transport="tcp")))
    await exchange.see(sip.Bound)
    port = int(server.rpartition(":")[2])
    await exchange.transport.close()
    await asyncio.sleep(0.1)
    second = type(exchange)()
    try:
        await second.open(port)
        await second.see(sip.Bound)
        await eventually(lambda: softphone.snapshot().registration.state == "registered")
    finally:
        await second.close()


async def test_a_call_on_an_old_station_outlives_a_new_account(softphone, exchange, eventually):
    server = await exchange.open()
    softphone.handle("1", wire.SetAccount(account=account(server)))
    softphone.handle("2", wire.Expect(interaction="i1"))
    leg = await exchange.call("i1")
    await exchange.see(sip.Answered)
    softphone.handle("3", wire.SetAccount(account=account(server, transport="tcp")))
    await exchange.see(sip.Bound, lambda e: e.source.transport == "tcp")
    assert exchange.agent.is_up(leg)
    (call,) = softphone.snapshot().calls
    assert softphone.handle("4", wire.HangUp(call=call.id)).ok
    assert (await exchange.see(sip.Ended)).by is sip.EndedBy.REMOTE
