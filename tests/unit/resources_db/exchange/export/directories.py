"""Directories to export, and exports read back as rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Boolean, Column, Date, Engine, Float, Integer, insert

from resources_db.exchange.export.descriptor import tabular_columns
from resources_db.exchange.record import stable_id
from resources_db.hsds import TABLES, Nested
from resources_db.models import Base, UtcDateTime

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]

# What a column holds where any text will not do.
_SPECIAL: Mapping[str, Any] = {
    "service.status": "temporarily closed",
    "service.minimum_age": 0.5,
    "service.maximum_age": 17.0,
    "service.email": "full@example.org",
    "location.location_type": "physical",
    "location.latitude": 21.30694,
    "location.longitude": -157.85833,
    "location.timezone": "Pacific/Honolulu",
    "address.address_type": "postal",
    "phone.number": "+18085550100",
    "phone.extension": "0042",
    "phone.type": "voice",
    "language.name": "Spanish",
    "language.code": "es",
    "language.language": "es",
    "schedule.freq": "MONTHLY",
    "schedule.wkst": "SU",
    "schedule.byday": "2SA,-1SA",
    "schedule.interval": 2,
    "schedule.timezone": -10.0,
    "schedule.until": date(2027, 6, 30),
    "schedule.valid_to": date(2027, 6, 30),
    "schedule.opens_at": "22:00",
    "schedule.closes_at": "02:30",
    "holiday_schedule.closed": False,
    "holiday_schedule.opens_at": "09:15",
    "holiday_schedule.closes_at": "12:00",
    "service_area.extent_type": "county",
    "service_area.extent": "HI/Honolulu County",
    "translation.method": "machine",
    "translation.language": "es",
    "translation.field_name": "description",
    "verification.method": "family_report",
    "verification.result": "corrected",
    "verification.fields": "phones,schedules",
    "service_capacity.available": 2.5,
    "service_capacity.maximum": 10.0,
    "cost_option.currency": "USD",
    "taxonomy_term.language": "en",
    "metadata.last_action_type": "import",
    "metadata.field_name": "description",
}
_ANY = ("service", "location", "phone", "organization")
# What the rows of these tables are put on; HSDS has no attributes on terms.
_OWNERS: Mapping[str, Sequence[str]] = {
    "attribute": _ANY,
    "translation": (*_ANY, "taxonomy_term"),
    "verification": (*_ANY, "schedule"),
    "metadata": (*_ANY, "taxonomy_term", "translation", "verification"),
}


def id_of(table: str, which: str = "") -> str:
    return str(uuid5(NAMESPACE_URL, f"full/{table}/{which}"))


def fill(engine: Engine) -> None:
    """One row in every table, with something in every column; rows that may be put on any record on several."""
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in TABLES:
                continue
            if table.name in _OWNERS:
                for owner in _OWNERS[table.name]:
                    connection.execute(insert(table), {**_row(table.name), **_put_on(table.name, owner)})
            else:
                connection.execute(insert(table), _row(table.name))


def _row(table: str) -> Row:
    row: Row = {}
    for column in Base.metadata.tables[table].columns:
        target = next((key.column.table.name for key in column.foreign_keys), None)
        if column.name == "id":
            row["id"] = id_of(table)
        elif target == table:  # nobody's own parent
            row[column.name] = None
        elif target:
            row[column.name] = id_of(target)
        else:
            row[column.name] = _value(table, column)
    return row


def _value(table: str, column: Column[Any]) -> Any:
    special = _SPECIAL.get(f"{table}.{column.name}")
    if special is not None:
        return special
    if isinstance(column.type, Boolean):
        return column.name == "is_sample"
    if isinstance(column.type, Date):
        return date(2026, 12, 24)
    if isinstance(column.type, UtcDateTime):
        return datetime(2026, 11, 23, 18, 30, 15, 250_000, timezone.utc)
    if isinstance(column.type, Integer):
        return 1999
    if isinstance(column.type, Float):
        return 12.75
    if column.name in ("url", "uri", "website", "logo", "schedule_link", "term_uri"):
        return f"https://example.org/{table}/{column.name}?a=1&b=2"
    if column.name in ("email", "assurer_email"):
        return f"{table}@example.org"
    return f'{table} {column.name}: "quoted", with a comma;\nand a second line, mañana'


def _put_on(table: str, owner: str) -> Row:
    entity, key = ("link_entity", "link_id") if table == "attribute" else ("resource_type", "resource_id")
    return {"id": _own_id(table, owner), entity: owner, key: _own_id(owner, "service") if owner in _OWNERS else id_of(owner)}


def _own_id(table: str, owner: str) -> str:
    """The id of what is put on an owner. A translation has the one that the importer gives to any translation of the field."""
    if table != "translation":
        return id_of(table, owner)
    field, language = _SPECIAL["translation.field_name"], _SPECIAL["translation.language"]
    return stable_id("", "translation", f"{owner}/{id_of(owner)}/{field}/{language}")


def rows_in_csv(folder: Path) -> Rows:
    """Every row of a tabular export by table and id, without its empty cells."""
    found: Rows = {}
    for table in TABLES.values():
        with (folder / table.file).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found[table.name] = {row["id"]: {name: cell for name, cell in row.items() if cell} for row in rows}
    return found


def rows_in_json(folder: Path) -> Rows:
    """Every row of a JSON export by table and id, as cells; a row that comes several times is put together."""
    found: Rows = {name: {} for name in TABLES}
    lists = {"organizations": "organization", "services": "service", "locations": "location", "taxonomies": "taxonomy"}
    for path in sorted(folder.glob("*.json")):
        table = lists.get(path.stem, path.stem.removesuffix("s"))
        for document in json.loads(path.read_text(encoding="utf-8")):
            for name, row in _flattened(table, document, {}):
                known = found[name].setdefault(row["id"], {})
                assert all(known.get(column, value) == value for column, value in row.items()), (name, known, row)
                known.update(row)
    return found


def _flattened(table: str, document: Row, said: Row) -> Iterator[tuple[str, Row]]:
    """The document's own row and those nested in it; ``said`` are the columns that the nesting says."""
    row, nested = dict(said), {field.name: field for field in TABLES[table].nested}
    for name, value in document.items():
        if name not in nested:
            assert name in tabular_columns(table), (table, name)
            row[name] = _as_cell(name, value)
        elif nested[name].nesting == "one":
            row[nested[name].key] = value["id"]
            yield from _flattened(nested[name].table, value, {})
        else:
            for one in value:
                yield from _flattened(nested[name].table, one, _said_by(nested[name], table, document["id"]))
    yield table, {name: cell for name, cell in row.items() if cell}


def _said_by(field: Nested, owner: str, owner_id: str) -> Row:
    return {field.key: owner_id, **({field.entity: owner} if field.entity else {})}


def _as_cell(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}:00" if name in ("opens_at", "closes_at") else str(value)
