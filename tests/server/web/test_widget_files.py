"""Files in the chat widget in a real browser: chosen by keyboard, pasted, shown, fetched, kept over a cut."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.conversation import Attachment
from tests.e2e.programs import until

from .shop import strict_shop
from .test_widget import ROOT, STATE, STATUS, keep, open_chat, say

pytestmark = pytest.mark.peer

SENT = (
    f"[...{ROOT}.querySelectorAll('.bubble.visitor .meta')].every((one) => /sent|read/.test(one.textContent))"
)
FILES = f"[...{ROOT}.querySelectorAll('.file')].map((one) => one.textContent)"


def png(width: int, height: int, *, said: tuple[int, int] | None = None) -> bytes:
    """A blue picture; `said` is the size that its head claims."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", *(said or (width, height)), 8, 2, 0, 0, 0)
    body = zlib.compress((b"\0" + b"\x24\x57\xe6" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


async def give(browser: Any, name: str, kind: str, data: bytes, *, how: str = "change") -> None:
    """Hand a file to the widget as a paste, a drop or a choice does."""
    await browser.evaluate(
        f"""(() => {{
          const text64 = atob({base64.b64encode(data).decode()!r});
          const bytes = Uint8Array.from(text64, (one) => one.charCodeAt(0));
          const carried = new DataTransfer();
          carried.items.add(new File([bytes], {name!r}, {{ type: {kind!r} }}));
          const field = {ROOT}.querySelector('input[type=file]'), text = {ROOT}.querySelector('textarea');
          const about = {{ bubbles: true, cancelable: true, composed: true }};
          if ({how!r} === 'paste')
            text.dispatchEvent(new ClipboardEvent('paste', {{ ...about, clipboardData: carried }}));
          else if ({how!r} === 'drop')
            text.dispatchEvent(new DragEvent('drop', {{ ...about, dataTransfer: carried }}));
          else {{ field.files = carried.files; field.dispatchEvent(new Event('change')); }}
        }})()"""
    )


def kept(server: Any) -> list[tuple[str, bytes]]:
    """The names and bytes of every file of the record."""
    (thread,) = server.centre.record.values()
    return [(file.name, server.centre.blobs[file.id]) for message in thread for file in message.attachments]


async def test_a_file_is_chosen_sent_and_fetched_with_the_keyboard_alone(
    browser: Any, server: Any, tmp_path: Path
) -> None:
    bill = tmp_path / "the bill ä.pdf"
    await asyncio.to_thread(bill.write_bytes, b"%PDF-1.4 " * 500)
    await browser.call("Page.setInterceptFileChooserDialog", enabled=True)
    await browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path / "down"))
    await open_chat(browser, server)
    await browser.key("Tab", 9, shift=True)
    assert await browser.evaluate(f"{ROOT}.activeElement.getAttribute('aria-label')") == "Attach files"
    await browser.enter()
    async with asyncio.timeout(30):
        while not browser.chooser:
            await browser.evaluate("1")
    await browser.call("DOM.setFileInputFiles", files=[str(bill)], backendNodeId=browser.chooser)
    await browser.wait_for(f"{ROOT}.querySelectorAll('button.file').length === 1 && {SENT}")
    assert kept(server) == [(bill.name, bill.read_bytes())]
    assert await browser.evaluate(f"{ROOT}.activeElement.tagName") == "TEXTAREA"
    assert await browser.evaluate(FILES) == ["the bill ä.pdf5 kB"]
    await browser.evaluate(f"{ROOT}.querySelector('button.file').focus()")
    label = f"{ROOT}.activeElement.getAttribute('aria-label')"
    assert await browser.evaluate(label) == "Download the bill ä.pdf, 5 kB"
    await browser.enter()
    down = tmp_path / "down" / bill.name
    await asyncio.to_thread(until, down.exists)
    assert await asyncio.to_thread(down.read_bytes) == bill.read_bytes()
    await browser.key("Escape", 27)
    assert await browser.evaluate(f"{ROOT}.activeElement.className") == "launch"
    assert browser.errors == []


async def test_pasted_and_dropped_pictures_become_small_and_a_lying_one_stays_a_name(
    browser: Any, server: Any
) -> None:
    await open_chat(browser, server)
    await give(browser, "lamp.png", "image/png", png(640, 480), how="paste")
    await browser.wait_for(f"{ROOT}.querySelectorAll('canvas').length === 1")
    size = f"(({{width, height}}) => [width, height])({ROOT}.querySelector('canvas'))"
    assert await browser.evaluate(size) == [220, 165]
    await give(browser, "bomb.png", "image/png", png(4, 4, said=(60_000, 60_000)), how="drop")
    await give(browser, "<img src=x onerror=alert(1)>.svg", "image/svg+xml", b"<svg onload='alert(1)'/>")
    await browser.wait_for(f"{ROOT}.querySelectorAll('button.file').length === 3 && {SENT}")
    await keep(browser, "widget-files")
    assert await browser.evaluate(f"{ROOT}.querySelectorAll('canvas').length") == 1
    assert await browser.evaluate(f"{ROOT}.querySelectorAll('img, object, iframe, embed').length") == 0
    assert len(kept(server)) == 3
    assert browser.errors == []


async def test_a_file_given_while_cut_off_arrives_once_and_after_the_words_before_it(
    browser: Any, server: Any
) -> None:
    await open_chat(browser, server)
    server.refuse = True
    server.cut()
    await browser.wait_for(f"{STATE} !== ''")
    await say(browser, "Look:")
    await give(browser, "a.txt", "text/plain", b"one")
    await give(browser, "b.txt", "text/plain", b"two")
    server.refuse = False
    await browser.wait_for(f"{STATE} === '' && {SENT}", seconds=40)
    for _ in range(2):
        server.cut()
        await browser.wait_for(f"{STATE} !== ''")
        await browser.wait_for(f"{STATE} === ''", seconds=40)
    assert server.record == ["Look:", "", ""]
    assert kept(server) == [("a.txt", b"one"), ("b.txt", b"two")]
    assert await browser.evaluate(FILES) == ["a.txt3 B", "b.txt3 B"]
    assert await browser.evaluate(f"{ROOT}.querySelectorAll('.bubble').length") == 4


async def test_a_program_is_named_and_has_nothing_to_press_and_too_much_says_the_limit(
    browser: Any, server: Any
) -> None:
    await open_chat(browser, server)
    await give(browser, "setup.exe", "application/octet-stream", b"MZ")
    await browser.wait_for(f"{ROOT}.querySelectorAll('.bubble.visitor').length === 1 && {SENT}")
    assert await browser.evaluate(FILES) == ["setup.execan run programs and is not handed out"]
    assert await browser.evaluate(f"{ROOT}.querySelectorAll('button.file').length") == 0
    await browser.evaluate(
        f"""(() => {{
          const carried = new DataTransfer(), field = {ROOT}.querySelector('input[type=file]');
          carried.items.add(new File([new Uint8Array(10000001)], 'film.mp4'));
          field.files = carried.files; field.dispatchEvent(new Event('change'));
        }})()"""
    )
    failed = f"{ROOT}.querySelector('.bubble.failed .meta').textContent"
    assert await browser.evaluate(failed) == "Not sent: a file has at most 10 MB"


async def test_an_agents_file_shows_its_name_and_a_missing_one_says_so(browser: Any, server: Any) -> None:
    await open_chat(browser, server)
    await say(browser, "The plan, please")
    await browser.wait_for(SENT)
    data = png(30, 20)
    key = f"b-{hashlib.sha256(data).hexdigest()}"
    server.centre.blobs[key] = data
    plan = Attachment(id=key, name="plan.png", media_type="image/png", size_bytes=len(data))
    await server.agent_says("Here it is.", plan)
    await browser.wait_for(f"{ROOT}.querySelectorAll('.bubble canvas').length === 1")
    server.channel._rooms.clear()  # as after a start: the widget is not known yet
    await browser.evaluate(f"{ROOT}.querySelector('button.file').click()")
    trouble = f"{ROOT}.querySelector('.trouble').textContent"
    await browser.wait_for(f"{trouble} === 'The file could not be fetched.'")


async def open_shop(browser: Any, shop: str) -> None:
    """Look at the shop's page and open the chat there."""
    await browser.open(shop)
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    await browser.evaluate(f"{ROOT}.querySelector('.launch').click()")
    await browser.wait_for(f"{STATUS} !== ''")


async def test_files_go_both_ways_on_a_page_with_a_strict_policy(
    browser: Any, server: Any, tmp_path: Path
) -> None:
    """The page allows no picture, frame, worker or style; files are shown and fetched all the same."""
    down = tmp_path / "down"
    await browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(down))
    broken = "addEventListener('securitypolicyviolation', (one) => broken.push(one.violatedDirective))"
    await browser.call("Page.addScriptToEvaluateOnNewDocument", source=f"window.broken = []; {broken}")
    async with strict_shop(server) as shop:
        await open_shop(browser, shop)
        await give(browser, "lamp.png", "image/png", png(64, 48))
        await give(browser, "bill.pdf", "application/pdf", b"%PDF-1.4 bill", how="drop")
        await browser.wait_for(f"{ROOT}.querySelectorAll('button.file').length === 2 && {SENT}")
        await browser.wait_for(f"{ROOT}.querySelectorAll('.bubble.visitor canvas').length === 1")
        assert kept(server) == [("lamp.png", png(64, 48)), ("bill.pdf", b"%PDF-1.4 bill")]
        plan = png(30, 20)
        key = f"b-{hashlib.sha256(plan).hexdigest()}"
        server.centre.blobs[key] = plan
        await server.agent_says(
            "Here it is.", Attachment(id=key, name="plan.png", media_type="image/png", size_bytes=len(plan))
        )
        await browser.wait_for(f"{ROOT}.querySelectorAll('.bubble canvas').length === 2")
        await browser.evaluate(f"[...{ROOT}.querySelectorAll('button.file')].at(-1).click()")
        await asyncio.to_thread(until, (down / "plan.png").exists)
        assert await asyncio.to_thread((down / "plan.png").read_bytes) == plan
        assert await browser.evaluate("window.broken") == []
        assert browser.errors == []


async def test_a_page_that_the_site_does_not_name_is_given_no_file(browser: Any, server: Any) -> None:
    async with strict_shop(server) as shop:
        await open_shop(browser, shop)
        await give(browser, "a.txt", "text/plain", b"one")
        await browser.wait_for(f"{ROOT}.querySelectorAll('button.file').length === 1 && {SENT}")
        server.channel.site = replace(server.channel.site, origins=("https://another.example",))
        await browser.evaluate(f"{ROOT}.querySelector('button.file').click()")
        trouble = f"{ROOT}.querySelector('.trouble').textContent"
        await browser.wait_for(f"{trouble} === 'The file could not be fetched.'")
