"""A press in flight when everything under it moved is not taken.

A ring's band and a notice come by themselves and push down what stands below them, and it comes up again when
they go: whoever was about to press one row would press its neighbour.  So for a moment after such a move, as
long as it takes to see it and to stop a hand, a press with the mouse does nothing.  Keys go on, and so does
what did not move: the rail, the card that rings.

Rule of the file: the program's events pass through Python only in that moment.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

HOLD_MS = 400  # to see that it moved and to stop a hand takes 200 to 350 ms
_PRESSES = frozenset({
    QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.ContextMenu,
})  # fmt: skip


class Steady(QObject):
    """Watches `moves`; what is in `ground` and not in `still` takes no press for a moment after it moved."""

    def __init__(self, ground: QWidget, moves: QWidget, still: tuple[QWidget, ...]) -> None:
        super().__init__(ground)
        self._ground, self._moves, self._still = ground, moves, still
        self._size, self._top = ground.size(), moves.y()
        self._sized = False  # somebody changes the size of the window: what moves then is expected to
        self._pressed = False  # a press was not taken: its release is not either
        self.moment = QTimer(self)
        self.moment.setSingleShot(True)
        self.moment.setInterval(HOLD_MS)
        self.moment.timeout.connect(self.let_go)
        moves.installEventFilter(self)

    @property
    def holding(self) -> bool:
        """Whether a press does nothing now."""
        return self.moment.isActive()

    def let_go(self) -> None:
        """The moment is over."""
        self.moment.stop()
        if not self._pressed and (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)

    def sized(self) -> None:
        """The window has another size; panels that follow may take one more round to settle."""
        self._sized, self._size = True, self._ground.size()
        QTimer.singleShot(0, self._settled)

    def _settled(self) -> None:
        self._sized = False

    def _look(self) -> None:
        """Hold where the place moved and nobody changed the size of the window."""
        if self._ground.size() != self._size:  # the layout hears of it before the window does
            self.sized()
        top = self._moves.y()
        moved = top != self._top and not self._sized
        self._top = top
        if moved and self._ground.isVisible() and (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)
            application.installEventFilter(self)
            self.moment.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the place move; while it is fresh, take no press."""
        kind = event.type()
        if watched is self._moves and kind is QEvent.Type.Move:
            self._look()
        elif kind is QEvent.Type.MouseButtonRelease and self._pressed and isinstance(watched, QWidget):
            self._pressed = False
            if not self.holding:
                self.let_go()
            return True
        elif kind in _PRESSES and self.holding and isinstance(watched, QWidget) and self._moved(watched):
            self._pressed = self._pressed or kind is not QEvent.Type.ContextMenu
            return True
        return False

    def _moved(self, widget: QWidget) -> bool:
        inside = widget.window() is self._ground.window()
        return inside and not any(one is widget or one.isAncestorOf(widget) for one in self._still)
