"""`agent-desktop text`: the desktop in lines, for terminals, screen readers, braille and scripts.

Standard library and the client only: no full screen, no cursor movement, no colour.  The end of standard
input is `quit`.  The password comes from `--password-file`, a prompt that does not echo, or the keyring.
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import io
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator

from agent_desktop import i18n, logs, settings
from agent_desktop.client.news import News, SignInMoved
from agent_desktop.errors import UsageError
from agent_desktop.i18n import _
from agent_desktop.text import records
from agent_desktop.text.keyboard import Editor, Ended, KeysTyped, LineTyped, raw_terminal, start_reading
from agent_desktop.text.screen import Screen
from agent_desktop.text.session import Session
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.opening import open_desktop, read_password

TICK_S = 1.0
SIGN_IN_S = 60.0
SETTLE_S = 10.0
TRIES = 3


class Woken:
    """The network has something."""


def main(arguments: argparse.Namespace) -> int:
    """Run until quit; gives the exit status."""
    values = settings.load(arguments)
    i18n.use(i18n.load(values[settings.LANGUAGE]))
    data = settings.data_folder(getattr(arguments, "data", None))
    logs.configure("text", data=data, level=values[settings.LOG_LEVEL])
    inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
    password_file = getattr(arguments, "password_file", None)
    # The password is read before anything is started: a wrong path is wrong use.
    password = read_password(password_file) if password_file else ""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace", newline="\n")
    desktop = open_desktop(arguments, program="text", wake=lambda: inbox.put(Woken()))
    try:
        with _ending_by_signal(inbox):
            return _work(arguments, desktop, inbox, password)
    except KeyboardInterrupt:
        return 0
    finally:
        desktop.close()
        logs.close()


def _work(
    arguments: argparse.Namespace, desktop: Desktop, inbox: queue.SimpleQueue[object], password: str
) -> int:
    json_lines = bool(getattr(arguments, "json_lines", False))
    screen = Screen(
        sys.stdout,
        columns=getattr(arguments, "width", None) or 0,
        prompting=sys.stdin.isatty() and not json_lines,
    )
    session = Session(desktop, screen, json_lines=json_lines)
    problem = _sign_in(desktop, inbox, password)
    if problem:
        if json_lines:
            screen.record(records.encoded(records.answered("signin", problem, good=False)))
        else:
            screen.answer([problem])
        return 1
    _settle(desktop, inbox)
    with raw_terminal(sys.stdin) as keys:
        session.calls.keys = keys and not json_lines
        start_reading(inbox.put, keys=keys)
        _converse(session, inbox)
    screen.end()
    return session.status


def _settle(desktop: Desktop, inbox: queue.SimpleQueue[object]) -> None:
    """Wait for the first snapshot, so that a verb that is already in the pipe finds a server."""
    deadline = time.monotonic() + SETTLE_S
    while not desktop.runtime.store.synced and desktop.runtime.session and time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            item = inbox.get(timeout=0.2)
            if isinstance(item, Ended):
                inbox.put(item)
                return
        desktop.pump()


def _converse(session: Session, inbox: queue.SimpleQueue[object]) -> None:
    """The loop: what is typed, what happened, the passing of time."""
    editor = Editor()
    screen, desktop = session.screen, session.desktop
    while not session.quit:
        session.calls.again()
        screen.prompt()
        try:
            item: object = inbox.get(timeout=session.calls.wait_s(TICK_S))
        except queue.Empty:
            item = None
        match item:
            case KeysTyped(data=data):
                _keys(session, editor, data)
            case LineTyped() | Ended():
                _one(session, item)
            case _:
                pass
        desktop.pump()
        session.calls.tick(session.verbosity)
    # What was asked before the end of the input is still answered, for a moment.
    deadline = time.monotonic() + 2.0
    while session.waiting and time.monotonic() < deadline and desktop.runtime.session is not None:
        with contextlib.suppress(queue.Empty):
            inbox.get(timeout=0.1)
        desktop.pump()


def _keys(session: Session, editor: Editor, data: bytes) -> None:
    """Keys belong to the line, or to a call while live text is on: the line that turns it on is the last."""
    screen = session.screen
    while data:
        if session.calls.call:
            data = session.calls.feed(data)
            continue
        line, enter, rest = data.partition(b"\r") if b"\r" in data else data.partition(b"\n")
        data = rest
        for echo, finished in editor.feed(line + enter):
            screen.half = editor.text
            screen.echo(echo)
            _one(session, finished)
            screen.prompt()


def _one(session: Session, finished: LineTyped | Ended | None) -> None:
    match finished:
        case LineTyped(text=text) if not session.quit:
            session.typed(text)
            # The answers of what does not need the router come before the next line.
            session.desktop.pump()
        case Ended():
            session.quit = True
        case _:
            pass


def _sign_in(desktop: Desktop, inbox: queue.SimpleQueue[object], password: str) -> str:
    """Sign in; gives the sentence of what went wrong, or nothing."""
    entry = desktop.entry
    asking = sys.stdin.isatty() and not password
    user = entry.user or (_asked(_("User name: ")) if asking else "")
    if not user:
        raise UsageError(_("Say who you are with --user."))
    outcome: list[SignInMoved] = []

    def heard(news: tuple[News, ...]) -> None:
        outcome.extend(one for one in news if isinstance(one, SignInMoved) and not one.busy)

    end = desktop.runtime.subscribe(heard)
    try:
        for attempt in range(TRIES):
            desktop.sign_in(server=entry.server, user=user, password=password, remember=None)
            deadline = time.monotonic() + SIGN_IN_S
            while not outcome and time.monotonic() < deadline:
                desktop.pump()
                if not outcome:
                    with contextlib.suppress(queue.Empty):
                        inbox.get(timeout=TICK_S)
            if not outcome:
                return _("The server did not answer in time. Try again.")
            last = outcome.pop()
            if not last.error:
                return ""
            # Nothing remembered, or it was wrong: ask.
            if not asking or last.code != "wrong_password" or attempt == TRIES - 1:
                return last.error
            if password:
                sys.stdout.write(f"{last.error}\n")
            password = getpass.getpass(_("Password: "))
            outcome.clear()
    finally:
        end()
    return _("Signing in did not work.")


def _asked(question: str) -> str:
    sys.stdout.write(question)
    sys.stdout.flush()
    return sys.stdin.readline().strip()


@contextlib.contextmanager
def _ending_by_signal(inbox: queue.SimpleQueue[object]) -> Iterator[None]:
    """SIGTERM and a lost terminal are `quit`: the links are closed in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), lambda *_a: inbox.put(Ended())) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
