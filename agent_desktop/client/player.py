"""Hearing a recording: fetched with the session's token into a private file, played by the phone, removed.

The file is readable by this user alone and lives as long as it is heard.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from agent_desktop.client.news import News, PlayingFailed
from agent_desktop.client.session import Session
from agent_desktop.client.store import Playing, Store
from agent_desktop.i18n import _
from agent_desktop.wire.phone import AnyPhoneCommand, FilePlayed, PlayFile, StopFile


class RecordingFetched:
    """A recording is in a file, or `error` says why not."""

    __slots__ = ("error", "interaction", "path", "recording")

    def __init__(self, interaction: str, recording: str, path: str, error: str = "") -> None:
        self.interaction = interaction
        self.recording = recording
        self.path = path
        self.error = error


class Fetching(Protocol):
    """What is needed of the network."""

    def fetch_recording(self, session: Session, interaction: str, recording: str) -> None:
        """Fetch; `RecordingFetched` comes in."""
        ...


class Player:
    """One recording at a time."""

    def __init__(self, outside: Fetching, ask_phone: Callable[[AnyPhoneCommand], str]) -> None:
        self._outside = outside
        self._ask_phone = ask_phone

    def play(self, store: Store, session: Session, interaction: str, recording: str) -> None:
        """Begin to fetch; what plays ends."""
        self.stop(store)
        store.playing = Playing(interaction, recording)
        self._outside.fetch_recording(session, interaction, recording)

    def stop(self, store: Store) -> None:
        """End what plays, or what is being fetched."""
        playing, store.playing = store.playing, None
        if playing is not None and playing.path:
            self._ask_phone(StopFile())
            remove(playing.path)

    def fetched(self, store: Store, item: RecordingFetched) -> tuple[News, ...]:
        """The file is here: have it played, unless nobody wants to hear it any more."""
        playing = store.playing
        asked_for = playing is not None and (playing.interaction, playing.recording) == (
            item.interaction,
            item.recording,
        )
        if not asked_for or item.error:
            remove(item.path)
            if not asked_for:
                return ()
            store.playing = None
            return (PlayingFailed(_("The recording cannot be heard: {why}", why=item.error)),)
        store.playing = Playing(item.interaction, item.recording, item.path)
        self._ask_phone(PlayFile(path=item.path))
        return ()

    def told(self, event: FilePlayed) -> tuple[News, ...]:
        """The phone says where it is; at the end the file goes."""
        if not event.over:
            return ()
        remove(event.path)
        if event.detail:
            return (PlayingFailed(_("The recording cannot be heard: {why}", why=event.detail)),)
        return ()


def remove(path: str) -> None:
    """Remove the private copy."""
    if path:
        with contextlib.suppress(OSError):
            Path(path).unlink()
