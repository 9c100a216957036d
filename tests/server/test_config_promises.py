"""Promises, the return timer and empty queues as `centre.toml` says them, and what it must not say."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from agent_desktop.domain.centre import EMPTY_FACTORS, Centre, Queue
from agent_desktop.domain.types import QueueId
from agent_desktop.errors import ConfigError
from agent_desktop.server import tomlfile
from agent_desktop.server.config import centre_of, load_centre

SAMPLE = Path(__file__).parents[2] / "resources" / "centre" / "centre.toml"
TEXT, CALLS = 'media = ["email"]', 'media = ["voice"]'
SAYS = 'closed_say = "Nobody is here."'


def document(*lines: str, media: str = TEXT) -> str:
    rows = [
        'name = "Small"',
        "[dispositions.done]",
        'label = "Done"',
        "[hours.shop]",
        'zone = "Europe/Berlin"',
        'mon = ["09:00-17:00"]',
    ]
    return "\n".join([*rows, "[queues.q]", 'name = "Q"', media, *lines, ""])


def read(text: str) -> Centre:
    return centre_of(tomlfile.parse(Path("centre.toml"), text.encode()))[0]


def queue(*lines: str, media: str = TEXT) -> Queue:
    return read(document(*lines, media=media)).queues[QueueId("q")]


def test_promises_are_read_with_their_calendar() -> None:
    made = queue(
        "first_reply_s = 60", "next_reply_s = 120", "resolution_s = 2592000", 'promise_hours = "shop"'
    )
    assert (made.first_reply_s, made.next_reply_s, made.resolution_s) == (60.0, 120.0, 2_592_000.0)
    assert made.promise_hours == "shop"


def test_nothing_is_promised_unless_it_is_said() -> None:
    made = queue()
    assert (made.first_reply_s, made.next_reply_s, made.resolution_s, made.return_s) == (0.0, 0.0, 0.0, 0.0)
    assert (made.promise_hours, made.join_empty, made.leave_empty) == ("", (), ())


def test_the_return_timer_is_read() -> None:
    assert queue("return_s = 600").return_s == 600.0


@pytest.mark.parametrize("rule", ["join_empty", "leave_empty"])
def test_a_queue_for_calls_may_be_empty(rule: str) -> None:
    made = queue(f"{rule} = {list(EMPTY_FACTORS)!r}".replace("'", '"'), SAYS, media=CALLS)
    assert getattr(made, rule) == EMPTY_FACTORS


@pytest.mark.parametrize(
    ("lines", "media", "words"),
    [
        (["first_reply_s = -1"], TEXT, "first_reply_s"),
        (["resolution_s = 99999999"], TEXT, "resolution_s"),
        (['promise_hours = "night"', "first_reply_s = 9"], TEXT, "'night' is not one of shop"),
        (['promise_hours = "shop"'], TEXT, "there is no promise that it counts for"),
        (["return_s = 60"], CALLS, "only text work goes back"),
        (["return_s = 99999999"], TEXT, "return_s"),
        (['join_empty = ["asleep"]', SAYS], CALLS, "'asleep' is not one of"),
        (['join_empty = ["busy"]'], CALLS, "say what a caller meets when nobody is there"),
        (['leave_empty = ["busy"]'], CALLS, "say what a caller meets when nobody is there"),
        (['leave_empty = ["busy"]', SAYS], TEXT, "only calls are turned away"),
        ([SAYS], CALLS, "only a queue with hours, join_empty or leave_empty is ever closed"),
    ],
)
def test_what_does_not_fit_is_blamed(lines: list[str], media: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(document(*lines, media=media))
    assert words in str(caught.value)


def ring(*others: str) -> str:
    empty = ('media = ["voice"]', 'leave_empty = ["logged_out"]', 'closed_queue = "other"')
    return document(*empty[1:], media=empty[0]) + "\n".join(["[queues.other]", 'name = "Other"', *others, ""])


def test_empty_queues_that_lead_back_to_one_another_are_refused() -> None:
    back = ('media = ["voice"]', 'leave_empty = ["logged_out"]')
    with pytest.raises(ConfigError, match="for ever"):
        read(ring(*back, 'closed_queue = "q"'))
    assert read(ring(*back, SAYS)).queues[QueueId("q")].closed_queue == "other"


def test_an_emergency_closes_a_calendar() -> None:
    closed = document().replace('zone = "Europe/Berlin"', 'zone = "Europe/Berlin"\nclosed = true')
    assert read(closed).hours["shop"].closed
    assert not read(document()).hours["shop"].closed


def test_the_sample_centre_promises_replies() -> None:
    queues = load_centre(SAMPLE).queues
    mail, chat = queues[QueueId("mail")], queues[QueueId("webchat")]
    for made in (mail, chat):
        assert made.first_reply_s > 0
        assert made.return_s
        assert made.promise_hours in load_centre(SAMPLE).hours
    assert mail.resolution_s > mail.first_reply_s


def test_every_length_of_time_of_a_queue_may_be_written() -> None:
    names = [field.name for field in fields(Queue) if field.name.endswith("_s")]
    assert {"first_reply_s", "next_reply_s", "resolution_s", "return_s"} <= set(names)
