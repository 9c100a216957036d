"""The knowledge panel: articles for the text so far, or for what is typed into its field."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import clear, column, row
from agent_desktop.qt.emptiness import EmptyState
from agent_desktop.qt.forms import LineEdit, Page, Section
from agent_desktop.qt.text import Label
from agent_desktop.viewmodels.parts import Empty
from agent_desktop.viewmodels.side import Article, KnowledgeView


class KnowledgePage(Page):
    """The third tab of the side."""

    def __init__(self, act: Act) -> None:
        super().__init__(_("Knowledge"))
        self._act = act
        self._shown: tuple[Article, ...] | None = None
        self.finder = LineEdit(_("Find an article"), _("Find an article"))
        self.finder.textEdited.connect(lambda text: act("knowledge.find", text=text))
        head = Section()
        head.lines.addWidget(self.finder)
        self._articles = QWidget()
        self._lines = column(gap=0)
        self._articles.setLayout(self._lines)
        self.empty = EmptyState(act, "knowledge")
        for widget in (head, self._articles, self.empty):
            self.add(widget)

    def show_knowledge(self, view: KnowledgeView) -> None:
        """Show what was found."""
        if not self.finder.hasFocus():
            self.finder.setText(view.query)
        if view.articles != self._shown:
            self._shown = view.articles
            clear(self._lines)
            for article in view.articles:
                self._lines.addWidget(self._article(article))
        if view.loading and not view.articles:
            self.empty.show_loading(_("Looking for articles…"))
        elif not view.articles:
            self.empty.show_empty(view.empty or Empty(_("No article found"), _("Try other words.")))
        self.empty.setVisible(not view.articles)
        self._articles.setVisible(bool(view.articles))

    def _article(self, article: Article) -> Section:
        section = Section()
        section.lines.addWidget(Label(article.title, "strong", wrap=True))
        if article.summary:
            section.lines.addWidget(Label(article.summary, "muted", wrap=True))
        if article.body and article.body != article.summary:
            body = Label(article.body, "body", wrap=True)
            section.lines.addWidget(body)
        insert = Button(self._act, height=28)
        insert.suffix = article.title
        insert.show_view(article.insert)
        line = row()
        line.addWidget(insert)
        line.addStretch(1)
        section.lines.addLayout(line)
        return section
