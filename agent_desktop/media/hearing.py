"""From packets to what is heard: the jitter buffer, the decoder and everything that mends a stream's sound.

In this order, all at the codec's own rate: packets wait (`jitter`), Opus is decoded, what is missing is made
up (`concealment`, or the codec itself), a pause is filled with comfort noise, a period is added or left out
where the delay has to change; then G.711 is raised to 16 kHz.

A tap, for a modem, is told G.711 as it was made (`reading_order`) and not as it is played: what comes too
late for the ear is still read.  Any other codec, which no modem reads, it hears in step with the ear.

Rules: `read` gives 20 ms, always; packets of other lengths are cut and joined here; nobody hears digital
silence while the other side only pauses; a long loss fades into the background that was there before; a tap
that fails is left out, and the sound goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

import numpy as np

from agent_desktop.errors import ProtocolError
from agent_desktop.media.codecs import PCMU, Codec, LateCodec, late
from agent_desktop.media.comfort_noise import Noise, NoiseMaker, level_dbov
from agent_desktop.media.concealment import Concealer
from agent_desktop.media.jitter import CAPACITY_FRAMES, Item, JitterBuffer, Missing, Packet
from agent_desktop.media.pcm import FRAMES_PER_S, NARROW_RATE_HZ, SILENCE, Pcm
from agent_desktop.media.reading_order import ReadingOrder
from agent_desktop.media.resampling import Upsampler
from agent_desktop.media.rtp import signed_difference
from agent_desktop.media.stretching import longer, shorter

log = logging.getLogger(__name__)

Halves: TypeAlias = tuple[Pcm | None, Pcm | None]
"""Twice 10 ms at the codec's rate, less only where a packet is no whole 10 ms; None: nothing came."""


class Tapped(Protocol):
    """Sound that a modem may read, and an ear hears later."""

    tap: Callable[[Halves], None] | None

    @property
    def ahead_frames(self) -> int: ...


_MADE_UP_S: Final = 0.06  # after that a concealment is silent
_TRIES: Final = 25  # frames in which no period was found; then any will do
_LISTENED_EVERY: Final = 5
_SOON: Final = 500  # frames, 10 s
_LONG_AGO: Final = 3000  # 1 min
_FLOOR_KEPT: Final = 20  # the background is the quietest of the last 2 s
_LOUDEST_FLOOR_DBOV: Final = 50
_NOTHING: Final[Pcm] = np.zeros(0, dtype=np.int16)


class Hearing:
    """The incoming sound of one stream."""

    def __init__(self, jitter: JitterBuffer) -> None:
        self.jitter = jitter
        self.tap: Callable[[Halves], None] | None = None
        self._order: ReadingOrder | None = None
        self._late: LateCodec | None = None
        self._clock_rate_hz = 0
        self._rate_hz = 0
        self.tune(PCMU)

    def tune(self, codec: Codec) -> None:
        """The stream speaks this codec from now on; only another rate starts anything anew."""
        self._late = late(codec)
        if self._late is not None or codec.sample_rate_hz != NARROW_RATE_HZ:
            self._order = None
        elif self._order is None:
            self._order = ReadingOrder()
        if codec.clock_rate_hz != self._clock_rate_hz:
            self._clock_rate_hz = codec.clock_rate_hz
            self.jitter.tune(codec.clock_rate_hz)
        if codec.sample_rate_hz != self._rate_hz:
            self._rate_hz = codec.sample_rate_hz
            self._frame = codec.sample_rate_hz // FRAMES_PER_S
            self._concealer = Concealer(codec.sample_rate_hz)
            self._up = Upsampler() if codec.sample_rate_hz == NARROW_RATE_HZ else None
            self._noise = NoiseMaker()
            self._rest: Pcm = _NOTHING
            self._taped: list[Pcm | None] = []
            self._missed = self._tries = self._heard = 0
            self._lost_at = -_SOON
            self._floors: list[int] = []

    def take(
        self, timestamp: int, item: Item, *, newest: bool, follows: bool, waited_s: float | None = None
    ) -> None:
        """One packet.  Raises ProtocolError for a payload that is none of the codec's."""
        if isinstance(item, bytes):
            samples = self._frame if self._late is None else self._late.samples_in(item)
        else:
            samples = self._frame if isinstance(item, Noise) else len(item)
        waited = None if waited_s is None else waited_s * self._clock_rate_hz
        if self._order is not None and self.tap is not None and not isinstance(item, bytes):
            if isinstance(item, Noise):
                self._order.pause(timestamp, newest=newest, follows=follows)
            else:
                self._order.take(timestamp, item, newest=newest, follows=follows)
        self.jitter.push(timestamp, item, self._units(samples), newest=newest, follows=follows, waited=waited)

    def restart(self, timestamp: int) -> None:
        """Another stream begins."""
        self.jitter.restart(timestamp)
        if self._order is not None:
            self._order.restart(timestamp)

    def tell_due(self, now_s: float | None) -> None:
        """Once in 20 ms, after what came was taken: tell the tap; None: nobody is to hear it (on hold)."""
        if self._order is None or self.tap is None:
            return
        if now_s is None:
            self._order.forget()
            return
        for halves in self._order.read(now_s):
            self._tell_halves(halves)

    @property
    def ahead_frames(self) -> int:
        """By how much the tap is ahead of the ear, after `read`."""
        if self._order is None:
            return 0
        ahead = signed_difference(self._order.timestamp, self.jitter.timestamp, 32) / self._frame
        return round(ahead) if 0 < ahead <= CAPACITY_FRAMES else 0

    def read(self) -> Pcm:
        """The next 20 ms, at 16 kHz."""
        frame, up = self.read_raw()
        return frame if up is None else up(frame)

    def read_raw(self) -> tuple[Pcm, Upsampler | None]:
        """The next 20 ms at the codec's rate, and what raises it to 16 kHz where that is to be done."""
        rest = self._rest
        if len(rest) < self._frame:
            rest = self._fetch(rest, self._frame)
            if len(rest) == 0:
                return SILENCE, None
        if self.jitter.wish:
            rest = self._stretch(rest)
        frame, self._rest = rest[: self._frame], rest[self._frame :]
        self.jitter.stored = self._units(len(self._rest))
        self._heard += 1
        if self.jitter.reserve and self._heard - self._lost_at > _LONG_AGO:
            self.jitter.reserve = 0
        if self._heard % _LISTENED_EVERY == 0 and self._missed == 0:
            self._learn_floor(frame)
        return frame, self._up

    # -- inside -----------------------------------------------------------------------------------------

    def _units(self, samples: int) -> int:
        return samples * self._clock_rate_hz // self._rate_hz

    def _samples(self, units: int) -> int:
        return units * self._rate_hz // self._clock_rate_hz

    def _fetch(self, rest: Pcm, wanted: int) -> Pcm:
        while len(rest) < wanted:
            piece = self._next()
            if piece is None:
                if len(rest) == 0:
                    return rest
                piece = np.zeros(wanted - len(rest), dtype=np.int16)
            rest = np.concatenate((rest, piece)) if len(rest) else piece
        return rest

    def _next(self) -> Pcm | None:
        pulled = self.jitter.pull()
        match pulled:
            case None:
                self._tell(None, self._frame)
                return None
            case Packet(item=item, units=units):
                return self._brought(item, self._samples(units))
            case Missing(units=units, is_pause=True):
                return self._pause(self._samples(units))
            case Missing(units=units, following=following):
                return self._made_up(self._samples(units), following)

    def _brought(self, item: Item, samples: int) -> Pcm:
        if isinstance(item, Noise):
            self._noise.follow(item)
            return self._pause(samples)
        if isinstance(item, bytes):
            return self._decoded(item, samples)
        self._missed = 0
        self._tell(item, len(item))
        return self._concealer.hear(item)

    def _decoded(self, payload: bytes, samples: int) -> Pcm:
        if self._late is None:  # the codec changed while this waited
            return self._made_up(samples, None)
        try:
            sound = self._late.decode(payload)
        except ProtocolError:
            return self._made_up(samples, None)
        self._missed = 0
        self._tell(sound, samples)
        return sound

    def _pause(self, samples: int) -> Pcm:
        self._tell(None, samples)
        self._missed = 1
        noise = self._noise.make(samples)
        return noise if self._late is not None else self._concealer.hear(noise)

    def _made_up(self, samples: int, following: Item | None) -> Pcm:
        self._tell(None, samples)
        self._missed += samples
        if self._late is not None:
            self._keep_a_reserve()
            if isinstance(following, bytes):
                return self._late.recover(following, samples)
            return self._late.conceal(samples)
        if self._missed > _MADE_UP_S * self._rate_hz and self._floors:
            self._noise.follow(Noise(max(self._floors)))
            return self._concealer.hear(self._noise.make(samples))
        half = self._rate_hz // 100
        return self._concealer.hear(None, -(-samples // half) * half)[:samples]

    def _keep_a_reserve(self) -> None:
        """A second loss soon after the first: let the next packet be there when one is missing."""
        if self._heard - self._lost_at < _SOON and self._heard != self._lost_at:
            self.jitter.reserve = 1
        self._lost_at = self._heard

    def _learn_floor(self, frame: Pcm) -> None:
        self._floors = [*self._floors[-_FLOOR_KEPT + 1 :], max(level_dbov(frame), _LOUDEST_FLOOR_DBOV)]

    def _stretch(self, rest: Pcm) -> Pcm:
        """Make the sound one period longer or shorter, as the jitter buffer wishes."""
        self._tries += 1
        force = self._tries > _TRIES
        if self.jitter.wish > 0:
            changed = longer(rest, self._rate_hz, force=force)
        else:
            wanted = self._frame + self._frame // 2
            if len(rest) < wanted and self.jitter.depth_frames < 1:
                return rest
            rest = self._fetch(rest, wanted)
            changed = shorter(rest, self._rate_hz, force=force)
        if changed is None:
            return rest
        self._tries = 0
        self.jitter.stretched(self._units(len(changed)) - self._units(len(rest)))
        return changed

    def _tell(self, sound: Pcm | None, samples: int) -> None:
        if self.tap is None or self._order is not None:
            return
        half = self._rate_hz // 100
        for start in range(0, samples, half):
            self._taped.append(None if sound is None else sound[start : start + half])
        while len(self._taped) >= 2:
            first, second = self._taped[:2]
            del self._taped[:2]
            self._tell_halves((first, second))

    def _tell_halves(self, halves: Halves) -> None:
        if self.tap is None:
            return
        try:
            self.tap(halves)
        except Exception:
            log.exception("what listened to a call's sound failed and is left out")
            self.tap = None
            self._taped.clear()
