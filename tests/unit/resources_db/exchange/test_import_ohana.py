from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from resources_db.exchange import import_directory
from tests.unit.resources_db.exchange.packages import drafts_of, snapshot, stored, write_package

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
        {"id": "3", "location_id": "", "service_id": "7", "weekday": "some days", "opens_at": "9am", "closes_at": "5pm"},
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


def test_hours_by_weekday_are_read_and_what_names_no_day_is_held_back(directory_engine: Engine, tmp_path: Path) -> None:
    report = import_directory(directory_engine, write_package(tmp_path, CENTER))
    hours = {(row["freq"], row["byday"], row["opens_at"], row["closes_at"]) for row in stored(directory_engine, "schedule")}
    assert hours == {("WEEKLY", "MO", "09:00", "16:00"), ("WEEKLY", "MO,TU,WE,TH,FR", "09:00", "17:00")}
    assert ("regular_schedules.csv", 4, "weekday") in {(row.file, row.line, row.field) for row in report.errors}


def test_closures_come_too(directory_engine: Engine, tmp_path: Path) -> None:
    holidays = [
        {"id": "1", "location_id": "5", "start_date": "December 24, 2026", "end_date": "December 26, 2026", "closed": "true"}
    ]
    import_directory(directory_engine, write_package(tmp_path, {**CENTER, "holiday_schedules": holidays}))
    (closure,) = stored(directory_engine, "holiday_schedule")
    assert (closure["start_date"], closure["end_date"], closure["closed"]) == (date(2026, 12, 24), date(2026, 12, 26), True)


def test_free_text_hours_are_read_where_they_are_plain_and_kept_as_words_where_not(tmp_path: Path) -> None:
    locations = [
        {**CENTER["locations"][0], "hours": "Monday-Friday 9am-5pm"},
        {**CENTER["locations"][0], "id": "6", "hours": "whenever the lights are on"},
    ]
    found, _ = drafts_of(write_package(tmp_path, {**CENTER, "locations": locations, "regular_schedules": []}))
    plain, words = [draft.cells for draft in found if draft.table == "schedule"]
    assert (plain["byday"], plain["opens_at"], plain["closes_at"]) == ("MO,TU,WE,TH,FR", "09:00", "17:00")
    assert (words["location_id"], words["description"]) == ("6", "whenever the lights are on")
    assert "opens_at" not in words


def test_files_and_columns_without_a_place_are_told(tmp_path: Path) -> None:
    (tmp_path / "services_backup.csv").write_text("id\n1\n")
    locations = [{**CENTER["locations"][0], "admin_emails": "boss@example.org"}]
    _, notes = drafts_of(write_package(tmp_path, {**CENTER, "locations": locations}))
    told = {(row.file, row.field) for row in notes.problems}
    assert {("services_backup.csv", None), ("locations.csv", "admin_emails")} <= told


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
