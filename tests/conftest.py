"""What every test may ask for, and how the tests run on any machine.

Qt tests draw off screen unless a test starts a program on a real screen itself; hypothesis keeps no
deadline, because a shared machine is not a clock.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

# Set before any Qt import.  A test of the real window gives its child process QT_QPA_PLATFORM=xcb.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# A developer's own settings must not steer a test.
for _name in [name for name in os.environ if name.startswith("AGENT_DESKTOP_")]:
    del os.environ[_name]

REPOSITORY = Path(__file__).resolve().parent.parent

hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("house")


OUTSIDE = ("peer", "screen")
FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--alone", action="store_true", help="run only what talks to real programs in real time")


def pytest_collection_finish(session: pytest.Session) -> None:
    """With `--alone`, for what failed while others took the machine: nothing of ours gets a second try."""
    if session.config.getoption("--alone"):
        ours = [item.nodeid for item in session.items if not any(map(item.get_closest_marker, OUTSIDE))]
        if ours or not session.items:
            pytest.exit(f"these failed, and no real program is in them: {', '.join(ours) or 'none'}", 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What a test that failed has left open is let go of beside it, not in a later one, which did nothing."""
    done = yield
    if FAILED in item.stash:
        sys.last_type = sys.last_value = sys.last_traceback = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.collect()
    return done


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give programs that ask for the user's folders folders of the test run's own."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The hostile inputs (tests/corpora)."""
    return REPOSITORY / "tests" / "corpora"
