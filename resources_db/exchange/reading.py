"""Other people's files: folders and zips, their encodings, and CSV rows with the lines they start on."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from resources_db.errors import ImportUnreadable
from resources_db.exchange.report import HeldBack, ImportReport, Problem

_KINDS = (".csv", ".json")
_MOST_FILES = 1_000
_MOST_BYTES = 2 * 1024**3
# Text shrinks ten- to thirtyfold; what grows a hundredfold was made to fill a disk.
_MOST_GROWTH = 200
_LONGEST_CELL = 1_000_000


@dataclass(frozen=True)
class Row:
    """A row's cells by column, trimmed; ``line`` is where it starts."""

    file: str
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """One CSV file: its columns and rows, remarks on the file, and the rows in it that could not be read."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    remarks: tuple[Problem, ...]
    lost: tuple[Problem, ...]

    def report_to(self, report: ImportReport, table: str) -> None:
        """Tell of the file's problems; ``table`` is what its rows are."""
        report.errors.extend((*self.remarks, *self.lost))
        report.held_back.extend(HeldBack(table, "", f"line {row.line}: {row.problem}") for row in self.lost)


class Source:
    """The CSV and JSON files of a folder or a zip, by their path in it."""

    def __init__(self, name: str, files: Mapping[str, Callable[[], bytes]]) -> None:
        self.name = name
        self._files = files

    def by_stem(self) -> dict[str, str]:
        """CSV files by lower-case name without ending; of two with one name, the one higher up."""
        paths = sorted(map(PurePosixPath, self._files), key=lambda path: (-len(path.parts), path))
        return {path.stem.strip().lower(): str(path) for path in paths if path.suffix.lower() == ".csv"}

    def json(self, name: str) -> Any:
        """The highest ``name`` in the source, parsed; None when there is none or it is not JSON."""
        found = sorted((path for path in self._files if PurePosixPath(path).name == name), key=len)
        if not found:
            return None
        try:
            return json.loads(_decoded(self._files[found[0]]())[0])
        except ValueError:
            return None

    def has(self, path: str) -> bool:
        return path in self._files

    def table(self, path: str) -> Table:
        """Read one CSV file. Nothing in it raises: what cannot be read is among the table's problems."""
        text, encoding_problem = _decoded(self._files[path]())
        remarks = () if encoding_problem is None else (Problem(path, None, None, *encoding_problem),)
        rows: list[Row] = []
        lost: list[Problem] = []
        columns: tuple[str, ...] = ()
        for line, cells in _csv_rows(path, text, lost):
            if not columns:
                columns = tuple("_".join(cell.lower().split()) for cell in cells)
            elif any(cells[len(columns) :]):
                what = f"the row has {len(cells)} cells for {len(columns)} columns"
                fix = "put text that contains a comma in double quotes"
                lost.append(Problem(path, line, None, what, fix))
            elif any(cells):
                rows.append(Row(path, line, dict(zip(columns, cells, strict=False))))
        return Table(path, columns, tuple(rows), remarks, tuple(lost))


def open_source(path: Path) -> Source:
    """The files in a folder (two levels deep) or a zip. Raises ImportUnreadable, saying what would do."""
    if path.is_dir():
        found = [file for pattern in ("*", "*/*") for file in path.glob(pattern) if file.is_file()]
        files = {file.relative_to(path).as_posix(): file.read_bytes for file in found if file.suffix.lower() in _KINDS}
        return Source(path.resolve().name, files)
    if path.is_file() and zipfile.is_zipfile(path):
        return Source(path.stem, _zipped(path))
    what = "is neither a folder nor a zip" if path.exists() else "does not exist"
    raise ImportUnreadable(f"{path} {what}", "give the folder or the zip that holds the CSV files")


def _zipped(path: Path) -> dict[str, Callable[[], bytes]]:
    again = "make the zip again"
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise ImportUnreadable(f"{path} cannot be unpacked ({error})", again) from error
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    _refuse_hostile(path, entries)

    def reader(entry: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            try:
                return archive.read(entry)
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError) as error:
                raise ImportUnreadable(f"{entry.filename} in {path} is damaged ({error})", again) from error

        return read

    return {
        entry.filename: reader(entry)
        for entry in entries
        if entry.filename.lower().endswith(_KINDS) and not entry.filename.startswith("__MACOSX/")
    }


def _refuse_hostile(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > _MOST_FILES:
        raise ImportUnreadable(f"{path} holds {len(entries):,} files", f"keep to the CSV files, at most {_MOST_FILES:,}")
    for entry in entries:
        inside = PurePosixPath(entry.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
            raise ImportUnreadable(f"{path} holds {entry.filename!r}, which points outside it", "do not trust this zip")
        if entry.flag_bits & 1:
            raise ImportUnreadable(f"{path} is protected by a password", "make a zip without one")
    # zipfile never gives out more than the size an entry declares, so the declared sizes can be trusted.
    unpacked, packed = (
        sum(entry.file_size for entry in entries),
        sum(entry.compress_size for entry in entries),
    )
    if unpacked > _MOST_BYTES or unpacked > _MOST_GROWTH * max(packed, 4096):
        raise ImportUnreadable(f"{path} would unpack to {unpacked:,} bytes", "give a zip that holds a directory only")


def _decoded(data: bytes) -> tuple[str, tuple[str, str] | None]:
    """The text, and what to say about its encoding when that is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), ("the file is UTF-16", "save it as UTF-8")
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        remark = ("the file is not UTF-8; it was read as Latin-1", "save it as UTF-8 and check its accents")
        try:
            # What is called Latin-1 is nearly always Windows' superset of it, with curly quotes and dashes.
            return data.decode("cp1252"), remark
        except UnicodeDecodeError:
            return data.decode("latin-1"), remark


def _csv_rows(path: str, text: str, lost: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Trimmed cells, with the line each row starts on. What is no CSV any more ends the file, and is lost."""
    csv.field_size_limit(_LONGEST_CELL)
    header = text.partition("\n")[0]
    # Not str.splitlines: that also breaks at characters which CSV leaves alone.
    lines = io.StringIO(text.replace("\0", ""), newline="")
    reader = csv.reader(lines, delimiter=max(",;\t", key=header.count))
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        what = f"the file cannot be read from here on ({error})"
        lost.append(Problem(path, line, None, what, "look for a double quote that is never closed"))
