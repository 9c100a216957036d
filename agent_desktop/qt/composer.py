"""The composer: it says what Send will do, holds its draft, offers templates, articles and files.

The editor belongs to one draft (`draft_key`): what is typed is written down at every keystroke, and the
text is replaced only when another draft is shown.  Tab leaves the editor; Ctrl+Return sends.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Button, Kind, open_menu
from agent_desktop.qt.controls import Flow, Panel, column, row
from agent_desktop.qt.passing import let_pass
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import ComposerView, Template
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.surface import Surface


class Editor(QPlainTextEdit):
    """The text itself; grows from three lines to eight.  A slash at its start opens the templates."""

    slash = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("composer-editor")
        self.setTabChangesFocus(True)
        let_pass(self)
        self.setFont(look().font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(look().px(3))
        self.textChanged.connect(self._grow)
        self._grow()

    def _grow(self) -> None:
        lines = min(max(int(self.document().size().height()), 3), 8)
        height = self.fontMetrics().lineSpacing() * lines + look().px(26)
        if height != self.height():
            self.setFixedHeight(height)

    def sizeHint(self) -> QSize:
        return QSize(look().px(300), self.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() == "/" and not self.toPlainText():
            self.slash.emit()
        else:
            super().keyPressEvent(event)


class Composer(Panel):
    """Modes, editor, buttons."""

    def __init__(self, surface: Surface) -> None:
        super().__init__("surface", "t")
        self.setObjectName("composer")
        self.setAccessibleName(_("Write"))
        self._surface = surface
        self._key = ""
        self._view: ComposerView | None = None
        self._loading = False
        self.says = ElidedLabel("", "meta")
        self.says.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self.saved = Label("", "meta")
        self.warning = Label("", "warning", wrap=True)
        self.warning.hide()
        self.modes: dict[str, Button] = {}
        self._mode_row = Flow(6)
        self.editor = Editor()
        self.editor.textChanged.connect(self._written)
        self.editor.slash.connect(self.open_templates)
        self.templates = Button(
            self._local, ButtonView("templates", _("Templates"), icon="template", shortcut="/")
        )
        self.article = Button(self._local, ButtonView("article", _("Insert article"), icon="article"))
        self.send = Button(surface.act)
        self._layout()
        sending = QShortcut(QKeySequence("Ctrl+Return"), self)
        sending.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        sending.activated.connect(self.send.click)

    def _layout(self) -> None:
        modes = QWidget()
        modes.setLayout(self._mode_row)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        modes.setSizePolicy(policy)
        top = row(gap=12)
        top.addWidget(modes, 1)
        top.addWidget(self.saved)
        buttons = row(gap=8)
        buttons.addWidget(self.templates)
        buttons.addWidget(self.article)
        buttons.addWidget(self.says, 1)
        buttons.addWidget(self.send)
        whole = column(margins=(16, 10, 16, 12), gap=8)
        whole.addLayout(top)
        whole.addWidget(self.warning)
        whole.addWidget(self.editor)
        whole.addLayout(buttons)
        self.setLayout(whole)

    def show_view(self, view: ComposerView) -> None:
        """Show the composer as it is now; the editor's text only when its draft changed."""
        before, self._view = self._view, view
        self.says.setText(view.says)
        self.saved.setText(view.saved)
        self.warning.setText(view.interlock or view.reason)
        self.warning.set_role("warning" if view.interlock else "muted")
        self.warning.setVisible(bool(view.interlock or view.reason))
        self.editor.setReadOnly(bool(view.reason))
        self._open(not view.reason)
        self.editor.setPlaceholderText(view.placeholder)
        self.editor.setAccessibleName(view.says or _("Message"))
        self.editor.setAccessibleDescription(view.saved)
        self.templates.setEnabled(bool(view.templates) and not view.reason)
        self.article.setEnabled(not view.reason)
        self.send.show_view(view.send)
        if self.editor.property("note") != view.note:
            self.editor.setProperty("note", view.note)
            self.editor.style().polish(self.editor)
        if before is None or before.modes != view.modes:
            self._show_modes(view)
        if view.draft_key != self._key:
            self.load(view)

    def _open(self, writable: bool) -> None:  # noqa: FBT001 - one word says it
        """Open or close the editor; while it is closed the keyboard rests here, and comes back to it.

        Qt would hand the focus of a closed field to whatever comes next, and keys typed then go astray.
        """
        if not writable and self.editor.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.editor.setEnabled(writable)
        if writable and self.hasFocus():
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_modes(self, view: ComposerView) -> None:
        wanted = {mode.id for mode in view.modes}
        for mode in view.modes:
            if mode.id not in self.modes:
                self.modes[mode.id] = Button(self._surface.act, kind=Kind.CHIP)
                self._mode_row.addWidget(self.modes[mode.id])
            args = (("mode", mode.id),)
            self.modes[mode.id].show_view(
                ButtonView("composer.mode", mode.label, icon=mode.icon, args=args, checked=mode.selected)
            )
        for mode_id, button in self.modes.items():
            button.setVisible(mode_id in wanted)

    def load(self, view: ComposerView) -> None:
        """Put the draft into the editor."""
        self._key = view.draft_key
        if view.text == self.editor.toPlainText():
            return
        self._loading = True
        self.editor.setPlainText(view.text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self._loading = False

    def reload(self) -> None:
        """The draft was changed by something other than the editor: a template, an article."""
        if self._view is not None:
            self._key = ""
            self.load(self._view)

    def _written(self) -> None:
        if not self._loading and self._view is not None and not self._view.reason:
            self._surface.write(self.editor.toPlainText())

    def _local(self, action: str) -> str:
        if action == "templates":
            self.open_templates()
            return ""
        return self._surface.act("side.tab", tab="knowledge")

    def open_templates(self) -> None:
        """Open the canned replies; one that would leave a hole says which."""
        if self._view is None or not self._view.templates:
            return
        entries = tuple(_entry(template) for template in self._view.templates)
        open_menu(self.templates, entries, self._surface.act, _("Templates"))


def _entry(template: Template) -> ButtonView:
    """The line of a template in the menu."""
    label = template.label
    if template.missing:
        label = _("{label} (without {fields})", label=label, fields=", ".join(template.missing))
    return ButtonView("template.insert", label, icon="template", args=(("template", template.id),))
