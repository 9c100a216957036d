"""Under the top bar: who else is in a call, what its recording does, and what has to be known about it.

A line for each call that has more to say than its card: the people of a consult or a conference with the
buttons of each, a recording that is paused, card data that is being keyed in, a supervisor who listens, a
line that is bad and why.  A call without any of it has no line, and with no line the strip takes no room.

Rule of the file: buttons that belong to the people of a call (`OF_PEOPLE`) stand here, beside the people;
the card keeps the others.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import tokens
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Flow, Panel, Tag, column, row
from agent_desktop.qt.text import ElidedLabel, tip
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge, Tone
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.topbar import CallCard, PersonRow

OF_PEOPLE = frozenset({"call.swap", "call.complete", "call.conference", "call.drop"})
Buttons = tuple[ButtonView, ...]
_LOW = 28  # the height of a button in the strip


def has_more(call: CallCard) -> bool:
    """Whether a call has anything to say under the bar."""
    return bool(call.people or _marks(call))


def _marks(call: CallCard) -> tuple[tuple[str, Badge], ...]:
    """What is to be known about the call: an icon and the words each."""
    marks: list[tuple[str, Badge]] = []
    if call.secure:
        marks.append(("lock", Badge(call.secure, Tone.WARNING)))
    if call.listeners:
        marks.append(("listen", Badge(call.listeners, Tone.ACCENT)))
    bad = call.quality is not None and call.quality.tone in {Tone.WARNING, Tone.DANGER}
    if bad and call.quality is not None and call.quality_words:
        marks.append(("warning", Badge(call.quality_words, call.quality.tone)))
    if call.recording is not None and call.recording.banner:  # the last: its buttons follow
        marks.append(("pause", Badge(call.recording.banner, Tone.WARNING)))
    return tuple(marks)


class Person(Panel):
    """One person in the call: name, state, and what can be done with this one."""

    def __init__(self, act: Act) -> None:
        super().__init__("raised", "a")
        self.radius = tokens.RADIUS_CONTROL
        self._act = act
        self.name = ElidedLabel("", "strong")
        self.name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.state = Tag()
        self.buttons: dict[str, Button] = {}
        self._line = row(margins=(10, 3, 5, 3), gap=6)
        self._line.addWidget(self.name)
        self._line.addWidget(self.state)
        self.setLayout(self._line)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_person(self, person: PersonRow) -> None:
        """Show the person as it is now; whom I talk with has the colour of a live call."""
        self.ground, self.edge = ("ok_soft", "ok") if person.active else ("raised", "border")
        self.name.setText(person.name)
        self._fit()
        self.state.show_badge(person.state)
        self.setAccessibleName(person.spoken or person.name)
        if [button.action for button in person.buttons] != list(self.buttons):
            for gone in self.buttons.values():
                self._line.removeWidget(gone)
                gone.hide()
                gone.deleteLater()
            self.buttons = {
                b.action: Button(self._act, kind=Kind.QUIET, room=Room.ICON, height=_LOW)
                for b in person.buttons
            }
            for made in self.buttons.values():
                self._line.addWidget(made)
        for shown in person.buttons:
            self.buttons[shown.action].suffix = person.name
            self.buttons[shown.action].show_view(shown)
        self._line.invalidate()
        self.updateGeometry()
        self.update()

    def _fit(self) -> None:
        """The name's room: what the others leave of the strip."""
        px, parent = look().px, self.parentWidget()
        others = [self.state, *self.buttons.values()]
        rest = sum(one.sizeHint().width() + px(6) for one in others if not one.isHidden()) + px(15)
        room = parent.width() - rest if parent is not None and parent.width() > px(200) else px(170)
        self.name.setFixedWidth(max(min(self.name.sizeHint().width(), px(170), room), px(40)))

    def sizeHint(self) -> QSize:
        self._fit()
        return QSize(self._line.sizeHint().width(), look().px(_LOW + 6))


class CallLine(QFrame):
    """What one call has to say."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self._act = act
        self.customer = Person(act)
        self.people: dict[str, Person] = {}
        self.buttons: dict[str, Button] = {}  # of the people
        self.recording: list[Button] = []
        self.marks: list[Tag] = []
        self._shape: tuple[object, ...] = ()
        self._flow = Flow(gap=8)
        self.setLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_view(self, call: CallCard) -> None:
        """Show the call as it is now."""
        self.setAccessibleName(_("In the call with {name}", name=call.title))
        marks = _marks(call)
        own = tuple(b for b in call.buttons if b.action in OF_PEOPLE and call.people)
        recording = call.recording.buttons if call.recording is not None and call.recording.banner else ()
        people = tuple(person.leg for person in call.people)
        shape = (people, tuple(b.action for b in own), len(recording), len(marks))
        if shape != self._shape:
            self._shape = shape
            self._make(call, own, recording, len(marks))
        if call.people:
            self.customer.show_person(_customer(call))
        for person in call.people:
            self.people[person.leg].show_person(person)
        made = (*(self.buttons[shown.action] for shown in own), *self.recording)
        for button, shown in zip(made, (*own, *recording), strict=True):
            button.suffix = call.title
            button.show_view(shown)
        for tag, (icon, badge) in zip(self.marks, marks, strict=True):
            tag.set_icon(icon)
            tag.show_badge(badge)
            tip(tag, badge.spoken or badge.text)
        self._flow.invalidate()
        self.updateGeometry()

    def _make(self, call: CallCard, own: Buttons, recording: Buttons, marks: int) -> None:
        """Make the widgets of another set of people, buttons and marks."""
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None and widget is not self.customer:
                widget.hide()
                widget.deleteLater()
        self.people = {person.leg: Person(self._act) for person in call.people}
        self.buttons = {b.action: Button(self._act, room=Room.WORDS, height=_LOW + 6) for b in own}
        self.recording = [Button(self._act, room=Room.WORDS, height=_LOW) for _button in recording]
        self.marks = [Tag(Badge("…")) for _number in range(marks)]
        self.customer.setVisible(bool(call.people))
        order: list[QWidget] = [self.customer] if call.people else []
        order += [*self.people.values(), *self.buttons.values(), *self.marks, *self.recording]
        for widget in order:
            widget.setParent(self)
            self._flow.addWidget(widget)
            widget.show()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._flow.heightForWidth(width)


def _customer(call: CallCard) -> PersonRow:
    """The customer as one of the people: the card says the rest."""
    match call.talk:
        case "guest":
            state, active = Badge(_("hears music"), Tone.WARNING), False
        case "all":
            state, active = Badge(_("in the conference"), Tone.OK), True
        case _:
            state, active = Badge(_("you talk"), Tone.OK), not call.quiet
    return PersonRow("", call.title, state, active, f"{call.title}, {state.text}")


class CallStrip(Panel):
    """A line for each call that has one."""

    def __init__(self, act: Act) -> None:
        super().__init__("surface", "b")
        self.setObjectName("callstrip")
        self.setAccessibleName(_("In the call"))
        self._act = act
        self.lines: dict[str, CallLine] = {}
        self._column = column(margins=(16, 6, 16, 7), gap=6)
        self.setLayout(self._column)
        self.hide()

    def show_calls(self, calls: tuple[CallCard, ...]) -> None:
        """Show what the calls have to say."""
        wanted = {call.interaction or call.call: call for call in calls if has_more(call)}
        for key in [key for key in self.lines if key not in wanted]:
            gone = self.lines.pop(key)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for key, call in wanted.items():
            if key not in self.lines:
                self.lines[key] = CallLine(self._act)
                self._column.addWidget(self.lines[key])
            self.lines[key].show_view(call)
        self.setVisible(bool(wanted))
