"""Photograph a call by text telephone from the real demo, for the guides and the README.

    python installer/screenshots_text.py [--base-port 22400] [--theme light|dark] [--images DIR]

Tom Meyer of the demo calls on a TTY: real tones in a real call.  He is answered in the window, in turns.
Everything as in `screenshots.py`, whose stage this is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import sys
import time

from screenshots import HEIGHT, ROOT, WIDTH, Story, main

from agent_desktop.demo.callers import TOM, Call
from agent_desktop.media.pcm import SILENCE

REPLIES = (
    "HELLO TOM, MATEO AT NORDLIGHT. HOW CAN I HELP Q",
    "A NEW LAMP LEAVES TODAY. WHEN ARE YOU AT HOME Q",
)
HALF = "IT COMES ON FRIDAY EVE"
TYPING_S = 12.0


class Text(Story):
    """One theme, from the tones to the second answer."""

    def play(self) -> None:
        """Play it."""
        self._open_screen()
        self._open_demo()
        self._sign_in()
        time.sleep(3)
        self._key("ctrl+shift+r")
        port = self._ready["sip"].rpartition(":")[2]
        self._stage.run(
            [sys.executable, __file__, "--tom", port, self._ready["numbers"]["support"]], cwd=ROOT
        )
        self._answer("voice")
        for turn, reply in enumerate(REPLIES, start=1):
            self._until(f"Tom's turn {turn}", lambda turn=turn: self._turns() >= turn)  # type: ignore[misc]
            self._click(WIDTH // 2, HEIGHT - 90)
            self._tool("xdotool", "type", "--delay", "40", reply)
            self._key("ctrl+Return")
        time.sleep(TYPING_S)  # our tones, and the first of his
        self._tool("xdotool", "type", "--delay", "20", HALF)
        time.sleep(0.6)
        self._picture("text-call")

    def _turns(self) -> int:
        """How many lines Tom has typed, as the record has them."""
        record = f"file:{self._folder / 'demo' / 'record.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(record, uri=True)) as reader:
            bodies = [json.loads(body) for (body,) in reader.execute("select body from messages")]
        return sum(1 for m in bodies if m.get("carrier") == "tty" and m["direction"] == "in")


async def call(exchange: int, number: str) -> None:
    """Be Tom, until he has hung up."""
    await Call(exchange, exchange + 499, TOM, SILENCE).run(number)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--tom"]:
        asyncio.run(call(int(sys.argv[2]), sys.argv[3]))
        sys.exit(0)
    sys.exit(main(story=Text))
