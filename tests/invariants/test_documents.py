"""Links between documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.invariants.project_files import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("*/*/README.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_to_a_file(document: Path) -> None:
    links = _LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_decision_that_is_named_exists() -> None:
    folders = ("bot", "actions", "resources_db", "tools/no-tensorflow/tensorflow", "docs", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.glob("*.*"))
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in (".py", ".yml", ".toml", ".md")]
    named = {name for text in texts for name in re.findall(r"docs/decisions/(\d{4}-[a-z-]+\.md)", text)}
    assert sorted(name for name in named if not (ROOT / "docs" / "decisions" / name).exists()) == []


def test_the_list_of_decisions_is_complete() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(_LINK.findall((folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("0*.md")}
