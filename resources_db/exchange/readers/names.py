"""What the tables of HSDS are called in files, data packages and JSON: "service_at_location", "services_at_location"."""

from __future__ import annotations

from pathlib import PurePosixPath

from resources_db.exchange.record import TABLES
from resources_db.hsds.tables import TABLES as HSDS

_NAMES = {
    name: table for table in TABLES for name in (table, f"{table}s", f"{table}es", PurePosixPath(HSDS[table].file).stem)
} | {
    "services_at_location": "service_at_location",
    "services_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "service_capacities": "service_capacity",
}


def table_named(name: str) -> str | None:
    """The table that HSDS calls by this name, in the singular or the plural."""
    return _NAMES.get(name.strip().lower())
