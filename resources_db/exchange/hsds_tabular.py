"""HSDS 3 as a tabular data package: one CSV file for each table, with or without a datapackage.json."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from resources_db.exchange.reading import Source
from resources_db.exchange.record import TABLES, Draft
from resources_db.exchange.report import ImportReport, Problem
from resources_db.models import Base

_PLURALS = {
    "address": "addresses",
    "service_capacity": "service_capacities",
    "taxonomy": "taxonomies",
}
_TABLE_BY_STEM = {stem: table for table in TABLES for stem in (table, _PLURALS.get(table, f"{table}s"))} | {
    "services_at_location": "service_at_location"
}
# Files that only older versions of HSDS have.
_OLDER = (
    "physical_addresses",
    "postal_addresses",
    "regular_schedules",
    "services_taxonomy",
    "payments_accepted",
)


def looks_right(source: Source) -> bool:
    """Whether the source has any table by the name that HSDS 3 gives it, with ids in it."""
    if any(stem in _OLDER for stem in source.by_stem()):
        return False
    return any(table in TABLES and "id" in source.table(path).columns for table, path in _paths(source).items())


def read(source: Source, report: ImportReport) -> Iterator[Draft]:
    """Every row of every table we hold; what we do not hold is remarked on once for each file."""
    for table, path in _paths(source).items():
        content = source.table(path)
        content.report_to(report, table)
        known = Base.metadata.tables[table].columns.keys()
        if unknown := [column for column in content.columns if column and column not in known]:
            what = f"no such column in {table}; it was left out"
            report.errors.append(Problem(path, 1, ", ".join(unknown), what, "rename it if it should be kept"))
        for row in content.rows:
            yield Draft(table, row.cells, row.file, row.line)


def _paths(source: Source) -> dict[str, str]:
    """The file of each table, parents first: what datapackage.json says, else what the file's name says."""
    found = {_TABLE_BY_STEM[stem]: path for stem, path in source.by_stem().items() if stem in _TABLE_BY_STEM}
    package = source.json("datapackage.json")
    resources = package.get("resources") if isinstance(package, dict) else None
    for resource in resources if isinstance(resources, list) else ():
        name, path = (resource.get("name"), resource.get("path")) if isinstance(resource, dict) else (None, None)
        table = _TABLE_BY_STEM.get(str(name).strip().lower())
        # A path out of the folder is no file of the source, so it cannot be followed.
        if table and isinstance(path, str) and source.has(str(PurePosixPath(path))):
            found[table] = str(PurePosixPath(path))
    return {table: found[table] for table in sorted(found, key=TABLES.index)}
