"""The files that go with a reply, as chips over the buttons; choosing them; pictures that were pasted.

A chip says what the file is and how far it is on its way, and takes it off again.  Names come from outside:
they are shown as plain text.  Nothing is opened here, ever: a saved file's folder can be shown.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontMetrics, QImage, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Flow, row
from agent_desktop.qt.text import tip
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import FileChip

_END = Qt.TextElideMode.ElideRight
LONGEST = 26  # characters of a name; the whole is in the tip


class Chip(QFrame):
    """One file: icon, name, how far it is, and the way to take it off."""

    def __init__(self, act: Act, view: FileChip) -> None:
        super().__init__()
        self._view = view
        self.remove = Button(act, kind=Kind.QUIET, room=Room.ICON, height=24)
        line = row(margins=(0, 0, 2, 0), gap=0)
        line.addStretch(1)
        line.addWidget(self.remove)
        self.setLayout(line)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.show_view(view)

    def show_view(self, view: FileChip) -> None:
        """Show how far it is."""
        self._view = view
        self.remove.suffix = view.name
        self.remove.show_view(view.remove)
        self.setAccessibleName(f"{view.name}, {view.detail}")
        tip(self, f"{view.name}, {view.detail}")
        self.setFixedHeight(look().px(32))
        self.updateGeometry()
        self.update()

    def _words(self) -> tuple[str, str]:
        name = self._view.name
        if len(name) > LONGEST:
            name = f"{name[: LONGEST - 9]}…{name[-8:]}"
        return name, self._view.detail

    def sizeHint(self) -> QSize:
        px = look().px
        name, detail = self._words()
        wide = QFontMetrics(look().font(12)).horizontalAdvance(f"{name}  {detail}")
        return QSize(wide + px(30 + 12 + 28), px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        px, view = look().px, self._view
        painter = paint.begin(self)
        area = QRectF(self.rect())
        edge = look().colour("danger" if view.error else "border")
        paint.rounded(painter, area, px(tokens.RADIUS_CONTROL), look().colour("raised"), edge)
        if view.fraction < 1 and not view.error:
            done = QRectF(0, area.height() - px(3), area.width() * view.fraction, px(3))
            paint.rounded(painter, paint.mirrored(self, self.rect(), done), px(1), look().colour("accent"))
        mark = QRectF(px(9), (area.height() - px(14)) / 2, px(14), px(14))
        ink = look().colour("danger" if view.error else "muted")
        icons.paint(painter, "attach", ink, paint.mirrored(self, self.rect(), mark))
        name, detail = self._words()
        painter.setFont(look().font(12))
        first = painter.fontMetrics().horizontalAdvance(f"{name}  ")
        painter.setPen(look().colour("text"))
        place = QRectF(px(30), 0, first + 2, area.height())
        painter.drawText(paint.mirrored(self, self.rect(), place), paint.LEADING, name)
        painter.setPen(look().colour("danger" if view.error else "muted"))
        room = QRectF(px(30) + first, 0, area.width() - px(58) - first, area.height())
        if self.width() < self.sizeHint().width():  # a narrow window: the whole is in the tip and the name
            detail = painter.fontMetrics().elidedText(detail, _END, round(max(room.width(), 0)))
        painter.drawText(paint.mirrored(self, self.rect(), room), paint.LEADING, detail)


class Chips(QFrame):
    """All of them; those that stay keep their widgets."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.setAccessibleName(_("Files that go along"))
        self._act = act
        self.chips: dict[str, Chip] = {}
        self._flow = Flow(8)
        self.setLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_files(self, files: tuple[FileChip, ...]) -> None:
        """Show the files of the draft."""
        wanted = {file.id for file in files}
        for gone in [key for key in self.chips if key not in wanted]:
            chip = self.chips.pop(gone)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for file in files:
            if file.id in self.chips:
                self.chips[file.id].show_view(file)
            else:
                self.chips[file.id] = Chip(self._act, file)
                self._flow.addWidget(self.chips[file.id])
        self.setVisible(bool(files))
        self.updateGeometry()


def choose_files(parent: QWidget) -> list[str]:
    """Ask for files; nothing is chosen when it is closed."""
    return list(QFileDialog.getOpenFileNames(parent, _("Attach files"))[0])


def choose_place(parent: QWidget, name: str) -> str:
    """Ask where a file is saved; empty when it is closed."""
    return str(QFileDialog.getSaveFileName(parent, _("Save the file"), name)[0])


def kept_picture(image: QImage) -> str:
    """Write a pasted picture into a private file; gives its path, or nothing."""
    handle, path = tempfile.mkstemp(suffix=".png", prefix="picture-")
    os.close(handle)
    if image.save(path):  # the ending of its name says which kind
        return path
    Path(path).unlink(missing_ok=True)
    return ""


def show_folder(path: str) -> None:
    """Open the folder in which a file lies; the file itself is never opened."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
