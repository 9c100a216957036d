"""What `centre.toml` says of time and of needs: longer timers, more time, relays."""

from __future__ import annotations

import pytest

from agent_desktop.domain.centre import AgentEntry, Queue
from agent_desktop.domain.types import AgentId, QueueId
from tests.server.test_config import SMALL, changed, complaint, line_of, read

TIME = changed(
    'name = "Support"\n', 'name = "Support"\noffer_extend_s = 15\noffer_extend_times = 2\n'
).replace('name = "Mateo"\n', 'name = "Mateo"\ntimers = 2.5\nauto_accept = false\n')


def test_time_is_read_for_a_queue_an_agent_and_relays() -> None:
    centre = read(f"relay_timers = 3\n{TIME}")
    queue, agent = centre.queues[QueueId("support")], centre.agents[AgentId("mateo")]
    assert (queue.offer_extend_s, queue.offer_extend_times) == (15.0, 2)
    assert (agent.timers, agent.auto_accept) == (2.5, False)
    assert centre.relay_timers == 3.0


def test_without_a_word_nothing_is_longer_and_no_more_time_is_given() -> None:
    centre = read(SMALL)
    plain = Queue(id=QueueId("x"), name="x"), AgentEntry(id=AgentId("x"), name="x")
    assert (plain[0].offer_extend_s, plain[1].timers, plain[1].auto_accept) == (0.0, 1.0, True)
    assert centre.queues[QueueId("support")].offer_extend_s == 0.0


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("timers = 2.5", "timers = 0.5", "1 to 10 is allowed"),
        ("timers = 2.5", "timers = 11", "1 to 10 is allowed"),
        ("auto_accept = false", 'auto_accept = "no"', "true or false"),
        ("offer_extend_times = 2", "offer_extend_times = -1", "0 to 100 is allowed"),
    ],
)
def test_what_cannot_be_is_refused_at_its_line(good: str, bad: str, said: str) -> None:
    text = TIME.replace(good, bad)
    error = complaint(text)
    assert said in str(error)
    assert f"line {line_of(text, bad)}" in str(error)


def test_captions_are_kept_unless_the_centre_says_no() -> None:
    assert read(SMALL).keep_captions
    assert not read(f"keep_captions = false\n{SMALL}").keep_captions
    assert "true or false" in str(complaint(f'keep_captions = "no"\n{SMALL}'))
