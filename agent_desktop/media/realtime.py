"""Leave from Linux to run the sound thread before all others.

First by the process's own right (`rtprio`, root); else by RealtimeKit, which grants it on every common
desktop over D-Bus (org.freedesktop.RealtimeKit1) to a process that promises not to hog a core
(RLIMIT_RTTIME).  Should a thread break the promise, `SIGXCPU` takes its priority away again, long before the
kernel would end the process.

Rules: nothing here waits in the sound thread (RealtimeKit is asked by a thread of its own); children of the
process inherit nothing; without leave everything still works, at ordinary priority.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from types import FrameType
from typing import Any, Final

PRIORITY: Final = 1  # above every ordinary thread; the lowest of the real-time ones
_NICENESS: Final = -10
_KIT: Final = "org.freedesktop.RealtimeKit1"
_KIT_WAIT_S: Final = 2.0
_DEFAULT_LIMIT_US: Final = 200_000  # RealtimeKit's own default for RTTimeUSecMax

log = logging.getLogger(__name__)
_granted: set[int] = set()


def ask_for_urgency() -> bool:
    """Ask the system to wake this thread before others; False when it is not allowed (or not yet).

    Without it the kernel lets a busy neighbour finish its slice, up to 4 ms.  It is safe for a thread that
    sleeps nearly always.
    """
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except OSError:
        thread = threading.get_native_id()
        _leave_warnings_to_the_main_thread()
        threading.Thread(target=ask_realtime_kit, args=(thread,), name="rtkit", daemon=True).start()
        try:
            os.setpriority(os.PRIO_PROCESS, thread, _NICENESS)
        except OSError:
            return False
    return True


def watch_for_hogs() -> None:
    """Take the signal that says a real-time thread runs too long; call it in the main thread, first."""
    if sys.platform == "linux" and threading.current_thread() is threading.main_thread():
        import signal  # noqa: PLC0415 - SIGXCPU exists on POSIX systems alone

        signal.signal(signal.SIGXCPU, _calm_down)


def _leave_warnings_to_the_main_thread() -> None:
    """Python carries out signals in the main thread, which sleeps when this one takes them."""
    import signal  # noqa: PLC0415 - SIGXCPU exists on POSIX systems alone

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGXCPU})


def ask_realtime_kit(thread: int) -> bool:
    """Ask RealtimeKit for a thread of this process, by its native id; waits for the answer.

    False when there is no system bus, no RealtimeKit, no permission, or nobody who takes `SIGXCPU`.
    """
    import signal  # noqa: PLC0415 - SIGXCPU exists on POSIX systems alone

    if signal.getsignal(signal.SIGXCPU) is not _calm_down:
        return False
    try:
        import jeepney  # noqa: PLC0415 - there on Linux only (with the keyring)
        from jeepney.io.blocking import open_dbus_connection  # noqa: PLC0415
    except ImportError:
        return False
    kit = jeepney.DBusAddress("/org/freedesktop/RealtimeKit1", _KIT, _KIT)
    try:
        with contextlib.closing(open_dbus_connection("SYSTEM")) as bus:
            properties = jeepney.Properties(kit)
            limit_us = _asked(bus, properties.get("RTTimeUSecMax"), _DEFAULT_LIMIT_US)
            _promise(limit_us)
            asking = jeepney.new_method_call(
                kit, "MakeThreadRealtimeWithPID", "ttu", (os.getpid(), thread, PRIORITY)
            )
            reply = bus.send_and_get_reply(asking, timeout=_KIT_WAIT_S)
    except (OSError, TimeoutError, ValueError, KeyError, jeepney.AuthenticationError) as error:
        log.info("the sound thread has ordinary priority", extra={"detail": str(error)})
        return False
    if reply.header.message_type is not jeepney.MessageType.method_return:
        log.info("the sound thread has ordinary priority", extra={"detail": str(reply.body)})
        return False
    _granted.add(thread)
    return True


def _asked(bus: Any, question: Any, otherwise: int) -> int:
    """A number that RealtimeKit tells, or the usual one."""
    import jeepney  # noqa: PLC0415 - there on Linux only

    reply = bus.send_and_get_reply(question, timeout=_KIT_WAIT_S)
    if reply.header.message_type is not jeepney.MessageType.method_return:
        return otherwise
    value = reply.body[0][1]
    return int(value) if isinstance(value, int) and value > 0 else otherwise


def _promise(limit_us: int) -> None:
    """No real-time thread of this process computes longer without sleeping; warned at a quarter (SIGXCPU).

    What is left is the main thread's, to be woken on a busy machine and to take the interpreter's lock.
    """
    import resource  # noqa: PLC0415 - POSIX systems alone

    hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]
    most = limit_us if hard == resource.RLIM_INFINITY else min(limit_us, hard)
    resource.setrlimit(resource.RLIMIT_RTTIME, (most // 4, most))


def _calm_down(_signal: int, _frame: FrameType | None) -> None:
    """Back to ordinary priority, before the kernel ends the process at the whole limit."""
    for thread in tuple(_granted):
        _granted.discard(thread)
        with contextlib.suppress(OSError):
            # Only root may take the flag away again.
            os.sched_setscheduler(thread, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
