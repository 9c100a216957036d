"""How the tree is kept: sizes, names, docstrings, and nothing of the machine it was written on."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LONGEST = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
# Put together here, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(
        "/" + path
        for path in (
            r"root/",
            r"home/\w+/",
            r"Users/\w+/",
        )
    )
    + r"|[A-Z]:\\+Users"
)
SKIPPED = {"__pycache__", "build", "dist", "node_modules", "run", "corpora", "kit"}


def tracked(repository: Path) -> Iterator[Path]:
    """The files of the project, relative to it, without caches, corpora and the peers' kit."""
    for folder, folders, files in os.walk(repository):
        folders[:] = [
            name for name in folders if name == ".ci" or not (name.startswith(".") or name in SKIPPED)
        ]
        here = Path(folder).relative_to(repository)
        yield from (here / name for name in files if not name.startswith(".coverage"))


def sources(repository: Path) -> Iterator[Path]:
    yield from (path for path in tracked(repository) if path.suffix == ".py")


def too_long(text: str) -> bool:
    return len(text.splitlines()) > LONGEST


def says_nothing(text: str) -> bool:
    docstring = ast.get_docstring(ast.parse(text)) or ""
    return not re.match(r"\W*\w.{14,}", docstring, re.DOTALL)


def names_a_machine(text: str) -> bool:
    return FOREIGN.search(text) is not None


def more_than_a_docstring(text: str) -> bool:
    body = ast.parse(text).body[1:]
    return any(
        not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__") for node in body
    )


def test_no_file_is_longer_than_400_lines(repository: Path) -> None:
    assert too_long("pass\n" * 401)
    assert not too_long("pass\n" * 400)
    assert not [str(path) for path in sources(repository) if too_long((repository / path).read_text("utf-8"))]


def test_every_module_says_what_it_is(repository: Path) -> None:
    assert says_nothing('"""."""')
    assert says_nothing("import os")
    assert not says_nothing('"""The call table of the softphone."""')
    silent = [
        str(path)
        for path in sources(repository)
        if path.parts[0] in {"agent_desktop", "installer"}
        and says_nothing((repository / path).read_text("utf-8"))
    ]
    assert not silent


def test_a_package_file_holds_only_its_docstring(repository: Path) -> None:
    assert more_than_a_docstring('"""Words."""\nimport os')
    assert not more_than_a_docstring('"""Words."""\n__version__ = "1"')
    assert not [
        str(path)
        for path in sources(repository)
        if path.name == "__init__.py" and more_than_a_docstring((repository / path).read_text("utf-8"))
    ]


def test_no_room_has_a_vague_name(repository: Path) -> None:
    assert not [str(path) for path in sources(repository) if VAGUE & {path.stem, *path.parts}]


def test_nothing_names_the_machine_it_was_written_on(repository: Path) -> None:
    assert names_a_machine("see /" + "home/me/tests")
    assert names_a_machine("C:" + "\\Users\\me")
    assert not names_a_machine("https://example.org/framework/maintained")
    named = []
    for path in tracked(repository):
        try:
            text = (repository / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a sound
        if names_a_machine(text):
            named.append(str(path))
    assert not named


@pytest.mark.parametrize("folder", ["agent_desktop", "tests"])
def test_nobody_uses_mocks(folder: str, repository: Path) -> None:
    """Fakes, not mocks: a mock agrees with whatever it is told."""
    mock = re.compile(
        r"^\s*(from unittest.mock|from unittest import mock|import unittest.mock)|\bMagic" + "Mock",
        re.MULTILINE,
    )
    assert mock.search("from unittest import " + "mock")
    assert not [
        str(path)
        for path in sources(repository)
        if path.parts[0] == folder
        and path.name != Path(__file__).name
        and mock.search((repository / path).read_text("utf-8"))
    ]
