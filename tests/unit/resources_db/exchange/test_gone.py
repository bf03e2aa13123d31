"""What a source no longer has: parts of a listing go with it, listings stay until a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from resources_db.exchange import Gone, ImportReport, import_directory
from resources_db.models import ChangeRequest, Service
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import PANTRY, Rows, changed, snapshot, stored, with_rows, write_package
from tests.unit.resources_db.exchange.test_staff_edits import edit, requests

CLOSET: dict[str, Rows] = with_rows(
    PANTRY,
    services=[{"id": "11", "organization_id": "1", "name": "Closet", "status": "active"}],
    phones=[{"id": "51", "service_id": "11", "number": "916 555 0101", "type": "voice"}],
    locations=[{"id": "21", "organization_id": "1", "location_type": "physical", "name": "Shed"}],
)


@pytest.fixture
def engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    with sqlite_databases.new() as new:
        yield new


def run(engine: Engine, folder: Path, tables: dict[str, Rows], **more: bool) -> ImportReport:
    return import_directory(engine, write_package(folder, tables), source="county", **more)  # type: ignore[arg-type]


def without(tables: dict[str, Rows], **ids: str) -> dict[str, Rows]:
    return {name: [row for row in rows if row["id"] != ids.get(name)] for name, rows in tables.items()}


def numbers(engine: Engine) -> list[str]:
    return sorted(str(row["number"]) for row in stored(engine, "phone"))


def test_a_phone_that_left_the_source_leaves_the_directory(directory_engine: Engine, tmp_path: Path) -> None:
    run(directory_engine, tmp_path, CLOSET)
    report = run(directory_engine, tmp_path, without(CLOSET, phones="51"))
    assert numbers(directory_engine) == ["+19165550100"]
    assert report.gone == {"phone": 1}
    assert list(report.notes.gone) == [Gone("phone", "51", "+19165550101", kept=False)]
    assert report.as_json()["gone"] == {"phone": 1}
    assert not [row for row in stored(directory_engine, "provenance") if row["source_id"] == "51"]
    assert not run(directory_engine, tmp_path, without(CLOSET, phones="51")).gone


def test_a_phone_that_staff_have_edited_stays(engine: Engine, tmp_path: Path) -> None:
    only = without(CLOSET, phones="50")
    run(engine, tmp_path, only)
    edit(engine, "phone", "number", "+19165550199")
    others = changed(only, "phones", id="52", number="916 555 0102")
    report = run(engine, tmp_path, others)
    assert numbers(engine) == ["+19165550102", "+19165550199"]
    assert list(report.notes.gone) == [Gone("phone", "51", "+19165550199", kept=True)]


def test_a_service_that_left_the_source_stays_and_a_person_is_asked(directory_engine: Engine, tmp_path: Path) -> None:
    run(directory_engine, tmp_path, CLOSET)
    report = run(directory_engine, tmp_path, without(CLOSET, services="11", phones="51", locations="21"))
    assert {row["name"]: row["status"] for row in stored(directory_engine, "service")} == {"Pantry": "active", "Closet": "active"}
    # Its phone stays with it.
    assert numbers(directory_engine) == ["+19165550100", "+19165550101"]
    assert report.gone == {"service": 1, "location": 1, "phone": 1}
    assert all(row.kept for row in report.notes.gone)
    assert requests(directory_engine) == [("service", "status", "active", "inactive", "gone", "open")]
    assert "11 (Closet)" in report.as_text()


def test_a_service_that_comes_back_needs_no_decision_any_more(directory_engine: Engine, tmp_path: Path) -> None:
    run(directory_engine, tmp_path, CLOSET)
    gone = without(CLOSET, services="11", phones="51")
    run(directory_engine, tmp_path, gone)
    run(directory_engine, tmp_path, CLOSET)
    assert [row[-1] for row in requests(directory_engine)] == ["rejected"]
    (request,) = stored(directory_engine, "change_request")
    assert request["decided_by"] == "import:county"
    # And when it is gone again, it is asked again.
    run(directory_engine, tmp_path, gone)
    assert sorted(str(row[-1]) for row in requests(directory_engine)) == ["open", "rejected"]


def test_a_service_taken_down_because_it_was_gone_and_back_again_goes_to_review(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, PANTRY)
    run(engine, tmp_path, changed(PANTRY, "services", id="12", name="Soup"))
    taken_down = {"status": "accepted", "decided_by": "staff:maria", "decided_at": datetime.now(timezone.utc)}
    with engine.begin() as connection:
        connection.execute(update(ChangeRequest).values(taken_down))
        connection.execute(update(Service).where(Service.name == "Pantry").values(status="inactive"))
    both = with_rows(PANTRY, services=[{"id": "12", "organization_id": "1", "name": "Soup", "status": "active"}])
    silent = {**both, "services": [{k: v for k, v in row.items() if k != "status"} for row in both["services"]]}
    run(engine, tmp_path, silent)
    assert ("service", "status", "inactive", "active", "conflict", "open") in requests(engine)


def test_a_decision_to_keep_a_service_that_is_gone_is_not_asked_again(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, CLOSET)
    gone = without(CLOSET, services="11", phones="51")
    run(engine, tmp_path, gone)
    kept = {"status": "rejected", "decided_by": "staff:maria", "decided_at": datetime.now(timezone.utc)}
    with engine.begin() as connection:
        connection.execute(update(ChangeRequest).values(kept))
    before = snapshot(engine)
    run(engine, tmp_path, gone)
    assert snapshot(engine) == before


def test_a_file_that_is_missing_takes_nothing_away(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path / "all", CLOSET)
    some = {name: rows for name, rows in CLOSET.items() if name != "phones"}
    report = run(engine, tmp_path / "some", some)
    assert report.gone == {}
    assert len(numbers(engine)) == 2


def test_rows_whose_ids_cannot_be_read_are_not_taken_for_gone(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, CLOSET)
    write_package(tmp_path, CLOSET)
    (tmp_path / "phones.csv").write_text("id,service_id,number\n50,10,916 555 0100\n51,11,916,555,0101\n")
    report = import_directory(engine, tmp_path, source="county")
    assert report.gone == {}
    assert len(numbers(engine)) == 2


def test_rows_of_another_source_are_none_of_its_business(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path / "one", CLOSET)
    report = import_directory(engine, write_package(tmp_path / "two", PANTRY), source="city")
    assert report.gone == {}
    assert len(numbers(engine)) == 3


def test_a_row_held_back_is_not_gone(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, CLOSET)
    report = run(engine, tmp_path, changed(CLOSET, "phones", number=""))
    assert report.gone == {}
    assert len(report.held_back) == 2
    assert len(numbers(engine)) == 2


def test_a_dry_run_tells_what_is_gone_and_takes_nothing_away(directory_engine: Engine, tmp_path: Path) -> None:
    run(directory_engine, tmp_path, CLOSET)
    before = snapshot(directory_engine)
    dry = run(directory_engine, tmp_path, without(CLOSET, phones="51", services="11"), dry_run=True)
    assert snapshot(directory_engine) == before
    real = run(directory_engine, tmp_path, without(CLOSET, phones="51", services="11"))
    assert dry.as_json() == real.as_json()


def test_every_row_says_which_source_and_line_it_is_from(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, CLOSET)
    (closet,) = [row for row in stored(engine, "service") if row["name"] == "Closet"]
    (origin,) = [row for row in stored(engine, "provenance") if row["resource_id"] == closet["id"]]
    assert (origin["resource_type"], origin["source"], origin["source_id"]) == ("service", "county", "11")
    assert (origin["file"], origin["line"]) == ("services.csv", 3)
    assert stored(engine, "metadata") == []
