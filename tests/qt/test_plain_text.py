"""Text gates: what came from outside is plain text everywhere but in the one viewer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from agent_desktop.qt import viewer
from agent_desktop.qt.text import ElidedLabel, Label, tip
from agent_desktop.qt.tips import tips

QT = Path(__file__).resolve().parents[2] / "agent_desktop" / "qt"
HOSTILE = '<img src="file:///etc/passwd"><b>Amina</b>'


def _names(path: Path) -> set[str]:
    """Every name and attribute that a file uses."""
    tree = ast.parse(path.read_text("utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("path", sorted(QT.glob("*.py")), ids=lambda p: p.stem)
def test_only_the_text_file_makes_labels_and_only_the_viewer_lays_out_pages(path: Path) -> None:
    names = _names(path)
    assert not names & {"setToolTip", "QToolTip"}
    if path.stem != "text":
        assert not names & {"QLabel", "QMessageBox"}
    if path.stem != "viewer":
        assert not names & {"setHtml", "insertHtml", "QTextBrowser", "setTextFormat"} - (
            {"setTextFormat"} if path.stem == "text" else set()
        )
    assert "QWebEngineView" not in names


def test_the_gate_sees_a_label(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("from PySide6.QtWidgets import QLabel\nQLabel('x')\n", "utf-8")
    assert "QLabel" in _names(planted)


def test_a_hostile_name_stays_text_in_labels_and_tips(look: QApplication) -> None:
    for label in (Label(HOSTILE), ElidedLabel(HOSTILE)):
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert label.text() == HOSTILE
    button = QPushButton()
    tip(button, HOSTILE)
    assert button.toolTip() == ""  # Qt's own tip would read it as rich text
    tips().show(button, HOSTILE, QPoint(0, 0))
    shown = tips().shown
    assert shown is not None
    assert (shown.words.text(), shown.words.textFormat()) == (HOSTILE, Qt.TextFormat.PlainText)
    tips().hide()


def test_the_viewer_loads_no_picture_and_no_style_sheet(look: QApplication, qtbot: QtBot) -> None:
    page = viewer.SafePage()
    qtbot.addWidget(page)
    image = page.loadResource(QTextDocument.ResourceType.ImageResource.value, "file:///etc/passwd")
    assert isinstance(image, QImage)
    assert image.pixelColor(0, 0).alpha() == 0
    assert page.loadResource(QTextDocument.ResourceType.StyleSheetResource.value, "style.css") == ""
    assert not page.openLinks()


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>" * 7,
        "<div>" * 101,
        "<p>x</p>" * 11_000,
        "x" * 10_001,
        "<p>a b</p>" * 60_000,
    ],
    ids=["tables", "depth", "nodes", "word", "bytes"],
)
def test_a_page_that_could_stop_the_window_is_refused_in_words(page: str) -> None:
    assert "not shown" in viewer.refusal(page) or "too large" in viewer.refusal(page)


def test_an_ordinary_page_is_shown() -> None:
    assert viewer.refusal("<p>Hello <b>Amina</b></p>" + "<table><tr><td>1</td></tr></table>" * 20) == ""


def _rehearsed(qtbot: QtBot, page: str) -> bool:
    rehearsal = viewer.Rehearsal(page)
    with qtbot.waitSignal(rehearsal.finished, timeout=20_000) as told:
        rehearsal.start()
    return bool(told.args[0])


def test_a_long_ordinary_page_passes_its_rehearsal(look: QApplication, qtbot: QtBot) -> None:
    page = "<p>The parcel is on its way.</p>" * 2_000
    assert viewer.needs_rehearsal(page)
    assert _rehearsed(qtbot, page)


def test_a_page_that_would_freeze_the_window_fails_its_rehearsal(look: QApplication, qtbot: QtBot) -> None:
    bomb = "<table><tr><td>" * 24 + "x"
    assert viewer.needs_rehearsal(bomb)
    assert not _rehearsed(qtbot, bomb)


def test_a_layout_that_does_not_end_is_killed(
    look: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer, "REHEARSE_MS", 100)
    assert not _rehearsed(qtbot, "<p>The parcel is on its way.</p>" * 2_000)
