"""Typed text as the media thread tells of it, in the words of the wire: the same from phone and exchange.

Near is who writes through us, the agent; far is the customer.
"""

from __future__ import annotations

from typing import Final

from agent_desktop.media.text_news import LegLine, TextState
from agent_desktop.wire.calls import CallText, CallTextLine

_SIDES: Final = {"": "", "near": "agent", "far": "customer"}


def shown(call: str, state: TextState) -> CallText:
    """How the text of a call stands, without its lines."""
    return CallText(
        call=call,
        carrier=state.carrier,
        mode=state.mode,
        found=state.is_found,
        turn=_SIDES[state.turn],
        typing=state.is_typing,
        sending=state.is_sending,
        waiting=state.waiting,
        waiting_s=state.waiting_s,
        damaged=state.damaged,
        baud=round(state.baud, 2),
    )


def shown_line(line: LegLine) -> CallTextLine:
    """One line as it stands now."""
    return CallTextLine(
        number=line.number,
        speaker=line.speaker,
        medium=line.carrier,
        text=line.text,
        began_at=line.began_s,
        changed_at=line.changed_s,
        finished=line.is_finished,
        damaged=line.damaged,
    )
