"""Pictures of writing from the scripted state: countdown, interlocks, canned replies, macro, files, notes.

xvfb-run -a -s "-screen 0 3200x2000x24" python tests/qt/gallery_writing.py --out DIR [name …]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import scripted_writing as w
from gallery import Shot, take
from PySide6.QtTest import QTest
from scripted import Scripted

from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.conversation import ComposerView


def writing(composer: ComposerView = w.COMPOSER, *items: object, **more: object) -> Callable[[], Scripted]:
    return lambda: Scripted(**w.composing(composer, *items, **more))  # type: ignore[arg-type]  # its fields


held = writing(replace(w.COMPOSER, text="", saved="", held=w.HELD), w.GOING)
newer = writing(replace(w.COMPOSER, strips=(w.NEWER,)))
collision = writing(
    replace(w.COMPOSER, strips=(w.COLLISION, w.BOT)), strips=(w.HERE,), typing="Sara Lindqvist is replying"
)
files = writing(replace(w.COMPOSER, files=w.FILES))
note = writing(w.NOTE)
failed = writing(w.COMPOSER, w.FAILED, w.ODD)
merged = writing(w.COMPOSER, strips=(w.MERGED,))


def macro() -> Scripted:
    return Scripted(macro_view=w.MACRO, **w.composing())  # type: ignore[arg-type]  # its fields


def forward() -> Scripted:
    return Scripted(forward_view=w.FORWARD, **w.composing())  # type: ignore[arg-type]  # its fields


def choosing() -> Scripted:
    return Scripted(**w.choosing())  # type: ignore[arg-type]  # its fields


def slash(window: Window) -> None:
    """Type the slash that opens the canned replies."""
    composer = window.main.work.conversation.composer
    composer.editor.setFocus()
    composer.editor.insertPlainText(" /")
    QTest.qWait(30)


def mention(window: Window) -> None:
    """Type @@ in a note."""
    composer = window.main.work.conversation.composer
    composer.editor.setFocus()
    composer.editor.insertPlainText(" @@")
    QTest.qWait(30)


def more(window: Window) -> None:
    """Open what happens after sending."""
    window.main.work.conversation.composer.more.click()


def copies(window: Window) -> None:
    """Open the field of who gets a copy."""
    window.main.work.conversation.composer.add_copies.click()


PAIRS: dict[str, tuple[Callable[[], Scripted], Callable[[Window], object] | None]] = {
    "held": (held, None),
    "newer": (newer, None),
    "collision": (collision, None),
    "canned": (writing(), slash),
    "macro": (macro, None),
    "files": (files, copies),
    "note": (note, mention),
    "failed": (failed, None),
}
SHOTS = {
    **{f"write-{n}-light": Shot(make, after=after) for n, (make, after) in PAIRS.items()},
    **{f"write-{n}-dark": Shot(make, "dark", after=after) for n, (make, after) in PAIRS.items()},
    **{
        f"write-{n}-large": Shot(make, scale=2.0, size=(2400, 1600), after=after)
        for n, (make, after) in PAIRS.items()
    },
    "write-forward-light": Shot(forward),
    "write-choosing-light": Shot(choosing),
    "write-merged-light": Shot(merged),
    "write-more-light": Shot(writing(), after=more),
    "write-newer-rtl": Shot(newer, rtl=True),
    "write-files-rtl": Shot(files, rtl=True),
    "write-failed-rtl": Shot(failed, rtl=True),
    "write-canned-rtl": Shot(writing(), rtl=True, after=slash),
    "write-newer-contrast": Shot(newer, "contrast-dark"),
    "write-note-contrast": Shot(note, "contrast-light"),
    "write-newer-1000": Shot(newer, size=(1000, 700)),
    "write-files-700": Shot(
        files, size=(700, 800), after=lambda w: (setattr(w.main.work, "reading", True), w.main.work.arrange())
    ),
}


if __name__ == "__main__":
    raise SystemExit(take(SHOTS, __doc__))
