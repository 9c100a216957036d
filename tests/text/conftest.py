"""A centre of our own and the text mode as a real program against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.fakes import PASSWORD, FakeCentre
from tests.client.ports import free_port
from tests.text.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def centre(data: Path) -> Iterator[FakeCentre]:
    made = FakeCentre(free_port(), data)
    yield made
    made.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Terminal]:
    """The text mode as people read it, without its process."""
    made = Terminal(tmp_path, json_lines=False)
    yield made
    made.desk.drafts.close()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Terminal]:
    """The text mode as programs read it."""
    made = Terminal(tmp_path, json_lines=True)
    yield made
    made.desk.drafts.close()


class JsonText:
    """`agent-desktop text --json-lines` as a script drives it."""

    def __init__(self, centre: FakeCentre, data: Path, password: str = PASSWORD) -> None:
        data.mkdir(parents=True, exist_ok=True)
        (data / "password").write_text(f"{password}\n")
        command = [
            sys.executable, "-m", "agent_desktop", "text", "--server", centre.server, "--user", "mateo",
            "--password-file", str(data / "password"), "--data", str(data), "--json-lines",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
            env={**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
        )  # fmt: skip
        self.records: list[dict[str, Any]] = []
        self._seen = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.records.append(json.loads(line))
                self._changed.notify_all()

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def wait(self, kind: str, within_s: float = 25.0, **fields: Any) -> dict[str, Any]:
        """The next record of a type with these fields; those before it are passed over."""

        def found() -> dict[str, Any] | None:
            while self._seen < len(self.records):
                record = self.records[self._seen]
                self._seen += 1
                if record["type"] == kind and all(record.get(k) == v for k, v in fields.items()):
                    return record
            return None

        deadline = time.monotonic() + within_s
        with self._changed:
            while time.monotonic() < deadline:
                if (record := found()) is not None:
                    return record
                self._changed.wait(0.2)
        raise AssertionError(f"no {kind} {fields} in {self.records}")

    def had(self, kind: str, **fields: Any) -> bool:
        """Whether such a record came, now or before."""
        deadline = time.monotonic() + 10
        with self._changed:
            while time.monotonic() < deadline:
                for record in self.records:
                    if record["type"] == kind and all(record.get(k) == v for k, v in fields.items()):
                        return True
                self._changed.wait(0.2)
        return False

    def do(self, line: str) -> dict[str, Any]:
        """Type a verb and give its ok or error."""
        self.type(line)
        verb = line.split(" ", 1)[0]
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with self._changed:
                while self._seen < len(self.records):
                    record = self.records[self._seen]
                    self._seen += 1
                    if record["type"] in {"ok", "error"} and record["verb"] == verb:
                        return record
                self._changed.wait(0.2)
        raise AssertionError(f"no answer to {line} in {self.records}")

    def end(self) -> int:
        assert self.process.stdin is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        status = self.process.wait(15)
        if self.process.stdout is None or self.process.stdout.closed:
            return status
        self._thread.join(5)
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.errors = self.process.stderr.read().decode()
        self.process.stderr.close()
        return status


@pytest.fixture
def text(centre: FakeCentre, data: Path) -> Iterator[Callable[..., JsonText]]:
    started: list[JsonText] = []

    def start(password: str = PASSWORD) -> JsonText:
        started.append(JsonText(centre, data, password))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.end()
