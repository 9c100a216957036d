"""The base of everything that a front end asks of the router."""

from __future__ import annotations

from agent_desktop.wire.model import Model


class Command(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every command; its tag is the class name."""
