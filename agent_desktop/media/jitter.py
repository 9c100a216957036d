"""The short wait that turns packets of uneven arrival into even sound: an adaptive playout buffer.

Packets wait under the time at which they are to be heard, as sound or (Opus) as they came.  Each arrival
tells its margin: how long before its deadline it came.  The delay follows the margins in whole frames,
because the sound is fetched in frames; `wish` says by how much it should change, and whoever plays the
sound makes it a pitch period longer or shorter until it has (`stretching`):

- the smallest margin of some seconds is nearly nothing: a frame more, before anything is late;
- every packet came more than a frame too early: a frame less;
- a packet comes after its time while nothing else was there: the playout is put back to it, nothing is lost;
- more than 2 % of the packets are too late for that: a frame more.

Beyond two frames (40 ms) one packet in a hundred may be late before the delay grows.

Rules: it is bounded in packets and frames, never by a difference of timestamps (a jump starts it again).
It reads no clock: what is pulled has been heard.  Units are those of the RTP clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from agent_desktop.media.comfort_noise import Noise
from agent_desktop.media.pcm import FRAMES_PER_S, Pcm
from agent_desktop.media.rtp import signed_difference

Item: TypeAlias = "Pcm | bytes | Noise"
"""What a packet brings: sound, a payload to be decoded when it is played, or a description of silence."""

CAPACITY_FRAMES: Final = 32
_CAPACITY_PACKETS: Final = 2 * CAPACITY_FRAMES  # of 10 ms
_STARVED_FRAMES: Final = 25  # 0.5 s without a packet: the talk is over, gather again
_WATCHED: Final = 200  # packets, 4 s of 20 ms
_JUDGED_EVERY: Final = 25
_LATE_SHARE: Final = 0.02
_LONGEST_PATIENCE: Final = 3000  # packets, 1 min
_GUARD: Final = 0.15  # of a frame: 3 ms
_STRICT_FRAMES: Final = 2
_TOLERANCE: Final = 0.125  # of a frame: a clock that is written carelessly is no gap


@dataclass(slots=True)
class Playout:
    """What the buffer did, for the quality that the agent is shown."""

    played: int = 0
    """Pieces of sound that were due: packets, and frames that should have been there."""
    lost: int = 0
    """Those of them that were not there in time."""
    late: int = 0
    """Packets that came after their time and could not be used."""
    dropped: int = 0
    """Packets dropped because there is no room for so much."""
    bursts: int = 0
    """Rows of lost ones."""
    resets: int = 0
    grown: int = 0
    shrunk: int = 0


class Packet(NamedTuple):
    """What comes next; `units` of the RTP clock long."""

    item: Item
    units: int


class Missing(NamedTuple):
    """A piece that has to be made up.  `following` is the payload after it, if that is there already."""

    units: int
    following: Item | None = None
    is_pause: bool = False
    """The other side is silent on purpose; nothing is lost."""


Pulled: TypeAlias = Packet | Missing


class JitterBuffer:
    """Push packets as they come, pull when sound is needed."""

    def __init__(
        self,
        *,
        start_frames: int = 1,
        longest_frames: int = 12,
        fixed_frames: int | None = None,
        clock_rate_hz: int = 8000,
    ) -> None:
        """`start_frames` are gathered first; with `fixed_frames` the delay is that and stays so."""
        wanted = start_frames if fixed_frames is None else fixed_frames
        self._wanted = max(1, min(wanted, CAPACITY_FRAMES // 2))
        self._longest = min(longest_frames, CAPACITY_FRAMES // 2)
        self._is_fixed = fixed_frames is not None
        self.playout = Playout()
        self.stored = 0
        """Units that were pulled and are not heard yet; told by whoever plays."""
        self.reserve = 0
        """Frames that should wait beyond what the arrivals ask for, so that FEC finds the next packet."""
        self._patience = _WATCHED
        self.tune(clock_rate_hz)

    def tune(self, clock_rate_hz: int) -> None:
        """The stream's clock has so many units a second from now on; what waits is forgotten."""
        self._frame = clock_rate_hz // FRAMES_PER_S
        self._has_begun = False
        self._clear(0)

    def _clear(self, timestamp: int) -> None:
        self._anchor = timestamp
        self._read = self._end = 0
        self._store: dict[int, Packet] = {}
        self._is_gathering = True
        self._in_pause = self._was_missing = False
        self._starved = self._starved_at = self._late = self._watched = 0
        self._margins: deque[float] = deque(maxlen=_WATCHED)
        self._heard: deque[int] = deque(maxlen=_CAPACITY_PACKETS)
        self.wish = 0

    @property
    def depth_frames(self) -> float:
        """How much sound waits, in frames: the delay that the buffer adds."""
        return (max(0, self._end - self._read) + self.stored) / self._frame

    @property
    def timestamp(self) -> int:
        """What is heard next."""
        return (self._anchor + self._read - self.stored) & 0xFFFFFFFF

    def fix(self, frames: int, *, now: bool) -> None:
        """The delay is to be so many frames and to stay so: a shift in time is damage to a modem.

        What is missing of it is gathered `now`, where the other side is silent, or not yet.
        """
        self._is_fixed, self.wish = True, 0
        self._wanted = max(1, min(frames, CAPACITY_FRAMES // 2))
        if now and self.depth_frames < self._wanted - 1:
            self._is_gathering = True

    def restart(self, timestamp: int) -> None:
        """The stream begins anew at `timestamp` (new SSRC, transfer)."""
        self.playout.resets += 1
        self._clear(timestamp)

    # -- packets come -----------------------------------------------------------------------------------

    def push(
        self,
        timestamp: int,
        item: Item,
        units: int,
        *,
        newest: bool = True,
        follows: bool = False,
        waited: float | None = None,
    ) -> None:
        """One packet.  `newest`: its sequence number moved the stream on; `follows`: by exactly one.

        `waited` is how many units it lay in the socket before it was fetched, where that is known.
        """
        if units <= 0 or units > CAPACITY_FRAMES * self._frame // 2:
            self.playout.dropped += 1
            return
        if not self._has_begun:
            self._has_begun = True
            self._clear(timestamp)
        position = self._end + signed_difference(timestamp, (self._anchor + self._end) & 0xFFFFFFFF, 32)
        bound = CAPACITY_FRAMES * self._frame
        if not -bound <= position - self._read < bound:
            if not newest:
                self.playout.late += 1
                return
            self.restart(timestamp)
            position = 0
        if 0 < self._read - position <= _TOLERANCE * self._frame:
            position = self._read
        if self._is_gathering and not self._place_first(position):
            return
        if position < self._read:
            if not self._after_its_time(position, units):
                return
        else:
            self._watch(position - self._read + self.stored, waited)
        if self._starved and follows and not self._in_pause and position > self._starved_at:
            self._was_pause(position)
        self._starved = 0
        if len(self._store) >= _CAPACITY_PACKETS and position not in self._store:
            self.playout.dropped += 1
            return
        self._store[position] = Packet(item, units)
        self._end = max(self._end, position + units)

    def _place_first(self, position: int) -> bool:
        """While nothing plays, the earliest packet says where to begin."""
        if not self._store:
            self._read = self._end = position
        elif position < self._read:
            if self._end - position > self._longest * self._frame:
                self.playout.late += 1
                return False
            self._read = position
        return True

    def _after_its_time(self, position: int, units: int) -> bool:
        """Put the playout back to a late packet if nothing was played since; otherwise it is lost."""
        if (
            self._starved
            and position >= self._starved_at
            and not self._is_fixed
            and max(self._end, position + units) - position <= self._longest * self._frame
        ):
            self._read = position
            self.wish = 0
            self.playout.grown += 1
            self._be_patient()
            return True
        if position in self._heard:
            return False  # the network brought it twice
        if self._is_fixed and self._starved > self._wanted + 1 and position >= self._starved_at:
            self._is_gathering = True  # the clocks have drifted apart: begin with the same delay again
            self._starved = 0
            self._store.clear()
            self._read = self._end = position
            return True
        self.playout.late += 1
        self._late += 1
        if not self._is_fixed and self._late > _LATE_SHARE * _WATCHED:
            self._late = 0
            self._grow()
        return False

    def _was_pause(self, position: int) -> None:
        """The next packet in order, and later in time: what was missing had never been sent."""
        missed = min(self._starved, (position - self._starved_at) // self._frame)
        self.playout.lost -= missed
        self.playout.played -= missed

    def _grow(self) -> None:
        if self.wish <= 0 and self.depth_frames < self._longest:
            self.wish = self._frame
            self.playout.grown += 1
        self._be_patient()

    def _be_patient(self) -> None:
        """Having been too eager, wait longer before the delay shrinks again."""
        self._patience = min(2 * self._patience, _LONGEST_PATIENCE)
        self._watched = 0
        self._margins.clear()

    def _watch(self, ahead: int, waited: float | None) -> None:
        if self.wish:
            return
        lying = self._frame / 2 if waited is None else min(waited, self._frame)
        self._margins.append(lying + ahead // self._frame * self._frame)
        self._watched += 1
        if self._watched % _JUDGED_EVERY == 0:
            self._judge()

    def _judge(self) -> None:
        if self._watched % _WATCHED == 0:
            self._late = 0
        if self._is_fixed or self.wish or self._in_pause:
            return
        if self.depth_frames <= _STRICT_FRAMES:
            least = min(self._margins)
        else:
            least = sorted(self._margins)[len(self._margins) // 100]
        least -= self.reserve * self._frame
        if least < _GUARD * self._frame:
            if self.depth_frames < _STRICT_FRAMES + 1 + self.reserve:
                self._grow()
        elif (
            self._watched >= self._patience
            and len(self._margins) == _WATCHED
            and least >= (1 + 2 * _GUARD) * self._frame
        ):
            self.wish = -self._frame
            self.playout.shrunk += 1
            self._patience = max(self._patience // 2, _WATCHED)
            self._watched = 0
            self._margins.clear()

    def stretched(self, units: int) -> None:
        """Whoever plays made the sound so much longer (or shorter, below 0)."""
        before, self.wish = self.wish, self.wish - units
        if before * self.wish <= 0 or abs(self.wish) * 4 < self._frame:
            self.wish = 0  # what is left is shorter than a period

    # -- sound is needed --------------------------------------------------------------------------------

    def pull(self) -> Pulled | None:
        """What is heard next, or None while there is no talk (at first, and after a long silence)."""
        if self._is_gathering:
            if self._end - self._read < self._wanted * self._frame:
                return None
            self._is_gathering = False
        packet = self._store.pop(self._read, None)
        if packet is None:
            found = self._search()
            if not isinstance(found, Packet):
                return found
            packet = found
        self._heard.append(self._read)
        self._read += packet.units
        self._in_pause = isinstance(packet.item, Noise)
        self._was_missing = False
        if not self._in_pause:
            self.playout.played += 1
        return packet

    def _search(self) -> Pulled | None:
        """No packet lies exactly here: one that is nearly here, else how much is missing."""
        while self._store:
            nearest = min(self._store)
            gap = nearest - self._read
            if abs(gap) <= _TOLERANCE * self._frame:
                self._read = nearest
                return self._store.pop(nearest)
            if gap > 0:
                if self._in_pause and gap > self._wanted * self._frame:
                    gap = self._wanted * self._frame  # noise may be cut short, talk may not wait
                    self._read = nearest - gap
                return self._gap(gap, self._store[nearest])
            self._store.pop(nearest)  # overlapped by what was heard already
            self.playout.late += 1
        return self._starve()

    def _gap(self, gap: int, following: Packet) -> Missing:
        """Make up a frame at a time; the last piece is told what comes after it."""
        units = following.units
        if gap > units:
            units = min(gap - units, self._frame)
            return self._missing(Missing(units, None, self._in_pause))
        return self._missing(Missing(gap, following.item, self._in_pause))

    def _missing(self, missing: Missing) -> Missing:
        self._read += missing.units
        if not missing.is_pause:
            self.playout.played += 1
            self.playout.lost += 1
            self.playout.bursts += not self._was_missing
            self._was_missing = True
        return missing

    def _starve(self) -> Missing | None:
        if self._in_pause:
            if not self._starved:
                self._starved, self._starved_at = 1, self._read
            self._read += self._frame
            self._end = max(self._end, self._read)
            return Missing(self._frame, None, is_pause=True)
        if self._starved == 0:
            self._starved_at = self._read
        self._starved += 1
        if self._starved > _STARVED_FRAMES:
            self._is_gathering = True
            self._starved = 0
            self._read = self._end = max(self._end, self._read)
            return None
        return self._missing(Missing(self._frame))
