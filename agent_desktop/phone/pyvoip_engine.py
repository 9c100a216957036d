"""The second engine: pyVoIP 1.6.8 in a child process, for those who choose it.  Never chosen by itself.

It registers, calls, answers, declines, hangs up and hears key presses, with G.711 over UDP and IPv4.  It
has no hold, no transfer, no key presses of its own, no TCP, TLS or SRTP, no session timers and no second
call; none of that is declared, and asking for it is refused in words (references/voice section 2).

A watchdog asks the child for a sign of life: a child that does not give one within `PATIENCE_S`, or that
ends by itself, is ended, its call is reported as gone, and a fresh child registers again.  The engine
never changes within a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Final

from agent_desktop.errors import RefusedError, SipError
from agent_desktop.phone.engine import (
    DTMF_RECEIVE,
    Arrived,
    CameUp,
    DigitHeard,
    Gone,
    News,
    RegistrationNews,
    RingsThere,
)
from agent_desktop.phone.pyvoip_sound import LoopbackSound
from agent_desktop.phone.reasons import words_for
from agent_desktop.phone.sound import Sound
from agent_desktop.phone.station import plan_for
from agent_desktop.wire.models import PhoneAccount

log = logging.getLogger(__name__)

BEAT_S: Final = 2.0
PATIENCE_S: Final = 6.0
START_PATIENCE_S: Final = 30.0
RETRY_S: Final = 5.0
GOODBYE_S: Final = 3.0
FIRST_PORT, LAST_PORT = 33_000, 60_000
_HUNG: Final = "The telephone engine stopped responding and was started again."
_AGAIN: Final = " It is tried again."


class PyVoipEngine:
    """See `engine.Engine`.  Lives on the event loop."""

    name = "pyvoip"
    capabilities: tuple[str, ...] = (DTMF_RECEIVE,)

    def __init__(self, sound: Sound, report: Callable[[News], None]) -> None:
        self._sound = sound
        self._report = report
        self._account: PhoneAccount | None = None
        self._using = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reaping: set[asyncio.Task[None]] = set()
        self._watched: dict[int, asyncio.TimerHandle] = {}
        self._orders = 0
        self._call = ""  # one at a time: without hold a second one is of no use
        self._child_call = ""

    # ------------------------------------------------------------ the child

    async def use(self, account: PhoneAccount | None) -> None:
        """Start a child for the account, or end it."""
        self._account = account
        async with self._using:
            await self._end_child(GOODBYE_S)
            if self._account != account:
                return  # something newer was asked for meanwhile
            if account is None:
                self._report(RegistrationNews("none"))
                return
            self._report(RegistrationNews("registering"))
            refusal = _refusal(account)
            if refusal:
                self._report(RegistrationNews("failed", refusal))
                return
            await self._start(account)

    async def _start(self, account: PhoneAccount) -> None:
        try:
            server, here = await plan_for(account)
        except (OSError, SipError) as error:
            log.warning("the registrar %s cannot be reached: %s", account.server, error)
            self._report(RegistrationNews("failed", "The telephone server's address is not known." + _AGAIN))
            self._try_later(account)
            return
        if ":" in here:
            self._report(RegistrationNews("failed", "This telephone engine only speaks IPv4; choose native."))
            return
        self._child = child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "agent_desktop.phone.pyvoip_child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # numpy's BLAS threads spin, and a sound thread would wait for them.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._write(
            {
                "server": server.host,
                "port": server.port,
                "domain": account.server,
                "realm": account.realm,
                "user": account.extension,
                "password": account.password,
                "display_name": account.display_name,
                "host": here,
                "rtp_low": FIRST_PORT,
                "rtp_high": LAST_PORT,
            }
        )
        self._spawn(self._read(child))
        self._order({"do": "ping"}, START_PATIENCE_S)

    def _try_later(self, account: PhoneAccount) -> None:
        async def again() -> None:
            await asyncio.sleep(RETRY_S)
            if self._account == account:
                await self.use(account)

        self._spawn(again())

    async def _end_child(self, patience_s: float) -> None:
        """Let the child say goodbye, if it may take that long, and end it."""
        for handle in self._watched.values():
            handle.cancel()
        self._watched.clear()
        child, self._child = self._child, None
        if child is None:
            return
        self._gone("network", "")
        reaping = asyncio.get_running_loop().create_task(_reap(child, patience_s))
        self._reaping.add(reaping)
        reaping.add_done_callback(self._reaping.discard)
        await asyncio.shield(reaping)  # whoever waits may be cancelled; the child must not be left behind

    def _write(self, line: dict[str, Any]) -> None:
        child = self._child
        if child is not None and child.stdin is not None:
            child.stdin.write(json.dumps(line).encode() + b"\n")

    def _order(self, order: dict[str, Any], patience_s: float | None = None) -> None:
        if self._child is None:
            raise RefusedError("The phone is not signed in at the telephone server.", code="not_registered")
        self._orders += 1
        loop = asyncio.get_running_loop()
        patience_s = PATIENCE_S if patience_s is None else patience_s
        self._watched[self._orders] = loop.call_later(patience_s, self._hung, order["do"])
        self._write({"id": self._orders, **order})

    def _done(self, order: int) -> None:
        """The child came back from an order; ask it again in a while if nothing else is asked."""
        handle = self._watched.pop(order, None)
        if handle is not None:
            handle.cancel()
        if not self._watched and self._child is not None:
            loop = asyncio.get_running_loop()
            self._watched[-1] = loop.call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        self._watched.pop(-1, None)
        with contextlib.suppress(RefusedError):
            self._order({"do": "ping"})

    def _hung(self, order: str) -> None:
        """The watchdog: no sign of life."""
        log.warning("pyVoIP hangs in %s; its process is ended", order)
        self._gone("network", _HUNG)
        self._report(RegistrationNews("failed", _HUNG))
        self._spawn(self._replace(self._account))

    async def _replace(self, account: PhoneAccount | None) -> None:
        async with self._using:
            await self._end_child(0.0)
        if self._account == account:
            await self.use(account)

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None  # noqa: S101 - it is a pipe
        is_unavailable = False
        while line := await child.stdout.readline():
            with contextlib.suppress(ValueError, KeyError):
                news = json.loads(line)
                is_unavailable = is_unavailable or news["event"] == "unavailable"
                if child is self._child:
                    self._heard(news)
        if child is not self._child:
            return
        account = self._account
        await self._end_child(0.0)
        if is_unavailable or account is None:
            return
        log.warning("the pyVoIP process ended by itself")
        self._report(RegistrationNews("failed", _HUNG))
        self._try_later(account)

    def _heard(self, news: dict[str, Any]) -> None:
        match news["event"]:
            case "done":
                self._done(news["id"])
            case "registered":
                self._registered(news)
            case "unavailable":
                log.warning("the pyVoIP engine cannot be used: %s", news["detail"])
                self._report(RegistrationNews("failed", news["detail"]))
            case "arrived":
                self._arrived(news)
            case "failed":
                self._failed(news)
            case "trouble":
                log.warning("pyVoIP: %s", news["detail"])
            case event if news.get("call") == self._child_call and self._call:
                self._on_call(event, news)
            case _:
                pass

    def _registered(self, news: dict[str, Any]) -> None:
        if news["ok"]:
            self._report(RegistrationNews("registered"))
        else:
            self._report(RegistrationNews("failed", words_for(int(news["status"])) + _AGAIN))

    def _failed(self, news: dict[str, Any]) -> None:
        log.warning("pyVoIP failed in %s: %s", news["order"], news["detail"])
        if news["order"] == "dial" and news["call"] == self._child_call:
            self._gone("network", news["detail"] or "The call could not be made.")

    # ------------------------------------------------------------ calls

    def _arrived(self, news: dict[str, Any]) -> None:
        if self._call:
            self._order({"do": "reject", "call": news["call"], "status": 486})
            return
        self._call = f"phone-{uuid.uuid4().hex[:16]}"
        self._child_call = news["call"]
        self._report(Arrived(self._call, news["number"], news["name"], news["interaction"]))

    def _on_call(self, event: str, news: dict[str, Any]) -> None:
        match event:
            case "rings":
                self._report(RingsThere(self._call, has_sound=bool(news["has_sound"])))
            case "up":
                self._report(CameUp(self._call))
            case "digit":
                self._report(DigitHeard(self._call, str(news["digit"])))
            case "gone":
                status, by = int(news["status"]), str(news["by"])
                detail = words_for(status) if status >= 300 and by != "agent" else ""
                self._gone(by, detail, status)
            case _:
                pass

    def dial(self, call: str, target: str, interaction: str) -> None:
        """Call a number, an extension or a SIP address through the registrar."""
        if self._call:
            raise RefusedError("This telephone engine can do one call at a time.", code="too_many")
        number = target if "@" in target else "".join(c for c in target if c not in " -()/.\t")
        if not number.strip() or not number.isprintable():
            raise RefusedError("There is no number to call.", code="bad_target")
        if self._child is None:
            raise RefusedError("The phone is not signed in at the telephone server.", code="not_registered")
        self._call, self._child_call = call, f"out-{self._orders}"
        self._order({"do": "dial", "target": number, "interaction": interaction, **self._open_sound(call)})

    def answer(self, call: str) -> None:
        self._need(call)
        self._order({"do": "answer", **self._open_sound(call)})

    def reject(self, call: str, status: int) -> None:
        self._need(call)
        self._order({"do": "reject", "call": self._child_call, "status": status})

    def hang_up(self, call: str) -> None:
        """End the call, in whatever state it is."""
        self._need(call)
        self._order({"do": "hang_up", "call": self._child_call})

    def hold(self, call: str, *, on: bool) -> None:
        _ = call, on
        raise RefusedError(
            "This telephone engine cannot hold calls; the native one can.", code="not_supported"
        )

    def press(self, call: str, digits: str) -> bool:
        _ = call, digits
        raise RefusedError(
            "This telephone engine cannot press keys; the native one can.", code="not_supported"
        )

    def add_text(self, call: str) -> None:
        _ = call
        raise RefusedError(
            "This telephone engine cannot write in calls; the native one can.", code="not_supported"
        )

    def favour_tones(self, call: str) -> None:
        """Nobody hears tones here."""

    def transfer(self, call: str, target: str, other: str) -> None:
        _ = call, target, other
        raise RefusedError(
            "This telephone engine cannot transfer calls; the native one can.", code="not_supported"
        )

    async def close(self) -> None:
        """Hang up, sign off, and end the child."""
        self._account = None
        async with self._using:
            await self._end_child(GOODBYE_S)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._reaping, return_exceptions=True)

    # ------------------------------------------------------------ inside

    def _need(self, call: str) -> None:
        if call != self._call or not call:
            raise RefusedError("There is no such call any more.", code="no_such_call")

    def _open_sound(self, call: str) -> dict[str, Any]:
        """Sound for the call, and what the child must know of it."""
        sound = LoopbackSound()
        self._sound.join(call, sound)
        return {"call": self._child_call, "audio": sound.port, "secret": sound.secret}

    def _gone(self, by: str, detail: str, status: int = 0) -> None:
        call, self._call, self._child_call = self._call, "", ""
        if call:
            self._sound.close_call(call)
            self._report(Gone(call, by, status, detail))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _reap(child: asyncio.subprocess.Process, patience_s: float) -> None:
    """Close the child's input and wait for its end, in the end without asking."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        await asyncio.wait_for(child.wait(), patience_s)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _refusal(account: PhoneAccount) -> str:
    """Why this engine cannot serve the account at all; "" when it can."""
    if account.transport != "udp":
        return "This telephone engine only speaks UDP; choose native."
    if account.srtp == "mandatory":
        return "This telephone engine cannot encrypt the sound, and the centre asks for it; choose native."
    return ""
