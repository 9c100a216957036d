"""Completions under the cursor: canned replies behind `/`, colleagues behind `@@`, by keyboard or mouse.

A list above the editor that never takes the keyboard: the editor hands its keys on.  The chosen line is read
to a screen reader as the editor's description.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from agent_desktop.i18n import _, plural
from agent_desktop.qt import icons, tokens
from agent_desktop.qt.controls import Panel, column
from agent_desktop.qt.found import HEIGHT, ROW, FoundModel, Index, Line, dress
from agent_desktop.qt.pressing import PressTable
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.canned import matching
from agent_desktop.viewmodels.conversation import Template

WIDTH, MOST = 520, 6


@dataclass(frozen=True, slots=True)
class Completion:
    """A line: `text` is what it puts into the editor."""

    id: str
    title: str
    detail: str
    text: str
    icon: str
    end: str = ""
    warning: str = ""
    accessible: str = ""


def of_templates(templates: tuple[Template, ...], letters: str) -> tuple[Completion, ...]:
    """The canned replies that the letters mean."""
    return tuple(_of_template(t) for t in matching(templates, letters))


def _of_template(t: Template) -> Completion:
    missing = _("without {fields}", fields=", ".join(t.missing)) if t.missing else ""
    used = plural("used once", "used {n} times", t.used) if t.used else ""
    icon = "attach" if t.files else "template"
    return Completion(t.id, t.label, t.line, t.text, icon, used, missing, t.accessible)


def of_colleagues(colleagues: tuple[tuple[str, str], ...], letters: str) -> tuple[Completion, ...]:
    """The colleagues that the letters mean."""
    wanted = letters.casefold().split()
    found = [(key, name) for key, name in colleagues if all(word in name.casefold() for word in wanted)]
    return tuple(Completion(key, name, "", f"@@{name} ", "customers", accessible=name) for key, name in found)


class _Delegate(QStyledItemDelegate):
    """Paints a line: icon, title, how it begins, and at the end how often it was used or what is missing."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(look().px(WIDTH), look().px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ROW)
        if not isinstance(item, Completion):
            return
        px = look().px
        painter.save()
        line = Line(painter, self._view, option.rect)
        if self._view.currentIndex().row() == index.row():
            line.ground()
        icons.paint(painter, item.icon, look().colour("muted"), line.box(px(16), px(16)))
        end_text = item.warning or item.end
        painter.setFont(look().font(tokens.TEXT_META))
        end = painter.fontMetrics().horizontalAdvance(end_text) + px(8) if end_text else 0
        end = min(end, line.area.width() // 2)
        room = line.area.width() - px(40) - px(16) - end
        high, top = line.area.height(), px(4)
        title = line.box(px(40), room, top, high / 2 - top) if item.detail else line.box(px(40), room)
        line.words(title, item.title, "text", tokens.STRONG)
        line.words(line.box(px(40), room, high / 2, high / 2 - top), item.detail, "muted", tokens.NORMAL,
                   size=tokens.TEXT_META)  # fmt: skip
        if end_text:
            place = line.box(line.area.width() - px(16) - end, end)
            colour = "warning" if item.warning else "muted"
            line.words(place, end_text, colour, tokens.NORMAL, size=tokens.TEXT_META, end=True)
        painter.restore()


class Completions(QFrame):
    """The list; `taken` is told what was chosen."""

    def __init__(self, window: QWidget, taken: Callable[[Completion], None]) -> None:
        super().__init__(window)
        self.setObjectName("completions")
        self.setAccessibleName(_("Canned replies"))
        self._taken = taken
        self.card = Panel("surface", "a", edge="control_border")
        self.model: FoundModel[Completion] = FoundModel(
            lambda c: c.title, lambda c: c.accessible or c.title, lambda c: c.id
        )
        self.list = PressTable()
        self._delegate = _Delegate(self.list)
        dress(self.list, self.model, self._delegate, _("Canned replies"))
        self.list.clicked.connect(lambda index: self.take(index.row()))
        self.hint = Label("", "meta")
        lines = self._lines = column(gap=2)
        edge = look().px(8)
        lines.setContentsMargins(edge, edge, edge, edge)
        lines.addWidget(self.list)
        foot = column(margins=(12, 2, 12, 0))
        foot.addWidget(self.hint)
        lines.addLayout(foot)
        self.card.setLayout(lines)
        whole = column()
        whole.addWidget(self.card)
        self.setLayout(whole)
        self.hide()

    def show_rows(self, rows: tuple[Completion, ...], above: QWidget, *, empty: str) -> None:
        """Show what was found above the editor."""
        self.model.show_rows(rows)
        if rows and not 0 <= self.list.currentIndex().row() < len(rows):
            self.list.setCurrentIndex(self.model.index(0, 0))
        self.hint.setText(_("↑ ↓ choose, Enter takes it, Esc closes") if rows else empty)
        self.list.setVisible(bool(rows))
        self.list.setFixedHeight(look().px(HEIGHT) * min(len(rows), MOST))
        self._place(above)
        self.show()
        self.raise_()

    def _place(self, above: QWidget) -> None:
        window = self.parentWidget()
        if window is None:
            return
        width = min(look().px(WIDTH), above.width())
        self.setFixedWidth(width)
        self._lines.activate()
        height = self.sizeHint().height()
        corner = above.mapTo(window, QPoint(0, 0))
        x = corner.x() if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else (
            corner.x() + above.width() - width
        )  # fmt: skip
        self.setGeometry(x, max(corner.y() - height - look().px(6), 0), width, height)

    @property
    def current(self) -> Completion | None:
        """The line that Enter would take."""
        row = self.list.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def move_by(self, steps: int) -> None:
        """Go up or down, round its ends."""
        count = len(self.model.rows)
        if count:
            row = (max(self.list.currentIndex().row(), 0) + steps) % count
            self.list.setCurrentIndex(self.model.index(row, 0))

    def take(self, row: int | None = None) -> None:
        """Take the current line, or one that was clicked."""
        chosen = self.current if row is None else self.model.rows[row]
        if chosen is not None:
            self._taken(chosen)
