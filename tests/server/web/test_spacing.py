"""Text spacing as a reader sets it (WCAG 1.4.12), and what a browser may fill in (1.3.5), in a real browser.

The reader's style: lines of 1.5, 0.12 em between letters, 0.16 em between words, 2 em after a paragraph.
"""

from __future__ import annotations

from typing import Any

import pytest

from .test_widget import BUBBLES, ROOT, keep, open_chat, say

pytestmark = pytest.mark.peer

SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
    " p { margin-block-end: 2em !important; }"
)
READ = "The blue one returns on 30 November. Shall I keep one for you at Nordlight-Donaudampfschifffahrt?"
# Every line of text that shows: whether it leaves a control, a box that cuts, or the page sideways.  A box
# that scrolls cuts nothing in its direction; what is there for screen readers alone is not seen.
CUT = """
(top) => {
  const bad = [];
  const walk = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const text = node.textContent.trim();
    if (!text || node.parentElement.closest('.unseen, style, script, [hidden]')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      if (!line.width) continue;
      if (line.left < -1 || line.right > innerWidth + 1) bad.push(`${text}: leaves the page`);
      for (let up = node.parentElement; up; up = up.parentElement) {
        const style = getComputedStyle(up), box = up.getBoundingClientRect();
        const control = up.matches('button, a.way, .bubble');
        const out = { x: line.left < box.left - 1 || line.right > box.right + 1,
                      y: line.top < box.top - 1 || line.bottom > box.bottom + 1 };
        for (const way of ['x', 'y']) {
          const over = way === 'x' ? style.overflowX : style.overflowY;
          const cuts = over === 'hidden' || over === 'clip' || (way === 'x' && over !== 'visible');
          if (out[way] && (control || cuts)) bad.push(`${text}: cut by ${up.tagName} ${up.className}`);
        }
        if (style.overflowY === 'auto' || style.overflowY === 'scroll') break;
      }
    }
  }
  for (const field of top.querySelectorAll('textarea, input')) {
    if (field.offsetParent === null) continue;
    const need = parseFloat(getComputedStyle(field).lineHeight);
    if (field.clientHeight + 1 < need) bad.push(`${field.id}: lower than its line`);
    if (field.scrollHeight > field.clientHeight + 1) bad.push(`${field.id}: cuts what stands in it`);
  }
  return bad;
}
"""


async def space(browser: Any) -> None:
    """Put the reader's style over the page and over the widget."""
    await browser.evaluate(
        "(() => { const sheet = new CSSStyleSheet();"
        f"sheet.replaceSync({SPACED!r});"
        "document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];"
        f"const inside = {ROOT}; inside.adoptedStyleSheets = [...inside.adoptedStyleSheets, sheet]; }})()"
    )


async def cut(browser: Any, top: str) -> list[str]:
    found: list[str] = await browser.evaluate(f"({CUT})({top})")
    return found


@pytest.mark.parametrize("width", [1280, 320])
async def test_a_readers_text_spacing_cuts_nothing_in_the_widget(
    browser: Any, server: Any, width: int
) -> None:
    await browser.look(width=width, height=800)
    await open_chat(browser, server)
    await space(browser)
    await browser.evaluate(f"{ROOT}.querySelectorAll('.name').forEach((one) => {{ one.hidden = false; }})")
    assert await cut(browser, ROOT) == []
    await keep(browser, f"spaced-form-{width}")
    await say(browser, "Is the blue lamp back in stock?")
    await browser.wait_for(f"/sent/.test({ROOT}.querySelector('.bubble.visitor .meta').textContent)")
    await server.agent_says(READ)
    await browser.wait_for(f"{BUBBLES}.length === 3")
    assert await cut(browser, ROOT) == []
    await keep(browser, f"spaced-talk-{width}")
    await browser.evaluate(f"[...{ROOT}.querySelectorAll('header button')][0].click()")
    await browser.wait_for(f"!{ROOT}.querySelector('.ended').hidden")
    assert await cut(browser, ROOT) == []
    await browser.evaluate(f"[...{ROOT}.querySelectorAll('header button')].at(-1).click()")
    await browser.wait_for(f"{ROOT}.querySelector('.panel').hidden")
    assert await cut(browser, ROOT) == []


@pytest.mark.parametrize("width", [1280, 320])
async def test_a_readers_text_spacing_cuts_nothing_in_the_help_centre(
    browser: Any, server: Any, width: int
) -> None:
    await browser.look(width=width, height=800)
    for page in ("/help?q=parcel+order+delivery", "/help", "/help/parcel-missing", "/chat/demo"):
        await browser.open(f"{server.url}{page}")
        await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
        await space(browser)
        assert await cut(browser, "document.body") == []
        assert await browser.evaluate("document.documentElement.scrollWidth") <= width
    await keep(browser, f"spaced-help-{width}")


async def test_a_text_that_is_cut_is_found(browser: Any, server: Any) -> None:
    """The measure itself: a planted button that is too low fails it once the spacing is on."""
    await browser.open(f"{server.url}/help")
    await browser.wait_for("!!document.querySelector('agent-desktop-chat')")
    await browser.evaluate(
        "(() => { const planted = document.createElement('button'); planted.textContent = 'Send it now';"
        "planted.style.cssText = 'inline-size: 5em; block-size: 1em; overflow: hidden; padding: 0';"
        "document.querySelector('main').append(planted); })()"
    )
    await space(browser)
    assert await cut(browser, "document.body")


async def test_what_is_asked_of_a_visitor_can_be_filled_in_by_the_browser(browser: Any, server: Any) -> None:
    await open_chat(browser, server)
    purposes = f"Object.fromEntries([...{ROOT}.querySelectorAll('input:not([type=file]), textarea')]"
    found = await browser.evaluate(f"{purposes}.map((one) => [one.id, one.autocomplete]))")
    assert found == {"name": "name", "mail": "email", "text": "off"}  # a message is nobody's address
    kinds = await browser.evaluate(f"{ROOT}.querySelector('#mail').type")
    assert kinds == "email"
