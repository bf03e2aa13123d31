"""From the text in a cell to the value in a column, or to what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Date, Float, Integer

from resources_db.exchange import cells
from resources_db.exchange.cells import Bad
from resources_db.exchange.record import LINKS, REFERENCES, TABLES, Draft, Record, Ref, stable_id
from resources_db.exchange.rules import BELONGING, CHOICES, DEFAULTS, REQUIRED, VERBATIM, Fault, check, short
from resources_db.models import Base, UtcDateTime


def to_record(source: str, draft: Draft) -> tuple[Record, list[Fault]]:
    """The row as it would go into the directory, and everything wrong with it."""
    table, given = draft.table, draft.cells
    values, faults = clean(table, given)
    parents = {}
    for column, target in REFERENCES[table].items():
        if column in given:
            parent = given[column]
            values[column] = stable_id(source, target, parent) if parent else None
            if parent:
                parents[column] = Ref(target, values[column])
    if table in LINKS:
        kind, link = LINKS[table]
        if values.get(kind) in TABLES and values.get(link):
            values[link] = stable_id(source, values[kind], values[link])
            parents[link] = Ref(values[kind], values[link])
    if table in BELONGING and not parents:
        owners = " or ".join(REFERENCES[table])
        faults.append(Fault(owners, "is missing", f"say what the {table} belongs to"))
    return Record(Ref(table, _row_id(source, table, given["id"], values)), values, parents, draft), faults


def _row_id(source: str, table: str, source_id: str, values: Mapping[str, Any]) -> str:
    if table == "translation":
        # There is one translation of a field, whichever source it is from and whatever id it has there.
        what = [values.get(name) for name in ("resource_type", "resource_id", "field_name", "language")]
        return stable_id("", table, "/".join(map(str, what)))
    return stable_id(source, table, source_id)


def clean(table: str, given: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """The values of a row's known columns, except ids and references, and everything wrong with the row.

    An empty cell is None; a column the source does not have is not among the values.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column in Base.metadata.tables[table].columns:
        if column.primary_key or column.foreign_keys or column.name not in given:
            continue
        raw = given[column.name] or DEFAULTS.get(table, {}).get(column.name, "")
        try:
            value = _parse(table, column, raw) if raw else None
            values[column.name] = _empty(column) if value in (None, "") else value
        except Bad as bad:
            faults.append(Fault(column.name, f'"{short(raw)}" cannot be read', bad.fix))
    faulty = {fault.field for fault in faults}
    for name in REQUIRED.get(table, ()):
        if name not in faulty and not values.get(name, given.get(name)):
            faults.append(Fault(name, "is missing", f"give every {table} its {name}"))
    return values, faults + check(table, values)


def complete(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A new row with a value for every column, those that the source does not give included."""
    columns = Base.metadata.tables[table].columns
    defaults = DEFAULTS.get(table, {})
    return {
        column.name: values[column.name] if column.name in values else defaults.get(column.name, _empty(column))
        for column in columns
    }


def _parse(table: str, column: Column[Any], raw: str) -> Any:
    if choices := CHOICES.get((table, column.name)):
        return cells.choice(raw, choices)
    if isinstance(column.type, Date):
        return cells.day(raw)
    if isinstance(column.type, UtcDateTime):
        return cells.moment(raw)
    if isinstance(column.type, Boolean):
        return cells.truth(raw)
    if isinstance(column.type, Integer):
        return cells.integer(raw)
    if isinstance(column.type, Float):
        return cells.number(raw)
    if table == "schedule" and column.name in ("opens_at", "closes_at"):
        return cells.clock(raw)
    if table == "schedule" and column.name == "byday":
        return cells.byday(raw)
    if column.name in VERBATIM:
        return cells.printable(raw)
    return cells.plain_text(raw)


def _empty(column: Column[Any]) -> Any:
    if isinstance(column.type, Boolean):
        return False
    return None if column.nullable else ""
