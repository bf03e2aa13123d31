"""The rows of one import on their way from the source to the directory, kept in a temporary file and not in memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Date

from resources_db.exchange.cells import printable
from resources_db.exchange.record import DISPENSABLE, TABLES, Record, Ref
from resources_db.models import Base, UtcDateTime

_AT_ONCE = 1_000
NUMBER = {table: number for number, table in enumerate(TABLES)}

# The first of these references that a row has is what it stands under.
_ABOVE = (
    "organization_id",
    "service_id",
    "service_at_location_id",
    "location_id",
    "contact_id",
    "phone_id",
    "link_id",
    "resource_id",
)

# draft.state: what keeps a row out. A row that is the same as an earlier one is that one.
GOOD, HELD, TWIN = 0, 1, 2

_SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    PRAGMA cache_size = -16000;
    CREATE TABLE draft (
        n INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, id BLOB NOT NULL, source_id TEXT NOT NULL, file TEXT NOT NULL,
        line INTEGER NOT NULL, pointer TEXT NOT NULL, names TEXT, cells TEXT NOT NULL, state INTEGER NOT NULL,
        root INTEGER, depth INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE reference (
        child INTEGER NOT NULL, field TEXT NOT NULL, tbl INTEGER NOT NULL, id BLOB NOT NULL, said TEXT NOT NULL,
        above INTEGER NOT NULL, dispensable INTEGER NOT NULL, parent INTEGER, outside INTEGER,
        PRIMARY KEY (child, field)
    ) WITHOUT ROWID;
    CREATE TABLE doubtful_point (n INTEGER PRIMARY KEY, latitude REAL NOT NULL, longitude REAL NOT NULL);
    CREATE TABLE secret (n INTEGER PRIMARY KEY, words TEXT NOT NULL);
    BEGIN;
"""
_INDICES = """
    CREATE INDEX draft_ref ON draft (tbl, id);
    ANALYZE draft_ref;
"""


@dataclass(frozen=True)
class Staged:
    """A row as it comes back from the staging file; ``values`` as in Record."""

    n: int
    ref: Ref
    source_id: str
    file: str
    line: int
    pointer: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def field_name(self, column: str) -> str:
        """What the source calls the column; inside a JSON record, the pointer to it."""
        return f"{self.pointer}/{self.names.get(column, column)}" if self.pointer else self.names.get(column, column)


COLUMNS = "d.n, d.tbl, d.id, d.source_id, d.file, d.line, d.pointer, d.names, d.cells"
"""What ``as_staged`` takes, of a ``draft`` called d."""


class Staging:
    """``db`` is the file: one row of ``draft`` for each row of the source, its references in ``reference``.

    Rows are added first; after ``seal`` they can be asked for. Only what is right in itself is added as
    GOOD; a held row is there too, so that what depends on it is told why.
    """

    def __init__(self) -> None:
        # The empty name is a file of SQLite's own in the folder for temporary files, gone when it is closed.
        self.db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.db.executescript(_SCHEMA)
        self._drafts: list[tuple[Any, ...]] = []
        self._references: list[tuple[Any, ...]] = []
        self.rows = 0

    def add(self, record: Record, *, held: bool) -> None:
        self.rows += 1
        draft, ref = record.draft, record.ref
        self._drafts.append(
            (
                self.rows,
                NUMBER[ref.table],
                as_key(ref.id),
                printable(draft.cells["id"]),
                text(draft.file),
                draft.line,
                text(draft.where),
                json.dumps(dict(draft.names)) if draft.names else None,
                _encode(record.values),
                HELD if held else GOOD,
            )
        )
        above = next((column for column in _ABOVE if column in record.parents), None)
        for column, (target, said) in record.parents.items():
            dispensable = (ref.table, column) in DISPENSABLE
            row = (self.rows, column, NUMBER[target.table], as_key(target.id), said, column == above, dispensable)
            self._references.append(row)
        if record.doubtful_point:
            self.db.execute("INSERT INTO doubtful_point VALUES (?, ?, ?)", (self.rows, *record.doubtful_point))
        if record.secret:
            self.db.execute("INSERT INTO secret VALUES (?, ?)", (self.rows, record.secret))
        if len(self._drafts) >= _AT_ONCE:
            self._flush()

    def seal(self) -> None:
        """No more rows come; they can now be looked up."""
        self._flush()
        self.db.executescript(_INDICES)

    def look_up(self, n: int) -> Staged:
        return as_staged(self.db.execute(f"SELECT {COLUMNS} FROM draft d WHERE n = ?", (n,)).fetchone())

    def among(self, table: str, ids: Iterable[str]) -> set[str]:
        """Those of the ids that the source has in this table, held back or not."""
        wanted = [as_key(id_) for id_ in ids]
        query = f"SELECT id FROM draft WHERE tbl = ? AND id IN ({','.join('?' * len(wanted))})"
        return {as_id(found) for (found,) in self.db.execute(query, (NUMBER[table], *wanted))}

    def set_value(self, n: int, **values: Any) -> None:
        """Put other values into a row."""
        changes = [part for name, value in values.items() for part in (f"$.{name}", _encode(value))]
        all_at_once = ", ".join(["?, json(?)"] * len(values))
        self.db.execute(f"UPDATE draft SET cells = json_set(cells, {all_at_once}) WHERE n = ?", (*changes, n))

    def close(self) -> None:
        self.db.close()

    def _flush(self) -> None:
        self.db.executemany(
            "INSERT INTO draft (n, tbl, id, source_id, file, line, pointer, names, cells, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._drafts,
        )
        self.db.executemany(
            "INSERT INTO reference (child, field, tbl, id, said, above, dispensable) VALUES (?, ?, ?, ?, ?, ?, ?)",
            self._references,
        )
        self._drafts.clear()
        self._references.clear()


def as_staged(row: tuple[Any, ...]) -> Staged:
    n, number, id_, source_id, file, line, pointer, names, cells = row
    table = TABLES[number]
    values, _ = _decode(cells)
    for name, read in _not_json(table):
        if values.get(name) is not None:
            values[name] = read(values[name])
    ref = Ref(table, as_id(id_))
    return Staged(n, ref, source_id, file, line, pointer, json.loads(names) if names else {}, values)


def as_key(id_: str) -> bytes:
    """A UUID in the half of the space that its text takes."""
    return bytes.fromhex(id_.replace("-", ""))


def as_id(key: bytes) -> str:
    """The UUID again, as text."""
    digits = key.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def text(raw: str) -> str:
    """Text that can be stored: half a surrogate pair, which some JSON holds, becomes a question mark."""
    return raw if raw.isascii() else raw.encode("utf-8", "replace").decode()


def rows_of(db: sqlite3.Connection, query: str, *values: Any) -> Iterator[Staged]:
    """The rows of a query that selects COLUMNS, one after the other."""
    for row in db.execute(query, values):
        yield as_staged(row)


@cache
def _not_json(table: str) -> tuple[tuple[str, Any], ...]:
    """The columns whose values JSON knows only as text, and how to read them back."""
    return tuple(
        (column.name, date.fromisoformat if isinstance(column.type, Date) else datetime.fromisoformat)
        for column in Base.metadata.tables[table].columns
        if isinstance(column.type, (Date, UtcDateTime))
    )


def _as_text(value: date | datetime) -> str:
    return value.isoformat()


_decode = json.JSONDecoder().raw_decode
_encode = json.JSONEncoder(default=_as_text, check_circular=False).encode
