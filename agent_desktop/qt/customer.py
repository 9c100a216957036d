"""The customer's card: who it is, how to reach them, what they bought, when they were here."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button, Kind, open_menu
from agent_desktop.qt.controls import Avatar, Flow, Tag, clear, column, row
from agent_desktop.qt.forms import Page, Section
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.side import CustomerCard, Fact, HistoryLine, KnowledgeView, Order


class CustomerPage(Page):
    """The first tab of the side."""

    def __init__(self, act: Act) -> None:
        super().__init__(_("Customer"))
        self._act = act
        self._shown: CustomerCard | None = None
        self._articles: tuple[object, ...] | None = None
        self.avatar = Avatar(44)
        self.name = Label("", "title", wrap=True)
        self.line = Label("", "muted", wrap=True)
        self.make_card = Button(act)
        self._needs: tuple[ButtonView, ...] = ()
        self.needs = Button(self._toggle_need, opens_menu=True, height=28)
        self.advice = Label("", "body", wrap=True)
        self._tags = Flow(5)
        self._head = self._make_head()
        self._alerts = Section(_("Please note"))
        self._facts = Section()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(look().px(8))
        self._grid.setVerticalSpacing(look().px(8))
        self._grid.setColumnMinimumWidth(0, look().px(104))
        self._grid.setColumnStretch(1, 1)
        self._facts.lines.addLayout(self._grid)
        self._orders = Section(_("Orders"))
        self._knowledge = Section(_("Suggested knowledge"))
        self._history = Section(_("History"))
        self._history.lines.setSpacing(look().px(4))
        for section in (self._head, self._alerts, self._facts, self._orders, self._knowledge, self._history):
            self.add(section)

    def _make_head(self) -> Section:
        section = Section()
        words = column(gap=3)
        words.addWidget(self.name)
        words.addWidget(self.line)
        tags = QWidget()
        tags.setLayout(self._tags)
        words.addWidget(tags)
        line = row(gap=12)
        line.addWidget(self.avatar, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        section.lines.addLayout(line)
        section.lines.addWidget(self.make_card)
        section.lines.addWidget(self.advice)
        section.lines.addWidget(self.needs, 0, Qt.AlignmentFlag.AlignLeading)
        return section

    def show_card(self, card: CustomerCard, medium: str, knowledge: KnowledgeView) -> None:
        """Show the card; only what changed is made anew."""
        before, self._shown = self._shown, card
        self.avatar.show_person(card.initials, medium if card.known else "")
        self.name.setText(card.name)
        self.line.setText(card.line)
        self.line.setVisible(bool(card.line))
        self.make_card.setVisible(card.create is not None)
        if card.create is not None:
            self.make_card.show_view(card.create)
        self._show_needs(card)
        if before is None or before.tags != card.tags:
            clear(self._tags)
            for tag in card.tags:
                if tag not in card.line:  # the line under the name says it already
                    self._tags.addWidget(Tag(Badge(tag)))
        if before is None or before.alerts != card.alerts:
            _fill(self._alerts, [Label(alert, "warning", wrap=True) for alert in card.alerts])
        if before is None or before.facts != card.facts:
            self._show_facts(card.facts)
        if before is None or before.orders != card.orders:
            _fill(self._orders, [_order(order) for order in card.orders])
        if before is None or before.history != card.history:
            _fill(self._history, [self._history_line(line) for line in card.history])
        if knowledge.articles[:2] != self._articles:
            self._articles = knowledge.articles[:2]
            _fill(self._knowledge, [_article(a.title, a.summary) for a in knowledge.articles[:2]])

    def _show_needs(self, card: CustomerCard) -> None:
        """The advice for what is needed, and the button that notes it."""
        self._needs = card.needs
        self.advice.setText(card.advice)
        self.advice.setVisible(bool(card.advice))
        self.needs.setVisible(bool(card.needs))
        if card.needs:
            reason = card.needs[0].reason
            self.needs.show_view(ButtonView("needs.menu", _("Access needs"), icon="customers", reason=reason))

    def _toggle_need(self, _action: str, **_arguments: str) -> str:
        open_menu(self.needs, self._needs, self._act, _("Access needs"))
        return ""

    def _show_facts(self, facts: tuple[Fact, ...]) -> None:
        clear(self._grid)
        self._facts.setVisible(bool(facts))
        for number, fact in enumerate(facts):
            label = Label(fact.label, "muted")
            value = _value(fact.value)
            cell = row(gap=6)
            if fact.value:
                cell.addWidget(value, 0 if fact.badge is not None else 1)
            if fact.badge is not None:
                cell.addWidget(Tag(fact.badge), 0, Qt.AlignmentFlag.AlignTop)
                cell.addStretch(1)
            holder = QWidget()
            holder.setLayout(cell)
            self._grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(holder, number, 1)

    def _history_line(self, line: HistoryLine) -> QWidget:
        args = (("id", line.interaction),)
        button = Button(self._act, kind=Kind.HISTORY, height=26)
        button.show_view(ButtonView("inbox.open", line.text, icon=line.icon, args=args))
        button.setAccessibleName(line.accessible)
        return button


LONGEST_WORD = 26  # a longer one cannot be broken by a label and would push the page wide


def _value(text: str) -> Label:
    """A value that can be marked with the mouse; one that cannot be broken ends in an ellipsis."""
    long = any(len(word) > LONGEST_WORD for word in text.split())
    label = ElidedLabel(text) if long else Label(text, wrap=True)
    if not long:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _order(order: Order) -> QWidget:
    holder = QWidget()
    line = row(gap=8)
    line.addWidget(ElidedLabel(order.title or order.id, "body"), 1)
    if order.value:
        line.addWidget(Label(order.value, "muted"))
    if order.badge is not None:
        line.addWidget(Tag(order.badge))
    holder.setLayout(line)
    return holder


def _article(title: str, summary: str) -> QWidget:
    holder = QWidget()
    lines = column(gap=2)
    lines.addWidget(Label(title, "strong", wrap=True))
    if summary:
        lines.addWidget(Label(summary, "muted", wrap=True))
    holder.setLayout(lines)
    return holder


def _fill(section: Section, widgets: list[QWidget]) -> None:
    """Replace what stands under a section's heading; an empty section is not shown."""
    while section.lines.count() > 1:
        item = section.lines.takeAt(1)
        if item is not None and (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
    for widget in widgets:
        section.lines.addWidget(widget)
    section.setVisible(bool(widgets))
