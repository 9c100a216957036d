"""The mails of the corpora, one by one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_NO_MAIL = {"LICENSE", "COPYING", "LICENSE-MIT.txt"}
MAILS = 275  # tests/corpora/README.md


def _split(box: bytes) -> list[bytes]:
    places = [found.start() for found in re.finditer(rb"(?m)^From ", box)]
    return [box[begin:end] for begin, end in zip(places, [*places[1:], len(box)], strict=True)]


@pytest.fixture(scope="session")
def mails(corpora: Path) -> dict[str, bytes]:
    """Every mail by its name: 275 of them; the HTML pages and partial mails beside them are other sets."""
    found: dict[str, bytes] = {}
    for path in sorted(corpora.glob("mail_*/**/*")):
        if not path.is_file() or path.name in _NO_MAIL or path.parent.name in {"html", "partial"}:
            continue
        name, raw = str(path.relative_to(corpora)), path.read_bytes()
        if path.parent.name == "mbox":
            found |= {f"{name}#{number}": mail for number, mail in enumerate(_split(raw))}
        else:
            found[name] = raw
    assert len(found) == MAILS
    return found
