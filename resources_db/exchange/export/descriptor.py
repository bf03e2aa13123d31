"""datapackage.json: which files a tabular export has, their columns, and how they refer to each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Boolean, Column, Date, Float, Integer

from resources_db.hsds import HSDS_VERSION, TABLES
from resources_db.models import Base, UtcDateTime
from resources_db.profile import PROFILE_VERSION

DESCRIPTOR = "datapackage.json"

_TYPES = ((Boolean, "boolean"), (Date, "date"), (UtcDateTime, "datetime"), (Integer, "integer"), (Float, "number"))
CLOCKS = ("opens_at", "closes_at")
# A number in HSDS. An extension that is none stands in a column of the profile, right after the others.
_NUMBERS = ("extension",)
_IDS = ("id", "link_id", "resource_id")
_BESIDE = {"phone": ("extension_text",)}


def tabular_columns(table: str) -> tuple[str, ...]:
    """The columns of the table's CSV file, those of HSDS first and in its order."""
    return (*TABLES[table].columns, *(name for name in _BESIDE.get(table, ()) if name not in TABLES[table].columns))


def is_required(table: str, column: str) -> bool:
    """Whether no row may leave the column empty: HSDS asks for it, or a row is nothing without it."""
    return column in TABLES[table].required or not Base.metadata.tables[table].c[column].nullable


def descriptor() -> bytes:
    """The file's content; the same for every directory."""
    package = {
        "name": "homeward-directory",
        "title": "A directory of human services",
        "profile": "tabular-data-package",
        "hsds_version": HSDS_VERSION,
        "homeward_profile": PROFILE_VERSION,
        "resources": [_resource(name) for name in TABLES],
    }
    return (json.dumps(package, indent=1) + "\n").encode()


def _resource(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": list(_fields(name)), "primaryKey": "id"}
    if keys := list(_foreign_keys(name)):
        schema["foreignKeys"] = keys
    return {
        "name": name,
        "path": TABLES[name].file,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _fields(table: str) -> Iterator[dict[str, Any]]:
    columns = Base.metadata.tables[table].c
    for name in tabular_columns(table):
        field: dict[str, Any] = {"name": name, "type": _type(columns[name]) if name in columns else "string"}
        if name in _IDS or (name in columns and columns[name].foreign_keys):
            field["format"] = "uuid"
        if name in columns and is_required(table, name):
            field["constraints"] = {"required": True, "unique": True} if name == "id" else {"required": True}
        yield field


def _type(column: Column[Any]) -> str:
    if column.name in CLOCKS:
        return "time"
    if column.name in _NUMBERS:
        return "number"
    return next((name for kind, name in _TYPES if isinstance(column.type, kind)), "string")


def _foreign_keys(table: str) -> Iterator[dict[str, Any]]:
    for column in Base.metadata.tables[table].c:
        for key in column.foreign_keys:
            target = key.column.table.name
            yield {"fields": column.name, "reference": {"resource": "" if target == table else target, "fields": "id"}}
