"""Things that may not be written anywhere in the package, each with a planted fault that is noticed.

A gate gets a file's path inside the package and its syntax tree, and gives the lines that it refuses.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Gate = Callable[[Path, ast.Module], Iterator[int]]
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an expression, or the part of it that is names."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every imported name, fully dotted, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((alias.name, node.lineno) for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def last(name: str) -> str:
    return name.rpartition(".")[2]


def scope_of(tree: ast.Module, node: ast.AST) -> ast.AST:
    """The innermost function or class around a node (the module when there is none)."""
    around: ast.AST = tree
    for candidate in ast.walk(tree):
        if isinstance(candidate, SCOPES) and any(inner is node for inner in ast.walk(candidate)):
            around = candidate  # ast.walk goes from the outside in
    return around


def is_plain(scope: ast.AST) -> bool:
    return any(
        last(name) == "setTextFormat" and call.args and last(dotted(call.args[0])) == "PlainText"
        for name, call in calls(scope)
    )


def label_without_plain_text(_path: Path, tree: ast.Module) -> Iterator[int]:
    """A QLabel guesses HTML from its text: whoever makes one says PlainText in the same function or class."""
    guessing = {"QLabel", "QMessageBox"}
    for name, call in calls(tree):
        if last(name) in guessing and not is_plain(scope_of(tree, call)):
            yield call.lineno
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ClassDef)
            and any(last(dotted(parent)) in guessing for parent in node.bases)
            and not is_plain(node)
        ):
            yield node.lineno


def html_outside_the_viewer(path: Path, tree: ast.Module) -> Iterator[int]:
    """HTML is set in one place, the viewer that trusts nobody."""
    if path.parts[0] == "qt" and "viewer" in path.stem:
        return
    html = {"setHtml", "insertHtml", "appendHtml", "setMarkdown", "insertMarkdown"}
    yield from (call.lineno for name, call in calls(tree) if last(name) in html)


def shell(_path: Path, tree: ast.Module) -> Iterator[int]:
    """No command line is put together for a shell."""
    for name, call in calls(tree):
        if name in {"os.system", "os.popen", "asyncio.create_subprocess_shell", "create_subprocess_shell"}:
            yield call.lineno
        for keyword in call.keywords:
            if keyword.arg == "shell" and not (
                isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            ):
                yield call.lineno


def pickles(_path: Path, tree: ast.Module) -> Iterator[int]:
    """Nothing that runs code when it is read."""
    banned = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
    yield from (line for name, line in imports(tree) if name.partition(".")[0] in banned)


def yaml_load(_path: Path, tree: ast.Module) -> Iterator[int]:
    """YAML, if ever, is read by safe_load."""
    unsafe = {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all"}
    yield from (call.lineno for name, call in calls(tree) if name in unsafe)
    yield from (line for name, line in imports(tree) if name in unsafe)


def guessable_random(path: Path, tree: ast.Module) -> Iterator[int]:
    """Tokens, tags and ids come from `secrets` or a uuid4; only a wait or a port may be random."""
    if path.parts[0] in {"demo", "bench"}:
        return
    good = {"random.Random", "random.SystemRandom", "random.random", "random.uniform", "random.randrange"}
    for name, call in calls(tree):
        if (name.startswith("random.") and name not in good) or name in {"uuid.uuid1", "uuid1"}:
            yield call.lineno
    keeps_secrets = re.search("auth|token|password|secret|digest|signin|security|runfile", path.stem)
    for name, line in imports(tree):
        if name.partition(".")[0] == "random" and (keeps_secrets or name not in {"random", *good}):
            yield line


def web_engine(_path: Path, tree: ast.Module) -> Iterator[int]:
    """No browser inside the desktop: it would be the largest hole in it."""
    yield from (line for name, line in imports(tree) if "QtWebEngine" in name or "QtWebView" in name)


def clock_in_the_core(path: Path, tree: ast.Module) -> Iterator[int]:
    """In domain, wire and sip the time and new names are arguments."""
    if path.parts[0] not in {"domain", "wire", "sip"} or path == Path("sip/transport.py"):
        return
    ends = ("datetime.now", "datetime.utcnow", "date.today", "datetime.today", "uuid.uuid4", "uuid.uuid1")
    yield from (call.lineno for name, call in calls(tree) if name.endswith(ends) or name == "uuid4")


def switch_on_the_medium(path: Path, tree: ast.Module) -> Iterator[int]:
    """Outside an adapter nobody asks which medium it is: what differs stands in the medium's row (law 5)."""
    if path.parts[:2] == ("server", "channels") or path.parts[0] == "demo":
        return

    def names_a_medium(node: ast.AST) -> bool:
        return any(
            isinstance(inner, ast.Constant) and inner.value in {"voice", "email", "chat", "sms", "social"}
            for inner in ast.walk(node)
        )

    for node in ast.walk(tree):
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
                asked = any(last(dotted(side)) in {"media", "medium", "medium_id"} for side in sides)
                if asked and any(names_a_medium(side) for side in sides):
                    yield node.lineno
            case ast.Match() if last(dotted(node.subject)) in {"media", "medium", "medium_id"}:
                yield from (case.pattern.lineno for case in node.cases if names_a_medium(case.pattern))


FAULTS: list[tuple[Gate, str, str, str]] = [
    # gate, path, refused, allowed
    (
        label_without_plain_text,
        "qt/planted.py",
        "def f(name):\n    return QLabel(name)",
        "def f(name):\n    label = QLabel(name)\n    label.setTextFormat(Qt.TextFormat.PlainText)",
    ),
    (
        label_without_plain_text,
        "qt/planted.py",
        "class Name(QtWidgets.QLabel):\n    pass",
        "class Name(QtWidgets.QLabel):\n    def __init__(self):\n        self.setTextFormat(Qt.PlainText)",
    ),
    (
        label_without_plain_text,
        "qt/planted.py",
        "def f(name):\n    QLabel(name)\ndef g(label):\n    label.setTextFormat(Qt.PlainText)",
        "QPushButton('Answer')",
    ),
    (
        label_without_plain_text,
        "qt/planted.py",
        "def f(name):\n    label = QLabel(name)\n    label.setTextFormat(Qt.TextFormat.RichText)",
        "QLineEdit()",
    ),
    (html_outside_the_viewer, "qt/planted.py", "browser.setHtml(body)", "browser.setPlainText(body)"),
    (html_outside_the_viewer, "text/viewer.py", "document.insertHtml(body)", "document.insertText(body)"),
    (shell, "phone/planted.py", "subprocess.run(line, shell=True)", "subprocess.run([program], shell=False)"),
    (shell, "phone/planted.py", "subprocess.Popen(line, shell=wanted)", "subprocess.Popen([program])"),
    (shell, "phone/planted.py", "os.system('sox')", "os.environ.get('HOME')"),
    (pickles, "server/planted.py", "import pickle", "import json"),
    (pickles, "server/planted.py", "from shelve import open as keep", "from shutil import copy"),
    (yaml_load, "server/planted.py", "yaml.load(text)", "yaml.safe_load(text)"),
    (yaml_load, "server/planted.py", "from yaml import load", "from yaml import safe_load"),
    (
        guessable_random,
        "server/planted.py",
        "token = random.randbytes(16)",
        "token = secrets.token_bytes(16)",
    ),
    (guessable_random, "sip/planted.py", "from random import choice", "from random import Random"),
    (guessable_random, "server/auth.py", "import random", "import secrets"),
    (guessable_random, "sip/planted.py", "uuid.uuid1()", "random.uniform(0.5, 1.5)"),
    (
        web_engine,
        "qt/planted.py",
        "from PySide6.QtWebEngineWidgets import QWebEngineView",
        "import PySide6.QtSvg",
    ),
    (web_engine, "qt/planted.py", "from PySide6 import QtWebEngineCore", "from PySide6 import QtCore"),
    (
        clock_in_the_core,
        "domain/planted.py",
        "at = datetime.now(UTC)",
        "at = datetime.fromtimestamp(now, UTC)",
    ),
    (switch_on_the_medium, "qt/planted.py", "if offer.media == 'voice': ring()", "if medium.rings: ring()"),
    (
        switch_on_the_medium,
        "server/hub.py",
        "if medium in ('chat', 'sms'): pass",
        "if queue == 'voice': pass",
    ),
    (
        switch_on_the_medium,
        "viewmodels/planted.py",
        "match interaction.media:\n    case 'email' | 'chat': pass",
        "match event.kind:\n    case 'email': pass",
    ),
    (clock_in_the_core, "wire/planted.py", "name = uuid.uuid4()", "name = uuid.UUID(text)"),
]
GATES: list[Gate] = list(dict.fromkeys(gate for gate, *_rest in FAULTS))


def named(value: object) -> str:
    """The name of a case, the same in every process."""
    return getattr(value, "__name__", None) or str(value)[:40]


@pytest.mark.parametrize("gate", GATES, ids=named)
def test_the_package_passes_the_gate(gate: Gate, repository: Path) -> None:
    package = repository / "agent_desktop"
    refused = [
        f"{path.relative_to(repository)}:{line}"
        for path in sorted(package.rglob("*.py"))
        for line in gate(path.relative_to(package), parsed(path))
    ]
    assert not refused, f"{(gate.__doc__ or '').strip()} {refused}"


@pytest.mark.parametrize(("gate", "path", "refused", "allowed"), FAULTS, ids=named)
def test_a_planted_fault_is_noticed_and_its_mending_is_not(
    gate: Gate, path: str, refused: str, allowed: str
) -> None:
    assert list(gate(Path(path), ast.parse(refused)))
    assert not list(gate(Path(path), ast.parse(allowed)))


def test_only_one_file_shows_html(repository: Path) -> None:
    viewers = [
        path.name
        for path in (repository / "agent_desktop" / "qt").rglob("*viewer*.py")
        if any(last(name) == "setHtml" for name, _call in calls(parsed(path)))
    ]
    assert len(viewers) <= 1, f"one viewer, not {viewers}"
