"""Where the parts of the installation are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "models" / "homeward.tar.gz"
SAMPLE = ROOT / "resources_db" / "sample"
CHILD_WELFARE = ROOT / "resources_db" / "taxonomy" / "child_welfare"
