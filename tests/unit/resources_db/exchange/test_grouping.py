"""An organization loads whole or not at all, after those it leans on, whatever leans on what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from resources_db.exchange import import_directory, loading
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import Rows, snapshot, stored, write_package


@pytest.fixture
def engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    with sqlite_databases.new() as new:
        yield new


def organizations(**parents: str) -> list[dict[str, str]]:
    """Organizations by id, each with the one it is part of."""
    return [{"id": id_, "name": id_, "parent_organization_id": parent} for id_, parent in parents.items()]


def parents(engine: Engine) -> dict[object, object]:
    rows = stored(engine, "organization")
    names = {row["id"]: row["name"] for row in rows}
    return {row["name"]: names.get(row["parent_organization_id"]) for row in rows}


def test_a_chain_of_organizations_loads_from_its_end(engine: Engine, tmp_path: Path) -> None:
    chain = {f"o{number}": f"o{number + 1}" for number in range(80)} | {"o80": ""}
    report = import_directory(engine, write_package(tmp_path, {"organizations": organizations(**chain)}))
    assert report.exit_code == 0
    assert parents(engine) == {name: parent or None for name, parent in chain.items()}


def test_organizations_that_are_each_others_parents_load_and_one_mention_is_left_out(engine: Engine, tmp_path: Path) -> None:
    tables = {"organizations": organizations(a="b", b="c", c="a", d="a", e="e")}
    report = import_directory(engine, write_package(tmp_path, tables))
    assert report.loaded["organization"] == 5
    assert [problem.field for problem in report.errors] == ["parent_organization_id"] * 2
    assert parents(engine)["d"] == "a"
    assert parents(engine)["e"] is None
    assert sorted(parents(engine).values(), key=str).count(None) == 2


def test_terms_in_a_circle_do_not_keep_the_taxonomy_out(engine: Engine, tmp_path: Path) -> None:
    terms = [{"id": one, "name": one, "parent_id": other} for one, other in (("a", "b"), ("b", "a"), ("c", "b"), ("d", "c"))]
    report = import_directory(engine, write_package(tmp_path, {"taxonomy_terms": terms}))
    assert report.loaded == {"taxonomy_term": 4}
    assert len(report.errors) == 1


def test_a_circle_through_places_loads_as_one(engine: Engine, tmp_path: Path) -> None:
    """Each of three organizations has its service at the next one's place; a fourth leans on them."""
    numbers = range(4)
    tables: dict[str, Rows] = {
        "organizations": [{"id": f"o{n}", "name": f"o{n}"} for n in numbers],
        "services": [{"id": f"s{n}", "organization_id": f"o{n}", "name": f"s{n}"} for n in numbers],
        "locations": [{"id": f"l{n}", "organization_id": f"o{n}", "name": f"l{n}"} for n in numbers],
        "service_at_location": [{"id": f"x{n}", "service_id": f"s{n}", "location_id": f"l{(n + 1) % 3}"} for n in numbers],
    }
    report = import_directory(engine, write_package(tmp_path, tables))
    assert (report.exit_code, report.loaded["service_at_location"]) == (0, 4)


def test_what_is_said_of_a_history_entry_loads_after_all_else(engine: Engine, tmp_path: Path) -> None:
    tables: dict[str, Rows] = {
        "organizations": [{"id": "1", "name": "Open Hands"}],
        "metadata": [
            {"id": "m", "resource_type": "attribute", "resource_id": "a", "last_action_date": "2024-01-01"},
        ],
        "attributes": [{"id": "a", "link_entity": "metadata", "link_id": "m", "taxonomy_term_id": "t"}],
        "taxonomy_terms": [{"id": "t", "name": "Checked"}],
    }
    report = import_directory(engine, write_package(tmp_path, tables))
    assert sum(report.loaded.values()) + len(report.held_back) == 4
    assert report.loaded["organization"] == 1


def test_rows_given_twice_are_one_and_given_in_parts_are_put_together(engine: Engine, tmp_path: Path) -> None:
    tables: dict[str, Rows] = {
        "organizations": [
            {"id": "1", "name": "Open Hands"},
            {"id": "1", "name": "Open Hands"},
            {"id": "1", "name": " Open Hands "},
        ],
    }
    report = import_directory(engine, write_package(tmp_path, tables))
    assert (report.loaded, len(report.held_back), report.exit_code) == ({"organization": 1}, 0, 0)
    assert [problem.line for problem in report.errors] == [3, 4]


@pytest.mark.parametrize("summary_first", [True, False])
def test_a_summary_and_the_full_row_are_one_row_with_all_that_either_says(
    engine: Engine, tmp_path: Path, summary_first: bool
) -> None:
    rows = [
        {"id": "1", "name": "Open Hands", "description": "", "email": "", "year_incorporated": ""},
        {"id": "1", "name": "Open Hands", "description": "Food.", "email": "", "year_incorporated": "1987"},
    ]
    report = import_directory(engine, write_package(tmp_path, {"organizations": rows if summary_first else rows[::-1]}))
    assert (report.loaded, report.held_back) == ({"organization": 1}, [])
    (kept,) = stored(engine, "organization")
    assert (kept["description"], kept["email"], kept["year_incorporated"]) == ("Food.", None, 1987)


def test_a_filled_cell_that_differs_still_makes_it_another_row(engine: Engine, tmp_path: Path) -> None:
    rows = [{"id": "1", "name": "Open Hands", "email": ""}, {"id": "1", "name": "Closed Hands", "email": "a@example.org"}]
    report = import_directory(engine, write_package(tmp_path, {"organizations": rows}))
    assert [row.reason for row in report.held_back] == [
        "line 3: id is the same row as line 2 of organizations.csv, with another name"
    ]
    assert stored(engine, "organization")[0]["email"] is None


def big(count: int) -> dict[str, Rows]:
    return {
        "organizations": [{"id": f"o{n}", "name": f"Org {n}"} for n in range(count)],
        "services": [{"id": f"s{n}", "organization_id": f"o{n}", "name": f"Service {n}"} for n in range(count)],
        "phones": [{"id": f"p{n}", "service_id": f"s{n}", "number": "916 555 0100"} for n in range(count)],
    }


class Killed(BaseException):
    """The process is gone: no handler runs but those that run at any end."""


@pytest.mark.parametrize("after", [1, 7, 20, 33])
def test_an_import_that_is_killed_leaves_whole_organizations_and_the_next_one_finishes(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_databases: SqliteDatabases, after: int
) -> None:
    monkeypatch.setattr(loading, "_TOGETHER", 9)
    write_package(tmp_path, big(30))
    writes = 0

    def kill(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal writes
        writes += statement.startswith("INSERT")
        if writes > after:
            raise Killed

    event.listen(engine, "before_cursor_execute", kill)
    with pytest.raises(Killed):
        import_directory(engine, tmp_path, source="county")
    event.remove(engine, "before_cursor_execute", kill)
    rows = {table: len(stored(engine, table)) for table in ("organization", "service", "phone")}
    assert len(set(rows.values())) == 1
    assert rows["phone"] < 30
    import_directory(engine, tmp_path, source="county")
    with sqlite_databases.new() as untouched:
        import_directory(untouched, tmp_path, source="county")
        assert without_search(snapshot(engine)) == without_search(snapshot(untouched))


def without_search(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """Listings are numbered for the search in the order in which they came."""
    return {table: found for table, found in rows.items() if not table.startswith("search_")}


def test_a_refused_organization_goes_alone_though_it_came_with_others(directory_engine: Engine, tmp_path: Path) -> None:
    with directory_engine.begin() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX one_name ON service (name)")
    tables = big(6)
    tables["services"] = [{**row, "name": "Pantry"} if row["id"] in ("s2", "s4") else row for row in tables["services"]]
    tables["organizations"] = [
        {**row, "parent_organization_id": {"o5": "o4"}.get(row["id"], "")} for row in tables["organizations"]
    ]
    report = import_directory(directory_engine, write_package(tmp_path, tables))
    assert report.loaded == {"organization": 5, "service": 5, "phone": 5}
    assert {row.id for row in report.held_back} == {"o4", "s4", "p4"}
    assert {row["name"]: row["parent_organization_id"] for row in stored(directory_engine, "organization")}["Org 5"] is None
    assert [problem.field for problem in report.errors] == ["parent_organization_id"]


def test_a_large_organization_loads_in_pieces_of_one_transaction(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_MOST_TOUCHED", 10)
    tables = big(1_200)
    tables["services"] = [{**row, "organization_id": "o0"} for row in tables["services"]]
    report = import_directory(engine, write_package(tmp_path, tables))
    assert report.loaded == {"organization": 1_200, "service": 1_200, "phone": 1_200}
    assert len(stored(engine, "phone")) == 1_200
