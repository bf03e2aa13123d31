"""Opening the database, SQLite or PostgreSQL, and the one way to a session."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.orm import Session

from resources_db.errors import DatabaseUnusable

# What SQLite says when the file itself is the trouble, and not the statement.
_SPOILED_FILE = ("malformed", "not a database", "unable to open", "disk i/o error", "readonly", "is full")
#: What no database keeps: NUL, and halves of characters.
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
BUSY_WAIT_MS = 15_000
_MAPPED_BYTES = 4 << 30
# A search has some forty statements, in a few sizes each.
_STATEMENTS_KEPT = 512


def make_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…``; nothing is opened yet.

    SQLite runs in WAL mode with foreign keys enforced; its folder is made when missing. Whatever the
    engine later meets that no retry can mend (a spoiled file, a server that is not there) is raised as
    DatabaseUnusable.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _make_folder(parsed.database)
        engine = create_engine(parsed, hide_parameters=True, connect_args={"cached_statements": _STATEMENTS_KEPT})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg2"), hide_parameters=True, pool_pre_ping=True)
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", _explainer(engine))
    return engine


@contextmanager
def session_scope(engine: Engine, *, writes: bool = True) -> Iterator[Session]:
    """A session that commits when the block ends well and rolls back when it does not.

    For the edges only: a request, an action, a job. Functions below are given the session and never
    commit. With ``writes=False`` it takes no write lock on SQLite, so that readers never wait.
    """
    if writes:
        # Whoever edits a listing need not know of the search for it to follow.
        import resources_db.search.upkeep  # noqa: F401
    bind = engine.execution_options(sqlite_begin="IMMEDIATE") if writes else engine
    with Session(bind) as session, session.begin():
        yield session


def _make_folder(database: str | None) -> None:
    if not database or database == ":memory:":
        return
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(
            f"The folder for the database {database} cannot be made ({error.strerror}). "
            "Set HOMEWARD_VAR to a folder this user may write to."
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own idea of transactions breaks SAVEPOINT and DDL; _begin_sqlite says BEGIN instead.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_WAIT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        # What is deleted is overwritten, in the file as well.
        "secure_delete=ON",
        # Pages are read where the system keeps them instead of being copied, one call each, into two megabytes of our own.
        f"mmap_size={_MAPPED_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at the start: a reader that turns writer halfway may fail instead of waiting.
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('sqlite_begin', 'DEFERRED')}")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # A statement that was prepared keeps its plan: planning a search for its very values takes longer than the search.
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
    connection.commit()


def _begin_postgresql(connection: Connection) -> None:
    # A plan made for an empty table is none for the million rows that a writer puts there afterwards.
    if "sqlite_begin" in connection.get_execution_options():
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = auto")


def _explainer(engine: Engine) -> Any:
    """Turns the driver errors that an operator must act on into DatabaseUnusable."""
    name = engine.url.render_as_string(hide_password=True)

    def explain(context: ExceptionContext) -> None:
        said = str(context.original_exception).strip()
        first_line = said.splitlines()[0] if said else type(context.original_exception).__name__
        if engine.dialect.name == "sqlite":
            if any(sign in said.lower() for sign in _SPOILED_FILE):
                raise DatabaseUnusable(
                    f"The database {engine.url.database} cannot be used: {first_line}. Check the disk and the "
                    "file's permissions; if the file is damaged, move it aside and restore a backup, or let a "
                    "new one be made and import the directory again."
                ) from context.original_exception
        elif context.connection is None:
            raise DatabaseUnusable(
                f"PostgreSQL cannot be reached at {name}: {first_line}. Start it, or correct HOMEWARD_DATABASE_URL."
            ) from context.original_exception

    return explain
