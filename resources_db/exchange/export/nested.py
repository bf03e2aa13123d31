"""The directory as HSDS JSON: lists of documents, one document a line.

Services carry all that belongs to them. What no service leads to is in the other lists, so that nothing is left behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from sqlalchemy import Connection, Select, exists, select

from resources_db.exchange.export.target import Files
from resources_db.hsds import Kind, documents
from resources_db.models import Base, Location, ServiceAtLocation

LISTS: dict[str, Kind] = {
    "organizations": "organization",
    "services": "service",
    "locations": "location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
    "units": "unit",
    "meta_table_descriptions": "meta_table_description",
}
FILES = tuple(f"{name}.json" for name in LISTS)
BEGINNING = b'{"organizations":['
"""How the one file begins that holds all lists."""

_AT_ONCE = 200


def write_lists(connection: Connection, files: Files, wrote: Callable[[str, int], None]) -> None:
    """Write a file for each list. ``wrote`` is told each list and its number of documents."""
    for name in LISTS:
        with files.new(f"{name}.json") as file:
            file.write(b"[")
            wrote(name, _write(connection, file, name))
            file.write(b"]\n")


def write_one(connection: Connection, file: BinaryIO, wrote: Callable[[str, int], None]) -> None:
    """Write one file with every list under its name."""
    for at, name in enumerate(LISTS):
        file.write(f'{"," if at else "{"}"{name}":['.encode())
        wrote(name, _write(connection, file, name))
        file.write(b"]")
    file.write(b"}\n")


def _write(connection: Connection, file: BinaryIO, name: str) -> int:
    count = 0
    for document in _documents(connection, name):
        line = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        file.write(f"{',' if count else ''}\n{line}".encode())
        count += 1
    if count:
        file.write(b"\n")
    return count


def _documents(connection: Connection, name: str) -> Iterator[dict[str, Any]]:
    for ids in connection.scalars(_ids(name).execution_options(yield_per=_AT_ONCE)).partitions():
        yield from documents(connection, LISTS[name], ids, audience="owner")


def _ids(name: str) -> Select[tuple[str]]:
    if name == "locations":  # the others are in their organization
        alone = Location.organization_id.is_(None) & ~exists().where(ServiceAtLocation.location_id == Location.id)
        return select(Location.id).where(alone).order_by(Location.id)
    ids = Base.metadata.tables[LISTS[name]].c.id
    return select(ids).order_by(ids)
