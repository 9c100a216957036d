"""The widget's words: the page's language, a name that is asked, colours of the page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from agent_desktop import assets

from .test_widget import ROOT, STATUS, keep, open_chat, say

pytestmark = pytest.mark.peer


async def dressed(browser: Any, server: Any, **data: str) -> None:
    """The shop's page with further attributes at the script."""
    words = "".join(f"made.dataset[{key!r}] = {value!r};" for key, value in data.items())
    await browser.open(f"{server.url}/help")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    await browser.evaluate(
        "document.querySelector('agent-desktop-chat').remove();"
        "const made = document.createElement('script');"
        f"made.src = '/chat/widget.js'; made.dataset.site = 'demo'; {words} document.body.append(made);"
    )
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    await browser.evaluate(f"{ROOT}.querySelector('.launch').click()")
    await browser.wait_for(f"{STATUS} !== ''")


async def test_the_widget_speaks_german_and_french_and_wears_the_pages_colours(
    browser: Any, server: Any
) -> None:
    await dressed(browser, server, lang="de-AT", accent="#0A6B3D")
    assert await browser.evaluate(f"{ROOT}.querySelector('form .primary').textContent") == "Senden"
    assert await browser.evaluate(STATUS) == "Wir sind für Sie da"
    assert await browser.evaluate(f"{ROOT}.host.lang") == "de"
    header = f"getComputedStyle({ROOT}.querySelector('header')).backgroundColor"
    assert await browser.evaluate(header) == "rgb(10, 107, 61)"
    await dressed(browser, server, lang="fr")
    assert await browser.evaluate(f"{ROOT}.querySelector('textarea').placeholder") == "Écrire un message"
    assert browser.errors == []


async def test_each_bubble_is_read_aloud_in_the_language_of_its_words(browser: Any, server: Any) -> None:
    await open_chat(browser, server)
    await say(browser, "Ich habe mein Paket nicht erhalten, wo ist es bitte?")
    mine = f"{ROOT}.querySelector('.bubble.visitor p')"
    await browser.wait_for(f"({mine} || {{}}).lang === 'de'")
    assert await browser.evaluate(f"{mine}.querySelector('.unseen').lang") == "en"
    await server.agent_says("Je vous remercie, le colis est en route et vous avez une réponse.")
    await server.agent_says("OK")
    theirs = f"[...{ROOT}.querySelectorAll('.bubble:not(.visitor) p')].slice(1).map((one) => one.lang)"
    await browser.wait_for(f"JSON.stringify({theirs}) === JSON.stringify(['fr', ''])")
    assert browser.errors == []


async def test_the_visitors_name_is_asked_once_and_told_to_the_agent(browser: Any, server: Any) -> None:
    await open_chat(browser, server)
    assert (
        await browser.evaluate(f"{ROOT}.querySelector('label[for=name]').textContent")
        == "Your name (optional)"
    )
    await browser.evaluate(f"{ROOT}.querySelector('#name').focus()")
    await browser.type("Mira <b>Olsen</b>")
    await browser.evaluate(f"{ROOT}.querySelector('textarea').focus()")
    await say(browser, "Hello")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    assert list(server.centre.names.values()) == ["Mira <b>Olsen</b>"]
    assert await browser.evaluate(f"{ROOT}.querySelector('.name').hidden")
    await browser.open(f"{server.url}/help")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    assert await browser.evaluate(f"{ROOT}.querySelector('.name').hidden")


async def test_while_nobody_is_free_a_letter_can_be_left_and_is_answered_by_mail(
    browser: Any, server: Any
) -> None:
    server.centre.answers = (0, 0)
    await open_chat(browser, server)
    label = f"{ROOT}.querySelector('label[for=mail]')"
    assert await browser.evaluate(f"{label}.textContent") == "Your e-mail, for an answer by mail (optional)"
    await browser.evaluate(f"{ROOT}.querySelector('#mail').focus()")
    await browser.type("mira at example")
    await browser.evaluate(f"{ROOT}.querySelector('textarea').focus()")
    await say(browser, "Please call me.")
    assert (
        await browser.evaluate(f"{ROOT}.querySelector('.over').textContent")
        == "This is not an e-mail address."
    )
    assert await browser.evaluate(f"{ROOT}.activeElement.id") == "mail"
    await keep(browser, "widget-letter")
    await browser.evaluate(f"{ROOT}.querySelector('#mail').value = ''")
    await browser.type("mira@example.org")
    server.cut()
    await browser.evaluate(f"{ROOT}.querySelector('textarea').focus()")
    await browser.enter()
    meta = f"({ROOT}.querySelector('.bubble.visitor .meta') || {{}}).textContent"
    await browser.wait_for(f"{meta} === 'sent · the answer goes to mira@example.org'", seconds=40)
    assert [(one.from_address, one.text) for one in server.centre.letters.values()] == [
        ("mira@example.org", "Please call me.")
    ]
    assert server.centre.record == {}
    await browser.open(f"{server.url}/help")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    await browser.wait_for(f"{meta} === 'sent · the answer goes to mira@example.org'")
    server.centre.answers = (1, 0)
    await server.channel.sweep()
    await browser.wait_for(f"{ROOT}.querySelector('#mail').parentNode.hidden")
    assert browser.errors == []


async def test_the_page_keeps_its_own_names(browser: Any, server: Any) -> None:
    await browser.open(f"{server.url}/chat/demo.css")
    before = set(await browser.evaluate("Object.getOwnPropertyNames(window)"))
    await browser.open(f"{server.url}/chat/demo")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    assert set(await browser.evaluate("Object.getOwnPropertyNames(window)")) <= before


def test_every_language_has_every_word_with_the_same_places() -> None:
    text = assets.resource("web", "widget.js").read_text(encoding="utf-8")
    table = text.partition("const LANGUAGES = {")[2].partition("\n  };")[0]
    languages = re.split(r"\n    (?=[a-z]{2}: \{)", table)[1:]
    found = []
    for language in languages:
        pairs = re.findall(r'(\w+): ("(?:[^"\\]|\\.)*")', language)
        found.append({key: json.loads(value).count("{}") for key, value in pairs})
    assert len(found) == 3
    assert found[0] == found[1] == found[2]
    assert len(found[0]) > 40


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_stands_out_from_what_is_behind_it(theme: str) -> None:
    text = assets.resource("web", "widget.js").read_text(encoding="utf-8")
    part = text.partition(":host {" if theme == "light" else ':host([data-theme="dark"]) {')[2].partition(
        "}\n"
    )[0]
    tokens = dict(re.findall(r"--([a-z-]+): (?:var\(--[a-z-]+, )?(#[0-9A-F]{6})", part))
    behind = {
        "text": ("background", "surface", "bubble-in", "bubble-out"),
        "muted": ("background", "surface", "bubble-in", "bubble-out"),
        "accent": ("bubble-in", "bubble-out", "surface"),
        "on-accent": ("accent",),
        "warning": ("warning-soft",),
        "danger": ("surface", "bubble-out"),
    }
    poor = {}
    for word, grounds in behind.items():
        for ground in grounds:
            light, dark = sorted((luminance(tokens[word]), luminance(tokens[ground])), reverse=True)
            ratio = (light + 0.05) / (dark + 0.05)
            if ratio < 4.5:
                poor[word, ground] = round(ratio, 2)
    assert poor == {}
    edge = sorted((luminance(tokens["control"]), luminance(tokens["surface"])), reverse=True)
    assert (edge[0] + 0.05) / (edge[1] + 0.05) >= 3.0
