"""The one place where formatted mail is shown, and the only one that calls `setHtml`.

HTML from outside is hostile even after the router cleaned it (reliability.md, section 0 facts 1-3 and
3.3).  A message opens as plain text; "Show formatting" lays it out only if it passes the caps below,
because Qt's layout time grows without bound with nested tables; a long page, or one full of tables, is
first rehearsed in a child process that can be killed.  Files are never opened; a link shows its real host
and asks before a browser opens it.  Pictures that came with the message are shown; those of the sender's own
server only after "Show pictures", for this message alone, because fetching them tells that it was read.
"""

from __future__ import annotations

import html
import html.parser
import math
import multiprocessing
import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from PySide6.QtCore import QBuffer, QLocale, QObject, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QDesktopServices,
    QGuiApplication,
    QImage,
    QImageReader,
    QResizeEvent,
    QTextDocument,
)  # fmt: skip
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QStackedWidget, QTextBrowser, QWidget

from agent_desktop.domain.tongue import surely
from agent_desktop.i18n import _
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Button
from agent_desktop.qt.controls import column, row
from agent_desktop.qt.passing import let_pass
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import TimelineItemView
from agent_desktop.viewmodels.parts import Button as ButtonView

MOST_BYTES, MOST_NODES, MOST_DEPTH, MOST_TABLES, LONGEST_WORD = 512_000, 20_000, 100, 6, 10_000
_LONG_LINE = re.compile(r"[^\n]{2000}(?=[^\n])")
REHEARSE_BYTES, REHEARSE_CPU_S, REHEARSE_MEMORY = 50_000, 1.0, 512 * 1024 * 1024
REHEARSE_MS, _POLL_MS = 5_000, 25  # a child that has to import Qt on a busy machine is not the page's fault
OPENED = frozenset({"http", "https", "mailto"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


@dataclass
class _Measure(html.parser.HTMLParser):
    """Counts what makes a layout dear; never builds anything."""

    nodes: int = 0
    depth: int = 0
    deepest: int = 0
    tables: int = 0
    most_tables: int = 0
    longest: int = 0
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.nodes += 1
        if tag in _VOID:
            return
        self.depth += 1
        self.tables += tag == "table"
        self.deepest = max(self.deepest, self.depth)
        self.most_tables = max(self.most_tables, self.tables)

    def handle_endtag(self, tag: str) -> None:
        # An end tag without its start cannot make room for deeper nesting: depth never goes below zero,
        # and a closed table only counts when one is open.
        if tag in _VOID:
            return
        self.depth = max(self.depth - 1, 0)
        if tag == "table":
            self.tables = max(self.tables - 1, 0)

    def handle_data(self, data: str) -> None:
        self.nodes += 1
        self.longest = max((len(word) for word in data.split()), default=self.longest)


def broken(text: str) -> str:
    """Text in lines that can be laid out at once: one of 512 KiB took 85 s."""
    return _LONG_LINE.sub(lambda found: f"{found[0]}\n", text)


def refusal(page: str) -> str:
    """Say why a page is not laid out, in words; empty when it may be."""
    if len(page.encode("utf-8", "replace")) > MOST_BYTES:
        return _("The formatted version is too large to be shown safely.")
    measure = _Measure()
    try:
        measure.feed(page)
        measure.close()
    except (AssertionError, RecursionError, ValueError):
        return _("The formatted version is damaged and is not shown.")
    longest = max((len(word) for word in page.split()), default=0)
    limits = (
        (measure.nodes, MOST_NODES),
        (measure.deepest, MOST_DEPTH),
        (measure.most_tables, MOST_TABLES),
        (max(measure.longest, longest), LONGEST_WORD),
    )
    if any(value > most for value, most in limits):
        return _("The formatted version is built in a way that could stop this window, so it is not shown.")
    return ""


def needs_rehearsal(page: str) -> bool:
    """Say whether a page is laid out in a child first: a long one, or one that is full of tables."""
    return len(page) > REHEARSE_BYTES or page.lower().count("<table") > MOST_TABLES


class Rehearsal(QObject):
    """A page laid out in a process that may be killed; the window goes on meanwhile."""

    finished = Signal(bool)

    def __init__(self, page: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        context = multiprocessing.get_context("spawn")
        self._child = context.Process(target=_lay_out, args=(page,), daemon=True)
        self._left_ms = REHEARSE_MS
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._look)

    def start(self) -> None:
        """Begin; `finished` tells whether the page can be shown."""
        self._child.start()
        self._poll.start()

    def stop(self) -> None:
        """End it without an answer."""
        self._poll.stop()
        if self._child.is_alive():
            self._child.kill()
        self._child.join()

    def _look(self) -> None:
        self._left_ms -= _POLL_MS
        if self._child.is_alive() and self._left_ms > 0:
            return
        done = self._child.exitcode == 0
        self.stop()
        self.finished.emit(done)


def _lay_out(page: str) -> None:
    """The child: check the caps, lay the page out, leave with 0; anything else means no."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows, where the clock alone is the limit

        resource.setrlimit(resource.RLIMIT_AS, (REHEARSE_MEMORY, REHEARSE_MEMORY))
        seconds = time.process_time() + REHEARSE_CPU_S
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds)))
    application = QGuiApplication(["rehearsal"])
    if refusal(page):
        sys.exit(1)
    document = QTextDocument()
    document.setTextWidth(700)
    document.setHtml(page)
    document.size()
    del application


def read_as(language: str, *fields: QWidget) -> None:
    """Tell the accessibility bus in which language a text is, where that is known (WCAG 3.1.2)."""
    for field_ in fields if language else ():
        field_.setLocale(QLocale(language))


def decoded(data: bytes) -> QImage | None:
    """A picture of a bearable size; None for anything else.  Its size is known before it is unpacked."""
    buffer = QBuffer()
    buffer.setData(data)
    reader = QImageReader(buffer)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > MOST_PIXELS:
        return None
    image = reader.read()
    return None if image.isNull() else image


Picture = Callable[[str], bytes | None]
_SOURCES = re.compile(r"<img\b[^>]*\bsrc=\"([^\"]+)\"", re.IGNORECASE)
_REMOTE = re.compile(r"<img\b[^>]*\bsrc=\"https?://", re.IGNORECASE)
MOST_PIXELS, MOST_PICTURES, _COMING_MS = 25_000_000, 40, 250
SHORT = 480  # in a window narrower than this the buttons stand below


class SafePage(QTextBrowser):
    """Shows a page that `refusal` let pass; loads nothing but pictures that it may, opens nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setAccessibleName(_("Formatted message"))
        self.setTabChangesFocus(True)
        self._blank = QImage(1, 1, QImage.Format.Format_ARGB32)
        self._blank.fill(QColor(0, 0, 0, 0))
        self.pictures: dict[str, QImage] = {}  # by address: what may be shown

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Give a picture that is here, else nothing: None would make Qt open the path itself (fact 2)."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return ""
        return self.pictures.get(name.toString() if isinstance(name, QUrl) else name, self._blank)

    def show_page(self, page: str) -> None:
        """Lay the page out; who read on stays there.  The caller has asked `refusal`."""
        bar = self.verticalScrollBar()
        at = bar.value()
        self.setHtml(page)
        bar.setValue(at)


class Viewer(QDialog):
    """One message whole.  Not modal to the call: it is a window of its own that can stay open."""

    def __init__(
        self, item: TimelineItemView, parent: QWidget | None = None, picture: Picture | None = None
    ) -> None:
        super().__init__(parent)
        self._item = item
        self._picture = picture
        self._asked = False  # the sender's own pictures were asked for
        self._coming = QTimer(self)
        self._coming.setInterval(_COMING_MS)
        self._coming.timeout.connect(self._came)
        self._rehearsal: Rehearsal | None = None
        self.setModal(False)
        self.setWindowModality(Qt.WindowModality.NonModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Message"))
        self.setAccessibleName(_("Message"))
        self.resize(QSize(look().px(720), look().px(560)).boundedTo(self.screen().availableSize()))
        self.plain = QPlainTextEdit()
        self.plain.setReadOnly(True)
        let_pass(self.plain)
        self.plain.setFont(look().font())
        self.plain.setAccessibleName(_("Message text"))
        self.plain.setPlainText(broken("\n\n".join(part for part in (item.text, item.quoted) if part)))
        self.page = SafePage()
        read_as(surely(item.text), self.plain, self.page)
        self.page.anchorClicked.connect(self._ask)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plain)
        self._stack.addWidget(self.page)
        self.says = Label("", "meta", wrap=True)
        self.link = QUrl()
        self.open_link = Button(self._local, ButtonView("open", _("Open in the browser"), icon="transfer"))
        self.open_link.hide()
        self.formatting = Button(self._local)
        self.formatting.setVisible(bool(item.html))
        self.remote = Button(self._local, ButtonView("pictures", _("Show pictures"), icon="customers"))
        self.remote.hide()
        self._offer(formatted=False)
        self._close = Button(self._local, ButtonView("close", _("Close"), icon="close", shortcut="Esc"))
        buttons = self._line = row(gap=8)
        for widget in (self.formatting, self.remote, self.says, self.open_link, self._close):
            buttons.addWidget(widget, 1 if widget is self.says else 0)
        self._below = Below(8)
        whole = column(margins=(16, 14, 16, 14), gap=10)
        whole.addWidget(ElidedLabel(item.author or item.meta, "title"))
        whole.addWidget(ElidedLabel(item.meta, "meta"))
        whole.addWidget(self._stack, 1)
        whole.addLayout(buttons)
        whole.addLayout(self._below)
        self.setLayout(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.width() >= look().px(SHORT):
            self._below.give_back()
        elif not self._below.count():
            self._below.take(self._line, self.formatting, self.remote, self.open_link, self._close)

    def _offer(self, *, formatted: bool) -> None:
        label = _("Show plain text") if formatted else _("Show formatting")
        self.formatting.show_view(ButtonView("formatting", label, icon="template"))

    def _local(self, action: str) -> str:
        match action:
            case "formatting":
                self.toggle()
            case "pictures":
                self._asked = True
                self.remote.hide()
                self._show()
            case "open":
                QDesktopServices.openUrl(self.link)
            case _:
                self.close()
        return ""

    def toggle(self) -> None:
        """Change between plain text and formatting."""
        if self._stack.currentWidget() is self.page:
            self._stack.setCurrentWidget(self.plain)
            self._offer(formatted=False)
            return
        if needs_rehearsal(self._item.html):
            self.says.setText(_("Checking the formatted version…"))
            self.formatting.setEnabled(False)
            self._rehearsal = Rehearsal(self._item.html, self)
            self._rehearsal.finished.connect(self._rehearsed)
            self._rehearsal.start()
        else:
            self._decide(refusal(self._item.html))

    def _rehearsed(self, good: bool) -> None:  # noqa: FBT001 - a slot
        self.formatting.setEnabled(True)
        self._decide(
            "" if good else _("The formatted version takes too long to lay out, so it is not shown.")
        )

    def _decide(self, reason: str) -> None:
        self.says.setText(reason)
        if not reason:
            self._show()
            self._stack.setCurrentWidget(self.page)
            self._offer(formatted=True)
            if _REMOTE.search(self._item.html) and not self._asked and self._picture is not None:
                self.remote.show()
                self.says.setText(_("The sender's own pictures are not fetched: that tells it is read."))

    def _show(self) -> None:
        """Lay the page out with the pictures that are here; those that may come are asked for."""
        waiting = self._gather()
        self.page.show_page(self._item.html)
        if waiting:
            self._coming.start()

    def _came(self) -> None:
        """Look whether the pictures are here, and lay the page out again when one came."""
        had = len(self.page.pictures)
        if not self._gather():
            self._coming.stop()
        if len(self.page.pictures) > had:
            self.page.show_page(self._item.html)

    def _gather(self) -> bool:
        """Take the pictures that are here; gives whether some are still awaited."""
        if self._picture is None:
            return False
        waiting = False
        for address, name in self._wanted():
            if address in self.page.pictures:
                continue
            data = self._picture(name)
            waiting = waiting or data is None
            if data and (image := decoded(data)) is not None:
                self.page.pictures[address] = image
        return waiting

    def _wanted(self) -> list[tuple[str, str]]:
        """The pictures that may be shown: (address in the page, name for the client)."""
        files = {f"cid:{quote(f.name, safe='')}": f for f in self._item.attachments}
        files |= {f"cid:{quote(f.cid, safe='')}": f for f in self._item.attachments if f.cid}
        found = [(src, f"file:{files[src].id}") for src in _SOURCES.findall(self._item.html) if src in files]
        if self._asked:
            found += [(html.unescape(s), html.unescape(s)) for s in _SOURCES.findall(self._item.html)
                      if s.startswith(("http://", "https://"))]  # fmt: skip
        return found[:MOST_PICTURES]

    def closeEvent(self, event: QCloseEvent) -> None:
        self._coming.stop()
        if self._rehearsal is not None:
            self._rehearsal.stop()
        super().closeEvent(event)

    def _ask(self, url: QUrl) -> None:
        """Show where a link really goes; open it only when asked to."""
        self.open_link.hide()
        if url.scheme().lower() not in OPENED:
            self.says.setText(_("This link is not opened: it leads to a file or a program."))
            return
        self.link = url
        parts = urlsplit(url.toString())
        self.says.setText(_("The link goes to {host}", host=parts.hostname or parts.path))
        self.open_link.show()
