"""The help centre: public articles, all text escaped, no script needed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.server.web.help import body
from agent_desktop.server.web.html import Markup, tag


@pytest.fixture
async def page(server: Any) -> Any:
    async with aiohttp.ClientSession() as session:

        async def get(path: str) -> tuple[int, str]:
            async with session.get(server.url + path) as answer:
                return answer.status, await answer.text()

        yield get


class Elements(HTMLParser):
    """Which elements and attributes a browser would find, and the text between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


async def test_public_articles_are_listed_and_others_are_not(page: Any) -> None:
    status, text = await page("/help")
    assert status == 200
    assert "Track my order" in text
    assert "How we calm people" not in text


async def test_an_article_in_another_language_says_so_wherever_its_words_stand(page: Any) -> None:
    _, text = await page("/help/zurueck")
    assert '<html lang="en">' in text
    assert '<h1 lang="de">Einen Artikel zurückgeben</h1>' in text
    assert '<article lang="de">' in text
    _, listed = await page("/help")
    assert '<a href="/help/zurueck" lang="de">' in listed
    assert '<a href="/help/a%2Fb%3Fc">' in listed, "too little of it to tell a language: the page's"


async def test_a_search_finds_public_articles_alone(page: Any) -> None:
    _, text = await page("/help?q=parcel+people")
    assert "Parcel marked delivered" in text
    assert "1 article for “parcel people”" in text
    assert "calm" not in text


async def test_nothing_found_says_what_to_do(page: Any) -> None:
    _, text = await page("/help?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "Nothing found for “&lt;script&gt;alert(1)&lt;/script&gt;”. Try other words, or ask us." in text


async def test_an_article_shows_its_paragraphs_lists_and_headings(page: Any) -> None:
    status, text = await page("/help/parcel-missing")
    assert status == 200
    assert "<h2>First</h2>" in text
    assert "<ul><li>with neighbours</li><li>in the shed</li></ul>" in text
    assert "<ol><li>Write to us.</li><li>Keep the number at hand.</li></ol>" in text
    assert "<span>Nordlight</span><br><span>Fjordgate 1</span>" in text
    assert "Updated 11 Nov 2025 · 1 min" in text


@pytest.mark.parametrize("path", ["/help/secret", "/help/none", "/help/%00", "/help/..%2f..%2fetc"])
async def test_an_article_that_is_not_public_is_as_good_as_missing(page: Any, path: str) -> None:
    status, text = await page(path)
    assert status == 404
    assert "This article is not here" in text
    assert "calm" not in text


async def test_hostile_articles_stay_text(page: Any) -> None:
    for path in ("/help", "/help/a%2Fb%3Fc", "/help?q=img"):
        status, text = await page(path)
        found = Elements(text)
        assert status == 200
        assert found.names.count("script") == 1  # the widget
        assert "img" not in found.names
        assert not [name for name in found.attributes if name.startswith("on")]
        assert "<img src=x onerror=alert(1)>" in found.texts


@pytest.mark.parametrize("corpus", ["xss_h5sc", "strings_blns"])
async def test_hostile_searches_stay_text(page: Any, corpora: Any, corpus: str) -> None:
    import json
    from urllib.parse import quote

    def strings(value: Any) -> list[str]:
        if isinstance(value, str):
            return [value]
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return [text for item in items for text in strings(item)]

    texts = [
        text
        for path in sorted((corpora / corpus).rglob("*.json"))
        for text in strings(json.loads(path.read_text(encoding="utf-8")))
    ]
    assert len(texts) > 100
    allowed = Elements((await page("/help?q=x"))[1]).names
    for text in texts:
        status, answer = await page(f"/help?q={quote(text[:150], errors='replace')}")
        assert status == 200
        assert set(Elements(answer).names) <= {*allowed, "ul", "li"}, text


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_the_body_of_an_article_makes_no_elements_of_its_own(text: str) -> None:
    made = Elements("".join(body(text)))
    assert set(made.names) <= {"p", "span", "br", "h2", "h3", "ul", "ol", "li"}
    assert made.attributes == []


@given(text=st.text(), value=st.text())
def test_a_tag_escapes_text_and_attributes(text: str, value: str) -> None:
    made = tag("p", text, [text], title=value)
    assert isinstance(made, Markup)
    inside = made.removeprefix("<p title=").removesuffix("</p>")
    assert "<" not in inside
    assert inside.count('"') == 2 + 0


async def test_a_reader_without_a_script_can_do_everything(page: Any) -> None:
    _, text = await page("/help")
    assert '<form role="search" action="/help" method="get">' in text
    assert 'href="tel:+4940123456"' in text
    assert 'href="mailto:help@x.example"' in text
    assert '<label for="q"' in text
