"""A directory judged before anybody uses it: would its rows load, do they make sense, is anything there twice."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from resources_db.database import make_engine
from resources_db.exchange import ImportReport, import_directory
from resources_db.geo.gazetteer import Gazetteer
from resources_db.migrations import upgrade
from resources_db.quality.duplicates import Pair, likely_duplicates
from resources_db.quality.findings import Finding
from resources_db.quality.lint import lint

_ORDER = ("error", "warning", "note")


@dataclass(frozen=True)
class Judgment:
    """What was found in listings: the gravest findings first, and the pairs that are likely one."""

    findings: tuple[Finding, ...]
    duplicates: tuple[Pair, ...]

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)

    def by_rule(self) -> list[tuple[str, list[Finding]]]:
        """The findings of each rule, the gravest and most frequent rules first."""
        counts = Counter(finding.rule for finding in self.findings)
        rules: dict[str, list[Finding]] = {}
        for finding in sorted(self.findings, key=lambda one: (_ORDER.index(one.severity), -counts[one.rule], one.rule)):
            rules.setdefault(finding.rule, []).append(finding)
        return list(rules.items())

    def as_json(self) -> dict[str, Any]:
        return {
            "findings": [asdict(finding) for finding in self.findings],
            "duplicates": [asdict(pair) for pair in self.duplicates],
        }


def judge_directory(engine: Engine, gazetteer: Gazetteer, today: date) -> Judgment:
    """Judge the directory in use. Reads only."""
    with Session(engine) as session:
        findings = sorted(lint(session, gazetteer, today), key=lambda one: _ORDER.index(one.severity))
        return Judgment(tuple(findings), tuple(likely_duplicates(session)))


def validate(
    path: str | Path, gazetteer: Gazetteer, today: date, source: str | None = None, mapping: Path | None = None
) -> tuple[ImportReport, Judgment]:
    """Judge somebody's files as if they were the whole directory; nothing of them reaches the directory in use.

    The files are loaded into a database that is thrown away. What cannot be read is in the report.
    """
    with tempfile.TemporaryDirectory(prefix="homeward-validate-") as folder:
        engine = make_engine(f"sqlite:///{folder}/judged.db")
        try:
            upgrade(engine)
            report = import_directory(engine, path, source=source, mapping=mapping)
            return report, judge_directory(engine, gazetteer, today)
        finally:
            engine.dispose()
