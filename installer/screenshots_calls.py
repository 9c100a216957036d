"""Photograph what an agent and a supervisor see of calls, from the real demo, for the guides and the README.

    python installer/screenshots_calls.py [--base-port 22400] [--theme light|dark] [--images DIR]

A customer calls by baresip and is answered in the window; a colleague at a text mode is looked for, asked
and answers; a supervisor at a second window listens and tests the headset.  Everything as in
`screenshots.py`, whose stage this is.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import IO

from screenshots import ROOT, Missing, Story, main

COLLEAGUE, LEAD = "chen", "astrid"
SIGN_IN_S = 8.0  # until a telephone is registered


class Calls(Story):
    """One theme, from the call to who listens to it."""

    _colleague: IO[str]

    def play(self) -> None:
        """Play it."""
        self._open_screen()
        self._open_demo()
        self._sign_in_colleague()
        self._sign_in()
        time.sleep(SIGN_IN_S)
        self._key("ctrl+comma")
        time.sleep(1)
        self._picture("devices")
        self._key("ctrl+1")
        self._key("ctrl+shift+r")
        self._call()
        self._answer("voice")
        self._say("ready")
        time.sleep(2)
        self._key("ctrl+shift+2")  # record
        self._key("ctrl+shift+k")
        time.sleep(1)
        self._picture("keypad")
        self._key("Escape")
        self._key("ctrl+comma")
        self._tool("xdotool", "mousemove", "317", "83", "click", "1")  # the page of the telephone
        time.sleep(6)  # the line is measured every few seconds
        self._picture("quality")
        self._key("ctrl+1")
        self._key("ctrl+t")
        time.sleep(1.5)
        self._picture("transfer")
        self._tool("xdotool", "type", "--delay", "60", COLLEAGUE[:3])
        time.sleep(1.5)
        self._key("shift+Return")
        time.sleep(3)
        self._say("accept")
        time.sleep(4)
        self._picture("consult")
        self._lead()

    def _lead(self) -> None:
        """A supervisor at a second window in front of the first."""
        before = set(self._windows())
        self._start(LEAD)
        self._until("the supervisor's window", lambda: bool(set(self._windows()) - before))
        time.sleep(SIGN_IN_S)
        self._key("ctrl+6")
        time.sleep(2)
        self._key("F6")  # from the agents to the live calls
        self._key("Return")
        self._key("Down")
        self._key("Return")
        time.sleep(4)
        self._picture("supervisor")

    def _start(self, user: str) -> None:
        words = [f"--user={user}", f"--password-file={self._password(user)}", f"--data={self._folder / user}"]
        self._stage.run(
            [sys.executable, "-m", "agent_desktop", f"--server={self._ready['http']}", *words, *self.SILENT],
            env=self._environment(), cwd=ROOT,
        )  # fmt: skip

    def _password(self, user: str) -> str:
        """A file with somebody's password."""
        file = self._folder / f"{user}.password"
        file.write_text(next(u["password"] for u in self._ready["users"] if u["user"] == user), "utf-8")
        return str(file)

    def _sign_in_colleague(self) -> None:
        words = [f"--server={self._ready['http']}", f"--user={COLLEAGUE}", f"--data={self._folder / 'text'}"]
        password = f"--password-file={self._password(COLLEAGUE)}"
        text = self._stage.run(
            [sys.executable, "-m", "agent_desktop", "text", *words, password, *self.SILENT],
            stdin=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        if text.stdin is None:
            raise Missing("The text mode has no keyboard.")
        self._colleague = text.stdin
        time.sleep(SIGN_IN_S)

    def _say(self, line: str) -> None:
        """The colleague types a line."""
        self._colleague.write(f"{line}\n")
        self._colleague.flush()


if __name__ == "__main__":
    sys.exit(main(story=Calls))
