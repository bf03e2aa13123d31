"""The forms of directory that are known here, each a module that tells whether a source is of it, and reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from resources_db.errors import ImportUnreadable
from resources_db.exchange.readers import hsds_json, hsds_tabular, ohana, orservices
from resources_db.exchange.readers.mapped import MappedReader
from resources_db.exchange.readers.mapping_file import read_mapping, suggested_mapping
from resources_db.exchange.reading import Source
from resources_db.exchange.reading.source import MAPPING
from resources_db.exchange.record import Draft
from resources_db.exchange.report import Notes


class Reader(Protocol):
    """One form of directory."""

    NAME: str

    def looks_right(self, source: Source) -> bool:
        """Whether the source is of this form, by its files' names and columns."""

    def read(self, source: Source, notes: Notes) -> Iterator[Draft]:
        """The source's rows in HSDS's words, one at a time; what cannot be read goes into the notes.

        Raises ImportUnreadable when it must not be read on.
        """


# The first that a source looks right to reads it.
READERS: tuple[Reader, ...] = (orservices, ohana, hsds_tabular, hsds_json)


def find_reader(source: Source, mapping: Path | None = None) -> Reader:
    """The reader for a source: by its mapping file, given or among its own files, else by its form.

    Raises ImportUnreadable, saying what was found and what is known.
    """
    text = source.mapping if mapping is None else _text_of(mapping)
    if text is not None:
        by_mapping = MappedReader(read_mapping(text, MAPPING if mapping is None else str(mapping)))
        if not by_mapping.looks_right(source):
            raise ImportUnreadable(f"the mapping is for none of the files of {source.name}", 'check its "file"')
        return by_mapping
    for reader in READERS:
        if reader.looks_right(source):
            return reader
    known = "; ".join([*(reader.NAME for reader in READERS), MappedReader.NAME])
    raise ImportUnreadable(
        f"{source.name} is not a directory in a form known here ({_found(source)})",
        f"give one of: {known}{_example(source)}",
    )


def _text_of(mapping: Path) -> str:
    try:
        return mapping.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ImportUnreadable(f"the mapping {mapping} cannot be read ({error})", "check the file and its permissions") from error


def _found(source: Source) -> str:
    if not source.paths:
        return "there is no CSV or JSON file in it"
    shown = [f"{path} with columns {', '.join(source.columns(path)[:12])}" for path in source.by_stem().values()][:3]
    others = [path for path in source.json_paths()][: 3 - len(shown)]
    more = len(source.paths) - len(shown) - len(others)
    return "; ".join([*shown, *others]) + (f"; and {more} more" if more > 0 else "")


def _example(source: Source) -> str:
    """For a table, a mapping to start from."""
    for path in source.by_stem().values():
        if columns := source.columns(path):
            return f". A {MAPPING} for {path} could begin with:\n\n{suggested_mapping(path, columns)}"
    return ""
