"""PySide6 6.12.0 on Python 3.11 drops a reference to None with each void call (references/libraries.md, 0.1).

The window would die within seconds.  The child holds spare references, so that it can be counted instead
of crashing; it runs alone because a drift would take this process with it.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_CHILD = """
import sys
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel

spare = [[None] * 200_000, [True] * 200_000, [False] * 200_000]
application = QApplication(["refcount"])
label, timer, image = QLabel(), QTimer(), QImage(8, 8, QImage.Format.Format_ARGB32)
painter = QPainter(image)

class Source(QObject):
    told = Signal()

source = Source()
source.told.connect(lambda: None)

def drift(name, call):
    before = [sys.getrefcount(value) for value in (None, True, False)]
    for _ in range(1000):
        call()
    after = [sys.getrefcount(value) for value in (None, True, False)]
    worst = max(abs(b - a) for a, b in zip(before, after))
    print(name, worst)
    return worst

worst = max(
    drift("setText", lambda: label.setText("x")),
    drift("drawLine", lambda: painter.drawLine(0, 0, 7, 7)),
    drift("start", lambda: timer.start(100000)),
    drift("emit", lambda: source.told.emit()),
    drift("processEvents", lambda: application.processEvents()),
)
painter.end()
sys.exit(1 if worst > 100 else 0)
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None, True and False are immortal since Python 3.12")
def test_void_calls_of_the_toolkit_keep_the_count_of_the_singletons() -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    child = subprocess.run(
        [sys.executable, "-c", _CHILD],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    assert child.returncode == 0, child.stdout + child.stderr
