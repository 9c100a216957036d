"""The guides: what the code knows is as the code says, links lead somewhere, pictures are small."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from agent_desktop.client.actions import ACTIONS
from agent_desktop.wire.commands import AnyCommand

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
PICTURE_BYTES = 250_000


@pytest.fixture
def docs(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs", repository / "installer" / "docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_parts_are_up_to_date(docs: ModuleType) -> None:
    stale = [path.name for path, text in docs.renewed().items() if path.read_text("utf-8") != text]
    assert stale == [], "run installer/docs.py"


def test_every_table_stands_in_a_guide(docs: ModuleType) -> None:
    named = {
        m["name"] for path in docs.DOCS.glob("*.md") for m in docs.MARKS.finditer(path.read_text("utf-8"))
    }
    assert named == set(docs.TABLES)


def test_a_table_follows_the_code(docs: ModuleType) -> None:
    text = docs.filled("before\n<!-- generated: agent-commands -->\nzz-stale\n<!-- end -->\nafter")
    assert text.startswith("before\n")
    assert text.endswith("<!-- end -->\nafter")
    assert "zz-stale" not in text
    for command in AnyCommand.__args__:
        assert f"| `{command.__name__}` |" in text
    assert docs.filled(text) == text


def test_every_key_and_verb_is_in_the_guide_of_the_keyboard(docs: ModuleType) -> None:
    text = docs.keys()
    for action in ACTIONS:
        assert not action.verb or f"`{action.usage.replace('|', chr(92) + '|')}`" in text
        assert not action.shortcut or f"`{action.shortcut.replace('Return', 'Enter')}`" in text


def test_links_between_the_guides_lead_somewhere(docs: ModuleType, repository: Path) -> None:
    broken = [
        f"{page.name}: {link}"
        for page in (repository / "README.md", *docs.DOCS.glob("*.md"))
        for link in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_pictures_are_small(docs: ModuleType) -> None:
    pictures = list((docs.DOCS / "images").glob("*.png"))
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > PICTURE_BYTES] == []


CODE = re.compile(r"`([\w/]+\.py)(?:: (\w+))?`")


@pytest.mark.parametrize("page", ["README.md", "walk.md", "decisions.md", "accessibility.md", "protocol.md"])
def test_every_file_and_function_that_a_guide_names_is_there(
    docs: ModuleType, repository: Path, page: str
) -> None:
    text = (repository / page if page == "README.md" else docs.DOCS / page).read_text("utf-8")
    files = [
        p for folder in ("agent_desktop", "tests", "installer") for p in (repository / folder).rglob("*.py")
    ]
    missing = []
    for name, function in set(CODE.findall(text)):
        found = [p for p in files if f"/{p.as_posix()}".endswith(f"/{name}")]
        defined = re.compile(rf"^\s*(?:async )?def {function}\b", re.MULTILINE)
        if not any(not function or defined.search(p.read_text("utf-8")) for p in found):
            missing.append(f"{name}: {function}".removesuffix(": "))
    assert sorted(missing) == []
