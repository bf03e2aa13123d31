from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from resources_db.exchange import import_directory
from tests.unit.resources_db.exchange.packages import snapshot, stored, write_package

SAN_MATEO = Path(__file__).parents[5] / "shared" / "data" / "directories" / "san_mateo_ohana_sample"

needs_san_mateo = pytest.mark.skipif(not SAN_MATEO.is_dir(), reason=f"{SAN_MATEO} is not on this machine")

CENTER = {
    "organizations": [{"id": "1", "name": "Center", "date_incorporated": "January 01, 1970", "licenses": "State"}],
    "locations": [
        {
            "id": "5",
            "organization_id": "1",
            "name": "Main",
            "description": "<p>Help &amp; hope</p>",
            "latitude": "37.5",
            "longitude": "-122.3",
            "languages": "Spanish, Chinese (Mandarin, Cantonese), spanish",
            "accessibility": "wheelchair, ramp",
            "virtual": "false",
        }
    ],
    "services": [
        {
            "id": "7",
            "location_id": "5",
            "name": "Pantry",
            "audience": "Families",
            "eligibility": "Residents",
            "fees": "None.",
            "keywords": "Food Pantries, Older Adults",
            "required_documents": "ID, Bill",
            "service_areas": "San Mateo County, Colma",
            "status": "active",
            "taxonomy_ids": "104-01, 999",
            "website": "http://example.org",
        }
    ],
    "taxonomy": [{"taxonomy_id": "104-01", "name": "Baby Supplies", "parent_id": "", "parent_name": ""}],
    "regular_schedules": [
        {"id": "1", "location_id": "", "service_id": "7", "weekday": "Monday", "opens_at": "9am", "closes_at": "4:00 PM"},
        {"id": "2", "location_id": "", "service_id": "7", "weekday": "Mon-Fri", "opens_at": "9am", "closes_at": "5pm"},
    ],
    "phones": [
        {"id": "1", "location_id": "5", "number": "650 780-7525", "number_type": "voice", "department": "Desk"},
        {"id": "2", "location_id": "", "number": "650 780-7526", "number_type": "voice", "contact_id": "9"},
    ],
    "mail_addresses": [{"id": "1", "location_id": "5", "address_1": "PO Box 1", "city": "Colma"}],
}


def test_an_ohana_service_becomes_hsds(directory_engine: Engine, tmp_path: Path) -> None:
    import_directory(directory_engine, write_package(tmp_path, CENTER))
    (organization,) = stored(directory_engine, "organization")
    (location,) = stored(directory_engine, "location")
    (service,) = stored(directory_engine, "service")
    (place,) = stored(directory_engine, "service_at_location")
    assert (service["organization_id"], place["location_id"]) == (organization["id"], location["id"])
    assert organization["year_incorporated"] == 1970
    assert location["description"] == "Help & hope"
    assert service["eligibility_description"] == "Residents. Families"
    assert (service["fees_description"], service["url"]) == ("None.", "http://example.org")
    assert {row["document"] for row in stored(directory_engine, "required_document")} == {"ID", "Bill"}
    assert {row["extent_type"] for row in stored(directory_engine, "service_area")} == {"text"}
    assert {(row["name"], row["code"]) for row in stored(directory_engine, "language")} == {
        ("Spanish", "es"),
        ("Chinese (Mandarin, Cantonese)", "zh"),
    }
    assert len(stored(directory_engine, "accessibility")) == 2
    assert {row["code"] for row in stored(directory_engine, "service_need")} == {"food", "goods"}
    (address,) = stored(directory_engine, "address")
    assert address["address_type"] == "postal"
    (phone,) = stored(directory_engine, "phone")
    assert (phone["number"], phone["type"], phone["description"]) == ("+16507807525", "voice", "Desk")


def test_hours_by_weekday_are_read_and_ranges_of_days_are_not_guessed(directory_engine: Engine, tmp_path: Path) -> None:
    report = import_directory(directory_engine, write_package(tmp_path, CENTER))
    (schedule,) = stored(directory_engine, "schedule")
    assert (schedule["freq"], schedule["byday"], schedule["opens_at"], schedule["closes_at"]) == (
        "WEEKLY",
        "MO",
        "09:00",
        "16:00",
    )
    assert ("regular_schedules.csv", 3, "weekday") in {(row.file, row.line, row.field) for row in report.errors}


def test_what_an_ohana_row_lacks_is_told_in_its_own_words(directory_engine: Engine, tmp_path: Path) -> None:
    services = [
        {**CENTER["services"][0], "id": "8", "location_id": "", "taxonomy_ids": ""},
        {**CENTER["services"][0], "id": "9", "location_id": "55", "taxonomy_ids": ""},
    ]
    report = import_directory(directory_engine, write_package(tmp_path, {**CENTER, "services": services}))
    told = {(row.line, row.field) for row in report.errors if row.file == "services.csv"}
    assert {(2, "location_id"), (3, "location_id")} <= told
    assert stored(directory_engine, "service") == []


def test_a_category_that_is_nowhere_listed_is_held_back_and_its_service_is_not(directory_engine: Engine, tmp_path: Path) -> None:
    report = import_directory(directory_engine, write_package(tmp_path, CENTER))
    reasons = {row.id: row.reason for row in report.held_back if row.table == "attribute"}
    assert list(reasons) == ["service/7/category/999"]
    assert "taxonomy_term 999" in reasons["service/7/category/999"]


def test_an_ohana_directory_loads_once(directory_engine: Engine, tmp_path: Path) -> None:
    first = import_directory(directory_engine, write_package(tmp_path, CENTER))
    before = snapshot(directory_engine)
    second = import_directory(directory_engine, tmp_path)
    assert (second.unchanged, second.held_back) == (first.loaded, first.held_back)
    assert snapshot(directory_engine) == before


def raw_rows(name: str) -> list[dict[str, str]]:
    with (SAN_MATEO / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@needs_san_mateo
def test_every_row_of_san_mateo_is_loaded_or_held_back(directory_engine: Engine) -> None:
    report = import_directory(directory_engine, SAN_MATEO)
    held = Counter(row.table for row in report.held_back)
    for name, table in {
        "organizations": "organization",
        "locations": "location",
        "services": "service",
        "programs": "program",
        "phones": "phone",
        "regular_schedules": "schedule",
    }.items():
        assert report.loaded[table] + held[table] == len(raw_rows(name)), table
    addresses = len(raw_rows("addresses")) + len(raw_rows("mail_addresses"))
    assert report.loaded["address"] + held["address"] == addresses
    assert held["holiday_schedule"] == len(raw_rows("holiday_schedules"))
    assert report.loaded["service_at_location"] == len(raw_rows("services"))
    assert report.loaded["language"] == sum(
        len([item for item in row["languages"].split(",") if item.strip()])
        for row in raw_rows("locations") + raw_rows("services")
    )
    own_terms = [row for row in stored(directory_engine, "taxonomy_term") if row["code"]]
    assert len(own_terms) == len(raw_rows("taxonomy"))
    # The six phones of contacts, whose file the sample lacks, are all that is held back beside the closures.
    assert {row.id for row in report.held_back if row.table == "phone"} == {
        row["id"] for row in raw_rows("phones") if row["contact_id"]
    }
    assert set(held) == {"phone", "holiday_schedule"}
    assert report.exit_code == 1


@needs_san_mateo
def test_san_mateo_loads_once(directory_engine: Engine) -> None:
    first = import_directory(directory_engine, SAN_MATEO)
    before = snapshot(directory_engine)
    second = import_directory(directory_engine, SAN_MATEO)
    assert second.unchanged == first.loaded
    assert not second.loaded
    assert not second.changed
    assert snapshot(directory_engine) == before


@needs_san_mateo
def test_services_of_san_mateo_are_found_by_need_though_only_keywords_say_so(directory_engine: Engine) -> None:
    import_directory(directory_engine, SAN_MATEO)
    by_id = {row["id"]: row["name"] for row in stored(directory_engine, "service")}
    found: dict[str, set[object]] = {}
    for row in stored(directory_engine, "service_need"):
        found.setdefault(str(row["code"]), set()).add(by_id[row["service_id"]])
    assert "Family Visitation Center" in found["visitation"]
    assert "Redwood City Corps" in found["food"] & found["shelter"] & found["financial"]
    assert "Adult Rehabilitation Center" in found["treatment"]
    assert "Second Career Employment Program" in found["jobs"]
