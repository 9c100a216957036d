"""The middle of the window: header with why me, the timeline, who is typing, the composer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from agent_desktop.client.naming import file_name as suggested
from agent_desktop.i18n import _
from agent_desktop.qt import tokens
from agent_desktop.qt.attaching import choose_place
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Button, Kind, Room
from agent_desktop.qt.call_text import CallTextPanel
from agent_desktop.qt.composer import Composer
from agent_desktop.qt.controls import Panel, clear, column, row
from agent_desktop.qt.emptiness import EmptyState
from agent_desktop.qt.strips import Strips
from agent_desktop.qt.text import ElidedLabel, Label, say_here, tip
from agent_desktop.qt.theme import look
from agent_desktop.qt.timeline import Timeline
from agent_desktop.qt.viewer import Viewer
from agent_desktop.viewmodels.call_text import CallTextView
from agent_desktop.viewmodels.conversation import ConversationView, TimelineItemView
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.surface import Surface

# Their words are in the tip: the header's room belongs to the subject and to who it is.
SMALL = frozenset({"why", "conversation.follow"})
EDGE = 16


class Header(Panel):
    """Subject, customer, queue, why me, and what can be done with the whole; in a narrow window below."""

    def __init__(self, surface: Surface) -> None:
        super().__init__("surface", "b")
        self.setFixedHeight(look().px(tokens.BAR_HEIGHT + 2))
        self._act = surface.act
        self.back = Button(
            surface.act, ButtonView("inbox.show", _("Back to the inbox"), icon="back"), room=Room.ICON
        )
        self.back.hide()
        details = ButtonView("side.drawer", _("Customer, script, knowledge and wrap-up"), icon="customers")
        self.details = Button(surface.act, details, room=Room.ICON)
        self.details.hide()
        self.title = ElidedLabel("", "title")
        self.subtitle = ElidedLabel("", "muted")
        self.buttons: dict[str, Button] = {}
        self._button_row = row(gap=8)
        self._below = Below(8)
        self._stacked = False
        words = column(gap=2)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        words.addStretch(1)
        line = row(margins=(16, 0, 16, 0), gap=12)
        line.addWidget(self.back)
        line.addLayout(words, 1)
        line.addLayout(self._button_row)
        line.addWidget(self.details)
        self.setLayout(self._below.under(line, 1))

    def show_places(self, *, back: bool, details: bool, stacked: bool = False) -> None:
        """Show the ways to the other panels where they are not all in sight."""
        for button, shown in ((self.back, back), (self.details, details)):
            button.setVisible(shown)
        if stacked != self._stacked:
            self._stacked = stacked
            self._stack()

    def _stack(self) -> None:
        """Put the buttons under the words, or beside them again."""
        self._below.give_back()
        self._below.inset()
        if self._stacked and self.buttons:
            self._below.take(self._button_row, *self.buttons.values())
            self._below.inset(EDGE, 0, EDGE, 9)
        self._fit()

    def show_view(self, view: ConversationView) -> None:
        """Show whose conversation it is."""
        self.title.setText(view.title)
        self.subtitle.setText(view.subtitle)
        why = "\n".join(view.why)
        if why:
            tip(self.subtitle, f"{view.subtitle}\n{why}")
            self.subtitle.setAccessibleDescription(why)
        anew = [button.action for button in view.buttons] != list(self.buttons)
        if anew:
            self._below.give_back()
            clear(self._button_row)
            self.buttons = {button.action: Button(self._act, room=Room.WORDS) for button in view.buttons}
            for button in self.buttons.values():
                self._button_row.addWidget(button)
        for shown in view.buttons:
            self.buttons[shown.action].show_view(shown)
        self._stack() if anew and self._stacked else self._fit()

    def _fit(self) -> None:
        """Icons alone where the header is narrow; the primary button keeps its words."""
        wide = self.width() >= look().px(620)
        for action, button in self.buttons.items():
            button.set_room(Room.WORDS if wide and action not in SMALL else Room.ICON)
        bar = look().px(tokens.BAR_HEIGHT + 2)
        if self._stacked and self.buttons:
            bar += self._below.heightForWidth(self.width() - 2 * look().px(EDGE)) + look().px(9)
        if bar != self.height():
            self.setFixedHeight(bar)

    def resizeEvent(self, event: object) -> None:  # only its coming matters
        self._fit()


class Conversation(QFrame):
    """Header, timeline, composer; or what to do when nothing is open."""

    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self.setObjectName("conversation")
        self.setAccessibleName(_("Conversation"))
        self._surface = surface
        self._shown = ""
        self._view: ConversationView | None = None
        self.header = Header(surface)
        self.timeline = Timeline()
        self.timeline.whole.connect(self.show_whole)
        self.timeline.file.connect(self._save)
        self.timeline.press.connect(self._press)
        self.timeline.reached_top.connect(self._older)
        self.older = Button(surface.act, kind=Kind.LINK)
        self.older.hide()
        self.strips = Strips(surface.act, _("About this conversation"), (16, 8, 16, 6))
        self.typing = Label("", "meta")
        self.typing.hide()
        self.composer = Composer(surface)
        self.empty = EmptyState(surface.act, "inbox")
        middle = Panel("background")
        inside = column(gap=0)
        inside.addWidget(self.strips)
        inside.addWidget(self.older, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(self.timeline, 1)
        typing = row(margins=(20, 2, 20, 6))
        typing.addWidget(self.typing, 1)
        inside.addLayout(typing)
        middle.setLayout(inside)
        whole = QWidget()
        lines = column(gap=0)
        lines.addWidget(self.header)
        lines.addWidget(middle, 1)
        lines.addWidget(self.composer)
        whole.setLayout(lines)
        ground = Panel("background")
        empty = column(gap=0)
        empty.addWidget(self.empty)
        ground.setLayout(empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(whole)
        self._stack.addWidget(ground)
        outside = column(gap=0)
        outside.addWidget(self._stack)
        self.setLayout(outside)
        self._viewer: Viewer | None = None
        self.call_text: CallTextPanel | None = None

    @property
    def lines(self) -> Timeline:
        """The list that is in sight: of the conversation, or of what is typed in its call."""
        texting = self.call_text is not None and self._stack.currentWidget() is self.call_text
        return self.call_text.lines if texting and self.call_text is not None else self.timeline

    def show_view(self, view: ConversationView, text: CallTextView | None = None) -> None:
        """Show the conversation as it is now; while its call is written in, what is typed there."""
        self._view = view
        if text is not None:
            if self.call_text is None:
                self.call_text = CallTextPanel(self._surface)
                self._stack.addWidget(self.call_text)
            self.call_text.show_view(text)
            self._stack.setCurrentWidget(self.call_text)
            return
        if view.empty is not None and not view.items:
            self._shown = ""
            self.empty.show_empty(view.empty)
            self._stack.setCurrentIndex(1)
            return
        if view.loading and not view.items:
            self._shown = ""
            self.empty.show_loading(_("The conversation is loading…"))
            self._stack.setCurrentIndex(1)
            return
        key = view.conversation or view.interaction
        fresh, self._shown = key != self._shown, key
        self.header.show_view(view)
        self._stack.setCurrentIndex(0)
        self.older.setVisible(view.more)
        self.older.show_view(ButtonView("conversation.older", _("Show older messages")))
        self.strips.show_strips(view.strips)
        self.typing.setText(view.typing)
        self.typing.setVisible(bool(view.typing))
        self.composer.setVisible(view.composer is not None)
        if view.composer is not None:
            self.composer.show_view(view.composer)
        self.timeline.show_items(view.items, fresh=fresh)

    def _older(self) -> None:
        if self._view is not None and self._view.more:
            self._surface.act("conversation.older")

    def _press(self, button: ButtonView) -> None:
        """Hear a recording, call back, undo, send again, save, forward; say why it cannot be."""
        if button.action == "file.save":
            self._save(dict(button.args).get("file", ""))
        elif button.enabled:
            self._surface.act(button.action, **dict(button.args))
        else:
            say_here(self.timeline, button.reason)

    def _save(self, file: str) -> None:
        """Ask where a file is saved, and have it saved there; it is never opened."""
        items = self._view.items if self._view is not None else ()
        found = next((f for item in items for f in item.attachments if f.id == file), None)
        if found is None:
            return
        if found.save is None:
            say_here(self.timeline, found.blocked or _("This file cannot be saved."))
        elif path := choose_place(self, suggested(found.name)):
            self._surface.act(found.save.action, **dict(found.save.args), path=path)

    def show_whole(self, item: TimelineItemView) -> None:
        """Open one message whole in the viewer: text, quoted text, formatting if asked for."""
        self._viewer = Viewer(item, self, self._surface.picture)
        self._viewer.open()
