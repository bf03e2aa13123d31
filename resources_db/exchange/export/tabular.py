"""The directory as an HSDS tabular data package: a CSV file for each table, and what is in them.

Plain UTF-8 with the line ends of RFC 4180, rows in the order of their ids, every table also when it is empty, so that
the same directory makes the same bytes. A cell is what the directory holds; only what the data package must have and
we do not know is written as `not stated`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Set
from typing import Any

from sqlalchemy import Connection, select

from resources_db.exchange.export.descriptor import CLOCKS, DESCRIPTOR, descriptor, is_required, tabular_columns
from resources_db.exchange.export.target import Files
from resources_db.exchange.export.withheld import Withheld
from resources_db.exchange.unknown import NOT_STATED
from resources_db.hsds import TABLES
from resources_db.hsds.documents import as_json
from resources_db.models import Base

FILES = (DESCRIPTOR, *(table.file for table in TABLES.values()))

_AT_ONCE = 2_000


def write_tables(connection: Connection, files: Files, withheld: Withheld, wrote: Callable[[str, int], None]) -> None:
    """Write the package. ``wrote`` is told each table and its number of rows. Holds some thousand rows in memory."""
    with files.new(DESCRIPTOR) as file:
        file.write(descriptor())
    for table in TABLES.values():
        count = 0
        with files.new(table.file) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerow(tabular_columns(table.name))
            for row in _rows(connection, table.name, withheld):
                writer.writerow(row)
                count += 1
            text.detach()
        wrote(table.name, count)


def _rows(connection: Connection, name: str, withheld: Withheld) -> Iterator[list[str]]:
    table = Base.metadata.tables[name]
    columns = [table.c[column] for column in TABLES[name].columns]
    required = {column.name for column in columns if is_required(name, column.name)}
    stays, blank = withheld.rows.get(name, ()), withheld.blank.get(name, {})
    nothing: Set[str] = frozenset()
    shown = tabular_columns(name)
    statement = select(*columns).order_by(table.c.id).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(statement).mappings():
        if row["id"] in stays:
            continue
        untold = blank.get(row["id"], nothing)
        cells = dict(_cell(column, value) for column, value in row.items() if column not in untold)
        yield [cells.get(column) or (NOT_STATED if column in required else "") for column in shown]


def _cell(column: str, value: Any) -> tuple[str, str]:
    """The column, or the one beside it that can hold the value, and the value as text."""
    if value is None:
        return column, ""
    column, value = as_json(column, value)
    if isinstance(value, bool):
        return column, "true" if value else "false"
    return column, f"{value}:00" if column in CLOCKS else str(value)
