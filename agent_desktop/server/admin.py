"""`agent-desktop admin …`: looks after a router's record from outside.

Reading (the list of users, a customer's export, a backup) works while the router runs: SQLite gives a
second, read-only connection a whole and steady view.  Changing (users, erasing) needs the router stopped,
because a record has one writer; the router's lock says so, and this program says it in words.

A person stands in `centre.toml` (name, role, extension, queues, skills); here the person gets a password.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import getpass
import json
import os
import secrets
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import AgentId
from agent_desktop.errors import AgentDesktopError, RefusedError, StorageError, UsageError
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.ports.storage import Changes, User
from agent_desktop.server import config_command, keeping, rules_command
from agent_desktop.server.auth import Auth
from agent_desktop.server.config import load_centre, load_server
from agent_desktop.server.replay import command as replay
from agent_desktop.server.storage import database, own_words, personal
from agent_desktop.server.storage.store import SqliteStore, open_store

RECORD = "record.db"
DISABLED = "!"  # before the hash: no password matches it, and taking it away restores the old password
PAGES_A_STEP = 1000


def main(args: argparse.Namespace) -> int:
    """Do what the verb says; gives the exit status.  Raises `AgentDesktopError` in words."""
    match args.verb:
        case "users":
            return _users(args)
        case "backup":
            return _backup(_record(args), Path(args.file))
        case "export":
            return _export(_record(args), args.customer, args.output, notes=args.with_notes)
        case "replay":
            return replay.main(args, _record(args), _fallback(args))
        case "config":
            return config_command.main(args, _config, _record)
        case "rules":
            return rules_command.main(args, _config, _record)
        case _:
            return _erase(_record(args), args.customer, sure=args.yes)


# --- where ----------------------------------------------------------------------------------------


def _config(args: argparse.Namespace) -> Path:
    """The centre's file: `--config`, else the one that lies in the data folder (the demo's)."""
    if args.config:
        return Path(args.config)
    beside = Path(args.data) / "centre.toml" if args.data else None
    if beside is not None and beside.exists():
        return beside
    raise UsageError("Say which centre it is: --config FILE (or --data DIR of a demo).")


def _fallback(args: argparse.Namespace) -> Centre | None:
    """The centre for a record that names none: `--config` before the verb."""
    return load_centre(_config(args)) if args.config else None


def _record(args: argparse.Namespace) -> Path:
    """The record's file: in `--data`, else where the centre's file says.  It must exist."""
    if args.data:
        folder = Path(args.data)
    else:
        config = _config(args)
        folder = Path(load_server(config).data or config.parent / "data")
    path = folder / RECORD
    if not path.exists():
        raise StorageError(f"There is no record in {folder}. Give the router's data folder with --data.")
    return path


def _alone(path: Path) -> None:
    """Refuse while a router runs.  Raises `StorageError`."""
    try:
        database.lock(path).close()
    except StorageError as error:
        raise StorageError(
            f"The router that keeps {path} is running. Stop it, run this again, and start it again."
        ) from error


# --- users ----------------------------------------------------------------------------------------


def _users(args: argparse.Namespace) -> int:
    if args.act == "list":
        return _list(_record(args), load_centre(_config(args)))
    if not args.user:
        raise UsageError(f"Say who: agent-desktop admin users {args.act} USER")
    user, centre = AgentId(args.user.strip().casefold()), load_centre(_config(args))
    if args.act == "add" and user not in centre.agents:
        raise RefusedError(
            f"{_config(args)} has no agent {user}. Add the person there first: [agents.{user}] with a name, "
            "an extension, queues and skills."
        )
    path = _new_or_kept(args)
    if path.exists():
        _alone(path)
    match args.act:
        case "add":
            password = _password(args)
            _change(path, lambda store: _as_task(Auth(store).create_user(user, password)))
            _say(f"{user} may sign in.")
        case "password":
            password = _password(args)
            _change(path, lambda store: _set_password(store, user, password))
            _say(f"{user} has a new password; running sessions are over.")
        case "disable":
            _change(path, lambda store: _disable(store, user))
            _say(f"{user} cannot sign in any more; running sessions are over.")
        case _:
            _change(path, lambda store: _enable(store, user))
            _say(f"{user} may sign in again, with the password as it was.")
    return 0


def _new_or_kept(args: argparse.Namespace) -> Path:
    """The record, which the first user of a new centre makes."""
    if args.data:
        return Path(args.data) / RECORD
    config = _config(args)
    return Path(load_server(config).data or config.parent / "data") / RECORD


def _list(path: Path, centre: Centre) -> int:
    with personal.opened(path, read_only=True) as connection:
        hashes = dict(connection.execute("select id, password_hash from users"))
    for key in sorted({*centre.agents, *hashes}):
        entry, hashed = centre.agents.get(AgentId(key)), hashes.get(key)
        state = "no password yet" if hashed is None else "disabled" if hashed[:1] == DISABLED else "active"
        if entry is None:
            _say(f"{key}: not in the centre's file, {state}")
        else:
            _say(f"{key}: {entry.name}, {entry.role}, extension {entry.extension or 'none'}, {state}")
    return 0


def _change(path: Path, act: Callable[[SqliteStore], Awaitable[None]]) -> None:
    async def run() -> None:
        store = open_store(path)
        try:
            await act(store)
        finally:
            await store.close()

    asyncio.run(run())


async def _as_task(made: Awaitable[object]) -> None:
    await made


def _known(store: SqliteStore, user: AgentId) -> User:
    if (known := store.user(user)) is None:
        raise RefusedError(f"There is no user {user}. Add one first.", code="unknown_user")
    return known


async def _set_password(store: SqliteStore, user: AgentId, password: str) -> None:
    if _known(store, user).password_hash.startswith(DISABLED):
        raise RefusedError(f"{user} is disabled. Enable {user} first.", code="disabled")
    await Auth(store).set_password(user, password)


async def _disable(store: SqliteStore, user: AgentId) -> None:
    known = _known(store, user)
    if known.password_hash.startswith(DISABLED):
        raise RefusedError(f"{user} is disabled already.", code="disabled")
    # The telephone's secret changes too: a phone that still runs cannot register again.
    locked = replace(
        known, password_hash=DISABLED + known.password_hash, sip_secret=secrets.token_urlsafe(24)
    )
    ended = {session.token_hash: None for session in store.sessions_of(user)}
    await store.commit(Changes(users={user: locked}, sessions=dict(ended)))


async def _enable(store: SqliteStore, user: AgentId) -> None:
    known = _known(store, user)
    if not known.password_hash.startswith(DISABLED):
        raise RefusedError(f"{user} is not disabled.", code="enabled")
    opened = replace(known, password_hash=known.password_hash.removeprefix(DISABLED))
    await store.commit(Changes(users={user: opened}))


def _password(args: argparse.Namespace) -> str:
    """From the file, or typed twice; never from the command line, which others can see."""
    if args.password_file:
        try:
            return Path(args.password_file).read_text("utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise AgentDesktopError(f"The password file {args.password_file} cannot be read.") from error
    if not sys.stdin.isatty():
        raise UsageError("There is no keyboard here: give --password-file FILE.")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise AgentDesktopError("The two passwords are not the same. Nothing was changed.")
    return first


# --- the record -----------------------------------------------------------------------------------


def _backup(path: Path, target: Path) -> int:
    """Copy the record by SQLite's backup interface, check the copy, and only then give it its name."""
    if target.exists():
        raise AgentDesktopError(f"{target} exists. Give another name, or remove it first.")
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        copy = sqlite3.connect(part)
        try:
            with personal.opened(path, read_only=True) as source:
                source.backup(copy, pages=-1)  # in one step: a step that waits starts over at each commit
            copy.execute("PRAGMA journal_mode=DELETE")
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        finally:
            copy.close()
        if found != "ok":
            raise StorageError(f"The copy is damaged ({found}); it was not kept.")
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(target)
    except sqlite3.Error as error:
        raise database.explained(error, target) from error
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    _say(f"{target}: {target.stat().st_size / 1e6:.1f} MB, checked. Keep centre.toml beside it.")
    return 0


def _export(path: Path, customer: str, output: str | None, *, notes: bool) -> int:
    with personal.opened(path, read_only=True) as connection:
        connection.execute("BEGIN")  # one view of everything, whatever the router writes meanwhile
        traces = personal.find(connection, customer)
        found = personal.document(connection, traces)
    if not notes:
        found = own_words.without(found)
    found["recordings"] = _recordings(path.parent, traces)
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if output is None:
        _say(text)
        return 0
    try:
        handle = os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise AgentDesktopError(f"{output} cannot be written: {error.strerror}.") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    _say(f"{output}: {len(found['messages'])} messages, {len(found['interactions'])} interactions.")
    if not notes:
        _say(found[own_words.LEFT_OUT])
    return 0


def _recordings(data: Path, traces: personal.Traces) -> dict[str, str | None]:
    """What the customer's recordings hold, Ogg in base64; nothing for those that were erased."""
    if not traces.recordings:
        return {}
    keys = MasterKeys.at(data / keeping.KEYS)
    sounds = {key: keeping.sound_of(keeping.place_of(at, data), keys) for key, at in traces.recordings}
    return {key: None if sound is None else base64.b64encode(sound).decode() for key, sound in sounds.items()}


def _erase(path: Path, customer: str, *, sure: bool) -> int:
    _alone(path)
    with database.lock(path), personal.opened(path, read_only=False) as connection:
        traces = personal.find(connection, customer)
        if not sure:
            if not sys.stdin.isatty():
                raise UsageError("There is no keyboard here to ask at: give --yes to erase without asking.")
            question = (
                f"Erase {traces.name} ({traces.customer}): {len(traces.messages)} messages, "
                f"{len(traces.interactions)} interactions, {len(traces.recordings)} recordings, for good? "
                "Type the id: "
            )
            if input(question).strip() != traces.customer:
                _say("Nothing was erased.")
                return 1
        personal.refuse_open(connection, traces)
        # Before the rows that name them: an erasure that is cut short can be repeated.
        sounds = keeping.destroy_all(keeping.place_of(at, path.parent) for _, at in traces.recordings)
        rows = personal.erase(connection, traces)
    _say(
        f"{traces.customer} is erased: {rows} rows, {sounds} recordings. Backups, mail servers and drafts "
        "on agents' computers keep what they have; erase there too."
    )
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
