"""Who ends a wrap-up beside its agent, and what a code brings about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.centre import WrapUpRules
from agent_desktop.domain.interaction import ActNoted
from agent_desktop.domain.types import MediumId, Seconds
from agent_desktop.server import views_centre
from agent_desktop.wire import commands
from tests.server.floor import ANA, BEN, SUE, SUPPORT, Floor
from tests.server.talking import talk
from tests.server.wrapped import closings, code, ended, finish, kept, over, rule

VOICE = MediumId("voice")


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "centre.db").start()
    yield made
    await made.stop()


# --- a supervisor ends it -----------------------------------------------------------------------


async def test_a_supervisor_ends_a_wrap_up_and_the_record_says_who_and_why(floor: Floor) -> None:
    await floor.sign_in(SUE, ready=False)
    call = await ended(floor)

    def force(code: str = "", reason: str = "stuck") -> commands.ForceWrapUp:
        return commands.ForceWrapUp(interaction=call.interaction, code=code, reason=reason)

    assert (await floor.do(BEN, force())).code == "not_allowed"
    assert (await floor.do(SUE, force(reason=" "))).code == "missing_reason"
    assert (await floor.do(SUE, force("nonsense"))).code == "unknown_disposition"
    assert (await floor.do(SUE, force("solved"))).ok
    assert [(e.code, e.cause) for e in closings(floor, call.interaction)] == [("solved", "supervisor")]
    acts = [e for _seq, e in floor.store.events(0, 10_000) if isinstance(e, ActNoted)]
    assert [(a.by, a.act, a.detail) for a in acts] == [(SUE, "force_wrap_up", "stuck")]
    assert not (await floor.do(SUE, force())).ok


async def test_a_supervisor_cannot_end_a_talk_and_without_a_code_the_systems_own_is_written(
    floor: Floor,
) -> None:
    await floor.sign_in(SUE, ready=False)
    call = await talk(floor)
    command = commands.ForceWrapUp(interaction=call.interaction, code="", reason="stuck")
    assert (await floor.do(SUE, command)).code == "wrong_state"
    await over(floor)
    assert (await floor.do(SUE, command)).ok
    assert kept(floor, call.interaction).disposition == "forced"


async def test_a_form_cannot_close_a_call_that_lies_parked(floor: Floor) -> None:
    call = await talk(floor)
    assert (await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))).ok
    assert (await finish(floor, call.interaction)).code == "wrong_state"
    assert kept(floor, call.interaction).state == "parked"
    await over(floor)
    assert (await finish(floor, call.interaction)).ok


# --- what a code brings about -------------------------------------------------------------------


async def test_a_code_calls_the_customer_back_once_at_its_time(floor: Floor) -> None:
    code(floor, "again", callback_s=Seconds(3600))
    call = await ended(floor)
    assert (await finish(floor, call.interaction, "again", values=(("number", "+4930"),))).ok
    (waiting,) = (i for i in floor.hub.tables.interactions.values() if i.callback_number)
    assert (waiting.state, waiting.callback_number, waiting.callback_at - floor.clock.at) == (
        "parked",
        "+4930",
        3600,
    )
    await floor.restart()
    await floor.wait(3600)
    assert len(floor.offers(ANA)) <= 1
    assert [i.state for i in floor.hub.tables.interactions.values()] in (["queued"], ["offered"])


async def test_a_callback_without_a_number_is_refused_before_anything_happens(floor: Floor) -> None:
    code(floor, "again", callback_s=Seconds(60))
    await floor.sign_in(ANA)
    await floor.mail()
    offer = floor.board.snapshot(ANA).offers[0]
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    refused = await finish(floor, offer.interaction, "again")
    assert (refused.code, kept(floor, offer.interaction).state) == ("no_number", "active")
    given = (("number", "+4930"),)
    assert (await finish(floor, offer.interaction, "again", values=given)).ok
    (waiting,) = floor.hub.tables.interactions.values()
    assert waiting.queue == SUPPORT  # the mail's own queue takes no calls


async def test_who_wants_no_calls_gets_none_also_without_a_card(floor: Floor) -> None:
    code(floor, "unwanted", do_not_call=True)
    code(floor, "again", callback_s=Seconds(60))
    first = await ended(floor)
    assert (await finish(floor, first.interaction, "again")).ok
    await talk(floor, call="c2")
    (second,) = (i.id for i in floor.board.snapshot(ANA).interactions)
    await over(floor, "c2")
    assert (await finish(floor, second, "unwanted")).ok
    assert not floor.hub.tables.interactions  # the callback that waited is over as well
    refused = await floor.do(ANA, commands.DialNumber(number="+33611"))
    assert (refused.code, refused.message) == ("do_not_call", "+33611 asked not to be called: +33611.")
    third = await talk(floor, call="c3")
    await over(floor, "c3")
    assert (await finish(floor, third.interaction, "again")).code == "do_not_call"


async def test_a_code_chosen_early_that_cannot_be_done_any_more_closes_all_the_same(floor: Floor) -> None:
    rule(floor, wrapup_mode="mandatory_fixed")
    code(floor, "again", callback_s=Seconds(60))
    call = await ended(floor)
    assert (await finish(floor, call.interaction, "again")).ok
    floor.work.wrapping.effects.call_later = None
    await floor.wait(60)
    assert kept(floor, call.interaction).disposition == "again"
    acts = [e for _seq, e in floor.store.events(0, 10_000) if isinstance(e, ActNoted)]
    assert [(a.act, "makes no calls" in a.detail) for a in acts] == [("callback_refused", True)]


@pytest.mark.parametrize(
    ("name", "state"), [("open", "open"), ("snoozed", "snoozed"), ("solved", "resolved")]
)
async def test_a_code_says_how_the_conversation_stands(floor: Floor, name: str, state: str) -> None:
    code(floor, "open", conversation="open")
    code(floor, "snoozed", conversation="snoozed")
    await floor.sign_in(ANA)
    await floor.mail()
    offer = floor.board.snapshot(ANA).offers[0]
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    assert (await finish(floor, offer.interaction, name)).ok
    found = floor.store.conversation(kept(floor, offer.interaction).conversation)
    assert found is not None
    assert found.state == state


async def test_a_survey_is_kept_only_where_the_code_has_one(floor: Floor) -> None:
    code(floor, "asked", survey=True)
    call = await ended(floor)
    await finish(floor, call.interaction, "asked", survey=True)
    second = await talk(floor, call="c2")
    await over(floor, "c2")
    await finish(floor, second.interaction, "solved", survey=True)
    assert [kept(floor, key).survey for key in (call.interaction, second.interaction)] == [True, False]


async def test_the_form_of_a_queue_is_told_whole(floor: Floor) -> None:
    rule(floor, wrapups={VOICE: WrapUpRules(mode="optional", wrapup_s=Seconds(0))}, extend_times=2)
    code(floor, "unwanted", do_not_call=True, confirm=True)
    info = next(q for q in views_centre.centre_info(floor.hub.centre).queues if q.id == SUPPORT)
    assert [(w.medium, w.mode, w.wrapup_s) for w in info.wrapups] == [("voice", "optional", 0)]
    assert (info.extend_s, info.extend_times) == (30, 2)
    told = next(d for d in info.dispositions if d.code == "unwanted")
    assert (told.confirm, told.effects) == (True, ("Nobody calls this customer again",))
