"""An engine of captions without a model: it cuts real sound into utterances and counts their seconds."""

from __future__ import annotations

import queue
import threading

import numpy as np

from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from agent_desktop.media.utterances import Spoken, Utterances
from agent_desktop.ports.captioner import Utterance


class FakeStream:
    """One speaker; a thread of its own reads what is heard, as a real engine's does."""

    def __init__(self, heard, failed) -> None:
        self.heard, self.failed = heard, failed
        self.sound = b""
        self.is_closed = False
        self._utterances = Utterances()
        self._orders: queue.SimpleQueue = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def hear(self, pcm: bytes) -> None:
        self.sound += pcm
        self._orders.put(pcm)

    def finish(self) -> None:
        self._orders.put(b"")

    def close(self) -> None:
        with self._lock:
            self.is_closed = True
        self._orders.put(None)
        self._thread.join(5)

    def _read(self) -> None:
        while (order := self._orders.get()) is not None:
            pcm = np.frombuffer(order, dtype="<i2").astype(np.int16)
            for spoken in self._utterances.hear(pcm) if order else self._utterances.finish():
                self._tell(spoken)

    def _tell(self, spoken: Spoken) -> None:
        words = " ".join(["word"] * max(1, round(len(spoken.sound) / SAMPLE_RATE_HZ)))
        with self._lock:
            if not self.is_closed:
                self.heard(Utterance(spoken.number, words, spoken.began_s, spoken.is_over, 0.9))


class FakeCaptions:
    """Remembers its speakers, in the order in which they began."""

    def __init__(self) -> None:
        self.streams: list[FakeStream] = []
        self.is_closed = False

    def open(self, heard, failed) -> FakeStream:
        self.streams.append(FakeStream(heard, failed))
        return self.streams[-1]

    def close(self) -> None:
        self.is_closed = True
        for stream in self.streams:
            stream.close()
