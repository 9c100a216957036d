"""One tree of errors.

Each error says what happened and what to do, in words that an agent can read.  `str(error)` may be
shown on a screen as it is: no code names, no exception texts of libraries.
"""

from __future__ import annotations


class AgentDesktopError(Exception):
    """The root of everything this program raises on purpose."""


class UsageError(AgentDesktopError):
    """The command line was wrong (exit status 2)."""


class ConfigError(AgentDesktopError):
    """A configuration file is wrong; `line` names where (1-based), if known."""

    def __init__(self, message: str, *, line: int | None = None, key: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.key = key


class RefusedError(AgentDesktopError):
    """A command was understood and refused; `code` is a stable word for programs."""

    def __init__(self, message: str, *, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code


class IllegalStepError(RefusedError):
    """A state machine has no such step from its present state."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="wrong_state")


class ProtocolError(AgentDesktopError):
    """A peer sent bytes that are not of the protocol."""


class SipError(ProtocolError):
    """A SIP message or body that cannot be read; `status` is its answer (RFC 3261, section 21)."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class WireError(ProtocolError):
    """A websocket frame that is no envelope."""


class StorageError(AgentDesktopError):
    """Something could not be kept; nothing was acknowledged."""


class DiskFullError(StorageError):
    """The disk is full; new work is refused until there is room."""


class DeviceError(AgentDesktopError):
    """A sound device is missing or failed."""


class ConnectionLostError(AgentDesktopError):
    """The other side is gone; the caller may try again."""


class StoppedError(ConnectionLostError):
    """The other side was asked to end; nobody needs to be told."""


class MissingExtraError(AgentDesktopError):
    """A front end needs a Python package that is not installed; the message names the extra."""
