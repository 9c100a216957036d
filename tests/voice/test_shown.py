from __future__ import annotations

from agent_desktop.media.text_news import LegLine, TextState
from agent_desktop.voice.shown import shown, shown_line
from agent_desktop.wire.calls import CallText, CallTextLine


def test_how_the_text_stands_is_said_by_whom_it_concerns() -> None:
    state = TextState(
        carrier="tty", mode="vco", is_found=True, turn="far", is_typing=True, waiting=3, waiting_s=0.6,
        damaged=1, baud=45.4545,
    )  # fmt: skip
    assert shown("c1", state) == CallText(
        call="c1", carrier="tty", mode="vco", found=True, turn="customer", typing=True, waiting=3,
        waiting_s=0.6, damaged=1, baud=45.45,
    )  # fmt: skip
    assert shown("c1", TextState(turn="near")).turn == "agent"


def test_a_line_is_told_as_it_stands() -> None:
    line = LegLine(7, "customer", "tty", "ORDER 48", 5.0, 6.5, is_finished=True, damaged=(6,))
    assert shown_line(line) == CallTextLine(
        number=7, speaker="customer", medium="tty", text="ORDER 48", began_at=5.0, changed_at=6.5,
        finished=True, damaged=(6,),
    )  # fmt: skip
