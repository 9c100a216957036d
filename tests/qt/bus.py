"""The stage and a reader on the accessibility bus of a screen of their own, for the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from reading import Node

from tests.e2e.programs import until
from tests.e2e.screen import Screen

HERE = Path(__file__).resolve().parent


class Partner:
    """A child that answers one JSON object a line."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment,
        )  # fmt: skip
        assert self.heard() == "ready"

    def heard(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"{self.process.args} ended"
        return json.loads(line)

    def ask(self, **question: object) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        reply = self.heard()
        assert not (isinstance(reply, dict) and "error" in reply), reply["error"]
        return reply

    def stop(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.terminate()
        self.process.wait(10)


class Bus:
    """A screen, the stage on it, and who listens."""

    def __init__(self, stage: str = "stage.py", *words: str) -> None:
        self.screen = Screen()
        try:
            self.stage = Partner([sys.executable, str(HERE / stage), *words], self.screen.environment)
            reader = ["/usr/bin/python3", str(HERE / "bus_reader.py"), "agent-desktop"]
            self.reader = Partner(reader, self.screen.environment)
        except BaseException:
            self.screen.stop()
            raise

    def show(self, scene: str) -> set[str]:
        """Show a scene; gives the classes that can be seen in it."""
        self.reader.ask(do="forget")
        return set(self.stage.ask(show=scene)["classes"])

    def walk(self, *, skip: tuple[str, ...] = ()) -> list[Node]:
        """All nodes that show; not what is below one whose id ends so."""
        found = self.reader.ask(do="walk", skip=skip)
        return [_node(seen) for seen in found]

    def menu(self) -> list[Node]:
        """The menu that is open and its entries, once the keyboard is in it."""
        self.keys("Down")
        found: list[Node] = []

        def reached() -> bool:
            found[:] = [_node(seen) for seen in self.reader.ask(do="menu")]
            return any("focused" in entry.states for entry in found[1:])

        until(reached, 10, "no menu has the keyboard")
        return found

    def act(self, node: Node, action: str) -> bool:
        return bool(self.reader.ask(do="act", at=node.at, action=action))

    def acts(self) -> list[tuple[str, dict[str, str]]]:
        return [(name, arguments) for name, arguments in self.stage.ask(acts=True)]

    def acted(self, action: str) -> list[tuple[str, dict[str, str]]]:
        """What was asked of the client up to an action that is awaited."""
        seen: list[tuple[str, dict[str, str]]] = []

        def came() -> bool:
            seen.extend(self.acts())
            return any(name == action for name, _arguments in seen)

        until(came, 30, f"{action} was not asked for, only {seen}")
        return seen

    def events(self) -> list[dict[str, Any]]:
        return list(self.reader.ask(do="events"))

    def focused(self) -> list[str]:
        """What the keyboard reached since the last question, in order."""
        return [
            event["name"] for event in self.events()
            if event["type"].startswith("object:state-changed:focused") and event["detail"]
        ]  # fmt: skip

    def keys(self, *keys: str) -> None:
        """Press real keys."""
        subprocess.run(["xdotool", "key", "--delay", "8", *keys], env=self.screen.environment, check=True)

    def stop(self) -> None:
        for partner in (self.reader, self.stage):
            partner.stop()
        self.screen.stop()


def _node(seen: dict[str, Any]) -> Node:
    return Node(
        tuple(seen["at"]), seen["role"], seen["name"], frozenset(seen["states"]), seen["id"],
        seen.get("description", ""), tuple(seen.get("actions", ())), tuple(seen.get("labels", ())),
        seen.get("value"), tuple(key for key in seen.get("keys", ()) if key),
        seen["language"],
    )  # fmt: skip
