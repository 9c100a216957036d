"""`help`: the verbs by subject, one subject, one verb."""

from __future__ import annotations

import pytest

from agent_desktop.client.actions import ACTIONS, BY_VERB
from agent_desktop.text import verbs

VERBS = {row.verb for row in ACTIONS if row.verb}


def test_every_verb_is_in_exactly_one_subject() -> None:
    listed = [row.verb for rows in verbs.subjects().values() for row in rows]
    assert sorted(listed) == sorted(VERBS)


def test_help_says_every_verb_under_the_heading_of_its_subject() -> None:
    subject, found = "", {}
    for line in verbs.help_lines()[:-1]:
        if line.startswith("  "):
            found[line.split(":")[0].split()[0]] = subject
        else:
            subject = line.removesuffix(":")
    assert found == {row.verb: row.group for row in ACTIONS if row.verb}


def test_the_last_line_names_the_subjects() -> None:
    said = verbs.help_lines()[-1]
    assert said.startswith("help SUBJECT says one part: my state, conversation, ")
    assert all(group.lower() in said for group in verbs.subjects())


@pytest.mark.parametrize("group", verbs.subjects())
def test_each_subject_is_said_alone_by_its_name(group: str) -> None:
    alone = verbs.help_lines(group.upper())
    assert f"{group}:" in alone or group.lower() in BY_VERB
    assert sum(line.startswith("  ") for line in alone) in {0, len(verbs.subjects()[group])}
    assert {line.strip().split(":")[0].split()[0] for line in alone if not line.endswith(":")} >= {
        row.verb for row in verbs.subjects()[group]
    }


def test_the_beginning_of_a_subject_is_enough_where_it_is_the_only_one() -> None:
    assert verbs.help_lines("superv")[0] == "Supervision:"
    assert verbs.help_lines("text")[0] == "Text in calls:"
    assert verbs.help_lines("w")[0].startswith("There is no verb and no subject w. Subjects: my state, ")


def test_a_verb_is_said_alone_and_before_a_subject_of_its_name() -> None:
    assert verbs.help_lines("undo") == ["undo: Call the reply back that is still held."]
    sound = verbs.help_lines("sound")
    assert (sound[0].split(":")[0], sound[1]) == (verbs.usage("sound"), "Sound:")
    assert verbs.help_lines("view") == [verbs.usage("view") + ": Show the conversations of a view."]


def test_the_words_of_a_subject_are_read_as_one() -> None:
    typed = verbs.read("help my state")
    assert typed is not None
    assert dict(typed.arguments) == {"word": "my state"}
