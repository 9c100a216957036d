r"""The text of one call leg, whatever carries it: real-time text of its own stream, or a textphone's tones.

Phone and switch use it alike.  `rtt` carries it where SDP agreed on a text stream (`TextRoute.stream`), else
`tty` where the sound is G.711 (`TextRoute.has_tty`), else nothing: then text waits.

The media thread owns it.  Once in 20 ms it calls, in this order:

    leg.receive_due()                       # orders and real-time text
    session.receive_due(); session.read_frame()     # after leg.listen_to(session)
    ear = SILENCE if leg.is_far_carrier else ear    # an option: the caller's tones are no pleasure
    tones = leg.send_due(is_held=False)     # sends real-time text; tells the news
    session.write_frame(voice if tones is None else tones)

Every other method may be called by any one thread: it puts an order into a queue, which the next
`receive_due` carries out.  `state` is a frozen value that may be read anywhere.  `tell` is called in the
media thread, at most once in a tick.

    leg.configure(TextRoute(...))   after each SDP exchange (ports first: leg.open(ports))
    leg.set_mode("off" | "text" | "vco" | "hco")
    leg.write("HELLO GA", speaker="system")     \n a new line, \b takes the last sign back
    leg.interrupt()   leg.fix_shift()   leg.announce()   leg.finish_lines()   leg.close()

Between two legs that type in different ways stands no more than `other.write(news.heard)`.

Rules: half duplex, turns and echo are `baudot`'s; the voice is replaced only while our tones are sent, and
goes on in both directions between bursts (VCO, HCO); with mode off nothing is read, shown or found, but
real-time text is still taken from the network; a change of the carrier loses nothing that still waited.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from agent_desktop.media import t140
from agent_desktop.media.baudot import State, TurnPassed
from agent_desktop.media.hearing import Halves, Tapped
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.text_news import NO_LOSSES, Carrier, LegLine, Mode, Side, TextNews, TextState
from agent_desktop.media.text_stream import StreamPlan, TextStream
from agent_desktop.media.text_written import WrittenLines
from agent_desktop.media.tone_gate import ToneGate
from agent_desktop.media.tty_carrier import TtyCarrier, TtyHeard
from agent_desktop.media.udp import UdpPort

NEAR: Final = "agent"
FAR: Final = "customer"
_TYPING_S: Final = 1.0
_MOST_PENDING: Final = 10_000
_NARROW_HALF: Final = 80


@dataclass(frozen=True, slots=True)
class TextRoute:
    """What can carry the text of the leg now."""

    stream: StreamPlan | None = None
    """Real-time text, agreed on in SDP."""
    has_tty: bool = False
    """The sound is PCMU or PCMA, so that tones pass it whole."""


class TextLeg:
    """See above."""

    def __init__(
        self,
        tell: Callable[[TextNews], None],
        *,
        near: str = NEAR,
        far: str = FAR,
        mode: Mode = "text",
        is_announced: bool = False,
        fix_delay: Callable[..., None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """`is_announced`: queue, skill or header say that the caller has a textphone.

        `fix_delay` is `MediaSession.fix_delay`: once a textphone is found the sound is played out evenly.
        """
        self._tell = tell
        self._near, self._far = near, far
        self._clock, self._wall_clock = clock, wall_clock
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._route = TextRoute()
        self._mode: Mode = mode
        self._ports: tuple[UdpPort, UdpPort] | None = None
        self._stream: TextStream | None = None
        self._tty: TtyCarrier | None = None
        self._gate: ToneGate | None = ToneGate()
        self._is_announced = is_announced
        self._fix_delay = fix_delay
        self._is_uneven = True
        self._session: Tapped | None = None
        self._is_found = is_announced
        self._turn: Side = ""
        self._heard_at = float("-inf")
        self._lost = 0
        self._pending: list[tuple[str, str]] = []
        """What was typed while nothing could carry it: who, and what."""
        self._written = WrittenLines()
        self._lines: dict[int, LegLine] = {}
        self._heard = ""
        self._passed: TurnPassed | None = None
        self._has_found = False
        self.state = TextState(mode=mode, is_found=is_announced)

    # -- any thread: orders -----------------------------------------------------------------------------

    def open(self, ports: tuple[UdpPort, UdpPort]) -> None:
        """Ports for real-time text, which were offered in SDP; the leg closes them."""
        self._orders.put(partial(self._open, ports))

    def configure(self, route: TextRoute) -> None:
        """Follow new SDP."""
        self._orders.put(partial(self._follow, route))

    def set_mode(self, mode: Mode) -> None:
        """What is read and shown, in one step at any time."""
        self._orders.put(partial(self._set_mode, mode))

    def write(self, text: str, speaker: str = "") -> None:
        r"""Type as the near side, or as another `speaker` of this side (system); `\b` takes back."""
        self._orders.put(partial(self._write, text, speaker or self._near))

    def interrupt(self) -> None:
        """Send what waits although the far side is typing."""
        self._orders.put(self._interrupt)

    def fix_shift(self) -> None:
        """The turn shows figures where letters were meant, or the other way."""
        self._orders.put(self._fix_shift)

    def announce(self) -> None:
        """The far side is now known to have a textphone."""
        self._orders.put(self._announce)

    def finish_lines(self, speaker: str | None = None) -> None:
        """End the lines that are open, or one side's: a turn is over, the call is put through, or over."""
        self._orders.put(partial(self._finish_lines, speaker))

    def take_back(self, speaker: str = "") -> None:
        """Send nothing of what still waits for a textphone: `speaker` is not to be read any more."""
        self._orders.put(partial(self._take_back, speaker or self._near))

    # -- the media thread -------------------------------------------------------------------------------

    @property
    def is_far_carrier(self) -> bool:
        """The caller's tones are in the sound that is played now: an ear may be spared them."""
        if self._tty is None or self._mode == "off":
            return False
        return self._tty.was_far_carrier(0 if self._session is None else self._session.ahead_frames)

    def listen_to(self, session: Tapped) -> None:
        """Whose sound is the far side's (a `MediaSession`), before the first tick."""
        session.tap, self._session = self.hear, session

    def receive_due(self) -> None:
        """Carry out what was asked, and take in the real-time text that has come."""
        self._carry_out()
        if self._stream is not None and self._route.stream is not None:
            text = self._stream.receive_due(self._clock())
            if text:
                self._take_text(text)

    def hear(self, halves: Halves) -> None:
        """20 ms of the far side's sound, read before it is played; `MediaSession.tap`."""
        if self._tty is None or self._mode == "off":
            return
        if any(half is not None and len(half) != _NARROW_HALF for half in halves):
            return  # the peer sends another codec than ours, or pieces that are no whole 10 ms
        if self._gate is None:
            self._take_all(self._tty.hear(halves))
            return
        for early in self._gate.hear(halves) or ():
            self._take_all(self._tty.hear(early))

    @property
    def _sleeps(self) -> bool:
        """No textphone is known, and nothing sounds like one: the modem does not run, nor do its clocks."""
        if self._is_found or (self._tty is not None and self._tty.waiting):
            self._gate = None
        return self._gate is not None and not self._gate.is_open

    def send_due(self, *, is_held: bool = False) -> Pcm | None:
        """Send what is due; tones of 20 ms (16 kHz) to be sent in the voice's place, or None.

        While the far side is held here, it is sent no tones.
        """
        tones: Pcm | None = None
        if self._stream is not None and self._route.stream is not None:
            self._stream.send_due(self._clock())
        if self._tty is not None and self._mode != "off" and not self._sleeps:
            self._take_all(self._tty.balance())
            tones = None if is_held else self._tty.tones()
            if is_held:
                self._tty.rest()
            self._play_evenly()
        self._show(self._written.tick(self._wall_clock()))
        self._tell_news()
        return tones

    def _play_evenly(self) -> None:
        """What is missing of the fixed delay is gathered when the caller's tones have stopped."""
        if self._is_uneven and self._is_found and self._fix_delay is not None and not self.is_far_carrier:
            self._is_uneven = False
            self._fix_delay(now=True)

    def close(self) -> None:
        """The call is over: what still waited is told, every line ends, the ports are free."""
        try:
            self._carry_out()  # ports may have come with the last order
            text = "" if self._stream is None else self._stream.finish()
            if text:
                self._take_text(text)
        finally:
            if self._stream is not None:
                self._stream.close()
            for port in self._ports or ():
                port.close()
            self._stream, self._tty, self._ports = None, None, None
        self._finish_lines()
        self._tell_news()

    def _carry_out(self) -> None:
        while True:
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                return
            order()

    # -- orders, in the media thread ----------------------------------------------------------------------

    def _open(self, ports: tuple[UdpPort, UdpPort]) -> None:
        if self._stream is not None:
            self._stream.move(ports)
            return
        for port in self._ports or ():
            port.close()
        self._ports = ports
        self._follow(self._route)

    def _follow(self, route: TextRoute) -> None:
        self._route = route
        if route.stream is not None and self._stream is not None:
            self._stream.follow(route.stream)
        elif route.stream is not None and self._ports is not None:
            self._stream, self._ports = TextStream(self._ports, route.stream, self._clock()), None
        carrier = self._carrier
        if carrier == "tty" and self._tty is None:
            self._tty = TtyCarrier(is_found=self._is_announced)
        elif carrier != "tty" and self._tty is not None:
            waiting = self._tty.take_all_back()
            self._tty, self._turn = None, ""
            if waiting and self._stream is not None:
                self._stream.write(waiting)
        if carrier:
            pending, self._pending = self._pending, []
            for speaker, text in pending:
                self._write(text, speaker)

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "off" and self._tty is not None:
            self._tty.take_all_back()
            self._tty = TtyCarrier(is_found=self._is_announced)  # half a turn is no turn
            self._turn = ""

    def _write(self, text: str, speaker: str) -> None:
        now_s = self._wall_clock()
        carrier = self._carrier
        if carrier == "rtt" and self._stream is not None:
            taken = self._stream.write(text)
            self._show(self._written.write(speaker, t140.Cleaner().feed(taken), "rtt", now_s))
        elif carrier == "tty" and self._tty is not None:
            printed = self._tty.write(text)
            if printed:
                self._turn = "near"
                self._show(self._written.write(speaker, printed, "tty", now_s))
        elif sum(len(waiting) for _, waiting in self._pending) + len(text) <= _MOST_PENDING:
            self._pending.append((speaker, text))

    def _interrupt(self) -> None:
        if self._tty is not None:
            self._tty.interrupt()

    def _take_back(self, speaker: str) -> None:
        if self._tty is not None:
            gone = len(self._tty.take_all_back())
            self._show(self._written.write(speaker, t140.ERASE * gone, "tty", self._wall_clock()))

    def _fix_shift(self) -> None:
        if self._tty is not None:
            self._take(self._tty.fix_shift())

    def _announce(self) -> None:
        self._is_announced = self._is_found = True
        if self._tty is not None:
            self._tty.announce()

    def _finish_lines(self, speaker: str | None = None) -> None:
        self._show(self._written.finish(speaker, self._wall_clock()))

    # -- what was heard ---------------------------------------------------------------------------------

    def _take_text(self, text: str) -> None:
        self._lost += text.count(t140.MISSING)
        if self._mode == "off":
            return
        self._heard += text
        self._heard_at = self._clock()
        self._find()
        self._show(self._written.write(self._far, text, "rtt", self._wall_clock()))

    def _take_all(self, heard: list[TtyHeard]) -> None:
        for one in heard:
            self._take(one)

    def _take(self, heard: TtyHeard) -> None:
        if heard.found is not None:
            self._find()
            if self._fix_delay is not None:
                self._fix_delay(now=False)
        if heard.text or heard.damaged:
            self._heard += heard.text
            self._heard_at = self._clock()
            self._turn = "far"
            self._show(
                self._written.read(
                    self._far,
                    heard.text,
                    heard.damaged,
                    self._wall_clock(),
                    is_new_turn=heard.is_new_turn,
                )
            )
        if heard.passed is not None:
            self._passed = heard.passed
            self._turn = "far" if heard.passed.ours else "near"
            speaker = None if heard.passed.ours else self._far
            self._show(self._written.finish(speaker, self._wall_clock()))

    def _find(self) -> None:
        if not self._is_found:
            self._is_found = self._has_found = True

    # -- news -------------------------------------------------------------------------------------------

    @property
    def _carrier(self) -> Carrier:
        if self._route.stream is not None and self._stream is not None:
            return "rtt"
        return "tty" if self._route.has_tty else ""

    def _show(self, lines: tuple[LegLine, ...]) -> None:
        self._lines |= {line.number: line for line in lines}

    def _now(self) -> TextState:
        tty, stream, carrier = self._tty, self._stream, self._carrier
        is_fresh = self._clock() - self._heard_at < _TYPING_S
        if tty is None:
            waiting = stream.waiting if stream is not None else sum(len(text) for _, text in self._pending)
            return TextState(
                carrier=carrier,
                mode=self._mode,
                is_found=self._is_found,
                is_typing=is_fresh,
                waiting=waiting,
                damaged=self._lost,
                losses=NO_LOSSES if stream is None else stream.losses,
            )
        return TextState(
            carrier=carrier,
            mode=self._mode,
            is_found=self._is_found,
            turn=self._turn,
            is_typing=is_fresh or self.is_far_carrier,
            is_sending=tty.state is State.SENDING,
            waiting=tty.waiting,
            waiting_s=round(tty.waiting_s, 1),
            damaged=self._lost + tty.damaged,
            baud=tty.baud if tty.is_found else 0.0,
        )

    def _tell_news(self) -> None:
        state = self._now()
        if state == self.state and not (self._lines or self._heard or self._passed or self._has_found):
            return
        self.state = state
        lines = tuple(self._lines[number] for number in sorted(self._lines))
        news = TextNews(state, lines, self._heard, self._passed, self._has_found)
        self._lines, self._heard, self._passed, self._has_found = {}, "", None, False
        self._tell(news)
