"""Translators get every text of the program, in a file that the program can read back."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from agent_desktop import i18n
from agent_desktop.client.actions import ACTIONS

SOURCE = """
_("Answer")
_("Answer", context="noun")
plural("{n} call", "{n} calls", n)
Action(id="x", label="Hold", group="Call", summary="Put the customer on hold.", check=always)
_("Say \\"hello\\"\\nto {name}", name=name)
_(row.label)
print("not a text of the screen")
"""


@pytest.fixture(scope="module")
def messages(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", repository / "installer" / "messages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["messages"] = module
    spec.loader.exec_module(module)
    return module


def test_every_kind_of_text_is_found_with_its_line(messages: ModuleType) -> None:
    assert [(text.english, text.plural, text.context, line) for text, line in messages.texts(SOURCE)] == [
        ("Answer", "", "", 2),
        ("Answer", "", "noun", 3),
        ("{n} call", "{n} calls", "", 4),
        ("Hold", "", "", 5),
        ("Call", "", "", 5),
        ("Put the customer on hold.", "", "", 5),
        ('Say "hello"\nto {name}', "", "", 6),
    ]


def test_a_filled_template_is_a_catalogue_that_the_program_reads(
    messages: ModuleType, tmp_path: Path
) -> None:
    found = {text: ["somewhere.py:1"] for text, _line in messages.texts(SOURCE)}
    text = messages.template(found).replace('msgid "Answer"\nmsgstr ""', 'msgid "Answer"\nmsgstr "Annehmen"')
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "agent_desktop.po").write_text(text, "utf-8")
    german = i18n.load("de", folder=tmp_path)
    assert german.text("Answer") == "Annehmen"
    assert german.text("Hold") == "Hold"


def test_the_program_s_own_texts_are_there_and_their_placeholders_are_named(messages: ModuleType) -> None:
    found = messages.collect()
    assert len(found) > 50
    unnamed = [text.english for text in found if "{}" in text.english or "{0" in text.english]
    assert not unnamed


def test_no_text_is_put_together_before_it_is_translated(repository: Path) -> None:
    """`_(f"...")` and `_("a" + b)` can never be found in a catalogue."""
    wrong = []
    for path in sorted((repository / "agent_desktop").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"_", "plural"}
            ):
                wrong += [
                    f"{path.name}:{node.lineno}"
                    for argument in node.args
                    if isinstance(argument, ast.JoinedStr)
                    or (isinstance(argument, ast.BinOp) and node.func.id == "_")
                ]
    assert not wrong


def test_every_word_of_the_actions_reaches_the_translators(messages: ModuleType) -> None:
    """But for numbered ones: `View 1` to `View 9`."""
    found = {text.english for text in messages.collect()}
    shown = {
        word
        for action in ACTIONS
        for word in (action.label, action.group, action.summary)
        if not any(sign.isdigit() for sign in word)
    }
    assert sorted(shown - found) == []
