"""What a customer who types is told in text: the words of prompts, as letters or as the tones of a textphone.

Real-time text stands beside the spoken words.  A textphone is told instead of spoken to, from the first
letter that was typed; where one is only expected (the number, the queue, the customer's card), the words
are typed first and then spoken.  Of a caller who may have one it is asked once: tones say HD, the words are
spoken, tones say DIAL 1.

Rules: words that wait for an answer give the turn away (GA); nobody waits for ever for a line that carries
nothing: after what the words need and a while they count as told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from agent_desktop.media.pcm import Pcm
from agent_desktop.switch.calls import Call
from agent_desktop.switch.outside import Surroundings, Timer
from agent_desktop.switch.said import SYSTEM
from agent_desktop.switch.text_desk import carrier_of
from agent_desktop.switch.texts import ASK, ASKED, Texts
from agent_desktop.switch.typist import RTT, TTY, Typist
from agent_desktop.wire.switch import Play, Prompt

HD, DIAL_1, TURN = "HD", "DIAL 1", " GA"
SLOWER: Final = 2.0
"""Who reads and types needs so much longer for an answer."""
_S_PER_SIGN: Final = 0.25
_WHILE_S: Final = 30.0  # the customer may be typing, and is not interrupted

Piece: TypeAlias = str | Sequence[Pcm]
"""Words to type, or sound to play."""


@dataclass(slots=True)
class _Typing:
    """Words that are going out to a textphone."""

    over: Callable[[], None]
    timer: Timer
    begun: bool = False


class Telling:
    """Types to customers."""

    def __init__(self, around: Surroundings, texts: Texts) -> None:
        self._around = around
        self._texts = texts
        self._typing: dict[str, _Typing] = {}
        texts.moved_on = self._moved

    def pieces(self, call: Call, command: Play, sounds: Sequence[Pcm]) -> list[Piece]:
        """What to type and what to play, one after the other; what stands beside is typed at once."""
        carrier, words = self._carrier(call), words_of(command.prompts)
        if carrier == RTT and words:
            self._write(call, f"{words}\n")
        if carrier != TTY or not sounds:
            return [sounds] if sounds else []
        if call.text == TTY and words:
            typed = f"{words}{TURN}" if command.collect and command.awaits else f"{words}\n"
            typist = self._texts.typist(call.customer)
            has_typed = typist is not None and typist.has_typed
            complete = all(prompt.text for prompt in command.prompts)
            return [typed] if has_typed and complete else [typed, sounds]
        if call.expects == ASK:
            call.expects = ASKED
            return [HD, sounds, DIAL_1]
        return [sounds]

    def tell(self, call: Call, prompts: Sequence[Prompt]) -> None:
        """Type what everybody in the call is told."""
        words = words_of(prompts)
        if words and (self._carrier(call) == RTT or call.text == TTY):
            self._write(call, f"{words}\n")

    def type(self, call: Call, words: str, over: Callable[[], None]) -> None:
        """Let words go out in tones; `over` is called once, when they did."""
        self.stop(call)
        late = partial(self._over, call.id)
        timer = self._around.later(len(words) * _S_PER_SIGN + _WHILE_S, late)
        self._typing[call.id] = _Typing(over, timer)
        self._write(call, words)

    def stop(self, call: Call) -> bool:
        """Whether words were going out: what is left of them never will, and nobody is told of the end."""
        typing = self._typing.pop(call.id, None)
        if typing is None:
            return False
        typing.timer.cancel()
        leg = call.customer
        text = self._around.desk.texts.of(leg.name) if leg is not None else None
        if text is not None:
            text.take_back(SYSTEM)
        return True

    def wait_s(self, call: Call, seconds: float) -> float:
        """How long an answer of this customer may take."""
        return seconds * SLOWER if call.text else seconds

    def is_answering(self, call: Call) -> bool:
        """The customer is typing just now."""
        typist = self._texts.typist(call.customer)
        return typist is not None and typist.state.is_typing

    def _carrier(self, call: Call) -> str:
        return carrier_of(call.customer.agreement) if call.customer is not None else ""

    def _write(self, call: Call, words: str) -> None:
        leg = call.customer
        text = self._around.desk.texts.of(leg.name) if leg is not None else None
        if text is not None:
            text.write(words, SYSTEM)

    def _moved(self, typist: Typist) -> None:
        typing = self._typing.get(typist.call.id)
        if typing is None:
            return
        if typist.state.waiting or typist.state.is_sending:
            typing.begun = True
        elif typing.begun:
            self._over(typist.call.id)

    def _over(self, call: str) -> None:
        typing = self._typing.pop(call, None)
        if typing is not None:
            typing.timer.cancel()
            typing.over()


def words_of(prompts: Sequence[Prompt]) -> str:
    """What prompts say, where that is known."""
    return " ".join(" ".join(prompt.text.split()) for prompt in prompts if prompt.text.strip())
