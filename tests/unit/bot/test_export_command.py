from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from bot.cli import main
from resources_db.database import make_engine
from resources_db.exchange import import_directory
from resources_db.migrations import upgrade
from tests.databases import SAMPLE


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation of its own with the sample directory."""
    url = f"sqlite:///{tmp_path / 'homeward.db'}"
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path))
    monkeypatch.setenv("HOMEWARD_DATABASE_URL", url)
    engine = make_engine(url)
    upgrade(engine)
    import_directory(engine, SAMPLE, source="sample")
    engine.dispose()


@pytest.mark.usefixtures("sample")
def test_it_writes_the_directory_and_says_what_is_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "directory.zip"
    assert main(["export", str(out), "--as", "hsds-csv", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["form"], report["path"], report["written"]["service"]) == ("hsds-csv", str(out), 144)
    assert {"datapackage.json", "services.csv"} <= set(zipfile.ZipFile(out).namelist())


@pytest.mark.usefixtures("sample")
def test_what_is_in_the_way_is_one_line_and_nothing_is_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letters.txt").write_text("kept")
    assert main(["export", str(tmp_path / "mine"), "--as", "hsds-json"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "letters.txt" in said
    assert (tmp_path / "mine" / "letters.txt").read_text() == "kept"


def test_it_asks_for_a_form_it_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["export", str(tmp_path / "out"), "--as", "excel"])
    assert stopped.value.code == 2
    assert "hsds-json" in capsys.readouterr().err
