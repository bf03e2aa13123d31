"""Databases for tests: SQLite files and a real PostgreSQL server, each test with one of its own."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from resources_db.database import make_engine
from resources_db.migrations import upgrade

TEMPLATE = "homeward_template"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL that listens on a socket in a temporary folder only; yields its URL, then removes it.

    pgserver brings its own binaries and, when we are root as in a container, runs them as a user of its
    own. The folder's name is short because the path of a socket may not be long.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which containers do not set
        import pgserver
    folder = Path(tempfile.mkdtemp(prefix="hwpg"))
    try:
        server = pgserver.get_server(folder / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class SqliteDatabases:
    """Upgraded empty SQLite databases, copied from one that was upgraded once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / f"{TEMPLATE}.db"
        engine = make_engine(f"sqlite:///{self._template}")
        upgrade(engine)
        engine.dispose()

    @contextmanager
    def new(self) -> Iterator[Engine]:
        path = self._folder / f"{uuid4().hex}.db"
        shutil.copy(self._template, path)
        engine = make_engine(f"sqlite:///{path}")
        yield engine
        engine.dispose()
        for leftover in self._folder.glob(f"{path.name}*"):
            leftover.unlink()


class PostgresqlDatabases:
    """Upgraded empty PostgreSQL databases, made from a template that was upgraded once.

    To make one costs many times what a small test does. So one that a test gave back with its tables as they were is
    emptied, and lent again under another name: whoever still writes to it finds nothing.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._admin = create_engine(self._url, isolation_level="AUTOCOMMIT")
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nothing has to survive this machine
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")
        with self.empty(TEMPLATE) as engine:
            upgrade(engine)
            with engine.connect() as connection:
                self._schema = connection.exec_driver_sql(_SCHEMA).scalar_one()
                self._from_the_start = {
                    table: [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]
                    for table in _filled(connection)
                }
        self._given_back: list[str] = []

    @contextmanager
    def new(self) -> Iterator[Engine]:
        name = f"t{uuid4().hex}"
        if self._given_back:
            self._run(f"ALTER DATABASE {self._given_back.pop()} RENAME TO {name}")
        else:
            self._run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        with self._engine(name) as engine:
            yield engine
        self._run(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'")
        if self._emptied(name):
            self._given_back.append(name)
        else:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty(self, name: str) -> Iterator[Engine]:
        """A database without our tables."""
        self._run(f"CREATE DATABASE {name}")
        with self._engine(name) as engine:
            yield engine

    def close(self) -> None:
        self._admin.dispose()

    @contextmanager
    def _engine(self, name: str) -> Iterator[Engine]:
        engine = make_engine(self._url.set(database=name).render_as_string(hide_password=False))
        yield engine
        engine.dispose()

    def _emptied(self, name: str) -> bool:
        """Whether it is as good as new now; not if its tables are others."""
        with self._engine(name) as engine, engine.begin() as connection:
            if connection.exec_driver_sql(_SCHEMA).scalar_one() != self._schema:
                return False
            tables = _filled(connection) | self._from_the_start.keys()
            connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
            for table, rows in self._from_the_start.items():
                connection.execute(text(f"INSERT INTO {table} VALUES ({', '.join(f':{name}' for name in rows[0])})"), rows)
            return True

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)


def _filled(connection: Connection) -> set[str]:
    """The tables that have rows."""
    tables = connection.exec_driver_sql("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").scalars()
    any_row = " UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables)
    return set(connection.exec_driver_sql(any_row).scalars())


#: Tables, indexes, sequences and their columns, as one value.
_SCHEMA = """
    SELECT md5(string_agg(
        concat_ws(' ', relname, relkind, attname, atttypid, attnotnull, attisdropped), ',' ORDER BY relname, attnum
    ))
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
"""


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    server = postgresql_server()
    try:
        url = server.__enter__()
    except Exception as error:  # whatever keeps it from starting, the SQLite half of the tests still runs
        pytest.skip(f"PostgreSQL could not be started here: {error}")
    databases = PostgresqlDatabases(url)
    yield databases
    databases.close()
    server.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def directory_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An upgraded empty database of one's own; the test runs on SQLite and again on PostgreSQL."""
    with request.getfixturevalue(f"{request.param}_databases").new() as engine:
        yield engine


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def sample_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The sample directory, imported once for all tests: read, don't write."""
    from resources_db.exchange import import_directory

    with request.getfixturevalue(f"{request.param}_databases").new() as engine:
        report = import_directory(engine, SAMPLE, source="sample")
        assert report.exit_code == 0, report
        yield engine


SAMPLE = Path(__file__).parents[1] / "resources_db" / "sample"
