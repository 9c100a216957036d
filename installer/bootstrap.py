"""Sets everything up, then starts it: `python3 installer/bootstrap.py demo`, `... test` or `... run ARGS`.

It makes `.venv`, installs the Python packages of this project into it and, on Debian-like systems as
root, the system libraries; then `demo` and `run` become the program, and `test` runs every check.  A
stamp makes the next run start at once.

Rules of the file: standard library only; its syntax parses on any Python since 3.6, so that an old one
can say what is wrong; progress goes to standard error, because the demo speaks JSON on standard output.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is where an old Python is told so
    sys.exit(
        "agent-desktop needs Python 3.11 or newer; {} is {}.{}.\nInstall a newer one (Debian 12: "
        "apt-get install python3 python3-venv; others: https://www.python.org/downloads/) and run this "
        "again with it.".format(sys.executable, *sys.version_info[:2])
    )

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
LOG = VENV / "bootstrap.log"
POLICY = Path("/usr/sbin/policy-rc.d")
GIGABYTE = 1_000_000_000

# What the window, the sound and the screen reader's bus need (PySide6's wheels bring Qt, not these).
LIBRARIES = (  # noqa: SIM905 - names read best as words
    "libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 "
    "libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1 "
    "libxkbcommon-x11-0 libportaudio2 dbus at-spi2-core fonts-dejavu-core fonts-inter espeak-ng "
    "hunspell-en-us hunspell-en-gb hunspell-de-de hunspell-fr hunspell-es"
).split()
# Programs and dictionaries that we did not write, which the tests hold against ours.
PEERS = (  # noqa: SIM905 - the same
    "xvfb xauth x11-utils xdotool openbox python3-gi gir1.2-atspi-2.0 sip-tester baresip-core kamailio "
    "kamailio-tls-modules dovecot-imapd dovecot-lmtpd postfix swaks chromium chromium-driver sox minimodem "
    "tmux openssl opus-tools libspandsp2 liblinphone10 linphone-common pulseaudio pulseaudio-utils "
    "libasound2-plugins rtkit polkitd gcc libc6-dev libpython3-dev "
    "hunspell-ar hunspell-he asterisk-core-sounds-en-wav"
).split()
SERVICES = ("kamailio", "dovecot", "postfix")
PACKAGES = {"run": LIBRARIES, "test": LIBRARIES + PEERS}
AGAIN = ("once more", "a last time")  # sound is real time, and the machine may be busy again
EXTRAS = {"run": "all", "test": "test"}
DISK = {"run": 1.5, "test": 3.0}  # gigabytes that a first installation takes, with room for the downloads

USAGE = """usage: python3 installer/bootstrap.py [--no-system] demo|test|run [ARGUMENTS]

  demo   set up, then run the whole contact centre (agent-desktop demo ARGUMENTS)
  test   set up, then run every check (the ARGUMENTS go to pytest)
  run    set up, then agent-desktop ARGUMENTS

  --no-system   leave the system's packages alone
"""


class Stop(Exception):  # noqa: N818 - it ends the program; its text says what happened and what to do
    """The set-up cannot go on."""


def main(words: list[str]) -> int:
    """Do what the words ask for."""
    system = "--no-system" not in words[:1]
    words = words if system else words[1:]
    if not words or words[0] not in {"demo", "test", "run"}:
        print(USAGE, end="", file=sys.stderr if words[:1] not in (["-h"], ["--help"]) else sys.stdout)
        return 0 if words[:1] in (["-h"], ["--help"]) else 2
    verb, *rest = words
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was changed is put back
    try:
        set_up("test" if verb == "test" else "run", system=system)
        if verb == "test":
            return check(rest)
    except Stop as stop:
        print(f"\nbootstrap: {stop}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nbootstrap: {error}. Nothing is lost; mend that and run this again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbootstrap: stopped; run it again to go on", file=sys.stderr)
        return 1
    return become([str(PYTHON), "-m", "agent_desktop", *(["demo"] if verb == "demo" else []), *rest])


def become(command: list[str]) -> int:
    """Run the program in the place of this one, so that a signal reaches it."""
    sys.stdout.flush()
    sys.stderr.flush()
    if not WINDOWS:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return subprocess.run(command, check=False).returncode  # execv there returns to the shell at once


def set_up(kind: str, *, system: bool) -> None:
    """Install what is missing for `run` or `test`; nothing when the stamp says that it is all there."""
    key = fingerprint(kind)
    stamp = VENV / f"agent-desktop.{kind}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text("utf-8") == key:
        return
    started = time.monotonic()
    check_disk(kind)
    VENV.mkdir(exist_ok=True)
    LOG.write_text("", "utf-8")
    if system:
        system_packages(kind)
    virtual_environment()
    python_packages(kind)
    stamp.write_text(key, "utf-8")
    if kind == "test":
        (VENV / "agent-desktop.run").write_text(fingerprint("run"), "utf-8")
    say(f"ready after {time.monotonic() - started:.0f} s")


def fingerprint(kind: str) -> str:
    """Give a hash of everything that the installation depends on."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    parts = [
        project["build-system"],
        project["project"],
        project["tool"].get("hatch"),
        PACKAGES[kind],
        str(ROOT),
        sys.version_info[:2],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def check_disk(kind: str) -> None:
    """Stop before a download that would not fit."""
    needed = 0.3 if PYTHON.exists() else DISK[kind]
    free = shutil.disk_usage(ROOT).free / GIGABYTE
    if free < needed:
        raise Stop(
            f"There is not enough disk space: {ROOT} has {free:.1f} GB free and the installation takes up to "
            f"{needed:.1f} GB. Free some space and run this again."
        )


def system_packages(kind: str) -> None:
    """Install the Debian packages that are missing; elsewhere only say what Linux needs."""
    if not sys.platform.startswith("linux"):
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg-query")):
        say("not a Debian-like system: install libEGL, xcb-cursor and PortAudio yourself")
        return
    wanted = [*PACKAGES[kind], *([] if venv_works() else ["python3-venv"])]
    missing = [package for package in wanted if not installed(package)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise Stop(
            "Some system packages are missing, and only root can install them. Run\n\n"
            f"  sudo apt-get install --no-install-recommends {' '.join(missing)}\n\n"
            "and then this again, or go on without them: python3 installer/bootstrap.py --no-system ..."
        )
    options = ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    try:
        step("list of system packages", ["apt-get", *options, "update"])
    except Stop:
        say("the list of system packages could not be renewed (see the log); trying with the old one")
    with services_asleep():
        step(
            f"{len(missing)} system packages",
            ["apt-get", *options, "install", "-y", "--no-install-recommends", *missing],
            {"DEBIAN_FRONTEND": "noninteractive"},
        )
    if Path("/run/systemd/system").is_dir():  # else they would start with the next boot
        for service in set(SERVICES) & {package.partition("-")[0] for package in missing}:
            subprocess.run(["systemctl", "disable", "--now", "--quiet", service], check=False)


def installed(package: str) -> bool:
    """Say whether dpkg has it."""
    found = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True, check=False
    )
    return found.stdout == "installed"


@contextlib.contextmanager
def services_asleep() -> Iterator[None]:
    """Keep packages from starting their services, and leave the system's own policy as it was."""
    before = (POLICY.read_bytes(), POLICY.stat().st_mode) if POLICY.exists() else None
    POLICY.write_text("#!/bin/sh\nexit 101\n", "utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            POLICY.unlink(missing_ok=True)
        else:
            POLICY.write_bytes(before[0])
            POLICY.chmod(before[1] & 0o7777)


def venv_works() -> bool:
    """Say whether this Python can make a virtual environment; Debian keeps that in a package of its own."""
    return (
        subprocess.run(
            [sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False
        ).returncode
        == 0
    )


def virtual_environment() -> None:
    """Make `.venv`, or make it anew if its Python is gone or another one."""
    if PYTHON.exists():
        ask = "import pip, sys; print(*sys.version_info[:2])"
        with contextlib.suppress(OSError):
            answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=False)
            if answer.stdout.split() == [str(number) for number in sys.version_info[:2]]:
                return
    if not venv_works():
        raise Stop(
            f"{sys.executable} cannot make a virtual environment. Install that part of Python "
            "(Debian: sudo apt-get install python3-venv) and run this again."
        )
    shutil.rmtree(VENV, ignore_errors=True)
    step("virtual environment in .venv", [sys.executable, "-m", "venv", str(VENV)])


def python_packages(kind: str) -> None:
    """Install the project in place, with the packages of the extra."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    step("Python packages (some minutes the first time)", [*command, "-e", f"{ROOT}[{EXTRAS[kind]}]"])


def step(title: str, command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run one step of the installation: a line when it starts, another when it is done or fails."""
    say(f"{title} ...")
    started = time.monotonic()
    VENV.mkdir(exist_ok=True)
    lines: list[str] = []
    tty = sys.stderr.isatty()
    with LOG.open("a", encoding="utf-8") as log:
        try:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except OSError as error:
            raise Stop(f"{command[0]} cannot be started: {error}.") from error
        with process:
            for line in process.stdout or ():
                log.write(line)
                lines.append(line.rstrip())
                if tty:
                    print(f"\r    {line.strip()[:70]:<70}", end="", file=sys.stderr, flush=True)
    if tty:
        print(f"\r{'':<74}\r", end="", file=sys.stderr)
    if process.returncode != 0:
        raise Stop(explained(title, lines))
    say(f"{title}: done in {time.monotonic() - started:.0f} s")


def explained(title: str, lines: list[str]) -> str:
    """Give the reason of a failed step in words, with the end of what the program said."""
    text = "\n".join(lines).lower()
    signs = {
        "There is no room left on the disk. Free some space and run this again.": ("no space left",),
        "The network cannot be reached. Check the connection (and the proxy settings) and run this again.": (
            "temporary failure",
            "failed to establish a new connection",
            "name or service not known",
            "network is unreachable",
            "connection refused",
            "could not resolve",
            "connection timed out",
            "read timed out",
        ),
    }
    reason = next((reason for reason, words in signs.items() if any(word in text for word in words)), "")
    end = "\n".join(f"  {line}" for line in lines[-15:])
    return f"This step failed: {title}. {reason}\n{end}\nThe whole output is in {LOG}."


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


def check(arguments: list[str]) -> int:
    """Run every check, all of them even when one fails, and the tests last."""
    python = str(PYTHON)
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    checks = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "lint-imports": [python, "-c", lint, "--no-logo"],
        "mypy": [python, "-m", "mypy"],
    }
    started = time.monotonic()
    failed = [name for name, command in checks.items() if not passes(name, command)]
    workers = str(min((os.cpu_count() or 1) + 1, 4))  # calls take their own time: half of it is waiting
    tests = [python, "-m", "pytest", "-n", workers, "--dist", "loadscope", "--cache-clear", *arguments]
    alone = [python, "-m", "pytest", "--alone", "--last-failed", "--last-failed-no-failures", "none"]
    with screen() as (wrapper, environment):
        tries = {
            "pytest": tests,
            **{f"pytest, what failed with real programs alone, {n}": alone for n in AGAIN},
        }
        if not any(passes(name, [*wrapper, *words], environment) for name, words in tries.items()):
            failed.append("pytest")
    verdict = f"failed: {', '.join(failed)}" if failed else "every check passed"
    say(f"{verdict} ({time.monotonic() - started:.0f} s)")
    return 1 if failed else 0


def passes(name: str, command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run one check with its output in sight."""
    say(name)
    return (
        subprocess.run(command, cwd=ROOT, env={**os.environ, **(environment or {})}, check=False).returncode
        == 0
    )


@contextlib.contextmanager
def screen() -> Iterator[tuple[list[str], dict[str, str]]]:
    """Give what puts a program on a virtual screen with its own session bus, where there is no real one."""
    wrapper: list[str] = []
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield wrapper, {}
        return
    if shutil.which("xvfb-run"):
        wrapper += ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24"]
    if shutil.which("dbus-run-session"):
        wrapper += ["dbus-run-session", "--"]
    with tempfile.TemporaryDirectory(prefix="agent-desktop-run-") as runtime:  # 0700, as the bus demands
        yield wrapper, {"XDG_RUNTIME_DIR": runtime}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
