"""What a rule would have done: the rehearsal says what the rule then does, and changes nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.cli import main as run
from agent_desktop.domain.types import Instant
from agent_desktop.errors import ConfigError
from agent_desktop.server.config_rules import rule_of
from agent_desktop.server.trying import Rehearsal, rehearse
from agent_desktop.wire import inbox
from tests.server.floor import ANA, SUE
from tests.server.test_rules import CHASE, DAY, OVERDUE, Room, Start, rule, start

__all__ = ["start"]

SAMPLE = Path(__file__).parents[2] / "resources" / "centre" / "centre.toml"
BROKEN = '[rules.broken]\nwords = ["broken"]\nsteps = ["tag damaged", "acknowledge hello"]\n'


async def tried(room: Room, tested: Any, days: int = 30) -> Rehearsal:
    return await rehearse(room.store, room.hub.centre, tested, days=days, now=room.clock.now())


async def month(room: Room) -> None:
    """Three customers, one of them by machine, one who writes twice."""
    await room.came("<1@out>", text="It is broken.")
    await room.came("<2@out>", text="Broken again!", subject="Second")
    await room.came("<3@out>", text="All is well.", subject="Thanks", from_address="ben@x.example")
    await room.came("<4@out>", text="Broken, says a machine.", automatic=True, from_address="robot@x.example")


async def test_a_new_rule_is_tried_on_past_mail_and_nothing_is_changed(start: Start) -> None:
    room = await start()
    await month(room)
    before = [message for _, message in room.store.recent_messages(Instant(0.0))]
    found = await tried(room, rule_of(BROKEN, room.hub.centre))
    assert (found.looked_at, [case.message.external_id for case in found.cases]) == (
        4, ["<1@out>", "<2@out>", "<4@out>"],
    )  # fmt: skip
    assert [case.refused for case in found.cases] == [
        "", "this sender had an automatic answer within the last day", "a machine wrote it",
    ]  # fmt: skip
    assert [message for _, message in room.store.recent_messages(Instant(0.0))] == before
    assert room.sent == []
    lines = found.lines(room.hub.centre, 2)
    assert lines[:2] == (
        "broken: 3 of 4 messages, last 30 days.",
        "It would: put the tag damaged; answer with “Greeting”.",
    )
    assert "robot@x.example" in lines[2]
    assert lines[-1] == "And 1 more."


async def test_the_rehearsal_of_arrivals_says_what_the_rule_did(start: Start) -> None:
    acting = rule("broken", "tag damaged", words=("broken",))
    room = await start(rule("vip", "tag vip", senders=("amina@*",), subject=("second",)), acting)
    await month(room)
    found = await tried(room, acting)
    told = [m for _, m in room.store.recent_messages(Instant(0.0)) if m.id.startswith("m-rule-broken-")]
    assert {case.message.id for case in found.cases} == {m.id.removeprefix("m-rule-broken-") for m in told}
    assert [case.message.external_id for case in found.cases] == ["<1@out>", "<4@out>"]


@pytest.mark.parametrize("timed", [CHASE, OVERDUE])
async def test_the_rehearsal_of_waiting_says_what_the_rule_did(start: Start, timed: Any) -> None:
    room = await start(timed)
    await room.came()
    await room.wait(2 * DAY)
    await room.reply()
    await room.wait(5 * DAY)
    await room.came("<2@out>", references=("<1@out>",), in_reply_to=("<1@out>",))
    await room.wait(3600)
    await room.reply("Again.")
    await room.wait(2 * DAY)
    told = [m for _, m in room.store.recent_messages(Instant(0.0)) if m.id.startswith(f"m-rule-{timed.id}-")]
    found = await tried(room, timed)
    assert len(told) == 1
    assert [f"m-rule-{timed.id}-{case.message.id}" for case in found.cases] == [m.id for m in told]
    assert [case.at for case in found.cases] == [m.at for m in told] or found.cases[0].at <= told[0].at


async def test_only_so_many_days_are_looked_at(start: Start) -> None:
    room = await start()
    await month(room)
    await room.wait(10 * DAY)
    assert (await tried(room, rule_of(BROKEN, room.hub.centre), days=9)).looked_at == 0


async def test_who_leads_tries_a_rule_and_an_agent_may_not(start: Start) -> None:
    room = await start()
    await month(room)
    await room.sign_in(ANA, SUE, ready=False)
    reply = await room.do(SUE, inbox.FindPast(rule=BROKEN, days=7))
    assert reply.result is not None
    assert reply.result.counts == (("looked_at", 4), ("acted", 3))
    assert reply.result.lines[0].endswith("3 of 4 messages, last 7 days.")
    assert not (await room.do(ANA, inbox.FindPast(rule=BROKEN))).ok
    wrong = await room.do(SUE, inbox.FindPast(rule='[rules.x]\nsteps = ["tag a,b"]'))
    assert not wrong.ok
    assert "no comma" in wrong.message


async def test_a_rule_that_is_tried_is_checked_like_one_of_the_file(start: Start) -> None:
    room = await start(OVERDUE)
    assert rule_of("overdue", room.hub.centre) is OVERDUE
    with pytest.raises(ConfigError, match="neither the name of a rule nor"):
        rule_of("no such rule", room.hub.centre)
    with pytest.raises(ConfigError, match="one rule at a time"):
        rule_of('[rules.a]\nsteps = ["resolve"]\n[rules.b]\nsteps = ["resolve"]', room.hub.centre)
    bare = rule_of('words = ["x"]\nsteps = ["resolve"]', room.hub.centre)
    assert (bare.label, bare.conditions.words) == ("This rule", ("x",))


async def test_the_command_line_tries_a_rule_beside_a_router_that_runs(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = await start()
    room.clock.at = time.time()
    await room.came(text="It is broken.")
    file = tmp_path / "rule.toml"
    file.write_text('[rules.damaged-too]\nwords = ["broken"]\nsteps = ["tag seen"]\n')
    words = ["admin", "--config", str(SAMPLE), "--data", str(tmp_path), "rules"]
    assert await asyncio.to_thread(run, [*words, "try", str(file), "--days", "2"]) == 0
    assert "1 of 1 messages, last 2 days." in capsys.readouterr().out
    assert await asyncio.to_thread(run, [*words, "try", "damaged"]) == 0
    assert "Damaged in transit: 1 of 1 messages" in capsys.readouterr().out
    assert await asyncio.to_thread(run, [*words, "list"]) == 0
    assert (
        "forgotten: A day without an answer, unanswered for 24 h: put the tag overdue"
        in capsys.readouterr().out
    )
    assert await asyncio.to_thread(run, [*words, "try", "nothing"]) == 2
    assert room.thread().tags == ()
