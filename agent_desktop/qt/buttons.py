"""The button: icon, words and key badge, painted from the tokens.

It shows a `viewmodels.parts.Button` and hands a press to `act`.  It has an accessible name, its shortcut
is part of its description, and one that cannot be pressed says why in its tip and to the screen reader.
A toggle never turns itself: the view-model says when it is on.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QFontMetrics, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.text import tip
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone

Act = Callable[..., str]


class Room(Enum):
    """How much of itself a button shows; the tip and the name keep the rest."""

    FULL = "full"  # icon, words, keys
    WORDS = "words"  # icon and words
    TEXT = "text"  # words alone
    ICON = "icon"  # the icon alone


class Kind(Enum):
    """How much a button stands out before its tone is known."""

    PLAIN = "plain"  # an edge
    QUIET = "quiet"  # no edge until it is touched
    CHIP = "chip"  # a pill; filled softly while it is chosen
    ROW = "row"  # the whole width, text at the start: a choice in a list
    LINK = "link"  # words alone in the accent colour
    CODE = "code"  # a row that begins with its key
    HISTORY = "history"  # a row of plain words without an edge


_ROWS = frozenset({Kind.ROW, Kind.CODE, Kind.HISTORY})  # as wide as their panel, words at the start
_BARE = frozenset({Kind.QUIET, Kind.LINK, Kind.HISTORY})


class Button(QPushButton):
    """A button of the view-model.  `icon_only` keeps the words for the tip and the screen reader."""

    def __init__(
        self,
        act: Act | None = None,
        view: ButtonView | None = None,
        *,
        kind: Kind = Kind.PLAIN,
        room: Room = Room.FULL,
        opens_menu: bool = False,
        height: int = tokens.CONTROL_HEIGHT,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._act = act
        self._shown = ButtonView("", "")
        self.kind = kind
        self._room = room
        self._opens_menu = opens_menu
        self._height = height
        self.suffix = ""  # part of the accessible name alone: tells two like buttons of one panel apart
        self.setAccessibleName(_("Nothing to do here yet"))  # until it is shown a view, it is hidden
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.indent = 0
        across = QSizePolicy.Policy.Expanding if kind in _ROWS else QSizePolicy.Policy.Minimum
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._press)
        if view is not None:
            self.show_view(view)

    @property
    def shown(self) -> ButtonView:
        """What it shows now."""
        return self._shown

    def show_view(self, view: ButtonView) -> None:
        """Show a button of the view-model."""
        if view == self._shown:
            return
        self._shown = view
        self.setText(view.label.replace("&", "&&"))
        self.setAccessibleName(f"{view.label}, {self.suffix}" if self.suffix else view.label)
        shortcut = _("Shortcut {keys}", keys=view.shortcut) if view.shortcut else ""
        self.setAccessibleDescription(". ".join(part for part in (view.reason, shortcut) if part))
        self.setEnabled(view.enabled and not view.sending)
        self.setCheckable(view.checked is not None)
        if view.checked is not None:
            self.setChecked(view.checked)
        self._tell()
        self.updateGeometry()
        self.update()

    def set_room(self, room: Room) -> None:
        """Show more or less of itself."""
        if room is not self._room:
            self._room = room
            self._tell()
            self.updateGeometry()
            self.update()

    def width_in(self, room: Room) -> int:
        """The width that it would have."""
        before, self._room = self._room, room
        width = self.sizeHint().width()
        self._room = before
        return width

    @property
    def _icon_only(self) -> bool:
        return self._room is Room.ICON and bool(self._shown.icon)

    def _tell(self) -> None:
        view = self._shown
        words = f"{view.label} ({paint.keys_text(view.shortcut)})" if view.shortcut else view.label
        hidden = self._icon_only or (view.shortcut and self._room is not Room.FULL)
        tip(self, view.reason or (words if hidden else ""))

    def _press(self) -> None:
        if self._shown.checked is not None:
            self.setChecked(self._shown.checked)
        if self._act is not None and self._shown.action:
            self._act(self._shown.action, **dict(self._shown.args))

    # ---- size

    def _face(self) -> QFont:
        weight = tokens.NORMAL if self.kind is Kind.HISTORY else tokens.STRONG
        return look().font(12 if self.kind is Kind.CHIP else tokens.TEXT_BODY, weight)

    def _widths(self) -> tuple[int, int, int, int]:
        """Icon, words, key badge and menu mark; 0 for one that is not there."""
        icon = look().px(14 if self.kind is Kind.CHIP else 16)
        icon = icon if self._shown.icon and self._room is not Room.TEXT else 0
        words = 0 if self._icon_only else QFontMetrics(self._face()).horizontalAdvance(self._shown.label)
        keys = paint.keys_width(self._shown.shortcut) if self._room is Room.FULL else 0
        return icon, words, keys, look().px(12) if self._opens_menu else 0

    def _padding(self) -> int:
        if self._icon_only:
            return look().px((self._height - 16) / 2)
        return look().px({Kind.CHIP: 10, Kind.LINK: 4, Kind.HISTORY: 0}.get(self.kind, 12) + 14 * self.indent)

    def sizeHint(self) -> QSize:
        parts = [width for width in self._widths() if width]
        room = sum(parts) + look().px(7) * max(len(parts) - 1, 0) + 2 * self._padding()
        height = look().px(26 if self.kind is Kind.CHIP else self._height)
        return QSize(max(room, height if self._icon_only else 0), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(40), self.sizeHint().height()) if self.kind in _ROWS else self.sizeHint()

    # ---- painting

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        """Ground, edge and ink."""
        here = look()
        tone, touched = self._shown.tone, self.underMouse() or self.isDown()
        if not self.isEnabled():
            edge = None if self.kind in _BARE else here.colour("border")
            return None, edge, here.colour("muted")
        if self._shown.checked:
            return here.colour("accent_soft"), here.colour("accent"), here.colour("accent")
        if self._solid():
            ground = here.colour(tone.value)
            return (
                (ground.lighter(108) if touched and not self.isDown() else ground),
                None,
                here.colour("on_accent"),
            )
        inks = {Kind.LINK: "accent", Kind.HISTORY: "accent" if touched else "muted"}
        ink = here.colour(inks.get(self.kind, "text"))
        if self.kind in _BARE:
            soft = touched and self.kind is not Kind.HISTORY
            return (here.colour("accent_soft") if soft else None), None, ink
        return here.colour("background" if touched else "surface"), self._edge(), ink

    def _solid(self) -> bool:
        """Whether the whole ground has the tone's colour: send, answer, end."""
        toned = self._shown.tone in {Tone.ACCENT, Tone.OK, Tone.DANGER}
        return toned and self.isEnabled() and self.kind in {Kind.PLAIN, Kind.ROW}

    def _edge(self) -> QColor:
        return look().colour("control_border" if look().colours.high_contrast else "border")

    def paintEvent(self, event: QPaintEvent) -> None:
        ground, edge, ink = self._colours()
        painter = paint.begin(self)
        area = QRectF(self.rect())
        radius = area.height() / 2 if self.kind is Kind.CHIP else look().px(tokens.RADIUS_CONTROL)
        if ground is not None or edge is not None:
            paint.rounded(painter, area, radius, ground, edge)
        gap = look().px(7)
        widths = self._widths()
        shown = [width for width in widths if width]
        room = sum(shown) + gap * max(len(shown) - 1, 0)
        x = float(self._padding()) if self.kind in _ROWS else max((area.width() - room) / 2, look().px(4))
        icon, words, keys, mark = widths
        words = min(words, round(area.width() - x - self._padding() - (icon + gap if icon else 0)))
        order = (("icon", icon), ("words", words), ("keys", keys), ("mark", mark))
        if self.kind is Kind.CODE:
            order = (("keys", keys), ("icon", icon), ("words", words), ("mark", mark))
        for part, width in order:
            if width:
                box = paint.mirrored(self, self.rect(), QRectF(x, 0, width, area.height()))
                self._part(painter, part, box, ink, ground)
                x += width + gap

    def _part(self, painter: QPainter, part: str, box: QRectF, ink: QColor, ground: QColor | None) -> None:
        match part:
            case "icon":
                icons.paint(painter, self._shown.icon, ink, box)
            case "words":
                painter.setFont(self._face())
                painter.setPen(ink)
                fits = painter.fontMetrics().elidedText(
                    self._shown.label, Qt.TextElideMode.ElideRight, round(box.width()) + 1
                )
                painter.drawText(box.adjusted(0, 0, 2, 0), paint.LEADING, fits)
            case "keys":
                paint.keys(painter, box, self._shown.shortcut, solid=ground is not None and self._solid())
            case _:
                icons.paint(painter, "chevron-down", ink, box)


def menu_entry(menu: QMenu, entry: ButtonView) -> QAction:
    """An entry of a menu: its name, its key as a screen reader is told it, and why it cannot be chosen."""
    words = f"{entry.label}: {entry.reason}" if entry.reason and not entry.enabled else entry.label
    action = menu.addAction(words.replace("&", "&&").replace("\t", " "))
    if entry.icon:
        action.setIcon(icons.icon(entry.icon, look().colour("text" if entry.enabled else "muted")))
    if entry.shortcut:  # shown, and told: Qt does not act on the keys of a menu that stands in no bar
        action.setShortcut(QKeySequence(entry.shortcut))
        action.setShortcutVisibleInContextMenu(True)
    action.setEnabled(entry.enabled)
    if entry.checked is not None:
        action.setCheckable(True)
        action.setChecked(entry.checked)
    return action


def tell_keys(menu: QMenu) -> None:
    """Of a menu that Qt made: keys that it wrote behind the names are told as keys, not read as names."""
    for action in menu.actions():
        name, tab, keys = action.text().partition("\t")
        if tab:
            action.setText(name)
            action.setShortcut(QKeySequence(keys))
            action.setShortcutVisibleInContextMenu(True)


def open_menu(
    under: QWidget, entries: tuple[ButtonView, ...], act: Act, name: str, at: QPoint | None = None
) -> QMenu:
    """Open a menu of buttons under a widget, or at a point of it; what cannot be chosen says why there."""
    menu = QMenu(under)
    menu.setAccessibleName(name)
    for entry in entries:
        menu_entry(menu, entry).triggered.connect(
            lambda _checked=False, e=entry: act(e.action, **dict(e.args))
        )
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    rtl = under.layoutDirection() == Qt.LayoutDirection.RightToLeft
    corner = under.rect().bottomRight() if rtl else under.rect().bottomLeft()
    spot = under.mapToGlobal(corner if at is None else at)
    menu.popup(spot - QPoint(menu.sizeHint().width(), 0) if rtl else spot)  # it goes on in reading direction
    return menu
