"""The one command line: `agent-desktop`, which is the desktop, and its other programs.

Each front end is imported inside its own branch, so that the text mode runs without Qt and the router
without a sound library; a package that is missing is named together with the extra that brings it.
Exit status: 0 good, 1 failed (one sentence on standard error), 2 wrong use.

Every front end has `main(arguments: argparse.Namespace) -> int`.  An option left out is None.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import NoReturn

from agent_desktop import __version__, settings
from agent_desktop.errors import AgentDesktopError, MissingExtraError, UsageError
from agent_desktop.settings import Scope

PROGRAM = "agent-desktop"
GOOD, FAILED, WRONG_USE = 0, 1, 2

FRONT_ENDS = {
    "desktop": "agent_desktop.qt.app",
    "text": "agent_desktop.text.app",
    "server": "agent_desktop.server.app",
    "demo": "agent_desktop.demo.app",
    "phone": "agent_desktop.phone.app",
    "switch": "agent_desktop.switch.app",
    "admin": "agent_desktop.server.admin",
    "doctor": "agent_desktop.doctor",
}
# Which extra brings a package that may be missing: import name to extra.
EXTRAS = {
    "PySide6": "desktop",
    "qasync": "desktop",
    "hunspell": "spelling",
    "numpy": "phone",
    "sounddevice": "phone",
    "pyVoIP": "phone",
    "aiohttp": "server",
    "sqlalchemy": "server",
    "alembic": "server",
    "argon2": "server",
    "imapclient": "server",
    "aiosmtplib": "server",
    "aiosmtpd": "server",
    "nh3": "server",
    "mailparser_reply": "server",
    "dkim": "dkim",
    "tzdata": "server",
    "asyncpg": "scale",
}
_LINK = re.compile(r"(?:tel|sips?|callto):", re.IGNORECASE)
_LIBRARY = re.compile(r"(?P<file>lib[\w.+-]+\.so[\w.]*): cannot open shared object file")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program that the words ask for and give its exit status."""
    # Numpy must not start threads: the sound thread is urgent, would wait for theirs, which are not, and
    # a call stuttered for 200 ms on a busy computer.  Read once, when numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    words = list(sys.argv[1:] if argv is None else argv)
    link = words.pop() if words and _LINK.match(words[-1]) else ""
    arguments = parser().parse_args(words)
    arguments.link = link
    try:
        return GOOD if link and _handed_over(arguments) else run(arguments)
    except UsageError as error:
        return _refuse(error, WRONG_USE)
    except AgentDesktopError as error:
        return _refuse(error, FAILED)
    except KeyboardInterrupt:
        return FAILED


def run(arguments: argparse.Namespace) -> int:
    """Start the front end of an already parsed command line."""
    command: str = arguments.command or "desktop"
    if command == "bench":
        runner = importlib.import_module("agent_desktop.bench.runner")
        measured: int = _needing_extras(
            command, lambda: runner.main(arguments.name, json_lines=arguments.json)
        )
        return measured
    return _needing_extras(command, lambda: int(_imported(FRONT_ENDS[command]).main(arguments) or GOOD))


def _handed_over(arguments: argparse.Namespace) -> bool:
    """Give a `tel:` or `sip:` link to the desktop that runs already; False when it must be opened."""
    if arguments.command not in {None, "desktop"}:
        raise UsageError("A link to a number is opened by the desktop, not by another program.")
    handing = _imported("agent_desktop.client.handing")
    return bool(handing.hand_over(settings.data_folder(arguments.data), arguments.link))


def _imported(name: str) -> ModuleType:
    """Import a front end without collecting garbage: it makes none, and looking for it costs a tenth."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()
        gc.freeze()  # what was imported lives for ever


def _needing_extras(command: str, start: Callable[[], int]) -> int:
    """Call it; a missing package or system library becomes a sentence that names the remedy."""
    try:
        return start()
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "agent_desktop":
            raise AgentDesktopError(
                f"This installation has no {error.name}. Install the program again."
            ) from error
        if (extra := EXTRAS.get(package)) is None:
            raise
        raise MissingExtraError(
            f"{_title(command)} needs the package {package}, which is not installed. "
            f"Install it with: python -m pip install '{PROGRAM}[{extra}]'"
        ) from error
    except (ImportError, OSError) as error:
        if (found := _LIBRARY.search(str(error))) is None:
            raise
        raise MissingExtraError(
            f"{_title(command)} needs the system library {found['file']}, which is not installed. "
            f"Install it; on Debian: apt-get install {_debian_package(found['file'])}"
        ) from error


def _debian_package(library: str) -> str:
    """Name the package of a library by Debian's rule (policy 8.1): libEGL.so.1 is in libegl1."""
    name, _, version = library.lower().partition(".so")
    number = version.strip(".").partition(".")[0]
    return f"{name}-{number}" if name[-1].isdigit() and number else f"{name}{number}"


def _title(command: str) -> str:
    return "The text mode" if command == "text" else f"The {command} command"


def _refuse(error: AgentDesktopError, status: int) -> int:
    print(f"{PROGRAM}: {error}", file=sys.stderr)
    return status


class _Parser(argparse.ArgumentParser):
    """argparse, with its complaint as one sentence and a pointer to the help."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}. See {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """Give the parser of the whole command line."""
    top = _Parser(
        prog=PROGRAM,
        description="The desktop of a contact-centre agent. Without a command it opens the window.",
        epilog="Settings may also stand in settings.toml and in environment variables AGENT_DESKTOP_...",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    _front_end(top, Scope.DESKTOP, default=None)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    _front_end(_command(commands, "desktop", "open the window (the same as no command)"), Scope.DESKTOP)

    text = _command(commands, "text", "work in a terminal, one event a line; made for screen readers too")
    _front_end(text, Scope.TEXT)
    text.add_argument(
        "--json-lines", action="store_true", help="read and print for programs: an object a line"
    )
    text.add_argument("--width", type=_width, metavar="N", help="columns of a line (20 to 400)")

    server = _command(commands, "server", "run the router")
    server.add_argument("--config", required=True, metavar="FILE", help="the centre, in one TOML file")
    _data(server, Scope.SERVER)

    demo = _command(commands, "demo", "run a whole contact centre on this computer")
    demo.add_argument("--headless", action="store_true", help="open no window")
    demo.add_argument("--no-customers", action="store_true", help="no simulated customers: be one yourself")
    demo.add_argument("--base-port", type=_port, metavar="N", help="first of the ports in use")
    _data(demo, Scope.DEMO)

    _data(_command(commands, "phone", "run the softphone without a screen"), Scope.PHONE)
    _data(_command(commands, "switch", "run the telephone exchange"), Scope.SWITCH)

    about = "look after a router: users, export, erase, backup, replay, config, rules"
    _admin(_command(commands, "admin", about))

    doctor = _command(commands, "doctor", "check this computer and say what to mend")
    doctor.add_argument("--base-port", type=_port, metavar="N", help="check the demo's ports from here")
    doctor.add_argument("--data", default=argparse.SUPPRESS, metavar="DIR", help="the folder to keep data in")

    bench = _command(commands, "bench", "measure, and print each figure beside another of the same run")
    bench.add_argument("name", nargs="?", metavar="NAME", help="which; without it the names are listed")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    return top


def _command(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    summary: str,
) -> _Parser:
    return commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False
    )


def _front_end(sub: argparse.ArgumentParser, scope: Scope, default: str | None = argparse.SUPPRESS) -> None:
    sub.add_argument(
        "--password-file",
        default=default,
        metavar="FILE",
        help="read the password from the first line of a file",
    )
    _data(sub, scope, default)


def _data(sub: argparse.ArgumentParser, scope: Scope, default: str | None = argparse.SUPPRESS) -> None:
    """Add `--data` and the settings.

    They stand on the top parser too, with the default None; a command that was not given one leaves
    what stood before its name: `agent-desktop --data DIR text` is `agent-desktop text --data DIR`.
    """
    sub.add_argument("--data", default=default, metavar="DIR", help="keep everything in this folder")
    settings.add_options(sub, scope, default)


def _admin(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--config", metavar="FILE", help="the centre, in one TOML file")
    _data(sub, Scope.SERVER)
    verbs = sub.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)

    users = _command(verbs, "users", "list users, let one sign in, give a password, disable and enable")
    users.add_argument("act", choices=("list", "add", "password", "disable", "enable"))
    users.add_argument("user", nargs="?", metavar="USER")
    users.add_argument(
        "--password-file", metavar="FILE", help="read the password from a file, not the keyboard"
    )

    for name, summary, operand in (
        ("export", "write everything kept about one customer", "CUSTOMER"),
        ("erase", "erase one customer's personal data for good", "CUSTOMER"),
        ("backup", "copy the database while the router runs", "FILE"),
    ):
        verb = _command(verbs, name, summary)
        verb.add_argument(operand.lower(), metavar=operand)
        if name == "export":
            verb.add_argument("--output", metavar="FILE", help="write here, not to standard output")
            verb.add_argument(
                "--with-notes", action="store_true", help="also what the centre's people wrote for themselves"
            )
        if name == "erase":
            verb.add_argument("--yes", action="store_true", help="do not ask")

    replay = _command(verbs, "replay", "compute every decision of the log again, or by another configuration")
    replay.add_argument("--from", dest="since", metavar="TIME", help="from here: 2026-11-21T09:00")
    replay.add_argument("--to", dest="until", metavar="TIME", help="to here")
    replay.add_argument("--config", dest="other", metavar="FILE", help="what this configuration had done")
    replay.add_argument("--picture", metavar="FILE", help="draw the what-if into an SVG file")
    replay.add_argument("--json", action="store_true", help="print one JSON object")
    replay.add_argument("--data", default=argparse.SUPPRESS, metavar="DIR", help="the router's data folder")

    rules = _command(verbs, "rules", "list the centre's rules; see what one would have done with past mail")
    rules.add_argument("act", choices=("list", "try"))
    rules.add_argument("rule", nargs="?", metavar="NAME|FILE", help="a rule of the centre, or a file of one")
    rules.add_argument("--days", type=int, default=30, metavar="N", help="how far to look back (30)")
    rules.add_argument("--limit", type=int, default=100, metavar="N", help="how many cases to show (100)")
    rules.add_argument("--data", default=argparse.SUPPRESS, metavar="DIR", help="the router's data folder")

    config = _command(verbs, "config", "check, compare, list, show and roll back the centre's file")
    config.add_argument("act", choices=("check", "diff", "history", "show", "rollback"))
    config.add_argument("operands", nargs="*", metavar="FILE|VERSION")
    config.add_argument("--data", default=argparse.SUPPRESS, metavar="DIR", help="the router's data folder")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1024 <= int(text) <= 65000:
        raise argparse.ArgumentTypeError(f"a port is a number from 1024 to 65000, not {text!r}")
    return int(text)


def _width(text: str) -> int:
    if not text.isdecimal() or not 20 <= int(text) <= 400:
        raise argparse.ArgumentTypeError(f"the width is a number from 20 to 400, not {text!r}")
    return int(text)
