"""What this person chose of devices and sound, kept in the client's data folder for the next phone.

A file of its own, `devices.json`: written whole to a neighbour and moved over, so that a power cut leaves
the old one or the new one.  A file that cannot be read is as good as none.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from agent_desktop.wire.phone import AnyPhoneCommand, SelectDevices, SetSound

FILE_NAME = "devices.json"


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ordered lists of devices, and the sound settings; None: never chosen."""

    devices: SelectDevices | None = None
    sound: SetSound | None = None

    def commands(self) -> tuple[AnyPhoneCommand, ...]:
        """What a phone is told when it is attached."""
        return tuple(c for c in (self.devices, self.sound) if c is not None)


class PreferenceFile:
    """The file; `keep` takes what the phone was told and remembers it."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.chosen = Preferences()
        if path is not None:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                self.chosen = msgspec.json.decode(path.read_bytes(), type=Preferences)

    def keep(self, command: AnyPhoneCommand) -> str:
        """Remember a choice; gives why it could not be written, or nothing."""
        match command:
            case SelectDevices():
                chosen = msgspec.structs.replace(self.chosen, devices=command)
            case SetSound():
                chosen = msgspec.structs.replace(self.chosen, sound=command)
            case _:
                return ""
        if chosen == self.chosen:
            return ""
        self.chosen = chosen
        return self._write()

    def _write(self) -> str:
        if self._path is None:
            return ""
        beside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.encode(self.chosen))
            beside.replace(self._path)
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""
