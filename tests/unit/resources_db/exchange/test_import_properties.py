"""Whatever a directory holds: nothing crashes, nothing is half loaded, nothing is lost, and a second run changes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from resources_db.exchange import ImportReport, import_directory
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import Rows, snapshot, write_package

# What people and programs put into cells. The commas and quotes are CSV's business; these are the importer's.
_CELLS = st.sampled_from(
    (
        "", " ", "Pantry", "niños", "12", "-1", "0", "1e400", "nan", "yes", "no", "perhaps", "9am", "24:00", "25:00", "MO,TU",
        "MONTHLY", "active", "ACTIVE", "physical", "2024-02-30", "2024-02-03", "2/3/2024", "38.5", "-121.4", "9999999",
        "916 555 0100", "+1 916 555 0100 x5", "call us", "https://example.org", "javascript:alert(1)", "http://[",
        "<b>bold</b> &amp; <script>x</script>", "=HYPERLINK(1)", "@SUM(A1)", "\x07\x1b[2J", "a\u2028b", "\ufeff", "x" * 5_000,
        "confidential shelter", "America/Los_Angeles", "../../etc/localtime", "es", "service", "organization", "phone",
        "d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610", "D9D5E0F5-D3CE-4F73-9A2F-4DD0ECC6C610",
    )
)  # fmt: skip
_IDS = st.sampled_from(("1", "2", "3", "", "d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610"))
_NAMES = {
    "organizations": ("name", "website", "year_incorporated", "parent_organization_id", "description"),
    "programs": ("name", "organization_id"),
    "services": ("name", "organization_id", "program_id", "status", "url", "alert", "alert_expires_on", "minimum_age",
                 "maximum_age", "last_modified", "description"),
    "locations": ("name", "organization_id", "location_type", "latitude", "longitude", "confidential", "timezone", "description"),
    "service_at_location": ("service_id", "location_id", "description"),
    "contacts": ("organization_id", "service_id", "name"),
    "addresses": ("location_id", "address_1", "state_province", "address_type"),
    "phones": ("service_id", "contact_id", "organization_id", "number", "extension"),
    "schedules": ("service_id", "service_at_location_id", "freq", "byday", "opens_at", "closes_at", "valid_from", "description"),
    "holiday_schedules": ("service_id", "closed", "start_date", "end_date", "opens_at", "closes_at"),
    "service_capacities": ("service_id", "unit_id", "available", "updated"),
    "units": ("name",),
    "taxonomies": ("name",),
    "taxonomy_terms": ("name", "code", "parent_id", "taxonomy_id"),
    "attributes": ("link_entity", "link_id", "taxonomy_term_id", "link_type"),
    "translations": ("resource_type", "resource_id", "field_name", "language", "value"),
    "metadata": ("resource_type", "resource_id", "field_name", "last_action_date"),
    "languages": ("service_id", "location_id", "phone_id", "name"),
}  # fmt: skip
# Every other cell is right, or hardly anything would load.
_GOOD = {
    "name": "Pantry", "status": "active", "location_type": "physical", "address_type": "physical", "number": "916 555 0100",
    "link_entity": "service", "resource_type": "service", "field_name": "name", "language": "es", "value": "Despensa",
    "last_action_date": "2024-01-05", "closed": "yes", "start_date": "2026-12-25", "end_date": "2026-12-25", "available": "3",
    "updated": "2026-11-01T08:00:00Z",
}  # fmt: skip


def _cell(column: str) -> st.SearchStrategy[str]:
    if column == "id" or column.endswith("_id"):
        return _IDS
    return st.one_of(st.just(_GOOD.get(column, "")), _CELLS)


def _table(name: str) -> st.SearchStrategy[Rows]:
    columns = {column: _cell(column) for column in ("id", *_NAMES[name])}
    return st.lists(st.fixed_dictionaries(columns), max_size=4)  # type: ignore[return-value]


directories = st.fixed_dictionaries({name: _table(name) for name in _NAMES})


def _rows_in(report: ImportReport) -> int:
    once = sum("it was read once" in problem.problem for problem in report.errors)
    return sum(report.loaded.values()) + len(report.held_back) + once


def _import(engine: Engine, tables: Mapping[str, Rows], *, dry_run: bool = False) -> ImportReport:
    with tempfile.TemporaryDirectory() as folder:
        some = {name: rows for name, rows in tables.items() if rows}
        return import_directory(engine, write_package(Path(folder), some), source="county", dry_run=dry_run)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # a smaller example is not worth the minutes it takes
)
@given(tables=directories)
def test_any_directory_loads_what_it_can_and_says_why_not_the_rest(
    sqlite_databases: SqliteDatabases, tables: Mapping[str, Rows]
) -> None:
    with sqlite_databases.new() as engine:
        tables = {name: [row for row in rows if any(cell.strip() for cell in row.values())] for name, rows in tables.items()}
        tables["organizations"].append({"id": "9", "name": "Open Hands"})
        empty = snapshot(engine)
        dry = _import(engine, tables, dry_run=True)
        assert snapshot(engine) == empty
        first = _import(engine, tables)
        assert dry.as_json() == first.as_json()
        assert _rows_in(first) == sum(map(len, tables.values()))
        assert all(problem.problem and problem.fix for problem in first.errors)
        before = snapshot(engine)
        second = _import(engine, tables)
        assert (second.loaded, second.changed, second.gone) == ({}, {}, {})
        assert second.unchanged == first.loaded
        assert second.held_back == first.held_back
        assert snapshot(engine) == before
