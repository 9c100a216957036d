"""Wrap-up at the router: the five modes, the one clock, the safety time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.centre import WrapUpRules
from agent_desktop.domain.types import MediumId, Seconds
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.domain.wrapup_tables import MODES, Row
from tests.server.floor import ANA, BEN, MAIL, Floor
from tests.server.talking import talk
from tests.server.wrapped import closings, code, ended, finish, kept, over, rule, taken

VOICE = MediumId("voice")


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "centre.db").start()
    yield made
    await made.stop()


# --- the five modes -----------------------------------------------------------------------------


@pytest.mark.parametrize("row", MODES, ids=lambda row: row.mode)
async def test_a_wrap_up_begins_and_is_left_as_its_mode_says(floor: Floor, row: Row) -> None:
    rule(floor, wrapup_mode=row.mode)
    call = await ended(floor)
    if not row.begins:
        assert (kept(floor, call.interaction).state, kept(floor, call.interaction).disposition) == (
            "closed",
            "none",
        )
        return
    assert kept(floor, call.interaction).state == "wrap_up"
    without = await finish(floor, call.interaction, "")
    assert without.ok is row.without_code
    if row.without_code:
        assert kept(floor, call.interaction).disposition == "none"
        return
    assert (without.code, "code" in without.message) == ("no_code", True)
    await floor.wait(30)
    assert (await finish(floor, call.interaction)).ok
    now = kept(floor, call.interaction)
    assert (now.state, now.disposition) == ("closed" if row.early == "at once" else "wrap_up", "solved")


@pytest.mark.parametrize("row", [row for row in MODES if row.begins], ids=lambda row: row.mode)
async def test_a_wrap_up_ends_by_itself_as_its_mode_says(floor: Floor, row: Row) -> None:
    rule(floor, wrapup_mode=row.mode)
    call = await ended(floor)
    await floor.wait(59.9)
    assert kept(floor, call.interaction).state == "wrap_up"
    await floor.wait(2 * 3600)
    assert kept(floor, call.interaction).disposition == row.at_the_end


async def test_a_code_in_a_fixed_wrap_up_is_kept_can_be_changed_and_takes_effect_at_the_end(
    floor: Floor,
) -> None:
    rule(floor, wrapup_mode="mandatory_fixed")
    code(floor, "later", conversation="open")
    call = await ended(floor)
    assert (await finish(floor, call.interaction, note="first")).ok
    shown = floor.board.snapshot(ANA).interactions[0]
    assert (shown.state, shown.disposition, shown.disposition_note) == ("wrap_up", "solved", "first")
    assert (await finish(floor, call.interaction, "later", note="second")).ok
    await floor.wait(59)
    assert kept(floor, call.interaction).state == "wrap_up"
    await floor.wait(1)
    now = kept(floor, call.interaction)
    assert (now.state, now.disposition, now.disposition_note) == ("closed", "later", "second")
    assert [(e.code, e.cause) for e in closings(floor, call.interaction)] == [("later", "agent")]


async def test_a_medium_of_a_queue_has_its_own_mode(floor: Floor) -> None:
    rule(
        floor,
        wrapup_mode="mandatory",
        wrapups={VOICE: WrapUpRules(mode="mandatory_timed", wrapup_s=Seconds(5))},
    )
    call = await ended(floor)
    await floor.wait(5)
    assert kept(floor, call.interaction).disposition == "timeout"


async def test_a_mail_is_finished_in_one_act_also_where_there_is_no_wrap_up(floor: Floor) -> None:
    rule(floor, MAIL, wrapup_mode="none")
    await floor.sign_in(ANA)
    await floor.mail()
    offer = floor.board.snapshot(ANA).offers[0]
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    assert (await finish(floor, offer.interaction, note="sent")).ok
    now = kept(floor, offer.interaction)
    assert (now.state, now.disposition, now.disposition_note) == ("closed", "solved", "sent")


async def test_what_is_ringing_cannot_be_wrapped_up_and_a_branch_is_no_code(floor: Floor) -> None:
    code(floor, "complaint")
    code(floor, "delivery", parent="complaint")
    call = await talk(floor)
    assert (await finish(floor, call.interaction)).code == "wrong_state"
    await over(floor)
    refused = await finish(floor, call.interaction, "complaint")
    assert (refused.code, refused.message) == ("branch", "Choose one of the codes under “Complaint”.")
    assert (await finish(floor, call.interaction, "nonsense")).code == "unknown_disposition"
    assert (await finish(floor, call.interaction, "delivery")).ok


# --- the clock ----------------------------------------------------------------------------------


async def test_an_agent_who_is_away_for_an_hour_finds_it_closed_once_with_timeout(floor: Floor) -> None:
    call = await ended(floor)
    floor.presence.lost(ANA)
    await floor.wait(3600)
    await floor.presence.came(ANA)
    await floor.wait(3600)
    assert [(e.code, e.cause) for e in closings(floor, call.interaction)] == [("timeout", "timeout")]


async def test_the_clock_runs_on_over_a_restart(floor: Floor) -> None:
    call = await ended(floor)
    await floor.wait(30)
    await floor.restart()
    await floor.wait(29)
    assert kept(floor, call.interaction).state == "wrap_up"
    await floor.wait(1)
    assert kept(floor, call.interaction).disposition == "timeout"


async def test_two_wrap_ups_of_an_agent_end_together_at_the_later_time(floor: Floor) -> None:
    call = await ended(floor)
    await floor.wait(50)
    mail = await taken(floor, 20)
    deadlines = {i.wrapup_deadline_at - floor.clock.at for i in floor.board.snapshot(ANA).interactions}
    assert deadlines == {20.0}  # the call had 10 s left
    assert kept(floor, call.interaction).wrapup_extensions == 0
    assert (await floor.do(ANA, commands.ExtendWrapUp(interaction=call.interaction))).ok
    deadlines = {i.wrapup_deadline_at - floor.clock.at for i in floor.board.snapshot(ANA).interactions}
    assert deadlines == {50.0}
    await floor.wait(50)
    assert {kept(floor, key).disposition for key in (call.interaction, mail)} == {"timeout"}


async def test_a_short_wrap_up_that_begins_later_shortens_nothing(floor: Floor) -> None:
    call = await ended(floor)
    mail = await taken(floor, 5)
    await floor.wait(59)
    assert {kept(floor, key).state for key in (call.interaction, mail)} == {"wrap_up"}


async def test_who_puts_a_call_through_wraps_up_the_own_part_and_gets_no_call_meanwhile(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN)
    await floor.do(ANA, commands.Consult(interaction=call.interaction, target="ben"))
    leg = await call.guest("ben")
    await floor.do(ANA, commands.CompleteTransfer(interaction=call.interaction))
    call.extension, call.with_whom = "102", "customer"
    call.legs = [call.legs[0], wire.SwitchLeg(id=leg, kind="agent", state="up", extension="102")]
    await call.tell()
    (part,) = floor.board.snapshot(ANA).interactions
    assert (part.state, part.wrapup_deadline_at - floor.clock.at) == ("wrap_up", 60.0)
    await floor.call("c2", caller="+33622")
    assert not floor.offers(ANA)
    assert (await finish(floor, part.id, note="put through")).ok
    assert len(floor.offers(ANA)) == 1
    assert call.now.agent == BEN


async def test_more_time_is_counted_and_refused_in_words_when_it_is_used_up(floor: Floor) -> None:
    rule(floor, extend_times=1, extend_s=Seconds(15))
    call = await talk(floor)
    early = await floor.do(ANA, commands.ExtendWrapUp(interaction=call.interaction))
    assert early.message == "The wrap-up has not begun."
    await over(floor)
    assert (await floor.do(ANA, commands.ExtendWrapUp(interaction=call.interaction))).ok
    refused = await floor.do(ANA, commands.ExtendWrapUp(interaction=call.interaction))
    assert (refused.code, refused.message) == (
        "extended_out",
        "It was extended once already. There is no more time.",
    )
    rule(floor, extend_times=0)
    none = await floor.do(ANA, commands.ExtendWrapUp(interaction=call.interaction))
    assert none.message == "This queue gives no more time."
    await floor.wait(74)
    assert kept(floor, call.interaction).state == "wrap_up"
    await floor.wait(1)
    assert kept(floor, call.interaction).disposition == "timeout"


async def test_a_wrap_up_without_a_limit_cannot_be_lengthened(floor: Floor) -> None:
    rule(floor, wrapup_s=Seconds(0))
    call = await ended(floor)
    refused = await floor.do(ANA, commands.ExtendWrapUp(interaction=call.interaction))
    assert refused.code == "no_limit"


async def test_the_safety_time_ends_what_was_lengthened_again_and_again(floor: Floor) -> None:
    rule(floor, extend_times=100, extend_s=Seconds(600))
    call = await ended(floor)
    for _ in range(5):
        await floor.do(ANA, commands.ExtendWrapUp(interaction=call.interaction))
    await floor.wait(899)
    assert kept(floor, call.interaction).state == "wrap_up"
    await floor.wait(1)
    assert kept(floor, call.interaction).disposition == "timeout"


async def test_a_limit_that_came_after_the_wrap_up_began_is_kept_by_the_safety_time(floor: Floor) -> None:
    rule(floor, wrapup_mode="mandatory")
    call = await ended(floor)
    await floor.restart()  # with the plain rules: a minute, and code `timeout`
    await floor.wait(900)
    assert kept(floor, call.interaction).disposition == "timeout"


@pytest.mark.parametrize("comes_back", [True, False])
async def test_without_a_limit_who_leaves_for_good_leaves_a_code_of_the_system(
    floor: Floor, comes_back: bool
) -> None:
    rule(floor, wrapup_mode="mandatory")
    call = await ended(floor)
    floor.presence.lost(ANA)
    await floor.wait(15)
    await floor.wait(600)
    if comes_back:
        await floor.presence.came(ANA)
    await floor.wait(300)
    now = kept(floor, call.interaction)
    assert (now.state, now.disposition) == (("wrap_up", "") if comes_back else ("closed", "left"))


async def test_a_customer_who_leaves_after_the_agent_did_is_closed_too(floor: Floor) -> None:
    rule(floor, wrapup_mode="optional")
    call = await talk(floor)
    floor.presence.lost(ANA)
    await floor.wait(15)
    await over(floor)
    await floor.wait(900)
    assert kept(floor, call.interaction).disposition == "left"


async def test_ready_during_wrap_up_is_the_next_state_and_is_not_lost(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.SetNotReady(reason="break"))
    await over(floor)
    assert (await floor.do(ANA, commands.SetReady())).ok
    me = floor.hub.tables.agents[ANA]
    assert (me.state, me.next_state, floor.board.snapshot(ANA).me.activity) == ("ready", "", "wrap_up")
    await floor.call("c2", caller="+33622")
    assert not floor.offers(ANA)
    await floor.do(ANA, commands.SetNotReady(reason="lunch"))
    assert floor.hub.tables.agents[ANA].next_state == "not_ready"
    await finish(floor, call.interaction)
    assert (floor.hub.tables.agents[ANA].state, floor.hub.tables.agents[ANA].reason) == ("not_ready", "lunch")
