"""The results of the run, one file for each worker; `installer/interop.py` makes the table from them."""

from __future__ import annotations

import pytest

from . import cells, places
from .cells import Results


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    cells.generate(metafunc)


@pytest.fixture(scope="session")
def results() -> Results:
    where = cells.folder()
    where.mkdir(parents=True, exist_ok=True)
    path = where / f"worker{places.worker()}.json"
    path.unlink(missing_ok=True)
    return Results(path)
