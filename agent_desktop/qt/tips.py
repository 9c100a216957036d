"""The tip of a control: what it says stays for as long as it is wanted, and goes when it is not.

WCAG 2.2, 1.4.13, which Qt's own tip does not keep: the pointer may go onto the tip (to read it magnified),
Escape takes it away without anything else happening, and it stays until the pointer leaves both, something
is pressed, or it is no longer true.  Text is plain text.

Rules of the file: the program's events pass through Python only while a tip shows; a control's always do,
so that only what has a tip is watched.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QEnterEvent, QGuiApplication, QHelpEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from agent_desktop.qt.controls import Panel, column
from agent_desktop.qt.text import TIP, Label
from agent_desktop.qt.theme import look

GRACE_MS = 400  # the way from the control onto its tip
WIDEST, GAP = 360, 2
_LARGE = 60  # of something higher the tip stands at the pointer
_PRESSES = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin})
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride})


class Tip(Panel):
    """The small window with the text."""

    def __init__(self, text: str, tips: Tips, window: QWidget) -> None:
        super().__init__("surface", "ltrb", window, edge="control_border")
        self.setWindowFlags(Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setObjectName("tip")
        self._tips = tips
        self.words = Label("", "body", wrap=True)
        lines = column(margins=(8, 6, 8, 6), gap=0)
        lines.addWidget(self.words)
        self.setLayout(lines)
        self.say(text)

    def say(self, text: str) -> None:
        """Show a text, as wide as its longest line and no wider than can be read."""
        self.words.setText(text)
        self.setAccessibleName(text)
        metrics = self.words.fontMetrics()
        longest = max(metrics.horizontalAdvance(line) for line in text.split("\n"))
        room = self.screen().availableGeometry().width() - look().px(2 * 8)
        self.words.setFixedWidth(min(longest + 2, look().px(WIDEST), room))
        self.words.setFixedHeight(self.words.heightForWidth(self.words.width()))
        self.adjustSize()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._tips.stay()

    def leaveEvent(self, event: QEvent) -> None:
        self._tips.leave()


class Tips(QObject):
    """All tips of the program: one shows at a time."""

    def __init__(self, application: QObject | None) -> None:
        super().__init__(application)
        self.shown: Tip | None = None
        self._over: QWidget | None = None
        self._going = QTimer(self)
        self._going.setSingleShot(True)
        self._going.setInterval(GRACE_MS)
        self._going.timeout.connect(self.hide)
        self._while_shown = _WhileShown(self)

    def show(self, over: QWidget, text: str, at: QPoint) -> None:
        """Show the tip of a control, or at the pointer of something large."""
        self.hide()
        tip = self.shown = Tip(text, self, over.window())
        self._over = over
        tip.move(_place(tip, over, at))
        tip.show()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self._while_shown)

    def hide(self) -> None:
        """Take it away."""
        self._going.stop()
        tip, self.shown, self._over = self.shown, None, None
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self._while_shown)
        if tip is not None and isValid(tip):
            tip.hide()
            tip.deleteLater()

    def changed(self, over: QWidget, text: str) -> None:
        """The text of a control is another one now."""
        if over is not self._over or self.shown is None or not isValid(self.shown):
            return
        if text:
            self.shown.say(text)
        else:
            self.hide()

    def stay(self) -> None:
        """The pointer is on the control or on its tip."""
        self._going.stop()

    def leave(self) -> None:
        """The pointer left one of them; it may be on its way to the other."""
        if self.shown is not None:
            self._going.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What happens to a control that has a tip."""
        kind = event.type()
        if kind is QEvent.Type.ToolTip and isinstance(watched, QWidget) and isinstance(event, QHelpEvent):
            text = str(watched.property(TIP) or "")
            if not text:
                return False
            if watched is not self._over:
                self.show(watched, text, event.globalPos())
            return True
        if watched is self._over:
            match kind:
                case QEvent.Type.Enter:
                    self.stay()
                case QEvent.Type.Leave:
                    self.leave()
                case QEvent.Type.Hide | QEvent.Type.WindowDeactivate:
                    self.hide()
                case _:
                    pass
        return False


class _WhileShown(QObject):
    """Escape and any press end the tip that shows; Escape does nothing else then."""

    def __init__(self, tips: Tips) -> None:
        super().__init__(tips)
        self._tips = tips

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _KEYS and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            if kind is QEvent.Type.KeyPress:
                self._tips.hide()
            return True
        if kind in _PRESSES:
            self._tips.hide()
        return False


def _place(tip: QWidget, over: QWidget, at: QPoint) -> QPoint:
    """Under the control, or above it where there is no room; inside the screen."""
    top = over.mapToGlobal(QPoint(0, 0))
    gap = look().px(GAP)
    if over.height() > look().px(_LARGE):
        top, low = at - QPoint(0, gap), at.y() + look().px(18)
        left = at.x()
    else:
        low, left = top.y() + over.height() + gap, top.x()
        if over.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = top.x() + over.width() - tip.width()
    screen = QGuiApplication.screenAt(at) or over.screen()
    room = screen.availableGeometry()
    y = low if low + tip.height() <= room.bottom() else top.y() - gap - tip.height()
    return QPoint(max(room.left(), min(left, room.right() - tip.width())), max(room.top(), y))


_made: list[Tips] = []


def tips() -> Tips:
    """The tips of this program."""
    if not _made or not isValid(_made[0]):
        _made[:] = [Tips(QApplication.instance())]
    return _made[0]


def watch(widget: QWidget, text: str) -> None:
    """A control has a tip from now on, or another one."""
    shown = tips()
    widget.removeEventFilter(shown)
    widget.installEventFilter(shown)
    shown.changed(widget, text)


def here(widget: QWidget, text: str) -> None:
    """Say something at the pointer, about what was pressed there."""
    watch(widget, "")
    tips().show(widget, text, QCursor.pos())
