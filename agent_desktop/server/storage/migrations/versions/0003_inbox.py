"""The inbox: what a list is found by, moved messages, tags and followers, files handed in."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    statement = ""
    for line in Path(__file__).with_suffix(".sql").read_text("utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            op.get_bind().exec_driver_sql(statement)
            statement = ""
