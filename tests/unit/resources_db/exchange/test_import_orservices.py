from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from resources_db.exchange import import_directory
from tests.unit.resources_db.exchange.packages import Rows, cells_of, drafts_of, snapshot, stored, with_rows, write_package

EXPORT: Mapping[str, Rows] = {
    "organizations": [
        {
            "id": "1",
            "name": "Open Hands",
            "url": "https://example.org",
            "organization_phones": "50",
            "twitter_url": "@openhands",
            "facebook_url": "www.facebook.com/openhands",
            "organization_tag": "4,6",
        }
    ],
    "services": [
        {
            "service_recordid": "10",
            "service_name": "Pantry",
            "service_organization": "1",
            "service_status": "2",
            "service_locations": "20,21",
            "service_taxonomy": "70,71",
            "service_fees": "Free",
            "service_language": "900",
            "service_program": "80",
            "service_schedule": "60,999",
        },
        {
            "service_recordid": "11",
            "service_name": "Closet",
            "service_organization": "1",
            "service_status": '"><script>',
        },
    ],
    "locations": [
        {"id": "20", "organization_id": "1", "name": "Hall", "location_details": "Suite 2", "location_phones": "51"},
        {"id": "21", "organization_id": "0", "name": "Annex", "location_details": "12345"},
    ],
    "services_at_location": [{"id": "1", "service_id": "10", "location_id": "20"}],
    "physical_addresses": [{"id": "40", "location_id": "20", "address_1": "1 Elm St", "city": "Washington"}],
    "location_addresses": [
        {"id": "1", "location_recordid": "20", "address_recordid": "40"},
        {"id": "2", "location_recordid": "21", "address_recordid": "40"},
        {"id": "3", "location_recordid": "404", "address_recordid": "40"},
    ],
    "phones": [
        {"id": "50", "service_id": "10,11", "number": "202 555 0100", "type": "10", "language": "136", "extension": "x22"},
        {"id": "51", "location_id": "20", "number": "202 555 0101", "type": "fax", "contact_id": "7"},
        {"id": "52", "number": "202 555 0102"},
    ],
    "schedules": [
        {"id": "60", "weekday": "monday,wednesday", "opens": "9:00am", "closes": "5:00pm", "location_id": "20"},
        {"id": "61", "service_id": "10", "weekday": "Varies", "opens": "Nights"},
        {"id": "62", "service_id": "10", "weekday": "saturday,sunday", "opens": "Closed", "schedule_closed": "6,7"},
        {
            "id": "63",
            "service_id": "10",
            "opens": "Closed",
            "schedule_holiday": "1",
            "dtstart": "2026-12-24",
            "until": "2026-12-26",
        },
    ],
    "languages": [
        {"id": "900", "service_id": "", "location_id": "", "language": "Spanish", "language_recordid": "136"},
    ],
    "programs": [{"id": "80", "organization_id": "", "name": "Food", "services": "10"}],
    "taxonomy_terms": [
        {"taxonomy_recordid": "70", "taxonomy_name": "Food", "taxonomy_vocabulary": "Service Category", "taxonomy_id": "rec1"},
        {"taxonomy_recordid": "71", "taxonomy_name": "Produce", "taxonomy_parent_name": "70,72"},
    ],
    "service_attributes": [{"id": "1", "service_id": "10", "taxonomy_term_id": "70"}],
    "flat": [{"service_id": "10", "service_name": "Pantry"}],
}


def test_an_export_loads(directory_engine: Engine, tmp_path: Path) -> None:
    report = import_directory(directory_engine, write_package(tmp_path, EXPORT))
    (organization,), (service,) = stored(directory_engine, "organization"), stored(directory_engine, "service")
    (program,) = stored(directory_engine, "program")
    assert (service["status"], service["fees_description"]) == ("active", "Free")
    assert (service["program_id"], program["organization_id"]) == (program["id"], organization["id"])
    assert {row["url"] for row in stored(directory_engine, "url")} == {
        "https://twitter.com/openhands",
        "https://www.facebook.com/openhands",
    }
    assert {row["code"] for row in stored(directory_engine, "service_need")} == {"food"}
    held = {(row.table, row.id) for row in report.held_back}
    assert {("service", "11"), ("phone", "52"), ("language", "900")} <= held
    before = snapshot(directory_engine)
    assert not import_directory(directory_engine, tmp_path).changed
    assert snapshot(directory_engine) == before


def test_what_several_own_is_a_row_for_each(tmp_path: Path) -> None:
    found, _ = drafts_of(write_package(tmp_path, EXPORT))
    addresses = {(cells["id"], cells["location_id"]) for cells in cells_of(found, "address")}
    assert addresses == {("40", "20"), ("40/location/21", "21")}
    phones = {cells["id"]: cells for cells in cells_of(found, "phone")}
    assert set(phones) == {"50/service/10", "50/service/11", "50/organization/1", "51", "52"}
    assert (phones["51"]["location_id"], phones["51"]["type"]) == ("20", "fax")
    assert (phones["50/service/10"]["extension"], "type" in phones["50/service/10"]) == ("22", False)
    assert {cells["phone_id"] for cells in cells_of(found, "language") if "phone_id" in cells} == set(phones) - {"51", "52"}


def test_places_and_terms_are_taken_from_tables_and_lists_once(tmp_path: Path) -> None:
    found, _ = drafts_of(write_package(tmp_path, EXPORT))
    places = {(cells["id"], cells["location_id"]) for cells in cells_of(found, "service_at_location")}
    assert places == {("1", "20"), ("10/21", "21")}
    assert [cells["taxonomy_term_id"] for cells in cells_of(found, "attribute")] == ["71", "70"]


def test_hours_are_read_where_they_are_plain_and_kept_as_words_where_not(tmp_path: Path) -> None:
    found, notes = drafts_of(write_package(tmp_path, EXPORT))
    hours = {cells["id"]: cells for cells in cells_of(found, "schedule")}
    assert (hours["60"]["byday"], hours["60"]["opens_at"], hours["60"]["location_id"]) == ("MO,WE", "09:00", "20")
    assert hours["60/service/10"]["byday"] == "MO,WE"
    assert (hours["61"]["description"], "opens_at" in hours["61"]) == ("Varies Nights", False)
    (closure,) = cells_of(found, "holiday_schedule")
    assert (closure["id"], closure["start_date"], closure["end_date"]) == ("63", "2026-12-24", "2026-12-26")
    # That it is closed on the days without hours makes no row, and is told.
    assert "62" not in hours
    assert ("schedules.csv", "opens") in {(problem.file, problem.field) for problem in notes.problems}


def test_terms_keep_one_parent_and_say_that_there_were_more(tmp_path: Path) -> None:
    found, notes = drafts_of(write_package(tmp_path, EXPORT))
    assert [cells.get("parent_id") for cells in cells_of(found, "taxonomy_term")] == [None, "70"]
    assert ("taxonomy_terms.csv", 3, "taxonomy_parent_name") in {(row.file, row.line, row.field) for row in notes.problems}


def test_details_that_are_words_are_kept_and_ids_of_nothing_are_told(tmp_path: Path) -> None:
    found, notes = drafts_of(write_package(tmp_path, EXPORT))
    assert [cells.get("description") for cells in cells_of(found, "location")] == ["Suite 2", None]
    assert [cells.get("organization_id") for cells in cells_of(found, "location")] == ["1", None]
    told = {(problem.file, problem.field) for problem in notes.problems}
    assert {("locations.csv", "location_details"), ("organizations.csv", "organization_tag"), ("flat.csv", None)} <= told


def test_an_owner_that_is_not_there_takes_no_one_elses_phone_along(tmp_path: Path) -> None:
    more = with_rows(EXPORT, phones=[{"id": "53", "service_id": "10,404", "number": "202 555 0103"}])
    found, notes = drafts_of(write_package(tmp_path, more))
    assert [cells["id"] for cells in cells_of(found, "phone") if cells["id"].startswith("53")] == ["53/service/10"]
    assert ("phones.csv", "service_id") in {(problem.file, problem.field) for problem in notes.problems}
