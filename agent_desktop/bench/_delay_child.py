"""One real phone in a process of its own whose devices note when something was said and heard.

Everything is the phone's own (engine, sound thread, jitter buffer); only the place where sound cards join
is ours: a microphone that says a short burst twice a second, and an ear that looks for it.  The moments
are of the system's monotonic clock, which all processes share.

It takes JSON lines (`register`, `dial`, `hang_up`, `told`) and gives JSON lines.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any, Final

import numpy as np

from agent_desktop.media import tones
from agent_desktop.media.pcm import FRAME_S, FRAME_SAMPLES, FULL_SCALE, SAMPLE_RATE_HZ, SILENCE, Pcm
from agent_desktop.phone.devices import Microphone, Speaker
from agent_desktop.phone.softphone import Softphone
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount

BURST_HZ: Final = 1000.0
_BURST_S: Final = 0.015
_EVERY_FRAMES: Final = 25
_HEARD: Final = 0.05 * FULL_SCALE
_QUIET_S: Final = 0.2
_PLUGGED: Final = (wire.DeviceInfo(name="Bench", microphone=True, speaker=True, default=True),)


class Mouth:
    """Silence, and every half a second a burst that begins with its frame."""

    def __init__(self, *, speaks: bool) -> None:
        self._speaks = speaks
        self._frames = 0
        self.said: list[float] = []
        self._burst = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        sound = tones.sine(BURST_HZ, _BURST_S, -6)
        self._burst[: len(sound)] = sound

    def start(self) -> None:
        self._frames = 0

    def read(self) -> Pcm:
        self._frames += 1
        if not self._speaks or self._frames % _EVERY_FRAMES:
            return SILENCE
        # A card gives a frame when its last sample was spoken: the first one is as old as the frame.
        self.said.append(time.monotonic() - FRAME_S)
        return self._burst

    def stop(self) -> None:
        """Nobody listens."""

    def close(self) -> None:
        """Nothing is open."""


class Ear:
    """Notes when each burst begins."""

    def __init__(self) -> None:
        self.heard: list[float] = []

    def start(self) -> None:
        """A call begins."""

    def write(self, frame: Pcm) -> None:
        now = time.monotonic()
        loud = np.flatnonzero(np.abs(frame.astype(np.int32)) > _HEARD)
        if len(loud):
            at = now + float(loud[0]) / SAMPLE_RATE_HZ
            if not self.heard or at - self.heard[-1] > _QUIET_S:
                self.heard.append(at)

    def stop(self) -> None:
        """The call is over."""

    def close(self) -> None:
        """Nothing is open."""


class Devices:
    """The one microphone and the one speaker of this computer."""

    def __init__(self, mouth: Mouth, ear: Ear) -> None:
        self._mouth, self._ear = mouth, ear

    def known(self) -> tuple[wire.DeviceInfo, ...]:
        return _PLUGGED

    def scout(self) -> tuple[wire.DeviceInfo, ...] | None:
        return _PLUGGED

    def look_again(self) -> None:
        """Nothing changes."""

    def open_microphone(self, name: str) -> Microphone:
        _ = name
        return self._mouth

    def open_speaker(self, name: str) -> Speaker:
        _ = name
        return self._ear

    def close(self) -> None:
        """Nothing is open."""


def _say(values: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


class _Phone:
    def __init__(self, *, speaks: bool) -> None:
        self._mouth, self._ear = Mouth(speaks=speaks), Ear()
        self._call = ""
        self.softphone = Softphone(self._publish, backend=Devices(self._mouth, self._ear))

    def _publish(self, event: wire.AnyPhoneEvent) -> None:
        match event:
            case wire.RegistrationChanged():
                _say({"registration": event.registration.state, "detail": event.registration.detail})
            case wire.PhoneCallChanged():
                call, is_new = event.call, event.call.id != self._call
                self._call = call.id
                _say({"call": call.state})
                if is_new and call.direction == "in":
                    asyncio.get_running_loop().call_soon(self._do, wire.Answer(call=call.id))
            case _:
                pass

    def _do(self, command: wire.AnyPhoneCommand) -> None:
        reply = self.softphone.handle("bench", command)
        if not reply.ok:
            _say({"refused": reply.message})

    def take(self, line: dict[str, str]) -> None:
        match line["do"]:
            case "register":
                account = PhoneAccount(
                    extension=line["extension"],
                    server=line["server"],
                    password=line["password"],
                    realm=line["realm"],
                )
                self._do(wire.SetAccount(account=account))
            case "dial":
                self._do(wire.Dial(target=line["target"]))
            case "hang_up":
                self._do(wire.HangUp(call=self._call))
            case _:
                _say({"said": self._mouth.said, "heard": self._ear.heard})
                self._mouth.said, self._ear.heard = [], []


async def _run() -> None:
    phone = _Phone(speaks=sys.argv[1] == "speaks")
    await phone.softphone.start()
    _say({"up": True})
    while line := await asyncio.to_thread(sys.stdin.readline):
        phone.take(json.loads(line))
    await phone.softphone.close()


if __name__ == "__main__":
    asyncio.run(_run())
