from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from resources_db.exchange import import_directory
from tests.unit.resources_db.exchange.packages import PANTRY, Rows, cells_of, drafts_of, stored, write_package

OLDER: Mapping[str, Rows] = {
    "organizations": [{"id": "1", "name": "Open Hands", "url": "https://example.org"}],
    "services": [
        {
            "id": "10",
            "organization_id": "1",
            "name": "Pantry",
            "status": "active",
            "fees": "Free",
            "taxonomy_ids": "t1, t2",
        }
    ],
    "locations": [{"id": "20", "organization_id": "1", "name": "Hall"}],
    "services_at_location": [{"id": "30", "service_id": "10", "location_id": "20"}],
    "physical_addresses": [{"id": "1", "location_id": "20", "address_1": "1 Elm St", "address_2": "Room 2", "address_3": "Rear"}],
    "postal_addresses": [{"id": "1", "location_id": "20", "address_1": "PO Box 1"}],
    "phones": [{"id": "50", "service_id": "10", "number": "916 555 0100", "language": "en, es", "department": "Desk"}],
    "regular_schedules": [
        {"id": "60", "service_id": "10", "weekday": "1", "opens_at": "09:00", "closes_at": "12:00"},
        {"id": "61", "service_id": "10", "weekday": "Sunday", "opens_at": "10:00", "closes_at": "11:00"},
    ],
    "holiday_schedules": [
        {"id": "70", "service_id": "10", "closed": "true", "start_date": "2026-12-24", "end_date": "2026-12-26"}
    ],
    "eligibility": [
        {"id": "80", "service_id": "10", "eligibility": "Residents"},
        {"id": "81", "service_id": "10", "eligibility": "Seniors"},
    ],
    "payments_accepted": [{"id": "90", "service_id": "10", "payment": "Cash"}],
    "accessibility_for_disabilities": [{"id": "91", "location_id": "20", "accessibility": "ramp", "details": "At the side"}],
    "service_areas": [{"id": "92", "service_id": "10", "service_area": "Colma", "description": "The town"}],
    "languages": [{"id": "93", "service_id": "10", "language": "Spanish"}],
    "taxonomy": [
        {"id": "t1", "name": "Food", "parent_id": "t0", "parent_name": "Basics", "vocabulary": "AIRS"},
        {"id": "t2", "name": "Produce", "parent_id": "t1", "parent_name": "Food", "vocabulary": "AIRS"},
    ],
    "services_taxonomy": [{"id": "94", "service_id": "10", "taxonomy_id": "t1", "taxonomy_detail": "t1*Homeless"}],
    "metadata": [
        {
            "id": "95",
            "resource_id": "20",
            "last_action_date": "2020-01-01T10:00:00Z",
            "last_action_type": "update",
            "field_name": "name",
        }
    ],
    "funding": [{"id": "96", "organization_id": "1", "source": "The county"}],
}


def test_an_older_directory_loads_whole(directory_engine: Engine, tmp_path: Path) -> None:
    report = import_directory(directory_engine, write_package(tmp_path, OLDER))
    assert list(report.held_back) == []
    (organization,), (service,) = stored(directory_engine, "organization"), stored(directory_engine, "service")
    assert organization["website"] == "https://example.org"
    assert (service["fees_description"], service["eligibility_description"]) == ("Free", "Residents. Seniors")
    addresses = {(row["address_type"], row["address_1"], row["address_2"]) for row in stored(directory_engine, "address")}
    assert addresses == {("physical", "1 Elm St", "Room 2, Rear"), ("postal", "PO Box 1", None)}
    assert {(row["byday"], row["opens_at"]) for row in stored(directory_engine, "schedule")} == {("MO", "09:00"), ("SU", "10:00")}
    assert {row["code"] for row in stored(directory_engine, "language")} == {"en", "es"}
    (history,), (location,) = stored(directory_engine, "metadata"), stored(directory_engine, "location")
    assert (history["resource_type"], history["resource_id"]) == ("location", location["id"])


def test_older_names_become_those_of_version_3(tmp_path: Path) -> None:
    found, _ = drafts_of(write_package(tmp_path, OLDER))
    (phone,) = cells_of(found, "phone")
    assert phone["description"] == "Desk"
    (accessible,) = cells_of(found, "accessibility")
    assert (accessible["description"], accessible["details"]) == ("ramp", "At the side")
    (area,) = cells_of(found, "service_area")
    assert (area["name"], area["description"]) == ("Colma", "The town")
    assert [cells["name"] for cells in cells_of(found, "language")] == ["en", "es", "Spanish"]
    (closure,) = cells_of(found, "holiday_schedule")
    assert closure["start_date"] == "2026-12-24"


def test_metadata_that_could_be_of_two_rows_is_held_back(directory_engine: Engine, tmp_path: Path) -> None:
    rows = [{**OLDER["metadata"][0], "resource_id": "1"}]  # an organization and an address
    report = import_directory(directory_engine, write_package(tmp_path, {**OLDER, "metadata": rows}))
    assert [(row.table, row.id) for row in report.held_back] == [("metadata", "95")]


def test_how_numbered_weekdays_were_read_is_told_once(tmp_path: Path) -> None:
    _, notes = drafts_of(write_package(tmp_path, OLDER))
    assert [(row.file, row.line, row.field) for row in notes.problems] == [("regular_schedules.csv", 2, "weekday")]
    named = [{**row, "weekday": "Monday"} for row in OLDER["regular_schedules"]]
    _, notes = drafts_of(write_package(tmp_path, {**OLDER, "regular_schedules": named}))
    assert list(notes.problems) == []


def test_terms_keep_their_parents_also_the_one_that_is_only_named(tmp_path: Path) -> None:
    found, _ = drafts_of(write_package(tmp_path, OLDER))
    names = {cells["id"]: (cells["name"], cells.get("parent_id")) for cells in cells_of(found, "taxonomy_term")}
    assert {term: names[term] for term in ("t0", "t1", "t2")} == {
        "t0": ("Basics", None),
        "t1": ("Food", "t0"),
        "t2": ("Produce", "t1"),
    }
    put = {(cells["link_type"], cells["taxonomy_term_id"]) for cells in cells_of(found, "attribute")}
    assert put == {("category", "t1"), ("category", "t2"), ("payment", "Accepted payments/cash")}


def test_eligibility_of_a_service_that_never_comes_is_held_back_with_its_line(directory_engine: Engine, tmp_path: Path) -> None:
    rows = [{"id": "80", "service_id": "99", "eligibility": "Residents"}]
    report = import_directory(directory_engine, write_package(tmp_path, {**OLDER, "eligibility": rows}))
    assert ("eligibility.csv", 2) in {(problem.file, problem.line) for problem in report.errors}
    assert report.held_back


def test_a_uuid_of_an_address_stays_its_id(tmp_path: Path) -> None:
    own = "da556310-1b0b-11e9-b56e-0800200c9a66"
    found, _ = drafts_of(write_package(tmp_path, {**OLDER, "postal_addresses": [{"id": own, "location_id": "20"}]}))
    assert [cells["id"] for cells in cells_of(found, "address")] == ["physical/1", own]


def test_the_terms_and_their_use_of_version_2_are_read(tmp_path: Path) -> None:
    second: dict[str, Rows] = {
        **PANTRY,
        "taxonomy_terms": [{"id": "t1", "term": "Food", "taxonomy": "AIRS"}],
        "service_attributes": [{"id": "1", "service_id": "10", "taxonomy_term_id": "t1"}],
        "other_attributes": [{"id": "2", "link_id": "1", "link_type": "organization", "taxonomy_term_id": "t1"}],
    }
    found, notes = drafts_of(write_package(tmp_path, second))
    assert cells_of(found, "taxonomy_term")[0]["name"] == "Food"
    links = {(cells["link_entity"], cells["link_id"]) for cells in cells_of(found, "attribute")}
    assert links == {("service", "10"), ("organization", "1")}
    assert list(notes.problems) == []


def test_a_package_in_a_folder_of_the_folder_may_name_its_files(tmp_path: Path) -> None:
    write_package(tmp_path / "inside", {"orgs": OLDER["organizations"], "services": OLDER["services"]})
    resources = '{"resources": [{"name": "organization", "path": "orgs.csv"}, {"name": "phone", "path": "../../etc.csv"}]}'
    (tmp_path / "inside" / "datapackage.json").write_text(resources)
    found, _ = drafts_of(tmp_path)
    assert {draft.table for draft in found} >= {"organization", "service"}
