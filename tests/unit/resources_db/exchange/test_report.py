"""The report: what a steward sees on screen, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.cli import main
from resources_db.errors import ImportUnreadable
from resources_db.exchange import Change, ImportReport, import_directory
from resources_db.exchange.record import Draft
from resources_db.exchange.report import Notes
from tests.databases import SqliteDatabases
from tests.unit.resources_db.exchange.packages import PANTRY, changed, snapshot, with_rows, write_package

FAULTY = with_rows(
    changed(PANTRY, "services", status="perhaps", description="=HYPERLINK(1)"),
    phones=[{"id": "51", "organization_id": "1", "number": "=cmd"}],
)


@pytest.fixture
def engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    with sqlite_databases.new() as new:
        yield new


def as_csv(report: ImportReport) -> list[dict[str, str]]:
    out = io.StringIO()
    report.write_csv(out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_a_dry_run_shows_what_would_change_field_by_field_and_keeps_nothing(engine: Engine, tmp_path: Path) -> None:
    import_directory(engine, write_package(tmp_path, PANTRY))
    before = snapshot(engine)
    tables = with_rows(
        changed(PANTRY, "services", name="Family Pantry", description="Boxes"),
        services=[{"id": "12", "organization_id": "1", "name": "Closet"}],
    )
    dry = import_directory(engine, write_package(tmp_path, tables), dry_run=True)
    assert snapshot(engine) == before
    assert (dry.loaded, dry.changed, dry.unchanged["organization"]) == ({"service": 1}, {"service": 1}, 1)
    assert set(dry.notes.changes) == {
        Change("service", "10", "name", "Pantry", "Family Pantry"),
        Change("service", "10", "description", "", "Boxes"),
    }
    assert "service 10: name: 'Pantry' -> 'Family Pantry'" in dry.as_text()
    assert dry.as_json() == import_directory(engine, tmp_path).as_json()


def test_every_problem_and_every_row_held_back_is_a_line_of_csv(engine: Engine, tmp_path: Path) -> None:
    report = import_directory(engine, write_package(tmp_path, FAULTY))
    lines = as_csv(report)
    told = [(line["file"], line["line"], line["table"], line["id"], line["field"], line["held_back"]) for line in lines]
    assert told == [
        ("phones.csv", "2", "phone", "50", "", "yes"),
        ("phones.csv", "3", "phone", "51", "number", "no"),
        ("phones.csv", "3", "phone", "51", "number", "no"),
        ("service_at_location.csv", "2", "service_at_location", "30", "", "yes"),
        ("services.csv", "2", "service", "10", "description", "no"),
        ("services.csv", "2", "service", "10", "status", "yes"),
    ]
    assert all(line["problem"] and line["fix"] for line in lines)


def test_no_cell_of_the_csv_is_a_formula() -> None:
    notes = Notes()
    notes.problem("=a.csv", 1, "@x", "-1", "+1", table="phone", id="=1+1")
    (line,) = as_csv(ImportReport(notes=notes))
    assert [line["file"], line["field"], line["problem"], line["fix"], line["id"]] == ["'=a.csv", "'@x", "'-1", "'+1", "'=1+1"]


def test_json_written_row_by_row_is_the_report(engine: Engine, tmp_path: Path) -> None:
    report = import_directory(engine, write_package(tmp_path, FAULTY))
    out = io.StringIO()
    report.write_json(out)
    assert out.getvalue().count("\n") == 1
    assert json.loads(out.getvalue()) == report.as_json()
    assert list(report.as_json()) == [
        "loaded", "changed", "unchanged", "held_back", "errors", "gone", "gone_rows", "changes", "conflicts",
    ]  # fmt: skip
    assert all(set(row) == {"table", "id", "reason"} for row in report.as_json()["held_back"])
    assert all(set(row) == {"file", "line", "field", "problem", "fix"} for row in report.as_json()["errors"])


def test_a_report_of_countless_problems_takes_no_memory_and_shows_the_first() -> None:
    notes = Notes()
    tracemalloc.start()
    for line in range(30_000):
        notes.lost("phone", "phones.csv", line, "the row has 3 cells for 2 columns " + "x" * 200, "put it in quotes")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
    report = ImportReport(notes=notes)
    text = report.as_text()
    assert len(text.splitlines()) < 200
    assert "and 29,960 more" in text
    assert len(report.errors) == len(report.held_back) == 30_000


def test_remarks_are_told_apart_from_what_has_to_be_mended(engine: Engine, tmp_path: Path) -> None:
    tables = changed(changed(PANTRY, "services", name="=1+1"), "phones", number="12")
    text = import_directory(engine, write_package(tmp_path, tables)).as_text()
    mend, know = text.index("To mend (1)"), text.index("Good to know (1)")
    assert mend < text.index('"12" is not a number') < know < text.index("looks like a formula")


def test_the_command_writes_the_report_and_says_how_it_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path / "var"))
    folder = str(write_package(tmp_path / "county", FAULTY))
    assert main(["import", folder, "--report", str(tmp_path / "report.csv"), "--dry-run"]) == 1
    said = capsys.readouterr()
    assert "nothing was changed" in said.out
    assert said.err == ""  # no bar where there is no terminal
    assert (tmp_path / "report.csv").read_text().startswith("file,line,table,id,field,problem,fix,held_back\n")
    assert main(["import", folder, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["loaded"]["organization"] == 1


def test_a_source_that_breaks_off_loads_nothing_and_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_source: object, notes: Notes) -> Iterator[Draft]:
        notes.lost("phone", "phones.csv", 2, "the row has 3 cells for 2 columns", "put it in quotes")
        yield Draft("organization", {"id": "1", "name": "Open Hands"}, "organizations.csv", 2)
        raise ImportUnreadable("the file is damaged", "make it again")

    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path / "var"))
    monkeypatch.setattr("resources_db.exchange.readers.hsds_tabular.read", broken)
    folder = str(write_package(tmp_path / "county", PANTRY))
    assert main(["import", folder]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "the file is damaged: make it again\n")
    assert main(["import", folder, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["loaded"] == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nowhere"], "does not exist"), (["nowhere", "--report", "no/such/folder/report.csv"], "no/such/folder is not a folder")],
)
def test_bad_arguments_are_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    assert main(["import", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
