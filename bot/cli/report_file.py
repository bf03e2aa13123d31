"""The file that `--report` names, looked at before any work is done for it."""

from __future__ import annotations

from pathlib import Path


def what_is_in_the_way(report: Path | None) -> str | None:
    """Why the report cannot be written there, in one line; None where it can, or where none is wanted."""
    if report is None:
        return None
    if not report.parent.is_dir():
        return f"The report cannot be written: {report.parent} is not a folder."
    return f"The report cannot be written: {report} is a folder." if report.is_dir() else None
