"""A phone's sound in a process of its own: one call that never ends, devices that come and go.

Prints one JSON line for each thing that happens, with the time of the monotonic clock: `used` devices, and
`sound`/`silence` when the microphone's level passes -60 dBFS.  A tone is played into the speaker all the
time, so that a virtual card, which hears itself, always hears something.  A line on standard input is the
list of wanted devices, or `echo?`; it ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from agent_desktop.media import tones
from agent_desktop.phone.hotswap import HotSwap, InUse
from agent_desktop.phone.preferences import Wanted
from agent_desktop.phone.probe import chirp, find
from agent_desktop.phone.selftest_bench import PhoneBench
from agent_desktop.phone.sound import Listeners, Sound


def say(kind, **more) -> None:
    print(json.dumps({"is": kind, "at": time.monotonic(), **more}), flush=True)


class Call:
    """What Sound needs of a call."""

    pressing = False

    def __init__(self) -> None:
        self.tone = tones.Loop(tones.sine(440, 1.0, -20))
        self.hears = False
        self.frames = 0

    def receive_due(self) -> None:
        pass

    def read_frame(self):
        return self.tone.frame()

    def write_frame(self, pcm) -> None:
        self.frames += 1
        hears = tones.level_dbfs(pcm) > -60
        if hears != self.hears:
            self.hears = hears
            say("sound" if hears else "silence", frames=self.frames)

    def press(self, digits) -> bool:
        return False

    def quality(self):
        return None

    def close(self) -> None:
        pass


def measure(sound: Sound) -> None:
    """How late and how loud a chirp comes back through the devices in use."""
    bench = PhoneBench(
        sound,
        speaker=lambda: "",
        cancels_echo=lambda: False,
        registration=lambda: ("", ""),
        dial=None,
        hang_up=None,
    )

    async def listen():
        await bench.hear(0.2, None, lambda _level: None)
        sound.close_call("call")  # now, so that the devices stay open
        await bench.hear(0.5, None, lambda _level: None)
        for _ in range(8):  # a machine that is too busy to play without gaps gets another chance
            back = find(chirp(), await bench.hear(1.5, chirp(), lambda _level: None))
            if back is not None and back.level_db > -3:
                break
        return back

    back = asyncio.run(listen())
    bench.close()
    say("echo", delay_ms=back and back.delay_ms, level_db=back and back.level_db)


def main() -> None:
    holder = []

    def lost(which: str, words: str) -> None:
        holder[0].lost(which, words)

    def changed(now: InUse) -> None:
        say("used", microphone=now.microphone, speaker=now.speaker, detail=now.detail)

    sound = Sound(lambda work: work(), Listeners(lambda *_: None, lambda *_: None, lost))
    swap = HotSwap(sound, changed)
    holder.append(swap)
    wanted = tuple(sys.argv[1:])
    swap.want(Wanted(microphones=wanted, speakers=wanted))
    swap.start()
    call = Call()
    sound.join("call", call)
    for line in sys.stdin:
        if line == "echo?\n":
            measure(sound)
            continue
        names = tuple(line.split())
        swap.want(Wanted(microphones=names, speakers=names))
    swap.stop()
    late = sound.lateness
    sound.stop()
    say("end", frames=call.frames, late_p99_ms=late.p99_ms, skipped=late.skipped)


if __name__ == "__main__":
    main()
