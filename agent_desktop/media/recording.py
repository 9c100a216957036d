"""Recording a call: the customer on the left, our side on the right, Opus in Ogg, sealed as it is written.

The media thread hands over 20 ms at a time (`write`, a few microseconds: a pause is applied, then the
frame waits in a bounded queue).  A `Scribe`, a thread of its own, encodes and writes.  A slow disk fills
the queue; what does not fit is counted, told, and replaced by silence of the same length, so that the
two channels and the clock of the recording stay true.  Audio never waits.

Rules: a pause masks, it does not cut (PRODUCT 3.9.2), and what was said in it never enters the queue;
several reasons may pause at once, and sound is recorded again when the last is gone.  A page is written
each second, so that a killed process loses about the last second; the disk is waited for every ten
seconds and at the end, so that a power failure loses about the last ten.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from agent_desktop.media import ogg, opus
from agent_desktop.media.masterkeys import MasterKeys, replaced
from agent_desktop.media.pcm import FRAME_S, FRAME_SAMPLES, FRAMES_PER_S, SAMPLE_RATE_HZ, SILENCE, Pcm
from agent_desktop.media.vault import VaultWriter

BITRATE_BPS: Final = 32_000
QUEUE_S: Final = 20.0

_COMPLEXITY: Final = 0
# Measured with two espeak-ng voices in turn, 32 kbit/s, PESQ narrow: 3.5 for 36 us a frame; complexity 3
# gives 2.9 for 49 us.  "voip" gives 3.7 for 55 us and -74 dB instead of -30 from one channel into the
# other, but less when both speak at once, and tones (a text telephone) come out 2 to 5 dB wrong.

_GRANULES: Final = ogg.GRANULE_HZ // FRAMES_PER_S
_SYNC_EVERY_S: Final = 10
_WAKE_EVERY_S: Final = 0.2
_AT_A_TIME: Final = FRAMES_PER_S
_MASK_RMS: Final = 60.0  # -55 dBFS: heard as a line that is open, too quiet to disturb
_MASK_FRAMES: Final = 16
_SILENT: Final = SILENCE.tobytes()


class Sink(Protocol):
    """Where the bytes go; `VaultWriter` is the one that is used."""

    def write(self, data: bytes) -> None: ...

    def flush(self) -> None: ...

    def sync(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """One pause, in seconds from the start of the recording."""

    from_s: float
    to_s: float


@dataclass(slots=True)
class Report:
    """What became of the recording; also its sidecar, `NAME.json`, which holds no word of the call."""

    recorded_s: float = 0.0
    missed_s: float = 0.0
    """Silence in place of sound, because the disk was too slow."""
    pauses: list[Mark] = field(default_factory=list)
    paused_from_s: float | None = None
    """A pause that goes on, or during which the program was killed."""
    ended: bool = False
    fault: str = ""
    """Why nothing more is written; empty when all is well."""

    def as_json(self, told: Mapping[str, str]) -> bytes:
        """With what the owner of the recording wants kept beside it (ids, never content)."""
        return json.dumps(
            {
                **told,
                "recorded_s": round(self.recorded_s, 2),
                "missed_s": round(self.missed_s, 2),
                "pauses": [[round(mark.from_s, 2), round(mark.to_s, 2)] for mark in self.pauses],
                "paused_from_s": self.paused_from_s,
                "ended": self.ended,
                "fault": self.fault,
                "channels": ["customer", "ours"],
            }
        ).encode()


class _Masked:
    """Stands in the queue for a frame of which nothing may be kept."""


_MASKED: Final = _Masked()
_Sound = tuple[bytes, bytes]
_Queued = _Sound | _Masked | int
"""An int is the number of frames that found no room."""


class Recorder:
    """One recording.  `write` belongs to the media thread, `work` to the scribe, the rest to anybody."""

    __slots__ = (
        "_encoder",
        "_mask",
        "_missed",
        "_mono",
        "_most",
        "_ogg",
        "_on_change",
        "_pausing",
        "_queue",
        "_reasons",
        "_sink",
        "_stopping",
        "_synced",
        "_work",
        "_written",
        "finished",
        "report",
    )

    def __init__(
        self, sink: Sink, *, on_change: Callable[[Report], None] | None = None, queue_s: float = QUEUE_S
    ) -> None:
        """`on_change` is called in the scribe's thread: a pause began or ended, sound was missed, the end."""
        self._sink = sink
        self._on_change = on_change
        self._most = max(1, int(queue_s / FRAME_S))
        self._queue: deque[_Queued] = deque()
        self._reasons: frozenset[str] = frozenset()
        self._missed = 0
        self._stopping = False
        self._work = threading.Lock()
        self._encoder = opus.Encoder(
            channels=2, bitrate_bps=BITRATE_BPS, application="audio", fec=False, complexity=_COMPLEXITY
        )
        self._mask = _mask()
        self._mono: Pcm = np.zeros((FRAME_SAMPLES, 2), dtype=np.int16)
        self._pausing = threading.Lock()
        self._written = self._synced = 0
        self._ogg: ogg.OpusWriter | None = None
        self.report = Report()
        self.finished = threading.Event()

    # -- the media thread -------------------------------------------------------------------------------

    def write(self, customer: Pcm, ours: Pcm) -> None:
        """Take 20 ms; never blocks, never raises."""
        queue = self._queue
        if self._stopping:
            return
        if len(queue) >= self._most:
            self._missed += 1
            return
        if self._missed:
            queue.append(self._missed)
            self._missed = 0
        queue.append(_MASKED if self._reasons else (customer.tobytes(), ours.tobytes()))

    # -- anybody ----------------------------------------------------------------------------------------

    @property
    def paused(self) -> bool:
        return bool(self._reasons)

    def pause(self, reason: str = "agent") -> None:
        """Mask from the next frame on."""
        with self._pausing:
            self._reasons |= {reason}

    def resume(self, reason: str = "agent") -> None:
        """Take one reason away; the payment field's pause is not ended by the agent's button."""
        with self._pausing:
            self._reasons -= {reason}

    def stop(self) -> None:
        """Take nothing more; the scribe writes what waits and ends the file (`finished`)."""
        self._stopping = True

    # -- the scribe's thread ----------------------------------------------------------------------------

    def work(self) -> bool:
        """Encode and write what waits; False when the recording has ended."""
        with self._work:
            if self.finished.is_set():
                return False
            try:
                more = self._drain()
            except OSError as error:
                self._give_up(f"The recording cannot be written: {error.strerror or error}.")
                return False
        return more

    def _drain(self) -> bool:
        if self._ogg is None:
            self._begin()
        stopping = self._stopping  # asked before the queue is emptied: nothing comes after it
        queue, changed = self._queue, False
        while queue:
            for _ in range(min(len(queue), _AT_A_TIME)):
                changed |= self._take(queue.popleft())
            if self._written - self._synced >= _SYNC_EVERY_S * FRAMES_PER_S:
                self._sink.sync()
                self._synced = self._written
        if stopping:
            if self._missed:
                changed |= self._take(self._missed)
            self._finish()
            return False
        if changed:
            self._tell()
        return True

    def _begin(self) -> None:
        self._ogg = ogg.OpusWriter(
            self._sink.write,
            channels=2,
            input_rate_hz=SAMPLE_RATE_HZ,
            pre_skip=self._encoder.lookahead_samples * ogg.GRANULE_HZ // SAMPLE_RATE_HZ,
            comments={"TITLE": "Call", "CHANNELS": "left customer, right our side"},
        )
        self._sink.flush()

    def _take(self, queued: _Queued) -> bool:
        """Write one entry of the queue; True when there is something to tell."""
        match queued:
            case int():
                for _ in range(queued):
                    self._encode((_SILENT, _SILENT))
                self.report.missed_s += queued * FRAME_S
                return True
            case _Masked():
                began = self.report.paused_from_s is None
                if self.report.paused_from_s is None:
                    self.report.paused_from_s = self.report.recorded_s
                noise = self._mask[self._written % _MASK_FRAMES]
                self._encode((noise, noise))
                return began
            case customer, ours:
                ended = self._unmask()
                self._encode((customer, ours))
                return ended

    def _unmask(self) -> bool:
        if self.report.paused_from_s is None:
            return False
        self.report.pauses.append(Mark(self.report.paused_from_s, self.report.recorded_s))
        self.report.paused_from_s = None
        return True

    def _encode(self, sound: _Sound) -> None:
        self._put(sound)
        self._written += 1
        self.report.recorded_s = self._written * FRAME_S
        if self._written % FRAMES_PER_S == 0:
            self._page()

    def _put(self, sound: _Sound) -> None:
        for channel, data in enumerate(sound):
            self._mono[:, channel] = np.frombuffer(data, dtype=np.int16)
        if self._ogg is not None:
            self._ogg.packet(self._encoder.encode(self._mono.reshape(-1)), _GRANULES)

    def _page(self) -> None:
        if self._ogg is not None:
            self._ogg.flush()
        self._sink.flush()

    def _finish(self) -> None:
        self._unmask()
        behind = self._encoder.lookahead_samples
        for _ in range(-(-behind // FRAME_SAMPLES)):  # what the encoder still holds
            self._put((_SILENT, _SILENT))
        if self._ogg is not None:
            extra = -(-behind // FRAME_SAMPLES) * _GRANULES - behind * ogg.GRANULE_HZ // SAMPLE_RATE_HZ
            self._ogg.close(extra)
        self._sink.close()
        self.report.ended = True
        self._tell()
        self.finished.set()

    def _give_up(self, fault: str) -> None:
        """Say so and stop; the call goes on, and what was written stays playable."""
        self._stopping = True
        self._queue.clear()
        self.report.fault = fault
        self._tell()
        self.finished.set()

    def _tell(self) -> None:
        if self._on_change is not None:
            self._on_change(self.report)


def record_to(
    path: Path,
    keys: MasterKeys,
    *,
    told: Mapping[str, str] | None = None,
    on_change: Callable[[Report], None] | None = None,
) -> Recorder:
    """A recording sealed into `path`, with its marks in `path`.json; add it to a `Scribe`.

    Raises OSError when the files cannot be made.  `on_change` is called after the marks were written.
    """
    beside = path.with_name(path.name + ".json")

    def keep(report: Report) -> None:
        try:
            replaced(beside, report.as_json(told or {}))
        except OSError as error:
            report.fault = report.fault or f"The marks cannot be written: {error.strerror or error}."
        if on_change is not None:
            on_change(report)

    sink = VaultWriter(path, keys)
    try:
        replaced(beside, Report().as_json(told or {}))
        return Recorder(sink, on_change=keep)
    except BaseException:
        sink.abandon()
        raise


class Scribe:
    """The thread that writes any number of recordings."""

    def __init__(self, wake_every_s: float = _WAKE_EVERY_S) -> None:
        self._recorders: list[Recorder] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._wake_every_s = wake_every_s
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, recorder: Recorder) -> None:
        with self._lock:
            self._recorders.append(recorder)

    def stop(self, timeout_s: float = 10.0) -> None:
        """End every recording and the thread."""
        with self._lock:
            for recorder in self._recorders:
                recorder.stop()
        self._ending.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            last = self._ending.wait(self._wake_every_s)
            with self._lock:
                recorders = list(self._recorders)
            ended = [recorder for recorder in recorders if not recorder.work()]
            with self._lock:
                self._recorders = [recorder for recorder in self._recorders if recorder not in ended]
            if last and not self._recorders:
                return


@cache
def _mask() -> tuple[bytes, ...]:
    """A third of a second of soft noise, the same in every recording."""
    noise = np.random.default_rng(3951).normal(0.0, _MASK_RMS, (_MASK_FRAMES, FRAME_SAMPLES))
    return tuple(frame.tobytes() for frame in noise.astype(np.int16))
