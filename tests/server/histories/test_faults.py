"""For each invariant, faults planted in the rooms: a few hundred histories are enough to catch each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import invariants, wrapup
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.call import OVER
from agent_desktop.domain.interaction import Accepted, Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, OfferId
from agent_desktop.server import acd, forms, presence, states
from agent_desktop.server.board import Board
from agent_desktop.server.calls import Calls
from agent_desktop.server.effects import Effects
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.offering import Offering
from agent_desktop.server.rehoming import Rehoming
from agent_desktop.server.returning import Returning
from agent_desktop.server.tables import Tables
from agent_desktop.server.waiting import Waiting
from agent_desktop.server.work import Work
from agent_desktop.server.wrapping import Wrapping
from tests.server.histories.playing import plan, play
from tests.server.histories.rooms import FAILED, RECORD
from tests.server.histories.scene import FORCED, UNWANTED

SEEDS = 400  # within so many histories each fault must be caught

Plant = Callable[[pytest.MonkeyPatch], None]


def an_old_hand_keeps_what_went_on(patch: pytest.MonkeyPatch) -> None:
    keep = Tables.keep

    def faulty(self: Tables, interaction: Interaction) -> None:
        before = self.interactions.get(interaction.id)
        keep(self, interaction)
        if before is not None and interaction.state == interactions.QUEUED and before.agent:
            self.in_hand.setdefault(before.agent, set()).add(interaction.id)

    patch.setattr(Tables, "keep", faulty)


def anybody_may_accept_an_offer(patch: pytest.MonkeyPatch) -> None:
    def offered(_self: Offering, step: Step, _agent: AgentId, offer: OfferId) -> Interaction:
        return next(i for i in step.tables.interactions.values() if i.offer and i.offer.id == offer)

    def accept(i: Interaction, offer: OfferId, agent: AgentId, now: Instant) -> Accepted:
        return Accepted(interaction=i.id, at=now, agent=agent, offer=offer)

    patch.setattr(Offering, "offered", offered)
    patch.setattr(interactions, "accept", accept)


def an_offered_interaction_stays_in_line(patch: pytest.MonkeyPatch) -> None:
    changed = acd.Index.work_changed

    def faulty(self: acd.Index, interaction: Interaction, *more: Any) -> None:
        if interaction.state != interactions.OFFERED:
            changed(self, interaction, *more)

    patch.setattr(acd.Index, "work_changed", faulty)


def an_offer_that_ends_leaves_the_line(patch: pytest.MonkeyPatch) -> None:
    changed = acd.Index.work_changed

    def faulty(self: acd.Index, interaction: Interaction, *more: Any) -> None:
        if interaction.state != interactions.QUEUED or not interaction.refused_by:
            changed(self, interaction, *more)

    patch.setattr(acd.Index, "work_changed", faulty)


def a_callback_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    at = Hub.at

    def faulty(self: Hub, when: Instant, change: Callable[[Step], None]) -> None:
        if "Callbacks" not in getattr(change, "__qualname__", ""):
            at(self, when, change)

    patch.setattr(Hub, "at", faulty)


def there_is_always_room(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(acd, "room_for", lambda *_load, **_limits: True)


def who_comes_free_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    settle = Offering.settle

    def faulty(self: Offering, step: Step) -> None:
        step.freed.clear()
        settle(self, step)
        step.freed.clear()

    patch.setattr(Offering, "settle", faulty)


def what_arrives_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    settle = Offering.settle

    def faulty(self: Offering, step: Step) -> None:
        step.arrived.clear()
        settle(self, step)

    patch.setattr(Offering, "settle", faulty)


def an_offer_never_expires(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Offering, "expire", lambda *_offer: None)


def a_late_accept_is_taken(patch: pytest.MonkeyPatch) -> None:
    def accept(i: Interaction, offer: OfferId, agent: AgentId, now: Instant) -> Accepted:
        return Accepted(interaction=i.id, at=now, agent=agent, offer=offer)

    patch.setattr(interactions, "accept", accept)


def offers_stay_with_who_is_gone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Offering, "release", lambda *_agent: None)


def a_restart_forgets_the_leases(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Offering, "resume", lambda *_interaction: None)


def a_wrap_up_has_no_deadline(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wrapup, "deadline", lambda *_rules: Instant(0.0))


def a_wrap_up_does_not_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Wrapping, "_over", lambda *_interaction: None)


def a_change_is_not_written_down(patch: pytest.MonkeyPatch) -> None:
    apply = Step.interaction

    def faulty(self: Step, event: interactions.InteractionEvent) -> Interaction:
        after = apply(self, event)
        if isinstance(event, interactions.Held):
            self.changes.interactions.pop(InteractionId(after.id))
        return after

    patch.setattr(Step, "interaction", faulty)


def a_call_is_not_hung_up(patch: pytest.MonkeyPatch) -> None:
    def ended(_self: Calls, step: Step, i: Interaction) -> None:
        if i.call is not None and i.call.state not in OVER:
            last = replace(i.call, state="ended", ended_at=step.now, ended_by="agent")
            step.interaction(interactions.CallMoved(interaction=i.id, at=step.now, call=last))

    patch.setattr(Calls, "ended", ended)


def a_parked_calls_form_closes_it(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(forms, "_lies_parked", lambda _interaction: False)


def what_is_kept_for_one_has_no_end(patch: pytest.MonkeyPatch) -> None:
    def reserve(_self: Waiting, _step: Step, _key: InteractionId, agent: AgentId, _s: float) -> Any:
        return agent, Instant(0.0)

    patch.setattr(Waiting, "reserve", reserve)


def what_is_kept_for_one_is_never_released(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Waiting, "unreserve", lambda *_key: None)


def anybody_takes_as_much_as_they_like(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "_has_room", staticmethod(lambda *_medium: None))


def work_stays_in_a_queue_that_is_gone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Rehoming, "_waits", lambda *_interaction: None)


def work_stays_with_an_agent_who_is_gone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Rehoming, "_left", lambda *_interaction: None)


def a_new_configuration_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    look = Rehoming._look

    def faulty(self: Rehoming, step: Step) -> None:
        look(self, step)
        step.freed.clear()

    patch.setattr(Rehoming, "_look", faulty)


def a_break_with_mail_outlives_the_connection(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(presence, "_not_there", lambda *_cause: None)


def who_signs_out_keeps_the_chat(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Returning, "release", lambda *_agent: None)


def who_wants_no_calls_is_called_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Effects, "_cancel_callbacks", lambda *_cards: None)


def a_supervisor_is_not_heard_during_work(patch: pytest.MonkeyPatch) -> None:
    chosen = states.choose

    def faulty(agent: Agent, choice: Any, *, work: Any, cause: str = "agent", **more: Any) -> Any:
        event = chosen(agent, choice, work=work, cause=cause, **more)
        return None if work and cause == "supervisor" else event

    patch.setattr(states, "choose", faulty)


def the_board_asks_for_one_who_is_gone(patch: pytest.MonkeyPatch) -> None:
    changed = Board.agent_changed

    def faulty(self: Board, agent: AgentId) -> None:
        changed(self, self._hub.tables.agents[agent].id)

    patch.setattr(Board, "agent_changed", faulty)


FAULTS: tuple[tuple[str, Plant], ...] = (
    (invariants.ONE_HAND, an_old_hand_keeps_what_went_on),
    (invariants.ONE_HAND, anybody_may_accept_an_offer),
    (invariants.ONE_HAND, an_offered_interaction_stays_in_line),
    (invariants.NOT_LOST, an_offer_that_ends_leaves_the_line),
    (invariants.NOT_LOST, a_callback_is_forgotten),
    (invariants.CAPACITY, there_is_always_room),
    (invariants.NO_IDLE, who_comes_free_is_not_looked_at),
    (invariants.NO_IDLE, what_arrives_is_not_looked_at),
    (invariants.LEASE, an_offer_never_expires),
    (invariants.LEASE, a_late_accept_is_taken),
    (invariants.LEASE, offers_stay_with_who_is_gone),
    (invariants.LEASE, a_restart_forgets_the_leases),
    (invariants.CLOCK, a_wrap_up_has_no_deadline),
    (invariants.CLOCK, a_wrap_up_does_not_end),
    (RECORD, a_change_is_not_written_down),
    (invariants.NOT_LOST, a_call_is_not_hung_up),
    (invariants.NOT_LOST, a_parked_calls_form_closes_it),
    (invariants.NOT_LOST, what_is_kept_for_one_has_no_end),
    (invariants.NOT_LOST, what_is_kept_for_one_is_never_released),
    (invariants.CAPACITY, anybody_takes_as_much_as_they_like),
    (invariants.NOT_LOST, work_stays_in_a_queue_that_is_gone),
    (invariants.NOT_LOST, work_stays_with_an_agent_who_is_gone),
    (invariants.NO_IDLE, a_new_configuration_is_not_looked_at),
    (invariants.LEASE, a_break_with_mail_outlives_the_connection),
    (invariants.NOT_LOST, who_signs_out_keeps_the_chat),
    (UNWANTED, who_wants_no_calls_is_called_back),
    (FORCED, a_supervisor_is_not_heard_during_work),
    (FAILED, the_board_asks_for_one_who_is_gone),
)
WORDS = {
    a_call_is_not_hung_up: "is up and no interaction has it",
    a_parked_calls_form_closes_it: "is up and no interaction has it",
    what_is_kept_for_one_has_no_end: "kept for one agent without end",
    what_is_kept_for_one_is_never_released: "kept for one agent beyond its time",
    anybody_takes_as_much_as_they_like: "from the list without room",
    work_stays_in_a_queue_that_is_gone: "waits in no queue",
    work_stays_with_an_agent_who_is_gone: "with nobody",
    who_signs_out_keeps_the_chat: "work lies with an agent who went",
}  # what exactly is seen, where a rule has several sides


@pytest.mark.parametrize(("rule", "plant"), FAULTS, ids=[plant.__name__ for _, plant in FAULTS])
async def test_the_histories_catch(
    rule: str, plant: Plant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plant(monkeypatch)
    for seed in range(SEEDS):
        played = await play(plan(seed), tmp_path)
        if any(v.rule == rule and WORDS.get(plant, "") in v.words for v in played.wrong):
            return
    pytest.fail(f"{SEEDS} histories did not catch it")


def test_every_invariant_has_a_planted_fault() -> None:
    assert {rule for rule, _ in FAULTS} == {*invariants.RULES, RECORD, FAILED, UNWANTED, FORCED}
