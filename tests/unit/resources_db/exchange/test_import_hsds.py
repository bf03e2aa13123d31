from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine

from resources_db.exchange import ImportReport, import_directory
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import (
    PANTRY,
    changed,
    snapshot,
    stored,
    with_rows,
    write_package,
)

DINER = {
    "organizations": [{"id": "2", "name": "Diner"}],
    "services": [{"id": "11", "organization_id": "2", "name": "Lunch", "status": "active"}],
}


def both() -> dict[str, list[dict[str, str]]]:
    return with_rows(PANTRY, **DINER)  # type: ignore[return-value, arg-type]


def held(report: ImportReport) -> dict[tuple[str, str], str]:
    return {(row.table, row.id): row.reason for row in report.held_back}


def names(engine: Engine, table: str) -> list[object]:
    return sorted(str(row["name"]) for row in stored(engine, table))


def test_a_good_directory_loads_whole(directory_engine: Engine, tmp_path: Path) -> None:
    report = import_directory(directory_engine, write_package(tmp_path, PANTRY))
    assert report.as_json() == {
        "loaded": {
            "address": 1,
            "location": 1,
            "organization": 1,
            "phone": 1,
            "service": 1,
            "service_at_location": 1,
        },
        "changed": {},
        "unchanged": {},
        "held_back": [],
        "errors": [],
        "gone": {},
        "gone_rows": [],
        "changes": [],
        "conflicts": [],
    }
    assert report.exit_code == 0
    (phone,) = stored(directory_engine, "phone")
    (service,) = stored(directory_engine, "service")
    assert phone["number"] == "+19165550100"
    assert phone["service_id"] == service["id"]


def test_a_second_run_changes_nothing(directory_engine: Engine, tmp_path: Path) -> None:
    first = import_directory(directory_engine, write_package(tmp_path, PANTRY))
    before = snapshot(directory_engine)
    second = import_directory(directory_engine, tmp_path)
    assert second.unchanged == first.loaded
    assert not second.loaded
    assert not second.changed
    assert second.exit_code == 0
    assert snapshot(directory_engine) == before


def test_what_changed_in_the_source_changes_here_with_who_said_so(directory_engine: Engine, tmp_path: Path) -> None:
    import_directory(directory_engine, write_package(tmp_path, PANTRY), source="county")
    write_package(tmp_path, changed(PANTRY, "services", name="Family pantry", status="temporarily closed"))
    report = import_directory(directory_engine, tmp_path, source="county")
    assert report.changed == {"service": 1}
    assert not report.loaded
    (service,) = stored(directory_engine, "service")
    assert (service["name"], service["status"]) == ("Family pantry", "temporarily closed")
    said = [row for row in stored(directory_engine, "metadata") if row["resource_id"] == service["id"]]
    assert {(row["field_name"], row["previous_value"], row["replacement_value"]) for row in said} == {
        ("name", "Pantry", "Family pantry"),
        ("status", "active", "temporarily closed"),
    }
    assert {(row["last_action_type"], row["updated_by"]) for row in said} == {("import", "county")}


def test_a_column_that_the_source_does_not_have_is_left_as_it_is(directory_engine: Engine, tmp_path: Path) -> None:
    import_directory(directory_engine, write_package(tmp_path, changed(PANTRY, "services", alert="Closed Friday")))
    without_status = [{"id": "10", "organization_id": "1", "name": "Pantry"}]
    import_directory(directory_engine, write_package(tmp_path, {**PANTRY, "services": without_status}))
    (service,) = stored(directory_engine, "service")
    assert (service["alert"], service["status"]) == ("Closed Friday", "active")


def test_a_dry_run_tells_the_same_and_keeps_nothing(directory_engine: Engine, tmp_path: Path) -> None:
    write_package(tmp_path, changed(both(), "phones", number="call us"))
    empty = snapshot(directory_engine)
    dry = import_directory(directory_engine, tmp_path, dry_run=True)
    assert snapshot(directory_engine) == empty
    assert dry.as_json() == import_directory(directory_engine, tmp_path).as_json()


def test_ids_are_kept_when_they_are_uuids_and_else_made_the_same_every_time(directory_engine: Engine, tmp_path: Path) -> None:
    uuid = "d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610"
    write_package(tmp_path, {"organizations": [{"id": uuid.upper(), "name": "A"}, {"id": "7", "name": "B"}]})
    import_directory(directory_engine, tmp_path, source="here")
    import_directory(directory_engine, tmp_path, source="there")
    ids = {str(row["id"]): row["name"] for row in stored(directory_engine, "organization")}
    assert ids[uuid] == "A"
    assert sorted(map(str, ids.values())) == ["A", "B", "B"]  # number 7 here is not number 7 there


def test_a_bad_row_is_held_back_with_all_that_depends_on_it_and_the_rest_loads(directory_engine: Engine, tmp_path: Path) -> None:
    write_package(tmp_path, with_rows(changed(PANTRY, "services", status="perhaps"), **DINER))
    report = import_directory(directory_engine, tmp_path)
    assert report.exit_code == 1
    assert held(report) == {
        ("service", "10"): 'status "perhaps" cannot be read',
        ("service_at_location", "30"): "its service 10 was held back",
        ("phone", "50"): "its service 10 was held back",
    }
    (problem,) = report.errors
    assert (problem.file, problem.line, problem.field) == ("services.csv", 2, "status")
    assert problem.fix == "give one of: active, inactive, defunct, temporarily closed"
    assert names(directory_engine, "service") == ["Lunch"]
    assert names(directory_engine, "organization") == ["Diner", "Open Hands"]


def test_an_organization_without_a_name_is_held_back_with_its_whole_tree(directory_engine: Engine, tmp_path: Path) -> None:
    write_package(tmp_path, with_rows(changed(PANTRY, "organizations", name=""), **DINER))
    report = import_directory(directory_engine, tmp_path)
    assert {table for table, _ in held(report)} == {
        "organization",
        "service",
        "location",
        "service_at_location",
        "address",
        "phone",
    }
    assert report.loaded == {"organization": 1, "service": 1}


def test_a_row_that_refers_to_nothing_is_held_back_with_its_line(directory_engine: Engine, tmp_path: Path) -> None:
    write_package(tmp_path, with_rows(PANTRY, phones=[{"id": "51", "service_id": "99", "number": "916 555 0101"}]))
    report = import_directory(directory_engine, tmp_path)
    assert set(held(report)) == {("phone", "51")}
    (problem,) = report.errors
    assert (problem.file, problem.line, problem.field) == ("phones.csv", 3, "service_id")
    assert "service 99" in problem.problem
    assert report.loaded["phone"] == 1


def test_a_row_may_refer_to_what_an_earlier_import_brought(directory_engine: Engine, tmp_path: Path) -> None:
    import_directory(directory_engine, write_package(tmp_path / "one", PANTRY), source="county")
    more = {"phones": [{"id": "51", "service_id": "10", "number": "916 555 0101"}]}
    report = import_directory(directory_engine, write_package(tmp_path / "two", more), source="county")
    assert report.exit_code == 0
    assert len(stored(directory_engine, "phone")) == 2


def test_a_row_without_an_id_or_with_another_ones_is_held_back(directory_engine: Engine, tmp_path: Path) -> None:
    twice = [{"id": "1", "name": "Open Hands"}, {"id": "1", "name": "Closed Hands"}, {"id": "", "name": "No one"}]
    report = import_directory(directory_engine, write_package(tmp_path, {"organizations": twice}))
    assert names(directory_engine, "organization") == ["Open Hands"]
    assert held(report) == {
        ("organization", "1"): "line 3: id is the same row as line 2 of organizations.csv, with another name",
        ("organization", ""): "line 4: id is missing",
    }


def test_a_row_that_cannot_be_read_counts_as_held_back(directory_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text("id,name\n1,Open, Hands\n2,Diner\n")
    report = import_directory(directory_engine, tmp_path)
    assert report.exit_code == 1
    assert [(row.table, row.reason) for row in report.held_back] == [
        ("organization", "line 2: the row has 3 cells for 2 columns")
    ]
    assert names(directory_engine, "organization") == ["Diner"]


def test_what_the_database_refuses_takes_its_whole_organization_along_and_no_other(
    directory_engine: Engine, tmp_path: Path
) -> None:
    with directory_engine.begin() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX one_email ON service (email)")
    twins = [
        {"id": "10", "organization_id": "1", "name": "Pantry", "email": "a@example.org"},
        {"id": "12", "organization_id": "1", "name": "Closet", "email": "a@example.org"},
    ]
    write_package(tmp_path, with_rows({**PANTRY, "services": twins}, **DINER))
    report = import_directory(directory_engine, tmp_path)
    assert names(directory_engine, "organization") == ["Diner"]
    assert names(directory_engine, "service") == ["Lunch"]
    assert stored(directory_engine, "location") == []
    assert len(report.held_back) == 7
    assert report.loaded == {"organization": 1, "service": 1}


def test_organizations_at_each_others_places_load_whatever_their_order(directory_engine: Engine, tmp_path: Path) -> None:
    tables = with_rows(
        both(),
        locations=[{"id": "21", "organization_id": "2", "location_type": "physical", "name": "Diner"}],
        service_at_location=[
            {"id": "31", "service_id": "10", "location_id": "21"},
            {"id": "32", "service_id": "11", "location_id": "20"},
        ],
    )
    report = import_directory(directory_engine, write_package(tmp_path, tables))
    assert report.exit_code == 0
    assert report.loaded["service_at_location"] == 3


def test_a_parent_may_come_after_its_child(directory_engine: Engine, tmp_path: Path) -> None:
    organizations = [
        {"id": "1", "name": "Branch", "parent_organization_id": "2"},
        {"id": "2", "name": "Main", "parent_organization_id": ""},
    ]
    terms = [
        {"id": "t1", "name": "Diapers", "parent_id": "t2"},
        {"id": "t2", "name": "Goods", "parent_id": ""},
    ]
    write_package(tmp_path, {"organizations": organizations, "taxonomy_terms": terms})
    assert import_directory(directory_engine, tmp_path).exit_code == 0


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("locations", "confidential", "perhaps"),
        ("addresses", "address_type", "secret"),
        ("phones", "number", ""),
        ("services", "status", "perhaps"),
    ],
)
def test_a_row_that_would_be_wrong_without_a_value_is_held_back(
    sqlite_databases: SqliteDatabases, tmp_path: Path, table: str, column: str, value: str
) -> None:
    with sqlite_databases.new() as engine:
        report = import_directory(engine, write_package(tmp_path, changed(PANTRY, table, **{column: value})))
    (problem,) = report.errors
    assert (problem.file, problem.line, problem.field) == (f"{table}.csv", 2, column)
    assert problem.fix
    assert report.held_back[0].reason.startswith(column)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("locations", "latitude", "-8560000"),
        ("locations", "latitude", "north"),
        ("locations", "longitude", ""),
        ("locations", "timezone", "Mars/Olympus"),
        ("services", "minimum_age", "six months"),
        ("services", "minimum_age", "-1"),
        ("services", "assured_date", "10/05/2024"),
        ("services", "last_modified", "yesterday"),
        ("services", "url", "javascript:alert(1)"),
        ("organizations", "year_incorporated", "1970s"),
    ],
)
def test_a_value_that_a_row_can_do_without_is_left_out_and_told(
    sqlite_databases: SqliteDatabases, tmp_path: Path, table: str, column: str, value: str
) -> None:
    with sqlite_databases.new() as engine:
        report = import_directory(engine, write_package(tmp_path, changed(PANTRY, table, **{column: value})))
        (row,) = stored(engine, table.removesuffix("s"))
    (problem,) = report.errors
    assert (problem.file, problem.line, problem.field) == (f"{table}.csv", 2, column)
    assert row[column] is None
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("given", "kept", "told"),
    [
        ("www.example.org", "http://www.example.org", False),
        ("example.org/help?a=1", "http://example.org/help?a=1", False),
        ("Example.com", "http://Example.com", False),
        ("https://example.org", "https://example.org", False),
        ("www.example.org, www.example.com", "www.example.org, www.example.com", True),
        ("help@example.org", "help@example.org", True),
        ("ask at the desk", "ask at the desk", True),
    ],
)
def test_a_web_address_gets_the_scheme_it_lacks_and_other_words_are_told(
    sqlite_databases: SqliteDatabases, tmp_path: Path, given: str, kept: str, told: bool
) -> None:
    with sqlite_databases.new() as engine:
        package = write_package(tmp_path, changed(PANTRY, "services", url=given))
        report = import_directory(engine, package)
        (service,) = stored(engine, "service")
        assert (service["url"], bool(report.errors)) == (kept, told)
        assert not import_directory(engine, package).changed


def test_ages_the_wrong_way_round_are_not_told_to_families(directory_engine: Engine, tmp_path: Path) -> None:
    write_package(tmp_path, changed(PANTRY, "services", minimum_age="18", maximum_age="5"))
    report = import_directory(directory_engine, tmp_path)
    (service,) = stored(directory_engine, "service")
    assert (service["minimum_age"], service["maximum_age"]) == (None, None)
    assert [problem.field for problem in report.errors] == ["maximum_age"]


@pytest.mark.parametrize(("table", "column"), [("services", "program_id"), ("locations", "organization_id")])
def test_a_mention_of_what_is_not_there_is_left_out_and_the_row_loads(
    directory_engine: Engine, tmp_path: Path, table: str, column: str
) -> None:
    report = import_directory(directory_engine, write_package(tmp_path, changed(PANTRY, table, **{column: "77"})))
    (row,) = stored(directory_engine, table.removesuffix("s"))
    assert row[column] is None
    (problem,) = report.errors
    assert (problem.file, problem.line, problem.field) == (f"{table}.csv", 2, column)
    assert (report.exit_code, report.loaded["service_at_location"]) == (0, 1)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"byday": "Mondays", "freq": "WEEKLY", "opens_at": "09:00", "closes_at": "17:00"}, "byday"),
        ({"byday": "MO", "freq": "DAILY", "opens_at": "09:00", "closes_at": "17:00"}, "freq"),
        ({"byday": "MO", "freq": "WEEKLY", "opens_at": "9", "closes_at": "17:00"}, "opens_at"),
        ({"byday": "MO", "freq": "WEEKLY", "opens_at": "09:00", "closes_at": ""}, "closes_at"),
        ({"valid_from": "2024-02-01", "valid_to": "2024-01-01", "opens_at": "", "closes_at": ""}, "valid_to"),
    ],
)
def test_hours_that_cannot_be_are_held_back(
    sqlite_databases: SqliteDatabases, tmp_path: Path, row: dict[str, str], field: str
) -> None:
    tables = with_rows(PANTRY, schedules=[{"id": "60", "service_id": "10", **row}])
    with sqlite_databases.new() as engine:
        report = import_directory(engine, write_package(tmp_path, tables))
    assert [(problem.file, problem.field) for problem in report.errors] == [("schedules.csv", field)]
    assert set(held(report)) == {("schedule", "60")}


def test_hours_in_words_become_rules_where_they_mean_one_thing(directory_engine: Engine, tmp_path: Path) -> None:
    words = [{"id": "60", "service_id": "10", "description": "Mon-Fri 9am-5pm, 2nd & 4th Sat 10-noon"}]
    write_package(tmp_path, with_rows(PANTRY, schedules=words))
    import_directory(directory_engine, tmp_path)
    rows = sorted(stored(directory_engine, "schedule"), key=lambda row: str(row["freq"]))
    assert [(row["freq"], row["byday"], row["opens_at"], row["closes_at"], row["description"]) for row in rows] == [
        ("MONTHLY", "2SA,4SA", "10:00", "12:00", None),
        ("WEEKLY", "MO,TU,WE,TH,FR", "09:00", "17:00", "Mon-Fri 9am-5pm, 2nd & 4th Sat 10-noon"),
    ]
    assert import_directory(directory_engine, tmp_path).unchanged["schedule"] == 2


def test_hours_in_words_are_kept_as_words(directory_engine: Engine, tmp_path: Path) -> None:
    words = [{"id": "60", "service_id": "10", "description": "2nd & 4th Sat 10-noon, call first"}]
    import_directory(directory_engine, write_package(tmp_path, with_rows(PANTRY, schedules=words)))
    (schedule,) = stored(directory_engine, "schedule")
    assert schedule["description"] == "2nd & 4th Sat 10-noon, call first"
    assert (schedule["freq"], schedule["opens_at"], schedule["byday"]) == (None, None, None)


@pytest.mark.parametrize(
    ("given", "number", "extension", "reported"),
    [
        ("(916) 555-0100", "+19165550100", None, False),
        ("916-555-0100 ext. 12", "+19165550100", "12", False),
        ("211", "211", None, False),
        ("123-456-7890", "+11234567890", None, True),
        ("call the office", "call the office", None, True),
        ("650 347-3648 or 347-1000", "650 347-3648 or 347-1000", None, True),
    ],
)
def test_no_phone_is_lost(
    sqlite_databases: SqliteDatabases, tmp_path: Path, given: str, number: str, extension: str | None, reported: bool
) -> None:
    with sqlite_databases.new() as engine:
        report = import_directory(engine, write_package(tmp_path, changed(PANTRY, "phones", number=given)))
        (phone,) = stored(engine, "phone")
    assert (phone["number"], phone["extension"]) == (number, extension)
    assert report.exit_code == 0
    assert [(problem.field, problem.line) for problem in report.errors] == [("number", 2)] * reported


def test_cells_that_look_like_formulas_stay_text(directory_engine: Engine, tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://evil.example","Pantry")'
    import_directory(directory_engine, write_package(tmp_path, changed(PANTRY, "services", name=formula)))
    assert names(directory_engine, "service") == [formula]


def test_a_confidential_place_comes_without_its_whereabouts(directory_engine: Engine, tmp_path: Path) -> None:
    report = import_directory(directory_engine, write_package(tmp_path, changed(PANTRY, "locations", confidential="true")))
    (location,) = stored(directory_engine, "location")
    assert (location["confidential"], location["latitude"], location["longitude"]) == (True, None, None)
    assert stored(directory_engine, "address") == []
    assert held(report) == {("address", "40"): "its location is confidential"}
    (problem,) = report.errors
    assert (problem.file, problem.line) == ("locations.csv", 2)
    assert report.loaded["service_at_location"] == 1


def test_a_place_that_becomes_confidential_is_forgotten_everywhere(directory_engine: Engine, tmp_path: Path) -> None:
    import_directory(directory_engine, write_package(tmp_path, PANTRY))
    import_directory(directory_engine, write_package(tmp_path, changed(PANTRY, "locations", latitude="38.75")))
    assert "38.75" in str(snapshot(directory_engine))
    import_directory(directory_engine, write_package(tmp_path, changed(PANTRY, "locations", confidential="yes")))
    everything = str(snapshot(directory_engine))
    assert not [told for told in ("38.75", "38.5", "-121.4", "Elm") if told in everything]


def test_a_place_flagged_here_stays_hidden_from_a_source_without_the_flag(directory_engine: Engine, tmp_path: Path) -> None:
    import_directory(directory_engine, write_package(tmp_path, changed(PANTRY, "locations", confidential="true")))
    import_directory(directory_engine, write_package(tmp_path, PANTRY))
    (location,) = stored(directory_engine, "location")
    assert (location["confidential"], location["latitude"]) == (True, None)
    assert stored(directory_engine, "address") == []


def term(code: str, taxonomy: str, name: str) -> dict[str, str]:
    return {"id": f"t-{code}", "code": code, "name": name, "taxonomy": taxonomy}


def test_the_needs_of_a_service_follow_its_terms(directory_engine: Engine, tmp_path: Path) -> None:
    def put(link_type: str, code: str, entity: str = "service", link_id: str = "10") -> dict[str, str]:
        return {
            "id": f"a-{code}",
            "link_id": link_id,
            "link_entity": entity,
            "link_type": link_type,
            "taxonomy_term_id": f"t-{code}",
        }

    terms = [
        term("food", "homeward-needs", "Food"),
        term("102-05", "Open Eligibility", "Free Meals"),
        term("k1", "Keywords", "Diapers"),
        term("k2", "Keywords", "Legal aid clients"),
        term("parents", "homeward-eligibility", "Parents"),
    ]
    attributes = [
        put("need", "food"),
        put("category", "102-05"),
        put("keyword", "k1", "service_at_location", "30"),
        put("eligibility", "k2"),
        put("eligibility", "parents"),
    ]
    tables = with_rows(PANTRY, taxonomy_terms=terms, attributes=attributes)
    import_directory(directory_engine, write_package(tmp_path, tables))
    assert {row["code"] for row in stored(directory_engine, "service_need")} == {"food", "goods"}

    renamed = [row if row["id"] != "t-k1" else {**row, "name": "Bus passes"} for row in terms]
    import_directory(directory_engine, write_package(tmp_path, {**tables, "taxonomy_terms": renamed}))
    assert {row["code"] for row in stored(directory_engine, "service_need")} == {"food", "transport"}


def test_a_translation_is_one_whatever_its_id(directory_engine: Engine, tmp_path: Path) -> None:
    def translation(id_: str, value: str) -> dict[str, str]:
        what = {"resource_type": "service", "resource_id": "10", "field_name": "name", "language": "es"}
        return {"id": id_, **what, "value": value, "method": "person"}

    tables = with_rows(PANTRY, translations=[translation("1", "Despensa")])
    import_directory(directory_engine, write_package(tmp_path, tables))
    tables = with_rows(PANTRY, translations=[translation("2", "La despensa")])
    report = import_directory(directory_engine, write_package(tmp_path, tables))
    assert report.changed == {"translation": 1}
    assert [row["value"] for row in stored(directory_engine, "translation")] == ["La despensa"]


def test_unknown_columns_are_remarked_on_once(directory_engine: Engine, tmp_path: Path) -> None:
    tables = changed(both(), "services", mood="sunny", color="red")
    report = import_directory(directory_engine, write_package(tmp_path, tables))
    assert report.exit_code == 0
    assert [(problem.file, problem.field) for problem in report.errors] == [("services.csv", "mood, color")]


def test_a_data_package_may_name_its_files_as_it_likes(directory_engine: Engine, tmp_path: Path) -> None:
    write_package(tmp_path / "package" / "data", {"orgs": PANTRY["organizations"]})
    write_package(tmp_path, {"organizations": [{"id": "66", "name": "Outside"}]})
    resources = [
        {"name": "organization", "path": "data/orgs.csv"},
        {"name": "service", "path": "../organizations.csv"},
        {"name": "location", "path": 7},
        "nonsense",
    ]
    (tmp_path / "package" / "datapackage.json").write_text(json.dumps({"resources": resources}))
    assert import_directory(directory_engine, tmp_path / "package").exit_code == 0
    assert names(directory_engine, "organization") == ["Open Hands"]


def test_a_zip_loads_like_its_folder(directory_engine: Engine, tmp_path: Path) -> None:
    folder = write_package(tmp_path / "county", PANTRY)
    with zipfile.ZipFile(tmp_path / "county.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"county/{file.name}")
    first = import_directory(directory_engine, tmp_path / "county.zip")
    assert first.loaded["phone"] == 1
    assert not import_directory(directory_engine, folder).loaded


@pytest.mark.parametrize(
    "tables",
    [{}, {"shopping": [{"id": "1", "item": "milk"}]}, {"organizations": [{"name": "No ids at all"}]}],
)
def test_what_is_no_directory_says_what_is_wanted(
    sqlite_databases: SqliteDatabases, tmp_path: Path, tables: dict[str, list[dict[str, str]]]
) -> None:
    with sqlite_databases.new() as engine:
        report = import_directory(engine, write_package(tmp_path, tables))
    assert report.exit_code == 2
    (problem,) = report.errors
    assert "HSDS 3" in problem.fix


def test_a_file_that_cannot_be_read_is_named(
    sqlite_databases: SqliteDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, *_: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    write_package(tmp_path, PANTRY)
    monkeypatch.setattr(Path, "open", fail)
    with sqlite_databases.new() as engine:
        report = import_directory(engine, tmp_path)
    assert report.exit_code == 2
    assert "Permission denied" in report.errors[0].problem


def test_a_directory_without_rows_is_nothing_read(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text("id,name\n")
    with sqlite_databases.new() as engine:
        report = import_directory(engine, tmp_path)
    assert report.exit_code == 2
    assert report.errors


def test_the_sample_directory_loads_without_a_word(sample_engine: Engine) -> None:
    assert len(stored(sample_engine, "service_at_location")) >= 80
    needs = {row["code"] for row in stored(sample_engine, "service_need")}
    assert len(needs) >= 21
    confidential = {row["id"] for row in stored(sample_engine, "location") if row["confidential"]}
    assert confidential
    assert not [row for row in stored(sample_engine, "address") if row["location_id"] in confidential]


def test_importing_the_sample_again_changes_nothing(sqlite_databases: SqliteDatabases) -> None:
    sample = Path(__file__).parents[4] / "resources_db" / "sample"
    with sqlite_databases.new() as engine:
        first = import_directory(engine, sample)
        second = import_directory(engine, sample)
    assert first.exit_code == second.exit_code == 0
    assert second.unchanged == first.loaded
    assert not second.changed


def test_a_language_that_a_phone_gains_or_loses_is_searched_by_at_once(directory_engine: Engine, tmp_path: Path) -> None:
    def spoken() -> set[int]:
        with directory_engine.connect() as connection:
            return {languages for (languages,) in connection.exec_driver_sql("SELECT languages FROM search_place")}

    spanish = with_rows(PANTRY, languages=[{"id": "l", "phone_id": PANTRY["phones"][0]["id"], "name": "Spanish", "code": "es"}])
    import_directory(directory_engine, write_package(tmp_path, with_rows(PANTRY, languages=[])))
    without = spoken()
    import_directory(directory_engine, write_package(tmp_path, spanish))
    assert spoken() != without


def test_each_rule_of_hours_in_words_keeps_its_own_words(directory_engine: Engine, tmp_path: Path) -> None:
    hours = [{"id": "h", "service_id": "10", "description": "Mon-Fri 9-5, Sat by appointment"}]
    import_directory(directory_engine, write_package(tmp_path, with_rows(PANTRY, schedules=hours)))
    rules = stored(directory_engine, "schedule")
    assert {(rule["byday"], rule["description"]) for rule in rules} == {
        ("MO,TU,WE,TH,FR", "Mon-Fri 9-5, Sat by appointment"),
        ("SA", "By appointment"),
    }
