"""CSV: the columns of a file, and its rows with the lines they start on, one row in memory at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from resources_db.exchange.reading.limits import LONGEST_CELL
from resources_db.exchange.reading.streams import Opener, lines, open_text

_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Row:
    """A row's cells by column, trimmed; ``line`` is where it starts."""

    file: str
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Unread:
    """A row that could not be read. When it ``ends`` the file, what is behind it is lost too."""

    line: int
    problem: str
    fix: str
    ends: bool = False


def columns_of(open_file: Opener, encoding: str) -> tuple[str, ...]:
    """The names in the first row, lower case, words joined by underscores; none when there is no such row."""
    with open_text(open_file, encoding) as text:
        for _, cells in _raw_rows(text):
            return () if isinstance(cells, Unread) else _named(cells)
    return ()


def rows_of(path: str, open_file: Opener, encoding: str) -> Iterator[Row | Unread]:
    """Every row below the first that has anything in it, and those that cannot be read."""
    columns: tuple[str, ...] = ()
    with open_text(open_file, encoding) as text:
        for line, cells in _raw_rows(text):
            if isinstance(cells, Unread):
                yield cells
            elif not columns:
                columns = _named(cells)
            elif any(cells[len(columns) :]):
                what = f"the row has {len(cells)} cells for {len(columns)} columns"
                yield Unread(line, what, "put text that contains a comma in double quotes")
            elif any(cells):
                yield Row(path, line, dict(zip(columns, cells, strict=False)))


def _named(cells: list[str]) -> tuple[str, ...]:
    """Column names; one without a name or with another's gets a name of its own, so that nothing is lost."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    names: dict[str, None] = {}
    for number, cell in enumerate(cells, start=1):
        name = "_".join(cell.lower().split())
        names[name if name and name not in names else f"{name or 'column'}_{number}"] = None
    return tuple(names)


def _raw_rows(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | Unread]]:
    csv.field_size_limit(LONGEST_CELL)
    counted = _Counted(lines(text))
    reader: Iterator[list[str]] | None = None
    line = 1
    try:
        first = next(counted, None)
        if first is None:
            return
        reader = csv.reader(chain([first], counted), delimiter=max(_DELIMITERS, key=first.count))
        for cells in reader:
            # Quotes come in pairs. A last row with an odd one is an open cell that swallowed the rest of the file.
            if counted.done and counted.quotes % 2 and counted.number > line:
                fix = "look for a double quote that is never closed"
                yield line, Unread(line, "the file cannot be read from here on (a cell has no end)", fix, ends=True)
                return
            yield line, [cell.strip() for cell in cells]
            line, counted.quotes = counted.number + 1, 0
    except (csv.Error, ValueError) as error:
        fix = "look for a double quote that is never closed"
        yield line, Unread(line, f"the file cannot be read from here on ({error})", fix, ends=True)


class _Counted:
    """Lines, knowing how many there were, the double quotes since the last row, and whether all are read."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._next = next(source, None)
        self.number = 0
        self.quotes = 0

    @property
    def done(self) -> bool:
        return self._next is None

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        line = self._next
        if line is None:
            raise StopIteration
        self._next = next(self._source, None)
        self.number += 1
        self.quotes += line.count('"')
        return line
