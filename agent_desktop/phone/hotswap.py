"""The right microphone, speaker and ring devices at every moment, also while they are plugged in and out.

The agent's lists say what is wanted (`preferences`).  When a device in use is torn out the next one of its
list is taken at once; when a better one is plugged in it is taken, also in a call.  Nothing here ends a
call, and nothing here runs on the event loop or on the sound thread: opening a card takes its time.

What is in use and still works counts as plugged in: a card that we have open can often not be listed.
A device that is there and cannot be opened (another program has it) is passed over and tried again.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from agent_desktop.errors import DeviceError
from agent_desktop.phone import devices, preferences
from agent_desktop.phone.devices import Microphone, SilentMicrophone, SilentSpeaker, Speaker
from agent_desktop.phone.ears import MICROPHONE, RING, SPEAKER, Ringer
from agent_desktop.phone.preferences import RingOutput, Wanted
from agent_desktop.phone.scout import Scout
from agent_desktop.wire.phone import DeviceInfo

log = logging.getLogger(__name__)

EAGER_S: Final = 0.4
"""How often we look while something better is wanted during a call."""
CALM_S: Final = 3.0
RETRY_S: Final = 5.0
TORN_S: Final = 1.0
_GOODBYE_S: Final = 3.0


class Backend(Protocol):
    """The sound system; every call may take a while."""

    def known(self) -> tuple[DeviceInfo, ...]:
        """What can be opened now."""
        ...

    def scout(self) -> tuple[DeviceInfo, ...] | None:
        """What is plugged in now; None when it cannot be told."""
        ...

    def look_again(self) -> None:
        """Make what is plugged in known; may interrupt for a moment what is open."""
        ...

    def open_microphone(self, name: str) -> Microphone: ...
    def open_speaker(self, name: str) -> Speaker: ...
    def close(self) -> None: ...


class PortAudio:
    """The real one."""

    def __init__(self) -> None:
        self._scout = Scout()

    def known(self) -> tuple[DeviceInfo, ...]:
        return devices.list_devices()

    def scout(self) -> tuple[DeviceInfo, ...] | None:
        return self._scout.look()

    def look_again(self) -> None:
        devices.list_devices(look_again=True)

    def open_microphone(self, name: str) -> Microphone:
        return devices.open_microphone(name)

    def open_speaker(self, name: str) -> Speaker:
        return devices.open_speaker(name)

    def close(self) -> None:
        self._scout.close()


class Ear(Protocol):
    """What `Sound` gives."""

    @property
    def is_open(self) -> bool: ...

    def use(self, *, microphone: Microphone | None = None, speaker: Speaker | None = None) -> None: ...
    def ring_on(self, ringers: tuple[Ringer, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class InUse:
    """What the agent may see: what is plugged in, what is used, and in words what is wrong."""

    devices: tuple[DeviceInfo, ...] = ()
    microphone: str = preferences.SILENT
    speaker: str = preferences.SILENT
    rings: tuple[str, ...] = ()
    detail: str = ""


class HotSwap:
    """`start`, `want`, `lost` and `stop` are for any thread; `changed` is called on this one's own."""

    def __init__(
        self,
        ear: Ear,
        changed: Callable[[InUse], None],
        *,
        backend: Backend | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ear = ear
        self._changed = changed
        self._backend: Backend = backend or PortAudio()
        self._clock = clock
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="devices", daemon=True)
        self._wanted = Wanted()
        self._plugged: tuple[DeviceInfo, ...] = ()
        self._used: dict[str, str] = {}
        self._rings: tuple[RingOutput, ...] | None = None
        self._refused: dict[tuple[str, str], float] = {}
        self._details: dict[str, str] = {}
        self._look_at = 0.0
        self._told = InUse()

    # ------------------------------------------------------------ any thread

    def start(self) -> None:
        """Look round and take what is wanted, soon."""
        self._thread.start()

    def want(self, wanted: Wanted) -> None:
        """The agent's lists; followed at once."""
        self._orders.put(partial(self._want, wanted))

    def lost(self, which: str, words: str) -> None:
        """The sound thread lost a device (`Listeners.lost`)."""
        self._orders.put(partial(self._lost, which, words))

    def stop(self) -> None:
        """The end; the devices themselves belong to the sound thread."""
        self._orders.put(None)
        if self._thread.is_alive():
            self._thread.join(_GOODBYE_S)

    # ------------------------------------------------------------ its own thread

    def _run(self) -> None:
        while True:
            try:
                self.step()
            except Exception:
                log.exception("looking for sound devices failed")
                self._look_at = self._clock() + RETRY_S
            try:
                order = self._orders.get(timeout=max(0.01, self._look_at - self._clock()))
            except queue.Empty:
                continue
            if order is None:
                with contextlib.suppress(OSError):
                    self._backend.close()
                return
            order()

    def step(self) -> None:
        """Look if it is time, and take the best of what is there."""
        while not self._orders.empty():
            order = self._orders.get()
            if order is None:
                self._orders.put(None)
                return
            order()
        now = self._clock()
        if now >= self._look_at:
            self._look(now)
        self._refused = {key: until for key, until in self._refused.items() if until > now}
        self._take_all()
        pause = CALM_S if self._is_content() else EAGER_S
        self._look_at = min([self._look_at, now + pause, *self._refused.values()])
        self._explain(MICROPHONE, self._wanted.microphones)
        self._explain(SPEAKER, self._wanted.speakers)
        self._tell()

    def _want(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._refused.clear()
        self._look_at = 0.0

    def _lost(self, which: str, words: str) -> None:
        now = self._clock()
        names = [ring.name for ring in self._rings or ()] if which == RING else [self._used.get(which, "")]
        if which == RING:
            self._rings = None
        self._used.pop(which, None)
        for name in names:
            self._refused[which, name] = now + TORN_S
        self._details[which] = words
        log.warning("%s lost: %s", which, words)
        # The next of the list is taken at once; whether this one is gone is looked at a moment later.
        self._look_at = now + EAGER_S / 2

    def _look(self, now: float) -> None:
        found = self._backend.scout()
        if found is None:  # no child can look: our own PortAudio may, while nothing is open
            if not self._ear.is_open:
                self._backend.look_again()
            found = self._backend.known()
        known = {info.name for info in self._backend.known()}
        news = {info.name for info in found} - known
        if news and not self._ear.is_open:
            self._backend.look_again()
        self._plugged = found
        self._look_at = now + CALM_S

    def _is_content(self) -> bool:
        """Whether nothing that might be plugged in during this call would be taken instead."""
        if not self._ear.is_open:
            return True
        return preferences.is_best(self._wanted.microphones, self._used.get(MICROPHONE, "")) and (
            preferences.is_best(self._wanted.speakers, self._used.get(SPEAKER, ""))
        )

    # ------------------------------------------------------------ taking

    def _take_all(self) -> None:
        self._take(MICROPHONE, self._wanted.microphones)
        self._take(SPEAKER, self._wanted.speakers)
        wanted = preferences.choose_rings(self._wanted.rings, self._present(RING), self._no(RING))
        if wanted != self._rings:
            self._take_rings(wanted)

    def _present(self, which: str) -> list[str]:
        names = [
            info.name for info in self._plugged if (info.microphone if which == MICROPHONE else info.speaker)
        ]
        used = self._used.get(which, "")
        if used and self._ear.is_open and used not in names and not preferences.is_always_there(used):
            names.append(used)
        return names

    def _no(self, which: str) -> frozenset[str]:
        return frozenset(name for kind, name in self._refused if kind == which)

    def _take(self, which: str, wanted: tuple[str, ...]) -> None:
        while True:
            name = preferences.choose(wanted, self._present(which), self._no(which))
            if name == self._used.get(which):
                return
            try:
                self._make_known(name)
                self._open(which, name)
            except DeviceError as error:
                self._refused[which, name] = self._clock() + RETRY_S
                self._details[which] = str(error)
                log.warning("%s: %s", which, error)
                continue
            self._used[which] = name
            log.info("%s: %s", which, name or "the system's own")
            return

    def _explain(self, which: str, wanted: tuple[str, ...]) -> None:
        if self._used.get(which) != preferences.SILENT or preferences.SILENT in wanted:
            self._details.pop(which, None)
        elif not self._present(which):
            what = "microphone" if which == MICROPHONE else "loudspeaker"
            self._details[which] = f"No {what} was found; calls have no sound there. Plug in a headset."

    def _make_known(self, name: str) -> None:
        if preferences.is_always_there(name):
            return
        known = {info.name for info in self._backend.known()}
        plugged = {info.name for info in self._plugged}
        # The system's own device may be another one since devices came or went.
        if (name not in known) if name else (known != plugged):
            self._backend.look_again()

    def _open(self, which: str, name: str) -> None:
        silent = name == preferences.SILENT
        if which == MICROPHONE:
            microphone = SilentMicrophone() if silent else self._backend.open_microphone(name)
            if self._ear.is_open:
                microphone.start()
            self._ear.use(microphone=microphone)
        else:
            speaker = SilentSpeaker() if silent else self._backend.open_speaker(name)
            if self._ear.is_open:
                speaker.start()
            self._ear.use(speaker=speaker)

    def _take_rings(self, wanted: tuple[RingOutput, ...]) -> None:
        ringers: list[Ringer] = []
        taken: list[RingOutput] = []
        for output in wanted:
            try:
                self._make_known(output.name)
                speaker = self._backend.open_speaker(output.name)
                if self._ear.is_open:
                    speaker.start()
            except DeviceError as error:
                self._refused[RING, output.name] = self._clock() + RETRY_S
                self._details[RING] = str(error)
                continue
            ringers.append(Ringer(speaker, 10 ** (output.level_db / 20)))
            taken.append(output)
        self._ear.ring_on(tuple(ringers))
        self._rings = tuple(taken)
        if len(taken) == len(wanted):
            self._details.pop(RING, None)

    def _listed(self) -> tuple[DeviceInfo, ...]:
        """What is plugged in, then what is wanted and is not."""
        infos = {info.name: info for info in self._plugged}
        for name in filter(None, (self._used.get(MICROPHONE), self._used.get(SPEAKER))):
            if not preferences.is_always_there(name):  # it is open, so it cannot always be listed
                infos.setdefault(name, self._info(name, present=True))
        for name in (*self._wanted.microphones, *self._wanted.speakers):
            if name and not preferences.is_always_there(name) and preferences.find(name, infos) is None:
                infos[name] = self._info(name, present=False)
        return tuple(infos.values())

    def _info(self, name: str, *, present: bool) -> DeviceInfo:
        microphone = name == self._used.get(MICROPHONE) or name in self._wanted.microphones
        speaker = name == self._used.get(SPEAKER) or name in self._wanted.speakers
        return DeviceInfo(name=name, microphone=microphone, speaker=speaker, present=present)

    def _tell(self) -> None:
        now = InUse(
            self._listed(),
            self._used.get(MICROPHONE, preferences.SILENT),
            self._used.get(SPEAKER, preferences.SILENT),
            tuple(ring.name for ring in self._rings or ()),
            " ".join(self._details.values()),
        )
        if now != self._told:
            self._told = now
            self._changed(now)
