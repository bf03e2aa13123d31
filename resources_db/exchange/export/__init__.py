"""The directory, out: as HSDS JSON or as an HSDS tabular data package, whole and without what must stay here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from resources_db.errors import ExportRefused
from resources_db.exchange.export import nested, tabular
from resources_db.exchange.export.target import replacing, replacing_file
from resources_db.exchange.export.withheld import find_withheld

Form = Literal["hsds-json", "hsds-csv"]
FORMS: tuple[Form, ...] = ("hsds-json", "hsds-csv")


@dataclass
class ExportReport:
    """``written`` are rows by table for hsds-csv, and documents by list for hsds-json.

    ``withheld`` are rows by table that stay, because of a confidential place or because what they are about is gone.
    """

    path: str
    form: Form
    written: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    confidential_places: int = 0

    def as_json(self) -> dict[str, Any]:
        """The report in its public form, ready for ``json.dumps``."""
        return {
            "path": self.path,
            "form": self.form,
            "written": dict(self.written),
            "withheld": dict(sorted(self.withheld.items())),
            "confidential_places": self.confidential_places,
        }

    def as_text(self) -> str:
        """The report as a person reads it."""
        lines = [f"{name:26}{count:>9,}" for name, count in self.written.items()]
        if self.confidential_places:
            lines.append(f"confidential places: {self.confidential_places:,}, written without where they are")
        lines.extend(f"withheld: {count:,} of {table}" for table, count in sorted(self.withheld.items()))
        return "\n".join([*lines, f"written to {self.path}"])


def export_directory(engine: Engine, path: str | Path, form: Form) -> ExportReport:
    """Write the whole directory, as it is at one moment, to a folder or to a file that ends in .zip (or .json).

    The path has the whole export when this returns, and is as it was when it raises. Nothing tells where a
    confidential place is. The same directory gives the same bytes. Raises ExportRefused where the path cannot be
    written or holds something else, and DatabaseUnusable.
    """
    path = Path(path)
    report = ExportReport(str(path), form)
    wrote = report.written.__setitem__
    with _snapshot(engine) as connection:
        withheld = find_withheld(connection)
        report.withheld.update({table: len(ids) for table, ids in withheld.rows.items() if ids})
        report.confidential_places = len(withheld.blank["location"])
        try:
            if form == "hsds-csv":
                with replacing(path, tabular.FILES) as files:
                    tabular.write_tables(connection, files, withheld, wrote)
            elif path.suffix.lower() == ".json":
                with replacing_file(path, nested.BEGINNING) as file:
                    nested.write_one(connection, file, wrote)
            else:
                with replacing(path, nested.FILES) as files:
                    nested.write_lists(connection, files, wrote)
        except OSError as error:
            what = f"{path} cannot be written ({error.strerror or error})"
            raise ExportRefused(what, "check the folder, its permissions and the space on its disk") from error
    return report


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the directory as it is now, whatever is changed meanwhile."""
    if engine.dialect.name == "postgresql":  # SQLite reads like this anyway
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        yield connection


__all__ = ["FORMS", "ExportReport", "Form", "export_directory"]
