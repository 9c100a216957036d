"""Pictures of writing in a call from the scripted state: TTY, real-time text, a silent call.

xvfb-run -a -s "-screen 0 3200x2000x24" python tests/qt/gallery_text.py --out DIR [name …]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import scripted_agent
import scripted_side
import scripted_text as t
from gallery import Shot, take
from scripted import Scripted

from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.call_text import CallTextView


def texting(view: CallTextView, *, ringing: bool = False) -> Callable[[], Scripted]:
    return lambda: Scripted(
        call_text_view=view,
        topbar_view=t.text_bar(),  # type: ignore[arg-type] # a bar
        side_view=scripted_side.side("wrapup"),
        offers_view=(scripted_agent.OFFER,) if ringing else (),
    )


def typing(window: Window) -> None:
    """Words in the field, as in the drawing."""
    panel = window.main.work.conversation.call_text
    assert panel is not None
    panel.editor.setPlainText("A NEW LAMP LEAVES TODAY")


SHOTS = {
    "tty-light": Shot(texting(t.TTY, ringing=True), after=typing),
    "tty-dark": Shot(texting(t.TTY, ringing=True), "dark", after=typing),
    "tty-contrast": Shot(texting(t.TTY), "contrast-light"),
    "tty-large": Shot(
        texting(t.TTY),
        scale=2.0,
        size=(1366, 768),
        after=lambda w: (setattr(w.main.work, "reading", True), w.main.work.arrange()),
    ),
    "tty-rtl": Shot(texting(t.TTY), rtl=True),
    "tty-1000": Shot(texting(t.TTY), size=(1000, 700)),
    "rtt-light": Shot(texting(t.RTT)),
    "rtt-dark": Shot(texting(t.RTT), "dark"),
    "text-silent": Shot(texting(t.SILENT)),
}


if __name__ == "__main__":
    raise SystemExit(take(SHOTS, __doc__))
