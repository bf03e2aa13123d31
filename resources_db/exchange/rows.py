"""Rows of the directory's tables by plain statements: what SQLAlchemy adds to a row costs more than SQLite's own work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from resources_db.models import Base
from resources_db.search.reader import Reader


def rows_by_id(session: Session, name: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Those of the rows that the table has, as {id: {column: value}}."""
    reader = Reader(session)
    if not reader.on_sqlite:
        table = Base.metadata.tables[name]
        found = session.execute(select(table).where(table.c.id.in_(ids))).mappings()
        return {row["id"]: dict(row) for row in found}
    plain = _plain(name)
    rows = {}
    for values in reader.rows(plain.select, ids):
        row = dict(zip(plain.columns, values, strict=True))
        for column, read in plain.reads:
            row[column] = read(row[column])
        rows[row["id"]] = row
    return rows


def add_rows(session: Session, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, each with a value for every column."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        session.execute(insert(Base.metadata.tables[name]), rows)
        return
    plain = _plain(name)
    values = list(map(itemgetter(*plain.columns), rows))
    connection.exec_driver_sql(plain.insert, [_written(row, plain.writes) for row in values] if plain.writes else values)


class _Plain(NamedTuple):
    columns: tuple[str, ...]
    select: str
    insert: str
    reads: tuple[tuple[str, Callable[[Any], Any]], ...]
    """Columns whose values SQLite keeps otherwise, with what makes them Python's again."""
    writes: tuple[tuple[int, Callable[[Any], Any]], ...]


@cache
def _plain(name: str) -> _Plain:
    dialect = sqlite.dialect()
    columns = list(Base.metadata.tables[name].columns)
    kinds = [column.type.dialect_impl(dialect) for column in columns]
    names = tuple(column.name for column in columns)
    quoted = ", ".join(f'"{column}"' for column in names)
    reads = [(column, kind.result_processor(dialect, None)) for column, kind in zip(names, kinds, strict=True)]
    writes = [(at, kind.bind_processor(dialect)) for at, kind in enumerate(kinds)]
    return _Plain(
        names,
        f'SELECT {quoted} FROM "{name}" WHERE id IN ?1',
        f'INSERT INTO "{name}" ({quoted}) VALUES ({", ".join("?" * len(names))})',
        tuple((column, read) for column, read in reads if read),
        tuple((at, write) for at, write in writes if write),
    )


def _written(row: Sequence[Any], writes: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for at, write in writes:
        values[at] = write(values[at])
    return tuple(values)
