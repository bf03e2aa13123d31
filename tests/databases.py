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
from sqlalchemy import Engine, create_engine, make_url

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
    """Upgraded empty PostgreSQL databases, made from a template that was upgraded once."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._admin = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with self.empty(TEMPLATE) as engine:
            upgrade(engine)

    @contextmanager
    def new(self) -> Iterator[Engine]:
        name = f"t{uuid4().hex}"
        with self.empty(name, f" TEMPLATE {TEMPLATE}") as engine:
            yield engine
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty(self, name: str, options: str = "") -> Iterator[Engine]:
        """A database without our tables."""
        self._run(f"CREATE DATABASE {name}{options}")
        engine = make_engine(self._url.set(database=name).render_as_string(hide_password=False))
        yield engine
        engine.dispose()

    def close(self) -> None:
        self._admin.dispose()

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)


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
