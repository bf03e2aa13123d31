"""A later import never undoes what staff have written; what it would have said goes to review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, select, update

from resources_db.exchange import Conflict, ImportReport, import_directory
from resources_db.models import Base, ChangeRequest, MetadataEntry
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import PANTRY, Rows, changed, snapshot, stored, write_package


@pytest.fixture
def engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    with sqlite_databases.new() as new:
        yield new


def run(engine: Engine, folder: Path, tables: dict[str, Rows], *, dry_run: bool = False) -> ImportReport:
    return import_directory(engine, write_package(folder, tables), source="county", dry_run=dry_run)


def edit(engine: Engine, table: str, field: str, value: str | bool | None, day: date | None = None) -> None:
    """Staff put a value into the only row of a table."""
    rows = Base.metadata.tables[table]
    with engine.begin() as connection:
        row = connection.execute(select(rows)).mappings().one()
        connection.execute(update(rows).values({field: value}))
        connection.execute(
            insert(MetadataEntry).values(
                id=str(uuid4()),
                resource_id=row["id"],
                resource_type=table,
                last_action_date=day or datetime.now(timezone.utc).date(),
                last_action_type="edit",
                field_name=field,
                previous_value="" if row[field] is None else str(row[field]),
                replacement_value="" if value is None else str(value),
                updated_by="staff:maria",
            )
        )


def decide(engine: Engine, status: str) -> None:
    """Staff decide on the only open request."""
    with engine.begin() as connection:
        decided = {"status": status, "decided_by": "staff:maria", "decided_at": datetime.now(timezone.utc)}
        connection.execute(update(ChangeRequest).where(ChangeRequest.status == "open").values(decided))


def name_of_service(engine: Engine) -> object:
    (service,) = stored(engine, "service")
    return service["name"]


def requests(engine: Engine) -> list[tuple[object, ...]]:
    return [
        (row["resource_type"], row["field_name"], row["current_value"], row["proposed_value"], row["reason"], row["status"])
        for row in stored(engine, "change_request")
    ]


def test_a_source_that_still_says_what_staff_replaced_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, PANTRY)
    edit(engine, "service", "name", "Family Pantry")
    before = snapshot(engine)
    report = run(engine, tmp_path, PANTRY)
    assert name_of_service(engine) == "Family Pantry"
    assert snapshot(engine) == before
    assert (report.changed, report.unchanged["service"], len(report.notes.conflicts)) == ({}, 1, 0)


def test_a_source_that_says_nothing_of_an_edited_field_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, PANTRY)
    edit(engine, "service", "fees_description", "Free")
    before = snapshot(engine)
    run(engine, tmp_path, PANTRY)
    assert snapshot(engine) == before


def test_a_source_that_says_something_new_goes_to_review_and_the_edit_stays(directory_engine: Engine, tmp_path: Path) -> None:
    run(directory_engine, tmp_path, PANTRY)
    edit(directory_engine, "service", "name", "Family Pantry")
    report = run(directory_engine, tmp_path, changed(PANTRY, "services", name="Food Shelf"))
    assert name_of_service(directory_engine) == "Family Pantry"
    assert list(report.notes.conflicts) == [Conflict("service", "10", "name", "Family Pantry", "Food Shelf")]
    assert requests(directory_engine) == [("service", "name", "Family Pantry", "Food Shelf", "conflict", "open")]
    (request,) = stored(directory_engine, "change_request")
    assert request["proposed_by"] == "import:county"
    assert report.exit_code == 0


def test_fields_that_staff_have_not_edited_follow_the_source(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, PANTRY)
    edit(engine, "service", "name", "Family Pantry")
    report = run(engine, tmp_path, changed(PANTRY, "services", description="Boxes of food"))
    (service,) = stored(engine, "service")
    assert (service["name"], service["description"]) == ("Family Pantry", "Boxes of food")
    assert report.changed == {"service": 1}


def test_a_conflict_is_asked_once_and_with_what_the_source_says_now(directory_engine: Engine, tmp_path: Path) -> None:
    run(directory_engine, tmp_path, PANTRY)
    edit(directory_engine, "service", "name", "Family Pantry")
    for name in ("Food Shelf", "Food Shelf", "Food Shelf II"):
        run(directory_engine, tmp_path, changed(PANTRY, "services", name=name))
    assert requests(directory_engine) == [("service", "name", "Family Pantry", "Food Shelf II", "conflict", "open")]


def test_what_a_person_decided_is_not_asked_again(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, PANTRY)
    edit(engine, "service", "name", "Family Pantry")
    run(engine, tmp_path, changed(PANTRY, "services", name="Food Shelf"))
    decide(engine, "rejected")
    run(engine, tmp_path, changed(PANTRY, "services", name="Food Shelf"))
    assert [row[-1] for row in requests(engine)] == ["rejected"]
    run(engine, tmp_path, changed(PANTRY, "services", name="Food Shelf II"))
    assert sorted(str(row[-1]) for row in requests(engine)) == ["open", "rejected"]


def test_an_import_after_the_edit_lifts_the_protection(engine: Engine, tmp_path: Path) -> None:
    """A later import changed the field, as when a person took the source's side: from then on it follows the source."""
    run(engine, tmp_path, PANTRY)
    edit(engine, "service", "name", "Family Pantry", day=date(2020, 1, 1))
    (service,) = stored(engine, "service")
    with engine.begin() as connection:
        entry = {"resource_id": service["id"], "resource_type": "service", "last_action_date": date(2020, 1, 2)}
        said = {"field_name": "name", "previous_value": "Family Pantry", "replacement_value": "Pantry", "updated_by": "county"}
        connection.execute(insert(MetadataEntry).values(id=str(uuid4()), last_action_type="import", **entry, **said))
    run(engine, tmp_path, changed(PANTRY, "services", name="Food Shelf"))
    assert name_of_service(engine) == "Food Shelf"


def test_a_dry_run_tells_of_the_conflict_and_opens_no_request(engine: Engine, tmp_path: Path) -> None:
    run(engine, tmp_path, PANTRY)
    edit(engine, "service", "name", "Family Pantry")
    report = run(engine, tmp_path, changed(PANTRY, "services", name="Food Shelf"), dry_run=True)
    assert len(report.notes.conflicts) == 1
    assert requests(engine) == []


def test_a_place_that_staff_marked_confidential_stays_hidden_whatever_the_source_says(
    directory_engine: Engine, tmp_path: Path
) -> None:
    run(directory_engine, tmp_path, changed(PANTRY, "locations", confidential="no"))
    edit(directory_engine, "location", "confidential", True)
    with directory_engine.begin() as connection:
        connection.execute(update(Base.metadata.tables["location"]).values(latitude=None, longitude=None))
        connection.execute(Base.metadata.tables["address"].delete())
    report = run(directory_engine, tmp_path, changed(PANTRY, "locations", confidential="no"))
    (location,) = stored(directory_engine, "location")
    assert (location["confidential"], location["latitude"]) == (True, None)
    assert stored(directory_engine, "address") == []
    assert [(row.table, row.reason) for row in report.held_back] == [("address", "its location is confidential")]


@pytest.mark.parametrize("expires", ["", "2031-01-02"])
def test_an_alert_has_an_end_that_a_second_import_does_not_put_off(engine: Engine, tmp_path: Path, expires: str) -> None:
    tables = changed(PANTRY, "services", alert="Closed by flood", alert_expires_on=expires, last_modified="2030-03-01T08:00:00Z")
    run(engine, tmp_path, tables)
    (service,) = stored(engine, "service")
    assert service["alert_expires_on"] == (date(2031, 1, 2) if expires else date(2030, 3, 31))
    again = changed(tables, "services", last_modified="2030-06-01T08:00:00Z")
    run(engine, tmp_path, again)
    (service,) = stored(engine, "service")
    assert service["alert_expires_on"] == (date(2031, 1, 2) if expires else date(2030, 3, 31))
    run(engine, tmp_path, changed(again, "services", alert="Open again", alert_expires_on=""))
    (service,) = stored(engine, "service")
    assert service["alert_expires_on"] == date(2030, 7, 1)
    run(engine, tmp_path, changed(again, "services", alert="", alert_expires_on=""))
    (service,) = stored(engine, "service")
    assert (service["alert"], service["alert_expires_on"]) == (None, None)


def statuses(engine: Engine) -> list[str]:
    return [str(row["status"]) for row in stored(engine, "change_request")]


@pytest.mark.parametrize("now_said", ["Corner Pantry", "Pantry"])
def test_a_conflict_ends_when_the_source_agrees_or_takes_it_back(engine: Engine, tmp_path: Path, now_said: str) -> None:
    run(engine, tmp_path, PANTRY)
    edit(engine, "service", "name", "Corner Pantry")
    run(engine, tmp_path, changed(PANTRY, "services", name="Food Pantry"))
    assert statuses(engine) == ["open"]
    run(engine, tmp_path, changed(PANTRY, "services", name=now_said))
    assert statuses(engine) == ["rejected"]
    run(engine, tmp_path, changed(PANTRY, "services", name="Food Pantry"))
    assert sorted(statuses(engine)) == ["open", "rejected"]
    assert name_of_service(engine) == "Corner Pantry"
