"""HSDS as tables: one CSV file for each, with or without a datapackage.json; version 3, and 2 and 1 by their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from resources_db.exchange.readers.hsds_legacy import OLD_COLUMNS, OLD_TABLES, OlderRows
from resources_db.exchange.readers.names import table_named
from resources_db.exchange.reading import Source
from resources_db.exchange.record import TABLES, Draft
from resources_db.exchange.report import Notes
from resources_db.models import Base

NAME = "HSDS tables (organizations.csv, services.csv, locations.csv and so on)"


def looks_right(source: Source) -> bool:
    """Whether the source has any table by a name that HSDS gives it, with ids in it."""
    return any("id" in source.columns(path) for path in _paths(source))


def read(source: Source, notes: Notes) -> Iterator[Draft]:
    """Every row of every table; a column or a file without a place in the directory is remarked on once.

    In memory: what older versions of HSDS keep apart and version 3 in one row: see OlderRows.
    """
    paths = _paths(source)
    older = OlderRows(notes)
    # What the reader must have seen before the rows it belongs to, then parents, then children.
    order = ("eligibility", "taxonomy", *(table for table in TABLES if table != "metadata"), *OLD_TABLES, "metadata")
    by_name = sorted(paths.items(), key=lambda item: (order.index(item[1]), item[0]))
    for path, name in by_name:
        if name == "metadata":
            older.expect(source.rows(path, Notes(), name))
    for path, name in by_name:
        table = OLD_TABLES.get(name, name)
        columns = source.columns(path)
        if name == "taxonomy" and {"parent_id", "vocabulary"} & set(columns):
            name, table = "old_taxonomy", "taxonomy_term"
            older.expect_terms(source.rows(path, Notes(), table))
        known = {*Base.metadata.tables[table].columns.keys(), *OLD_COLUMNS.get(name, ()), "extension_text"}
        if unknown := [column for column in columns if column not in known]:
            what = f"no such column in {table}; it was left out"
            notes.remark(path, 1, ", ".join(unknown), what, "rename it if it should be kept")
        for row in source.rows(path, notes, table):
            yield from older.drafts(name, table, row)
    yield from older.left_over()
    _remark_on_other_files(source, paths, notes)


def _remark_on_other_files(source: Source, paths: dict[str, str], notes: Notes) -> None:
    for path in (*source.by_stem().values(), *source.json_paths()):
        if path not in paths:
            notes.remark(path, None, None, "is no table of HSDS; it was left out", "rename it if it should be read")


def _paths(source: Source) -> dict[str, str]:
    """The files that are tables, with the table or the older table each is.

    The data package says which, where there is one; else the names of the files do.
    """
    found = {path: name for stem, path in source.by_stem().items() if (name := _table_named(stem))}
    described = source.highest("datapackage.json")
    package = source.document(described) if described else None
    resources = package.get("resources") if isinstance(package, dict) else None
    for resource in resources if isinstance(resources, list) else ():
        name, path = (resource.get("name"), resource.get("path")) if isinstance(resource, dict) else (None, None)
        named = _table_named(str(name))
        if named and described and isinstance(path, str):
            # A path out of the folder is no file of the source, so it cannot be followed.
            file = str(PurePosixPath(described).parent / path)
            if source.has(file):
                found[file] = named
    return found


def _table_named(name: str) -> str | None:
    return table_named(name) or _OLD_NAMES.get(name.strip().lower())


_OLD_NAMES = {plural: name for name in OLD_TABLES for plural in (name, f"{name}s", f"{name}es")} | {
    "payments_accepted": "payment_accepted",
    "services_taxonomy": "service_taxonomy",
}
