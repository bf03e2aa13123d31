"""Four directories of other people, in full: what their files hold, counted apart from the import, is what it accounts for.

Every raw row is loaded, held back with its reason, or one with another by a rule that is written here.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from resources_db.exchange import ImportReport, import_directory
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import snapshot, stored

DIRECTORIES = Path(__file__).parents[5] / "shared" / "data" / "directories"
MAPPING = Path(__file__).parents[3] / "data" / "mappings" / "haarrrvest.yml"
SAN_MATEO, OPEN_REFERRAL, WASHINGTON, FOOD = (
    DIRECTORIES / name
    for name in ("san_mateo_ohana_sample", "openreferral_sample_datapackage", "dc_orservices", "haarrrvest_food")
)

pytestmark = pytest.mark.skipif(not DIRECTORIES.is_dir(), reason=f"{DIRECTORIES} is not on this machine")


def raw(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


@dataclass(frozen=True)
class Accounted:
    """An import, and by table how many rows were loaded or held back, and the ids that they have in the source."""

    report: ImportReport
    rows: Counter[str]
    held: Counter[str]
    held_ids: dict[str, set[str]]
    loaded_ids: dict[str, set[str]]


def imported(engine: Engine, folder: Path, mapping: Path | None = None) -> Accounted:
    """Import the folder twice; the second time changes nothing."""
    report = import_directory(engine, folder, mapping=mapping)
    before = snapshot(engine)
    again = import_directory(engine, folder, mapping=mapping)
    assert (again.loaded, again.changed, again.unchanged) == (Counter(), Counter(), report.loaded)
    assert list(again.held_back) == list(report.held_back)
    assert snapshot(engine) == before
    held_ids, loaded_ids = defaultdict(set), defaultdict(set)
    for row in report.held_back:
        held_ids[row.table].add(row.id)
    for origin in stored(engine, "provenance"):
        loaded_ids[str(origin["resource_type"])].add(str(origin["source_id"]))
    held = Counter(row.table for row in report.held_back)
    return Accounted(report, report.loaded + held, held, held_ids, loaded_ids)


def test_every_row_of_san_mateo_is_accounted_for(directory_engine: Engine) -> None:
    found = imported(directory_engine, SAN_MATEO)
    for name, table in {
        "organizations": "organization",
        "locations": "location",
        "services": "service",
        "programs": "program",
        "phones": "phone",
        "regular_schedules": "schedule",
        "holiday_schedules": "holiday_schedule",
    }.items():
        assert found.rows[table] == len(raw(SAN_MATEO, name)), table
    assert found.rows["address"] == len(raw(SAN_MATEO, "addresses")) + len(raw(SAN_MATEO, "mail_addresses"))
    assert found.rows["service_at_location"] == len(raw(SAN_MATEO, "services"))
    owners = raw(SAN_MATEO, "locations") + raw(SAN_MATEO, "services")
    assert found.rows["language"] == sum(len(parts(row["languages"])) for row in owners)
    made = {"Open Eligibility", "Keywords", "Accepted payments", "Accreditations", "Licenses"}
    keywords = {word.lower() for row in raw(SAN_MATEO, "services") for word in parts(row["keywords"])}
    assert found.rows["taxonomy"] <= len(made)
    assert found.rows["taxonomy_term"] >= len(raw(SAN_MATEO, "taxonomy")) + len(keywords)
    # The phones of contacts, whose file the sample lacks, are all that is held back beside dates that cannot be read.
    assert found.held_ids["phone"] == {row["id"] for row in raw(SAN_MATEO, "phones") if row["contact_id"]}
    assert set(found.held) <= {"phone", "holiday_schedule"}


def test_every_row_of_the_package_of_open_referral_is_accounted_for(directory_engine: Engine) -> None:
    files = OPEN_REFERRAL / "all_resources"
    count = {path.stem: len([row for row in raw(files, path.stem) if any(row.values())]) for path in files.glob("*.csv")}
    found = imported(directory_engine, OPEN_REFERRAL)
    assert not found.held
    for name, table in {
        "organizations": "organization",
        "services": "service",
        "locations": "location",
        "programs": "program",
        "services_at_location": "service_at_location",
        "phones": "phone",
        "contacts": "contact",
        "regular_schedules": "schedule",
        "holiday_schedules": "holiday_schedule",
        "service_areas": "service_area",
        "required_documents": "required_document",
        "funding": "funding",
        "accessibility_for_disabilities": "accessibility",
        "metadata": "metadata",
        "meta_table_descriptions": "meta_table_description",
    }.items():
        assert found.rows[table] == count[name], table
    assert found.rows["address"] == count["physical_addresses"] + count["postal_addresses"]
    spoken = sum(len(parts(row["language"])) for row in raw(files, "phones"))
    assert found.rows["language"] == count["languages"] + spoken
    assert found.rows["attribute"] == count["payments_accepted"] + count["services_taxonomy"]
    # The parent that is only named, and the ways to pay, are terms too; eligibility became its service's text.
    assert found.rows["taxonomy_term"] == count["taxonomy"] + 1 + count["payments_accepted"]


def test_every_row_of_washington_is_accounted_for(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.new() as engine:
        found = imported(engine, WASHINGTON)
    ids = {name: {row[key] for row in raw(WASHINGTON, name)} for name, key in _WASHINGTON_IDS.items()}
    for name, table in {
        "organizations": "organization",
        "services": "service",
        "locations": "location",
        "programs": "program",
        "taxonomy_terms": "taxonomy_term",
        "accessibility_for_disabilities": "accessibility",
        "service_areas": "service_area",
    }.items():
        assert found.rows[table] == len(raw(WASHINGTON, name)), table

    pairs = {(row["service_id"], row["taxonomy_term_id"]) for row in raw(WASHINGTON, "service_attributes")}
    listed = {(row["service_recordid"], term) for row in raw(WASHINGTON, "services") for term in parts(row["service_taxonomy"])}
    assert found.rows["attribute"] == len(pairs | listed)

    at = {(row["service_id"], row["location_id"]) for row in raw(WASHINGTON, "services_at_location")}
    only_listed = {
        (service, location)
        for service, location in _listed_places()
        if (service, location) not in at and service in ids["services"] and location in ids["locations"]
    }
    assert found.rows["service_at_location"] == len(at | only_listed)

    sites = [row[name] for row in raw(WASHINGTON, "organizations") for name in ("facebook_url", "twitter_url", "instagram_url")]
    assert found.rows["url"] == len(list(filter(None, sites)))

    # A phone, an address or hours that several own are a row for each of them; all that nobody owns is held back.
    schedules = raw(WASHINGTON, "schedules")
    hours = [row for row in schedules if not row["schedule_holiday"]]
    for table, rows in {
        "phone": raw(WASHINGTON, "phones"),
        "address": raw(WASHINGTON, "physical_addresses"),
        # That it is closed on the days without hours makes no row, nor does a row that says nothing.
        "schedule": [row for row in hours if row["open_24_hours"] or row["opens"] != "Closed" and _says_when(row)],
        "holiday_schedule": [row for row in schedules if row["schedule_holiday"]],
    }.items():
        seen = {row_id.split("/")[0] for row_id in found.held_ids[table] | found.loaded_ids[table]}
        assert seen == {row["id"] for row in rows}, table

    # The tester's status is no status; services of no organization, or of one that is not there, cannot be shown.
    unowned = {row["service_recordid"] for row in raw(WASHINGTON, "services") if not _has_owner(row, ids["organizations"])}
    strange = {row["service_recordid"] for row in raw(WASHINGTON, "services") if "<" in row["service_status"]}
    assert found.held_ids["service"] == unowned | strange
    assert found.held["organization"] == 0


_WASHINGTON_IDS = {"organizations": "id", "services": "service_recordid", "locations": "id"}


def _listed_places() -> Iterator[tuple[str, str]]:
    for row in raw(WASHINGTON, "services"):
        yield from ((row["service_recordid"], location) for location in parts(row["service_locations"]))
    for row in raw(WASHINGTON, "locations"):
        yield from ((service, row["id"]) for service in parts(row["location_services"]))


def _says_when(row: dict[str, str]) -> bool:
    return any(row[name] for name in ("weekday", "opens", "closes", "description"))


def _has_owner(row: dict[str, str], organizations: set[str]) -> bool:
    return any(one in organizations for one in parts(row["service_organization"])[:1])


def _site(record: dict[str, Any]) -> tuple[str, ...]:
    """What tells one site of a food finder from another: its id there, else its name and address."""
    own = record.get("id") or record.get("Entity_Id")
    named = (record.get("name"), record.get("address"), record.get("zip"))
    return record["_source"], *map(str, [own] if own else named)


def test_every_record_of_the_food_finders_is_accounted_for(sqlite_databases: SqliteDatabases) -> None:
    records = [json.loads(line) for line in (FOOD / "raw_records.jsonl").read_text(encoding="utf-8").splitlines()]
    with sqlite_databases.new() as engine:
        found = imported(engine, FOOD, MAPPING)
    assert len(records) == 3_162
    # The food finder that has the same site in two of its daily lists means one site.
    sites = {_site(record) for record in records}
    assert len(sites) == 2_851
    for table in ("service", "location", "service_at_location"):
        assert found.rows[table] == len(sites), table
    assert not found.held
