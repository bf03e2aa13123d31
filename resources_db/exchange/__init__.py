"""Other people's directories, in: read, cleaned, and loaded row by row with a report of every row."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from resources_db.errors import ImportUnreadable
from resources_db.exchange import hsds_tabular, ohana
from resources_db.exchange.loading import Loader
from resources_db.exchange.reading import open_source
from resources_db.exchange.report import HeldBack, ImportReport, Problem

__all__ = ["HeldBack", "ImportReport", "Problem", "import_directory"]


def import_directory(engine: Engine, path: str | Path, source: str | None = None, dry_run: bool = False) -> ImportReport:
    """Load a folder or a zip of HSDS 3 tabular data or Ohana CSV into the directory.

    Good rows load, organization by organization; a bad row is held back with all that depends on it, and
    the report says why. Running it again changes nothing. ``source`` is kept as where the rows are from and
    makes the ids of rows without a UUID; it is the folder's name unless given. A dry run reports the same
    and keeps nothing. Raises DatabaseUnusable only; a path that cannot be read is in the report.
    """
    report = ImportReport()
    try:
        files = open_source(Path(path))
        reader = next((form for form in (ohana, hsds_tabular) if form.looks_right(files)), None)
        if reader is None:
            raise ImportUnreadable(
                f"{path} is not a directory in a form known here",
                "give the CSV files of HSDS 3 (organizations.csv, services.csv, locations.csv and so on) or of Ohana",
            )
        drafts = list(reader.read(files, report))
    except ImportUnreadable as error:
        report.errors.append(Problem(str(path), None, None, error.problem, error.fix))
        return report
    except OSError as error:
        what = f"{error.filename or path} cannot be read ({error.strerror})"
        report.errors.append(Problem(str(path), None, None, what, "check the file and its permissions"))
        return report
    with Session(engine.execution_options(sqlite_begin="IMMEDIATE")) as session:
        keep = (lambda: None) if dry_run else session.commit
        Loader(session, source or files.name, report).load(drafts, keep)
    if not drafts and not report.errors:
        report.errors.append(Problem(str(path), None, None, "holds no rows", "check that it is the right one"))
    report.errors.sort(key=lambda problem: (problem.file, problem.line or 0))
    return report
