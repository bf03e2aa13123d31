"""Small directories on disk for the import tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Engine, select

from resources_db.exchange.readers import find_reader
from resources_db.exchange.reading import open_source
from resources_db.exchange.record import Draft
from resources_db.exchange.report import Notes
from resources_db.models import Base

Rows = Sequence[Mapping[str, str]]

PANTRY: dict[str, Rows] = {
    "organizations": [{"id": "1", "name": "Open Hands", "description": "Neighbors who share."}],
    "services": [{"id": "10", "organization_id": "1", "name": "Pantry", "status": "active"}],
    "locations": [
        {
            "id": "20",
            "organization_id": "1",
            "location_type": "physical",
            "name": "Hall",
            "latitude": "38.5",
            "longitude": "-121.4",
        }
    ],
    "service_at_location": [{"id": "30", "service_id": "10", "location_id": "20"}],
    "addresses": [
        {
            "id": "40",
            "location_id": "20",
            "address_1": "1 Elm St",
            "city": "Sacramento",
            "state_province": "CA",
            "postal_code": "95814",
            "country": "US",
            "address_type": "physical",
        }
    ],
    "phones": [{"id": "50", "service_id": "10", "number": "916 555 0100", "type": "voice"}],
}
"""One organization with everything right."""


def csv_text(rows: Rows) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_package(folder: Path, tables: Mapping[str, Rows]) -> Path:
    """The folder, with a CSV file for each table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
    return folder


def with_rows(tables: Mapping[str, Rows], **more: Rows) -> dict[str, Rows]:
    """The tables with these rows added."""
    names = dict.fromkeys((*tables, *more))
    return {name: [*tables.get(name, ()), *more.get(name, ())] for name in names}


def changed(tables: Mapping[str, Rows], name: str, /, **cells: str) -> dict[str, Rows]:
    """The tables with these cells set in every row of one table."""
    return {**tables, name: [{**row, **cells} for row in tables[name]]}


def stored(engine: Engine, table: str) -> list[dict[str, object]]:
    """All rows of a table of the directory, as they are stored."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(Base.metadata.tables[table])).mappings()]


def drafts_of(where: str | Path, mapping: Path | None = None) -> tuple[list[Draft], Notes]:
    """What a reader makes of a source, and what it says of it."""
    source, notes = open_source(where), Notes()
    return list(find_reader(source, mapping).read(source, notes)), notes


def cells_of(drafts: Sequence[Draft], table: str) -> list[dict[str, str]]:
    """The cells of the drafts of one table that are not empty."""
    return [{name: value for name, value in draft.cells.items() if value} for draft in drafts if draft.table == table]


def snapshot(engine: Engine) -> dict[str, list[str]]:
    """Everything in the directory, in a form that can be compared."""
    return {table: sorted(map(str, stored(engine, table))) for table in Base.metadata.tables}
