"""The text itself: grows from three lines to eight, completes behind `/` and `@@`, takes dropped files.

Tab leaves it.  While completions are open the arrow keys, Enter, Tab and Esc are theirs.  An empty editor
gives Ctrl+Z to the reply that can still be called back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QImage, QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

from agent_desktop.qt.passing import let_pass
from agent_desktop.qt.theme import look

_SLASH = re.compile(r"(?:\A|(?<=\s))/(?P<query>[^\s/]{0,24}(?: [^\s/]{1,24}){0,2})\Z")
_AT = re.compile(r"@@(?P<query>[^\s@]{0,24}(?: [^\s@]{1,24})?)\Z")
_MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_TAKES = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab})
LONGEST_LINE = 2000
_LONG_LINE = re.compile(rf"[^\n]{{{LONGEST_LINE + 1},}}")


def folded(text: str) -> str:
    """Text in lines that can be laid out at each key: a long one ends at a space, or where it is too long."""
    return _LONG_LINE.sub(lambda found: "\n".join(_folds(found[0])), text)


def _folds(line: str) -> Iterator[str]:
    at = 0
    while len(line) - at > LONGEST_LINE:
        end = line.rfind(" ", at + 1, at + LONGEST_LINE + 1)
        yield line[at : end if end > 0 else at + LONGEST_LINE]
        at = end + 1 if end > 0 else at + LONGEST_LINE
    yield line[at:]


class Editor(QPlainTextEdit):
    """`query` tells what stands behind a slash or @@ at the cursor: its kind and its letters."""

    query = Signal(str, str)
    step = Signal(int)
    take = Signal()
    dismiss = Signal()
    call_back = Signal()
    files = Signal(list)  # paths
    picture = Signal(QImage)

    def __init__(self, least_lines: int = 3) -> None:
        super().__init__()
        self.setObjectName("composer-editor")
        self.setTabChangesFocus(True)
        self.completing = False  # completions are open and take some keys
        self.mentions = False  # @@ means colleagues here
        self._least = least_lines
        let_pass(self)
        self.setFont(look().font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(look().px(3))
        self.textChanged.connect(self._grow)
        self.cursorPositionChanged.connect(self._looked_for)
        self._grow()

    def _grow(self) -> None:
        lines = min(max(int(self.document().size().height()), self._least), 8)
        height = self.fontMetrics().lineSpacing() * lines + look().px(26)
        if height != self.height():
            self.setFixedHeight(height)

    def sizeHint(self) -> QSize:
        return QSize(look().px(300), self.height())

    # ---- completing

    def _before_cursor(self) -> str:
        cursor = self.textCursor()
        return "" if cursor.hasSelection() else cursor.block().text()[: cursor.positionInBlock()]

    def wanted(self) -> tuple[str, str]:
        """The kind and the letters of what is being completed: ("/", "ref"); two empty ones: nothing."""
        before = self._before_cursor()
        if (found := _SLASH.search(before)) is not None:
            return "/", found["query"]
        if self.mentions and (found := _AT.search(before)) is not None:
            return "@@", found["query"]
        return "", ""

    def _looked_for(self) -> None:
        self.query.emit(*self.wanted())

    def complete(self, text: str) -> None:
        """Put a text where the slash or the @@ and its letters stand; one step of undo."""
        kind, letters = self.wanted()
        cursor = self.textCursor()
        if kind:
            back = len(kind) + len(letters)
            cursor.movePosition(
                QTextCursor.MoveOperation.PreviousCharacter, QTextCursor.MoveMode.KeepAnchor, back
            )
        cursor.insertText(text)
        self.setTextCursor(cursor)

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = Qt.Key(event.key())
        if self.completing and plain:
            if key in _MOVES:
                self.step.emit(_MOVES[key])
                return
            if key in _TAKES:
                self.take.emit()
                return
            if key == Qt.Key.Key_Escape:
                self.dismiss.emit()
                return
        if event.matches(QKeySequence.StandardKey.Undo) and not self.toPlainText():
            self.call_back.emit()
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, FBT001 - Qt's signature
        if self.completing:
            return False  # Tab takes the completion
        return super().focusNextPrevChild(next)

    # ---- files

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasUrls() or source.hasImage() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Files and pictures go along with the reply; everything else is plain text."""
        paths = [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
        if paths:
            self.files.emit(paths)
        elif source.hasImage() and not source.hasText():
            image = source.imageData()
            if isinstance(image, QImage) and not image.isNull():
                self.picture.emit(image)
        elif source.hasText():
            self.insertPlainText(folded(source.text()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and self.isEnabled():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasUrls() and self.isEnabled():
            event.acceptProposedAction()
        else:
            super().dragMoveEvent(event)
