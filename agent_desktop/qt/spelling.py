"""Waves under misspelt words, the menu of a word, and the key that goes to the next one.

The marks are the editor's extra selections: they are painted over the text and are no part of it, of its
undo steps or of its layout.  Only paragraphs in sight are looked at, a moment after the last key, and only
those that changed; the word that is being typed is left alone until the cursor leaves it.  The wave is the
mark, its colour only goes with it.

The menu key (or Shift+F10) and the right mouse button on a word show what may have been meant, above the
editor's own menu.  Qt tells screen readers nothing of marks, so that the key says the word it goes to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent, QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit, QTextEdit, QWidget

from agent_desktop.qt.buttons import tell_keys
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.spelling_found import Misspelt, Paragraph, SpellingView

if TYPE_CHECKING:
    from agent_desktop.qt.work import Main

PAUSE_MS: Final = 150  # after a key, before the marks are looked at
MOST_SEEN: Final = 400  # paragraphs that are remembered as they are
STEP: Final = 20  # paragraphs that are looked through between two turns of the loop


class Dictionary(Protocol):
    """The part of the surface that marks need."""

    def act(self, action: str, **arguments: str) -> str: ...

    def misspelt(self, where: str, paragraph: str) -> Paragraph: ...

    def spelling_of(self, where: str, word: str) -> SpellingView: ...


class Marks(QObject):
    """The marks of one field; `where` names the text that it shows now."""

    def __init__(self, field: QPlainTextEdit, surface: Dictionary, where: Callable[[], str]) -> None:
        super().__init__(field)
        self._field = field
        self._surface = surface
        self._where = where
        self._seen: dict[tuple[str, str], Paragraph] = {}
        self._typed_at = -1  # where the cursor stood after the last change
        self._menu: QMenu | None = None
        self._menus = 0  # how many were opened
        self._shown: tuple[QTextCursor, str] | None = None  # the word of the menu
        self._entries: list[QAction] = []
        self._going: tuple[int, int] | None = None  # the next paragraph to look through, how many are left
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._mark)
        field.textChanged.connect(self._changed)
        field.cursorPositionChanged.connect(self._moved)
        field.updateRequest.connect(self._scrolled)
        field.installEventFilter(self)
        field.viewport().installEventFilter(self)

    def look_again(self) -> None:
        """Answers came, or a word was learnt."""
        self._seen.clear()
        self._mark()
        if self._menu is not None:
            self._fill(self._menu)
        if self._going is not None:
            self._go_on()

    def _changed(self) -> None:
        self._typed_at = self._field.textCursor().position()
        self._pause.start()

    def _moved(self) -> None:
        self._going = None  # who moves or types has gone on by then
        self._pause.start()

    def _scrolled(self, _rect: QRect, by: int) -> None:
        if by:
            self._pause.start()

    # ---- marks

    def _paragraph(self, text: str) -> Paragraph:
        if len(text) < 2:  # no word, and no reason to load a dictionary
            return Paragraph()
        key = self._where(), text
        found = self._seen.get(key)
        if found is None:
            found = self._surface.misspelt(*key)
            if found.complete:
                if len(self._seen) > MOST_SEEN:
                    self._seen.clear()
                self._seen[key] = found
        return found

    def _mark(self) -> None:
        field = self._field
        marks: list[QTextEdit.ExtraSelection] = []
        if field.isVisible() and not field.isReadOnly():
            spare = self._being_typed()
            marks = [_wave(cursor) for cursor in self._in_sight() if cursor.selectionEnd() != spare]
        field.setExtraSelections(marks)

    def _in_sight(self) -> list[QTextCursor]:
        found: list[QTextCursor] = []
        block, below = self._field.firstVisibleBlock(), self._field.viewport().height()
        top = self._field.blockBoundingGeometry(block).translated(self._field.contentOffset()).top()
        while block.isValid() and top <= below:
            text = block.text()
            found += [self._cursor(block, text, one) for one in self._paragraph(text).misspelt]
            top += self._field.blockBoundingRect(block).height()
            block = block.next()
        return found

    def _being_typed(self) -> int:
        """Where the word ends that is being typed; -1 where the cursor is only passing."""
        cursor = self._field.textCursor()
        if not self._field.hasFocus() or cursor.hasSelection() or cursor.position() != self._typed_at:
            return -1
        found = self._word_at(cursor)
        return found.selectionEnd() if found is not None else -1

    def _cursor(self, block: QTextBlock, text: str, word: Misspelt) -> QTextCursor:
        """A word as a selection: Qt counts characters outside the first plane twice."""
        cursor = QTextCursor(block)
        start = block.position() + _units(text[: word.start])
        cursor.setPosition(start)
        cursor.setPosition(start + _units(word.word), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _word_at(self, cursor: QTextCursor) -> QTextCursor | None:
        """The misspelt word that a cursor stands in or touches."""
        block = cursor.block()
        text = block.text()
        for one in self._paragraph(text).misspelt:
            found = self._cursor(block, text, one)
            if found.selectionStart() <= cursor.position() <= found.selectionEnd():
                return found
        return None

    # ---- the menu of a word

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the menu of the word that is pointed at; elsewhere the editor's own."""
        if event.type() is QEvent.Type.Show and watched is self._field:
            self._pause.start()
        if not isinstance(event, QContextMenuEvent) or self._field.isReadOnly():
            return False
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        cursor = self._field.textCursor()
        if not keyboard:
            cursor = self._field.cursorForPosition(self._field.viewport().mapFromGlobal(event.globalPos()))
        found = self._word_at(cursor)
        if found is None:
            return False
        self._open(found)
        return True

    def _open(self, word: QTextCursor) -> None:
        menu = self._field.createStandardContextMenu()
        tell_keys(menu)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._menus += 1
        menu.destroyed.connect(partial(self._closed, self._menus))
        self._menu, self._shown, self._entries = menu, (word, word.selectedText()), []
        self._fill(menu)
        menu.popup(self._place(menu, word))

    def _place(self, menu: QMenu, word: QTextCursor) -> QPoint:
        """Under the word, or above it where there is no room; it covers the word nowhere."""
        there = self._field.viewport()
        start = QTextCursor(word)
        start.setPosition(word.selectionStart())
        box = self._field.cursorRect(start)
        under, above = there.mapToGlobal(box.bottomLeft()), there.mapToGlobal(box.topLeft())
        room, high = self._field.screen().availableGeometry(), menu.sizeHint().height()
        if under.y() + high <= room.bottom() or above.y() - high < room.top():
            return under
        return above - QPoint(0, high)

    def _closed(self, number: int, *_gone: object) -> None:
        """A menu is gone; another one may have been opened since."""
        if number == self._menus:
            self._menu, self._shown, self._entries = None, None, []

    def _fill(self, menu: QMenu) -> None:
        """Put what may have been meant at the top, as far as it is known; called again when it is."""
        if self._shown is None:
            return
        word, text = self._shown
        view = self._surface.spelling_of(self._where(), text)
        for old in self._entries:
            menu.removeAction(old)
            old.deleteLater()
        kept = menu.actions()
        entries = [_entry(menu, one, partial(self._replace, word, text, one)) for one in view.suggestions]
        if view.says:
            entries.append(_entry(menu, view.says))
        entries.append(_line(menu))
        for button in (view.learn, view.ignore):
            press = partial(self._surface.act, button.action, **dict(button.args))
            entries.append(_entry(menu, button.label, press))
        entries.append(_line(menu))
        menu.insertActions(kept[0], entries)
        self._entries = entries
        menu.setAccessibleName(text)
        if menu.isVisible():  # it has grown
            menu.popup(self._place(menu, word))
        if view.suggestions:
            menu.setActiveAction(entries[0])

    def _replace(self, word: QTextCursor, text: str, instead: str) -> None:
        """Put another word in its place, as one step of undo; not where something else stands by now."""
        if word.selectedText() != text or self._field.isReadOnly():
            return
        word.insertText(instead)
        self._field.setTextCursor(word)
        self._typed_at = -1
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- the next one

    def go(self) -> None:
        """Go to the next misspelt word after the cursor, round the text once."""
        blocks = self._field.document().blockCount()
        self._going = (self._field.textCursor().blockNumber(), blocks + 1)
        self._go_on()

    def _go_on(self) -> None:
        if self._going is None:
            return
        number, left = self._going
        cursor, blocks = self._field.textCursor(), self._field.document().blockCount()
        after = cursor.selectionEnd() if cursor.hasSelection() else cursor.position() - 1
        whole = self._field.document().blockCount() + 1
        for _step in range(STEP):
            if left <= 0:
                self._going = None
                where = self._where()
                foreign = any(known.foreign for (of, _text), known in self._seen.items() if of == where)
                self._surface.act("spelling.found", draft=where, foreign="yes" if foreign else "")
                return
            block = self._field.document().findBlockByNumber(number % blocks)
            text = block.text()
            paragraph = self._paragraph(text)
            found = [self._cursor(block, text, one) for one in paragraph.misspelt]
            first = left == whole
            ahead = [one for one in found if not first or one.selectionStart() > after]
            if ahead:
                self._going = None
                self._field.setTextCursor(ahead[0])
                self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self._mark()
                self._surface.act("spelling.found", word=ahead[0].selectedText(), draft=self._where())
                return
            if not paragraph.complete:
                self._going = (number, left)
                return  # it goes on when the answers are there
            number, left = number + 1, left - 1
        self._going = (number, left)
        QTimer.singleShot(0, self, self._go_on)


class Spelling:
    """The fields of the window that are looked at, and the key."""

    def __init__(self, surface: Dictionary, main: Main) -> None:
        composer, wrapup = main.work.conversation.composer, main.work.side.wrapup
        self._composer = composer.editor
        self.marks: dict[QWidget, Marks] = {
            composer.editor: Marks(composer.editor, surface, lambda: composer.draft_key),
            wrapup.note: Marks(wrapup.note, surface, lambda: f"{wrapup.interaction}/wrapup/0"),
        }

    def look_again(self) -> None:
        """Answers came."""
        for marks in self.marks.values():
            marks.look_again()

    def next_word(self, _arguments: dict[str, str]) -> bool:
        """F7: in the field that has the keyboard, else in the composer."""
        here = QApplication.focusWidget()
        self.marks[here if here in self.marks else self._composer].go()
        return True


def _wave(cursor: QTextCursor) -> QTextEdit.ExtraSelection:
    mark = QTextEdit.ExtraSelection()
    form = QTextCharFormat()
    form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    form.setUnderlineColor(look().colour("danger"))
    mark.cursor, mark.format = cursor, form
    return mark


def _units(text: str) -> int:
    """How many of Qt's characters a text has."""
    return len(text) + sum(1 for sign in text if sign > "\uffff")


def _entry(menu: QMenu, label: str, act: Callable[[], object] | None = None) -> QAction:
    """An entry of the menu; one without an act only says something."""
    entry = QAction(label.replace("&", "&&").replace("\t", " "), menu)
    entry.setEnabled(act is not None)
    if act is not None:
        entry.triggered.connect(lambda _checked=False: act())
    return entry


def _line(menu: QMenu) -> QAction:
    line = QAction(menu)
    line.setSeparator(True)
    return line
