"""Calls outside on the call table: trunks that fail, limits that end calls, the echo number."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import LegId
from agent_desktop.sip.message import Response
from agent_desktop.switch.cutoff import WHY
from agent_desktop.switch.echo import LASTS_S
from agent_desktop.switch.legs import UNHEARD_S
from agent_desktop.switch.provision import Provision
from agent_desktop.wire import switch as wire
from agent_desktop.wire.exchange import DialLimits, ExchangeSettings, OutboundRoute, Trunk

from .fakes import Scene

TRUNKS = (Trunk(id="one", host="192.0.2.1"), Trunk(id="two", host="192.0.2.2", password="p", user="u"))
ECHO = "*43"


def centre(scene: Scene, limits: DialLimits | None = None, *trunks: Trunk) -> Provision:
    numbers = ("201", "202", "203")
    provision = Provision(scene.table, lambda _host, _port, _trust: None)
    provision.use(
        wire.SetDirectory(
            realm="r",
            extensions=tuple(wire.Extension(extension=number, agent=f"a{number}") for number in numbers),
            numbers=("4000",),
            trunk_accounts=trunks or TRUNKS,
            routes=(OutboundRoute(prefix="0", trunks=("one", "two"), strip=1),),
            limits=limits or DialLimits(),
            exchange=ExchangeSettings(echo_number=ECHO),
        )
    )
    return provision


def dial(scene: Scene, number: str = "0 89 1", call: str = "d1") -> None:
    scene.do(wire.DialOut(call=call, extension="201", number=number, interaction="i"))


def ends(scene: Scene, leg: str, status: int, *headers: tuple[str, str]) -> None:
    response = Response(headers, status=status, reason="reason")
    scene.b2bua.happened(sip.Ended(LegId(leg), sip.EndedBy.REFUSED, status, "reason", response))


def test_a_call_goes_on_by_the_next_trunk() -> None:
    scene = Scene()
    centre(scene)
    dial(scene)
    scene.answers("out1")
    leg, user, _, _ = scene.sip.all("invite")[1]
    assert (leg, user) == ("out2", "891")
    assert scene.table.calls[0].trunk == "one"
    ends(scene, "out2", 503)
    assert scene.table.calls[0].trunk == "two"
    assert scene.sip.all("invite")[2][:2] == ("out3", "891")
    scene.answers("out3")
    assert scene.table.calls[0].state == "bridged"
    ends(scene, "out3", 503)  # once it was answered there is no other try
    assert not scene.table.calls


def test_a_call_ends_when_no_trunk_carries_it() -> None:
    scene = Scene()
    centre(scene)
    dial(scene)
    scene.answers("out1")
    ends(scene, "out2", 500)
    ends(scene, "out3", 503)
    (over,) = scene.all(wire.CallEnded)
    assert over.call.ended_by == "network"
    assert not scene.table.tolls.ledger.lines


def test_a_busy_callee_is_not_called_over_another_trunk() -> None:
    scene = Scene()
    centre(scene)
    dial(scene)
    scene.answers("out1")
    ends(scene, "out2", 486)
    assert len(scene.sip.all("invite")) == 2
    assert not scene.table.calls


def test_a_trunk_that_says_nothing_is_left_after_a_while() -> None:
    scene = Scene()
    centre(scene)
    dial(scene)
    scene.answers("out1")
    scene.wait(UNHEARD_S)
    assert scene.sip.all("invite")[2][0] == "out3"
    assert LegId("out2") in scene.sip.all("hang_up")
    scene.answers("out3")
    scene.wait(60)
    assert scene.table.calls[0].state == "bridged"


def test_a_trunk_that_has_said_something_is_waited_for() -> None:
    scene = Scene()
    centre(scene)
    scene.sip.heard = {"out2"}
    dial(scene)
    scene.answers("out1")
    scene.wait(UNHEARD_S)
    assert len(scene.sip.all("invite")) == 2


def test_a_redirected_call_is_judged_and_stays_on_its_trunk() -> None:
    scene = Scene()
    centre(scene, DialLimits(refused=("+900",)))
    dial(scene)
    scene.answers("out1")
    ends(scene, "out2", 302, ("Contact", "<sip:0707@192.0.2.99>"))
    assert scene.sip.all("invite")[2][1] == "0707"
    assert scene.table.calls[0].trunk == "one"
    ends(scene, "out3", 302, ("Contact", "<sip:00900123@192.0.2.1>"))
    assert not scene.table.calls
    assert len(scene.sip.all("invite")) == 3


@pytest.mark.parametrize("contact", ["<sip:bob@192.0.2.1>", "", "<tel:123>", "<sip:891@192.0.2.1>"])
def test_a_redirection_to_nowhere_ends_the_call(contact: str) -> None:
    scene = Scene()
    centre(scene)
    dial(scene)
    scene.answers("out1")
    ends(scene, "out2", 302, *((("Contact", contact),) if contact else ()))
    assert not scene.table.calls


def test_a_call_is_sent_on_only_so_often() -> None:
    scene = Scene()
    centre(scene)
    dial(scene)
    scene.answers("out1")
    for turn in range(2, 9):
        if scene.table.calls:
            ends(scene, f"out{turn}", 302, ("Contact", f"<sip:07{turn}@192.0.2.1>"))
    assert len(scene.sip.all("invite")) == 5


def test_the_words_of_a_refusal_reach_the_agent_s_own_phone() -> None:
    scene = Scene()
    centre(scene, DialLimits(refused=("+900",)))
    scene.arrives("in1", caller="201", called="0 00900 1", user="201")
    assert scene.sip.all("reject") == [(LegId("in1"), 403)]
    assert not scene.table.calls


def test_every_refusal_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    centre(scene, DialLimits(refused=("+900",)))
    for number in ("000900", "55", "bob", "4000"):
        with pytest.raises(RefusedError):
            dial(scene, number)
    told = [record.__dict__["number"] for record in caplog.records if "refused" in record.message]
    assert told == ["000900", "55", "bob", "4000"]


def test_each_trunk_has_its_own_sound() -> None:
    scene = Scene()
    sealed = Trunk(id="one", host="192.0.2.1", codecs=("PCMA",), srtp="mandatory")
    centre(scene, None, sealed, Trunk(id="two", host="192.0.2.2", codecs=("G729",), srtp="often"))
    dial(scene)
    scene.answers("out1")
    call = scene.table.calls[0]
    assert call.agent is not None
    assert call.customer is not None
    assert call.agent.media is not None
    assert call.agent.media.audio.protocol == "RTP/AVP"
    assert call.customer.media is not None
    audio = call.customer.media.audio
    assert (audio.protocol, audio.codecs[0].name) == ("RTP/SAVP", "PCMA")
    keys = audio.crypto
    ends(scene, "out2", 503)
    audio = call.customer.media.audio
    assert audio.protocol == "RTP/SAVP"  # a word that nobody knows is not taken for "in the clear"
    assert not set(keys) & set(audio.crypto)


def test_a_refused_consult_changes_nothing() -> None:
    scene = Scene()
    centre(scene, DialLimits(refused=("0900", "900"), calls_per_agent=1))
    scene.joined()
    with pytest.raises(RefusedError, match="does not call"):
        scene.do(wire.AddLeg(call="c1", leg="g", number="00900"))
    scene.do(wire.AddLeg(call="c1", leg="g", number="0891"))
    with pytest.raises(RefusedError, match="1 calls outside"):
        dial(scene)
    scene.do(wire.RemoveLeg(call="c1", leg="g"))
    assert not scene.table.tolls.ledger.lines
    dial(scene)


def test_no_port_for_the_sound_leaves_nothing_in_the_ledger() -> None:
    scene = Scene()
    centre(scene)
    scene.joined()
    scene.desk.full = True
    with pytest.raises(RefusedError):
        scene.do(wire.AddLeg(call="c1", leg="g", number="0891"))
    assert not scene.table.tolls.ledger.lines


async def test_a_call_is_told_that_it_ends_and_ends() -> None:
    scene = Scene()
    centre(scene, DialLimits(minutes_per_call=1))
    dial(scene)
    scene.answers("out1")
    scene.answers("out2")
    scene.wait(35)
    scene.b2bua.watch()
    for _ in range(5):
        await asyncio.sleep(0)
    assert scene.desk.rows["d1/customer2"] == {"d1/announcement1": 1.0}
    scene.wait(26)
    scene.b2bua.watch()
    (over,) = scene.all(wire.CallEnded)
    assert (over.call.ended_by, over.call.ended_why) == ("system", WHY)


async def test_a_guest_whose_time_is_over_leaves_the_customer_there() -> None:
    scene = Scene()
    centre(scene, DialLimits(minutes_per_call=1))
    scene.joined()
    scene.do(wire.AddLeg(call="c1", leg="g", number="0891"))
    scene.answers("out2")
    scene.wait(61)
    scene.b2bua.watch()
    (left,) = scene.all(wire.LegEnded)
    assert (left.leg, left.by, left.detail) == ("g", "system", WHY)
    assert scene.table.calls[0].state == "bridged"


def test_a_line_that_nothing_is_left_of_is_closed() -> None:
    scene = Scene()
    centre(scene, DialLimits(minutes_per_call=1))
    tolls = scene.table.tolls
    tolls.begun("ghost", "201", tolls.may_dial("0891", "201"))
    tolls.answered("ghost")
    scene.wait(61)
    scene.b2bua.watch()
    assert not tolls.ledger.lines


def test_a_call_for_help_passes_every_cap() -> None:
    scene = Scene(most_calls=0)
    centre(scene, DialLimits(allowed=("+49",), calls_per_agent=1))
    scene.arrives("in1", caller="201", called="112", user="201")
    assert not scene.sip.all("reject")
    dial(scene, "1 1 2", "d2")
    with pytest.raises(RefusedError):
        dial(scene, "+4989", "d3")


def test_a_customer_over_a_trunk_counts_on_it() -> None:
    scene = Scene()
    centre(scene)
    source = scene.sip.registered["201"].source
    from_trunk = type(source)("udp", "192.0.2.2", 5060)
    stranger = type(source)("udp", "192.0.2.77", 5060)
    scene.arrives("in1", source=from_trunk)
    scene.arrives("in2", source=stranger)
    assert scene.all(wire.CallArrived)[0].call.trunk == "two"
    assert scene.sip.all("reject") == [(LegId("in2"), 403)]


def test_a_trunk_says_who_calls_and_nobody_else_is_believed() -> None:
    scene = Scene()
    centre(scene)
    source = scene.sip.registered["201"].source
    asserted = (("P-Asserted-Identity", "<sip:+4989777@192.0.2.2>"),)
    scene.arrives("in1", source=type(source)("udp", "192.0.2.2", 5060), headers=asserted)
    scene.arrives("in2", headers=asserted)
    assert [e.call.from_number for e in scene.all(wire.CallArrived)] == ["+4989777", "555"]


def test_an_agent_has_as_many_calls_as_the_limits_say() -> None:
    scene = Scene()
    centre(scene, DialLimits(calls_per_agent=3))
    for turn in range(4):
        scene.arrives(f"in{turn}", caller="201", called="0891", user="201")
    assert scene.sip.all("reject") == [(LegId("in3"), 503)]


def test_a_trunk_whose_certificate_is_no_good_is_failed_in_words() -> None:
    scene = Scene()
    trunk = Trunk(id="x", host="192.0.2.9", transport="tls", fingerprint="rubbish", register=True)
    centre(scene, None, trunk)
    (told,) = scene.all(wire.TrunkChanged)
    assert told.state == "failed"
    assert "fingerprint" in told.detail
    assert not scene.sip.accounts


def test_a_trunk_that_wants_it_is_registered_at() -> None:
    scene = Scene()
    centre(scene, None, Trunk(id="x", host="192.0.2.9", user="u", password="p", register=True))
    (account,) = scene.sip.accounts.values()
    assert isinstance(account, Account)
    assert account.learns_realm


async def test_names_of_trunks_are_looked_up() -> None:
    scene = Scene()
    trunks = (Trunk(id="x", host="localhost"), Trunk(id="y", host="nowhere.invalid"))
    provision = centre(scene, None, *trunks)
    for _ in range(500):
        if scene.table.trunks.hosts:
            break
        await asyncio.sleep(0.01)
    assert scene.table.trunks.hosts & {"127.0.0.1", "::1"}
    provision.stop()


# -- the echo number --------------------------------------------------------------------------------------


def echo(scene: Scene, leg: str = "in1", user: str = "201") -> None:
    scene.arrives(leg, caller=user, called=ECHO, user=user)


def test_whoever_calls_the_echo_number_hears_a_beep_and_then_oneself() -> None:
    scene = Scene()
    centre(scene)
    echo(scene)
    assert scene.sip.all("answer") == [LegId("in1")]
    assert scene.desk.rows["echo/1"] == {"echo/1/beep": 1.0}
    scene.hear_all()
    assert scene.desk.rows["echo/1"] == {"echo/1": 1.0}
    assert not scene.all(wire.AgentDialled)
    scene.changes("in1", scene_direction())
    scene.wait(LASTS_S)
    assert scene.sip.all("hang_up") == [LegId("in1")]
    assert not scene.desk.open


def scene_direction() -> object:
    from agent_desktop.sip.media import Direction

    return Direction.SENDRECV


def test_one_extension_has_one_echo() -> None:
    scene = Scene()
    centre(scene)
    echo(scene)
    echo(scene, "in2")
    echo(scene, "in3", "202")
    assert scene.sip.all("reject") == [(LegId("in2"), 486)]
    scene.ends("in1")
    echo(scene, "in4")
    assert set(scene.desk.open) == {"echo/2", "echo/3"}
    scene.table.end_all()
    assert not scene.desk.open


def test_an_echo_that_cannot_be_is_refused() -> None:
    scene = Scene()
    centre(scene)
    scene.desk.full = True
    echo(scene)
    assert scene.sip.all("reject") == [(LegId("in1"), 503)]
    scene.desk.full, scene.sip.no_codec = False, True
    echo(scene, "in2")
    assert not scene.desk.open


def test_a_stranger_has_no_echo() -> None:
    scene = Scene()
    centre(scene)
    scene.arrives("in1", called=ECHO)
    assert scene.sip.all("reject") == [(LegId("in1"), 404)]
