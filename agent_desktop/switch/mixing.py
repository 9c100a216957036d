"""The switch's sound: one media thread for every leg, each leg a row of the mixer's matrix.

The signalling thread opens and closes legs and says who hears whom; the media thread does it between
two ticks, so that only one thread ever touches a session or the mixer.  What the media thread notices
(a digit, the end of a prompt) goes back through `tell`, which must hand it to the signalling thread.

Rules: a tick sends to every leg, silence if it hears nobody (a path through NAT stays open); one leg's
fault never silences another.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from agent_desktop.media import resampling
from agent_desktop.media.dtmf import ToneDetector
from agent_desktop.media.jitter import JitterBuffer
from agent_desktop.media.mixer import Mixer
from agent_desktop.media.pacer import Lateness, Pacer
from agent_desktop.media.pcm import FRAME_S, SILENCE, Pcm
from agent_desktop.media.resampling import Upsampler
from agent_desktop.media.session import MediaSession
from agent_desktop.media.text_leg import TextLeg
from agent_desktop.media.text_news import NO_LOSSES, TextLosses
from agent_desktop.media.udp import NoPortError, UdpPort, bind_pair
from agent_desktop.sip.media import Agreement
from agent_desktop.switch import keytones
from agent_desktop.switch.quality import of_session, of_session_now
from agent_desktop.switch.sounding import SoundedLeg
from agent_desktop.switch.text_desk import OnText, TextDesk
from agent_desktop.voice.plan import Planned, plan_of
from agent_desktop.wire.switch import LegQuality

log = logging.getLogger(__name__)

_LEFT, _RIGHT = "/left", "/right"
_LOAD_SMOOTHING: Final = 0.02  # 50 ticks, one second


class Source(Protocol):
    """Something that is heard and hears nothing: a treatment, a tone.  None is silence."""

    def frame(self) -> Pcm | None: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the sound of legs may be received."""

    host: str
    first: int
    last: int


class MixingDesk:
    """All the sound of the switch.  Every method but `tick` belongs to the signalling thread."""

    def __init__(self, ports: Ports, *, tell: Callable[[Callable[[], None]], None]) -> None:
        self._ports = ports
        self._tell = tell
        self.texts = TextDesk(tell, self._bind, spare=(ports.last - ports.first) // 16)
        self._next_port = ports.first
        self._opened: dict[str, MediaSession] = {}
        self._planned: dict[str, Planned] = {}
        self._agreed: dict[str, Agreement] = {}
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._legs: dict[str, SoundedLeg] = {}
        self._sources: dict[str, Source] = {}
        self._mixer: Mixer[str] = Mixer()
        self._tapes: dict[str, Callable[[Pcm, Pcm], None]] = {}
        self._silent_s: dict[str, float] = {}
        self._failing: set[str] = set()
        self._load = 0.0
        self._pacer = Pacer(self.tick, on_error=lambda error: log.error("a tick failed", exc_info=error))

    def start(self) -> None:
        self._pacer.start()

    def stop(self) -> None:
        self._pacer.stop()
        self._carry_out()
        for leg in self._legs.values():
            leg.text_over = _untold  # nobody reads on
            leg.close()
        self._legs.clear()

    @property
    def load(self) -> float:
        """The share of each 20 ms that the sound takes, over the last second or so; above 1 it stutters."""
        return self._load

    @property
    def lateness(self) -> Lateness:
        return self._pacer.lateness

    # -- the signalling thread --------------------------------------------------------------------------

    def open_leg(
        self, leg: str, on_digit: Callable[[str], None], on_text: OnText | None = None
    ) -> tuple[str, int]:
        """Open a pair of ports for a leg; returns the address for its SDP.  Raises `NoPortError`.

        With `on_text` what is typed there is read, and `texts` writes to it.
        """
        try:
            pair = self._bind()
        except NoPortError:
            if not self.texts.give_up():
                raise
            pair = self._bind()

        def digit(pressed: str) -> None:
            self._tell(partial(on_digit, pressed))

        session = MediaSession(pair, jitter=JitterBuffer(start_frames=1), on_digit=digit)
        self._opened[leg] = session
        text = self.texts.open(leg, on_text, session.fix_delay) if on_text is not None else None
        if text is not None:
            text.listen_to(session)
        sounded = SoundedLeg(session, digit, text=text)
        if text is not None and on_text is not None:
            sounded.text_over = partial(self._tell, partial(self._text_over, leg, text, on_text))
        self._orders.put(partial(self._join, leg, sounded))
        return session.local

    def _text_over(self, leg: str, text: TextLeg, told: OnText) -> None:
        self.texts.failed(leg, text)
        told(None)

    def spare(self, leg: str, *, on: bool) -> None:
        """Nobody hears the textphone tones of this leg, or everybody does again."""
        self._orders.put(partial(self._spare, leg, on=on))

    def configure(self, leg: str, agreement: Agreement) -> None:
        """Follow what SDP agreed on."""
        session = self._opened.get(leg)
        if session is None:
            return
        self._agreed[leg] = agreement
        stream = agreement.audio
        self._planned[leg] = plan_of(stream, self._planned.get(leg))
        session.configure(self._planned[leg].plan)
        self.texts.agreed(leg, agreement)
        detect = stream is not None and stream.dtmf is None
        self._orders.put(partial(self._agreed_anew, leg, detect=detect))

    def close_leg(self, leg: str) -> None:
        """The leg is over; its ports are freed."""
        self._agreed.pop(leg, None)
        self._planned.pop(leg, None)
        self.texts.close(leg)
        if self._opened.pop(leg, None) is not None:
            self._orders.put(partial(self._leave, leg))

    def hear(self, listener: str, gains: Mapping[str, float]) -> None:
        """Everything that this leg hears from now on."""
        if listener in self._opened:
            self._orders.put(partial(self._mixer.set_row, listener, dict(gains)))

    def add_source(self, name: str, source: Source) -> None:
        self._orders.put(partial(self._sources.__setitem__, name, source))

    def remove_source(self, name: str) -> None:
        self._orders.put(partial(self._drop_source, name))

    def add_tape(self, name: str, write: Callable[[Pcm, Pcm], None]) -> None:
        """Hand both channels of a tape to `write` with each tick, in the media thread; it must be quick."""
        self._orders.put(partial(self._tapes.__setitem__, name, write))

    def tape_hears(self, name: str, left: Mapping[str, float], right: Mapping[str, float]) -> None:
        """Everything that the two channels hear from now on."""
        for channel, gains in ((_LEFT, left), (_RIGHT, right)):
            self._orders.put(partial(self._mixer.set_row, name + channel, dict(gains)))

    def remove_tape(self, name: str) -> None:
        self._orders.put(partial(self._drop_tape, name))

    def press(self, leg: str, digits: str) -> bool:
        """Send digits to a leg, as events or else as tones; False when there is no such leg."""
        session = self._opened.get(leg)
        if session is None:
            return False
        if not session.press(digits):
            self._orders.put(partial(self._beep, leg, digits))
        return True

    def silent_s(self, leg: str) -> float:
        """For how long a leg that was heard before has sent nothing; 0 for one that never did."""
        return self._silent_s.get(leg, 0.0)

    def quality(self, leg: str) -> LegQuality | None:
        """How the leg has sounded so far; None before the first sound."""
        session = self._opened.get(leg)
        return None if session is None else of_session(session, self._agreed.get(leg), self.texts.losses(leg))

    def quality_now(self, leg: str) -> LegQuality | None:
        """The same since the last time that this was asked."""
        session = self._opened.get(leg)
        return (
            None
            if session is None
            else of_session_now(session, self._agreed.get(leg), self.texts.losses(leg))
        )

    def _bind(self) -> tuple[UdpPort, UdpPort]:
        """Use the ports in turn, so that late packets of the last call do not reach the next."""
        span = range(self._next_port, self._ports.last)
        again = range(self._ports.first, self._next_port)
        pair = bind_pair(self._ports.host, [*span, *again])
        self._next_port = pair[0].address[1] + 2
        if self._next_port >= self._ports.last:
            self._next_port = self._ports.first
        return pair

    # -- the media thread -------------------------------------------------------------------------------

    def tick(self) -> None:
        """20 ms of every leg."""
        started = time.perf_counter()
        self._pass_on()
        busy = (time.perf_counter() - started) / FRAME_S
        self._load += (busy - self._load) * _LOAD_SMOOTHING

    def _pass_on(self) -> None:
        self._carry_out()
        frames: dict[str, Pcm] = {}
        narrow: list[tuple[str, Upsampler, Pcm]] = []
        for name, leg in self._legs.items():
            try:
                frame, up = leg.take_in()
            except Exception as error:  # noqa: BLE001  one leg's fault must not silence the others
                self._complain(name, error)
                continue
            self._silent_s[name] = leg.silent_s
            if up is None:
                frames[name] = frame
            else:
                narrow.append((name, up, frame))
        raised = resampling.raised([(up, frame) for _, up, frame in narrow])
        frames.update(zip((name for name, _, _ in narrow), raised, strict=True))
        self._take_keys(frames)
        for name, source in self._sources.items():
            try:
                played = source.frame()
            except Exception as error:  # noqa: BLE001  the same
                self._complain(name, error)
                continue
            if played is not None:
                frames[name] = played
        heard = self._mixer.mix(frames)
        for name, write in self._tapes.items():
            try:
                write(heard.get(name + _LEFT, SILENCE), heard.get(name + _RIGHT, SILENCE))
            except Exception as error:  # noqa: BLE001  the same
                self._complain(name, error)
        self._send(heard)

    def _send(self, heard: Mapping[str, Pcm]) -> None:
        said = {name: leg.say(heard.get(name, SILENCE)) for name, leg in self._legs.items()}
        lowers = {name: down for name, leg in self._legs.items() if (down := leg.session.lowers) is not None}
        narrow = resampling.lowered([(down, said[name]) for name, down in lowers.items()])
        lowered = dict(zip(lowers, narrow, strict=True))
        for name, leg in self._legs.items():
            try:
                leg.session.write_frame(said[name], lowered.get(name))
            except Exception as error:  # noqa: BLE001  the same
                self._complain(name, error)

    def _carry_out(self) -> None:
        while True:
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                return
            order()

    def _take_keys(self, frames: dict[str, Pcm]) -> None:
        """Find the keys of those who send them as tones, and take the tones out."""
        for name, leg in self._legs.items():
            if name not in frames:
                continue
            try:
                frames[name] = leg.find_keys(frames[name])
            except Exception as error:  # noqa: BLE001  the same
                self._complain(name, error)

    def _complain(self, name: str, error: Exception) -> None:
        if name not in self._failing:
            self._failing.add(name)
            log.error("the sound of a leg failed", exc_info=error, extra={"leg": name})

    def _join(self, name: str, leg: SoundedLeg) -> None:
        self._legs[name] = leg

    def _agreed_anew(self, name: str, *, detect: bool) -> None:
        leg = self._legs.get(name)
        if leg is None:
            return
        leg.silent_ticks = 0  # who was on hold was silent with good reason
        if detect != (leg.detector is not None):
            leg.detector = ToneDetector() if detect else None

    def _spare(self, name: str, *, on: bool) -> None:
        leg = self._legs.get(name)
        if leg is not None:
            leg.is_spared = on

    def _beep(self, name: str, digits: str) -> None:
        leg = self._legs.get(name)
        if leg is not None:
            for digit in digits:
                leg.beeps.extend(keytones.frames(digit))

    def _leave(self, name: str) -> None:
        leg = self._legs.pop(name, None)
        self._mixer.remove(name)
        self._silent_s.pop(name, None)
        self._failing.discard(name)
        if leg is not None:
            losses = NO_LOSSES if leg.text is None else leg.text.state.losses
            leg.close()
            self._tell(partial(_write_down, name, leg.session, losses))  # a file is no work for this thread

    def _drop_tape(self, name: str) -> None:
        self._tapes.pop(name, None)
        self._mixer.remove(name + _LEFT)
        self._mixer.remove(name + _RIGHT)
        self._failing.discard(name)

    def _drop_source(self, name: str) -> None:
        self._sources.pop(name, None)


def _untold() -> None: ...


def _write_down(name: str, session: MediaSession, text: TextLosses) -> None:
    """How the sound and the text of a leg were, for whoever looks for the cause of a bad call."""
    counters, quality = session.counters, session.quality()
    log.info(
        "a leg is over",
        extra={
            "leg": name,
            "sent": counters.sent,
            "received": counters.received,
            "refused": counters.foreign + counters.malformed + counters.unknown_payload,
            "loss": None if quality is None else round(quality.loss, 4),
            "jitter_ms": None if quality is None else round(quality.jitter_s * 1000, 1),
            "mos": None if quality is None else round(quality.mos, 2),
            "text_lost": text.lost,
            "text_flooded": text.flooded,
            "text_dropped": text.dropped,
        },
    )
