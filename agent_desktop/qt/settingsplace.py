"""The settings place: sound, ring, screen, keys, the phone, the self-test; one page at a time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import tokens
from agent_desktop.qt.breaking import TabChips
from agent_desktop.qt.buttons import Act
from agent_desktop.qt.choices import ChoicesPage
from agent_desktop.qt.controls import Panel, Tabs, Tag, clear, column, row
from agent_desktop.qt.devices import Devices
from agent_desktop.qt.keychange import KeysPage
from agent_desktop.qt.selftest import SelfTest
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.settings import PhoneView, SettingsView

WIDE, PAGE = 860, 1080  # two columns from here on; a page is never wider
SHORT = 380  # on a page narrower than this the names of facts are broken
ORDER = ("devices", "ringing", "screen", "keys", "phone", "selftest")


class PhonePage(Panel):
    """The phone: is it registered, what runs it, what it cannot do, what the call uses."""

    def __init__(self) -> None:
        super().__init__("surface", "a")
        self.setAccessibleName(_("Phone"))
        self.registration = Tag()
        self.detail = Label("", "body", wrap=True)
        self.engine = Label("", "muted", wrap=True)
        self._facts = column(gap=6)
        self._cannot = column(gap=4)
        self._cannot_heading = Label(_("What this phone cannot do"), "heading")
        self._shown: tuple[object, ...] = ()
        self._labels: list[Label] = []
        head = row(gap=8)
        head.addWidget(Label(_("Phone"), "title"))
        head.addWidget(self.registration)
        head.addStretch(1)
        lines = column(margins=(16, 14, 16, 14), gap=10)
        lines.addLayout(head)
        lines.addWidget(self.detail)
        lines.addWidget(self.engine)
        lines.addLayout(self._facts)
        lines.addWidget(self._cannot_heading)
        lines.addLayout(self._cannot)
        self.setLayout(lines)

    def show_view(self, view: PhoneView) -> None:
        """Show the phone as it is now."""
        self.registration.show_badge(view.registration)
        self.detail.setText(view.detail)
        self.detail.setVisible(bool(view.detail))
        self.engine.setText(view.engine)
        self.engine.setVisible(bool(view.engine))
        self._cannot_heading.setVisible(bool(view.cannot))
        if (view.facts, view.cannot) == self._shown:
            return
        self._shown = (view.facts, view.cannot)
        clear(self._facts)
        self._labels.clear()
        for name, value in view.facts:
            line = row(gap=10)
            label = Label(name, "muted", wrap=True)
            label.setFixedWidth(self._label_width())
            self._labels.append(label)
            said = Label(value, "body", wrap=True)
            said.setAccessibleName(f"{name}: {value}")
            line.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(said, 1)
            self._facts.addLayout(line)
        clear(self._cannot)
        for sentence in view.cannot:
            self._cannot.addWidget(Label(sentence, "body", wrap=True))

    def _label_width(self) -> int:
        return look().px(160 if self.width() >= look().px(SHORT) else 84)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for label in self._labels:
            label.setFixedWidth(self._label_width())


class SettingsPlace(QFrame):
    """Tabs, and the page that is chosen."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.setObjectName("settings")
        self.setAccessibleName(_("Settings"))
        self._act = act
        self.tabs = Tabs(_("Settings"))
        self._views: tuple[ButtonView, ...] = ()
        self.tabs.currentChanged.connect(self._chosen)
        self.chips = TabChips(self.tabs)
        self.devices = Devices(act)
        self.ringing = ChoicesPage(act)
        self.screen_page = ChoicesPage(act)
        self.keys = KeysPage(act)
        self.phone = PhonePage()
        self.self_test = SelfTest(act)
        self.pages = QStackedWidget()
        pages = (
            self.devices,
            _topped(self.ringing),
            _topped(self.screen_page),
            _topped(self.keys),
            _topped(self.phone),
            _topped(_card(self.self_test)),
        )
        for page in pages:
            self.pages.addWidget(_scrolled(page))
        head = Panel("surface", "b")
        line = self._line = row(margins=(16, 0, 16, 0), gap=16)
        self.title = Label(_("Settings"), "title")
        line.addWidget(self.title)
        line.addWidget(self.tabs)
        line.addWidget(self.chips, 100)
        line.addStretch(1)
        head.setLayout(line)
        head.setMinimumHeight(look().px(tokens.BAR_HEIGHT))
        ground = Panel("background")
        inside = column(gap=0)
        inside.addWidget(self.pages)
        ground.setLayout(inside)
        whole = column(gap=0)
        whole.addWidget(head)
        whole.addWidget(ground, 1)
        self.setLayout(whole)

    def show_view(self, view: SettingsView) -> None:
        """Show the settings as they are now."""
        self._views = view.pages
        self.tabs.show_tabs([(str(n), b.label, bool(b.checked)) for n, b in enumerate(view.pages)])
        self._fit_title()
        self.pages.setCurrentIndex(ORDER.index(view.page) if view.page in ORDER else 0)
        match view.page:  # what is not seen need not follow
            case "ringing":
                self.ringing.show_view(view.ringing)
            case "screen":
                self.screen_page.show_view(view.screen)
            case "keys":
                self.keys.show_view(view.keys)
            case "phone":
                self.phone.show_view(view.phone)
            case "selftest":
                self.self_test.show_view(view.self_test)
            case _:
                self.devices.show_view(view.devices)

    def _chosen(self, index: int) -> None:
        if 0 <= index < len(self._views):
            view = self._views[index]
            self._act(view.action, **dict(view.args))

    def _fit_title(self) -> None:
        """The tabs need the room more: the rail says the place too."""
        both = self.title.sizeHint().width() + self.tabs.sizeHint().width() + look().px(16 * 3)
        self.title.setVisible(self.width() >= both)
        narrow = self.width() < self.tabs.sizeHint().width() + look().px(32)
        self.chips.stand_in(on=narrow)
        above = look().px(8 if narrow else 0)
        self._line.setContentsMargins(look().px(16), above, look().px(16), above)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_title()
        self.devices.set_wide(wide=self.width() >= look().px(WIDE))
        for page in self.pages.findChildren(QScrollArea):
            if (inside := page.widget()) is not None:
                inside.setFixedWidth(max(self.width() - page.verticalScrollBar().sizeHint().width(), 1))
                edge = look().px(16 if self.width() >= look().px(tokens.COMPACT_BELOW) else 8)
                if (lines := inside.layout()) is not None:
                    lines.setContentsMargins(edge, edge, edge, edge)


def _scrolled(page: QWidget) -> QScrollArea:
    """A page that scrolls and is never wider than can be read."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    page.setMaximumWidth(look().px(PAGE))
    inside = QWidget()
    lines = row(margins=(16, 16, 16, 16))
    lines.addWidget(page, 100)
    lines.addStretch(1)
    inside.setLayout(lines)
    area.setWidget(inside)
    return area


def _card(widget: QWidget) -> QWidget:
    made = Panel("surface", "a")
    made.setAccessibleName(widget.accessibleName())
    lines = column(margins=(16, 14, 16, 16))
    lines.addWidget(widget)
    made.setLayout(lines)
    return made


def _topped(widget: QWidget) -> QWidget:
    """A card at the top of its page, not wider than its sentences."""
    made = QWidget()
    widget.setMaximumWidth(look().px(640))
    lines = column()
    lines.addWidget(widget)
    lines.addStretch(1)
    made.setLayout(lines)
    return made
