"""The running window on the real accessibility bus: every interactive node has a name.

Xvfb, an own D-Bus session, the AT-SPI launcher and the walker of the peers' kit (which runs under the
system Python).  A planted button without a name must fail it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
WALKER = HERE.parent / "peers" / "kit" / "atspi" / "atspi_walk.py"
LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
# Everything that it starts is in its own process group and is ended with it.
_SCRIPT = """
export QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 QT_QPA_PLATFORM=xcb
"$LAUNCHER" --launch-immediately & bus=$!
sleep 1
"$PYTHON" "$APP" "$@" & app=$!
/usr/bin/python3 "$WALKER" agent-desktop --strict --text --wait 30
status=$?
kill $app $bus
wait $app $bus 2>/dev/null
exit $status
"""

pytestmark = pytest.mark.screen


@dataclass
class Walk:
    status: int
    nodes: list[dict[str, Any]]
    errors: str

    def named(self, role: str) -> list[str]:
        return [node["name"] for node in self.nodes if node["role"] == role]


def walk(*options: str) -> Walk:
    for program in ("xvfb-run", "dbus-run-session"):
        assert shutil.which(program), f"{program} is missing: install what the README names"
    with tempfile.TemporaryDirectory() as runtime:
        Path(runtime).chmod(0o700)
        environment = os.environ | {
            "XDG_RUNTIME_DIR": runtime, "LAUNCHER": LAUNCHER, "PYTHON": sys.executable,
            "APP": str(HERE / "scripted_app.py"), "WALKER": str(WALKER),
        }  # fmt: skip
        screen = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"]
        done = subprocess.run(
            [*screen, "dbus-run-session", "--", "bash", "-c", _SCRIPT, "walk", *options],
            capture_output=True, text=True, timeout=100, env=environment, check=False,
        )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return Walk(done.returncode, [line for line in lines if "role" in line], done.stderr)


@pytest.mark.parametrize("tab", ["customer", "script", "knowledge", "wrapup"])
def test_every_interactive_node_of_the_running_window_has_a_name(tab: str) -> None:
    seen = walk("--tab", tab)
    assert seen.status == 0, [
        node for node in seen.nodes if "error" in node or "warning" in node
    ] or seen.errors
    buttons = seen.named("push button") + seen.named("button")
    assert any(name.startswith("Answer, Lena Brandt") for name in buttons)
    assert any(name.startswith("Answer, Omar Haddad") for name in buttons)
    cells = seen.named("table cell")
    assert any(name.startswith("Jordan Diaz") for name in cells)
    assert "Amina Yusuf, email, 16:02: Hello, my parcel…" in cells


def test_every_interactive_node_of_the_sign_in_has_a_name() -> None:
    seen = walk("--signin")
    assert seen.status == 0, [node for node in seen.nodes if "error" in node] or seen.errors
    assert "Password" in seen.named("password text")


def test_every_interactive_node_of_calls_and_their_panels_has_a_name() -> None:
    seen = walk("--calls")
    assert seen.status == 0, [node for node in seen.nodes if "error" in node] or seen.errors
    buttons = seen.named("push button") + seen.named("button")
    for name in ("Remove, Chen Wei", "Resume recording, Amina Yusuf", "Key 5", "Transfer, Chen Wei"):
        assert name in buttons, name
    assert "Billing, 2 ready, about 1 minute" in seen.named("table cell")


def test_every_interactive_node_of_the_board_has_a_name() -> None:
    seen = walk("--place", "supervisor")
    assert seen.status == 0, [node for node in seen.nodes if "error" in node] or seen.errors
    assert "Sara Lindqvist, Talking, 07:41" in seen.named("table cell")
    assert any(node["name"].startswith("Whisper, Listening to Sara") for node in seen.nodes)


@pytest.mark.parametrize("page", ["devices", "phone", "selftest"])
def test_every_interactive_node_of_the_settings_has_a_name(page: str) -> None:
    seen = walk("--place", "settings", "--page", page)
    assert seen.status == 0, [node for node in seen.nodes if "error" in node] or seen.errors
    if page == "devices":
        assert "How loud it rings" in seen.named("slider")
        assert "Take the echo away" in seen.named("check box")


def test_a_button_without_a_name_fails_the_walk() -> None:
    seen = walk("--plant")
    assert seen.status == 1
    assert len([node for node in seen.nodes if node.get("error") == "no name"]) == 1
