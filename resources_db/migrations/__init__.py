"""The database's history, from the first table on: numbered files in ``versions/``, run by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from resources_db.errors import DatabaseUnusable

# Any number will do, so long as nothing else on the same PostgreSQL database takes it.
_ADVISORY_LOCK = 0x484F4D45


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision, all of it or nothing.

    Safe to call at every start and from several processes at once: one upgrades, the others wait for it
    and find nothing to do. Raises DatabaseUnusable when a newer Homeward has been at the database.
    """
    from resources_db.search.projection import bring_up_to_date

    _migrate(engine)
    bring_up_to_date(engine)


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == script.get_current_head():
            return
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # Batch migrations drop and recreate tables: with keys enforced that would delete the children.
            # The pragma does nothing inside a transaction, so it goes to the driver before there is one.
            _foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
                config.attributes["connection"] = connection
                _run(config)
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise DatabaseUnusable("The upgrade would break references between rows; nothing was changed.")
        finally:
            if sqlite:
                _foreign_keys(connection, "ON")


def _run(config: Config) -> None:
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        if "Can't locate revision" not in str(error):
            raise
        raise DatabaseUnusable(
            "The database was upgraded by a newer version of Homeward. Run that version, "
            "or restore a backup made before the upgrade."
        ) from error


def _foreign_keys(connection: Connection, state: str) -> None:
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.cursor().execute(f"PRAGMA foreign_keys={state}")
