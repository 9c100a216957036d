"""What is behind the first frame: imported and opened while the sign-in is already on the screen.

Importing the client (protocol, network, keyring, the panels of the window) takes longer than everything
that the sign-in needs.  `FirstFrame` says when the sign-in has been painted; `Behind` then imports on a
thread of its own, so that keys are taken meanwhile, and opens the client on the window's thread.

Rule of the file: the names in `MODULES` are the only ones that are imported late, and only here.  What
goes wrong, on either thread, ends the program with its sentence.
"""

from __future__ import annotations

import gc
import importlib
import threading
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from agent_desktop import settings
from agent_desktop.qt.window import INSIDE
from agent_desktop.settings import Settings

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.surface import Surface

LOGS = "agent_desktop.logs"
OPENING = "agent_desktop.viewmodels.opening"
MODULES = (LOGS, OPENING, INSIDE)
# A window that starts hidden or minimised is never painted; the client is opened all the same.
UNPAINTED_MS = 1000


class FirstFrame(QObject):
    """Calls back once, when a widget has been painted for the first time or is not going to be."""

    def __init__(self, widget: QWidget, painted: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._painted: Callable[[], None] | None = painted
        widget.installEventFilter(self)

    def wait(self) -> None:
        """The widget has been shown: begin to count the time after which it counts as painted."""
        QTimer.singleShot(UNPAINTED_MS, self._call)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self._call)  # after this paint
        return False

    def _call(self) -> None:
        painted, self._painted = self._painted, None
        if painted is not None:
            painted()


class Behind(QObject):
    """Opens the client of a window: `enter` is given it, `leave` is called when it cannot be opened."""

    _imported = Signal()

    def __init__(
        self,
        arguments: object,
        values: Settings,
        *,
        wake: Callable[[], None],
        enter: Callable[[Surface], None],
        leave: Callable[[], None],
    ) -> None:
        super().__init__()
        self._arguments = arguments
        self._values = values
        self._wake = wake
        self._enter = enter
        self._leave = leave
        self._problem: BaseException | None = None
        self._desktop: Desktop | None = None
        self._wanted = True
        self._thread = threading.Thread(target=self._import, name="behind", daemon=True)
        self._imported.connect(self._open, Qt.ConnectionType.QueuedConnection)

    def open(self) -> None:
        """Begin."""
        gc.disable()  # an import makes no garbage, and looking for it costs a tenth
        self._thread.start()

    def give_up(self) -> None:
        """The window was closed: a client that is still on its way is not opened any more."""
        self._wanted = False

    def close(self) -> None:
        """Close the client; raises what kept it from being opened."""
        self._imported.disconnect(self._open)
        if self._thread.is_alive():
            self._thread.join()
        if self._desktop is not None:
            self._desktop.close()
        if self._problem is not None:
            raise self._problem

    def _import(self) -> None:
        try:
            for name in MODULES:
                importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - raised by `close`, on the window's thread
            self._problem = error
        self._imported.emit()

    def _open(self) -> None:
        gc.enable()
        gc.freeze()  # what was imported lives for ever
        if self._problem is None and self._wanted:
            try:
                self._make(importlib.import_module(LOGS), importlib.import_module(OPENING))
            except BaseException as error:  # noqa: BLE001 - the same
                self._problem = error
        if self._problem is not None:
            self._leave()

    def _make(self, logs: ModuleType, opening: ModuleType) -> None:
        values = self._values
        data = settings.data_folder(getattr(self._arguments, "data", None))
        logs.configure("desktop", data=data, level=values[settings.LOG_LEVEL])
        self._desktop = opening.open_desktop(self._arguments, program="desktop", wake=self._wake)
        self._desktop.runtime.attach()
        password_file = getattr(self._arguments, "password_file", None)
        if password_file and values[settings.SERVER_USER]:  # the command line gave all
            self._desktop.sign_in(
                server=values[settings.SERVER_URL],
                user=values[settings.SERVER_USER],
                password=opening.read_password(password_file),
                remember=False,
            )
        self._enter(self._desktop)
