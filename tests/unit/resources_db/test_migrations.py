from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from resources_db.database import make_engine
from resources_db.errors import DatabaseUnusable
from resources_db.migrations import upgrade
from resources_db.models import Base


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database in which nothing was ever made."""
    if request.param == "sqlite":
        yield make_engine(f"sqlite:///{tmp_path}/bare.db")
        return
    databases = request.getfixturevalue("postgresql_databases")
    with databases.empty(f"bare_{abs(hash(request.node.nodeid))}") as engine:
        yield engine


def test_an_upgraded_empty_database_equals_the_models(directory_engine: Engine) -> None:
    with directory_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_in_models})
        assert compare_metadata(context, Base.metadata) == []


def _is_in_models(name: str | None, kind: str, _parents: object) -> bool:
    """Not so the indexes over words, which each database has in its own way: SQLite as tables, PostgreSQL in a column."""
    return not (name or "").startswith("search_words") and name not in ("lexemes", "ix_search_text_lexemes")


def test_every_foreign_key_has_an_index(directory_engine: Engine) -> None:
    inspector = inspect(directory_engine)
    for table in Base.metadata.tables:
        led_by = {index["column_names"][0] for index in inspector.get_indexes(table)}
        led_by |= set(inspector.get_pk_constraint(table)["constrained_columns"][:1])
        for key in inspector.get_foreign_keys(table):
            assert key["constrained_columns"][0] in led_by, (table, key)


def test_upgrading_twice_changes_nothing(directory_engine: Engine) -> None:
    upgrade(directory_engine)
    assert set(Base.metadata.tables) <= set(inspect(directory_engine).get_table_names())


def _upgrade_at(url: str, barrier: multiprocessing.synchronize.Barrier) -> None:
    engine = make_engine(url)
    barrier.wait(60)
    upgrade(engine)


def test_processes_that_upgrade_at_once_do_not_disturb_each_other(bare_engine: Engine) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    url = bare_engine.url.render_as_string(hide_password=False)
    processes = [context.Process(target=_upgrade_at, args=(url, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert set(Base.metadata.tables) <= set(inspect(bare_engine).get_table_names())


def test_a_failed_upgrade_leaves_nothing_behind(bare_engine: Engine) -> None:
    with bare_engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE phone (id TEXT)")
    with pytest.raises(Exception, match="phone"):
        upgrade(bare_engine)
    assert set(inspect(bare_engine).get_table_names()) == {"phone"}


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(directory_engine: Engine) -> None:
    with directory_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match="newer version of Homeward"):
        upgrade(directory_engine)


def test_foreign_keys_are_enforced_again_after_an_upgrade(bare_engine: Engine) -> None:
    upgrade(bare_engine)
    if bare_engine.dialect.name == "sqlite":
        with bare_engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
