r"""Writing in calls, as the agent sees it: commands in, `CallTextChanged` out, the last lines of live calls.

Letters are gathered and told at most ten times a second; that a textphone was found, or that the turn has
passed, is told at once.  A window that attaches again gets everything that is kept.

Rules: a line is told whole, as it stands; the words of the customer are never rewritten; text can be sent
while the call is held (real-time text goes, tones wait); what cannot be held until it goes out is refused
whole and in words; nothing is asked of an engine that cannot write.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, get_args

from msgspec import structs

from agent_desktop.errors import RefusedError
from agent_desktop.media.text_news import NO_LOSSES, Mode, TextLosses, TextNews, TextState
from agent_desktop.phone.calltable import HELD, UP, CallTable
from agent_desktop.phone.engine import TEXT, Engine
from agent_desktop.phone.sound import Sound
from agent_desktop.phone.sounding import CallText as TextOfCall
from agent_desktop.voice.shown import shown, shown_line
from agent_desktop.wire import phone as wire
from agent_desktop.wire.calls import CAPTION, CARRIED, CARRY, CallText, CallTextLine

log = logging.getLogger(__name__)

GATHERED_S: Final = 0.1
LINES_KEPT: Final = 200
MOST_AT_ONCE: Final = 4000
FIRST_CARRY: Final = 2_000_000
"""The numbers of lines that say how the call is shared: above those of captions."""
MOST_WAITING: Final = 16_000
"""Characters; what sends them holds some more (`rtt_send.MOST_WAITING`), so that nothing accepted is lost."""
_MODES: Final = frozenset(get_args(Mode))
_NO_CARRIER: Final = (
    "The other side takes no typed text, and the sound of this call carries no textphone's tones."
)


@dataclass(slots=True)
class _Text:
    """The text of one call."""

    state: TextState = field(default_factory=TextState)
    lines: dict[int, CallTextLine] = field(default_factory=dict)
    changed: dict[int, CallTextLine] = field(default_factory=dict)
    captions: str = "off"
    captions_detail: str = ""
    shared: int = 0  # how often the way of sharing the call has changed
    told: CallText | None = None
    timer: asyncio.TimerHandle | None = None


class Texting:
    """Lives on the event loop."""

    def __init__(
        self,
        engine: Engine,
        sound: Sound,
        table: CallTable,
        publish: Callable[[wire.AnyPhoneEvent], None],
        *,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._wall_clock = wall_clock
        self._engine = engine
        self._sound = sound
        self._table = table
        self._publish = publish
        self._texts: dict[str, _Text] = {}
        self._typed: dict[str, int] = {}
        """Characters that were typed since a call's leg last told how many wait."""

    @property
    def texts(self) -> tuple[CallText, ...]:
        """Of every live call that has text, with its last lines."""
        return tuple(_model(call, text, tuple(text.lines.values())) for call, text in self._texts.items())

    # ------------------------------------------------------------ what the agent asks

    def set_mode(self, call: str, mode: str) -> None:
        """Text, VCO, HCO or none; a stream of text is offered where there is none."""
        leg = self._need(call)
        if mode not in _MODES:
            raise RefusedError("Text in a call is off, text, vco or hco.", code="bad_mode")
        leg.set_mode(mode)  # type: ignore[arg-type]  # one of the words, as was just seen
        if mode != "off" and leg.state.carrier != "rtt":
            self._engine.add_text(call)

    def type(self, call: str, text: str, *, ends_turn: bool = False) -> None:
        """Send what was typed.

        The end of a turn ends the agent's line here where the exchange is the modem: a new line would cost
        the textphone two characters.  Our own modem ends it when the tones are out.
        """
        leg = self._need(call)
        if leg.state.mode == "off":
            raise RefusedError("Text is off in this call; turn it on first.", code="text_off")
        if not leg.state.carrier:
            raise RefusedError(_NO_CARRIER, code="no_text")
        if len(text) > MOST_AT_ONCE:
            raise RefusedError(f"At most {MOST_AT_ONCE} characters can be sent at once.", code="too_long")
        waiting = leg.state.waiting + self._typed.get(call, 0)
        if waiting + len(text) > MOST_WAITING:
            raise RefusedError(
                f"{waiting:,} characters still wait to be sent, and no more than {MOST_WAITING:,} can wait. "
                "This text was not sent; send it when fewer wait.",
                code="too_much",
            )
        self._typed[call] = self._typed.get(call, 0) + len(text)
        leg.write(text)
        if ends_turn and leg.state.carrier == "rtt":
            leg.finish_lines("agent")

    def interrupt(self, call: str) -> None:
        """Send what waits although the customer is typing."""
        self._need(call).interrupt()

    def fix_shift(self, call: str) -> None:
        """Read the turn in the other shift."""
        self._need(call).fix_shift()

    def _need(self, call: str) -> TextOfCall:
        if TEXT not in self._engine.capabilities:
            raise RefusedError("This telephone engine cannot write in calls.", code="not_supported")
        self._table.need(call, UP, HELD)
        leg = self._sound.texts.find(call)
        if leg is None:
            raise RefusedError("This call has no text.", code="no_text")
        return leg

    def losses(self, call: str) -> TextLosses:
        """What of a call's real-time text nobody read."""
        leg = self._sound.texts.find(call)
        return NO_LOSSES if leg is None else leg.state.losses

    # ------------------------------------------------------------ what the legs tell

    def take(self, call: str, news: TextNews) -> None:
        """What moved in the text of a call."""
        found = self._table.find(call)
        if found is None:
            return  # it is over, or no call of the agent's
        text = self._texts.setdefault(call, _Text())
        if news.state.losses != NO_LOSSES and text.state.losses == NO_LOSSES:
            log.warning("text is being lost", extra=_told(call, news.state.losses))
        shared = _shared(text.state.mode) != _shared(news.state.mode)
        text.state = news.state
        self._typed.pop(call, None)
        if shared:
            self._share(text)
        for line in news.lines:
            model = shown_line(line)
            text.changed[model.number] = model
            text.lines[model.number] = model
            if not model.text:
                del text.lines[model.number]
        for number in list(text.lines)[:-LINES_KEPT]:
            del text.lines[number]
        if news.found and news.state.carrier == "tty":
            self._engine.favour_tones(call)
        if news.is_urgent or shared:
            self._tell(call)
        elif text.timer is None:
            # The first letter after a pause does not wait.
            is_first = text.told is None
            text.timer = self._loop.call_later(0.0 if is_first else GATHERED_S, self._tell, call)

    def _share(self, text: _Text) -> None:
        """A line of the call says that text and voice share it in another way from here on."""
        text.shared += 1
        now = self._wall_clock()
        line = CallTextLine(
            number=FIRST_CARRY + text.shared,
            speaker="system",
            medium=CARRY,
            text=CARRIED[_shared(text.state.mode)],
            began_at=now,
            changed_at=now,
            finished=True,
        )
        text.changed[line.number] = text.lines[line.number] = line

    def caption(self, call: str, mode: str, lines: tuple[CallTextLine, ...], detail: str = "") -> None:
        """What is said in a call, beside what is typed in it; its last words are read when it is over."""
        if self._table.find(call) is None:
            if lines:
                self._publish(wire.CallTextChanged(text=CallText(call=call, lines=lines)))
            return
        leg = self._sound.texts.find(call)
        text = self._texts.setdefault(call, _Text(leg.state if leg is not None else TextState()))
        turned = (mode, detail) != (text.captions, text.captions_detail)
        text.captions, text.captions_detail = mode, detail
        for line in lines:
            text.changed[line.number] = text.lines[line.number] = line
            if not line.text:
                del text.lines[line.number]
        if turned or any(line.finished for line in lines):
            self._tell(call)
        elif text.timer is None and lines:
            text.timer = self._loop.call_later(GATHERED_S, self._tell, call)

    def ended(self, call: str) -> None:
        """The call is over: what was not told yet is, and every line is finished that nobody still reads."""
        self._typed.pop(call, None)
        text = self._texts.get(call)
        if text is None:
            return
        for line in text.lines.values():
            if not line.finished and line.medium != CAPTION:
                text.changed[line.number] = structs.replace(line, finished=True)
        if text.state.losses != NO_LOSSES:
            log.warning("text of a call was lost", extra=_told(call, text.state.losses))
        text.state = TextState(text.state.carrier, text.state.mode, is_found=text.state.is_found)
        text.captions = "off"
        self._tell(call)
        del self._texts[call]

    def _tell(self, call: str) -> None:
        text = self._texts.get(call)
        if text is None:
            return
        if text.timer is not None:
            text.timer.cancel()
            text.timer = None
        lines = tuple(text.changed[number] for number in sorted(text.changed))
        text.changed = {}
        model = _model(call, text, lines)
        if model != text.told:
            text.told = model
            self._publish(wire.CallTextChanged(text=model))


def _shared(mode: Mode) -> str:
    """How voice and text share the call: both in turn where nothing else is said."""
    return mode if mode in CARRIED else "text"


def _told(call: str, losses: TextLosses) -> dict[str, object]:
    return {"call": call, "lost": losses.lost, "flooded": losses.flooded, "dropped": losses.dropped}


def _model(call: str, text: _Text, lines: tuple[CallTextLine, ...]) -> CallText:
    detail = "" if text.state.carrier else _NO_CARRIER
    return structs.replace(
        shown(call, text.state),
        detail=detail,
        lines=lines,
        captions=text.captions,
        captions_detail=text.captions_detail,
    )
