"""The widget at both sizes with the real router: files both ways, a killed router, coming back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .agent import AgentInText
from .programs import Bare
from .test_chat import ROOT, STATE, WATCH, browser, say

pytestmark = pytest.mark.peer

__all__ = ["browser"]

READ = f"[...{ROOT}.querySelectorAll('.bubble.visitor .meta')].every((one) => /read/.test(one.textContent))"
FILES = f"[...{ROOT}.querySelectorAll('.bubble .file')].map((one) => one.firstChild.textContent)"
GIVE = """(() => {{
  const carried = new DataTransfer(), field = {root}.querySelector('input[type=file]');
  carried.items.add(new File([{text!r}], {name!r}, {{ type: 'text/plain' }}));
  field.files = carried.files;
  field.dispatchEvent(new Event('change'));
}})()"""


async def opened(page: Any, bare: Bare, *, width: int, height: int) -> None:
    await page.look(width=width, height=height)
    await page.open(f"{bare.http}/chat/demo")
    await page.wait_for("!!document.querySelector('agent-desktop-chat')")
    await page.evaluate(f"{ROOT}.querySelector('.launch').click()")
    await page.wait_for(f"{ROOT}.querySelector('#status').textContent !== ''")


async def test_files_go_both_ways_across_a_killed_router_and_stay_when_the_visitor_comes_back(
    browser: Any, bare: Bare, text: Callable[..., AgentInText], tmp_path: Path
) -> None:
    down = tmp_path / "down"
    await browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(down))
    await browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    await opened(browser, bare, width=390, height=844)
    agent = await asyncio.to_thread(lambda: text(bare, "chen").ready())

    async def does(line: str) -> None:
        await asyncio.to_thread(agent.done, line)

    await say(browser, "My lamp hums.")
    offer = await asyncio.to_thread(lambda: agent.wait("offer", media="chat"))
    await does(f"accept {offer['interaction']}")
    await does("say Could you send a picture?")
    await browser.wait_for(READ)

    await asyncio.to_thread(bare.kill_router)
    await browser.wait_for(f"{STATE} !== ''")
    await browser.evaluate(GIVE.format(root=ROOT, text="hmmm", name="hum.txt"))
    await say(browser, "There.")
    await asyncio.to_thread(bare.start)
    await asyncio.to_thread(lambda: agent.had("message", 40, direction="in", attachments=["hum.txt"]))
    await asyncio.to_thread(lambda: agent.had("message", 40, direction="in", text="There."))

    await asyncio.to_thread(lambda: agent.wait("connection", 40, state="online"))
    plan = tmp_path / "plan.pdf"
    await asyncio.to_thread(plan.write_bytes, b"%PDF-1.4 " * 300)
    await does(f"attach {plan}")
    await asyncio.to_thread(lambda: agent.had("file", 20, name="plan.pdf"))
    await does("say Here is the plan.")
    await browser.wait_for(f'JSON.stringify({FILES}) === \'["hum.txt","plan.pdf"]\'', seconds=40)
    await browser.wait_for(READ)
    await asyncio.to_thread(
        lambda: agent.had("delivery", 20, delivery="read", interaction=offer["interaction"])
    )

    await opened(browser, bare, width=1280, height=800)  # the same visitor on the way back
    await browser.wait_for(f"JSON.stringify({FILES}) === '[\"hum.txt\",\"plan.pdf\"]' && {STATE} === ''")
    await browser.evaluate(f"[...{ROOT}.querySelectorAll('button.file')].at(-1).click()")
    async with asyncio.timeout(40):
        while not await asyncio.to_thread((down / "plan.pdf").exists):
            await browser.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert await asyncio.to_thread((down / "plan.pdf").read_bytes) == plan.read_bytes()

    rows = bare.query(
        "SELECT json_extract(m.body, '$.text'), json_extract(m.body, '$.attachments[0].id') FROM messages m"
        " JOIN interactions i ON m.conversation = i.conversation WHERE i.id = ? ORDER BY m.num",
        offer["interaction"],
    )
    kept = f"b-{hashlib.sha256(b'hmmm').hexdigest()}"
    assert [row for row in rows if row[1]] == [
        ("", kept),
        ("Here is the plan.", f"b-{hashlib.sha256(plan.read_bytes()).hexdigest()}"),
    ]
    assert len(rows) == 5
    assert browser.errors == []
    await does("end")
    await asyncio.to_thread(agent.close, offer["interaction"])


async def test_a_letter_left_while_nobody_is_there_is_a_mail_with_a_warning_and_answered_by_mail(
    browser: Any, bare: Bare, text: Callable[..., AgentInText]
) -> None:
    await opened(browser, bare, width=320, height=568)
    await browser.wait_for(f"!{ROOT}.querySelector('#mail').parentNode.hidden")
    await browser.evaluate(f"{ROOT}.querySelector('#mail').focus()")
    await browser.type("mira@example.org")
    await browser.evaluate(f"{ROOT}.querySelector('textarea').focus()")
    await say(browser, "Please send me the form.")
    await browser.wait_for(
        f"/answer goes to mira@example.org/.test({ROOT}.querySelector('.log').textContent)"
    )
    assert await browser.evaluate("document.documentElement.scrollWidth") <= 320

    agent = await asyncio.to_thread(lambda: text(bare, "chen").ready())
    offer = await asyncio.to_thread(lambda: agent.wait("offer", media="email"))
    await asyncio.to_thread(agent.done, f"accept {offer['interaction']}")
    letter = await asyncio.to_thread(
        lambda: agent.had("message", direction="in", interaction=offer["interaction"])
    )
    assert (letter["text"], letter["from"]) == ("Please send me the form.", "mira@example.org")
    await asyncio.to_thread(agent.done, "say Here it is.")
    answer = await asyncio.to_thread(
        lambda: agent.had("message", direction="out", interaction=offer["interaction"])
    )
    rows = bare.query(
        "SELECT json_extract(body, '$.medium'), json_extract(body, '$.to_addresses[0]') FROM messages"
        " WHERE id = ?",
        answer["message"],
    )
    assert rows == [("email", "mira@example.org")]
    (warning,) = bare.query(
        "SELECT json_extract(body, '$.warnings[0]') FROM messages WHERE id = ?", letter["message"]
    )
    assert "Nobody has checked" in warning[0]
    await asyncio.to_thread(agent.finish, offer["interaction"])
