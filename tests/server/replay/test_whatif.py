"""One more agent on Billing: shorter waits, as Erlang's formulas say; twice the same; no one else moves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from agent_desktop import cli
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import AgentId, Instant, QueueId
from agent_desktop.errors import RefusedError, StorageError
from agent_desktop.server import admin, tomlfile
from agent_desktop.server.config import centre_of
from agent_desktop.server.replay import daybook, record, whatif
from agent_desktop.server.replay.daybook import Day
from agent_desktop.server.replay.script import NEVER, chance, colleague, script_of
from agent_desktop.server.replay.whatif import AS_RECORDED, OTHER, REAL, WhatIf
from agent_desktop.server.storage import personal
from tests.server.replay import day

BILLING, SUPPORT = QueueId("billing"), QueueId("support")


def centre_from(text: str) -> Centre:
    return centre_of(tomlfile.parse(Path("centre.toml"), text.encode()))[0]


@pytest.fixture(scope="session")
def real(recorded: Path) -> Day:
    with personal.opened(recorded, read_only=True) as connection:
        return daybook.read(event for _, event in record.events(connection))


@pytest.fixture(scope="session")
def one_more(real: Day) -> WhatIf:
    return asyncio.run(whatif.what_if(real, WAS, MORE))


WAS, MORE = centre_from(day.toml()), centre_from(day.toml(1))


def test_one_more_agent_on_billing_makes_its_waits_shorter(one_more: WhatIf) -> None:
    was, more = one_more.days[AS_RECORDED][BILLING], one_more.days[OTHER][BILLING]
    assert more.wait_mean_s < 0.7 * was.wait_mean_s
    assert more.wait_p95_s < was.wait_p95_s
    assert more.abandoned < was.abandoned
    assert more.answered > was.answered
    assert more.sl > was.sl + 5
    assert more.sl2 > was.sl2 + 5
    # The same work over five agents' time instead of four's, and some more that did not leave.
    assert 0.78 < more.occupancy / was.occupancy < 0.92


def test_the_simulated_waits_lie_where_erlang_a_expects_them(one_more: WhatIf) -> None:
    """Bounds: 266 calls, hours of 33: the mean of one day strays; half to double is what the check allows."""
    for name in (AS_RECORDED, OTHER):
        check = one_more.checks[name][BILLING]
        assert 0.5 <= check.simulated_s / check.erlang_a_s <= 2.0
        assert check.words.startswith("Plausible: Erlang A expects")
        # Erlang C knows nobody who leaves: it expects more, and by the day's mean not five times as much.
        assert 0.2 * check.erlang_c_day_s < check.simulated_s < check.erlang_c_day_s
    before, after = one_more.checks[AS_RECORDED][BILLING], one_more.checks[OTHER][BILLING]
    assert after.erlang_a_s < before.erlang_a_s
    assert after.erlang_c_day_s < before.erlang_c_day_s
    assert after.agents == pytest.approx(before.agents + 1, abs=0.05)
    assert after.load == pytest.approx(before.load, rel=0.1)


def test_the_day_simulated_as_recorded_is_the_day(one_more: WhatIf) -> None:
    """Billing missed no offers: its simulated day is the real one.  The others differ by what was missed."""
    real, again = one_more.days[REAL], one_more.days[AS_RECORDED]
    assert again[BILLING].answered == real[BILLING].answered
    assert again[BILLING].wait_mean_s == pytest.approx(real[BILLING].wait_mean_s, abs=0.5)
    for key in WAS.queues:
        assert again[key].occupancy == pytest.approx(real[key].occupancy, abs=6)
        assert again[key].sl == pytest.approx(real[key].sl, abs=8)
        assert again[key].handle_s == pytest.approx(real[key].handle_s, rel=0.1)


def test_queues_without_the_new_agent_are_as_before(one_more: WhatIf) -> None:
    for key in set(WAS.queues) - {BILLING}:
        assert one_more.days[OTHER][key] == one_more.days[AS_RECORDED][key]


def test_a_second_run_says_the_same(recorded: Path) -> None:
    with personal.opened(recorded, read_only=True) as connection:
        log = [event for _, event in record.events(connection)]
    made = [
        asyncio.run(whatif.what_if(daybook.read(log, until=Instant(day.BEGIN + 5400)), WAS, MORE))
        for _ in range(2)
    ]
    assert json.dumps(whatif.document(made[0])) == json.dumps(whatif.document(made[1]))
    assert whatif.drawn(made[0]) == whatif.drawn(made[1])


def test_the_table_has_every_queue_three_times_and_names_its_formulas(one_more: WhatIf) -> None:
    told = whatif.table(one_more)
    for key, queue in WAS.queues.items():
        assert f"{queue.name} ({key})" in told
    assert told.count(f"\n  {REAL} ") == told.count(f"\n  {OTHER} ") == len(WAS.queues)
    assert "SL2 = (answered within T + abandoned within T) / (answered + abandoned)" in told


def test_the_picture_is_svg_whose_words_say_everything(one_more: WhatIf) -> None:
    root = ET.fromstring(whatif.drawn(one_more))  # noqa: S314 - our own
    name = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{name}title")
    described = root.findtext(f"{name}desc") or ""
    texts = " ".join("".join(text.itertext()) for text in root.iter(f"{name}text"))
    for queue in WAS.queues.values():
        assert queue.name in texts
        assert queue.name in described
    assert f"{one_more.days[OTHER][BILLING].wait_mean_s:.0f} s what-if" in texts


def test_a_new_agent_works_the_shift_of_a_colleague(real: Day) -> None:
    new = AgentId(f"a{day.AGENTS}")
    pattern = colleague(new, real, MORE, sorted({act.agent for act in real.acts}))
    assert WAS.agents[pattern].queues == ("billing",)
    made = script_of(real, WAS, MORE)
    hours = [(act.at, act.what) for act in made.acts if act.agent == new]
    assert hours == [(act.at, act.what) for act in made.acts if act.agent == pattern]
    assert [act for act in script_of(real, WAS, WAS).acts if act.agent == new] == []


def test_who_was_answered_would_have_waited_at_least_so_long(real: Day) -> None:
    made = {task.id: task for task in script_of(real, WAS, WAS).tasks}
    for turn in real.turns:
        if turn.number == 0 and turn.answered_at:
            assert made[turn.interaction].patience_s >= turn.wait_s
        elif turn.number == 0 and turn.left_at:
            assert made[turn.interaction].patience_s == turn.wait_s
    mails = [task for task in made.values() if task.medium == "email"]
    assert mails
    assert all(task.patience_s == NEVER for task in mails)
    assert 0 < chance("i0001") <= 1


def test_who_was_never_answered_takes_the_mean_of_the_queue(real: Day) -> None:
    left = next(turn for turn in real.turns if turn.left_at and turn.queue == BILLING)
    took = [
        turn.worked_until - turn.answered_at
        for turn in real.turns
        if turn.queue == BILLING and turn.worked_until and turn.answered_at
    ]
    task = next(t for t in script_of(real, WAS, WAS).tasks if t.id == left.interaction)
    assert task.handle_s == pytest.approx(sum(took) / len(took))


def test_a_period_begins_with_who_is_there(recorded: Path) -> None:
    noon = Instant(day.BEGIN + 4 * 3600)
    with personal.opened(recorded, read_only=True) as connection:
        part = daybook.read((event for _, event in record.events(connection)), noon)
    assert {act.agent for act in part.acts if act.at == noon} >= {AgentId("a00"), AgentId("a01")}
    assert all(turn.begun_at >= noon for turn in part.turns)
    assert all(span.begun_at >= noon for span in part.spans)


def test_work_without_a_queue_in_the_other_centre_is_refused(real: Day) -> None:
    text = day.toml()
    less = text.replace("walls", "other")
    with pytest.raises(RefusedError, match="waited in walls"):
        asyncio.run(whatif.what_if(real, WAS, centre_from(less)))


def run(*words: str) -> int:
    return admin.main(cli.parser().parse_args(["admin", *words]))


def test_the_command_prints_a_table_json_and_a_picture(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "more.toml").write_text(day.toml(1), "utf-8")
    words = ("replay", "--data", str(recorded.parent), "--config", str(tmp_path / "more.toml"))
    assert run(*words, "--to", "1800003600", "--picture", str(tmp_path / "p.svg")) == 0
    said = capsys.readouterr().out
    assert "Billing (billing)" in said
    assert "p.svg" in said
    assert ET.parse(tmp_path / "p.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own
    assert run(*words, "--to", "1800003600", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["days"]) == {REAL, AS_RECORDED, OTHER}
    assert found["erlang"][OTHER]["billing"]["words"]
    with pytest.raises(StorageError, match="nothing came"):
        run(*words, "--to", "1000")
    with pytest.raises(StorageError, match="cannot be written"):
        run(*words, "--to", "1800005400", "--picture", str(tmp_path / "no" / "p.svg"))
