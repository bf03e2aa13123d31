"""`homeward evaluate`, from its arguments to its report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.understanding.pipeline import ModelUnusable, Understanding

LABELED = (
    "text\tlang\tneeds\tact\tcrisis\tplace\tages\n"
    "I need food near 95814 for my 3 year old\ten\tfood\trequest_help\t\t95814\t3\n"
    "necesito pañales\tes\tgoods\trequest_help\t\t\t\n"
    "i want to die\ten\t\tcrisis\tself_harm\t\t\n"
    "hello\ten\tfood\tgreet\t\t\t\n"
)


@pytest.fixture
def messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gazetteer_path: Path) -> Path:
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path))
    (tmp_path / "gazetteer.sqlite").symlink_to(gazetteer_path.absolute())
    path = tmp_path / "messages.tsv"
    path.write_text(LABELED, encoding="utf-8")
    return path


@pytest.fixture
def _trained(monkeypatch: pytest.MonkeyPatch, understanding: Understanding) -> None:
    monkeypatch.setattr(Understanding, "from_model", lambda archive, gazetteer: understanding)


@pytest.mark.usefixtures("_trained")
def test_the_report_is_printed(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(messages), "--mistakes", "1"]) == 0
    told = capsys.readouterr().out
    assert "need missed, line 5: food → no need\n      hello" in told
    assert "crisis: recall" in told


@pytest.mark.usefixtures("_trained")
def test_the_same_as_json(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(messages), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(messages)
    assert told["all"]["crisis"]["recall"] == {"share": 1.0, "right": 1, "of": 1}
    assert told["all"]["needs"]["micro"]["missed"] == 1
    assert (told["all"]["places"]["right"]["share"], told["all"]["ages"]["right"]["share"]) == (1.0, 1.0)


def test_a_file_that_cannot_be_judged_by_is_one_line_and_no_model_is_loaded(
    messages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Understanding, "from_model", lambda archive, gazetteer: pytest.fail("loaded"))
    messages.write_text("text\tneeds\nhi\tfoood\n", encoding="utf-8")
    assert main(["evaluate", str(messages)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{messages}:2: needs: no need has the code 'foood'")
    assert said.count("\n") == 1


def test_without_a_trained_model_it_says_how_to_get_one(
    messages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_model(archive: Path, gazetteer: object) -> Understanding:
        raise ModelUnusable("no usable model: run `make train`")

    monkeypatch.setattr(Understanding, "from_model", no_model)
    assert main(["evaluate", str(messages)]) == 2
    assert capsys.readouterr().err == "no usable model: run `make train`\n"


def test_a_number_of_mistakes_is_a_number(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", str(messages), "--mistakes", "-1"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
