"""Devices and sound: which one is used first, how loud the phone's own sounds are, what the headset does.

Each list is in the order of preference: the first that is there is used, the next when it is unplugged.
Up and down move a device, by mouse or keyboard; the keyboard stays on the device that was moved.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QSlider, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import paint
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Panel, Tag, Tick, column, row
from agent_desktop.qt.selftest import LevelBar
from agent_desktop.qt.text import ElidedLabel, Label, tip
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.settings import DeviceList, DeviceRow, DevicesView, Level

SHORT = 300  # in a line shorter than this the buttons of a device stand below its name
_SOON_MS = 150  # a slider is told when it rests, not at every pixel


class DeviceLine(QFrame):
    """One device: place, name, whether it is there, up, down, use."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.name = ElidedLabel("", "body")
        self.state = Tag()
        self.up = Button(act, kind=Kind.QUIET, room=Room.ICON, height=28)
        self.down = Button(act, kind=Kind.QUIET, room=Room.ICON, height=28)
        self.use = Button(act, height=28)
        line = self._line = row(gap=6)
        line.addWidget(self.name, 1)
        line.addWidget(self.state)
        for button in (self.up, self.down, self.use):
            line.addWidget(button)
        self._below = Below()
        self._short = False
        whole = column(gap=0)
        whole.addLayout(line)
        whole.addLayout(self._below)
        self.setLayout(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        short = self.width() < look().px(SHORT)
        if short != self._short:
            self._short = short
            if short:
                self._below.take(self._line, self.state, self.up, self.down, self.use)
            else:
                self._below.give_back()

    def show_device(self, device: DeviceRow) -> None:
        """Show the device as it is now."""
        self.name.setText(device.name)
        self.setAccessibleName(f"{device.name}, {device.state.spoken or device.state.text}")
        self.state.show_badge(device.state if device.state.text else None)
        up = replace(device.up, icon=device.up.icon or "up")
        down = replace(device.down, icon=device.down.icon or "chevron-down")
        for button, view in ((self.up, up), (self.down, down), (self.use, device.use)):
            button.suffix = device.name
            button.show_view(view)


class DeviceListCard(Panel):
    """One list, the most wanted first."""

    def __init__(self, act: Act) -> None:
        super().__init__("surface", "a")
        self._act = act
        self.title = Label("", "title")
        self.help = Label("", "muted", wrap=True)
        self.lines: list[DeviceLine] = []
        self._rows = column(gap=4)
        self.nothing = Label(
            _("No device is known yet: the phone names them when it runs."), "body", wrap=True
        )
        whole = column(margins=(16, 14, 16, 14), gap=8)
        whole.addWidget(self.title)
        whole.addWidget(self.help)
        whole.addWidget(self.nothing)
        whole.addLayout(self._rows)
        self.setLayout(whole)

    def show_list(self, shown: DeviceList) -> None:
        """Show the list; the keyboard goes along with a device that was moved."""
        held = next(
            ((line.name.text(), button) for line in self.lines for button in ("up", "down")
             if getattr(line, button).hasFocus()), None,
        )  # fmt: skip
        self.title.setText(shown.title)
        self.setAccessibleName(shown.title)
        self.help.setText(shown.help)
        self.help.setVisible(bool(shown.help))
        self.nothing.setVisible(not shown.rows)
        while len(self.lines) < len(shown.rows):
            self.lines.append(DeviceLine(self._act))
            self._rows.addWidget(self.lines[-1])
        while len(self.lines) > len(shown.rows):
            gone = self.lines.pop()
            self._rows.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for line, device in zip(self.lines, shown.rows, strict=True):
            line.show_device(device)
        if held is not None:
            self._follow(*held)

    def _follow(self, name: str, wanted: str) -> None:
        line = next((line for line in self.lines if line.name.text() == name), None)
        if line is None:
            return
        first, second = (line.up, line.down) if wanted == "up" else (line.down, line.up)
        target = first if first.isEnabled() else second
        if not target.hasFocus():
            target.setFocus(Qt.FocusReason.OtherFocusReason)


class Slider(QSlider):
    """A loudness in whole dB; painted from the tokens, and the wheel scrolls the page instead."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setMinimumWidth(look().px(90))
        self.setFixedHeight(look().px(28))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setValue(self._value_at(event.position().toPoint()))
        super().mousePressEvent(event)

    def _value_at(self, point: QPoint) -> int:
        share = min(max(point.x() / max(self.width(), 1), 0.0), 1.0)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            share = 1 - share
        return self.minimum() + round(share * (self.maximum() - self.minimum()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, px = paint.begin(self), look().px
        knob, groove = px(16), px(4)
        share = (self.value() - self.minimum()) / max(self.maximum() - self.minimum(), 1)
        middle, room = self.height() / 2, self.width() - knob
        whole = QRectF(knob / 2, middle - groove / 2, room, groove)
        done = QRectF(whole.left(), whole.top(), room * share, groove)
        ink = look().colour("accent" if self.isEnabled() else "control_border")
        paint.rounded(painter, whole, groove / 2, look().colour("control_border"))
        paint.rounded(painter, paint.mirrored(self, self.rect(), done), groove / 2, ink)
        at = paint.mirrored(self, self.rect(), QRectF(room * share, middle - knob / 2, knob, knob))
        paint.rounded(painter, at, knob / 2, look().colour("surface"), ink, px(2))


class LevelLine(QWidget):
    """A loudness that can be set."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self._act, self._view = act, Level("", "", 0.0)
        self._quiet = False
        self.label = Label("", "body", wrap=True)
        self.slider = Slider()
        self.value = Label("", "muted")
        self.value.setMinimumWidth(look().px(56))
        self.label.setBuddy(self.slider)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_SOON_MS)
        self._rest.timeout.connect(self._tell)
        self.slider.valueChanged.connect(self._moved)
        line = row(gap=12)
        line.addWidget(self.label, 2)
        line.addWidget(self.slider, 3)
        line.addWidget(self.value)
        self.setLayout(line)

    def show_level(self, level: Level) -> None:
        """Show it; one that is being moved is left alone."""
        self._view = level
        self.label.setText(level.label)
        self.slider.setAccessibleName(level.label)
        if not self.slider.isSliderDown() and not self._rest.isActive():
            self._quiet = True
            self.slider.setRange(round(level.least_db), round(level.most_db))
            self.slider.setPageStep(6)
            self.slider.setValue(round(level.value_db))
            self._quiet = False
        self._say()

    def _moved(self, _value: int) -> None:
        self._say()
        if not self._quiet:
            self._rest.start()

    def _say(self) -> None:
        words = _("{n} dB", n=self.slider.value())
        self.value.setText(words)
        self.slider.setAccessibleDescription(words)

    def _tell(self) -> None:
        self._act(self._view.action, value=str(self.slider.value()))


class Switch(Tick):
    """A tick box of the view-model: it never turns itself."""

    def __init__(self, act: Act, view: ButtonView) -> None:
        super().__init__(view.label)
        self._act, self._view = act, view
        self.clicked.connect(self._press)
        self.show_switch(view)

    def show_switch(self, view: ButtonView) -> None:
        """Show whether it is on."""
        self._view = view
        self.setChecked(bool(view.checked))
        self.setEnabled(view.enabled and not view.sending)
        self.setAccessibleDescription(view.reason)
        tip(self, view.reason)

    def _press(self) -> None:
        self.setChecked(bool(self._view.checked))
        self._act(self._view.action, **dict(self._view.args))

    def sizeHint(self) -> QSize:
        return super().sizeHint()


class Devices(QFrame):
    """The whole page."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.setAccessibleName(_("Devices and sound"))
        self._act = act
        self.lists: dict[str, DeviceListCard] = {}
        self.switches: dict[str, Switch] = {}
        self.levels: dict[str, LevelLine] = {}
        self.meter = LevelBar(_("Microphone"))
        self.headset = Tag()
        self.headset_detail = Label("", "muted", wrap=True)
        self.test = Button(act, height=32)
        self._lists = column(gap=14)
        sound = Panel("surface", "a")
        self._switch_rows, self._level_rows = column(gap=4), column(gap=6)
        meter = row(gap=12)
        meter.addWidget(Label(_("Microphone now"), "body"), 1)
        meter.addWidget(self.meter)
        lines = column(margins=(16, 14, 16, 14), gap=10)
        lines.addWidget(Label(_("Sound"), "title"))
        lines.addLayout(meter)
        lines.addLayout(self._switch_rows)
        lines.addLayout(self._level_rows)
        test = row()
        test.addWidget(self.test)
        test.addStretch(1)
        lines.addLayout(test)
        sound.setLayout(lines)
        set_card = Panel("surface", "a")
        head = row(gap=8)
        head.addWidget(Label(_("Headset"), "title"))
        head.addWidget(self.headset)
        head.addStretch(1)
        lines = column(margins=(16, 14, 16, 14), gap=8)
        lines.addLayout(head)
        lines.addWidget(self.headset_detail)
        set_card.setLayout(lines)
        rest = column(gap=14)
        rest.addWidget(sound)
        rest.addWidget(set_card)
        rest.addStretch(1)
        lists = column(gap=0)
        lists.addLayout(self._lists)
        lists.addStretch(1)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(look().px(14))
        self._columns.addLayout(lists, 1)
        self._columns.addLayout(rest, 1)
        self.setLayout(self._columns)

    def set_wide(self, *, wide: bool) -> None:
        """Two columns where there is room, else one."""
        way = QBoxLayout.Direction
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def show_view(self, view: DevicesView) -> None:
        """Show the devices as they are now."""
        for shown in view.lists:
            if shown.kind not in self.lists:
                self.lists[shown.kind] = DeviceListCard(self._act)
                self._lists.addWidget(self.lists[shown.kind])
            self.lists[shown.kind].show_list(shown)
        for switch in view.switches:
            key = f"{switch.action} {switch.args}" if not switch.label else switch.label
            if key not in self.switches:
                self.switches[key] = Switch(self._act, switch)
                self._switch_rows.addWidget(self.switches[key])
            self.switches[key].show_switch(switch)
        for level in view.levels:
            if level.action not in self.levels:
                self.levels[level.action] = LevelLine(self._act)
                self._level_rows.addWidget(self.levels[level.action])
            self.levels[level.action].show_level(level)
        self.meter.show_level(view.microphone_db)
        self.headset.show_badge(view.headset if view.headset.text else None)
        self.headset_detail.setText(view.headset_detail)
        self.headset_detail.setVisible(bool(view.headset_detail))
        self.test.show_view(view.test)
