"""Text on the screen: the only two ways in which this program makes a label.

Names, subjects and queue names come from outside and are hostile (QLabel guesses rich text and would
load a local file named in it): every label here is plain text, and so is every tip (`tips.py`).
`tests/qt/test_plain_text.py` keeps `QLabel` and `setToolTip` out of every other file.
"""

from __future__ import annotations

import importlib

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from agent_desktop.qt import paint, tokens
from agent_desktop.qt.theme import look

# role: (pixels, weight, colour token)
ROLES = {
    "body": (tokens.TEXT_BODY, tokens.NORMAL, "text"),
    "strong": (tokens.TEXT_BODY, tokens.STRONG, "text"),
    "muted": (tokens.TEXT_BODY, tokens.NORMAL, "muted"),
    "meta": (tokens.TEXT_META, tokens.NORMAL, "muted"),
    "heading": (tokens.TEXT_META, tokens.BOLD, "muted"),
    "title": (tokens.TEXT_TITLE, tokens.BOLD, "text"),
    "large": (20, tokens.BOLD, "text"),
    "figure": (tokens.TEXT_FIGURE, tokens.BOLD, "text"),
    "figure-ok": (tokens.TEXT_FIGURE, tokens.BOLD, "ok"),
    "figure-warning": (tokens.TEXT_FIGURE, tokens.BOLD, "warning"),
    "figure-danger": (tokens.TEXT_FIGURE, tokens.BOLD, "danger"),
    "error": (tokens.TEXT_BODY, tokens.STRONG, "danger"),
    "warning": (tokens.TEXT_BODY, tokens.STRONG, "warning"),
}


TIP = "tip"  # the property that holds a widget's tip
_TIPS = "agent_desktop.qt.tips"  # made of labels and panels, and not needed for the first frame
_TOLD = "told"  # the property in which a widget notes that its description is its tip


def tip(widget: QWidget, text: str) -> None:
    """Give a widget a tip; the text is shown as it is, never read as rich text.

    A widget that has no description of its own is described by the tip.
    """
    if text != (widget.property(TIP) or ""):
        widget.setProperty(TIP, text)
        importlib.import_module(_TIPS).watch(widget, text)
    if widget.accessibleDescription() in {"", widget.property(_TOLD)}:
        widget.setProperty(_TOLD, text)
        widget.setAccessibleDescription(text)


def say_here(widget: QWidget, text: str) -> None:
    """Say something at the pointer, until it goes elsewhere; plain text like every tip."""
    importlib.import_module(_TIPS).here(widget, text)


def on_screen(direction: Qt.LayoutDirection, alignment: Qt.AlignmentFlag) -> Qt.AlignmentFlag:
    """The sides as they are painted: they change places where text runs from right to left.

    It is QStyle.visualAlignment, without the 7 ms that the first mention of QStyle costs the first frame.
    """
    if not alignment & Qt.AlignmentFlag.AlignHorizontal_Mask:
        alignment |= Qt.AlignmentFlag.AlignLeft
    sides = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignRight
    if direction == Qt.LayoutDirection.RightToLeft and alignment & sides:
        return alignment if alignment & Qt.AlignmentFlag.AlignAbsolute else alignment ^ sides
    return alignment


class Label(QLabel):
    """Plain text in one of the roles above; `wrap` lets it use several lines."""

    def __init__(
        self, text: str = "", role: str = "body", parent: QWidget | None = None, *, wrap: bool = False
    ) -> None:
        super().__init__(parent)
        self._role = role
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self._dress()
        self.setText(text)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)

    def setText(self, text: str) -> None:
        """Show a text; headings are in capitals on the screen and as written for a screen reader."""
        if self._role == "heading":
            self.setAccessibleName(text)
            text = text.upper()
        if text != self.text():
            super().setText(text)

    def set_role(self, role: str) -> None:
        """Change the size, weight and colour."""
        if role != self._role:
            self._role = role
            self._dress()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in {QEvent.Type.StyleChange, QEvent.Type.LayoutDirectionChange}:
            self._dress()
        super().changeEvent(event)

    def _turn(self) -> None:
        """Stand at the leading edge, whatever the direction of the text itself."""
        if self.alignment() & Qt.AlignmentFlag.AlignHCenter or isinstance(self, ElidedLabel):
            return
        right = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)

    def _dress(self) -> None:
        self._turn()
        pixels, weight, colour = ROLES[self._role]
        font = look().font(pixels, weight)
        if self.font() != font:
            self.setFont(font)
        palette = self.palette()
        if palette.color(QPalette.ColorRole.WindowText) != look().colour(colour):
            palette.setColor(QPalette.ColorRole.WindowText, look().colour(colour))
            self.setPalette(palette)


class Painted(QLabel):
    """Words that are painted, or a mark that stands for them; its accessible name says them.

    A screen reader meets it as text: a bare widget would be a filler to it, and passed over.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        return QSize(-1, -1)  # as a bare widget has it


class ElidedLabel(Label):
    """One line that ends in an ellipsis where there is no room; the whole text is its name and its tip."""

    def __init__(self, text: str = "", role: str = "body", parent: QWidget | None = None) -> None:
        super().__init__("", role, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(look().px(40))
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(" ".join(text.split()))
        self._tell()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(40), self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        flags = on_screen(self.layoutDirection(), self.alignment()) | Qt.TextFlag.TextSingleLine
        painter.drawText(QRect(area), int(flags), shown)

    def _tell(self) -> None:
        hidden = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        tip(self, self.text() if hidden else "")
