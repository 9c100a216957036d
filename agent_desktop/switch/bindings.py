"""Where the phones are, kept over a restart of the switch.

A phone registers again only when its time is half over, which may be minutes.  So that a switch that was
killed finds its phones again at once, each change of a binding is written to `run/bindings.json` in the
data folder (its owner alone may read it), and read at the next start.  What was read is tried: a phone
that does not answer OPTIONS is not there.

Rules: a file that is missing or unreadable is an empty one; a binding whose time is over is not restored;
no password, and nothing of one, is in the file.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Protocol

import msgspec

from agent_desktop.errors import SipError
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import Address, RequestId
from agent_desktop.sip.registrar import Binding
from agent_desktop.sip.uri import Uri, parse_uri

log = logging.getLogger(__name__)

_MOST: Final = 5000


class _Kept(msgspec.Struct, frozen=True):
    """One binding as it stands in the file; `until` is a wall-clock time."""

    user: str
    contact: str
    transport: str
    host: str
    port: int
    until: float
    call_id: str
    cseq: int
    q: float = 1.0


class BindingsFile:
    """Writes and reads the file.  Small and rare enough to be written at once."""

    def __init__(self, data: Path) -> None:
        self._path = data / "run" / "bindings.json"

    def write(self, bindings: Iterable[Binding], *, now: float, wall: float) -> None:
        """Replace the file as a whole; `now` is the clock of the bindings."""
        kept = [
            _Kept(
                binding.user,
                str(binding.contact),
                binding.source.transport,
                binding.source.host,
                binding.source.port,
                wall + binding.expires_at - now,
                binding.call_id,
                binding.cseq,
                binding.q,
            )
            for binding in bindings
        ]
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(kept))
            fresh.replace(self._path)
        except OSError as error:
            log.warning("the phones' places cannot be kept: %s", error)

    def read(self, *, now: float, wall: float) -> tuple[Binding, ...]:
        """What was kept and has time left, on the clock of `now`."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=list[_Kept])[:_MOST]
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("the phones' places cannot be read: %s", error)
            return ()
        found: list[Binding] = []
        for one in kept:
            if one.until > wall and one.transport == "udp":  # a connection ended with its switch
                with contextlib.suppress(SipError):
                    source = Address("udp", one.host, one.port)
                    found.append(
                        Binding(
                            one.user,
                            parse_uri(one.contact),
                            source,
                            now + one.until - wall,
                            one.call_id,
                            one.cseq,
                            one.q,
                        )
                    )
        return tuple(found)


class Registry(Protocol):
    """The part of `sip.session.UserAgent` that is the registrar's."""

    @property
    def all_bindings(self) -> tuple[Binding, ...]: ...

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]: ...

    def restore_binding(self, binding: Binding) -> None: ...

    def forget_binding(self, user: str, contact: Uri) -> None: ...

    def request(
        self, method: str, now: float, *, target: Uri | None = None, destination: Address | None = None
    ) -> RequestId: ...


class Changed(Protocol):
    """Is told when an extension can be reached, or no longer."""

    def __call__(self, extension: str, *, there: bool) -> None: ...


class Phones:
    """Which extensions have a phone; keeps the file, and tries what it restored."""

    def __init__(
        self,
        file: BindingsFile,
        *,
        signalling: Callable[[], Registry],
        changed: Changed,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._file = file
        self._signalling = signalling
        self._changed = changed
        self._monotonic, self._wall = monotonic, wall
        self._there: set[str] = set()
        self._tried: dict[RequestId, Binding] = {}

    @property
    def registered(self) -> tuple[str, ...]:
        return tuple(sorted(self._there))

    def restore(self) -> None:
        """Put back what was kept, and ask each phone whether it is there."""
        agent, now = self._signalling(), self._monotonic()
        for binding in self._file.read(now=now, wall=self._wall()):
            agent.restore_binding(binding)
            request = agent.request("OPTIONS", now, target=binding.contact, destination=binding.source)
            self._tried[request] = binding

    def happened(self, event: sip.Bound | sip.Unbound | sip.ResponseArrived) -> None:
        match event:
            case sip.Bound() | sip.Unbound():
                self._look(event.user)
                self._keep()
            case sip.ResponseArrived():
                tried = self._tried.pop(event.request, None)
                if tried is not None and event.status in {408, 503}:
                    self._gone(tried)

    def _gone(self, tried: Binding) -> None:
        """Nobody answered; unless the phone has registered since, it is forgotten."""
        agent = self._signalling()
        known = agent.bindings(tried.user, self._monotonic())
        if any(binding == tried for binding in known):
            log.info("a phone did not come back after the restart", extra={"extension": tried.user})
            agent.forget_binding(tried.user, tried.contact)

    def _look(self, extension: str) -> None:
        there = bool(self._signalling().bindings(extension, self._monotonic()))
        if there == (extension in self._there):
            return
        if there:
            self._there.add(extension)
        else:
            self._there.discard(extension)
        self._changed(extension, there=there)

    def _keep(self) -> None:
        self._file.write(self._signalling().all_bindings, now=self._monotonic(), wall=self._wall())
