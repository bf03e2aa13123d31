"""Other people's directories, in: read, cleaned, and loaded row by row with a report of every row."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from resources_db.errors import ImportUnreadable
from resources_db.exchange.loading import Loader, Progress
from resources_db.exchange.readers import find_reader
from resources_db.exchange.reading import open_source
from resources_db.exchange.report import Change, Conflict, Gone, HeldBack, ImportReport, Problem

__all__ = ["Change", "Conflict", "Gone", "HeldBack", "ImportReport", "Problem", "Progress", "import_directory"]


def import_directory(
    engine: Engine,
    path: str | Path,
    source: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    mapping: Path | None = None,
) -> ImportReport:
    """Load a directory, in any form that ``readers`` knows: a folder, a zip, a file, or an API on this machine.

    Good rows load, organization by organization; a bad row is held back with all that depends on it, and
    the report says why. Running it again changes nothing. ``source`` is kept as where the rows are from and
    makes the ids of rows without a UUID; it is the folder's name unless given. What staff have edited stays,
    and rows that the source no longer has are told or left to a person. A dry run reports the same and
    writes nothing. ``mapping`` is a file that says which column of a table of one's own is what. ``progress``
    is called now and then. Raises DatabaseUnusable only; a path that cannot be read is in the report.
    """
    report = ImportReport()
    try:
        files = open_source(path)
        drafts = find_reader(files, mapping).read(files, report.notes)
        rows = Loader(engine, source or files.name, report, dry_run=dry_run, progress=progress).load(drafts)
        if not rows and not report.held_back:
            report.refuse(str(path), "holds no rows", "check that it is the right one")
    except ImportUnreadable as error:
        report.refuse(str(path), error.problem, error.fix)
    except OSError as error:
        what = f"{error.filename or path} cannot be read ({error.strerror})"
        report.refuse(str(path), what, "check the file and its permissions")
    report.notes.index()
    return report
