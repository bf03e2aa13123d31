from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from resources_db.exchange import import_directory
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import cells_of, drafts_of, snapshot, stored

SCHEMAS = Path(__file__).parents[5] / "shared" / "data" / "hsds-schema"
needs_examples = pytest.mark.skipif(not SCHEMAS.is_dir(), reason=f"{SCHEMAS} is not on this machine")

ORGANIZATION: dict[str, Any] = {"id": "o1", "name": "Open Hands", "description": "Neighbors."}
SERVICE: dict[str, Any] = {
    "id": "s1",
    "name": "Pantry",
    "status": "active",
    "minimum_age": 0.5,
    "alert": None,
    "organization": ORGANIZATION,
    "program": {"id": "p1", "name": "Food", "description": ""},
    "additional_urls": [{"id": "u1", "label": "Menu", "url": "https://example.org/menu"}],
    "phones": [{"id": "ph1", "number": "916 555 0100", "extension": 100, "languages": [{"id": "l1", "name": "Spanish"}]}],
    "service_at_locations": [
        {
            "id": "sl1",
            "location": {
                "id": "lo1",
                "location_type": "physical",
                "name": "Hall",
                "latitude": 38.5,
                "longitude": -121.4,
                "addresses": [{"id": "a1", "address_1": "1 Elm St", "city": "Sacramento", "country": "US"}],
            },
            "schedules": [{"id": "sc1", "freq": "WEEKLY", "byday": ["MO", "TU"], "opens_at": "09:00", "closes_at": "12:00"}],
        }
    ],
    "capacities": [{"id": "c1", "available": 3, "updated": "2026-11-01T08:00:00Z", "unit": {"id": "un1", "name": "Bed"}}],
    "attributes": [
        {
            "id": "at1",
            "link_entity": "whatever",
            "taxonomy_term": {"id": "t1", "name": "Food", "taxonomy_detail": {"id": "x1", "name": "Words"}},
        }
    ],
    "metadata": [{"id": "m1", "last_action_date": "2026-01-01", "last_action_type": "update", "field_name": "name"}],
}


def written(tmp_path: Path, value: Any, name: str = "services.json") -> Path:
    path = tmp_path / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_rows_in_rows_know_what_they_belong_to(tmp_path: Path) -> None:
    found, notes = drafts_of(written(tmp_path, SERVICE))
    rows = {draft.table: draft.cells for draft in found}
    assert (rows["service"]["organization_id"], rows["service"]["program_id"]) == ("o1", "p1")
    assert rows["program"]["organization_id"] == "o1"
    assert (rows["service_at_location"]["service_id"], rows["service_at_location"]["location_id"]) == ("s1", "lo1")
    assert rows["url"]["service_id"] == "s1"
    assert (rows["phone"]["service_id"], rows["language"]["phone_id"]) == ("s1", "ph1")
    assert (rows["address"]["location_id"], rows["schedule"]["service_at_location_id"]) == ("lo1", "sl1")
    assert (rows["service_capacity"]["service_id"], rows["service_capacity"]["unit_id"]) == ("s1", "un1")
    assert (rows["attribute"]["link_entity"], rows["attribute"]["link_id"]) == ("service", "s1")
    assert (rows["attribute"]["taxonomy_term_id"], rows["taxonomy_term"]["taxonomy_id"]) == ("t1", "x1")
    assert (rows["metadata"]["resource_type"], rows["metadata"]["resource_id"]) == ("service", "s1")
    assert list(notes.problems) == []


def test_values_are_text_as_a_cell_would_have_it(tmp_path: Path) -> None:
    rows = {draft.table: draft.cells for draft in drafts_of(written(tmp_path, SERVICE))[0]}
    assert (rows["service"]["minimum_age"], rows["service"]["alert"]) == ("0.5", "")
    assert (rows["phone"]["extension"], rows["schedule"]["byday"], rows["location"]["latitude"]) == ("100", "MO,TU", "38.5")


def test_a_row_is_found_again_by_its_file_line_and_place_in_the_record(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({**SERVICE, "id": "s0"}) + "\n" + json.dumps(SERVICE), "dump.ndjson")
    found, _ = drafts_of(path)
    address = [draft for draft in found if draft.table == "address"][-1]
    assert (address.file, address.line, address.where) == ("dump.ndjson", 2, "/service_at_locations/0/location/addresses/0")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("services.json", SERVICE),
        ("services.json", [SERVICE]),
        ("anything.json", [SERVICE]),
        ("page1.json", {"total_items": 1, "page_number": 1, "contents": [SERVICE]}),
        ("dump.ndjson", json.dumps(SERVICE) + "\n"),
        ("dump.json", {"organizations": [ORGANIZATION], "services": [SERVICE]}),
        ("dump.json", {"services": [SERVICE]}),
        ("service_full.json", SERVICE),
        ("dump.json", [{**ORGANIZATION, "website": "", "services": [{**SERVICE, "organization": None}]}]),
        ("dump.json", [{**SERVICE["service_at_locations"][0], "service": {**SERVICE, "service_at_locations": []}}]),
    ],
)
def test_every_shape_of_hsds_json_loads_the_same_directory(
    sqlite_databases: SqliteDatabases, tmp_path: Path, name: str, value: Any
) -> None:
    with sqlite_databases.new() as engine:
        report = import_directory(engine, written(tmp_path, value, name), "test")
        assert list(report.held_back) == []
        (service,), (location,), (phone,) = (stored(engine, table) for table in ("service", "location", "phone"))
        (place,), (organization,) = stored(engine, "service_at_location"), stored(engine, "organization")
        (program,), (_,), (_,) = (stored(engine, table) for table in ("program", "address", "attribute"))
    assert (service["organization_id"], program["organization_id"]) == (organization["id"], organization["id"])
    assert (place["service_id"], place["location_id"], phone["service_id"]) == (service["id"], location["id"], service["id"])


def test_a_row_that_many_objects_have_in_them_is_one_row_and_nothing_to_tell(directory_engine: Engine, tmp_path: Path) -> None:
    services = [{**SERVICE, "id": f"s{number}", "name": f"Service {number}"} for number in range(3)]
    for service in services:
        for part in ("phones", "service_at_locations", "capacities", "attributes", "metadata", "additional_urls"):
            service.pop(part)
    path = written(tmp_path, services)
    first = import_directory(directory_engine, path)
    assert (first.loaded["organization"], first.loaded["program"], first.loaded["service"]) == (1, 1, 3)
    assert list(first.errors) == []
    before = snapshot(directory_engine)
    assert not import_directory(directory_engine, path).changed
    assert snapshot(directory_engine) == before


def test_a_field_that_the_source_drops_is_empty_at_the_next_import(directory_engine: Engine, tmp_path: Path) -> None:
    import_directory(directory_engine, written(tmp_path, {**SERVICE, "wait_time": "2 weeks"}))
    import_directory(directory_engine, written(tmp_path, SERVICE))
    (service,) = stored(directory_engine, "service")
    assert service["wait_time"] is None


def test_what_a_summary_in_another_object_lacks_is_not_emptied(directory_engine: Engine, tmp_path: Path) -> None:
    whole = {**ORGANIZATION, "website": "https://example.org"}
    import_directory(directory_engine, written(tmp_path, {"organizations": [whole], "services": [SERVICE]}))
    import_directory(directory_engine, written(tmp_path, [SERVICE]))
    (organization,) = stored(directory_engine, "organization")
    assert organization["website"] == "https://example.org"


def test_rows_without_an_id_have_the_same_one_at_every_import(tmp_path: Path) -> None:
    service = {**SERVICE, "phones": [{"number": "916 555 0100"}, {"number": "916 555 0101"}]}
    ids = [[cells["id"] for cells in cells_of(drafts_of(written(tmp_path, service))[0], "phone")] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_unknown_fields_are_told_once(tmp_path: Path) -> None:
    services = [{**SERVICE, "id": f"s{number}", "favorite_color": "red"} for number in range(3)]
    _, notes = drafts_of(written(tmp_path, services))
    assert [(problem.line, problem.field) for problem in notes.problems] == [(1, "favorite_color")]


@pytest.mark.parametrize("phones", ["916 555 0100", [5, None], [["x"]]])
def test_what_is_no_object_is_lost_and_told_and_the_rest_is_read(tmp_path: Path, phones: Any) -> None:
    found, notes = drafts_of(written(tmp_path, {**SERVICE, "phones": phones}))
    assert cells_of(found, "phone") == []
    assert len(cells_of(found, "address")) == 1
    assert {row.table for row in notes.held_back} == {"phone"}


def test_half_a_character_breaks_nothing(directory_engine: Engine, tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({**SERVICE, "name": "Pan\ud800try"}))
    import_directory(directory_engine, path)
    assert [row["name"] for row in stored(directory_engine, "service")] == ["Pan?try"]


def test_rows_in_rows_without_end_are_not_followed(tmp_path: Path) -> None:
    service: dict[str, Any] = {"id": "s0", "name": "Inner", "status": "active"}
    for number in range(1, 60):
        service = {"id": f"s{number}", "name": "Outer", "status": "active", "organization": {"id": "o", "services": [service]}}
    found, notes = drafts_of(written(tmp_path, service))
    assert 10 < len(found) < 60
    assert "too deeply" in notes.held_back[0].reason


@needs_examples
@pytest.mark.parametrize(
    "example",
    [
        *(
            f"{version}/examples/{name}_{form}.json"
            for version in ("3.0", "3.1-dev")
            for name in ("service", "organization")
            for form in ("full", "list")
        ),
        "3.1-dev/examples/service_at_location_full.json",
        "3.1-dev/examples/taxonomy_term_list.json",
        "3.1-dev/examples/tabular.json",
        "3.1-dev/examples/csv",
        "mock-api-examples/data",
    ],
)
def test_the_examples_of_hsds_itself_are_read_without_a_word(example: str) -> None:
    found, notes = drafts_of(SCHEMAS / example)
    assert found
    assert [(problem.field, problem.problem) for problem in notes.problems] == []
