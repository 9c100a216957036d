"""Photograph what people see of routing: why, why nobody, the next state, wrap-up, a supervisor's acts.

    python installer/screenshots_routing.py [--base-port 31000] [--theme light|dark] [--images DIR]

A customer calls by baresip; the window is asked why it got the call, chooses a break during it, and wraps up.
Mails wait meanwhile and are asked why nobody takes them.  A supervisor at a second window opens what can be
done.  At the end the wrap-up is drawn in each of its five modes, at the desktop and in text mode, by
`tests/qt/gallery_modes.py`.  Everything as in `screenshots.py`, whose stage this is.
"""

from __future__ import annotations

import subprocess
import sys
import time

from screenshots import MAILS, ROOT, Missing, main
from screenshots_calls import LEAD, SIGN_IN_S, Calls

MINE_TAB, QUEUE_TAB, FIRST_ROW = (97, 81), (164, 81), (220, 200)
FIRST_BUTTON, THIRD_BUTTON = (723, 261), (718, 341)
LATER_S = 2.0
MODES = ROOT / "tests/qt/gallery_modes.py"


class Routing(Calls):
    """One theme, from the offer to the supervisor."""

    def play(self) -> None:
        """Play it."""
        self._open_screen()
        self._open_demo()
        self._sign_in_colleague()
        self._sign_in()
        time.sleep(SIGN_IN_S)
        self._key("ctrl+shift+r")
        self._say("ready")
        self._say("notready lunch")
        self._call()
        self._until("the offer of the call", lambda: self._states("voice") == {"offered"})
        self._key("ctrl+shift+w")
        time.sleep(LATER_S)
        self._picture("why-offer")
        self._key("Escape")
        self._answer("voice")
        self._next_state()
        self._nobody()
        self._wrap_up()
        self._lead()
        self._modes()

    def _next_state(self) -> None:
        """A break is chosen during the call; then the menu with the way back."""
        self._key("ctrl+shift+n")
        time.sleep(1)
        self._picture("states")
        self._key("Down")
        self._key("Down")
        self._key("Return")
        time.sleep(LATER_S)
        self._key("ctrl+shift+n")
        time.sleep(1)
        self._picture("next-state")
        self._key("Escape")

    def _nobody(self) -> None:
        """Mails come, and nobody may be asked."""
        for mail in MAILS:
            self._mail(*mail)
        self._until("waiting mails", lambda: "queued" in self._states("email"))
        self._click(*QUEUE_TAB)
        time.sleep(LATER_S)
        self._click(*FIRST_ROW)
        time.sleep(1)
        self._key("ctrl+shift+w")
        time.sleep(LATER_S)
        self._picture("why-nobody")
        self._key("Escape")

    def _wrap_up(self) -> None:
        """The call ends: its wrap-up has its clock in the bar."""
        self._key("ctrl+shift+End")
        self._until("the end of the call", lambda: self._states("voice") == {"wrap_up"})
        self._click(*MINE_TAB)
        self._click(*FIRST_ROW)
        time.sleep(1)
        self._picture("wrapping")

    def _lead(self) -> None:
        """A supervisor at a second window in front of the first."""
        before = set(self._windows())
        self._start(LEAD)
        self._until("the supervisor's window", lambda: bool(set(self._windows()) - before))
        time.sleep(SIGN_IN_S)
        self._key("ctrl+6")
        time.sleep(LATER_S)
        self._picture("board")
        self._click(*FIRST_BUTTON)
        self._picture("finish-wrapup")
        self._key("Escape")
        self._click(*THIRD_BUTTON)
        time.sleep(1)
        self._picture("set-state")
        self._key("Escape")

    def _modes(self) -> None:
        """A centre has one mode for each queue; these come from a client of their own."""
        words = [f"--out={self._images}", f"--theme={self._theme}"]
        drawn = subprocess.run([sys.executable, str(MODES), *words], env=self._environment(), check=False)
        if drawn.returncode:
            raise Missing("The five modes could not be drawn; what was said stands above.")


if __name__ == "__main__":
    sys.exit(main(story=Routing))
