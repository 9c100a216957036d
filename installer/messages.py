"""Collects the texts of the program for translators: `python3 installer/messages.py > agent_desktop.pot`.

It finds the literals of `_("...")`, `plural("...", "...", n)` and, because the table of actions is
translated when it is shown, the `label`, `group` and `summary` of every `Action`.  Standard library only.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "agent_desktop"
SHOWN_LATER = {"Action": {"label": 1, "group": 2, "summary": 3}, "_local": {"label": 1, "summary": 2}}
"""What makes an action, its texts, and where they stand when they are not named."""

HEADER = """# Texts of agent-desktop. Made by installer/messages.py; do not edit.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """One text: the English, its plural and its context, if any."""

    english: str
    plural: str = ""
    context: str = ""


def texts(source: str) -> Iterator[tuple[Text, int]]:
    """Give the texts of one file with their lines."""
    tree = ast.parse(source)
    yield from _groups(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        keywords = {keyword.arg: _literal(keyword.value) for keyword in node.keywords}
        words = [_literal(argument) for argument in node.args]
        if name == "_" and words and words[0]:
            yield Text(words[0], context=keywords.get("context", "")), node.lineno
        elif name == "plural" and len(words) > 1 and words[0] and words[1]:
            yield Text(words[0], plural=words[1]), node.lineno
        for part, place in SHOWN_LATER.get(name, {}).items():
            shown = keywords.get(part) or (words[place : place + 1] or [""])[0]
            if shown:
                yield Text(shown), node.lineno


def _groups(tree: ast.Module) -> Iterator[tuple[Text, int]]:
    """The groups of actions: the capitalised words that a table of actions names on top."""
    if not any(
        isinstance(n, ast.ImportFrom) and n.module == "agent_desktop.client.action" for n in tree.body
    ):
        return
    for node in tree.body:
        if isinstance(node, ast.Assign):
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            yield from ((Text(word), node.lineno) for word in map(_literal, values) if word[:1].isupper())


def collect(package: Path = PACKAGE) -> dict[Text, list[str]]:
    """Give every text with the places where it stands."""
    found: dict[Text, list[str]] = {}
    for path in sorted(package.rglob("*.py")):
        for text, line in texts(path.read_text("utf-8")):
            found.setdefault(text, []).append(f"{path.relative_to(package.parent).as_posix()}:{line}")
    return found


def template(found: dict[Text, list[str]]) -> str:
    """Lay the texts out as a gettext template."""
    entries = [HEADER]
    for text, places in sorted(found.items(), key=lambda item: (item[1], item[0])):
        lines = [f"#: {place}" for place in places]
        if "{" in text.english:
            lines.append("#, python-brace-format")
        if text.context:
            lines.append(f"msgctxt {_quoted(text.context)}")
        lines.append(f"msgid {_quoted(text.english)}")
        if text.plural:
            lines += [f"msgid_plural {_quoted(text.plural)}", 'msgstr[0] ""', 'msgstr[1] ""']
        else:
            lines.append('msgstr ""')
        entries.append("\n".join(lines) + "\n")
    return "\n".join(entries)


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(template(collect()))
