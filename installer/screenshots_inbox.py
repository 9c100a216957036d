"""Photograph the inbox: the list, the conversation, sending, two at one conversation, offline, search, rules.

    python installer/screenshots_inbox.py [--base-port 24400] [--theme light|dark] [--images DIR]

Customers write by SMTP with files; Mateo works in the window in front, Chen in one behind it.  While Mateo
writes, the customer writes again and Chen begins a reply of his own; then many are worked at once, the
router is stopped and what is done meanwhile waits.  At the end the rules are asked at a terminal; its
words are real and its picture is `tests/qt/gallery_terminal.py`.  Everything as in `screenshots.py`, whose
stage this is.
"""

from __future__ import annotations

import mailbox
import os
import signal
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from screenshots import ROOT, Missing, main
from screenshots_calls import COLLEAGUE, SIGN_IN_S, Calls

MINE_TAB, QUEUE_TAB, VIEWS_TAB, FIRST_ROW, SECOND_ROW = (97, 81), (164, 81), (264, 81), (220, 200), (220, 282)
TAG_ACT, NOTE_MODE, REPLY_MODE = (187, 812), (557, 720), (455, 720)
READ_IT, NOTICE_AWAY = (450, 744), (1413, 75)
MEANWHILE_S = 2.0
TERMINAL = ROOT / "tests/qt/gallery_terminal.py"

BROKEN = """Hello,

the lamp of order 48213 arrived today, and its shade is broken. I enclose a photograph and the delivery note.

What do we do now?

Amina"""
MAILS = (
    ("Priya Kulkarni", "priya.k@example.org", "Invoice 2231 charged twice",
     "Good morning,\n\ninvoice 2231 was charged twice on Monday. Could you refund one of them?\n\nPriya"),
    ("Lena Brandt", "lena.brandt@example.com", "Glühbirne für die Lampe „Nour“",
     "Guten Tag,\n\nwelche Fassung hat die Lampe „Nour“? Ich brauche eine Ersatzbirne.\n\nLena Brandt"),
    ("Tom Meyer", "tom.meyer@example.net", "Change of address",
     "Hi,\n\nI move on the 1st. Can you send order 48117 to the new address?\n\nTom Meyer"),
    ("Hugo Martin", "hugo.martin@example.com", "Ma lampe est arrivée sans ampoule",
     "Bonjour,\n\nma lampe est arrivée sans ampoule. Pouvez-vous m'en envoyer une ?\n\nHugo Martin"),
    ("Elif Demir", "elif.demir@example.org", "Two chairs instead of one",
     "Hello,\n\nI got two chairs and ordered one. How do I return the other?\n\nElif Demir"),
    ("Autumn offers", "news@example.com", "Ten per cent off all bulbs", "Only this week: ten per cent off."),
)  # fmt: skip
NOTE = "The shade is the glass one; spare part 7731 is in stock. A photograph is enough, no return needed."
REPLY = (
    "Hello Amina,\n\nI am sorry about the shade. A new one leaves today and reaches you on Friday; "
    "you need not send the broken one back.\n\nKind regards,\nMateo"
)
AGAIN = "One thing more: I am away from Thursday on. Could it come to my office instead?\n\nAmina"
ANSWER = "Of course. Which address is it?"
OTHERS = "Hello Amina, I have asked the courier to"
WAITS = "Good morning Priya, the second booking is refunded; it shows within five working days."


class Inbox(Calls):
    """One theme, from the list to the rules."""

    def play(self) -> None:
        """Play it."""
        self._open_screen()
        self._open_demo()
        self._sign_in()
        self._mine = self._windows()[-1]
        time.sleep(SIGN_IN_S)
        self._key("ctrl+shift+r")
        self._write_us("Amina Yusuf", "amina@example.com", "Order 48213 arrived broken", BROKEN, files=True)
        self._answer("email")
        for mail in MAILS:
            self._write_us(*mail)
        self._answer("email")
        self._until("the queue", lambda: "queued" in self._states("email"))
        self._conversation()
        self._list()
        self._many()
        self._search()
        self._offline()
        self._rules()

    def _conversation(self) -> None:
        """A note, a reply that can be called back, the customer's next mail, the colleague."""
        self._open("48213")
        self._click(*NOTE_MODE)
        self._write(NOTE)
        self._key("ctrl+shift+Return")
        time.sleep(MEANWHILE_S)
        self._click(*REPLY_MODE)
        self._picture("inbox-conversation")
        self._write(REPLY)
        self._picture("inbox-composer")
        self._key("ctrl+Return")
        time.sleep(1)
        self._picture("inbox-sending")
        self._until("the reply outside", lambda: bool(self._sent()))
        self._write(ANSWER)
        self._write_us("Amina Yusuf", "amina@example.com", "Re: Order 48213 arrived broken", AGAIN,
                       to=self._sent())  # fmt: skip
        time.sleep(MEANWHILE_S)
        self._key("ctrl+Return")
        time.sleep(1)
        self._picture("inbox-interlock")
        self._click(*READ_IT)
        self._click(*NOTICE_AWAY)
        self._collision()

    def _collision(self) -> None:
        before = set(self._windows())
        self._start(COLLEAGUE)
        self._until("the colleague's window", lambda: bool(set(self._windows()) - before))
        time.sleep(SIGN_IN_S)
        self._open("48213")
        time.sleep(MEANWHILE_S)
        self._write(OTHERS)
        self._tool("xdotool", "windowactivate", "--sync", self._mine)
        time.sleep(1)
        self._picture("inbox-collision")
        self._stage.processes[-1].terminate()
        time.sleep(MEANWHILE_S)

    def _list(self) -> None:
        """A view, narrowed by its filter."""
        self._click(*VIEWS_TAB)
        time.sleep(MEANWHILE_S)
        self._key("ctrl+shift+f")
        time.sleep(1)
        self._picture("inbox-filter")
        self._key("Escape")
        self._picture("inbox-list")

    def _many(self) -> None:
        """Three picked, tagged at once, and the way back."""
        self._click(*QUEUE_TAB)
        self._click(*SECOND_ROW)
        time.sleep(1)
        self._key("shift+Down")
        self._key("shift+Down")
        time.sleep(1)
        self._picture("inbox-picked")
        self._click(*TAG_ACT)
        self._tool("xdotool", "type", "--delay", "40", "autumn")
        time.sleep(1)
        self._key("Return")
        time.sleep(1.5)
        self._picture("inbox-bulk")

    def _search(self) -> None:
        """Letters of a word, as they are typed."""
        self._key("ctrl+k")
        self._tool("xdotool", "type", "--delay", "60", "lamp bro")
        time.sleep(1.5)
        self._picture("inbox-search")
        self._key("Escape")

    def _offline(self) -> None:
        """The router is stopped, and who would start it again is held."""
        self._click(*MINE_TAB)
        self._click(*SECOND_ROW)
        demo, router = self._processes()
        demo.send_signal(signal.SIGSTOP)
        try:
            os.kill(router, signal.SIGTERM)
            time.sleep(4 * MEANWHILE_S)
            self._key("ctrl+shift+b")
            self._tool("xdotool", "type", "--delay", "40", "refund")
            time.sleep(1)
            self._key("Return")
            self._write(WAITS)
            self._key("ctrl+Return")
            time.sleep(MEANWHILE_S)
            self._picture("inbox-offline")
            self._open("unsent")
            time.sleep(MEANWHILE_S)
            self._picture("inbox-unsent")
            self._key("Escape")
        finally:
            demo.send_signal(signal.SIGCONT)

    def _rules(self) -> None:
        """What the administrator types and reads."""
        config = next((self._folder / "demo").glob("*.toml"))
        data = f"--data={self._folder / 'demo'}"
        said = ""
        for line in ("rules list", "rules try damaged --days 30"):
            words = [sys.executable, "-m", "agent_desktop", "admin", f"--config={config}", data]
            words += line.split()
            done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Missing(f"admin {line}: {done.stderr}")
            said += f"$ agent-desktop admin --config centre.toml {line}\n{done.stdout}\n"
        file = self._folder / "rules.txt"
        file.write_text(said, "utf-8")
        out = self._images / f"inbox-rules-{self._theme}.png"
        raw = self._folder / "rules.png"
        words = [str(TERMINAL), str(file), f"--out={raw}", f"--theme={self._theme}"]
        if subprocess.run([sys.executable, *words], env=self._environment(), check=False).returncode:
            raise Missing("The terminal could not be drawn; what was said stands above.")
        self._tool("convert", str(raw), "-dither", "None", "-colors", "64", "-strip", f"png8:{out}")
        print(out)

    def _open_demo(self) -> None:
        """The demo, where everybody may reply to every mail and is warned; the router reads that anew."""
        super()._open_demo()
        file = self._folder / "demo" / "centre.toml"
        words = file.read_text("utf-8")
        file.write_text(
            words.replace("[mailboxes.help]\n", '[mailboxes.help]\nownership = "warn"\n'), "utf-8"
        )
        _demo, router = self._processes()
        os.kill(router, signal.SIGTERM)
        self._until("the router", lambda: self._processes()[1] not in {0, router})
        time.sleep(SIGN_IN_S)

    def _processes(self) -> tuple[subprocess.Popen[Any], int]:
        """The demo, and its router's pid; 0 while there is none."""
        demo = next(p for p in self._stage.processes if "demo" in list(p.args))
        children = Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text("ascii").split()
        routers = [c for c in children if "server" in Path(f"/proc/{c}/cmdline").read_text().split("\0")]
        return demo, int(routers[0]) if routers else 0

    def _write(self, text: str) -> None:
        """Write into the composer, and leave no empty line at the end."""
        super()._write(text)
        self._key("BackSpace")

    def _open(self, words: str) -> None:
        """Open what a few letters find."""
        self._key("ctrl+k")
        self._tool("xdotool", "type", "--delay", "60", words)
        time.sleep(1.5)
        self._key("Return")
        time.sleep(1.5)

    def _sent(self) -> str:
        """The Message-ID of the newest mail that went outside; empty while there is none."""
        box = mailbox.Maildir(self._folder / "demo" / "outside", create=False)
        ids = [str(mail["Message-ID"]) for mail in box if "amina@example.com" in str(mail["To"])]
        return ids[-1] if ids else ""

    def _write_us(
        self, name: str, address: str, subject: str, text: str, *, files: bool = False, to: str = ""
    ) -> None:
        """A customer's mail, with a photograph and a paper, or in answer to another."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{name} <{address}>", self._ready["mailbox"], subject
        if to:
            mail["In-Reply-To"] = mail["References"] = to
        if name == "Autumn offers":
            mail["Precedence"] = "bulk"
        mail.set_content(text)
        if files:
            file = self._folder / "shade.jpg"
            self._tool("convert", "-size", "640x420", "plasma:#b08050-#e8d0a0", str(file))
            mail.add_attachment(file.read_bytes(), maintype="image", subtype="jpeg", filename=file.name)
            paper = b"%PDF-1.4\n" + b"%\n" * 24_000
            mail.add_attachment(paper, maintype="application", subtype="pdf", filename="delivery-note.pdf")
        host, _, port = self._ready["smtp"].partition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as server:
            server.send_message(mail)
        time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main(story=Inbox))
