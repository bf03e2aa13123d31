"""HSDS 3.1 with our profile: its tables described once, and our records as nested HSDS documents."""

from __future__ import annotations

from resources_db.hsds.documents import Audience, Document, Kind, documents, moment_as_json, shape
from resources_db.hsds.tables import HSDS_VERSION, TABLES, HsdsTable, Nested

__all__ = [
    "HSDS_VERSION",
    "TABLES",
    "Audience",
    "Document",
    "HsdsTable",
    "Kind",
    "Nested",
    "documents",
    "moment_as_json",
    "shape",
]
