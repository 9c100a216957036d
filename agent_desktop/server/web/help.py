"""The help centre: the public articles for everybody, without a script.

`/help` lists and searches (`?q=`), `/help/ID` shows one article.  Everything is escaped (html.tag); the
body of an article is plain text with blank lines between paragraphs, `# ` before a heading and `- ` or
`1. ` before the lines of a list.  Articles that are not public are as good as missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote

from aiohttp import web

from agent_desktop import assets
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.tongue import surely
from agent_desktop.domain.types import ChannelId, Instant
from agent_desktop.server.web.html import NOTHING, Markup, page, tag

STYLE = "/help/help.css"
QUERY_CHARS = 200
FOUND = 20
WORDS_PER_MINUTE = 200
_BULLET = re.compile(r"[-*]\s+(?=\S)")
_NUMBER = re.compile(r"\d{1,2}[.)]\s+(?=\S)")


class ArticleSource(Protocol):
    """What the help centre reads (ports.storage.Store has it)."""

    def article(self, key: str) -> Article | None: ...
    def articles(self) -> Sequence[Article]: ...
    async def search_articles(self, text: str, limit: int) -> Sequence[Article]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One more way to reach the centre: a label and where it leads (`tel:`, `mailto:`, a page)."""

    label: str
    href: str


def help_routes(
    articles: Callable[[], ArticleSource],
    *,
    firm: str,
    ways: Iterable[Way] = (),
    chat: ChannelId | None = None,
) -> list[web.RouteDef]:
    """The routes of the help centre; with a chat site its pages carry the widget."""
    desk = _HelpDesk(articles, firm, tuple(ways), chat)
    return [
        web.get("/help", desk.index),
        web.get(STYLE, style),
        web.get("/help/{article}", desk.article),
    ]


async def style(_: web.Request) -> web.StreamResponse:
    """The help centre's style."""
    headers = {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=300"}
    return web.FileResponse(assets.resource("web", "help.css"), headers=headers)


class _HelpDesk:
    """The pages."""

    def __init__(
        self,
        articles: Callable[[], ArticleSource],
        firm: str,
        ways: tuple[Way, ...],
        chat: ChannelId | None,
    ) -> None:
        self._articles = articles
        self._firm = firm
        self._ways = ways
        self._chat = chat

    async def index(self, request: web.Request) -> web.Response:
        query = request.query.get("q", "").strip()[:QUERY_CHARS]
        source = self._articles()
        found = await source.search_articles(query, FOUND) if query else source.articles()
        public = [article for article in found if article.public]
        if not query:
            public.sort(key=lambda article: article.title.casefold())
        main = [
            tag("p", f"{self._firm} help centre", class_="firm"),
            tag("h1", "How can we help?"),
            _search_form(query),
            _summary(query, len(public)),
            tag("ul", [_row(article) for article in public], class_="articles") if public else NOTHING,
            self._talk(),
        ]
        title = f"{query} · {self._firm} help centre" if query else f"{self._firm} help centre"
        return self._page(title, main)

    async def article(self, request: web.Request) -> web.Response:
        found = self._articles().article(request.match_info["article"])
        if found is None or not found.public:
            main = [
                tag("p", tag("a", "All articles", href="/help"), class_="firm"),
                tag("h1", "This article is not here"),
                tag("p", "It was moved or withdrawn. Look for it by its words, or ask us."),
                _search_form(""),
                self._talk(),
            ]
            return self._page(f"Not found · {self._firm} help centre", main, status=404)
        lang = _language(found)
        main = [
            tag("p", tag("a", f"{self._firm} help centre", href="/help"), class_="firm"),
            tag("h1", found.title, lang=lang),
            tag("p", _meta(found), class_="meta"),
            tag("p", found.summary, class_="summary", lang=lang) if found.summary else NOTHING,
            tag("article", body(found.body), lang=lang),
            self._talk(),
        ]
        return self._page(f"{found.title} · {self._firm} help centre", main)

    def _talk(self) -> Markup:
        links = [tag("a", way.label, href=way.href, class_="way") for way in self._ways]
        if self._chat is not None:
            links.insert(0, tag("a", "Chat", href="#chat", class_="way"))
        if not links:
            return NOTHING
        heading = tag("h2", "Talk to us", id="talk")
        return tag("section", heading, tag("p", links, class_="ways"), class_="talk", aria_labelledby="talk")

    def _page(self, title: str, main: list[Markup], *, status: int = 200) -> web.Response:
        scripts: list[Markup] = []
        if self._chat is not None:
            scripts.append(tag("script", src="/chat/widget.js", data_site=str(self._chat), async_=True))
        text = page(title, tag("main", main), style=STYLE, scripts=scripts)
        return web.Response(text=text, content_type="text/html", status=status)


def _search_form(query: str) -> Markup:
    return tag(
        "form",
        tag("label", "Search the articles", for_="q", class_="unseen"),
        tag(
            "input",
            type="search",
            id="q",
            name="q",
            value=query,
            maxlength=str(QUERY_CHARS),
            placeholder="Search, for example: parcel not arrived",
            autocomplete="off",
        ),
        tag("button", "Search", type="submit"),
        role="search",
        action="/help",
        method="get",
    )


def _summary(query: str, count: int) -> Markup:
    if not query:
        return NOTHING if count else tag("p", "There are no articles yet. Ask us.", class_="count")
    if count == 0:
        text = f"Nothing found for “{query}”. Try other words, or ask us."
    else:
        text = f"{count} {'article' if count == 1 else 'articles'} for “{query}”"
    return tag("p", text, class_="count", role="status")


def _language(article: Article) -> str | bool:
    """The language that its words tell (WCAG 3.1.2); False, the page's, where they do not."""
    return surely(f"{article.title}\n{article.summary}\n{article.body}") or False


def _row(article: Article) -> Markup:
    lang = _language(article)
    return tag(
        "li",
        tag("h2", tag("a", article.title, href=f"/help/{quote(article.id, safe='')}", lang=lang)),
        tag("p", article.summary, lang=lang) if article.summary else NOTHING,
        tag("p", meta, class_="meta") if (meta := _meta(article)) else NOTHING,
    )


def _meta(article: Article) -> str:
    words = len(article.body.split())
    reading = f"{max(1, round(words / WORDS_PER_MINUTE))} min" if words else ""
    return " · ".join(part for part in (_updated(article.updated_at), reading) if part)


def _updated(at: Instant) -> str:
    if at <= 0:
        return ""
    day = datetime.fromtimestamp(at, UTC)
    return f"Updated {day.day} {day:%b %Y}"


def body(text: str) -> list[Markup]:
    """The blocks of an article's text."""
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    return [element for block in blocks for element in _block(block.strip("\n"))]


def _block(block: str) -> list[Markup]:
    """One block may start with a heading line; what follows is a list or a paragraph."""
    lines = [line.strip() for line in block.splitlines() if line.strip()]
    made: list[Markup] = []
    while lines and lines[0].startswith("#"):
        level = "h2" if len(lines[0]) - len(lines[0].lstrip("#")) == 1 else "h3"
        made.append(tag(level, lines.pop(0).lstrip("#").strip()))
    for kind, mark in (("ul", _BULLET), ("ol", _NUMBER)):
        if lines and all(mark.match(line) for line in lines):
            return [*made, tag(kind, [tag("li", mark.sub("", line, count=1)) for line in lines])]
    return [*made, tag("p", _lines(lines))] if lines else made


def _lines(lines: list[str]) -> list[Markup]:
    """Lines of a paragraph keep their ends: addresses and opening hours are written so."""
    parts: list[Markup] = []
    for number, line in enumerate(lines):
        if number:
            parts.append(tag("br"))
        parts.append(tag("span", line))
    return parts
