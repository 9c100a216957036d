"""Wrap-up in `centre.toml`: what is read, and what is told when it cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain import wrapup
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import DispositionCode, MediumId, QueueId
from agent_desktop.errors import ConfigError
from agent_desktop.server import tomlfile
from agent_desktop.server.config import centre_of, load_centre

SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "centre" / "centre.toml"
QUEUE = '[queues.support]\nname = "Support"\nmedia = ["voice", "chat"]\n'
CODE = '[dispositions.done]\nlabel = "Done"\n'


def read(text: str) -> Centre:
    return centre_of(tomlfile.parse(Path("centre.toml"), ('name = "T"\n' + text).encode()))[0]


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


def test_a_medium_and_callbacks_have_their_own_rules_the_rest_is_the_queues() -> None:
    centre = read(
        QUEUE + 'wrapup_mode = "mandatory"\nwrapup_s = 2000000\n'
        '[queues.support.wrapups.chat]\nmode = "optional"\n'
        "[queues.support.wrapups.callback]\nwrapup_s = 90\n" + CODE
    )
    rules = centre.queues[QueueId("support")].wrapups
    assert {medium: (rule.mode, rule.wrapup_s) for medium, rule in rules.items()} == {
        MediumId("chat"): ("optional", 2_000_000),
        wrapup.CALLBACK: ("mandatory", 90),
    }


def test_what_a_code_brings_about_is_read() -> None:
    centre = read(
        QUEUE + CODE + "confirm = true\ndo_not_call = true\n"
        '[dispositions.again]\nlabel = "Again"\ncallback_s = 3600\nconversation = "snoozed"\n'
    )
    done, again = (centre.dispositions[DispositionCode(code)] for code in ("done", "again"))
    assert (done.confirm, done.do_not_call, done.callback_s, done.conversation) == (True, True, 0, "resolved")
    assert (again.confirm, again.do_not_call, again.callback_s, again.conversation) == (
        False, False, 3600, "snoozed",
    )  # fmt: skip


def test_the_safety_time_is_fifteen_minutes_or_what_the_file_says() -> None:
    assert read(QUEUE + CODE).wrapup_safety_s == 900
    assert read("wrapup_safety_s = 300\n" + QUEUE + CODE).wrapup_safety_s == 300


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (QUEUE + "wrapup_s = 2000001\n" + CODE, "0 to 2000000 is allowed"),
        ("wrapup_safety_s = 5\n" + QUEUE + CODE, "60 to 2000000 is allowed"),
        (QUEUE + '[queues.support.wrapups.chat]\nmode = "quick"\n' + CODE, "quick"),
        (QUEUE + '[queues.support.wrapups.fax]\nmode = "none"\n' + CODE, "this is no medium"),
        (QUEUE + '[queues.support.wrapups.email]\nmode = "none"\n' + CODE, "this queue does not take it"),
        (QUEUE + CODE + "do_not_call = true\ncallback_s = 60\n", "cannot be called back"),
        (QUEUE + CODE + 'conversation = "gone"\n', "gone"),
        (QUEUE + '[dispositions.timeout]\nlabel = "Late"\n', "the code 'timeout' is the system's own"),
        (QUEUE + CODE + 'parent = "done"\n', "the parents go round in a ring"),
        (
            QUEUE + 'wrapup_mode = "none"\n[queues.support.wrapups.chat]\nmode = "mandatory"\n',
            "its wrap-up needs a disposition, and there is none",
        ),
        (
            QUEUE + CODE + 'key = "1"\n[dispositions.also]\nlabel = "Also"\nkey = "1"\n',
            "the key 1 stands for 2 of its dispositions",
        ),
        (
            QUEUE + CODE + '[[dispositions.done.fields]]\nid = "a"\nlabel = "A"\n'
            '[[dispositions.done.fields]]\nid = "a"\nlabel = "B"\n',
            "the field 'a' stands here twice",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told(text: str, words: str) -> None:
    assert words in complaint(text)


def test_the_sample_shows_a_tree_and_every_effect() -> None:
    centre = load_centre(SAMPLE)
    codes = centre.dispositions.values()
    assert any(d.do_not_call and d.confirm for d in codes)
    assert any(d.callback_s and d.parent for d in codes)
    assert {d.conversation for d in codes} == {"resolved", "open", "snoozed"}
    assert any(d.survey for d in codes)
    assert wrapup.CALLBACK in centre.queues[QueueId("support")].wrapups
