"""What is learned is learned anew only when a lesson changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import training


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one lesson and one sentence, and a `rasa train` that only says how it was called."""
    for name, content in (("data/nlu/en.yml", "hello"), ("data/responses/en.yml", "Hi!")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(content)
    (tmp_path / "models").mkdir()
    for name in ("_FINGERPRINT", "_LEARNED", "MODEL"):
        monkeypatch.setattr(training, name, tmp_path / "models" / name)
    monkeypatch.setattr(training, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def calls(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        training.MODEL.touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_a_changed_sentence_is_put_into_the_model_without_learning_anew(project: Path, calls: list[list[str]]) -> None:
    training.train()
    (project / "data/responses/en.yml").write_text("Hello!")
    assert not training.is_current()
    training.train()
    assert ["--force" in command for command in calls] == [True, False]
    assert training.is_current()


def test_a_changed_lesson_is_learned(project: Path, calls: list[list[str]]) -> None:
    training.train()
    (project / "data/nlu/en.yml").write_text("good morning")
    training.train()
    assert ["--force" in command for command in calls] == [True, True]


def test_without_a_model_everything_is_learned_whatever_was_learned_before(project: Path, calls: list[list[str]]) -> None:
    training.train()
    training.MODEL.unlink()
    training.train()
    assert ["--force" in command for command in calls] == [True, True]


def test_training_ends_with_whoever_started_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(subprocess, "run", lambda command, **more: given.update(more) or subprocess.CompletedProcess(command, 1))
    assert training.train() == 1
    assert given["preexec_fn"] is not None or sys.platform != "linux"
    assert not training.is_current()
