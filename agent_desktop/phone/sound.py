"""The sound of every call at the agent's phone: one thread, one microphone, one pair of ears.

The signalling thread opens, configures and closes calls; what it says is carried out by the sound thread
between two ticks.  What the sound thread notices (levels, a device that is gone) goes back through `tell`.

Rules: nothing here ends a call, and no call's fault silences another; a muted or held call is sent silence,
so that paths stay open, and a held one is not heard; the devices (`ears`) are open only while there is
something to hear or to say; calls in and calls out use the same ones.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from agent_desktop.errors import DeviceError
from agent_desktop.media.pacer import Lateness, Pacer
from agent_desktop.media.pcm import SILENCE, Pcm, frames_of, to_pcm
from agent_desktop.media.quality import Quality
from agent_desktop.media.session import MediaSession
from agent_desktop.media.text_news import TextNews
from agent_desktop.media.tones import Loop, level_dbfs
from agent_desktop.phone.calltexts import CallTexts, free_ports
from agent_desktop.phone.devices import Microphone, Speaker
from agent_desktop.phone.ears import Ears, Ringer
from agent_desktop.phone.probe import Probe
from agent_desktop.phone.sounding import FLOOR_DB, CallSound, CallText, Cleaner, SoundedCall, Source
from agent_desktop.sip.media import AgreedStream
from agent_desktop.voice.plan import Planned, plan_of

log = logging.getLogger(__name__)

LEVEL_TICKS: Final = 10
QUALITY_TICKS: Final = 250
IDLE_TICKS: Final = 50


@dataclass(frozen=True, slots=True)
class Listeners:
    """Whom the sound thread tells, on the signalling thread."""

    levels: Callable[[str, float, float], None]
    quality: Callable[[str, Quality], None]
    lost: Callable[[str, str], None]
    """A device failed: which (microphone, speaker, ring), and what happened in words."""
    typed: Callable[[str, TextNews], None] = lambda _call, _news: None
    """Something moved in the text of a call."""


class Sound:
    """Every method but `tick` belongs to the signalling thread."""

    def __init__(self, tell: Callable[[Callable[[], None]], None], listeners: Listeners) -> None:
        self._tell = tell
        self._listeners = listeners
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._opened: dict[str, CallSound] = {}
        self._planned: dict[str, Planned] = {}
        self._calls: dict[str, SoundedCall] = {}
        self.texts = CallTexts(lambda call, news: tell(partial(listeners.typed, call, news)))
        self._ears = Ears(self._lost)
        self.loudness = self._ears.loudness
        self._cleaner: Cleaner | None = None
        self._ring: Loop | None = None
        self._waiting: Loop | None = None
        self._once: deque[Pcm] = deque()
        self._source: Source | None = None
        self._pacer: Pacer | None = None
        self._idle_ticks = 0
        self._is_resting = True
        self._rest = threading.Lock()

    # ------------------------------------------------------------ the signalling thread

    def open_call(
        self, call: str, host: str, on_digit: Callable[[str], None] | None = None
    ) -> tuple[str, int]:
        """Open ports for a call's sound; NoPortError when none is free.  `on_digit` is told as the rest."""
        told = on_digit and (lambda digit: self._tell(partial(on_digit, digit)))
        session = MediaSession(free_ports(host), on_digit=told)
        self.join(call, session, text=self.texts.make(call, session))
        return session.local

    def move_call(self, call: str, host: str) -> tuple[str, int] | None:
        """The same sound at another address of this computer; NoPortError when no port is free there."""
        session = self._opened.get(call)
        if not isinstance(session, MediaSession):
            return None
        pair = free_ports(host)
        self._orders.put(partial(session.move, pair))
        return pair[0].address

    def join(self, call: str, session: CallSound, *, text: CallText | None = None, raw: bool = False) -> None:
        """Take in a call's sound; `raw` is for those who measure: their voice is not cleaned."""
        self._opened[call] = session
        self.texts.keep(call, text)
        self._orders.put(partial(self._join, call, SoundedCall(session, text, is_raw=raw)))
        self._wake()

    def configure(self, call: str, stream: AgreedStream | None) -> None:
        """Follow what SDP agreed on.  ConfigError for what this computer cannot do."""
        session = self._opened.get(call)
        if isinstance(session, MediaSession):
            self._planned[call] = plan_of(stream, self._planned.get(call))
            session.configure(self._planned[call].plan)

    def gate(self, call: str, *, muted: bool, held: bool) -> None:
        """Whether the microphone reaches the call, and the call the agent's ear."""
        self._orders.put(partial(self._gate, call, muted=muted, held=held))

    def tap(self, call: str, probe: Probe | None) -> None:
        """Let a probe speak and hear in the agent's place; None gives the call back."""
        self._orders.put(partial(self._set_probe, call, probe))

    def caption(
        self, call: str, far: Callable[[bytes], None] | None, near: Callable[[bytes], None] | None
    ) -> None:
        """Who is told what the other side says, and what the agent says: for captions."""
        self._orders.put(partial(self._set_readers, call, far, near))

    def quality(self, call: str) -> Quality | None:
        """How good a call was until now."""
        session = self._opened.get(call)
        return None if session is None else session.quality()

    def sent_quality(self, call: str) -> Quality | None:
        """How the other side hears us, if it tells."""
        session = self._opened.get(call)
        return session.sent_quality() if isinstance(session, MediaSession) else None

    def tone(self, call: str, tone: Pcm | None) -> None:
        """A tone in the agent's ear as long as the call wants it: ringback, busy."""
        self._orders.put(partial(self._set_tone, call, None if tone is None else Loop(tone)))

    def ring(self, tone: Pcm | None) -> None:
        """Ring, or stop ringing, on the device for ringing."""
        self._orders.put(partial(self._set_ring, None if tone is None else Loop(tone)))
        self._wake()

    def call_waiting(self, tone: Pcm | None) -> None:
        """A soft tone in the ear during a call, because another one rings; None ends it."""
        self._orders.put(partial(self._set_waiting, None if tone is None else Loop(tone)))

    def play_once(self, sound: Pcm) -> None:
        """A short sound in the agent's ear: the pips before a call that is answered by itself."""
        self._orders.put(partial(self._once.extend, frames_of(sound)))
        self._wake()

    def play_source(self, source: Source | None) -> None:
        """A long sound in the ear until it ends; None ends it now.  It is asked on the sound thread."""
        self._orders.put(partial(self._set_source, source))
        self._wake()

    def clean_with(self, cleaner: Cleaner | None) -> None:
        """Clean the voice from the next frame on, in a call too; None leaves it as it is."""
        self._orders.put(partial(self._set_cleaner, cleaner))

    def press(self, call: str, digits: str) -> bool:
        """Send digits; False when the peer takes none."""
        session = self._opened.get(call)
        return session is not None and session.press(digits)

    def pressing(self, call: str) -> bool:
        session = self._opened.get(call)
        return session is not None and session.pressing

    def close_call(self, call: str) -> None:
        self._planned.pop(call, None)
        self.texts.forget(call)
        if self._opened.pop(call, None) is not None:
            self._orders.put(partial(self._leave, call))

    def use(self, *, microphone: Microphone | None = None, speaker: Speaker | None = None) -> None:
        """Change devices, also in a call; those that are None stay.

        In a call they should be started before, because starting may take the sound thread's time.
        """
        self._orders.put(partial(self._ears.use, microphone=microphone, speaker=speaker))
        self._wake()

    def ring_on(self, ringers: tuple[Ringer, ...]) -> None:
        """The devices that ring from now on; none means in the ear."""
        self._orders.put(partial(self._ears.use_ringers, ringers))
        self._wake()

    @property
    def is_open(self) -> bool:
        """Whether the devices are in use now."""
        return self._ears.is_open

    @property
    def lateness(self) -> Lateness | None:
        return self._pacer.lateness if self._pacer else None

    def stop(self) -> None:
        """End the thread and close everything."""
        if self._pacer is not None:
            self._pacer.stop()
        self._carry_out()
        for call in self._calls.values():
            call.close()
        self._calls.clear()
        self._ears.close()

    def _wake(self) -> None:
        """Start the thread if it rests; what it has to do was put into its orders before."""
        with self._rest:
            if self._is_resting:
                self._is_resting = False
                self._pacer = Pacer(
                    self.tick, on_error=lambda error: log.error("a tick failed", exc_info=error)
                )
                self._pacer.start()

    # ------------------------------------------------------------ the sound thread

    def tick(self) -> None:
        """20 ms of everything."""
        self._carry_out()
        if not (self._calls or self._ring or self._once or self._source):
            self._ears.stop()
            self._rest_when_idle()
            return
        self._idle_ticks = 0
        self._ears.open()
        heard = self._listen()
        ring = None if self._ring is None else self._ring.frame()
        if ring is not None and not self._ears.rings_elsewhere:
            heard.append(ring)
        ear = _mixed(heard)
        ear = self._ears.play(ear, ring)
        voice = self._ears.read()
        clean = self._clean(voice, ear)
        for name, call in self._calls.items():
            try:
                self._speak(name, call, voice if call.is_raw else clean)
            except Exception as error:  # noqa: BLE001  one call's fault must not silence the others
                call.complain(error)

    def _rest_when_idle(self) -> None:
        """After a second without calls the thread ends: a phone that waits costs no battery."""
        self._idle_ticks += 1
        if self._idle_ticks < IDLE_TICKS:
            return
        with self._rest:
            if self._orders.empty() and self._pacer is not None:
                self._idle_ticks = 0
                self._is_resting = True
                self._pacer.stop()

    def _carry_out(self) -> None:
        while True:
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                return
            order()

    def _listen(self) -> list[Pcm]:
        heard: list[Pcm] = []
        for call in self._calls.values():
            try:
                heard += _heard(call)
            except Exception as error:  # noqa: BLE001  the same
                call.complain(error)
        if self._waiting is not None:
            heard.append(self._waiting.frame())
        if self._once:
            heard.append(self._once.popleft())
        if self._source is not None:
            piece = self._source.frame()
            if piece is None:
                self._source = None
            else:
                heard.append(piece)
        return heard

    def _clean(self, voice: Pcm, played: Pcm) -> Pcm:
        """A cleaner that fails is left out: an echo is better than no voice."""
        if self._cleaner is None:
            return voice
        try:
            return self._cleaner.clean(voice, played, round(self._ears.delay_ms))
        except Exception:
            log.exception("the sound cleaner failed and is left out")
            self._cleaner = None
            return voice

    def _speak(self, name: str, call: SoundedCall, voice: Pcm) -> None:
        frame = call.say(voice)
        call.read_along(None, frame)
        call.sent_db = max(FLOOR_DB, level_dbfs(frame))
        call.ticks += 1
        if call.ticks % LEVEL_TICKS == 0:
            self._tell(partial(self._listeners.levels, name, call.sent_db, call.received_db))
        if call.ticks % QUALITY_TICKS == 0:
            quality = call.session.quality()
            if quality is not None:
                self._tell(partial(self._listeners.quality, name, quality))

    def _lost(self, which: str, error: DeviceError) -> None:
        self._tell(partial(self._listeners.lost, which, str(error)))

    # ------------------------------------------------------------ calls, in the sound thread

    def _join(self, name: str, call: SoundedCall) -> None:
        self._calls[name] = call

    def _gate(self, name: str, *, muted: bool, held: bool) -> None:
        call = self._calls.get(name)
        if call is not None:
            call.is_muted, call.is_held = muted, held

    def _set_probe(self, name: str, probe: Probe | None) -> None:
        call = self._calls.get(name)
        if call is not None:
            call.probe = probe

    def _set_readers(
        self, name: str, far: Callable[[bytes], None] | None, near: Callable[[bytes], None] | None
    ) -> None:
        call = self._calls.get(name)
        if call is not None:
            call.reads_far, call.reads_near = far, near

    def _set_tone(self, name: str, tone: Loop | None) -> None:
        call = self._calls.get(name)
        if call is not None:
            call.tone = tone

    def _set_ring(self, tone: Loop | None) -> None:
        self._ring = tone

    def _set_waiting(self, tone: Loop | None) -> None:
        self._waiting = tone

    def _set_source(self, source: Source | None) -> None:
        self._source = source

    def _set_cleaner(self, cleaner: Cleaner | None) -> None:
        self._cleaner = cleaner

    def _leave(self, name: str) -> None:
        call = self._calls.pop(name, None)
        if call is not None:
            call.close()


def _heard(call: SoundedCall) -> list[Pcm]:
    """What the agent is to hear of one call."""
    frame = call.hear()
    if call.probe is not None:
        call.probe.write_frame(frame)
        return []
    call.received_db = max(FLOOR_DB, level_dbfs(frame))
    call.read_along(frame, None)
    heard = [] if call.is_held else [frame]
    return heard if call.tone is None else [*heard, call.tone.frame()]


def _mixed(frames: list[Pcm]) -> Pcm:
    if not frames:
        return SILENCE
    if len(frames) == 1:
        return frames[0]
    return to_pcm(np.sum(np.stack(frames).astype(np.int32), axis=0))
