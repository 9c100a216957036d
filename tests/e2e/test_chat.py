"""The chat widget in a real browser, an agent in text mode, and a connection that breaks between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.web import conftest as web_peers

from .agent import AgentInText
from .programs import Bare

pytestmark = pytest.mark.peer

browser = web_peers.browser

HOSTILE = "<img src=x onerror=\"document.title='broken in'\"> & <b>bold</b>"
ROOT = "document.querySelector('agent-desktop-chat').shadowRoot"
SAID = (
    f"[...{ROOT}.querySelectorAll('.bubble p')].map((one) => one.textContent.replace(/^[^:]{{1,20}}: /, ''))"
)
STATE = f"{ROOT}.querySelector('.state').textContent"
CUT = "window.sockets.forEach((one) => one.close())"
WATCH = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...words) { super(...words); window.sockets.push(this); }
};
"""


@pytest.fixture
async def page(browser: Any, bare: Bare) -> AsyncIterator[Any]:
    """The shop's page with its chat open."""
    await browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    await browser.open(f"{bare.http}/chat/demo")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    await browser.evaluate(f"{ROOT}.querySelector('.launch').click()")
    await browser.wait_for(f"{ROOT}.querySelector('#status').textContent !== ''")
    yield browser
    assert browser.errors == []


async def say(page: Any, text: str) -> None:
    await page.type(text)
    await page.enter()


async def shown(page: Any, *texts: str) -> None:
    """Exactly these messages are on the page, after the greeting, in this order."""
    try:
        await page.wait_for(
            f"JSON.stringify({SAID}.slice(1)) === JSON.stringify({list(texts)!r})", seconds=40
        )
    except AssertionError:
        raise AssertionError(f"not {texts}, but {await page.evaluate(SAID)}") from None


async def test_visitor_and_agent_talk_across_cut_connections_and_a_killed_router(
    page: Any, bare: Bare, text: Callable[..., AgentInText], tmp_path: Path
) -> None:
    agent = await asyncio.to_thread(lambda: text(bare, "chen").ready())

    async def does(line: str) -> None:
        await asyncio.to_thread(agent.done, line)

    async def heard(line: str) -> None:
        await asyncio.to_thread(lambda: agent.had("message", 40, direction="in", text=line))

    await say(page, "Is the blue lamp back?")
    offer = await asyncio.to_thread(lambda: agent.wait("offer", media="chat"))
    await does(f"accept {offer['interaction']}")
    await heard("Is the blue lamp back?")
    await does("say On 30 November.")
    await shown(page, "Is the blue lamp back?", "On 30 November.")

    await page.evaluate(CUT)
    await say(page, HOSTILE)
    await does("say Shall I <i>keep</i> one?")
    await heard(HOSTILE)
    await page.wait_for(f"{SAID}.length === 5", seconds=40)

    await asyncio.to_thread(bare.kill_router)
    await page.wait_for(f"{STATE} !== ''")
    await say(page, "Are you still there?")
    await asyncio.to_thread(bare.start)
    await heard("Are you still there?")
    await asyncio.to_thread(lambda: agent.wait("connection", 40, state="online"))
    await does("say Yes.")
    await page.wait_for(f"{SAID}.includes('Yes.') && {STATE} === ''", seconds=40)

    on_page = (await page.evaluate(SAID))[1:]
    from_visitor = ["Is the blue lamp back?", HOSTILE, "Are you still there?"]
    from_agent = ["On 30 November.", "Shall I <i>keep</i> one?", "Yes."]
    assert sorted(on_page) == sorted(from_visitor + from_agent)
    assert [one for one in on_page if one in from_visitor] == from_visitor
    assert [one for one in on_page if one in from_agent] == from_agent
    told = agent.all("message", interaction=offer["interaction"])
    seen = {one["message"]: one["text"] for one in told if one["direction"] in {"in", "out"}}
    assert sorted(seen.values()) == sorted(from_visitor + from_agent)
    rows = bare.query(
        "SELECT json_extract(m.body, '$.text') FROM messages m JOIN interactions i"
        " ON m.conversation = i.conversation WHERE i.id = ? ORDER BY m.num",
        offer["interaction"],
    )
    assert [row[0] for row in rows if row[0] in from_visitor] == from_visitor
    assert [row[0] for row in rows if row[0] in from_agent] == from_agent
    assert await page.evaluate(f"{ROOT}.querySelectorAll('.log img, .log b, .log i').length") == 0
    assert await page.evaluate("document.title") != "broken in"
    await does("end")
    await asyncio.to_thread(agent.close, offer["interaction"])
