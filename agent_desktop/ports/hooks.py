"""What providers of SMS and social messages tell us over HTTP, and what we answer.

A channel that is told things this way is a `Hooked`.  It is given the request as it came, byte for byte,
because providers sign bytes; it answers after the commit, so that what was not kept comes again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from agent_desktop.errors import AgentDesktopError


class ForeignError(AgentDesktopError):
    """The request is not signed by whom this channel listens to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRequest:
    """A request of a provider; the names of headers are in lower case."""

    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookAnswer:
    """What the provider gets."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain"
    data: bytes = b""  # instead of `body`: a file of a message that the provider sends on


@runtime_checkable
class Hooked(Protocol):
    """A channel that a provider calls."""

    provider: str

    async def hooked(self, request: HookRequest) -> HookAnswer:
        """Take what a provider tells, and answer when it is kept.

        Raises `ForeignError` for a wrong signature, `AgentDesktopError` when it could not be kept.
        """
        ...
