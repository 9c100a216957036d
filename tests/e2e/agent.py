"""An agent at the text mode with JSON lines, as a script drives it: verbs in, records out, deadlines."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from agent_desktop.links import runfile

from .programs import PROGRAM, ROOT, Centre, environment

Record = dict[str, Any]


class AgentInText:
    """`agent-desktop text --json-lines`."""

    def __init__(self, centre: Centre, user: str, data: Path, voice: Path | None = None) -> None:
        self.user, self.data = user, data
        self.ear = data / "ear.wav"
        data.mkdir(parents=True, exist_ok=True)
        sound = (f"--audio-in={voice}", f"--audio-out={self.ear}") if voice is not None else ()
        self.said = data / "text.err"
        with self.said.open("ab") as errors:
            self.process = subprocess.Popen(
                [
                    *(*PROGRAM, "text", "--server", centre.http, "--user", user, "--json-lines"),
                    *("--password-file", str(centre.password_file(user)), "--data", str(data), *sound),
                ],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, env=environment(),
            )  # fmt: skip
        self.records: list[Record] = []
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

    def _find(self, start: int, seconds: float, kind: str, fields: Record) -> tuple[int, Record]:
        deadline = time.monotonic() + seconds
        at = start
        with self._changed:
            while True:
                while at < len(self.records):
                    record = self.records[at]
                    at += 1
                    if record["type"] == kind and all(record.get(k) == v for k, v in fields.items()):
                        return at, record
                if time.monotonic() >= deadline or not self._thread.is_alive():
                    break
                self._changed.wait(0.2)
        told = "\n".join(json.dumps(one)[:300] for one in self.records[-25:])
        ended = f"; it ended with {self.process.poll()}: {self.said.read_text()[-1500:]}"
        raise AssertionError(
            f"no {kind} {fields} for {self.user} within {seconds} s"
            f"{'' if self._thread.is_alive() else ended}; the last were\n{told}"
        )

    def wait(self, kind: str, within_s: float = 25.0, /, **fields: Any) -> Record:
        """The next record of a type with these fields; those before it are passed over."""
        self._seen, record = self._find(self._seen, within_s, kind, fields)
        return record

    def had(self, kind: str, within_s: float = 20.0, /, **fields: Any) -> Record:
        """Such a record, whenever it came or comes."""
        return self._find(0, within_s, kind, fields)[1]

    def all(self, kind: str, /, **fields: Any) -> list[Record]:
        """All such records until now."""
        with self._changed:
            return [
                one
                for one in self.records
                if one["type"] == kind and all(one.get(k) == v for k, v in fields.items())
            ]

    def do(self, line: str, within_s: float = 25.0) -> Record:
        """Type a verb and give its answer, ok or error."""
        with self._changed:
            start = len(self.records)
        self.type(line)
        verb = line.split(" ", 1)[0]
        deadline = time.monotonic() + within_s
        with self._changed:
            while True:
                for record in self.records[start:]:
                    if record["type"] in {"ok", "error"} and record.get("verb") == verb:
                        return record
                assert time.monotonic() < deadline, f"no answer to {line}: {self.records[start:]}"
                self._changed.wait(0.2)

    def done(self, line: str, within_s: float = 25.0) -> Record:
        """Type a verb that must be carried out."""
        answer = self.do(line, within_s)
        assert answer["type"] == "ok", (line, answer)
        return answer

    def signed_in(self) -> AgentInText:
        """Wait until the desktop is in step and the phone is registered."""
        self.had("welcome", 30)
        self.had("phone", 30, state="registered")
        return self

    def ready(self) -> AgentInText:
        """Signed in and ready for work."""
        self.signed_in()
        self.done("ready")
        self.had("state", state="ready")
        return self

    def close(self, interaction: str, code: str = "answered") -> None:
        """Write the wrap-up form and see it closed."""
        self.wait("interaction", interaction=interaction, state="wrap_up")
        self.done(f"wrapup {code} done")
        self.wait("interaction", interaction=interaction, state="closed")

    def finish(self, interaction: str, code: str = "answered") -> None:
        """Write the form of a conversation in text: it needs no end before."""
        self.done(f"wrapup {code} done")
        self.wait("interaction", interaction=interaction, state="closed")

    @property
    def phone_pid(self) -> int:
        run = runfile.read(self.data, "phone")
        return run.pid if run is not None and run.alive() else 0

    def kill(self) -> None:
        """kill -9 of the front end; the phone lives on."""
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        self._thread.join(5)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None and not stream.closed:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def end(self) -> None:
        """Quit like an agent; whatever is left is ended by its pid."""
        if self.process.poll() is None:
            try:
                self.type("quit")
                self.process.wait(30)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                self.process.kill()
                self.process.wait()
        self._close()
        if phone := self.phone_pid:
            os.kill(phone, signal.SIGTERM)
