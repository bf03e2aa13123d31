"""What only the rows around a row can tell: points that cannot be right, and hidden places that are not marked so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from resources_db.exchange import import_directory
from resources_db.models import ChangeRequest
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import PANTRY, Rows, changed, stored, with_rows, write_package
from tests.unit.resources_db.exchange.test_staff_edits import requests

SAYS_SO = "A confidential shelter for parents and children."


@pytest.fixture
def engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    with sqlite_databases.new() as new:
        yield new


def point(latitude: str, longitude: str, state: str = "CA") -> dict[str, Rows]:
    return changed(changed(PANTRY, "locations", latitude=latitude, longitude=longitude), "addresses", state_province=state)


@pytest.mark.parametrize(
    ("latitude", "longitude", "state"),
    [
        ("-121.4", "38.5", "CA"),
        ("-80.2", "25.8", "FL"),  # on the globe as it stands, in Antarctica
        ("144.8", "13.5", "GU"),
        ("4650301.8", "-13514187.0", "CA"),
        ("-13514187.0", "4650301.8", "ca"),
    ],
)
def test_a_point_that_can_only_have_been_meant_otherwise_is_read_so_and_told(
    engine: Engine, tmp_path: Path, latitude: str, longitude: str, state: str
) -> None:
    report = import_directory(engine, write_package(tmp_path, point(latitude, longitude, state)))
    (location,) = stored(engine, "location")
    expected = {"FL": (25.8, -80.2), "GU": (13.5, 144.8)}.get(state, (38.5, -121.4))
    assert (location["latitude"], location["longitude"]) == pytest.approx(expected, abs=0.01)
    (problem,) = report.errors
    assert (problem.file, problem.line) == ("locations.csv", 2)
    assert problem.field in ("latitude", "longitude")
    assert "it was read as" in problem.problem
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("latitude", "longitude", "state", "told"),
    [
        ("-121.4", "38.5", "NY", "not on the globe"),
        ("-121.4", "38.5", "", "not on the globe"),
        ("0", "0", "CA", "in the sea"),
        ("38.5", "-1214", "CA", "not on the globe"),
        ("-80.2", "25.8", "CA", "in Antarctica"),
        ("2000000", "6500000", "CA", "not on the globe"),  # feet of a state's own grid
    ],
)
def test_a_point_that_may_be_anything_is_left_out_and_the_place_loads(
    engine: Engine, tmp_path: Path, latitude: str, longitude: str, state: str, told: str
) -> None:
    report = import_directory(engine, write_package(tmp_path, point(latitude, longitude, state)))
    (location,) = stored(engine, "location")
    assert (location["latitude"], location["longitude"]) == (None, None)
    (problem,) = report.errors
    assert told in problem.problem
    assert problem.fix
    assert report.exit_code == 0


def test_a_good_point_outside_the_state_of_its_address_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    report = import_directory(engine, write_package(tmp_path, point("40.7", "-74.0", "CA")))
    (location,) = stored(engine, "location")
    assert (location["latitude"], location["longitude"]) == (40.7, -74.0)
    assert not report.errors


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [
        ("locations", "description", SAYS_SO),
        ("locations", "name", "Undisclosed location"),
        ("services", "description", "Refugio para familias, en una dirección confidencial."),
        ("services", "application_process", "Call for the address. Our location is kept confidential."),
        ("addresses", "address_2", "(location not disclosed)"),
    ],
)
def test_a_public_place_that_its_listing_calls_hidden_waits_for_a_person(
    engine: Engine, tmp_path: Path, table: str, column: str, text: str
) -> None:
    report = import_directory(engine, write_package(tmp_path, changed(PANTRY, table, **{column: text})), source="county")
    assert {row.table for row in report.held_back} == {"location", "address", "service_at_location"}
    assert stored(engine, "location") == stored(engine, "address") == []
    assert requests(engine) == [("location", "confidential", "false", "true", "confidential_words", "open")]
    assert [(problem.file, problem.field) for problem in report.errors] == [("locations.csv", "confidential")]
    assert report.exit_code == 1
    # The service itself is there, to be called.
    assert report.loaded["service"] == report.loaded["phone"] == 1


def test_a_place_that_is_marked_needs_no_person(engine: Engine, tmp_path: Path) -> None:
    tables = changed(PANTRY, "locations", description=SAYS_SO, confidential="true")
    report = import_directory(engine, write_package(tmp_path, tables))
    assert report.loaded["location"] == 1
    assert [row.reason for row in report.held_back] == ["its location is confidential"]
    assert requests(engine) == []


@pytest.mark.parametrize("text", ["Free and confidential HIV testing.", "All visits are confidential.", "Public housing office."])
def test_confidential_talk_is_no_hidden_place(engine: Engine, tmp_path: Path, text: str) -> None:
    assert import_directory(engine, write_package(tmp_path, changed(PANTRY, "services", description=text))).exit_code == 0


def test_a_hidden_place_of_which_only_the_town_is_told_loads(engine: Engine, tmp_path: Path) -> None:
    tables = changed(PANTRY, "locations", description=SAYS_SO, latitude="", longitude="")
    tables = changed(tables, "addresses", address_1="Confidential")
    assert import_directory(engine, write_package(tmp_path, tables)).exit_code == 0


@pytest.mark.parametrize(("decision", "confidential", "addresses"), [("accepted", True, 0), ("rejected", False, 1)])
def test_the_next_import_does_what_the_person_decided(
    directory_engine: Engine, tmp_path: Path, decision: str, confidential: bool, addresses: int
) -> None:
    write_package(tmp_path, changed(PANTRY, "locations", description=SAYS_SO))
    import_directory(directory_engine, tmp_path)
    decided = {"status": decision, "decided_by": "staff:maria", "decided_at": datetime.now(timezone.utc)}
    with directory_engine.begin() as connection:
        connection.execute(update(ChangeRequest).values(decided))
    for _ in range(2):
        import_directory(directory_engine, tmp_path)
        (location,) = stored(directory_engine, "location")
        assert location["confidential"] is confidential
        assert (location["latitude"] is None) is confidential
        assert len(stored(directory_engine, "address")) == addresses
    assert [row[-1] for row in requests(directory_engine)] == [decision]


def test_a_dry_run_asks_nobody(engine: Engine, tmp_path: Path) -> None:
    write_package(tmp_path, changed(PANTRY, "locations", description=SAYS_SO))
    report = import_directory(engine, tmp_path, dry_run=True)
    assert report.exit_code == 1
    assert requests(engine) == []


def test_a_service_at_several_places_holds_back_the_public_ones_only(engine: Engine, tmp_path: Path) -> None:
    tables = with_rows(
        changed(PANTRY, "services", description=SAYS_SO),
        locations=[{"id": "21", "organization_id": "1", "location_type": "virtual", "name": "Hotline"}],
        service_at_location=[{"id": "31", "service_id": "10", "location_id": "21"}],
    )
    report = import_directory(engine, write_package(tmp_path, tables))
    assert [row["name"] for row in stored(engine, "location")] == ["Hotline"]
    assert report.loaded["service_at_location"] == 1


def test_words_of_secrecy_that_only_the_second_mention_of_a_place_has_hold_it_back_too(engine: Engine, tmp_path: Path) -> None:
    (place,) = PANTRY["locations"]
    twice = [{**place, "description": ""}, {**place, "description": SAYS_SO}]
    report = import_directory(engine, write_package(tmp_path, {**PANTRY, "locations": twice}))
    assert report.loaded["location"] == 0
    assert "location" in {row.table for row in report.held_back}


def test_the_street_of_a_marked_place_is_taken_out_of_the_words_around_it(engine: Engine, tmp_path: Path) -> None:
    street = PANTRY["addresses"][0]["address_1"]
    number, name = street.split()[0], street.split()[1]
    tables = changed(changed(PANTRY, "locations", confidential="true"), "organizations", description=f"We are at {street}.")
    tables = changed(
        tables, "services", description=f"Come to {number} N. {name}.", url=f"https://x.example/{number}-{name}".lower()
    )
    report = import_directory(engine, write_package(tmp_path, tables))
    assert stored(engine, "address") == []
    (service,) = stored(engine, "service")
    (organization,) = stored(engine, "organization")
    assert (service["description"], service["url"], organization["description"]) == (None, None, None)
    told = {(problem.file, problem.field) for problem in report.errors if "tells the street" in problem.problem}
    assert told == {("services.csv", "description"), ("services.csv", "url"), ("organizations.csv", "description")}


def test_a_name_that_tells_the_street_of_a_marked_place_holds_the_row_back(engine: Engine, tmp_path: Path) -> None:
    street = PANTRY["addresses"][0]["address_1"]
    tables = changed(changed(PANTRY, "locations", confidential="true"), "services", name=f"House at {street}")
    import_directory(engine, write_package(tmp_path, tables))
    assert stored(engine, "service") == []
    assert len(stored(engine, "organization")) == 1


def test_a_place_that_is_marked_later_takes_its_street_out_of_what_was_stored(directory_engine: Engine, tmp_path: Path) -> None:
    street = PANTRY["addresses"][0]["address_1"]
    told = changed(changed(PANTRY, "services", description=f"Come to {street}."), "organizations", description=f"At {street}.")
    import_directory(directory_engine, write_package(tmp_path, told))
    import_directory(
        directory_engine, write_package(tmp_path, changed(told, "services", description=f"Now at {street}, upstairs."))
    )
    marked = {table: rows for table, rows in changed(told, "locations", confidential="true").items() if table != "addresses"}
    import_directory(directory_engine, write_package(tmp_path, {"locations": marked["locations"]}))
    kept = repr(
        [stored(directory_engine, table) for table in ("organization", "service", "location", "metadata", "change_request")]
    )
    assert "Elm" in street
    assert "Elm" not in kept
    assert "Elm" not in repr(stored(directory_engine, "search_text"))
