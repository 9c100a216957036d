"""`end`, `resolve` and `wrapup` over an unsent draft: one line says so, `finish` goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.wire import commands as c
from agent_desktop.wire import inbox as i
from tests.text.terminal import Terminal
from tests.viewmodels.letters import confirm, sent, with_letters, work
from tests.viewmodels.lists import answer

HOW = "Type finish send to send it and finish, or finish keep to finish and keep the draft."
SAID = f"Your reply to Amina Yusuf is not sent. {HOW}"


@pytest.fixture(autouse=True)
def _written(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    for name in {"plain", "program"} & set(request.fixturenames):
        t = request.getfixturevalue(name)
        with_letters(t.desk)
        t.desk.drafts.put(t.desk.desktop.key("v1", "reply"), "Hello Amina", message="m1")
        t.lines()


@pytest.mark.parametrize("line", ["end", "resolve", "wrapup solved"])
def test_an_unsent_reply_is_one_line_that_says_how_to_go_on(plain: Terminal, line: str) -> None:
    assert plain.type(line) == [f"{line.split(maxsplit=1)[0]}: not done. {SAID}"]
    assert plain.desk.outside.commands() == []


def test_a_program_is_told_the_reason_as_a_code(program: Terminal) -> None:
    (record,) = program.records("end")
    assert (record["type"], record["verb"], record["code"]) == ("error", "end", "unsent_reply")


def test_finish_keep_ends_it_and_the_draft_stays(plain: Terminal) -> None:
    plain.type("end")
    assert plain.type("finish keep") == []
    answer(plain.desk, "EndInteraction")
    assert plain.lines()[-1] == "finish: done"
    assert plain.type("drafts")[0].endswith("Hello Amina")


def test_finish_send_is_answered_when_it_is_sent_and_ended(plain: Terminal) -> None:
    plain.type("resolve")
    assert plain.type("finish send") == []
    confirm(plain.desk, sent(plain.desk)[-1])
    assert not any(line.startswith("finish") for line in plain.lines())
    assert isinstance(plain.desk.outside.commands()[-1], i.ResolveConversation)
    answer(plain.desk, "ResolveConversation")
    assert any(line == "finish: done" for line in plain.lines())


def test_sent_by_say_it_is_ended_without_a_question(plain: Terminal) -> None:
    plain.type("end")
    plain.type("say")
    confirm(plain.desk, sent(plain.desk)[-1])
    plain.type("end")
    assert isinstance(plain.desk.outside.commands()[-1], c.EndInteraction)


def test_by_a_number_the_open_conversation_stays_open(plain: Terminal) -> None:
    with_letters(plain.desk, "v2", "v1")
    plain.desk.desktop.workspace.numbered = (work("v1").id,)
    assert plain.type("end 1") == [f"end: not done. {SAID}"]
    assert plain.desk.desktop.workspace.selected == work("v2").id
    plain.type("finish keep")
    assert plain.desk.outside.commands()[-1] == c.EndInteraction(interaction=work("v1").id)


def test_an_answer_that_is_none_and_one_to_nothing_are_refused_in_words(plain: Terminal) -> None:
    assert plain.type("finish perhaps") == ["finish: not done. Say finish send, finish keep or finish back."]
    assert plain.type("finish keep") == ["finish: not done. Nothing is asked now."]
    plain.type("end")
    assert plain.type("finish back") == ["finish: done"]
    assert plain.desk.outside.commands() == []
