"""A table with tabs, read a row at a time, whatever program wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from resources_db.errors import ResourcesError

_LONGEST_LINE = 2_000_000
#: A quoted cell may hold line ends, but one that is never closed must not swallow the file.
_MOST_LINES_IN_A_ROW = 200


class RowsUnusable(ResourcesError):
    """The file cannot be judged by. The text is one line: the file, where in it, and what is wrong."""


def read_table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of the line on which each row starts, and its cells by the name of their column (lower case), without
    white space around them. Empty lines are no rows; cells missing at the end are empty. Raises RowsUnusable."""
    try:
        with path.open("rb") as file:
            yield from _rows(path, file)
    except OSError as error:
        raise RowsUnusable(f"{path}: {error.strerror or error}") from error


def _rows(path: Path, file: BinaryIO) -> Iterator[tuple[int, dict[str, str]]]:
    lines = _lines(path, file)
    number, head = next(lines, (0, ""))
    names = [_unquoted(cell).strip().lower() for cell in head.split("\t")]
    if not head.strip():
        raise RowsUnusable(f"{path}: is empty")
    if "text" not in names:
        raise RowsUnusable(f"{path}:{number}: no column is called text (there are: {', '.join(names)[:200]})")
    if twice := next((name for name in names if name and names.count(name) > 1), None):
        raise RowsUnusable(f"{path}:{number}: two columns are called {twice}")
    for number, line in lines:
        if not line.strip():
            continue
        cells = line.split("\t")
        for _ in range(_MOST_LINES_IN_A_ROW):
            if len(cells) >= len(names) or not _is_open(cells[-1]):
                break
            _, more = next(lines, (0, None))
            if more is None:
                raise RowsUnusable(f"{path}:{number}: {names[len(cells) - 1]}: a quote is never closed")
            cells = [*cells[:-1], *f"{cells[-1]}\n{more}".split("\t")]
        if len(cells) > len(names):
            raise RowsUnusable(f"{path}:{number}: {len(cells)} cells, but only {len(names)} columns have a name")
        cells += [""] * (len(names) - len(cells))
        yield number, {name: _unquoted(cell).strip() for name, cell in zip(names, cells, strict=True)}


def _lines(path: Path, file: BinaryIO) -> Iterator[tuple[int, str]]:
    number = 0
    while raw := file.readline(_LONGEST_LINE):
        number += 1
        if len(raw) == _LONGEST_LINE:
            raise RowsUnusable(f"{path}:{number}: a line of more than {_LONGEST_LINE:,} bytes")
        try:
            yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise RowsUnusable(f"{path}:{number}: byte {error.start + 1} of the line is not UTF-8") from error


def _is_open(cell: str) -> bool:
    """Whether a quoted cell goes on in the next line."""
    return cell.startswith('"') and cell.count('"') % 2 == 1


def _unquoted(cell: str) -> str:
    """A cell as it was before a spreadsheet quoted it; a quote that merely stands in a message stays."""
    inner = cell[1:-1]
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"' or '"' in inner.replace('""', ""):
        return cell
    return inner.replace('""', '"')
