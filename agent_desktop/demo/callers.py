"""Simulated callers: real SIP and RTP towards the demo's numbers, with a spoken voice.

A caller says who it is and what it wants, waits in the queue with the music like everybody, repeats the
question when somebody answers, and hangs up after a while.  Tom Meyer is deaf: he types on a TTY, and waits
for the other side's GA before he goes on.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass

import numpy as np

from agent_desktop.demo.setup import Demo
from agent_desktop.media.pacer import Pacer
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE, Pcm
from agent_desktop.media.session import MediaSession
from agent_desktop.media.text_leg import TextLeg, TextRoute
from agent_desktop.media.text_news import TextNews
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.media import Agreement, audio
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.switch.treatments import Sounds
from agent_desktop.voice.plan import Planned, plan_of
from agent_desktop.wire.switch import Prompt

HOST = "127.0.0.1"
CALL_S = 100.0
BETWEEN_S = 9.0
KEY_AFTER_S = 12.0
TYPES_AFTER_S = 4.0
TEXT_CALL_S = 400.0


MENU, SUPPORT, BILLING = range(3)  # the centre's numbers, in their order


@dataclass(frozen=True, slots=True)
class Story:
    """Who calls from which number, which of ours is dialled and key pressed there, what is said."""

    name: str
    number: str
    dials: int
    words: str
    language: str = "en"
    key: str = ""
    types: tuple[str, ...] = ()  # on a TTY, one turn after the other


TOM = Story(
    "Tom Meyer",
    "+493023125117",
    SUPPORT,
    "",
    types=(
        "HELLO THIS IS TOM MEYER GA",
        "MY LAMP ARRIVED BROKEN. ORDER 48117. I WANT A NEW ONE GA",
        "PLEASE NOT BEFORE FRIDAY. I WORK ALL DAY GA",
        "THANK YOU. BYE GA TO SK",
    ),
)
STORIES = (
    Story(
        "Amina Yusuf",
        "+212522000147",
        SUPPORT,
        "Hello, this is Amina Yusuf. My parcel shows delivered, but nothing arrived. The order is 4 8 2 1 3.",
    ),
    TOM,
    Story("Priya Kulkarni", "+447700900461", BILLING, "Hello, I was charged twice for invoice 2 2 3 1."),
    Story(
        "Lena Brandt",
        "+493023125208",
        MENU,
        "Guten Tag, hier ist Lena Brandt. Welche Fassung hat die Lampe Nour?",
        language="de",
        key="3",
    ),
)


class Caller:
    """Places one call after the other."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._sounds = Sounds(demo.data / "spoken")
        self._turns = itertools.cycle(STORIES)

    async def call(self) -> None:
        """One call, from dialling to hanging up."""
        story = next(self._turns)
        number = self._demo.centre.numbers[story.dials].number
        words: Pcm = SILENCE
        if story.words:
            (words,) = await self._sounds.sound_of([Prompt(text=story.words, language=story.language)])
        async with asyncio.timeout((TEXT_CALL_S if story.types else CALL_S) + 30):
            await Call(self._demo.ports.sip, self._demo.ports.rtp[1], story, words).run(number)


class Call:
    """One call of one caller to an exchange of this computer; `after` is the last of its ports for sound."""

    def __init__(self, exchange: int, after: int, story: Story, words: Pcm) -> None:
        self._exchange = exchange
        self._story = story
        pause = np.zeros(int(BETWEEN_S * SAMPLE_RATE_HZ), dtype=np.int16)
        self._voice = np.concatenate([words, pause])
        self._at = 0
        self._answered = asyncio.Event()
        self._over = asyncio.Event()
        self._transport = SipTransport(self._on_event)
        self._session = MediaSession(bind_pair(HOST, range(after + 2, after + 98, 2)))
        self._planned = Planned()
        self._pacer = Pacer(self._tick)
        self._text: TextLeg | None = None
        self._turns = iter(story.types)
        if story.types:
            self._text = TextLeg(self._read, near="customer", far="agent", is_announced=True)
            self._session.tap = self._text.hear

    async def run(self, number: str) -> None:
        """Dial, speak, hang up."""
        local = await self._transport.listen_udp(HOST, 0)
        self._transport.start(UserAgent(Settings(local=(local,)), SystemRandomness()))
        agent, now = self._transport.agent, self._transport.now()
        server = Address("udp", HOST, self._exchange)
        caller = NameAddr(Uri("sip", user=self._story.number, host=HOST), name=self._story.name)
        target = Uri("sip", user=number, host=HOST, port=server.port)
        try:
            leg = agent.invite(target, audio(*self._session.local), now, caller=caller, destination=server)
            self._transport.flush()
            await asyncio.wait_for(self._answered.wait(), 20)
            self._pacer.start()
            await self._talk()
            if not self._over.is_set():
                agent.hang_up(leg, self._transport.now())
                self._transport.flush()
                await asyncio.sleep(0.5)
        finally:
            self._pacer.stop()
            if self._text is not None:
                self._text.close()
            self._session.close()
            await self._transport.close()

    async def _talk(self) -> None:
        key = self._story.key
        try:
            async with asyncio.timeout(TEXT_CALL_S if self._text is not None else CALL_S):
                if key:
                    await asyncio.sleep(KEY_AFTER_S)
                    self._session.press(key)
                if self._text is not None:
                    await asyncio.sleep(TYPES_AFTER_S)
                    self._text.write(next(self._turns))
                await self._over.wait()
        except TimeoutError:
            return

    def _on_event(self, event: sip.Event) -> None:
        match event:
            case sip.Progressed() | sip.Answered():
                self._configure(event.agreement)
                if isinstance(event, sip.Answered):
                    self._answered.set()
            case sip.MediaChanged():
                self._configure(event.agreement)
            case sip.Ended():
                self._over.set()
                self._answered.set()
            case _:
                pass

    def _configure(self, agreement: Agreement | None) -> None:
        if agreement is not None and agreement.audio is not None:
            self._planned = plan_of(agreement.audio, self._planned)
            self._session.configure(self._planned.plan)
            if self._text is not None:
                self._text.configure(TextRoute(has_tty=True))

    def _read(self, news: TextNews) -> None:
        """The other side gave the turn: the next thing that is to be said."""
        if self._text is not None and news.passed is not None and not news.passed.ours:
            self._text.write(next(self._turns, "BYE SK"))

    def _tick(self) -> None:
        """20 ms of voice or tones out; what comes in is heard and let go."""
        if self._text is not None:
            self._text.receive_due()
        self._session.receive_due()
        self._session.read_frame()
        if self._text is not None:
            tones = self._text.send_due()
            self._session.write_frame(SILENCE if tones is None else tones)
            return
        frame = self._voice[self._at : self._at + FRAME_SAMPLES]
        if len(frame) < FRAME_SAMPLES:
            frame = np.pad(frame, (0, FRAME_SAMPLES - len(frame)))
        self._at = (self._at + FRAME_SAMPLES) % len(self._voice)
        self._session.write_frame(frame)
