"""The commands that people and CI type: the README, the Makefile, .ci/run and .env.example agree with each other."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from resources_db.settings import VARIABLES
from tests.invariants.project_files import ROOT

CONTRACT = {"setup", "run", "test", "check", "train", "bench"}


def test_the_makefile_has_the_targets_of_the_contract_and_explains_each() -> None:
    assert _targets().keys() >= CONTRACT
    assert all(_targets().values())


def test_make_alone_lists_the_targets() -> None:
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {name}" in listed for name in CONTRACT)


@pytest.mark.parametrize("document", ["README.md", "docs/for-agencies.md", "docs/for-centers.md"])
def test_documents_name_only_commands_that_exist(document: str) -> None:
    named = set(re.findall(r"^\s*make ([a-z]+)|`make ([a-z]+)", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE))
    assert sorted({name for names in named for name in names if name} - _targets().keys()) == []


def test_ci_checks_and_tests_what_a_newcomer_would() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("make ")] == ["make check", "make test"]
    assert "set -euo pipefail" in lines


def test_ci_is_a_script_that_bash_can_read() -> None:
    assert subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=False).returncode == 0


def test_every_setting_is_explained_in_the_example() -> None:
    named = re.findall(r"^#?\s?(HOMEWARD_[A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(VARIABLES)


def _targets() -> dict[str, str]:
    """Name → the explanation behind ##."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z]+):[^=\n]*?(?:## *(.*))?$", makefile, re.MULTILINE))
