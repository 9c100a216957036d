"""The real headset: USB HID through hidapi, without any vendor's software.  See `ports.headset`.

A thread looks for headsets every two seconds, reads the buttons of the one that belongs to the microphone
in use and lights its lamps.  Pulling it out and plugging it in again is nothing special: its lamps are set
again.  `tell` carries each event to the thread of the owner.

hidapi is optional: without it, or without the right to open the device, the words say what to do.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import queue
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from agent_desktop.errors import DeviceError
from agent_desktop.phone.headset_report import HidError
from agent_desktop.phone.headset_signals import TELEPHONY, Signals, signals_of
from agent_desktop.ports.headset import Connected, Disconnected, HeadsetEvent, Lamps, Unusable

log = logging.getLogger(__name__)

LOOK_S: Final = 2.0
READ_MS: Final = 20
LINK_S: Final = 0.5
_GOODBYE_S: Final = 2.0
_RULE: Final = "70-agent-desktop-headset.rules"
_DULL: Final = frozenset({"headset", "usb", "audio", "microphone", "analog", "mono", "stereo", "device"})


@dataclass(frozen=True, slots=True)
class Found:
    """A device that says it is a telephone."""

    path: bytes
    name: str


class Handle(Protocol):
    """An open device; OSError when it is gone."""

    def descriptor(self) -> bytes: ...

    def read(self, timeout_ms: int) -> bytes:
        """The next input report, its number first if reports are numbered; empty when none came."""
        ...

    def write(self, report: bytes) -> None: ...
    def close(self) -> None: ...


class HidSystem(Protocol):
    """What the operating system knows of HID devices."""

    def find(self) -> tuple[Found, ...]: ...

    def open(self, path: bytes) -> Handle:
        """PermissionError when we may not, OSError when it is not there."""
        ...


class HidHeadset:
    """`tell` runs a function on the owner's thread."""

    def __init__(
        self,
        tell: Callable[[Callable[[], None]], None],
        system: HidSystem | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell = tell
        self._system = system
        self._clock = clock
        self._on_event: Callable[[HeadsetEvent], None] = lambda _event: None
        self._orders: queue.SimpleQueue[tuple[Lamps, bool]] = queue.SimpleQueue()
        self._microphone = ""
        self._lamps = Lamps()
        self._waiting: tuple[Lamps, bool, float] | None = None
        self._handle: Handle | None = None
        self._signals: Signals | None = None
        self._used: Found | None = None
        self._unusable: dict[Found, str] = {}
        self._look_at = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headset", daemon=True)

    # ------------------------------------------------------------ the owner's thread

    def start(self, on_event: Callable[[HeadsetEvent], None]) -> None:
        self._on_event = on_event
        self._thread.start()

    def follow(self, microphone: str) -> None:
        self._microphone = microphone
        self._look_at = 0.0

    def show(self, lamps: Lamps, *, again: bool = False) -> None:
        self._orders.put((lamps, again))

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_GOODBYE_S)

    # ------------------------------------------------------------ its own thread

    def _run(self) -> None:
        if self._system is None:
            try:
                self._system = hidapi()
            except DeviceError as error:
                self._say(Unusable("", str(error)))
                return
        while not self._stopped.is_set():
            self.step(READ_MS)
            if self._handle is None:
                self._stopped.wait(READ_MS / 1000)
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._write(Lamps(), again=True)
            self._close()

    def step(self, timeout_ms: int) -> None:
        """Look if it is time, light what was asked for, read once."""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            self._look()
        try:
            self._light(now)
            if self._handle is not None and self._signals is not None:
                report = self._handle.read(timeout_ms)
                for event in self._signals.feed(report, self._clock()) if report else ():
                    self._say(event)
        except OSError:
            self._lose()
            self._look_at = self._clock() + READ_MS / 1000

    def _light(self, now: float) -> None:
        """The last word counts; while one call is held so that another is answered, the link stays open."""
        while not self._orders.empty():
            lamps, again = self._orders.get()
            is_closing = self._lamps.off_hook and not lamps.off_hook and lamps.held
            due = now + (LINK_S if is_closing else 0.0)
            before = self._waiting
            if before is not None and is_closing:
                due = min(due, before[2])
            self._waiting = (lamps, again or (before is not None and before[1]), due)
        if self._waiting is not None and now >= self._waiting[2]:
            self._lamps, again, _ = self._waiting
            self._waiting = None
            self._write(self._lamps, again=again)

    def _look(self) -> None:
        if self._system is None:
            return
        try:
            found = self._system.find()
        except OSError as error:
            log.warning("headsets cannot be looked for: %s", error)
            return
        self._unusable = {device: words for device, words in self._unusable.items() if device in found}
        best = matching(self._microphone, found)
        if self._used is not None and (self._used not in found or best != self._used):
            self._lose()
        if self._used is None and best is not None:
            self._open(best)

    def _open(self, device: Found) -> None:
        if self._system is None:
            return
        try:
            handle = self._system.open(device.path)
            try:
                self._signals = signals_of(handle.descriptor())
            except (HidError, OSError):
                handle.close()
                raise
        except PermissionError:
            self._refuse(device, _forbidden(device.name))
        except HidError as error:
            self._refuse(device, str(error))
        except OSError:
            self._refuse(
                device,
                f"The buttons of {device.name} cannot be used: another program has them, or it does not "
                "answer. Close the other program, or plug the headset in again.",
            )
        else:
            self._handle, self._used = handle, device
            self._unusable.pop(device, None)
            log.info("headset: %s", device.name)
            self._say(Connected(device.name))
            with contextlib.suppress(OSError):  # the next read tells that it is gone
                self._write(self._lamps, again=True)

    def _refuse(self, device: Found, words: str) -> None:
        if self._unusable.get(device) != words:
            self._unusable[device] = words
            log.warning("headset: %s", words)
            self._say(Unusable(device.name, words))

    def _lose(self) -> None:
        if self._used is not None:
            self._close()
            self._say(Disconnected())

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        self._used = self._signals = None
        if handle is not None:
            with contextlib.suppress(OSError):
                handle.close()

    def _write(self, lamps: Lamps, *, again: bool) -> None:
        if self._handle is not None and self._signals is not None:
            for report in self._signals.show(lamps, self._clock(), again=again):
                self._handle.write(report)

    def _say(self, event: HeadsetEvent) -> None:
        self._tell(lambda: self._on_event(event))


def matching(microphone: str, found: tuple[Found, ...]) -> Found | None:
    """The headset that a microphone belongs to; the only one, or the first, when no name tells."""
    wanted = _words(microphone)
    return max(found, key=lambda device: len(_words(device.name) & wanted), default=None)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", name.casefold())) - _DULL


def _forbidden(name: str) -> str:
    what = f"The buttons of {name} cannot be used: this user may not open the device."
    how = {
        "linux": f"Copy {_RULE} from the installer folder to /etc/udev/rules.d and plug the headset in "
        "again.",
        "darwin": "Allow input monitoring for this program in the system settings, under privacy.",
    }
    return f"{what} {how.get(sys.platform, 'Ask your administrator.')}"


# ---------------------------------------------------------------- hidapi


def hidapi() -> HidSystem:
    """The system's HID devices; DeviceError when the library is missing."""
    # On Linux the other module of the package takes the whole device from the kernel, volume keys and all.
    name = "hidraw" if sys.platform == "linux" else "hid"
    try:
        library = importlib.import_module(name)
    except ImportError as error:
        raise DeviceError(
            "Headset buttons need the Python package hidapi: pip install hidapi. Calls work without it."
        ) from error
    return _HidApi(library)


class _HidApi:
    def __init__(self, library: Any) -> None:
        self._library = library

    def find(self) -> tuple[Found, ...]:
        found: dict[bytes, Found] = {}
        for entry in self._library.enumerate():
            if entry["usage_page"] == TELEPHONY:
                name = str(entry["product_string"] or "USB headset")
                found.setdefault(entry["path"], Found(entry["path"], name))
        return tuple(found.values())

    def open(self, path: bytes) -> Handle:
        device = self._library.device()
        try:
            device.open_path(path)
        except OSError as error:
            if sys.platform == "linux" and not _may_open(path):
                raise PermissionError from error
            raise
        return _HidApiHandle(device)


def _may_open(path: bytes) -> bool:
    """Whether the file of a device that exists may be written to by us; hidapi does not say."""
    try:
        with open(path, "r+b", buffering=0):  # noqa: PTH123 - a path of bytes
            return True
    except PermissionError:
        return False
    except OSError:
        return True


class _HidApiHandle:
    def __init__(self, device: Any) -> None:
        self._device = device

    def descriptor(self) -> bytes:
        return bytes(self._device.get_report_descriptor())

    def read(self, timeout_ms: int) -> bytes:
        try:
            return bytes(self._device.read(64, timeout_ms))
        except ValueError as error:
            raise OSError from error

    def write(self, report: bytes) -> None:
        if self._device.write(report) < 0:
            raise OSError(self._device.error())

    def close(self) -> None:
        self._device.close()
