"""Other people's files: where they are, their encodings, and what is in them, a row or an object at a time."""

from __future__ import annotations

from pathlib import Path

from resources_db.exchange.reading.api import ApiSource
from resources_db.exchange.reading.csv_rows import Row
from resources_db.exchange.reading.json_items import Item
from resources_db.exchange.reading.opening import open_path
from resources_db.exchange.reading.source import Source

__all__ = ["Item", "Row", "Source", "open_source"]


def open_source(where: str | Path) -> Source:
    """A folder, a zip, a file or the address of an HSDS API. Raises ImportUnreadable, saying what would do."""
    if isinstance(where, str) and where.lower().startswith(("http://", "https://")):
        return ApiSource(where)
    return open_path(Path(where))
