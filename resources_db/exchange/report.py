"""What an import did, row by row: the report a data steward works from. Its lists are kept on disk, not in memory."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import IO, Any, Generic, TypeVar, overload

Row = TypeVar("Row")

# How many of each kind a person is shown on screen; the CSV file and the JSON have all.
_SHOWN = 40


@dataclass(frozen=True)
class Problem:
    """Something to mend in the source. ``line`` is the line its row starts on, None for a whole file."""

    file: str
    line: int | None
    field: str | None
    problem: str
    fix: str


@dataclass(frozen=True)
class HeldBack:
    """A row that was not loaded; ``id`` is the one in the source."""

    table: str
    id: str
    reason: str


@dataclass(frozen=True)
class Change:
    """One field of a row that was there before; ``was`` and ``now`` as text, empty for nothing."""

    table: str
    id: str
    field: str
    was: str
    now: str


@dataclass(frozen=True)
class Conflict:
    """A field that staff have edited and the source now gives otherwise: staff's value stays until a person decides."""

    table: str
    id: str
    field: str
    ours: str
    proposed: str


@dataclass(frozen=True)
class Gone:
    """A row of an earlier import that the source no longer has; ``kept`` unless it was removed with this import."""

    table: str
    id: str
    name: str
    kept: bool


class OnDisk(Sequence[Row], Generic[Row]):
    """The answer to a query, read when it is asked for: a list that takes no memory."""

    def __init__(self, database: sqlite3.Connection, query: str, make: Callable[..., Row]) -> None:
        self._database = database
        self._query = query
        self._make = make

    def __len__(self) -> int:
        (count,) = self._database.execute(f"SELECT count(*) FROM ({self._query})").fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Row]:
        for row in self._database.execute(self._query):
            yield self._make(*row)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return list(self)[index]

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, (OnDisk, list)) else NotImplemented

    def __repr__(self) -> str:
        return repr(list(self))


class Notes:
    """Where readers and the loader say what is wrong, row by row; kept on disk, gone with the object.

    ``file`` is the path in the source, ``line`` the line a row starts on (None for a whole file), ``field``
    what the source calls the column (or a JSON pointer), ``fix`` what the steward can do.
    """

    def __init__(self) -> None:
        # The empty name is a file of SQLite's own in the folder for temporary files, gone when it is closed.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(
            """
            PRAGMA cache_size = -4000;
            CREATE TABLE problem (
                file TEXT NOT NULL, line INTEGER, field TEXT, problem TEXT NOT NULL, fix TEXT NOT NULL,
                of_table TEXT NOT NULL, id TEXT NOT NULL, held_back INTEGER NOT NULL, remark INTEGER NOT NULL
            );
            CREATE TABLE held_back (of_table TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, file TEXT, line INTEGER);
            CREATE TABLE change (of_table TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, was TEXT, now TEXT);
            CREATE TABLE conflict (of_table TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, ours TEXT, proposed TEXT);
            CREATE TABLE gone (of_table TEXT NOT NULL, id TEXT NOT NULL, name TEXT, kept INTEGER NOT NULL);
            BEGIN;
            """
        )
        told = "SELECT file, line, field, problem, fix FROM problem {} ORDER BY file, line, rowid"
        self.problems: OnDisk[Problem] = OnDisk(self._database, told.format(""), Problem)
        self.to_mend: OnDisk[Problem] = OnDisk(self._database, told.format("WHERE NOT remark"), Problem)
        self.remarks: OnDisk[Problem] = OnDisk(self._database, told.format("WHERE remark"), Problem)
        self.held_back: OnDisk[HeldBack] = OnDisk(
            self._database, "SELECT of_table, id, reason FROM held_back ORDER BY rowid", HeldBack
        )
        self.changes: OnDisk[Change] = OnDisk(
            self._database, "SELECT of_table, id, field, was, now FROM change ORDER BY rowid", Change
        )
        self.conflicts: OnDisk[Conflict] = OnDisk(
            self._database, "SELECT of_table, id, field, ours, proposed FROM conflict ORDER BY rowid", Conflict
        )
        self.gone: OnDisk[Gone] = OnDisk(
            self._database,
            "SELECT of_table, id, name, kept FROM gone ORDER BY rowid",
            lambda table, id_, name, kept: Gone(table, id_, name, bool(kept)),
        )

    def problem(
        self,
        file: str,
        line: int | None,
        field: str | None,
        problem: str,
        fix: str,
        *,
        table: str = "",
        id: str = "",
        held_back: bool = False,
        remark: bool = False,
    ) -> None:
        """Something to mend. ``table``, ``id`` (the source's) and ``held_back`` are of the row it is in."""
        self._add("problem", file, line, field, problem, fix, table, id, held_back, remark)

    def remark(self, file: str, line: int | None, field: str | None, problem: str, fix: str) -> None:
        """Something to know that keeps no row out: a column that is not kept, an encoding that was guessed."""
        self.problem(file, line, field, problem, fix, remark=True)

    def lost(self, table: str, file: str, line: int | None, reason: str, fix: str, id: str = "") -> None:
        """A row of ``table`` that could not be read at all: told, and counted among those held back."""
        self.problem(file, line, None, reason, fix, table=table, id=id, held_back=True)
        self.hold(table, id, f"line {line}: {reason}" if line else reason, file, line)

    def hold(self, table: str, id: str, reason: str, file: str | None = None, line: int | None = None) -> None:
        """A row that stays out of the directory."""
        self._add("held_back", table, id, reason, file, line)

    def change(self, change: Change) -> None:
        self._add("change", change.table, change.id, change.field, change.was, change.now)

    def conflict(self, conflict: Conflict) -> None:
        self._add("conflict", conflict.table, conflict.id, conflict.field, conflict.ours, conflict.proposed)

    def is_gone(self, gone: Gone) -> None:
        self._add("gone", gone.table, gone.id, gone.name, gone.kept)

    def unidentified(self) -> set[str]:
        """The tables with rows whose id could not be read: what seems gone from them may only be unreadable."""
        return {table for (table,) in self._database.execute("SELECT DISTINCT of_table FROM held_back WHERE id = ''")}

    def held_by_table(self) -> Counter[str]:
        return Counter(dict(self._database.execute("SELECT of_table, count(*) FROM held_back GROUP BY of_table")))

    def begin(self) -> None:
        """What is noted from here on counts only once ``keep`` is called; ``forget`` takes it back."""
        self._database.execute("SAVEPOINT batch")

    def keep(self) -> None:
        self._database.execute("RELEASE batch")

    def forget(self) -> None:
        self._database.execute("ROLLBACK TO batch")
        self._database.execute("RELEASE batch")

    def as_csv(self) -> Iterator[tuple[Any, ...]]:
        """What to mend and what is held back, by file, as (file, line, table, id, field, problem, fix, held back)."""
        yield from self._database.execute(
            """
            SELECT file, line, of_table, id, field, problem, fix, held_back FROM problem
            UNION ALL
            SELECT h.file, h.line, h.of_table, h.id, NULL, h.reason, 'mend what it depends on, then import again', 1
            FROM held_back h WHERE NOT EXISTS (
                SELECT 1 FROM problem p WHERE p.held_back AND p.of_table = h.of_table AND p.id = h.id
                AND p.file IS h.file AND p.line IS h.line
            )
            ORDER BY 1, 2
            """
        )

    def index(self) -> None:
        """Make the lists quick to read; to be called when all is noted."""
        self._database.execute("CREATE INDEX IF NOT EXISTS problem_place ON problem (of_table, id)")

    def _add(self, table: str, *values: Any) -> None:
        marks = ",".join("?" * len(values))
        self._database.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(map(_storable, values)))


def _storable(value: Any) -> Any:
    """Text that SQLite takes: half a surrogate pair, which some JSON holds, becomes a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value


@dataclass
class ImportReport:
    """Rows by HSDS table: ``loaded`` are new, ``changed`` were there and differ, ``unchanged`` do not, ``gone``
    came with an earlier import and are no longer in the source.

    ``errors`` lists everything to mend, ``held_back`` the rows that were left out because of it. An error
    without a row held back is a remark: what was kept as it was given, or what could not be kept.
    """

    loaded: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    refused: Problem | None = None
    """Why nothing could be read; then nothing was loaded."""
    notes: Notes = field(default_factory=Notes)

    def refuse(self, path: str, problem: str, fix: str) -> None:
        """Nothing could be read."""
        self.refused = Problem(path, None, None, problem, fix)
        self.notes.problem(path, None, None, problem, fix)

    @property
    def errors(self) -> OnDisk[Problem]:
        return self.notes.problems

    @property
    def held_back(self) -> OnDisk[HeldBack]:
        return self.notes.held_back

    @property
    def exit_code(self) -> int:
        """0 when all rows are in the directory, 1 when some were held back, 2 when nothing could be read."""
        return 2 if self.refused else 1 if self.held_back else 0

    def as_json(self) -> dict[str, Any]:
        """The report in its public form, ready for ``json.dumps``. A report of any length goes by ``write_json``."""
        return {name: value if isinstance(value, dict) else [asdict(row) for row in value] for name, value in self._parts()}

    def write_json(self, out: IO[str]) -> None:
        """The same as one line of JSON, a row at a time."""
        opening = "{"
        for name, value in self._parts():
            out.write(f"{opening}{json.dumps(name)}: ")
            opening = ", "
            if isinstance(value, dict):
                out.write(json.dumps(value))
                continue
            out.write("[")
            for number, row in enumerate(value):
                out.write((", " if number else "") + json.dumps(asdict(row), ensure_ascii=False))
            out.write("]")
        out.write("}\n")

    def write_csv(self, out: IO[str]) -> None:
        """Everything to mend, and every row held back, a line each; open the file with ``newline=""``."""
        writer = csv.writer(out)
        writer.writerow(("file", "line", "table", "id", "field", "problem", "fix", "held_back"))
        for *told, held_back in self.notes.as_csv():
            writer.writerow([*map(harmless, told), "yes" if held_back else "no"])

    def as_text(self) -> str:
        """The report as a person reads it: what happened to each table, then what to look at, the first of each kind."""
        notes, held = self.notes, self.notes.held_by_table()
        lines = [f"{'table':24}{'new':>9}{'changed':>9}{'same':>9}{'gone':>9}{'held back':>11}"]
        for table in sorted({*self.loaded, *self.changed, *self.unchanged, *self.gone, *held}):
            counts = (self.loaded[table], self.changed[table], self.unchanged[table], self.gone[table])
            lines.append(f"{table:24}" + "".join(f"{count:>9}" for count in counts) + f"{held[table]:>11}")
        lines += _section("Changed", notes.changes, lambda row: f"{row.table} {row.id}: {row.field}: {row.was!r} -> {row.now!r}")
        lines += _section(
            "Edited by staff, and now otherwise in the source; the edit stays until a person decides",
            notes.conflicts,
            lambda row: f"{row.table} {row.id}: {row.field}: here {row.ours!r}, source {row.proposed!r}",
        )
        lines += _section(
            "No longer in the source",
            notes.gone,
            lambda row: f"{row.table} {row.id}" + (f" ({row.name})" if row.name else "") + ("" if row.kept else ", removed"),
        )
        lines += _section("Held back", notes.held_back, lambda row: f"{row.table} {row.id}: {row.reason}")
        lines += _section("To mend", notes.to_mend, _told)
        lines += _section("Good to know", notes.remarks, _told)
        return "\n".join(lines)

    def _parts(self) -> Iterator[tuple[str, dict[str, int] | OnDisk[Any]]]:
        for name in ("loaded", "changed", "unchanged"):
            yield name, dict(sorted(getattr(self, name).items()))
        yield "held_back", self.notes.held_back
        yield "errors", self.notes.problems
        yield "gone", dict(sorted(self.gone.items()))
        yield "gone_rows", self.notes.gone
        yield "changes", self.notes.changes
        yield "conflicts", self.notes.conflicts


def _section(title: str, rows: OnDisk[Row], tell: Callable[[Row], str]) -> list[str]:
    count = len(rows)
    if not count:
        return []
    lines = ["", f"{title} ({count:,}):"]
    lines += [f"  {tell(row)}" for row in islice(rows, _SHOWN)]
    return lines if count <= _SHOWN else [*lines, f"  ... and {count - _SHOWN:,} more: --report FILE.csv or --json has all"]


def _told(problem: Problem) -> str:
    place = ", ".join(filter(None, [problem.file, f"line {problem.line}" if problem.line else None, problem.field]))
    return f"{place}: {problem.problem}; {problem.fix}"


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, and that CSV can hold."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "")
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
