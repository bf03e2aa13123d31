"""The program view as a CSV file: one number a line, so that any spreadsheet can turn it as it likes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from resources_db.program.tables import WHY_HELD_BACK, Table

COLUMNS = ("period", "site", "table", "row", "column", "value")


def as_csv(tables: Sequence[Table], *, period: str, site: str) -> str:
    """The very cells of the page; the last line says what the star stands for."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for table in tables:
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                writer.writerow([period, site, table.title, row.key, column, cell.replace(",", "")])
    if any(table.holds_back for table in tables):
        writer.writerow([period, site, "note", "", "", WHY_HELD_BACK])
    return file.getvalue()
