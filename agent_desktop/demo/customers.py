"""Simulated customers: they write real mail over SMTP, chat over the real websocket and call over SIP.

At a gentle rate, so that a person at the desktop has something to do and time to look around.  Each kind
has its own task; a failure of one is told on standard error and never ends the demo.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import smtplib
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid

from agent_desktop.demo.callers import Caller
from agent_desktop.demo.setup import Demo
from agent_desktop.demo.visitors import Visitor

log = logging.getLogger(__name__)
FIRST_CALL_S = (2.0, 5.0)  # a telephone call comes first
CALL_EVERY_S = (35.0, 75.0)
MAIL_EVERY_S = (50.0, 110.0)
CHAT_EVERY_S = (40.0, 90.0)

LETTERS = (
    (
        "Amina Yusuf",
        "amina@example.com",
        "Delivery of order 48213",
        "Hello,\n\nmy parcel shows “delivered” but nothing arrived. Order 48213.\n\nAmina Yusuf",
    ),
    (
        "Priya Kulkarni",
        "priya.k@example.org",
        "Invoice 2231 charged twice",
        "Good morning,\n\ninvoice 2231 was charged twice on Monday.\nPlease refund one of them.\n\nPriya",
    ),
    (
        "Lena Brandt",
        "lena.brandt@example.com",
        "Glühbirne für die Lampe „Nour“",
        "Guten Tag,\n\nwelche Fassung hat die Lampe „Nour“? Ich brauche eine Ersatzbirne.\n\nLena Brandt",
    ),
    (
        "Tom Meyer",
        "tom.meyer@example.net",
        "Change of address",
        "Hi,\n\nI move on the 1st. Can you send order 48117 to the new address?\n\nTom Meyer",
    ),
)
CHATS = (
    (
        "Jordan Diaz",
        ("Hi! Is the blue lamp back in stock?", "Could you keep one for me?", "Great, thank you!"),
    ),
    ("Sofia Marin", ("My discount code does not work", "It is SPRING15", "Yes, that did it. Thanks!")),
    ("Kofi Mensah", ("Do you ship to Ghana?", "How long does it take?", "All right, thanks.")),
)


class Customers:
    """All simulated customers of one demo."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._random = random.Random()  # noqa: S311 - pauses between customers, no secret
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Open the doors."""
        loop = asyncio.get_running_loop()
        caller = Caller(self._demo)
        letters, chats = itertools.cycle(LETTERS), itertools.cycle(CHATS)
        self._tasks = [
            loop.create_task(self._every(CALL_EVERY_S, caller.call, first_s=FIRST_CALL_S)),
            loop.create_task(self._every(MAIL_EVERY_S, lambda: self._write(*next(letters)))),
            loop.create_task(self._every(CHAT_EVERY_S, lambda: self._chat(*next(chats)))),
        ]

    async def stop(self) -> None:
        """Send everyone home."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _every(
        self,
        pause_s: tuple[float, float],
        act: Callable[[], Awaitable[None]],
        first_s: tuple[float, float] | None = None,
    ) -> None:
        await asyncio.sleep(self._random.uniform(*(first_s or pause_s)))
        while True:
            try:
                await act()
            except Exception:
                log.exception("a simulated customer gave up")
            await asyncio.sleep(self._random.uniform(*pause_s))

    async def _write(self, name: str, address: str, subject: str, text: str) -> None:
        mail = EmailMessage()
        mail["From"] = f"{name} <{address}>"
        mail["To"] = self._demo.centre.mailboxes[0].address
        mail["Subject"] = subject
        mail["Date"] = format_datetime(localtime())
        mail["Message-ID"] = make_msgid(domain="example.com")
        mail.set_content(text)
        await asyncio.to_thread(self._post, mail)

    def _post(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self._demo.ports.smtp, timeout=10) as smtp:
            smtp.send_message(mail)

    async def _chat(self, name: str, lines: tuple[str, ...]) -> None:
        async with Visitor(self._demo, name) as visitor:
            await visitor.talk(lines)
