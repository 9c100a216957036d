"""Sound systems for tests of the softphone: none at all, and one whose cards the test plugs in and out."""

from __future__ import annotations

from agent_desktop.errors import DeviceError
from agent_desktop.phone import devices
from agent_desktop.phone.devices import Microphone, SilentMicrophone, SilentSpeaker, Speaker
from agent_desktop.wire.phone import DeviceInfo


class NoCards:
    """A computer without sound."""

    def known(self) -> tuple[DeviceInfo, ...]:
        return ()

    def scout(self) -> tuple[DeviceInfo, ...] | None:
        return ()

    def look_again(self) -> None: ...

    def open_microphone(self, name: str) -> Microphone:
        raise DeviceError(f"The microphone {name} is not there.")

    def open_speaker(self, name: str) -> Speaker:
        raise DeviceError(f"The loudspeaker {name} is not there.")

    def close(self) -> None: ...


class Cards(NoCards):
    """Cards by name; each is a microphone and a loudspeaker, silent both."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def known(self) -> tuple[DeviceInfo, ...]:
        return tuple(DeviceInfo(name=name, microphone=True, speaker=True) for name in self.names)

    def scout(self) -> tuple[DeviceInfo, ...] | None:
        return self.known()

    def open_microphone(self, name: str) -> Microphone:
        return SilentMicrophone() if name in ("", *self.names) else super().open_microphone(name)

    def open_speaker(self, name: str) -> Speaker:
        return SilentSpeaker() if name in ("", *self.names) else super().open_speaker(name)


class Files(NoCards):
    """Sound files alone."""

    def open_microphone(self, name: str) -> Microphone:
        return devices.open_microphone(name)

    def open_speaker(self, name: str) -> Speaker:
        return devices.open_speaker(name)
