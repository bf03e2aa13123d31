"""A family's thread in an empty database, in its own time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.orm import Session

from resources_db.models.conversation import Conversation
from tests.databases import SqliteDatabases

#: A Sunday evening in California, Monday already by the clock of the database.
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=timezone.utc)
ZONE = "America/Los_Angeles"


def thread(session: Session, name: str, phone: str | None = None, days: int = 30) -> str:
    """A new thread, which ends in so many days."""
    row = Conversation(
        id=name, language="en", created_at=NOW, expires_at=NOW + timedelta(days=days), family_phone_id=phone, last_seq=0,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


@pytest.fixture
def session(sqlite_databases: SqliteDatabases) -> Iterator[Session]:
    with sqlite_databases.new() as engine, Session(engine) as session:
        thread(session, "family")
        yield session
