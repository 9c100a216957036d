"""Somebody who types at a leg of a call table with doubles, as the media thread would tell it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent_desktop.media.baudot import TurnPassed
from agent_desktop.media.text_leg import FAR
from agent_desktop.media.text_news import Carrier, TextNews, TextState
from agent_desktop.media.text_written import WrittenLines
from agent_desktop.sip.media import RED, T140, TEXT, AgreedStream, Agreement, Direction
from agent_desktop.wire import switch as wire

from .fakes import FakeText, Scene, agreement


@dataclass
class Typist:
    """One leg; `carrier` is what carries its text."""

    scene: Scene
    leg: str
    carrier: Carrier = "tty"
    state: TextState = field(default_factory=TextState)
    lines: WrittenLines = field(default_factory=WrittenLines)

    def __post_init__(self) -> None:
        self.state = TextState(carrier=self.carrier)
        self.desk.told(TextNews(self.state))

    @property
    def desk(self) -> FakeText:
        return self.scene.desk.texts.legs[self.leg]

    def types(self, text: str, *, passes: bool = False) -> None:
        """Text comes; with `passes` the turn goes with it."""
        found = not self.state.is_found
        self.state = replace(self.state, is_found=True)
        lines = {line.number: line for line in self.lines.write(FAR, text, self.carrier, self.scene.now)}
        passed = None
        if passes:
            lines |= {line.number: line for line in self.lines.finish(FAR, self.scene.now)}
            passed = TurnPassed(("GA",), ours=False)
        self.desk.told(TextNews(self.state, tuple(lines.values()), text, passed, found))

    def ends_line(self) -> None:
        """The line is over by a pause."""
        lines = self.lines.finish(FAR, self.scene.now)
        self.desk.told(TextNews(self.state, lines))

    def sending(self, waiting: int) -> None:
        """So many characters of ours have not gone out to it."""
        self.state = replace(self.state, waiting=waiting, is_sending=waiting > 0)
        self.desk.told(TextNews(self.state))


def with_text() -> Agreement:
    """Sound, and a stream of real-time text."""
    text = AgreedStream(
        TEXT, "127.0.0.1", 5000, T140, None, Direction.SENDRECV, 20, (RED, T140), formats=(RED, T140)
    )
    return Agreement((*agreement().streams, text))


def told(scene: Scene) -> list[tuple[str, str, str]]:
    """The lines that the router was told: leg, speaker, text."""
    return [(said.leg, said.line.speaker, said.line.text) for said in scene.all(wire.TextSaid)]
