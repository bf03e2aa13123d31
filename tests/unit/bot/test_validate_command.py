"""`homeward validate`, as a data steward uses it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from bot.cli import main
from tests.unit.resources_db.exchange.packages import PANTRY, changed, write_package


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, gazetteer_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own, with the list of places made already."""
    state = tmp_path / "var"
    state.mkdir()
    (state / "gazetteer.sqlite").symlink_to(gazetteer_path)
    for variable in ("DATABASE_URL", "GEOCODER", "PORT"):
        monkeypatch.delenv(f"HOMEWARD_{variable}", raising=False)
    monkeypatch.setenv("HOMEWARD_VAR", str(state))
    return state


def test_files_are_judged_and_nothing_of_them_is_kept(
    tmp_path: Path, state_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = write_package(tmp_path / "county", changed(PANTRY, "phones", number="+17145550123"))
    assert main(["validate", str(package)]) == 1
    told = capsys.readouterr().out
    assert "+17145550123 is one of the numbers kept for films" in told
    assert "call it, and correct or remove it" in told
    assert not (state_folder / "homeward.db").exists()


def test_every_finding_can_go_into_a_spreadsheet_without_running_there(tmp_path: Path) -> None:
    formula = '=HYPERLINK("https://bad.example")'
    package = write_package(tmp_path / "county", changed(PANTRY, "services", name=formula))
    table = tmp_path / "report.csv"
    main(["validate", str(package), "--report", str(table)])
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {"no_category", "stale"} <= {row["rule"] for row in rows}
    cells = [cell for row in rows for cell in row.values()]
    assert any(formula in cell for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)


def test_the_report_as_json_holds_the_import_the_findings_and_what_is_there_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = {**PANTRY, "organizations": [{"id": "1", "name": "Oak Pantry"}, {"id": "2", "name": "The Oak Pantry, Inc."}]}
    main(["validate", str(write_package(tmp_path / "county", twice)), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert {"loaded", "changed", "unchanged", "held_back", "errors", "findings", "duplicates"} <= report.keys()
    assert report["loaded"]["organization"] == 2
    assert [pair["kind"] for pair in report["duplicates"]] == ["organization"]


def test_what_cannot_be_read_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "does not exist" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_report_that_cannot_be_written_is_said_before_anything_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = str(write_package(tmp_path / "county", PANTRY))
    for table in (tmp_path / "nowhere" / "report.csv", tmp_path):
        assert main(["validate", package, "--report", str(table)]) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert "cannot be written" in said.err


def test_the_directory_in_use_is_judged_when_no_path_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate"]) == 2
    assert "is empty" in capsys.readouterr().err
    package = write_package(tmp_path / "county", PANTRY)
    main(["import", str(package)])
    capsys.readouterr()
    main(["validate"])
    assert "no need is known that it meets" in capsys.readouterr().out


def test_only_the_first_of_each_kind_are_shown_unless_all_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services = [{"id": str(n), "organization_id": "1", "name": f"Service {chr(64 + n)}"} for n in range(1, 7)]
    package = str(write_package(tmp_path / "county", {"organizations": PANTRY["organizations"], "services": services}))
    main(["validate", package])
    assert "and 3 more: --all shows them" in capsys.readouterr().out
    main(["validate", package, "--all"])
    told = capsys.readouterr().out
    assert "more: --all" not in told
    assert "Service F: no need" in told
