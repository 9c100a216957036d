"""A picture of what a program said at a terminal, for the guides.

xvfb-run -a python tests/qt/gallery_terminal.py FILE --out PICTURE --theme light|dark
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtWidgets import QApplication

from tests.qt.gallery_modes import TERMINAL, terminal


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("words", type=Path)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--theme", choices=tuple(TERMINAL), required=True)
    options = arguments.parse_args()
    application = QApplication(["agent-desktop"])
    words = options.words.read_text("utf-8").rstrip("\n")
    shown = terminal(words, options.theme)
    shown.resize(shown.sizeHint())  # adjustSize stops at two thirds of the screen
    saved = shown.grab().save(str(options.out))
    application.quit()
    return 0 if saved else 1


if __name__ == "__main__":
    raise SystemExit(main())
