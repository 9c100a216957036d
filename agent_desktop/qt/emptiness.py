"""What a panel without contents says: a mark, a title, a sentence and the next step.  Never a blank panel."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from agent_desktop.qt import icons, paint
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import centred, column
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Empty


class Mark(QWidget):
    """A large faint icon; decoration."""

    def __init__(self, icon: str, size: int = 44) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(look().px(size), look().px(size))

    def show_icon(self, icon: str) -> None:
        """Show another drawing."""
        self._icon = icon
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        area = QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look().colour("accent_soft"))
        painter.drawEllipse(area)
        inset = area.width() * 0.26
        box = area.adjusted(inset, inset, -inset, -inset)
        icons.paint(painter, self._icon, look().colour("accent"), box)


class EmptyState(QWidget):
    """The mark, the words and the button, in the middle of the panel."""

    def __init__(self, act: Act, icon: str = "inbox") -> None:
        super().__init__()
        self._icon = icon
        self.mark = Mark(icon)
        self.title = Label("", "title", wrap=True)
        self.sentence = Label("", "muted", wrap=True)
        for label in (self.title, self.sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.button = Button(act)
        self.button.hide()
        line = column(margins=(24, 24, 24, 24), gap=10)
        line.addStretch(2)
        line.addLayout(centred(self.mark))
        line.addWidget(self.title)
        line.addWidget(self.sentence)
        line.addLayout(centred(self.button))
        line.addStretch(3)
        self.setLayout(line)

    def show_empty(self, empty: Empty) -> None:
        """Say why there is nothing, and what to do."""
        self.mark.show_icon(self._icon)
        self._say(empty.title, empty.sentence)
        self.button.setVisible(empty.button is not None)
        if empty.button is not None:
            self.button.show_view(empty.button)

    def show_loading(self, sentence: str) -> None:
        """Say that it is on its way."""
        self.mark.show_icon("clock")
        self._say("", sentence)
        self.button.hide()

    def _say(self, title: str, sentence: str) -> None:
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
