"""Training the model, without the model: what starts and what is left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import training


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one input; `rasa train` is not run."""
    (tmp_path / "config.yml").write_text("language: en")
    monkeypatch.setattr(training, "_FINGERPRINT", tmp_path / "inputs")
    monkeypatch.setattr(training, "MODEL", tmp_path / "model.tar.gz")
    monkeypatch.setattr(training, "ROOT", tmp_path)
    return tmp_path


def test_a_model_is_current_until_an_input_changes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        training.MODEL.touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert training.train() == 0
    assert training.is_current()
    (project / "config.yml").write_text("language: es")
    assert not training.is_current()


def test_a_training_that_fails_leaves_no_current_model_and_it_ends_with_whoever_started_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[bytes]:
        given.update(more)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", run)
    assert training.train() == 1
    assert not training.is_current()
    assert given["preexec_fn"] is not None or sys.platform != "linux"
