"""HSDS 3 as JSON: one object, a list, an API's page, one object a line, or a folder of such files; rows in rows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from resources_db.exchange.readers.names import table_named
from resources_db.exchange.reading import Item, Source
from resources_db.exchange.record import LINKS, Draft
from resources_db.exchange.report import Notes
from resources_db.hsds.tables import TABLES, Nested
from resources_db.models import Base

NAME = "HSDS 3 JSON (services, organizations or service_at_locations: an object, a list, pages of an API, or one a line)"

# A service holds a service at a location, that a location, that a contact, that a phone, that a language, that an
# attribute, that a term, that a taxonomy: twice that is no HSDS any more.
_DEEPEST = 16
# What a service or an organization has nested in it may be a summary: what such an object lacks is not known to
# be empty. The other tables are always whole.
_SUMMARIES = ("organization", "program", "service", "location", "service_at_location", "taxonomy", "taxonomy_term", "unit")
# Objects by a field that only they have, for files whose name says nothing. The first that fits counts.
_TELLING = (
    ("service_at_location", ("location", "service")),
    ("service_at_location", ("location_id", "service_id")),
    ("location", ("location_type",)),
    ("service", ("organization", "status")),
    ("service", ("organization_id", "status")),
    ("service", ("name", "service_at_locations")),
    ("organization", ("legal_status",)),
    ("organization", ("year_incorporated",)),
    ("organization", ("website",)),
    ("organization", ("name", "services")),
    ("organization", ("name", "organization_identifiers")),
    ("taxonomy_term", ("taxonomy_detail",)),
    ("taxonomy_term", ("taxonomy_id",)),
    ("taxonomy_term", ("term_uri",)),
    ("service", ("status",)),
)


def looks_right(source: Source) -> bool:
    """Whether the first object of any JSON file is one of HSDS's."""
    for path in source.json_paths():
        first = next(source.items(path), None)
        if isinstance(first, Item) and (_table_of(first) or _tables_in(first.value)):
            return True
    return False


def read(source: Source, notes: Notes) -> Iterator[Draft]:
    """Every object and all that is nested in it, a row each; the same row may come several times.

    In memory: one object of a file, with what is nested in it.
    """
    return _Reader(source, notes).drafts()


class _Reader:
    def __init__(self, source: Source, notes: Notes) -> None:
        self._source = source
        self._notes = notes
        self._told: set[tuple[str, str]] = set()

    def drafts(self) -> Iterator[Draft]:
        for path in self._source.json_paths():
            for item in self._source.objects(path, self._notes, table_named(PurePosixPath(path).stem) or "service"):
                table, tables = _table_of(item), _tables_in(item.value)
                if table:
                    yield from _Walk(item, self).row(table, item.value, "", {})
                elif tables:
                    for each, key, number, row in tables:
                        yield from _Walk(item, self).nested_row(each, row, f"/{key}/{number}")
                elif isinstance(item.value, dict) and set(item.value) <= {"version", "profile", "openapi_url"}:
                    continue  # the front page of an API
                else:
                    what = "is no object of HSDS: it is not clear of which table"
                    fix = "put each table's objects into a file by its name, such as services.json"
                    self._notes.lost("unknown", item.file, item.line, what, fix)

    def lost(self, item: Item, table: str, where: str, problem: str) -> None:
        fix = "give an object there" if where else "give one object for each row"
        self._notes.lost(table, item.file, item.line, f"{where or 'it'} {problem}", fix)

    def tell_unknown(self, item: Item, table: str, key: str) -> None:
        if (table, key) not in self._told:
            self._told.add((table, key))
            what = f"no such field in {table}; it was left out"
            self._notes.remark(item.file, item.line, key, what, "rename it if it should be kept")


class _Walk:
    """From one object to rows: parents and children know each other by their ids."""

    def __init__(self, item: Item, reader: _Reader) -> None:
        self._item = item
        self._reader = reader

    def row(self, table: str, value: Mapping[str, Any], where: str, given: Mapping[str, str]) -> Iterator[Draft]:
        """The row that an object is, and those nested in it. ``given`` are references that its place tells."""
        if where.count("/") > _DEEPEST * 2:
            self._reader.lost(self._item, table, where, "is nested too deeply")
            return
        known = TABLES[table]
        nested = {field.name: field for field in known.nested}
        columns = Base.metadata.tables[table].columns.keys()
        cells = {name: _text(value[name]) for name in value if name not in nested}
        for name in value:
            if name not in nested and name not in columns and name != "extension_text":
                self._reader.tell_unknown(self._item, table, name)
        if not cells.get("id"):
            cells["id"] = _id_of(table, value, given)
        if table not in _SUMMARIES or not where:
            cells = {**dict.fromkeys(_own_columns(table), ""), **cells}
        for name, owner in given.items():
            # What is put on a record is on the one that it is in, whatever it says itself.
            if name in columns and (table in LINKS or not cells.get(name)):
                cells[name] = owner
        for name, field in nested.items():
            if isinstance(value.get(name), dict) and field.nesting == "one" and not cells.get(field.key):
                cells[field.key] = _text(value[name].get("id")) or _id_of(field.table, value[name], {})
        # A program in a service is its organization's.
        organization = cells.get("organization_id") or (cells["id"] if table == "organization" else "")
        yield Draft(table, cells, self._item.file, self._item.line, {}, where)
        for name, field in nested.items():
            yield from self._nested(table, cells["id"], organization, field, value.get(name), f"{where}/{name}")

    def nested_row(self, table: str, value: Any, where: str, given: Mapping[str, str] = MappingProxyType({})) -> Iterator[Draft]:
        """The row at a place where there should be an object."""
        if isinstance(value, dict):
            yield from self.row(table, value, where, given)
        else:
            self._reader.lost(self._item, table, where, "is no object")

    def _nested(self, table: str, row_id: str, organization: str, field: Nested, value: Any, where: str) -> Iterator[Draft]:
        if value is None:
            return
        given = {"organization_id": organization} if field.table == "program" else {}
        if field.nesting == "many":
            given = {field.key: row_id}
        elif field.nesting == "linked":
            given = {field.key: row_id, field.entity: table}
        if isinstance(value, list):
            for number, row in enumerate(value):
                yield from self.nested_row(field.table, row, f"{where}/{number}", given)
        else:
            yield from self.nested_row(field.table, value, where, given)


def _own_columns(table: str) -> tuple[str, ...]:
    """The columns that HSDS gives a table, but for its id and what it refers to."""
    known = TABLES[table]
    if known.is_profile:
        return ()
    columns = Base.metadata.tables[table].columns
    return tuple(
        name
        for name in known.columns
        if name in columns and name not in known.profile and name != "id" and not name.endswith("_id") and table not in LINKS
    )


def _table_of(item: Item) -> str | None:
    """The table of an object: the key of its list, the name of its file or folder, or what it has in it."""
    if not isinstance(item.value, dict):
        return None
    path = PurePosixPath(item.file)
    for name in (item.key.removesuffix(".csv"), path.stem, path.parent.name):
        table = table_named(re.sub("_(full|list)$", "", name))
        if table and "id" in item.value:
            return table
    return next((table for table, fields in _TELLING if all(field in item.value for field in fields)), None)


def _tables_in(value: Any) -> list[tuple[str, str, int, Any]]:
    """The rows of an object of tables, {"services": [...], "phones": [...]}; none when it is something else."""
    if not isinstance(value, dict) or not all(isinstance(rows, list) for rows in value.values()):
        return []
    tables = {key: table_named(key.removesuffix(".csv")) for key in value}
    return [(table, key, number, row) for key, table in tables.items() if table for number, row in enumerate(value[key])]


def _text(value: Any) -> str:
    """A JSON value as the text that a cell would have; half a surrogate pair, which JSON can hold, is no text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list) and all(isinstance(item, (str, int)) for item in value):
        return ",".join(map(_text, value))
    if isinstance(value, (list, dict)):  # a shape on the map, say
        return json.dumps(value, sort_keys=True)
    return str(value).encode("utf-8", "replace").decode().strip()


def _id_of(table: str, value: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """An id for an object without one: the same as long as it says the same in the same place."""
    said = json.dumps([table, dict(given), value], sort_keys=True, default=str)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]
