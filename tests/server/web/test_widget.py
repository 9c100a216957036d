"""The chat widget in a real browser, with a real websocket that breaks."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.server.channels.webchat.protocol import clean
from tests.e2e.programs import until

from .shop import strict_shop

pytestmark = pytest.mark.peer

ROOT = "document.querySelector('agent-desktop-chat').shadowRoot"
BUBBLES = f"[...{ROOT}.querySelectorAll('.bubble p')].map((one) => one.lastChild.parentNode.textContent)"
STATE = f"{ROOT}.querySelector('.state').textContent"
STATUS = f"{ROOT}.querySelector('#status').textContent"
PICTURES = os.environ.get("WEBCHAT_PICTURES", "")


async def open_chat(browser: Any, server: Any) -> None:
    await browser.open(f"{server.url}/chat/demo")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    await browser.evaluate(f"{ROOT}.querySelector('.launch').click()")
    await browser.wait_for(f"{STATUS} !== ''")


async def say(browser: Any, text: str) -> None:
    await browser.type(text)
    await browser.enter()


async def shown(browser: Any, *texts: str) -> None:
    """Wait for exactly these texts of the conversation, in this order."""
    await browser.wait_for(
        f"JSON.stringify({BUBBLES}.slice(1).map((one) => one.replace(/^[^:]*: /, '')))"
        f" === JSON.stringify({list(texts)!r})"
    )


async def keep(browser: Any, name: str) -> None:
    if PICTURES:
        await browser.picture(Path(PICTURES) / f"{name}.png")


async def test_a_visitor_and_an_agent_talk_across_a_broken_connection(browser: Any, server: Any) -> None:
    await open_chat(browser, server)
    await say(browser, "Is the blue lamp back in stock?")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await server.agent_says("On 30 November.")
    await shown(browser, "Is the blue lamp back in stock?", "On 30 November.")
    assert await browser.evaluate(f"{ROOT}.querySelector('.notice').textContent") == "Chen Wei joined"
    assert await browser.evaluate(STATUS) == "Chen Wei is here"

    server.refuse = True
    server.cut()
    await browser.wait_for(f"/connection is lost/.test({STATE})")
    await say(browser, "Could you keep one?")
    await browser.wait_for(f"/Your message is kept/.test({STATE})")
    await server.agent_says("Shall I keep one?")  # nobody hears it now
    server.refuse = False
    await browser.wait_for(f"{STATE} === ''", seconds=40)
    await shown(
        browser,
        "Is the blue lamp back in stock?",
        "On 30 November.",
        "Shall I keep one?",
        "Could you keep one?",
    )
    for _ in range(3):
        server.cut()
        await browser.wait_for(f"{STATE} !== ''")
        await browser.wait_for(f"{STATE} === ''", seconds=40)
    assert server.record == [
        "Is the blue lamp back in stock?",
        "On 30 November.",
        "Shall I keep one?",
        "Could you keep one?",
    ]
    await shown(browser, *server.record)
    assert browser.errors == []


async def test_markup_stays_text_in_both_directions(browser: Any, server: Any) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    await open_chat(browser, server)
    await say(browser, hostile)
    await browser.wait_for(f"{ROOT}.querySelectorAll('.bubble.visitor').length === 1")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await server.agent_says(
        f"{hostile}<script>alert(2)</script> javascript:alert(3) https://x.example/a?b=<c>"
    )
    await browser.wait_for(f"{ROOT}.querySelectorAll('.bubble').length === 3")
    assert server.record[0] == hostile
    assert await browser.evaluate(f"{ROOT}.querySelectorAll('img, script').length") == 0
    links = await browser.evaluate(f"[...{ROOT}.querySelectorAll('.bubble a')].map((one) => one.href)")
    assert links == ["https://x.example/a?b="]
    assert browser.errors == []


async def test_a_message_written_without_a_connection_survives_a_reload_and_is_sent_once(
    browser: Any, server: Any
) -> None:
    await open_chat(browser, server)
    server.refuse = True
    server.cut()
    await browser.wait_for(f"{STATE} !== ''")
    await say(browser, "Are you there?")
    await browser.type("half a th")
    await browser.open(f"{server.url}/help")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    server.refuse = False
    await browser.wait_for(f"{BUBBLES}.length === 2 && {STATE} === ''", seconds=40)
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    assert server.record == ["Are you there?"]
    assert await browser.evaluate(f"{ROOT}.querySelector('textarea').value") == "half a th"


async def test_everything_goes_with_the_keyboard_alone(browser: Any, server: Any) -> None:
    await browser.open(f"{server.url}/chat/demo")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    focused = f"({ROOT}.activeElement || {{}}).className"
    for _ in range(20):
        if await browser.evaluate(focused) == "launch":
            break
        await browser.key("Tab", 9)
    assert await browser.evaluate(focused) == "launch"
    outline = f"getComputedStyle({ROOT}.activeElement).outlineStyle"
    assert await browser.evaluate(outline) == "solid"
    await browser.enter()
    await browser.wait_for(f"{ROOT}.activeElement.tagName === 'TEXTAREA'")
    await browser.type("One line")
    await browser.key("Enter", 13, text="\r", shift=True)
    await browser.type("and another")
    await browser.enter()
    await browser.wait_for(f"{BUBBLES}.length === 2")
    assert server.record in (["One line\nand another"], [])
    await browser.key("Escape", 27)
    await browser.wait_for(f"{ROOT}.querySelector('.panel').hidden")
    assert await browser.evaluate(focused) == "launch"


async def accessible(browser: Any) -> set[tuple[str, str]]:
    """Roles and names of everything that a screen reader is given."""
    tree = (await browser.call("Accessibility.getFullAXTree"))["nodes"]
    return {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if "role" in node}


async def test_a_screen_reader_finds_a_named_dialog_a_log_and_named_controls(
    browser: Any, server: Any
) -> None:
    await open_chat(browser, server)
    await say(browser, "Hello")
    await browser.wait_for(f"{BUBBLES}.length === 2")
    known = await accessible(browser)
    async with asyncio.timeout(30):  # "End chat" comes with the router's word that the message is kept
        while ("button", "End chat") not in known:
            await asyncio.sleep(0.05)
            known = await accessible(browser)
    assert ("dialog", "Nordlight help") in known
    assert ("log", "Messages") in known
    assert ("textbox", "Your message") in known
    buttons = {name for role, name in known if role == "button"}
    assert buttons == {"Attach files", "Send", "End chat", "Close the chat window"}


async def test_unread_answers_are_counted_while_the_window_is_closed(browser: Any, server: Any) -> None:
    await open_chat(browser, server)
    await say(browser, "Hello")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await browser.key("Escape", 27)
    await server.agent_says("Hi")
    label = f"{ROOT}.querySelector('.launch').getAttribute('aria-label')"
    await browser.wait_for(f"{label} === 'Chat, 1 new message'")
    await browser.enter()
    await browser.wait_for(f"{label} === 'Chat'")


async def test_typing_delivery_and_presence_reach_the_agent(browser: Any, server: Any) -> None:
    await open_chat(browser, server)
    await say(browser, "Hello")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await server.agent_says("Hi")
    await browser.type("I wo")
    thread = next(iter(server.centre.record))
    server.channel.agent_typing(thread, typing=True)
    await browser.wait_for(f"/typing/.test({ROOT}.querySelector('.log').textContent)")
    await browser.wait_for(f"/read/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await browser.evaluate("new Promise((done) => setTimeout(done, 300))")
    heard = server.centre.heard
    assert ("present", True) in heard
    assert ("typing", True) in heard
    assert any(what[0] == "delivery" and what[2] == "read" for what in heard)


async def test_a_visitor_learns_that_nobody_is_free_and_how_long_an_answer_takes(
    browser: Any, server: Any
) -> None:
    server.centre.answers = (0, 0)
    await open_chat(browser, server)
    assert (
        await browser.evaluate(STATUS) == "Nobody is free right now. Leave a message, the answer comes here."
    )
    await say(browser, "Hello")
    await browser.wait_for(
        f"{STATUS} === 'Nobody is free right now. We have your message, the answer comes here.'"
    )
    for _ in range(3):
        server.channel._answers.add(115.0)
    server.centre.answers = (1, 0)
    await server.channel.sweep()
    await browser.wait_for(f"{STATUS} === 'Usually answers in 2 minutes'")


async def test_who_ended_the_chat_can_keep_it_and_start_a_new_one(
    browser: Any, server: Any, tmp_path: Path
) -> None:
    await open_chat(browser, server)
    await say(browser, "Hello")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await browser.evaluate(f"[...{ROOT}.querySelectorAll('header button')][0].click()")
    await browser.wait_for(f"{STATUS} === 'This chat is over'")
    assert server.centre.heard[-2:] == [("left", server.centre.heard[-2][1]), ("present", False)]
    await browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    await browser.evaluate(f"{ROOT}.querySelector('.ended .plain').click()")
    await asyncio.to_thread(until, (tmp_path / "chat.txt").exists)
    saved = await asyncio.to_thread((tmp_path / "chat.txt").read_text, encoding="utf-8")
    assert saved.startswith("Nordlight help\n")
    assert saved.endswith("You: Hello\n")
    await browser.evaluate(f"{ROOT}.querySelector('.ended .primary').click()")
    await browser.wait_for(f"{ROOT}.activeElement.tagName === 'TEXTAREA'")
    await say(browser, "Hello again")
    await browser.wait_for(
        f"/sent/.test(({ROOT}.querySelector('.bubble.visitor .meta') || {{}}).textContent)"
    )
    assert [len(thread) for thread in server.centre.record.values()] == [1, 1]


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("light", {"width": 1280, "height": 800}),
        ("dark", {"width": 1280, "height": 800, "dark": True}),
        ("phone", {"width": 390, "height": 844, "scale": 2.0}),
        ("phone-dark", {"width": 390, "height": 844, "scale": 2.0, "dark": True}),
        ("narrow", {"width": 320, "height": 568}),
        ("zoom-200", {"width": 640, "height": 400, "scale": 2.0}),
    ],
)
async def test_the_widget_fits_and_is_legible(
    browser: Any, server: Any, name: str, look: dict[str, Any]
) -> None:
    await browser.look(**look)
    await open_chat(browser, server)
    await say(browser, "Is the blue lamp back in stock?")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await server.agent_says("The blue one returns on 30 November. Shall I keep one for you?")
    await browser.wait_for(f"{BUBBLES}.length === 3")
    await keep(browser, f"widget-{name}")
    box = await browser.evaluate(f"{ROOT}.querySelector('.panel').getBoundingClientRect().toJSON()")
    assert box["left"] >= 0
    assert box["top"] >= 0
    assert box["right"] <= look["width"]
    assert box["bottom"] <= look["height"]
    assert await browser.evaluate(f"{ROOT}.querySelector('.log').scrollWidth") <= box["width"]
    small = await browser.evaluate(
        f"[...{ROOT}.querySelectorAll('button, textarea')].map((one) => one.getBoundingClientRect())"
        ".filter((box) => box.width && (box.width < 44 || box.height < 44)).length"
    )
    assert small == 0
    assert browser.errors == []


async def test_naughty_strings_arrive_as_they_are_and_half_an_emoji_stops_nothing(
    browser: Any, server: Any, corpora: Path
) -> None:
    naughty = json.loads(await asyncio.to_thread((corpora / "strings_blns" / "blns.json").read_text))
    chunks = [""]
    for text in naughty:
        if len((chunks[-1] + text).encode("utf-16-le")) > 7_800:
            chunks.append("")
        chunks[-1] += f"{text}\n"
    messages = [f"half \ud83d an emoji {number}: {chunk} end" for number, chunk in enumerate(chunks[:9])]
    await open_chat(browser, server)
    for number, message in enumerate(messages):
        await browser.evaluate(
            f"{{const area = {ROOT}.querySelector('textarea'); area.value = {json.dumps(message)};"
            f"{ROOT}.querySelector('form').requestSubmit();}}"
        )
        await browser.wait_for(f"{ROOT}.querySelectorAll('.bubble.visitor').length === {number + 1}")
        last = f"[...{ROOT}.querySelectorAll('.bubble.visitor .meta')].at(-1).textContent"
        await browser.wait_for(f"/sent/.test({last})")
    assert len(messages) >= 3
    assert server.record == [clean(message.replace("\ud83d", "\ufffd")) for message in messages]
    texts = await browser.evaluate(
        f"[...{ROOT}.querySelectorAll('.bubble.visitor p')].map((one) => one.textContent)"
    )
    assert texts == [f"You: {text}" for text in server.record]
    assert await browser.evaluate(f"{ROOT}.querySelectorAll('img, script, svg svg, iframe').length") == 0
    assert browser.errors == []


async def test_right_to_left_turns_the_widget(browser: Any, server: Any) -> None:
    await open_chat(browser, server)
    await say(browser, "Hello")
    await browser.wait_for(f"{BUBBLES}.length === 2")
    await browser.evaluate("document.querySelector('agent-desktop-chat').dir = 'rtl'")
    left = f"{ROOT}.querySelector('.panel').getBoundingClientRect().left"
    assert await browser.evaluate(left) < 640
    mine = f"{ROOT}.querySelector('.bubble.visitor').getBoundingClientRect().left"
    assert await browser.evaluate(mine) < await browser.evaluate(left) + 60
    await keep(browser, "widget-rtl")


async def test_the_help_centre_looks_right(browser: Any, server: Any) -> None:
    for name, width, dark in (("light", 1280, False), ("dark", 1280, True), ("phone", 375, False)):
        await browser.look(width=width, height=800, dark=dark)
        await browser.open(f"{server.url}/help?q=parcel+order+delivery")
        await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
        assert await browser.evaluate("document.documentElement.scrollWidth") <= width
        await keep(browser, f"help-{name}")
        await browser.open(f"{server.url}/help/parcel-missing")
        await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
        await keep(browser, f"article-{name}")
        await browser.open(f"{server.url}/chat/demo")
        await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
        assert await browser.evaluate("document.documentElement.scrollWidth") <= width
        await keep(browser, f"shop-{name}")
    assert browser.errors == []


async def test_another_shop_with_a_strict_policy_carries_the_widget(browser: Any, server: Any) -> None:
    async with strict_shop(server) as shop:
        await browser.open(shop)
        await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
        await browser.evaluate(f"{ROOT}.querySelector('.launch').click()")
        await browser.wait_for(f"{STATUS} !== ''")
        await say(browser, "Hello from another shop")
        await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
        panel = f"getComputedStyle({ROOT}.querySelector('.panel'))"
        assert await browser.evaluate(f"{panel}.backgroundColor") == "rgb(14, 17, 22)"
        assert await browser.evaluate(f"{panel}.direction") == "rtl"
        assert server.record == ["Hello from another shop"]
        assert browser.errors == []


async def test_a_router_that_starts_again_loses_nothing_and_repeats_nothing(
    browser: Any, server: Any
) -> None:
    await open_chat(browser, server)
    await say(browser, "One")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await server.agent_says("Two")
    await shown(browser, "One", "Two")
    await browser.evaluate(
        "window.added = []; const note = (node) => window.added.push(node.textContent);"
        "new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach(note)))"
        f".observe({ROOT}.querySelector('.log'), {{childList: true}})"
    )
    await server.channel.stop()
    server.centre.agent_writes(next(iter(server.centre.record)), "Three")
    await browser.wait_for(f"{STATE} !== ''")
    await server.channel.start(server.centre)
    await browser.wait_for(f"{STATE} === ''", seconds=40)
    await shown(browser, "One", "Two", "Three")
    # A screen reader hears what is added to the log: the new message and nothing else.
    added = await browser.evaluate("window.added")
    assert len(added) == 1
    assert "Three" in added[0]
