"""Rasa's own command can judge the model, though every component in it is ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bot.project import MODEL, ROOT

LABELED = """\
version: "3.1"
nlu:
  - intent: request_help
    examples: |
      - i need food for my kids near 95814
      - necesito pañales
  - intent: crisis
    examples: |
      - i want to die
  - intent: greet
    examples: |
      - hello
"""


def test_rasa_test_nlu_judges_the_model(tmp_path: Path, gazetteer_path: Path) -> None:
    (tmp_path / "gazetteer.sqlite").symlink_to(gazetteer_path.absolute())
    (tmp_path / "nlu.yml").write_text(LABELED, encoding="utf-8")
    command = [
        "rasa",
        "test",
        "nlu",
        "--nlu",
        str(tmp_path / "nlu.yml"),
        "--model",
        str(MODEL),
        "--out",
        str(tmp_path),
        "--no-plot",
    ]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "HOMEWARD_VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads((tmp_path / "intent_report.json").read_text(encoding="utf-8"))
    assert report["accuracy"] == 1.0
    assert report["request_help"]["support"] == 2
