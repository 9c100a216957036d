"""The composer: it says what Send will do and to whom, holds its draft, and shows what stands in the way.

The editor belongs to one draft (`draft_key`): what is typed is written down at every keystroke under that
key, Send sends the draft of that key, and the text is replaced only when another draft is shown.  A fast
switch and a late key can so never reach another customer.  Tab leaves the editor; Ctrl+Return sends; Ctrl+Z
in an empty editor calls the last reply back while it is held.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import focus, paint
from agent_desktop.qt.attaching import Chips, choose_files, kept_picture
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Button, Kind, Room, open_menu
from agent_desktop.qt.canned import Completion, Completions, of_colleagues, of_templates
from agent_desktop.qt.controls import Flow, Panel, column, row
from agent_desktop.qt.editor import Editor
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.pressed import PanelKey
from agent_desktop.qt.strips import Strips
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import ComposerView, Held
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.surface import Surface

NARROW, WIDE = 560, 760
SHORT = 360  # shorter than this the line of buttons is broken


class HeldBar(Panel):
    """The reply that can still be called back: a sentence, a line that runs out, the button."""

    def __init__(self, surface: Surface) -> None:
        super().__init__("accent_soft", "a", edge="accent_soft")
        self.radius = 8
        self._fraction = 0.0
        self.says = Label("", "body", wrap=True)
        self.undo = Button(surface.act, height=28)
        line = row(margins=(12, 5, 8, 5), gap=10)
        line.addWidget(self.says, 1)
        line.addWidget(self.undo)
        self.setLayout(line)
        self.setAccessibleName(_("Held back"))
        self.hide()

    def show_view(self, view: Held | None) -> None:
        """Show the countdown; None hides it."""
        self.setVisible(view is not None)
        if view is not None:
            self.says.setText(view.text)
            self.undo.show_view(view.undo)
            self._fraction = view.fraction
            self.update()

    def resizeEvent(self, event: object) -> None:  # only its coming matters
        self.undo.set_room(Room.FULL if self.width() >= look().px(SHORT) else Room.TEXT)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        wide = (self.width() - look().px(16)) * self._fraction
        box = QRectF(look().px(8), self.height() - look().px(3), wide, look().px(2))
        box = paint.mirrored(self, self.rect(), box)
        paint.rounded(paint.begin(self), box, 1, look().colour("accent"))


class Composer(Panel):
    """Modes, recipient, strips, editor, files, buttons."""

    def __init__(self, surface: Surface) -> None:
        super().__init__("surface", "t")
        self.setObjectName("composer")
        self.setAccessibleName(_("Write"))
        self._surface = surface
        self._key = ""
        self._view: ComposerView | None = None
        self._loading = False
        self.says = ElidedLabel("", "meta")
        self.recipient = ElidedLabel("", "meta")
        self.saved = Label("", "meta")
        self.count = Label("", "meta")
        self.warning = Label("", "muted", wrap=True)
        self.warning.hide()
        self.strips = Strips(surface.act, _("Before it is sent"))
        self.held = HeldBar(surface)
        self.copies = LineEdit(_("Copy to"), _("Addresses, with commas between them"))
        self.copies.textEdited.connect(self._copied)
        self.add_copies = Button(self._local, ButtonView("copies", _("Copy to…")), kind=Kind.LINK, height=24)
        self._copies_row = QWidget()
        self.modes: dict[str, Button] = {}
        self._mode_row = Flow(6)
        self.editor = Editor()
        self.completions: Completions | None = None
        self._connect()
        self.files = Chips(surface.act)
        self.templates = Button(
            self._local, ButtonView("templates", _("Templates"), icon="template", shortcut="/")
        )
        self.attach = Button(self._local, room=Room.WORDS)
        self.article = Button(self._local, ButtonView("article", _("Insert article"), icon="article"))
        self.more = Button(
            self._local, ButtonView("more", _("More"), icon="settings"), room=Room.ICON, opens_menu=True
        )
        self.send = Button(surface.act)
        self._layout()
        PanelKey("composer.send", self, self.send.click)

    def _connect(self) -> None:
        editor = self.editor
        editor.textChanged.connect(self._written)
        editor.query.connect(self._complete)
        editor.step.connect(lambda steps: self._completions().move_by(steps))
        editor.take.connect(lambda: self._completions().take())
        editor.dismiss.connect(self._close_completions)
        editor.call_back.connect(self._call_back)
        editor.files.connect(self._add_files)
        editor.picture.connect(self._add_picture)

    def _layout(self) -> None:
        modes = QWidget()
        modes.setLayout(self._mode_row)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        modes.setSizePolicy(policy)
        top = row(gap=12)
        top.addWidget(modes, 1)
        top.addWidget(self.saved)
        whom = row(gap=6)
        whom.addWidget(self.recipient, 1)
        whom.addWidget(self.add_copies)
        copies = row(gap=10)
        label = Label(_("Copy to"), "meta")
        label.setBuddy(self.copies)
        copies.addWidget(label)
        copies.addWidget(self.copies, 1)
        self._copies_row.setLayout(copies)
        self._copies_row.hide()
        whole = column(margins=(16, 10, 16, 12), gap=8)
        whole.addLayout(top)
        whole.addLayout(whom)
        whole.addWidget(self._copies_row)
        whole.addWidget(self.held)
        whole.addWidget(self.strips)
        whole.addWidget(self.warning)
        whole.addWidget(self.editor)
        whole.addWidget(self.files)
        whole.addLayout(self._buttons())
        self._below = Below(8)
        self._short = False
        whole.addLayout(self._below)
        self.setLayout(whole)

    def _buttons(self) -> QHBoxLayout:
        buttons = self._line = row(gap=8)
        buttons.addWidget(self.templates)
        buttons.addWidget(self.attach)
        buttons.addWidget(self.article)
        buttons.addWidget(self.says, 1)
        buttons.addWidget(self.count)
        buttons.addWidget(self.more)
        buttons.addWidget(self.send)
        self.says.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        return buttons

    def show_view(self, view: ComposerView) -> None:
        """Show the composer as it is now; the editor's text only when its draft changed."""
        before, self._view = self._view, view
        self.says.setText(view.limits if view.attach is not None and view.attach.enabled else "")
        self.recipient.setText(view.recipient or view.says)
        self.saved.setText(view.saved)
        self.count.setText(view.count)
        self.warning.setText(view.reason)
        self.warning.setVisible(bool(view.reason))
        self._show_strips(view)
        self.held.show_view(view.held)
        self._show_copies(view)
        self.files.show_files(view.files)
        self.editor.setReadOnly(bool(view.reason))
        self._open(not view.reason)
        self.editor.mentions = bool(view.colleagues)
        self.editor.setPlaceholderText(view.placeholder)
        self.editor.setAccessibleName(view.recipient or view.says or _("Message"))
        stops = [strip.accessible for strip in view.strips if strip.stops]
        self.editor.setAccessibleDescription(". ".join(p for p in (*stops, view.saved) if p))
        self.templates.setEnabled(bool(view.templates) and not view.reason)
        self.article.setEnabled(not view.reason)
        self.attach.setVisible(view.attach is not None)
        if view.attach is not None:
            self.attach.show_view(view.attach)
        self.more.setVisible(bool(view.after or view.share))
        self.send.show_view(view.send)
        if self.editor.property("note") != view.note:
            self.editor.setProperty("note", view.note)
            self.editor.style().polish(self.editor)
        self.ground = "note" if view.note and not look().colours.high_contrast else "surface"
        self.update()
        if before is None or before.modes != view.modes:
            self._show_modes(view)
        if view.draft_key != self._key:
            self.load(view)
        self._fit()

    def _show_strips(self, view: ComposerView) -> None:
        """Show what stands in the way; the keyboard goes to a question, and back to the words after it."""
        here = QApplication.focusWidget()
        answered = here is not None and self.strips.isAncestorOf(here)
        question = self.strips.show_strips(view.strips)
        if question is not None and self.isVisible():
            focus.seen(question.buttons[-1])
        elif answered and here is not None and not here.isVisible():
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_copies(self, view: ComposerView) -> None:
        """The field of who gets a copy, once it is wanted or filled in."""
        if view.copies is None:
            self._copies_row.hide()
            self.add_copies.hide()
            return
        if view.copies or self._copies_row.isVisible():
            self._copies_row.show()
        self.add_copies.setVisible(not self._copies_row.isVisible())
        if not self.copies.hasFocus() and self.copies.text() != view.copies:
            self.copies.setText(view.copies)

    def _fit(self) -> None:
        """Icons alone where the composer is narrow; Send keeps its words."""
        narrow = self.width() < look().px(NARROW)
        self.attach.set_room(Room.ICON if narrow else Room.WORDS)
        self.article.set_room(Room.ICON if self.width() < look().px(WIDE) else Room.WORDS)
        self.templates.set_room(Room.ICON if narrow else Room.FULL)
        self.send.set_room(Room.WORDS if narrow else Room.FULL)
        short = self.width() < look().px(SHORT)
        if short != self._short:
            self._short = short
            if short:
                self._below.take(self._line, self.count, self.more, self.send)
            else:
                self._below.give_back()

    def resizeEvent(self, event: object) -> None:  # only its coming matters
        self._fit()
        self._close_completions()

    def hideEvent(self, event: object) -> None:  # only its coming matters
        self._close_completions()

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

    # ---- the draft

    def load(self, view: ComposerView) -> None:
        """Put the draft into the editor."""
        another = self._key.rpartition("/")[0] != view.draft_key.rpartition("/")[0]
        self._key = view.draft_key
        if another:
            self._copies_row.setVisible(bool(view.copies))
        if view.text == self.editor.toPlainText():
            return
        self._loading = True
        self.editor.setPlainText(view.text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self._loading = False
        self._close_completions()

    @property
    def draft_key(self) -> str:
        """The draft that the editor shows."""
        return self._key

    def reload(self) -> None:
        """The draft was changed by something other than the editor: a template, an article."""
        if self._view is not None:
            self._key = ""
            self.load(self._view)

    def _written(self) -> None:
        if not self._loading and self._view is not None and not self._view.reason:
            self._surface.write(self.editor.toPlainText(), self._key)

    def _copied(self, text: str) -> None:
        self._surface.act("composer.copies", text=text, draft=self._key)

    def _call_back(self) -> None:
        held = self._view.held if self._view is not None else None
        if held is not None and held.undo.enabled:
            self._surface.act(held.undo.action, **dict(held.undo.args))

    # ---- completions

    def _completions(self) -> Completions:
        if self.completions is None:
            self.completions = Completions(self.window(), self._taken)
        return self.completions

    def _complete(self, kind: str, letters: str) -> None:
        view = self._view
        if not kind or view is None or self._loading or view.reason or not self.editor.hasFocus():
            self._close_completions()
            return
        rows = (
            of_templates(view.templates, letters) if kind == "/" else of_colleagues(view.colleagues, letters)
        )
        if not rows and letters:
            self._close_completions()  # a slash in a text, not a question
            return
        empty = _("There is no canned reply for here.") if kind == "/" else _("There is no other colleague.")
        self._completions().show_rows(rows, self.editor, empty=empty)
        self.editor.completing = bool(rows)

    def _close_completions(self) -> None:
        self.editor.completing = False
        if self.completions is not None:
            self.completions.hide()

    def _taken(self, chosen: Completion) -> None:
        kind = self.editor.wanted()[0]
        self._close_completions()
        self.editor.complete(chosen.text)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        if kind != "@@":
            self._surface.act("canned.used", template=chosen.id, draft=self._key)

    # ---- buttons

    def _local(self, action: str, **_arguments: str) -> str:
        match action:
            case "templates":
                self.open_templates()
            case "copies":
                self._copies_row.show()
                self.add_copies.hide()
                self.copies.setFocus(Qt.FocusReason.ShortcutFocusReason)
            case "file.attach":
                self._add_files(choose_files(self))
            case "more":
                self._open_more()
            case _:
                return self._surface.act("side.tab", tab="knowledge")
        return ""

    def open_templates(self) -> None:
        """Type the slash that opens the canned replies at the cursor."""
        if self._view is None or not self._view.templates:
            return
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        before = self.editor.toPlainText()[: self.editor.textCursor().position()]
        self.editor.insertPlainText("/" if not before or before[-1].isspace() else " /")
        self._complete(*self.editor.wanted())

    def _open_more(self) -> None:
        view = self._view
        if view is None:
            return
        entries = (*view.after, *((view.share,) if view.share is not None else ()))
        open_menu(self.more, entries, self._surface.act, _("After sending"))

    def _add_files(self, paths: list[str]) -> None:
        if paths:
            self._surface.act("file.attach", path="\n".join(paths), draft=self._key)

    def _add_picture(self, image: QImage) -> None:
        if path := kept_picture(image):
            self._surface.act("file.attach", path=path, draft=self._key, temporary="yes")
