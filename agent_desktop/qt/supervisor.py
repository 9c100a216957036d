"""The supervisor's place: six figures, agents and live calls, queues and who waits (J1, J2).

What can be done with an agent or a call stands at the end of its line; the call that is listened to has
its own bar on top of every place (`listening.py`).  Where the window is narrow the tables stand one under
the other and the place scrolls.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import tokens
from agent_desktop.qt.board import BoardTable
from agent_desktop.qt.boardline import Cell, Column, Line
from agent_desktop.qt.buttons import Act
from agent_desktop.qt.controls import Panel, column, row
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.supervisor import (
    AgentRow,
    CallRow,
    Figure,
    QueueRow,
    SupervisorView,
    WaitingRow,
)

NOT_KNOWN = "\N{EN DASH}"
WIDE = 1040  # from here on the tables stand in two columns
_FIGURE = (150, 96)  # the least a figure's card needs


def _agents() -> tuple[Column, ...]:
    return (
        Column(_("Agent"), 3, 110), Column(_("State"), 3, 122), Column(_("For"), 1, 52),
        Column(_("Next"), 3, 96, 700), Column(_("Working on"), 7, 130, 430),
        Column(_("Phone"), 1, 92, 620),
    )  # fmt: skip


def _calls() -> tuple[Column, ...]:
    return (
        Column(_("Customer"), 3, 104), Column(_("Agent"), 3, 88), Column(_("Queue"), 2, 66, 520),
        Column(_("For"), 1, 50), Column(_("State"), 2, 82), Column(_("Line"), 1, 54, 560),
        Column(_("Recording"), 1, 74, 680), Column(_("Listening"), 2, 80, 800),
    )  # fmt: skip


def _waiting() -> tuple[Column, ...]:
    return (
        Column(_("Customer"), 3, 104), Column(_("Queue"), 2, 72), Column(_("Waits"), 1, 52),
    )  # fmt: skip


def _queues() -> tuple[Column, ...]:
    return (
        Column(_("Queue"), 3, 90), Column(_("Waiting"), 1, 60), Column(_("Longest"), 1, 64),
        Column(_("Ready"), 1, 56), Column(_("Wrap-up"), 1, 64, 440), Column(_("SL"), 1, 60),
        Column(_("Abandoned"), 1, 76, 400),
    )  # fmt: skip


class FigureCard(Panel):
    """One figure: what it is, how much, and what it is compared with."""

    def __init__(self) -> None:
        super().__init__("surface", "a")
        self.label = ElidedLabel("", "muted")
        self.value = Label("", "figure")
        self.detail = ElidedLabel("", "muted")
        lines = column(margins=(16, 12, 16, 12), gap=2)
        for widget in (self.label, self.value, self.detail):
            lines.addWidget(widget)
        self.setLayout(lines)

    def show_figure(self, figure: Figure) -> None:
        """Show it."""
        toned = figure.tone in {Tone.OK, Tone.WARNING, Tone.DANGER}
        self.label.setText(figure.label)
        self.value.setText(figure.value)
        self.value.set_role(f"figure-{figure.tone.value}" if toned else "figure")
        self.detail.setText(figure.detail)
        self.setAccessibleName(figure.spoken or f"{figure.label}: {figure.value}. {figure.detail}")


class Figures(QFrame):
    """The figures in as many columns as there is room for: six, three, two."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Figures"))
        self.cards: list[FigureCard] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_figures(self, figures: tuple[Figure, ...]) -> None:
        """Show them."""
        while len(self.cards) < len(figures):
            card = FigureCard()
            card.setParent(self)
            card.show()
            self.cards.append(card)
        for card, figure in zip(self.cards, figures, strict=False):
            card.show_figure(figure)
        for card in self.cards[len(figures) :]:
            card.hide()
        self.updateGeometry()
        self._arrange()

    def _columns(self, width: int) -> int:
        count = len(self.cards)
        for columns in (6, 3, 2, 1):
            if columns <= max(count, 1) and width >= columns * look().px(_FIGURE[0]):
                return columns
        return 1

    def heightForWidth(self, width: int) -> int:
        lines = -(-len(self.cards) // self._columns(width)) if self.cards else 0
        return max(lines * look().px(_FIGURE[1] + 12) - look().px(12), 0)

    def hasHeightForWidth(self) -> bool:
        return True

    def sizeHint(self) -> QSize:
        return QSize(look().px(600), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(_FIGURE[0]), look().px(_FIGURE[1]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # more or fewer columns are another height

    def _arrange(self) -> None:
        gap, columns = look().px(12), self._columns(self.width())
        wide = (self.width() - gap * (columns - 1)) / columns
        high = look().px(_FIGURE[1])
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for number, card in enumerate(self.cards):
            x = round(number % columns * (wide + gap))
            place = QRect(x, number // columns * (high + gap), round(wide), high)
            if rtl:
                place.moveRight(self.width() - 1 - x)
            card.setGeometry(place)


class BoardCard(Panel):
    """A table with its heading on a card; with no line it says so."""

    def __init__(self, act: Act, name: str, columns: tuple[Column, ...], nothing: str, *, least: int) -> None:
        super().__init__("surface", "a")
        self.least = least
        self.heading = Label(name, "heading")
        self.table = BoardTable(act, name, columns)
        self.nothing = Label(nothing, "muted", wrap=True)
        top = row(margins=(14, 0, 14, 0))
        top.addWidget(self.heading, 1)
        self._none = QWidget()
        none = column(margins=(14, 4, 14, 8))
        none.addWidget(self.nothing)
        self._none.setLayout(none)
        lines = column(margins=(1, 12, 1, 8), gap=4)
        lines.addLayout(top)
        lines.addWidget(self._none)
        lines.addWidget(self.table, 1)
        lines.addStretch(0)
        self.setLayout(lines)
        self.setAccessibleName(name)

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show the lines."""
        self.table.show_lines(lines)
        self.table.setVisible(bool(lines))
        self._none.setVisible(not lines)
        self.table.setMinimumHeight(self.table.wanted_height(self.least))


class SupervisorPlace(QScrollArea):
    """The whole place."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.setObjectName("supervisor")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.figures = Figures()
        self.says = Label("", "muted", wrap=True)
        self.agents = BoardCard(act, _("Agents"), _agents(), _("Nobody is signed in."), least=7)
        self.calls = BoardCard(act, _("Live calls"), _calls(), _("Nobody is on a call."), least=4)
        self.queues = BoardCard(act, _("Queues"), _queues(), _("There is no queue."), least=5)
        self.waiting = BoardCard(act, _("Waiting"), _waiting(), _("Nobody is waiting."), least=4)
        ground = Panel("background")
        ground.setAccessibleName(_("Supervisor"))
        lines = column(margins=(16, 14, 16, 16), gap=14)
        lines.addWidget(self.figures)
        lines.addWidget(self.says)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(look().px(14))
        left, right = column(gap=14), column(gap=14)
        left.addWidget(self.agents, 3)
        left.addWidget(self.calls, 2)
        right.addWidget(self.queues, 2)
        right.addWidget(self.waiting, 3)
        self._columns.addLayout(left, 58)
        self._columns.addLayout(right, 42)
        lines.addLayout(self._columns, 1)
        ground.setLayout(lines)
        self.setWidget(ground)

    def show_view(self, view: SupervisorView) -> None:
        """Show the board as it is now."""
        self.figures.show_figures(view.figures)
        self.says.setText(view.empty)
        self.says.setVisible(bool(view.empty))
        heard = view.listening.interaction if view.listening is not None else ""
        self.agents.show_lines(tuple(_agent(agent) for agent in view.agents))
        self.calls.show_lines(tuple(_call(call, heard) for call in view.calls))
        self.queues.show_lines(tuple(_queue(queue) for queue in view.queues))
        self.waiting.show_lines(tuple(_waits(waits) for waits in view.waiting))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.viewport().width() >= look().px(WIDE)
        way = QBoxLayout.Direction
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)
        if (inside := self.widget()) is not None:
            inside.setFixedWidth(self.viewport().width())


def _toned(tone: Tone) -> str:
    return tone.value if tone in {Tone.OK, Tone.WARNING, Tone.DANGER} else "text"


def _agent(agent: AgentRow) -> Line:
    cells = (
        Cell(agent.name, weight=tokens.STRONG),
        Cell(agent.state.text, dot=agent.state.tone),
        Cell(agent.timer),
        Cell(agent.after, "muted"),
        Cell(agent.work),
        Cell(badge=agent.phone) if agent.phone.text else Cell(),
    )
    return Line(agent.id, cells, agent.spoken, agent.buttons)


def _call(call: CallRow, heard: str) -> Line:
    cells = (
        Cell(call.customer, weight=tokens.STRONG),
        Cell(call.agent),
        Cell(call.queue),
        Cell(call.age),
        Cell(call.state.text, dot=call.state.tone),
        Cell(badge=call.quality) if call.quality is not None else Cell(NOT_KNOWN, "muted"),
        Cell(badge=call.recording) if call.recording is not None else Cell(NOT_KNOWN, "muted"),
        Cell(call.listeners),
    )
    return Line(call.interaction, cells, call.spoken, call.buttons, chosen=call.interaction == heard)


def _queue(queue: QueueRow) -> Line:
    level = Cell(queue.service_level, _toned(queue.tone), tokens.STRONG)
    cells = (
        Cell(queue.name, weight=tokens.STRONG),
        Cell(queue.waiting),
        Cell(queue.oldest),
        Cell(queue.ready),
        Cell(queue.wrap_up),
        level,
        Cell(queue.abandoned),
    )
    return Line(queue.id, cells, queue.spoken)


def _waits(waits: WaitingRow) -> Line:
    cells = (
        Cell(waits.customer, weight=tokens.STRONG, icon=waits.icon),
        Cell(" · ".join(p for p in (waits.queue, waits.priority) if p)),
        Cell(waits.age, _toned(waits.tone), tokens.STRONG),
    )
    return Line(waits.interaction, cells, waits.spoken, waits.buttons)
