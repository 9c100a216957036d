"""The one viewer against the corpora: nothing is fetched, no file is read, no page stops the window."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QLocale, QUrl
from PySide6.QtGui import QAccessible, QColor, QImage
from PySide6.QtWidgets import QApplication, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.qt import viewer
from agent_desktop.viewmodels.conversation import ItemKind, TimelineItemView

CORPORA = Path(__file__).resolve().parents[1] / "corpora"
MOST_S = 0.5


def _pages() -> list[str]:
    pages = [path.read_text("utf-8", "replace") for path in sorted((CORPORA / "html_bleach").glob("*.test"))]
    pages += [
        entry["payload"] for entry in json.loads((CORPORA / "xss_dompurify" / "expect.json").read_text())
    ]
    h5sc = json.loads((CORPORA / "xss_h5sc" / "items.json").read_text("utf-8"))
    for item in h5sc["items"]:
        text = item["data"]
        for name, payload in h5sc["payloads"].items():
            text = text.replace(f"%{name}%", payload)
        pages.append(text)
    pages += (CORPORA / "xss_h5sc" / "vectors.txt").read_text("utf-8", "replace").splitlines()
    pages += [
        path.read_text("utf-8", "replace") for path in sorted((CORPORA / "mail_mimekit").rglob("*.html"))
    ]
    return pages


class Watched(viewer.SafePage):
    """Notes what Qt asked for and what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[str, object]] = []

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        answer = super().loadResource(kind, name)
        self.given.append((QUrl(name).toString(), answer))
        return answer


def test_no_vector_of_the_corpora_gets_a_file_or_stops_the_window(look: QApplication, qtbot: QtBot) -> None:
    pages = _pages()
    assert len(pages) > 600
    page = Watched()
    qtbot.addWidget(page)
    page.resize(700, 500)
    page.show()
    shown = 0
    for text in pages:
        if viewer.needs_rehearsal(text) or viewer.refusal(text):
            continue
        before = time.monotonic()
        page.show_page(text)
        page.document().size()
        look.processEvents()
        assert time.monotonic() - before < MOST_S, text[:200]
        shown += 1
    assert shown > 0.9 * len(pages)
    assert page.given  # pictures and style sheets were asked for …
    for name, answer in page.given:  # … and nothing of them was given
        blank = isinstance(answer, QImage) and answer.pixelColor(0, 0).alpha() == 0
        assert blank or not answer, name


def _reds(page: QTextBrowser) -> int:
    image = page.viewport().grab().toImage()
    red = QColor(255, 0, 0).rgb()
    return sum(image.pixel(x, y) == red for x in range(0, 60, 3) for y in range(0, 60, 3))


def test_a_picture_on_this_computer_is_not_painted(look: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    picture = QImage(50, 50, QImage.Format.Format_RGB32)
    picture.fill(QColor(255, 0, 0))
    assert picture.save(str(tmp_path / "red.png"))
    sources = [f"file://{tmp_path}/red.png", f"{tmp_path}/red.png", f"{tmp_path}/../{tmp_path.name}/red.png"]
    naive, safe = QTextBrowser(), viewer.SafePage()
    for browser in (naive, safe):
        qtbot.addWidget(browser)
        browser.resize(300, 200)
        browser.show()
    for source in sources:
        naive.setHtml(f'<img src="{source}">')
        safe.show_page(f'<img src="{source}">')
        look.processEvents()
        assert _reds(naive) > 50  # the picture is there to be seen: the test has teeth
        assert _reds(safe) == 0


def _item(html: str) -> TimelineItemView:
    return TimelineItemView(
        ItemKind.IN, "m1", "Plain words", "Amina Yusuf", "Email", html=html, quoted="> before"
    )


def test_a_message_opens_as_plain_text_and_formatting_must_be_asked_for(
    look: QApplication, qtbot: QtBot
) -> None:
    shown = viewer.Viewer(_item("<p>Hello <b>Mateo</b></p>"))
    qtbot.addWidget(shown)
    shown.show()
    assert shown.plain.isVisible()
    assert shown.plain.toPlainText() == "Plain words\n\n> before"
    shown.formatting.click()
    assert shown.page.isVisible()
    assert shown.page.toPlainText() == "Hello Mateo"
    shown.formatting.click()
    assert shown.plain.isVisible()


def test_a_message_in_another_language_is_told_to_the_accessibility_bus_in_that_one(
    look: QApplication, qtbot: QtBot
) -> None:
    german = "Ich habe mein Paket nicht erhalten, wo ist es bitte?"
    shown = viewer.Viewer(replace(_item(f"<p>{german}</p>"), text=german))
    short = viewer.Viewer(_item("<p>Hello</p>"))
    for dialog in (shown, short):
        qtbot.addWidget(dialog)
    assert [_told(field) for field in (shown.plain, shown.page)] == [QLocale.Language.German] * 2
    assert _told(shown.formatting) == _told(short.plain) == QLocale().language()
    assert shown.plain.layoutDirection() == short.plain.layoutDirection()


def _told(widget: QWidget) -> QLocale.Language:
    """The language that assistive technology is told for a widget."""
    node = QAccessible.queryAccessibleInterface(widget)
    assert node is not None
    told = node.attributesInterface().attributeValue(QAccessible.Attribute.Locale)
    assert isinstance(told, QLocale)
    return told.language()


def test_a_page_that_is_refused_stays_plain_text_and_says_why(look: QApplication, qtbot: QtBot) -> None:
    shown = viewer.Viewer(_item("<div>" * 200))
    qtbot.addWidget(shown)
    shown.show()
    shown.formatting.click()
    assert shown.plain.isVisible()
    assert "not shown" in shown.says.text()


@pytest.mark.parametrize(
    ("address", "says", "opens"),
    [
        ("https://paypal.com.evil.example/login", "paypal.com.evil.example", True),
        ("http://paypal.com@evil.example/", "evil.example", True),
        ("mailto:amina@example.com", "amina@example.com", True),
        ("file:///etc/passwd", "not opened", False),
        ("javascript:alert(1)", "not opened", False),
    ],
)
def test_a_link_shows_where_it_really_goes(
    look: QApplication, qtbot: QtBot, *, address: str, says: str, opens: bool
) -> None:
    shown = viewer.Viewer(_item("<p>x</p>"))
    qtbot.addWidget(shown)
    shown.show()
    shown.page.anchorClicked.emit(QUrl(address))
    assert says in shown.says.text()
    assert shown.open_link.isVisible() is opens


def test_a_word_without_an_end_is_broken_into_lines_and_nothing_is_lost() -> None:
    whole = "w" * 524_288 + "\nand a short line"
    shown = viewer.broken(whole)
    assert max(map(len, shown.splitlines())) == 2000
    assert shown.replace("\n", "") == whole.replace("\n", "")
    assert viewer.broken("a short line\n") == "a short line\n"


def test_a_page_is_laid_out_again_only_when_a_picture_came_and_stays_where_it_is_read(
    look: QApplication, qtbot: QtBot
) -> None:
    picture = QImage(5, 5, QImage.Format.Format_RGB32)
    picture.fill(QColor(255, 0, 0))
    kept = QBuffer()
    assert picture.save(kept, "PNG")
    here: dict[str, bytes] = {}
    html = '<p><img src="https://slow.example/a.png"></p>' + "<p>A line of it</p>" * 300
    item = TimelineItemView(ItemKind.IN, "m", text="t", html=html)
    shown = viewer.Viewer(item, picture=here.get)
    qtbot.addWidget(shown)
    laid: list[str] = []
    laying = shown.page.setHtml
    shown.page.setHtml = lambda page: laid.append(page) or laying(page)  # type: ignore[method-assign]
    shown.show()
    shown._decide("")
    shown._local("pictures")
    shown.page.verticalScrollBar().setValue(900)
    for _time in range(3):
        shown._came()
    assert len(laid) == 2
    here["https://slow.example/a.png"] = kept.data().data()
    shown._came()
    assert len(laid) == 3
    look.processEvents()
    assert shown.page.verticalScrollBar().value() == 900
    assert not shown._coming.isActive()
