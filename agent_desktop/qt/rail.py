"""The rail: the places of the program as icons, with names and tips; the agent at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.buttons import Act, Button, Room, open_menu
from agent_desktop.qt.controls import Panel, centred, column
from agent_desktop.qt.focus import INK
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView

if TYPE_CHECKING:
    from agent_desktop.viewmodels.topbar import TopBarView
    from agent_desktop.viewmodels.window import RailItem


MARGINS, ROW_MARGINS = (8, 18, 8, 12), (8, 4, 8, 4)
SMALL = 34  # a place in the row: seven of them and the agent in 320 px
MOST = 16_777_215  # Qt's own


class RailButton(Button):
    """One place."""

    def __init__(self, act: Act, item: RailItem) -> None:
        super().__init__(act, room=Room.ICON)
        self.setFixedSize(look().px(40), look().px(40))
        self.show_item(item)

    def show_item(self, item: RailItem) -> None:
        """Show a place: chosen or not, there or not yet."""
        self.show_view(
            ButtonView(
                "go.place",
                item.label,
                icon=item.icon,
                shortcut=item.shortcut,
                reason=item.reason,
                args=(("place", item.id),),
                checked=item.selected,
            )
        )

    def sizeHint(self) -> QSize:
        return QSize(look().px(40), look().px(40))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        area = QRectF(self.rect())
        chosen = bool(self.shown.checked)
        if chosen or self.underMouse():
            paint.rounded(painter, area, look().px(tokens.RADIUS_CONTROL), look().colour("rail_chosen"))
        side = look().px(20)
        box = QRectF((area.width() - side) / 2, (area.height() - side) / 2, side, side)
        if not self.isEnabled():
            painter.setOpacity(0.55)
        icons.paint(painter, self.shown.icon, look().colour("rail_strong" if chosen else "rail_text"), box)


class Me(Button):
    """The agent: opens settings of the session and signing out."""

    def __init__(self, act: Act) -> None:
        super().__init__(act, room=Room.ICON)
        self._initials = ""
        self._entries: tuple[ButtonView, ...] = ()
        self.setFixedSize(look().px(36), look().px(36))
        self.clicked.connect(lambda: open_menu(self, self._entries, act, self.accessibleName()))

    def show_me(self, name: str, initials: str, entries: tuple[ButtonView, ...]) -> None:
        """Show who is signed in."""
        self._initials, self._entries = initials, entries
        self.show_view(ButtonView("", _("Signed in as {name}", name=name)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(look().px(36), look().px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.avatar(paint.begin(self), QRectF(self.rect()), self._initials, "chat")


class Logo(QWidget):
    """The mark of the program; decoration."""

    def __init__(self, size: int, colour: str) -> None:
        super().__init__()
        self._colour = colour
        self.setFixedSize(look().px(size), look().px(size))

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.paint(paint.begin(self), "logo", look().colour(self._colour), QRectF(self.rect()))


class Rail(Panel):
    """The column at the leading edge; in a window that has no room for it a row at the top."""

    AT_BOTTOM = frozenset({"settings"})

    def __init__(self, act: Act) -> None:
        super().__init__("rail")
        self.setObjectName("rail")
        self.setAccessibleName(_("Places"))
        self.setProperty(INK, "rail_strong")
        self.setFixedWidth(look().px(tokens.RAIL_WIDTH))
        self._act = act
        self._across = False
        self.buttons: dict[str, RailButton] = {}
        self._places = column(gap=6)
        self._bottom = column(gap=6)
        self.me = Me(act)
        line = self._line = column(margins=MARGINS, gap=14)
        self._logo = Logo(24, "rail_strong")
        line.addLayout(centred(self._logo))
        line.addLayout(self._places)
        line.addStretch(1)
        line.addLayout(self._bottom)
        line.addLayout(centred(self.me))
        self.setLayout(line)

    def lie(self, *, across: bool) -> None:
        """Lie across the window, or stand at its edge."""
        self._across = across
        px, way = look().px, QBoxLayout.Direction
        for lines, gap in ((self._line, 4 if across else 14), (self._places, 6), (self._bottom, 6)):
            lines.setDirection(way.LeftToRight if across else way.TopToBottom)
            lines.setSpacing(px(4 if across else gap))
        self._line.setContentsMargins(*(px(m) for m in (ROW_MARGINS if across else MARGINS)))
        self._logo.setVisible(not across)
        width, height = (MOST, px(SMALL + 8)) if across else (px(tokens.RAIL_WIDTH), MOST)
        self.setMinimumSize(0 if across else width, height if across else 0)
        self.setMaximumSize(width, height)
        self._size()

    def _size(self) -> None:
        for button in self.buttons.values():
            button.setFixedSize(*[look().px(SMALL if self._across else 40)] * 2)
        self.me.setFixedSize(*[look().px(SMALL - 2 if self._across else 36)] * 2)

    def show_view(self, items: tuple[RailItem, ...], topbar: TopBarView) -> None:
        """Show the places and who I am."""
        for item in items:
            if item.id not in self.buttons:
                self.buttons[item.id] = RailButton(self._act, item)
                (self._bottom if item.id in self.AT_BOTTOM else self._places).addWidget(self.buttons[item.id])
            self.buttons[item.id].show_item(item)
        self._size()
        keys = ButtonView("keys.show", _("Keyboard shortcuts"), icon="keypad", shortcut="F1")
        self.me.show_me(topbar.agent_name, topbar.agent_initials, (keys, topbar.sign_out))
