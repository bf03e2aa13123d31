"""A row of the directory on its way in: its values, what it refers to, and where it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from resources_db.models import Base

_CANONICAL = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAMESPACE = UUID("5f1d7a52-6a58-4d0a-9d0e-3a0c6a9be6f1")

# Parents before children: HSDS 3.1 and the tables of our profile.
TABLES = (
    "meta_table_description",
    "taxonomy",
    "taxonomy_term",
    "unit",
    "organization",
    "organization_identifier",
    "program",
    "service",
    "location",
    "service_at_location",
    "contact",
    "address",
    "phone",
    "url",
    "funding",
    "schedule",
    "holiday_schedule",
    "service_capacity",
    "service_area",
    "language",
    "required_document",
    "cost_option",
    "accessibility",
    "attribute",
    "translation",
    "verification",
    "metadata",
)

# References that a row can do without: when what they name is not there, the row loads and the reference is left out.
DISPENSABLE = {
    ("organization", "parent_organization_id"),
    ("service", "program_id"),
    ("taxonomy_term", "parent_id"),
}

REFERENCES: Mapping[str, Mapping[str, str]] = {
    table: {
        column.name: next(iter(column.foreign_keys)).column.table.name
        for column in Base.metadata.tables[table].columns
        if column.foreign_keys
    }
    for table in TABLES
}
"""The foreign keys of each table, as {column: table referred to}."""

# Rows that may hang on any record: (the column with its table's name, the column with its id).
LINKS: Mapping[str, tuple[str, str]] = {
    "attribute": ("link_entity", "link_id"),
    "translation": ("resource_type", "resource_id"),
    "verification": ("resource_type", "resource_id"),
    "metadata": ("resource_type", "resource_id"),
}


class Ref(NamedTuple):
    """A row of the directory, wherever it is: in the source or in the database."""

    table: str
    id: str


@dataclass(frozen=True)
class Draft:
    """A row of a source in HSDS's words: text by column, "id" and references still the source's own.

    ``names`` are the source's names of columns that HSDS calls otherwise, for the report. ``where`` is the
    JSON pointer of a row inside the record on that line, such as "/phones/0"; empty for a row of a table.
    """

    table: str
    cells: Mapping[str, str]
    file: str
    line: int
    names: Mapping[str, str] = field(default_factory=dict)
    where: str = ""


class Parent(NamedTuple):
    """A row that another refers to; ``said`` is its id as the source gives it."""

    ref: Ref
    said: str


@dataclass(frozen=True)
class Record:
    """A row that is right in itself: ``values`` are the columns the source gives, in the model's types, but for the id.

    References among the values are already ids of the directory; ``parents`` has what they refer to, by
    column. Two things can be told only beside other rows: ``doubtful_point`` is a latitude and longitude
    that cannot be right as they stand (the values then have none), and ``secret`` the words by which the
    row says that a place is hidden.
    """

    ref: Ref
    values: dict[str, Any]
    parents: Mapping[str, Parent]
    draft: Draft
    doubtful_point: tuple[float, float] | None = None
    secret: str | None = None


def stable_id(source: str, table: str, source_id: str) -> str:
    """The id a row has here: its own when that is a UUID, else one that is the same at every import."""
    if _CANONICAL.fullmatch(source_id):
        return source_id
    if len(source_id) >= 32:
        try:
            return str(UUID(source_id))
        except ValueError:
            pass
    return str(uuid5(_NAMESPACE, f"{source}/{table}/{source_id}"))
