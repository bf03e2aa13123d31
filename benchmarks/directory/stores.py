"""The generated directories as databases: filled once, kept in a work folder, and opened as Homeward opens its own."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError

from benchmarks.directory import country
from benchmarks.directory.country import COLUMNS, batches
from resources_db.database import make_engine
from resources_db.migrations import upgrade
from resources_db.search import rebuild_search

SQLITE = sqlite3.sqlite_version
_SYSTEM_POSTGRESQL = Path("/usr/lib/postgresql")
_SERVER_SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # VACUUM ANALYZE is run after filling; nothing must wake up while something is timed
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of the benchmark's own. `url` is of its maintenance database."""

    url: str
    version: str
    has_postgis: bool

    def database(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgresql(work: Path) -> Iterator[Server | None]:
    """The system's PostgreSQL where it has PostGIS, else the one that the tests use; None, and why, if neither starts."""
    try:
        found = _with_postgis()
        opened = (
            _system_server(found, work / f"postgresql-{found.parent.name}") if found else _bundled_server(work / "postgresql")
        )
        server = opened.__enter__()
    except Exception as error:  # whatever it is, the SQLite half can still be measured
        print(f"PostgreSQL is left out: it could not be started here ({error}).", file=sys.stderr)
        yield None
        return
    try:
        yield server
    finally:
        opened.__exit__(None, None, None)


def filled(name: str, url: str, size: int, work: Path) -> Engine:
    """An engine on a directory of that size; made now if it is not in the work folder or the generator has changed."""
    engine = make_engine(url)
    note = work / f"{name}.json"
    known = json.loads(note.read_text()) if note.exists() else {}
    generator = hashlib.sha256(Path(country.__file__).read_bytes()).hexdigest()[:16]
    if known.get("generator") != generator or not _exists(engine):
        note.unlink(missing_ok=True)
        engine.dispose()
        _empty(engine)
        upgrade(engine)
        engine.dispose()
        began = time.perf_counter()
        rows = (_fill_sqlite if engine.dialect.name == "sqlite" else _fill_postgresql)(engine, size)
        filled_in, began, cpu = time.perf_counter() - began, time.perf_counter(), time.process_time()
        rebuild_search(engine)
        rebuilt_in = f"{time.perf_counter() - began:,.0f} s ({time.process_time() - cpu:,.0f} s CPU of this process)"
        _settle(engine)
        print(f"   made {name}: {rows:,} rows in {filled_in:,.0f} s, search tables in {rebuilt_in}", flush=True)
        note.write_text(json.dumps({"generator": generator}))
    upgrade(engine)  # a database kept from an earlier run, as Homeward does at every start
    return engine


# --- filling ----------------------------------------------------------------------------------------------------------
# Plain rows into the tables that the migrations made, with indexes and triggers put back afterwards as they were.


def _fill_sqlite(engine: Engine, size: int) -> int:
    assert engine.url.database
    connection = sqlite3.connect(engine.url.database, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-2000000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    tables = ",".join(f"'{table}'" for table in COLUMNS)
    later = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        f" AND tbl_name IN ({tables})"
    ).fetchall()
    for kind, name, _ in later:
        connection.execute(f"DROP {kind} {name}")
    rows = 0
    connection.execute("BEGIN")
    for batch in batches(size):
        for table in COLUMNS:
            if found := batch.get(table):
                marks = ",".join("?" * len(COLUMNS[table]))
                connection.executemany(f"INSERT INTO {table} ({_names(table)}) VALUES ({marks})", found)
                rows += len(found)
    for _, _, sql in later:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.close()
    return rows


def _fill_postgresql(engine: Engine, size: int) -> int:
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("SET session_replication_role = replica")  # neither triggers nor foreign keys, row by row
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        (list(COLUMNS),),
    )
    later = cursor.fetchall()
    for name, _ in later:
        cursor.execute(f"DROP INDEX {name}")
    rows = 0
    for batch in batches(size, at_once=20_000):
        for table in COLUMNS:
            if found := batch.get(table):
                cursor.copy_expert(f"COPY {table} ({_names(table)}) FROM STDIN", io.StringIO(_copy_text(found)))
                rows += len(found)
    for _, definition in later:
        cursor.execute(definition)
    cursor.execute("SET session_replication_role = DEFAULT")
    connection.commit()
    connection.close()
    return rows


def _copy_text(rows: list[tuple[Any, ...]]) -> str:
    """As COPY reads it; the generator writes no tab, backslash or line break."""
    return "".join("\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in rows)


def _names(table: str) -> str:
    return ", ".join(f'"{column}"' for column in COLUMNS[table])


def _settle(engine: Engine) -> None:
    """What a database does by itself after a while: statistics, and nothing left to clean up."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    else:
        connection_ = sqlite3.connect(str(engine.url.database), isolation_level=None)
        connection_.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection_.close()


def _exists(engine: Engine) -> bool:
    if engine.dialect.name == "sqlite":
        return Path(str(engine.url.database)).exists()
    with _admin(engine) as connection:
        return bool(connection.exec_driver_sql(f"SELECT 1 FROM pg_database WHERE datname = '{engine.url.database}'").first())


def _empty(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
        return
    with _admin(engine) as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {engine.url.database} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {engine.url.database}")


@contextmanager
def _admin(engine: Engine) -> Iterator[Any]:
    admin = create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        yield connection
    admin.dispose()


# --- servers ----------------------------------------------------------------------------------------------------------


def _with_postgis() -> Path | None:
    """The folder of programs of the newest PostgreSQL installed here that has PostGIS."""
    found = sorted(_SYSTEM_POSTGRESQL.glob("*/bin/initdb"), key=lambda path: float(path.parents[1].name), reverse=True)
    for program in found:
        if Path(f"/usr/share/postgresql/{program.parents[1].name}/extension/postgis.control").exists():
            return program.parent
    return None


@contextmanager
def _system_server(programs: Path, folder: Path) -> Iterator[Server]:
    # PostgreSQL refuses to run as root; Debian's package makes a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    folder.mkdir(parents=True, exist_ok=True)
    if user:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, socket = folder / "data", str(folder)

    def run(program: str, *arguments: str) -> None:
        subprocess.run([str(programs / program), *arguments], user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    if not (data / "PG_VERSION").exists():
        run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
    url = f"postgresql://postgres@/postgres?host={socket}"
    if (data / "postmaster.pid").exists() and _answers(url):  # another benchmark's: leave it running
        yield _server(url)
        return
    settings = " ".join(f"-c {name}={value}" for name, value in _SERVER_SETTINGS.items())
    run("pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", str(folder / "log"), "-o", f"-k {socket} {settings}", "start")
    try:
        yield _server(url)
    finally:
        run("pg_ctl", "-D", str(data), "-w", "-m", "fast", "stop")


@contextmanager
def _bundled_server(folder: Path) -> Iterator[Server]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which containers do not set
        from pgserver import get_server
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        yield _server(server.get_uri())
    finally:
        server.cleanup()


def _answers(url: str) -> bool:
    try:
        _server(url)
    except OperationalError:
        return False
    return True


def _server(url: str) -> Server:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg2"))
    with engine.connect() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one().split()[0]
        postgis = connection.exec_driver_sql("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").first()
    engine.dispose()
    return Server(url, version, bool(postgis))


def free_space(work: Path) -> float:
    """Gigabytes."""
    return shutil.disk_usage(work).free / 1e9


__all__ = ["SQLITE", "Engine", "Server", "filled", "free_space", "postgresql"]
