"""A desktop in memory and a centre on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.desks import Desk
from tests.client.fakes import FakeCentre
from tests.client.ports import free_port


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.drafts.close()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[FakeCentre]:
    made = FakeCentre(free_port(), tmp_path)
    yield made
    made.close()
