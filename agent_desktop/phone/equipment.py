"""What the agent speaks and hears through: devices, the headset's buttons, and how the microphone is cleaned.

It joins the parts that look after these (`hotswap`, `headset`, `media.cleaning`) and tells the front ends
what is in use.  A sound file for a microphone is sent as it is: there is no room around it to be cleaned of,
and who measures with tones wants them back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial

from agent_desktop.media.cleaning import Cleaner
from agent_desktop.phone import preferences
from agent_desktop.phone.headset import Act, HeadsetDesk
from agent_desktop.phone.hotswap import Backend, HotSwap, InUse
from agent_desktop.phone.preferences import Wanted
from agent_desktop.phone.sound import Sound
from agent_desktop.ports.headset import Headset
from agent_desktop.wire import phone as wire

log = logging.getLogger(__name__)

Soon = Callable[[Callable[[], None]], None]
"""Runs something on the event loop, from any thread."""
MakeHeadset = Callable[[Soon], Headset]
_SETTLED_S = 5.0


class Equipment:
    """Lives on the event loop.  `act` carries out what a headset's button means."""

    def __init__(
        self,
        sound: Sound,
        publish: Callable[[wire.AnyPhoneEvent], None],
        soon: Soon,
        act: Callable[[Act], None],
        *,
        wanted: Wanted,
        backend: Backend | None = None,
        headset: MakeHeadset | None = None,
    ) -> None:
        self._sound = sound
        self._publish = publish
        self._soon = soon
        self.wanted = wanted
        self.in_use = InUse()
        self.settings = wire.SetSound()
        self._hotswap = HotSwap(sound, self._devices_changed, backend=backend)
        self._hotswap.want(wanted)
        self._first = threading.Event()
        self._cleaner: Cleaner | None = None
        self._desk = HeadsetDesk(headset(soon), act, self._headset_changed) if headset is not None else None

    def start(self) -> None:
        """Look at the devices and take those that are wanted, soon."""
        self._hotswap.start()
        if self._desk is not None:
            self._desk.start()

    def settled(self) -> bool:
        """Wait until the devices were looked at for the first time; not on the event loop."""
        return self._first.wait(_SETTLED_S)

    def stop(self) -> None:
        """Lamps out, nothing looks any more; waits, so not on the event loop."""
        if self._desk is not None:
            self._desk.stop()
        self._hotswap.stop()

    @property
    def headset(self) -> wire.HeadsetInfo:
        return self._desk.info if self._desk is not None else wire.HeadsetInfo()

    @property
    def cancels_echo(self) -> bool:
        return self._cleaner is not None and self.settings.echo

    # ------------------------------------------------------------ what is asked

    def want(self, command: wire.SelectDevices) -> None:
        """Other lists of devices."""
        self.wanted = preferences.wanted_of(command)
        self._hotswap.want(self.wanted)
        self._tell()

    def clean(self, settings: wire.SetSound) -> None:
        """Clean the microphone so from now on, in a call too."""
        self.settings = settings
        self._sound.loudness.set(settings.volume_db, settings.balance)
        self._publish(wire.SoundChanged(sound=settings))
        self._follow_microphone()

    def lost(self, which: str, words: str) -> None:
        """The sound thread lost a device."""
        self._hotswap.lost(which, words)

    def follow(self, calls: Sequence[wire.PhoneCall], *, offered: bool) -> None:
        """The calls as they are now: the headset's lamps."""
        if self._desk is not None:
            self._desk.follow(calls, offered=offered)

    # ------------------------------------------------------------ what happened

    def _devices_changed(self, now: InUse) -> None:
        """On the thread of the devices."""
        self._soon(partial(self._use, now))
        self._first.set()

    def _use(self, now: InUse) -> None:
        before, self.in_use = self.in_use, now
        if now.microphone != before.microphone:
            if self._desk is not None:
                self._desk.follow_microphone(now.microphone)
            self._follow_microphone()
        self._tell()

    def _tell(self) -> None:
        now, wanted = self.in_use, self.wanted
        self._publish(
            wire.DevicesChanged(
                devices=now.devices,
                microphone=now.microphone,
                speaker=now.speaker,
                detail=now.detail,
                microphones=wanted.microphones,
                speakers=wanted.speakers,
                rings=wanted.rings,
            )
        )

    def _headset_changed(self, info: wire.HeadsetInfo) -> None:
        self._publish(wire.HeadsetChanged(headset=info))

    def _follow_microphone(self) -> None:
        settings, name = self.settings, self.in_use.microphone
        is_wanted = settings.echo or settings.noise or settings.gain
        if not is_wanted or preferences.is_always_there(name):
            self._cleaner = None
            self._sound.clean_with(None)
            return
        cleaner = Cleaner(echo=settings.echo, noise=settings.noise, gain=settings.gain)
        self._cleaner = cleaner
        # Loading takes a fifth of a second, which neither the event loop nor the sound thread has.
        threading.Thread(target=self._prepare, args=(cleaner,), name="cleaner", daemon=True).start()

    def _prepare(self, cleaner: Cleaner) -> None:
        try:
            cleaner.prepare()
        except Exception:
            log.exception("the microphone cannot be cleaned")
            return
        self._soon(partial(self._prepared, cleaner))

    def _prepared(self, cleaner: Cleaner) -> None:
        if cleaner is self._cleaner:  # nothing else was wished meanwhile
            self._sound.clean_with(cleaner)
