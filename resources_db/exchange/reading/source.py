"""Somebody's directory as a set of files, wherever they are: what each holds, a row or an object at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from resources_db.errors import ImportUnreadable
from resources_db.exchange.reading.csv_rows import Row, Unread, columns_of, rows_of
from resources_db.exchange.reading.json_items import Item, items_by_line, items_of
from resources_db.exchange.reading.limits import LARGEST_MAPPING, LONGEST_LINE
from resources_db.exchange.reading.streams import Opener, Shape, look_over, open_text
from resources_db.exchange.report import Notes

LINES = (".ndjson", ".jsonl")
KINDS = (".csv", ".json", *LINES)
MAPPING = "homeward-mapping.yml"


class Source:
    """The CSV and JSON files of a folder, a zip or a path, by their path in it. Nothing is read until it is asked for."""

    def __init__(self, name: str, files: Mapping[str, Opener], mapping: Opener | None = None) -> None:
        self.name = name
        self._mapping = mapping
        self._files = dict(sorted(files.items(), key=lambda file: (file[0].count("/"), file[0])))
        self._shape = lru_cache(maxsize=None)(self._look_over)
        self._remarked: set[str] = set()

    @property
    def mapping(self) -> str | None:
        """The text of the mapping file that lies beside the data; None when there is none."""
        if self._mapping is None:
            return None
        with open_text(self._mapping, "utf-8-sig") as text:
            return text.read(LARGEST_MAPPING)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file, those higher up first."""
        return tuple(self._files)

    def by_stem(self) -> dict[str, str]:
        """CSV files by lower-case name without ending; of two with one name, the one higher up."""
        stems: dict[str, str] = {}
        for path in map(PurePosixPath, self._files):
            if path.suffix.lower() == ".csv":
                stems.setdefault(path.stem.strip().lower(), str(path))
        return stems

    def json_paths(self) -> tuple[str, ...]:
        """The files of JSON, but for the one that describes a data package."""
        return tuple(
            path
            for path in self._files
            if PurePosixPath(path).suffix.lower() in (".json", *LINES) and PurePosixPath(path).name != "datapackage.json"
        )

    def has(self, path: str) -> bool:
        return path in self._files

    def highest(self, name: str) -> str | None:
        """The path of the file of that name that is highest in the source."""
        return next((path for path in self._files if PurePosixPath(path).name == name), None)

    def document(self, path: str) -> Any:
        """A JSON file, parsed; None when it is not one JSON value."""
        try:
            found = [item.value for item in self.items(path) if isinstance(item, Item)]
        except ImportUnreadable:
            return None
        return found[0] if len(found) == 1 else None

    def columns(self, path: str) -> tuple[str, ...]:
        """The columns of a CSV file; none when it has no first row."""
        return columns_of(self._files[path], self._shape(path).encoding)

    def rows(self, path: str, notes: Notes, table: str) -> Iterator[Row]:
        """The rows of a CSV file; ``table`` is what they are. Those that cannot be read are noted."""
        self._remark(path, notes)
        for row in rows_of(path, self._files[path], self._readable(path).encoding):
            if isinstance(row, Unread):
                notes.lost(table, path, row.line, row.problem, row.fix)
            else:
                yield row

    def items(self, path: str) -> Iterator[Item | Unread]:
        """The objects of a JSON file."""
        if path.lower().endswith(LINES):
            return items_by_line(path, self._files[path], self._readable(path).encoding)
        return items_of(path, self._files[path], self._shape(path).encoding)

    def objects(self, path: str, notes: Notes, table: str) -> Iterator[Item]:
        """The objects of a JSON file; ``table`` is what they seem to be. Those that cannot be read are noted."""
        self._remark(path, notes)
        for item in self.items(path):
            if isinstance(item, Unread):
                notes.lost(table, path, item.line, item.problem, item.fix)
            else:
                yield item

    def _look_over(self, path: str) -> Shape:
        return look_over(self._files[path])

    def _readable(self, path: str) -> Shape:
        """The file's shape. Raises ImportUnreadable when one of its lines cannot be a line."""
        shape = self._shape(path)
        if shape.endless_line is not None:
            what = f"line {shape.endless_line:,} of {path} is longer than {LONGEST_LINE:,} characters"
            raise ImportUnreadable(what, "look for what is no text there, and make the file again")
        return shape

    def _remark(self, path: str, notes: Notes) -> None:
        remark = self._shape(path).remark if path in self._files else None
        if remark and path not in self._remarked:
            self._remarked.add(path)
            notes.remark(path, None, None, *remark)
