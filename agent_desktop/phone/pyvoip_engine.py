"""The second engine: pyVoIP 1.6.8 in a child process, for those who choose it.  Never chosen by itself.

It can register, dial, answer, reject and hang up with G.711 over UDP; no hold, no key presses, no TLS, no
second call (references/voice section 2).  pyVoIP blocks for ever when the first answer to a call is a 407
or 486: an order that has not come back after `PATIENCE_S` ends the child, the call in it is reported as
gone, and a fresh child registers again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import socket
import sys
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

import numpy as np

from agent_desktop.errors import RefusedError, SipError
from agent_desktop.media.pcm import FRAME_SAMPLES, SILENCE, Pcm
from agent_desktop.media.quality import Quality
from agent_desktop.phone.engine import Arrived, CameUp, Gone, News, RegistrationNews, RingsThere
from agent_desktop.phone.reasons import words_for
from agent_desktop.phone.sound import Sound
from agent_desktop.phone.station import plan_for
from agent_desktop.wire.models import PhoneAccount

log = logging.getLogger(__name__)

PATIENCE_S: Final = 6.0
START_PATIENCE_S: Final = 35.0
_LONGEST_FRAMES: Final = 10
_KEPT_FRAMES: Final = 3
_HUNG: Final = "The telephone engine stopped responding and was started again."


class LoopbackSound:
    """A call's sound over loopback to the child; what `Sound` needs of a session."""

    pressing = False

    def __init__(self) -> None:
        self._wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._wire.bind(("127.0.0.1", 0))
        self._wire.settimeout(0.0)
        self._child: Any = None
        self._frames: deque[Pcm] = deque()

    @property
    def port(self) -> int:
        return int(self._wire.getsockname()[1])

    def receive_due(self) -> None:
        with contextlib.suppress(OSError):
            for _ in range(2 * _LONGEST_FRAMES):
                data, self._child = self._wire.recvfrom(4 * FRAME_SAMPLES)
                if len(data) == 2 * FRAME_SAMPLES:
                    self._frames.append(np.frombuffer(data, dtype=np.int16))
        if len(self._frames) > _LONGEST_FRAMES:
            while len(self._frames) > _KEPT_FRAMES:
                self._frames.popleft()

    def read_frame(self) -> Pcm:
        return self._frames.popleft() if self._frames else SILENCE

    def write_frame(self, pcm: Pcm) -> None:
        if self._child is not None:
            with contextlib.suppress(OSError):
                self._wire.sendto(pcm.tobytes(), self._child)

    def press(self, digits: str) -> bool:
        _ = digits
        return False

    def quality(self) -> Quality | None:
        return None

    def close(self) -> None:
        self._wire.close()


class PyVoipEngine:
    """See `engine.Engine`.  Lives on the event loop."""

    name = "pyvoip"
    capabilities: tuple[str, ...] = ()

    def __init__(self, sound: Sound, report: Callable[[News], None]) -> None:
        self._sound = sound
        self._report = report
        self._account: PhoneAccount | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched: dict[int, asyncio.TimerHandle] = {}
        self._orders = 0
        self._call = ""  # pyVoIP's sound is only worth one call at a time
        self._child_call = ""
        self._domain = ""

    # ------------------------------------------------------------ the child

    async def use(self, account: PhoneAccount | None) -> None:
        """Start a child for the account, or end it."""
        self._account = account
        await self._end_child()
        if account is None:
            self._report(RegistrationNews("none"))
            return
        self._report(RegistrationNews("registering"))
        try:
            server, here = await plan_for(account)
        except (OSError, SipError):
            self._report(RegistrationNews("failed", "The telephone server's address is not known."))
            return
        if server.transport != "udp":
            self._report(RegistrationNews("failed", "This telephone engine only speaks UDP; choose native."))
            return
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "agent_desktop.phone.pyvoip_child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._write(
            {
                "server": server.host,
                "port": server.port,
                "user": account.extension,
                "password": account.password,
                "host": here,
                "sip_port": _free_port(here),
                "rtp_low": random.randrange(20_000, 32_000, 100),  # noqa: S311 - spreads ports only
            }
        )
        self._spawn(self._read(self._child))
        self._order({"do": "start"}, START_PATIENCE_S)

    async def _end_child(self) -> None:
        for handle in self._watched.values():
            handle.cancel()
        self._watched.clear()
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
        await child.wait()
        self._gone("network", "")

    def _write(self, line: dict[str, Any]) -> None:
        child = self._child
        if child is not None and child.stdin is not None:
            child.stdin.write(json.dumps(line).encode() + b"\n")

    def _order(self, order: dict[str, Any], patience_s: float = PATIENCE_S) -> None:
        if self._child is None:
            raise RefusedError("The phone is not signed in at the telephone server.", code="not_registered")
        self._orders += 1
        loop = asyncio.get_running_loop()
        self._watched[self._orders] = loop.call_later(patience_s, self._hung, order["do"])
        self._write({"id": self._orders, **order})

    def _hung(self, order: str) -> None:
        """The watchdog: pyVoIP did not come back."""
        log.warning("pyVoIP hangs in %s; its process is ended", order)
        self._gone("network", _HUNG)
        self._spawn(self.use(self._account))

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None  # noqa: S101 - it is a pipe
        while line := await child.stdout.readline():
            with contextlib.suppress(ValueError, KeyError):
                self._heard(json.loads(line))
        if child is self._child:
            log.warning("the pyVoIP process ended by itself")
            self._gone("network", _HUNG)
            self._child = None
            self._report(RegistrationNews("failed", _HUNG))

    def _heard(self, news: dict[str, Any]) -> None:
        match news["event"]:
            case "done":
                handle = self._watched.pop(news["id"], None)
                if handle is not None:
                    handle.cancel()
            case "registered":
                detail = "" if news["ok"] else "The telephone server refused the phone or did not answer."
                self._report(RegistrationNews("registered" if news["ok"] else "failed", detail))
            case "arrived":
                self._arrived(news)
            case "up" if news["call"] == self._child_call:
                self._report(CameUp(self._call))
            case "gone" if news["call"] == self._child_call:
                status = int(news.get("status", 0))
                self._gone(news["by"], words_for(status) if status else "", status)
            case "failed":
                self._failed(news)
            case _:
                pass

    def _failed(self, news: dict[str, Any]) -> None:
        log.warning("pyVoIP failed in %s: %s", news["order"], news["detail"])
        if news["order"] == "start":
            self._report(RegistrationNews("failed", "The telephone server refused the phone."))
        elif news["order"] == "hang_up":
            # A call that is not answered cannot be given up; only the end of the process ends it.
            self._spawn(self.use(self._account))
        elif news["call"] == self._child_call:
            self._gone("network", "The call could not be made.")

    # ------------------------------------------------------------ calls

    def _arrived(self, news: dict[str, Any]) -> None:
        if self._call:
            self._order({"do": "reject", "call": news["call"]})
            return
        self._call = f"phone-{uuid.uuid4().hex[:16]}"
        self._child_call = news["call"]
        self._report(Arrived(self._call, news["number"], news["name"].strip('" '), news["interaction"]))

    def dial(self, call: str, target: str, interaction: str) -> None:
        """Call a number.  pyVoIP cannot send extra headers: the interaction does not travel."""
        _ = interaction
        if self._call:
            raise RefusedError("This telephone engine can do one call at a time.", code="too_many")
        self._call, self._child_call = call, f"out-{self._orders}"
        sound = self._open_sound(call)
        try:
            self._order({"do": "dial", "call": self._child_call, "target": target, "audio": sound.port})
        except RefusedError:
            self._call = self._child_call = ""
            self._sound.close_call(call)
            raise
        self._report(RingsThere(call, has_sound=False))

    def answer(self, call: str) -> None:
        self._need(call)
        sound = self._open_sound(call)
        self._order({"do": "answer", "call": self._child_call, "audio": sound.port})

    def reject(self, call: str, status: int) -> None:
        """PyVoIP knows one refusal: busy."""
        _ = status
        self._need(call)
        self._order({"do": "reject", "call": self._child_call})

    def hang_up(self, call: str) -> None:
        """End the call.  pyVoIP cannot give up a call that is not answered: then its process is ended."""
        self._need(call)
        with contextlib.suppress(RefusedError):
            self._order({"do": "hang_up", "call": self._child_call})
        self._gone("agent", "")

    def hold(self, call: str, *, on: bool) -> None:
        _ = call, on
        raise RefusedError("This telephone engine cannot hold calls.", code="not_supported")

    def press(self, call: str, digits: str) -> bool:
        _ = call, digits
        return False

    async def close(self) -> None:
        """Say goodbye within a second, then end the child."""
        with contextlib.suppress(RefusedError):
            self._order({"do": "stop"})
            await asyncio.sleep(0.5)
        self._account = None
        await self._end_child()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ------------------------------------------------------------ inside

    def _need(self, call: str) -> None:
        if call != self._call:
            raise RefusedError("There is no such call any more.", code="no_such_call")

    def _open_sound(self, call: str) -> LoopbackSound:
        sound = LoopbackSound()
        self._sound.join(call, sound)
        return sound

    def _gone(self, by: str, detail: str, status: int = 0) -> None:
        call, self._call, self._child_call = self._call, "", ""
        if call:
            self._sound.close_call(call)
            self._report(Gone(call, by, status, detail))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
