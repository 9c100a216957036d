"""Brings a record to this program's shape when it is opened, in one transaction.

Alembic is imported only when there is something to do: a start at the right version reads one row.
"""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from agent_desktop.errors import StorageError

HEAD = "0004"  # the newest migration; a test compares it with the folder
FOLDER = Path(__file__).parent / "migrations"

_log = logging.getLogger(__name__)


def migrate(connection: Connection, name: str) -> None:
    """Run the migrations that are missing.  Raises `StorageError` for a record of a newer program."""
    present = version(connection)
    connection.rollback()
    if present == HEAD:
        return
    if present is not None and present > HEAD:
        raise StorageError(
            f"The record {name} was written by a newer version of this program. Install that version."
        )
    _upgrade(connection)
    _log.info("record migrated", extra={"from": present or "nothing", "to": HEAD})


def version(connection: Connection) -> str | None:
    """Give the version of a record, or None for an empty file."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, and rarely needed
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    with connection.begin():
        command.upgrade(config, "head")
