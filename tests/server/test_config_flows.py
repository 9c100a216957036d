# ruff: noqa: E501 - the tables below read best as one case a row
"""Flows, calendars and queues of `centre.toml`: what is read, and what is told about every mistake."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.hours import Period
from agent_desktop.domain.ivr import Say
from agent_desktop.errors import ConfigError
from agent_desktop.server import tomlfile
from agent_desktop.server.config import centre_of

HEAD = """
name = "Centre"
skills = ["french"]
[queues.support]
name = "Support"
media = ["voice"]
wrapup_mode = "none"
[queues.box]
name = "Box"
media = ["voicemail"]
wrapup_mode = "none"
[hours.day]
mon = ["09:00-17:00"]
[flows.main]
person_queue = "support"
"""


def node(name: str, *lines: str) -> str:
    return "\n".join(["[[flows.main.nodes]]", f'id = "{name}"', *lines, ""])


def choice(*lines: str) -> str:
    return "\n".join(["[[flows.main.nodes.choices]]", *lines, ""])


QUEUE = node("end", 'queue = "support"')
ONE = choice('key = "1"', 'label = "One"', 'goto = "end"')


def read(text: str) -> Centre:
    return centre_of(tomlfile.parse(Path("centre.toml"), text.encode()))[0]


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


# --- flows ----------------------------------------------------------------------------------------


def test_every_kind_of_node_is_read() -> None:
    flow = read(
        HEAD
        + node("door", 'hours = "day"', 'open = "who"', 'closed = "box"')
        + node("box", 'say = "Speak."', 'voicemail = "box"')
        + node("who", 'lookup = "customer"', 'found = "hello"', 'not_found = "menu"')
        + node("hello", 'say = "Hello {customer.name}."', 'language = "fr"', 'goto = "menu"')
        + node("menu", 'say = "Press."', 'sorry = "Again."', "retries = 1", "barge_in = false", "wait_s = 3")
        + choice('key = "1"', 'label = "Order"', 'goto = "number"', 'speech = ["order"]')
        + choice('key = "2"', 'label = "Back"', 'goto = "back"', "skills = { french = 2 }")
        + choice('key = "3"', 'label = "Away"', 'goto = "away"')
        + choice('key = "4"', 'label = "Bye"', 'goto = "bye"')
        + choice('key = "0"', 'label = "Person"')
        + node(
            "number",
            'say = "Number?"',
            'collect = "order_number"',
            "least = 2",
            "most = 6",
            'end_key = "*"',
            'goto = "dip"',
        )
        + node("dip", 'lookup = "order"', 'by = "order_number"', 'found = "tell"', 'not_found = "end"')
        + node("tell", 'say = "{order.title}: {order.state}."', 'goto = "end"')
        + node("back", 'say = "Good-bye."', "callback = true", 'queue = "support"')
        + node("away", 'transfer = "+4930123"')
        + node("bye", 'say = "Bye."', "hang_up = true")
        + QUEUE
    ).flows["main"]
    assert flow.nodes[0].id == "door"
    assert flow.node("menu").choices[0].speech == ("order",)
    assert (flow.node("menu").sorry, flow.node("menu").barge_in) == ((Say(text="Again."),), False)
    assert (flow.node("number").least, flow.node("number").most, flow.node("number").end_key) == (2, 6, "*")
    assert flow.node("dip").by == "order_number"


def test_a_prompt_has_variants_in_other_languages() -> None:
    words = 'say = { text = "Hello", variants = { fr = "Bonjour" } }'
    (say,) = read(HEAD + node("a", words, 'queue = "support"')).flows["main"].nodes[0].say
    assert say.variants == {"fr": "Bonjour"}


FLOWS = {
    "no nodes": ("", "a flow needs one node or more"),
    "dead end": (node("a", 'say = "Hello"'), "dead end"),
    "dead choice": (node("a", 'say = "x"') + choice('key = "1"', 'label = "One"'), "this choice is a dead end"),
    "two things": (node("a", 'queue = "support"', "hang_up = true"), "one of them is allowed"),
    "menu and hours": (node("a", 'say = "x"', 'hours = "day"', 'open = "end"', 'closed = "end"') + ONE + QUEUE, "one of them is allowed"),
    "hours without closed": (node("a", 'hours = "day"', 'open = "end"') + QUEUE, "a node with hours needs open and closed"),
    "hours without open": (node("a", 'hours = "day"', 'closed = "end"') + QUEUE, "a node with hours needs open and closed"),
    "unknown calendar": (node("a", 'hours = "night"', 'open = "end"', 'closed = "end"') + QUEUE, "'night' is not one of day"),
    "lookup without not_found": (node("a", 'lookup = "order"', 'found = "end"') + QUEUE, "needs found and not_found"),
    "unknown lookup": (node("a", 'lookup = "weather"', 'found = "end"', 'not_found = "end"') + QUEUE, "'weather' is not one of"),
    "lookup by nothing": (node("a", 'lookup = "order"', 'by = "number"', 'found = "end"', 'not_found = "end"') + QUEUE, "nothing in this flow sets 'number'"),
    "callback to nothing": (node("a", 'say = "x"', "callback = true", 'by = "number"'), "nothing in this flow sets 'number'"),
    "collect without goto": (node("a", 'say = "x"', 'collect = "number"'), "needs goto"),
    "collect in silence": (node("a", 'collect = "number"', 'goto = "end"') + QUEUE, "must hear what comes"),
    "collect more than most": (node("a", 'say = "x"', 'collect = "n"', "least = 5", "most = 2", 'goto = "end"') + QUEUE, "no more than most"),
    "bad variable": (node("a", 'say = "x"', 'collect = "Order Number"', 'goto = "end"') + QUEUE, "is not a variable"),
    "menu in silence": (node("a") + ONE + QUEUE, "must hear the choices"),
    "voicemail in silence": (node("a", 'voicemail = "box"'), "must hear what comes"),
    "voicemail nowhere": (node("a", 'say = "x"', 'voicemail = "support"'), "that takes voicemail"),
    "queue that takes no calls": (node("a", 'queue = "box"'), "that takes voice"),
    "transfer to words": (node("a", 'transfer = "home"'), "is not a number"),
    "goto beside a queue": (node("a", 'queue = "support"', 'goto = "end"') + QUEUE, "goto is for a node"),
    "unknown goto": (node("a", 'goto = "nowhere"'), "no node 'nowhere'"),
    "unknown open": (node("a", 'hours = "day"', 'open = "x"', 'closed = "end"') + QUEUE, "no node 'x'"),
    "unreachable": (node("a", 'queue = "support"') + QUEUE, "'end' cannot be reached"),
    "variable never set": (node("a", 'say = "Your {order.state}."', 'queue = "support"'), "nothing in this flow sets {order.state}"),
    "variable never set in a variant": (node("a", 'say = { text = "x", variants = { fr = "{nom}" } }', 'queue = "support"'), "nothing in this flow sets {nom}"),
    "variable never set in sorry": (node("a", 'say = "x"', 'sorry = "{nobody}"') + ONE + QUEUE, "nothing in this flow sets {nobody}"),
    "empty prompt": (node("a", "say = { language = 'fr' }", 'queue = "support"'), "needs a text or a file"),
    "long prompt": (node("a", f'say = "{"x" * 2001}"', 'queue = "support"'), "at most 2000"),
    "key twice": (node("a", 'say = "x"') + ONE + ONE + QUEUE, "the key 1 stands here 2 times"),
    "zero elsewhere": (node("a", 'say = "x"') + choice('key = "0"', 'label = "x"', 'goto = "end"') + QUEUE, "key 0 always reaches a person"),
    "no such key": (node("a", 'say = "x"') + ONE.replace('"1"', '"11"') + QUEUE, "'11' is not one of"),
    "a wait too short": (node("a", 'say = "x"', "wait_s = 0") + ONE + QUEUE, "out of range"),
    "an end key that is a digit": (node("a", 'say = "x"', 'collect = "n"', 'end_key = "5"', 'goto = "end"') + QUEUE, "'5' is not one of"),
    "a single digit that could be 0": (node("a", 'say = "x"', 'collect = "n"', "least = 1", 'goto = "end"') + QUEUE, "out of range"),
    "unknown key in a node": (node("a", 'queue = "support"', "colour = 1"), "no such key"),
}  # fmt: skip


@pytest.mark.parametrize("case", FLOWS)
def test_a_flow_that_would_strand_a_caller_is_told(case: str) -> None:
    text, words = FLOWS[case]
    assert words in complaint(HEAD + text)


# --- hours ----------------------------------------------------------------------------------------


def hours(*lines: str) -> str:
    return HEAD + QUEUE + "\n".join(["[hours.shop]", *lines, ""])


def test_a_calendar_is_read_with_its_dates() -> None:
    text = hours(
        'zone = "Europe/Berlin"',
        'mon = ["13:00-17:30", "09:00-12:00"]',
        "[hours.shop.dates]",
        "2026-12-25 = []",
        '2026-12-24 = ["09:00-24:00"]',
    )
    shop = read(text).hours["shop"]
    assert shop.zone == "Europe/Berlin"
    assert shop.week == {"mon": (Period(540, 720), Period(780, 1050))}
    assert shop.special == {date(2026, 12, 25): (), date(2026, 12, 24): (Period(540, 1440),)}
    assert not shop.closed


def test_the_emergency_switch_is_one_line() -> None:
    assert read(hours("closed = true")).hours["shop"].closed


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (['zone = "Europe/Atlantis"'], "no time zone"),
        (['zone = "../../etc/passwd"'], "no time zone"),
        (['zone = "/etc/localtime"'], "no time zone"),
        (['mon = ["9-17"]'], "is not a period"),
        (['mon = ["09:00-25:00"]'], "is not a period"),
        (['mon = ["17:00-09:00"]'], "is not a period"),
        (['mon = ["09:00-09:00"]'], "is not a period"),
        (['mon = ["09:00-24:30"]'], "is not a period"),
        (['mon = ["09:00-12:00", "11:59-13:00"]'], "two periods overlap"),
        (['mon = "09:00-12:00"'], "a list of texts"),
        (["[hours.shop.dates]", '2026-02-30 = ["09:00-12:00"]'], "a date is written"),
        (["[hours.shop.dates]", "christmas = []"], "a date is written"),
        (['monday = ["09:00-12:00"]'], "no such key"),
        (['closed = "yes"'], "true or false"),
    ],
)
def test_a_wrong_calendar_is_told(lines: list[str], words: str) -> None:
    told = complaint(hours(*lines))
    assert words in told
    assert "hours.shop" in told


def test_periods_that_touch_do_not_overlap() -> None:
    assert len(read(hours('mon = ["09:00-12:00", "12:00-13:00"]')).hours["shop"].week["mon"]) == 2


# --- queues ---------------------------------------------------------------------------------------


def queue(*lines: str, more: str = "") -> str:
    head = HEAD.replace('name = "Support"\n', "\n".join(['name = "Support"', *lines, ""]))
    return head + QUEUE + more


SAY = 'position = "{position}"'
TOLD = "[queues.support.announcements]\n"


def test_announcements_are_read() -> None:
    lines = (
        "after_s = 20",
        "gap_s = 15",
        "every_s = 60",
        SAY,
        'callback = "Press *."',
        'callback_key = "*"',
        'called_back = "Bye."',
    )
    made = read(queue(more=TOLD + "\n".join(lines))).queues["support"].announcements  # type: ignore[index]  # a plain text
    assert (made.after_s, made.gap_s, made.every_s, made.callback_key) == (20, 15, 60, "*")
    assert (made.position, made.called_back) == ((Say(text="{position}"),), (Say(text="Bye."),))


def test_overflow_and_hours_of_a_queue_are_read() -> None:
    other = '[queues.other]\nname = "Other"\nmedia = ["voice"]\nwrapup_mode = "none"\n'
    lines = (
        'overflow = "other"',
        "overflow_s = 90",
        "overflow_size = 5",
        'hours = "day"',
        'closed_say = "Closed."',
        'closed_voicemail = "box"',
    )
    made = read(queue(*lines, more=other)).queues["support"]  # type: ignore[index]  # a plain text
    assert (made.overflow, made.overflow_s, made.overflow_size) == ("other", 90, 5)
    assert (made.hours, made.closed_say, made.closed_voicemail) == ("day", (Say(text="Closed."),), "box")


@pytest.mark.parametrize(
    ("lines", "more", "words"),
    [
        (['overflow = "box"'], "", "belong together"),
        (["overflow_s = 60"], "", "belong together"),
        (['overflow = "nobody"', "overflow_s = 60"], "", "'nobody' is not one of"),
        (['overflow = "box"', "overflow_s = 60"], "", "'box' does not take voice"),
        (['overflow = "support"', "overflow_s = 60"], "", "the same queue"),
        (['hours = "day"'], "", "say what a caller meets"),
        (['hours = "night"', 'closed_say = "x"'], "", "'night' is not one of"),
        (['closed_say = "x"'], "", "only a queue with hours"),
        (['hours = "day"', 'closed_say = "x"', 'closed_queue = "support"'], "", "not both"),
        (['hours = "day"', 'closed_queue = "support"'], "", "the same queue"),
        (['hours = "day"', 'closed_queue = "box"'], "", "'box' does not take voice"),
        (['hours = "day"', 'closed_say = "x"', 'closed_voicemail = "support"'], "", "does not take voicemail"),
        (['hours = "day"', 'closed_voicemail = "box"'], "", "must hear what comes"),
        ([], TOLD + "after_s = 20", "go together"),
        ([], TOLD + SAY, "go together"),
        ([], TOLD + "after_s = 20\n" + SAY + "\ngap_s = 5", "out of range"),
        ([], TOLD + "after_s = 20\n" + SAY + "\ngap_s = 90\nevery_s = 60", "more often than gap_s"),
        ([], TOLD + 'after_s = 20\nposition = "{minutes}"', "{minutes} is not known"),
        ([], TOLD + 'after_s = 20\nwait = "{position}"', "{position} is not known"),
        ([], TOLD + "after_s = 20\n" + SAY + '\nsoon = "x"', "this belongs to wait"),
        ([], TOLD + 'after_s = 20\nwait = "{minutes}"\nfirst = "x"', "this belongs to position"),
        ([], TOLD + 'after_s = 20\ncallback = "x"', "must hear that it is understood"),
        ([], TOLD + 'after_s = 20\ncallback = "x"\ncalled_back = "y"\ncallback_key = "0"', "'0' is not one of"),
        ([], TOLD + "after_s = 20\n" + SAY + "\nloud = true", "no such key"),
        (['callback = "nobody_first"'], "", "is not one of agent_first"),
        (["callback_tries = 0"], "", "out of range"),
        (['recording = "sometimes"'], "", "is not one of"),
        (["media = 3"], "", "not TOML"),
    ],
)  # fmt: skip
def test_a_queue_that_would_strand_a_caller_is_told(lines: list[str], more: str, words: str) -> None:
    assert words in complaint(queue(*lines, more=more))


@pytest.mark.parametrize("days", ["-1", '"ten"', "99999"])
def test_how_long_recordings_are_kept_is_a_number_of_days(days: str) -> None:
    assert "keep_recordings_days" in complaint(f"keep_recordings_days = {days}\n" + HEAD + QUEUE)


def test_recordings_are_kept_for_so_many_days() -> None:
    assert read("keep_recordings_days = 30\n" + HEAD + QUEUE).keep_recordings_days == 30
    assert read(HEAD + QUEUE).keep_recordings_days == 0


VALUES = st.sampled_from(
    ['""', '"x"', '"{order.state}"', "1", "-1", "true", "[]", "{}", "[1]", '["x"]', "2026-01-01", "nan", "{ text = 1 }", "{ variants = [] }", '"\\u0000"']
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "say",
        "choices",
        "queue",
        "skills",
        "retries",
        "wait_s",
        "hang_up",
        "goto",
        "collect",
        "least",
        "most",
        "end_key",
        "hours",
        "open",
        "closed",
        "lookup",
        "by",
        "found",
        "not_found",
        "language",
        "callback",
        "voicemail",
        "transfer",
        "barge_in",
        "sorry",
    ]
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_value_in_a_node_raises_nothing_else(values: dict[str, str]) -> None:
    text = HEAD + node("a", *(f"{name} = {value}" for name, value in values.items())) + QUEUE
    with contextlib.suppress(ConfigError):
        read(text)


TELLING = st.sampled_from(
    [
        "after_s",
        "gap_s",
        "every_s",
        "position",
        "first",
        "wait",
        "soon",
        "callback",
        "callback_key",
        "called_back",
    ]
)


@given(st.dictionaries(TELLING, VALUES, max_size=5))
def test_any_value_in_announcements_raises_nothing_else(values: dict[str, str]) -> None:
    text = queue(more=TOLD + "\n".join(f"{name} = {value}" for name, value in values.items()))
    with contextlib.suppress(ConfigError):
        read(text)
