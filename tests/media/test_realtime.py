"""A user without the right to real-time priority has it from the real RealtimeKit; a hog loses it.

RealtimeKit, polkit and a system bus of their own; ours runs without CAP_SYS_NICE, as an ordinary user's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from jeepney import message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/><allow user="*"/></policy></busconfig>
"""
CHILD = """
import json, os, sys, threading, time
from agent_desktop.media import realtime

realtime.watch_for_hogs()
told = {}

def policy():
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK

def sound():
    told["at_once"] = realtime.ask_for_urgency()
    until = time.monotonic() + float(sys.argv[1])
    while policy() != os.SCHED_RR and time.monotonic() < until:
        time.sleep(0.02)
    told["granted"] = policy() == os.SCHED_RR
    busy_until = time.thread_time() + 0.5
    while time.thread_time() < busy_until:
        pass
    told["after_hogging"] = policy() == os.SCHED_RR

thread = threading.Thread(target=sound)
thread.start()
thread.join()
print(json.dumps(told))
"""


@pytest.fixture
def system_bus(tmp_path: Path) -> Iterator[str]:
    """The address of a bus on which RealtimeKit is; polkit, a user of its own, must reach its socket."""
    folder = Path(tempfile.mkdtemp(prefix="agent-desktop-bus-"))
    folder.chmod(0o755)
    bus = folder / "bus"
    (tmp_path / "bus.conf").write_text(BUS.format(bus=bus))
    address = f"unix:path={bus}"
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> subprocess.Popen[bytes]:
        # RealtimeKit forbids itself to write files: its words must go into a pipe.
        process = subprocess.Popen(
            command,
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    try:
        start("dbus-daemon", f"--config-file={tmp_path / 'bus.conf'}", "--nofork")
        until = time.monotonic() + 10
        while not bus.exists():
            assert time.monotonic() < until, "no bus"
            time.sleep(0.02)
        start("/usr/lib/polkit-1/polkitd", "--no-debug")
        kit = start("/usr/libexec/rtkit-daemon", "--stderr")
        assert kit.stderr is not None
        for line in kit.stderr:
            if b"Canary thread running" in line:
                break
        while not there(address, "org.freedesktop.PolicyKit1"):
            assert time.monotonic() < until, "no polkit"
            time.sleep(0.05)
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            try:
                process.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
        shutil.rmtree(folder)


def there(address: str, name: str) -> bool:
    """Whether somebody on the bus has this name."""
    with closing(open_dbus_connection(address)) as bus:
        asking = new_method_call(message_bus, "NameHasOwner", "s", (name,))
        return bool(bus.send_and_get_reply(asking, timeout=5).body[0])


def asked(address: str, wait_s: float) -> dict[str, bool]:
    """What became of a sound thread in a process without the right."""
    done = subprocess.run(
        ["setpriv", "--bounding-set=-sys_nice", sys.executable, "-c", CHILD, str(wait_s)],
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, bool] = json.loads(done.stdout)
    return found


@pytest.mark.peer
def test_realtime_kit_grants_what_the_user_may_not_take_and_a_hog_loses_it_but_lives(system_bus: str) -> None:
    assert asked(system_bus, 10) == {"at_once": False, "granted": True, "after_hogging": False}


def test_without_a_system_bus_the_thread_runs_at_ordinary_priority(tmp_path: Path) -> None:
    nowhere = f"unix:path={tmp_path / 'none'}"
    assert asked(nowhere, 1) == {"at_once": False, "granted": False, "after_hogging": False}
