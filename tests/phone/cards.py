"""Sound systems for tests of the softphone: none at all, and one whose cards the test plugs in and out."""

from __future__ import annotations

from agent_desktop.errors import DeviceError
from agent_desktop.phone.devices import SilentMicrophone, SilentSpeaker
from agent_desktop.wire.phone import DeviceInfo


class NoCards:
    """A computer without sound."""

    def known(self) -> tuple[DeviceInfo, ...]:
        return ()

    def scout(self) -> tuple[DeviceInfo, ...] | None:
        return ()

    def look_again(self) -> None: ...

    def open_microphone(self, name: str) -> SilentMicrophone:
        raise DeviceError(f"The microphone {name} is not there.")

    def open_speaker(self, name: str) -> SilentSpeaker:
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

    def open_microphone(self, name: str) -> SilentMicrophone:
        return SilentMicrophone() if name in ("", *self.names) else super().open_microphone(name)

    def open_speaker(self, name: str) -> SilentSpeaker:
        return SilentSpeaker() if name in ("", *self.names) else super().open_speaker(name)
