"""The sign-in screen: who, where, and how ready this computer is for the shift."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import paint, tokens
from agent_desktop.qt.buttons import Button
from agent_desktop.qt.controls import Panel, Tag, Tick, centred, clear, column, row
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.rail import Logo
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look

if TYPE_CHECKING:
    from agent_desktop.qt.selftest import SelfTest
    from agent_desktop.viewmodels.signin import Check, SignInView
    from agent_desktop.viewmodels.surface import Surface

WIDTH = 400
SELF_TEST = "agent_desktop.qt.selftest"


class SignIn(QFrame):
    """The card in the middle of the window."""

    def __init__(self, surface: Surface, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("signin")
        self.setAccessibleName(_("Sign in"))
        self._surface = surface
        self._filled = False
        self._checks: tuple[Check, ...] = ()
        self.title = Label("", "large")
        self.line = ElidedLabel("", "muted")
        self.server = LineEdit(_("Server"))
        self.user = LineEdit(_("Name"))
        self.password = LineEdit(_("Password"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.remember = Tick(_("Remember me in this computer's keyring"))
        self.remember_note = Label("", "meta", wrap=True)
        self.error = Label("", "error", wrap=True)
        self.button = Button(lambda *_a, **_k: self.submit(), height=38)
        for field in (self.server, self.user, self.password):
            field.returnPressed.connect(self.submit)
            field.setMinimumHeight(look().px(36))
        self._check_lines = column(gap=7)
        self._heading = Label(_("Before the shift"), "heading")
        self.self_test: SelfTest | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        """From the outside in: a widget that gets its parents late is dressed again by each of them."""
        scroll = self._scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = column(gap=0)
        whole.addWidget(scroll)
        self.setLayout(whole)
        inside = QWidget()
        scroll.setWidget(inside)
        card = self._card = Panel("surface", "a")
        card.setFixedWidth(look().px(WIDTH))
        card.installEventFilter(self)
        middle = self._middle = column(margins=(24, 24, 24, 24), gap=0)
        inside.setLayout(middle)
        middle.addStretch(2)
        middle.addLayout(centred(card))
        middle.addStretch(3)
        lines = self._lines = column(margins=(34, 36, 34, 30), gap=6)
        card.setLayout(lines)
        logo = row()
        logo.addWidget(Logo(34, "text"))
        logo.addStretch(1)
        lines.addLayout(logo)
        lines.addSpacing(look().px(10))
        lines.addWidget(self.title)
        lines.addWidget(self.line)
        lines.addSpacing(look().px(10))
        for words, field in (
            (_("Server"), self.server), (_("Name"), self.user), (_("Password"), self.password),
        ):  # fmt: skip
            label = Label(words, "strong")
            label.setBuddy(field)
            lines.addWidget(label)
            lines.addWidget(field)
            lines.addSpacing(look().px(4))
        lines.addWidget(self.remember)
        lines.addWidget(self.remember_note)
        lines.addWidget(self.error)
        lines.addSpacing(look().px(6))
        lines.addWidget(self.button)
        lines.addSpacing(look().px(12))
        self._rule = Panel("surface", "t")
        self._rule.setFixedHeight(look().px(8))
        lines.addWidget(self._rule)
        lines.addWidget(self._heading)
        lines.addLayout(self._check_lines)

    def show_view(self, view: SignInView) -> None:
        """Show the form; what was typed is left alone."""
        self.title.setText(view.title)
        self.line.setText(view.centre_line)
        if not self._filled:
            self._filled = True
            self.server.setText(view.server)
            self.user.setText(view.user)
            self.remember.setChecked(view.remember)
        self.password.setPlaceholderText(_("kept in the keyring") if view.password_known else "")
        self.remember.setEnabled(view.can_remember)
        self.remember.setAccessibleDescription(view.remember_note)
        self.remember_note.setText(view.remember_note)
        self.remember_note.setVisible(bool(view.remember_note))
        self.error.setText(view.error)
        self.error.setVisible(bool(view.error))
        self.button.show_view(view.sign_in)
        self._open(writable=not view.busy)
        self.button.setEnabled(view.sign_in.enabled and not view.busy)
        if view.checks != self._checks:
            self._checks = view.checks
            self._show_checks()
        self._heading.setVisible(bool(view.checks) and view.self_test is None)
        self._rule.setVisible(bool(view.checks) or view.self_test is not None)
        if view.self_test is not None and self.self_test is None:
            self.self_test = self._make_test()
        if self.self_test is not None:
            self.self_test.setVisible(view.self_test is not None)
            if view.self_test is not None:
                self.self_test.show_view(view.self_test)

    def _open(self, *, writable: bool) -> None:
        """While the form is closed the keyboard rests here; it comes back to the password, to be typed again.

        Qt would hand the focus of a closed field to whatever comes next, and keys typed then go astray.
        """
        fields = (self.server, self.user, self.password)
        if not writable and any(part.hasFocus() for part in (*fields, self.button)):
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        for field in fields:
            field.setEnabled(writable)
        if writable and self.hasFocus():
            self.password.setFocus(Qt.FocusReason.OtherFocusReason)
            self.password.selectAll()

    def _make_test(self) -> SelfTest:
        """The self-test comes with the client, after the first frame."""
        made: SelfTest = importlib.import_module(SELF_TEST).SelfTest(self._surface.act, small=True)
        self._lines.addSpacing(look().px(2))
        self._lines.addWidget(made)
        return made

    def _show_checks(self) -> None:
        clear(self._check_lines)
        for check in self._checks:
            line = row(gap=8)
            line.addWidget(ElidedLabel(check.label, "body"), 1)
            line.addWidget(Tag(check.badge))
            self._check_lines.addLayout(line)

    def begin(self) -> None:
        """Put the cursor where typing starts."""
        (self.password if self.user.text() else self.user).setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> str:
        """Sign in with what is typed."""
        if self.button.isEnabled():
            self._surface.sign_in(
                server=self.server.text().strip(),
                user=self.user.text().strip(),
                password=self.password.text(),
                remember=self.remember.isChecked(),
            )
        return ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the card is as wide as the window."""
        super().resizeEvent(event)
        px = look().px
        narrow = self.width() < px(WIDTH + 3 * 24)
        edge = px(8 if narrow else 24)
        self._middle.setContentsMargins(edge, px(24), edge, px(24))
        self._lines.setContentsMargins(px(18 if narrow else 34), px(36), px(18 if narrow else 34), px(30))
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._card.setFixedWidth(min(px(WIDTH), self.width() - bar - 2 * edge))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The shadow goes where the card goes: it grows with the checks and with a sentence."""
        if watched is self._card and event.type() in {QEvent.Type.Move, QEvent.Type.Resize}:
            self.update()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        painter.fillRect(self.rect(), look().colour("background"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        place = QRectF(self._card.mapTo(self, self._card.rect().topLeft()), self._card.size())
        for reach in range(24, 0, -3):
            shade = look().colour("rail")
            shade.setAlpha(8 if look().colours.dark else 2)
            painter.setBrush(shade)
            radius = look().px(tokens.RADIUS_CARD) + reach
            painter.drawRoundedRect(place.adjusted(-reach, -reach + 8, reach, reach + 8), radius, radius)
