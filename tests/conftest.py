"""Fixtures for every test; what each is for is said where it is made."""

from __future__ import annotations

from tests.databases import directory_engine, postgresql_databases, sample_engine, sqlite_databases
from tests.places_fixture import gazetteer, gazetteer_path
from tests.running_fixture import running

__all__ = [
    "directory_engine",
    "gazetteer",
    "gazetteer_path",
    "postgresql_databases",
    "running",
    "sample_engine",
    "sqlite_databases",
]
