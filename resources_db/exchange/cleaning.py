"""From the text in a cell to the value in a column, or to what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Boolean, Column, Date, Float, Integer, String

from resources_db.exchange import cells
from resources_db.exchange.cells import Bad
from resources_db.exchange.record import LINKS, REFERENCES, TABLES, Draft, Parent, Record, Ref, stable_id
from resources_db.exchange.rules import BELONGING, CHOICES, DEFAULTS, POINT, REQUIRED, VERBATIM, Fault, check, is_vital, short
from resources_db.exchange.unknown import NOT_STATED
from resources_db.models import Base, UtcDateTime
from resources_db.quality.confidential import says_confidential

_BEGIN_FORMULAS = {"=", "+", "-", "@"}
_MAY_TELL_OF_SECRECY = {
    "location": ("name", "alternate_name", "description", "transportation", "public_note"),
    "service": ("name", "alternate_name", "description", "application_process", "alert"),
    "address": ("attention", "address_1", "address_2"),
}


def to_record(source: str, draft: Draft) -> tuple[Record, list[Fault]]:
    """The row as it would go into the directory, and everything wrong with it."""
    table, given = draft.table, draft.cells
    values, faults = clean(table, given)
    parents: dict[str, Parent] = {}
    for column, target in REFERENCES[table].items():
        if column in given:
            said = cells.printable(given[column])
            values[column] = stable_id(source, target, said) if said else None
            if said:
                parents[column] = Parent(Ref(target, values[column]), said)
    if table in LINKS:
        kind, link = LINKS[table]
        if values.get(kind) in TABLES and values.get(link):
            said = values[link]
            values[link] = stable_id(source, values[kind], said)
            parents[link] = Parent(Ref(values[kind], values[link]), said)
    if table in BELONGING and not parents:
        owners = " or ".join(REFERENCES[table])
        faults.append(Fault(owners, "is missing", f"say what the {table} belongs to"))
    ref = Ref(table, _row_id(source, table, cells.printable(given["id"]), values))
    doubtful = _doubtful_point(values) if table == "location" else None
    return Record(ref, values, parents, draft, doubtful, _secrecy(table, values)), faults


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
    defaults = DEFAULTS.get(table, {})
    if given.get("extension_text"):  # the profile's, for what is no number
        given = {**given, "extension": given["extension_text"]}
    for name, parse, empty in _parsers_of(table, tuple(given)):
        cell = given[name]
        raw = cells.printable(cell) if cell else ""
        if not raw or raw == NOT_STATED:
            raw = defaults.get(name, "")
            if not raw:
                values[name] = empty
                continue
        try:
            value = parse(raw)
        except Bad as bad:
            vital = is_vital(table, name)
            what = f'"{short(raw)}" cannot be read' + ("" if vital else "; it was left out")
            faults.append(Fault(name, what, bad.fix, fatal=vital))
            value = None
        values[name] = empty if value in (None, "") else value
        if isinstance(value, str) and value[:1] in _BEGIN_FORMULAS and cells.looks_like_formula(value):
            what = "looks like a formula; it is kept as text and never run"
            faults.append(Fault(name, what, "check that it was meant", fatal=False, remark=True))
    faulty = {fault.field for fault in faults}
    for name in REQUIRED.get(table, ()):
        if name not in faulty and values.get(name, given.get(name)) in (None, ""):
            faults.append(Fault(name, "is missing", f"give every {table} its {name}"))
    check(table, values, faults)
    return values, faults


def complete(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A new row with a value for every column, those that the source does not give included."""
    return {**_nothing_said(table), **values}


@cache
def _nothing_said(table: str) -> Mapping[str, Any]:
    defaults = DEFAULTS.get(table, {})
    return {column.name: defaults.get(column.name, _empty(column)) for column in Base.metadata.tables[table].columns}


@lru_cache(maxsize=512)
def _parsers_of(table: str, given: tuple[str, ...]) -> tuple[tuple[str, Callable[[str], Any], Any], ...]:
    """The columns that the row has: those of a source's rows are mostly the same few."""
    return tuple(column for column in _parsers(table) if column[0] in given)


@cache
def _parsers(table: str) -> tuple[tuple[str, Callable[[str], Any], Any], ...]:
    """Each column that is no id and no reference: its name, how to read it, and what it holds when it is empty."""
    columns = Base.metadata.tables[table].columns
    return tuple(
        (column.name, _parser(table, column), _empty(column))
        for column in columns
        if not column.primary_key and not column.foreign_keys
    )


def _parser(table: str, column: Column[Any]) -> Callable[[str], Any]:
    if choices := CHOICES.get((table, column.name)):
        return lru_cache(lambda raw: cells.choice(raw, choices))
    if table in ("schedule", "holiday_schedule") and column.name in ("opens_at", "closes_at"):
        return lru_cache(cells.clock)
    if table == "schedule" and column.name == "byday":
        return lru_cache(cells.byday)
    if column.name in ("valid_to", "until"):
        return lru_cache(cells.last_day)
    if column.name in VERBATIM:
        return str
    for kind, parse in (
        (Date, lru_cache(cells.day)),
        (UtcDateTime, cells.moment),
        (Boolean, lru_cache(cells.truth)),
        (Integer, cells.integer),
        (Float, cells.number),
    ):
        if isinstance(column.type, kind):
            return parse
    return cells.without_html


def _empty(column: Column[Any]) -> Any:
    if isinstance(column.type, Boolean):
        return False
    return "" if isinstance(column.type, String) and not column.nullable else None


def _doubtful_point(values: dict[str, Any]) -> tuple[float, float] | None:
    """A point that is not on the globe, at (0, 0), or that only becomes one in the United States when swapped."""
    latitude, longitude = (values.get(name) for name in POINT)
    if latitude is None or longitude is None:
        return None
    on_the_globe = abs(latitude) <= 90 and abs(longitude) <= 180
    if on_the_globe and (latitude, longitude) != (0, 0) and latitude > -60:
        return None
    values.update(dict.fromkeys(POINT))
    return latitude, longitude


def _secrecy(table: str, values: Mapping[str, Any]) -> str | None:
    return says_confidential(*(values.get(name) for name in _MAY_TELL_OF_SECRECY.get(table, ())))
