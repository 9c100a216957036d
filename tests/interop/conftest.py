"""The results of the run, one file for each worker; `installer/interop.py` makes the table from them."""

from __future__ import annotations

import subprocess
from importlib import metadata

import pytest

from . import cells, places
from .cells import Results

DEBIAN = {
    "SIPp": "sip-tester",
    "baresip": "baresip-core",
    "Kamailio": "kamailio",
    "liblinphone": "liblinphone10",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    cells.generate(metafunc)


@pytest.fixture(scope="session")
def results() -> Results:
    where = cells.folder()
    where.mkdir(parents=True, exist_ok=True)
    path = where / f"worker{places.worker()}.json"
    path.unlink(missing_ok=True)
    made = Results(path)
    for program, package in DEBIAN.items():
        asked = ["dpkg-query", "-W", "-f=${Version}", package]
        made.version(
            program, subprocess.run(asked, capture_output=True, text=True, check=False).stdout or "?"
        )
    made.version("baresip-python", metadata.version("baresip-python"))
    return made
