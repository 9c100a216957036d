"""Which files that come with a mail may be fetched, and how much may be sent.

A refused file is kept like any other: its bytes are part of the original.  It is only not handed to the
agent's computer, and the words say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agent_desktop.domain import programs

MAX_FILES: Final = 100
MAX_SENT_BYTES: Final = 25 * 1024 * 1024  # what most mail servers take, before base64


def blocked(name: str, media_type: str) -> str:
    """Why a file may not be fetched, in words; empty when it may."""
    words = programs.refused(name, media_type)
    return f"{words} It is kept with the original mail." if words else ""


def too_much(sizes: Sequence[int]) -> str:
    """Why so many files cannot be sent, in words; empty when they can."""
    if len(sizes) > MAX_FILES:
        return f"{len(sizes)} files are too many for one mail; at most {MAX_FILES} can be sent."
    if sum(sizes) > MAX_SENT_BYTES:
        megabytes = sum(sizes) / 1024 / 1024
        return (
            f"The files are {megabytes:.0f} MB together; at most {MAX_SENT_BYTES // 1024 // 1024} MB can be "
            "sent. Send fewer, or a link."
        )
    return ""
