from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import main


@pytest.mark.usefixtures("gazetteer")
def test_a_time_nobody_has_hours_for_is_one_line(
    tmp_path: Path, gazetteer_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path))
    (tmp_path / "gazetteer.sqlite").symlink_to(gazetteer_path.absolute())
    for when in ("9999-12-31T23:59", "0001-01-01T00:00+14:00", "2026-13-01", "soon"):
        assert main(["search", "--need", "food", "--near", "95814", "--open", when]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"--open {when}:")
        assert said.count("\n") == 1
