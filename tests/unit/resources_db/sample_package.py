"""The sample directory as its files say it: rows by table, and what belongs to a service. For tests."""

from __future__ import annotations

import csv
import json
from pathlib import Path

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "resources_db" / "sample"
PACKAGE = json.loads((SAMPLE / "datapackage.json").read_text(encoding="utf-8"))

Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Table name (HSDS singular) → its rows.
T: dict[str, list[Row]] = {r["name"]: rows(SAMPLE / r["path"]) for r in PACKAGE["resources"]}
BY_ID = {table: {row["id"]: row for row in rows} for table, rows in T.items()}
SITES = T["service_at_location"]

COUNTIES = {"Sacramento County": "CA", "Orange County": "CA", "Honolulu County": "HI"}


def codes(service_id: str, link_type: str) -> set[str]:
    return {
        BY_ID["taxonomy_term"][a["taxonomy_term_id"]]["code"]
        for a in T["attribute"]
        if a["link_id"] == service_id and a["link_type"] == link_type
    }


def of(table: str, service_id: str) -> list[Row]:
    return [row for row in T[table] if row["service_id"] == service_id]


def locations(service_id: str) -> list[Row]:
    return [BY_ID["location"][site["location_id"]] for site in of("service_at_location", service_id)]


def addresses(location_id: str) -> list[Row]:
    return [a for a in T["address"] if a["location_id"] == location_id]


def counties(service_id: str) -> set[str]:
    """Where a family would find it: by address, or by service area where the address is confidential."""
    found = {a["region"] for loc in locations(service_id) for a in addresses(loc["id"])}
    areas = [a for a in of("service_area", service_id) if a["extent_type"] == "county"]
    return found or {extent.partition("/")[2] for a in areas for extent in a["extent"].split(",")}


def schedules(service_id: str) -> list[Row]:
    """Its own hours and those of its sites."""
    sites = of("service_at_location", service_id)
    ids = {service_id} | {s["id"] for s in sites} | {s["location_id"] for s in sites}
    owners = ("service_id", "service_at_location_id", "location_id")
    return [row for row in T["schedule"] if any(row[owner] in ids for owner in owners)]


def phones(service_id: str) -> list[Row]:
    service, sites = BY_ID["service"][service_id], of("service_at_location", service_id)
    ids = {service_id, service["organization_id"]} | {s["id"] for s in sites} | {s["location_id"] for s in sites}
    owners = ("service_id", "service_at_location_id", "location_id", "organization_id")
    return [row for row in T["phone"] if any(row[owner] in ids for owner in owners)]


ACTIVE = [s for s in T["service"] if s["status"] == "active"]
